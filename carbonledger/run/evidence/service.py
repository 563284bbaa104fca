"""Making the evidence pack of a run: one state of the ledger, written into one ZIP file."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import CalculationRefused
from carbonledger.ledger.checkpoint import Checkpoint, read_checkpoint
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.documents import part_of
from carbonledger.ledger.schema import run
from carbonledger.run.evidence.archive import Archive
from carbonledger.run.evidence.books import add_books
from carbonledger.run.evidence.cells import table
from carbonledger.run.evidence.checks import Checks
from carbonledger.run.evidence.log import add_log
from carbonledger.run.evidence.nodes import balance
from carbonledger.run.evidence.results import add_results
from carbonledger.run.evidence.sources import add_sources
from carbonledger.run.evidence.used import used_batches
from carbonledger.run.question import asked_for, gather
from carbonledger.run.store import read_figures

HERE = Path(__file__).parent
SHIPPED = ("README.md", "verify.py")
FACTOR = re.compile(r"[^\s()]+@[^\s()/]+/[^\s()]+")


def evidence(
    ledger: Ledger, number: int, path: Path, *, documents: bool = True,
    checkpoint: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the evidence pack of a run.

    The same run makes the same bytes: the pack knows the log as the run knew it, up to its batch,
    or, where a checkpoint is given, up to that.

    Args:
        ledger: the ledger.
        number: the run.
        path: ZIP file to write; as a whole, or not at all.
        documents: put the kept source files in, not their hashes alone.
        checkpoint: file of a checkpoint that was published or signed; the proofs lead to its root.

    Returns:
        `{"run", "run_kind", "as_of", "batches": {"complete", "headers"}, "entries", "documents":
        {"held", "hashed"}, "checks", "checkpoint": {"size", "root"}, "pack_hash"}`.

    Raises:
        CalculationRefused: there is no such run.
        LedgerRefused: a kept source file is not what was imported, or the checkpoint is not of
            this ledger.
        OSError: the file cannot be written.
    """
    kept = read_checkpoint(checkpoint.read_bytes(), checkpoint.name) if checkpoint else None
    working = part_of(path)
    try:
        with ledger.read() as connection, Archive(working) as archive:
            row = _run(connection, number)
            folder = ledger.documents if documents else None
            answer = _filled(archive, connection, row, folder, kept)
        working.replace(path)
    finally:
        working.unlink(missing_ok=True)
    return answer


def _filled(
    archive: Archive, connection: sa.Connection, row: Mapping[str, Any], folder: Path | None,
    kept: Checkpoint | None,
) -> dict[str, Any]:  # fmt: skip
    material = gather(connection, asked_for(row))
    as_of, months = material.as_of, material.books.months
    used = used_batches(connection, months, as_of)
    for name in SHIPPED:
        archive.add(name, [(HERE / name).read_bytes()])
    lines = add_results(archive, connection, row, months)
    figures = read_figures(row["result"])
    checks = [*Checks(material, figures, lines).all()]
    nodes, balanced = balance(material, figures) if row["kind"] == "footprint" else ([], [])
    checks += balanced
    archive.add("results/nodes.csv", table(("node", "value"), nodes))
    archive.add("results/checks.jsonl", map(_json_line, checks))
    named = {*(line["factor"] for line in lines), *_named(f.formula for f in figures.values())}
    entries = add_books(archive, connection, material, used, frozenset(named))
    size, root = add_log(archive, connection, used, as_of, kept)
    held = add_sources(archive, connection, used, folder)
    return {
        "run": row["id"], "run_kind": row["kind"], "as_of": as_of,
        "batches": {"complete": len(used), "headers": size}, "entries": entries,
        "documents": held._asdict(), "checks": len(checks),
        "checkpoint": {"size": size, "root": root}, "pack_hash": archive.seal(),
    }  # fmt: skip


def _run(connection: sa.Connection, number: int) -> Mapping[str, Any]:
    row = connection.execute(sa.select(run).where(run.c.id == number)).mappings().one_or_none()
    if row is not None:
        return dict(row)
    known = connection.execute(sa.select(run.c.id, run.c.kind).order_by(run.c.id.desc()).limit(5))
    told = ", ".join(f"{one.id} ({one.kind})" for one in known)
    raise CalculationRefused(
        f"there is no run {number}",
        code="run",
        hint=f"the latest are {told}" if told
        else "compute first, for example: carbonledger inventory --period 2024",
    )  # fmt: skip


def _named(formulas: Iterable[str]) -> Iterator[str]:
    for formula in formulas:
        yield from FACTOR.findall(formula)


def _json_line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
