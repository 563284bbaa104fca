"""Lines into columns: one Arrow record batch a block, texts untouched, each row with its line."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from carbonledger.ingest.blocks import Block, blocks, lines_of
from carbonledger.ingest.columns import string, strings, truths
from carbonledger.ingest.computed import computed_rows, reason, shown
from carbonledger.ingest.iso_stamps import column_of, walls_of
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.source import Source

Lines = npt.NDArray[np.int64]
SHOWN = 200
UNEVEN = "cells where the header has"
# A quoted cell holds no more lines than this; a quote that nobody closes must not eat the file.
MOST_LINES = 20
LONGEST_ROW = 1 << 16
# A reading of a wide file takes about so many times fewer bytes than a row of a long one.
WIDE = 6
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a block.

    Attributes:
        columns: texts by role; the meter column holds each distinct text once.
        wide: texts by meter code.
        lines: line of each row in the file.
        odd: lines that are no rows of the table: number, text and reason.
        remarks: what the user should know.
        shift: seconds to add to the stamp of each row, where a row of the file holds a whole day;
            None: the stamps say it all.
        walls: the stamps in seconds of the wall clock, where they were read with the lines; the
            column `time` is left out then.
    """

    columns: dict[str, pa.StringArray]
    wide: dict[str, pa.StringArray]
    lines: Lines
    odd: tuple[tuple[int, str, str], ...] = ()
    shift: Lines | None = None
    remarks: tuple[str, ...] = ()
    walls: Lines | None = None


def _not_known() -> None:
    """Say that the form of the stamps is not known."""


def tables(
    source: Source, layout: Layout, form: Callable[[], str | None] = _not_known
) -> Iterator[Table]:
    """Yield the columns of a file block by block.

    Args:
        source: the file.
        layout: see `sniff`.
        form: tells the form of its stamps, once it is known; see `stamps`.

    Raises:
        ImportRefused: the text does not fit its encoding.
    """
    rest: Block | None = None
    for fresh in blocks(source, layout.encoding, share=WIDE if layout.wide else 1):
        whole = fresh if rest is None else Block(rest.data + fresh.data, rest.first_line)
        block, rest = _without_open_row(whole, layout)
        body = _without_end(_without_head(block, layout.start))
        if body.data:
            yield from _tables(body, layout, form())
    if rest is not None:
        yield from _tables(rest, layout, form())


def _without_open_row(block: Block, layout: Layout) -> tuple[Block, Block | None]:
    """Split off a row at the end of a block whose quoted cell goes on in the next one."""
    # Looking for one is ten times as fast as counting, and most files have none.
    if b'"' not in block.data or block.data.count(b'"') % 2 == 0:
        return block, None
    tail = block.data[-LONGEST_ROW:].split(b"\n")[-MOST_LINES:]
    for back in range(1, len(tail) + 1):
        if tail[-back].count(b'"') % 2 == 0:
            continue
        if not _opens(tail[-back].decode(errors="replace"), layout.delimiter):
            break
        rest = b"\n".join(tail[-back:])
        kept = block.data[: len(block.data) - len(rest)]
        return Block(kept, block.first_line), Block(rest, block.first_line + kept.count(b"\n"))
    return block, None


def _without_head(block: Block, count: int) -> Block:
    if block.first_line > count:
        return block
    data, line = block.data, block.first_line
    while line <= count and data:
        data = data[data.find(b"\n") + 1 :] if b"\n" in data else b""
        line += 1
    return Block(data, line)


def _without_end(block: Block) -> Block:
    """Leave out empty lines at the end of a block, so that they cost nothing."""
    if not block.data.endswith(b"\n\n"):
        return block
    return Block(block.data.rstrip(b"\n"), block.first_line)


def _tables(block: Block, layout: Layout, form: str | None) -> Iterator[Table]:
    data = block.data
    quoted = b'"' in data
    timed = None if quoted else _timed(block, layout, form)
    if timed is not None:
        yield timed
        return
    table = None if quoted and not _quotes_close(data) else _parsed(data, layout, quoted)
    if table is not None and not quoted:
        # Without quotes a row is a line; so nobody needs to count them.
        block.known = table.num_rows
    # An empty line becomes a row of empty cells; the careful way leaves it out.
    if table is not None and table.num_rows == block.lines and _filled(table.column(0)):
        lines = np.arange(block.first_line, block.first_line + block.lines, dtype=np.int64)
        yield _roles(table, layout, lines, ())
        return
    for piece in _pieces(block):
        yield _slow(piece, layout)


def _timed(block: Block, layout: Layout, form: str | None) -> Table | None:
    """Read a block with its stamps at once; None where they must be looked at as texts."""
    name = column_of(layout, form)
    table = _parsed(block.data, layout, quoted=False, stamps=name) if name else None
    walls = None if table is None else walls_of(table, name, block.data)
    if table is None or walls is None:
        return None
    block.known = table.num_rows
    lines = np.arange(block.first_line, block.first_line + block.known, dtype=np.int64)
    return replace(_roles(table.drop_columns([name]), layout, lines, ()), walls=walls)


def _pieces(block: Block) -> Iterator[Block]:
    """Yield the lines of a block few enough at a time to hold their cells one by one."""
    start, line = 0, block.first_line
    while start < len(block.data):
        end = block.data.find(b"\n", start + PIECE) + 1 or len(block.data)
        piece = Block(block.data[start:end], line)
        yield piece
        start, line = end, line + piece.lines


def _filled(column: pa.ChunkedArray) -> bool:
    part = _flat(column)
    texts = part.dictionary if isinstance(part, pa.DictionaryArray) else part
    return not len(texts) or bool(pc.min(pc.binary_length(texts)).as_py())


