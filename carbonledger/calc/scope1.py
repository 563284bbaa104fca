"""Direct emissions: fuels burnt within the boundary, and emissions measured there."""

from collections import defaultdict
from collections.abc import Iterator

from carbonledger.calc.balance import ENVIRONMENT, FUELS, STOCK, Cell, Throughput, throughputs
from carbonledger.calc.composed import Fuel, by_analysis, composed
from carbonledger.calc.figures import Remark
from carbonledger.calc.lines import DEFAULT, Activity, Heading, of_gas, with_factor
from carbonledger.calc.lookups import CO2, CO2E, Lookups
from carbonledger.calc.model import Books, EmissionLine, flow_key
from carbonledger.errors import FactorNotFound
from carbonledger.factors.lookup import Found
from carbonledger.factors.rules import Scope1
from carbonledger.units import from_micro

SCOPE, BIOGENIC = "1", "biogenic"
COMBUSTION, MOBILE = "stationary_combustion", "mobile_combustion"
MEASURED, CONVERSION = "measured", "fuel_conversion"
VEHICLE = "vehicle"
BY_FACTOR = (COMBUSTION, MOBILE, "process")
GIVEN_ON = "carbon_balance"
MEASURED_FUEL = "measured_properties"


def fuel_use(books: Books) -> dict[Cell, Throughput]:
    """Sum what each inside account took in and gave on of every fuel, stocks left out.

    What a stock holds is not burnt; a fuel that was bought into a stock is counted where it is
    taken to.
    """
    return {
        cell: through
        for cell, through in throughputs(books, FUELS).items()
        if books.accounts[cell.account].kind != STOCK and through.net
    }


def combustion(books: Books, lookups: Lookups, rules: Scope1) -> list[EmissionLine]:
    """Multiply the fuel that each account consumed in each month by its combustion factors.

    Consumption is inflow less outflow. An account that makes a fuel of another gives on the
    carbon that its product holds: its line is negative, so that a coke oven or a gas maker is
    counted by its carbon balance (发改环资〔2025〕910号, annex 4, II (2) 2; IPCC 2006, vol. 2). CO2
    of biofuels is `biogenic`, apart from scope 1 (GHG Protocol Corporate Standard, ch. 9). What
    vehicles burn is mobile combustion, with factors of its own where the method looks for them
    (CH4 and N2O depend on the engine: IPCC 2006, vol. 2, ch. 3).
    """
    lines: list[EmissionLine] = []
    for cell, through in fuel_use(books).items():
        commodity = books.commodities[cell.commodity]
        if cell.commodity in rules.carbon_free:
            continue
        activity = Activity(
            cell.account, cell.commodity, cell.month, through.net, commodity.unit, through.inputs
        )
        biogenic = commodity.kind == "biofuel"
        account = books.accounts[cell.account]
        mobile = account.kind == VEHICLE
        search = rules.mobile if mobile and rules.mobile else rules.combustion
        burnt = MOBILE if mobile else COMBUSTION
        for found in factors_of(
            lookups, rules, search, cell, account.region, commodity.unit, biogenic=biogenic
        ):
            scope = BIOGENIC if biogenic and found.factor.gas == CO2 else SCOPE
            category = burnt if through.net > 0 else CONVERSION
            kind = DEFAULT if through.net > 0 else GIVEN_ON
            fuel = Fuel(*cell, commodity.unit, account.region, search)
            line = _line(lookups, activity, fuel, found, Heading(scope, category, kind))
            lines += [line] if line else []
    return lines


def _line(
    lookups: Lookups, activity: Activity, fuel: Fuel, found: Found, heading: Heading
) -> EmissionLine | None:
    """Multiply by the factor, or by the one that measured properties of the fuel make of it."""
    try:
        made = composed(lookups, fuel, found)
    except FactorNotFound as missing:
        lookups.miss(missing)
        return None
    if made is None:
        return with_factor(lookups, activity, found, heading)
    if made.measured and heading.kind == DEFAULT:
        heading = heading._replace(kind=MEASURED_FUEL)
    line = with_factor(lookups, activity, made.found, heading)
    key = made.figure.key
    return line and line._replace(factor=key, inputs=(*line.inputs, key))


def factors_of(  # noqa: PLR0917
    lookups: Lookups, rules: Scope1, search: str, cell: Cell, region: str, of_unit: str,
    *, biogenic: bool,
) -> Iterator[Found]:  # fmt: skip
    """Find the factors of a fuel: the required gas, then further gases where packs have them.

    A fuel that no pack has a factor for counts by its measured carbon, where the site states it.

    The CO2 of a biofuel is told where a factor exists and asked for nowhere: it is no part of the
    total.
    """
    gases = rules.required
    if CO2E in lookups.emissions() and not biogenic:
        gases = (*gases, CO2E)
    first = lookups.find(search, cell.commodity, region, cell.month, gases=gases, required=False)
    if first is None and not biogenic:
        first = by_analysis(lookups, Fuel(*cell, of_unit, region, search)) or lookups.find(
            search, cell.commodity, region, cell.month, gases=gases
        )
    if first:
        yield first
        if first.factor.gas == CO2E:
            return
    for gas in rules.further:
        more = lookups.find(
            search, cell.commodity, region, cell.month, gases=(gas,), required=False
        )
        if more:
            yield more


