"""What the sections on energy, emissions, members and products of a park summary show."""

from dataclasses import dataclass
from decimal import Decimal

from carbonledger.report.emitted import Category
from carbonledger.report.stated import Label, Stated


@dataclass(frozen=True, slots=True)
class Carrier:
    """An energy carrier over the period.

    Attributes:
        commodity: what it is.
        quantity: consumption, in the carrier's own unit.
        equivalent: standard coal by equivalent value (当量值), tce.
        equal: standard coal by equal value (等价值), tce.
        months: tce of each month, on the basis the method asks for.
    """

    commodity: Label
    quantity: Stated
    equivalent: Stated
    equal: Stated
    months: tuple[Stated, ...]


@dataclass(frozen=True, slots=True)
class Energy:
    """Comprehensive energy consumption (GB/T 2589), by carrier and month.

    Attributes:
        carriers: in the order they are to be shown and stacked.
        equivalent, equal: totals, tce.
        months: totals of the months, tce on the basis of the method.
    """

    carriers: tuple[Carrier, ...]
    equivalent: Stated
    equal: Stated
    months: tuple[Stated, ...]


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What an account took and gave of one commodity, in the commodity's unit.

    bought + received + own = delivered + sold + consumed + unexplained, exactly.

    Attributes:
        account: the account; its own flows only, not those of the accounts below it.
        depth: how deep it lies below the boundary, from 0.
        bought: from beyond the boundary.
        received: from other accounts within the boundary.
        own: generated there.
        delivered: to other accounts within the boundary.
        sold: beyond the boundary.
        consumed: used there.
        unexplained: what is left: metering differences and losses.
    """

    account: Label
    depth: int
    bought: Stated
    received: Stated
    own: Stated
    delivered: Stated
    sold: Stated
    consumed: Stated
    unexplained: Stated


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of one commodity over all accounts.

    Attributes:
        commodity: what is balanced.
        unit: its unit.
        rows: accounts; every column adds up to `total`, to the last digit.
        total: sums of the columns.
        tolerance: largest unexplained share that the site accepts; None when none is set.
        share: unexplained part of what came in.
    """

    commodity: Label
    unit: str
    rows: tuple[BalanceRow, ...]
    total: BalanceRow
    tolerance: Decimal | None
    share: Stated


@dataclass(frozen=True, slots=True)
class Source:
    """Emission lines of one source: same scope, category, commodity, gas, factor and basis.

    Attributes:
        scope: `1`, `2_location`, `2_market`, `3`, `biogenic`.
        category: `stationary_combustion`, `purchased_electricity` …
        commodity: what was burnt, bought or emitted.
        gas: `co2`, `co2e` …
        activity: sum of the activity, in its unit.
        factor: `pack@edition/code`; "" for a measured emission.
        factor_value: as its source prints it; None for a measured emission.
        factor_unit: unit of the factor.
        publication: document and page of the factor, "" for a measured emission.
        basis: `default`, `measured`, `instrument`, `residual`, `fallback:<why>` …
        emission: t CO2 equivalent (t CO2 where the method counts CO2 only).
    """

    scope: str
    category: str
    commodity: Label
    gas: str
    activity: Stated
    factor: str
    factor_value: Decimal | None
    factor_unit: str
    publication: str
    basis: str
    emission: Stated


@dataclass(frozen=True, slots=True)
class Scope:
    """The total of a scope, t, and whether it is part of the total that the method states."""

    code: str
    total: Stated
    counted: bool


@dataclass(frozen=True, slots=True)
class Emissions:
    """Emissions by source.

    Attributes:
        gas: `CO2` or `CO2e`: what the masses are masses of.
        sources: scope by scope, the largest first.
        scopes: totals, biogenic CO2 apart.
        total: what the method states as the emissions of the boundary, t; the sum of the scopes
            that are `counted`.
        categories: scope 3 by category; empty where the method has none.
    """

    gas: str
    sources: tuple[Source, ...]
    scopes: tuple[Scope, ...]
    total: Stated
    categories: tuple[Category, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the park, what is shared, or the park as a whole.

    Attributes:
        account: who it is.
        electricity: consumption, kWh or MWh.
        heat: consumption of heat and steam, GJ.
        energy: consumption, tce on the basis of the method.
        direct: scope 1, t.
        indirect: scope 2 in the variant the method counts, t.
        total: both, t.
    """

    account: Label
    electricity: Stated
    heat: Stated
    energy: Stated
    direct: Stated
    indirect: Stated
    total: Stated


@dataclass(frozen=True, slots=True)
class Members:
    """The park as the sum of its members and of what they share; exactly.

    `shared` is what belongs to no member; None when there is nothing.
    """

    rows: tuple[Member, ...]
    shared: Member | None
    park: Member


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a product's footprint: where it comes from, kg CO2e per unit of product."""

    origin: Label
    amount: Stated


@dataclass(frozen=True, slots=True)
class Product:
    """The footprint of a product, cradle to gate.

    Attributes:
        account: where it is made.
        commodity: what it is.
        quantity: how much was made.
        per_unit: kg CO2e per unit.
        per_kg: kg CO2e per kg; None when the mass is unknown.
        parts: by origin; they add up to `per_unit`.
    """

    account: Label
    commodity: Label
    quantity: Stated
    per_unit: Stated
    per_kg: Stated | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Products and plant compared, kg CO2e: products + unallocated = direct + upstream.

    The residual is the difference of both sides.
    """

    direct: Stated
    upstream: Stated
    products: Stated
    unallocated: Stated
    residual: Stated


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A burden that found no product; `reason` is `no_output` or `stock_change`."""

    account: Label
    commodity: Label
    amount: Stated
    reason: str


@dataclass(frozen=True, slots=True)
class NotCovered:
    """What entered without a footprint of its own, so that the products are too low.

    `reason` is `no_upstream_factor`, `opening_stock` or `meters_differ`.
    """

    source: Label
    account: Label
    commodity: Label
    quantity: Stated
    reason: str


@dataclass(frozen=True, slots=True)
class Products:
    """Footprints and the proof that they add up to the plant.

    Attributes:
        method: standard and boundary of the footprint.
        allocation: how co-products share: `mass`, `energy`, `economic`, `given`.
        rows: products; energy and water that were sold among them.
        reconciliation: the sums.
        unallocated: burdens that found no product.
        not_covered: what entered without a footprint.
        remarks: what must be said with them, one sentence each.
    """

    method: Label
    allocation: str
    rows: tuple[Product, ...]
    reconciliation: Reconciliation
    unallocated: tuple[LeftOver, ...] = ()
    not_covered: tuple[NotCovered, ...] = ()
    remarks: tuple[Label, ...] = ()
