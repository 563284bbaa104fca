"""Scope 3: its fifteen categories, a method's rules for them, and what a site states of its own.

GHG Protocol Corporate Value Chain (Scope 3) Accounting and Reporting Standard (2011), chapter 5. A
site states what its flows do not say (`[scope_3]` of site.toml): it is posted whole, as the site's
supplement to the methods, so a changed statement is a new edition.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from carbonledger.errors import FactorRefused, UnitRefused
from carbonledger.factors.model import Factor
from carbonledger.factors.tables import Table
from carbonledger.units import split_ratio

Names = dict[str, str]
CATEGORIES: dict[str, tuple[str, str, str]] = {
    "1": ("purchased_goods", "Purchased goods and services", "外购商品与服务"),
    "2": ("capital_goods", "Capital goods", "资本商品"),
    "3": ("fuel_and_energy", "Fuel- and energy-related activities", "燃料与能源相关活动"),
    "4": ("upstream_transport", "Upstream transportation and distribution", "上游运输与配送"),
    "5": ("waste", "Waste generated in operations", "运营中产生的废弃物"),
    "6": ("business_travel", "Business travel", "商务旅行"),
    "7": ("commuting", "Employee commuting", "员工通勤"),
    "8": ("upstream_leased", "Upstream leased assets", "上游租赁资产"),
    "9": ("downstream_transport", "Downstream transportation and distribution", "下游运输与配送"),
    "10": ("processing", "Processing of sold products", "售出产品的加工"),
    "11": ("use", "Use of sold products", "售出产品的使用"),
    "12": ("end_of_life", "End-of-life treatment of sold products", "售出产品的报废处理"),
    "13": ("downstream_leased", "Downstream leased assets", "下游租赁资产"),
    "14": ("franchises", "Franchises", "特许经营"),
    "15": ("investments", "Investments", "投资"),
}
"""Stable name, name in English and in Chinese, by number (Scope 3 Standard, table 5.4)."""
ENERGY = "3"
DATA = ("supplier", "activity", "spend")
WAYS = ("in", "out")
CODE = "scope-3"


@dataclass(frozen=True, slots=True)
class Scope3Rule:
    """Flows over the boundary that a method puts into a category.

    Attributes:
        category: number of the category.
        way: `in`, `out`.
        commodities: kinds or codes of commodities, patterns allowed.
    """

    category: str
    way: str
    commodities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlowRule:
    """Flows that a site puts into a category: where the flow itself does not say it.

    Attributes:
        category: number of the category.
        account: account beyond the boundary at one end, pattern allowed.
        commodity: what flows, pattern allowed.
        within: account that answers for flows with both ends outside; "" the site.
        activity: what to look a factor up for instead of the commodity, `naics_326211`.
        treatment: treatment of waste, where the flow goes to no treatment account.
        factor: name of a factor that the site states; "" where one is looked up.
        share: part that counts, as of an investment or of a building that is rented in part.
    """

    category: str
    account: str
    commodity: str
    within: str
    activity: str
    treatment: str
    factor: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class MoneyRate:
    """What money of one currency and year is worth in another, as the user states it.

    Attributes:
        currency, year: of the spend.
        to, price_year: of the factor; None: a factor that names no price year.
        value: units of `to` for one unit of `currency`.
        source: where it is stated.
    """

    currency: str
    year: int
    to: str
    price_year: int | None
    value: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What a site states of its scope 3.

    Attributes:
        code, edition: its name as a posted rule; empty before it is posted.
        required: categories that must be calculated in full.
        not_relevant: reasons by category.
        flows: rules for flows, the first that fits counts in its category.
        factors: factors the site states, with whether a supplier gave them (`DATA`), by name.
        rates: rates of money.
    """

    code: str = ""
    edition: str = ""
    required: tuple[str, ...] = ()
    not_relevant: tuple[tuple[str, str], ...] = ()
    flows: tuple[FlowRule, ...] = ()
    factors: tuple[tuple[str, str, Factor], ...] = ()
    rates: tuple[MoneyRate, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope3:
    """A method's rules for scope 3.

    Attributes:
        rules: which flows over the boundary belong to which category, the first that fits.
        searches: search by kind or code of commodity, patterns allowed, the first that fits.
        upstream: search for what fuels and energy emitted before they were used.
        transmission: activity whose factor counts what the grid lost, `electricity_transmission`;
            "" none.
        elsewhere: regions whose factors count where the own region has none; the line says so.
        clause: where the standard says so.
        stated: what the site states.
    """

    rules: tuple[Scope3Rule, ...]
    searches: tuple[tuple[str, str], ...]
    upstream: str
    transmission: str
    elsewhere: tuple[str, ...]
    clause: str
    stated: Statement = Statement()


def name_of(category: str) -> str:
    """Name a category as lines do: `3.1_purchased_goods`."""
    return f"3.{category}_{CATEGORIES[category][0]}"


def read_scope_3(table: Table) -> Scope3:
    """Read the table `[scope_3]` of a method."""
    return Scope3(
        rules=table.each("rule", _rule),
        searches=tuple(table.strings("searches").items()),
        upstream=table.text("upstream"),
        transmission=table.text("transmission", ""),
        elsewhere=table.texts("elsewhere", ()),
        clause=table.text("clause"),
    )


def _rule(table: Table) -> Scope3Rule:
    way = table.text("way")
    if way not in WAYS:
        raise table.refusal("way", f"must be one of {', '.join(WAYS)}")
    return Scope3Rule(_category(table), way, table.texts("commodities"))


def posted_statement(text: str, code: str, edition: str) -> Statement:
    """Read a statement as it was posted."""
    return read_statement(Table(json.loads(text), f"{code}@{edition}"), code, edition)


def read_statement(table: Table, code: str = "", edition: str = "") -> Statement:
    """Read the table `[scope_3]` of a site file.

    Raises:
        FactorRefused: a key is unknown, missing or of the wrong type; a category or unit is none.
    """
    factors = table.by_name("factor", lambda one: _factor(one, code, edition), required=False)
    statement = Statement(
        code=code,
        edition=edition,
        required=tuple(_known(table, "required", one) for one in table.texts("required", ())),
        not_relevant=tuple(
            (_known(table, "not_relevant", one), why)
            for one, why in table.strings("not_relevant").items()
        ),
        flows=table.each("flow", _flow),
        factors=tuple((name, data, one) for name, (data, one) in factors.items()),
        rates=table.each("rate", _money_rate),
    )
    table.done()
    _check(statement, table)
    return statement


def _check(statement: Statement, table: Table) -> None:
    named = {name for name, _, _ in statement.factors}
    for rule in statement.flows:
        if rule.factor and rule.factor not in named:
            raise table.refusal("flow", f"names the factor {rule.factor!r}, which is not stated")
    for category, _ in statement.not_relevant:
        if category in statement.required:
            raise table.refusal("required", f"and not_relevant both name {category}")


def _flow(table: Table) -> FlowRule:
    return FlowRule(
        category=_category(table),
        account=table.text("account", "*"),
        commodity=table.text("commodity", "*"),
        within=table.text("within", ""),
        activity=table.text("activity", ""),
        treatment=table.text("treatment", ""),
        factor=table.text("factor", ""),
        share=_share(table),
    )


def _share(table: Table) -> Fraction:
    """Read `0.4`, `40%` or a fraction, `200/1500`, exactly."""
    text = table.text("share", "1").strip()
    try:
        whole = Fraction(text.removesuffix("%").strip())
    except (ValueError, ZeroDivisionError):
        raise table.refusal("share", f"is no number, per cent or fraction: {text!r}") from None
    share = whole / 100 if text.endswith("%") else whole
    if not 0 < share <= 1:
        raise table.refusal("share", "must be more than 0 and at most 1")
    return share


def _factor(table: Table, code: str, edition: str) -> tuple[str, Factor]:
    value, unit, data = table.number("value"), table.text("unit"), table.text("data", DATA[0])
    if value is None or value < 0:
        raise table.refusal("value", "must be a number of 0 or more")
    if data not in DATA:
        raise table.refusal("data", f"must be one of {', '.join(DATA)}")
    try:
        gas = split_ratio(unit)[0].dimension
    except UnitRefused as refusal:
        raise table.refusal("unit", f"{refusal.message}; {refusal.hint}") from None
    return data, Factor(
        pack=code, edition=edition, code=table.where.rpartition(".")[2], activity="", region="",
        valid_from=None, valid_to=None, data_year=_year(table, "year"), purpose=CODE, gas=gas,
        value=value, unit=unit, page=table.text("source"), confidence="one_source",
        note="stated in the site file",
    )  # fmt: skip


def _money_rate(table: Table) -> MoneyRate:
    value, year = table.number("value"), _year(table, "year")
    if value is None or value <= 0 or year is None:
        raise table.refusal("value and year", "must be given; the rate is more than 0")
    return MoneyRate(
        table.text("from"), year, table.text("to"), _year(table, "price_year"), value,
        table.text("source"),
    )  # fmt: skip


def _year(table: Table, key: str) -> int | None:
    number = table.number(key)
    if number is None:
        return None
    if number != int(number) or not 1900 <= number < 2200:  # noqa: PLR2004 (years)
        raise table.refusal(key, "is no year")
    return int(number)


def _category(table: Table) -> str:
    return _known(table, "category", table.text("category"))


def _known(table: Table, key: str, category: str) -> str:
    if category not in CATEGORIES:
        raise table.refusal(key, f"names {category!r}; the categories are 1 to 15")
    return category


def statement_text(raw: object) -> str:
    """Write a stated table as it is posted: canonical JSON.

    Raises:
        FactorRefused: it holds a date or another value that no rule has.
    """
    try:
        return json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except TypeError as error:
        raise FactorRefused(f"scope_3: {error}", code="method") from error
