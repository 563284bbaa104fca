"""What the indicators of a park measure, each from the same flows, energy and inventory."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from carbonledger.calc.balance import CARRIERS, throughputs
from carbonledger.calc.energy import EnergyResult
from carbonledger.calc.figures import NOTHING, Remark
from carbonledger.calc.inventory import InventoryResult
from carbonledger.calc.model import MICRO, Books, flow_key
from carbonledger.calc.purchases import DIRECT
from carbonledger.calc.renewable import Volumes
from carbonledger.factors.rules import Method, ParkRules

FRESH_WATER, REUSED_WATER = ("water",), ("reused_water",)
VALUE_ADDED = "value_added"
CNY_OF_TEN_THOUSAND = 10_000
MG_PER_T = 10**9


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of a boundary when its indicators are measured.

    Attributes:
        books: flows of the whole site.
        method: the rules.
        rules: the rules for a park.
        inventory: the inventory.
        energy: energy in standard coal.
        electricity: electricity by where it came from.
    """

    books: Books
    method: Method
    rules: ParkRules
    inventory: InventoryResult
    energy: EnergyResult
    electricity: Volumes

    def co2_mg(self) -> int:
        """Sum the scopes that the method's indicators count, in milligrams."""
        lines = self.inventory.lines
        return sum(line.co2e_mg for line in lines if line.scope in self.rules.total)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured indicator.

    Attributes:
        value: exact; None when it cannot be measured.
        formula: in the notation of the method.
        inputs: keys of figures and flows.
        reason: why there is no value, or what must be said with it.
    """

    value: Fraction | None
    formula: str
    inputs: tuple[str, ...] = ()
    reason: Remark = NOTHING


def _quotient(
    part: int | Fraction,
    whole: int | Fraction,
    formula: str,
    inputs: Iterable[str],
    nothing: Remark,
) -> Measure:
    if not whole:
        return Measure(None, formula, tuple(inputs), nothing)
    return Measure(Fraction(part) / Fraction(whole), formula, tuple(inputs))


NO_ENERGY = Remark("no energy was consumed", "未消费能源")
NO_ELECTRICITY = Remark("no electricity was consumed", "未消费电力")
NO_VALUE_ADDED = Remark(
    "no value added is posted (commodity value_added, from a facility to market)",
    "未录入增加值（商品 value_added，由设施流向 market）",
)


def co2_per_energy(facts: Facts) -> Measure:
    """Tonnes of CO2 per tonne of standard coal (发改环资〔2025〕910号, annex 3, II 2)."""
    basis = facts.energy.primary
    return _quotient(
        facts.co2_mg(), facts.energy.coal_mg(basis), f"CO2 / energy consumption at {basis} value",
        ("co2", f"tce-{basis}"), NO_ENERGY,
    )  # fmt: skip


def clean_energy_share(facts: Facts) -> Measure:
    """Share of clean energy, natural gas included, per cent of energy consumption."""
    return _clean_share(facts, facts.rules.clean_fuels)


def clean_energy_share_without_gas(facts: Facts) -> Measure:
    """Share of non-fossil energy, per cent of energy consumption."""
    return _clean_share(facts, ())


def _clean_share(facts: Facts, fuels: tuple[str, ...]) -> Measure:
    basis = facts.energy.primary
    clean = sum((_clean_coal(facts, code, fuels) for code in _carriers(facts)), Fraction(0))
    formula = f"(non-fossil energy{' + ' + ', '.join(fuels) if fuels else ''}) / energy × 100"
    inputs = (f"tce-{basis}", "electricity-non-fossil", "certified")
    return _quotient(100 * clean, facts.energy.coal_mg(basis), formula, inputs, NO_ENERGY)


def _carriers(facts: Facts) -> tuple[str, ...]:
    return tuple(sorted({line.commodity for line in facts.energy.lines}))


def _clean_coal(facts: Facts, commodity: str, fuels: tuple[str, ...]) -> Fraction:
    """Sum the standard coal of the clean part of one carrier, in milligrams."""
    coal = facts.energy.coal_mg(facts.energy.primary, commodity)
    kind = facts.books.commodities[commodity].kind
    if kind == "biofuel" or commodity in fuels:
        return Fraction(coal)
    if kind not in CARRIERS:
        return Fraction(0)
    lines = [line for line in facts.energy.lines if line.commodity == commodity]
    consumed = sum(line.quantity for line in lines)
    if kind == "electricity":
        clean = facts.electricity.non_fossil + facts.electricity.certified
    else:
        bought = facts.inventory.bought.purchases
        clean = sum(one.quantity for one in bought if one.commodity == commodity
                    and one.kind == DIRECT and not one.resold)  # fmt: skip
        clean += sum(line.own for line in lines)
    return Fraction(coal * min(clean, consumed), consumed) if consumed > 0 else Fraction(0)


def direct_supply_share(facts: Facts) -> Measure:
    """Share of electricity supplied directly from non-fossil sources, own generation included."""
    seen = facts.electricity
    return _quotient(
        100 * seen.non_fossil, seen.consumed, "directly supplied non-fossil / electricity × 100",
        ("electricity-non-fossil", "electricity"), NO_ELECTRICITY,
    )  # fmt: skip


def renewable_share(facts: Facts) -> Measure:
    """Share of renewable electricity, certificates included, per cent."""
    seen = facts.electricity
    return _quotient(
        100 * seen.renewable, seen.consumed, "renewable / electricity × 100",
        ("renewable", "electricity"), NO_ELECTRICITY,
    )  # fmt: skip


def solid_waste_utilisation(facts: Facts) -> Measure:
    """Utilised over generated waste, what was put into stock included, per cent.

    Utilised is what went to a treatment that counts as utilisation by the method; generated is all
    that left for treatment, plus what stocks gained. What stocks lost is in neither.
    """
    books, rules = facts.books, facts.rules
    utilised = generated = 0
    unknown: set[str] = set()
    keys: list[str] = []
    for flow in books.flows:
        what = books.commodities[flow.commodity]
        if what.kind != "waste" or what.code in rules.waste_excluded:
            continue
        outward = books.inside(flow.source) - books.inside(flow.target)
        if outward:
            keys.append(flow_key(flow))
        if outward > 0:
            treatment = books.accounts[flow.target].treatment
            generated += flow.quantity
            utilised += flow.quantity if treatment in rules.utilised else 0
            unknown |= set() if treatment else {flow.target}
    generated += max(_into_stock(facts), 0)
    formula = f"waste to {', '.join(rules.utilised)} / (waste treated + put into stock) × 100"
    nothing = Remark("no waste is posted", "未录入固体废物")
    found = _quotient(100 * utilised, generated, formula, keys, nothing)
    if not unknown or found.value is None:
        return found
    places = ", ".join(sorted(unknown))
    reason = Remark(
        f"the treatment of {places} is not declared: its waste counts as not utilised",
        f"{places} 的处理方式未声明：其废物按未利用计",
    )
    return Measure(found.value, found.formula, found.inputs, reason)


def _into_stock(facts: Facts) -> int:
    return sum(
        through.net
        for cell, through in throughputs(facts.books, ("waste",)).items()
        if facts.books.accounts[cell.account].kind == "stock"
        and cell.commodity not in facts.rules.waste_excluded
    )


def water_reuse(facts: Facts) -> Measure:
    """Reused water over reused and fresh water, per cent (GB/T 7119)."""
    fresh, fresh_keys = _water_taken(facts.books)
    reused = throughputs(facts.books, ("water",))
    consumed = {cell: one for cell, one in reused.items() if cell.commodity in REUSED_WATER}
    sum_reused = sum(one.net for one in consumed.values() if one.net > 0)
    nothing = Remark(
        "no reused water is posted (commodity reused_water between accounts)",
        "未录入重复利用水（商品 reused_water）",
    )
    keys = (*fresh_keys, *dict.fromkeys(key for one in consumed.values() for key in one.inputs))
    formula = "reused / (reused + fresh) × 100"
    if not sum_reused:
        return Measure(None, formula, keys, nothing)
    return _quotient(100 * sum_reused, sum_reused + fresh, formula, keys, nothing)


def _water_taken(books: Books) -> tuple[int, tuple[str, ...]]:
    total, keys = 0, []
    for flow in books.flows:
        inward = books.inside(flow.target) - books.inside(flow.source)
        if inward and flow.commodity in FRESH_WATER:
            total += inward * flow.quantity
            keys.append(flow_key(flow))
    return total, tuple(keys)


def water_per_value_added(facts: Facts) -> Measure:
    """Cubic metres of fresh water per 10,000 CNY of value added."""
    fresh, keys = _water_taken(facts.books)
    found = _per_value_added(facts, Fraction(fresh, MICRO), "fresh water", keys)
    if not fresh and found.value is not None:
        nothing = Remark("no fresh water is posted", "未录入新水")
        return Measure(None, found.formula, found.inputs, nothing)
    return found


def energy_per_value_added(facts: Facts, basis: str = "") -> Measure:
    """Tonnes of standard coal per 10,000 CNY of value added; `basis` "": that of the method."""
    chosen = basis or facts.energy.primary
    coal = Fraction(facts.energy.coal_mg(chosen), MG_PER_T)
    return _per_value_added(facts, coal, f"energy at {chosen} value", (f"tce-{chosen}",))


def co2_per_value_added(facts: Facts) -> Measure:
    """Tonnes of CO2 per 10,000 CNY of value added."""
    return _per_value_added(facts, Fraction(facts.co2_mg(), MG_PER_T), "CO2", ("co2",))


def _per_value_added(facts: Facts, amount: Fraction, word: str, inputs: tuple[str, ...]) -> Measure:
    value, keys = 0, []
    for flow in facts.books.flows:
        outward = facts.books.inside(flow.source) - facts.books.inside(flow.target)
        if outward and flow.commodity == VALUE_ADDED:
            value += outward * flow.quantity
            keys.append(flow_key(flow))
    formula = f"{word} / value added (万CNY)"
    whole = Fraction(value, MICRO * CNY_OF_TEN_THOUSAND)
    return _quotient(amount, whole, formula, (*inputs, *keys), NO_VALUE_ADDED)


def electricity_factor(facts: Facts) -> Measure:
    """Kilograms of CO2 per kWh consumed, own generation included, in the method's scope 2."""
    books = facts.books
    lines = {
        f"line:{number}": line.co2e_mg
        for number, line in enumerate(facts.inventory.lines, 1)
        if line.scope in facts.rules.total
        and books.commodities[line.commodity].kind == "electricity"
    }
    # Milligrams over millionths of a kWh are kilograms over kWh.
    formula, inputs = "CO2 of electricity / electricity", (*lines, "electricity")
    mass = sum(lines.values())
    return _quotient(mass, facts.electricity.consumed, formula, inputs, NO_ELECTRICITY)


