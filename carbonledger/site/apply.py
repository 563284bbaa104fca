"""Posting what a plan says: the rows of one batch."""

from decimal import Decimal

from carbonledger.calc.model import Expectation
from carbonledger.ledger import schema
from carbonledger.ledger.book import Inserting
from carbonledger.ledger.state import (
    MeterEvent,
    MeterRevision,
    SiteState,
    base_year_text,
    ownership_text,
)
from carbonledger.site.change import Change, Plan, check
from carbonledger.site.declared import DeclaredAccount, DeclaredCommodity, DeclaredEvent


def apply_plan(post: Inserting, plan: Plan, state: SiteState) -> None:
    """Post every change of a plan.

    Args:
        post: the batch being posted.
        plan: from `plan`, on the state that the ledger still holds.
        state: that state; it gives the ids of what is there already.

    Raises:
        SiteRefused: `site-posted`; the plan has refusals. Nothing was posted.
    """
    check(plan)
    writer = _Writer(post, state)
    for change in plan.todo:
        writer.write(change)


class _Writer:
    """Posts changes and keeps the ids of what was posted, for those that refer to it."""

    def __init__(self, post: Inserting, state: SiteState) -> None:
        self._post = post
        self._accounts = {code: item.id for code, item in state.accounts.items()}
        self._commodities = {code: item.id for code, item in state.commodities.items()}
        self._meters = {code: item.id for code, item in state.meters.items()}

    def write(self, change: Change) -> None:
        """Post one change."""
        item = change.item
        if isinstance(item, DeclaredAccount):
            self._account(item)
        elif isinstance(item, DeclaredCommodity):
            self._commodity(item)
        elif isinstance(item, MeterRevision):
            self._revision(change.code, item)
        elif isinstance(item, Expectation):
            self._expectation(item)
        else:
            self._event(item)

    def _account(self, item: DeclaredAccount) -> None:
        if item.code not in self._accounts:
            self._accounts[item.code] = self._post.insert(
                schema.account, code=item.code, outside=int(item.outside)
            )
        self._post.insert(
            schema.account_revision,
            account_id=self._accounts[item.code],
            kind=item.kind,
            region=item.region or None,
            timezone=item.timezone or None,
            technology=item.technology or None,
            treatment=item.treatment or None,
            name_en=item.names.get("en"),
            name_zh=item.names.get("zh"),
            tolerance=_text(item.tolerance),
            ownership=ownership_text(item.ownership),
            base_year=base_year_text(item.base_year),
        )

    def _commodity(self, item: DeclaredCommodity) -> None:
        if item.code not in self._commodities:
            self._commodities[item.code] = self._post.insert(
                schema.commodity, code=item.code, kind=item.kind, unit=item.unit
            )
        self._post.insert(
            schema.commodity_revision,
            commodity_id=self._commodities[item.code],
            mass_kg=None if item.mass_kg is None else f"{item.mass_kg:f}",
            name_en=item.names.get("en"),
            name_zh=item.names.get("zh"),
            note=item.note or None,
        )

    def _revision(self, code: str, item: MeterRevision) -> None:
        if code not in self._meters:
            self._meters[code] = self._post.insert(schema.meter, code=code)
        self._post.insert(
            schema.meter_revision,
            meter_id=self._meters[code],
            valid_from=item.valid_from,
            from_account_id=self._accounts[item.source],
            to_account_id=self._accounts[item.target],
            commodity_id=self._commodities[item.commodity],
            unit=item.unit,
            reads=item.reads,
            digits=item.digits,
            multiplier=f"{item.multiplier:f}",
            timezone=item.timezone,
            conversion=item.conversion or None,
            accuracy_class=item.accuracy_class or None,
            tolerance=_text(item.tolerance),
            tolerance_source=item.tolerance_source or None,
        )

    def _event(self, item: DeclaredEvent) -> None:
        post_event(self._post, self._meters[item.meter], item.event)

    def _expectation(self, item: Expectation) -> None:
        numbers = {
            "meter_id": self._meters.get(item.meter),
            "commodity_id": self._commodities.get(item.commodity),
            "from_account_id": self._accounts.get(item.source),
            "to_account_id": self._accounts.get(item.target),
        }
        post_expectation(self._post, item, numbers)


def post_expectation(
    post: Inserting, one: Expectation, numbers: dict[str, int | None], *, withdrawn: bool = False
) -> None:
    """Post what must arrive, or that it need not arrive any more.

    Args:
        post: the batch being posted.
        one: what is expected.
        numbers: numbers of its meter, commodity and accounts, by column.
        withdrawn: take the expectation of this name back.
    """
    post.insert(
        schema.expectation,
        code=one.code,
        **numbers,
        frequency=one.frequency,
        since=one.since,
        until=one.until,
        due_days=one.due_days,
        owner=one.owner,
        whole=int(one.whole),
        note=one.note or None,
        withdrawn=int(withdrawn),
    )


def post_event(post: Inserting, meter: int, event: MeterEvent, *, withdrawn: bool = False) -> None:
    """Post what happened to a meter, or that it did not.

    Args:
        post: the batch being posted.
        meter: number of the meter.
        event: what happened.
        withdrawn: take the event of this time and kind back.
    """
    post.insert(
        schema.meter_event,
        meter_id=meter,
        at_utc=event.at,
        kind=event.kind,
        old_reading=_text(event.old),
        new_reading=_text(event.new),
        note=event.note or None,
        multiplier=_text(event.multiplier),
        expires_utc=event.expires,
        withdrawn=int(withdrawn),
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"
