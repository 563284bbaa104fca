"""Writing files so that the same content is the same bytes everywhere."""

import gzip
from collections.abc import Iterable
from pathlib import Path


def fixed(count: int, places: int) -> str:
    """Print a non-negative whole number of smallest parts as a decimal with that many places."""
    if places == 0:
        return str(count)
    whole, part = divmod(count, 10**places)
    return f"{whole}.{part:0{places}d}"


def write(
    path: Path, lines: Iterable[str], *, encoding: str = "utf-8", newline: str = "\n"
) -> None:
    """Write lines of text; a path that ends in .gz is compressed, with time stamp 0.

    Args:
        path: where to; its folder is made.
        lines: without line ends.
        encoding: of the text.
        newline: line end.
    """
    data = "".join(line + newline for line in lines).encode(encoding)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".gz":
        path.write_bytes(data)
        return
    # No file name and no time in the header, else each day would give another file.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(data)
