"""What a file says of itself: encoding, delimiter, header, and which column holds what.

Nothing is guessed silently: what the file leaves open is a refusal that names the key of the
profile that settles it.
"""

import csv
import io
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from carbonledger.errors import Fault, ImportRefused
from carbonledger.ingest.encodings import encoding_of, unfit
from carbonledger.ingest.headers import candidates, folded, plain, refuse_no_quantity, unit_of
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.wide import spread

DELIMITERS = (",", ";", "\t", "|")
NEEDED = {
    "long": ("time", "value", "meter"),
    "register": ("time", "value", "meter"),
    "wide": ("time",),
    "records": ("start", "end", "from", "to", "commodity", "quantity", "unit"),
}
ROLES = {
    "long": ("time", "end", "value", "meter", "unit", "quality"),
    "register": ("time", "value", "meter", "unit", "quality"),
    "wide": ("time",),
    "records": (*NEEDED["records"], "document_no", "quality", "note"),
}
MOST_NAMES = 300


def sniff(path: Path, head: bytes, profile: Profile, meters: frozenset[str]) -> Layout:
    """Find out how a file is laid out.

    Args:
        path: the file, for messages.
        head: its first bytes.
        profile: what the user stated; it wins over what the file seems to say.
        meters: codes of the meters of the ledger, to recognise the columns of a wide file.

    Raises:
        ImportRefused: it has no header or no data, or a column is missing.
        UnitRefused: the header states a unit that may be several.
    """
    encoding, remark = (profile.encoding, "") if profile.encoding else encoding_of(head, path)
    lines = _lines(head, encoding, path)
    skip, delimiter = profile.skip, profile.delimiter
    if len(lines) > skip and lines[skip].lower().startswith("sep=") and len(lines[skip]) == 5:  # noqa: PLR2004
        # A spreadsheet's own line; it belongs to no table.
        skip, delimiter = skip + 1, delimiter or lines[skip][4]
    if len(lines) <= skip or not lines[skip].strip():
        where = f"after the {skip} skipped" if skip else "to read"
        raise _empty(path, f"has no lines {where}")
    delimiter = delimiter or _delimiter(lines[skip])
    cells = _cells(path, skip + 1, lines[skip], delimiter)
    names = _names(cells) if profile.header else tuple(f"#{n + 1}" for n in range(len(cells)))
    start = skip + profile.header
    if not any(line.strip() for line in lines[start:]):
        raise _empty(path, "holds a header and no data")
    layout = Layout(path, encoding, delimiter, names, start, profile,
                    remarks=(remark,) if remark else ())  # fmt: skip
    return _assigned(layout, meters)


def _empty(path: Path, what: str) -> ImportRefused:
    return ImportRefused(f"{path} {what}", code="file-empty", hint="export it again")


def _lines(head: bytes, encoding: str, path: Path) -> list[str]:
    """Return the lines of the head; of a last one that is cut, only that there is one."""
    whole = head[: head.rfind(b"\n") + 1] or head
    try:
        text = whole.decode(encoding, "ignore" if encoding.startswith("utf-16") else "strict")
    except UnicodeDecodeError as error:
        raise unfit(path, whole[: error.start].count(10) + 1, encoding) from error
    text = text.lstrip("\ufeff").replace("\r\n", "\n")
    lines = text.split("\n") if "\n" in text else text.split("\r")
    return [*lines, "…"] if head[len(whole) :].strip(b"\x00 \r\n") else lines


def _delimiter(line: str) -> str:
    counts = {sign: line.count(sign) for sign in DELIMITERS}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else ","


def _cells(path: Path, number: int, line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise ImportRefused(
            f"{path}:{number}: the header cannot be read: {error}",
            code="columns",
            hint="this is no table; check the file, or state skip and delimiter in a profile",
        ) from error


def _names(cells: list[str]) -> tuple[str, ...]:
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = cell.strip().strip("\ufeff") or f"#{number}"
        names.append(name if name not in names else f"{name}#{number}")
    return tuple(names)


def _shown(layout: Layout) -> str:
    return f"the header reads: {', '.join(layout.names)[:MOST_NAMES]}"


def _position(layout: Layout, column: str | int, role: str) -> int:
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


def _stated(layout: Layout) -> dict[str, tuple[int, ...]]:
    """Find the columns that the profile names."""
    found: dict[str, tuple[int, ...]] = {}
    faults: list[Fault] = []
    for role, column in layout.profile.columns.items():
        parts: tuple[str | int, ...] = column if isinstance(column, tuple) else (column,)
        try:
            found[role] = tuple(_position(layout, part, role) for part in parts)
        except ValueError as error:
            header = layout.delimiter.join(layout.names)[:MOST_NAMES]
            faults.append(Fault(layout.path.name, layout.header, role, header, str(error)))
    if faults:
        raise ImportRefused(
            f"{layout.path}: columns named in the profile are not in the file",
            code="columns",
            hint=_shown(layout),
            problems=faults,
        )
    if "date" in found:
        found["time"] = found.pop("date") + found.get("time", ())
    return found


def _assigned(layout: Layout, meters: frozenset[str]) -> Layout:
    columns = _stated(layout)
    form = layout.profile.format or _format(layout, columns, meters)
    for role in ROLES[form]:
        # A file of one meter may print the asset numbers of its instruments.
        if role not in columns and not (role == "meter" and layout.profile.meter):
            columns |= _named(layout, role, columns)
    if "time" not in columns and "end" in columns:
        start = _named(layout, "start", columns)
        columns |= {"time": start["start"]} if start else {}
    layout = replace(layout, format=form, columns=columns)
    if form == "wide":
        layout = spread(layout, meters)
    elif form != "records" and "value" in columns:
        name = layout.column("value")
        refuse_no_quantity(str(layout.path), name)
        stated = layout.profile.unit or "unit" in columns
        layout = replace(layout, unit="" if stated else unit_of(name))
    _complete(layout)
    return layout


def _named(
    layout: Layout, role: str, columns: dict[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    """Find the one column whose own name says that it holds a role."""
    taken = {position for parts in columns.values() for position in parts}
    found = candidates(layout.names, role, taken)
    if len(found) > 1:
        listed = ", ".join(layout.names[p] for p in found)
        raise ImportRefused(
            f"{layout.path}: several columns may be the {role}: {listed}",
            code="columns",
            hint=f'name one in a profile: [columns] {role} = "{layout.names[found[0]]}"',
        )
    return {role: (found[0],)} if found else {}


def _format(layout: Layout, columns: dict[str, tuple[int, ...]], meters: frozenset[str]) -> str:
    def there(role: str) -> bool:
        return (
            role in columns
            or role in layout.profile.constants
            or bool(candidates(layout.names, role, set()))
        )

    if all(there(role) for role in ("from", "to", "commodity", "start", "end")):
        return "records"
    if "value" not in columns:
        known = meters | layout.profile.meters.keys()
        if any(name in known or name.split(" ")[0] in known for name in layout.names):
            return "wide"
    return "register" if layout.profile.quantity == "register" else "long"


def _complete(layout: Layout) -> None:
    profile = layout.profile
    stated = {role for role in ("meter", "unit") if getattr(profile, role)}
    given = layout.columns.keys() | profile.constants.keys() | stated
    missing = [role for role in NEEDED[layout.format] if role not in given]
    if missing:
        raise ImportRefused(
            f"{layout.path}: no column for {', '.join(missing)}",
            code="columns",
            hint='name them in a profile: [columns] time = …, value = …, or meter = "…" for a file '
            f"of one meter; {_shown(layout)}",
        )
