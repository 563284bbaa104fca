"""Small books and factors for tests of the calculations, written as a reader would say them."""

from collections.abc import Mapping
from decimal import Decimal

from carbonledger.calc.inventory import NOTHING_POSTED, InventoryResult, inventory
from carbonledger.calc.model import MICRO, Account, Books, Commodity, Flow
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.method import Method, shipped_methods
from carbonledger.factors.model import Factor

METHODS: dict[str, Method] = {method.code: method for method in shipped_methods()}
YEAR = tuple(f"2023-{month:02d}" for month in range(1, 13))

COMMODITIES = {
    code: Commodity(code, kind, unit)
    for code, kind, unit in (
        ("electricity", "electricity", "kWh"),
        ("heat", "heat", "GJ"),
        ("steam", "heat", "GJ"),
        ("natural_gas", "fuel", "m3"),
        ("diesel", "fuel", "kg"),
        ("bituminous_coal", "fuel", "kg"),
        ("coking_coal", "fuel", "kg"),
        ("coke", "fuel", "kg"),
        ("hydrogen", "fuel", "kg"),
        ("biomass", "biofuel", "kg"),
        ("co2", "gas", "kg"),
        ("ch4", "gas", "kg"),
        ("hcfc-22", "gas", "kg"),
        ("hfc-134a", "gas", "kg"),
        ("sf6", "gas", "kg"),
        ("clinker", "product", "kg"),
        ("limestone", "material", "kg"),
        ("water", "water", "m3"),
        ("reused_water", "water", "m3"),
        ("solid_waste", "waste", "kg"),
        ("hazardous_waste", "waste", "kg"),
        ("value_added", "money", "CNY"),
        ("gec_wind", "certificate", "MWh"),
        ("gec_solar_pv", "certificate", "MWh"),
        ("tyre", "product", "piece"),
    )
}

OUTSIDE = {
    "grid": Account("grid", outside=True, kind="grid"),
    "market": Account("market", outside=True, kind="market"),
    "supplier": Account("supplier", outside=True, kind="supplier"),
    "customer": Account("customer", outside=True, kind="customer"),
    "air": Account("air", outside=True, kind="environment"),
    "sun": Account("sun", outside=True, kind="environment"),
    "wind-farm": Account("wind-farm", outside=True, kind="supplier", technology="wind"),
    "straw-heat": Account("straw-heat", outside=True, kind="supplier", technology="biomass"),
    "recycler": Account("recycler", outside=True, kind="treatment", treatment="recycling"),
    "landfill": Account("landfill", outside=True, kind="treatment", treatment="landfill"),
    "cement-kiln": Account(
        "cement-kiln", outside=True, kind="treatment", treatment="energy_recovery"
    ),
}

Row = tuple[str, str, str, str, str | int]
"""Source, target, commodity, month, quantity in the commodity's unit."""


def micro(amount: str | int) -> int:
    """Write an amount in millionths."""
    return int(Decimal(amount) * MICRO)


def books(
    *rows: Row,
    boundary: str = "park",
    months: tuple[str, ...] = YEAR,
    region: str = "CN-LN",
    kinds: Mapping[str, str] | None = None,
) -> Books:
    """Make books of rows; inside accounts are facilities unless `kinds` says otherwise.

    It names the last part of an inside account: `{"pv": "generator:solar_pv", "bh": "boiler"}`.
    """
    codes = {code for row in rows for code in row[:2]} | {boundary, "park"}
    accounts = {
        code: OUTSIDE[code] if code in OUTSIDE else _inside(code, region, kinds or {})
        for code in codes
    }
    flows = (Flow(s, t, c, m, micro(quantity)) for s, t, c, m, quantity in rows)
    ordered = sorted(flows, key=lambda f: (f.source, f.target, f.commodity, f.month, f.quantity))
    return Books(boundary, months, accounts, COMMODITIES, tuple(ordered))


def said(result: InventoryResult) -> tuple[str, ...]:
    """Return what is said with a result, but of the months that a case leaves empty."""
    return tuple(one for one in result.warnings if not one.startswith(NOTHING_POSTED))


def _inside(code: str, region: str, kinds: Mapping[str, str]) -> Account:
    kind, _, technology = kinds.get(code.rpartition("/")[2], "facility").partition(":")
    return Account(code, outside=False, kind=kind, region=region, technology=technology)


def factor(
    code: str,
    value: str,
    unit: str,
    *,
    pack: str,
    purpose: str,
    edition: str = "1",
    region: str = "CN",
    gas: str = "co2",
    year: int | None = None,
    basis: str = "",
    technology: str = "",
    activity: str = "",
) -> Factor:
    """Make a factor; its code is its activity unless another is named."""
    return Factor(
        pack=pack,
        edition=edition,
        code=f"{code}-{region}-{technology}" if technology else f"{code}-{region}",
        activity=activity or code,
        region=region,
        valid_from=None,
        valid_to=None,
        data_year=year,
        purpose=purpose,
        gas=gas,
        value=Decimal(value),
        unit=unit,
        basis=basis,
        technology=technology,
    )


