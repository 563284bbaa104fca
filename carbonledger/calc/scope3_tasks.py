"""Which flows belong to which category of scope 3, and what factor each of them needs."""

from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import NamedTuple

from carbonledger.calc.balance import CARRIERS, ENVIRONMENT, FUELS
from carbonledger.calc.model import Books, Flow, flow_key
from carbonledger.calc.purchases import BOUGHT, Purchase
from carbonledger.calc.scope1 import fuel_use
from carbonledger.calc.scope2 import Purchased, import_key
from carbonledger.errors import CalculationRefused
from carbonledger.factors.scope3 import CATEGORIES, ENERGY, FlowRule, Scope3

GAS, WASTE = "gas", ("waste", "waste_water")
WELL_TO_TANK = "wtt"
"""Technology of a factor of grid losses that stands beside the losses' own, where there is one."""


class Task(NamedTuple):
    """What is to be multiplied by a factor.

    Attributes:
        category: number of the category.
        account: inside account that answers for it.
        commodity: what flowed.
        month: local month.
        region: where it was made, carried or treated.
        search: the method's search; "" for a gas, which counts as it is.
        activity: what to look a factor up for.
        technology: treatment of waste, else "".
        factor: name of a factor that the site states, else "".
        share: part of it that counts.
    """

    category: str
    account: str
    commodity: str
    month: str
    region: str
    search: str
    activity: str
    technology: str = ""
    factor: str = ""
    share: Fraction = Fraction(1)


class Amount(NamedTuple):
    """How much of a task there is, in millionths of the commodity's unit, and of which flows."""

    quantity: int
    inputs: tuple[str, ...]


Tasks = dict[Task, Amount]


def tasks(books: Books, rules: Scope3) -> Tasks:
    """List what the categories are made of, in order, but for bought energy (`energy_tasks`).

    A flow goes where the site puts it, else where the method does; flows that stay inside the
    boundary, and those into or out of the environment, belong to no category. Fuels and energy
    that were bought are category 3 alone: their use is scope 1 or 2.

    Raises:
        CalculationRefused: the site puts bought fuel or energy into another category than 3.
    """
    sums: dict[Task, int] = defaultdict(int)
    inputs: dict[Task, list[str]] = defaultdict(list)
    for flow in books.flows:
        for task in _of_flow(books, rules, flow):
            sums[task] += flow.quantity
            inputs[task].append(flow_key(flow))
    for task, quantity, keys in _fuels(books, rules):
        sums[task] += quantity
        inputs[task] += keys
    return {task: Amount(sums[task], tuple(inputs[task])) for task in sorted(sums) if sums[task]}


def fits(patterns: tuple[str, ...], code: str, kind: str) -> bool:
    """Tell whether a commodity is meant by one of some patterns, by its code or its kind."""
    return any(fnmatchcase(code, one) or one == kind for one in patterns)


def search_of(rules: Scope3, code: str, kind: str) -> str:
    """Name the search for the factor of a commodity; "" when the method has none."""
    return next((name for one, name in rules.searches if fits((one,), code, kind)), "")


def _of_flow(books: Books, rules: Scope3, flow: Flow) -> Iterator[Task]:
    stated = [rule for rule in rules.stated.flows if _meant(books, rule, flow)]
    first = {rule.category: rule for rule in reversed(stated)}
    if first:
        for rule in first.values():
            yield _stated(books, rules, rule, flow)
        return
    way = books.inside(flow.target) - books.inside(flow.source)
    inner, outer = (flow.target, flow.source) if way > 0 else (flow.source, flow.target)
    kind = books.commodities[flow.commodity].kind
    if not way or kind in (*CARRIERS, *FUELS) or books.accounts[outer].kind == ENVIRONMENT:
        return
    for one in rules.rules:
        if one.way == ("in" if way > 0 else "out") and fits(one.commodities, flow.commodity, kind):
            yield _task(books, rules, one.category, inner, outer, flow)
            return


