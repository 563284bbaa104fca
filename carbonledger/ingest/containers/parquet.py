"""A Parquet file as delimited text: its first line names the columns, row n stands in line n + 1.

It is read page by page, so that memory does not grow with the file or its row groups.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from carbonledger.errors import ImportRefused
from carbonledger.ingest.columns import numbers, string, strings
from carbonledger.ingest.containers import delimiter_for
from carbonledger.ingest.containers.cells import WHOLE, plain_text
from carbonledger.ingest.containers.zipped import expands
from carbonledger.ingest.profile import Profile

ROWS = 1 << 16
BUFFER = 1 << 20
# A page is unpacked at once; larger column chunks are written by nobody who wants them read.
LARGEST_CHUNK = 1 << 30
MOST_RATIO = 1000
LARGE = 1 << 30
MOST_COLUMNS = 10_000
SPECIAL = '["\n\r,;]'


class ParquetText:
    """The text of a Parquet file; see `Rendered`."""

    media = "parquet"
    remarks: tuple[str, ...] = ()
    computed = False

    def __init__(self, file: IO[bytes], path: Path, profile: Profile) -> None:
        """Look at its columns.

        Raises:
            ImportRefused: it is damaged, holds columns within columns, or unpacks to too much.
        """
        self.path, self.raw = path, file
        self.delimiter, self.decimal = delimiter_for(profile), profile.decimal or "."
        self.size = file.seek(0, 2)
        with self._reading():
            self.file = pq.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False)
            self.schema = self.file.schema_arrow
            self.rows = self.file.metadata.num_rows
            self._check()
        self.rewind()

    def _check(self) -> None:
        nested = [one.name for one in self.schema if pa.types.is_nested(one.type)]
        odd = [one.name for one in self.schema if not _writable(one.type)]
        if nested or odd:
            raise ImportRefused(
                f"{self.path}: columns that hold no single value a row: "
                f"{', '.join(nested or odd)[:200]}",
                code="file-kind",
                hint="write the table with plain columns: texts, numbers, dates",
            )
        if len(self.schema) > MOST_COLUMNS:
            raise expands(self.path, f"{len(self.schema):,} columns")
        about = self.file.metadata
        for group in range(about.num_row_groups):
            for column in range(about.num_columns):
                chunk = about.row_group(group).column(column)
                if chunk.total_uncompressed_size > LARGEST_CHUNK:
                    raise expands(self.path, f"column {chunk.path_in_schema} of a row group")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise ImportRefused(
                f"{self.path} is broken: {str(error)[:200]}",
                code="file-broken",
                hint="the file ends early or is damaged; fetch or write it again",
            ) from error

    def rewind(self) -> None:
        """Begin with the first line again."""
        self.done = self.written = 0
        self.rest = _header(self.schema.names, self.delimiter)
        self.batches = self.file.iter_batches(ROWS)

    def place(self) -> tuple[int, int, bytes, Iterator[pa.RecordBatch]]:
        """Return where reading is, for `resume`."""
        return self.done, self.written, self.rest, self.batches

    def resume(self, place: tuple[int, int, bytes, Iterator[pa.RecordBatch]]) -> None:
        """Go on reading at a place."""
        self.done, self.written, self.rest, self.batches = place

    def read(self, size: int) -> bytes:
        """Return the next bytes of the text, none at its end."""
        pieces, have = [self.rest], len(self.rest)
        while have < size:
            piece = self._next()
            if not piece:
                break
            pieces.append(piece)
            have += len(piece)
        whole = b"".join(pieces) if len(pieces) > 1 else self.rest
        self.rest = whole[size:]
        return whole[:size]

    def _next(self) -> bytes:
        with self._reading():
            batch = next(self.batches, None)
            if batch is None:
                return b""
            text = _text(batch, self.delimiter, self.decimal)
        self.done += batch.num_rows
        self.written += len(text)
        if self.written > max(LARGE, MOST_RATIO * self.size):
            raise expands(self.path, f"{self.written:,} bytes from {self.size:,}")
        return text

    def progress(self) -> tuple[int, int]:
        """Return how much is read, and how much there is."""
        return self.done, self.rows

    def close(self) -> None:
        """Give up reading; the file itself belongs to whoever opened it."""
        self.file.close(force=False)


def _writable(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    types = pa.types
    tests = (
        types.is_boolean, types.is_integer, types.is_floating, types.is_decimal, types.is_date,
        types.is_time, types.is_timestamp, types.is_string, types.is_large_string, types.is_null,
        types.is_binary, types.is_large_binary,
    )  # fmt: skip
    return any(test(kind) for test in tests)


def _header(names: list[str], delimiter: str) -> bytes:
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(map(plain_text, names))
    return line.getvalue().encode()


def _text(batch: pa.RecordBatch, delimiter: str, decimal: str) -> bytes:
    """Return the lines of a batch."""
    if not batch.num_rows:
        return b""
    columns = [_column(column, decimal) for column in batch.columns]
    ended = pc.binary_join_element_wise(columns[-1], string(""), string("\n"))
    lines = pc.binary_join_element_wise(*columns[:-1], ended, string(delimiter))
    offsets = numbers(pa.Array.from_buffers(pa.int32(), len(lines) + 1, [None, lines.buffers()[1]]))
    return bytes(lines.buffers()[2])[int(offsets[0]) : int(offsets[-1])]


def _column(column: pa.Array, decimal: str) -> pa.Array:
    """Return a column as texts; nulls are empty."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        texts = _column(column.dictionary, decimal)
        return pc.fill_null(texts.take(column.indices), string(""))
    if pa.types.is_floating(kind):
        texts = _floats(column, decimal)
    elif pa.types.is_timestamp(kind):
        texts = _stamps(column)
    elif pa.types.is_decimal(kind):
        texts = _decimals(column, decimal)
    elif pa.types.is_time(kind):
        texts = pc.cast(_seconds(column, pa.time32("s")), pa.string())
    else:
        texts = pc.cast(column, pa.string())
        if not pa.types.is_integer(kind):
            texts = _quoted(texts)
    return pc.fill_null(texts, string(""))


