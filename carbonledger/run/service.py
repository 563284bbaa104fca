"""The calculations as programs ask for them: gather, compute, store, answer."""

from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.consolidation import OPERATIONAL
from carbonledger.calc.footprint import answer as footprint_answer
from carbonledger.calc.footprint import footprint as compute_footprint
from carbonledger.calc.inventory import inventory as compute_inventory
from carbonledger.calc.inventory import inventory_answer
from carbonledger.calc.park import intensity as compute_intensity
from carbonledger.calc.park import intensity_answer
from carbonledger.calc.product import product_input
from carbonledger.calc.quality.grades import Grades, Others
from carbonledger.calc.quality.rows import graded_answer
from carbonledger.calc.renewable import renewable as compute_renewable
from carbonledger.calc.renewable import renewable_answer
from carbonledger.calc.reported import reported, reported_products
from carbonledger.errors import CalculationRefused
from carbonledger.ledger.connect import Ledger
from carbonledger.run.collection import without_collection
from carbonledger.run.explain import explain
from carbonledger.run.graded import not_measured
from carbonledger.run.hours import hourly
from carbonledger.run.keys import answer_keys
from carbonledger.run.question import Material, Question, gather
from carbonledger.run.store import Result, save

INVENTORY_METHOD = "ghg-protocol"
PRODUCT_METHOD = "iso-14067"
PARK_METHOD = "cn-zero-carbon-park"

__all__ = ["explain", "footprint", "intensity", "inventory", "renewable"]


@without_collection()
def inventory(
    ledger: Ledger, boundary: str | None, period: str, method: str | None = None, *,
    consolidation: str | None = None, as_of: int | None = None, actor: str, now: str,
) -> dict[str, Any]:  # fmt: skip
    """Make the greenhouse gas inventory of a boundary; see docs/calculation/inventory.md.

    `consolidation` is `equity`, `financial` or `operational` (None); see `calc.consolidation`.

    Raises:
        CalculationRefused, FactorNotFound, FactorRefused: see `calc.inventory`.
    """
    asked = Question(
        boundary or "", period, method or INVENTORY_METHOD, as_of,
        consolidation=consolidation or OPERATIONAL,
    )  # fmt: skip
    with ledger.read() as connection:
        material = gather(connection, asked)
        others = not_measured(connection, material)
    return _kept(ledger, material, inventory_result(material, others), actor, now)


def inventory_result(material: Material, others: Others | None = None) -> Result:
    """Compute an inventory from what was gathered; `others`: what of the flows is not measured."""
    made = compute_inventory(material.books, material.method, material.factors)
    answer: dict[str, Any] = inventory_answer(made)
    answer |= reported(material.method, made.lines, answer["scopes"])
    if others is not None:
        answer |= graded_answer(made.lines, Grades(made.figures, material.books, others), answer)
    return Result("inventory", made.figures, made.lines, answer=answer)


@without_collection()
def renewable(
    ledger: Ledger, boundary: str | None, period: str, method: str | None = None, *,
    as_of: int | None = None, actor: str, now: str,
) -> dict[str, Any]:  # fmt: skip
    """Compute the renewable share of a boundary's electricity in all its readings.

    Raises:
        CalculationRefused, FactorNotFound, FactorRefused: see `calc.renewable`.
    """
    asked = Question(boundary or "", period, method or INVENTORY_METHOD, as_of)
    with ledger.read() as connection:
        material = gather(connection, asked)
        result = renewable_result(connection, material)
    return _kept(ledger, material, result, actor, now)


def renewable_result(connection: sa.Connection, material: Material) -> Result:
    """Compute the renewable share from what was gathered and the profiles of the meters."""
    series = hourly(connection, material)
    made = compute_inventory(material.books, material.method, material.factors)
    share = compute_renewable(material.books, material.method, material.factors, series, made)
    return Result("renewable", share.figures, made.lines, answer=renewable_answer(share))


