"""The tree behind a figure: formula, factor with its source, entries, batch, file and line."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.model import Figure
from carbonledger.errors import CalculationRefused
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import (
    account,
    batch,
    commodity,
    document,
    emission_line,
    entry,
    factor,
    factor_pack,
    meter,
    run,
)
from carbonledger.run.store import read_figures
from carbonledger.units import from_micro

DEEPEST = 12
MOST_ENTRIES = 400
KINDS = ("inventory", "renewable", "footprint", "intensity", "summary")


def explain(ledger: Ledger, key: str, number: int | None = None) -> dict[str, Any]:
    """Return the tree behind a figure of a run.

    Args:
        ledger: the ledger.
        key: `scope-1`, `inventory.scope-1` (kind and figure) or `line:12`; a number alone is a
            line.
        number: the run; None: the latest run (of that kind) that has the figure.

    Raises:
        CalculationRefused: no run has such a figure.
    """
    kind, dot, name = key.partition(".")
    if not dot or kind not in KINDS:
        kind, name = "", key
    name = f"line:{name}" if name.isdigit() else name
    with ledger.read() as connection:
        row = _run(connection, kind, name, number)
        tree = _Tree(connection, row)
        return {
            "run": row["id"], "run_kind": row["kind"], "method": row["method"],
            "boundary": row["boundary"], "period": row["period"], "as_of": row["as_of_batch"],
            **tree.node(name, 0),
        }  # fmt: skip


def _run(connection: sa.Connection, kind: str, name: str, number: int | None) -> Mapping[str, Any]:
    query = sa.select(run).order_by(run.c.id.desc())
    if number is not None:
        query = query.where(run.c.id == number)
    if kind:
        query = query.where(run.c.kind == kind)
    known: set[str] = set()
    for row in connection.execute(query).mappings():
        figures = read_figures(row["result"])
        if name in figures or (name.startswith("line:") and _has_line(connection, row["id"], name)):
            return dict(row)
        known |= figures.keys()
    near = get_close_matches(name, known, 5)
    raise CalculationRefused(
        f"no run has a figure {name!r}",
        code="figure",
        hint=(f"did you mean {', '.join(near)}?" if near else "compute first: carbonledger inventory")
        if known
        else "compute first, for example: carbonledger inventory --period 2024",
    )


def _has_line(connection: sa.Connection, number: int, name: str) -> bool:
    line = name.removeprefix("line:")
    query = sa.select(emission_line.c.id).where(
        emission_line.c.run_id == number, emission_line.c.line == (int(line) if line.isdigit() else 0)
    )
    return connection.execute(query).first() is not None


class _Tree:
    """Builds the tree of one run."""

    def __init__(self, connection: sa.Connection, row: Mapping[str, Any]) -> None:
        self.connection = connection
        self.run = int(row["id"])
        self.as_of = int(row["as_of_batch"])
        self.figures = read_figures(row["result"])

    def node(self, key: str, depth: int) -> dict[str, Any]:
        """Return the node of a key with all below it."""
        if key.startswith("line:"):
            return self._line(int(key.removeprefix("line:")), depth)
        if key.startswith("flow:"):
            return self._flow(key)
        figure = self.figures.get(key)
        if figure is None:
            return _leaf(key, None, "", "")
        return self._figure(figure, depth)

    def _figure(self, figure: Figure, depth: int) -> dict[str, Any]:
        made = _leaf(figure.key, figure.value, figure.unit, figure.formula)
        if figure.reason:
            made["reason"] = figure.reason
        if depth < DEEPEST:
            made["children"] = self._children(figure.inputs, depth)
        return made

    def _children(self, inputs: Iterable[str], depth: int) -> list[dict[str, Any]]:
        return [self.node(key, depth + 1) for key in inputs]

    def _line(self, number: int, depth: int) -> dict[str, Any]:
        row = self.connection.execute(
            sa.select(emission_line).where(
                emission_line.c.run_id == self.run, emission_line.c.line == number
            )
        ).mappings().one()  # fmt: skip
        made = _leaf(f"line:{number}", from_micro(row["co2e_mg"]), "kg CO2e", "")
        made["label"] = (
            f"{row['account']} {row['commodity']} {row['month']} {row['category']} {row['gas']}"
        )
        made["formula"] = f"{_plain(from_micro(row['activity']))} {row['activity_unit']}"
        if row["factor_value"] is not None:
            made["formula"] += f" × {row['factor_value']} {row['factor_unit']}"
        made["formula"] += f" × GWP {row['gwp']}" if row["gwp"] != "1" else ""
        made["basis"] = row["basis"]
        made["factor"] = self._factor(row["factor"])
        made["children"] = self._children(json.loads(row["inputs"]), depth)
        return made

    def _factor(self, key: str) -> dict[str, Any] | None:
        """Return a factor with its source; a value that the method itself states has none here."""
        name, _, code = key.partition("/")
        pack, _, edition = name.partition("@")
        row = self.connection.execute(
            sa.select(
                factor.c.value, factor.c.unit, factor.c.region, factor.c.data_year,
                factor.c.purpose, factor.c.page, factor.c.confidence, factor.c.note,
                factor_pack.c.publisher, factor_pack.c.title, factor_pack.c.document,
                factor_pack.c.batch_id.label("batch"),
            )
            .join(factor_pack, factor_pack.c.id == factor.c.pack_id)
            .where(factor_pack.c.code == pack, factor_pack.c.edition == edition,
                   factor.c.code == code)
        ).mappings().one_or_none()  # fmt: skip
        if row is None:
            return {"key": key} if key else None
        return {"key": key, **row, "value": Decimal(row["value"])}

    def _flow(self, key: str) -> dict[str, Any]:
        """Return the entries that a flow was summed from."""
        rows = self._entries(key)
        made = _leaf(key, None, "", "Σ entries")
        if rows:
            made["value"] = from_micro(sum(int(row["quantity"]) for row in rows))
            made["unit"] = rows[0]["unit"]
        made["entry_count"] = len(rows)
        made["entries"] = [dict(row) | {"quantity": from_micro(row["quantity"])}
                           for row in rows[:MOST_ENTRIES]]  # fmt: skip
        return made

    def _entries(self, key: str) -> list[Mapping[str, Any]]:
        _, good, ends, month = key.split(":", 3)
        left, _, reached = ends.partition(">")
        first = int(month.replace("-", "")) * 100
        source, target = account.alias("source"), account.alias("target")
        query = (
            sa.select(
                entry.c.id.label("entry"), entry.c.batch_id.label("batch"), entry.c.kind,
                meter.c.code.label("meter"), entry.c.first_day.label("local_day"),
                entry.c.quantity, commodity.c.unit, document.c.name.label("document"),
                entry.c.line_first, entry.c.line_last, entry.c.document_no, batch.c.reason,
            )
            .join(source, source.c.id == entry.c.from_account_id)
            .join(target, target.c.id == entry.c.to_account_id)
            .join(commodity, commodity.c.id == entry.c.commodity_id)
            .join(batch, batch.c.id == entry.c.batch_id)
            .outerjoin(meter, meter.c.id == entry.c.meter_id)
            .outerjoin(document, document.c.id == batch.c.document_id)
            .where(
                source.c.code == left, target.c.code == reached, commodity.c.code == good,
                entry.c.first_day <= first + 99, entry.c.last_day >= first,
                entry.c.batch_id <= self.as_of,
            )
            .order_by(entry.c.first_day, entry.c.id)
        )  # fmt: skip
        return [dict(row) for row in self.connection.execute(query).mappings()]


def _leaf(key: str, value: Decimal | None, unit: str, formula: str) -> dict[str, Any]:
    return {"key": key, "label": key, "value": value, "unit": unit, "formula": formula,
            "children": []}  # fmt: skip


def _plain(value: Decimal) -> str:
    return format(value, "f")
