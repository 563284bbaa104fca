"""The columns that a profile names, found in the header."""

from difflib import get_close_matches

from carbonledger.errors import Fault, ImportRefused
from carbonledger.ingest.headers import folded, plain
from carbonledger.ingest.layout import Layout

MOST_NAMES = 300
# Role of a column by which rows are chosen, before its name.
ONLY = "only:"


def shown(layout: Layout) -> str:
    """Return the header for a message."""
    return f"the header reads: {', '.join(layout.names)[:MOST_NAMES]}"


def position_of(layout: Layout, column: str | int, role: str) -> int:
    """Return the position of a column, named by its header or its number from 1.

    Raises:
        ValueError: there is none.
    """
    if isinstance(column, int):
        if column > len(layout.names):
            raise ValueError(f"column {column} for {role}: there are only {len(layout.names)}")
        return column - 1
    wanted = folded(column)
    for position, name in enumerate(layout.names):
        if folded(name) == wanted:
            return position
    near = get_close_matches(plain(column), layout.names, 1)
    raise ValueError(
        f"no column {column!r} for {role}" + (f"; did you mean {near[0]!r}?" if near else "")
    )


def stated_columns(layout: Layout) -> dict[str, tuple[int, ...]]:
    """Find the columns that the profile names.

    Returns:
        Positions by role; those by which rows are chosen have the role `only:` and their name.

    Raises:
        ImportRefused: one is not in the file.
    """
    found: dict[str, tuple[int, ...]] = {}
    faults: list[Fault] = []
    chosen = {f"{ONLY}{name}": name for name in (*layout.profile.only, *layout.profile.without)}
    for role, column in (layout.profile.columns | chosen).items():
        parts: tuple[str | int, ...] = column if isinstance(column, tuple) else (column,)
        try:
            found[role] = tuple(position_of(layout, part, role) for part in parts)
        except ValueError as error:
            header = layout.delimiter.join(layout.names)[:MOST_NAMES]
            faults.append(Fault(layout.path.name, layout.header, role, header, str(error)))
    if faults:
        raise ImportRefused(
            f"{layout.path}: columns named in the profile are not in the file",
            code="columns",
            hint=shown(layout),
            problems=faults,
        )
    if "date" in found:
        found["time"] = found.pop("date") + found.get("time", ())
    return found