@without_collection()
def footprint(
    ledger: Ledger, boundary: str | None, period: str, method: str | None = None, *,
    product: str | None = None, as_of: int | None = None, actor: str, now: str,
) -> dict[str, Any]:  # fmt: skip
    """Compute the footprints of all that a boundary produced; `product` picks from the answer.

    Raises:
        CalculationRefused: nothing of this product left the boundary; see also `calc.footprint`.
    """
    asked = Question(boundary or "", period, method or PRODUCT_METHOD, as_of)
    with ledger.read() as connection:
        material = gather(connection, asked)
    answer = _kept(ledger, material, footprint_result(material), actor, now)
    return answer if product is None else _picked(answer, product)


def footprint_result(material: Material) -> Result:
    """Compute footprints from what was gathered."""
    given = product_input(material.books, material.method, material.factors)
    made = compute_footprint(given.books, given.direct, given.upstream)
    plain: dict[str, Any] = footprint_answer(made)
    answer = plain | {
        "products": reported_products(material.method, plain["products"]),
        "warnings": [remark.en for remark in given.remarks],
        "warnings_zh": [remark.zh for remark in given.remarks],
    }
    return Result("footprint", (*made.figures, *given.composed), given.direct, answer=answer)


def _picked(answer: dict[str, Any], product: str) -> dict[str, Any]:
    rows = [*answer["products"], *answer["intermediates"], *answer["exported"]]
    wanted = [row for row in rows if row["commodity"] == product]
    if wanted:
        picked = answer | {"products": wanted}
        return picked | {"keys": answer_keys("footprint", picked)}
    known = sorted({row["commodity"] for row in rows})
    near = get_close_matches(product, known, 1)
    raise CalculationRefused(
        f"no {product} left {answer['boundary']} in {answer['period']}",
        code="product",
        hint=f"products of the period: {', '.join(near or known) or 'none'}",
    )


@without_collection()
def intensity(
    ledger: Ledger, boundary: str | None, period: str, method: str | None = None, *,
    against: str | None = None, as_of: int | None = None, actor: str, now: str,
) -> dict[str, Any]:  # fmt: skip
    """Compute energy, CO2, the method's indicators, and ratios to published averages.

    Args:
        ledger: the ledger; the run is stored where it may be written to.
        boundary: account code; None: the only site.
        period: see `calc.period`.
        method: code, or `code@edition`; None: zero-carbon parks.
        as_of: last batch to take into account; None: all.
        actor: who asks.
        now: time of asking, ISO 8601 in UTC.
        against: `national`, the name of a benchmark, or None for all that fit.

    Raises:
        CalculationRefused: there is no such benchmark; see also `calc.park`.
    """
    asked = Question(boundary or "", period, method or PARK_METHOD, as_of)
    with ledger.read() as connection:
        material = gather(connection, asked)
    return _kept(ledger, material, intensity_result(material, against), actor, now)


def intensity_result(material: Material, against: str | None = None) -> Result:
    """Compute intensities from what was gathered."""
    benchmarks = tuple(f for f in material.all_factors if f.purpose == "benchmark")
    made = compute_intensity(material.books, material.method, material.factors, benchmarks)
    answer: dict[str, Any] = intensity_answer(made)
    if against:
        answer["benchmarks"] = _against(answer["benchmarks"], against)
    return Result("intensity", made.figures, made.lines, made.indicators,
                  {"against": against or ""}, answer)  # fmt: skip


def _against(rows: list[dict[str, Any]], against: str) -> list[dict[str, Any]]:
    if against == "national":
        wanted = [row for row in rows if row.get("national", True)]
    else:
        wanted = [row for row in rows if against in (row["name"], row.get("code"))]
    if wanted:
        return wanted
    raise CalculationRefused(
        f"there is no benchmark {against!r} to compare with",
        code="benchmark",
        hint='declare one in site.toml, [benchmark."name"], with its source; known are: '
        + (", ".join(sorted({row["name"] for row in rows})) or "none"),
    )


def _kept(
    ledger: Ledger, material: Material, result: Result, actor: str, now: str
) -> dict[str, Any]:
    """Store the run and put what it rests on before its answer."""
    number = save(ledger, material, result, actor, now)
    return {
        "run": number,
        "method": material.method.key,
        "boundary": material.question.boundary,
        "period": material.question.period,
        "as_of": material.as_of,
        **result.answer,
        "keys": answer_keys(result.kind, result.answer),
    }
