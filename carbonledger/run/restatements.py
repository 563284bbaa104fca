"""Restatements as programs ask for them: try one, post one, list those that were posted."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.restated import Cell, Change
from carbonledger.errors import CalculationRefused
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import run, run_restatement, run_restatement_part
from carbonledger.run.restate import Comparison, compare
from carbonledger.run.restate_answer import answer, is_significant
from carbonledger.run.restating import FOOTPRINT, Asked
from carbonledger.run.service import footprint_result, inventory_result
from carbonledger.run.store import save

OLD = "old"
LISTED = (
    "run_restatement", "batch", "old_run", "new_run", "kind", "boundary", "new_boundary", "period",
    "method", "new_method", "total", "old_t", "new_t", "change_t", "percent", "program_t",
    "structure_t", "activity_t", "method_t", "factor_t", "gwp_t", "threshold_percent",
    "significant", "reason", "actor", "posted_at",
)  # fmt: skip
"""Columns of the view `run_restatement_view`."""


def preview(ledger: Ledger, asked: Asked) -> dict[str, Any]:
    """Tell what a restatement would change; nothing is written.

    Args:
        ledger: the ledger; one on trial where pending corrections are to count.
        asked: what is to be compared.

    Returns:
        Old and new figures, in all and by scope, account, month and product, with what each cause
        changed; see docs/restating.md.

    Raises:
        CalculationRefused, FactorNotFound, FactorRefused: as `compare`.
    """
    with ledger.read() as connection:
        return answer(compare(connection, asked), asked.threshold)


def post(ledger: Ledger, asked: Asked, reason: str, actor: str, now: str) -> dict[str, Any]:
    """Store the new figures as a run of their own, and post that they count from now on.

    Args:
        ledger: opened for writing.
        asked: what is restated; a stored run.
        reason: why.
        actor: who restates.
        now: when, ISO 8601 in UTC.

    Returns:
        As `preview`, with `run_restatement`, `batch`, `reason`, and the number of the new run.

    Raises:
        CalculationRefused: nothing changed, or it is restated already; see also `compare`.
    """
    if not reason.strip():
        raise CalculationRefused(
            "a restatement needs a reason", code="reason", hint='say why: --reason "…"'
        )
    with ledger.read() as connection:
        found = compare(connection, asked)
        old = _stored(found)
        _refuse_again(connection, found, old)
    result = (footprint_result if found.kind == FOOTPRINT else inventory_result)(found.new)
    number = save(ledger, found.new, result, actor, now)
    with ledger.transaction() as connection:
        # Somebody else may have restated it in the meantime.
        _refuse_again(connection, found, old)
        new = connection.execute(sa.select(run).where(run.c.id == number)).mappings().one()
        with posting(connection, Header("closing", actor, now, reason)) as made:
            posted = made.insert(
                run_restatement,
                old_run_id=old["id"], new_run_id=new["id"], old_hash=old["content_hash"],
                new_hash=new["content_hash"], threshold_percent=f"{asked.threshold:f}",
                significant=int(is_significant(found, asked.threshold)),
            )  # fmt: skip
            made.insert_many(run_restatement_part, [
                {"run_restatement_id": posted, "cause": one.cause, **one.cell._asdict(),
                 "co2e_mg": one.change_mg}
                for one in parts(found)
            ])  # fmt: skip
    told = answer(found, asked.threshold)
    told["new"]["run"] = number
    return {"run_restatement": posted, "batch": made.batch, "reason": reason, **told}


def _stored(found: Comparison) -> Mapping[str, Any]:
    """Return the run that is restated; there must be one, and something to restate."""
    if found.run is None:
        raise CalculationRefused(
            "only a stored run can be restated",
            code="restate-run",
            hint="name it with --run; carbonledger inventory and footprint store runs",
        )
    if not found.changes:
        raise CalculationRefused(
            f"nothing changes: the figures of run {found.run['id']} stand",
            code="restate-nothing",
            hint="post the corrections first (import --adjust), or say what is to be otherwise: "
            "--factors, --gwp, --method, --boundary",
        )
    return found.run


def _refuse_again(connection: sa.Connection, found: Comparison, old: Mapping[str, Any]) -> None:
    """Refuse to restate a run twice to the same figures."""
    wanted = parts(found)
    query = sa.select(run_restatement).where(run_restatement.c.old_run_id == old["id"])
    for earlier in connection.execute(query).mappings().all():
        if posted_parts(connection, earlier["id"]) == wanted:
            raise CalculationRefused(
                f"run {old['id']} is restated to these figures already, by run "
                f"{earlier['new_run_id']} (batch {earlier['batch_id']})",
                code="restate-again",
                hint="carbonledger restate list shows it",
            )


def parts(found: Comparison) -> list[Change]:
    """Return the old figures (cause `old`), then what each cause changed."""
    old = (Change(OLD, cell, mass) for cell, mass in sorted(found.before.items()) if mass)
    return [*old, *found.changes]


def posted_parts(connection: sa.Connection, number: int) -> list[Change]:
    """Return the parts of a restatement as they were posted."""
    row = run_restatement_part.c
    query = (
        sa.select(row.cause, row.scope, row.account, row.month, row.product, row.co2e_mg)
        .where(row.run_restatement_id == number)
        .order_by(row.id)
    )
    return [
        Change(cause, Cell(*cell), int(mass))
        for cause, *cell, mass in connection.execute(query).all()
    ]


def listed(ledger: Ledger, as_of: int | None = None) -> list[dict[str, Any]]:
    """List the restatements that were posted, one row a total.

    Args:
        ledger: the ledger.
        as_of: last batch to take into account; None: all.
    """
    view = sa.table("run_restatement_view", *map(sa.column, LISTED))
    query = sa.select(view).order_by(view.c.run_restatement, view.c.total)
    if as_of is not None:
        query = query.where(view.c.batch <= as_of)
    with ledger.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
