"""Gaps of registers: what flowed over the gap is known, and is shared out over its intervals."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import sqlalchemy as sa

from carbonledger.errors import MeterRefused
from carbonledger.estimation.clock import Clock
from carbonledger.estimation.exact import share
from carbonledger.ingest.posted import numbers
from carbonledger.ingest.register_posted import entries_around
from carbonledger.ingest.scale import micro
from carbonledger.ingest.turning import Row, turned_back, whole_rows
from carbonledger.ingest.values import json_number
from carbonledger.ledger.state import MeterState
from carbonledger.meters.held import CHANGE, DAY
from carbonledger.site.fields import plain

Steps = Sequence[tuple[int, int]]
# Readings between two posted ones are made up to so many decimals at least.
DECIMALS = 3
SHARED = "shared out by an estimate"


def long_advances(
    connection: sa.Connection, meter: MeterState, step: int, low: int, high: int
) -> list[Row]:
    """Return the advances over more than one interval of a register that touch a span."""
    found = [
        e.id
        for e in entries_around(connection, meter.id, low, high)
        if e.kind == "reading" and e.start_utc < high and e.end_utc > low
        and len(numbers(e.profile)) == 1 and e.interval_s > (step + CHANGE if step == DAY else step)
    ]  # fmt: skip
    return list(whole_rows(connection, found).values()) if step else []


def steps_within(one: Row, step: int, clock: Clock) -> list[tuple[int, int]]:
    """Cut an advance into intervals of the usual length; the last one may be shorter."""
    start, end = one["start_utc"], one["end_utc"]
    if step == DAY:
        first, last = clock.number(clock.day(start)), clock.number(clock.day(end))
        edges = [clock.midnight(clock.of_number(n)) for n in range(first + 1, last + 1)]
    else:
        edges = list(range(start + step, end, step))
    inner = [start, *(edge for edge in edges if start < edge < end), end]
    return list(pairwise(inner))


def shared_rows(
    one: Row, steps: Steps, weights: Mapping[int, int], clock: Clock, note: str
) -> tuple[list[Row], dict[int, int]]:
    """Share an advance out over its intervals; no sum changes by it.

    Args:
        one: the entry of the advance.
        steps: its intervals.
        weights: by start of the interval: its length, or what it is likely to have had.
        clock: local time of the meter.
        note: which method.

    Returns:
        The entries to post, the reversal of the advance among them, and the millionths of each
        interval by its start.

    Raises:
        MeterRefused: all weights are zero, or one is below.
    """
    parts = [Fraction(weights[start]) for start, _ in steps]
    if min(parts) < 0 or not any(parts):
        raise MeterRefused(
            "the days that the gap would be shared out by have nothing, or less than nothing",
            code="estimate-history",
            hint="use --method linear",
        )
    cells, values = _cells(one, parts), {}
    scale = Fraction(one["scale_num"], one["scale_den"])
    rows, before, reached = [], Decimal(0), 0
    for place, (start, end) in enumerate(steps):
        after = before + cells[place]
        position = one["quantity"] if place == len(steps) - 1 else micro(Fraction(after) * scale)
        values[start] = position - reached
        rows.append(_row(one, (start, end), (before, after), values[start]) | {"note": note})
        before, reached = after, position
    rows[-1]["register_end"] = one["register_end"]
    return [turned_back(one, SHARED), *_joined(rows, clock)], values


def _cells(one: Row, parts: Sequence[Fraction]) -> list[Decimal]:
    """Share the recorded advance out in whole units of its last decimal."""
    recorded = Decimal(one["recorded_quantity"])
    decimals = max(DECIMALS, -int(recorded.as_tuple().exponent))
    sign = -1 if recorded < 0 else 1
    whole = int(abs(recorded).scaleb(decimals))
    return [plain(Decimal(sign * part).scaleb(-decimals)) for part in share(whole, parts)]


def _row(one: Row, time: tuple[int, int], way: tuple[Decimal, Decimal], quantity: int) -> Row:
    shown = Decimal(one["register_start"])
    return one | {
        "kind": "estimate", "start_utc": time[0], "end_utc": time[1], "quantity": quantity,
        "recorded_quantity": json_number(way[1] - way[0]), "interval_s": time[1] - time[0],
        "profile": f"[{json_number(way[1] - way[0])}]",
        "register_start": json_number(shown + way[0]),
        "register_end": json_number(shown + way[1]),
        "quality": "estimated", "line_first": None, "line_last": None, "corrects_id": None,
    }  # fmt: skip


def _joined(rows: Sequence[Row], clock: Clock) -> list[Row]:
    """Join the intervals of a local day that have one length into one entry."""
    joined: list[Row] = []
    for row in rows:
        day = clock.day(row["start_utc"])
        row |= {"first_day": day, "last_day": clock.day(row["end_utc"] - 1)}
        last = joined[-1] if joined else None
        if last and (last["first_day"], last["interval_s"]) == (day, row["interval_s"]):
            both = Decimal(last["recorded_quantity"]) + Decimal(row["recorded_quantity"])
            last |= {
                "end_utc": row["end_utc"], "last_day": row["last_day"],
                "quantity": last["quantity"] + row["quantity"],
                "recorded_quantity": json_number(plain(both)),
                "profile": f"{last['profile'][:-1]},{row['profile'][1:]}",
                "register_end": row["register_end"],
            }  # fmt: skip
            joined[-1] = last
        else:
            joined.append(row)
    return joined
