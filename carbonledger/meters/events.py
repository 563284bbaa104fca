"""Events of meters as programs ask for them: posted, corrected, withdrawn, listed."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from carbonledger.errors import MeterRefused
from carbonledger.ingest.clock import iso
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.multipliers import MULTIPLIER, multipliers
from carbonledger.ledger.schema import batch, meter_event
from carbonledger.ledger.state import MeterEvent, MeterState, SiteState, read_state
from carbonledger.meters.recount import Change, Recount
from carbonledger.site.apply import post_event
from carbonledger.site.service import declared_event, meter_of, typed_instant
from carbonledger.units import from_micro

END_OF_TIME = 1 << 40
RECOUNTED = ("swap", "rollover", MULTIPLIER)
Values = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class _Deed:
    """What is done: `posted`, `corrected` or `withdrawn`, of which event of a meter as it was."""

    meter: MeterState
    event: MeterEvent
    action: str

    @property
    def after(self) -> MeterState:
        """The meter as it is then."""
        key = (self.event.at, self.event.kind)
        others = [e for e in self.meter.events if (e.at, e.kind) != key]
        kept = others if self.action == "withdrawn" else [*others, self.event]
        return replace(self.meter, events=tuple(sorted(kept, key=lambda e: (e.at, e.kind))))


def declare_event(
    ledger: Ledger, values: Values, actor: str, now: str, *, restate: str | None = None
) -> dict[str, Any]:
    """Post what happened to a meter, or correct an event of the same time and kind.

    Posted intervals that it makes others are turned back and posted again in the same batch.

    Args:
        ledger: opened for writing.
        values: keys of an event as in a site file: `meter`, `at`, `kind`, `old`, `new`,
            `multiplier`, `expires`, `note`.
        actor: who posts.
        now: time of posting, ISO 8601 in UTC.
        restate: why closed periods are changed; None: they may not be.

    Returns:
        `{"batch", "meter", "kind", "at", "action", "entries", "before", "after", "unit",
        "changes"}`; the batch is None when the ledger holds the event as it is.

    Raises:
        SiteRefused: the meter is unknown, or the time or readings are faulty.
        MeterRefused: with the event nobody could say any more what flowed between posted readings.
        PeriodClosed: it changes figures of a closed period, and `restate` gives no reason.
    """
    with ledger.transaction() as connection:
        state = read_state(connection)
        item = declared_event(state, values)
        meter = state.meters[item.meter]
        held = _held(meter, item.event)
        if held == item.event:
            told = _answer(_Deed(meter, item.event, "unchanged"), None, [], 0)
            return told | {"estimates_taken_back": 0}
        deed = _Deed(meter, item.event, "posted" if held is None else "corrected")
        reason = f"{item.event.kind} of {item.meter} at {item.local}"
        why = f"{reason}: {item.event.note}".rstrip(": ")
        header = Header("event", actor, now, why, restate=restate)
        return _post(connection, state, deed, header)


def withdraw_event(
    ledger: Ledger, values: Values, why: str, actor: str, now: str, *, restate: str | None = None
) -> dict[str, Any]:
    """Take an event back: figures become what they are without it.

    Args:
        ledger: opened for writing.
        values: `meter`, `at` and `kind` of the event.
        why: the reason.
        actor: who posts.
        now: time of posting, ISO 8601 in UTC.
        restate: why closed periods are changed; None: they may not be.

    Returns:
        As `declare_event`.

    Raises:
        SiteRefused: the meter is unknown, or the time is faulty.
        MeterRefused: there is no such event, no reason is given, or without the event nobody could
            say any more what flowed between posted readings.
        PeriodClosed: it changes figures of a closed period, and `restate` gives no reason.
    """
    if not why.strip():
        raise MeterRefused(
            "a withdrawal needs a reason", code="reason", hint='say why: --withdraw "…"'
        )
    with ledger.transaction() as connection:
        state = read_state(connection)
        meter, at, kind = (values[key] or "" for key in ("meter", "at", "kind"))
        known = meter_of(state, meter)
        instant = typed_instant(at, known.revisions[-1].timezone)
        held = _held(known, MeterEvent(instant, kind))
        if held is None:
            raise MeterRefused(
                f"meter {meter} has no {kind} at {at}",
                code="event-unknown",
                hint=f"carbonledger meter events {meter} lists what is posted",
            )
        header = Header("event", actor, now, why, restate=restate)
        return _post(connection, state, _Deed(known, held, "withdrawn"), header)


def _held(meter: MeterState, event: MeterEvent) -> MeterEvent | None:
    return next((e for e in meter.events if (e.at, e.kind) == (event.at, event.kind)), None)


def _post(
    connection: sa.Connection, state: SiteState, deed: _Deed, header: Header
) -> dict[str, Any]:
    before, after, event = deed.meter, deed.after, deed.event
    with posting(connection, header) as post:
        post_event(post, before.id, event, withdrawn=deed.action == "withdrawn")
        count = Recount(post, state, before, after, header.reason or "")
        changes = count.run(*_span(before, after, event)) if event.kind in RECOUNTED else []
        post.counts.entries = count.entries
    told = _answer(deed, post.batch, changes, count.entries)
    return told | {"estimates_taken_back": count.estimated}


def _span(before: MeterState, after: MeterState, event: MeterEvent) -> tuple[int, int]:
    """Return the time whose figures may change: to the next change of the multiplier."""
    if event.kind != MULTIPLIER:
        return event.at, event.at
    ends = [multipliers(meter).until(event.at) for meter in (before, after)]
    return event.at, max(END_OF_TIME if end is None else end for end in ends)


def _answer(deed: _Deed, number: int | None, changes: list[Change], entries: int) -> dict[str, Any]:
    zone = ZoneInfo(deed.meter.revisions[-1].timezone)
    units = sorted({change.unit for change in changes})
    return {
        "batch": number,
        "meter": deed.meter.code,
        "kind": deed.event.kind,
        "at": iso(deed.event.at),
        "action": deed.action,
        "entries": entries,
        "before": from_micro(sum(change.before for change in changes)),
        "after": from_micro(sum(change.after for change in changes)),
        "unit": units[0] if len(units) == 1 else None,
        "changes": [_told(change, zone) for change in changes],
    }


def _told(change: Change, zone: ZoneInfo) -> dict[str, Any]:
    start = datetime.fromtimestamp(change.start, zone)
    return {
        "local_day": start.date().isoformat(), "start": iso(change.start), "end": iso(change.end),
        "before": from_micro(change.before), "after": from_micro(change.after),
        "unit": change.unit,
    }  # fmt: skip


def list_events(ledger: Ledger, code: str, as_of: int | None = None) -> dict[str, Any]:
    """List all that was ever posted of a meter's events, and what of it holds.

    Args:
        ledger: the ledger.
        code: the meter.
        as_of: last batch to take into account; None: all.

    Returns:
        `{"meter", "multiplier", "events": [{"at", "local", "kind", "old", "new", "multiplier",
        "expires", "note", "state", "batch", "reason"}]}`; `state` is `holds`, `corrected`,
        `withdrawn` or, of the row that takes an event back, `withdrawal`.

    Raises:
        SiteRefused: there is no such meter.
    """
    with ledger.read() as connection:
        state = read_state(connection, as_of)
        meter = meter_of(state, code)
        query = (
            sa.select(meter_event, batch.c.reason)
            .join(batch, batch.c.id == meter_event.c.batch_id)
            .where(meter_event.c.meter_id == meter.id)
            .order_by(meter_event.c.at_utc, meter_event.c.kind, meter_event.c.batch_id)
        )
        if as_of is not None:
            query = query.where(meter_event.c.batch_id <= as_of)
        rows = [dict(row) for row in connection.execute(query).mappings()]
    last = {(row["at_utc"], row["kind"]): row for row in rows}
    zone = ZoneInfo(meter.revisions[-1].timezone)
    return {
        "meter": code,
        "multiplier": multipliers(meter).at(END_OF_TIME),
        "events": [_listed(row, last[row["at_utc"], row["kind"]], zone) for row in rows],
    }


def _listed(row: dict[str, Any], last: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    at, expires = row["at_utc"], row["expires_utc"]
    return {
        "at": iso(at),
        "local": f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}",
        "kind": row["kind"],
        "old": _number(row["old_reading"]),
        "new": _number(row["new_reading"]),
        "multiplier": _number(row["multiplier"]),
        "expires": None if expires is None else iso(expires),
        "note": row["note"],
        "state": _state(row, last),
        "batch": row["batch_id"],
        "reason": row["reason"],
    }


def _state(row: dict[str, Any], last: dict[str, Any]) -> str:
    if row["withdrawn"]:
        return "withdrawal"
    if row is last:
        return "holds"
    return "withdrawn" if last["withdrawn"] else "corrected"


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
