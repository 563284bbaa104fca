"""Readings that state the start and the end of their interval: bills, and files of the trade."""

from decimal import Decimal
from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh

pytestmark = pytest.mark.both_databases


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "p", Meter())


def test_bills_of_a_gas_supplier(tmp_path: Path) -> None:
    """Dates alone are whole local days, the last one included."""
    gas = Meter("G-1", commodity="natural_gas", unit="m3")
    books = Books(tmp_path / "p", gas)

    answer = books.take("""
        meter,start,end,value,unit
        G-1,2024-01-01,2024-01-31,1200,Nm3
        G-1,2024-02-01,2024-03-04,1150.5,Nm3
    """)

    assert books.sum("natural_gas") == kwh("2350.5")
    assert answer["readings"] == 2
    assert books.rows(
        "SELECT local_day, substr(start_utc, 1, 16), substr(end_utc, 1, 16) FROM entry_view ORDER BY 1"
    ) == [
        ("2024-01-01", "2023-12-31T16:00", "2024-01-31T16:00"),
        ("2024-02-01", "2024-01-31T16:00", "2024-03-04T16:00"),
    ]


def test_an_end_that_is_the_day_after(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter())

    books.take(
        """
        meter,start,end,value
        M-1,2024-01-01,2024-02-01,310
        M-1,2024-02-01,2024-03-01,290
        """,
        profile='end = "exclusive"',
    )

    assert books.sum() == Decimal(600)
    assert books.months()["2024-01"] == Decimal(310)


def test_intervals_of_different_lengths_in_one_file(tmp_path: Path) -> None:
    """Mean power times the length that each row states."""
    books = Books(tmp_path / "p", Meter(reads="power", unit="kW"))

    books.take("""
        meter,start,end,value
        M-1,2024-03-01 00:00,2024-03-01 00:30,10
        M-1,2024-03-01 00:30,2024-03-01 01:30,10
        M-1,2024-03-01 01:30,2024-03-01 02:00,4
    """)

    assert books.sum() == Decimal(17)


def test_an_interval_that_ends_before_it_begins(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter())

    error = books.refused("""
        meter,start,end,value
        M-1,2024-03-01 00:00,2024-03-01 01:00,10
        M-1,2024-03-01 02:00,2024-03-01 01:00,10
    """)

    assert error.code == "rejects"
    assert [(p.line, p.reason) for p in error.problems] == [
        (3, "the interval ends before it has begun")
    ]


def test_both_stamps_in_the_repeated_hour(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter(timezone="Europe/Berlin"))

    books.take("""
        meter,start,end,value
        M-1,2024-10-27 01:00,2024-10-27 02:00,1
        M-1,2024-10-27 02:00,2024-10-27 02:00,2
        M-1,2024-10-27 02:00,2024-10-27 03:00,3
        M-1,2024-10-27 03:00,2024-10-27 04:00,4
    """)

    assert books.readings() == [
        ("2024-10-26 23:00", 1.0), ("2024-10-27 00:00", 2.0), ("2024-10-27 01:00", 3.0),
        ("2024-10-27 02:00", 4.0),
    ]  # fmt: skip


BILL = "meter,start,end,value\nM-1,2026-03-01,2026-03-31,3100\n"
DAYS = "meter,time,value\nM-1,2026-03-{0},50\nM-1,2026-03-{1},51\n"


def test_days_within_a_month_that_is_posted_would_count_twice(books: Books) -> None:
    books.take(BILL)

    error = books.refused(DAYS.format("15", "16"), profile='interval = "1d"\nstamp = "start"')

    assert error.code == "interval"
    assert "in intervals of 2678400 s from 2026-02-28T16:00:00Z" in error.message


def test_a_month_over_days_that_are_posted_would_count_twice(books: Books) -> None:
    books.take(DAYS.format("15", "16"), profile='interval = "1d"\nstamp = "start"')

    error = books.refused(BILL)

    assert error.code == "interval"


def test_a_month_behind_the_posted_one(books: Books) -> None:
    books.take(BILL)
    books.take(BILL.replace("-03-01", "-04-01").replace("-03-31", "-04-30"))

    assert books.months() == {"2026-03": kwh("3100"), "2026-04": kwh("3100")}


def test_days_after_the_bill_was_reversed(books: Books) -> None:
    answer = books.take(BILL)
    books.reverse(answer["batch"])

    books.take(DAYS.format("15", "16"), profile='interval = "1d"\nstamp = "start"')

    assert books.sum() == kwh("101")
