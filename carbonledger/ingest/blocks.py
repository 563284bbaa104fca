"""The text of a file in blocks of whole lines, as UTF-8 whatever its own encoding."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from carbonledger.ingest.encodings import decoder
from carbonledger.ingest.source import BLOCK, LONGEST_LINE, Source, too_long


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file.

    Attributes:
        data: UTF-8 bytes, lines split by line feeds.
        first_line: number of the first line in the file, from 1.
        lines: how many they are.
    """

    data: bytes
    first_line: int
    lines: int


def blocks(source: Source, encoding: str, size: int = BLOCK) -> Iterator[Block]:
    """Yield the text of a file block by block.

    Raises:
        ImportRefused: a byte does not fit the encoding, a line is longer than 1 MB, or the
            packed data is broken.
    """
    decode = decoder(encoding, source.path)
    line, rest, old_ends = 1, b"", None
    for data in _and_end(source.chunks(size)):
        fresh = decode(data, line)
        if old_ends is None and fresh:
            # Very old programs end lines with a carriage return alone.
            old_ends = b"\r" in fresh and b"\n" not in fresh
        text = rest + (fresh.replace(b"\r", b"\n") if old_ends else fresh)
        cut = text.rfind(b"\n") + 1 if data else len(text)
        if len(text) - cut > LONGEST_LINE:
            raise too_long(source.path, line + text.count(b"\n"))
        if cut:
            block = _made(text[:cut], line)
            yield block
            line += block.lines
        rest = text[cut:]


def _and_end(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield from pieces
    yield b""


def _made(text: bytes, line: int) -> Block:
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    lines = text.count(b"\n")
    return Block(text, line, lines + (not text.endswith(b"\n")))


def text_of_lines(source: Source, encoding: str, wanted: set[int]) -> dict[int, str]:
    """Read some lines of a file again, as they stand there."""
    found: dict[int, str] = {}
    for block in blocks(source, encoding):
        last = block.first_line + block.lines - 1
        if wanted.isdisjoint(range(block.first_line, last + 1)):
            continue
        for number, raw in enumerate(block.data.split(b"\n"), block.first_line):
            if number in wanted:
                found[number] = raw.decode(errors="replace")
    return found
