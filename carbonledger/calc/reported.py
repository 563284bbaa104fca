"""Figures as a standard reports them: its own categories, its own rounding.

Nothing here enters the books: sums are made of the lines at full precision and only what is shown
is rounded.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

from carbonledger.calc.figures import Remark, tonnes
from carbonledger.calc.model import EmissionLine
from carbonledger.factors.rules import Category, Method, Rounding
from carbonledger.units import from_micro

MODES = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP}
DIGITS = 60
"""More than any sum of milligrams has."""
INSTRUMENT = "instrument"
VALUE_CHAIN = "3/"
"""How patterns of lines of scope 3 begin."""
KILOGRAMS = "kg_co2e_per_unit"


def displayed(value: Decimal, rule: Rounding) -> Decimal:
    """Round a figure as the method reports it."""
    with localcontext(prec=DIGITS):
        return value.quantize(Decimal(1).scaleb(-rule.places), rounding=MODES[rule.mode])


def reported(
    method: Method, lines: Iterable[EmissionLine], scopes: Mapping[str, Decimal | None]
) -> dict[str, object]:
    """Write what a method asks for beside the scopes; nothing where it asks for nothing.

    Args:
        method: the rules.
        lines: lines of the inventory.
        scopes: its tonnes by scope; None where it was not assessed.
    """
    answer: dict[str, object] = {}
    if method.categories:
        answer["categories"] = categories(method, tuple(lines))
    if method.rounding:
        rule = method.rounding
        answer["reported"] = {
            name: None if value is None else displayed(value, rule)
            for name, value in scopes.items()
        }
    return answer


def categories(method: Method, lines: tuple[EmissionLine, ...]) -> list[dict[str, object]]:
    """Sum the lines in the categories of the standard; those that no pattern holds are in none.

    A category of scope 3 alone that has no lines was not assessed, so that it has no sum.
    """
    return [
        {
            "code": one.code,
            "name": one.name["en"],
            "name_zh": one.name["zh"],
            "t": _sum(one, [line for line in lines if one.holds(line.scope, line.category)]),
        }
        for one in method.categories
    ]


def _sum(one: Category, own: list[EmissionLine]) -> Decimal | None:
    if not own and all(pattern.startswith(VALUE_CHAIN) for pattern in one.lines):
        return None
    return tonnes(sum(line.co2e_mg for line in own))


def reported_products(method: Method, rows: Iterable[Mapping[str, object]]) -> list[object]:
    """Put the reported figure beside the exact one of every product."""
    rule = method.rounding
    return [
        {**row, "reported_kg_per_unit": displayed(value, rule)}
        if rule and isinstance(value := row[KILOGRAMS], Decimal)
        else row
        for row in rows
    ]


def evidence(method: Method, lines: Iterable[EmissionLine]) -> Iterator[Remark]:
    """Name the papers that the standard asks for, where electricity counts by an instrument."""
    papers = method.scope_2.instrument.evidence if method.scope_2 else {"en": "", "zh": ""}
    covered = {
        (line.account, line.commodity, line.month): line
        for line in lines
        if line.basis.partition(";")[0] == INSTRUMENT
    }
    if papers["en"] and covered:
        kwh = from_micro(sum(line.activity for line in covered.values()))
        yield Remark(
            f"{kwh} kWh count by an instrument, which needs {papers['en']}",
            f"{kwh} kWh 按绿电凭证计算，需具备{papers['zh']}",
        )
