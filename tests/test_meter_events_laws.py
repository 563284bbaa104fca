"""Laws of meter events: any order gives the same sums, and a withdrawal leaves nothing behind."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_kit import NOW, Books, Meter

from carbonledger.errors import Refusal
from carbonledger.meters.events import declare_event, withdraw_event

REGISTER = Meter(reads="register", digits=4, multiplier="10", unit="MJ")
HOURS = 30
LAWS = settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True)
class Story:
    """What a meter truly did: one quantity, what it showed each hour, and what happened to it.

    Attributes:
        readings: instant in minutes and reading, as the files say it.
        events: what happened, as a user declares it.
        micro: what flowed, millionths of a kWh.
    """

    readings: tuple[tuple[int, Decimal], ...]
    events: tuple[dict[str, str], ...]
    micro: int


def stamp(minute: int) -> str:
    return f"2024-03-{1 + minute // 1440:02} {minute % 1440 // 60:02}:{minute % 60:02}"


@st.composite
def stories(draw: Any) -> Story:
    """Draw a meter that is swapped and gets other transformers while it counts minute by minute."""
    minutes = (HOURS - 1) * 60
    happens = draw(
        st.dictionaries(
            st.integers(1, minutes - 1), st.sampled_from(["swap", "multiplier"]), max_size=3
        )
    )
    shown, factor = Decimal(draw(st.integers(0, 3000))), Decimal(10)
    positions = [(shown, factor)]
    quantity, events, readings = Decimal(0), [], []
    per_hour = draw(st.lists(st.integers(0, 40), min_size=HOURS, max_size=HOURS))
    for minute in range(minutes + 1):
        what = happens.get(minute)
        if what == "swap":
            new = Decimal(draw(st.integers(0, 9000)))
            events.append({"kind": what, "at": stamp(minute), "old": f"{shown:f}", "new": f"{new}"})
            shown = new
        elif what == "multiplier":
            factor = Decimal(draw(st.sampled_from([1, 20, 60])))
            events.append({"kind": what, "at": stamp(minute), "multiplier": f"{factor}",
                           "old": f"{shown:f}"})  # fmt: skip
        if minute % 60 == 0:
            readings.append((minute, shown))
        step = Decimal(per_hour[minute // 60]) / 40
        if minute < minutes:
            shown, quantity = shown + step, quantity + step * factor
        positions.append((shown, factor))
    return Story(tuple(readings), tuple(events), round(quantity * 1_000_000 / Decimal("3.6")))


Deed = Callable[[Books], None]


def imports(lines: tuple[tuple[int, Decimal], ...], name: str) -> Deed:
    text = "meter,time,reading\n" + "".join(f"M-1,{stamp(m)},{r:f}\n" for m, r in lines)
    return lambda books: void(books.take(text, name=name))


def declares(values: dict[str, str]) -> Deed:
    def deed(books: Books) -> None:
        with books.ledger() as ledger:
            declare_event(ledger, {"meter": "M-1", **values}, "tester", NOW)

    return deed


def withdraws(values: dict[str, str]) -> Deed:
    def deed(books: Books) -> None:
        with books.ledger() as ledger:
            withdraw_event(ledger, {"meter": "M-1", **values}, "never was", "tester", NOW)

    return deed


def void(_: object) -> None:
    """Drop an answer."""


def done(books: Books, deeds: list[Deed]) -> bool:
    """Do everything, again and again what is refused while something else is missing."""
    left = deeds
    while left:
        refused = []
        for deed in left:
            try:
                deed(books)
            except Refusal:
                refused.append(deed)
        if len(refused) == len(left):
            return False
        left = refused
    return True


def micro(books: Books) -> int:
    return int(books.sum() * 1_000_000)


def values(books: Books) -> list[tuple[str, Any]]:
    return [(at, value) for at, value in books.readings() if value is not None]


@given(story=stories(), data=st.data())
@LAWS
def test_any_order_of_files_and_events_gives_the_same_sums(
    tmp_path_factory: pytest.TempPathFactory, story: Story, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, HOURS - 1), max_size=3)))
    edges = [0, *cuts, HOURS]
    parts = [story.readings[a:b] for a, b in pairwise(edges)]
    deeds = [imports(part, f"{place}.csv") for place, part in enumerate(parts)]
    deeds += [declares(event) for event in story.events]
    order = data.draw(st.permutations(deeds))

    plain = Books(tmp_path_factory.mktemp("plain"), REGISTER)
    assert done(plain, [*(declares(e) for e in story.events), imports(story.readings, "all.csv")])
    mixed = Books(tmp_path_factory.mktemp("mixed"), REGISTER)
    assert done(mixed, order)

    assert micro(mixed) == micro(plain)
    assert values(mixed) == values(plain)
    # Each position is rounded once; every swap and change has two of them.
    assert abs(micro(plain) - story.micro) <= 2 * (1 + len(story.events))


@given(story=stories(), data=st.data())
@LAWS
def test_a_withdrawal_gives_the_sums_without_the_event(
    tmp_path_factory: pytest.TempPathFactory, story: Story, data: st.DataObject
) -> None:
    """An event that never was is declared at any time, corrected or not, and taken back."""
    false = data.draw(
        st.sampled_from(
            [
                {"kind": "multiplier", "at": "2024-03-01 11:00", "multiplier": "7"},
                {"kind": "multiplier", "at": "2024-03-01 00:00", "multiplier": "3"},
                {"kind": "rollover", "at": "2024-03-01 12:30"},
                {"kind": "swap", "at": "2024-03-01 12:30", "old": "9999", "new": "0"},
            ]
        )
    )
    half = data.draw(st.integers(1, HOURS - 1))
    files = [imports(story.readings[:half], "1.csv"), imports(story.readings[half:], "2.csv")]
    truth = [declares(event) for event in story.events]
    plain = Books(tmp_path_factory.mktemp("plain"), REGISTER)
    assert done(plain, [*truth, *files])

    books = Books(tmp_path_factory.mktemp("books"), REGISTER)
    place = data.draw(st.integers(0, len(files)))
    assert done(books, [*truth, *files[:place]])
    if (false["kind"], false["at"]) not in {(e["kind"], e["at"]) for e in story.events}:
        _declared_in_vain(books, false, files[place:] if data.draw(st.booleans()) else [])
    assert done(books, files)

    assert micro(books) == micro(plain)
    assert values(books) == values(plain)


def _declared_in_vain(books: Books, false: dict[str, str], files: list[Deed]) -> None:
    """Declare an event if the readings allow for it, import what they allow, take it back."""
    if done(books, [declares(false)]):
        done(books, files)
        assert done(books, [withdraws({key: false[key] for key in ("kind", "at")})])
