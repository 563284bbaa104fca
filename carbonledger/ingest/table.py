"""Lines into columns: one Arrow record batch a block, texts untouched, each row with its line."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from carbonledger.errors import Fault, ImportRefused
from carbonledger.ingest.sniff import Layout
from carbonledger.ingest.source import Block, Source

Lines = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a block.

    Attributes:
        columns: texts by role; for wide files also by meter code, in `wide`.
        wide: texts by meter code.
        lines: line of each row in the file.
        faults: lines that are no rows of the table.
    """

    columns: dict[str, pa.StringArray]
    wide: dict[str, pa.StringArray]
    lines: Lines
    faults: tuple[Fault, ...]


def tables(source: Source, layout: Layout) -> Iterator[Table]:
    """Yield the columns of a file block by block.

    Raises:
        ImportRefused: the text does not fit its encoding.
    """
    start = max(layout.header_line, layout.profile.skip)
    for block in source.blocks(layout.encoding):
        body = _without_head(block, start)
        if body.data:
            yield _table(body, layout)


def _without_head(block: Block, count: int) -> Block:
    if block.first_line > count:
        return block
    data, line = block.data, block.first_line
    while line <= count and data:
        data = data[data.find(b"\n") + 1 :] if b"\n" in data else b""
        line += 1
    return Block(data, line, block.lines - (line - block.first_line))


def _table(block: Block, layout: Layout) -> Table:
    data = block.data
    try:
        table = _parsed(data, layout) if b'"' not in data or _quotes_close(data) else None
    except pa.ArrowInvalid as error:
        _refuse_encoding(error, layout, data, block.first_line)
        table = None
    # An empty line becomes a row of empty cells; the careful way leaves it out.
    if table is not None and table.num_rows == block.lines and _filled(table.column(0)):
        lines = np.arange(block.first_line, block.first_line + block.lines, dtype=np.int64)
        return _roles(table, layout, lines, ())
    return _slow(data, block.first_line, layout)


def _filled(column: pa.ChunkedArray) -> bool:
    part = _flat(column)
    texts = part.dictionary if isinstance(part, pa.DictionaryArray) else part
    return not len(texts) or bool(pc.min(pc.binary_length(texts)).as_py())


def _quotes_close(data: bytes) -> bool:
    return data.count(b'"') % 2 == 0 and all(
        line.count(b'"') % 2 == 0 for line in data.split(b"\n") if b'"' in line
    )


def _refuse_encoding(error: pa.ArrowInvalid, layout: Layout, data: bytes, first: int) -> None:
    if "UTF8" not in str(error):
        return
    for number, line in enumerate(data.split(b"\n"), first):
        try:
            line.decode()
        except UnicodeDecodeError:
            raise ImportRefused(
                f"{layout.path}:{number}: a byte does not fit the encoding UTF-8",
                code="encoding",
                hint='name the right encoding in the profile, for example encoding = "gb18030"',
            ) from error


def _wanted(layout: Layout) -> list[str]:
    positions = {p for parts in layout.columns.values() for p in parts} | set(layout.wide)
    return [layout.names[p] for p in sorted(positions)]


def _parsed(data: bytes, layout: Layout) -> pa.Table:
    wanted = _wanted(layout)
    meter = {layout.names[p] for p in layout.columns.get("meter", ())}
    dictionary = pa.dictionary(pa.int32(), pa.string())
    types = {name: dictionary if name in meter else pa.string() for name in wanted}
    return pacsv.read_csv(
        pa.BufferReader(data),
        read_options=pacsv.ReadOptions(
            column_names=list(layout.names), use_threads=False, block_size=max(len(data), 1)
        ),
        parse_options=pacsv.ParseOptions(delimiter=layout.delimiter, ignore_empty_lines=False),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            include_columns=wanted,
            null_values=[],
            strings_can_be_null=False,
        ),
    )


def _slow(data: bytes, first: int, layout: Layout) -> Table:
    """Sort the lines that are no rows from the rest, then parse the rest."""
    good: list[bytes] = []
    lines: list[int] = []
    faults: list[Fault] = []
    width = len(layout.names)
    for number, raw in enumerate(data.split(b"\n"), first):
        if not raw.strip(b" \r\t" + layout.delimiter.encode()):
            continue
        reason = _line_fault(raw, layout.delimiter, width)
        if reason:
            text = raw.decode(errors="replace")[:200]
            faults.append(Fault(layout.path.name, number, "", text, reason))
        else:
            good.append(raw.rstrip(b"\r"))
            lines.append(number)
    if not good:
        empty = pa.table({name: pa.array([], pa.string()) for name in _wanted(layout)})
        return _roles(empty, layout, np.array([], dtype=np.int64), tuple(faults))
    table = _parsed(b"\n".join(good) + b"\n", layout)
    return _roles(table, layout, np.array(lines, dtype=np.int64), tuple(faults))


def _line_fault(raw: bytes, delimiter: str, width: int) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return "a byte does not fit the encoding"
    if text.count('"') % 2:
        return "a quote is opened and not closed"
    count = len(next(csv.reader(io.StringIO(text), delimiter=delimiter), []))
    return "" if count == width else f"{count} cells where the header has {width}"


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _roles(table: pa.Table, layout: Layout, lines: Lines, faults: tuple[Fault, ...]) -> Table:
    columns: dict[str, pa.StringArray] = {}
    for role, positions in layout.columns.items():
        parts = [_flat(table.column(layout.names[p])) for p in positions]
        columns[role] = (
            parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, " ")
        )
    wide = {code: _flat(table.column(layout.names[p])) for p, code in layout.wide.items()}
    return Table(columns, wide, lines, faults)
