"""Runs: a calculation stored with all that it rests on; the same answer is stored once."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from carbonledger import __version__
from carbonledger.calc.model import EmissionLine, Figure
from carbonledger.calc.park import Indicator
from carbonledger.ledger.canon import text
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.refusals import fitting
from carbonledger.ledger.schema import emission_line, indicator, run
from carbonledger.run.question import Material


@dataclass(frozen=True, slots=True)
class Result:
    """What a calculation gives, whichever it is.

    Attributes:
        kind: inventory, renewable, footprint, intensity.
        figures: the tree behind the numbers.
        lines: emission lines.
        indicators: indicators.
        parameters: what was asked beside boundary, period and method.
        answer: what programs read.
    """

    kind: str
    figures: tuple[Figure, ...]
    lines: tuple[EmissionLine, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)


def figures_text(figures: Iterable[Figure]) -> str:
    """Write figures as canonical JSON; decimals as texts, so that no digit is lost."""
    return text(
        [
            {
                "key": f.key,
                "value": None if f.value is None else format(f.value, "f"),
                "unit": f.unit,
                "formula": f.formula,
                "inputs": list(f.inputs),
                "reason": f.reason,
            }
            for f in figures
        ]
    )


def read_figures(stored: str) -> dict[str, Figure]:
    """Read figures back, by key."""
    rows = json.loads(stored)
    return {
        r["key"]: Figure(
            r["key"], None if r["value"] is None else Decimal(r["value"]), r["unit"],
            r["formula"], tuple(r["inputs"]), r["reason"],
        )
        for r in rows
    }  # fmt: skip


def line_values(number: int, line: EmissionLine) -> dict[str, Any]:
    """Return a line as the columns of its table, without id and run."""
    return {
        "line": number, "account": line.account, "scope": line.scope, "category": line.category,
        "commodity": line.commodity, "month": line.month, "gas": line.gas,
        "activity": line.activity, "activity_unit": line.activity_unit, "factor": line.factor,
        "factor_value": None if line.factor_value is None else format(line.factor_value, "f"),
        "factor_unit": line.factor_unit, "mass_mg": line.mass_mg, "gwp": format(line.gwp, "f"),
        "co2e_mg": line.co2e_mg, "basis": line.basis, "inputs": _inputs(line.inputs),
    }  # fmt: skip


@lru_cache(maxsize=4096)
def _inputs(keys: tuple[str, ...]) -> str:
    """Write the inputs of a line; those of an account and month have the same ones."""
    return text(list(keys))


def indicator_values(one: Indicator) -> dict[str, Any]:
    """Return an indicator as the columns of its table, without id and run."""
    return {
        "code": one.code, "name_en": one.name["en"], "name_zh": one.name["zh"],
        "value": None if one.value is None else format(one.value, "f"), "unit": one.unit,
        "target": one.target or None, "status": one.status, "reason": one.reason["en"] or None,
    }  # fmt: skip


def header(material: Material, result: Result) -> dict[str, Any]:
    """Return a run as the columns that its hash covers."""
    question = material.question
    return {
        "kind": result.kind,
        "method": material.method.key,
        "boundary": question.boundary,
        "period": question.period,
        "as_of_batch": material.as_of,
        "engine": __version__,
        "parameters": text(result.parameters | question.chosen),
        "packs": text(dict(material.packs)),
        "result": figures_text(result.figures),
    }


def content_hash(head: dict[str, Any], lines: Sequence[Any], indicators: Sequence[Any]) -> str:
    """Return SHA-256 over a run: its header, its lines and its indicators in canonical form."""
    return hashlib.sha256(text([head, list(lines), list(indicators)]).encode()).hexdigest()


def save(ledger: Ledger, material: Material, result: Result, actor: str, now: str) -> int | None:
    """Store a run and return its number; one that is stored already is not stored again.

    Returns:
        The number; None when the ledger may only be read: the answer holds, but is not kept.

    Raises:
        LedgerRefused: the ledger cannot be written, or a number is too large for it.
    """
    head = header(material, result)
    lines = [line_values(n, line) for n, line in enumerate(result.lines, 1)]
    indicators = [indicator_values(one) for one in result.indicators]
    digest = content_hash(head, lines, indicators)
    with ledger.read() as connection:
        known = _known(connection, digest)
    if known is not None or not ledger.write:
        return known
    with ledger.transaction() as connection:
        # Somebody else may have stored it in the meantime.
        known = _known(connection, digest)
        if known is not None:
            return known
        number = _next(connection, run)
        row = {"id": number, **head, "content_hash": digest, "actor": actor, "computed_at": now}
        connection.execute(run.insert(), [row])
        _insert(connection, emission_line, number, lines)
        _insert(connection, indicator, number, indicators)
    return number


def _known(connection: sa.Connection, digest: str) -> int | None:
    found = connection.execute(sa.select(run.c.id).where(run.c.content_hash == digest)).scalar()
    return None if found is None else int(found)


def _next(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0) + 1


def _insert(
    connection: sa.Connection, table: sa.Table, number: int, rows: list[dict[str, Any]]
) -> None:
    if not rows:
        return
    first = _next(connection, table)
    made = [{"id": first + i, "run_id": number, **row} for i, row in enumerate(rows)]
    with fitting():
        connection.execute(table.insert(), made)
