"""The source file: its hash, its text in blocks of whole lines, and its bytes kept.

A file is opened once and held, so that deleting it does not disturb an import; it is refused when
it changes between hashing and reading. Blocks are UTF-8 whatever the file's own encoding.
"""

import codecs
import errno
import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import pyarrow as pa

from carbonledger.errors import ImportRefused, LedgerRefused

BLOCK = 8 << 20
LONGEST_LINE = 1 << 20
HEAD = 1 << 16
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
KINDS = (
    (b"PK\x03\x04", "a ZIP or XLSX file", "save the sheet as CSV, or unpack the archive"),
    (b"\xd0\xcf\x11\xe0", "an XLS file", "save the sheet as CSV"),
    (b"PAR1", "a Parquet file", "write it as CSV"),
    (b"%PDF", "a PDF file", "ask for the data as CSV"),
    (b"SQLite format 3", "a SQLite database", "export the table as CSV"),
    (b"<?xml", "an XML file", "ask for the data as CSV"),
)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file.

    Attributes:
        data: UTF-8 bytes, each line ended by a line feed.
        first_line: number of the first line in the file, from 1.
        lines: how many they are.
    """

    data: bytes
    first_line: int
    lines: int


class Source:
    """A file being imported."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        """Open the file.

        Raises:
            ImportRefused: it is missing, a folder, unreadable or empty.
        """
        self.path = path
        self.name = path.name
        self._progress = progress
        try:
            self._file: BinaryIO = path.open("rb")
        except IsADirectoryError as error:
            raise ImportRefused(
                f"{path} is a folder", code="file-unreadable", hint="name the files in it"
            ) from error
        except OSError as error:
            raise ImportRefused(
                f"{path} cannot be read: {error.strerror}",
                code="file-unreadable",
                hint="check the name and the permissions",
            ) from error
        self._stat = self._stamp()
        self.size = self._stat[0]
        if self.size == 0:
            self.close()
            raise ImportRefused(f"{path} is empty", code="file-empty", hint="export it again")
        self.packed = self._file.read(2) == b"\x1f\x8b"

    def __enter__(self) -> "Source":
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
        return gzip.GzipFile(fileobj=self._file) if self.packed else self._file

    def head(self) -> bytes:
        """Return the first bytes of the (unpacked) content.

        Raises:
            ImportRefused: it is no text.
        """
        with self._readable():
            data = self._stream().read(HEAD)
        for sign, kind, hint in KINDS:
            if data.startswith(sign):
                raise ImportRefused(f"{self.path} is {kind}", code="file-kind", hint=hint)
        if b"\x00" in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise ImportRefused(
                f"{self.path} is no text file: it holds binary data",
                code="file-kind",
                hint="export the data as CSV",
            )
        return data

    def _readable(self) -> "_Reading":
        return _Reading(self.path)

    def blocks(self, encoding: str, size: int = BLOCK) -> Iterator[Block]:
        """Yield the text in blocks of whole lines, as UTF-8.

        Raises:
            ImportRefused: a byte does not fit the encoding, a line is longer than 1 MB, or the
                packed data is broken.
        """
        stream, line, rest = self._stream(), 1, b""
        decode = _decoder(encoding, self.path)
        while True:
            with self._readable():
                data = stream.read(size)
            text = rest + decode(data, line)
            cut = text.rfind(b"\n") + 1 if data else len(text)
            if cut < len(text) - LONGEST_LINE:
                raise ImportRefused(
                    f"{self.path}:{line + text.count(10)}: the line is longer than 1 MB",
                    code="line-too-long",
                    hint="this is no table of readings; check the file",
                )
            if cut:
                block = text[:cut]
                if b"\r" in block:
                    block = block.replace(b"\r\n", b"\n")
                lines = block.count(b"\n")
                yield Block(block, line, lines + (not block.endswith(b"\n")))
                line += lines
            rest = text[cut:]
            if self._progress:
                self._progress(min(self._file.tell(), self.size), self.size)
            if not data:
                return

    def keep(self, folder: Path, digest: str) -> Path:
        """Keep the bytes in `folder` under their hash, compressed unless they already are.

        Raises:
            LedgerRefused: there is no space, or the folder cannot be written.
        """
        target = folder / (f"{digest}.gz" if self.packed else f"{digest}.zst")
        if target.exists():
            return target
        working = folder / f".{digest}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file.seek(0)
            with working.open("wb") as raw:
                _copy(self._file, raw, packed=self.packed)
            working.replace(target)
        except OSError as error:
            working.unlink(missing_ok=True)
            code = "ledger-full" if error.errno == errno.ENOSPC else "documents"
            raise LedgerRefused(
                f"the source file cannot be kept in {folder}: {error.strerror}",
                code=code,
                hint="free some space, or keep only its hash with --no-keep",
            ) from error
        return target


def _copy(source: BinaryIO, raw: BinaryIO, *, packed: bool) -> None:
    if packed:
        shutil.copyfileobj(source, raw, BLOCK)
        return
    # Frames may stand one behind the other in a zstd file; so no frame needs more than its block.
    codec = pa.Codec("zstd", 1)
    while data := source.read(BLOCK):
        raw.write(codec.compress(data, asbytes=True))


class _Reading:
    """Turns faults of reading into refusals."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile):
            raise ImportRefused(
                f"{self.path} is broken: {error}",
                code="file-broken",
                hint="the packed data ends early or is damaged; fetch the file again",
            ) from error
        if isinstance(error, OSError):
            raise ImportRefused(
                f"{self.path} cannot be read: {error.strerror}", code="file-unreadable"
            ) from error


def _decoder(encoding: str, path: Path) -> Callable[[bytes, int], bytes]:
    if encoding in ("utf-8", "utf-8-sig"):
        return _plain()
    incremental = codecs.getincrementaldecoder(encoding)("strict")

    def decode(data: bytes, line: int) -> bytes:
        try:
            return incremental.decode(data, final=not data).encode()
        except UnicodeDecodeError as error:
            raise ImportRefused(
                f"{path}:{line + data[: error.start].count(10)}: "
                f"a byte does not fit the encoding {encoding}",
                code="encoding",
                hint="name the right encoding in the profile: encoding = \"gb18030\"",
            ) from error

    return decode


def _plain() -> Callable[[bytes, int], bytes]:
    started = False

    def decode(data: bytes, _line: int) -> bytes:
        nonlocal started
        if not started:
            started = True
            return data.removeprefix(codecs.BOM_UTF8)
        return data

    return decode


def encoding_of(head: bytes, path: Path) -> tuple[str, str]:
    """Find the encoding of a text: by its mark, as strict UTF-8, else as GB18030.

    Returns:
        The name of the codec and a remark for the user, "" when there is nothing to say.

    Raises:
        ImportRefused: none fits.
    """
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, ""
    whole = head[: head.rfind(b"\n") + 1] or head
    for name in ("utf-8", "gb18030"):
        try:
            whole.decode(name)
        except UnicodeDecodeError:
            continue
        remark = "" if name == "utf-8" else "read as GB18030: the bytes are no UTF-8"
        return name, remark
    raise ImportRefused(
        f"the encoding of {path} is neither UTF-8 nor GB18030",
        code="encoding",
        hint='name it in the profile, for example encoding = "latin-1"',
    )
