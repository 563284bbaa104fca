"""Which lines, figures and indicators of the runs rest on some entries."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.schema import emission_line, indicator, run
from carbonledger.run.store import read_figures
from carbonledger.units import from_micro

INDICATOR = "indicator:"
Row = dict[str, Any]


def reached(connection: sa.Connection, entries: Sequence[Row], last: int) -> Iterator[Row]:
    """Give for each run what rests on some entries; of runs that were asked the same, the latest.

    Args:
        connection: connection to the ledger.
        entries: with their `batch` and `flows`, see `trace`.
        last: only runs as of no later batch.

    Yields:
        `run`, `run_kind`, `method`, `boundary`, `period`, `as_of`, `earlier` (runs that were asked
        the same before), and of what rests on the entries: `flows` (`key`, `quantity` of the
        entries, whole `of`), `lines` (`line`, `account`, `scope`, `commodity`, `month`,
        `activity`, `co2e_kg`), `figures` and `indicators` (`key`, `value`, `unit`). Figures that
        name no flow, because all of a period enters them, are not among them.
    """
    for row, earlier in _latest(connection, last):
        parts = _parts(entries, row["as_of_batch"])
        lines = _lines(connection, row["id"])
        figures = read_figures(row["result"])
        above = _above(parts, figures, lines)
        if above:
            yield {
                "run": row["id"], "run_kind": row["kind"], "method": row["method"],
                "boundary": row["boundary"], "period": row["period"],
                "as_of": row["as_of_batch"], "earlier": earlier,
                "flows": [{"key": key, "quantity": part} for key, part in sorted(parts.items())
                          if key in above],
                "lines": [_line(one) for number, one in lines.items() if f"line:{number}" in above],
                "figures": [
                    {"key": key, "value": one.value, "unit": one.unit}
                    for key, one in figures.items() if key in above
                ],
                "indicators": _indicators(connection, row["id"], above),
            }  # fmt: skip


def _latest(connection: sa.Connection, last: int) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Give of the runs that were asked the same the latest, and how many there were before."""
    asked: dict[tuple[str, ...], list[int]] = defaultdict(list)
    same = (run.c.kind, run.c.method, run.c.boundary, run.c.period, run.c.parameters)
    query = sa.select(run.c.id, *same).where(run.c.as_of_batch <= last).order_by(run.c.id)
    for number, *question in connection.execute(query):
        asked[tuple(question)].append(number)
    for numbers in asked.values():
        newest = sa.select(run).where(run.c.id == numbers[-1])
        row = connection.execute(newest).mappings().one()
        yield dict(row), len(numbers) - 1


def _parts(entries: Sequence[Row], as_of: int) -> dict[str, Any]:
    """Sum by flow what the entries count that a run could know."""
    parts: dict[str, Any] = {}
    for one in entries:
        if one["batch"] <= as_of:
            for flow in one["flows"]:
                parts[flow["key"]] = parts.get(flow["key"], 0) + flow["quantity"]
    return parts


def _lines(connection: sa.Connection, number: int) -> dict[int, Mapping[str, Any]]:
    query = sa.select(emission_line).where(emission_line.c.run_id == number)
    rows = connection.execute(query.order_by(emission_line.c.line)).mappings()
    return {row["line"]: dict(row) for row in rows}


def _above(
    parts: Mapping[str, Any], figures: Mapping[str, Any], lines: Mapping[int, Mapping[str, Any]]
) -> set[str]:
    """Return the flows that a run names, and all that rests on them, at any height."""
    resting: dict[str, list[str]] = defaultdict(list)
    for key, figure in figures.items():
        for below in figure.inputs:
            resting[below].append(key)
    for number, line in lines.items():
        for below in json.loads(line["inputs"]):
            resting[below].append(f"line:{number}")
    found: set[str] = set()
    frontier = [key for key in parts if key in resting]
    while frontier:
        key = frontier.pop()
        if key not in found:
            found.add(key)
            frontier += resting[key]
    return found


def _line(row: Mapping[str, Any]) -> Row:
    told = ("line", "account", "scope", "category", "commodity", "month", "gas", "activity_unit")
    return {
        **{name: row[name] for name in told},
        "activity": from_micro(row["activity"]),
        "co2e_kg": from_micro(row["co2e_mg"]),
    }


def _indicators(connection: sa.Connection, number: int, above: set[str]) -> list[Row]:
    codes = [key.removeprefix(INDICATOR) for key in above if key.startswith(INDICATOR)]
    query = sa.select(indicator).where(
        indicator.c.run_id == number, indicator.c.code.in_(codes)
    ).order_by(indicator.c.id)  # fmt: skip
    return [
        {"code": row["code"], "name": row["name_en"], "name_zh": row["name_zh"],
         "value": row["value"], "unit": row["unit"], "status": row["status"]}
        for row in connection.execute(query).mappings()
    ]  # fmt: skip
