"""JSON of gateways, read by the paths that a profile states; the paths: `ingest/json_path.py`.

A record is a reading; or, with `periods`, a day or any other span of equal intervals, counted by
the time that has passed since its first: on the day of a clock change there are fewer or more.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any

from carbonledger.errors import ImportRefused
from carbonledger.ingest.clock import Clock, iso
from carbonledger.ingest.columns import strings
from carbonledger.ingest.formats.json_text import Text
from carbonledger.ingest.formats.json_walk import MISSING, Kept, Record, Walk, reached, spread
from carbonledger.ingest.formats.streams import (
    Odd,
    Reading,
    chosen,
    instant_of,
    no_time,
    refuse_others,
    tables_of_readings,
)
from carbonledger.ingest.json_path import Path, parse_path
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ingest.stamps import NOT_A_TIME
from carbonledger.ingest.table import Table

ROLES = ("time", "end", "meter", "value", "unit", "quality")
KEYS = (
    "json", "columns", "constants", "meter", "unit", "quantity", "time_format", "stamp", "midnight",
    "interval", "end", "missing", "decimal", "thousands",
)  # fmt: skip
DAY = 86400
SHOWN = 300
# A record that does not begin at midnight holds no more than so many days of intervals.
LONGEST = 400 * DAY
DONE = ("time", "end")
NEEDED = ("time", "end", "meter")


@dataclass(slots=True)
class Plan:
    """Where the profile says that things are.

    Attributes:
        profile: see there.
        path: of the file.
        records: path to the records.
        columns: by role the paths whose texts are joined by a blank.
        values: meter and path of each value of a record; "" where the record names its meter.
        periods: path to the values of the intervals within a record, if it holds many.
        clock: reads the stamp of a record with periods.
        roles: the columns of the tables.
    """

    profile: Profile
    path: FilePath
    records: Path
    columns: dict[str, tuple[Path, ...]]
    values: tuple[tuple[str, Path], ...]
    periods: Path | None
    clock: Clock
    roles: tuple[str, ...] = ()

    def walk(self, source: Source) -> Walk:
        """Return a walk through the records of a file."""
        asked: list[set[str]] = [set() for step in self.records.steps if step.member]
        columns = [path for paths in self.columns.values() for path in paths]
        for path in [*columns, *(path for _, path in self.values)]:
            if path.up and path.steps:
                level = 0 if path.up < 0 else len(asked) - path.up
                asked[level].add(path.steps[0].name)
        return Walk(Text(source), self.records, asked)


def layout(source: Source, profile: Profile, meters: frozenset[str]) -> Layout:
    """Find out whether the records are where the profile says.

    Raises:
        ImportRefused: they are not; or a meter, the time or a path is missing.
    """
    plan = _plan(source, profile)
    found: set[str] = set()
    names: dict[str, None] = {}
    count = 0
    first: Any = None
    for record in plan.walk(source).records():
        first = record.value if count == 0 else first
        count += 1
        _seen(plan, record, found, names)
    _refuse_missing(source, plan, count, found, first)
    remarks: tuple[str, ...] = ()
    if "meter" in plan.roles:
        _, remarks = chosen(names, profile, meters, source.path)
    rules = profile
    if plan.periods:
        paths = {**profile.json, "time_format": profile.time_format}
        rules = replace(profile, time_format=None, json=paths)
    form = "register" if profile.quantity == "register" else "long"
    shown = {role: "+".join(p.text for p in paths) for role, paths in plan.columns.items()}
    shown |= {"value": " ".join(path.text for _, path in plan.values)}
    shown |= {"end": "end"} if plan.periods else {}
    places: dict[str, tuple[int, ...]] = {role: (n,) for n, role in enumerate(shown)}
    return Layout(source.path, "utf-8", "", tuple(shown.values()), 0, rules, form, places,
                  remarks=remarks, reader="json")  # fmt: skip


def tables(source: Source, layout: Layout) -> Iterator[Table]:
    """Yield the readings of all records; what stands for a line is the number of the record."""
    rules = layout.profile
    # The stamps of the tables are instants already where the plan counts periods.
    stated = rules.json.get("time_format", rules.time_format)
    plan = _plan(source, replace(rules, time_format=stated))
    return tables_of_readings(_readings(plan, source, layout), plan.roles)


def _plan(source: Source, profile: Profile) -> Plan:
    refuse_others(profile, "json", KEYS, source.path)
    stated = profile.json
    if "records" not in stated:
        raise ImportRefused(
            f"{source.path} is JSON; where its readings are must be said in a profile",
            code="columns",
            hint='[json] records = "data[*]", [columns] time = "…", value = "…"; the paths are '
            f"explained in docs/import.md; the file begins {_start(source)}",
        )
    columns = {
        role: tuple(parse_path(str(part)) for part in (c if isinstance(c, tuple) else (c,)))
        for role, c in profile.columns.items()
    }
    periods = parse_path(stated["periods"]) if "periods" in stated else None
    values = tuple((code, parse_path(p)) for code, p in stated.get("values", {}).items())
    if not values:
        values = (("", periods),) if periods else tuple(
            ("", path) for path in columns.get("value", ())
        )  # fmt: skip
    columns.pop("value", None)
    plan = Plan(profile, source.path, parse_path(stated["records"]), columns, values, periods,
                Clock(profile.time_format))  # fmt: skip
    _refuse_plan(plan)
    return replace(plan, roles=_roles(plan))


def _roles(plan: Plan) -> tuple[str, ...]:
    given = {*plan.columns, *plan.profile.constants, "time", "value"}
    given |= {"end"} if plan.periods else set()
    given |= {"meter"} if plan.profile.json.get("values") else set()
    return tuple(role for role in ROLES if role in given)


def _start(source: Source) -> str:
    return repr(source.head()[:80].decode("utf-8", "replace"))


def _refuse_plan(plan: Plan) -> None:
    """Refuse paths that cannot lead anywhere."""
    faults = [*_strays(plan), *_misses(plan)]
    if faults:
        raise ImportRefused(
            f"{plan.path}: the paths of the profile do not say where the readings are: "
            + "; ".join(faults),
            code="columns",
            hint="the paths are explained in docs/import.md",
        )
    if "time" not in plan.columns and "time" not in plan.profile.constants:
        raise no_time(plan.path)


def _strays(plan: Plan) -> Iterator[str]:
    """Yield what is wrong with single paths."""
    kept = {*plan.records.kept, *(plan.periods.kept if plan.periods else ())}
    members = sum(step.member for step in plan.records.steps)
    columns = [path for paths in plan.columns.values() for path in paths]
    for path in [*columns, *(path for _, path in plan.values)]:
        if path.up > members or (path.up < 0 and not members):
            yield f"{path.text!r} leads out of the file"
        loose = [step for step in path.steps if not step.fixed and step.kept not in kept]
        if loose and path is not plan.periods:
            yield f"{path.text!r} leads to many places, or names what no path keeps"
    if plan.records.up > 0:
        yield "the path to the records begins at the top of the file"


def _misses(plan: Plan) -> Iterator[str]:
    """Yield what the profile does not say."""
    profile = plan.profile
    if not plan.values:
        yield 'no value: [columns] value = "…", or [json] periods or values'
    if plan.periods and (len(plan.periods.kept) != 1 or not profile.interval):
        yield 'periods keep one number, as in P{n}, and need interval = "30min"'
    if plan.periods and profile.interval and not profile.interval.seconds:
        yield "the intervals of periods are shorter than a day"
    if plan.periods and profile.stamp == "end":
        yield 'periods are counted from the first one on; stamp = "end" has no meaning'
    named = plan.values and plan.values[0][0]
    if "meter" not in plan.columns and not profile.meter and not named:
        yield 'no meter: meter = "…", or [columns] meter = "…"'


def _seen(plan: Plan, record: Record, found: set[str], names: dict[str, None]) -> None:
    """Note which columns a record has, and which meters it names."""
    for role, paths in plan.columns.items():
        if role in found:
            continue
        kept: Kept = record.kept
        if plan.periods:
            kept = next((k for _, k in spread(record.value, plan.periods.steps, kept)), kept)
        if any(reached(record, path, kept) is not MISSING for path in paths):
            found.add(role)
    for code, path in plan.values:
        if path.text not in found and _leads(plan, record, path):
            found.add(path.text)
        if code:
            names[code] = None
    if "meter" in plan.columns:
        name, _ = _text(plan, record, "meter", record.kept)
        names |= {name: None} if name else {}


def _leads(plan: Plan, record: Record, path: Path) -> bool:
    """Tell whether the path of a value leads anywhere."""
    if path is plan.periods:
        return any(True for _ in spread(record.value, path.steps, record.kept))
    return reached(record, path, record.kept) is not MISSING


def _refuse_missing(source: Source, plan: Plan, count: int, found: set[str], first: Any) -> None:
    """Refuse a profile whose paths lead nowhere in the whole file."""
    shown = ", ".join(map(str, first)) if isinstance(first, dict) else repr(first)
    if count == 0:
        raise ImportRefused(
            f"{source.path}: {plan.records.text!r} leads to no record",
            code="columns",
            hint=f"the paths are explained in docs/import.md; the file begins {_start(source)}",
        )
    gone = {role: paths[0].text for role, paths in plan.columns.items() if role not in found}
    gone |= {code or "value": path.text for code, path in plan.values if path.text not in found}
    if gone:
        names = [*first] if isinstance(first, dict) else []
        near = get_close_matches(next(iter(gone.values())), names, 1)
        listed = ", ".join(f"{path!r} for {role}" for role, path in gone.items())
        raise ImportRefused(
            f"{source.path}: no record has {listed}",
            code="columns",
            hint=(f"did you mean {near[0]!r}? " if near else "")
            + f"the first record has {shown[:SHOWN]}",
        )


def _readings(plan: Plan, source: Source, layout: Layout) -> Iterator[Reading | Odd]:
    wanted = plan.profile.meters
    for number, record in enumerate(plan.walk(source).records(), 1):
        if "meter" in plan.columns and wanted:
            name, _ = _text(plan, record, "meter", record.kept)
            if name and name not in wanted:
                continue
        if plan.periods:
            yield from _counted(plan, record, number, layout)
            continue
        for code, path in plan.values:
            if not code or not wanted or code in wanted:
                found = reached(record, path, record.kept)
                yield _reading(plan, record, number, found, record.kept, code=code)


def _reading(
    plan: Plan, record: Record, number: int, value: Any, kept: Kept, *, code: str = ""
) -> Reading | Odd:
    """Return a reading of a record, or what is wrong with it."""
    made = {"meter": code, "time": ""}
    for role in plan.roles:
        if role == "value" or (role == "meter" and code) or (plan.periods and role in DONE):
            continue
        made[role], fault = _text(plan, record, role, kept)
        if fault:
            return (number, made[role], fault)
    if isinstance(value, dict | list):
        return (number, str(value), "the path of the value leads to an object or an array")
    return Reading(number, value=_plain("" if value is MISSING else value), **made)


def _text(plan: Plan, record: Record, role: str, kept: Kept) -> tuple[str, str]:
    """Return the text of a column, and what is wrong with it."""
    paths = plan.columns.get(role)
    if paths is None:
        return plan.profile.constants.get(role, ""), ""
    if len(paths) == 1:
        found = reached(record, paths[0], kept)
        if isinstance(found, str) and found:
            return found, ""
    parts = [reached(record, path, kept) for path in paths]
    if any(isinstance(part, dict | list) for part in parts):
        return "", f"the path of {role} leads to an object or an array"
    text = " ".join(_plain("" if part is MISSING else part) for part in parts).strip()
    if not text and role in NEEDED:
        return "", f"the record has no {paths[0].text!r} for {role}"
    return text, ""


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _counted(plan: Plan, record: Record, number: int, layout: Layout) -> Iterator[Reading | Odd]:
    """Yield the intervals of a record, by the time that has passed since its first."""
    step = plan.profile.interval.seconds if plan.profile.interval else 0
    if plan.periods is None:
        return
    text, fault = _text(plan, record, "time", record.kept)
    low = high = NOT_A_TIME
    if not fault:
        low, high, fault = _span(plan, record, text, layout)
    if fault:
        yield (number, text, fault)
        return
    kept_as = plan.periods.kept[0]
    first = plan.profile.json.get("first", 0 if plan.periods.steps[-1].index is None
                                  and not plan.periods.steps[-1].member else 1)  # fmt: skip
    for value, kept in spread(record.value, plan.periods.steps, record.kept):
        start = low + (int(kept[kept_as]) - first) * step
        if low <= start < high:
            made = _reading(plan, record, number, value, kept)
            if isinstance(made, Reading):
                made = made._replace(time=iso(start), end=iso(start + step))
            yield made
        elif value not in (None, ""):
            yield (number, f"{kept_as} = {kept[kept_as]}: {value}",
                   f"its span has {(high - low) // step} intervals")  # fmt: skip


def _span(plan: Plan, record: Record, text: str, layout: Layout) -> tuple[int, int, str]:
    """Return the first and the last instant of a record with periods, and what is wrong."""
    try:
        wall = int(plan.clock.read(strings([text]))[0])
    except ValueError as error:
        raise ImportRefused(
            f"{plan.path}: {error}",
            code="time-format",
            hint='state it in the profile, for example time_format = "%d.%m.%Y"',
        ) from error
    if wall == NOT_A_TIME:
        return 0, 0, f"no such date and time, in the form {plan.clock.format}"
    if plan.clock.instants:
        return wall, wall + LONGEST, ""
    name = plan.profile.meter or _text(plan, record, "meter", record.kept)[0]
    code = plan.profile.meters.get(name, name)
    zone = plan.profile.timezone or layout.zones.get(code, "UTC")
    low = instant_of(wall, zone)
    return low, instant_of(wall + DAY, zone) if plan.clock.dates else low + LONGEST, ""
