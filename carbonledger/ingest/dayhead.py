"""Files with a row a day: which columns are the intervals of the day, and which hold the rest."""

import re
from collections.abc import Callable
from dataclasses import replace

from carbonledger.errors import ImportRefused
from carbonledger.ingest.headers import folded, refuse_no_quantity, unit_text
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.periods import COUNTS, DAY, Periods, periods_in
from carbonledger.units import find

Columns = dict[str, tuple[int, ...]]
# Finds the one column whose name says that it holds a role, or none.
Named = Callable[[Layout, str, Columns], Columns]
DATE = re.compile(r"date(?![a-z])|datum|fecha|日期", re.IGNORECASE)
TOTAL = re.compile(
    r"^(?:day|daily|日)?[ _]?(?:total|sum|summe|合计|总计|小计|电量|总电量|用电量)"
    r"(?:[ _]?(?:units?|kwh|value))?$",
    re.IGNORECASE,
)
REACTIVE = re.compile(r"无功|reactive|blind", re.IGNORECASE)
NO_ENERGY = ("reactive", "apparent")


def day_layout(
    layout: Layout, columns: Columns, meters: frozenset[str], named: Named
) -> Layout | None:
    """Return how a file with a row a day is laid out; None when it is no such file.

    Args:
        layout: what is known of it.
        columns: those that the profile names; `periods` are the first and last of the day's.
        meters: codes of the meters of the ledger; a column named like one is no interval.
        named: finds the column of a role by its name.

    Raises:
        ImportRefused: several sets of columns may be the day, none is where the profile says, or
            there is no column of the date or the meter.
    """
    sets = _sets(layout, columns, meters)
    if not sets:
        if layout.profile.format != "day":
            return None
        raise _refused(layout, "no set of columns makes up a day")
    periods, remarks = _one(layout, sets)
    _check(layout, periods)
    rest = {role: parts for role, parts in columns.items() if role != "periods"}
    # The intervals are no candidates for any other role.
    found = _roles(layout, rest | {"periods": _all(sets)}, periods, named)
    stated = layout.profile.unit or "unit" in found
    unit, said = ("", []) if stated else _unit(layout, periods)
    return replace(
        layout, format="day", columns=found, periods=periods,
        wide={place: str(number) for number, place in enumerate(periods.columns)},
        unit=unit, remarks=(*layout.remarks, *remarks, *said),
    )  # fmt: skip


def _unit(layout: Layout, periods: Periods) -> tuple[str, list[str]]:
    """Return the unit that the columns state, or the lines above the table; and what to say."""
    unit = layout.unit_at(periods.columns[0], periods.unit)
    above = layout.head.unit if layout.head and not unit else ""
    if above and unit_text(above):
        return above, [f"unit {above}, as stated above the table"]
    return unit, []


def _refused(layout: Layout, what: str) -> ImportRefused:
    return ImportRefused(
        f"{layout.path}: {what}",
        code="columns",
        hint="name the first and the last column of the day in a profile: "
        '[columns] periods = ["00:00", "23:30"], or their numbers: periods = "4..51"',
    )


def _all(sets: list[Periods]) -> tuple[int, ...]:
    return tuple(place for one in sets for place in one.columns)


def _sets(layout: Layout, columns: Columns, meters: frozenset[str]) -> list[Periods]:
    """Return the sets of columns that may be the intervals of a day."""
    stated = columns.get("periods")
    if stated:
        return [_between(layout, min(stated), max(stated) + 1)]
    if "value" in columns or layout.profile.format not in (None, "day"):
        return []
    known = meters | layout.profile.meters.keys()
    return [
        one
        for one in periods_in(layout.names)
        if not any(layout.names[p] in known for p in one.columns)
    ]


