"""Green Button: feeds of meter readings of North America (NAESB REQ.21, ESPI, as an Atom feed).

A meter reading is a stream: amounts of intervals, mean power, or a register, as its reading type
says. Instants are seconds since 1970 in UTC. A feed is read twice: types may stand behind readings.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import cast

import numpy as np

from carbonledger.errors import Fault, ImportRefused, ImportUndecided
from carbonledger.ingest.formats.greenbutton_batch import Batch, Plan
from carbonledger.ingest.formats.greenbutton_feed import blocks
from carbonledger.ingest.formats.greenbutton_streams import (
    Owners,
    look,
    name_streams,
    streams_of,
)
from carbonledger.ingest.formats.greenbutton_summary import zone_remarks
from carbonledger.ingest.formats.streams import chosen, first_few, refuse_others
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ingest.table import Table

STAMP = "%Y-%m-%d %H:%M:%S"
# A few readings are shown with a refusal that concerns them all.
SAMPLE = 20


def layout(source: Source, profile: Profile, meters: frozenset[str]) -> Layout:
    """Find out which streams a feed holds.

    Raises:
        ImportRefused: it is no feed, a stream has no meter, or does not say what its values are.
    """
    refuse_others(profile, "greenbutton", ("quantity", "unit", "stamp"), source.path)
    plan = _plan(source, profile)
    readable = _readable(source, plan, profile)
    names = [plan.names[n] for n in readable]
    wanted = {n for n in readable if not profile.meters or plan.names[n] in profile.meters}
    _refuse_open(source, plan, wanted)
    _, remarks = chosen(names, profile, meters, source.path)
    quantity = _quantity(source, plan, wanted, profile)
    plan.read = frozenset(wanted)
    out = [f"{plan.names[n]} ({s.what.out})" for n, s in enumerate(plan.streams) if s.what.out]
    if out:
        remarks += (f"left out, as it is no amount of energy or volume: {first_few(out)}",)
    roles: dict[str, tuple[int, ...]] = dict.fromkeys(("time", "end", "meter", "value", "unit"), ())
    if quantity == "register":
        del roles["end"]
    stated = replace(profile, unit=None, stamp=None, quantity=quantity, timezone="UTC",
                     time_format=STAMP, decimal=".")  # fmt: skip
    return Layout(
        source.path, "utf-8", "", (), 0, stated, "register" if quantity == "register" else "long",
        roles, remarks=remarks, reader="greenbutton", found=(plan, profile.stamp),
    )  # fmt: skip


def _plan(source: Source, profile: Profile) -> Plan:
    found = look(source)
    streams = streams_of(found, profile)
    names, open_ = name_streams(streams, profile)
    if open_:
        raise ImportRefused(
            f"{source.path}: several meter readings are named {open_[0]!r}",
            code="profile",
            hint="name each in [meters] by a name that is its own: " + ", ".join(names[:SAMPLE]),
        )
    readings = Owners(found.readings)
    return Plan(found, streams, names, frozenset(), [readings.of(*link) for link in found.links])


def _readable(source: Source, plan: Plan, profile: Profile) -> list[int]:
    """Return the streams of amounts.

    Raises:
        ImportRefused: there are none, or the profile asks for others.
    """
    if not plan.streams:
        raise ImportRefused(
            f"{source.path} holds no meter reading", code="file-empty", hint="export it again"
        )
    odd = {n for n, stream in enumerate(plan.streams) if stream.what.out}
    asked = {n for n in odd if plan.names[n] in profile.meters}
    if asked or len(odd) == len(plan.streams):
        raise ImportRefused(
            f"{source.path}: what is asked for is no amount of energy or volume",
            code="no-quantity",
            hint="ask for the meter readings of energy (uom 72) or volume, or for mean power",
            problems=[_fault(source, plan, n, plan.streams[n].what.out)
                      for n in sorted(asked or odd)],
        )  # fmt: skip
    return [n for n in range(len(plan.streams)) if n not in odd]


def _fault(source: Source, plan: Plan, number: int, reason: str) -> Fault:
    stream = plan.streams[number]
    return Fault(source.name, stream.line, "ReadingType", plan.names[number], reason)


def _refuse_open(source: Source, plan: Plan, wanted: set[int]) -> None:
    """Refuse streams whose type leaves open what their values are.

    Raises:
        ImportUndecided: all that is open is whether they are amounts or a register.
        ImportRefused: more is open; with what is wrong with the first readings besides.
    """
    asked = [n for n in sorted(wanted) if plan.streams[n].what.ask]
    if not asked:
        return
    problems = [_fault(source, plan, n, plan.streams[n].what.ask) for n in asked]
    plan.read = frozenset(asked)
    flow = Batch(source, plan, "energy", None)
    odd = (one for part in flow.parts(islice(blocks(source), SAMPLE)) for one in part.odd)
    odd_ones = [Fault(source.name, line, "time", text, why)
                for line, text, why in islice(odd, SAMPLE)]  # fmt: skip
    said = f"{source.path}: the feed does not say what the values of {plan.names[asked[0]]} are"
    if not odd_ones and all(plan.streams[n].what.ways for n in asked):
        raise ImportUndecided(
            said,
            choices=[{"quantity": way} for way in plan.streams[asked[0]].what.ways],
            code="quantity",
            hint='state it in a profile: quantity = "energy" (amounts) or quantity = "register"',
            problems=problems,
        )
    raise ImportRefused(
        said,
        code="no-quantity",
        hint='state it in a profile: unit = "…", quantity = "energy"; it is asked for all at once',
        problems=problems + odd_ones,
    )


def _quantity(source: Source, plan: Plan, wanted: set[int], profile: Profile) -> str:
    """Return what the values of the streams are.

    Raises:
        ImportRefused: they are of several kinds, or the profile contradicts the feed.
    """
    kinds = {plan.streams[n].what.quantity for n in wanted}
    said = [n for n in wanted if profile.unit and plan.streams[n].fields.get("uom")]
    if said or (profile.quantity and {profile.quantity} != kinds):
        raise ImportRefused(
            f"{source.path}: the profile contradicts the feed, which holds {', '.join(kinds)} in "
            f"{', '.join(sorted({plan.streams[n].what.unit for n in wanted}))}",
            code="profile",
            hint="leave unit and quantity out of it: they are for feeds that do not say",
        )
    if len(kinds) > 1:
        raise ImportRefused(
            f"{source.path}: the meter readings are of several kinds: {', '.join(sorted(kinds))}",
            code="quantity",
            hint="name those of one kind in [meters], and import the file once for each kind",
            problems=[_fault(source, plan, n, plan.streams[n].told) for n in sorted(wanted)],
        )
    return kinds.pop()


def tables(source: Source, layout: Layout) -> Iterator[Table]:
    """Yield the readings of the chosen streams, block by block."""
    plan, stamp = cast("tuple[Plan, str | None]", layout.found)
    batch = Batch(source, plan, layout.profile.quantity or "energy", stamp)
    yield from batch.parts(blocks(source))
    said = batch.remarks()
    if batch.first is not None:
        codes = {layout.profile.meters.get(plan.names[n], plan.names[n]) for n in plan.read}
        zones = {code: layout.zones[code] for code in codes if code in layout.zones}
        said += zone_remarks(plan.found, zones, batch.first)
    yield Table({}, {}, np.zeros(0, np.int64), (), remarks=said)
