"""Wide files: a column a meter, its name the code of the meter, perhaps with a unit behind it."""

from dataclasses import replace

from carbonledger.errors import Fault, ImportRefused
from carbonledger.ingest.headers import folded, plain, refuse_no_quantity, unit_of, unit_text
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.unstated import refuse_other
from carbonledger.ingest.words import TOTAL


def spread(layout: Layout, meters: frozenset[str]) -> Layout:
    """Find the meter of each column.

    With a table [meters] in the profile only the columns named there are read; without one, every
    column but the stamps must be a meter of the site.

    Raises:
        ImportRefused: a column is no meter, or a name of [meters] is no column.
    """
    time = layout.columns.get("time") or (0,)
    layout = replace(layout, columns={"time": time})
    renamed = {folded(name): code for name, code in layout.profile.meters.items()}
    faults: list[Fault] = []
    wide: dict[int, str] = {}
    totals: list[str] = []
    for position, name in enumerate(layout.names):
        if position in time:
            continue
        code = renamed.pop(folded(name), None) if layout.profile.meters else _code(name, meters)
        if code in meters and code not in wide.values():
            wide[position] = str(code)
        elif not code and not layout.profile.meters and TOTAL.match(plain(name)):
            totals.append(name)
        elif code or not layout.profile.meters:
            faults.append(_fault(layout, name, code, wide))
    for name in renamed:
        reason = "[meters] names a column that is not in the file"
        faults.append(Fault(layout.path.name, layout.header, name, name, reason))
    if faults:
        raise ImportRefused(
            f"{layout.path}: {len(faults)} columns cannot be read as meters",
            code="meter-unknown",
            hint="declare the meters in site.toml and apply it, or name the columns to read in a "
            'profile: [meters] "column" = "meter"',
            problems=faults,
        )
    left = _left(layout, wide) if layout.profile.meters else _among(totals)
    return _with_units(replace(layout, wide=wide, remarks=layout.remarks + left))


def _fault(layout: Layout, name: str, code: str | None, wide: dict[int, str]) -> Fault:
    if code and code in wide.values():
        reason = f"a second column of meter {code}"
    elif layout.profile.meters:
        reason = f"meter {code} is not declared"
    else:
        reason = "this column is no meter of the site"
    return Fault(layout.path.name, layout.header, name, name, reason)


def _code(name: str, meters: frozenset[str]) -> str | None:
    """Return the meter a column's name stands for: `M-1`, `M-1 (kWh)`, `M-1 kWh`."""
    text = folded(name)
    choices = (name, text, _bare(text), text.split(" ")[0])
    return next((choice for choice in choices if choice in meters), None)


def _bare(text: str) -> str:
    return text[: len(plain(text))].strip()


def _among(totals: list[str]) -> tuple[str, ...]:
    """Say which columns are totals among their parts: posted, they would count twice."""
    return (f"columns left out, as totals of the others: {', '.join(totals)}",) if totals else ()


def _left(layout: Layout, wide: dict[int, str]) -> tuple[str, ...]:
    used = wide.keys() | set(layout.columns["time"])
    left = [name for position, name in enumerate(layout.names) if position not in used]
    return (f"columns left out, as [meters] does not name them: {', '.join(left)}",) if left else ()


def _with_units(layout: Layout) -> Layout:
    units: dict[str, str] = {}
    for position, code in layout.wide.items():
        name = layout.names[position]
        if layout.profile.meters:
            refuse_no_quantity(str(layout.path), name)
        units[code] = ""
        if not layout.profile.unit:
            units[code] = layout.unit_at(position, unit_of(name) or _behind(name, code))
            if not units[code] and layout.profile.meters:
                refuse_other(layout, name)
    return replace(layout, wide_units=units)


def _behind(name: str, code: str) -> str:
    """Return the unit that stands behind the code and a blank."""
    rest = folded(name).removeprefix(code)
    return unit_text(rest.strip()) if rest.startswith(" ") else ""
