"""Answers as tables and lists of facts, with numbers aligned at the point."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from carbonledger.cli.output import say
from carbonledger.cli.plain import ORDINALS, cell, places_of, width
from carbonledger.text import known, t

Row = Mapping[str, object]
# A file or a pipe has no edge; a table in it is as wide as its content.
NO_EDGE = 2000
# Longer texts may be folded into a column of this width; what is shorter stays on its line.
FOLDED = 24
GAP = 3
CODED = (
    "status", "reason", "state", "action", "affects", "what", "signature", "lacks", "flow",
    "drawn", "validity", "total", "cause",
    "trigger", "verdict", "method",
)  # fmt: skip


def label(name: str) -> str:
    """Return the heading of a field in the user's language; its own name where it has none."""
    key = f"cli.label.{name}"
    return t(key) if known(key) else name.replace("_", " ")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def column(name: str, values: Iterable[object]) -> tuple[list[str], bool]:
    """Return the texts of a column, and whether it is one of numbers.

    Numbers get spaces for the digits they lack, so that their points stand below each other; no
    zeros are added, because nobody measured them.
    """
    listed = list(values)
    numeric = any(map(_is_number, listed)) and all(v is None or _is_number(v) for v in listed)
    if not numeric or name in ORDINALS or any(isinstance(v, float) for v in listed):
        return [word(value, name) for value in listed], numeric
    needed = [places_of(v) if isinstance(v, int | Decimal) else 0 for v in listed]
    most = max(needed)
    lacking = [most - n + (1 if most and not n else 0) for n in needed]
    return [cell(v, name) + " " * n for v, n in zip(listed, lacking, strict=True)], True


def word(value: object, name: str) -> str:
    """Return a cell; codes of states and reasons in the user's words where there are any."""
    key = f"cli.code.{value}"
    return t(key) if name in CODED and known(key) else cell(value, name)


def table(rows: Sequence[Row], columns: Sequence[str] = ()) -> None:
    """Print rows as a table.

    Args:
        rows: one mapping a row.
        columns: names of the columns in order; by default all there are.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    texts, needed = [], 0
    for name in names:
        head, (cells, numeric) = label(name), column(name, [row.get(name) for row in rows])
        widest = max(map(width, (head, *cells)))
        if numeric:
            # Not left to the table: it would drop the spaces behind a number.
            head, *cells = (" " * (widest - width(text)) + text for text in (head, *cells))
        whole = numeric or widest <= FOLDED
        grid.add_column(Text(head), no_wrap=whole, overflow="fold")
        needed += (widest if whole else FOLDED) + GAP
        texts.append(cells)
    for line in zip(*texts, strict=True):
        grid.add_row(*map(Text, line))
    _print(grid, needed)


def _print(grid: Any, needed: int) -> None:
    from rich.console import Console

    edge = Console().width if sys.stdout.isatty() else NO_EDGE
    # What cannot be folded to fit stays a line a row, which the terminal breaks: nothing is cut.
    console = Console(file=sys.stdout, width=NO_EDGE if edge < needed else edge, highlight=False)
    with console.capture() as captured:
        console.print(grid)
    for line in captured.get().splitlines():
        say(line.rstrip())
