"""Register readings into entries: advances between readings, across files in any order.

A reading is a point: an instant and what the register showed. Two neighbouring points make an
interval. What is posted can be read back as points; so a file that continues, fills or precedes
another joins it without loss, and an interval that a new point divides is reversed and posted
again in parts.

A file comes in blocks, nearly always in order of time. What lies behind the last reading of a block
is posted with the next one, which may divide or replace it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from carbonledger.ingest.clock import iso
from carbonledger.ingest.days import Runs
from carbonledger.ingest.faults import Faults
from carbonledger.ingest.flows import Flows
from carbonledger.ingest.guesses import shared_advances, take_back
from carbonledger.ingest.lengths import Length
from carbonledger.ingest.noticed import Noticed
from carbonledger.ingest.outcome import Conflict, Outcome
from carbonledger.ingest.points import Advance, Point
from carbonledger.ingest.posted import PostedEntry
from carbonledger.ingest.ratios import Ratios
from carbonledger.ingest.register_pairs import Pair, divides, grouped, uncovered
from carbonledger.ingest.register_span import Key, Span
from carbonledger.ingest.turning import post_rows, turned_back, whole_rows
from carbonledger.ingest.zone import zone_for
from carbonledger.ledger.book import Posting
from carbonledger.ledger.schema import entry


@dataclass(slots=True)
class _Course:
    """How far the readings of one register have come.

    Attributes:
        waiting: readings not yet looked at: a single one may be the first of more.
        last: the last reading looked at.
        behind: it and the posted readings behind it, between which nothing is posted now.
    """

    waiting: list[Point] = field(default_factory=list)
    last: Point | None = None
    behind: list[Point] = field(default_factory=list)


@dataclass(slots=True)
class RegisterPoster:
    """Posts the readings of cumulative registers.

    Attributes:
        post: the batch.
        flows: what the meters measure.
        ratios: units of the file.
        lengths: usual time between readings by number of the meter.
        qualities: flags by number.
        adjust: reason for replacing readings; None: unequal ones are only listed.
        outcome: what was found.
        faults: readings that cannot be, with their reason.
        noticed: takes note, for the validation, of what is not as it should be.
    """

    post: Posting
    flows: Flows
    ratios: Ratios
    lengths: dict[int, Length]
    qualities: list[str]
    adjust: str | None
    outcome: Outcome
    faults: Faults
    noticed: Noticed
    _courses: dict[Key, _Course] = field(default_factory=dict)
    _faulty: set[int] = field(default_factory=set)

    def take(self, runs: Runs) -> None:
        """Post the readings of a block.

        Raises:
            ImportRefused: a unit does not fit, or the file contradicts itself.
        """
        rows = runs.rows
        columns = zip(rows.meter.tolist(), rows.unit.tolist(), rows.start.tolist(),
                      rows.texts.to_pylist(), rows.line.tolist(), rows.quality.tolist(),
                      strict=True)  # fmt: skip
        touched = set()
        for meter, unit, at, text, line, flag in columns:
            if text is None:
                continue
            point = Point(at, Decimal(text), line, quality=self.qualities[flag])
            if self._fits(meter, point):
                touched.add((meter, unit))
                self._courses.setdefault((meter, unit), _Course()).waiting.append(point)
        for key in sorted(touched):
            if len(self._courses[key].waiting) > 1:
                self._look(key)

    def finish(self) -> None:
        """Post what still waits."""
        for key, course in sorted(self._courses.items(), key=lambda item: item[0]):
            if course.waiting:
                self._look(key)
            self._close(key, course)

    def _close(self, key: Key, course: _Course) -> None:
        """Post what lies behind the last reading looked at."""
        behind, course.behind = course.behind, []
        if behind:
            span = Span(self.flows, self.ratios, key, behind, self.post.connection, behind[0].at)
            self._post(span, uncovered(behind, span.around))

    def _fits(self, meter: int, point: Point) -> bool:
        zone = zone_for(self.flows.meters.zone(meter), point.at, point.at)
        revision = self.flows.meters.revision(meter, zone.day(point.at), point.line)
        if revision.digits is None or point.shown < Decimal(10) ** revision.digits:
            return True
        self._fault(meter, point, f"the register has {revision.digits} digits and cannot show this")
        return False

    def _fault(self, meter: int, point: Point, reason: str) -> None:
        """Note a reading that cannot be, once."""
        if point.line not in self._faulty:
            self._faulty.add(point.line)
            code = self.flows.meters.seen[meter].code
            column = self.flows.meters.layout.column("value")
            said = f"meter {code} at {iso(point.at)}: {reason}"
            self.faults.add(point.line, column, point.shown, said)

    def _single(self, meter: int, points: Sequence[Point]) -> list[Point]:
        """Take out doubles; unequal readings of one instant are faults."""
        kept: dict[int, Point] = {}
        clash: set[int] = set()
        for point in points:
            known = kept.setdefault(point.at, point)
            if known is not point and known.shown == point.shown:
                self.outcome.doubles += 1
            elif known is not point:
                clash.add(point.at)
        for point in points:
            if point.at in clash:
                self._fault(meter, point, "the register shows different values at one instant")
        return [kept[at] for at in sorted(kept) if at not in clash]

    def _look(self, key: Key) -> None:
        """Compare the waiting readings with the ledger and post what is new."""
        course = self._courses[key]
        points, course.waiting = self._single(key[0], course.waiting), []
        if not points:
            return
        if course.last is not None and points[0].at < course.last.at:
            self._close(key, course)
        since = course.behind[0].at if course.behind else points[0].at
        span = self._cleared(
            Span(self.flows, self.ratios, key, points, self.post.connection, since)
        )
        posted = {p.at: p for p in course.behind} | span.posted()
        new = self._new(span, posted, course)
        self._count(span, course)
        if not new and not course.behind:
            return
        divided = [e for e in span.around if divides(e, new)]
        self._reverse(divided)
        self.outcome.readings += len(new)
        kept = [e for e in span.around if e not in divided]
        merged = sorted((posted | {p.at: p for p in new}).values(), key=lambda p: p.at)
        pairs = uncovered(merged, kept)
        end = points[-1].at
        later = [last for first, last in pairs if first.at >= end]
        course.behind = [points[-1], *later] if later else []
        self._post(span, [pair for pair in pairs if pair[0].at < end])
        if not pairs and len(new) == 1:
            self._begin(span, new[0])

    def _cleared(self, span: Span) -> Span:
        """Take back estimates that share out what readings of the file now divide."""
        shared = shared_advances(self.post.connection, span.around)
        hit = [one for one in shared if one.touched_by(span.points)]
        if not hit:
            return span
        posted, intervals = take_back(self.post, hit, restore=False)
        self.outcome.entries += posted
        self.outcome.replaced += intervals
        return replace(span, known=[p for one in hit for p in one.ends])

    def _new(self, span: Span, posted: dict[int, Point], course: _Course) -> list[Point]:
        """Return the points that are not posted; equal ones are skipped, unequal ones listed."""
        new = []
        mine = {e.id for e in span.around if e.batch_id == self.post.batch}
        reached = course.last.at if course.last else None
        for point in span.points:
            known = posted.get(point.at)
            again = point.at == reached or (
                reached is not None and point.at < reached and known and known.entry in mine
            )
            if known is None:
                new.append(point)
            elif known.shown == point.shown:
                self.outcome.doubles += bool(again)
                self.outcome.skipped += not again
            elif again:
                raise span.contradicts(point)
            elif self.adjust is None:
                self._conflict(span, known, point)
            else:
                self.outcome.adjustments += 1
                self.noticed.note(span.key[0], "conflict_posted", 1, (point.at, point.at),
                                  (point.line, point.line))  # fmt: skip
                new.append(point)
        return new

    def _conflict(self, span: Span, known: Point, point: Point) -> None:
        where = f"register of meter {span.meter.code}"
        self.outcome.conflict(
            Conflict(where, point.at, Fraction(known.shown), Fraction(point.shown), span.unit,
                     point.line, known.entry)
        )  # fmt: skip

    def _count(self, span: Span, course: _Course) -> None:
        """Add the file's own advances to its total, for the user to compare."""
        before = course.last
        points = list(span.points)
        if before is not None and points[0].at < before.at:
            before = None
        elif before is not None and points[0].at == before.at:
            points = points[1:]
        step = self.lengths[span.key[0]].seconds
        for first, last in pairwise([before, *points] if before else points):
            made = span.advance(first, last)
            if isinstance(made, str):
                self._fault(span.key[0], last, made)
                self.noticed.dropped(span.key[0], last.at, last.line, made)
                continue
            flow = self.flows.of(span.key[0], span.zone.day(first.at), first.line)
            total = self.outcome.total(flow.meter, flow.commodity, flow.unit)
            total.add(made.quantity, first.at, last.at, 1, min(step or made.seconds, made.seconds))
            self._say_turned(span, made)
        ends = [p for p in (course.last, span.points[-1]) if p is not None]
        course.last = max(ends, key=lambda p: p.at)

    def _say_turned(self, span: Span, made: Advance) -> None:
        if made.turned:
            self.outcome.warnings.append(
                f"meter {span.meter.code} {made.turned} between {iso(made.first.at)} "
                f"({made.first.shown}) and {iso(made.last.at)} ({made.last.shown})"
            )

    def _reverse(self, entries: Iterable[PostedEntry]) -> None:
        """Post the reversal of entries that new readings divide or replace."""
        whole = whole_rows(self.post.connection, (one.id for one in entries))
        reason = self.adjust or "divided by further readings"
        rows = [turned_back(row, reason) for row in whole.values()]
        self.outcome.entries += post_rows(self.post, rows)

    def _post(self, span: Span, pairs: Sequence[Pair]) -> None:
        made = []
        for first, last in pairs:
            found = span.advance(first, last)
            if isinstance(found, Advance):
                made.append(found)
            elif first.line or last.line:
                self._fault(span.key[0], last if last.line else first, found)
        step = self.lengths[span.key[0]].seconds
        rows = [span.row(group) for group in grouped(made, step, span.zone)]
        self._insert(rows)

    def _begin(self, span: Span, point: Point) -> None:
        """Post a first reading: nothing has flowed, but the next file continues from here."""
        self._insert([span.row([span.begun(point)], profile="[]")])

    def _insert(self, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            first, batch = self.post.reserve(entry, len(rows)), self.post.batch
            self.post.insert_rows(entry, [(first + i, batch, *r) for i, r in enumerate(rows)])
            self.outcome.entries += len(rows)
