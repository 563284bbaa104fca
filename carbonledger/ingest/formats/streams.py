"""What several formats share: which streams of a file are read, and rows into tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from carbonledger.errors import Fault, ImportRefused
from carbonledger.ingest.clock import Clock
from carbonledger.ingest.columns import strings
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.passes import Passes, to_instants
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ingest.stamps import NOT_A_TIME
from carbonledger.ingest.table import Table
from carbonledger.ingest.zone import zone_for

ROWS = 50_000
MOST_NAMED = 12
ONLY_REGISTERS = "only registers of energy and volume are read, no momentary values"
Odd = tuple[int, str, str]
# Instants that readings may have: the years 1900 to 2199.
EARLIEST, LATEST = -2_208_988_800, 7_258_118_400
LONGEST_SAID = 300
NO_YEAR = "this is no year of a meter"


class Reading(NamedTuple):
    """A reading as a file of the trade states it, all as texts but its line."""

    line: int
    meter: str
    time: str
    value: str
    unit: str = ""
    quality: str = ""
    end: str = ""


def tables_of_readings(readings: Iterable[Reading | Odd], roles: Sequence[str]) -> Iterator[Table]:
    """Yield readings as tables of texts.

    Args:
        readings: in the order of the file; what is none, as line, text and reason.
        roles: the columns the file has.
    """
    flow = iter(readings)
    while part := list(islice(flow, ROWS)):
        good = [one for one in part if isinstance(one, Reading)]
        odd = tuple(one for one in part if not isinstance(one, Reading))
        columns = {role: _column(role, [getattr(one, role) for one in good]) for role in roles}
        yield Table(columns, {}, np.array([one.line for one in good], np.int64), odd)


def _column(role: str, texts: list[str]) -> pa.Array:
    column = strings(texts)
    return column.dictionary_encode() if role == "meter" else column


def chosen(
    names: Iterable[str], profile: Profile, meters: frozenset[str], path: Path
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Tell which streams of a file are read, and what to say of the others.

    Args:
        names: the streams of the file.
        profile: its [meters] name those to be read; without it all are.
        meters: codes of the ledger's meters.
        path: the file.

    Raises:
        ImportRefused: a stream has no meter, or none is to be read.
    """
    found = list(dict.fromkeys(names))
    wanted = [name for name in found if name in profile.meters] if profile.meters else found
    unknown = [name for name in wanted if profile.meters.get(name, name) not in meters]
    if unknown or not wanted:
        faults = [
            Fault(path.name, 0, "meter", name, "no meter of this code is declared")
            for name in (unknown or found)
        ]
        raise ImportRefused(
            f"{path}: no meter of the ledger is named for what the file holds",
            code="meter-unknown",
            hint='map the streams to meters in a profile: [meters] "'
            f'{(unknown or found or ["…"])[0]}" = "CODE"; those not named there are left out',
            problems=faults,
        )
    left = [name for name in found if name not in wanted]
    return frozenset(wanted), (left_out(left),) if left else ()


def refuse_no_energy(
    path: Path, energy: Iterable[str], others: Mapping[str, str], profile: Profile
) -> None:
    """Refuse a file that holds no energy, and a profile that asks for what is none.

    Args:
        path: the file.
        energy: its streams that can be read.
        others: those that cannot, each with what it is.
        profile: its [meters] may name some of them.

    Raises:
        ImportRefused: see above.
    """
    asked = [name for name in others if name in profile.meters]
    if asked or (others and not list(energy)):
        listed = named(others)
        raise ImportRefused(
            f"{path}: {first_few(asked) or 'all that the file holds'} is no energy",
            code="no-quantity",
            hint=f"ask for streams of active energy; the file also holds {listed}",
            problems=[Fault(path.name, 0, "meter", name, others[name]) for name in asked],
        )


def left_out(names: Sequence[str]) -> str:
    """Say which streams of a file are left out."""
    return f"left out, as the profile does not name them: {first_few(names)}"


def named(others: Mapping[str, str]) -> str:
    """Name streams, the first of many, each with what it is."""
    return first_few([f"{name} ({what})" for name, what in others.items()])


def first_few(names: Sequence[str]) -> str:
    """List the first of many names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"


def refuse_others(profile: Profile, code: str, allowed: Iterable[str], path: Path) -> None:
    """Refuse keys of a profile that say nothing about a file of this format.

    Raises:
        ImportRefused: there are some; they would be ignored silently.
    """
    plain, known = Profile(), {"format", "timezone", "meters", "validation", *allowed}
    stated = [
        f.name
        for f in fields(Profile)
        if f.name not in known and getattr(profile, f.name) != getattr(plain, f.name)
    ]
    if stated:
        raise ImportRefused(
            f"{path}: the profile states {', '.join(stated)}, which a file of the format {code} "
            "says itself or has not",
            code="profile",
            hint=f"leave it out; of use are {', '.join(sorted(known))}",
        )


def whole(source: Source, most: int) -> bytes:
    """Return the content of a file that is read at once.

    Raises:
        ImportRefused: it is larger than `most` bytes.
    """
    parts: list[bytes] = []
    size = 0
    for chunk in source.chunks():
        size += len(chunk)
        if size > most:
            raise ImportRefused(
                f"{source.path} holds more than {most >> 20} MB, which is the most for its format",
                code="file-too-large",
                hint="export it in parts, for example month by month",
            )
        parts.append(chunk)
    return b"".join(parts)


def malformed(path: Path, what: str) -> ImportRefused:
    """Return the refusal of a file that breaks the rules of its own format."""
    # Parsers quote what they could not read, however long it is.
    said = what if len(what) <= LONGEST_SAID else f"{what[:LONGEST_SAID]}…"
    return ImportRefused(
        f"{path}: {said}", code="file-malformed", hint="the file is damaged or cut; fetch it again"
    )


def stated_time(layout: Layout, meter: str) -> int:
    """Return the instant that the profile states for readings that carry none.

    Args:
        layout: of the file.
        meter: name of the meter in the file; its zone holds where the profile states none.

    Raises:
        ImportRefused: the profile states none, or no time.
    """
    profile = layout.profile
    text = profile.constants.get("time")
    if text is None:
        raise no_time(layout.path)
    code = profile.meters.get(meter, meter)
    zone = profile.timezone or layout.zones.get(code, "UTC")
    clock = Clock(profile.time_format)
    try:
        wall = int(clock.read(strings([text]))[0])
    except ValueError as error:
        raise _bad_time(layout.path, text) from error
    if wall == NOT_A_TIME:
        raise _bad_time(layout.path, text)
    return wall if clock.instants else instant_of(wall, zone)


def instant_of(wall: int, zone: str) -> int:
    """Return the instant of a wall clock; in a repeated hour the first."""
    found, _ = to_instants(
        np.array([wall], np.int64), np.array([0], np.int64), zone_for(zone, wall, wall), Passes()
    )
    return int(found[0])


def no_time(path: Path) -> ImportRefused:
    """Return the refusal of readings without a time."""
    return ImportRefused(
        f"{path}: the readings carry no time",
        code="time-missing",
        hint='state when they were read in the profile: [constants] time = "2024-03-01 12:00"',
    )


def _bad_time(path: Path, text: str) -> ImportRefused:
    return ImportRefused(
        f"{path}: [constants] time {text!r} is no date and time",
        code="time-missing",
        hint='write it as "2024-03-01 12:00", with an offset or in the zone of the meter',
    )
