"""What a file says of itself: encoding, delimiter, header, and which column holds what.

Nothing is guessed silently: what the file leaves open is a refusal that names the key of the
profile that settles it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from carbonledger.errors import ImportRefused
from carbonledger.ingest.dayhead import day_layout
from carbonledger.ingest.encodings import encoding_of, unfit
from carbonledger.ingest.headers import (
    candidates,
    folded,
    kind_of,
    preferred,
    refuse_no_quantity,
    role_of,
    unit_of,
    unit_text,
)
from carbonledger.ingest.heads import NUMBER, Head, find_head
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.named import shown, stated_columns
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.row_registers import is_register, with_registers
from carbonledger.ingest.sole import with_sole
from carbonledger.ingest.unstated import without_unit
from carbonledger.ingest.wide import spread

NEEDED = {
    "long": ("time", "value", "meter"),
    "register": ("time", "value", "meter"),
    "wide": ("time",),
    "records": ("start", "end", "from", "to", "commodity", "quantity", "unit"),
}
ROLES = {
    "long": ("time", "end", "value", "meter", "unit", "quality", "multiplier", "previous"),
    "register": ("time", "value", "meter", "unit", "quality", "multiplier", "previous"),
    "wide": ("time",),
    "records": (*NEEDED["records"], "document_no", "quality", "note"),
}
CLOCK = re.compile(r"\d{1,2}[:.：]\d{2}([:.：]\d{2})?( ?[AaPp]\.?[Mm]\.?)?")
DAY = re.compile(r"^\D{0,2}\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}")
SAID = 120


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
    known = meters | profile.meters.keys()
    found = find_head(path, lines, profile, lambda cells: _score(cells, profile, known))
    if not any(line.strip() for line in lines[found.start :]):
        raise ImportRefused(
            f"{path} holds a header and no data", code="file-empty", hint="export it again"
        )
    if profile.header and not _score(found.names, profile, frozenset()):
        _refuse_no_header(path, found)
    remarks = (remark, *_said(found))
    layout = Layout(path, encoding, found.delimiter, found.names, found.start, profile,
                    remarks=tuple(said for said in remarks if said), head=found)  # fmt: skip
    return _assigned(layout, meters)


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


def _score(cells: Sequence[str], profile: Profile, meters: frozenset[str] | set[str]) -> int:
    """Tell how many cells of a line are names of columns; those the profile names count double."""
    stated = {
        folded(name)
        for column in profile.columns.values()
        for name in (column if isinstance(column, tuple) else (column,))
        if isinstance(name, str)
    }
    points = 0
    for cell in cells:
        name = folded(cell)
        if name in stated:
            points += 2
        elif role_of(cell) or is_register(cell) or name in meters or name.split(" ")[0] in meters:
            points += 1
    return points


def _refuse_no_header(path: Path, head: Head) -> None:
    """Refuse a file whose first line is a reading already.

    Raises:
        ImportRefused: it holds a day and a number, and no name that is known.
    """
    if any(DAY.match(name) for name in head.names) and any(NUMBER.fullmatch(n) for n in head.names):
        raise ImportRefused(
            f"{path}: the first line, {head.delimiter.join(head.names)[:SAID]!r}, is no header",
            code="columns",
            hint="state header = false in a profile, and [columns] by their numbers from 1: "
            "meter = 1, time = 2, value = 3",
        )


def _said(head: Head) -> tuple[str, ...]:
    """Say what stands before the table, which is read as no row."""
    if not head.before:
        return ()
    first = head.before[0][:SAID]
    rest = f" and {len(head.before) - 1} more" if len(head.before) > 1 else ""
    return (f"before the table: {first!r}{rest}",)


def _assigned(layout: Layout, meters: frozenset[str]) -> Layout:
    columns = stated_columns(layout)
    day = day_layout(layout, columns, meters, _named)
    if day is not None:
        return day
    form = layout.profile.format or _format(layout, columns, meters)
    if form in ("long", "register") and "value" not in columns:
        layout, columns = with_registers(layout, columns)
    for role in ROLES[form]:
        # A file of one meter may print the asset numbers of its instruments.
        if role not in columns and not (role == "meter" and layout.profile.meter):
            columns |= _named(layout, role, columns)
    if form in ("long", "register") and "value" not in columns:
        layout, columns = with_sole(layout, columns)
    if "time" not in columns and form != "records":
        columns |= _time(layout, columns)
    layout = replace(layout, format=form, columns=columns)
    if form == "wide":
        layout = spread(layout, meters)
    elif form != "records" and "value" in columns:
        layout = _with_unit(_with_kind(layout))
    _complete(layout)
    return layout


def _time(layout: Layout, columns: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Return the column of days, with that of the time of day where there is one."""
    day = _named(layout, "date", columns)
    if not day:
        starts = _starts(layout, columns)
        return {"time": starts} if starts else {}
    clock = () if "end" in columns else _named(layout, "clock", columns).get("clock", ())
    return {"time": day["date"] + clock}


