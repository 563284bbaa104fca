"""Stamps: which interval they name, midnights, days of the calendar."""

from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh, quarters

from carbonledger.errors import ImportUndecided
from carbonledger.ingest.stamps import recognised

pytestmark = pytest.mark.both_databases

ASSUMED = (
    "the stamps are taken as the start of each interval; where they are its end, "
    'state stamp = "end" in a profile'
)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park")


def one_meter(lines: list[str]) -> str:
    return "time,value\n" + "\n".join(lines)


def test_a_stamp_is_the_start_unless_it_is_said_to_be_the_end(books: Books) -> None:
    answer = books.take(
        one_meter(["2024-02-29 23:45,1", "2024-03-01 00:00,2"]), profile='meter = "M-1"'
    )

    assert books.months() == {"2024-02": kwh("1"), "2024-03": kwh("2")}
    assert ASSUMED in answer["warnings"]


def test_a_stamp_at_the_end_belongs_to_the_interval_before(books: Books) -> None:
    answer = books.take(
        one_meter(["2024-03-01 00:00,1", "2024-03-01 00:15,2", "2024-03-01 00:30,4"]),
        profile='meter = "M-1"\nstamp = "end"',
    )

    assert books.months() == {"2024-02": kwh("1"), "2024-03": kwh("6")}
    assert ASSUMED not in answer["warnings"]


def test_a_column_that_says_start_needs_no_word(books: Books) -> None:
    answer = books.take("""
        meter,start_time,value
        M-1,2024-03-01 00:00,1
        M-1,2024-03-01 00:15,2
    """)

    assert ASSUMED not in answer["warnings"]


def test_a_column_that_says_end_is_refused_without_a_word(books: Books) -> None:
    text = "meter,Interval End,value\nM-1,2024-03-01 00:15,1\nM-1,2024-03-01 00:30,2"
    column = '[columns]\ntime = "Interval End"'

    error = books.refused(text, profile=column)
    assert error.code == "stamp"
    assert error.message.endswith("meters.csv:1: the column 'Interval End' seems to name the end "
                                  "of each interval")  # fmt: skip

    books.take(text, profile=f'stamp = "end"\n{column}')
    assert books.readings()[0] == ("2024-02-29 16:00", 1)


def test_midnight_may_be_printed_at_the_end_of_its_own_day(books: Books) -> None:
    """00:15 … 23:45, then 00:00 with the same date: the last quarter of that day."""
    lines = []
    for day, value in (("2024-01-31", "1"), ("2024-02-01", "2")):
        lines += [*quarters(day, [value] * 95, start=15), f"{day} 00:00,{value}"]

    answer = books.take(one_meter(lines), profile='meter = "M-1"\nstamp = "end"')

    assert books.months() == {"2024-01": kwh("96"), "2024-02": kwh("192")}
    assert answer["gaps"] == 0
    assert "2 midnights are taken to end the day they are printed with" in answer["warnings"]


def test_the_same_holds_when_the_file_runs_from_new_to_old(books: Books) -> None:
    lines = []
    for day, value in (("2024-01-31", "1"), ("2024-02-01", "2")):
        lines += [*quarters(day, [value] * 95, start=15), f"{day} 00:00,{value}"]

    books.take(one_meter(lines[::-1]), profile='meter = "M-1"\nstamp = "end"')

    assert books.months() == {"2024-01": kwh("96"), "2024-02": kwh("192")}


@pytest.mark.parametrize("order", [1, -1])
def test_midnight_may_be_printed_with_the_next_day(books: Books, order: int) -> None:
    lines = [*quarters("2024-01-31", ["1"] * 95, start=15), *quarters("2024-02-01", ["1"] * 96)]

    answer = books.take(one_meter(lines[::order]), profile='meter = "M-1"\nstamp = "end"')

    assert books.months() == {"2024-01": kwh("96"), "2024-02": kwh("95")}
    assert not any("midnights" in warning for warning in answer["warnings"])


def test_midnights_of_several_meters_side_by_side(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))
    lines = []
    for line in [*quarters("2024-01-31", ["1"] * 95, start=15), "2024-01-31 00:00,1"]:
        lines += [f"M-1,{line}", f"M-2,{line}"]

    books.take("meter,time,value\n" + "\n".join(lines), profile='stamp = "end"')

    assert books.days("M-1") == books.days("M-2") == {"2024-01-31": kwh("96")}


