"""Posted estimates give way to actual values: turned back, and posted again where they still stand.

An estimate of intervals is an entry a local day. One of a register shares out what is known to have
flowed between two readings; the entry that says so was turned back for it, and is restored as soon
as a reading from between the two arrives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from carbonledger.ingest.packing import PackedDay
from carbonledger.ingest.points import Point
from carbonledger.ingest.posted import COLUMNS, PostedEntry, as_row, numbers
from carbonledger.ingest.scale import micro
from carbonledger.ingest.turning import Row, turned_back, whole_rows
from carbonledger.ingest.values import json_number
from carbonledger.ledger.book import Posting
from carbonledger.ledger.schema import batch, entry

ESTIMATE = "estimate"
ARRIVED = "the actual values have arrived"
OTHER = entry.alias("other")
_NAMES = [column.name for column in COLUMNS]


@dataclass(frozen=True, slots=True)
class Freed:
    """What a day looks like once its estimates have given way.

    Attributes:
        entries: what is posted of it then.
        replaced: values of the file in the place of estimates.
        posted: entries posted for that.
    """

    entries: list[PostedEntry]
    replaced: int
    posted: int


def free_day(post: Posting, day: PackedDay, entries: list[PostedEntry]) -> Freed:
    """Turn back what is estimated for the intervals of a day that the file has a value for."""
    spans = [
        (at, at + day.interval)
        for at, number in _cells(day.start, day.interval, day.profile)
        if number is not None
    ]
    gone = {e.corrects_id for e in entries if e.kind == "reversal"}
    hit = {
        e.id: rest
        for e in entries
        if e.kind == ESTIMATE and e.id not in gone
        and (rest := _rest(e, spans)) is not None
    }  # fmt: skip
    if not hit:
        return Freed(entries, 0, 0)
    taken = [
        (at, at + e.interval_s)
        for e in entries
        if e.id in hit
        for at, number in _cells(e.start_utc, e.interval_s, e.profile)
        if number is not None
    ]
    rows = []
    for row in whole_rows(post.connection, hit).values():
        rows.append(turned_back(row, ARRIVED))
        if any(number is not None for number in hit[row["id"]]):
            rows.append(_what_is_left(row, hit[row["id"]]))
    posted = _post(post, rows)
    kept = [e for e in entries if e.id not in hit and e.corrects_id not in hit]
    kept += [as_row(row[name] for name in _NAMES) for row in posted if row["kind"] == ESTIMATE]
    replaced = sum(any(a < end and b > start for a, b in taken) for start, end in spans)
    return Freed(kept, replaced, len(posted))


def _cells(start: int, step: int, profile: str) -> list[tuple[int, Decimal | None]]:
    return [(start + place * step, number) for place, number in enumerate(numbers(profile))]


def _rest(one: PostedEntry, spans: Sequence[tuple[int, int]]) -> list[Decimal | None] | None:
    """Return the values of an estimate that the file says nothing of; None: it is not touched."""
    cells = _cells(one.start_utc, one.interval_s, one.profile)
    left = [
        None if any(a < at + one.interval_s and b > at for a, b in spans) else number
        for at, number in cells
    ]
    return None if left == [number for _, number in cells] else left


def _what_is_left(row: Row, cells: Sequence[Decimal | None]) -> Row:
    """Return an estimate without some of its values; it begins and ends with one."""
    places = [place for place, number in enumerate(cells) if number is not None]
    low, high = places[0], places[-1] + 1
    scale = Fraction(row["scale_num"], row["scale_den"])
    kept = [number for number in cells if number is not None]
    texts = ["null" if n is None else json_number(n) for n in cells[low:high]]
    return row | {
        "start_utc": row["start_utc"] + low * row["interval_s"],
        "end_utc": row["start_utc"] + high * row["interval_s"],
        "quantity": sum(micro(Fraction(number) * scale) for number in kept),
        "recorded_quantity": json_number(sum(kept, Decimal(0))),
        "profile": "[" + ",".join(texts) + "]",
        "corrects_id": None,
    }


def _post(post: Posting, rows: Sequence[Row]) -> list[Row]:
    """Post entries and return them with their numbers."""
    bare = [{k: v for k, v in row.items() if k not in {"id", "batch_id"}} for row in rows]
    first = post.insert_many(entry, bare)
    return [row | {"id": first + i, "batch_id": post.batch} for i, row in enumerate(bare)]


@dataclass(frozen=True, slots=True)
class Shared:
    """An advance of a register that estimates share out.

    Attributes:
        whole: the entry that was turned back for them.
        turned_by: number of the reversal against it.
        parts: the estimates.
    """

    whole: Row
    turned_by: int
    parts: tuple[PostedEntry, ...]

    @property
    def start(self) -> int:
        """The earlier of the two readings, seconds UTC."""
        return int(self.whole["start_utc"])

    @property
    def end(self) -> int:
        """The later one."""
        return int(self.whole["end_utc"])

    @property
    def ends(self) -> tuple[Point, Point]:
        """The two readings, as they are posted."""
        first, last = (Decimal(self.whole[name]) for name in ("register_start", "register_end"))
        number = self.parts[0].id
        return Point(self.start, first, entry=number), Point(self.end, last, entry=number)

    def touched_by(self, points: Sequence[Point]) -> bool:
        """Tell whether readings lie between the two, or are others than they."""
        ends = {p.at: p.shown for p in self.ends}
        return any(
            self.start < p.at < self.end or ends.get(p.at, p.shown) != p.shown for p in points
        )


def shared_advances(connection: sa.Connection, around: Sequence[PostedEntry]) -> list[Shared]:
    """Return the advances that the estimates among some entries of a register share out."""
    guesses = [e for e in around if e.kind == ESTIMATE]
    if not guesses:
        return []
    meter = guesses[0].meter_id
    low, high = min(e.start_utc for e in guesses), max(e.end_utc for e in guesses)
    found: list[Shared] = []
    for number, whole in _turned(connection, meter, low, high):
        parts = _parts(connection, whole)
        known = any(one.start < whole["end_utc"] and whole["start_utc"] < one.end for one in found)
        if not known and sum(e.end_utc - e.start_utc for e in parts) == _length(whole):
            found.append(Shared(whole, number, parts))
    return found


def _length(whole: Row) -> int:
    return int(whole["end_utc"]) - int(whole["start_utc"])


def _turned(connection: sa.Connection, meter: int, low: int, high: int) -> list[tuple[int, Row]]:
    """Return the advances in a span that are turned back by or with an estimate, latest first.

    A reversal that brings an estimate back turns the advance back a second time.
    """
    again = sa.exists().where(OTHER.c.corrects_id == entry.c.id)
    query = (
        sa.select(entry.c.id, entry.c.corrects_id)
        .join(batch, batch.c.id == entry.c.batch_id)
        .where(
            entry.c.meter_id == meter, entry.c.start_utc < high, entry.c.end_utc > low, ~again,
            entry.c.kind == "reversal", batch.c.kind.in_((ESTIMATE, "reversal")),
        )
    )  # fmt: skip
    against = {int(whole): int(number) for number, whole in connection.execute(query)}
    rows = whole_rows(connection, against)
    return [
        (against[number], rows[number])
        for number in sorted(against, key=lambda whole: -against[whole])
        if rows[number]["kind"] == "reading" and rows[number]["register_start"] is not None
    ]


def _parts(connection: sa.Connection, whole: Row) -> tuple[PostedEntry, ...]:
    again = sa.exists().where(OTHER.c.corrects_id == entry.c.id, OTHER.c.kind == "reversal")
    query = sa.select(*COLUMNS).where(
        entry.c.meter_id == whole["meter_id"], entry.c.kind == ESTIMATE, ~again,
        entry.c.start_utc >= whole["start_utc"], entry.c.end_utc <= whole["end_utc"],
    )  # fmt: skip
    return tuple(as_row(row) for row in connection.execute(query.order_by(entry.c.id)))


def take_back(
    post: Posting, shared: Sequence[Shared], note: str = ARRIVED, *, restore: bool
) -> tuple[int, int]:
    """Turn estimates of a register back.

    Args:
        post: the batch.
        shared: what they share out.
        note: why.
        restore: post the advances again that were shared out; else they are about to be divided.

    Returns:
        How many entries were posted, and how many estimated intervals were taken back.
    """
    rows: list[dict[str, Any]] = []
    intervals = 0
    for one in shared:
        parts = whole_rows(post.connection, (part.id for part in one.parts))
        rows += [turned_back(row, note) for row in parts.values()]
        if restore:
            rows.append(
                one.whole | {"corrects_id": one.turned_by, "line_first": None, "line_last": None}
            )
        intervals += sum(len(numbers(part.profile)) for part in one.parts)
    posted = _post(post, rows) if rows else []
    return len(posted), intervals
