"""The records that calculations take and give: frozen, without database, clock or files.

Quantities are integers: millionths of the commodity's canonical unit. Masses are integers in
milligrams. Factors are exact decimals. One rounding, half even, when a line is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

MICRO = 1_000_000
WHOLE = Fraction(1)


def within(code: str, top: str) -> bool:
    """Tell whether an account is another one or lies below it."""
    return code == top or code.startswith(top + "/")


def iso_day(day: int) -> str:
    """Return a day yyyymmdd as ISO 8601 text, `2025-07-01`."""
    text = f"{day:08d}"
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


@dataclass(frozen=True, slots=True)
class Ownership:
    """What the reporting company holds of a place from a day on.

    Attributes:
        valid_from: first local day it holds for, yyyymmdd; 0: always.
        equity: its share in the equity, per cent; None: as before, or as the account above.
        financial_control: `true`, `false` or `joint`; "": as before, or as the account above.
        operational_control: `true` or `false`; "": likewise.
    """

    valid_from: int
    equity: Decimal | None = None
    financial_control: str = ""
    operational_control: str = ""


STRUCTURES = ("acquisition", "divestment", "insourcing", "outsourcing", "organic_growth")


@dataclass(frozen=True, slots=True)
class Structure:
    """A change of what the company consists of, since its base year.

    Attributes:
        code: its name.
        kind: one of `STRUCTURES`.
        account: the place concerned, with all below it.
        day: local day it took effect, yyyymmdd.
        emissions_t: what the place emitted in the base year, as stated, tonnes CO2e; None: the
            books tell.
        source: where that is stated.
        reported_in_scope_3: what was outsourced or insourced is reported in scope 3 anyway.
    """

    code: str
    kind: str
    account: str
    day: int
    emissions_t: Decimal | None = None
    source: str = ""
    reported_in_scope_3: bool = False


@dataclass(frozen=True, slots=True)
class BaseYear:
    """The year that a company compares itself with, and when it recalculates it.

    Attributes:
        year: the year.
        threshold: change from which it is recalculated, per cent of its emissions.
        method: method of its inventory; "": that of inventories.
        consolidation: `equity`, `financial`, `operational`.
        total: `location` or `market`: by which total it is judged.
        structures: structural changes, ascending in days.
    """

    year: int
    threshold: Decimal
    method: str = ""
    consolidation: str = "operational"
    total: str = "location"
    structures: tuple[Structure, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A place that energy and matter pass through.

    Attributes:
        code: path, `park/plant/line`; the first part of an inside path is the site.
        outside: beyond the boundary of every site (grid, suppliers, landfill, environment).
        kind: facility process boiler chp generator stock office vehicle; outside: grid supplier
            customer treatment environment.
        region: ISO 3166-2 code (`CN-LN`), inherited from the parent where not stated.
        technology: of a generator (`solar_pv`, `wind`, …), else "".
        treatment: of a treatment account (`recycling`, `reuse`, `energy_recovery`,
            `incineration`, `landfill`, `storage`), else "".
        name: display names by language, `{"en": …, "zh": …}`.
        ownership: what the reporting company holds of it, ascending in days, as declared for the
            account itself.
    """

    code: str
    outside: bool
    kind: str
    region: str = ""
    technology: str = ""
    treatment: str = ""
    name: dict[str, str] = field(default_factory=dict, hash=False)
    ownership: tuple[Ownership, ...] = ()


@dataclass(frozen=True, slots=True)
class Commodity:
    """What flows.

    Attributes:
        code: `electricity`, `natural_gas`, `tyre-205` …
        kind: electricity heat fuel biofuel water material product waste gas pollutant certificate
            money.
        unit: canonical unit (`kWh`, `GJ`, `kg`, `m3`, `piece`, `CNY`, `MWh` for certificates).
        mass_kg: mass of one unit, for products counted in pieces; None when unknown.
        name: display names by language.
    """

    code: str
    kind: str
    unit: str
    mass_kg: Decimal | None = None
    name: dict[str, str] = field(default_factory=dict, hash=False)