def _quoted(texts: pa.Array) -> pa.Array:
    """Quote the texts that need it, each on one line."""
    special = pc.match_substring_regex(texts, SPECIAL)
    if not pc.any(special).as_py():
        return texts
    flat = pc.replace_substring_regex(texts, "\r\n|\n|\r", " ")
    doubled = pc.replace_substring(flat, '"', '""')
    quoted = pc.binary_join_element_wise(string('"'), doubled, string('"'), string(""))
    return pc.if_else(special, quoted, texts)


def _floats(column: pa.Array, decimal: str) -> pa.Array:
    """Return floats in the fewest digits that mean them, whole ones without a point.

    What is not a number (NaN) is how tables of floats write a value that is missing.
    """
    column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    texts = pc.cast(column, pa.string())
    whole = pc.and_(pc.equal(column, pc.floor(column)), pc.less(pc.abs(column), float(WHOLE)))
    whole = pc.fill_null(whole, False)  # noqa: FBT003 - the value itself
    if pc.any(whole).as_py():
        plain = pc.cast(pc.if_else(whole, column, pc.cast(0, column.type)), pa.int64())
        texts = pc.if_else(whole, pc.cast(plain, pa.string()), texts)
    # An exponent is written out; that of a whole number says that digits were lost.
    parts = pc.not_equal(column, pc.floor(column))
    written = pc.and_(pc.match_substring(texts, "e"), parts)
    if pc.any(written).as_py():
        texts = _mapped(texts, written)
    if decimal != ".":
        texts = pc.replace_substring(texts, ".", decimal)
        texts = _quoted(texts) if decimal == "," else texts
    return texts


def _mapped(texts: pa.Array, where: pa.Array) -> pa.Array:
    made = [f"{Decimal(text):f}" if text else "" for text in texts.filter(where).to_pylist()]
    return pc.replace_with_mask(texts, pc.fill_null(where, False), strings(made))  # noqa: FBT003


def _decimals(column: pa.Array, decimal: str) -> pa.Array:
    texts = pc.cast(column, pa.string())
    written = pc.match_substring(texts, "E")
    if pc.any(written).as_py():
        texts = _mapped(texts, written)
    return texts if decimal == "." else pc.replace_substring(texts, ".", decimal)


def _seconds(column: pa.Array, whole: pa.DataType) -> pa.Array:
    """Return times in whole seconds, unless they have parts of one."""
    try:
        return pc.cast(column, whole)
    except pa.ArrowInvalid:
        return column


def _stamps(column: pa.Array) -> pa.Array:
    """Return stamps as wall clocks, those of a zone with their offset."""
    zone = column.type.tz
    if zone is None:
        return pc.cast(_seconds(column, pa.timestamp("s")), pa.string())
    utc = _seconds(column, pa.timestamp("s", zone))
    try:
        local = pc.local_timestamp(utc)
    except pa.ArrowInvalid:
        # The system has no rules of this zone; the instant is the same.
        local = pc.local_timestamp(utc.cast(pa.timestamp(utc.type.unit, "UTC")))
    apart = _offsets(local, utc)
    return pc.binary_join_element_wise(pc.cast(local, pa.string()), apart, string(""))


def _offsets(local: pa.Array, utc: pa.Array) -> pa.Array:
    """Return how far the wall clock is from UTC: +01:00."""
    naive = pc.cast(pc.cast(utc, pa.int64()), pa.timestamp(utc.type.unit))
    minutes = pc.divide(pc.cast(pc.seconds_between(naive, local), pa.int64()), 60)
    encoded = pc.fill_null(minutes, 0).dictionary_encode()
    names = [_offset(number) for number in encoded.dictionary.to_pylist()]
    return strings(names).take(encoded.indices)


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
