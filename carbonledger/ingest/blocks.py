"""The text of a file in blocks of whole lines, as UTF-8 whatever its own encoding."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from carbonledger.ingest.encodings import decoder, unfit
from carbonledger.ingest.source import BLOCK, LONGEST_LINE, Source, binary, too_long


@dataclass(slots=True)
class Block:
    """Whole lines of a file.

    Attributes:
        data: UTF-8 bytes, lines split by line feeds.
        first_line: number of the first line in the file, from 1.
        known: how many they are, once somebody has counted.
    """

    data: bytes
    first_line: int
    known: int | None = None

    @property
    def lines(self) -> int:
        """How many lines they are."""
        if self.known is None:
            ended = self.data.endswith(b"\n")
            self.known = self.data.count(b"\n") + (bool(self.data) and not ended)
        return self.known


def blocks(source: Source, encoding: str, size: int = BLOCK, *, share: int = 1) -> Iterator[Block]:
    """Yield the text of a file block by block.

    Args:
        source: the file.
        encoding: of its text.
        size: bytes of a block.
        share: make blocks smaller by this factor, for lines that hold many readings.

    Raises:
        ImportRefused: a byte does not fit the encoding or is zero, a line is longer than 1 MB,
            or the packed data is broken.
    """
    decode = decoder(encoding, source.path)
    line, rest, old_ends = 1, b"", None
    for data in _and_end(source.chunks(size // share or 1)):
        fresh = decode(data, line)
        if b"\x00" in fresh:
            raise binary(source.path, line + (rest + fresh).partition(b"\x00")[0].count(b"\n"))
        if old_ends is None and fresh:
            # Very old programs end lines with a carriage return alone.
            old_ends = b"\r" in fresh and b"\n" not in fresh
        fresh = fresh.replace(b"\r", b"\n") if old_ends else fresh
        cut = fresh.rfind(b"\n") + 1 if data else len(fresh)
        left = len(fresh) - cut + (0 if cut else len(rest))
        if left > LONGEST_LINE:
            raise too_long(source.path, line + (rest + fresh).count(b"\n"))
        if not cut and data:
            rest += fresh
            continue
        # One copy, not two: a block is most of what is read at once.
        whole = b"".join((rest, memoryview(fresh)[:cut]))
        if whole:
            block = Block(whole.replace(b"\r\n", b"\n") if b"\r" in whole else whole, line)
            yield block
            line += block.lines
        rest = fresh[cut:]


def _and_end(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield from pieces
    yield b""


def lines_of(block: Block, path: Path) -> list[str]:
    """Return the lines of a block as text.

    Raises:
        ImportRefused: a byte is no UTF-8.
    """
    try:
        return block.data.removesuffix(b"\n").decode().split("\n")
    except UnicodeDecodeError as error:
        line = block.first_line + block.data[: error.start].count(b"\n")
        raise unfit(path, line, "UTF-8") from error


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
