"""Commands on what must arrive, in both languages and as JSON."""

from decimal import Decimal
from pathlib import Path

import pytest
from cli_plant import SITE, Plant, enter

from carbonledger.text import set_language

DECLARE = ("expect", "declare", "main", "--meter", "M-001", "--every", "day", "--since",
           "2024-03-01", "--until", "2024-03-04", "--due-days", "2", "--owner",
           "grid company")  # fmt: skip
EXPECT = """
[expect."tyres"]
commodity = "tyre"
from = "park/works"
every = "month"
since = "2024-03-01"
until = "2024-04-30"
due_days = 10
owner = "production office"
"""


@pytest.fixture
def plant(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Plant:
    plant = enter(template, tmp_path, monkeypatch, capsys)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1714550400")  # 1 May 2024
    return plant


def test_what_is_declared_is_listed_missed_and_taken_back(plant: Plant) -> None:
    answer = plant.ask(*DECLARE)
    assert (answer["expectation"], answer["owner"], answer["batch"] > 0) == (
        "main", "grid company", True,
    )  # fmt: skip
    assert plant.ask(*DECLARE)["batch"] is None
    [row] = plant.ask("status")["missing"]
    assert (row["first_day"], row["last_day"], row["overdue_days"], row["high"]) == (
        "2024-03-03", "2024-03-04", 57, Decimal(60),
    )  # fmt: skip
    assert plant.ask("expect", "list")["expectations"][0]["until"] == "2024-03-04"
    said = plant.text("status")
    assert "grid company" in said
    assert "the total" in said
    plant.ask("expect", "withdraw", "main", "--reason", "the meter was sold")
    assert plant.ask("status")["missing"] == []
    assert "Nothing is expected yet" in plant.text("expect", "list")
    before = plant.ask("--as-of", str(answer["batch"]), "expect", "list")
    assert [one["expectation"] for one in before["expectations"]] == ["main"]
    error = plant.refused("expect", "withdraw", "main", "--reason", "again")
    assert error["code"] == "expectation-unknown"


def test_the_site_file_declares_and_its_plan_says_so(plant: Plant) -> None:
    (plant.folder / "site.toml").write_text(SITE + EXPECT, "utf-8")
    answer = plant.ask("site", "apply", "site.toml")
    assert answer["lines"] == [
        "+ expectation tyres  commodity=tyre from=park/works every=month since=2024-03-01 "
        "until=2024-04-30 due_days=10 owner=production office",
        answer["lines"][-1],
    ]
    assert plant.ask("site", "apply", "site.toml")["batch"] is None
    # The record of March is there, that of April is not; it is due on 10 May.
    [row] = plant.ask("status")["missing"]
    assert (row["first_day"], row["overdue_days"], row["affects"]) == ("2024-04-01", 0, "total")
    (plant.folder / "site.toml").write_text(SITE, "utf-8")
    assert plant.ask("site", "apply", "site.toml")["not_in_file"] == [
        {"kind": "expect", "code": "tyres"}
    ]


def test_chinese(plant: Plant) -> None:
    try:
        plant.text("--lang", "zh", *DECLARE)
        assert "缺交项" in plant.text("--lang", "zh", "status")
        assert "责任人" in plant.text("--lang", "zh", "expect", "list")
    finally:
        set_language("en")
