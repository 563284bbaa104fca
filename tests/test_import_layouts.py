"""Files of every layout: long, wide, of one meter, packed, in Chinese encodings."""

import codecs
from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh, small_blocks

pytestmark = pytest.mark.both_databases

LONG = """
    meter,time,value
    M-1,2024-03-01 00:00,1.5
    M-1,2024-03-01 00:15,2.25
    M-2,2024-03-01 00:00,10
    M-2,2024-03-01 00:15,20
"""


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))


def test_a_long_file_needs_no_profile(books: Books) -> None:
    answer = books.take(LONG)

    assert books.days("M-1") == {"2024-03-01": kwh("3.75")}
    assert books.days("M-2") == {"2024-03-01": kwh("30")}
    assert (answer["rows"], answer["readings"], answer["entries"]) == (4, 4, 2)
    assert answer["totals"][0] == {
        "meter": "M-1", "commodity": "electricity", "quantity": kwh("3.75"), "unit": "kWh",
        "first": "2024-02-29T16:00:00Z", "last": "2024-02-29T16:30:00Z", "gaps": 0,
        "interval_s": 900,
    }  # fmt: skip


def test_an_entry_names_the_lines_of_its_file(books: Books) -> None:
    books.take(LONG)

    found = books.rows(
        "SELECT meter, document, line_first, line_last, recorded_quantity, recorded_unit "
        "FROM entry_view WHERE kind = 'reading' ORDER BY meter"
    )

    assert found == [
        ("M-1", "meters.csv", 2, 3, "3.75", "kWh"),
        ("M-2", "meters.csv", 4, 5, "30", "kWh"),
    ]


def test_a_wide_file_has_a_column_a_meter(books: Books) -> None:
    books.take("""
        time,M-1,M-2 (MWh)
        2024-03-01 00:00,1,0.010
        2024-03-01 00:15,2,0.020
    """)

    assert books.values("M-1") == [1, 2]
    assert books.values("M-2") == [10, 20]


def test_a_wide_file_may_lack_values_of_one_meter(books: Books) -> None:
    answer = books.take("""
        time,M-1,M-2
        2024-03-01 00:00,1,10
        2024-03-01 00:15,,20
        2024-03-01 00:30,3,
    """)

    assert books.values("M-1") == [1, None, 3]
    assert books.values("M-2") == [10, 20]
    assert answer["gaps"] == 1


def test_a_profile_picks_columns_of_a_wide_file(books: Books) -> None:
    answer = books.take(
        """
        Datum;Verbrauch [kWh];Temperatur [°C];PV
        01.03.2024 00:00;1,5;7,2;0,5
        01.03.2024 00:15;2,5;7,1;0,25
        """,
        profile="""
        format = "wide"
        decimal = ","
        [columns]
        time = "Datum"
        [meters]
        "Verbrauch [kWh]" = "M-1"
        "PV" = "M-2"
        """,
    )

    assert books.values("M-1") == [1.5, 2.5]
    assert books.values("M-2") == [0.5, 0.25]
    assert "columns left out, as [meters] does not name them: Temperatur [°C]" in answer["warnings"]


def test_a_wide_file_with_an_unknown_column_is_refused(books: Books) -> None:
    error = books.refused("""
        time,M-1,M-9
        2024-03-01 00:00,1,2
    """)

    assert error.code == "meter-unknown"
    assert [fault.text for fault in error.problems] == ["M-9"]
    assert "[meters]" in error.hint


def test_a_file_of_one_meter_is_read_by_a_profile(books: Books) -> None:
    books.take(
        """
        exported by the portal on 2 March
        Zeit;Wert
        01.03.2024 00:00;1.234,5
        01.03.2024 00:15;0,5
        """,
        profile="""
        meter = "M-1"
        skip = 1
        delimiter = ";"
        decimal = ","
        thousands = "."
        [columns]
        time = "Zeit"
        value = "Wert"
        """,
    )

    assert books.values() == [1234.5, 0.5]


def test_columns_may_be_numbers_where_there_is_no_header(books: Books) -> None:
    books.take(
        """
        M-1,20240301 00:00,kWh,1
        M-1,20240301 00:15,kWh,2
        """,
        profile="""
        header = false
        [columns]
        meter = 1
        time = 2
        unit = 3
        value = 4
        """,
    )

    assert books.values() == [1, 2]
    assert books.rows("SELECT line_first, line_last FROM entry_view WHERE meter = 'M-1'") == [
        (1, 2)
    ]


def test_date_and_time_may_stand_in_two_columns(books: Books) -> None:
    books.take(
        """
        date,time,meter,value
        2024-03-01,00:00,M-1,1
        2024-03-01,00:15,M-1,2
        """,
        profile='[columns]\ndate = "date"\ntime = "time"',
    )

    assert books.readings()[0] == ("2024-02-29 16:00", 1)


