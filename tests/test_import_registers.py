"""Cumulative registers: advances between readings, wraps, swaps, files in any order."""

from itertools import permutations
from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh

pytestmark = pytest.mark.both_databases

REGISTER = Meter(reads="register", digits=6, multiplier="10")


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", REGISTER)


def text(*lines: str) -> str:
    return "meter,time,reading\n" + "\n".join(f"M-1,{line}" for line in lines)


def test_what_flowed_is_the_difference_times_the_multiplier(books: Books) -> None:
    answer = books.take(text(
        "2024-03-01 00:00,1000.5", "2024-03-01 01:00,1001.0", "2024-03-01 02:00,1003.25",
    ))  # fmt: skip

    assert books.values() == [5, 22.5]
    assert books.sum() == kwh("27.5")
    assert answer["totals"][0]["quantity"] == kwh("27.5")
    assert books.rows(
        "SELECT register_start, register_end, recorded_quantity, recorded_unit FROM entry_view"
    ) == [("1000.5", "1003.25", "2.75", "kWh")]


def test_a_reading_at_midnight_closes_the_day_before(books: Books) -> None:
    books.take(text(
        "2024-02-29 23:00,1", "2024-03-01 00:00,2", "2024-03-01 01:00,4",
    ))  # fmt: skip

    assert books.months() == {"2024-02": kwh("10"), "2024-03": kwh("20")}


def test_a_profile_may_say_that_values_are_cumulative(tmp_path: Path) -> None:
    books = Books(tmp_path / "park")

    books.take(text("2024-03-01 00:00,5", "2024-03-01 01:00,7"), profile='quantity = "register"')

    assert books.sum() == kwh("2")


