"""The park summary as plain mappings, for programs: the same content, stable keys."""

import json
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from carbonledger.report.data import ParkSummary


def as_json(summary: ParkSummary) -> dict[str, Any]:
    """Return the report as mappings, lists, texts and numbers.

    The keys are the names of the records' fields. A figure is
    `{"key", "value", "unit", "formula", "reason"}`; its value is a Decimal with all its digits
    (write it with an encoder that keeps them) or None. A name is `{"code", "en", "zh"}`.
    """
    form = _plain(summary)
    if not isinstance(form, dict):
        raise TypeError(f"{type(summary).__name__} is no record")
    return form


def json_text(value: object, indent: str = "\n") -> str:
    """Write mappings, lists, texts and numbers as JSON text; Decimals with all their digits.

    Args:
        value: what `as_json` returns, or a part of it.
        indent: line break and spaces in front of the closing bracket.
    """
    inner = indent + "  "
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)}: {json_text(item, inner)}" for key, item in value.items())
        return _bracketed("{}", list(pairs), indent)
    if isinstance(value, list):
        return _bracketed("[]", [json_text(item, inner) for item in value], indent)
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False)


def _bracketed(brackets: str, items: list[str], indent: str) -> str:
    if not items:
        return brackets
    inner = indent + "  "
    return f"{brackets[0]}{inner}{f',{inner}'.join(items)}{indent}{brackets[1]}"


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        # A figure's inputs are for `explain`; they would outweigh all figures together.
        names = [field.name for field in fields(value) if field.name != "inputs"]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
