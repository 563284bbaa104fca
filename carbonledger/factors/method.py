"""Methods: a standard's rules as data, so that the same kWh may count differently under each.

A method is one TOML file of `factors/methods/`: which gases and GWP set, which factors of which
purpose and packs are looked for in which order, what a green kWh counts, how exports are netted,
which tce basis, which indicators with which thresholds. The method is a key of every result.
"""

from pathlib import Path
from tomllib import TOMLDecodeError, loads

from carbonledger.errors import FactorRefused
from carbonledger.factors.rules import (
    LEVELS,
    ROUNDINGS,
    YEARS,
    Category,
    EnergyRules,
    IndicatorRule,
    Limit,
    Method,
    Names,
    ParkRules,
    ProductRules,
    Rate,
    Rounding,
    Scope1,
    Scope2,
    Search,
)
from carbonledger.factors.scope3 import read_scope_3
from carbonledger.factors.tables import Table
from carbonledger.resources import folder

__all__ = ["Method", "load_method", "parse_method", "shipped_methods"]


def load_method(path: Path) -> Method:
    """Read a method from its file.

    Raises:
        FactorRefused: the file cannot be read, is no TOML, or its rules contradict themselves.
    """
    try:
        return parse_method(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise FactorRefused(f"{path}: cannot be read: {error}", code="method") from error


def parse_method(text: str, where: str = "method") -> Method:
    """Read a method from its TOML text.

    Args:
        text: the rules.
        where: name of the source, for messages.

    Raises:
        FactorRefused: the text is no TOML, a rule is missing, unknown or of the wrong type, or a
            rule names a search that the method does not have.
    """
    try:
        top = Table(loads(text), where)
    except TOMLDecodeError as error:
        raise FactorRefused(f"{where}: {error}", code="method") from error
    method = _method(top, text)
    top.done()
    _check_searches(method, where)
    return method


def shipped_methods() -> tuple[Method, ...]:
    """Read the methods that travel with the program, by code and edition."""
    paths = sorted((folder("factors") / "methods").glob("*.toml"))
    return tuple(sorted((load_method(path) for path in paths), key=lambda method: method.key))


def _method(top: Table, text: str) -> Method:
    return Method(
        code=top.text("code"),
        edition=top.text("edition"),
        kind=_one_of(top, "kind", ("organisation", "product")),
        name=top.names("name"),
        standard=top.text("standard"),
        note=top.names("note"),
        gases=top.texts("gases"),
        gwp_set=top.text("gwp_set", ""),
        renewable=top.texts("renewable"),
        non_fossil=top.texts("non_fossil"),
        searches=top.by_name("search", _search),
        scope_1=top.optional("scope_1", _scope_1),
        scope_2=top.optional("scope_2", _scope_2),
        scope_3=top.optional("scope_3", read_scope_3),
        energy=top.optional("energy", _energy),
        park=top.optional("park", _park),
        product=top.optional("product", _product),
        text=text,
        categories=top.each("category", _category),
        rounding=top.optional("rounding", _rounding),
    )


def _search(table: Table) -> Search:
    regions = table.texts("regions", LEVELS)
    for level in regions:
        if level not in LEVELS:
            raise table.refusal("regions", f"names {level}; known are {', '.join(LEVELS)}")
    return Search(
        purposes=table.texts("purposes"),
        packs=table.texts("packs"),
        regions=regions,
        year=_one_of(table, "year", YEARS),
        bases=table.texts("bases", ()),
        technology=table.text("technology", ""),
        clause=table.text("clause"),
    )


def _rate(table: Table) -> Rate:
    search, value = table.text("search", ""), table.number("value")
    if bool(search) == (value is not None):
        raise table.refusal("search or value", "must be given, one of the two")
    unit = "" if search else table.text("unit")
    evidence = table.optional("evidence", _pair) or {"en": "", "zh": ""}
    return Rate(search, value, unit, table.text("clause"), evidence)


def _scope_1(table: Table) -> Scope1:
    return Scope1(
        combustion=table.text("combustion"),
        required=table.texts("required"),
        further=table.texts("further", ()),
        carbon_free=table.texts("carbon_free", ()),
        clause=table.text("clause"),
        mobile=table.text("mobile", ""),
        process=table.text("process", ""),
    )


def _scope_2(table: Table) -> Scope2:
    return Scope2(
        one_rule=table.flag("one_rule", default=False),
        exports=_one_of(table, "exports", ("gross", "netted")),
        grid=table.text("grid"),
        uncovered=table.texts("uncovered"),
        instrument=table.read("instrument", _rate),
        direct=table.read("direct", _rate),
        heat=table.text("heat"),
        heat_non_fossil=table.read("heat_non_fossil", _rate),
        supplier=table.flag("supplier", default=False),
        clause=table.text("clause"),
    )


def _energy(table: Table) -> EnergyRules:
    conversion, primary = table.text("conversion"), table.text("primary")
    bases = {name: tuple(order.split()) for name, order in table.strings("bases").items()}
    if primary not in bases:
        raise table.refusal("primary", f"{primary} is not among the bases {', '.join(bases)}")
    return EnergyRules(conversion, bases, primary, table.text("clause"))


def _park(table: Table) -> ParkRules:
    return ParkRules(
        total=table.texts("total"),
        utilised=table.texts("utilised"),
        waste_excluded=table.texts("waste_excluded", ()),
        clean_fuels=table.texts("clean_fuels", ()),
        benchmarks=table.text("benchmarks", ""),
        indicators=table.each("indicator", _indicator),
        clause=table.text("clause"),
    )


def _indicator(table: Table) -> IndicatorRule:
    return IndicatorRule(
        code=table.text("code"),
        measure=table.text("measure"),
        name=table.names("name"),
        unit=table.text("unit"),
        kind=_one_of(table, "kind", ("core", "guiding", "rule", "information")),
        clause=table.text("clause"),
        limits=table.each("limit", _limit),
        note=table.optional("note", _pair) or {"en": "", "zh": ""},
    )


def _pair(table: Table) -> Names:
    return {"en": table.text("en"), "zh": table.text("zh")}


def _limit(table: Table) -> Limit:
    at_most, at_least = table.number("at_most"), table.number("at_least")
    value = at_least if at_most is None else at_most
    if value is None or (at_most is not None and at_least is not None):
        raise table.refusal("at_most or at_least", "must be given, one of the two")
    relation = ">=" if at_most is None else "<="
    return Limit(relation, value, table.number("from_tce"), table.number("below_tce"))


def _product(table: Table) -> ProductRules:
    return ProductRules(
        electricity=table.text("electricity", ""),
        technology=table.text("technology", ""),
        transmission=table.text("transmission", ""),
        combustion=table.text("combustion"),
        heat=table.text("heat"),
        clause=table.text("clause"),
        process=table.text("process", ""),
        inputs=table.text("inputs", ""),
        left_out=table.texts("left_out", ()),
    )


def _category(table: Table) -> Category:
    return Category(
        table.text("code"), table.names("name"), table.texts("lines"), table.text("clause")
    )


def _rounding(table: Table) -> Rounding:
    places = table.number("places")
    if places is None or places < 0 or places != int(places):
        raise table.refusal("places", "must be a whole number of decimal places, quoted")
    return Rounding(int(places), _one_of(table, "mode", ROUNDINGS), table.text("clause"))


def _one_of(table: Table, key: str, known: tuple[str, ...]) -> str:
    value = table.text(key)
    if value not in known:
        raise table.refusal(key, f"is {value!r}; known are {', '.join(known)}")
    return value


def _check_searches(method: Method, where: str) -> None:
    """Refuse a rule that names a search the method does not have."""
    for name in _named_searches(method):
        if name and name not in method.searches:
            raise FactorRefused(f"{where}: there is no search {name}", code="method")


def _named_searches(method: Method) -> list[str]:
    names: list[str] = ["gwp"] if method.gwp_set else []
    if method.scope_1:
        names += [method.scope_1.combustion, method.scope_1.mobile, method.scope_1.process]
    if rules := method.scope_2:
        rates = (rules.instrument, rules.direct, rules.heat_non_fossil)
        names += [rules.grid, rules.heat, *rules.uncovered, *(rate.search for rate in rates)]
    if three := method.scope_3:
        names += [three.upstream, *(name for _, name in three.searches)]
    if method.energy:
        names.append(method.energy.conversion)
    if method.park:
        names.append(method.park.benchmarks)
    if rule := method.product:
        names += [rule.electricity, rule.technology, rule.transmission, rule.combustion]
        names += [rule.heat, rule.inputs]
        names.append(rule.process)
    return names
