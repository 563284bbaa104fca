"""A comparison as programs read it: tonnes with every digit, per cent of the old figure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from carbonledger.calc.figures import tonnes
from carbonledger.calc.footprint_records import FootprintResult, ProductFootprint
from carbonledger.calc.restated import (
    TOTALS,
    Cell,
    Change,
    Masses,
    Row,
    percent,
    rows,
    significant,
    total,
)
from carbonledger.run.question import Material
from carbonledger.run.restate import Comparison, Products
from carbonledger.run.restating import FOOTPRINT
from carbonledger.units import from_micro

SHOWN = {"inventory": ("location", "market", "biogenic"), FOOTPRINT: ("product",)}
"""Totals of each kind of figures; biogenic CO2 only where there is some."""
ALWAYS = ("location", "market", "product")


def totals(found: Comparison) -> list[Row]:
    """Return the totals that are told, each with what every cause changed."""
    made = [total(found.before, found.changes, name) for name in SHOWN[found.kind]]
    return [row for row in made if row.key[0] in ALWAYS or row.old_mg or any(row.by_cause.values())]


def is_significant(found: Comparison, threshold: Decimal) -> bool:
    """Tell whether any of the totals changed by the threshold or more."""
    return any(significant(row, threshold) for row in totals(found))


def answer(found: Comparison, threshold: Decimal) -> dict[str, Any]:
    """Write a comparison as programs read it; see docs/restating.md.

    Args:
        found: from `compare`.
        threshold: from how many per cent a change is significant.
    """
    told = totals(found)
    return {
        "kind": found.kind,
        "old": _side(found.old, None if found.run is None else found.run["id"]),
        "new": _side(found.new, None),
        "threshold_percent": threshold,
        "significant": is_significant(found, threshold),
        "changed": bool(found.changes),
        "totals": [_row(row, ("total",), significant=significant(row, threshold)) for row in told],
        "causes": [line for row in told for line in _causes(row)],
        "scopes": _rows(found, lambda cell: (cell.scope,), ("scope",)),
        "accounts": _by_total(found, "account"),
        "months": _by_total(found, "month") if found.kind != FOOTPRINT else [],
        "products": _products(found.products),
        "product_run": found.products.run["id"] if found.products else None,
        "warnings": [remark.en for remark in found.remarks],
        "warnings_zh": [remark.zh for remark in found.remarks],
    }


def _side(material: Material, number: int | None) -> dict[str, Any]:
    asked = material.question
    return {
        "run": number,
        "method": material.method.key,
        "boundary": asked.boundary,
        "period": asked.period,
        "as_of": material.as_of,
        "editions": list(asked.editions),
        "gwp": material.method.gwp_set,
    }


def _row(row: Row, names: Iterable[str], **more: Any) -> dict[str, Any]:
    return {
        **dict(zip(names, row.key, strict=True)),
        "old_t": tonnes(row.old_mg),
        "new_t": tonnes(row.new_mg),
        "change_t": tonnes(row.change_mg),
        "percent": percent(row.change_mg, row.old_mg),
        **more,
        "by_cause": {cause: tonnes(step) for cause, step in row.by_cause.items()},
    }


def _causes(row: Row) -> list[dict[str, Any]]:
    return [
        {
            "total": row.key[0],
            "cause": cause,
            "change_t": tonnes(step),
            "percent": percent(step, row.old_mg),
        }
        for cause, step in row.by_cause.items()
    ]


def _rows(found: Comparison, key: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [_row(row, names) for row in rows(found.before, found.changes, key)]


def _by_total(found: Comparison, field: str) -> list[dict[str, Any]]:
    """Return rows by account or month, for each total that is told."""
    made = []
    for name in SHOWN[found.kind]:
        scopes = TOTALS[name]

        def key(
            cell: Cell, name: str = name, scopes: tuple[str, ...] = scopes
        ) -> tuple[str, str] | None:
            return (name, getattr(cell, field)) if cell.scope in scopes else None

        made += _rows(found, key, ("total", field))
    return made


def _products(found: Products | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    old, new = _per_unit(found.old), _per_unit(found.new)
    return [
        _product(row, old.get(row.key), new.get(row.key))
        for row in product_rows(found.before, found.changes)
    ]


def product_rows(before: Masses, made: Iterable[Change]) -> list[Row]:
    """Sum what each product carries; what found none is a row with an empty product."""
    return rows(before, made, lambda cell: (cell.account, cell.product))


def _per_unit(found: FootprintResult) -> Mapping[tuple[str, ...], ProductFootprint]:
    return {(one.account, one.commodity): one for one in (*found.products, *found.exported)}


def _product(
    row: Row, old: ProductFootprint | None, new: ProductFootprint | None
) -> dict[str, Any]:
    known = new or old
    return {
        **_row(row, ("account", "product")),
        "unit": known.unit if known else None,
        "old_quantity": from_micro(old.quantity) if old else None,
        "new_quantity": from_micro(new.quantity) if new else None,
        "old_kg_per_unit": old.kg_co2e_per_unit if old else None,
        "new_kg_per_unit": new.kg_co2e_per_unit if new else None,
    }
