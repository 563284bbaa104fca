"""The XML of workbooks, read as a stream: without a tree, and without entities."""

from pathlib import Path
from typing import IO, NoReturn
from xml.parsers import expat

from carbonledger.errors import ImportRefused

BLOCK = 1 << 16


def read_elements(parser: expat.XMLParserType, raw: IO[bytes], path: Path, part: str = "") -> None:
    """Hand the elements of a part of a workbook on to the handlers of a parser.

    Args:
        parser: with its handlers.
        raw: the part.
        path: the workbook, for messages.
        part: name of the part, for messages; "" for the only one.

    Raises:
        ImportRefused: it is no proper XML, or declares entities.
    """

    def entity(*_: object) -> NoReturn:
        raise malformed(path, "it declares entities")

    parser.EntityDeclHandler = entity
    try:
        while data := raw.read(BLOCK):
            parser.Parse(data, False)  # noqa: FBT003 - its name is its place
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise malformed(path, f"{part}: {error}" if part else str(error)) from error


def malformed(path: Path, what: str) -> ImportRefused:
    """Return the refusal of a workbook that no program would write."""
    return ImportRefused(
        f"{path} is no proper workbook: {what}",
        code="file-malformed",
        hint="open it in the program it is from and save it again",
    )
