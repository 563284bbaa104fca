"""Where the table of a text begins: titles, a header of one line or of two merged ones, its units.

The header is the line among the first ones that names most of what a table of readings has. A
profile that states `skip` is believed instead.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from carbonledger.errors import ImportRefused
from carbonledger.ingest.headers import folded
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.unit_line import named, units_beneath

DELIMITERS = (",", ";", "\t", "|")
# A title page is shorter than this.
LOOKED_AT = 60
# Lines by which a second line of a header is known: itself and rows, some of them without a value.
FEW = 8
# A spreadsheet has 16,384.
MOST_COLUMNS = 20_000
UNIT_LINE = re.compile(
    r"(?:计量单位|单位|\bunits?\b|\beinheit\b|\bunité\b)\s*[:：=]\s*(?P<unit>[^\s,，;；|()（）]{1,40})",
    re.IGNORECASE,
)
NUMBER = re.compile(r"[-+]?\d[\d.,' ]*%?")
WORD = re.compile(r"[^\W\d_]")
# How well a line would do as a header: given its cells.
Score = Callable[[Sequence[str]], int]


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a table.

    Attributes:
        delimiter: between its cells.
        names: cells of the header, merged where it has two lines.
        start: lines before the first row.
        before: lines before the header that say something, as they stand.
        unit: unit that one of them states for the whole table, "" when none does.
        rows: the cells of the first rows, to look at.
        units: by column, where a line below the header states them, "" where it states none.
    """

    delimiter: str
    names: tuple[str, ...]
    start: int
    before: tuple[str, ...] = ()
    unit: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    units: tuple[str, ...] = ()


def find_head(path: Path, lines: Sequence[str], profile: Profile, score: Score) -> Head:
    """Find the header of a table.

    Args:
        path: the file, for messages.
        lines: its first lines.
        profile: what the user stated.
        score: tells how well a line would do as a header.

    Raises:
        ImportRefused: there is no header where the profile says, or it cannot be read.
    """
    _refuse_crowds(path, lines[: (profile.skip or 0) + LOOKED_AT])
    stated, delimiter = profile.skip, profile.delimiter
    first = stated or 0
    if len(lines) > first and lines[first].lower().startswith("sep=") and len(lines[first]) == 5:  # noqa: PLR2004
        # A spreadsheet's own line; it belongs to no table.
        delimiter = delimiter or lines[first][4]
        first, stated = first + 1, first + 1
    blank = not any(line.strip() for line in lines)
    if len(lines) <= first or blank or (stated is not None and not lines[first].strip()):
        where = f"after the {first} skipped" if first else "to read"
        raise ImportRefused(
            f"{path} has no lines {where}", code="file-empty", hint="export it again"
        )
    if stated is not None or not profile.header:
        return _at(path, lines, first, delimiter or delimiter_of(lines[first]), profile)
    return _found(path, lines, delimiter, profile, score)


def _refuse_crowds(path: Path, lines: Sequence[str]) -> None:
    """Refuse a line that would make more columns than any table has."""
    for number, line in enumerate(lines, 1):
        count = max(map(line.count, DELIMITERS)) + 1 if len(line) > MOST_COLUMNS else 0
        if count > MOST_COLUMNS:
            raise ImportRefused(
                f"{path}:{number}: {count:,} columns, where {MOST_COLUMNS:,} are the most",
                code="columns",
                hint="this is no table of readings; check the file, or export it with fewer meters",
            )


def _found(
    path: Path, lines: Sequence[str], delimiter: str | None, profile: Profile, score: Score
) -> Head:
    """Return the head whose header scores best; the first line where none stands out."""
    best, place, sign = 0, 0, delimiter or delimiter_of(next((x for x in lines if x.strip()), ""))
    for number, line in enumerate(lines[:LOOKED_AT]):
        for choice in (delimiter,) if delimiter else DELIMITERS:
            if choice not in line and not (delimiter or number == 0):
                continue
            points = score(_whole(lines, number, choice))
            if points > best and not _holds_units(lines, number, choice):
                best, place, sign = points, number, choice
    if best == 0:
        place = next((n for n, line in enumerate(lines) if line.strip()), 0)
    return _at(path, lines, place, sign, profile)