def _meant(books: Books, rule: FlowRule, flow: Flow) -> bool:
    outer = [end for end in (flow.source, flow.target) if not books.inside(end)]
    inner = len(outer) == 1
    answers = rule.within or books.boundary.partition("/")[0]
    return (
        bool(outer)
        and fnmatchcase(flow.commodity, rule.commodity)
        and any(fnmatchcase(end, rule.account) for end in outer)
        and (inner or (books.inside(answers) and all(books.accounts[one].outside for one in outer)))
    )


def _stated(books: Books, rules: Scope3, rule: FlowRule, flow: Flow) -> Task:
    inside = [end for end in (flow.target, flow.source) if books.inside(end)]
    outer = next(
        end
        for end in (flow.source, flow.target)
        if not books.inside(end) and fnmatchcase(end, rule.account)
    )
    kind = books.commodities[flow.commodity].kind
    if inside == [flow.target] and rule.category != ENERGY and kind in (*CARRIERS, *FUELS):
        raise CalculationRefused(
            f"{flow.commodity} from {outer} is put into category {rule.category} of scope 3, but "
            f"it is counted in scope 1 or 2 already",
            code="scope-3",
            hint="fuels and energy that are bought are category 3 by themselves; take the rule out "
            "of [scope_3] in site.toml, or name the commodities it is for",
        )
    answers = inside[0] if inside else rule.within or books.boundary.partition("/")[0]
    task = _task(books, rules, rule.category, answers, outer, flow)
    search = task.search
    if rule.treatment:
        search = search_of(rules, WASTE[0], WASTE[0])
    return task._replace(
        search=search,
        activity=rule.activity or task.activity,
        technology=rule.treatment or task.technology,
        factor=rule.factor,
        share=rule.share,
    )


def _task(  # noqa: PLR0917
    books: Books, rules: Scope3, category: str, inner: str, outer: str, flow: Flow
) -> Task:
    kind = books.commodities[flow.commodity].kind
    place = books.accounts[outer]
    return Task(
        category=category,
        account=inner,
        commodity=flow.commodity,
        month=flow.month,
        region=place.region or books.accounts[inner].region,
        search="" if kind == GAS else search_of(rules, flow.commodity, kind),
        activity=flow.commodity,
        technology=_treatment(books, flow) if kind == WASTE[0] else "",
    )


def _treatment(books: Books, flow: Flow) -> str:
    return books.accounts[flow.target].treatment or books.accounts[flow.source].treatment


def _fuels(books: Books, rules: Scope3) -> Iterator[tuple[Task, int, tuple[str, ...]]]:
    """Yield the fuels that were bought, as far as they were used: what scope 1 burns."""
    came = {
        flow.commodity
        for flow in books.flows
        if books.inside(flow.target) and not books.inside(flow.source)
    }
    for cell, through in fuel_use(books).items():
        if cell.commodity in came:
            region = books.accounts[cell.account].region
            yield (
                Task(ENERGY, cell.account, cell.commodity, cell.month, region, rules.upstream,
                     cell.commodity),
                through.net,
                through.inputs,
            )  # fmt: skip


def energy_tasks(
    books: Books, rules: Scope3, bought: Purchased
) -> Iterator[tuple[tuple[Task, ...], list[Purchase], tuple[str, ...]]]:
    """Yield the electricity and heat that were bought and used, and what the grid lost of it.

    Yields:
        What energy of one kind, region and month needs, for no account; who bought it; the figure
        it is part of.
    """
    alike: dict[tuple[str, str, str], list[Purchase]] = defaultdict(list)
    for one in bought.purchases:
        if one.kind == BOUGHT and not one.resold:
            alike[one.commodity, one.month, books.accounts[one.account].region].append(one)
    for (commodity, month, region), ones in alike.items():
        task = Task(ENERGY, "", commodity, month, region, rules.upstream, commodity)
        needs = [task]
        if rules.transmission and books.commodities[commodity].kind == "electricity":
            lost = task._replace(activity=rules.transmission)
            needs += [lost, lost._replace(technology=WELL_TO_TANK)]
        yield tuple(needs), ones, (import_key(commodity, month),)


def category_order(category: str) -> int:
    """Give the place of a category among the fifteen."""
    return list(CATEGORIES).index(category)
