"""Draft and final: what is missing or does not close stands on the first page, and refuses a final."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cli_plant import SITE, Plant, build, enter
from ledger_case import Case, days, header, number, park, post
from postgresql_server import copy_of

from carbonledger.errors import CalculationRefused
from carbonledger.ledger import schema
from carbonledger.ledger.book import posting
from carbonledger.report import filed
from carbonledger.report.service import park_summary, summarised, written
from carbonledger.run.explain import explain
from carbonledger.run.setup import init
from carbonledger.run.verify import verify
from carbonledger.site import expect

NOW = "2025-01-01T00:00:00Z"
FULL = ["10", "10", "10", "10"]
MAIN: dict[str, object] = {
    "meter": "M-1", "every": "day", "since": "2024-02-01", "until": "2024-02-03", "due_days": 2,
    "owner": "grid company",
}  # fmt: skip


@pytest.fixture
def case(database: str, fresh_ledger: str) -> Iterator[Case]:
    """Give a park with three days of its main meter but one, and of the meter behind it."""
    url = fresh_ledger
    if database == "postgresql":
        url = copy_of("init", lambda url: init(url, "tester", NOW))
    with park(url) as opened:
        post(opened, *days(opened, "M-1", "2024-02-01", FULL))
        post(opened, *days(opened, "M-1", "2024-02-03", FULL))
        post(opened, *days(opened, "M-2", "2024-02-01", ["39.6"], ["39.6"], ["39.6"]))
        yield opened


def asked(case: Case, form: str = "json", **more: Any) -> str:
    return park_summary(
        case.ledger, None, more.pop("period", "2024-02"), lang=more.pop("lang", "en"), form=form,
        actor="tester", now=more.pop("now", NOW), **more,
    )  # fmt: skip


def data(case: Case, **more: Any) -> Any:
    return json.loads(asked(case, **more), parse_float=Decimal)


def refused(case: Case, **more: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(CalculationRefused) as error:
        asked(case, final=True, **more)
    assert error.value.code == "report-final"
    return [(fault.column, fault.text, fault.reason) for fault in error.value.problems]


def accept(case: Case, tolerance: str | None) -> None:
    """Declare what the park accepts as unexplained."""
    with case.ledger.transaction() as connection, posting(connection, header("site")) as made:
        made.insert(
            schema.account_revision, account_id=number(connection, schema.account, "park"),
            kind="facility", region="CN-LN", timezone="Asia/Shanghai", tolerance=tolerance,
        )  # fmt: skip


@pytest.mark.both_databases
def test_a_final_report_is_refused_with_all_that_stands_against_it(case: Case) -> None:
    expect.declare(case.ledger, "main", MAIN, "tester", NOW)
    expect.declare(case.ledger, "roof", MAIN | {"meter": "PV-1", "owner": "us"}, "tester", NOW)
    assert refused(case) == [
        ("missing", "main", "missing from 2024-02-02 to 2024-02-02 (M-1): grid company was to "
         "deliver it by 2024-02-04"),
        ("missing", "roof", "missing from 2024-02-01 to 2024-02-03 (PV-1): us was to deliver it by "
         "2024-02-03"),
        ("balance", "park", "-38.8 kWh of electricity are unexplained; no limit of error is "
         "declared for M-1, M-2"),
    ]  # fmt: skip
    assert case.scalar("SELECT count(*) FROM run_view") == 0, "nothing was stored"


@pytest.mark.both_databases
def test_when_all_has_arrived_and_closes_it_is_final(case: Case) -> None:
    expect.declare(case.ledger, "main", MAIN, "tester", NOW)
    post(case, *days(case, "M-1", "2024-02-02", FULL))
    assert [fault[0] for fault in refused(case)] == ["balance"]
    accept(case, "0.9")
    assert refused(case) == [
        ("balance", "park", "1.2 kWh of electricity are unexplained; 1.08 kWh are within the "
         "tolerance"),
    ]  # fmt: skip
    accept(case, "1")
    found = data(case, final=True)
    assert (found["header"]["final"], found["standing"]["missing"]) == (True, [])
    [row] = found["standing"]["closures"]
    assert (row["state"], row["unexplained"]["value"], row["tolerance"]["value"]) == (
        "within", Decimal("1.2"), Decimal("1.2"),
    )  # fmt: skip
    page = asked(case, "html", final=True)
    assert '<p class="verdict">Final</p>' in page
    assert data(case)["header"]["final"] is False, "a draft unless it is asked for"
    assert verify(case.ledger)["problems"] == []


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("lang", "verdict", "line"),
    [
        ("en", "Draft", "main (Electricity; M-1): 2024-02-02 to 2024-02-02, from grid company, due "
         "2024-02-04"),
        ("zh", "草稿", "main（电力；M-1）：2024-02-02 至 2024-02-02，责任人 grid company，应交日 "
         "2024-02-04"),
    ],
)  # fmt: skip
def test_a_draft_says_so_on_its_first_page(case: Case, lang: str, verdict: str, line: str) -> None:
    expect.declare(case.ledger, "main", MAIN, "tester", NOW)
    page = asked(case, "html", lang=lang)
    first = page[: page.index("<nav")]
    assert f'<p class="verdict">{verdict}</p>' in first
    assert line in first
    assert "−39" in first


@pytest.mark.both_databases
def test_a_final_report_that_was_filed_is_made_again_as_final(case: Case) -> None:
    """Though something is expected for its period since."""
    accept(case, "60")
    summary = summarised(case.ledger, None, "2024-02", final=True, actor="tester", now=NOW)
    data = written(summary, "en", "html").encode()
    number = filed.file_summary(
        case.ledger, summary, data, lang="en", form="html", actor="tester", now=NOW
    )
    expect.declare(case.ledger, "main", MAIN, "tester", NOW)
    assert refused(case)
    assert filed.made_again(case.ledger, str(number))[1] == data
    assert b"Final</p>" in data


def test_the_range_of_what_is_missing_has_its_tree(fresh_ledger: str) -> None:
    """One day of 40 kWh, as the others counted; by the factor of the province, in tonnes."""
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-02-01", FULL))
        post(case, *days(case, "M-1", "2024-02-03", FULL))
        expect.declare(case.ledger, "main", MAIN, "tester", NOW)
        [row] = data(case)["standing"]["missing"]
        assert (row["low"]["value"], row["high"]["value"], row["days"]) == (40, 40, 1)
        total = data(case)["emissions"]["scopes"][1]["total"]["value"]
        assert row["high_t"]["value"] == total / 2, "80 kWh are there, 40 are missing"
        key = row["high_t"]["key"].removeprefix("summary.")
        answer = explain(case.ledger, f"summary.{key}")
        assert key in json.dumps(answer, default=str)


def test_the_page_does_not_depend_on_the_day_it_is_made(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        expect.declare(case.ledger, "main", MAIN, "tester", NOW)
        last = case.scalar("SELECT max(batch) FROM batch_view")
        one = asked(case, "html", now="2024-02-02T00:00:00Z", as_of=last)
        assert asked(case, "html", now="2031-01-01T00:00:00Z", as_of=last) == one
        expect.withdraw(case.ledger, "main", "sold", "tester", NOW)
        assert asked(case, "html", as_of=last) == one, "what was expected then"
        assert refused(case, as_of=last)
        assert data(case, final=True)["standing"]["expectations"] == 0


def test_what_other_members_owe_does_not_keep_a_member_waiting(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        expect.declare(case.ledger, "main", MAIN, "tester", NOW)
        text = park_summary(
            case.ledger, "park/mill", "2024-02", lang="en", form="json", final=True,
            actor="tester", now=NOW,
        )  # fmt: skip
        found = json.loads(text)
        assert (found["header"]["final"], found["standing"]["expectations"]) == (True, 0)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("template"))


def test_the_command_refuses_and_writes_no_file(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plant: Plant = enter(template, tmp_path, monkeypatch, capsys)
    wanted = '[expect.main]\nmeter = "M-001"\nevery = "month"\nsince = "2024-03-01"\n'
    (plant.folder / "site.toml").write_text(
        SITE + wanted + 'until = "2024-03-03"\ndue_days = 1\nowner = "us"\n', "utf-8"
    )
    plant.ask("site", "apply", "site.toml")
    ask = ("report", "park-summary", "--period", "2024-03", "--final", "-o", "final.html")
    error = plant.refused(*ask)
    assert error["code"] == "report-final"
    assert [one["text"] for one in error["problems"]] == ["main"]
    assert not (plant.folder / "final.html").exists()
    plant.ask("expect", "withdraw", "main", "--reason", "of another year")
    plant.ask(*ask)
    text = (plant.folder / "final.html").read_text("utf-8")
    assert '<p class="verdict">Final</p>' in text
    assert "Nobody declared what is expected" in text
