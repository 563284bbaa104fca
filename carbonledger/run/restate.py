"""Comparing figures as they were with figures as they would be: total, and cause by cause."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from carbonledger import __version__
from carbonledger.calc.consolidation import consolidated_books
from carbonledger.calc.figures import Remark
from carbonledger.calc.footprint import footprint
from carbonledger.calc.footprint_records import FootprintResult
from carbonledger.calc.model import Books
from carbonledger.calc.product import product_input
from carbonledger.calc.restate_moves import structured
from carbonledger.calc.restate_steps import (
    Compute,
    Inputs,
    Steps,
    inventory_masses,
    product_masses,
    steps,
)
from carbonledger.calc.restated import Cell, Change, Masses, Stage, changes
from carbonledger.errors import CalculationRefused, Refusal
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.rules import Method
from carbonledger.ledger.schema import account, emission_line, entry, meter
from carbonledger.ledger.state import MeterState, SiteState
from carbonledger.ledger.sums import month_sums, read_books
from carbonledger.run.question import Material, Question, asked_for, gather
from carbonledger.run.restating import FOOTPRINT, Asked, Sides, footprint_run, sides
from carbonledger.run.service import footprint_result
from carbonledger.run.store import figures_text

# Averages to compare with, and uncertainties, move no figure.
UNCOUNTED = ("benchmark", "uncertainty")


class Products(NamedTuple):
    """Footprints before and after, from the run they are stored in."""

    run: Mapping[str, Any]
    old: FootprintResult
    new: FootprintResult
    before: Masses
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Old and new figures.

    Attributes:
        kind: inventory or footprint.
        run: the stored run of the old figures; None where they were computed for this.
        old, new: what both were computed from.
        before: the old figures.
        changes: what each cause changed.
        products: footprints, where there are any.
        remarks: what must be said with it.
    """

    kind: str
    run: Mapping[str, Any] | None
    old: Material
    new: Material
    before: Masses
    changes: tuple[Change, ...]
    products: Products | None
    remarks: tuple[Remark, ...]


def compare(connection: sa.Connection, asked: Asked) -> Comparison:
    """Compute old and new figures and what each cause changed.

    Raises:
        CalculationRefused: there is no such run, nothing to compare with, or figures cannot be
            computed; see also `calc.inventory` and `calc.footprint`.
        FactorNotFound, FactorRefused: as the calculations.
    """
    return compare_sides(connection, sides(connection, asked))


def compare_sides(connection: sa.Connection, found: Sides) -> Comparison:
    """Compute the figures that answer two questions, and what each cause changed.

    Raises:
        CalculationRefused, FactorNotFound, FactorRefused: as `compare`.
    """
    old, new = gather(connection, found.old), gather(connection, found.new)
    _in_order(old, new)
    if found.kind == FOOTPRINT:
        products, remarks = _footprints(connection, found, old, new)
        return Comparison(found.kind, found.run, old, new, products.before, products.changes,
                          products, remarks)  # fmt: skip
    made = _steps(connection, old, new, inventory_masses)
    before, stages = _program(connection, found.run, made)
    products_found, told = _products(connection, found, old)
    return Comparison(found.kind, found.run, old, new, before, changes(before, stages),
                      products_found, (*made.remarks, *told))  # fmt: skip


def _in_order(old: Material, new: Material) -> None:
    if new.as_of < old.as_of:
        raise CalculationRefused(
            f"the old figures rest on batch {old.as_of}, the new ones only on batch {new.as_of}",
            code="restate-order",
            hint="figures are restated with what was posted since; leave --as-of out, or name a "
            "later batch",
        )


def _inputs(material: Material) -> Inputs:
    """Return what the figures rest on; averages to compare with are no part of them."""
    factors = tuple(one for one in material.all_factors if one.purpose not in UNCOUNTED)
    return Inputs(material.books, material.method, factors, material.factors.held)


def _steps(connection: sa.Connection, old: Material, new: Material, compute: Compute) -> Steps:
    return steps(_inputs(old), _structure(connection, old, new), _inputs(new), compute)


def _structure(connection: sa.Connection, old: Material, new: Material) -> Books:
    """Read the old entries under the new boundary, accounts and meters."""
    state, months = new.state, new.books.months
    before = consolidated_books(
        read_books(connection, state, new.question.boundary, months, old.as_of),
        new.question.consolidation,
        new.question.held_on,
    )
    if old.as_of == new.as_of:
        return before
    placed = _placed(old, new)
    elsewhere = sa.not_(sa.func.coalesce(placed, sa.false()))
    declared, back = (
        month_sums(connection, state, months, new.as_of, old.as_of, only=which)
        for which in (placed, sa.and_(entry.c.kind == "reversal", elsewhere))
    )
    return structured(before, new.books, declared, back)


