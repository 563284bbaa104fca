"""A line of units below the header: `,kWh,kW` under `time,M-1,M-2`."""

from collections.abc import Sequence

from carbonledger.errors import ImportRefused, UnitRefused
from carbonledger.ingest.headers import BRACKETS, folded, role_of, unit_text
from carbonledger.units import find

NOTHING = frozenset({"", "-", "--", "/", "—", "n/a"})
STAMPS = frozenset({"time", "date", "clock", "start", "end"})


def units_beneath(
    names: Sequence[str], line: Sequence[str], below: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    """Return the units that a line states, each below the name of its column.

    Below columns of stamps may stand how they are written (`yyyy-mm-dd`), below columns that are
    no quantity nothing.

    Args:
        names: cells of the header.
        line: cells of the line below it.
        below: rows behind that line; one of them must have a number below a unit.

    Returns:
        A unit for each column, "" where none is stated; nothing when this is no such line.
    """
    if len(line) != len(names):
        return ()
    units: list[str] = []
    for name, cell in zip(names, line, strict=True):
        unit = _unit(cell)
        if not unit and not _says_nothing(name, cell):
            return ()
        if unit and not name.strip():
            # A name across several columns, each with its unit: which is meant is open.
            return ()
        units.append(unit)
    return tuple(units) if _above_numbers(units, below) else ()


def _unit(cell: str) -> str:
    """Return the unit that a cell is, with or without brackets; also one that may be several."""
    text = folded(cell)
    hit = BRACKETS.match(text)
    text = hit["unit"] if hit and not hit["name"] else text
    try:
        return unit_text(text) if text else ""
    except UnitRefused:
        return text


def _says_nothing(name: str, cell: str) -> bool:
    """Tell whether a cell is empty, or says at most how the stamps below it are written."""
    text = folded(cell).lower()
    if text in NOTHING:
        return True
    stamp = role_of(name) in STAMPS or (not name.strip() and role_of(cell) in STAMPS)
    return stamp and not any(sign.isdigit() for sign in text)


def _above_numbers(units: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether a number stands below one of the units."""
    return any(
        unit and place < len(row) and row[place].strip()[:1].isdigit() | _negative(row[place])
        for row in below
        for place, unit in enumerate(units)
    )


def _negative(cell: str) -> bool:
    text = cell.strip()
    return text[:1] in {"-", "+"} and text[1:2].isdigit()


def named(names: Sequence[str], line: Sequence[str]) -> list[str]:
    """Return the names of the columns above a line of units; one may stand in that line itself."""
    return [name if name.strip() else cell for name, cell in zip(names, line, strict=True)]


def agreed_unit(where: str, name: str, said: str, below: str) -> str:
    """Return the unit of a column: what its name says, or what stands below it.

    Args:
        where: file and line, for messages.
        name: of the column.
        said: unit that the name states, "" when it states none.
        below: what the line below the header states.

    Raises:
        ImportRefused: the two say different things.
        UnitRefused: what stands below it may be several units.
    """
    found = unit_text(below) if below else ""
    if said and found and find(said).symbol != find(found).symbol:
        raise ImportRefused(
            f"{where}: the name of the column {name!r} says {said}, the line below it {found}",
            code="columns",
            hint='state the right unit in a profile: unit = "…"',
        )
    return said or found
