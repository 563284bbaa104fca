"""Scope 3 in its fifteen categories: flows × factors, and what each category lacks.

GHG Protocol Technical Guidance for Calculating Scope 3 Emissions (2013): supplier-specific, hybrid,
average-data and spend-based methods. A category without factors is not zero: it is not assessed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from carbonledger.calc.figures import NOTHING, Remark, tonnes
from carbonledger.calc.lines import Activity, Heading, of_gas, with_factor
from carbonledger.calc.lookups import CO2E, Lookups
from carbonledger.calc.model import Books, EmissionLine
from carbonledger.calc.purchases import BOUGHT
from carbonledger.calc.scope2 import Purchased
from carbonledger.calc.scope3_money import CURRENCIES, Missing, exchanged
from carbonledger.calc.scope3_tasks import WELL_TO_TANK, Amount, Task, Tasks, energy_tasks, tasks
from carbonledger.errors import CalculationRefused, Fault
from carbonledger.factors.lookup import Found
from carbonledger.factors.rules import Method
from carbonledger.factors.scope3 import CATEGORIES, ENERGY, Scope3, name_of
from carbonledger.units import round_half_even, split_ratio, unit

SCOPE, RESOLD = "3", "resold_"
CALCULATED, PARTIAL, NOT_RELEVANT, NOT_ASSESSED = (
    "calculated", "partial", "not_relevant", "not_assessed",
)  # fmt: skip
SUPPLIER, ACTIVITY, SPEND, HYBRID = "supplier", "activity", "spend", "hybrid"
Answer = tuple[Found, str]
"""A factor, and what data it is."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category of scope 3 in a result.

    Attributes:
        category: its number.
        name: in English and Chinese.
        status: `calculated`; `partial`: some of its flows lack a factor; `not_relevant`: the site
            says so; `not_assessed`.
        t: tonnes CO2e; None where nothing was calculated.
        method: data it rests on: `supplier`, `activity`, `spend`, `hybrid` (supplier-specific for
            a part); "" where nothing was calculated.
        reason: what it lacks, or why it is not relevant.
    """

    category: str
    name: Remark
    status: str
    t: Decimal | None
    method: str
    reason: Remark


@dataclass(slots=True)
class Chain:
    """What came of the flows of scope 3.

    Attributes:
        lines: emission lines.
        data: data used, by category.
        missing: what lacks a factor, by category.
        money: rates that are not stated.
    """

    lines: list[EmissionLine] = field(default_factory=list)
    data: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    missing: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    money: set[Missing] = field(default_factory=set)


def scope_3(books: Books, lookups: Lookups, bought: Purchased) -> Chain:
    """Make the lines of scope 3 beside resold energy; none where the method has no scope 3.

    Args:
        books: flows of the whole site.
        lookups: the factors; what a required category lacks is remembered there.
        bought: the energy of the boundary, with the lines of what was resold.

    Raises:
        CalculationRefused: `scope-3`; money needs a rate that is not stated, a required category
            has no flows, or bought energy is put into another category than 3.
    """
    if lookups.method.scope_3 is None:
        return Chain()
    rules = _rules(lookups)
    made = Chain()
    wanted = tasks(books, rules)
    for task, amount in wanted.items():
        _make(books, lookups, task, amount, made)
    _make_energy(books, lookups, bought, made)
    _refuse_money(made.money)
    _refuse_empty(rules, wanted, bought)
    if any(line.category.startswith(RESOLD) for line in bought.lines):
        made.data[ENERGY].add(ACTIVITY)
    return made


def categories(
    rules: Scope3 | None, made: Chain, lines: Iterable[EmissionLine]
) -> tuple[Category, ...]:
    """Make the table of the fifteen categories; empty where the method has no scope 3.

    Args:
        rules: the method's rules.
        made: from `scope_3`.
        lines: all lines of the inventory, as they count.
    """
    if rules is None:
        return ()
    own: dict[str, list[EmissionLine]] = defaultdict(list)
    for line in lines:
        if line.scope == SCOPE:
            own[category_of(line)].append(line)
    return tuple(_category(one, rules, made, own[name_of(one)]) for one in CATEGORIES)


def category_of(line: EmissionLine) -> str:
    """Name the category that a line of scope 3 belongs to; energy resold is category 3."""
    return name_of(ENERGY) if line.category.startswith(RESOLD) else line.category


def not_assessed(method: Method, lines: Iterable[EmissionLine]) -> Remark | None:
    """Say why scope 3 as a whole has no figure; None where it has lines.

    Args:
        method: the rules.
        lines: all lines of the inventory, as they count.
    """
    if any(line.scope == SCOPE for line in lines):
        return None
    if method.scope_3 is None:
        return Remark(
            f"{method.key} has no rules for scope 3",
            f"{method.key} 没有范围三的规则",
        )
    return Remark(
        "none of the fifteen categories is calculated",
        "十五个类别均未计算",
    )


def _make(books: Books, lookups: Lookups, task: Task, amount: Amount, made: Chain) -> None:
    if not (task.search or task.factor):
        _measured(lookups, task, _activity(books, task, amount), made)
        return
    answer = _answer(lookups, task, made)
    if answer is not None:
        _line(books, lookups, task, amount, answer, made)


def _make_energy(books: Books, lookups: Lookups, bought: Purchased, made: Chain) -> None:
    for needs, purchases, inputs in energy_tasks(books, _rules(lookups), bought):
        for need in needs:
            answer = _answer(lookups, need, made)
            if answer is None:
                continue
            for one in purchases:
                task, amount = need._replace(account=one.account), Amount(one.quantity, inputs)
                _line(books, lookups, task, amount, answer, made)


def _answer(lookups: Lookups, task: Task, made: Chain) -> Answer | None:
    answer = _factor(lookups, _rules(lookups), task)
    if answer is None and task.technology != WELL_TO_TANK:
        made.missing[task.category].add(_lacks(task))
    return answer


def _line(  # noqa: PLR0917
    books: Books, lookups: Lookups, task: Task, amount: Amount, answer: Answer, made: Chain
) -> None:
    found, data = answer
    activity = _activity(books, task, amount)
    below = unit(split_ratio(found.factor.unit)[1].symbol)
    stated = data
    if books.commodities[task.commodity].kind == "money" or below.dimension in CURRENCIES:
        money = exchanged(activity, found.factor, _rules(lookups).stated.rates)
        if isinstance(money, Missing):
            made.money.add(money)
            return
        activity, why = money
        data = data if data == SUPPLIER else SPEND
        stated = f"{data}; {why}" if why else data
    activity = _by_mass(books, task, activity, below.dimension)
    heading = Heading(SCOPE, name_of(task.category), stated)
    line = with_factor(lookups, activity, found, heading)
    if line is not None:
        made.lines.append(line)
        made.data[task.category].add(data)


def _rules(lookups: Lookups) -> Scope3:
    rules = lookups.method.scope_3
    if rules is None:
        raise CalculationRefused(f"{lookups.method.key} has no rules for scope 3", code="scope-3")
    return rules


def _activity(books: Books, task: Task, amount: Amount) -> Activity:
    share = task.share * amount.quantity
    quantity = round_half_even(share.numerator, share.denominator)
    canonical = books.commodities[task.commodity].unit
    return Activity(task.account, task.commodity, task.month, quantity, canonical, amount.inputs)


def _by_mass(books: Books, task: Task, activity: Activity, dimension: str) -> Activity:
    """Weigh what is counted in pieces, where the factor is per mass and the mass is known."""
    mass = books.commodities[task.commodity].mass_kg
    if mass is None or dimension != "mass" or unit(activity.unit).dimension == "mass":
        return activity
    exact = Fraction(mass) * activity.quantity
    kilograms = round_half_even(exact.numerator, exact.denominator)
    return activity._replace(quantity=kilograms, unit="kg")


def _measured(lookups: Lookups, task: Task, activity: Activity, made: Chain) -> None:
    """Take emissions that somebody else states, a supplier or a company invested in, as they are.

    Gases that the method does not count are left out.
    """
    counts = task.commodity == CO2E or lookups.counts(task.commodity)
    heading = Heading(SCOPE, name_of(task.category), SUPPLIER)
    line = of_gas(lookups, activity, heading) if counts else None
    if line is None:
        made.missing[task.category].add(task.commodity)
        return
    made.lines.append(line)
    made.data[task.category].add(SUPPLIER)


def _factor(lookups: Lookups, rules: Scope3, task: Task) -> Answer | None:
    """Find the factor of a task: stated by the site, of its region, of another that may do."""
    for name, data, factor in rules.stated.factors:
        if name == task.factor:
            return Found(replace(factor, activity=task.activity), ""), data
    for place in (task.region, *rules.elsewhere):
        found = lookups.find(
            task.search, task.activity, place, task.month, gases=_gases(lookups),
            technology=task.technology, required=False,
        )  # fmt: skip
        if found:
            return (found if place == task.region else _foreign(found, task)), ACTIVITY
    if task.category in rules.stated.required and task.technology != WELL_TO_TANK:
        lookups.find(
            task.search, task.activity, task.region, task.month, gases=_gases(lookups),
            technology=task.technology,
        )  # fmt: skip
    return None


def _gases(lookups: Lookups) -> tuple[str, ...]:
    return tuple(reversed(lookups.emissions()))


def _foreign(found: Found, task: Task) -> Found:
    why = f"region {found.factor.region} for {task.region or 'none stated'}"
    return Found(found.factor, ", ".join(filter(None, (why, found.fallback))))


def _lacks(task: Task) -> str:
    return f"{task.activity} ({task.technology})" if task.technology else task.activity


def _refuse_money(missing: Iterable[Missing]) -> None:
    listed = sorted(missing)
    problems = [Fault("", 0, "", one.spent, one.say()) for one in listed]
    if problems:
        raise CalculationRefused(
            problems[0].reason,
            code="scope-3",
            hint="state what the money is worth, with its source, in site.toml: [[scope_3.rate]] "
            f'{listed[0].rate()}, value = "…", source = "…"',
            problems=problems,
        )


def _refuse_empty(rules: Scope3, wanted: Tasks, bought: Purchased) -> None:
    there = {task.category for task in wanted}
    resold = any(line.category.startswith(RESOLD) for line in bought.lines)
    if resold or any(one.kind == BOUGHT for one in bought.purchases):
        there.add(ENERGY)
    empty = [one for one in rules.stated.required if one not in there]
    if empty:
        names = ", ".join(f"{one} ({CATEGORIES[one][1]})" for one in empty)
        raise CalculationRefused(
            f"required categories of scope 3 have no flows in the period: {names}",
            code="scope-3",
            hint="import what they are made of, put flows into them with [[scope_3.flow]], or "
            "say in [scope_3.not_relevant] why they do not matter",
        )


def _category(number: str, rules: Scope3, made: Chain, own: list[EmissionLine]) -> Category:
    lacks, reasons = sorted(made.missing[number]), dict(rules.stated.not_relevant)
    if own:
        status = PARTIAL if lacks else CALCULATED
    else:
        status = NOT_RELEVANT if number in reasons and not lacks else NOT_ASSESSED
    _, english, chinese = CATEGORIES[number]
    return Category(
        category=number,
        name=Remark(english, chinese),
        status=status,
        t=tonnes(sum(line.co2e_mg for line in own)) if own else None,
        method=_method(made.data[number]),
        reason=_reason(status, lacks, reasons.get(number, "")),
    )


def _method(data: set[str]) -> str:
    if SUPPLIER in data and len(data) > 1:
        return HYBRID
    return " + ".join(sorted(data))


def _reason(status: str, lacks: list[str], stated: str) -> Remark:
    if lacks:
        listed = ", ".join(lacks)
        return Remark(f"no factor for {listed}", f"没有以下各项的因子：{listed}")
    if status == NOT_RELEVANT:
        return Remark(stated, stated)
    if status == NOT_ASSESSED:
        return Remark("no flows are posted for it", "未录入相关流量")
    return NOTHING


def category_answer(table: Iterable[Category]) -> Iterator[dict[str, object]]:
    """Write the categories as programs read them."""
    for one in table:
        yield {
            "category": one.category, "name": one.name.en, "name_zh": one.name.zh,
            "status": one.status, "t": one.t, "method": one.method, "reason": one.reason.en,
            "reason_zh": one.reason.zh,
        }  # fmt: skip
