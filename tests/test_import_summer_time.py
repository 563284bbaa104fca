"""The hours that clocks skip and repeat, in files that start and files that end their intervals."""

from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh, quarters

pytestmark = pytest.mark.both_databases

ZURICH = Meter(timezone="Europe/Zurich")
SPRING, AUTUMN = "2021-03-28", "2021-10-31"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", ZURICH)


def one_meter(lines: list[str]) -> str:
    return "time,value\n" + "\n".join(lines)


def numbered(count: int, first: int = 0) -> list[str]:
    return [str(number) for number in range(first, first + count)]


def autumn_starts() -> list[str]:
    """100 quarters: 00:00 to 02:45, again 02:00 to 02:45, then 03:00 to 23:45."""
    return [
        *quarters(AUTUMN, numbered(12)),
        *quarters(AUTUMN, numbered(4, 12), start=120),
        *quarters(AUTUMN, numbered(84, 16), start=180),
    ]


def profile(**stated: str) -> str:
    return "\n".join(f'{key} = "{value}"' for key, value in ({"meter": "M-1"} | stated).items())


def test_a_spring_day_has_92_quarters(books: Books) -> None:
    lines = [*quarters(SPRING, ["1"] * 8), *quarters(SPRING, ["1"] * 84, start=180)]

    answer = books.take(one_meter(lines), profile=profile())

    assert books.days() == {SPRING: kwh("92")}
    assert (answer["entries"], answer["gaps"]) == (1, 0)
    assert books.rows("SELECT count(*) FROM reading") == [(92,)]


@pytest.mark.parametrize("order", [1, -1])
def test_an_autumn_day_has_100_quarters(books: Books, order: int) -> None:
    answer = books.take(one_meter(autumn_starts()[::order]), profile=profile())

    assert books.values() == list(range(100))
    assert books.days() == {AUTUMN: kwh("4950")}
    assert (answer["entries"], answer["gaps"]) == (1, 0)


def test_the_second_pass_may_stand_later_in_the_file(books: Books) -> None:
    lines = autumn_starts()
    next_day = quarters("2021-11-01", numbered(4, 100))
    moved = [*lines[:12], *lines[16:], *next_day[:2], *lines[12:16], *next_day[2:]]

    books.take(one_meter(moved), profile=profile())

    assert books.values() == list(range(104))


