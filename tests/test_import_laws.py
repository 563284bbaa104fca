"""Laws of the import: whatever the order and the split of lines into files, the books are the same."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_kit import Books, Meter, utc

from carbonledger.ingest.blocks import blocks
from carbonledger.ingest.source import BLOCK

pytestmark = pytest.mark.both_databases

few = settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
QUARTER = 900
# Around the end of summer time in Zurich, over the end of a month there and in Shanghai.
FIRST = utc("2021-10-30 20:00")
VALUE = st.decimals(
    min_value=-50, max_value=5000, places=3, allow_nan=False, allow_infinity=False
).map(lambda number: format(number, "f"))
Line = tuple[str, int, str]


@dataclass(frozen=True)
class Kind:
    """A kind of meters and how their files are read."""

    meters: tuple[Meter, ...]
    profile: str


ENERGY = Kind(
    (Meter("M-1"), Meter("M-2", timezone="Europe/Zurich", multiplier="7")),
    'unit = "MJ"\ninterval = "15min"',
)
POWER = Kind(
    (
        Meter("M-1", reads="power", unit="kW"),
        Meter("M-2", reads="power", unit="kW", commodity="steam"),
    ),
    'interval = "15min"',
)
REGISTER = Kind(
    (
        Meter("M-1", reads="register", unit="MJ", digits=6, multiplier="3"),
        Meter("M-2", reads="register", timezone="Europe/Zurich", multiplier="1.1"),
    ),
    "",
)
KINDS = st.sampled_from([ENERGY, POWER])
# A few lines, or more than any of these files has.
SIZES = st.sampled_from([60, 200, BLOCK])


@contextmanager
def books_of(kind: Kind) -> Iterator[Books]:
    with tempfile.TemporaryDirectory() as folder:
        books = Books(Path(folder) / "park", *kind.meters)
        yield books
        books.drop()


def stamp(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def file_of(lines: list[Line]) -> str:
    return "meter,time,value\n" + "\n".join(f"{m},{stamp(at)},{value}" for m, at, value in lines)


def take_all(
    books: Books, kind: Kind, files: list[list[Line]], block: int = BLOCK, **options: Any
) -> list[dict[str, Any]]:
    """Import files one after the other, read in blocks of so many bytes."""
    usual = blocks.__defaults__
    blocks.__defaults__ = (block,)
    try:
        return [
            books.take(file_of(lines), kind.profile, name=f"{number}.csv", **options)
            for number, lines in enumerate(files)
        ]
    finally:
        blocks.__defaults__ = usual


def state(books: Books) -> dict[str, Any]:
    """Return what the books say: the sums of each month, and each value that is known."""
    return {
        "months": books.rows(
            "SELECT meter, commodity, local_month, sum(quantity_micro) FROM entry_view "
            "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ),
        "readings": books.rows(
            "SELECT meter, commodity, start_utc, seconds, value, unit, local_day FROM reading "
            "WHERE value IS NOT NULL ORDER BY 1, 3"
        ),
    }


@st.composite
def interval_lines(draw: st.DrawFn) -> list[Line]:
    """Draw values of two meters, some missing, some absent."""
    lines: list[Line] = []
    for meter in ("M-1", "M-2"):
        places = draw(st.lists(st.integers(0, 40), unique=True, min_size=1, max_size=14))
        lines += [
            (meter, FIRST + place * QUARTER, draw(st.one_of(VALUE, VALUE, VALUE, st.just(""))))
            for place in sorted(places)
        ]
    return lines


@st.composite
def register_lines(draw: st.DrawFn) -> list[Line]:
    """Draw readings that never fall."""
    lines: list[Line] = []
    for meter in ("M-1", "M-2"):
        places = draw(st.lists(st.integers(0, 40), unique=True, min_size=1, max_size=10))
        shown = draw(st.integers(0, 10**6))
        for place in sorted(places):
            lines.append((meter, FIRST + place * QUARTER, format(Decimal(shown) / 1000, "f")))
            shown += draw(st.integers(0, 10**5))
    return lines


@st.composite
def split(draw: st.DrawFn, lines: list[Line]) -> list[list[Line]]:
    """Draw an order and a split of lines into files; some lines stand in several."""
    shuffled = draw(st.permutations(lines))
    files: list[list[Line]] = [[] for _ in range(draw(st.integers(1, 5)))]
    for line in shuffled:
        for number in draw(st.sets(st.integers(0, len(files) - 1), min_size=1, max_size=2)):
            files[number].append(line)
    return [lines for lines in files if lines]


def same_however_split(kind: Kind, lines: list[Line], files: list[list[Line]], block: int) -> None:
    with books_of(kind) as one, books_of(kind) as many:
        take_all(one, kind, [lines])
        take_all(many, kind, files, block)
        assert state(many) == state(one)

        before = many.dump()
        take_all(many, kind, files)
        assert many.dump() == before


@few
@given(st.data(), KINDS, SIZES)
def test_intervals_in_any_order_and_split(data: st.DataObject, kind: Kind, block: int) -> None:
    lines = data.draw(interval_lines())
    same_however_split(kind, lines, data.draw(split(lines)), block)


@few
@given(st.data(), SIZES)
def test_registers_in_any_order_and_split(data: st.DataObject, block: int) -> None:
    lines = data.draw(register_lines())
    same_however_split(REGISTER, lines, data.draw(split(lines)), block)


@few
@given(st.data(), KINDS)
def test_the_sum_is_that_of_the_values(data: st.DataObject, kind: Kind) -> None:
    """Each value is rounded half even on its own, in millionths of the canonical unit."""
    lines = data.draw(interval_lines())
    ratio = {
        (ENERGY, "M-1"): Fraction(5, 18), (ENERGY, "M-2"): Fraction(5, 18) * 7,
        (POWER, "M-1"): Fraction(1, 4), (POWER, "M-2"): Fraction(1, 4) * Fraction(36, 10**4),
    }  # fmt: skip
    expected = {
        meter: sum(
            round(Fraction(value) * ratio[kind, meter] * 10**6)
            for name, _, value in lines if value and name == meter
        )
        for meter in ("M-1", "M-2")
    }  # fmt: skip

    with books_of(kind) as books:
        take_all(books, kind, [lines])
        found = dict(books.rows("SELECT meter, sum(quantity_micro) FROM entry_view GROUP BY 1"))

    assert {meter: found.get(meter, 0) for meter in expected} == expected


@few
@given(st.data(), st.sampled_from([ENERGY, POWER, REGISTER]), SIZES)
def test_an_adjustment_reversed_leaves_the_books_as_they_were(
    data: st.DataObject, kind: Kind, block: int
) -> None:
    drawn = register_lines() if kind is REGISTER else interval_lines()
    lines = data.draw(drawn)
    step = Decimal(data.draw(st.integers(1, 10**6))) / 1000
    changed = [
        (meter, at, format(Decimal(value) + step, "f") if value else value)
        for meter, at, value in lines
    ]
    with books_of(kind) as books, books_of(kind) as other:
        take_all(books, kind, [lines])
        take_all(other, kind, [changed])
        before = state(books)

        (answer,) = take_all(books, kind, [changed], block, adjust="a law says so")
        after = state(books)
        if answer["batch"] is not None:
            books.reverse(answer["batch"])

        assert after == state(other)
        assert state(books) == before


@few
@given(st.data())
def test_a_reversed_file_can_be_imported_again(data: st.DataObject) -> None:
    lines = data.draw(interval_lines())
    with books_of(ENERGY) as books:
        answer = books.take(file_of(lines), ENERGY.profile)
        before = state(books)
        if answer["batch"] is not None:
            books.reverse(answer["batch"])
        assert [row[3] for row in state(books)["months"] if row[3]] == []

        books.take(file_of(lines), ENERGY.profile)

        assert state(books) == before