def product_unit_energy(_facts: Facts) -> Measure:
    """Not measured: the limits of each product's standard must be stated first."""
    reason = Remark(
        "needs the level 2 limit of the energy standard of each product, which is not stated",
        "需要各产品能耗限额标准的二级限额，尚未提供",
    )
    return Measure(None, "unit energy of each product against its level 2 limit", (), reason)


def waste_heat_utilisation(_facts: Facts) -> Measure:
    """Not measured: recoverable waste heat, cold and pressure are not posted."""
    reason = Remark(
        "needs recoverable and recovered waste heat, cold and pressure, which are not posted",
        "需要可回收与已回收的余热、余冷、余压数据，尚未录入",
    )
    return Measure(None, "mean of the three rates, weighted by recoverable energy", (), reason)


def energy_saving_equipment(_facts: Facts) -> Measure:
    """Not measured: rated powers of equipment and their efficiency levels are not posted."""
    reason = Remark(
        "needs the rated power of equipment by level of efficiency, which is not posted",
        "需要各能效等级设备的额定功率，尚未录入",
    )
    return Measure(None, "rated power at level 2 or better / rated power × 100", (), reason)


def automatic_collection(_facts: Facts) -> Measure:
    """Not measured: which meters are due by the rules on metering is not stated."""
    reason = Remark(
        "needs the list of meters that the rules on metering ask for, which is not posted",
        "需要按计量配备要求应配置的仪表清单，尚未录入",
    )
    return Measure(None, "meters collected automatically / meters due × 100", (), reason)


def products_with_footprint(_facts: Facts) -> Measure:
    """Not measured: which product classes are main ones is not stated."""
    reason = Remark(
        "needs the list of main product classes, which is not stated",
        "需要主要产品类别清单，尚未提供",
    )
    return Measure(None, "main product classes with a footprint / all × 100", (), reason)


MEASURES: dict[str, Callable[[Facts], Measure]] = {
    "co2_per_energy": co2_per_energy,
    "clean_energy_share": clean_energy_share,
    "clean_energy_share_without_gas": clean_energy_share_without_gas,
    "direct_supply_share": direct_supply_share,
    "renewable_share": renewable_share,
    "solid_waste_utilisation": solid_waste_utilisation,
    "water_reuse": water_reuse,
    "water_per_value_added": water_per_value_added,
    "energy_per_value_added": energy_per_value_added,
    "co2_per_value_added": co2_per_value_added,
    "electricity_factor": electricity_factor,
    "product_unit_energy": product_unit_energy,
    "waste_heat_utilisation": waste_heat_utilisation,
    "energy_saving_equipment": energy_saving_equipment,
    "automatic_collection": automatic_collection,
    "products_with_footprint": products_with_footprint,
}
"""Measures by the name that methods use; shares in per cent."""
