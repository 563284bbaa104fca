"""ZIP containers that may be meant to do harm: looked at before anything of them is unpacked.

Both archives and workbooks in Office Open XML or OpenDocument are ZIP files. What their directory
says is checked first; what is unpacked is held against it byte by byte.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from carbonledger.errors import ImportRefused

# A larger directory lists more than anybody packs by hand; it would be read at once.
LARGEST_DIRECTORY = 16 << 20
END = b"PK\x05\x06"
END_SIZE = 22
LONGEST_COMMENT = 1 << 16
LOCAL = struct.Struct("<4s5H3L2H")
BLOCK = 1 << 20
# Data of meters shrinks to a tenth; only what repeats itself without end shrinks as much as this.
MOST_RATIO = 200
LARGE = 100 << 20
MOST_BYTES = 20 << 30
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def opened(file: IO[bytes], path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP file whose directory is not larger than it should be.

    Raises:
        ImportRefused: it is damaged, or its directory is too large.
    """
    try:
        _check_directory(file, path)
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, struct.error, zlib.error, EOFError, NotImplementedError) as error:
        raise broken(path, str(error)) from error


def broken(path: Path, what: str) -> ImportRefused:
    """Return the refusal of a damaged container."""
    return ImportRefused(
        f"{path} is broken: {what}",
        code="file-broken",
        hint="the packed data ends early or is damaged; fetch the file again",
    )


def expands(path: Path, what: str) -> ImportRefused:
    """Return the refusal of a container that unpacks to far more than data does."""
    return unpacks(path, f"too much: {what}")


def unpacks(path: Path, size: str) -> ImportRefused:
    """Return the refusal of a file that unpacks to a size which no data has."""
    return ImportRefused(
        f"{path} unpacks to {size}",
        code="file-expands",
        hint="no data of meters packs so well; check where the file comes from. If it is right, "
        "unpack it and import what is in it",
    )


def _check_directory(file: IO[bytes], path: Path) -> None:
    size = file.seek(0, 2)
    file.seek(max(0, size - LONGEST_COMMENT - END_SIZE))
    tail = file.read()
    place = tail.rfind(END)
    if place < 0:
        raise zipfile.BadZipFile("its directory is missing")
    listed = struct.unpack_from("<L", tail, place + 12)[0]
    if listed > LARGEST_DIRECTORY:
        raise expands(path, "its directory alone is larger than 16 MB")


def check_sizes(members: Iterable[zipfile.ZipInfo], path: Path, most: int = MOST_BYTES) -> None:
    """Check what a container says it unpacks to.

    Args:
        members: of the container.
        path: the container, for messages.
        most: bytes that may be unpacked in all.

    Raises:
        ImportRefused: a member or all of them unpack to too much, or cannot be unpacked here.
    """
    total = 0
    for member in members:
        if member.flag_bits & 1:
            raise ImportRefused(
                f"{path}: {shown(member)} is encrypted",
                code="archive",
                hint="unpack it with its password, then import what is in it",
            )
        if member.compress_type not in METHODS:
            raise ImportRefused(
                f"{path}: {shown(member)} is packed by method {member.compress_type}",
                code="archive",
                hint="pack it as an ordinary ZIP file (method deflate)",
            )
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > LARGE and ratio > MOST_RATIO:
            raise expands(path, f"{shown(member)} grows by a factor of {ratio:,.0f}")
        total += member.file_size
    if total > most:
        raise expands(path, f"{total:,} bytes, where {most:,} is the limit")


def shown(member: zipfile.ZipInfo) -> str:
    """Return the name of a member, fit for a message."""
    name = member.orig_filename.replace("\x00", "␀")
    return "".join(sign if sign.isprintable() else "�" for sign in name)[:120]


def unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, out: IO[bytes] | None) -> None:
    """Unpack a member, and see that it is what the directory says of it.

    Python's own reader stops at the size that the directory states; others go on, so what lies
    behind it counts as damage.

    Args:
        archive: the container.
        member: one of its members.
        out: takes the bytes; None: only look.

    Raises:
        BadZipFile: it is longer or shorter than the directory says, or damaged.
    """
    raw = _packed(archive, member)
    stored = member.compress_type == zipfile.ZIP_STORED
    plain = raw if stored else _inflated(raw)
    left, check = member.file_size, 0
    for data in plain:
        left -= len(data)
        if left < 0:
            break
        check = zlib.crc32(data, check)
        if out is not None:
            out.write(data)
    if left or check != member.CRC:
        raise zipfile.BadZipFile(f"{shown(member)} is not what the directory says of it")


def _packed(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    file = archive.fp
    if file is None:
        raise zipfile.BadZipFile("it is closed")
    file.seek(member.header_offset)
    header = LOCAL.unpack(file.read(LOCAL.size))
    if header[0] != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"{shown(member)} is not where the directory says")
    place = member.header_offset + LOCAL.size + header[9] + header[10]
    left = member.compress_size
    while left:
        file.seek(place)
        data = file.read(min(left, BLOCK))
        if not data:
            raise zipfile.BadZipFile(f"{shown(member)} ends early")
        place, left = place + len(data), left - len(data)
        yield data


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in pieces:
        data = inflate.decompress(piece, BLOCK)
        while data:
            yield data
            data = inflate.decompress(inflate.unconsumed_tail, BLOCK)
    yield inflate.flush()
    if not inflate.eof or inflate.unused_data:
        raise zipfile.BadZipFile("the packed data does not end where it should")
