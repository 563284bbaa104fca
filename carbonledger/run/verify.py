"""Verification: every hash recomputed from the rows, every run computed again."""

import json
from collections.abc import Callable, Iterator, Mapping
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
Again = Callable[[sa.Connection, Material, Mapping[str, Any]], Result]
AGAIN: dict[str, Again] = {
    "inventory": lambda _, material, __: inventory_result(material),
    "renewable": lambda connection, material, _: renewable_result(connection, material),
    "footprint": lambda _, material, __: footprint_result(material),
    "intensity": lambda _, material, asked: intensity_result(
        material, asked.get("against") or None
    ),
    "summary": lambda connection, material, _: summary_result(connection, material),
}


def verify(ledger: Ledger) -> dict[str, Any]:
    """Recompute the log, the kept documents and the runs.

    Runs of another version of the program are compared with their hash only: that version would
    have to compute them again.

    Returns:
        `{"ok", "batches", "runs", "recomputed", "root", "problems": [{"what", "batch",
        "detail"}]}`.
    """
    with ledger.read() as connection:
        count, root, problems = verify_batches(connection, ledger.documents)
        runs = connection.execute(sa.select(run).order_by(run.c.id)).mappings().all()
        ours = [row for row in runs if row["engine"] == __version__]
        for row in runs:
            problems += _stored(connection, row)
        for row in ours:
            problems += _again(connection, row)
        problems += _orphans(connection)
    return {
        "ok": not problems,
        "batches": count,
        "runs": len(runs),
        "recomputed": len(ours),
        "root": root,
        "problems": [asdict(problem) for problem in problems],
    }


def _stored(connection: sa.Connection, row: sa.RowMapping) -> Iterator[Difference]:
    """Recompute the hash of a run from what is stored of it."""
    lines = _rows(connection, emission_line, row["id"], emission_line.c.line)
    indicators = _rows(connection, indicator, row["id"], indicator.c.id)
    digest = content_hash({name: row[name] for name in HEADER}, lines, indicators)
    if digest != row["content_hash"]:
        yield Difference("run", 0, f"run {row['id']} is not as it was stored")


def _rows(
    connection: sa.Connection, table: sa.Table, number: int, order: sa.Column[Any]
) -> list[dict[str, Any]]:
    query = sa.select(table).where(table.c.run_id == number).order_by(order)
    return [
        {name: value for name, value in row.items() if name not in ("id", "run_id")}
        for row in connection.execute(query).mappings()
    ]


def _again(connection: sa.Connection, row: sa.RowMapping) -> Iterator[Difference]:
    """Compute a run again from the entries it rested on."""
    asked = Question(row["boundary"], row["period"], row["method"], row["as_of_batch"])
    try:
        material = gather(connection, asked)
        result = AGAIN[row["kind"]](connection, material, json.loads(row["parameters"]))
    except CarbonLedgerError as error:
        detail = f"run {row['id']} cannot be computed again: {error.message}"
        yield Difference("run", 0, detail)
        return
    lines = [line_values(n, line) for n, line in enumerate(result.lines, 1)]
    indicators = [indicator_values(one) for one in result.indicators]
    if content_hash(header(material, result), lines, indicators) != row["content_hash"]:
        detail = f"run {row['id']} comes out differently when computed again"
        yield Difference("run", 0, detail)


def _orphans(connection: sa.Connection) -> Iterator[Difference]:
    for table in (emission_line, indicator):
        query = (
            sa.select(table.c.run_id)
            .outerjoin(run, run.c.id == table.c.run_id)
            .where(run.c.id.is_(None))
            .distinct()
        )
        for number in connection.execute(query).scalars():
            detail = f"{table.name} has rows of run {number}, which is not there"
            yield Difference("run", 0, detail)
