"""Files that wrap a table: workbooks and Parquet, rendered as text; archives, taken apart.

A workbook or a Parquet file becomes delimited text in UTF-8, a line a row, and from there on it
is read as any other text: the same sniffing, the same faults with line and text, the same rejects.
What is kept and hashed are the bytes that were given. A member of an archive is a file of its own.

The modules are loaded when a file is theirs, so that a CSV costs nothing of them.
"""

from pathlib import Path
from typing import IO, Any, Protocol

from carbonledger.ingest.profile import Profile


class Rendered(Protocol):
    """The text of a file that wraps a table.

    Attributes:
        media: what the file is: `xlsx`, `parquet` and the like.
        delimiter: between the cells of the text.
        decimal: sign before the decimals of a number.
        remarks: what the user should know.
        computed: whether cells that a formula computes are marked; see `ingest.computed`.
    """

    media: str
    delimiter: str
    decimal: str
    remarks: tuple[str, ...]
    computed: bool

    def rewind(self) -> None:
        """Begin with the first line again."""

    def place(self) -> Any:
        """Return where reading is, for `resume`."""

    def resume(self, place: Any) -> None:
        """Go on reading at a place."""

    def read(self, size: int) -> bytes:
        """Return the next bytes of the text, none at its end."""

    def progress(self) -> tuple[int, int]:
        """Return how much is read, and how much there is."""

    def close(self) -> None:
        """Give back what it holds."""


def delimiter_for(profile: Profile) -> str:
    """Return the sign between the cells of the text, other than the decimal sign."""
    return ";" if profile.decimal == "," else ","


def rendered(kind: str, file: IO[bytes], path: Path, profile: Profile) -> Rendered:
    """Open a file that wraps a table.

    Args:
        kind: what it is, see `kinds`.
        file: its bytes.
        path: its name, for messages.
        profile: which sheet is meant, and which decimal sign its texts have.

    Raises:
        ImportRefused: it cannot be read, or which of its tables is meant is not clear.
    """
    if kind == "parquet":
        from carbonledger.ingest.containers.parquet import ParquetText

        return ParquetText(file, path, profile)
    from carbonledger.ingest.containers.workbook import workbook_text

    return workbook_text(kind, file, path, profile)