def _placed(old: Material, new: Material) -> sa.ColumnElement[bool]:
    """Tell in SQL whether an entry is of an account or meter that was added or moved since."""
    accounts = sa.select(account.c.id).where(account.c.batch_id > old.as_of)
    meters = sa.select(meter.c.id).where(meter.c.batch_id > old.as_of)
    return sa.or_(
        entry.c.from_account_id.in_(accounts),
        entry.c.to_account_id.in_(accounts),
        entry.c.meter_id.in_(meters),
        entry.c.meter_id.in_(_moved(old.state, new.state)),
    )


def _moved(old: SiteState, new: SiteState) -> list[int]:
    """List the meters that measure another flow than they did, on some day."""
    return [
        one.id
        for code, one in new.meters.items()
        if code in old.meters and _flows(one) != _flows(old.meters[code])
    ]


def _flows(one: MeterState) -> list[tuple[int, str, str, str]]:
    """List which flow a meter measures from which day on, each once."""
    found: list[tuple[int, str, str, str]] = []
    for revision in one.revisions:
        flow = (revision.valid_from, revision.source, revision.target, revision.commodity)
        if not found or found[-1][1:] != flow[1:]:
            found.append(flow)
    return found


def _program(
    connection: sa.Connection, row: Mapping[str, Any] | None, made: Steps
) -> tuple[Masses, tuple[Stage, ...]]:
    """Begin at the lines as they are stored, which another version may have computed."""
    if row is None:
        return made.before, made.stages
    stored = stored_masses(connection, row["id"])
    if row["engine"] == __version__ and stored != _without_zeros(made.before):
        raise _altered(row)
    return stored, (Stage("program", made.before), *made.stages)


def _without_zeros(masses: Masses) -> Masses:
    return {cell: mass for cell, mass in masses.items() if mass}


def stored_masses(connection: sa.Connection, number: int) -> Masses:
    """Return the masses of the lines of a stored run; cells of zero are left out."""
    line = emission_line.c
    query = (
        sa.select(line.scope, line.account, line.month, sa.func.sum(line.co2e_mg))
        .where(line.run_id == number)
        .group_by(line.scope, line.account, line.month)
    )
    return {
        Cell(scope, place, month, ""): int(mass)
        for scope, place, month, mass in connection.execute(query)
        if mass
    }


def _altered(row: Mapping[str, Any]) -> CalculationRefused:
    version = row["engine"]
    return CalculationRefused(
        f"run {row['id']} comes out differently when it is computed again",
        code="restate-differs",
        hint="carbonledger verify names what was altered"
        if version == __version__
        else f"version {version} computed it; compute the footprints as of its batch again, and "
        "restate that run",
    )


@dataclass
class _Kept:
    """Computes footprints and keeps them, first and last."""

    made: list[FootprintResult] = field(default_factory=list)

    def __call__(self, books: Books, method: Method, factors: FactorBook) -> Masses:
        """Return what each product carries."""
        given = product_input(books, method, factors)
        result = footprint(given.books, given.direct, given.upstream, explain=False)
        self.made.append(result)
        return product_masses(result)


def _footprints(
    connection: sa.Connection, found: Sides, old: Material, new: Material
) -> tuple[Products, tuple[Remark, ...]]:
    """Compare footprints; of a stored run only where it comes out as it is stored.

    What a product carries in all is not stored, only its footprint per unit, rounded; so there is
    no telling apart what another version of the program changed.
    """
    row = found.run
    if row is not None and figures_text(footprint_result(old).figures) != row["result"]:
        raise _altered(row)
    kept = _Kept()
    made = _steps(connection, old, new, kept)
    products = Products(row or {"id": None}, kept.made[0], kept.made[-1], made.before,
                        changes(made.before, made.stages))  # fmt: skip
    return products, made.remarks


def _products(
    connection: sa.Connection, found: Sides, old: Material
) -> tuple[Products | None, tuple[Remark, ...]]:
    """Compare the footprints of the same boundary and period, where some were computed."""
    row = footprint_run(connection, old.question)
    if row is None:
        return None, ()
    asked = asked_for(row)
    try:
        before = gather(connection, asked)
        wanted = _as_new(before, found.new, asked)
        return _footprints(
            connection, Sides(FOOTPRINT, row, asked, wanted), before, gather(connection, wanted)
        )
    except Refusal as refusal:
        remark = Remark(
            f"footprints of run {row['id']} cannot be compared: {refusal.message}",
            f"无法比较计算 {row['id']} 的产品碳足迹：{refusal.message}",
        )
        return None, (remark,)


def _as_new(before: Material, new: Question, asked: Question) -> Question:
    """Return the new question under the method of the footprints."""
    gwp = (new.gwp or asked.gwp) if before.method.gwp_set else ""
    return replace(new, method=asked.method, gwp=gwp)
