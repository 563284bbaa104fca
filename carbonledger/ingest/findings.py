"""The validation of an import: what the rules say of its meters, stored with its batch.

Looked at is the file together with what was posted before, the last 400 days of it. What is told
has to do with the time of the file; a step of level that an earlier batch told of is not told
again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from carbonledger.ingest.history import BEHIND, days_around, exact_days, told_steps
from carbonledger.ingest.meters import Meters
from carbonledger.ingest.noticed import Noticed
from carbonledger.ingest.packing import dates
from carbonledger.ledger.book import Posting
from carbonledger.ledger.canon import text as canonical
from carbonledger.ledger.coverage import utc
from carbonledger.ledger.schema import entry, finding
from carbonledger.ledger.series import around, day_sums, places, span_of, unmetered
from carbonledger.ledger.state import MeterState, SiteState
from carbonledger.validation.days import DAY, Days, join
from carbonledger.validation.finding import (
    Finding,
    decimal_text,
    local_day,
    sentence,
)
from carbonledger.validation.judge import judge, shortened
from carbonledger.validation.limits import Limits
from carbonledger.validation.parts import above_main, flow_of

APART = 45 * DAY


@dataclass(frozen=True, slots=True)
class Found:
    """A finding of a meter, ready to be stored and told."""

    meter: MeterState
    unit: str
    of: Finding

    @property
    def zone(self) -> str:
        """Time zone of the meter."""
        return self.meter.revisions[-1].timezone

    def say(self, lang: str | None = None) -> str:
        """Say it in one sentence."""
        return sentence(self.of, self.meter.code, self.unit, self.zone, lang)

    def row(self) -> dict[str, Any]:
        """Return the columns of the table `finding`."""
        one = self.of
        return {
            "meter_id": self.meter.id, "kind": one.kind, "severity": one.severity,
            "start_utc": one.start, "end_utc": one.end,
            "first_day": local_day(one.start, self.zone),
            "last_day": local_day(max(one.start, one.end - 1), self.zone),
            "count": one.count, "value": decimal_text(one.value),
            "expected": decimal_text(one.expected),
            "unit": None if one.value is None else self.unit,
            "parameters": canonical(dict(one.more)), "text_en": self.say("en"),
            "text_zh": self.say("zh"), "line_first": one.line_first, "line_last": one.line_last,
        }  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as `import --json` shows it."""
        row = self.row()
        names = ("kind", "severity", "count", "value", "expected", "unit", "line_first",
                 "line_last")  # fmt: skip
        return {
            "meter": self.meter.code, "start": utc(self.of.start), "end": utc(self.of.end),
            **{name: row[name] for name in names}, **self.of.more, "text": self.say(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Validation:
    """The validation of one file.

    Attributes:
        connection: to the ledger, in the transaction of the import.
        site: accounts, commodities and meters.
        meters: those of the file.
        noticed: what passed by.
        qualities: flags by number.
        batch: number of the batch being posted.
        before: numbers, in the ledger, of the meters that had entries before.
        limits: from when on something is told.
    """

    connection: sa.Connection
    site: SiteState
    meters: Meters
    noticed: Noticed
    qualities: list[str]
    batch: int
    before: frozenset[int]
    limits: Limits

    def found(self) -> list[Found]:
        """Apply the rules, in order of meter, kind and time."""
        by_meter: dict[int, list[Finding]] = {}
        for number, days, span in self._series():
            touching = [one for one in judge(days, self.limits, span) if _touches(one, span)]
            by_meter.setdefault(number, []).extend(touching)
        self._forget_told(by_meter)
        for number in sorted(self.noticed.noted()):
            told = self.noticed.told(number, self.qualities)
            by_meter.setdefault(number, []).extend(told)
        found = [
            Found(self.meters.seen[number], self._unit(self.meters.seen[number]), one)
            for number in sorted(by_meter)
            for one in shortened(by_meter[number])
        ]
        found += self._above_mains()
        return sorted(found, key=lambda one: (one.meter.code, one.of.kind, one.of.start))

    def _unit(self, meter: MeterState) -> str:
        return self.site.commodities[meter.revisions[-1].commodity].unit

    def _series(self) -> Iterator[tuple[int, Days, tuple[int, int]]]:
        """Yield each meter of the file with its days and the time of the file."""
        registers = self.meters.cumulative()
        fresh = self.noticed.of_meters()
        span = _span(fresh)
        held = self._held(list(fresh), span) if span else {}
        mixed = {n for n, days in fresh.items() if n in held and _overlap(days, held[n])}
        for number, days in fresh.items():
            if number not in mixed:
                whole = join([days, held[number]]) if number in held else days
                yield number, whole, (int(days.start[0]), int(days.end.max()))
        cumulative = {n for n in range(len(self.meters.seen)) if registers[n]}
        yield from self._exact(cumulative | mixed)

    def _held(self, numbers: Iterable[int], span: tuple[int, int]) -> dict[int, Days]:
        """Return what other batches say of the meters of the file, by number in the file."""
        ids = {self.meters.seen[n].id: n for n in numbers}
        wanted = sorted(self.before & set(ids))
        held = days_around(self.connection, wanted, span, self.batch) if wanted else {}
        return {ids[number]: days for number, days in held.items()}

    def _exact(self, numbers: set[int]) -> Iterator[tuple[int, Days, tuple[int, int]]]:
        """Yield meters whose values are read back from the ledger, the new ones with them."""
        ids = {self.meters.seen[n].id: n for n in numbers}
        if not ids:
            return
        query = (
            sa.select(
                entry.c.meter_id, sa.func.min(entry.c.start_utc), sa.func.max(entry.c.end_utc),
                sa.func.min(entry.c.first_day), sa.func.max(entry.c.last_day),
            )
            .where(entry.c.batch_id == self.batch, entry.c.meter_id.is_not(None))
            .group_by(entry.c.meter_id)
        )  # fmt: skip
        spans = {row[0]: row[1:] for row in self.connection.execute(query) if row[0] in ids}
        if not spans:
            return
        days = min(s[2] for s in spans.values()), max(s[3] for s in spans.values())
        for number, of_meter in exact_days(self.connection, spans, days, self.batch).items():
            yield ids[number], of_meter, (spans[number][0], spans[number][1])

    def _forget_told(self, by_meter: dict[int, list[Finding]]) -> None:
        """Take out steps that an earlier batch has told of."""
        stepped = {n for n, some in by_meter.items() if any(one.kind == "step" for one in some)}
        told = told_steps(self.connection, (self.meters.seen[n].id for n in stepped))
        for number in stepped:
            starts = told.get(self.meters.seen[number].id, [])
            by_meter[number] = [
                one
                for one in by_meter[number]
                if one.kind != "step" or all(abs(one.start - s) > APART for s in starts)
            ]

    def _above_mains(self) -> Iterator[Found]:
        """Compare the meters before and behind each account that the file has meters of."""
        here = {
            (code, r.commodity)
            for meter in self.meters.seen
            for r in meter.revisions
            for code in (r.source, r.target)
        }
        wanted = places(self.site) & here
        days = span_of(self.connection, self.batch) if wanted else None
        if days is None:
            return
        wanted -= unmetered(self.connection, self.site, days)
        sums = day_sums(self.connection, self.site, around(self.site, wanted), days)
        flows = [flow_of(one[:4], *one[4:]) for one in sums]
        for code, one in above_main(flows, wanted, self.limits.above_main_percent):
            meter = self.site.meters[code]
            yield Found(meter, self._unit(meter), one)


def _span(fresh: dict[int, Days]) -> tuple[int, int] | None:
    """Return the first and last local day of a file, yyyymmdd."""
    ends = [int(day) for days in fresh.values() for day in (days.day[0], days.day.max())]
    if not ends:
        return None
    first, last = dates(np.array([min(ends), max(ends)], np.int64))
    return first, last


def _overlap(fresh: Days, held: Days) -> bool:
    """Tell whether something posted before lies within the time of the file, piece by piece."""
    place = np.searchsorted(fresh.end, held.start, side="right")
    inside = place < len(fresh)
    place = np.minimum(place, len(fresh) - 1)
    return bool((inside & (fresh.start[place] < held.end)).any())


def _touches(one: Finding, span: tuple[int, int]) -> bool:
    """Tell whether a finding has to do with the time of the file.

    A gap lies beside it as well; a step may lie in the year behind it, which the file, come late,
    is the first to be compared with.
    """
    if one.kind == "step":
        return one.start < span[1] + BEHIND * DAY and one.end > span[0]
    if one.kind == "gap":
        return one.start <= span[1] and one.end >= span[0]
    return one.start < span[1] and one.end > span[0]


def store(post: Posting, found: list[Found]) -> None:
    """Post the findings as rows of the batch."""
    if found:
        post.insert_many(finding, [one.row() for one in found])
