"""Changes to files that a byte here and there would not make: of lines, of cells, of what is packed."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from random import Random

# Changes bytes; given the most that may come out.
Bytes = Callable[[bytes, int], bytes]
CELLS = (
    b"", b"0", b"-1", b"1e999", b"1E-400", b"NaN", b"inf", b"-0", b"1,234.5", b"1.234,5", b"999999999999999999999",
    b"0." + b"1" * 60, b'=HYPERLINK("x")', b"=cmd|' /C calc'!A0", b'="000123"', b"@SUM(1)", b"-", b"null",
    b"24:00", b"2024-03-31 02:30", b"2024-02-30 00:00", b"9999-12-31 23:59", b"0000-00-00", b"1970-01-01",
    b"2024-10-27 02:30", b"31.12.1899 24:00", b"1711846800", b"-9223372036854775808", b"\x00", b"\xff\xfe",
    "２０２４－０３－０１".encode(), "合计".encode(), "１２，３".encode(), b"\xa3\xac", b"kWh", b"MWh", b"kvarh", b"Wh/h",
    b"20240301", b"202403010000?+00", b"E52", b"300", b"100,NEM12", b"&x;", b"<![CDATA[", b"\\ud800", b"M-1", b"R-1",
    b"../../x", b'"', b'""', b"'", b"\r", b"\t", b";", b"sep=;", b"{", b"[", b"]",
)  # fmt: skip
DELIMITERS = b",;\t|:+'\"(){}[]<> =*\n"


def mutated(data: bytes, size: int, chance: Random, bytewise: Bytes) -> bytes:
    """Return a file changed in one of several ways, of at most `size` bytes."""
    if data[:2] == b"\x1f\x8b" and chance.random() < 0.8:
        return _packed(data, size, chance, bytewise)
    if data[:2] == b"PK" and chance.random() < 0.8:
        return _archive(data, size, chance, bytewise)
    if chance.random() < 0.8 and (inner := _unhexed(data)):
        return mutated(inner, size // 2, chance, bytewise).hex().encode()
    way = chance.choice((None, None, _lines, _cells, _cells))
    changed = way(data, chance)[:size] if way else b""
    return changed or bytewise(data, size)


def _unhexed(data: bytes) -> bytes:
    """Return what hex digits stand for, nothing where there are others."""
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError:
        return b""


def _packed(data: bytes, size: int, chance: Random, bytewise: Bytes) -> bytes:
    try:
        inner = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return bytewise(data, size)
    return gzip.compress(mutated(inner, size, chance, bytewise), mtime=0)[:size]


def _archive(data: bytes, size: int, chance: Random, bytewise: Bytes) -> bytes:
    """Change one member of an archive, or its name."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(one, archive.read(one)) for one in archive.namelist()[:40]]
    except Exception:  # noqa: BLE001 (what zipfile makes of damaged archives is its own affair)
        return bytewise(data, size)
    if not members:
        return bytewise(data, size)
    place = chance.randrange(len(members))
    name, inner = members[place]
    if chance.random() < 0.05:
        name = chance.choice(("../evil.csv", "/etc/x", name + ".zip", "a" * 300, "C:\\x.csv"))
    members[place] = (name, mutated(inner, 20 * size, chance, bytewise))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in members:
            archive.writestr(zipfile.ZipInfo(one), content, zipfile.ZIP_DEFLATED)
    return out.getvalue() if out.tell() <= size else bytewise(data, size)


def _lines(data: bytes, chance: Random) -> bytes:
    """Repeat, move, cut or leave out lines."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    here, there = chance.randrange(len(lines)), chance.randrange(len(lines))
    way = chance.randrange(5)
    if way == 0:
        del lines[here]
    elif way == 1:
        lines.insert(there, lines[here])
    elif way == 2:
        lines[here], lines[there] = lines[there], lines[here]
    elif way == 3:
        lines[here] = lines[here][: chance.randrange(len(lines[here]) + 1)]
    else:
        lines[here] *= chance.randrange(2, 40)
    return b"".join(lines)


def _cells(data: bytes, chance: Random) -> bytes:
    """Put what troubles readers in the place of a cell, a few times."""
    for _ in range(chance.randrange(1, 3)):
        cuts = [0, *(n for n, sign in enumerate(data) if sign in DELIMITERS), len(data)]
        here = chance.randrange(len(cuts) - 1)
        start, end = cuts[here] + bool(here), cuts[here + 1]
        data = data[:start] + chance.choice(CELLS) + data[end:]
    return data
