"""Workbooks: each cell is what the file holds, exactly, and what nobody stated is refused."""

import csv
import struct
import subprocess
import sys
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from ingest_kit import Books, Meter, kwh
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.formula import ArrayFormula
from sheet_kit import (
    DAY,
    HEADER,
    SHEET,
    Rows,
    book,
    changed,
    computed,
    hours,
    ods,
    saved,
    table,
    xls,
    xlsx,
)  # fmt: skip

from carbonledger.ingest.containers.cells import number_text, text_of
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ledger.documents import altered_documents, kept_file

START = (
    "the stamps are taken as the start of each interval; where they are its end, "
    'state stamp = "end" in a profile'
)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park")


def rendered(data: bytes, folder: Path, **profile: Any) -> list[str]:
    """Return the lines of the text that a workbook is read as."""
    path = folder / "book"
    path.write_bytes(data)
    with Source(path, profile=Profile(**profile)) as source:
        return b"".join(source.chunks()).decode().split("\n")[:-1]


@pytest.mark.parametrize(
    ("write", "media"), [(xlsx, "xlsx"), (xls, "xls"), (ods, "ods")], ids=["xlsx", "xls", "ods"]
)
def test_a_sheet_is_read_as_a_file_of_texts_would_be(
    books: Books, write: Callable[[Rows], bytes], media: str
) -> None:
    data = write(table([1, 2.5, 0.1, 4]))
    answer = books.take(data, name=f"meters.{media}")
    assert books.readings() == [
        ("2024-02-29 16:00", 1), ("2024-02-29 17:00", 2.5), ("2024-02-29 18:00", 0.1),
        ("2024-02-29 19:00", 4),
    ]  # fmt: skip
    assert books.sum() == kwh("7.6")
    assert answer["warnings"] == [START]
    assert books.rows("SELECT name, media FROM document ORDER BY id DESC LIMIT 1") == [
        (f"meters.{media}", media)
    ]

    # The same values in a file of texts are the same values.
    again = books.take("""
        meter,time,value
        M-1,2024-03-01 00:00,1
        M-1,2024-03-01 01:00,2.5
        M-1,2024-03-01 02:00,0.1
        M-1,2024-03-01 03:00,4
    """)
    assert (again["batch"], again["skipped"]) == (None, 4)


@pytest.mark.parametrize("write", [xlsx, xls, ods])
def test_its_own_bytes_are_hashed_kept_and_known_again(
    books: Books, write: Callable[[Rows], bytes]
) -> None:
    data = write(table([1, 2]))
    answer = books.take(data, name="a.bin")
    assert answer["document"]["bytes"] == len(data)
    place = kept_file(books.documents, answer["document"]["sha256"])
    assert place is not None
    with books.ledger(write=False) as ledger, ledger.read() as connection:
        assert list(altered_documents(connection, books.documents)) == []
    assert books.take(data, name="copy.bin")["posted_before"]


def test_cells_are_exact_texts(tmp_path: Path) -> None:
    made = book([
        ["whole", 5.0, "percent", 0.25],
        ["small", 1e-7, "negative", -0.5],
        ["computed", 0.1 + 0.2, "third", 1 / 3],
        ["true", True, "text", 'a "b", c'],
        ["lines", "one\r\ntwo\nthree", "tab", "x\ty"],
        ["day", date(2019, 11, 13), "length", timedelta(hours=30, minutes=5)],
        ["clock", time(0, 30), "midnight", time(0)],
        ["many", 12345678901.5, "ids", 10500000000000],
    ])  # fmt: skip
    sheet = made["Data"]
    sheet["D1"].number_format = "0%"
    assert rendered(saved(made), tmp_path) == [
        "whole,5,percent,0.25",
        "small,0.0000001,negative,-0.5",
        "computed,0.3,third,0.3333333333333333",
        'true,TRUE,text,"a ""b"", c"',
        "lines,one two three,tab,x\ty",
        "day,2019-11-13,length,30:05:00",
        "clock,00:30:00,midnight,00:00:00",
        "many,12345678901.5,ids,10500000000000",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (7, "7"), (1e14, "100000000000000"),
        # Fifteen digits are kept by a spreadsheet; a sixteenth that is no zero was never rounded.
        (1234567890123456.0, "1234567890123456"), (1234567890123450.0, "1.23456789012345E+15"),
        (2.0**53, "9.007199254740992E+15"), (12345678901234567890, "1.2345678901234567E+19"),
        (1.2770000000000001, "1.277"), (26.299999999999997, "26.3"),
        (123456789012.3456, "123456789012.3456"), (2.5e-9, "0.0000000025"),
    ],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert number_text(value) == text
    assert number_text(value, ",") == text.replace(".", ",") or "E" in text


