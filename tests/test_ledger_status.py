"""Status: what meters cover, where gaps are, what was corrected, what does not balance."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from ledger_case import NOW, ZONE, Case, day_entry, days, header, instant, park, post, record

from carbonledger.ledger import schema
from carbonledger.ledger.book import posting
from carbonledger.ledger.coverage import Coverage, _merged, coverage
from carbonledger.ledger.service import reverse
from carbonledger.ledger.state import read_state
from carbonledger.run.status import status

FULL = ["1", "1", "1", "1"]


def covered(case: Case, meter: str = "M-1", as_of: int | None = None) -> Coverage:
    with case.ledger.read() as connection:
        found = coverage(connection, read_state(connection, as_of), as_of)
    return next(one for one in found if one.meter == meter)


def local(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(ZONE)).strftime("%m-%d %H:%M")


def gaps(found: Coverage) -> list[tuple[str, str]]:
    return [(local(gap.start), local(gap.end)) for gap in found.gaps]


def test_a_whole_week_has_no_gap(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", *[FULL] * 7))
        found = covered(case)
        assert (found.first, found.last) == (instant("2024-03-01"), instant("2024-03-08"))
        assert (found.intervals, found.missing, found.gaps, found.corrected) == (28, 0, (), 0)
        assert (found.commodity, found.interval) == ("electricity", 21_600)


def test_gaps_are_found_within_days_and_between_them(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", ["1", None, None, "1"], [None, "1", "1", "1"]))
        post(case, *days(case, "M-1", "2024-03-05", FULL))
        found = covered(case)
        assert gaps(found) == [
            ("03-01 06:00", "03-01 18:00"),
            ("03-02 00:00", "03-02 06:00"),
            ("03-03 00:00", "03-05 00:00"),
        ]
        assert (found.intervals, found.missing) == (9, 11)


def test_gaps_do_not_depend_on_the_files(fresh_ledger: str) -> None:
    """The same values in one batch, in many, backwards, with the missing one in another file."""
    with park(fresh_ledger) as case:
        whole: list[list[str | None]] = [
            ["1", None, "1", "1"], [*FULL], [None, None, "1", "1"], [*FULL],
        ]  # fmt: skip
        post(case, *days(case, "M-1", "2024-03-01", *whole))
        for row in reversed(range(4)):
            post(case, *days(case, "M-2", f"2024-03-0{row + 1}", whole[row]))
        first, second = covered(case, "M-1"), covered(case, "M-2")
        assert (first.gaps, first.intervals, first.missing) == (
            second.gaps, second.intervals, second.missing,
        )  # fmt: skip
        assert gaps(first) == [("03-01 06:00", "03-01 12:00"), ("03-03 00:00", "03-03 12:00")]
        post(case, *days(case, "M-2", "2024-03-01 06:00", ["1"]))
        assert gaps(covered(case, "M-2")) == [("03-03 00:00", "03-03 12:00")]


def test_an_adjustment_fills_no_gap_and_is_counted(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", ["1", None, "1", "1"]))
        with case.ledger.read() as connection:
            row = day_entry(connection, "M-1", "2024-03-01", ["0.5", "0.5"], kind="adjustment",
                            corrects=1)  # fmt: skip
        number = post(case, row, head=header("correction", "ratio"))
        found = covered(case)
        assert (gaps(found), found.corrected) == ([("03-01 06:00", "03-01 12:00")], 1)
        assert covered(case, as_of=number - 1).corrected == 0
        reverse(case.ledger, number, "no", "tester", NOW)
        assert covered(case).corrected == 0, "it was taken back"


def test_what_was_reversed_is_a_gap_and_what_was_restored_is_none(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", FULL))
        second = post(case, *days(case, "M-1", "2024-03-02", FULL))
        post(case, *days(case, "M-1", "2024-03-03", FULL))
        back = reverse(case.ledger, second, "wrong day", "tester", NOW)["batch"]
        assert gaps(covered(case)) == [("03-02 00:00", "03-03 00:00")]
        assert covered(case, as_of=back - 1).gaps == ()
        reverse(case.ledger, back, "it was right", "tester", NOW)
        assert covered(case).gaps == ()


def test_a_meter_without_values_says_so(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        assert covered(case) == Coverage("M-1", "electricity", None, None, 0, 0, (), 0)


def test_the_days_looked_at_can_be_limited(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-02-28", *[FULL] * 5))
        with case.ledger.read() as connection:
            found = coverage(connection, read_state(connection), days=(20240229, 20240301))
        assert [one.intervals for one in found if one.meter == "M-1"] == [8]


SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 9)).map(lambda p: (p[0], p[0] + p[1]))
)


@given(SPANS)
def test_merged_spans_cover_the_same_seconds_and_do_not_touch(spans: list[tuple[int, int]]) -> None:
    merged = _merged(spans)
    seconds = {at for start, end in spans for at in range(start, end)}
    assert [at for start, end in merged for at in range(start, end)] == sorted(seconds)
    assert all(a[1] < b[0] for a, b in pairwise(merged))


def test_status_has_a_shape_that_programs_can_rely_on(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", ["1", None, "2", "4"]), name="m.csv")
        post(case, *days(case, "M-2", "2024-03-01", ["1", "1", "2", "2"]))
        answer = status(case.ledger)
        meters = {row["meter"]: row for row in answer.pop("meters")}
        assert answer == {
            "ledger": fresh_ledger.removeprefix("sqlite:///"),
            "as_of": answer["batches"],
            "sites": ["park"],
            "batches": case.scalar("SELECT count(*) FROM batch_view"),
            "entries": 2,
            "documents": 1,
            "held_packs": [],
            "accounts": case.scalar("SELECT count(*) FROM account_view"),
            "findings": [],
            "calibrations": [],
            "closings": [],
            "expectations": 0,
            "missing": [],
            "balance": [
                {
                    "account": "park", "commodity": "electricity", "in": Decimal(7),
                    "made": Decimal(0), "out": Decimal(6), "consumed": Decimal(0),
                    "stock_change": Decimal(0), "unexplained": Decimal(1), "unit": "kWh",
                    "unexplained_share": Decimal("0.142857"), "tolerance": None, "state": "undeclared",
                    "main": ["M-1"], "sub": ["M-2"], "undeclared": ["M-1", "M-2"],
                }
            ],
        }  # fmt: skip
        assert meters["M-1"] == {
            "meter": "M-1", "commodity": "electricity", "first": "2024-02-29T16:00:00Z",
            "last": "2024-03-01T16:00:00Z", "intervals": 3, "missing": 1, "estimated": 0,
            "gaps": [{"start": "2024-02-29T22:00:00Z", "end": "2024-03-01T04:00:00Z"}],
            "corrected": 0,
        }  # fmt: skip
        assert list(meters) == ["M-1", "M-2", "PV-1", "S-1"]
        assert json.dumps(answer, default=str)


def balance(case: Case) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = status(case.ledger)["balance"]
    return [{name: row[name] for name in ("account", "unexplained")} for row in found]


def test_more_out_than_in_does_not_close(fresh_ledger: str) -> None:
    """Steam leaves the works, which is no boiler and has received none: a meter is missing."""
    with park(fresh_ledger) as case:
        post(case, *days(case, "S-1", "2024-03-01", ["1", "1"]))
        assert balance(case) == [{"account": "park/works", "unexplained": Decimal(-2)}]
        [row] = status(case.ledger)["balance"]
        assert row["unexplained_share"] is None, "a share of nothing"


def test_who_makes_energy_needs_not_receive_it(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "PV-1", "2024-03-01", ["1", "1"]))
        assert balance(case) == []


def test_products_and_money_are_no_matter_of_balance(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        with case.ledger.read() as connection:
            sold = record(connection, "park/works", "market", "value_added", "2024-03-01",
                          "2024-04-01", 5)  # fmt: skip
        post(case, sold)
        assert balance(case) == []


def asked(case: Case) -> int:
    """Count the statements that a status sends to the database."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    sa.event.listen(case.ledger.engine, "before_cursor_execute", note)
    status(case.ledger)
    sa.event.remove(case.ledger.engine, "before_cursor_execute", note)
    return len(sent)


def test_more_meters_are_not_more_questions_to_the_database(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", FULL))
        before = asked(case)
        with case.ledger.transaction() as connection, posting(connection, header()) as made:
            for number in range(50):
                meter = made.insert(schema.meter, code=f"X-{number}")
                row = day_entry(connection, "M-1", "2024-03-01", FULL)
                made.insert(schema.entry, **row | {"meter_id": meter})
        assert asked(case) == before
        assert sum(row["intervals"] for row in status(case.ledger)["meters"]) == 51 * 4