def test_names_of_the_file_may_differ_from_the_codes_of_the_site(books: Books) -> None:
    books.take(
        """
        MPRN,Type,time,value
        7,import,2024-03-01 00:00,1
        7,export,2024-03-01 00:00,5
        7,import,2024-03-01 00:15,2
        7,export,2024-03-01 00:15,6
        """,
        profile="""
        [columns]
        meter = "Type"
        [meters]
        import = "M-1"
        export = "M-2"
        """,
    )

    assert (books.values("M-1"), books.values("M-2")) == ([1, 2], [5, 6])


@pytest.mark.parametrize("name", ["meters.csv", "meters.csv.gz"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("gb18030", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end(
    books: Books, name: str, encoding: str, mark: bytes, end: str
) -> None:
    text = "表号,采集时间,用电量\nM-1,2024年3月1日 0:00,1\nM-1,2024年3月1日 0:15,2\n"

    books.take(mark + text.replace("\n", end).encode(encoding), name=name)

    assert books.values() == [1, 2]


def test_a_text_in_gb18030_is_said_to_be_one(books: Books) -> None:
    text = "表号,采集时间,用电量\nM-1,2024-03-01 00:00,1\nM-1,2024-03-01 00:15,2\n"

    answer = books.take(text.encode("gb18030"))

    assert "read as GB18030 (Chinese): the bytes are no UTF-8" in answer["warnings"]


def test_quotes_and_the_dress_of_spreadsheets(books: Books) -> None:
    books.declare(Meter("000123"))

    books.take("""
        sep=;
        "meter";"time";"value"
        ="000123";"2024-03-01 00:00";"1.5"
        "'000123";"2024-03-01 00:15";"2.5"
        000123;"2024-03-01 00:30";"3.5"
    """)

    assert books.values("000123") == [1.5, 2.5, 3.5]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiters_are_found(books: Books, sign: str) -> None:
    books.take(LONG.replace(",", sign))

    assert books.values() == [1.5, 2.25]


def test_empty_lines_and_empty_rows_are_no_rows(books: Books) -> None:
    answer = books.take(
        b"meter,time,value\n\nM-1,2024-03-01 00:00,1\n,,\nM-1,2024-03-01 00:15,2\n\n\n"
    )

    assert books.values() == [1, 2]
    assert answer["rows"] == 2
    assert books.rows("SELECT line_first, line_last FROM entry_view WHERE meter = 'M-1'") == [
        (3, 5)
    ]


def test_several_columns_that_may_be_the_value_are_refused(books: Books) -> None:
    error = books.refused("""
        meter,time,energy,consumption
        M-1,2024-03-01 00:00,1,2
    """)

    assert error.code == "columns"
    assert "energy, consumption" in error.message


def test_a_column_the_profile_names_wrongly_is_refused_with_the_header(books: Books) -> None:
    error = books.refused(LONG, profile='[columns]\nvalue = "Value (kWh)"')

    assert error.code == "columns"
    assert error.hint == "the header reads: meter, time, value"
    assert "did you mean 'value'?" in error.problems[0].reason


def test_the_day_may_lie_in_two_blocks(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    # Blocks of 100 bytes: four rows each.
    small_blocks(monkeypatch, 100)
    lines = [f"M-1,2024-03-0{d} {h:02}:00,{h}" for d in (1, 2, 3) for h in range(24)]

    answer = books.take("meter,time,value\n" + "\n".join(lines), 'quantity = "energy"')

    assert answer["entries"] == 3
    assert books.days() == {f"2024-03-0{day}": kwh("276") for day in (1, 2, 3)}


def test_a_total_column_of_a_wide_file_counts_nothing_twice(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))

    answer = books.take("""
        时间,M-1,M-2,合计
        2024-03-01 00:00,1.5,2,3.5
        2024-03-01 01:00,1.5,2,3.5
        合计,3,4,7
    """)

    assert books.sum() == kwh("7")
    assert "columns left out, as totals of the others: 合计" in answer["warnings"]
    assert [(c["meter"], c["agrees"]) for c in answer["checks"]] == [("M-1", True), ("M-2", True)]


def test_a_file_that_begins_with_readings(tmp_path: Path) -> None:
    books = Books(tmp_path / "park")
    text = "M-1,2024-03-01 00:00,1.5\nM-1,2024-03-01 01:00,1.5\n"

    error = books.refused(text)
    assert error.code == "columns"
    assert "is no header" in error.message
    assert "header = false" in error.hint

    books.take(text, profile="header = false\n[columns]\nmeter = 1\ntime = 2\nvalue = 3")
    assert books.sum() == kwh("3")