def _between(layout: Layout, low: int, high: int) -> Periods:
    """Return the columns between two that the profile names."""
    found = periods_in(layout.names[low:high])
    if len(found) == 1 and len(found[0].columns) == high - low:
        return replace(found[0], columns=tuple(range(low, high)))
    for day in COUNTS:
        if high - low in (day, day + day // 24):
            return Periods(tuple(range(low, high)), DAY // day, elapsed=high - low != day)
    said = f"{high - low} columns from {layout.names[low]!r} to {layout.names[high - 1]!r}"
    raise _refused(layout, f"{said} make up no day; it has 24, 48, 96, 144 or 288 intervals")


def _one(layout: Layout, sets: list[Periods]) -> tuple[Periods, list[str]]:
    """Return the set that holds energy, and what to say of the others."""
    energy = [one for one in sets if not _reactive(one)]
    if len(energy) != 1:
        listed = "; ".join(_span(layout, one) for one in sets)
        raise _refused(layout, f"the day may be in several sets of columns: {listed}")
    others = [_span(layout, one) for one in sets if one is not energy[0]]
    return energy[0], [f"left out, as it is no energy: {span}" for span in others]


def _reactive(one: Periods) -> bool:
    if one.unit:
        return find(one.unit).dimension.startswith(NO_ENERGY)
    return REACTIVE.search(one.family) is not None


def _span(layout: Layout, one: Periods) -> str:
    return f"{layout.names[one.columns[0]]} to {layout.names[one.columns[-1]]}"


def _check(layout: Layout, periods: Periods) -> None:
    """Refuse a profile that says otherwise than the names of the columns."""
    refuse_no_quantity(str(layout.path), periods.family.replace("|", " "))
    interval = layout.profile.interval
    if interval and interval.seconds != periods.length:
        raise _refused(
            layout,
            f"{len(periods.columns)} columns a day are intervals of {periods.length // 60} min; "
            f"the profile says {interval}",
        )
    if periods.first is None:
        return
    says = "end" if periods.first else "start"
    if layout.profile.stamp not in (None, says):
        raise ImportRefused(
            f"{layout.path}: the columns of the day, {_span(layout, periods)}, name the {says} of "
            f'each interval, and the profile says stamp = "{layout.profile.stamp}"',
            code="stamp",
            hint="leave stamp out of the profile",
        )


def _roles(layout: Layout, columns: Columns, periods: Periods, named: Named) -> Columns:
    profile = layout.profile
    found = columns
    if "time" not in found:
        found = found | _date(layout, found, named)
    for role in ("meter", "quality", "multiplier"):
        if role not in found and not (role == "meter" and profile.meter):
            found = found | named(layout, role, found)
    if not (periods.unit or profile.unit or "unit" in found):
        found = found | named(layout, "unit", found)
    if "total" not in found:
        found = found | _total(layout, found)
    missing = [role for role in ("time", "meter") if role not in found]
    if missing and not (missing == ["meter"] and profile.meter):
        raise ImportRefused(
            f"{layout.path}: a row holds a day, but there is no column for {', '.join(missing)}",
            code="columns",
            hint='name them in a profile: [columns] date = …, meter = …, or meter = "…" for a file '
            f"of one meter; the other columns are: {', '.join(_others(layout, found))}",
        )
    return {role: parts for role, parts in found.items() if role != "periods"}


def _others(layout: Layout, columns: Columns) -> list[str]:
    taken = {place for parts in columns.values() for place in parts}
    return [name for place, name in enumerate(layout.names) if place not in taken]


def _date(layout: Layout, columns: Columns, named: Named) -> Columns:
    """Find the column of the date: by its name, or as the only one that speaks of a date."""
    for role in ("date", "time"):
        found = named(layout, role, columns)
        if found:
            return {"time": found[role]}
    taken = {place for parts in columns.values() for place in parts}
    dated = [p for p, n in enumerate(layout.names) if p not in taken and DATE.search(folded(n))]
    if len(dated) > 1:
        listed = ", ".join(layout.names[p] for p in dated)
        raise ImportRefused(
            f"{layout.path}: several columns may be the date: {listed}",
            code="columns",
            hint=f'name one in a profile: [columns] date = "{layout.names[dated[0]]}"',
        )
    return {"time": (dated[0],)} if dated else {}


def _total(layout: Layout, columns: Columns) -> Columns:
    """Find the column that holds the row's own total, if there is one."""
    taken = {place for parts in columns.values() for place in parts}
    named = [p for p, n in enumerate(layout.names) if p not in taken and TOTAL.match(folded(n))]
    return {"total": (named[0],)} if len(named) == 1 else {}
