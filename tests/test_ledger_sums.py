"""Sums by account pair, commodity and local month; entries over the end of a month are shared."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st
from ledger_case import Case, days, park, post, record

from carbonledger.calc.model import Books, Flow
from carbonledger.errors import LedgerRefused
from carbonledger.ledger.service import last_batch
from carbonledger.ledger.state import read_state
from carbonledger.ledger.sums import read_books, shared_out, spanning

YEAR = [f"2024-{month:02}" for month in range(1, 13)]
KWH = 1_000_000


def books(case: Case, months: list[str], as_of: int | None = None, boundary: str = "park") -> Books:
    with case.ledger.read() as connection:
        last = as_of or last_batch(connection)
        return read_books(connection, read_state(connection, last), boundary, months, last)


def flows(case: Case, months: list[str], as_of: int | None = None) -> list[tuple[str, str, int]]:
    return [(f.commodity, f.month, f.quantity) for f in books(case, months, as_of).flows]


def one(case: Case, start: str, end: str, quantity: int, zone: str = "Asia/Shanghai") -> int:
    with case.ledger.read() as connection:
        made = record(connection, "grid", "park", "electricity", start, end, quantity, zone=zone)
    return post(case, made)


def test_days_belong_to_the_month_of_the_place(fresh_ledger: str) -> None:
    """The last day of March in Shanghai ends at 16:00 UTC; what follows is April."""
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-31", ["1", "2", "3", "4"], ["10", "10", "10", "10"]))
        assert flows(case, ["2024-03"]) == [("electricity", "2024-03", 10 * KWH)]
        assert flows(case, ["2024-04"]) == [("electricity", "2024-04", 40 * KWH)]
        assert flows(case, ["2024-03", "2024-04"]) == [
            ("electricity", "2024-03", 10 * KWH),
            ("electricity", "2024-04", 40 * KWH),
        ]
        assert flows(case, ["2024-02"]) == []
        assert flows(case, ["2023-12", "2024-01"]) == []


def test_a_bill_over_two_months_is_shared_by_time(fresh_ledger: str) -> None:
    """15 January to 14 February: 17 of 31 days lie in January."""
    with park(fresh_ledger) as case:
        one(case, "2024-01-15", "2024-02-15", 31 * KWH)
        assert flows(case, ["2024-01"]) == [("electricity", "2024-01", 17 * KWH)]
        assert flows(case, ["2024-02"]) == [("electricity", "2024-02", 14 * KWH)]
        assert flows(case, YEAR) == flows(case, ["2024-01"]) + flows(case, ["2024-02"])


def test_what_cannot_be_shared_evenly_loses_nothing(fresh_ledger: str) -> None:
    """One millionth over 60 days, and a negative one: the parts add up."""
    with park(fresh_ledger) as case:
        one(case, "2024-01-31", "2024-03-31", 1)
        one(case, "2024-04-30", "2024-06-30", -1)
        assert sum(quantity for _, _, quantity in flows(case, YEAR[:3])) == 1
        assert sum(quantity for _, _, quantity in flows(case, YEAR[3:6])) == -1


def test_a_year_in_one_entry(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        one(case, "2024-01-01", "2025-01-01", 366 * KWH)
        parts = flows(case, YEAR)
        assert [quantity // KWH for _, _, quantity in parts] == [
            31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
        ]  # fmt: skip


def test_the_end_of_the_year_reaches_into_the_next(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        one(case, "2023-12-30", "2024-01-03", 4 * KWH)
        assert flows(case, ["2023-12"]) == [("electricity", "2023-12", 2 * KWH)]
        assert flows(case, ["2024-01"]) == [("electricity", "2024-01", 2 * KWH)]


def test_days_of_a_meter_in_another_zone_still_add_up(fresh_ledger: str) -> None:
    """By the clock of the meter the entry touches two months, by that of the place one, or three.

    Whichever months are asked for, their parts come to the entry.
    """
    with park(fresh_ledger) as case:
        one(case, "2024-02-29 20:00", "2024-03-01 02:00", 6 * KWH, zone="UTC")
        one(case, "2024-04-30 12:00", "2024-05-31 20:00", 752 * KWH, zone="UTC")
        each = [flows(case, [month]) for month in YEAR]
        assert [row for rows in each for row in rows] == flows(case, YEAR)
        assert sum(quantity for _, _, quantity in flows(case, YEAR)) == 758 * KWH
        # 20:00 UTC on 29 February is 04:00 on 1 March in Shanghai.
        assert flows(case, ["2024-02"]) == []
        assert flows(case, ["2024-03"]) == [("electricity", "2024-03", 6 * KWH)]
        assert flows(case, ["2024-06"]) == [("electricity", "2024-06", 4 * KWH)]


def test_as_of_a_batch_is_the_sum_over_the_batches_up_to_it(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", ["1", "1"]))
        second = post(case, *days(case, "M-1", "2024-03-02", ["2"]))
        third = one(case, "2024-03-15", "2024-04-15", 62 * KWH)
        sums = [
            [quantity // KWH for _, _, quantity in flows(case, ["2024-03"], batch)]
            for batch in (first, second, third)
        ]
        assert sums == [[2], [4], [38]]


def test_flows_are_sorted_and_name_their_accounts(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "S-1", "2024-03-01", ["1"]))
        post(case, *days(case, "M-2", "2024-03-01", ["2"]))
        post(case, *days(case, "M-1", "2024-02-28", ["3"], ["4"], ["5"]))
        assert books(case, ["2024-02", "2024-03"]).flows == (
            Flow("grid", "park", "electricity", "2024-02", 7 * KWH),
            Flow("grid", "park", "electricity", "2024-03", 5 * KWH),
            Flow("park", "park/works", "electricity", "2024-03", 2 * KWH),
            Flow("park/works", "park/mill", "steam", "2024-03", 1 * KWH),
        )


def test_books_know_accounts_and_what_is_inside(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        found = books(case, ["2024-03"], boundary="park/works")
        assert [code for code in found.accounts if found.inside(code)] == [
            "park/works", "park/works/line",
        ]  # fmt: skip
        assert found.accounts["park/works/line"].region == "CN-LN", "inherited from the park"
        assert found.accounts["grid"].outside
        assert found.commodities["electricity"].unit == "kWh"


def test_a_sum_beyond_64_bits_is_an_error_not_a_wrap(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        one(case, "2024-03-01", "2024-03-02", 2**62)
        assert flows(case, ["2024-03"]) == [("electricity", "2024-03", 2**62)]
        one(case, "2024-03-01", "2024-03-02", 2**62)
        with pytest.raises(LedgerRefused, match="too large for the books") as refused:
            flows(case, ["2024-03"])
        assert refused.value.code == "ledger-overflow"


def test_a_sum_beyond_64_bits_is_an_error_where_entries_are_shared(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        for _ in range(3):
            one(case, "2024-03-01", "2024-04-02", 2**62)
        with pytest.raises(LedgerRefused, match="electricity from grid to park in 2024-03"):
            flows(case, ["2024-03"])


def test_parts_name_their_entries(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        batch = one(case, "2024-01-31", "2024-02-02", 2 * KWH)
        with case.ledger.read() as connection:
            state = read_state(connection)
            parts = list(spanning(connection, state, ["2024-02"], batch))
        assert [(part.key, part.quantity) for part in parts] == [
            (("grid", "park", "electricity", "2024-02"), KWH)
        ]


def test_the_years_before_are_not_read(fresh_ledger: str) -> None:
    """Sums are made from the indexes of days, whatever else was posted."""
    if not fresh_ledger.startswith("sqlite"):
        pytest.skip("the planner of PostgreSQL goes by the size of tables: small ones are read")
    asked: list[tuple[str, Any]] = []
    with park(fresh_ledger) as case:
        one(case, "2024-01-15", "2024-02-15", 31 * KWH)
        sa.event.listen(
            case.ledger.engine, "before_cursor_execute",
            lambda _, __, statement, given, *___: asked.append((statement, given)),
        )  # fmt: skip
        books(case, YEAR)
        sums = [(text, given) for text, given in asked if "FROM entry" in text]
        with case.ledger.read() as connection:
            plans = [
                str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given).all())
                for text, given in sums
            ]
    assert len(plans) == len(YEAR) + 1
    assert all("ix_entry_sums (first_day>? AND first_day<?)" in plan for plan in plans[:-1])
    assert "ix_entry_spanning (first_day<?)" in plans[-1]


ZONES = st.sampled_from(["Asia/Shanghai", "UTC", "Europe/Zurich", "Australia/Lord_Howe"])
STARTS = st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1))  # noqa: DTZ001 (of any zone)


@given(st.integers(-(2**63), 2**63 - 1), STARTS, st.integers(1, 500 * 86_400), ZONES)
@example(1, datetime(2024, 3, 30, 22), 7200, "Europe/Zurich")  # noqa: DTZ001
def test_the_parts_of_an_entry_add_up_to_it(
    quantity: int, start: datetime, seconds: int, zone: str
) -> None:
    first = int(start.replace(tzinfo=UTC).timestamp())
    parts = list(shared_out(quantity, first, first + seconds, zone))
    assert sum(part for _, part in parts) == quantity
    months = [month for month, _ in parts]
    assert months == sorted(set(months))
    local = [
        datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m")
        for at in (first, first + seconds - 1)
    ]
    assert [months[0], months[-1]] == local
    assert all(part * quantity >= 0 for _, part in parts), "no part goes the other way"


@given(STARTS, st.integers(1, 400), ZONES)
def test_whole_days_of_equal_quantity_are_shared_by_the_calendar(
    start: datetime, length: int, zone: str
) -> None:
    """But for the hour that clocks are changed by."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=ZoneInfo(zone))
    end = (midnight.replace(tzinfo=None) + timedelta(days=length)).replace(tzinfo=ZoneInfo(zone))
    first, last = int(midnight.timestamp()), int(end.timestamp())
    parts = dict(shared_out(last - first, first, last, zone))
    counted: dict[str, int] = {}
    for day in range(length):
        month = (midnight.replace(tzinfo=None) + timedelta(days=day)).strftime("%Y-%m")
        counted[month] = counted.get(month, 0) + 86_400
    assert parts.keys() == counted.keys()
    assert all(abs(parts[month] - seconds) <= 3600 for month, seconds in counted.items())


def test_nothing_that_took_no_time_is_shared() -> None:
    assert list(shared_out(5, 100, 100, "UTC")) == []
