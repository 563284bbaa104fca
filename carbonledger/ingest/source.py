"""The source file: its hash, its first bytes, and its bytes kept.

A file is opened once and held, so that deleting it does not disturb an import; it is refused when
it changes between hashing and reading.
"""

import codecs
import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, Self, cast

import pyarrow as pa

from carbonledger.errors import ImportRefused
from carbonledger.ledger.documents import part_of, refused_to_keep

BLOCK = 8 << 20
# Frames of the kept file; larger ones compress no better and take longer.
FRAME = 1 << 20
HEAD = 1 << 16
LONGEST_LINE = 1 << 20
# Data of meters shrinks to a tenth; only what repeats itself without end shrinks so much.
MOST_RATIO = 200
LARGE = 100 << 20
XML_READ = (
    "of XML, feeds of Green Button (ESPI) and documents of ENTSO-E (GL_MarketDocument) are read; "
    "ask for one of them, or for the data as CSV"
)
KINDS = (
    (b"PK\x03\x04", "a ZIP or XLSX file", "save the sheet as CSV, or unpack the archive"),
    (b"\xd0\xcf\x11\xe0", "an XLS file", "save the sheet as CSV"),
    (b"PAR1", "a Parquet file", "write it as CSV"),
    (b"%PDF", "a PDF file", "ask for the data as CSV"),
    (b"\x89PNG", "a picture", "ask for the data as CSV"),
    (b"SQLite format 3", "a SQLite database", "export the table as CSV"),
    (b"<?xml", "an XML file", XML_READ),
    (b"<!DOCTYPE", "a web page", "download the data itself, as CSV"),
    (b"<html", "a web page", "download the data itself, as CSV"),
    (b"BZh", "packed with bzip2", "unpack it, or pack it with gzip"),
    (b"\xfd7zXZ", "packed with xz", "unpack it, or pack it with gzip"),
    (b"(\xb5/\xfd", "packed with zstd", "unpack it, or pack it with gzip"),
    (b"\x1f\x8b", "packed twice", "unpack it once"),
    (b"<", "an XML file", XML_READ),
)
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
Progress = Callable[[int, int], None]


class Source:
    """A file being imported."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        """Open the file.

        Raises:
            ImportRefused: it is missing, a folder, no regular file, unreadable or empty.
        """
        self.path = path
        self.name = path.name
        self._progress = progress
        self._file = _opened(path)
        self._stat = self._stamp()
        self.size = self._stat[0]
        if self.size == 0:
            self.close()
            raise ImportRefused(f"{path} is empty", code="file-empty", hint="export it again")
        self.packed = self._file.read(2) == b"\x1f\x8b"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _stamp(self) -> tuple[int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns

    def sha256(self) -> str:
        """Return the SHA-256 of the bytes as they are given, hex."""
        with readable(self.path):
            self._file.seek(0)
            return hashlib.file_digest(self._file, "sha256").hexdigest()

    def unchanged(self) -> None:
        """Check that nobody wrote to the file meanwhile.

        Raises:
            ImportRefused: somebody did.
        """
        if self._stamp() != self._stat:
            raise ImportRefused(
                f"{self.path} changed while it was read",
                code="file-changed",
                hint="wait until it is written completely, then import it again",
            )

    def _stream(self) -> IO[bytes]:
        self._file.seek(0)
        if self.packed:
            return cast("IO[bytes]", gzip.GzipFile(fileobj=self._file))
        return self._file

    def head(self) -> bytes:
        """Return the first bytes of the (unpacked) content, at least one line of it.

        Raises:
            ImportRefused: it is no text, or the first line is longer than 1 MB.
        """
        with readable(self.path):
            stream = self._stream()
            data = stream.read(HEAD)
            if b"\n" not in data and b"\r" not in data:
                data += stream.read(LONGEST_LINE)
        if _of_the_trade(data):
            return data
        self._refuse_kind(data)
        if len(data) > LONGEST_LINE and b"\n" not in data and b"\r" not in data:
            raise too_long(self.path, 1)
        return data

    def _refuse_kind(self, data: bytes) -> None:
        from carbonledger.ingest.formats.signs import plain  # it knows this module

        start = plain(data)
        for sign, kind, hint in KINDS:
            if start.startswith(sign):
                raise ImportRefused(f"{self.path} is {kind}", code="file-kind", hint=hint)
        if not data:
            raise ImportRefused(f"{self.path} is empty", code="file-empty", hint="export it again")
        if b"\x00" in data and not data.startswith(UTF16):
            raise binary(self.path)

    def chunks(self, size: int = BLOCK) -> Iterator[bytes]:
        """Yield the (unpacked) content in pieces, telling the progress.

        Raises:
            ImportRefused: the packed data is broken, or the file cannot be read or changes.
        """
        stream, count = self._stream(), 0
        while True:
            with readable(self.path):
                data = stream.read(size)
            count += len(data)
            if self.packed and count > max(LARGE, MOST_RATIO * self._file.tell()):
                raise expands(self.path, count // max(self._file.tell(), 1))
            # A file that grows as fast as it is read would never end.
            self.unchanged()
            if self._progress:
                self._progress(min(self._file.tell(), self.size), self.size)
            if not data:
                return
            yield data

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let the content be read from its start again while it is being read."""
        place = self._file.tell()
        try:
            yield
        finally:
            self._file.seek(place)

    def kept_as(self, folder: Path, digest: str) -> Path:
        """Return where `keep` keeps the bytes."""
        return folder / (f"{digest}.gz" if self.packed else f"{digest}.zst")

    def keep(self, folder: Path, digest: str) -> None:
        """Keep the bytes in `folder` under their hash, compressed unless they already are.

        Raises:
            LedgerRefused: there is no space, or the folder cannot be written.
        """
        target = self.kept_as(folder, digest)
        if target.exists():
            return
        working = part_of(target)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file.seek(0)
            with working.open("wb") as raw:
                _copy(self._file, raw, packed=self.packed)
            working.replace(target)
        except OSError as error:
            raise refused_to_keep(folder, error) from error
        finally:
            if working.is_file():
                working.unlink()