def _whole(lines: Sequence[str], number: int, delimiter: str) -> list[str]:
    """Return the cells of a header in a line, merged with the next where that continues it."""
    first, *below = (_loosely(line, delimiter) for line in lines[number : number + FEW])
    if below and units_beneath(first, below[0], below[1:]):
        return named(first, below[0])
    return _merged(first, below[0]) if below and _is_second(first, below[0], below[1:]) else first


def _holds_units(lines: Sequence[str], number: int, delimiter: str) -> bool:
    """Tell whether a line holds the units of the header above it; they may be names of columns."""
    if number == 0:
        return False
    above, line, *below = (_loosely(one, delimiter) for one in lines[number - 1 : number + FEW])
    return bool(units_beneath(above, line, below))


def _at(path: Path, lines: Sequence[str], place: int, delimiter: str, profile: Profile) -> Head:
    """Return the head whose header stands in a line (counted from 0)."""
    cells = cells_of(path, place + 1, lines[place], delimiter)
    below = [tuple(_loosely(line, delimiter)) for line in lines[place + 1 : place + 1 + LOOKED_AT]]
    start = place + profile.header
    if not profile.header:
        names = tuple(f"#{n + 1}" for n in range(len(cells)))
        return Head(delimiter, names, start, rows=(tuple(cells), *below))
    units = units_beneath(cells, below[0], below[1:FEW]) if below else ()
    if units:
        cells, below, start = named(cells, below[0]), below[1:], start + 1
    elif below and profile.skip is None and _is_second(cells, below[0], below[1:]):
        cells, below, start = _merged(cells, below[0]), below[1:], start + 1
    before = tuple(line.strip(" \r\t" + delimiter) for line in lines[:place])
    told = tuple(line for line in before if line and not line.lower().startswith("sep="))
    hits = (UNIT_LINE.search(folded(line)) for line in told)
    unit = next((hit["unit"] for hit in hits if hit), "")
    return Head(delimiter, unique_names(cells), start, told, unit, tuple(below), units)


def _is_second(first: Sequence[str], second: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether a line continues the header above it: a merged cell with names beneath."""
    if len(second) != len(first) or not below:
        return False
    named = [cell.strip() for cell in second if cell.strip()]
    spans = any(not cell.strip() for cell in first)
    words = bool(named) and all(WORD.search(cell) and not cell[:1].isdigit() for cell in named)
    return spans and words and any(NUMBER.fullmatch(cell.strip()) for cell in below[0])


def _merged(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Join a merged cell with the names beneath it: 正向有功 over 总, 尖, 峰."""
    names, above = [], ""
    for top, bottom in zip(first, second, strict=True):
        above = top.strip() or above
        names.append(f"{above}{bottom.strip()}" if bottom.strip() else top.strip())
    return names


def delimiter_of(line: str) -> str:
    """Return the delimiter that stands most often in a line."""
    counts = {sign: line.count(sign) for sign in DELIMITERS}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else ","


def cells_of(path: Path, number: int, line: str, delimiter: str) -> list[str]:
    """Return the cells of a header.

    Raises:
        ImportRefused: its quotes do not close.
    """
    try:
        return next(csv.reader(io.StringIO(line), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise ImportRefused(
            f"{path}:{number}: the header cannot be read: {error}",
            code="columns",
            hint="this is no table; check the file, or state skip and delimiter in a profile",
        ) from error


def _loosely(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line that may be no row at all."""
    try:
        return next(csv.reader(io.StringIO(line), delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the names of columns, made unique; a column without a name is called by its number."""
    names: dict[str, None] = {}
    for number, cell in enumerate(cells, 1):
        name = cell.strip().strip("\ufeff") or f"#{number}"
        name = name if name not in names else f"{name}#{number}"
        while name in names:  # a file may call a column `a#2` itself
            name += "#"
        names[name] = None
    return tuple(names)
