"""Numbers and units: read exactly as declared, or refused."""

from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh, small_blocks

from carbonledger.errors import ImportRefused

pytestmark = pytest.mark.both_databases


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park")


def values(*texts: str, delimiter: str = ",") -> str:
    rows = [f"M-1{delimiter}2024-03-01 {n:02}:00{delimiter}{text}" for n, text in enumerate(texts)]
    return "\n".join([delimiter.join(("meter", "time", "value")), *rows])


def test_digits_of_the_source_are_kept(books: Books) -> None:
    books.take(values("1.50", "-0.000", "003.2", "1e3", "+7", ".5", "２", " 4 "))

    profile = books.rows("SELECT profile FROM entry")[0][0]
    assert profile == "[1.50,-0.000,3.2,1000,7,0.5,2,4]"
    assert books.sum() == kwh("1018.2")


def test_fifteen_digits_are_exact(books: Books) -> None:
    books.take(values("123456789.123456", "0.000001", "99999999.999999"))

    assert books.sum() == kwh("223456789.123456")


def test_thousands_need_to_be_declared_where_they_may_be_decimals(books: Books) -> None:
    error = books.refused(values('"1,234"', '"12,345"', "7"))
    assert error.code == "decimal"
    assert "meters.csv:2: the comma in '1,234' may stand before decimals or" in error.message
    assert 'decimal = "."' in error.hint

    text = values('"1,234.5"', '"12,345,678"', "7")

    books.take(text, profile='decimal = "."\nthousands = ","')
    assert books.sum() == kwh("12346919.5")


def test_a_comma_alone_is_never_guessed(books: Books) -> None:
    """1,234 is a thousand for some and one and a quarter for others."""
    text = values("1,234", "5,678", delimiter=";")

    error = books.refused(text)
    assert error.code == "decimal"

    books.take(text, profile='decimal = ","')
    assert books.sum() == kwh("6.912")


def test_the_same_file_by_the_other_sign(books: Books) -> None:
    books.take(values("1,234", "5,678", delimiter=";"), profile='decimal = "."\nthousands = ","')

    assert books.sum() == kwh("6912")


def test_a_single_comma_among_points_is_a_reject(books: Books) -> None:
    error = books.refused(values("1.5", "2.5", '"3,5"', "4.5"))

    assert error.code == "rejects"
    assert [(f.line, f.text) for f in error.problems] == [(4, "3,5")]
    assert "does not fit decimal sign “.”" in error.problems[0].reason


@pytest.mark.parametrize(
    "text",
    ["NaN", "nan", "inf", "-Infinity", "1e308", "1e31", "12,34.5", "0x10", "1_000", "1.2.3", "--5",
     "5 kWh", "#REF!", "=1+1", "１２．３．４", "1" * 41, "9223372036854.8", "1e25"],
)  # fmt: skip
def test_what_is_no_quantity_is_a_reject(books: Books, text: str) -> None:
    error = books.refused(values("1", f'"{text}"', "2", "3"))

    assert error.code in ("rejects", "number-too-large")
    if error.code == "rejects":
        assert [fault.line for fault in error.problems] == [3]
    else:
        assert "meters.csv:3: a quantity is too large for the ledger" in error.message


def test_numbers_of_very_different_size_are_exact(books: Books) -> None:
    books.take(values("123456789012.5", "0.0000005000000000000000001", "0.0000005"))

    assert books.sum() == kwh("123456789012.500001")
    assert books.rows("SELECT recorded_quantity FROM entry") == [
        ("123456789012.5000010000000000000000001",)
    ]


def test_the_noise_of_floating_point_is_kept(books: Books) -> None:
    books.take(values("0.48200000000000004", "0.39799999999999996", "12345.678"))

    assert books.rows("SELECT profile, recorded_quantity FROM entry") == [
        ("[0.48200000000000004,0.39799999999999996,12345.678]", "12346.558")
    ]
    assert books.sum() == kwh("12346.558")


def test_the_sum_of_a_day_may_be_larger_than_its_digits_allow(books: Books) -> None:
    books.take(values(*["1000000000.123456"] * 24))

    assert books.sum() == kwh("24000000002.962944")


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("kWh", "3"), ("MWh", "3000"), ("度", "3"), ("万kWh", "30000"), ("MJ", "0.833333"),
     ("GJ", "833.333333"), ("kcal_IT", "0.003489")],
)  # fmt: skip
def test_units_stated_in_a_profile(books: Books, unit: str, expected: str) -> None:
    books.take(values("3"), profile=f'unit = "{unit}"\ninterval = "1h"')

    assert books.sum() == kwh(expected)


