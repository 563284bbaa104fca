"""The park summary as plain mappings, for programs: the same content, stable keys."""

from dataclasses import fields, is_dataclass
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


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        # A figure's inputs are for `explain`; they would outweigh all figures together.
        names = [field.name for field in fields(value) if field.name != "inputs"]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
