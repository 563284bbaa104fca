"""MSCONS, the messages in which network operators report metered quantities (UN/EDIFACT).

What a message says is in `mscons_walk.py`, its syntax in `edifact.py`. A stream is named by its
place and register, `LOC/OBIS`: 1-1:1.29.0 is drawn, 1-1:2.29.0 fed in. What stands for a line is
the number of the segment.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from carbonledger.errors import ImportRefused
from carbonledger.ingest.clock import iso
from carbonledger.ingest.formats.edifact import Signs, interchange, signs_of
from carbonledger.ingest.formats.mscons_walk import UNITS, Quantity, Walk
from carbonledger.ingest.formats.streams import (
    EARLIEST,
    LATEST,
    NO_YEAR,
    Odd,
    Reading,
    chosen,
    instant_of,
    malformed,
    named,
    refuse_no_energy,
    refuse_others,
    tables_of_readings,
)
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ingest.table import Table

# Wall clocks, of UTC where the stamps state an offset: read at once. Instants, where the zone is
# needed for the start of a run.
STAMP, INSTANT = "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S%z"
UTC = "+00:00"
SHOWN = 60
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (a wall clock has no zone)


@dataclass(slots=True)
class _Found:
    """What the first pass finds.

    Attributes:
        energy: codes of the units of each stream that can be read.
        others: why the other streams cannot.
        flags: by stream, how many quantities have which qualifier, other than the usual ones.
        zoned, walls, runs: streams with stamps that state an offset, with stamps that state none,
            and with quantities that are counted from one start.
        faulty: quantities that cannot be read.
    """

    energy: dict[str, set[str]] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    flags: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    zoned: set[str] = field(default_factory=set)
    walls: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    faulty: int = 0

    def take(self, one: Quantity | Odd) -> None:
        if not isinstance(one, Quantity):
            self.faulty += 1
        elif one.flaw:
            self.others[one.name] = one.flaw
        else:
            self.energy.setdefault(one.name, set()).add(one.unit)
            if one.quality != "actual":
                self.flags[one.name, one.quality, one.qualifier] += 1
            (self.zoned if one.start.zoned else self.walls).add(one.name)
            if one.end is None:
                self.runs.add(one.name)


def layout(source: Source, profile: Profile, meters: frozenset[str]) -> Layout:
    """Find out which streams an interchange holds.

    Raises:
        ImportRefused: it is cut or miscounted, holds a code that is not known, or no energy; or a
            stream has no meter.
    """
    refuse_others(profile, "mscons", ("unit", "quantity", "interval"), source.path)
    signs, walk, found = signs_of(source), Walk(source, _step(source, profile)), _Found()
    for one in _quantities(source, signs, walk):
        found.take(one)
    _refuse_unknown(source, walk)
    if not (found.energy or found.others or found.faulty):
        raise ImportRefused(f"{source.path} holds no quantity", code="file-empty",
                            hint="export it again")  # fmt: skip
    refuse_no_energy(source.path, found.energy, found.others, profile)
    wanted: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()
    if found.energy:
        wanted, said = chosen(found.energy, profile, meters, source.path)
    said += _remarks(walk, found, wanted)
    roles = ["time", "end", "meter", "value", "quality"]
    units = {unit for name in wanted for unit in found.energy[name]}
    _refuse_clashes(source, profile, found, wanted)
    rules = _rules(profile, found, wanted, signs)
    if units != {""} or profile.unit:
        roles.append("unit")
    return Layout(source.path, "latin-1", "", (), 0, rules, "long", dict.fromkeys(roles, ()),
                  unit=profile.unit or "", remarks=said, reader="mscons")  # fmt: skip


def tables(source: Source, layout: Layout) -> Iterator[Table]:
    """Yield the quantities, each with start and end of its interval."""
    roles = [role for role in Reading._fields if role in layout.columns]
    return tables_of_readings(_readings(source, layout), roles)


def _quantities(source: Source, signs: Signs, walk: Walk) -> Iterator[Quantity | Odd]:
    for segment in interchange(source, signs):
        yield from walk.take(segment)


def _refuse_unknown(source: Source, walk: Walk) -> None:
    if walk.unknown:
        raise ImportRefused(
            f"{source.path} holds codes that are not known: {', '.join(walk.unknown)}",
            code="code-unknown",
            hint="what they say of the quantities is not known, so none is read; ask the sender "
            "for quantities of metering points, or for their meaning",
            problems=list(walk.unknown.values()),
        )


def _remarks(walk: Walk, found: _Found, wanted: frozenset[str]) -> tuple[str, ...]:
    said = ["the interchange is marked as a test (UNB)"] if walk.test else []
    if walk.moved:
        said.append(
            f"{walk.moved} quantities have other stamps than their turn in the period; they are "
            "counted from its start, as the profile says"
        )
    if found.others:
        said.append(f"left out, as it is no energy: {named(found.others)}")
    counts: Counter[tuple[str, str]] = Counter()
    for (name, word, flag), count in found.flags.items():
        counts[word, flag] += count * (name in wanted)
    said += [f"kept as {word}: {flag} ({n})" for (word, flag), n in sorted(counts.items()) if n]
    return tuple(said)


def _kinds(found: _Found, wanted: frozenset[str]) -> set[str]:
    """Return what the quantities are by their units: energy, power."""
    return {UNITS[unit][1] for name in wanted for unit in found.energy[name] if unit}


def _refuse_clashes(
    source: Source, profile: Profile, found: _Found, wanted: frozenset[str]
) -> None:
    """Refuse what contradicts itself: kinds of quantities, stamps, file and profile."""
    kinds = _kinds(found, wanted)
    if len(kinds) > 1:
        raise ImportRefused(
            f"{source.path} holds both power and energy",
            code="no-quantity",
            hint="read one after the other: [meters] of a profile names the streams to be read",
        )
    clashes = {
        "unit": bool(wanted) and not any("" in found.energy[name] for name in wanted),
        "quantity": bool(kinds) and profile.quantity not in kinds,
        "timezone": bool(wanted) and not wanted & found.walls,
    }
    odd = [key for key, clash in clashes.items() if clash and getattr(profile, key)]
    if odd:
        raise ImportRefused(
            f"{source.path}: the profile states {', '.join(odd)}, which the file says itself",
            code="profile",
            hint="leave it out",
        )
    if _in_walls(found, wanted) and wanted & (found.zoned | found.runs):
        raise malformed(source.path, "some stamps state their offset from UTC, others do not")


def _in_walls(found: _Found, wanted: frozenset[str]) -> bool:
    """Tell whether stamps are wall clocks, which only the order of the rows tells apart."""
    return bool(wanted & found.walls - found.runs)


def _rules(profile: Profile, found: _Found, wanted: frozenset[str], signs: Signs) -> Profile:
    """Return the profile by which the rows are read."""
    stated = next(iter(_kinds(found, wanted)), profile.quantity)
    rules = replace(profile, quantity=stated, unit=None, decimal=signs.decimal, time_format=STAMP,
                    multiplied=True)  # fmt: skip
    if wanted & found.walls & found.runs:
        return replace(rules, time_format=INSTANT)
    return rules if _in_walls(found, wanted) else replace(rules, timezone=UTC)


def _step(source: Source, profile: Profile) -> int:
    """Return the length of the intervals that the profile states, 0 for none."""
    if profile.interval is None:
        return 0
    if not profile.interval.seconds:
        raise ImportRefused(
            f"{source.path}: quantities cannot be counted in intervals of {profile.interval}",
            code="profile",
            hint='state a fixed length: interval = "15min"',
        )
    return profile.interval.seconds


def _readings(source: Source, layout: Layout) -> Iterator[Reading | Odd]:
    wanted = layout.profile.meters
    print_at = iso if layout.profile.time_format == INSTANT else _printed
    walk = Walk(source, _step(source, layout.profile))
    for one in _quantities(source, signs_of(source), walk):
        if not isinstance(one, Quantity):
            yield one
        elif not one.flaw and (not wanted or one.name in wanted):
            start, end = _times(one, layout)
            if start < EARLIEST or end > LATEST:
                yield (one.line, one.name[:SHOWN], NO_YEAR)
                continue
            unit = UNITS[one.unit][0] or layout.unit
            yield Reading(one.line, one.name, print_at(start), one.value, unit, one.quality,
                          print_at(end))  # fmt: skip


@lru_cache(4096)
def _printed(seconds: int) -> str:
    """Print a wall clock as `STAMP` says; an end is the next one's start."""
    return (EPOCH + timedelta(seconds=seconds)).strftime(STAMP)


def _times(one: Quantity, layout: Layout) -> tuple[int, int]:
    """Return start and end of an interval: instants, or wall clocks that are placed later."""
    if one.end is not None:
        return one.start.seconds, one.end.seconds
    start = one.start.seconds
    if not one.start.zoned:
        code = layout.profile.meters.get(one.name, one.name)
        start = instant_of(start, layout.profile.timezone or layout.zones.get(code, "UTC"))
    return start + one.after, start + one.after + one.length
