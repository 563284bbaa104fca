"""The tables `[[event]]`: what happened to a meter, at a local time of its zone."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from carbonledger.ledger.state import MeterEvent, MeterRevision, revision_on
from carbonledger.site.declared import DeclaredEvent, DeclaredMeter
from carbonledger.site.fields import FIRST_YEAR, LAST_YEAR, Section, date_of

EVENT_KINDS = ("swap", "rollover", "multiplier", "calibration")
EVENT_KEYS = ("meter", "at", "kind", "old", "new", "multiplier", "expires", "note")
LONGEST_NOTE = 1000
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?([+-][0-9]{2}:[0-9]{2}|Z)?"
)
FORM = 'must be a time of the calendar, like "2024-06-12 14:30"'


def read_events(
    document: Section, meters: Mapping[str, DeclaredMeter], timezone: str
) -> tuple[DeclaredEvent, ...]:
    """Return every event of the file.

    Args:
        document: the whole file.
        meters: the meters of the file, which events refer to.
        timezone: time zone of the site, for meters whose own is at fault.
    """
    value = document.table.get("event", [])
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        document.fault("event", "events are written as [[event]], in double brackets")
        return ()
    found = []
    seen: set[tuple[str, int, str]] = set()
    for place, item in enumerate(value):
        section = Section(document.source, ("event", place), item)
        event = _event(section, meters, timezone)
        key = (event.meter, event.event.at, event.event.kind)
        if event.event.at and key in seen:
            section.fault("", f"stands twice: {event.event.kind} of {event.meter!r} at that time")
        seen.add(key)
        found.append(event)
    return tuple(found)


def _event(section: Section, meters: Mapping[str, DeclaredMeter], timezone: str) -> DeclaredEvent:
    section.allow(*EVENT_KEYS)
    section.need("meter", "at", "kind")
    code, kind = section.text("meter"), section.choice("kind", EVENT_KINDS)
    meter = meters.get(code)
    if code and meter is None:
        section.fault("meter", f"unknown meter {code!r}{section.nearest(code, meters)}")
    moment = time_of(section)
    revision = _revision(meter, moment)
    zone = revision.timezone if revision and revision.timezone else timezone
    old, new = section.exact("old", zero=True), section.exact("new", zero=True)
    if kind and revision is not None:
        _check_readings(section, kind, revision, {"old": old, "new": new})
    event = MeterEvent(
        at=instant_of(section, moment, zone),
        kind=kind,
        old=old,
        new=new,
        note=section.text("note", LONGEST_NOTE),
        multiplier=section.exact("multiplier"),
        expires=_expires(section, kind, zone),
    )
    _check_factor(section, event, revision)
    return DeclaredEvent(code, event, str(moment)[:16] if moment else "", section.line)


def _expires(section: Section, kind: str, zone: str) -> int | None:
    """Return when a calibration ends: the instant written, or the end of the day written."""
    value = section.table.get("expires")
    if value is None:
        return None
    if kind and kind != "calibration":
        section.fault("expires", "is for calibrations")
        return None
    day = None if isinstance(value, datetime) else date_of(value)
    if day is not None and zone:
        after = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
        return int(after.timestamp())
    moment = time_of(section, "expires")
    return instant_of(section, moment, zone, "expires") or None


def _check_factor(section: Section, event: MeterEvent, revision: MeterRevision | None) -> None:
    """Check the keys that only a change of the multiplier or a calibration has."""
    if event.kind == "multiplier":
        section.need("multiplier")
        if revision is not None and revision.reads != "register":
            section.fault(
                "kind",
                f"this meter reads {revision.reads!r}: its multiplier changes from a day on, in a "
                "second table of the meter with valid_from",
            )
    elif event.kind and event.multiplier is not None:
        section.fault(
            "multiplier",
            'is for kind = "multiplier"; a swap with another transformer is two events at one time',
        )
    if event.expires is not None and event.at and event.expires <= event.at:
        section.fault("expires", "lies before the calibration")


def time_of(section: Section, key: str = "at") -> datetime | None:
    """Return the time as written: with an offset if it has one, else as local time."""
    value = section.table.get(key)
    found: datetime | None = None
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, str) and _TIME.fullmatch(value):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
    if found is None or found.microsecond or not FIRST_YEAR <= found.year <= LAST_YEAR:
        if value is not None:
            section.fault(key, FORM)
        return None
    return found


def _revision(meter: DeclaredMeter | None, moment: datetime | None) -> MeterRevision | None:
    """Return what the meter measured on the day of an event; its first revision if before that."""
    if meter is None or not meter.periods:
        return None
    day = moment.year * 10_000 + moment.month * 100 + moment.day if moment else 0
    return revision_on(meter.revisions, day) or meter.revisions[0]


def instant_of(section: Section, moment: datetime | None, zone: str, key: str = "at") -> int:
    """Return a time as seconds since 1970 UTC; 0 when it does not exist or happened twice."""
    if moment is None or not zone:
        return 0
    if moment.tzinfo is not None:
        return int(moment.timestamp())
    place = ZoneInfo(zone)
    instants = {moment.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)}
    real = [i for i in instants if i.astimezone(place).replace(tzinfo=None) == moment]
    if len(real) == 1:
        return int(real[0].timestamp())
    written = f"{moment:%Y-%m-%d %H:%M}"
    if not real:
        section.fault(key, f"{written} does not exist in {zone}: clocks were put forward then")
        return 0
    offsets = sorted(f"{i.astimezone(place):%z}" for i in real)
    named = " or ".join(f"{written}{offset[:3]}:{offset[3:]}" for offset in offsets)
    section.fault(key, f"{written} happened twice in {zone}; write {named}")
    return 0


def _check_readings(
    section: Section, kind: str, revision: MeterRevision, readings: Mapping[str, Decimal | None]
) -> None:
    """Check that an event has the register readings it needs, and no others."""
    register = revision.reads == "register"
    if kind == "rollover" and not register:
        section.fault("kind", f"only a register rolls over; this meter reads {revision.reads!r}")
    if kind == "rollover" and register and revision.digits is None:
        section.fault("kind", "a rollover needs the digits of the meter, register = { digits = 6 }")
    if kind == "swap" and register:
        section.need(*(key for key in ("old", "new") if key not in section.table))
    for key, reading in readings.items():
        if reading is None:
            continue
        if kind == "calibration" or (kind != "multiplier" and not register):
            section.fault(key, "readings belong to swaps and rollovers of registers")
        elif revision.digits is not None and reading >= 10**revision.digits:
            section.fault(key, f"has more digits than the register, which has {revision.digits}")
