"""Files with a row a day on the days on which the clock changes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from dayrows_kit import HALVES, HOURS, ones, table
from ingest_kit import Books, Meter, kwh, small_blocks

from carbonledger.errors import ImportUndecided

pytestmark = pytest.mark.both_databases

BERLIN, SYDNEY = "Europe/Berlin", "Australia/Sydney"
Park = Callable[..., Books]


@pytest.fixture
def park(tmp_path: Path) -> Park:
    def made(*meters: Meter) -> Books:
        return Books(tmp_path / "park", *meters)

    return made


def spring(cells: list[str]) -> str:
    """Return two ordinary days and the one on which the clock skips 02:00 to 03:00."""
    return table(
        HOURS, ("M-1,2024-03-29", ones(24)), ("M-1,2024-03-30", ones(24)),
        ("M-1,2024-03-31", cells),
    )  # fmt: skip


@pytest.mark.parametrize("nothing", ["", "0"])
def test_columns_that_leave_the_skipped_hour_out_count_by_the_clock(
    park: Park, nothing: str
) -> None:
    books = park(Meter(timezone=BERLIN))

    answer = books.take(spring(ones(24, c2=nothing, c3="5")))

    assert books.days()["2024-03-31"] == kwh("27")
    # 03:00 of the clock is 01:00 UTC.
    assert dict(books.readings())["2024-03-31 01:00"] == 5
    assert answer["gaps"] == 0
    said = ["1 values of 0 for times that never were are left out"]
    assert answer["warnings"] == (said if nothing else [])


@pytest.mark.parametrize("nothing", ["", "0"])
def test_columns_that_leave_the_last_hour_out_count_what_elapses(park: Park, nothing: str) -> None:
    books = park(Meter(timezone=BERLIN))

    books.take(spring(ones(24, c2="5", c23=nothing)))

    assert books.days()["2024-03-31"] == kwh("27")
    # The third hour of the day begins at 01:00 UTC.
    assert dict(books.readings())["2024-03-31 01:00"] == 5


@pytest.mark.parametrize(
    "cells",
    [ones(24), ones(24, c2="", c23=""), ones(24, c2="0", c23="0")],
    ids=["neither", "both", "zeros"],
)
def test_a_day_that_does_not_tell_is_a_question(park: Park, cells: list[str]) -> None:
    books = park(Meter(timezone=BERLIN))

    error = books.refused(spring(cells))

    assert isinstance(error, ImportUndecided)
    assert error.code == "day-columns"
    assert error.choices == ({"day_columns": "clock"}, {"day_columns": "elapsed"})
    assert 'timezone = "+01:00"' in error.hint


def test_a_zero_says_nothing_of_a_meter_that_is_often_zero(park: Park) -> None:
    books = park(Meter(timezone=BERLIN))
    night = ones(24, c2="0")
    text = table(
        HOURS, ("M-1,2024-03-29", night), ("M-1,2024-03-30", night), ("M-1,2024-03-31", night)
    )

    assert books.refused(text).code == "day-columns"


def test_days_that_say_different_things_are_a_question(park: Park) -> None:
    books = park(Meter(timezone=BERLIN), Meter("M-2", timezone=BERLIN))
    text = table(HOURS, ("M-1,2024-03-31", ones(24, c2="")), ("M-2,2024-03-31", ones(24, c23="")))

    assert "its days say different things" in books.refused(text).message


@pytest.mark.parametrize(("mode", "at"), [("clock", 2), ("elapsed", 23)])
def test_a_value_for_a_time_that_never_was_is_rejected(park: Park, mode: str, at: int) -> None:
    books = park(Meter(timezone=BERLIN))

    error = books.refused(spring(ones(24)), f'day_columns = "{mode}"')

    assert [(fault.line, fault.column) for fault in error.problems] == [(4, f"{at:02}:00")]


def test_columns_in_standard_time_have_24_hours_always(park: Park) -> None:
    books = park(Meter(timezone=BERLIN))

    books.take(spring(ones(24)), 'timezone = "+01:00"')

    assert books.sum() == kwh("72")
    # The 24 hours from 00:00 to 24:00 in +01:00; the last is of the next day in Berlin.
    assert books.days()["2024-03-31"] == kwh("23")
    assert books.days()["2024-04-01"] == kwh("1")


def test_the_repeated_hour_of_the_clock_is_one_interval_of_two_hours(park: Park) -> None:
    books = park(Meter(timezone=BERLIN))
    text = table(HALVES, ("M-1,2024-10-27", ones(48, c4="2.5", c5="3")))

    answer = books.take(text, 'day_columns = "clock"')

    assert books.days() == {"2024-10-27": kwh("51.5")}
    found = books.rows(
        "SELECT substr(start_utc, 1, 16), seconds, value FROM reading WHERE seconds <> 1800"
    )
    # 02:00 in summer is 00:00 UTC.
    assert found == [("2024-10-27T00:00", 7200, 5.5)]
    assert answer["warnings"] == [
        "meter M-1: on 1 days the clock repeated an hour, for which the file has the cells of one; "
        "their sum is posted over both, and may lack one of them"
    ]


def test_mean_power_of_the_repeated_hour_is_a_gap(park: Park) -> None:
    books = park(Meter("P", reads="power", unit="kW", timezone=BERLIN))

    answer = books.take(table(HOURS, ("P,2024-10-27", ones(24))), 'day_columns = "clock"')

    assert books.sum() == kwh("23")
    assert answer["gaps"] == 2
    assert answer["warnings"] == [
        "meter P: 1 values of a repeated hour are left out, as they may be of either pass"
    ]


def test_registers_are_read_on_both_sides_of_the_repeated_hour(park: Park) -> None:
    books = park(Meter("R", reads="register", timezone=BERLIN))
    cells = [str(2 * hour) for hour in range(24)]

    answer = books.take(table(HOURS, ("R,2024-10-27", cells)), 'day_columns = "clock"')

    assert books.sum() == kwh("46")
    assert "meter R: 1 values of a repeated hour are left out" in answer["warnings"][0]


def test_elapsed_columns_lack_the_25th_hour(park: Park) -> None:
    books = park(Meter(timezone=BERLIN))

    books.take(
        table(HOURS, ("M-1,2024-10-27", ones(24)), ("M-1,2024-10-28", ones(24))),
        'day_columns = "elapsed"',
    )

    assert books.readings()[23:25] == [("2024-10-27 21:00", 1), ("2024-10-27 23:00", 1)]


@pytest.mark.parametrize("count", [25, 50, 100])
def test_columns_for_a_25th_hour_count_what_elapses(park: Park, count: int) -> None:
    books = park(Meter(timezone=BERLIN))
    names, hour = [f"P{number}" for number in range(1, count + 1)], count // 25
    text = table(
        names,
        ("M-1,2024-03-31", ["1"] * (count - 2 * hour) + [""] * 2 * hour),
        ("M-1,2024-10-26", ["1"] * (count - hour) + ["0"] * hour),
        ("M-1,2024-10-27", ["1"] * count),
    )

    books.take(text)

    assert books.days() == {
        "2024-03-31": kwh(str(23 * hour)),
        "2024-10-26": kwh(str(24 * hour)),
        "2024-10-27": kwh(str(25 * hour)),
    }


def test_a_25th_hour_of_an_ordinary_day_is_rejected(park: Park) -> None:
    books = park(Meter(timezone=BERLIN))
    names = [f"P{number}" for number in range(1, 26)]

    error = books.refused(table(names, ("M-1,2024-03-01", ones(25))))

    assert [(fault.column, fault.text) for fault in error.problems] == [("P25", "1")]


def test_a_spring_day_late_in_the_file_decides_for_an_autumn_day(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = park(Meter(timezone=SYDNEY))
    small_blocks(monkeypatch, 60)
    text = table(
        HOURS,
        ("M-1,2024-04-07", ones(24)),
        *((f"M-1,2024-05-{day:02}", ones(24)) for day in range(1, 31)),
        ("M-1,2024-10-06", ones(24, c2="")),
    )

    answer = books.take(text)

    assert books.days()["2024-04-07"] == kwh("24")
    assert books.days()["2024-10-06"] == kwh("23")
    assert "on 1 days the clock repeated an hour" in answer["warnings"][0]
    packed = Books(books.folder / "packed", Meter(timezone=SYDNEY))
    packed.take(packed.file(text, "days.csv.gz"))
    assert packed.days() == books.days()


def test_half_an_hour_on_lord_howe(park: Park) -> None:
    books = park(Meter(timezone="Australia/Lord_Howe"))
    text = table(
        HALVES,
        ("M-1,2024-04-07", ones(48)),
        ("M-1,2024-10-05", ones(48)),
        ("M-1,2024-10-06", ones(48, c4="")),
    )

    books.take(text)

    # The half-hour from 01:30 to 02:00 came twice on 7 April.
    assert books.days()["2024-10-06"] == kwh("47")
    found = books.rows("SELECT substr(start_utc, 1, 16), seconds FROM reading WHERE seconds > 1800")
    assert found == [("2024-04-06T14:30", 3600)]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Havana", "2024-03-10", 23),
        ("America/Havana", "2024-11-03", 25),
        ("Asia/Beirut", "2024-10-27", 24),
        ("Asia/Beirut", "2024-10-26", 25),
        ("Africa/Cairo", "2024-04-26", 23),
    ],
)
def test_a_clock_that_changes_at_midnight(park: Park, zone: str, day: str, hours: int) -> None:
    books = park(Meter(timezone=zone))
    first = "" if hours == 23 else "1"

    books.take(table(HOURS, (f"M-1,{day}", ones(24, c0=first))), 'day_columns = "clock"')

    lengths = books.rows("SELECT sum(seconds), min(local_day), max(local_day) FROM reading")
    assert lengths == [(hours * 3600, day, day)]
