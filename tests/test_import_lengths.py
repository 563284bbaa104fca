"""Mean power whose interval changes inside the file: energy is power times the length."""

from pathlib import Path

import numpy as np
import pytest
from ingest_kit import Books, Meter, kwh

from carbonledger.errors import ImportUndecided
from carbonledger.ingest.columns import strings
from carbonledger.ingest.rows import Rows, join
from carbonledger.ingest.varying import Varying

QUARTERS = [f"{hour:02}:{minute:02}" for hour in range(6) for minute in (0, 15, 30, 45)]
HOURS = [f"{hour:02}:00" for hour in range(6, 24)]
DAY = [*QUARTERS, *HOURS]


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter(unit="kW", reads="power"))


def file(times: list[str], day: str = "2024-03-01") -> str:
    return "\n".join(["meter,time,value", *[f"M-1,{day} {time},4" for time in times], ""])


def test_a_change_of_the_distance_is_a_question(books: Books) -> None:
    error = books.refused(file(DAY))

    assert isinstance(error, ImportUndecided)
    assert error.code == "interval"
    assert "meters.csv:26: from here on the mean powers of meter M-1 stand 60 min" in error.message


@pytest.mark.parametrize(("lengths", "total"), [("stamps", "96"), ("fixed", "42")])
def test_the_two_answers(books: Books, lengths: str, total: str) -> None:
    answer = books.take(file(DAY), profile=f'lengths = "{lengths}"')

    # 4 kW over 24 hours; or over 42 quarters, with the others missing.
    assert books.sum() == kwh(total)
    assert answer["gaps"] == (0 if lengths == "stamps" else 51)


def test_stamps_that_name_ends(books: Books) -> None:
    ends = [*QUARTERS[1:], *HOURS]

    books.take(file(ends), profile='lengths = "stamps"\nstamp = "end"')

    # From 00:00 to 23:00.
    assert books.sum() == kwh("92")


@pytest.mark.parametrize("stamp", ["start", "end"])
def test_rows_from_new_to_old(books: Books, stamp: str) -> None:
    rows = DAY if stamp == "start" else [*QUARTERS[1:], *HOURS]

    books.take(file(rows[::-1]), profile=f'lengths = "stamps"\nstamp = "{stamp}"')

    assert books.sum() == kwh("96" if stamp == "start" else "92")


def test_a_gap_among_the_hours_stays_one(books: Books) -> None:
    rows = [time for time in DAY if time not in ("12:00", "13:00")]

    books.take(file(rows), profile='lengths = "stamps"')

    assert books.sum() == kwh("88")


def test_single_gaps_are_no_change_of_the_length(books: Books) -> None:
    rows = [time for time in QUARTERS if time not in ("01:15", "02:30", "02:45", "04:00")]

    answer = books.take(file(rows))

    assert books.sum() == kwh("20")
    assert answer["gaps"] == 4


def test_rows_in_no_order_tell_no_length(books: Books) -> None:
    rows = sorted(DAY, key=lambda time: time[::-1])

    error = books.refused(file(rows), profile='lengths = "stamps"\ninterval = "15min"')

    assert error.code == "interval"
    assert "in no order of time" in error.message


@pytest.mark.parametrize("size", [1, 2, 5, 23, 25])
@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("order", [1, -1])
def test_blocks_make_no_difference(size: int, ends: bool, order: int) -> None:  # noqa: FBT001
    minutes = [int(time[:2]) * 60 + int(time[3:]) for time in DAY]
    stamps = np.array(minutes, np.int64)[::order] * 60
    same = np.zeros(len(stamps), np.int64)
    texts = strings(["4"] * len(stamps))
    start = stamps - 900 if ends else stamps
    rows = Rows(same, start, same + 900, same + 4, 0, texts, same, same, same)

    whole = placed([rows], Varying(ends, {0: order}))
    parts = [rows.slice(at, min(at + size, 42)) for at in range(0, 42, size)]

    assert placed(parts, Varying(ends, {0: order})) == whole
    assert {seconds for _, seconds in whole} == {900, 3600}
    assert sum(seconds == 900 for _, seconds in whole) == (25 if ends else 24)


def placed(parts: list[Rows], varying: Varying) -> list[tuple[int, int]]:
    """Return start and length of each interval."""
    found = [varying.take(part) for part in parts]
    rows = join([part for part in (*found, varying.finish()) if part is not None])
    return sorted(zip(rows.start.tolist(), rows.seconds.tolist(), strict=True))


def test_one_meter_of_two_changes_its_distance(tmp_path: Path) -> None:
    meters = [Meter(code, unit="kW", reads="power") for code in ("A", "B")]
    books = Books(tmp_path / "park", *meters)
    even = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)]
    rows = sorted([f"2024-03-01 {time},A,4" for time in even]
                  + [f"2024-03-01 {time},B,4" for time in DAY])  # fmt: skip

    error = books.refused("\n".join(["time,meter,value", *rows, ""]))

    # Rows of both meters stand between each other; 06:00 of B is the 50th row of the file.
    assert rows[49] == "2024-03-01 06:00,B,4"
    assert "meters.csv:51: from here on the mean powers of meter B" in error.message
