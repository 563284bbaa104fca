"""The encoding of a text: found by its mark, as strict UTF-8, else as GB18030 that is Chinese."""

import codecs
from collections.abc import Callable
from pathlib import Path

from carbonledger.errors import ImportRefused
from carbonledger.ingest.chinese import is_chinese

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UTF8 = ("utf-8", "utf8", "utf-8-sig", "utf_8", "utf_8_sig", "ascii", "us-ascii")
# Of the characters of a UTF-16 text that is taken for one without its mark, so many are ASCII.
WIDE_SHARE = 0.5
SHOWN = 60
HINT = 'name the right encoding in the profile, for example encoding = "gb18030"'
# Bytes to text as UTF-8; given the data and the line it starts in.
Decode = Callable[[bytes, int], bytes]


def encoding_of(head: bytes, path: Path) -> tuple[str, str]:
    """Find the encoding of a text.

    Args:
        head: its first bytes.
        path: the file, for messages.

    Returns:
        The name of the codec and a remark for the user, "" when there is nothing to say.

    Raises:
        ImportRefused: none fits.
    """
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, ""
    wide = wide_text(head)
    if wide:
        return wide, f"read as {wide.upper()}: every other byte is empty, and there is no mark"
    whole = head[: head.rfind(b"\n") + 1] or head
    if _decoded(whole, "utf-8") is not None:
        return "utf-8", ""
    text = _decoded(whole, "gb18030")
    if text is not None and is_chinese(text):
        return "gb18030", "read as GB18030 (Chinese): the bytes are no UTF-8"
    odd = "" if text is None else f"; as GB18030 it reads {_odd_line(text)!r}, which is no Chinese"
    raise ImportRefused(
        f"{path} is no text in UTF-8 or GB18030{odd}{_seems(whole)}",
        code="encoding",
        hint='name its encoding in the profile, for example encoding = "latin-1"',
    )


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _odd_line(text: str) -> str:
    """Return the first line that is more than ASCII, cut to be shown."""
    return next(line for line in text.splitlines() if not line.isascii())[:SHOWN]


def _seems(head: bytes) -> str:
    """Say which encoding the bytes may be in; a guess, for the user alone to judge by."""
    from charset_normalizer import from_bytes

    best = from_bytes(head).best()
    return f"; it looks like {best.encoding.replace('_', '-')}" if best is not None else ""


def wide_text(head: bytes) -> str:
    """Return the encoding of a text in UTF-16; "" for one that is none, or may be something else.

    A text of readings is mostly digits; so of UTF-16 without its mark half of the bytes, all at
    odd or all at even places, are empty, and no others.
    """
    for mark, name in BOMS:
        if head.startswith(mark):
            return name if name == "utf-16" else ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    least = max(len(head) // 2 * WIDE_SHARE, 1)
    if odd >= least and not even:
        return "utf-16-le"
    return "utf-16-be" if even >= least and not odd else ""


def unfit(path: Path, line: int, encoding: str) -> ImportRefused:
    """Return the refusal of a byte that does not fit the encoding."""
    return ImportRefused(
        f"{path}:{line}: a byte does not fit the encoding {encoding}", code="encoding", hint=HINT
    )


def decoder(encoding: str, path: Path) -> Decode:
    """Return what turns the bytes of a file, block by block, into UTF-8 without a mark."""
    if encoding.lower() in UTF8:
        return _plain()
    incremental = codecs.getincrementaldecoder(encoding)("strict")

    def decode(data: bytes, line: int) -> bytes:
        try:
            text = incremental.decode(data, final=not data)
        except UnicodeDecodeError as error:
            broken = line + data[: max(error.start, 0)].count(10)
            raise unfit(path, broken, encoding) from error
        return text.removeprefix("\ufeff").encode() if line == 1 else text.encode()

    return decode


def _plain() -> Decode:
    started = False

    def decode(data: bytes, _line: int) -> bytes:
        nonlocal started
        if not started:
            started = True
            return data.removeprefix(codecs.BOM_UTF8)
        return data

    return decode
