"""Commands on meters: events and estimates, in both languages and as JSON."""

from decimal import Decimal
from pathlib import Path

import pytest
from cli_plant import SITE, Plant, enter

from carbonledger.cli.entry import run
from carbonledger.text import set_language

REGISTER = """
[meter."R-001"]
from = "grid"
to = "park/works"
commodity = "electricity"
unit = "kWh"
reads = "register"
register = { digits = 6, multiplier = 10 }
"""
SWAP = ("meter", "event", "R-001", "--at", "2024-03-05 14:32", "--kind", "swap",
        "--old", "5002", "--new", "6998")  # fmt: skip


@pytest.fixture
def plant(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Plant:
    plant = enter(template, tmp_path, monkeypatch, capsys)
    (plant.folder / "site.toml").write_text(SITE + REGISTER, "utf-8")
    plant.ask("site", "apply", "site.toml")
    plant.ask("import", plant.write(
        "register.csv", "R-001,2024-03-05T14:00,5001,kWh", "R-001,2024-03-05T15:00,7000,kWh",
    ))  # fmt: skip
    return plant


def test_an_event_lists_the_figures_before_and_after(plant: Plant) -> None:
    answer = plant.ask(*SWAP)

    assert answer == {
        "batch": answer["batch"], "meter": "R-001", "kind": "swap", "at": "2024-03-05T06:32:00Z",
        "action": "posted", "entries": 2, "before": Decimal(19990), "after": Decimal(30),
        "unit": "kWh", "estimates_taken_back": 0,
        "changes": [
            {"local_day": "2024-03-05", "start": "2024-03-05T06:00:00Z",
             "end": "2024-03-05T07:00:00Z", "before": Decimal(19990), "after": Decimal(30),
             "unit": "kWh"},
        ],
    }  # fmt: skip
    assert plant.ask("verify")["ok"]


def test_an_event_as_people_read_it(plant: Plant) -> None:
    said = plant.text(*SWAP)
    assert "Counted again; what was posted and what is:" in said
    assert "19,990" in said

    listed = plant.text("meter", "events", "R-001")
    assert "2024-03-05 14:32   swap" in listed
    assert "holds" in listed

    taken = plant.text("--lang", "zh", *SWAP[:7], "--withdraw", "登记错表")
    assert "已撤回" in taken
    assert "已重新计算" in taken
    set_language("en")


def test_an_event_that_changes_nothing_says_so(plant: Plant) -> None:
    plant.ask(*SWAP)
    said = plant.text(*SWAP)
    assert "unchanged" in said
    assert "Counted again" not in said


def test_a_multiplier_within_a_day(plant: Plant) -> None:
    answer = plant.ask(
        "meter", "event", "R-001", "--at", "2024-03-05 14:30", "--kind", "multiplier",
        "--multiplier", "6000", "--old", "5002",
    )  # fmt: skip
    # 1 × 10 before, 1998 × 6000 after.
    assert answer["after"] == 10 + 1998 * 6000
    assert plant.ask("meter", "events", "R-001")["multiplier"] == 6000


def test_status_tells_of_calibrations_and_their_end(plant: Plant) -> None:
    """The clock of these tests stands at 14 November 2023."""
    calibration = ("--kind", "calibration", "--expires")
    plant.ask("meter", "event", "M-001", "--at", "2021-03-01 09:00", *calibration, "2023-11-13")
    plant.ask("meter", "event", "M-002", "--at", "2021-03-01 09:00", *calibration, "2023-11-15")
    plant.ask("meter", "event", "R-001", "--at", "2023-12-01 09:00", *calibration, "2025-12-01")

    assert plant.ask("status")["calibrations"] == [
        {"meter": "M-001", "calibrated": "2021-03-01T01:00:00Z", "expires": "2023-11-13T16:00:00Z",
         "expired": True},
        {"meter": "M-002", "calibrated": "2021-03-01T01:00:00Z", "expires": "2023-11-15T16:00:00Z",
         "expired": False},
    ]  # fmt: skip
    assert "expired" in plant.text("status")


def test_more_changes_than_a_screen_holds_are_counted(plant: Plant) -> None:
    lines = [f"R-001,2024-03-{6 + hour // 24:02}T{hour % 24:02}:00,{7001 + hour},kWh"
             for hour in range(0, 24 * 20, 5)]  # fmt: skip
    plant.ask("import", plant.write("more.csv", *lines))
    assert run([*SWAP[:4], "2024-03-05 15:00", "--kind", "multiplier", "--multiplier", "7"]) == 0
    out, err = plant.terminal.readouterr()
    assert "--json lists them all" in err
    assert out.count("2024-03-") < 200


def test_a_withdrawal_stands_alone(plant: Plant) -> None:
    assert plant.ask(*SWAP, "--withdraw", "why", code=2)["error"]["code"] == "usage"


def test_what_is_refused(plant: Plant) -> None:
    assert plant.refused(*SWAP[:7], "--withdraw", "why")["code"] == "event-unknown"
    assert plant.refused(*SWAP[:7], "--old", "1", "--new", "2")["code"] == "event-figures"
    assert plant.refused("meter", "events", "R-002")["code"] == "meter-unknown"


ESTIMATE = ("estimate", "M-001", "--from", "2024-03-03", "--to", "2024-03-03")


def _with_a_gap(plant: Plant) -> None:
    """M-001 has 1.25 kWh an hour on 1, 2 and 4 March, and nothing on the 3rd; M-002 has all."""
    hours = [f"{hour:02}:00" for hour in range(24)]
    rows = [f"M-001,2024-03-04T{hour},1.25,kWh" for hour in hours]
    rows += [f"M-002,2024-03-0{day}T{hour},0.75,kWh" for day in (3, 4) for hour in hours]
    plant.ask("import", plant.write("more.csv", *rows))


def test_an_estimate_says_what_it_posts_day_by_day(plant: Plant) -> None:
    _with_a_gap(plant)
    answer = plant.ask(*ESTIMATE, "--method", "profile-of", "M-002")

    assert (answer["quantity"], answer["intervals"], answer["unit"]) == (Decimal(30), 24, "kWh")
    (day,) = answer["days"]
    assert day == {
        "local_day": "2024-03-03", "intervals": 24, "quantity": Decimal(30), "days_used": 3,
        "spread": 0, "rests_on": ["2024-03-01", "2024-03-02", "2024-03-04"],
    }  # fmt: skip
    assert [m["estimated"] for m in plant.ask("status")["meters"]] == [24, 0, 0]
    assert plant.ask("verify")["ok"]


def test_an_estimate_as_people_read_it(plant: Plant) -> None:
    _with_a_gap(plant)
    tried = plant.text("--lang", "zh", *ESTIMATE, "--method", "linear", "--dry-run")
    assert "试运行：未过账。" in tried
    set_language("en")

    said = plant.text(*ESTIMATE, "--method", "linear")
    assert "Posted as batch" in said
    assert "a line over 24 hours knows no day and no night" in said

    plant.write("late.csv", *(f"M-001,2024-03-03T{hour:02}:00,2,kWh" for hour in range(24)))
    assert "estimates replaced 24" in plant.text("import", "late.csv")


def test_estimates_that_are_refused(plant: Plant) -> None:
    filled = ("estimate", "M-001", "--from", "2024-03-01", "--to", "2024-03-02")
    assert plant.refused(*filled, "--method", "linear")["code"] == "estimate-nothing"
    assert plant.refused(*ESTIMATE, "--method", "typical-day")["code"] == "estimate-history"
    assert plant.refused(*ESTIMATE, "--method", "profile-of")["code"] == "estimate-span"
    assert plant.refused("estimate", "M-001", "--from", "soon", "--to", "later", "--method",
                         "linear")["code"] == "site-file"  # fmt: skip
