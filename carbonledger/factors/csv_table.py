"""CSV tables of packs, read strictly: every row keeps its line, every fault is collected."""

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass

from carbonledger.errors import Fault

LONGEST_EXCERPT = 80
COLUMN_MISSING = "column is missing"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table.

    Attributes:
        file: name of the file.
        line: line the record starts on, 1-based.
        cells: text of every column, stripped; columns the file does not have are "".
    """

    file: str
    line: int
    cells: dict[str, str]

    def fault(self, column: str, reason: str) -> Fault:
        """Make a fault of one cell, or of the row as a whole when `column` is ""."""
        text = self.cells.get(column, "") if column else ",".join(self.cells.values())
        return Fault(self.file, self.line, column, text[:LONGEST_EXCERPT], reason)


def read_table(
    file: str, content: bytes, required: Collection[str], optional: Collection[str]
) -> tuple[list[Row], list[Fault]]:
    """Read a table whose first line names its columns.

    Args:
        file: name of the file, for the faults.
        content: its bytes: UTF-8, with or without byte order mark.
        required: columns that must be there.
        optional: columns that may be there; no others may.

    Returns:
        The rows that have as many cells as the header, and all faults. Rows are there even when
        the header is faulty, so that their faults show in the same go.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        excerpt = repr(content[error.start : error.end])
        reason = "not UTF-8: save the file with the encoding UTF-8"
        return [], [Fault(file, line, "", excerpt, reason)]
    records, faults = _records(file, text)
    header = [name.strip() for name in records[0][1]] if records else []
    faults += _header_faults(file, header, required, optional)
    return _rows(file, header, records[1:], (*required, *optional), faults), faults


def _records(file: str, text: str) -> tuple[list[tuple[int, list[str]]], list[Fault]]:
    """Split a table into records with the line each starts on, blank ones left out."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append((line, record))
            line = reader.line_num + 1
    except csv.Error as error:
        return records, [Fault(file, line, "", "", f"not a CSV table: {error}")]
    return records, []


def _rows(
    file: str,
    header: list[str],
    records: list[tuple[int, list[str]]],
    columns: Collection[str],
    faults: list[Fault],
) -> list[Row]:
    rows: list[Row] = []
    for line, record in records:
        if len(record) != len(header):
            reason = f"{len(record)} cells, but the header names {len(header)} columns"
            faults.append(Fault(file, line, "", ",".join(record)[:LONGEST_EXCERPT], reason))
            continue
        cells = dict.fromkeys(columns, "")
        cells.update(zip(header, (cell.strip() for cell in record), strict=True))
        rows.append(Row(file, line, cells))
    return rows


def _header_faults(
    file: str, header: list[str], required: Collection[str], optional: Collection[str]
) -> list[Fault]:
    if not any(header):
        return [Fault(file, 1, "", "", "empty: the first line must name the columns")]
    known = {*required, *optional}
    return [
        *(Fault(file, 1, name, "", COLUMN_MISSING) for name in required if name not in header),
        *(Fault(file, 1, name, name, "unknown column") for name in header if name not in known),
        *(
            Fault(file, 1, name, name, "column is there twice")
            for name in known
            if header.count(name) > 1
        ),
    ]
