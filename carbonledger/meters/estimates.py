"""Estimates as programs ask for them: what is missing, by which method, posted as what it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.model import iso_day
from carbonledger.errors import MeterRefused
from carbonledger.estimation.clock import Clock
from carbonledger.estimation.methods import WINDOW_DAYS, Estimate, linear, profile_of, typical_day
from carbonledger.ingest.clock import iso
from carbonledger.ingest.turning import Row, post_rows
from carbonledger.ledger.book import Header, posting, taken_back
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.state import MeterState, SiteState, read_state
from carbonledger.meters.held import DAY, Held, held
from carbonledger.meters.interval_estimate import Filled, missing_intervals
from carbonledger.meters.register_estimate import long_advances, shared_rows, steps_within
from carbonledger.site.service import meter_of, typed_instant
from carbonledger.units import from_micro

METHODS = ("linear", "typical-day", "profile-of")
# Utilities draw lines over some hours; beyond them a day has a shape that a line has not.
LONGEST_LINE = 7200


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be estimated.

    Attributes:
        meter: code of the meter.
        first: local time or date it begins with.
        last: local time before which it ends, or last date.
        method: one of METHODS.
        other: code of the other meter, for `profile-of`.
        dry_run: show it and post nothing.
        restate: why closed periods are changed; None: they may not be.
    """

    meter: str
    first: str
    last: str
    method: str
    other: str | None = None
    dry_run: bool = False
    restate: str | None = None


@dataclass(slots=True)
class _Work:
    """One estimate in the making."""

    connection: sa.Connection
    state: SiteState
    asked: Asked
    meter: MeterState
    clock: Clock
    low: int
    high: int
    warnings: list[str] = field(default_factory=list)

    @property
    def is_register(self) -> bool:
        """Whether the meter is a cumulative register."""
        return self.meter.revisions[-1].reads == "register"

    def around(self, meter: MeterState) -> Held:
        """Read what is posted of a meter in the span and the weeks around it."""
        margin = (WINDOW_DAYS + 2) * DAY
        return held(self.connection, meter, self.low - margin, self.high + margin, self.clock)

    def by_method(self, missing: Sequence[int], mine: Held) -> Estimate:
        """Estimate values for the starts of missing intervals."""
        if self.asked.method == "linear":
            made = linear(missing, mine.actual())
            self._warn_long(missing, mine.step)
            return made
        if self.asked.method == "typical-day":
            return typical_day(missing, mine.actual(), self.clock)
        other = meter_of(self.state, self.asked.other or "")
        theirs = self.around(other).in_steps_of(mine.step, self.clock)
        return profile_of(missing, mine.actual(), theirs, self.clock)

    def _warn_long(self, missing: Sequence[int], step: int) -> None:
        longest = run = 1
        for before, at in pairwise(missing):
            run = run + 1 if at - before == step else 1
            longest = max(longest, run)
        if longest * step > LONGEST_LINE:
            self.warnings.append(
                f"a line over {longest * step / 3600:g} hours knows no day and no night; "
                "typical-day is usual for gaps of more than 2 hours"
            )


def estimate(ledger: Ledger, asked: Asked, actor: str, now: str) -> dict[str, Any]:
    """Post estimates for what is missing of a meter in a span of time, and only for that.

    Args:
        ledger: opened for writing.
        asked: meter, span and method.
        actor: who posts.
        now: time of posting, ISO 8601 in UTC.

    Returns:
        The answer of `estimate --json`; see docs/estimation.md.

    Raises:
        SiteRefused: a meter is unknown or a time is none.
        MeterRefused: nothing is missing, or too little is known to estimate it.
        PeriodClosed: estimates fall into a closed period, and no reason to restate it is given.
    """
    _check(asked)
    with ledger.transaction() as connection:
        state = read_state(connection)
        meter = meter_of(state, asked.meter)
        zone = meter.revisions[-1].timezone
        low = typed_instant(asked.first, zone)
        high = typed_instant(asked.last, zone, end=True)
        if high <= low:
            raise MeterRefused(
                f"{asked.last} does not lie behind {asked.first}",
                code="estimate-span",
                hint="--from is the first day or instant, --to the last day or the instant behind",
            )
        work = _Work(connection, state, asked, meter, Clock(zone), low, high)
        rows, made, total = _registers(work) if work.is_register else _intervals(work)
        answer = _answer(work, made, total)
        header = Header("estimate", actor, now, _reason(work), _rules(answer), asked.restate)
        with taken_back(connection, when=asked.dry_run), posting(connection, header) as post:
            post.counts.entries = post_rows(post, rows)
            post.counts.readings = len(made.values)
            post.counts.totals = [answer["total"] | {"quantity": str(answer["total"]["quantity"])}]
            post.counts.warnings = work.warnings
        if not asked.dry_run:
            answer["batch"] = post.batch
            answer["entries"] = post.counts.entries
        return answer


