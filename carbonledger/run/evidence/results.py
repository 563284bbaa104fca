"""The results of a run as tables: head, lines, indicators, figures, as its hash covers them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.schema import emission_line, indicator
from carbonledger.ledger.schema import method as method_table
from carbonledger.run.evidence.archive import Archive
from carbonledger.run.evidence.cells import table
from carbonledger.units import from_micro

HASHED = ("kind", "method", "boundary", "period", "as_of_batch", "engine", "parameters", "packs")
"""What the hash of a run covers beside figures, lines and indicators."""
TOLD = ("id", "content_hash", "actor", "computed_at")
# Integers of the table that are written in whole units: millionths, milligrams as kilograms.
MILLIONTHS = {"activity": "activity", "mass_mg": "mass_kg", "co2e_mg": "co2e_kg"}
LINE = tuple(c.name for c in emission_line.columns if c.name not in ("id", "run_id"))
INDICATOR = tuple(c.name for c in indicator.columns if c.name not in ("id", "run_id"))


def add_results(
    archive: Archive, connection: sa.Connection, row: Mapping[str, Any], months: Sequence[str]
) -> list[Mapping[str, Any]]:
    """Add head, method, lines, indicators and figures of a run; return its lines."""
    head = {name: row[name] for name in TOLD} | {
        "months": list(months),
        "hashed": {name: row[name] for name in HASHED},
    }
    archive.add(
        "results/run.json", [json.dumps(head, ensure_ascii=False, indent=1).encode() + b"\n"]
    )
    archive.add("results/figures.json", _figures(row["result"]))
    lines = [*_rows(connection, emission_line, row["id"], emission_line.c.line)]
    columns = [MILLIONTHS.get(name, name) for name in LINE]
    archive.add("results/lines.csv", table(columns, map(_line, lines)))
    told = _rows(connection, indicator, row["id"], indicator.c.id)
    rows = ([one[name] for name in INDICATOR] for one in told)
    archive.add("results/indicators.csv", table(INDICATOR, rows))
    code, _, edition = row["method"].partition("@")
    rules = connection.execute(
        sa.select(method_table.c.rules).where(
            method_table.c.code == code, method_table.c.edition == edition
        )
    ).scalar_one()
    archive.add("results/method.toml", [rules.encode()])
    return lines


def _rows(
    connection: sa.Connection, of: sa.Table, number: int, order: sa.Column[Any]
) -> Iterator[Mapping[str, Any]]:
    query = sa.select(of).where(of.c.run_id == number).order_by(order)
    yield from (dict(row) for row in connection.execute(query).mappings())


def _line(row: Mapping[str, Any]) -> Sequence[object]:
    return [from_micro(row[name]) if name in MILLIONTHS else row[name] for name in LINE]


def _figures(stored: str) -> Iterator[bytes]:
    """Write a figure a line, so that a line can be named."""
    yield b"[\n"
    figures = json.loads(stored)
    for number, figure in enumerate(figures, 1):
        comma = "," if number < len(figures) else ""
        yield f"{json.dumps(figure, ensure_ascii=False)}{comma}\n".encode()
    yield b"]\n"