def test_rows_in_no_order_leave_the_midnight_open(books: Books) -> None:
    text = one_meter([
        "2024-01-31 06:00,1", "2024-01-31 00:00,1", "2024-01-31 03:00,1", "2024-01-31 09:00,1",
        "2024-01-31 01:00,1", "2024-01-31 02:00,1", "2024-01-31 12:00,1", "2024-01-31 04:00,1",
    ])  # fmt: skip
    profile = 'meter = "M-1"\nstamp = "end"\ninterval = "1h"\n'

    error = books.refused(text, profile=profile)
    assert error.code == "midnight"
    assert 'midnight = "own"' in error.hint

    books.take(text, profile=profile + 'midnight = "own"')
    assert books.readings()[-1] == ("2024-01-31 15:00", 1)


def test_24_00_is_the_end_of_its_day(books: Books) -> None:
    lines = [*quarters("2024-02-29", ["1"] * 95, start=15), "2024-02-29 24:00,1"]

    books.take(one_meter(lines), profile='meter = "M-1"\nstamp = "end"')

    assert books.days() == {"2024-02-29": kwh("96")}


@pytest.mark.parametrize(
    ("stamps", "time_format"),
    [
        (("2024-03-01 00:00:00", "2024-03-01 00:15:00"), None),
        (("2024-03-01T00:00", "2024-03-01T00:15"), None),
        (("2024/3/1 0:00", "2024/3/1 0:15"), None),
        (("202403010000", "202403010015"), None),
        (("1.3.2024 00:00", "1.3.2024 00:15"), None),
        (("2024年3月1日 0:00", "2024年3月1日 0:15"), None),
        (("2024-02-29T16:00:00Z", "2024-02-29T16:15:00Z"), None),
        (("2024-03-01T02:00:00+1000", "2024-03-01T02:15:00+1000"), None),
        (("2024-03-01 00:00:00+08:00", "2024-03-01 00:15:00+08:00"), None),
        (("01/03/2024 00:00", "01/03/2024 00:15"), "%d/%m/%Y %H:%M"),
        (("3/1/24 12:00 AM", "3/1/24 12:15 AM"), "%m/%d/%y %I:%M %p"),
        (("1-Mar-24 0.00", "1-Mar-24 0.15"), "%d-%b-%y %H.%M"),
        (("01 03 2024 00:00", "01 03 2024 00:15"), "%d %m %Y %H:%M"),
    ],
)
def test_stamps_of_many_forms(
    books: Books, stamps: tuple[str, str], time_format: str | None
) -> None:
    profile = 'meter = "M-1"\n' + (f'time_format = "{time_format}"' if time_format else "")

    books.take(one_meter([f"{stamps[0]},1", f"{stamps[1]},2"]), profile=profile)

    assert books.readings() == [("2024-02-29 16:00", 1), ("2024-02-29 16:15", 2)]


def test_a_stamp_that_can_be_read_in_two_ways_is_refused(books: Books) -> None:
    error = books.refused(one_meter(["03/04/2024 00:00,1"]), profile='meter = "M-1"')

    assert error.code == "time-format"
    assert "can be day-month or month-day" in error.message


def test_a_time_format_that_fits_no_row_is_one_refusal(books: Books) -> None:
    lines = quarters("2024-03-01", ["1"] * 96)

    error = books.refused(one_meter(lines), profile='meter = "M-1"\ntime_format = "%d.%m.%Y %H:%M"')

    assert error.code == "time-format"
    assert error.problems == ()
    assert error.message.endswith(
        "meters.csv:2: '2024-03-01 00:00' is no date and time of the form '%d.%m.%Y %H:%M', "
        "and no other row of it is"
    )


def test_impossible_dates_are_rejects(books: Books) -> None:
    error = books.refused(
        one_meter(["2024-02-28 00:00,1", "2024-02-30 00:00,1", "2024-13-01 00:00,1",
                   "2024-02-28 25:00,1", "2024-02-28 00:60,1", "0001-01-01 00:00,1"]),
        profile='meter = "M-1"\ninterval = "1h"',
    )  # fmt: skip

    assert error.code == "rejects"
    assert [fault.line for fault in error.problems] == [3, 4, 5, 6, 7]
    assert error.problems[0].text == "2024-02-30 00:00"


def test_the_zone_of_the_stamps_may_differ_from_that_of_the_meter(books: Books) -> None:
    """Local days are those of the meter, whatever clock the file is written in."""
    books.take(
        one_meter(["2024-02-29 15:45,1", "2024-02-29 16:00,2"]),
        profile='meter = "M-1"\ntimezone = "UTC"',
    )

    assert books.days() == {"2024-02-29": kwh("1"), "2024-03-01": kwh("2")}


