"""How restatements are printed: totals, causes, and where the change is."""

from collections.abc import Mapping, Sequence
from typing import Any

from carbonledger.cli.facts import rounded
from carbonledger.cli.output import say
from carbonledger.cli.plain import plain
from carbonledger.cli.tables import label, table
from carbonledger.text import language, t

FIGURES = ("old_t", "new_t", "change_t", "percent")
PER_UNIT = ("old_kg_per_unit", "new_kg_per_unit", "unit")
LISTED = (
    "run_restatement", "batch", "old_run", "new_run", "period", "total", "old_t", "new_t",
    "change_t", "percent", "significant", "actor", "reason",
)  # fmt: skip
PARTS = (("scopes", ("scope",)), ("accounts", ("account",)), ("months", ("month",)))


def shown(answer: Mapping[str, Any]) -> None:
    """Print a comparison, or a restatement that was posted."""
    found: Any = rounded(answer)
    _heads(found)
    if found.get("corrections"):
        _titled("corrections", found["corrections"])
    if found.get("closed_periods"):
        say("")
        say(t("cli.restate.closed", periods=plain(", ".join(found["closed_periods"]))))
    _titled("totals", [_flat(row, ("total",), ("significant",)) for row in found["totals"]])
    say("")
    _judged(found)
    _causes(found)
    for name, keys in PARTS if found["changed"] else ():
        rows = _once(found[name])
        several = len({row.get("total") for row in rows}) > 1
        columns = (*(("total",) if several else ()), *keys)
        _titled(name, [_flat(row, columns, (), _at_work(rows)) for row in rows])
    _products(found)
    warnings = found["warnings_zh"] if language() == "zh" else found["warnings"]
    if warnings:
        say("")
        say(label("warnings"))
        for sentence in warnings:
            say(f"  {plain(sentence)}")


def _heads(found: Mapping[str, Any]) -> None:
    if found.get("run_restatement") is not None:
        values = {name: found[name] for name in ("run_restatement", "batch", "reason")}
        say(t("cli.restate.posted", **{k: plain(str(v)) for k, v in values.items()}))
    for name in ("old", "new"):
        side = found[name]
        run = "–" if side["run"] is None else side["run"]
        words = {k: plain(str(side[k])) for k in ("method", "boundary", "period", "as_of")}
        chosen = [*side["editions"], side["gwp"]]
        say(t(f"cli.restate.{name}", run=run, chosen=" ".join(filter(None, chosen)), **words))


def _judged(found: Mapping[str, Any]) -> None:
    """Say whether the change is significant."""
    if not found["changed"]:
        say(t("cli.restate.nothing"))
        return
    key = "significant" if found["significant"] else "not_significant"
    say(t(f"cli.restate.{key}", threshold=found["threshold_percent"]))


def _causes(found: Mapping[str, Any]) -> None:
    """Print a cause a line; what had no effect on any total is left out."""
    rows = [row for row in found["causes"] if row["change_t"]]
    if rows:
        same = len({row["total"] for row in rows}) == 1
        columns = ("cause", "change_t", "percent")
        _titled("causes", rows, columns if same else ("total", *columns))


def _products(found: Mapping[str, Any]) -> None:
    rows = found["products"]
    if not rows:
        return
    named = [{**row, "product": row["product"] or t("cli.restate.no_product")} for row in rows]
    columns, causes = (*FIGURES, *PER_UNIT), _at_work(rows)
    made = [
        _flat(row, ("account", "product"), (), (), columns)
        | {name: row["by_cause"][name] for name in causes}
        for row in named
    ]
    _titled("products", made)


def _once(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave out the rows of a total that are those of another one, figure for figure."""
    kept: list[Mapping[str, Any]] = []
    seen: list[list[Any]] = []
    for name in dict.fromkeys(row.get("total") for row in rows):
        of_total = [row for row in rows if row.get("total") == name]
        bare = [{k: v for k, v in row.items() if k != "total"} for row in of_total]
        if bare not in seen:
            kept += of_total
            seen.append(bare)
    return kept


def _at_work(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Name the causes that changed any of the rows."""
    names = dict.fromkeys(name for row in rows for name in row["by_cause"])
    return tuple(name for name in names if any(row["by_cause"][name] for row in rows))


def _flat(
    row: Mapping[str, Any], keys: Sequence[str], more: Sequence[str] = (),
    causes: Sequence[str] = (), figures: Sequence[str] = FIGURES,
) -> dict[str, Any]:  # fmt: skip
    """Put what each cause changed beside the figures of a row."""
    flat = {name: row[name] for name in (*keys, *figures, *more)}
    # One cause alone is the change itself.
    return flat | ({name: row["by_cause"][name] for name in causes} if len(causes) > 1 else {})


def _titled(name: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> None:
    if rows:
        say("")
        say(label(name))
        table(rows, columns)


def listing(answer: Mapping[str, Any]) -> None:
    """Print the restatements that were posted."""
    rows: Any = rounded(answer["restatements"])
    if not rows:
        say(t("cli.restate.none"))
        return
    table([{**row, "significant": bool(row["significant"])} for row in rows], LISTED)
