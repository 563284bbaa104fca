"""Files made to do harm, or damaged so that they might: each is refused, in bounded time and memory."""

import csv
import gzip
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ingest_kit import Books, Meter

from carbonledger.ingest.heads import unique_names
from carbonledger.ingest.rejects import defused

HEAD = b"meter,time,value\nM-1,2024-03-01 00:00,1\nM-1,2024-03-01 00:15,2\n"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "p")


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """See that what is done takes no longer; in time of the processor, others may use it too."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < seconds


def test_what_a_parser_could_not_read_is_quoted_in_part(tmp_path: Path) -> None:
    space = "urn:iec62325.351" + "\n2024-03-01 05:00,1" * 500
    text = f'<?xml version="1.0"?><GL_MarketDocument xmlns="{space}"></GL_MarketDocument>'

    refused = Books(tmp_path / "p").refused(text.encode(), name="a.xml")

    assert refused.code == "file-malformed"
    assert "it is no well-formed XML: xmlns" in refused.message
    assert refused.message.endswith("…")
    assert len(refused.message) < 800


@pytest.mark.parametrize(
    "header",
    [
        "a," * 400_000,
        "," * 1_000_000,
        ";".join(f"c{number}" for number in range(100_000)),
        "meter,time,value," + ",".join(f"c{number}" for number in range(25_000)),
    ],
)
def test_a_header_of_very_many_columns(books: Books, header: str) -> None:
    with at_most(3):
        refused = books.refused(f"{header}\n1,2\n")

    assert refused.code == "columns"
    assert "columns, where 20,000 are the most" in refused.message


def test_a_wide_file_may_have_as_many_columns_as_a_spreadsheet(books: Books) -> None:
    names = ["time", "M-1", *(f"c{number}" for number in range(16_382))]
    rows = [f"2024-03-01 00:{minute},2{',' * 16_382}" for minute in ("00", "15")]

    with at_most(5):
        books.take("\n".join([",".join(names), *rows]), '[meters]\nM-1 = "M-1"\n')

    assert books.sum() == 4


def test_columns_that_are_called_as_others_would_be() -> None:
    """The third column would be called `a#3`, which is the name of the first."""
    assert unique_names(["a#3", "a", "a", "", "#4"]) == ("a#3", "a", "a#3#", "#4", "#4#5")


def test_numbers_of_a_million_digits(books: Books) -> None:
    long = "9" * 900_000

    with at_most(3):
        refused = books.refused(HEAD + f"M-1,2024-03-01 00:30,{long}\n".encode())

    assert [(p.line, p.column) for p in refused.problems] == [(4, "value")]
    assert "is longer than 40 characters" in refused.problems[0].reason


def test_packed_data_that_grows_without_end(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """10 MB of empty lines in 10 kB: a thousandth, where data of meters shrinks to a tenth."""
    monkeypatch.setattr("carbonledger.ingest.source.LARGE", 1 << 20)
    packed = gzip.compress(HEAD + b"\n" * (10 << 20))

    refused = books.refused(packed)

    assert refused.code == "file-expands"
    assert "times its size" in refused.message
    assert "unpack it and import what is in it" in refused.hint


def test_the_same_data_is_taken_unpacked(books: Books) -> None:
    books.take(HEAD + b"\n" * (10 << 20))

    assert books.sum() == 3


def test_a_line_of_a_gigabyte_packed(books: Books) -> None:
    packed = gzip.compress(HEAD) + gzip.compress(b"x" * (64 << 20), 1) * 16

    with at_most(3):
        refused = books.refused(packed)

    assert refused.code in ("line-too-long", "file-expands")


def test_a_zero_byte_far_behind_the_beginning(books: Books) -> None:
    data = HEAD + b"M-1,2024-03-01 00:30,1\n" * 5000 + b"M\x00,2024-03-01 00:45,1\n"

    refused = books.refused(data)

    assert refused.code == "file-kind"
    assert refused.message.endswith("meters.csv:5004 is no text file: it holds binary data")


def test_very_many_unknown_names_are_told_quickly(tmp_path: Path) -> None:
    """Near names are looked for among the first hundred unknown ones only."""
    books = Books(tmp_path / "p", *(Meter(f"METER-{number:05}") for number in range(300)))
    rows = "".join(f"METER-{n:06},2024-03-01 00:00,1\n" for n in range(8000))

    with at_most(5):
        refused = books.refused("meter,time,value\n" + rows)

    assert len(refused.problems) == 8000
    assert "did you mean METER-000" in refused.problems[0].reason
    assert refused.problems[-1].reason == "meter 'METER-007999' is not declared"


@pytest.mark.parametrize("role", ["unit", "quality"])
def test_a_column_of_units_or_flags_that_holds_neither(books: Books, role: str) -> None:
    rows = "".join(f"M-1,2024-03-01 00:00,1,x{number}\n" for number in range(1001))

    refused = books.refused(f"meter,time,value,{role}\n{rows}")

    assert refused.code == "columns"
    assert f"the column {role} holds 1,001 different texts; so it is no {role}" in refused.message


FORMULAS = ["=1+1", '=HYPERLINK("https://example.org";"x")', "=cmd|' /C calc'!A0", "＝1+1"]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("column", ["meter", "time", "value", "unit", "quality"])
def test_a_formula_is_no_reading(books: Books, column: str, formula: str) -> None:
    cells = {
        "meter": "M-1",
        "time": "2024-03-01 00:30",
        "value": "1",
        "unit": "kWh",
        "quality": "A",
    }
    row = ",".join(
        f'"{cell}"'
        for cell in (
            formula.replace('"', '""') if name == column else cell for name, cell in cells.items()
        )
    )
    good = HEAD.decode().replace("\n", ",kWh,A\n").replace("value,kWh,A", "value,unit,quality")

    refused = books.refused(f"{good}{row}\n")

    assert refused.code == "rejects"
    assert [(p.line, p.column) for p in refused.problems] == [(4, column)]


@pytest.mark.parametrize("column", ["document_no", "quality", "note"])
def test_a_formula_is_no_text_of_a_record(books: Books, column: str) -> None:
    text = f"""
        start,end,from,to,commodity,quantity,unit,{column}
        2024-03-01,2024-03-31,grid,park,electricity,1,MWh,=cmd|' /C calc'!A0
        """

    refused = books.refused(text)

    assert [(p.column, p.reason) for p in refused.problems] == [
        (column, "this is a formula; export its result")
    ]


def test_a_text_formula_is_the_text(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter("000123"))

    books.take('meter,time,value\n="000123",2024-03-01 00:00,1\n="000123",2024-03-01 00:15,2\n')

    assert books.sum(meter="000123") == 3


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        (" =1+1", "' =1+1"),
        ("＝1+1", "'＝1+1"),
        ("M-1;=1+1;2", "M-1;'=1+1;2"),
        ("M-1\t@SUM(1)", "M-1\t'@SUM(1)"),
        ('M-1,"=1+1"', 'M-1,"\'=1+1"'),
        ("M-1,2024-03-01 00:00,-5.5", "M-1,2024-03-01 00:00,-5.5"),
        ("-", "-"),
        ("a=b", "a=b"),
    ],
)
def test_no_spreadsheet_runs_what_was_rejected(text: str, safe: str) -> None:
    """Whichever sign a spreadsheet splits lines at: that of its country may stand within a row."""
    assert defused(text) == safe


def test_all_cells_of_the_rejects_are_safe(books: Books) -> None:
    books.refused("meter,time,=1+1\nM-1,2024-03-01 00:00,=2+2\n", '[columns]\nvalue = "=1+1"\n',
                  name="=3+3.csv")  # fmt: skip

    with (books.folder / "rejects.csv").open(encoding="utf-8-sig") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if "+" in cell] == [
        "'=3+3.csv", "'=1+1", "'=2+2", "“=2+2” is no number", "M-1,2024-03-01 00:00,'=2+2",
    ]  # fmt: skip


JSON = """
    format = "json"
    interval = "15min"
    [json]
    records = "[*]"
    [columns]
    time = "t"
    value = "v"
    meter = "m"
    quality = "q"
    """


@pytest.mark.parametrize("member", ["m", "t", "v", "q"])
@pytest.mark.parametrize("text", ["\x00", "\ud800", "a\udfff"])
def test_half_letters_and_zeros_in_json(books: Books, member: str, text: str) -> None:
    record = {"m": "M-1", "t": "2024-03-01 00:00", "v": "1", "q": "A"} | {member: text}

    refused = books.refused(json.dumps([record]), JSON, name="a.json")

    assert refused.code == "file-malformed"
    assert "line 1, column" in refused.message
    assert "half a letter, or a zero" in refused.message


def test_whole_letters_in_json(books: Books) -> None:
    record = {"m": "M-1", "t": "2024-03-01 00:00", "v": "1", "q": "𝄞"}

    books.take(json.dumps([record]), JSON, name="a.json")

    assert books.rows("SELECT quality FROM entry_view") == [("𝄞",)]


@pytest.mark.parametrize("text", ["[" * 1_000_000, '{"a":' * 300_000, "[[" + "[" * 900 + "1"])
def test_json_nested_deeply(books: Books, text: str) -> None:
    with at_most(3):
        refused = books.refused(text, JSON, name="a.json")

    assert refused.code == "file-malformed"