@pytest.mark.parametrize("zone", ["+10:00", "UTC+10", "GMT+1000", "Australia/Brisbane"])
def test_a_fixed_offset_is_a_zone(books: Books, zone: str) -> None:
    books.take(
        one_meter(["2024-03-01 00:00,1", "2024-03-01 00:30,1"]),
        profile=f'meter = "M-1"\ntimezone = "{zone}"',
    )

    assert books.readings()[0] == ("2024-02-29 14:00", 1)


def test_dates_name_whole_days(tmp_path: Path) -> None:
    """The day on which summer time begins has 23 hours, and a mean power of 1 kW makes 23 kWh."""
    books = Books(tmp_path / "park", Meter(reads="power", unit="kW", timezone="Europe/Zurich"))

    books.take(one_meter(["2024-03-30,1", "2024-03-31,1", "2024-04-01,1"]), profile='meter = "M-1"')

    assert books.days() == {
        "2024-03-30": kwh("24"), "2024-03-31": kwh("23"), "2024-04-01": kwh("24"),
    }  # fmt: skip
    assert books.rows("SELECT seconds FROM reading ORDER BY start_utc") == [
        (86400,), (82800,), (86400,),
    ]  # fmt: skip


def test_months_are_months(books: Books) -> None:
    answer = books.take(
        one_meter(["2024-01-01,31", "2024-02-01,29", "2024-03-01,31"]), profile='meter = "M-1"'
    )

    assert books.months() == {
        "2024-01": kwh("31"), "2024-02": kwh("29"), "2024-03": kwh("31"),
    }  # fmt: skip
    assert answer["gaps"] == 0
    assert books.rows("SELECT last_local_day FROM entry_view WHERE meter = 'M-1'") == [
        ("2024-01-31",), ("2024-02-29",), ("2024-03-31",),
    ]  # fmt: skip


def test_one_day_more_joins_the_days_before(books: Books) -> None:
    books.take(one_meter(["2024-01-01,1", "2024-01-02,2"]), profile='meter = "M-1"')

    books.take(one_meter(["2024-01-03,3"]), profile='meter = "M-1"', name="more.csv")

    assert books.days() == {
        "2024-01-01": kwh("1"), "2024-01-02": kwh("2"), "2024-01-03": kwh("3"),
    }  # fmt: skip


def test_one_value_does_not_tell_how_long_it_lasted(books: Books) -> None:
    text = one_meter(["2024-01-01 06:00,5"])

    error = books.refused(text, profile='meter = "M-1"')
    assert error.code == "interval"
    assert "meters.csv:2: the stamps of meter M-1 do not tell how long" in error.message

    books.take(text, profile='meter = "M-1"\ninterval = "PT30M"')
    assert books.rows("SELECT seconds FROM reading") == [(1800,)]


def test_stamps_without_a_usual_step_do_not_tell_either(books: Books) -> None:
    text = one_meter(
        ["2024-01-01 00:00,5", "2024-01-01 00:15,5", "2024-01-01 01:07,5", "2024-01-01 03:22,1"]
    )

    assert books.refused(text, profile='meter = "M-1"').code == "interval"


def test_a_value_within_the_interval_of_another_is_a_reject(books: Books) -> None:
    """Five-minute rows among hours would be counted twice."""
    lines = [f"2024-01-01 {hour:02}:00,1" for hour in range(8)]
    lines.insert(3, "2024-01-01 02:05,1")

    error = books.refused(one_meter(lines), profile='meter = "M-1"')

    assert error.code == "rejects"
    assert error.problems[0].line == 5
    assert "lies within the 3600 s that start at 2023-12-31T18:00:00Z (line 4)" in (
        error.problems[0].reason
    )


def test_a_change_of_resolution_is_said(books: Books) -> None:
    books.take(one_meter(quarters("2024-01-01", ["1"] * 8)), profile='meter = "M-1"')

    hours = [f"2024-01-02 {hour:02}:00,4" for hour in range(8)]
    answer = books.take(one_meter(hours), profile='meter = "M-1"', name="hours.csv")

    assert "meter M-1: intervals of 60 min; those posted are of 15 min" in answer["warnings"]
    assert books.days() == {"2024-01-01": kwh("8"), "2024-01-02": kwh("32")}


