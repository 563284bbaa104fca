"""Tables of a pack as CSV: exact texts, and no cell that a spreadsheet would take for a formula.

A text that begins with a sign by which spreadsheets begin a formula gets an apostrophe before it,
and so does one that begins with an apostrophe: to read a cell back, one leading apostrophe is taken
off. Numbers are never touched, negative ones neither. Files are UTF-8 with a byte order mark,
because spreadsheets take Chinese for something else without it. See OWASP, "CSV Injection".
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

BEGINS_FORMULA = tuple("=+-@\t\r\n'＝＋－＠")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MARK = "\ufeff"


def cell(value: object) -> str:
    """Return the text of a cell; None is an empty one."""
    text = "" if value is None else str(value)
    if text.startswith(BEGINS_FORMULA) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Write a table, a piece of bytes a row, the head first."""
    yield (MARK + _row(columns)).encode()
    for row in rows:
        yield _row([cell(value) for value in row]).encode()


def _row(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