def measured(books: Books, lookups: Lookups) -> list[EmissionLine]:
    """Take emissions that were measured, or balanced elsewhere, as they are.

    They are entries of a gas from inside the boundary to the environment. Gases that the method
    does not count are left out (see `uncounted`).
    """
    sums: dict[Cell, int] = defaultdict(int)
    inputs: dict[Cell, list[str]] = defaultdict(list)
    for flow in books.flows:
        if books.commodities[flow.commodity].kind != "gas":
            continue
        for account, other, sign in (
            (flow.source, flow.target, 1),
            (flow.target, flow.source, -1),
        ):
            if books.inside(account) and books.accounts[other].kind == ENVIRONMENT:
                cell = Cell(account, flow.commodity, flow.month)
                sums[cell] += sign * flow.quantity
                inputs[cell].append(flow_key(flow))
    lines = []
    for cell in sorted(sums):
        if not lookups.counts(cell.commodity):
            continue
        unit = books.commodities[cell.commodity].unit
        activity = Activity(*cell, sums[cell], unit, tuple(inputs[cell]))
        line = of_gas(lookups, activity, Heading(SCOPE, MEASURED, MEASURED))
        if line is not None and sums[cell]:
            lines.append(line)
    return lines


def remarks(books: Books, lookups: Lookups, lines: list[EmissionLine]) -> list[Remark]:
    """Say what the direct emissions leave out, and where they may count something twice."""
    return [
        *_uncounted(books, lookups),
        *_given_on(books, lines),
        *_twice(lines),
        *_biofuels(books, lines),
    ]


def _uncounted(books: Books, lookups: Lookups) -> Iterator[Remark]:
    sums: dict[str, int] = defaultdict(int)
    for flow in books.flows:
        emitted = books.inside(flow.source) and books.accounts[flow.target].kind == ENVIRONMENT
        is_gas = books.commodities[flow.commodity].kind == "gas"
        if is_gas and emitted and not lookups.counts(flow.commodity):
            sums[flow.commodity] += flow.quantity
    for gas, quantity in sorted(sums.items()):
        amount, unit = from_micro(quantity), books.commodities[gas].unit
        yield Remark(
            f"{lookups.method.key} does not count {gas}: {amount} {unit} emitted, not included",
            f"{lookups.method.key} 不计 {gas}：已排放 {amount} {unit}，未计入",
        )


def _given_on(books: Books, lines: list[EmissionLine]) -> Iterator[Remark]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        if line.category == CONVERSION:
            sums[line.account, line.commodity] += line.activity
    for (account, fuel), quantity in sorted(sums.items()):
        amount, unit = from_micro(-quantity), books.commodities[fuel].unit
        yield Remark(
            f"{account} gave {amount} {unit} of {fuel} more than it took in: counted as carbon "
            "given on; check the meters if it makes none",
            f"{account} 的 {fuel} 流出比流入多 {amount} {unit}：按碳平衡扣减；"
            "若不生产该燃料请核对计量表",
        )


def _twice(lines: list[EmissionLine]) -> Iterator[Remark]:
    by_factor = {
        (line.account, line.month): line.category for line in lines if line.category in BY_FACTOR
    }
    places = {
        line.account: by_factor[line.account, line.month]
        for line in lines
        if line.category == MEASURED and line.gas == CO2 and (line.account, line.month) in by_factor
    }
    for account, category in sorted(places.items()):
        if category == "process":
            yield Remark(
                f"{account} has process emissions by factor and measured CO2: both are counted; "
                "post what is made to another account if the measurement holds its CO2",
                f"{account} 既有按因子计算的过程排放又有实测二氧化碳，两者均已计入；"
                "若实测值已含过程排放，请将产量记入其他账户",
            )
            continue
        yield Remark(
            f"{account} burns fuel and has measured CO2: both are counted; post the fuel to "
            "another account if the measurement holds its CO2",
            f"{account} 既有燃料燃烧又有实测二氧化碳，两者均已计入；"
            "若实测值已含燃烧排放，请将燃料记入其他账户",
        )


def _biofuels(books: Books, lines: list[EmissionLine]) -> Iterator[Remark]:
    told = {line.commodity for line in lines}
    for fuel in sorted({cell.commodity for cell in fuel_use(books)} - told):
        if books.commodities[fuel].kind == "biofuel":
            yield Remark(
                f"no factor for {fuel}: its biogenic CO2, which is no part of the total, is not "
                "stated",
                f"没有 {fuel} 的因子：其生物成因二氧化碳（不计入总量）未列出",
            )