def test_another_resolution_on_a_posted_day_is_refused(books: Books) -> None:
    books.take(one_meter(quarters("2024-01-01", ["1"] * 8)), profile='meter = "M-1"')

    hours = [f"2024-01-01 {hour:02}:00,4" for hour in range(8)]
    error = books.refused(one_meter(hours), profile='meter = "M-1"', name="hours.csv")

    assert error.code == "interval"
    assert "posted on 20240101 in intervals of 900 s" in error.message


def test_gaps_stay_gaps(books: Books) -> None:
    answer = books.take(
        """
        meter,time,value,quality
        M-1,2024-03-01 00:00,1,A
        M-1,2024-03-01 00:15,,A
        M-1,2024-03-01 00:30,--,A
        M-1,2024-03-01 00:45,4,A
        M-1,2024-03-01 01:00,0,missing
        M-1,2024-03-01 01:30,7,E
        """
    )

    assert books.values() == [1, None, None, 4, None, None, 7]
    assert answer["gaps"] == 4
    assert answer["readings"] == 3
    assert "3 values are missing in the file" in answer["warnings"]
    assert books.rows("SELECT quality FROM entry_view WHERE meter = 'M-1'") == [("mixed",)]


def test_a_day_without_any_value_is_no_entry(books: Books) -> None:
    lines = [*quarters("2024-03-01", ["1"] * 96), *quarters("2024-03-02", [""] * 96),
             *quarters("2024-03-03", ["1"] * 96)]  # fmt: skip

    answer = books.take(one_meter(lines), profile='meter = "M-1"')

    assert books.days() == {"2024-03-01": kwh("96"), "2024-03-03": kwh("96")}
    assert (answer["entries"], answer["gaps"]) == (2, 96)


def test_texts_that_mean_missing_may_be_stated(books: Books) -> None:
    books.take(
        one_meter(["2024-03-01 00:00,1", "2024-03-01 00:15,-999", "2024-03-01 00:30,3"]),
        profile='meter = "M-1"\nmissing = ["-999"]',
    )

    assert books.values() == [1, None, 3]


@pytest.mark.parametrize(
    ("stamps", "first"),
    [
        (["13/01/2024 00:00", "13/01/2024 00:15"], "2024-01-12 16:00"),
        (["01/13/2024 00:00", "01/13/2024 00:15"], "2024-01-12 16:00"),
        (["3-Feb-24 00:00", "3-Feb-24 00:15"], "2024-02-02 16:00"),
        (["２０２４/１/１３ 0:00", "2024/1/13 0:15"], "2024-01-12 16:00"),
        (["1705075200", "1705076100"], "2024-01-12 16:00"),
        (["1705075200000", "1705076100000"], "2024-01-12 16:00"),
    ],
)
def test_stamps_that_can_be_read_in_one_way(books: Books, stamps: list[str], first: str) -> None:
    books.take(one_meter([f"{stamp},1" for stamp in stamps]), profile='meter = "M-1"')

    assert books.readings()[0] == (first, 1)
    assert len(books.readings()) == 2


def test_the_order_of_rows_tells_day_from_month(books: Books) -> None:
    # Read day first, hour follows hour; read month first, every midnight is a leap.
    rows = [f"{day:02}/03/2024 {hour:02}:00,1" for day in range(1, 13) for hour in range(24)]

    answer = books.take(one_meter(rows), profile='meter = "M-1"')

    assert answer["totals"][0]["first"] == "2024-02-29T16:00:00Z"
    assert answer["totals"][0]["last"] == "2024-03-12T16:00:00Z"


def test_one_day_alone_leaves_day_and_month_open(books: Books) -> None:
    rows = [f"03/04/2024 {hour:02}:00,1" for hour in range(24)]

    error = books.refused(one_meter(rows), profile='meter = "M-1"')

    assert isinstance(error, ImportUndecided)
    assert error.choices == (
        {"time_format": "%d/%m/%Y %H:%M"}, {"time_format": "%m/%d/%Y %H:%M"}
    )  # fmt: skip


@pytest.mark.parametrize("stamp", ["202402282200", "202410272300", "202411102359"])
def test_numbers_without_signs_between_have_two_digits_each(stamp: str) -> None:
    """202402282200 is 28 February at 22:00, and not 2 February at 8:22."""
    assert recognised([stamp]) == "%Y%m%d%H%M"
    assert recognised([stamp + "30"]) == "%Y%m%d%H%M%S"