def test_a_time_that_is_off_by_milliseconds_is_the_one_meant() -> None:
    exact = DAY + timedelta(minutes=15)
    assert text_of(exact - timedelta(milliseconds=7)) == "2024-03-01 00:15:00"
    assert text_of(exact + timedelta(milliseconds=500)) == "2024-03-01 00:15:00.500000"
    assert text_of(DAY - timedelta(milliseconds=10)) == "2024-03-01 00:00:00"
    assert text_of(time(23, 59, 59, 999000)) == "24:00:00"
    assert text_of(timedelta(minutes=-90)) == "-01:30:00"
    assert text_of(timedelta(seconds=1.5)) == "00:00:01.500000"
    # The number 1 as a time of day is the end of the day.
    assert text_of(date(1900, 1, 1)) == "24:00:00"


def test_sums_of_quarter_hours_do_not_drift(books: Books) -> None:
    """Spreadsheets make stamps by adding 1/96 of a day; after a year that is off by milliseconds."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(HEADER)
    at = 45292.0
    for row in range(2, 366 * 96 + 2):
        sheet.append(("M-1", at, 0.25))
        sheet.cell(row, 2).number_format = "dd.mm.yyyy hh:mm"
        at += 1 / 96
    answer = books.take(saved(made), name="year.xlsx")
    assert (answer["readings"], answer["gaps"], answer["entries"]) == (35136, 0, 366)
    assert books.sum() == kwh("8784")
    assert books.days()["2024-12-31"] == kwh("24")


def test_days_counted_from_1904(books: Books) -> None:
    made = openpyxl.Workbook()
    made.epoch = CALENDAR_MAC_1904
    sheet = made.active
    assert sheet is not None
    for row in table([1, 2]):
        sheet.append(row)
    books.take(saved(made), name="mac.xlsx")
    assert [at for at, _ in books.readings()] == ["2024-02-29 16:00", "2024-02-29 17:00"]


def test_a_date_without_a_time_stays_one(books: Books) -> None:
    """Dates of a record are whole days, the last included; midnights among stamps are stamps."""
    header = ["start", "end", "from", "to", "commodity", "quantity", "unit", "document_no"]
    row = [date(2024, 3, 1), date(2024, 3, 31), "grid", "park", "electricity", 1200.5, "kWh", 47110]
    books.take(xlsx([header, row]), name="bill.xlsx")
    assert books.rows("SELECT start_utc, end_utc, document_no FROM entry_view") == [
        ("2024-02-29T16:00:00Z", "2024-03-31T16:00:00Z", "47110")
    ]
    assert books.sum() == kwh("1200.5")


def test_lines_are_rows_of_the_sheet(books: Books) -> None:
    """Titles, empty rows and an empty column before the table keep their places."""
    data = xlsx([
        ["Readings of the park"],
        [],
        [None, *HEADER],
        [None, "M-1", DAY, 1],
        [None, "M-9", DAY, 1],
        [],
        [None, "M-1", DAY + timedelta(hours=1), "two"],
    ])  # fmt: skip
    error = books.refused(data, "skip = 2", name="titled.xlsx", rejects=books.folder / "r.csv")
    assert error.code == "rejects"
    assert [(p.line, p.column, p.text) for p in error.problems] == [
        (5, "meter", "M-9"), (7, "value", "two")
    ]  # fmt: skip
    assert ",M-9,2024-03-01 00:00:00,1" in (books.folder / "r.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("write", [xlsx, xls])
def test_truth_is_no_number(books: Books, write: Callable[[Rows], bytes]) -> None:
    error = books.refused(write(table([1, True, 3])), name="b.bin")
    assert [(p.line, p.text) for p in error.problems] == [(3, "TRUE")]


def test_an_error_of_the_spreadsheet_is_no_gap(books: Books) -> None:
    data = xlsx(table([1, "#N/A", "#DIV/0!", 4]))
    error = books.refused(data, name="errors.xlsx")
    assert [(p.line, p.column, p.text) for p in error.problems] == [
        (3, "value", "#N/A"), (4, "value", "#DIV/0!")
    ]  # fmt: skip
    assert "is no quantity" in error.problems[0].reason


def test_an_error_in_an_old_workbook(books: Books) -> None:
    # A cell that holds TRUE, made one that holds the error 42, #N/A.
    old, new = struct.pack("<HHHHHBB", 0x205, 8, 2, 2, 17, 1, 0), b""
    data = xls(table([1, True]))
    new = old[:10] + b"\x2a\x01"
    assert data.count(old) == 1
    error = books.refused(data.replace(old, new), name="errors.xls")
    assert [(p.line, p.text) for p in error.problems] == [(3, "#N/A")]


def test_a_formula_that_is_read_is_refused_with_its_cell(books: Books) -> None:
    data = computed(xlsx(table([1, "=2*4", 3])), "C3", "8")
    error = books.refused(data, name="formula.xlsx", rejects=books.folder / "r.csv")
    assert error.code == "rejects"
    assert len(error.problems) == 1
    fault = error.problems[0]
    assert (fault.line, fault.text) == (3, "8")
    assert fault.reason.startswith("cell C3 holds a formula")
    assert "paste its value" in fault.reason
    written = (books.folder / "r.csv").read_text("utf-8-sig")
    assert '"M-1,2024-03-01 01:00:00,8"' in written
    assert "\x01" not in written

    answer = books.take(data, name="formula.xlsx", accept_rejects=True)
    assert (answer["readings"], answer["rejected"]) == (2, 1)
    assert books.sum() == kwh("4")
    assert books.rows("SELECT line, text FROM reject_view") == [(3, "M-1,2024-03-01 01:00:00,8")]


def test_a_formula_that_is_not_read_does_no_harm(books: Books) -> None:
    rows = [[*row, None] for row in table([1, 2, 3])]
    rows[0][3] = "note"
    rows[2][3] = "=C3*2"
    data = computed(xlsx(rows), "D3", "4")
    assert books.take(data, name="note.xlsx")["readings"] == 3
    assert books.sum() == kwh("6")


def test_a_formula_in_the_header_is_a_name(books: Books) -> None:
    data = xlsx([["meter", '="ti"&"me"', "value"], *hours([1, 2])])
    data = changed(data, SHEET, r'(<c r="B1")([^>]*><f>[^<]*</f>)<v ?/?>(</v>)?',
                   r'\g<1> t="str"\g<2><v>time</v>')  # fmt: skip
    assert books.take(data, name="header.xlsx")["readings"] == 2


def test_a_formula_that_was_never_computed(books: Books) -> None:
    """A program wrote it, and no spreadsheet has opened the file since."""
    error = books.refused(xlsx([*table([1]), ["=A2", "=B2+1/24", "=C2*2"]]), name="raw.xlsx")
    assert [p.line for p in error.problems] == [3]
    assert error.problems[0].reason.startswith("cell A3 holds a formula")


def test_all_cells_that_one_formula_fills(books: Books) -> None:
    made = book(table([1, 2, 3, 4]))
    made["Data"]["C3"] = ArrayFormula("C3:C4", "=C2:C3*2")
    error = books.refused(saved(made), name="array.xlsx")
    assert [p.line for p in error.problems] == [3, 4]


@pytest.mark.parametrize("write", [xls, ods])
def test_formulas_of_other_workbooks(books: Books, write: Callable[[Rows], bytes]) -> None:
    error = books.refused(write(table([1, "=C2*2", 3])), name="formula.bin")
    assert [p.line for p in error.problems] == [3]
    assert error.problems[0].reason.startswith("cell C3 holds a formula")


def test_a_formula_in_a_record(books: Books) -> None:
    header = ["start", "end", "from", "to", "commodity", "quantity", "unit"]
    row = [date(2024, 3, 1), date(2024, 3, 31), "grid", "park", "electricity", "=100*12", "kWh"]
    data = computed(xlsx([header, row]), "F2", "1200")
    error = books.refused(data, name="bill.xlsx")
    assert [(p.line, p.column, p.text) for p in error.problems] == [(2, "quantity", "1200")]
    assert error.problems[0].reason.startswith("cell F2 holds a formula")


def test_an_id_that_the_spreadsheet_has_rounded(tmp_path: Path) -> None:
    """Of 20 digits fifteen are left, so the meter cannot be known; 14 are kept."""
    books = Books(tmp_path / "p", Meter("10500000012345"), Meter("1.05E+13"))
    rows = [HEADER, *hours([1], 10500000012345), *hours([2], 12345678901234567890)]
    error = books.refused(xlsx(rows), name="ids.xlsx")
    assert [(p.line, p.column, p.text) for p in error.problems] == [
        (3, "meter", "1.234567890123457E+19")
    ]
    assert "a spreadsheet has shortened the meter's number" in error.problems[0].reason
    books.take(xlsx(rows[:2]), 'interval = "1h"', name="ids.xlsx")
    assert books.sum(meter="10500000012345") == kwh("1")


@pytest.mark.parametrize("text", ["1.05E+13", "1,05E+13", '="1.05E+13"', "1e+16"])
def test_an_id_that_a_spreadsheet_has_rounded_before_it_was_saved_as_text(
    tmp_path: Path, text: str
) -> None:
    """Not even where a meter is declared or mapped by what is left: two meters may end alike."""
    books = Books(tmp_path / "p", Meter("1.05E+13"), Meter("1e+16"), Meter("M-1"))
    data = f"meter;time;value\n{text};2024-03-01 00:00;1\nM-1;2024-03-01 00:00;1\n"
    profile = '[meters]\n"1.05E+13" = "M-1"'
    error = books.refused(data.encode(), profile)
    assert [p.line for p in error.problems] == [2]
    assert "has shortened the meter's number" in error.problems[0].reason


def test_a_code_that_only_looks_like_it(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter("1E5"))
    books.take("meter,time,value\n1E5,2024-03-01 00:00,1\n", 'interval = "1h"')
    assert books.sum() == kwh("1")


NOTES = [["Explanations"], ["Values are in kWh"], ["Times are local"]]


def test_the_one_sheet_that_holds_a_table(books: Books) -> None:
    data = xlsx(NOTES, Readings=table([1, 2]), Empty=[])
    assert books.take(data, name="notes.xlsx")["readings"] == 2


def test_several_tables_are_a_question(books: Books) -> None:
    data = xlsx(table([1, 2]), More=table([3]), Notes=NOTES)
    error = books.refused(data, name="two.xlsx")
    assert error.code == "sheet"
    assert error.message.endswith("several sheets hold tables: 1 'Data'; 2 'More'")
    assert 'sheet = "Data"' in error.hint


@pytest.mark.parametrize(("sheet", "total"), [('"More"', "3"), ("2", "3"), ('"Data"', "1")])
def test_the_sheet_that_the_profile_names(books: Books, sheet: str, total: str) -> None:
    data = xlsx(table([1]), More=table([3]))
    books.take(data, f'sheet = {sheet}\ninterval = "1h"', name="two.xlsx")
    assert books.sum() == kwh(total)


@pytest.mark.parametrize("sheet", ['"Mroe"', "3"])
def test_a_sheet_that_is_not_there(books: Books, sheet: str) -> None:
    error = books.refused(xlsx(table([1])), f"sheet = {sheet}", name="one.xlsx")
    assert error.code == "sheet"
    assert "1 'Data'" in error.message


def test_a_workbook_without_a_table(books: Books) -> None:
    error = books.refused(xlsx(NOTES, Empty=[]), name="notes.xlsx")
    assert error.code == "sheet"
    assert "no sheet that is shown holds a table" in error.message


@pytest.mark.parametrize("stated", ["0", "-1", "true", '""'])
def test_what_names_no_sheet(books: Books, stated: str) -> None:
    assert books.refused(xlsx(table([1])), f"sheet = {stated}").code == "profile"


def hidden(rows: Rows, **more: Rows) -> bytes:
    made = book(rows, **more)
    made[made.sheetnames[-1]].sheet_state = "hidden"
    return saved(made)


def test_a_hidden_sheet_is_told_of_and_read_when_it_is_named(books: Books) -> None:
    data = hidden(table([1, 2]), Old=table([7, 7]))
    answer = books.take(data, name="a.xlsx")
    assert books.sum() == kwh("3")
    assert answer["warnings"][0] == "hidden sheets that hold tables were not read: 'Old'"
    error = books.refused(data, 'sheet = "Old"', name="a.xlsx")
    assert error.code == "conflict"

    alone = hidden(NOTES, Old=table([7, 7]))
    error = books.refused(alone, name="b.xlsx")
    assert "2 'Old' (hidden)" in error.message


def test_reading_a_hidden_sheet_is_told(books: Books) -> None:
    answer = books.take(hidden(NOTES, Old=table([7, 7])), 'sheet = "Old"', name="b.xlsx")
    assert answer["warnings"][0] == "sheet 'Old' is hidden in the workbook"


def test_a_profile_for_texts_reads_the_workbook_as_well(books: Books) -> None:
    """Numbers of a cell have no decimal sign; those in texts have the one that is stated."""
    profile = 'delimiter = "|"\nencoding = "latin-1"\ndecimal = ","\nthousands = "."'
    books.take(xlsx(table([234.567, "1.234,5", 2])), profile, name="de.xlsx")
    assert books.values() == [234.567, 1234.5, 2]


def test_a_format_of_the_trade_that_was_saved_as_a_workbook(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter("NMI1-E1", timezone="Australia/Brisbane"))
    rows: Rows = [
        [100, "NEM12", 202401020000, "MDP1", "RET1"],
        [200, "NMI1", "E1", "E1", "E1", "", "S1", "KWH", 30, ""],
        [300, 20240101, *[0.5] * 48, "A", "", "", 20240102000000, ""],
        [900],
    ]
    profile = '[meters]\n"NMI1/E1" = "NMI1-E1"'
    books.take(xlsx(rows), profile, name="nem12.xlsx")
    assert books.sum() == kwh("24")


def test_commas_in_texts_are_not_guessed(books: Books) -> None:
    """Numbers of a sheet have points, so a text with a comma is none until the profile says so."""
    data = xlsx(table(["1,234", "2,345"]))

    error = books.refused(data, name="c.xlsx")
    assert [(p.line, p.text) for p in error.problems] == [(2, "1,234"), (3, "2,345")]

    books.take(data, name="c.xlsx", profile='decimal = "."\nthousands = ","')
    assert books.sum() == kwh("3579")


PROGRAM = """
import sys
from pathlib import Path

