"""The difference between a site file and the ledger."""

from collections.abc import Iterator
from dataclasses import replace

from carbonledger.calc.model import Expectation
from carbonledger.errors import Fault
from carbonledger.ledger.state import MeterRevision, MeterState, SiteState, revision_on
from carbonledger.site.catalogue import shipped
from carbonledger.site.change import (
    Change,
    Fields,
    Item,
    Plan,
    account_fields,
    commodity_fields,
    event_fields,
    expectation_fields,
    revision_fields,
)
from carbonledger.site.declared import (
    DeclaredAccount,
    DeclaredCommodity,
    DeclaredEvent,
    DeclaredMeter,
    DeclaredSite,
)
from carbonledger.site.guard import (
    account_refusal,
    commodity_refusal,
    event_refusal,
    meter_refusals,
    timezone_refusals,
)
from carbonledger.site.posted import PostedSummary

Revisions = tuple[MeterRevision, ...]


def plan(declared: DeclaredSite, state: SiteState, posted: PostedSummary) -> Plan:
    """Return what applying a site file would change, and why it may not.

    What the ledger holds and the file does not name stays as it is. A meter in the file has its
    flow of the file from its first `valid_from` on, and the ledger's before that day.

    Args:
        declared: the file.
        state: what the ledger holds.
        posted: from `read_posted` on the same connection.
    """
    ships = shipped()
    accounts = {
        **{code: a for code, a in ships.accounts.items() if code not in state.accounts},
        **declared.accounts,
    }
    commodities = {
        **{code: c for code, c in ships.commodities.items() if code not in state.commodities},
        **declared.commodities,
    }
    changes = (
        *(_account(item, state) for item in accounts.values()),
        *(_commodity(item, state) for item in commodities.values()),
        *(c for item in declared.meters.values() for c in _meter(item, state)),
        *(_event(item, state) for item in declared.events),
        *(_expectation(item.expectation, state) for item in declared.expectations.values()),
    )
    return Plan(
        declared.file,
        changes,
        tuple(_refusals(declared, state, posted, changes)),
        tuple(_stays(declared, state)),
    )


def revise(held: Revisions, declared: Revisions) -> Revisions:
    """Return the revisions to post so that a meter has its declared flow from day to day.

    Args:
        held: revisions in the ledger, ascending.
        declared: revisions of the file, ascending, at least one.

    Returns:
        New revisions, ascending; a day the ledger begins one on and the file does not is given
        the flow of the file, because no revision can be taken away.
    """
    first = declared[0].valid_from
    days = {r.valid_from for r in declared} | {r.valid_from for r in held if r.valid_from >= first}
    timeline = {revision.valid_from: revision for revision in held}
    new = []
    for day in sorted(days):
        wanted = revision_on(declared, day)
        current = revision_on(_ascending(timeline), day)
        if wanted is None or (current and _flow(current) == _flow(wanted)):
            continue
        timeline[day] = replace(wanted, valid_from=day)
        new.append(timeline[day])
    return tuple(new)


def merged(held: Revisions, new: Revisions) -> Revisions:
    """Return the revisions of a meter once new ones are posted."""
    return _ascending({revision.valid_from: revision for revision in (*held, *new)})


def _ascending(timeline: dict[int, MeterRevision]) -> Revisions:
    return tuple(revision for _, revision in sorted(timeline.items()))


def _flow(revision: MeterRevision) -> MeterRevision:
    return replace(revision, valid_from=0)


def _change(kind: str, code: str, before: Fields | None, after: Fields, item: Item) -> Change:
    action = "add" if before is None else "unchanged" if before == after else "change"
    return Change(action, kind, code, before, after, item)


def _account(item: DeclaredAccount, state: SiteState) -> Change:
    held = state.accounts.get(item.code)
    before = account_fields(held) if held else None
    change = _change("account", item.code, before, account_fields(item), item)
    return replace(change, shipped=not item.line)