class Flow(NamedTuple):
    """The sum of all entries of one commodity between two accounts in one local month.

    Attributes:
        source: code of the account it left.
        target: code of the account it reached.
        commodity: code.
        month: local month, `2024-03`.
        quantity: millionths of the commodity's canonical unit.
    """

    source: str
    target: str
    commodity: str
    month: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Books:
    """All that a calculation may know of a ledger: a boundary, a period and what flowed in it.

    Attributes:
        boundary: account code; it and everything below it is inside.
        months: the local months of the period, ascending.
        accounts: every account by code.
        commodities: every commodity by code.
        flows: sums by account pair, commodity and month; sorted by their fields.
        approach: how the company consolidates: `equity`, `financial`, `operational`; "": what is
            within the boundary counts as a whole.
        shares: by account and month the share at which it is consolidated, where it is not 1.
    """

    boundary: str
    months: tuple[str, ...]
    accounts: dict[str, Account]
    commodities: dict[str, Commodity]
    flows: tuple[Flow, ...]
    approach: str = ""
    shares: Mapping[tuple[str, str], Fraction] = field(default_factory=dict, hash=False)

    def share(self, code: str, month: str) -> Fraction:
        """Return the share of an account that is consolidated in a month."""
        return self.shares.get((code, month), WHOLE)

    def inside(self, code: str) -> bool:
        """Tell whether the account lies within the boundary."""
        return within(code, self.boundary)


class EmissionLine(NamedTuple):
    """One product of an activity and a factor; or a measured emission, without a factor.

    Attributes:
        account: where the activity took place (for scope 2: where the energy was consumed).
        scope: `1`, `2_location`, `2_market`, `3`, or `biogenic`.
        category: `stationary_combustion`, `measured`, `purchased_electricity`,
            `purchased_heat`, …
        commodity: code of what was burnt, bought or emitted.
        month: local month.
        gas: `co2`, `ch4`, …; `co2e` when the factor gives only the equivalent.
        activity: millionths of `activity_unit`.
        activity_unit: unit of the activity.
        factor: `pack@edition/code` of the factor; "" for a measured emission.
        factor_value: the factor as its source prints it; None for a measured emission.
        factor_unit: unit of the factor; "" for a measured emission.
        mass_mg: mass of the gas in milligrams.
        gwp: kg CO2e per kg of the gas.
        co2e_mg: mass in milligrams of CO2 equivalent.
        basis: how the line came about: `default`, `measured`, `instrument`, `residual`,
            `fallback:<why>` …
        inputs: keys of the figures the activity was summed from (see `Figure`).
    """

    account: str
    scope: str
    category: str
    commodity: str
    month: str
    gas: str
    activity: int
    activity_unit: str
    factor: str
    factor_value: Decimal | None
    factor_unit: str
    mass_mg: int
    gwp: Decimal
    co2e_mg: int
    basis: str
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a result with the way it came about: a node of the tree behind it.

    Attributes:
        key: stable name within its run, `scope-1`, `tce-equivalent`, `share` …
        value: exact decimal; None when it cannot be stated (`reason` says why).
        unit: unit of the value, "" for a ratio.
        formula: one line in the notation of the method, `Σ lines of scope 1`.
        inputs: keys of the figures, lines (`line:12`) or flows
            (`flow:electricity:grid>park:2024-03`) that it is made of.
        reason: why there is no value, or what must be said with it; else "".
    """

    key: str
    value: Decimal | None
    unit: str
    formula: str
    inputs: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must arrive, from whom and by when.

    Attributes:
        code: its name.
        meter: code of the meter whose values must arrive; "" for records.
        commodity, source, target: what records must state; a "" account may be any.
        frequency: `day`, `month`, `quarter` or `year`: what period each delivery is for.
        since: first local day expected, yyyymmdd.
        until: last local day expected, yyyymmdd; None: without end.
        due_days: how many days after the end of a period its delivery is due.
        owner: who must deliver.
        whole: the records must cover every day of the period; else one record will do.
        note: remark.
    """

    code: str
    meter: str
    commodity: str
    source: str
    target: str
    frequency: str
    since: int
    until: int | None
    due_days: int
    owner: str
    whole: bool = False
    note: str = ""


def flow_key(flow: Flow) -> str:
    """Name a flow so that a reader of a result can find its entries again."""
    return f"flow:{flow.commodity}:{flow.source}>{flow.target}:{flow.month}"
