"""The tree behind a figure: formula, factor with its source, entries, batch, file and line.

A figure names what it was made of: other figures, emission lines, flows. The tree is grown level by
level up to a number of nodes; what lies deeper has its own key, to be explained by itself.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.model import Figure
from carbonledger.calc.product import MAKER, PLANT
from carbonledger.errors import CalculationRefused
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import batch, emission_line, factor, factor_pack, publication, run
from carbonledger.ledger.service import last_batch
from carbonledger.ledger.sums import Key
from carbonledger.run.flows import FlowReader, flow_name, flow_parts
from carbonledger.run.line_quality import LineQuality
from carbonledger.run.store import read_figures
from carbonledger.units import from_micro

KINDS = ("inventory", "renewable", "footprint", "intensity", "summary")
SHARE = re.compile(r"(?<=; )\w+ share [\d.]+ %$")
"""The share at which a line is consolidated, at the end of its basis."""
FACTOR = re.compile(r"[^\s()]+@[^\s()/]+/[^\s():]+")
"""The name of a factor within a formula."""
# Why a tree ends: nothing was posted; a published value; stated by the method or the site; there is
# no value, the reason says why; named by a figure, but not there.
NOTHING, PUBLISHED, STATED, NO_VALUE, UNKNOWN = (
    "nothing", "published", "stated", "no_value", "unknown",
)  # fmt: skip
# Put together once: a tree asks for thousands of lines.
LINE = sa.select(emission_line).where(
    emission_line.c.run_id == sa.bindparam("run"), emission_line.c.line == sa.bindparam("number")
)
MOST_NODES = 5000
MOST_ENTRIES = 400
Node = dict[str, Any]


def explain(
    ledger: Ledger, key: str, number: int | None = None, *, as_of: int | None = None
) -> Node:
    """Return the tree behind a figure of a run.

    Args:
        ledger: the ledger.
        key: `scope-1`, `inventory.scope-1` (kind and figure) or `line:12`; a number alone is a
            line; `flow:electricity:grid>park:2024-03` is the sum of entries of that name.
        number: the run; None: the latest run (of that kind) that has the figure.
        as_of: look only at runs that rest on no later batch; None: at all.

    Returns:
        The run, and the node of the figure: `key`, `label`, `value`, `unit`, `formula`, `children`,
        and where they apply `reason`, `factor` (of a line with `pedigree_used`), `basis`,
        `grades` (the share of a line's activity by grade), `entries`, `entry_count`, `ends` (why
        nothing stands below: `nothing` was posted, `published`, `stated`, `no_value`, `unknown`),
        and `omitted`: how many children were left out because the tree is large.

    Raises:
        CalculationRefused: no run has such a figure.
    """
    [found] = explain_each(ledger, (key,), number, as_of=as_of)
    return found


def explain_each(
    ledger: Ledger, keys: Iterable[str], number: int | None = None, *, as_of: int | None = None
) -> Iterator[Node]:
    """Yield the trees behind some figures; what one of a run needs the next one has.

    Args, results and errors are those of `explain`.
    """
    trees: dict[int | None, _Tree] = {}
    with ledger.read() as connection:
        for key in keys:
            kind, name = _parts(key)
            row = _run(connection, kind, name, number, as_of)
            if row["id"] not in trees:
                trees[row["id"]] = _Tree(connection, row)
            yield {
                "run": row["id"], "run_kind": row["kind"], "method": row["method"],
                "boundary": row["boundary"], "period": row["period"], "as_of": row["as_of_batch"],
                **trees[row["id"]].grown(name),
            }  # fmt: skip


def _parts(key: str) -> tuple[str, str]:
    """Take a key apart: the kind of run, "" where it names none, and the figure."""
    kind, dot, name = key.partition(".")
    if not dot or kind not in KINDS:
        kind, name = "", key
    return kind, f"line:{name}" if name.isdecimal() else name


def _run(
    connection: sa.Connection, kind: str, name: str, number: int | None, as_of: int | None
) -> Mapping[str, Any]:
    """Return the latest run that has a figure; the database looks, only that run is read."""
    query = sa.select(run).order_by(run.c.id.desc()).limit(1)
    if number is not None:
        query = query.where(run.c.id == number)
    if kind:
        query = query.where(run.c.kind == kind)
    if as_of is not None:
        query = query.where(run.c.as_of_batch <= as_of)
    found = connection.execute(query.where(_has(name))).mappings().first()
    if found is not None:
        return dict(found)
    if number is None and not kind and flow_parts(name):
        return _no_run(name, as_of or last_batch(connection))
    raise _unknown(connection, kind, name, number)


def _has(name: str) -> sa.ColumnElement[bool]:
    """Tell in SQL whether a run has a figure, a line, or can have a flow."""
    if flow_parts(name):
        return sa.true()
    line = name.removeprefix("line:")
    if line == name:
        # As canonical JSON writes it; within a text the quotation marks would be escaped.
        written = f'"key":{json.dumps(name, ensure_ascii=False)}'
        # LIKE would not tell capital from small letters.
        return run.c.result != sa.func.replace(run.c.result, written, "")
    return sa.exists().where(
        emission_line.c.run_id == run.c.id,
        emission_line.c.line == (int(line) if line.isdecimal() and len(line) < 10 else 0),  # noqa: PLR2004
    )


def _no_run(name: str, last: int) -> Mapping[str, Any]:
    """Stand for a run where a flow is asked for and nothing was computed yet."""
    return {"id": None, "kind": "", "method": "", "boundary": "", "period": name[-7:],
            "as_of_batch": last, "result": "[]"}  # fmt: skip


def _unknown(
    connection: sa.Connection, kind: str, name: str, number: int | None
) -> CalculationRefused:
    newest = sa.select(sa.func.max(run.c.id)).group_by(run.c.kind)
    query = sa.select(run.c.result).where(
        run.c.id == number if number is not None else run.c.id.in_(newest)
    )
    if kind:
        query = query.where(run.c.kind == kind)
    known = {key for result in connection.execute(query).scalars() for key in read_figures(result)}
    near = get_close_matches(name, known, 5)
    where = f"run {number} has" if number is not None else "no run has"
    said = f"{where} no figure {name!r}" if number is not None else f"{where} a figure {name!r}"
    if near:
        hint = f"did you mean {', '.join(near)}?"
    elif known:
        hint = f"known are {', '.join(sorted(known)[:8])} …"
    else:
        hint = "compute first, for example: carbonledger inventory --period 2024"
    return CalculationRefused(said, code="figure", hint=hint)


class _Tree:
    """Grows the tree of one run."""

    def __init__(self, connection: sa.Connection, row: Mapping[str, Any]) -> None:
        self.connection = connection
        self.run = row["id"]
        self.figures = read_figures(row["result"])
        self.flows = FlowReader(connection, int(row["as_of_batch"]))
        self._quality = LineQuality(connection, int(row["as_of_batch"]), self.figures)
        self._made: dict[str, tuple[Node, tuple[str, ...]]] = {}
        self._factors: dict[str, Node | None] = {}

    def grown(self, key: str) -> Node:
        """Return the node of a key with what lies below it, nearest levels first."""
        top, below = self._node(key)
        left = MOST_NODES
        queue = deque([(top, below, frozenset([key]))])
        while queue:
            node, keys, above = queue.popleft()
            taken = keys[: max(left, 0)]
            left -= len(taken)
            if len(taken) < len(keys):
                node["omitted"] = len(keys) - len(taken)
            for name in taken:
                child, further = self._node(name)
                node["children"].append(child)
                # A figure that names itself further down would never end.
                if name not in above:
                    queue.append((child, further, above | {name}))
        return top

    def _node(self, key: str) -> tuple[Node, tuple[str, ...]]:
        """Return a new node without children, and the keys of what it is made of."""
        if key not in self._made:
            self._made[key] = self._make(key)
        node, below = self._made[key]
        return node | {"children": []}, below

    def _make(self, key: str) -> tuple[Node, tuple[str, ...]]:
        if key.startswith("line:"):
            return self._line(int(key.removeprefix("line:")))
        parts = flow_parts(key)
        if parts is not None:
            return self._made_inside(key, parts) or (self._flow(key, parts), ())
        figure = self.figures.get(key)
        if figure is None:
            return _leaf(key, None, "", "") | {"ends": UNKNOWN}, ()
        return self._of_figure(figure), figure.inputs

    def _of_figure(self, figure: Figure) -> Node:
        """Return a figure with the factor its formula names, or why the tree ends with it."""
        made = _leaf(figure.key, figure.value, figure.unit, figure.formula)
        if figure.reason:
            made["reason"] = figure.reason
        named = FACTOR.search(figure.formula)
        factor = self._factor(named[0]) if named else None
        if factor is not None and "value" in factor:
            made["factor"] = factor
        if not figure.inputs:
            made["ends"] = _why(figure, made)
        return made

    def _line(self, number: int) -> tuple[Node, tuple[str, ...]]:
        asked = {"run": self.run, "number": number}
        row = self.connection.execute(LINE, asked).mappings().one()
        made = _leaf(f"line:{number}", from_micro(row["co2e_mg"]), "kg CO2e", "")
        made["label"] = (
            f"{row['account']} {row['commodity']} {row['month']} {row['category']} {row['gas']}"
        )
        made["formula"] = f"{_plain(from_micro(row['activity']))} {row['activity_unit']}"
        if row["factor_value"] is not None:
            made["formula"] += f" × {row['factor_value']} {row['factor_unit']}"
        made["formula"] += f" × GWP {row['gwp']}" if row["gwp"] != "1" else ""
        made["formula"] += f" × {found[0]}" if (found := SHARE.search(row["basis"])) else ""
        made["basis"] = row["basis"]
        inputs = tuple(json.loads(row["inputs"]))
        made["grades"] = self._quality.grades(row, inputs)
        made["factor"] = self._factor(row["factor"])
        if made["factor"] and "value" in made["factor"]:
            made["factor"]["pedigree_used"] = self._quality.pedigree(row)
        return made | ({} if inputs else {"ends": STATED}), inputs

    def _factor(self, key: str) -> Node | None:
        """Return a factor with its source; a value that the method itself states has none here."""
        if key not in self._factors:
            self._factors[key] = self._read_factor(key)
        found = self._factors[key]
        return dict(found) if found else None

    def _read_factor(self, key: str) -> Node | None:
        name, _, code = key.partition("/")
        pack, _, edition = name.partition("@")
        loading, publishing = batch.alias("loading"), batch.alias("publishing")
        row = self.connection.execute(
            sa.select(
                factor.c.value, factor.c.unit, factor.c.region, factor.c.data_year,
                factor.c.purpose, factor.c.page, factor.c.confidence, factor.c.note,
                factor.c.pedigree, factor_pack.c.pedigree_by,
                factor_pack.c.publisher, factor_pack.c.title, factor_pack.c.document,
                factor_pack.c.batch_id.label("batch"), loading.c.actor.label("loaded_by"),
                publishing.c.actor.label("published_by"),
            )
            .join(factor_pack, factor_pack.c.id == factor.c.pack_id)
            .join(loading, loading.c.id == factor_pack.c.batch_id)
            .outerjoin(publication, publication.c.pack_id == factor_pack.c.id)
            .outerjoin(publishing, publishing.c.id == publication.c.batch_id)
            .where(factor_pack.c.code == pack, factor_pack.c.edition == edition,
                   factor.c.code == code)
        ).mappings().one_or_none()  # fmt: skip
        if row is None:
            return {"key": key} if key else None
        return {"key": key, **row, "value": Decimal(row["value"])}

    def _made_inside(self, key: str, parts: Key) -> tuple[Node, tuple[str, ...]] | None:
        """Return a flow that footprints put in beside the posted ones; None for any other.

        Own generation counts as a purchase of generating plant, kWh for kWh: what left the
        generator less what it took (see `calc.product`).
        """
        source, account, good, month = parts
        if (source, good) != (MAKER, PLANT):
            return None
        below = self.flows.touching(account, "electricity", month)
        net = sum(
            entry.quantity if one[0] == account else -entry.quantity
            for one in below
            for entry in self.flows.entries(one)
        )
        made = _leaf(key, from_micro(net), "kWh", f"electricity from {account} less what it took")
        return made, tuple(flow_name(one) for one in below)

    def _flow(self, key: str, parts: Key) -> Node:
        """Return a flow with the entries it was summed from."""
        made = _leaf(key, None, "", "Σ entries")
        unit = self.flows.unit(parts)
        if unit is None:
            made["reason"] = "no such accounts or commodity"
            return made | {"entry_count": 0, "entries": [], "ends": UNKNOWN}
        rows = self.flows.entries(parts)
        if not rows:
            made["ends"] = NOTHING
        if rows:
            made["value"], made["unit"] = from_micro(sum(r.quantity for r in rows)), unit
        made["entry_count"] = len(rows)
        made["entries"] = [
            row._asdict() | {"quantity": from_micro(row.quantity), "unit": unit,
                             "whole": from_micro(row.whole)}
            for row in rows[:MOST_ENTRIES]
        ]  # fmt: skip
        return made


def _why(figure: Figure, made: Node) -> str:
    """Say why a tree ends with a figure that names nothing below it."""
    if made.get("factor"):
        return PUBLISHED
    if figure.value is None:
        return NO_VALUE
    return STATED if figure.value else NOTHING


def _leaf(key: str, value: Decimal | None, unit: str, formula: str) -> Node:
    return {"key": key, "label": key, "value": value, "unit": unit, "formula": formula,
            "children": []}  # fmt: skip


def _plain(value: Decimal) -> str:
    return format(value, "f")