def _commodity(item: DeclaredCommodity, state: SiteState) -> Change:
    held = state.commodities.get(item.code)
    before = commodity_fields(held) if held else None
    change = _change("commodity", item.code, before, commodity_fields(item), item)
    return replace(change, shipped=not item.line)


def _meter(item: DeclaredMeter, state: SiteState) -> Iterator[Change]:
    """Yield one change for each revision to post, or that nothing changes."""
    held = state.meters.get(item.code)
    revisions = held.revisions if held else ()
    new = revise(revisions, item.revisions)
    for revision in new:
        before = revision_on(revisions, revision.valid_from)
        yield Change(
            action="change" if held else "add",
            kind="meter",
            code=item.code,
            before=revision_fields(before) if before else None,
            after=revision_fields(revision),
            item=revision,
        )
    if not new:
        last = revisions[-1]
        yield _change("meter", item.code, revision_fields(last), revision_fields(last), last)


def _event(item: DeclaredEvent, state: SiteState) -> Change:
    meter = state.meters.get(item.meter)
    key = (item.event.at, item.event.kind)
    held = next((e for e in meter.events if (e.at, e.kind) == key), None) if meter else None
    before = event_fields(held) if held else None
    return _change("event", item.meter, before, event_fields(item.event), item)


def _expectation(item: Expectation, state: SiteState) -> Change:
    held = state.expectations.get(item.code)
    before = expectation_fields(held) if held else None
    return _change("expect", item.code, before, expectation_fields(item), item)


def _refusals(
    declared: DeclaredSite, state: SiteState, posted: PostedSummary, changes: tuple[Change, ...]
) -> Iterator[Fault]:
    file = declared.file
    for account in declared.accounts.values():
        yield from account_refusal(file, account, state)
    for commodity in declared.commodities.values():
        yield from commodity_refusal(file, commodity, state)
    yield from timezone_refusals(declared, state, posted)
    new: dict[str, list[MeterRevision]] = {}
    for change in changes:
        if isinstance(change.item, MeterRevision) and change.action == "change":
            new.setdefault(change.code, []).append(change.item)
        elif isinstance(change.item, DeclaredEvent) and change.action != "unchanged":
            yield from event_refusal(file, change.item, state, posted)
    for code, revisions in new.items():
        held = state.meters[code].revisions
        will = merged(held, tuple(revisions))
        yield from meter_refusals(file, declared.meters[code], held, will, posted.meters.get(code))


def _stays(declared: DeclaredSite, state: SiteState) -> Iterator[tuple[str, str]]:
    """Yield what the ledger holds of this site, or of no site, and the file does not name."""
    ships = shipped()
    others = tuple(code for code in state.sites if code != declared.code)
    for code, account in state.accounts.items():
        if code in declared.accounts or code in ships.accounts:
            continue
        if account.outside or not _within(code, others):
            yield "account", code
    for code in state.commodities:
        if code not in declared.commodities and code not in ships.commodities:
            yield "commodity", code
    for code, meter in state.meters.items():
        if code not in declared.meters and not _of_another(meter, others):
            yield "meter", code
    for code, one in state.expectations.items():
        if code not in declared.expectations and not _expected_of_another(one, state, others):
            yield "expect", code


def _within(code: str, sites: tuple[str, ...]) -> bool:
    return code.partition("/")[0] in sites


def _of_another(meter: MeterState, sites: tuple[str, ...]) -> bool:
    """Tell whether a meter stands in another site of the same ledger."""
    return any(_within(r.source, sites) or _within(r.target, sites) for r in meter.revisions)


def _expected_of_another(one: Expectation, state: SiteState, others: tuple[str, ...]) -> bool:
    """Tell whether what is expected belongs to another site of the same ledger."""
    if one.meter:
        return _of_another(state.meters[one.meter], others)
    return _within(one.source, others) or _within(one.target, others)