def test_wide_files_may_hold_registers(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", REGISTER, Meter("M-2", reads="register"))

    books.take("""
        time,M-1,M-2
        2024-03-01 00:00,5,100
        2024-03-01 01:00,6,
        2024-03-01 02:00,8,107
    """)

    assert (books.values("M-1"), books.values("M-2")) == ([10, 20], [7])


def test_a_wrap_adds_the_size_of_the_register(books: Books) -> None:
    answer = books.take(text(
        "2024-03-01 00:00,999998.5", "2024-03-01 01:00,999999.5", "2024-03-01 02:00,1.5",
        "2024-03-01 03:00,2.5",
    ))  # fmt: skip

    assert books.values() == [10, 20, 10]
    assert answer["warnings"] == [
        "meter M-1 wrapped between 2024-02-29T17:00:00Z (999999.5) and 2024-02-29T18:00:00Z (1.5)"
    ]


def test_a_fall_that_is_no_wrap_is_a_reject_that_says_what_to_do(books: Books) -> None:
    error = books.refused(text(
        "2024-03-01 00:00,5000", "2024-03-01 01:00,5001", "2024-03-01 02:00,12",
        "2024-03-01 03:00,13",
    ))  # fmt: skip

    assert error.code == "rejects"
    assert [(fault.line, fault.text) for fault in error.problems] == [(4, "12")]
    assert "the register fell from 5001 to 12, and that is no wrap of 6 digits" in (
        error.problems[0].reason
    )
    assert "declare the event with both readings in site.toml" in error.problems[0].reason


def test_a_fall_without_declared_digits_is_a_reject(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter(reads="register"))

    error = books.refused(text("2024-03-01 00:00,999999", "2024-03-01 01:00,1"))

    assert "has no register digits declared" in error.problems[0].reason


def test_a_reading_with_too_many_digits_is_a_reject(books: Books) -> None:
    error = books.refused(text("2024-03-01 00:00,5", "2024-03-01 01:00,1000000"))

    assert [fault.line for fault in error.problems] == [3]
    assert "the register has 6 digits and cannot show this" in error.problems[0].reason


SWAPPED = Meter(
    reads="register", digits=6, multiplier="10", swaps=(("2024-03-01 06:32", "5002", "17"),)
)
SWAP = (
    "2024-03-01 13:00,4999", "2024-03-01 14:00,5001", "2024-03-01 15:00,18.5",
    "2024-03-01 16:00,20",
)  # fmt: skip


def test_a_swap_with_both_readings_makes_no_negative_hour(tmp_path: Path) -> None:
    """Swapped at 14:32: the old meter ended at 5002, the new one began at 17."""
    books = Books(tmp_path / "park", SWAPPED)

    answer = books.take(text(*SWAP))

    assert books.values() == [20, 25, 15]
    assert "meter M-1 was swapped between 2024-03-01T06:00:00Z (5001)" in answer["warnings"][0]


def test_a_swap_between_two_files(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", SWAPPED)

    books.take(text(*SWAP[2:]), name="new.csv")
    books.take(text(*SWAP[:2]), name="old.csv")

    assert books.values() == [20, 25, 15]


def test_a_gap_is_one_interval_with_what_flowed_in_it(books: Books) -> None:
    lines = [f"2024-03-01 {hour:02}:00,{hour}" for hour in (0, 1, 2, 3, 4, 9, 10, 11)]

    answer = books.take(text(*lines))

    assert books.values() == [10, 10, 10, 10, 50, 10, 10]
    assert answer["gaps"] == 4
    assert books.sum() == kwh("110")


def test_empty_readings_are_no_readings(books: Books) -> None:
    books.take(text("2024-03-01 00:00,1", "2024-03-01 01:00,", "2024-03-01 02:00,3"))

    assert books.values() == [20]


FILES = (
    ("2024-03-01 00:00,100", "2024-03-01 01:00,101"),
    ("2024-03-01 02:00,103",),
    ("2024-03-01 03:00,106", "2024-03-01 04:00,110"),
    ("2024-03-01 05:00,115",),
)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_files_join_in_any_order(books: Books, order: tuple[int, ...]) -> None:
    for place in order:
        books.take(text(*FILES[place]), name=f"{place}.csv")

    assert books.values() == [10, 20, 30, 40, 50]
    assert books.sum() == kwh("150")


def test_a_reading_in_between_divides_what_is_posted(books: Books) -> None:
    books.take(text("2024-03-01 00:00,100", "2024-03-01 02:00,110"))
    assert books.readings() == [("2024-02-29 16:00", 100)]

    books.take(text("2024-03-01 01:00,104"), name="between.csv")

    hours = books.rows("SELECT value FROM reading WHERE seconds = 3600 ORDER BY start_utc")
    assert hours == [(40,), (60,)]
    assert books.sum() == kwh("100")
    assert books.rows("SELECT kind FROM entry_view ORDER BY entry") == [
        ("reading",), ("reversal",), ("reading",), ("reading",),
    ]  # fmt: skip


def test_rounding_does_not_depend_on_the_split(tmp_path: Path) -> None:
    """Advances of 1/3.6 kWh each: positions are rounded, not advances."""
    lines = [f"2024-03-01 {hour:02}:00,{hour}" for hour in range(11)]
    sums = set()
    for name, parts in (("one", [lines]), ("single", [[line] for line in lines])):
        books = Books(tmp_path / name, Meter(reads="register", unit="MJ"))
        for place, part in enumerate(parts):
            books.take(text(*part), name=f"{place}.csv")
        sums.add(books.sum())

    assert sums == {kwh("2.777778")}


def test_a_register_continues_after_a_reversal(books: Books) -> None:
    books.take(text("2024-02-01 00:00,100", "2024-02-02 00:00,110"), name="february.csv")
    march = books.take(text("2024-03-01 00:00,200", "2024-03-02 00:00,210"), name="march.csv")
    assert books.sum() == kwh("1100")

    books.reverse(march["batch"])
    assert books.sum() == kwh("100")

    books.take(text("2024-04-01 00:00,300"), name="april.csv")
    assert books.sum() == kwh("2000")


def test_equal_readings_are_skipped_and_unequal_ones_refused(books: Books) -> None:
    books.take(text("2024-03-01 00:00,100", "2024-03-01 01:00,101", "2024-03-01 02:00,103"))

    again = books.take(text("2024-03-01 01:00,101", "2024-03-01 02:00,103"), name="again.csv")
    assert (again["batch"], again["skipped"]) == (None, 2)

    error = books.refused(text("2024-03-01 01:00,102", "2024-03-01 02:00,103"), name="other.csv")
    assert error.code == "conflict"
    assert "holds 101 kWh, this file says 102 kWh" in error.problems[0].reason


def test_a_corrected_reading_moves_two_hours(books: Books) -> None:
    books.take(text("2024-03-01 00:00,100", "2024-03-01 01:00,101", "2024-03-01 02:00,103"))

    answer = books.take(text("2024-03-01 01:00,102"), name="corrected.csv", adjust="misread")
    again = books.take(text("2024-03-01 01:00,102"), name="corrected.csv", adjust="misread")

    assert books.values() == [20, 10]
    assert books.sum() == kwh("30")
    assert (answer["adjusted"], again["batch"]) == (1, None)


def test_readings_in_another_unit_than_posted_are_refused(books: Books) -> None:
    books.take(text("2024-03-01 00:00,100", "2024-03-01 01:00,101"))

    error = books.refused(text("2024-03-01 02:00,1"), profile='unit = "MWh"', name="mwh.csv")

    assert error.code == "unit-register"
    assert "is posted in kWh, this file has MWh" in error.message


def test_two_readings_of_one_instant(books: Books) -> None:
    equal = books.take(text("2024-03-01 00:00,1", "2024-03-01 01:00,2", "2024-03-01 01:00,2"))
    assert "1 rows repeat another row with the same value" in equal["warnings"]

    error = books.refused(
        text("2024-03-01 02:00,3", "2024-03-01 03:00,4", "2024-03-01 03:00,5"), name="other.csv"
    )
    assert [fault.line for fault in error.problems] == [3, 4]


def test_the_quality_of_a_reading_is_kept(books: Books) -> None:
    books.take("""
        meter,time,reading,quality
        M-1,2024-03-01 00:00,1,A
        M-1,2024-03-01 01:00,2,E
    """)

    assert books.rows("SELECT quality FROM entry_view") == [("estimated",)]


def test_daily_readings_of_a_register(books: Books) -> None:
    books.take(text("2024-03-01,100", "2024-03-02,105", "2024-03-03,111"))

    assert books.days() == {"2024-03-01": kwh("50"), "2024-03-02": kwh("60")}


def test_a_larger_change_of_the_multiplier_takes_effect_on_its_day(tmp_path: Path) -> None:
    books = Books(
        tmp_path / "park", REGISTER,
        Meter(reads="register", digits=6, multiplier="100", valid_from=20240302),
    )  # fmt: skip

    books.take(text("2024-03-01,100", "2024-03-02,101", "2024-03-03,102"))

    assert books.days() == {"2024-03-01": kwh("10"), "2024-03-02": kwh("100")}