def _check(asked: Asked) -> None:
    if (asked.method == "profile-of") != (asked.other is not None):
        raise MeterRefused(
            "profile-of needs the other meter, and no other method has one",
            code="estimate-span",
            hint="write --method profile-of OTHER",
        )


def _intervals(work: _Work) -> tuple[list[Row], Estimate, int]:
    mine = work.around(work.meter)
    if not mine.step:
        raise _nothing_known(work)
    missing = missing_intervals(mine, work.low, work.high, work.clock)
    if not missing:
        raise _nothing_missing(work)
    made = work.by_method(missing, mine)
    filled = Filled(work.state, work.meter, mine.step, work.clock, _note(work))
    rows = filled.rows(made)
    return rows, made, sum(made.values.values())


def _registers(work: _Work) -> tuple[list[Row], Estimate, int]:
    mine = work.around(work.meter)
    advances = long_advances(work.connection, work.meter, mine.step, work.low, work.high)
    if not advances:
        raise _nothing_missing(work)
    rows: list[Row] = []
    whole = Estimate({})
    for one in advances:
        steps = steps_within(one, mine.step, work.clock)
        made = Estimate(dict.fromkeys((start for start, _ in steps), 1))
        if work.asked.method != "linear":
            made = work.by_method([start for start, _ in steps], mine)
        weights = {start: made.values[start] * (end - start) for start, end in steps}
        made_rows, values = shared_rows(one, steps, weights, work.clock, _note(work))
        rows += made_rows
        whole.values |= values
        whole.used |= made.used
        whole.parameters |= made.parameters
        if one["start_utc"] < work.low or one["end_utc"] > work.high:
            work.warnings.append(
                f"the register was read at {work.clock.text(one['start_utc'])} and "
                f"{work.clock.text(one['end_utc'])}; all of the time between is shared out"
            )
    return rows, whole, sum(whole.values.values())


def _note(work: _Work) -> str:
    other = f" {work.asked.other}" if work.asked.other else ""
    return f"estimated: {work.asked.method}{other}"


def _reason(work: _Work) -> str:
    return f"{_note(work)}, {work.asked.meter} {work.asked.first} to {work.asked.last}"


def _nothing_known(work: _Work) -> MeterRefused:
    return MeterRefused(
        f"nothing is posted of meter {work.asked.meter} within {WINDOW_DAYS} days of the span",
        code="estimate-history",
        hint="import its readings first",
    )


def _nothing_missing(work: _Work) -> MeterRefused:
    return MeterRefused(
        f"nothing is missing of meter {work.asked.meter} from {work.asked.first} to "
        f"{work.asked.last}",
        code="estimate-nothing",
        hint="carbonledger status lists the gaps; reverse an estimate before you post another",
    )


def _answer(work: _Work, made: Estimate, total: int) -> dict[str, Any]:
    revision = work.meter.on(work.clock.day(min(made.values))) or work.meter.revisions[0]
    unit = work.state.commodities[revision.commodity].unit
    days = _days(work.clock, made)
    return {
        "batch": None,
        "dry_run": work.asked.dry_run,
        "meter": work.asked.meter,
        "commodity": revision.commodity,
        "method": work.asked.method,
        "other": work.asked.other,
        "from": iso(min(made.values)),
        "intervals": len(made.values),
        "entries": 0,
        "quantity": from_micro(total),
        "unit": unit,
        "parameters": made.parameters,
        "warnings": work.warnings,
        "days": days,
        "total": {"meter": work.asked.meter, "commodity": revision.commodity,
                  "quantity": from_micro(total), "unit": unit},
    }  # fmt: skip


def _days(clock: Clock, made: Estimate) -> list[dict[str, Any]]:
    found: dict[int, list[int]] = {}
    for at, value in sorted(made.values.items()):
        found.setdefault(clock.day(at), []).append(value)
    return [
        {
            "local_day": iso_day(day),
            "intervals": len(values),
            "quantity": from_micro(sum(values)),
            "days_used": len(made.used.get(day, ())),
            "spread": from_micro(made.spreads[day]) if day in made.spreads else None,
            "rests_on": [iso_day(used) for used in made.used.get(day, ())],
        }
        for day, values in sorted(found.items())
    ]


def _rules(answer: Mapping[str, Any]) -> str:
    """Return the method, its parameters and the days it rests on as canonical JSON."""
    kept = {
        "estimate": answer["method"], "meter": answer["meter"], "other": answer["other"],
        "parameters": answer["parameters"],
        "days": {day["local_day"]: day["rests_on"] for day in answer["days"]},
    }  # fmt: skip
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
