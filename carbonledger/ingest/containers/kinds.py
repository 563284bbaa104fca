"""What a file is by its first bytes, and what to do with one that nobody reads."""

import zipfile
from pathlib import Path
from typing import IO

from carbonledger.errors import ImportRefused

# Enough for the signs of all kinds; that of a tar archive stands at byte 257.
START = 512
TAR = 257
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEETS = ("xlsx", "xls", "ods")
TABLES = (*SHEETS, "parquet")
AS_CSV = "ask for the data as CSV"
UNPACK = "unpack it, or pack it with gzip or as ZIP"
XML_READ = (
    "of XML, feeds of Green Button (ESPI) and documents of ENTSO-E (GL_MarketDocument) are read; "
    "ask for one of them, or for the data as CSV"
)
# First bytes, what they say, and what to do.
REFUSED = (
    (b"%PDF", "a PDF file", AS_CSV),
    (b"\x89PNG", "a picture", AS_CSV),
    (b"\xff\xd8\xff", "a picture", AS_CSV),
    (b"GIF8", "a picture", AS_CSV),
    (b"II*\x00", "a picture", AS_CSV),
    (b"MM\x00*", "a picture", AS_CSV),
    (b"SQLite format 3", "a SQLite database", "export the table as CSV"),
    (b"{\\rtf", "a text document (RTF)", "ask for the data as CSV or XLSX"),
    (b"<!DOCTYPE html", "a web page", "download the data itself, as CSV"),
    (b"<!doctype html", "a web page", "download the data itself, as CSV"),
    (b"<!DOCTYPE", "a web page", "download the data itself, as CSV"),
    (b"<html", "a web page", "download the data itself, as CSV"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"BZh", "packed with bzip2", UNPACK),
    (b"\xfd7zXZ", "packed with xz", UNPACK),
    (b"(\xb5/\xfd", "packed with zstd", UNPACK),
    (b"ARROW1", "an Arrow file", "write it as Parquet or CSV"),
    (b"ORC", "an ORC file", "write it as Parquet or CSV"),
    (b"\x89HDF", "an HDF5 file", "write the table as Parquet or CSV"),
    (b"<", "an XML file", XML_READ),
)
# Parts that tell what a ZIP container is.
PARTS = (
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", "xlsb"),
    ("word/document.xml", "docx"),
    ("ppt/presentation.xml", "pptx"),
    ("content.xml", "ods"),
)
NO_TABLE = {
    "xlsb": ("a workbook in binary form (XLSB)", "save it as XLSX"),
    "docx": ("a text document", "ask for the data as CSV or XLSX"),
    "pptx": ("slides", "ask for the data as CSV or XLSX"),
}


def kind_of(file: IO[bytes], path: Path) -> str:
    """Tell what a file is: `text`, `gzip`, `zip` (an archive), or one of `TABLES`.

    Raises:
        ImportRefused: it is a document that holds no table.
    """
    file.seek(0)
    start = file.read(START)
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(COMPOUND):
        return "xls"
    return _zipped(file, path) if start.startswith(ZIP) else "text"


def _zipped(file: IO[bytes], path: Path) -> str:
    from carbonledger.ingest.containers.zipped import opened  # pure Python, but rarely needed

    with opened(file, path) as archive:
        names = set(archive.namelist())
        kind = next((kind for part, kind in PARTS if part in names), "zip")
        if kind == "ods" and not _is_sheet(archive):
            kind = "docx" if "mimetype" in names else "zip"
    if kind in NO_TABLE:
        what, hint = NO_TABLE[kind]
        raise ImportRefused(f"{path} is {what}", code="file-kind", hint=hint)
    return kind


def _is_sheet(archive: zipfile.ZipFile) -> bool:
    """Tell whether an OpenDocument is a spreadsheet."""
    if "mimetype" not in archive.namelist():
        return False
    with archive.open("mimetype") as raw:
        return raw.read(START).startswith(b"application/vnd.oasis.opendocument.spreadsheet")


def refuse_kind(data: bytes, path: Path, *, packed: bool) -> None:
    """Refuse a file that nobody reads.

    Args:
        data: its first bytes, unpacked.
        path: its name, for messages.
        packed: whether they were packed with gzip.

    Raises:
        ImportRefused: it is one.
    """
    from carbonledger.ingest.formats.signs import plain  # its package knows what uses this

    start = plain(data)
    if data[TAR : TAR + 5] == b"ustar":
        raise ImportRefused(f"{path} is a tar archive", code="file-kind", hint=UNPACK)
    for sign, kind, hint in REFUSED:
        if start.startswith(sign):
            raise ImportRefused(f"{path} is {kind}", code="file-kind", hint=hint)
    if packed and data.startswith((b"\x1f\x8b", b"PAR1", COMPOUND, *ZIP)):
        raise ImportRefused(f"{path} is packed twice", code="file-kind", hint="unpack it once")
