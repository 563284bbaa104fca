"""Columns that are the intervals of a day: a row a day, a column an interval.

Exports print 24, 48, 96 or 288 of them, named by a clock (`00:30`, `[24:00]`, `00:00 - 00:30`,
`H0115`) or by number (`kWh_1`, `P48`, `1`). A clock that begins at 00:00 names starts; one that
ends with 24:00 or 00:00 names ends. Two columns more than a day has hold the hour that the clocks
repeat: such columns count the time that has passed, not the clock.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from carbonledger.ingest.headers import folded, unit_text

DAY = 86400
COUNTS = (24, 48, 96, 144, 288)
CLOCK = r"(?P<h>[0-2]?\d)[:.hH时点](?P<m>[0-5]\d)?(?::00)?分?"
CLOCKED = re.compile(rf"^(?P<before>[^\d]*?)\s*\[?{CLOCK}\]?\s*(?P<after>[^\d]*)$")
COMPACT = re.compile(r"^(?P<before>[^\d]*?)(?P<h>[0-2]\d)(?P<m>[0-5]\d)$")
RANGED = re.compile(
    rf"^(?P<before>[^\d]*?)\[?{CLOCK}\s*(?:-|–|~|to|至|到)\s*(?P<h2>[0-2]?\d)[:.时](?P<m2>[0-5]\d)\]?$"
)
NUMBERED = re.compile(r"^(?P<before>.*?[^\d]|)(?P<n>\d{1,3})$")


@dataclass(frozen=True, slots=True)
class Periods:
    """The columns of a day.

    Attributes:
        columns: their positions, in the order of the day.
        length: length of an interval, seconds.
        unit: unit that their names state, "" when they state none.
        elapsed: they count the time that has passed since midnight, as a repeated hour shows.
        family: what their names have in common.
        first: seconds since midnight that the first of them names; None: they are numbered.
    """

    columns: tuple[int, ...]
    length: int
    unit: str = ""
    elapsed: bool = False
    family: str = ""
    first: int | None = None


def periods_in(names: Sequence[str]) -> list[Periods]:
    """Find the families of columns that make up a day; none when the table has no such columns."""
    clocked: dict[str, list[tuple[int, int]]] = {}
    numbered: dict[str, list[tuple[int, int]]] = {}
    ranges: dict[str, list[tuple[int, int]]] = {}
    for place, name in enumerate(names):
        # A column without a name is called by its number.
        if not name.startswith("#"):
            _sort_in(folded(name), place, clocked, numbered, ranges)
    found = [_ranged(family, marks) for family, marks in ranges.items()]
    found += [_clocked(family, marks) for family, marks in clocked.items()]
    found += [_numbered(family, marks) for family, marks in numbered.items()]
    return [one for one in found if one]


def _sort_in(
    name: str, place: int, clocked: dict[str, list[tuple[int, int]]],
    numbered: dict[str, list[tuple[int, int]]], ranges: dict[str, list[tuple[int, int]]],
) -> None:  # fmt: skip
    if hit := RANGED.match(name):
        ranges.setdefault(hit["before"], []).append((place, _seconds(hit["h"], hit["m"])))
    elif hit := CLOCKED.match(name):
        family = f"{hit['before']}|{hit['after']}"
        clocked.setdefault(family, []).append((place, _seconds(hit["h"], hit["m"])))
    elif hit := NUMBERED.match(name):
        numbered.setdefault(hit["before"], []).append((place, int(hit["n"])))
    elif hit := COMPACT.match(name):
        mark = (place, _seconds(hit["h"], hit["m"]))
        clocked.setdefault(f"{hit['before']}|", []).append(mark)


def _seconds(hours: str, minutes: str | None) -> int:
    return int(hours) * 3600 + int(minutes or 0) * 60


def _ranged(family: str, marks: list[tuple[int, int]]) -> Periods | None:
    return _even(family, marks, 0)


def _clocked(family: str, marks: list[tuple[int, int]]) -> Periods | None:
    """Return columns named by a clock: by starts when it begins at 0, else by ends."""
    if len(marks) not in COUNTS:
        return None
    step = DAY // len(marks)
    if marks[0][1] == 0:
        return _even(family, marks, 0)
    ends = [(place, mark or DAY) for place, mark in marks]
    return _even(family, ends, step)


def _numbered(family: str, marks: list[tuple[int, int]]) -> Periods | None:
    """Return columns that are counted, from 0 or from 1; 25, 50 or 100 hold a repeated hour."""
    count = len(marks)
    first = marks[0][1]
    if [mark for _, mark in marks] != list(range(first, first + count)) or first not in (0, 1):
        return None
    for day in COUNTS:
        if count in (day, day + day // 24):
            columns = tuple(place for place, _ in marks)
            return Periods(columns, DAY // day, _unit(family), count != day, family)
    return None


def _even(family: str, marks: list[tuple[int, int]], first: int) -> Periods | None:
    """Return columns whose marks run through the day in equal steps from `first` on."""
    if len(marks) not in COUNTS:
        return None
    step = DAY // len(marks)
    if [mark for _, mark in marks] != list(range(first, first + DAY, step)):
        return None
    columns = tuple(place for place, _ in marks)
    return Periods(columns, step, _unit(family), family=family, first=first)


def _unit(family: str) -> str:
    """Return the unit that the names of the columns begin or end with."""
    for part in family.split("|"):
        text = part.strip(" _-:()（）[]")
        if text and (unit := unit_text(text)):
            return unit
    return ""
