"""Verification: every hash recomputed from the rows, every run computed again."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from carbonledger import __version__
from carbonledger.errors import CarbonLedgerError
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.difference import Difference, Expert, in_order
from carbonledger.ledger.kept import Kept
from carbonledger.ledger.publications import publication_faults
from carbonledger.ledger.schema import emission_line, indicator, run
from carbonledger.ledger.verify import leaves, verify_batches
from carbonledger.run.question import Material, asked_for, gather
from carbonledger.run.restated_check import restatement_faults
from carbonledger.run.service import (
    footprint_result,
    intensity_result,
    inventory_result,
    renewable_result,
)
from carbonledger.run.shipped import shipped
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
Rows = list[dict[str, Any]]
Made = tuple[dict[str, Any], Rows, Rows]
Further = Callable[[Ledger], Iterable[Difference]]


def verify(
    ledger: Ledger,
    kept: Kept | None = None,
    further: Iterable[Further] = (),
    experts: Iterable[Expert] = (),
) -> dict[str, Any]:
    """Recompute the log, the kept documents and the runs, and compare the log with checkpoints.

    Runs of another version of the program are compared with their hash only: that version would
    have to compute them again.

    Args:
        ledger: the ledger.
        kept: checkpoints of earlier times, and since which one rows are read.
        further: checks of layers above; what they find joins the rest.
        experts: name rows of batches that differ, beside what this layer and the ledger know.

    Returns:
        `{"ok", "batches", "runs", "recomputed", "since", "root", "checkpoints": [{"file",
        "batches", "root", "time", "signature", "agrees"}], "first", "problems": [{"what", "batch",
        "detail", "table", "row"}]}`; `first` is the first of the problems.
    """
    held = kept or Kept()
    with ledger.read() as connection:
        after = held.after
        count, root, problems = verify_batches(
            connection, ledger.documents, after=after, experts=(*experts, shipped)
        )
        checked = list(held.compared(leaves(connection)))
        runs = connection.execute(sa.select(run).order_by(run.c.id)).mappings().all()
        ours = {r["id"] for r in runs if r["engine"] == __version__ and r["as_of_batch"] > after}
        for row in runs:
            problems += _run(connection, row, again=row["id"] in ours)
        problems += _orphans(connection)
        problems += [*restatement_faults(connection, after)]
        problems += [*publication_faults(connection, after)]
    found = [one for check in further for one in check(ledger)]
    against = [one for each in checked for one in each.differences]
    problems = in_order([*problems, *against, *found])
    return {
        "ok": not problems,
        "batches": count,
        "runs": len(runs),
        "recomputed": len(ours),
        "since": after or None,
        "root": root,
        "checkpoints": [each.as_dict() for each in checked],
        "first": asdict(problems[0]) if problems else None,
        "problems": [asdict(problem) for problem in problems],
    }


def _run(connection: sa.Connection, row: sa.RowMapping, *, again: bool) -> Iterator[Difference]:
    """Recompute the hash of a run from what is stored of it, and the run from its entries."""
    lines = _rows(connection, emission_line, row["id"], emission_line.c.line)
    indicators = _rows(connection, indicator, row["id"], indicator.c.id)
    head = {name: row[name] for name in HEADER}
    whole = content_hash(head, lines, indicators) == row["content_hash"]
    if not again:
        if not whole:
            yield _altered(row)
        return
    made = _again(connection, row)
    if isinstance(made, Difference):
        yield from [made] if whole else [_altered(row), made]
        return
    right = content_hash(*made) == row["content_hash"]
    if not whole:
        # What comes out again is what was stored: so it tells what was changed.
        yield _line(connection, row, lines, made[1]) if right else _altered(row)
    if not right:
        detail = f"run {row['id']} comes out differently when computed again"
        yield Difference("run", 0, detail, run.name, row["id"])


def _altered(row: sa.RowMapping) -> Difference:
    detail = f"run {row['id']} is not as it was stored"
    return Difference("run", 0, detail, run.name, row["id"])


def _line(connection: sa.Connection, row: sa.RowMapping, stored: Rows, made: Rows) -> Difference:
    """Name the first line of a run that was changed; where none was, it is the rest of it."""
    known = {line["line"]: line for line in stored}
    for line in made:
        there = known.pop(line["line"], None)
        names = [] if there is None else [name for name in line if there[name] != line[name]]
        if there is not None and not names:
            continue
        where = _altered(row).detail + f": line {line['line']}"
        said = "is missing"
        if there is not None:
            said = f"says {names[0]} {there[names[0]]}, it was {line[names[0]]}"
        number = _number(connection, row["id"], line["line"])
        return Difference("run", 0, f"{where} {said}", emission_line.name, number)
    for added in known:
        number = _number(connection, row["id"], added)
        detail = f"{_altered(row).detail}: line {added} was put in"
        return Difference("run", 0, detail, emission_line.name, number)
    return _altered(row)


def _number(connection: sa.Connection, number: int, line: int) -> int | None:
    query = sa.select(emission_line.c.id).where(
        emission_line.c.run_id == number, emission_line.c.line == line
    )
    return connection.execute(query).scalar()


def _rows(connection: sa.Connection, table: sa.Table, number: int, order: sa.Column[Any]) -> Rows:
    query = sa.select(table).where(table.c.run_id == number).order_by(order)
    return [
        {name: value for name, value in row.items() if name not in ("id", "run_id")}
        for row in connection.execute(query).mappings()
    ]


def _again(connection: sa.Connection, row: sa.RowMapping) -> Made | Difference:
    """Compute a run again from the entries it rested on."""
    try:
        material = gather(connection, asked_for(row))
        result = AGAIN[row["kind"]](connection, material, json.loads(row["parameters"]))
    except (CarbonLedgerError, ValueError, LookupError, TypeError, ArithmeticError) as error:
        # Rows that somebody changed may break any rule that posted rows keep.
        detail = f"run {row['id']} cannot be computed again: {error}"
        return Difference("run", 0, detail, run.name, row["id"])
    lines = [line_values(n, line) for n, line in enumerate(result.lines, 1)]
    return header(material, result), lines, [indicator_values(one) for one in result.indicators]


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