def test_each_reading_is_rounded_on_its_own(books: Books) -> None:
    """Three times 0.0000005 kWh, each rounded half even to 0: sums do not depend on files."""
    books.take(values("0.0000005", "0.0000005", "0.0000015"))

    assert books.sum() == kwh("0.000002")


def test_a_unit_may_stand_in_every_row(books: Books) -> None:
    books.take("""
        meter,time,value,unit
        M-1,2024-03-01 00:00,1,kWh
        M-1,2024-03-01 01:00,2,MWh
        M-1,2024-03-01 02:00,3600,MJ
        M-1,2024-03-01 03:00,4,kWh
    """)

    assert books.sum() == kwh("3005")
    assert books.values() == [1, 2000, 1000, 4]


def test_a_unit_of_the_header_is_the_unit_of_the_column(books: Books) -> None:
    books.take(values("1", "2").replace("value", "value (MWh)"))

    assert books.sum() == kwh("3000")


def test_a_unit_of_the_profile_wins(books: Books) -> None:
    books.take(values("1", "2").replace("value", "value (MWh)"), profile='unit = "kWh"')

    assert books.sum() == kwh("3")


def test_an_ambiguous_unit_in_the_header_is_refused(books: Books) -> None:
    books.declare(Meter("COAL", commodity="raw_coal", unit="t"))
    text = "time,COAL (ton)\n2024-03-01 00:00,1\n2024-03-01 01:00,1"

    assert books.refused(text).code == "unit-ambiguous"

    books.take(text, profile='unit = "t"')
    assert books.sum("raw_coal") == kwh("2000")


def test_rows_without_their_unit_are_rejects(books: Books) -> None:
    error = books.refused("""
        meter,time,value,unit
        M-1,2024-03-01 00:00,1,kWh
        M-1,2024-03-01 01:00,2,
        M-1,2024-03-01 02:00,2,kW-hours
    """)

    assert [(f.line, f.column) for f in error.problems] == [(3, "unit"), (4, "unit")]
    assert "states no unit" in error.problems[0].reason
    assert "nearest known spellings" in error.problems[1].reason


@pytest.mark.parametrize("unit", ["kW", "m3", "kvarh", "t", "tce", "kgCO2"])
def test_a_unit_of_another_dimension_is_refused(books: Books, unit: str) -> None:
    error = books.refused(values("1", "2"), profile=f'unit = "{unit}"')

    assert isinstance(error, ImportRefused)
    assert error.code == "unit-dimension"
    assert error.message.startswith(f"{books.folder / 'meters.csv'}:2: meter M-1: {unit} measures")
    assert error.hint


def test_power_needs_a_unit_of_power(books: Books) -> None:
    text = values("1", "2")

    error = books.refused(text, profile='quantity = "power"\nunit = "kWh"')
    assert error.code == "unit-dimension"
    assert 'unit = "kW"' in error.hint

    books.take(text, profile='quantity = "power"\nunit = "MW"')
    assert books.sum() == kwh("3000")


def test_mean_power_becomes_energy_by_the_length_of_its_interval(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter(reads="power", unit="kW", multiplier="20"))

    books.take("""
        meter,time,value
        M-1,2024-03-01 00:00,4
        M-1,2024-03-01 00:15,8.02
    """)

    assert books.values() == [20, 40.1]
    assert books.rows("SELECT profile, recorded_unit FROM entry") == [("[4,8.02]", "kW")]


GAS = """
    meter,time,value
    G-1,2024-03-01 00:00,10.55
    G-1,2024-03-01 01:00,21.1
"""


def test_a_gas_meter_in_kwh_needs_a_conversion(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter("G-1", commodity="natural_gas", unit="kWh"))

    error = books.refused(GAS)

    assert error.code == "unit-dimension"
    assert "G-1: kWh measures energy, m3 measures volume" in error.message
    assert "10.55 kWh/m3" in error.hint


def test_a_gas_meter_in_kwh_with_a_conversion(tmp_path: Path) -> None:
    gas = Meter("G-1", commodity="natural_gas", unit="kWh", conversion="10.55 kWh/m3")
    books = Books(tmp_path / "park", gas)

    books.take(GAS)

    assert books.sum("natural_gas") == kwh("3")


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("m3", "31.65"), ("Nm3", "31.65"), ("m3@20C", "29.490696"), ("CCF", "89.622819")],
)
def test_gas_without_a_temperature_is_said_to_be_at_zero(
    tmp_path: Path, unit: str, expected: str
) -> None:
    books = Books(tmp_path / "park", Meter("G-1", commodity="natural_gas", unit=unit))

    answer = books.take(GAS)

    assert books.sum("natural_gas") == kwh(expected)
    said = [warning for warning in answer["warnings"] if "is taken at 0 °C" in warning]
    assert len(said) == (1 if unit in ("m3", "CCF") else 0)


