"""The file of rows that could not be posted, safe to open in a spreadsheet."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from carbonledger.errors import Fault
from carbonledger.ingest.blocks import text_of_lines
from carbonledger.ingest.computed import shown
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.source import Source

# So many texts that are no numbers may be one file's words for a missing value.
MOST_WORDS = 3
LONGEST_ROW = 4000
HEADER = ("file", "line", "column", "text", "reason", "row")
FORMULA = "=+-@\t\r＝＋－＠"
# Spreadsheets split lines at the sign of their own country, also within what is one cell to others.
SPLIT = re.compile(r"([,;\t|\r\n\"])")
NUMBER = frozenset("0123456789+-.,eE ")
DIGITS = frozenset("0123456789")


def rows_of(source: Source, layout: Layout, faults: Iterable[Fault]) -> dict[int, str]:
    """Read the faulty lines of the source again, whole, cut at 4,000 characters.

    Of a format that is no table of lines the faults themselves hold what is shown.
    """
    wanted = {fault.line for fault in faults if fault.line}
    if not wanted or layout.reader != "text":
        return {}
    found = text_of_lines(source, layout.encoding, wanted)
    if layout.computed:
        found = {line: shown(text) for line, text in found.items()}
    return {line: text[:LONGEST_ROW] for line, text in found.items()}


def missing_hint(faults: Iterable[Fault]) -> str:
    """Say how texts that stand where numbers should would count as missing values; "" for none."""
    words = {fault.text.strip() for fault in faults if fault.reason.endswith("is no number")}
    plain = sorted(word for word in words if not DIGITS & set(word))
    if not plain or len(plain) > MOST_WORDS:
        return ""
    listed = ", ".join(f'"{word}"' for word in plain)
    return f"where {listed} says that a value is missing, state missing = [{listed}] in a profile; "


def write_rejects(place: Path, faults: Iterable[Fault], rows: dict[int, str]) -> bool:
    """Write the rejects file.

    Args:
        place: where.
        faults: what could not be posted.
        rows: whole text of the lines.

    Returns:
        False when the place cannot be written; the refusal itself lists the rows as well.
    """
    try:
        with place.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(HEADER)
            for f in faults:
                texts = (f.file, str(f.line), f.column, f.text, f.reason, rows.get(f.line, ""))
                writer.writerow(map(defused, texts))
    except OSError:
        return False
    return True


def defused(text: str) -> str:
    """Return the text so that no spreadsheet runs it: a quote before what looks like a formula."""
    return "".join(_defused(part) for part in SPLIT.split(text))


def _defused(part: str) -> str:
    bare = part.lstrip()
    if bare[:1] in FORMULA and bare and not set(bare) <= NUMBER:
        return f"'{part}"
    return part