from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.connect import open_ledger, location

with open_ledger(location(sys.argv[1]), write=True) as ledger:
    import_file(ledger, Path(sys.argv[2]), ImportOptions(actor="a", now="2026-01-01T00:00:00Z"))
print(*sorted({"python_calamine", "pyarrow.parquet", "lxml", "xml.parsers.expat"} & set(sys.modules)))
"""


def test_a_file_of_texts_needs_no_reader_of_workbooks(books: Books) -> None:
    path = books.file("meter,time,value\nM-1,2024-03-01 00:00,1\nM-1,2024-03-01 01:00,1\n")
    command = [sys.executable, "-c", PROGRAM, str(books.path), str(path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "\n"


# Real files.


@pytest.mark.shared_data
@pytest.mark.parametrize("kind", ["xls", "xlsx"])
def test_a_half_hourly_file_has_the_cells_of_its_csv(
    tmp_path: Path, shared_data: Path, kind: str
) -> None:
    folder = shared_data / "formats" / "uk_halfhourly"
    text = (folder / "banes-example-file.csv").read_text("utf-8").splitlines()
    found = rendered((folder / f"banes-example-file.{kind}").read_bytes(), tmp_path)
    if kind == "xlsx":
        # Its dates are dates; those of the text are 13 Nov, spelt out.
        text = [line.replace("Nov 13 2019 12:00AM", "2019-11-13") for line in text]
    cells, wanted = list(csv.reader(found)), list(csv.reader(text))
    assert cells == [row[: len(cells[place])] for place, row in enumerate(wanted)]
    assert not any(any(row[len(cells[place]) :]) for place, row in enumerate(wanted))


@pytest.mark.shared_data
def test_sixteen_spellings_of_dates(tmp_path: Path, shared_data: Path) -> None:
    data = (shared_data / "formats" / "uk_halfhourly" / "date-test.xlsx").read_bytes()
    lines = [line.split(",") for line in rendered(data, tmp_path)]
    assert len(lines) == 16
    for _, _, found, expected in lines[1:]:
        day = expected.replace("T", " ").removesuffix("+00:00")
        # Midnights among stamps are stamps.
        assert found in {day, f"{day} 00:00:00"}
