"""What applying a site file would do: changes, refusals, and what is not in the file."""

from dataclasses import dataclass
from datetime import UTC, datetime

from carbonledger.calc.model import BaseYear, Expectation, Ownership, iso_day
from carbonledger.errors import Fault, SiteRefused
from carbonledger.ledger.state import AccountState, CommodityState, MeterEvent, MeterRevision
from carbonledger.site.declared import DeclaredAccount, DeclaredCommodity, DeclaredEvent

Item = DeclaredAccount | DeclaredCommodity | DeclaredEvent | MeterRevision | Expectation
Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing the file declares, beside what the ledger holds of it.

    Attributes:
        action: `add`, `change` or `unchanged`.
        kind: `account`, `commodity`, `meter`, `event` or `expect`.
        code: code of the account, commodity or meter, name of the expectation.
        before: what the ledger holds, by key of the file; None when it holds nothing.
        after: what it will hold.
        item: what is to be posted; of a meter the revision of one day.
        shipped: it comes with the program, no file declares it.
    """

    action: str
    kind: str
    code: str
    before: Fields | None
    after: Fields
    item: Item
    shipped: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All that applying a site file would do; nothing was done.

    Attributes:
        file: name of the file.
        changes: in the order they are posted in: accounts, commodities, meters, events, what must
            arrive.
        refusals: why the file cannot be applied; with one of them nothing is.
        stays: kind and code of what the ledger holds of this site and the file does not name.
            Nothing is ever removed.
    """

    file: str
    changes: tuple[Change, ...]
    refusals: tuple[Fault, ...] = ()
    stays: tuple[tuple[str, str], ...] = ()

    @property
    def todo(self) -> tuple[Change, ...]:
        """The changes that post something."""
        return tuple(change for change in self.changes if change.action != "unchanged")

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to post: the ledger holds what the file declares."""
        return not self.todo

    def count(self, action: str) -> int:
        """Return how many changes have an action."""
        return sum(change.action == action for change in self.changes)


def check(plan: Plan) -> None:
    """Let a plan pass that can be carried out.

    Raises:
        SiteRefused: `site-posted`; the plan would alter the meaning of posted entries.
    """
    if not plan.refusals:
        return
    first = plan.refusals[0]
    others = len(plan.refusals) - 1
    more = f" (and {others} more)" if others else ""
    raise SiteRefused(
        f"{plan.file} cannot be applied: {first.text!r} {first.reason}{more}",
        code="site-posted",
        hint="what is posted keeps its meaning; declare the change from a later day on, under "
        "another code, or reverse the batches concerned first",
        problems=plan.refusals,
    )


def account_fields(account: DeclaredAccount | AccountState) -> Fields:
    """Return the properties of an account by key of the file; inherited ones are left out."""
    region, timezone = (
        (account.own_region, account.own_timezone)
        if isinstance(account, AccountState)
        else (account.region, account.timezone)
    )
    return _filled(
        kind=account.kind,
        region=region,
        timezone=timezone,
        technology=account.technology,
        treatment=account.treatment,
        tolerance="" if account.tolerance is None else f"{account.tolerance:f}",
        **{f"name.{lang}": name for lang, name in account.names.items()},
        **ownership_fields(account.ownership),
        **base_year_fields(account.base_year),
    )


def base_year_fields(base: BaseYear | None) -> Fields:
    """Return a base year and the structural changes since by key of the file."""
    if base is None:
        return {}
    policy = (f"{base.threshold:f}%", base.method, base.consolidation, base.total)
    found = {"base_year": " ".join((str(base.year), *filter(None, policy)))}
    for one in base.structures:
        said = [one.kind, one.account, iso_day(one.day)]
        said += [] if one.emissions_t is None else [f"{one.emissions_t:f} t", one.source]
        said += ["reported_in_scope_3"] if one.reported_in_scope_3 else []
        found[f"structure.{one.code}"] = " ".join(said)
    return found


def ownership_fields(held: tuple[Ownership, ...]) -> Fields:
    """Return what the company holds of an account by key of the file; later days in brackets."""
    found: Fields = {}
    for one in held:
        since = f" ({iso_day(one.valid_from)})" if one.valid_from else ""
        found[f"equity{since}"] = "" if one.equity is None else f"{one.equity:f}%"
        found[f"financial_control{since}"] = one.financial_control
        found[f"operational_control{since}"] = one.operational_control
    return found


def commodity_fields(commodity: DeclaredCommodity | CommodityState) -> Fields:
    """Return the properties of a commodity by key of the file."""
    return _filled(
        kind=commodity.kind,
        unit=commodity.unit,
        mass_kg="" if commodity.mass_kg is None else f"{commodity.mass_kg:f}",
        note=commodity.note,
        **{f"name.{lang}": name for lang, name in commodity.names.items()},
    )


def revision_fields(revision: MeterRevision) -> Fields:
    """Return what a meter measures by key of the file; without the day it begins."""
    return _filled(
        **{"from": revision.source},
        to=revision.target,
        commodity=revision.commodity,
        unit=revision.unit,
        reads=revision.reads,
        digits="" if revision.digits is None else str(revision.digits),
        multiplier=f"{revision.multiplier:f}",
        timezone=revision.timezone,
        conversion=revision.conversion,
        **{"class": revision.accuracy_class},
        tolerance="" if revision.tolerance is None else f"{revision.tolerance:f}",
        tolerance_source=revision.tolerance_source,
    )


def event_fields(event: MeterEvent) -> Fields:
    """Return an event by key of the file; without its time."""
    return _filled(
        kind=event.kind,
        old="" if event.old is None else f"{event.old:f}",
        new="" if event.new is None else f"{event.new:f}",
        multiplier="" if event.multiplier is None else f"{event.multiplier:f}",
        expires="" if event.expires is None else _utc(event.expires),
        note=event.note,
    )


def expectation_fields(one: Expectation) -> Fields:
    """Return an expectation by key of the file."""
    return _filled(
        meter=one.meter,
        commodity=one.commodity,
        **{"from": one.source},
        to=one.target,
        every=one.frequency,
        since=iso_day(one.since),
        until="" if one.until is None else iso_day(one.until),
        due_days=str(one.due_days),
        owner=one.owner,
        whole="true" if one.whole else "",
        note=one.note,
    )


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def differing(before: Fields, after: Fields) -> dict[str, tuple[str, str]]:
    """Return what two sets of properties differ in, each with its value before and after."""
    keys = dict.fromkeys((*before, *after))
    pairs = {key: (before.get(key, ""), after.get(key, "")) for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _filled(**fields: str) -> Fields:
    return {key: value for key, value in fields.items() if value}
