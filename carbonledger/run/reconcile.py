"""Why methods give different totals of the same entries, as programs ask for it; not stored."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple

import sqlalchemy as sa

from carbonledger.calc.consolidation import APPROACHES, OPERATIONAL
from carbonledger.calc.figures import tonnes
from carbonledger.calc.inventory import inventory
from carbonledger.calc.model import EmissionLine
from carbonledger.calc.reconcile import (
    CAUSES,
    EVERYWHERE,
    ROUNDING,
    Difference,
    reconcile,
    reported_total,
    reshared,
    total,
)
from carbonledger.errors import CalculationRefused
from carbonledger.factors.rules import Method
from carbonledger.ledger.connect import Ledger
from carbonledger.run.collection import without_collection
from carbonledger.run.question import Question, gather


class Side(NamedTuple):
    """One of the totals that are compared: a method, and the approach it is consolidated by."""

    method: str
    approach: str


class _Made(NamedTuple):
    """Inventories by side, with the rules of their methods; each is made once.

    Attributes:
        rules: by the method's name as it was asked for.
        lines: by side.
        told: boundary and batch that the answers are of.
    """

    rules: dict[str, Method]
    lines: dict[Side, tuple[EmissionLine, ...]]
    told: dict[str, Any]


@without_collection()
def reconciled(
    ledger: Ledger, boundary: str | None, period: str, methods: Sequence[str], *,
    basis: str = "location", consolidation: Sequence[str] = (), as_of: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Explain the difference between any two of some methods' totals, to the milligram.

    Args:
        ledger: the ledger; nothing is written to it.
        boundary: account code; None: the only site.
        period: see `calc.period`.
        methods: at least two codes, each perhaps with an edition; the same one twice where their
            consolidation differs.
        basis: `location` or `market`, by which scope 2 is in the totals.
        consolidation: `equity`, `financial` or `operational`, one for each method or one for all;
            empty: `operational`.
        as_of: last batch to take into account; None: all.

    Returns:
        The totals, and for each pair of methods the lines that lead from the one to the other by
        cause and commodity; with the difference turned round they sum to zero (`remainder_t`).

    Raises:
        CalculationRefused: `reconcile`: fewer than two methods, or approaches that do not fit them;
            else as an inventory.
    """
    sides = _sides(methods, consolidation)
    made = _Made({}, {}, {})
    asked = Question(boundary or "", period, "", as_of)
    with ledger.read() as connection:
        pairs = [
            _pair(connection, asked, one, other, made, basis)
            for one, other in combinations(sides, 2)
        ]
    return {
        "boundary": made.told["boundary"], "period": period, "as_of": made.told["as_of"],
        "basis": basis, "totals": [_total(side, made, basis) for side in sides], "pairs": pairs,
    }  # fmt: skip


def _sides(methods: Sequence[str], approaches: Sequence[str]) -> tuple[Side, ...]:
    given = tuple(approaches) or (OPERATIONAL,)
    unknown = [one for one in given if one not in APPROACHES]
    if unknown or len(given) not in {1, len(methods)}:
        raise CalculationRefused(
            f"{unknown[0]!r} is no approach of consolidation" if unknown else
            f"{len(given)} approaches of consolidation are named for {len(methods)} methods",
            code="reconcile",
            hint=f"name one for all, or one for each: --consolidation {','.join(APPROACHES[::2])}; "
            f"there are {', '.join(APPROACHES)}",
        )  # fmt: skip
    each = given if len(given) > 1 else given * len(methods)
    sides = tuple(dict.fromkeys(Side(*one) for one in zip(methods, each, strict=True)))
    if len(sides) < 2:  # noqa: PLR2004
        raise CalculationRefused(
            "a reconciliation needs two different methods, or one consolidated in two ways",
            code="reconcile",
            hint="name them with --methods ghg-protocol,cn-zero-carbon-park; "
            "carbonledger methods lists what there is",
        )
    return sides


def _lines(
    connection: sa.Connection, asked: Question, side: Side, made: _Made
) -> tuple[EmissionLine, ...]:
    if side not in made.lines:
        question = replace(asked, method=side.method, consolidation=side.approach)
        material = gather(connection, question)
        result = inventory(material.books, material.method, material.factors)
        made.rules[side.method] = material.method
        made.lines[side] = result.lines
        made.told.update(boundary=material.question.boundary, as_of=material.as_of)
    return made.lines[side]


def _pair(  # noqa: PLR0917
    connection: sa.Connection, asked: Question, first: Side, second: Side, made: _Made, basis: str
) -> dict[str, Any]:
    old, new = (_lines(connection, asked, side, made) for side in (first, second))
    between = old
    if first.approach != second.approach:
        between = _lines(connection, asked, Side(first.method, second.approach), made)
    steps = [*reshared(old, between, basis), *reconcile(between, new, basis)]
    start, end = (reported_total(made.lines[side], basis, made.rules[side.method].rounding)
                  for side in (first, second))  # fmt: skip
    rounded = (end - total(new, basis)) - (start - total(old, basis))
    steps += [Difference(ROUNDING, EVERYWHERE, "", rounded)] if rounded else []
    return _named(first, second, made) | {
        "first_t": tonnes(start), "second_t": tonnes(end), "difference_t": tonnes(end - start),
        "lines": _by_cause(steps),
        "remainder_t": tonnes(end - start - sum(one.change_mg for one in steps)),
    }  # fmt: skip


def _named(first: Side, second: Side, made: _Made) -> dict[str, Any]:
    return {
        "first": made.rules[first.method].key, "first_consolidation": first.approach,
        "second": made.rules[second.method].key, "second_consolidation": second.approach,
    }  # fmt: skip


def _by_cause(steps: Iterable[Difference]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in steps:
        sums[one.cause, one.place.category, one.place.commodity] += one.change_mg
    ordered = sorted(sums, key=lambda key: (CAUSES.index(key[0]), -abs(sums[key]), key))
    return [
        {"cause": cause, "category": category, "commodity": commodity,
         "change_t": tonnes(sums[cause, category, commodity])}
        for cause, category, commodity in ordered if sums[cause, category, commodity]
    ]  # fmt: skip


def _total(side: Side, made: _Made, basis: str) -> dict[str, Any]:
    rules = made.rules[side.method]
    return {
        "method": rules.key, "consolidation": side.approach,
        "t_co2e": tonnes(reported_total(made.lines[side], basis, rules.rounding)),
    }  # fmt: skip
