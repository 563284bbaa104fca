"""What a restatement asks: which figures as they were, and what is to be otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa

from carbonledger.calc.consolidation import OPERATIONAL
from carbonledger.errors import CalculationRefused
from carbonledger.ledger.schema import run
from carbonledger.run.question import Question, asked_for, read_method
from carbonledger.run.service import INVENTORY_METHOD

FOOTPRINT, INVENTORY = "footprint", "inventory"
KINDS = (INVENTORY, FOOTPRINT)
PERCENT = Decimal(5)
"""The change from which it is usual to restate, in per cent of the old figure."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a user asks.

    Attributes:
        run: the run whose figures are looked at; None: `boundary` and `period` name them.
        boundary: account code; beside a run, the new boundary.
        period: see `calc.period`; None beside a run, which has its own.
        method: the old method where no run is named; None: that of inventories.
        new_method: the new method; None: the old one.
        editions: packs of which one edition alone is to count, `code@edition`.
        gwp: GWP set to count by; "": that of the method.
        threshold: from how many per cent a change is significant.
        as_of: last batch for the new figures; None: all.
        held_on: local day, yyyymmdd, whose structure is to count in every month; 0: as before.
        before: last batch for the old figures where no run is named; None: as `as_of`.
    """

    run: int | None = None
    boundary: str | None = None
    period: str | None = None
    method: str | None = None
    new_method: str | None = None
    editions: tuple[str, ...] = ()
    gwp: str = ""
    threshold: Decimal = PERCENT
    as_of: int | None = None
    before: int | None = None
    held_on: int = 0


class Sides(NamedTuple):
    """The questions that the old and the new figures answer.

    Attributes:
        kind: inventory or footprint.
        run: the stored run of the old figures; None: they are computed for the comparison.
        old, new: the questions.
    """

    kind: str
    run: Mapping[str, Any] | None
    old: Question
    new: Question


def sides(connection: sa.Connection, asked: Asked) -> Sides:
    """Return the two questions that are to be compared.

    Raises:
        CalculationRefused: there is no such run, or it holds no figures of this kind.
    """
    if asked.run is not None:
        row = _run(connection, asked.run)
        old = asked_for(row)
        return Sides(row["kind"], row, old, _otherwise(old, asked))
    before = asked.as_of if asked.before is None else asked.before
    old = Question(
        asked.boundary or "", asked.period or "", asked.method or INVENTORY_METHOD, before
    )
    rules = read_method(connection, old.method, 2**62)
    old = replace(old, method=rules.key)
    kind = FOOTPRINT if rules.kind == "product" else INVENTORY
    if kind == INVENTORY:
        old = replace(old, consolidation=OPERATIONAL)
    return Sides(kind, None, old, _otherwise(old, asked))


def _otherwise(old: Question, asked: Asked) -> Question:
    """Return the question of the new figures: the old one but for what is to be otherwise."""
    changed = {wanted.partition("@")[0] for wanted in asked.editions}
    kept = tuple(one for one in old.editions if one.partition("@")[0] not in changed)
    return Question(
        boundary=asked.boundary or old.boundary,
        period=old.period,
        method=asked.new_method or old.method,
        as_of=asked.as_of,
        editions=tuple(sorted({*kept, *asked.editions})),
        # Another method has its own set; what was chosen beside the old one is no part of it.
        gwp=asked.gwp or ("" if asked.new_method else old.gwp),
        consolidation=old.consolidation,
        held_on=asked.held_on or old.held_on,
    )


def _run(connection: sa.Connection, number: int) -> Mapping[str, Any]:
    found = connection.execute(sa.select(run).where(run.c.id == number)).mappings().first()
    if found is None:
        last = connection.execute(sa.select(sa.func.max(run.c.id))).scalar()
        raise CalculationRefused(
            f"there is no run {number}",
            code="restate-run",
            hint=f"the last one is {last}" if last else
            "compute first, for example: carbonledger inventory --period 2024",
        )  # fmt: skip
    if found["kind"] not in KINDS:
        raise CalculationRefused(
            f"run {number} is of the kind {found['kind']}: its figures rest on an inventory",
            code="restate-run",
            hint=f"name a run of the kind {' or '.join(KINDS)}; the view run_view lists them",
        )
    return dict(found)


def footprint_run(connection: sa.Connection, old: Question) -> Mapping[str, Any] | None:
    """Return the latest footprints of the same boundary and period that were known then."""
    query = (
        sa.select(run)
        .where(
            run.c.kind == FOOTPRINT, run.c.boundary == old.boundary, run.c.period == old.period,
            run.c.as_of_batch <= (old.as_of or 0),
        )
        .order_by(run.c.as_of_batch.desc(), run.c.id.desc())
        .limit(1)
    )  # fmt: skip
    found = connection.execute(query).mappings().first()
    return None if found is None else dict(found)
