"""Answers as lists of facts: plain values first, then their parts, each under its heading."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from carbonledger.cli.output import say
from carbonledger.cli.plain import cell, width
from carbonledger.cli.tables import Row, label, table, word
from carbonledger.text import LANGUAGES, language, t

PLACES = Decimal("0.001")
DIGITS = 4


def rounded(value: object) -> object:
    """Round the decimals in an answer as people read them; whole numbers and texts stay.

    From 1 on three places are kept, below it four significant digits, half even. `--json` keeps
    all digits.
    """
    if isinstance(value, Mapping):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    if not isinstance(value, Decimal) or not value.is_finite() or not value:
        return value
    step = PLACES if abs(value) >= 1 else Decimal(1).scaleb(value.adjusted() - DIGITS + 1)
    return value if value == value.quantize(step) else value.quantize(step)


def assessed(scopes: Row) -> dict[str, object]:
    """Say of a scope without a figure that it was not assessed; a dash would not tell why."""
    said = t("cli.code.not_assessed")
    return {name: said if value is None else value for name, value in scopes.items()}


def localized(answer: Row) -> dict[str, object]:
    """Keep of fields that come in several languages (`name`, `name_zh`) the one to be shown."""
    shown: dict[str, object] = {}
    for name, value in answer.items():
        base, _, lang = name.rpartition("_")
        if lang not in LANGUAGES:
            shown.setdefault(name, value)
        elif lang == language() or base not in shown:
            shown[base] = value
    return shown


def facts(answer: Row, hidden: Sequence[str] = (), title: str = "") -> None:
    """Print an answer.

    Args:
        answer: what a service function returned.
        hidden: fields that are not for a terminal, wherever they stand.
        title: heading.
    """
    shown = {
        name: value
        for name, value in localized(answer).items()
        if name not in hidden and value not in ("", [], {})
    }
    single = {name: value for name, value in shown.items() if _part(value) is None}
    if title:
        say(title)
    _pairs(single)
    for name, value in shown.items():
        part = _part(value)
        if part is not None:
            say("")
            part(value, hidden, label(name))


def _part(value: object) -> Callable[[Any, Sequence[str], str], None] | None:
    """Return how a value is printed that takes more than its line; None for a plain one."""
    if isinstance(value, Mapping):
        return facts
    if not isinstance(value, list | tuple):
        return None
    if value and isinstance(value[0], Mapping):
        return _rows
    return _sentences if any(isinstance(item, str) and " " in item for item in value) else None


def _rows(rows: Sequence[Row], hidden: Sequence[str], title: str) -> None:
    say(title)
    table([{k: v for k, v in localized(row).items() if k not in hidden} for row in rows])


def _sentences(sentences: Sequence[object], _hidden: Sequence[str], title: str) -> None:
    say(title)
    for sentence in sentences:
        say(f"  {cell(sentence)}")


def _pairs(single: Row) -> None:
    labels = {name: label(name) for name in single}
    widest = max(map(width, labels.values()), default=0)
    for name, value in single.items():
        gap = " " * (widest - width(labels[name]))
        say(f"  {labels[name]}{gap}  {word(value, name)}".rstrip())