def _of_the_trade(head: bytes) -> bool:
    """Tell whether a format of the trade takes the file, whatever else it looks like."""
    from carbonledger.ingest.formats.signs import SIGNS  # it knows this module

    return any(sign(head) for sign in SIGNS.values())


def _opened(path: Path) -> BufferedReader:
    if path.is_dir():
        raise ImportRefused(
            f"{path} is a folder", code="file-unreadable", hint="name the files in it"
        )
    if path.exists() and not path.is_file():
        raise ImportRefused(
            f"{path} is no regular file",
            code="file-unreadable",
            hint="write what comes through it to a file first: it is read more than once",
        )
    with readable(path):
        return path.open("rb")


def _copy(source: IO[bytes], raw: IO[bytes], *, packed: bool) -> None:
    if packed:
        shutil.copyfileobj(source, raw, BLOCK)
        return
    # Frames may stand one behind the other in a zstd file; so no frame needs more than its block.
    codec = pa.Codec("zstd", 1)
    while data := source.read(FRAME):
        raw.write(codec.compress(data, asbytes=True))


def binary(path: Path, line: int = 0) -> ImportRefused:
    """Return the refusal of a file that holds zero bytes."""
    where = f"{path}:{line}" if line else f"{path}"
    return ImportRefused(
        f"{where} is no text file: it holds binary data",
        code="file-kind",
        hint="export the data as CSV",
    )


def expands(path: Path, factor: int) -> ImportRefused:
    """Return the refusal of packed data that unpacks to far more than data does."""
    return ImportRefused(
        f"{path} unpacks to {factor:,} times its size",
        code="file-expands",
        hint="no data of meters packs so well; check where the file comes from. If it is right, "
        "unpack it and import what is in it",
    )


def too_long(path: Path, line: int) -> ImportRefused:
    """Return the refusal of a line that belongs to no table."""
    return ImportRefused(
        f"{path}:{line}: the line is longer than 1 MB",
        code="line-too-long",
        hint="this is no table of readings; check the file",
    )


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn faults of reading into refusals."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ImportRefused(
            f"{path} is broken: {error}",
            code="file-broken",
            hint="the packed data ends early or is damaged; fetch the file again",
        ) from error
    except OSError as error:
        raise ImportRefused(
            f"{path} cannot be read: {error.strerror}",
            code="file-unreadable",
            hint="check the name and the permissions",
        ) from error
