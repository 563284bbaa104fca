"""What the ledger holds of accounts, commodities and meters, as of any batch.

Properties of accounts and commodities are those of the revision with the highest batch; a meter
has one revision for each day from which something holds, and for each such day the one with the
highest batch; likewise one event for each time and kind, unless the last one withdraws it. So the
state as of batch N is the same query over batches ≤ N.
"""

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from carbonledger.calc.model import Account, BaseYear, Commodity, Expectation, Ownership, Structure
from carbonledger.ledger import schema


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as now declared.

    Attributes:
        id: number in the ledger.
        code: path of the account.
        outside: beyond the boundary of every site.
        kind: see the schema.
        region: ISO 3166-2 code, its own or of the nearest ancestor that has one; for outside
            accounts that of the site, where the ledger holds one site; "" when none.
        timezone: IANA time zone, inherited in the same way.
        technology, treatment: of generators and of waste treatment, else "".
        names: display names by language.
        own_region, own_timezone: as declared for this account itself, "" when inherited.
        tolerance: largest part of what comes in that may stay unexplained, per cent; None when
            not stated.
        ownership: what the reporting company holds of it, as declared for this account itself.
        base_year: of the root account, where one is declared.
    """

    id: int
    code: str
    outside: bool
    kind: str
    region: str
    timezone: str
    technology: str
    treatment: str
    names: dict[str, str]
    own_region: str = ""
    own_timezone: str = ""
    tolerance: Decimal | None = None
    ownership: tuple[Ownership, ...] = ()
    base_year: BaseYear | None = None


@dataclass(frozen=True, slots=True)
class CommodityState:
    """A commodity as now declared; `mass_kg` is the mass of one unit, None when unknown."""

    id: int
    code: str
    kind: str
    unit: str
    mass_kg: Decimal | None
    names: dict[str, str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class MeterRevision:
    """Which flow a meter measures from a day on.

    Attributes:
        valid_from: first local day it holds for, yyyymmdd; 0: always.
        source, target: codes of the accounts the flow leaves and reaches.
        commodity: code of what flows.
        unit: unit the meter counts in.
        reads: `interval`, `power` or `register`.
        digits: integer digits of a register before it wraps; None when it does not.
        multiplier: factor between what the meter shows and the quantity.
        timezone: IANA time zone of the meter's local days.
        conversion: between the dimensions of unit and commodity, `10.55 kWh/m3`; else "".
        accuracy_class: as printed on the meter, `0.5S`; "" when not stated.
        tolerance: limit of its error, per cent of what it counts; None when not stated.
        tolerance_source: where that limit is stated, else "".
    """

    valid_from: int
    source: str
    target: str
    commodity: str
    unit: str
    reads: str
    digits: int | None
    multiplier: Decimal
    timezone: str
    conversion: str = ""
    accuracy_class: str = ""
    tolerance: Decimal | None = None
    tolerance_source: str = ""


@dataclass(frozen=True, slots=True)
class MeterEvent:
    """What happened to a meter.

    Attributes:
        at: seconds since 1970-01-01 UTC.
        kind: `swap`, `rollover`, `calibration` or `multiplier`.
        old: register at the end of the old meter; None when not stated.
        new: register at the start of the new meter; None when not stated.
        note: remark.
        multiplier: factor between register and quantity from then on; None when not stated.
        expires: when a calibration loses its validity, seconds since 1970-01-01 UTC; None when
            not stated.
    """

    at: int
    kind: str
    old: Decimal | None = None
    new: Decimal | None = None
    note: str = ""
    multiplier: Decimal | None = None
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class MeterState:
    """A meter with all its revisions and events, ascending in time; none that was withdrawn."""

    id: int
    code: str
    revisions: tuple[MeterRevision, ...]
    events: tuple[MeterEvent, ...] = ()

    def on(self, day: int) -> MeterRevision | None:
        """Return what the meter measures on a local day (yyyymmdd); None before its first."""
        return revision_on(self.revisions, day)


@dataclass(frozen=True, slots=True)
class SiteState:
    """All accounts, commodities, meters and expectations of a ledger by code."""

    accounts: dict[str, AccountState]
    commodities: dict[str, CommodityState]
    meters: dict[str, MeterState]
    expectations: dict[str, Expectation] = field(default_factory=dict)

    @property
    def sites(self) -> tuple[str, ...]:
        """Codes of the root accounts: one for each declared site."""
        return tuple(sorted(a.code for a in self.accounts.values() if is_root(a)))

    def members(self, code: str) -> tuple[str, ...]:
        """Return the direct children of an account that are facilities: the members of a park."""
        return tuple(
            sorted(
                account.code
                for account in self.accounts.values()
                if account.kind == "facility" and account.code.rpartition("/")[0] == code
            )
        )


def is_root(account: AccountState) -> bool:
    """Tell whether the account is the root of a site."""
    return not account.outside and "/" not in account.code


def ancestors(code: str) -> Iterator[str]:
    """Yield the code of an account and of all above it, nearest first."""
    while code:
        yield code
        code = code.rpartition("/")[0]


def revision_on(revisions: tuple[MeterRevision, ...], day: int) -> MeterRevision | None:
    """Return the revision that holds on a local day; None before the first."""
    place = bisect_right(revisions, day, key=lambda revision: revision.valid_from)
    return revisions[place - 1] if place else None


def read_state(connection: sa.Connection, as_of: int | None = None) -> SiteState:
    """Read accounts, commodities and meters as they stood after a batch.

    Args:
        connection: connection to the ledger.
        as_of: number of the last batch to take into account; None: all.
    """
    accounts = _accounts(connection, as_of)
    commodities = _commodities(connection, as_of)
    codes = {account.id: account.code for account in accounts.values()}
    flows = {commodity.id: commodity.code for commodity in commodities.values()}
    meters = _meters(connection, as_of, codes, flows)
    named = {meter.id: meter.code for meter in meters.values()}
    expected = _expectations(connection, as_of, named, (flows, codes))
    return SiteState(accounts, commodities, meters, expected)


def as_calc(state: SiteState) -> tuple[dict[str, Account], dict[str, Commodity]]:
    """Return accounts and commodities as the records that calculations take."""
    accounts = {
        a.code: Account(
            a.code, a.outside, a.kind, a.region, a.technology, a.treatment, a.names, a.ownership
        )
        for a in state.accounts.values()
    }
    commodities = {
        c.code: Commodity(c.code, c.kind, c.unit, c.mass_kg, c.names)
        for c in state.commodities.values()
    }
    return accounts, commodities


def _rows(connection: sa.Connection, table: sa.Table, as_of: int | None) -> Iterator[sa.RowMapping]:
    """Yield rows by batch: whoever keeps the last one for a key keeps the one that holds."""
    query = sa.select(table).order_by(table.c.batch_id, table.c.id)
    if as_of is not None:
        query = query.where(table.c.batch_id <= as_of)
    yield from connection.execute(query).mappings()


def _names(row: sa.RowMapping) -> dict[str, str]:
    return {lang: row[f"name_{lang}"] for lang in ("en", "zh") if row[f"name_{lang}"]}


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def ownership_text(held: tuple[Ownership, ...]) -> str | None:
    """Write what the reporting company holds of an account as JSON; None when not declared."""
    rows = [
        [
            one.valid_from,
            "" if one.equity is None else f"{one.equity:f}",
            one.financial_control,
            one.operational_control,
        ]
        for one in held
    ]
    return json.dumps(rows, separators=(",", ":")) if rows else None


def read_ownership(stored: str | None) -> tuple[Ownership, ...]:
    """Read back what `ownership_text` wrote."""
    return tuple(
        Ownership(day, Decimal(equity) if equity else None, financial, operational)
        for day, equity, financial, operational in json.loads(stored or "[]")
    )


def base_year_text(base: BaseYear | None) -> str | None:
    """Write a base year as JSON; None when there is none."""
    if base is None:
        return None
    return json.dumps(asdict(base), default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def read_base_year(stored: str | None) -> BaseYear | None:
    """Read back what `base_year_text` wrote."""
    if stored is None:
        return None
    row = json.loads(stored)
    structures = tuple(
        Structure(**one | {"emissions_t": _decimal(one["emissions_t"])})
        for one in row["structures"]
    )
    return BaseYear(**row | {"threshold": Decimal(row["threshold"]), "structures": structures})


def _accounts(connection: sa.Connection, as_of: int | None) -> dict[str, AccountState]:
    base = {row["id"]: row for row in _rows(connection, schema.account, as_of)}
    latest = {row["account_id"]: row for row in _rows(connection, schema.account_revision, as_of)}
    own = {base[number]["code"]: row for number, row in latest.items()}
    roots = [b["code"] for b in base.values() if not b["outside"] and "/" not in b["code"]]
    site = roots[0] if len(roots) == 1 else ""

    def inherited(code: str, column: str) -> str:
        places = (*ancestors(code), site)
        return next((own[p][column] for p in places if p in own and own[p][column]), "")

    return {
        code: AccountState(
            id=row["account_id"],
            code=code,
            outside=bool(base[row["account_id"]]["outside"]),
            kind=row["kind"],
            region=inherited(code, "region"),
            timezone=inherited(code, "timezone"),
            technology=row["technology"] or "",
            treatment=row["treatment"] or "",
            names=_names(row),
            own_region=row["region"] or "",
            own_timezone=row["timezone"] or "",
            tolerance=_decimal(row["tolerance"]),
            ownership=read_ownership(row["ownership"]),
            base_year=read_base_year(row["base_year"]),
        )
        for code, row in sorted(own.items())
    }


def _commodities(connection: sa.Connection, as_of: int | None) -> dict[str, CommodityState]:
    base = {row["id"]: row for row in _rows(connection, schema.commodity, as_of)}
    revisions = _rows(connection, schema.commodity_revision, as_of)
    latest = {row["commodity_id"]: row for row in revisions}
    found = (
        CommodityState(
            id=number,
            code=base[number]["code"],
            kind=base[number]["kind"],
            unit=base[number]["unit"],
            mass_kg=_decimal(row["mass_kg"]),
            names=_names(row),
            note=row["note"] or "",
        )
        for number, row in latest.items()
    )
    return {item.code: item for item in sorted(found, key=lambda item: item.code)}


def _meters(
    connection: sa.Connection, as_of: int | None, accounts: dict[int, str], flows: dict[int, str]
) -> dict[str, MeterState]:
    revisions: dict[int, dict[int, MeterRevision]] = {}
    for row in _rows(connection, schema.meter_revision, as_of):
        of_meter = revisions.setdefault(row["meter_id"], {})
        of_meter[row["valid_from"]] = _revision(row, accounts, flows)
    events = _events(connection, as_of)
    found = (
        MeterState(
            id=row["id"],
            code=row["code"],
            revisions=tuple(r for _, r in sorted(revisions.get(row["id"], {}).items())),
            events=tuple(e for _, e in sorted(events.get(row["id"], {}).items())),
        )
        for row in _rows(connection, schema.meter, as_of)
    )
    return {item.code: item for item in sorted(found, key=lambda item: item.code)}


def _revision(row: sa.RowMapping, accounts: dict[int, str], flows: dict[int, str]) -> MeterRevision:
    return MeterRevision(
        valid_from=row["valid_from"],
        source=accounts[row["from_account_id"]],
        target=accounts[row["to_account_id"]],
        commodity=flows[row["commodity_id"]],
        unit=row["unit"],
        reads=row["reads"],
        digits=row["digits"],
        multiplier=Decimal(row["multiplier"]),
        timezone=row["timezone"],
        conversion=row["conversion"] or "",
        accuracy_class=row["accuracy_class"] or "",
        tolerance=_decimal(row["tolerance"]),
        tolerance_source=row["tolerance_source"] or "",
    )


def _expectations(
    connection: sa.Connection,
    as_of: int | None,
    meters: dict[int, str],
    codes: tuple[dict[int, str], dict[int, str]],
) -> dict[str, Expectation]:
    """Return the expectations that hold; `codes` of commodities and accounts by number."""
    flows, accounts = codes
    found: dict[str, Expectation] = {}
    for row in _rows(connection, schema.expectation, as_of):
        found.pop(row["code"], None)
        if not row["withdrawn"]:
            found[row["code"]] = Expectation(
                code=row["code"],
                meter=meters.get(row["meter_id"], ""),
                commodity=flows.get(row["commodity_id"], ""),
                source=accounts.get(row["from_account_id"], ""),
                target=accounts.get(row["to_account_id"], ""),
                frequency=row["frequency"],
                since=row["since"],
                until=row["until"],
                due_days=row["due_days"],
                owner=row["owner"],
                whole=bool(row["whole"]),
                note=row["note"] or "",
            )
    return dict(sorted(found.items()))


def _events(
    connection: sa.Connection, as_of: int | None
) -> dict[int, dict[tuple[int, str], MeterEvent]]:
    """Return the events that hold, by meter, time and kind."""
    events: dict[int, dict[tuple[int, str], MeterEvent]] = {}
    for row in _rows(connection, schema.meter_event, as_of):
        of_meter, key = events.setdefault(row["meter_id"], {}), (row["at_utc"], row["kind"])
        if row["withdrawn"]:
            of_meter.pop(key, None)
        else:
            of_meter[key] = _event(row)
    return events


def _event(row: sa.RowMapping) -> MeterEvent:
    return MeterEvent(
        at=row["at_utc"],
        kind=row["kind"],
        old=_decimal(row["old_reading"]),
        new=_decimal(row["new_reading"]),
        note=row["note"] or "",
        multiplier=_decimal(row["multiplier"]),
        expires=row["expires_utc"],
    )
