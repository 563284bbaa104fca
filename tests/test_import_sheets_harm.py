"""Workbooks that are broken, or made to do harm: refused before the reader of workbooks sees them."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from ingest_kit import Books
from openpyxl.worksheet.formula import ArrayFormula
from sheet_kit import (
    DAY,
    HEADER,
    SHEET,
    Rows,
    book,
    changed,
    hours,
    ods,
    saved,
    table,
    xls,
    xlsx,
    zipped,
)  # fmt: skip

from carbonledger.ingest.containers import finds, ooxml


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park")


def test_a_cell_far_away_takes_no_memory(books: Books) -> None:
    made = book(table([1, 2]))
    made["Data"]["XFD1048576"] = 1
    error = books.refused(saved(made), name="far.xlsx")
    assert error.code == "file-too-large"
    assert "sheet 'Data' is too large" in error.message


def test_formatted_cells_without_a_value_reach_nowhere(books: Books) -> None:
    made = book(table([1, 2]))
    made["Data"]["XFD1048576"].number_format = "0.00"
    assert books.take(saved(made), name="wide.xlsx")["readings"] == 2


def test_a_text_that_is_repeated_without_end(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooxml, "MOST_TEXT", 100_000)
    data = xlsx([HEADER, *[("x" * 30_000, DAY, 1)] * 4])
    assert books.refused(data, name="text.xlsx").code == "file-expands"
    # As many cells, and as long a text among them, but not in all of them.
    data = xlsx([HEADER, *hours([1, 2, 3]), ("M-1", "x" * 30_000, 1)])
    assert books.refused(data, name="text.xlsx").code == "rejects"


def test_more_formulas_than_cells_are_looked_through(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finds, "MOST_CELLS", 1000)
    made = book(table([1]))
    made["Data"]["C2"] = ArrayFormula("C2:XFD1048576", "=1")
    assert books.refused(saved(made), name="array.xlsx").code == "file-too-large"


def test_entities_are_not_expanded(books: Books) -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet'
    data = changed(xlsx(table([1])), SHEET, "<worksheet", bomb)
    error = books.refused(data, name="entities.xlsx")
    assert error.code == "file-malformed"
    assert "entities" in error.message


def test_a_part_that_unpacks_to_too_much(books: Books) -> None:
    files = {"xl/workbook.xml": "<workbook/>", SHEET: b" " * (101 << 20)}
    error = books.refused(zipped(files), name="bomb.xlsx")
    assert error.code == "file-expands"
    assert "sheet1.xml grows by a factor of" in error.message


def test_a_part_that_is_longer_than_it_says(books: Books) -> None:
    """Python reads what the directory states; others read on, so it is no workbook."""
    data = bytearray(zipped({"xl/workbook.xml": "<workbook/>", "xl/a.xml": b" " * 100_000}))
    place = data.rfind(b"PK\x01\x02")
    data[place + 16 : place + 20] = struct.pack("<L", 0x7C51F4C4)
    data[place + 24 : place + 28] = struct.pack("<L", 10)
    assert books.refused(bytes(data), name="lies.xlsx").code == "file-broken"


def test_a_part_that_is_there_twice(books: Books) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([("xl/workbook.xml", "<a/>"), ("xl/workbook.xml", "<b/>")])
    assert books.refused(data, name="twice.xlsx").code == "file-expands"


@pytest.mark.parametrize("write", [xlsx, xls, ods])
def test_a_workbook_that_is_cut_or_scratched(books: Books, write: Callable[[Rows], bytes]) -> None:
    whole = write(table([1, 2, 3]))
    for data in (whole[: len(whole) // 2], whole[:300], whole[:600] + b"\xff" * 200 + whole[800:]):
        error = books.refused(data, name="cut.bin")
        assert error.code in {"file-broken", "file-malformed", "file-kind", "sheet", "columns"}
        assert error.hint


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("EncryptedPackage", "protected by a password"),
        ("WordDocument", "a text document"),
        ("SomethingElse", "a document of some other program"),
    ],
)
def test_other_documents_in_the_container_of_old_workbooks(
    books: Books, name: str, said: str
) -> None:
    data = bytearray(xls(table([1])))
    place = data.find("Workbook".encode("utf-16-le"))
    data[place : place + 64] = name.encode("utf-16-le").ljust(64, b"\x00")
    data[place + 64 : place + 66] = struct.pack("<H", 2 * len(name) + 2)
    error = books.refused(bytes(data), name="old.doc")
    assert error.code == "file-kind"
    assert said in error.message


@pytest.mark.parametrize(
    ("part", "said"),
    [("xl/workbook.bin", "XLSB"), ("word/document.xml", "text document"),
     ("ppt/presentation.xml", "slides")],
)  # fmt: skip
def test_other_documents_in_a_zip_container(books: Books, part: str, said: str) -> None:
    error = books.refused(zipped({part: "x"}), name="other.bin")
    assert error.code == "file-kind"
    assert said in error.message


def test_no_space_for_the_text(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> io.BytesIO:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    assert books.refused(xlsx(table([1])), name="a.xlsx").code == "disk-full"
