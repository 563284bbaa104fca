"""The source file: its hash, its first bytes, and its bytes kept.

A file is opened once and held, so that deleting it does not disturb an import; it is refused when
it changes between hashing and reading.
"""

import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Self, cast

import pyarrow as pa

from carbonledger.errors import ImportRefused
from carbonledger.ingest.computed import MARK
from carbonledger.ingest.containers import Rendered, rendered
from carbonledger.ingest.containers.kinds import TABLES, kind_of, refuse_kind
from carbonledger.ingest.containers.zipped import LARGE, MOST_RATIO, unpacks
from carbonledger.ingest.encodings import wide_text
from carbonledger.ingest.profile import Profile
from carbonledger.ledger.documents import part_of, refused_to_keep

BLOCK = 4 << 20
# Frames of the kept file; larger ones compress no better and take longer.
FRAME = 1 << 20
HEAD = 1 << 16
LONGEST_LINE = 1 << 20
Progress = Callable[[int, int], None]


class Source:
    """A file being imported, or a member of an archive.

    Attributes:
        path: the file; of a member its name below that of the archive. For messages.
        name: the same without folders.
        size: bytes as they are given.
        packed: whether they are packed with gzip.
        remarks: what the user should know.
    """

    def __init__(
        self,
        path: Path,
        progress: Progress | None = None,
        profile: Profile | None = None,
        member: str | None = None,
    ) -> None:
        """Open the file.

        Args:
            path: the file.
            progress: called with how much is read, and how much there is.
            profile: how the user says it is to be read.
            member: the file of an archive that is meant; None: the only one in it.

        Raises:
            ImportRefused: it is missing, a folder, no regular file, unreadable or empty; or an
                archive that cannot be taken, or holds several files.
        """
        self.path, self.name = path, path.name
        self.remarks: tuple[str, ...] = ()
        self._progress, self._profile = progress, profile or Profile()
        self._rendered: Rendered | None = None
        self._file = _opened(path)
        try:
            self._begin(member)
        except BaseException:
            self.close()
            raise

    def _begin(self, member: str | None) -> None:
        self._stat = self._stamp()
        if self._stat[0] == 0:
            raise self._empty()
        with readable(self.path):
            self._kind = kind_of(self._file, self.path)
        if self._kind == "zip":
            self._enter(member)
        self.size = self._stat[0]
        self.packed = self._kind == "gzip"

    def _empty(self) -> ImportRefused:
        return ImportRefused(f"{self.path} is empty", code="file-empty", hint="export it again")

    def _enter(self, member: str | None) -> None:
        """Unpack a member of an archive, and go on with it in the place of the archive."""
        from carbonledger.ingest.containers.archive import member_of

        archive, place = self._file, self.path
        with archive:
            with readable(place):
                member, self.remarks, found = member_of(archive, place, member)
            same = self._stamp() == self._stat
        self._file = found
        if not same:
            raise self._changed()
        self.path, self.name = place / member, f"{place.name}/{member}"
        self._stat = self._stamp()
        if self._stat[0] == 0:
            raise self._empty()
        self._kind = kind_of(self._file, self.path)
        if self._kind == "zip":
            raise ImportRefused(
                f"{self.path} is an archive within an archive",
                code="archive",
                hint="unpack that one first",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._rendered is not None:
            self._rendered.close()
        self._file.close()

    @property
    def media(self) -> str:
        """What wraps the table: `xlsx`, `parquet` and the like; "" for text."""
        return self._kind if self._kind in TABLES else ""

    @property
    def container(self) -> str | None:
        """What the table is in, from the outside: `gzip`, `zip`, `xlsx`, `zip/xlsx`; None: text."""
        archive = "zip" if self.name != self.path.name else ""
        packing = "gzip" if self.packed else self.media
        return "/".join(part for part in (archive, packing) if part) or None

    @property
    def computed(self) -> bool:
        """Whether cells that a formula computes are marked; see `ingest.computed`."""
        return self._rendered is not None and self._rendered.computed

    def read_by(self, profile: Profile) -> Profile:
        """Return how the text is to be read: that of a workbook has signs of our own.

        So nobody asks what its commas mean: a number that is one has no such sign in the workbook,
        and a text that should be one has the sign that was stated, or is none.
        """
        if self._rendered is None:
            return profile
        text = self._rendered
        return replace(profile, encoding="utf-8", delimiter=text.delimiter, decimal=text.decimal)

    def _stamp(self) -> tuple[int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns

    def sha256(self) -> str:
        """Return the SHA-256 of the bytes as they are given, hex."""
        with readable(self.path):
            self._file.seek(0)
            return hashlib.file_digest(cast("Any", self._file), "sha256").hexdigest()

    def unchanged(self) -> None:
        """Check that nobody wrote to the file meanwhile.

        Raises:
            ImportRefused: somebody did.
        """
        if self._stamp() != self._stat:
            raise self._changed()

    def _changed(self) -> ImportRefused:
        return ImportRefused(
            f"{self.path} changed while it was read",
            code="file-changed",
            hint="wait until it is written completely, then import it again",
        )

    def _stream(self) -> IO[bytes] | Rendered:
        self._file.seek(0)
        if self.packed:
            return cast("IO[bytes]", gzip.GzipFile(fileobj=self._file))
        if self._kind not in TABLES:
            return self._file
        if self._rendered is None:
            self._rendered = rendered(self._kind, self._file, self.path, self._profile)
            self.remarks += self._rendered.remarks
        self._rendered.rewind()
        return self._rendered

    def head(self) -> bytes:
        """Return the first bytes of the content as text, at least one line of it.

        Raises:
            ImportRefused: it is no text, or the first line is longer than 1 MB.
        """
        with readable(self.path):
            stream = self._stream()
            data = stream.read(HEAD)
            if b"\n" not in data and b"\r" not in data:
                data += stream.read(LONGEST_LINE)
        if self.computed:
            data = data.replace(MARK.encode(), b"")
        if _of_the_trade(data):
            return data
        self._refuse_kind(data)
        if len(data) > LONGEST_LINE and b"\n" not in data and b"\r" not in data:
            raise too_long(self.path, 1)
        return data

    def _refuse_kind(self, data: bytes) -> None:
        refuse_kind(data, self.path, packed=self.packed)
        if not data:
            raise self._empty()
        if b"\x00" in data and not self._profile.encoding and not wide_text(data):
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
                factor = count // max(self._file.tell(), 1)
                raise unpacks(self.path, f"{factor:,} times its size")
            # A file that grows as fast as it is read would never end.
            self.unchanged()
            self._tell()
            if not data:
                return
            yield data

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let the content be read from its start again while it is being read."""
        place, text = self._file.tell(), self._rendered
        within = text.place() if text is not None else None
        try:
            yield
        finally:
            self._file.seek(place)
            if text is not None:
                text.resume(within)

    def _tell(self) -> None:
        if self._progress and self._rendered is not None:
            self._progress(*self._rendered.progress())
        elif self._progress:
            self._progress(min(self._file.tell(), self.size), self.size)

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


def _opened(path: Path) -> IO[bytes]:
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
        hint="export the data as CSV; if it is text in UTF-16, say so in a profile: "
        'encoding = "utf-16-le" or "utf-16-be"',
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