def fuel(code: str, value: str, unit: str, gas: str = "co2") -> Factor:
    """Make a combustion factor."""
    return factor(code, value, unit, pack="cn-ndrc-fuels", purpose="combustion", gas=gas)


def process(code: str, value: str, unit: str, basis: str, gas: str = "co2") -> Factor:
    """Make a factor of a process: of what is made (`output`) or of what is used (`input`)."""
    return factor(code, value, unit, pack="cn-process", purpose="process", gas=gas, basis=basis)


def grid(region: str, year: int, value: str, purpose: str = "organisation") -> Factor:
    """Make a grid factor."""
    return factor("electricity", value, "kgCO2/kWh", pack="cn-grid", edition=str(year),
                  purpose=purpose, region=region, year=year)  # fmt: skip


def rule(code: str, value: str, unit: str, technology: str = "") -> Factor:
    """Make a factor pinned by the zero-carbon park method."""
    return factor(code, value, unit, pack="cn-zero-carbon-park", purpose="park_rule",
                  technology=technology)  # fmt: skip


def coal(code: str, value: str, unit: str, basis: str = "equivalent") -> Factor:
    """Make a coefficient of standard coal."""
    return factor(code, value, unit, pack="gb-t-2589", purpose="energy_conversion", gas="",
                  basis=basis, activity=code)  # fmt: skip


def gwp(gas: str, value: str, report: str = "AR6") -> Factor:
    """Make a global warming potential."""
    return factor(gas, value, "kgCO2e/kg", pack="ipcc-gwp", purpose="gwp", gas="co2e", region="",
                  basis=report)  # fmt: skip


PARK_FACTORS = (
    rule("electricity", "0.8325", "kgCO2/kWh"),
    rule("electricity", "0", "kgCO2/kWh", "direct_non_fossil"),
    rule("electricity", "0", "kgCO2/kWh", "certified_renewable"),
    rule("heat", "0.11", "tCO2/GJ"),
    rule("heat", "0", "tCO2/GJ", "non_fossil"),
    # Net calorific value × carbon content × oxidation × 44/12, unrounded.
    fuel("natural_gas", "21.62188809", "tCO2/万Nm3"),
    fuel("diesel", "3.145122493", "tCO2/t"),
    coal("electricity", "0.1229", "kgce/kWh"),
    coal("electricity", "0.2856", "kgce/kWh", "equal"),
    coal("heat", "0.03412", "kgce/MJ"),
    coal("steam", "0.03412", "kgce/MJ"),
    coal("natural_gas", "1.3300", "kgce/m3"),
    coal("diesel", "1.4571", "kgce/kg"),
)
GHG_FACTORS = (
    grid("CN-LN", 2022, "0.5626"),
    grid("CN-LN", 2023, "0.4878"),
    grid("CN", 2023, "0.5306"),
    grid("CN", 2023, "0.6096", "organisation_residual"),
    factor("heat", "0.11", "tCO2/GJ", pack="cn-heat", purpose="heat_supply"),
    factor("steam", "0.11", "tCO2/GJ", pack="cn-heat", purpose="heat_supply"),
    fuel("natural_gas", "21.62188809", "tCO2/万Nm3"),
    fuel("diesel", "3.145122493", "tCO2/t"),
    fuel("coke", "2.8518", "tCO2/t"),
    fuel("coking_coal", "2.2818", "tCO2/t"),
    gwp("ch4", "27.9"),
    gwp("n2o", "273"),
    gwp("hfc-134a", "1530"),
)


def park_book(*more: Factor) -> FactorBook:
    """Give the factors of the zero-carbon park method."""
    return FactorBook((*PARK_FACTORS, *more))


def ghg_book(*more: Factor) -> FactorBook:
    """Give the factors of the GHG Protocol method."""
    return FactorBook((*GHG_FACTORS, *more))


def ghg(*rows: Row, boundary: str = "park", **kinds: str) -> InventoryResult:
    """Make an inventory by the GHG Protocol."""
    return inventory(
        books(*rows, boundary=boundary, kinds=kinds), METHODS["ghg-protocol"], ghg_book()
    )


def kg(result: InventoryResult, scope: str, **wanted: str) -> Decimal:
    """Sum lines of a scope in kg CO2e."""
    lines = (line for line in result.lines if line.scope == scope)
    return sum(
        (
            Decimal(line.co2e_mg) / 10**6
            for line in lines
            if all(getattr(line, name) == value for name, value in wanted.items())
        ),
        Decimal(0),
    )


def rows(result: InventoryResult, scope: str) -> list[tuple[str, str, Decimal, Decimal, str]]:
    """List account, category, activity, kg CO2e and basis of the lines of a scope."""
    return [
        (line.account, line.category, Decimal(line.activity) / 10**6,
         Decimal(line.co2e_mg) / 10**6, line.basis)
        for line in result.lines
        if line.scope == scope
    ]  # fmt: skip
