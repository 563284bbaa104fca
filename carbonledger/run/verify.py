"""Verification: every hash recomputed from the rows, every run computed again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from carbonledger import __version__
from carbonledger.errors import CarbonLedgerError
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import emission_line, indicator, run
from carbonledger.ledger.verify import Difference, verify_batches
from carbonledger.run.question import Material, Question, gather
from carbonledger.run.service import (
    footprint_result,
    intensity_result,
    inventory_result,
    renewable_result,
)
from carbonledger.run.store import Result, content_hash, header, indicator_values, line_values
from carbonledger.run.summary import summary_result

HEADER = ("kind", "method", "boundary", "period", "as_of_batch", "engine", "parameters", "packs",
          "result")  # fmt: skip
AGAIN: dict[str, Callable[[Material], Result]] = {
    "inventory": inventory_result,
    "footprint": footprint_result,
}


def verify(ledger: Ledger) -> dict[str, Any]:
    """Recompute the log, the documents' references and the runs.

    Returns:
        `{"ok", "batches", "runs", "root", "problems": [{"what", "batch", "detail"}]}`.
    """
    with ledger.read() as connection:
        count, root, problems = verify_batches(connection)
        runs = connection.execute(sa.select(run).order_by(run.c.id)).mappings().all()
        for row in runs:
            problems += _stored(connection, row)
            if row["engine"] == __version__:
                problems += _again(connection, row)
        problems += _orphans(connection)
    return {
        "ok": not problems,
        "batches": count,
        "runs": len(runs),
        "root": root,
        "problems": [asdict(problem) for problem in problems],
    }


def _stored(connection: sa.Connection, row: Mapping[str, Any]) -> list[Difference]:
    """Recompute the hash of a run from what is stored of it."""
    lines = _rows(connection, emission_line, row["id"], emission_line.c.line)
    indicators = _rows(connection, indicator, row["id"], indicator.c.id)
    digest = content_hash({name: row[name] for name in HEADER}, lines, indicators)
    if digest == row["content_hash"]:
        return []
    return [Difference("run", 0, f"run {row['id']} is not as it was stored")]


def _rows(
    connection: sa.Connection, table: sa.Table, number: int, order: sa.Column[Any]
) -> list[dict[str, Any]]:
    query = sa.select(table).where(table.c.run_id == number).order_by(order)
    rows = []
    for row in connection.execute(query).mappings():
        rows.append({k: v for k, v in row.items() if k not in ("id", "run_id")})
    return rows


def _again(connection: sa.Connection, row: Mapping[str, Any]) -> list[Difference]:
    """Compute a run again from the entries it rested on."""
    asked = Question(row["boundary"], row["period"], row["method"], row["as_of_batch"])
    try:
        material = gather(connection, asked)
        result = _result(connection, material, row)
    except CarbonLedgerError as error:
        return [Difference("run", 0, f"run {row['id']} cannot be computed again: {error.message}")]
    lines = [line_values(n, line) for n, line in enumerate(result.lines, 1)]
    indicators = [indicator_values(one) for one in result.indicators]
    if content_hash(header(material, result), lines, indicators) == row["content_hash"]:
        return []
    return [Difference("run", 0, f"run {row['id']} comes out differently when computed again")]


def _result(connection: sa.Connection, material: Material, row: Mapping[str, Any]) -> Result:
    if row["kind"] == "renewable":
        return renewable_result(connection, material)
    if row["kind"] == "summary":
        return summary_result(connection, material)
    if row["kind"] == "intensity":
        return intensity_result(material, json.loads(row["parameters"]).get("against") or None)
    return AGAIN[row["kind"]](material)


def _orphans(connection: sa.Connection) -> list[Difference]:
    found = []
    for table in (emission_line, indicator):
        query = (
            sa.select(table.c.run_id)
            .outerjoin(run, run.c.id == table.c.run_id)
            .where(run.c.id.is_(None))
            .distinct()
        )
        found += [
            Difference("run", 0, f"{table.name} has rows of run {number}, which is not there")
            for (number,) in connection.execute(query)
        ]
    return found
