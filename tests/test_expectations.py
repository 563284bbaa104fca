"""What must arrive: by meter or kind of record, period, owner and due date; what is missing of it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_kit import Books, Meter
from ledger_case import Case, days, park, post, record
from postgresql_server import copy_of

from carbonledger.calc.expectation import (
    History,
    Period,
    bounds,
    day_of,
    emitted,
    missing,
    periods,
    rates,
)
from carbonledger.calc.model import EmissionLine, Expectation
from carbonledger.errors import SiteRefused
from carbonledger.ledger.service import reverse
from carbonledger.ledger.state import read_state
from carbonledger.ledger.verify import verify_batches
from carbonledger.run.completeness import missing_in
from carbonledger.run.service import inventory
from carbonledger.run.setup import init
from carbonledger.run.status import status
from carbonledger.site import expect

NOW = "2024-03-20T04:00:00Z"
# As the other tests make the ledger that they share.
POSTED_AT = "2025-01-01T00:00:00Z"
FULL = ["1", "1", "1", "1"]
BILL: dict[str, object] = {
    "commodity": "natural_gas", "to": "park/works", "every": "month", "since": "2024-01-01",
    "due_days": 10, "owner": "gas company",
}  # fmt: skip
MAIN: dict[str, object] = {
    "meter": "M-1", "every": "day", "since": "2024-03-01", "until": "2024-03-05", "due_days": 2,
    "owner": "grid company",
}  # fmt: skip


@pytest.fixture
def case(database: str, fresh_ledger: str) -> Iterator[Case]:
    """Give a declared park on the database of the test."""
    url = fresh_ledger
    if database == "postgresql":
        url = copy_of("init", lambda url: init(url, "tester", POSTED_AT))
    with park(url) as opened:
        yield opened


def declare(case: Case, name: str, values: dict[str, object], **others: object) -> Any:
    return expect.declare(case.ledger, name, values | others, "tester", NOW)["batch"]


def gone(case: Case, now: str = NOW) -> list[tuple[Any, ...]]:
    found: list[dict[str, Any]] = status(case.ledger, now)["missing"]
    names = ("expectation", "owner", "first_day", "last_day", "periods", "due", "overdue_days")
    return [tuple(row[name] for name in names) for row in found]


def gas(case: Case, first: str, last: str, quantity: int) -> int:
    with case.ledger.read() as connection:
        row = record(connection, "supplier", "park/works", "natural_gas", first, last, quantity)
    return post(case, row)


@pytest.mark.both_databases
def test_what_is_missing_is_told_with_its_owner_and_since_when(case: Case) -> None:
    """Days 3 and 4 of the meter, 4 in part; the bills of January and February."""
    declare(case, "main", MAIN)
    declare(case, "bill", BILL)
    post(case, *days(case, "M-1", "2024-03-01", FULL, FULL))
    post(case, *days(case, "M-1", "2024-03-04", ["1", None, "1", "1"], FULL))
    assert gone(case) == [
        ("bill", "gas company", "2024-01-01", "2024-02-29", 2, "2024-02-10", 39),
        ("main", "grid company", "2024-03-03", "2024-03-04", 2, "2024-03-05", 15),
    ]
    [_, main] = status(case.ledger, NOW)["missing"]
    assert main["days_missing"] == Decimal("1.25")
    # Complete days counted 4 kWh each.
    assert (main["low"], main["typical"], main["high"], main["unit"]) == (5, 5, 5, "kWh")
    assert (main["comparable"], main["affects"]) == (3, "total")


@pytest.mark.both_databases
def test_what_arrives_is_missing_no_more_and_what_is_reversed_is_again(case: Case) -> None:
    declare(case, "bill", BILL, until="2024-02-29")
    gas(case, "2024-01-01", "2024-02-01", 5_000_000)
    assert gone(case) == [("bill", "gas company", "2024-02-01", "2024-02-29", 1, "2024-03-10", 10)]
    number = gas(case, "2024-02-01", "2024-03-01", 7_000_000)
    assert gone(case) == []
    back = reverse(case.ledger, number, "of another plant", "tester", NOW)["batch"]
    assert [row[2] for row in gone(case)] == ["2024-02-01"]
    reverse(case.ledger, back, "it was ours", "tester", NOW)
    assert gone(case) == []


@pytest.mark.both_databases
def test_an_explicit_zero_is_a_record(case: Case) -> None:
    declare(case, "bill", BILL, until="2024-01-31")
    assert len(gone(case)) == 1
    gas(case, "2024-01-01", "2024-02-01", 0)
    assert gone(case) == []


@pytest.mark.both_databases
def test_records_that_must_cover_the_period_are_missing_by_days(case: Case) -> None:
    declare(case, "bill", BILL, until="2024-02-29", whole=True)
    gas(case, "2024-01-15", "2024-02-15", 31_000_000)
    [row] = status(case.ledger, NOW)["missing"]
    assert (row["first_day"], row["last_day"], row["days_missing"]) == (
        "2024-01-01", "2024-02-29", 29,
    )  # fmt: skip


@pytest.mark.both_databases
def test_the_latest_declaration_holds_and_it_can_be_taken_back(case: Case) -> None:
    first = declare(case, "bill", BILL)
    assert declare(case, "bill", BILL) is None, "it is declared just so"
    second = declare(case, "bill", BILL, owner="works office", due_days=20)
    assert [row[1:2] + row[5:] for row in gone(case)] == [("works office", "2024-02-20", 29)]
    expect.withdraw(case.ledger, "bill", "the works burns none", "tester", NOW)
    assert gone(case) == []
    with case.ledger.read() as connection:
        held = [read_state(connection, b).expectations for b in (first, second, second + 1)]
        assert verify_batches(connection)[2] == []
    assert [one["bill"].owner for one in held[:2]] == ["gas company", "works office"]
    assert held[2] == {}
    assert case.scalar("SELECT count(*) FROM expectation_view") == 0
    declare(case, "bill", BILL)
    assert case.rows("SELECT expectation, commodity, to_account, frequency, since, until, owner "
                     "FROM expectation_view") == [
        ("bill", "natural_gas", "park/works", "month", "2024-01-01", None, "gas company")
    ]  # fmt: skip


@pytest.mark.both_databases
def test_a_period_asks_for_all_that_overlaps_it_whenever_it_is_due(case: Case) -> None:
    declare(case, "bill", BILL)
    declare(case, "year", BILL, commodity="solid_waste", every="year")
    declare(case, "sub", MAIN, meter="M-2", since="2024-02-28")
    gas(case, "2024-02-01", "2024-03-01", 1)

    def of(first: str, last: str, boundary: str = "park") -> list[tuple[str, str, str]]:
        with case.ledger.read() as connection:
            state = read_state(connection)
            found = missing_in(connection, state, 10**6, (first, last), boundary)
        return [(m.expectation.code, str(m.first), str(m.last)) for m in found]

    assert of("2024-02", "2024-02") == [
        ("sub", "2024-02-28", "2024-02-29"), ("year", "2024-01-01", "2024-12-31"),
    ]  # fmt: skip
    assert of("2024-05", "2024-06")[0] == ("bill", "2024-05-01", "2024-06-30")
    assert of("2024-05", "2024-06", "park/mill") == [], "nothing is expected of the mill"
    assert of("2023-01", "2023-12") == []


def test_records_that_name_no_account_inside_are_everybodys(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        declare(case, "bill", BILL, to=None, **{"from": "supplier"})
        with case.ledger.read() as connection:
            state = read_state(connection)
            found = missing_in(connection, state, 10**6, ("2024-01", "2024-01"), "park/mill")
        assert [one.expectation.code for one in found] == ["bill"]


@pytest.mark.both_databases
def test_an_estimate_that_was_posted_fills_the_gap(case: Case) -> None:
    declare(case, "main", MAIN, until="2024-03-01")
    post(case, *days(case, "M-1", "2024-03-01", ["1", None, "1", "1"]))
    assert len(gone(case)) == 1
    post(case, *days(case, "M-1", "2024-03-01 06:00", ["1"], kind="estimate"))
    assert gone(case) == []


@pytest.mark.both_databases
def test_what_is_missing_is_converted_by_the_factors_of_the_last_inventory(case: Case) -> None:
    """1 m³ of gas by the method is r t; two quarters of a day at 4 kWh are 2 kWh of power."""
    declare(case, "bill", BILL, until="2024-03-31")
    gas(case, "2024-01-01", "2024-02-01", 3_000_000_000)
    gas(case, "2024-02-01", "2024-03-01", 9_000_000_000)
    [row] = status(case.ledger, "2024-04-20T00:00:00Z")["missing"]
    assert (row["low"], row["high"], row["low_t"], row["high_t"]) == (3000, 9000, None, None)
    answer = inventory(case.ledger, None, "2024-01..2024-02", actor="tester", now=NOW)
    [row] = status(case.ledger, "2024-04-20T00:00:00Z")["missing"]
    total = answer["scopes"]["1"]
    assert float(row["low_t"]) == pytest.approx(float(total) * 3 / 12)
    assert float(row["high_t"]) == pytest.approx(float(total) * 9 / 12)


def test_what_is_unknown_or_says_nothing_is_refused(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        for values, reason in (
            (MAIN | {"meter": "M-9"}, "meter unknown meter 'M-9'"),
            (BILL | {"commodity": "natural_gaz"}, "commodity unknown commodity 'natural_gaz'"),
            (BILL | {"to": None}, "names neither a meter nor records"),
            (MAIN | {"commodity": "electricity"}, "commodity is for records"),
            (MAIN | {"until": "2024-02-01"}, "until lies before since"),
            (MAIN | {"since": "yesterday"}, "since must be a date of the calendar"),
            (BILL | {"owner": None}, "the key 'owner' is missing"),
        ):
            with pytest.raises(SiteRefused) as refused:
                expect.declare(case.ledger, "x", values, "tester", NOW)
            assert refused.value.code == "site-file"
            assert reason in refused.value.message
        with pytest.raises(SiteRefused) as refused:
            expect.withdraw(case.ledger, "nothing", "why", "tester", NOW)
        assert refused.value.code == "expectation-unknown"
        assert expect.listed(case.ledger) == {"expectations": []}


def test_a_meter_that_reports_a_row_of_zeros_is_there(tmp_path: Path) -> None:
    """Through a file: nothing flowed, and the meter says so."""
    books = Books(tmp_path, Meter())
    with books.ledger() as ledger:
        values = {"meter": "M-1", "every": "day", "since": "2024-03-01", "until": "2024-03-01",
                  "due_days": 0, "owner": "us"}  # fmt: skip
        expect.declare(ledger, "m", values, "tester", NOW)
        rows = "".join(f"2024-03-01 {hour:02}:00,M-1,0\n" for hour in range(24))
        assert len(status(ledger, NOW)["missing"]) == 1
    books.take("time,meter,kWh\n" + rows)
    with books.ledger() as ledger:
        assert status(ledger, NOW)["missing"] == []


@pytest.mark.both_databases
def test_a_row_of_a_file_with_quantity_zero_is_a_record(tmp_path: Path, database: str) -> None:
    """Nothing was burnt in February, and the supplier says so; of March nothing is heard."""
    books = Books(tmp_path / database)
    with books.ledger() as ledger:
        values = {"commodity": "natural_gas", "from": "supplier", "to": "park/office",
                  "every": "month", "since": "2024-01-01", "until": "2024-03-31", "due_days": 5,
                  "owner": "gas company"}  # fmt: skip
        expect.declare(ledger, "gas", values, "tester", NOW)
    books.take("""
        start,end,from,to,commodity,quantity,unit
        2024-01-01,2024-01-31,supplier,park/office,natural_gas,120,m3
        2024-02-01,2024-02-29,supplier,park/office,natural_gas,0,m3
    """)
    with books.ledger() as ledger:
        [row] = status(ledger, "2024-04-08T04:00:00Z")["missing"]
    assert (row["first_day"], row["periods"], row["overdue_days"]) == ("2024-03-01", 1, 3)
    # The explicit zero is part of what is usual.
    assert (row["low"], row["high"], row["comparable"]) == (0, 120, 2)
    books.drop()


def one(**values: Any) -> Expectation:
    plain: dict[str, Any] = {"code": "x", "meter": "M", "commodity": "", "source": "", "target": "",
             "frequency": "day", "since": 20240101, "until": None, "due_days": 0,
             "owner": "o"}  # fmt: skip
    return Expectation(**(plain | values))


def whole_of(totals: dict[int, int], zone: str = "Asia/Shanghai") -> tuple[tuple[int, int], ...]:
    """Return spans that cover these days."""
    return tuple(bounds(day_of(number), zone) for number in sorted(totals))


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        ("month", ["2024-01-15/2024-01-31", "2024-02-01/2024-02-29", "2024-03-01/2024-03-10"]),
        ("quarter", ["2024-01-15/2024-03-10"]),
        ("year", ["2024-01-15/2024-03-10"]),
    ],
)
def test_periods_are_those_of_the_calendar_cut_at_both_ends(
    frequency: str, expected: list[str]
) -> None:
    wanted = one(frequency=frequency, since=20240115, until=20240310)
    found = periods(wanted, date(2023, 1, 1), date(2025, 1, 1))
    assert [f"{period.first}/{period.last}" for period in found] == expected


def test_weekends_are_compared_with_weekends() -> None:
    """Four weeks: 100 on working days, 10 on Saturday and Sunday; a Saturday and Monday miss."""
    whole = [date(2024, 1, 1 + n) for n in range(28)]
    totals = {int(d.strftime("%Y%m%d")): 100 if d.weekday() < 5 else 10 for d in whole}
    history = History("Asia/Shanghai", "kWh", whole_of(totals), lambda: totals)
    week = [Period(day, day) for day in (date(2024, 2, 3), date(2024, 2, 4), date(2024, 2, 5))]
    [found] = missing(one(), history, week)
    assert found.days == 3
    assert (found.low, found.typical, found.high) == (120, 120, 120)


def test_the_range_is_that_of_the_fifth_and_ninety_fifth_percentile() -> None:
    """Of 1 … 40 by nearest rank: 2, 20 and 38; outliers do not make the range."""
    records = one(meter="", commodity="gas", target="park", frequency="day")
    totals = {int(f"2023{m:02}{d:02}"): 0 for m in range(1, 5) for d in range(1, 11)}
    totals = {day: n for n, day in enumerate(totals, 1)}
    history = History("UTC", "m3", (), lambda: totals)
    [found] = missing(records, history, [Period(date(2024, 1, 1), date(2024, 1, 1))])
    assert (found.low, found.typical, found.high, found.comparable) == (2, 20, 38, 40)


def test_without_history_there_is_no_range() -> None:
    [found] = missing(one(), History("UTC", "kWh"), [Period(date(2024, 1, 1), date(2024, 1, 1))])
    assert (found.low, found.typical, found.high, found.comparable) == (None, None, None, 0)


def test_only_days_of_the_window_add_to_the_range() -> None:
    totals = {20230102: 8, 20230103: 8, 20230107: 8}
    history = History("UTC", "kWh", whole_of(totals, "UTC"), lambda: totals)
    year = Period(date(2024, 1, 1), date(2024, 12, 31))
    window = Period(date(2024, 3, 1), date(2024, 3, 2))
    [found] = missing(one(frequency="year"), history, [year], window)
    assert found.days == 2
    assert (found.typical, found.last) == (16, date(2024, 12, 31))


def test_several_gases_of_one_activity_add_up() -> None:
    def line(gas: str, co2e: int, scope: str = "1") -> EmissionLine:
        return EmissionLine("park", scope, "stationary_combustion", "gas", "2024-01", gas, 10, "m3",
                            "f", None, "", 0, Decimal(1), co2e, "default")  # fmt: skip

    found = rates([line("co2", 500), line("ch4", 30), line("co2", 500), line("co2", 7, "2_market")])
    assert found == {("gas", "m3"): Fraction(53)}
    assert (emitted(2, Fraction(53)), emitted(None, Fraction(53)), emitted(2, None)) == (
        106, None, None,
    )  # fmt: skip


SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=4)


@given(SPANS)
def test_what_is_there_and_what_is_missing_add_up_to_the_period(
    parts: list[tuple[int, int]],
) -> None:
    """Over two days, in steps of four hours: seconds covered + seconds missing = two days."""
    first = bounds(date(2024, 1, 1), "UTC")[0]
    step = 14_400
    cells = {cell for start, size in parts for cell in range(start, min(start + size, 12))}
    spans: list[tuple[int, int]] = []
    for cell in sorted(cells):
        start = first + cell * step
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], start + step)
        else:
            spans.append((start, start + step))
    two = [Period(date(2024, 1, day), date(2024, 1, day)) for day in (1, 2)]
    found = sum((m.days for m in missing(one(), History("UTC", "x", tuple(spans)), two)),
                Fraction(0))  # fmt: skip
    assert found * 6 + len(cells) == 12


def test_overdue_counts_from_the_day_it_was_due(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        declare(case, "main", MAIN, until="2024-03-01")
        for now, overdue in (
            ("2024-03-02T04:00:00Z", 0), ("2024-03-03T04:00:00Z", 0), ("2024-03-04T04:00:00Z", 1),
        ):  # fmt: skip
            assert [row[-1] for row in gone(case, now)] == [overdue]
        assert gone(case, "2024-03-01T04:00:00Z") == [], "the day has not ended"
        assert status(case.ledger)["missing"] == [], "nobody asked when"