def _quotes_close(data: bytes) -> bool:
    return data.count(b'"') % 2 == 0 and all(
        line.count(b'"') % 2 == 0 for line in data.split(b"\n") if b'"' in line
    )


def _wanted(layout: Layout) -> list[str]:
    positions = {p for parts in layout.columns.values() for p in parts} | set(layout.wide)
    return [layout.names[p] for p in sorted(positions)]


def _parsed(data: bytes, layout: Layout, quoted: bool, stamps: str = "") -> pa.Table | None:  # noqa: FBT001
    """Return the columns of a block; None where a line is no row, or a stamp is none."""
    wanted = _wanted(layout)
    meter = {layout.names[p] for p in layout.columns.get("meter", ())}
    dictionary = pa.dictionary(pa.int32(), pa.string())
    types = {name: dictionary if name in meter else pa.string() for name in wanted}
    types |= {stamps: pa.timestamp("s")} if stamps else {}
    try:
        return _read(data, layout, quoted, types)
    except pa.ArrowInvalid:
        return None


def _read(data: bytes, layout: Layout, quoted: bool, types: dict[str, pa.DataType]) -> pa.Table:  # noqa: FBT001
    return pacsv.read_csv(
        pa.BufferReader(data),
        read_options=pacsv.ReadOptions(
            column_names=list(layout.names), use_threads=False, block_size=max(len(data), 1)
        ),
        # Where there is no quote, not looking for one saves a sixth of the time.
        parse_options=pacsv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char='"' if quoted else False,
            ignore_empty_lines=False,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=[],
            strings_can_be_null=False,
        ),
    )


def _slow(block: Block, layout: Layout) -> Table:
    """Sort the lines that are no rows from the rest, and read the rest one by one."""
    good: list[list[str]] = []
    lines: list[int] = []
    odd: list[tuple[int, str, str]] = []
    texts = lines_of(block, layout.path)
    behind = 0
    for place, text in enumerate(texts):
        number = block.first_line + place
        if place < behind or not text.strip(" \r\t" + layout.delimiter):
            continue
        behind = place + lines_of_row(texts, place, layout.delimiter)
        cells = _cells("\n".join(texts[place:behind]), layout)
        if behind > place + 1 and isinstance(cells, str):
            # No cell of several lines after all: each line for itself.
            behind = place + 1
            cells = _cells(text, layout)
        if isinstance(cells, str):
            odd.append((number, text[:SHOWN], cells))
        else:
            good.append(cells)
            lines.append(number)
    positions = {name: place for place, name in enumerate(layout.names)}
    columns = {
        name: strings([cells[positions[name]] for cells in good]) for name in _wanted(layout)
    }
    return _roles(pa.table(columns), layout, np.array(lines, dtype=np.int64), tuple(odd))


def lines_of_row(texts: Sequence[str], place: int, delimiter: str) -> int:
    """Return how many lines a row takes: more than one where a quoted cell holds line feeds.

    Args:
        texts: the lines.
        place: where the row begins.
        delimiter: between its cells.
    """
    if not _opens(texts[place], delimiter):
        return 1
    for count, text in enumerate(texts[place + 1 : place + MOST_LINES], 2):
        if text.count('"') % 2:
            return count
    return 1


def _opens(text: str, delimiter: str) -> bool:
    """Tell whether a line ends within a quoted cell."""
    within, fresh = False, True
    for sign in text if text.count('"') % 2 else "":
        if sign == '"' and (within or fresh):
            within = not within
        fresh = not within and sign in (delimiter, '"')
    return within


def _cells(text: str, layout: Layout) -> list[str] | str:
    """Return the cells of a line, or the reason why it is no row."""
    if '"' not in text:
        cells = text.rstrip("\r").split(layout.delimiter)
    elif text.count('"') % 2:
        return "a quote is opened and not closed"
    else:
        try:
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter), [])
        except csv.Error as error:
            return f"the row cannot be read: {error}"
    width = len(layout.names)
    return cells if len(cells) == width else uneven(len(cells), width)


def uneven(cells: int, width: int) -> str:
    """Say that a line has too few or too many cells to be a row."""
    return f"{cells} {UNEVEN} {width}"


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _roles(
    table: pa.Table, layout: Layout, lines: Lines, odd: tuple[tuple[int, str, str], ...]
) -> Table:
    if layout.computed:
        table, lines, odd = _without_computed(table, layout, lines, odd)
    names = set(table.column_names)
    columns = {
        role: _joined([_flat(table.column(layout.names[p])) for p in positions])
        for role, positions in layout.columns.items()
        if layout.names[positions[0]] in names
    }
    wide = {code: _flat(table.column(layout.names[p])) for p, code in layout.wide.items()}
    return Table(columns, wide, lines, odd)


def _without_computed(
    table: pa.Table, layout: Layout, lines: Lines, odd: tuple[tuple[int, str, str], ...]
) -> tuple[pa.Table, Lines, tuple[tuple[int, str, str], ...]]:
    """Take out the rows that have a cell which a formula computes."""
    places = {name: position for position, name in enumerate(layout.names)}
    found = computed_rows([(places[n], _flat(table.column(n))) for n in table.column_names])
    if not found:
        return table, lines, odd
    named = [
        (int(lines[row]), shown(table.column(layout.names[position])[row].as_py()),
         reason(int(lines[row]), position))
        for row, position in found.items()
    ]  # fmt: skip
    good = np.ones(len(lines), np.bool_)
    good[list(found)] = False
    return table.filter(truths(good)), lines[good], (*odd, *named)


def _joined(parts: list[pa.Array]) -> pa.Array:
    if len(parts) == 1:
        return parts[0]
    texts = [p.dictionary_decode() if isinstance(p, pa.DictionaryArray) else p for p in parts]
    return pc.binary_join_element_wise(*texts, string(" "))