def test_water_has_no_reference_temperature(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter("W-1", commodity="water", unit="m3"))
    text = GAS.replace("G-1", "W-1")

    error = books.refused(text, profile='unit = "Nm3"')
    assert error.code == "unit-condition"
    assert "Nm3 is a volume of gas at 0 °C, 101.325 kPa; water is no gas" in error.message

    assert not [w for w in books.take(text)["warnings"] if "0 °C" in w]


@pytest.mark.parametrize(
    "column",
    [
        "日最大值（kW）",
        "Demand max [kW]",
        "minimum",
        "value_normalized",
        "Load (p.u.)",
        "France[€/MWh]",
        "电价(元/kWh)",
        "Price USD per MWh",
        "Intensity (gCO2e/kWh)",
    ],
)
def test_extremes_and_ratios_are_no_quantities(books: Books, column: str) -> None:
    text = f"time,{column}\n2024-03-01,5\n2024-03-02,6"

    error = books.refused(
        text,
        profile=f'meter = "M-1"\nquantity = "power"\nunit = "kW"\n[columns]\nvalue = "{column}"',
    )

    assert error.code == "no-quantity"


def test_minutes_in_a_name_are_no_minimum(books: Books) -> None:
    text = "time,kWh per 15 min\n2024-03-01 00:00,5\n2024-03-01 00:15,6"

    books.take(text, profile='meter = "M-1"\n[columns]\nvalue = "kWh per 15 min"')

    assert books.sum() == kwh("11")


def test_negative_values_are_posted_and_said(books: Books) -> None:
    answer = books.take(values("5", "-2"))

    assert books.sum() == kwh("3")
    assert "1 values are below zero" in answer["warnings"]


def test_a_meter_moved_to_another_place_measures_another_flow(tmp_path: Path) -> None:
    """The same file, one meter, from 2 March on in another unit and flow."""
    books = Books(
        tmp_path / "park", Meter(), Meter(commodity="heat", unit="GJ", valid_from=20240302)
    )

    books.take("""
        meter,time,value
        M-1,2024-03-01 22:00,1
        M-1,2024-03-01 23:00,1
        M-1,2024-03-02 00:00,1
        M-1,2024-03-02 01:00,1
    """)

    assert (books.sum("electricity"), books.sum("heat")) == (kwh("2"), kwh("2"))


def test_a_day_before_the_meter_was_declared_is_refused(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter(valid_from=20240302))

    error = books.refused(values("1", "2"))

    assert error.code == "meter-unknown"
    assert "meter M-1 is declared from a later day than 20240301" in error.message


def test_numbers_that_a_spreadsheet_keeps_as_texts(tmp_path: Path) -> None:
    books = Books(tmp_path / "park")

    books.take('time,M-1\n2024-03-01 00:00,="12.50"\n2024-03-01 01:00,11.75\n')
    error = books.refused('time,M-1\n2024-03-01 02:00,="2"+"3"\n2024-03-01 03:00,1\n')

    assert books.sum() == kwh("24.25")
    assert error.problems[0].text == '="2"+"3"'


def test_a_note_of_two_lines(books: Books) -> None:
    text = (
        "meter,time,value,note\r\n"
        'M-1,2024-03-01 00:00,1.5,"two\nlines, ""quoted"""\r\n'
        "M-1,2024-03-01 01:00,1.5,x\n"
        'M-1,2024-03-01 02:00,oops,"three\r\nof\r\nthem"\r\n'
        "M-1,2024-03-01 03:00,2,\r\n"
    )

    error = books.refused(text.encode())
    assert [(f.line, f.text) for f in error.problems] == [(5, "oops")]

    books.take(text.replace("oops", "1").encode())
    assert books.sum() == kwh("6")


def test_a_quote_that_nobody_closes(books: Books) -> None:
    lines = [
        'M-1,2024-03-01 00:00,1,"open',
        *(f"M-1,2024-03-01 {h:02}:00,1,x" for h in range(1, 24)),
    ]

    error = books.refused("\n".join(["meter,time,value,note", *lines, ""]))

    assert [(f.line, f.reason) for f in error.problems] == [(2, "a quote is opened and not closed")]


@pytest.mark.parametrize("size", [40, 50, 64, 90])
def test_a_note_across_the_blocks_of_a_long_file(
    books: Books, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    rows = [f'M-1,2024-03-01 {hour:02}:00,1,"a\nnote, of {hour}"' for hour in range(24)]
    small_blocks(monkeypatch, size)

    books.take("\n".join(["meter,time,value,note", *rows, ""]))

    assert books.sum() == kwh("24")