def test_each_meter_has_its_own_repeated_hour(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", ZURICH, Meter("M-2", timezone="Europe/Zurich"))
    lines = [f"{code},{line}" for line in autumn_starts() for code in ("M-1", "M-2")]

    books.take("meter,time,value\n" + "\n".join(lines))

    assert books.values("M-1") == books.values("M-2") == list(range(100))


@pytest.mark.parametrize("time", ["02:00", "02:15", "02:59"])
def test_a_stamp_in_the_skipped_hour_is_a_reject(books: Books, time: str) -> None:
    lines = [f"{SPRING} 01:00,1", f"{SPRING} {time},1", f"{SPRING} 03:00,1"]

    error = books.refused(one_meter(lines), profile=profile(interval="15min"))

    assert error.code == "rejects"
    assert [(fault.line, fault.text) for fault in error.problems] == [(3, f"{SPRING} {time}:00")]
    assert 'timezone = "+01:00"' in error.problems[0].reason


def test_standard_time_all_year_is_a_fixed_offset(books: Books) -> None:
    lines = quarters(SPRING, numbered(96))

    books.take(one_meter(lines), profile=profile(timezone="+01:00"))

    assert books.values() == list(range(96))
    # The last four quarters are past midnight by the clocks of that day.
    assert books.days() == {
        SPRING: kwh(str(sum(range(92)))),
        "2021-03-29": kwh(str(92 + 93 + 94 + 95)),
    }


@pytest.mark.parametrize("order", [1, -1])
def test_ends_as_the_clock_showed_them(books: Books, order: int) -> None:
    """02:00, 02:15, 02:30, 02:45, 02:00 … 03:00: the first hour ends when the clock says 02:00."""
    lines = [
        *quarters(AUTUMN, numbered(11), start=15),
        *quarters(AUTUMN, numbered(88, 11), start=120),
        "2021-11-01 00:00,99",
    ]

    books.take(one_meter(lines[::order]), profile=profile(stamp="end"))

    assert books.values() == list(range(100))
    assert books.days() == {AUTUMN: kwh("4950")}


@pytest.mark.parametrize("order", [1, -1])
def test_ends_as_the_start_plus_the_length(books: Books, order: int) -> None:
    """02:15 … 03:00, 02:15 … 03:00: the first hour ends at 03:00."""
    lines = [
        *quarters(AUTUMN, numbered(12), start=15),
        *quarters(AUTUMN, numbered(87, 12), start=135),
        "2021-11-01 00:00,99",
    ]

    books.take(one_meter(lines[::order]), profile=profile(stamp="end"))

    assert books.values() == list(range(100))


def test_ends_with_the_second_pass_later_in_the_file(books: Books) -> None:
    first = quarters(AUTUMN, numbered(12), start=15)
    second = quarters(AUTUMN, numbered(4, 12), start=135)
    rest = [*quarters(AUTUMN, numbered(83, 16), start=195), "2021-11-01 00:00,99"]

    books.take(one_meter([*first, *rest, *second]), profile=profile(stamp="end"))

    assert books.values() == list(range(100))


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        (["01:00", "02:00", "02:00", "03:00", "04:00"], "the clock"),
        (["01:00", "02:00", "03:00", "03:00", "04:00"], "start plus length"),
    ],
)
def test_hours_that_end_in_the_repeated_hour(books: Books, hours: list[str], why: str) -> None:
    lines = [f"{AUTUMN} {hour},{n}" for n, hour in enumerate(hours)]

    books.take(one_meter(lines), profile=profile(stamp="end", interval="1h"))

    starts = [at for at, _ in books.readings()]
    assert books.values() == [0, 1, 2, 3, 4], why
    assert starts == [f"2021-10-{day}" for day in ("30 22:00", "30 23:00", "31 00:00", "31 01:00",
                                                  "31 02:00")]  # fmt: skip


@pytest.mark.parametrize("end", ["02:00", "03:00"])
def test_the_last_end_before_the_skipped_hour_has_two_names(books: Books, end: str) -> None:
    lines = [f"{SPRING} 01:30,0", f"{SPRING} 01:45,1", f"{SPRING} {end},2", f"{SPRING} 03:15,3",
             f"{SPRING} 03:30,4"]  # fmt: skip

    books.take(one_meter(lines), profile=profile(stamp="end"))

    assert books.values() == [0, 1, 2, 3, 4]
    assert books.readings()[2] == (f"{SPRING} 00:45", 2)


def test_offsets_in_the_stamps_need_no_order(books: Books) -> None:
    lines = [
        "2021-10-31T02:30:00+01:00,4", "2021-10-31T02:00:00+02:00,1",
        "2021-10-31T02:00:00+01:00,3", "2021-10-31T02:30:00+02:00,2",
    ]  # fmt: skip

    books.take(one_meter(lines), profile=profile())

    assert books.values() == [1, 2, 3, 4]


def test_starts_in_no_order_keep_both_hours(books: Books) -> None:
    """Which of two equal stamps came first only their order tells; no value is lost."""
    lines = autumn_starts()
    shuffled = [lines[(place * 37) % 100] for place in range(100)]

    books.take(one_meter(shuffled), profile=profile())

    assert books.days() == {AUTUMN: kwh("4950")}
    assert None not in books.values()


def test_ends_in_no_order_within_the_repeated_hour_are_refused(books: Books) -> None:
    lines = [
        *quarters(AUTUMN, numbered(12), start=15),
        *quarters(AUTUMN, numbered(4, 12), start=135),
    ]
    shuffled = [lines[(place * 5) % 16] for place in range(16)]

    error = books.refused(
        one_meter(shuffled), profile=profile(stamp="end", midnight="next", interval="15min")
    )

    assert error.code == "repeated-hour"