def _starts(layout: Layout, columns: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    """Return the column of starts, where they are no times of day."""
    found = _named(layout, "start", columns).get("start", ())
    found = found or _named(layout, "clock", columns).get("clock", ())
    return found if found and _dated(layout, found[0]) else ()


def _dated(layout: Layout, position: int) -> bool:
    """Tell whether a column holds days, as far as the first rows show."""
    rows = layout.head.rows if layout.head else ()
    cells = [row[position].strip() for row in rows if len(row) > position and row[position].strip()]
    return bool(cells) and bool(DAY.match(cells[0]))


def _with_kind(layout: Layout) -> Layout:
    names = [layout.names[place] for place in layout.columns["value"]]
    return replace(layout, kind=layout.kind or kind_of(names[0])) if len(names) == 1 else layout


def _with_unit(layout: Layout) -> Layout:
    name = layout.column("value")
    refuse_no_quantity(str(layout.path), name)
    if layout.profile.unit or "unit" in layout.columns:
        return replace(layout, unit="")
    unit = layout.unit_at(layout.columns["value"][0], unit_of(name))
    above = layout.head.unit if layout.head and not unit else ""
    if above and unit_text(above):
        said = f"unit {above}, as stated above the table"
        return replace(layout, unit=above, remarks=(*layout.remarks, said))
    return replace(layout, unit=unit) if unit else without_unit(layout, name)


def _named(
    layout: Layout, role: str, columns: dict[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    """Find the one column whose own name says that it holds a role."""
    taken = {position for parts in columns.values() for position in parts}
    found = candidates(layout.names, role, taken)
    if len(found) > 1:
        found = preferred(layout.names, role, found)
    if len(found) > 1:
        listed = ", ".join(layout.names[p] for p in found)
        raise ImportRefused(
            f"{layout.path}: several columns may be the {role}: {listed}",
            code="columns",
            hint=f'name one in a profile: [columns] {role} = "{layout.names[found[0]]}"',
        )
    if role in ("time", "end") and found and _is_clock(layout, found[0]):
        # A time of day alone: the day stands in another column.
        return {}
    return {role: (found[0],)} if found else {}


def _is_clock(layout: Layout, position: int) -> bool:
    """Tell whether the first rows hold times of day without a day in a column."""
    rows = layout.head.rows if layout.head else ()
    cells = [row[position].strip() for row in rows if len(row) > position and row[position].strip()]
    return bool(cells) and all(CLOCK.fullmatch(cell) for cell in cells)


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
    stated |= {"meter"} if profile.sections else set()
    stated |= {"end"} if profile.interval and layout.format == "records" else set()
    given = layout.columns.keys() | profile.constants.keys() | stated
    missing = [role for role in NEEDED[layout.format] if role not in given]
    if missing:
        raise ImportRefused(
            f"{layout.path}: no column for {', '.join(missing)}",
            code="columns",
            hint='name them in a profile: [columns] time = …, value = …, or meter = "…" for a file '
            f"of one meter; {shown(layout)}",
        )
