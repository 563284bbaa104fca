"""What may not change once entries are posted.

An entry says what flowed from where to where. Its meter, its commodity and its accounts are read
again whenever the next file comes in, so they must still mean what they meant then.
"""

from collections.abc import Iterator

from carbonledger.calc.model import iso_day
from carbonledger.errors import Fault
from carbonledger.ledger.state import MeterRevision, SiteState, ancestors, revision_on
from carbonledger.site.change import Fields, differing, revision_fields
from carbonledger.site.declared import (
    DeclaredAccount,
    DeclaredCommodity,
    DeclaredEvent,
    DeclaredMeter,
    DeclaredSite,
)
from carbonledger.site.posted import PostedSpan, PostedSummary

Revisions = tuple[MeterRevision, ...]


def account_refusal(file: str, account: DeclaredAccount, state: SiteState) -> Iterator[Fault]:
    """Yield why an account cannot be declared so: it would move across the boundary."""
    held = state.accounts.get(account.code)
    if held is not None and held.outside != account.outside:
        was, now = ("outside", "inside") if held.outside else ("inside", "outside")
        reason = (
            f"is an account {was} of the sites in this ledger and would become one {now}, and all "
            "its posted flows with it; give the new account another code"
        )
        yield Fault(file, account.line, "", account.code, reason)


def commodity_refusal(file: str, item: DeclaredCommodity, state: SiteState) -> Iterator[Fault]:
    """Yield why a commodity cannot be declared so: kind and canonical unit never change."""
    held = state.commodities.get(item.code)
    pairs = (("kind", held.kind, item.kind), ("unit", held.unit, item.unit)) if held else ()
    for key, was, now in pairs:
        if was != now:
            reason = (
                f"has the {key} {was} in this ledger, and the file says {now}; quantities are "
                f"posted by it: declare the {key} {now} under another code"
            )
            yield Fault(file, item.line, key, item.code, reason)


def timezone_refusals(
    declared: DeclaredSite, state: SiteState, posted: PostedSummary
) -> Iterator[Fault]:
    """Yield the accounts with posted records whose local days would become others.

    The same file of records, imported again, would then be other periods and be posted twice.
    """
    for code in sorted(posted.records):
        held = state.accounts[code]
        if held.outside or not held.timezone:
            continue
        line, zone = _zone(code, declared, state)
        if zone != held.timezone:
            reason = (
                f"has posted records with local days of {held.timezone}; its time zone cannot "
                f"become {zone}"
            )
            yield Fault(declared.file, line, "timezone", code, reason)


def _zone(code: str, declared: DeclaredSite, state: SiteState) -> tuple[int, str]:
    """Return the time zone an account will have, with the line that says so."""
    for place in ancestors(code):
        if place in declared.accounts:
            zone, line = declared.accounts[place].timezone, declared.accounts[place].line
        else:
            zone, line = state.accounts[place].own_timezone, 0
        if zone:
            return line, zone
    return 0, ""


def meter_refusals(
    file: str, meter: DeclaredMeter, held: Revisions, will: Revisions, span: PostedSpan | None
) -> Iterator[Fault]:
    """Yield why a meter cannot be declared so: on a posted day it would measure something else.

    Args:
        file: name of the file.
        meter: the meter as declared.
        held: its revisions in the ledger.
        will: its revisions once the file is applied.
        span: its posted days; None when there are none.
    """
    if span is None:
        return
    edges = {revision.valid_from for revision in (*held, *will)}
    days = sorted({span.first_day, *(d for d in edges if span.first_day < d <= span.last_day)})
    for day in days:
        before, after = revision_on(held, day), revision_on(will, day)
        changed = _altered(before, after)
        if changed:
            yield Fault(
                file, _line(meter, day), next(iter(changed)), meter.code, _why(changed, span)
            )
            return


def _altered(
    before: MeterRevision | None, after: MeterRevision | None
) -> dict[str, tuple[str, str]]:
    was: Fields = revision_fields(before) if before else {}
    now: Fields = revision_fields(after) if after else {}
    changed = differing(was, now)
    # How well a meter measures changes nothing of what it measured.
    for key in ("class", "tolerance", "tolerance_source"):
        changed.pop(key, None)
    # A register without digits never wrapped, so nothing posted depends on how many it has.
    if "digits" not in was:
        changed.pop("digits", None)
    return changed


def _why(changed: dict[str, tuple[str, str]], span: PostedSpan) -> str:
    what = ", ".join(
        f"{key} from {was or '—'} to {now or '—'}" for key, (was, now) in changed.items()
    )
    return (
        f"has entries posted from {iso_day(span.first_day)} to {iso_day(span.last_day)}, and "
        f"{what} would change within these days; keep the table as it was and add a second one "
        f"with valid_from later than {iso_day(span.last_day)}"
    )


def _line(meter: DeclaredMeter, day: int) -> int:
    holding = [p for p in meter.periods if p.revision.valid_from <= day]
    return (holding or list(meter.periods))[-1].line


def event_refusal(
    file: str, item: DeclaredEvent, state: SiteState, posted: PostedSummary
) -> Iterator[Fault]:
    """Yield why an event cannot be declared so: posted, or it would change posted intervals."""
    meter = state.meters.get(item.meter)
    if meter is None:
        return
    event = item.event
    held = next((e for e in meter.events if (e.at, e.kind) == (event.at, event.kind)), None)
    key = (item.meter, event.at, event.kind)
    by_hand = f"carbonledger meter event {item.meter}"
    if held is not None:
        reason = (
            f"has a {event.kind} posted at {item.local} with other readings or another note; "
            f"mend this file, or correct what is posted with {by_hand}"
        )
        yield Fault(file, item.line, "", item.meter, reason)
    elif key in posted.withdrawn:
        reason = (
            f"had a {event.kind} at {item.local} that batch {posted.withdrawn[key]} took back; "
            f"take it out of this file, or declare it again with {by_hand}"
        )
        yield Fault(file, item.line, "", item.meter, reason)
    elif event.kind != "calibration" and (item.meter, event.at) in posted.covered:
        reason = (
            f"has values posted around {item.local}, which a {event.kind} then would make others; "
            f"declare it with {by_hand}, which counts them again and shows what changed"
        )
        yield Fault(file, item.line, "at", item.meter, reason)
