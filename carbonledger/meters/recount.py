"""Posted intervals of a register counted again, because what is known of the meter has changed.

An event says of posted readings that more, less or something else flowed between them. The entries
concerned are turned back and posted again in the batch of the event, so every sum is right and the
books as of an earlier batch stay what they were. Where an event only takes another one back, the
entries from before that one are restored, so the batches that posted them can be reversed again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from carbonledger.errors import Fault, MeterRefused
from carbonledger.ingest.clock import iso
from carbonledger.ingest.guesses import ESTIMATE, shared_advances, take_back
from carbonledger.ingest.points import Advance, Point, Register, advance
from carbonledger.ingest.posted import PostedEntry, numbers
from carbonledger.ingest.register_pairs import grouped, uncovered
from carbonledger.ingest.register_posted import entries_around, points_of
from carbonledger.ingest.register_unit import register_of
from carbonledger.ingest.turning import Row, post_rows, turned_back, whole_rows
from carbonledger.ingest.values import json_number
from carbonledger.ingest.zone import Zone, zone_for
from carbonledger.ledger.book import Posting
from carbonledger.ledger.state import MeterState, SiteState
from carbonledger.meters.originals import Original, fills, originals


@dataclass(frozen=True, slots=True)
class Change:
    """Posted time whose quantity was counted again.

    Attributes:
        start, end: seconds UTC.
        before, after: millionths of the canonical unit.
        unit: canonical unit.
    """

    start: int
    end: int
    before: int
    after: int
    unit: str


@dataclass(slots=True)
class Recount:
    """Counts the entries of a register again.

    Attributes:
        post: the batch of the event.
        site: accounts, commodities and meters of the ledger.
        before: the meter as it was.
        after: the meter with what is now known of it.
        reason: note of the entries that are turned back.
        entries: entries posted.
        estimated: estimated intervals that were taken back; they may be estimated again.
    """

    post: Posting
    site: SiteState
    before: MeterState
    after: MeterState
    reason: str
    entries: int = 0
    estimated: int = 0
    _faults: list[Fault] = field(default_factory=list)

    def run(self, low: int, high: int) -> list[Change]:
        """Count what is posted between two instants again, and what touches them.

        Raises:
            MeterRefused: between posted readings nobody could say any more what flowed.
        """
        posted = self._cleared(low, high)
        # Estimates that are left end where the time begins, or begin where it ends.
        around = [e for e in posted if e.end_utc > e.start_utc and e.kind != ESTIMATE]
        near = [e for e in around if e.end_utc >= low and e.start_utc <= high]
        if not posted:
            return []
        zone = self._zone(posted)
        changes = self._restored(near, zone)
        left = self._left(near, changes)
        for one in left:
            changes += self._again(one, zone)
        if self._faults:
            raise self._refused()
        changes += self._filled(posted, low, high, zone)
        return sorted(changes, key=lambda change: change.start)

    def _cleared(self, low: int, high: int) -> list[PostedEntry]:
        """Return what is posted around the time, once estimates of it are taken back."""
        connection = self.post.connection
        posted = entries_around(connection, self.after.id, low, high)
        shared = shared_advances(connection, posted)
        hit = [one for one in shared if one.start < high and one.end > low]
        if not hit:
            return posted
        count, self.estimated = take_back(self.post, hit, self.reason, restore=True)
        self.entries += count
        return entries_around(connection, self.after.id, low, high)

    def _zone(self, posted: Sequence[PostedEntry]) -> Zone:
        name = self.after.revisions[-1].timezone
        return zone_for(name, posted[0].start_utc, max(e.end_utc for e in posted))

    def _left(self, near: Sequence[PostedEntry], done: Sequence[Change]) -> list[PostedEntry]:
        """Return the entries that lie in no time that was restored."""
        spans = [(one.start, one.end) for one in done]
        return [e for e in near if not any(a <= e.start_utc and e.end_utc <= b for a, b in spans)]

    def _register(self, meter: MeterState, unit: str, at: int, zone: Zone) -> Register:
        return register_of(meter, self.site.commodities, unit, zone.day(at))

    def _advances(self, points: Sequence[Point], unit: str, zone: Zone) -> list[Advance | str]:
        return [
            advance(first, last, self._register(self.after, unit, first.at, zone))
            for first, last in pairwise(points)
        ]

    def _restored(self, near: Sequence[PostedEntry], zone: Zone) -> list[Change]:
        """Restore entries from before an event that is taken back, where they are right again."""
        changes: list[Change] = []
        if not near:
            return changes
        low, high = min(e.start_utc for e in near), max(e.end_utc for e in near)
        for one in originals(self.post.connection, self.after.id, low, high):
            pieces = [e for e in self._left(near, changes) if one.holds(e)]
            if self._fits(one, pieces, zone):
                changes.append(self._restore(one, pieces))
        return changes

    def _fits(self, one: Original, pieces: Sequence[PostedEntry], zone: Zone) -> bool:
        """Tell whether the pieces show the readings of an entry, and it is what flowed."""
        if not pieces or sum(e.end_utc - e.start_utc for e in pieces) != one.seconds:
            return False
        shown = {(p.at, p.shown) for e in pieces for p in points_of(e)}
        if shown != {(p.at, p.shown) for p in points_of(one.entry)}:
            return False
        return not self._differs(one.entry, zone) and any(self._differs(e, zone) for e in pieces)

    def _differs(self, one: PostedEntry, zone: Zone) -> bool:
        """Tell whether an entry is not what flowed by what is now known."""
        made = self._advances(list(points_of(one)), one.recorded_unit, zone)
        scale = Fraction(one.scale_num, one.scale_den)
        told = [(m.recorded, m.scale) for m in made if isinstance(m, Advance)]
        return told != [(number, scale) for number in numbers(one.profile)]

    def _restore(self, one: Original, pieces: Sequence[PostedEntry]) -> Change:
        whole = whole_rows(self.post.connection, (e.id for e in pieces))
        back = [turned_back(row, self.reason) for row in whole.values()]
        again = one.row | {"corrects_id": one.turned_by, "line_first": None, "line_last": None,
                           "note": f"as entry {one.entry.id}"}  # fmt: skip
        self.entries += post_rows(self.post, [*back, again])
        before = sum(row["quantity"] for row in whole.values())
        return self._change(one.entry.start_utc, one.entry.end_utc, before, one.row["quantity"],
                            one.row["commodity_id"])  # fmt: skip

    def _again(self, one: PostedEntry, zone: Zone) -> list[Change]:
        """Turn an entry back and post what flowed by what is now known, if that is another."""
        if not self._differs(one, zone):
            return []
        row = whole_rows(self.post.connection, [one.id])[one.id]
        made = self._advances(list(points_of(one)), one.recorded_unit, zone)
        good = [m for m in made if isinstance(m, Advance)]
        if len(good) < len(made):
            if fills(self.post.connection, one):
                self.entries += post_rows(self.post, [turned_back(row, self.reason)])
                return [self._change(one.start_utc, one.end_utc, row["quantity"], 0,
                                     row["commodity_id"])]  # fmt: skip
            self._fault(one, next(m for m in made if isinstance(m, str)))
            return []
        note = f"{self.reason} (was entry {one.id})"
        rows = [
            _row(row, group, zone) | {"note": note} for group in grouped(good, one.interval_s, zone)
        ]
        self.entries += post_rows(self.post, [turned_back(row, self.reason), *rows])
        total = sum(made["quantity"] for made in rows)
        return [self._change(one.start_utc, one.end_utc, row["quantity"], total,
                             row["commodity_id"])]  # fmt: skip

    def _filled(
        self, posted: Sequence[PostedEntry], low: int, high: int, zone: Zone
    ) -> list[Change]:
        """Post what flowed between neighbouring readings where nobody could say so before."""
        points = sorted({p.at: p for e in posted for p in points_of(e)}.values(), key=_at)
        units = {e.id: e for e in posted}
        changes = []
        for first, last in uncovered(points, posted):
            if last.at < low or first.at > high:
                continue
            near = units[first.entry]
            held = self._register(self.before, near.recorded_unit, first.at, zone)
            made = advance(
                first, last, self._register(self.after, near.recorded_unit, first.at, zone)
            )
            if isinstance(made, Advance) and isinstance(advance(first, last, held), str):
                changes.append(self._fill(near, made, zone))
        return changes

    def _fill(self, near: PostedEntry, made: Advance, zone: Zone) -> Change:
        row = whole_rows(self.post.connection, [near.id])[near.id]
        filled = _row(row, [made], zone) | self._flow(zone.day(made.first.at))
        self.entries += post_rows(self.post, [filled | {"note": self.reason, "kind": "reading"}])
        return self._change(made.first.at, made.last.at, 0, made.quantity,
                            filled["commodity_id"])  # fmt: skip

    def _flow(self, day: int) -> Row:
        revision = self.after.on(day) or self.after.revisions[0]
        return {
            "from_account_id": self.site.accounts[revision.source].id,
            "to_account_id": self.site.accounts[revision.target].id,
            "commodity_id": self.site.commodities[revision.commodity].id,
        }

    def _change(self, start: int, end: int, before: int, after: int, commodity: int) -> Change:
        unit = next(c.unit for c in self.site.commodities.values() if c.id == commodity)
        return Change(start, end, before, after, unit)

    def _fault(self, one: PostedEntry, reason: str) -> None:
        said = f"between {iso(one.start_utc)} and {iso(one.end_utc)} (entry {one.id}): {reason}"
        self._faults.append(Fault("", 0, "", self.after.code, said))

    def _refused(self) -> MeterRefused:
        return MeterRefused(
            f"meter {self.after.code} has readings posted that would not fit any more: "
            f"{self._faults[0].reason}",
            code="event-figures",
            hint="state other readings with the event, or reverse the batch that posted these",
            problems=self._faults,
        )


def _at(point: Point) -> int:
    return point.at


def _row(row: Row, group: Sequence[Advance], zone: Zone) -> Row:
    """Return an entry like another one, with what flowed in neighbouring intervals."""
    first, last = group[0].first, group[-1].last
    recorded: Any = sum(made.recorded for made in group)
    return row | {
        "start_utc": first.at,
        "end_utc": last.at,
        "first_day": zone.day(first.at),
        "last_day": zone.day(max(first.at, last.at - 1)),
        "quantity": sum(made.quantity for made in group),
        "recorded_quantity": json_number(recorded),
        "interval_s": group[0].seconds,
        "profile": "[" + ",".join(json_number(made.recorded) for made in group) + "]",
        "scale_num": group[0].scale.numerator,
        "scale_den": group[0].scale.denominator,
        "register_start": json_number(first.shown),
        "register_end": json_number(last.shown),
        "line_first": None,
        "line_last": None,
        "corrects_id": None,
    }
