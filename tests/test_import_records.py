"""Record files: waste, production, invoices and certificates, a row a flow with its period."""

from pathlib import Path

import pytest
from ingest_kit import Books, kwh

pytestmark = pytest.mark.both_databases

WASTE = """
    start,end,from,to,commodity,quantity,unit,document_no,quality,note
    2024-01-01,2024-01-31,park,landfill,solid_waste,12.5,吨,="000123",actual,rubber 废胶
    2024-02-01,2024-02-29,park,landfill,solid_waste,900,kg,000124,,
    2024-01-15 06:00,2024-01-15 14:00,park,recycler,solid_waste,1,t,,E,first shift
"""


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park")


def record(**values: str) -> str:
    """Return a record file of one row: certificates of January, with other values as given."""
    row = {
        "start": "2024-01-01", "end": "2024-01-31", "from": "market", "to": "park",
        "commodity": "gec_wind", "quantity": "25", "unit": "MWh", "document_no": "GEC-1",
    } | {key.rstrip("_"): value for key, value in values.items()}  # fmt: skip
    return ",".join(row) + "\n" + ",".join(row.values())


def test_a_record_is_a_flow_between_two_accounts(books: Books) -> None:
    answer = books.take(WASTE)

    assert books.rows(
        "SELECT from_account, to_account, quantity, unit, recorded_quantity, recorded_unit, "
        "document_no, quality, note, line_first FROM waste_record ORDER BY entry"
    ) == [
        ("park", "landfill", 12500, "kg", "12.5", "t", "000123", "actual", "rubber 废胶", 2),
        ("park", "landfill", 900, "kg", "900", "kg", "000124", "actual", None, 3),
        ("park", "recycler", 1000, "kg", "1", "t", None, "estimated", "first shift", 4),
    ]  # fmt: skip
    assert (answer["rows"], answer["readings"], answer["entries"]) == (3, 3, 3)
    assert answer["totals"][0]["quantity"] == kwh("14400")


def test_dates_are_whole_local_days_and_the_end_is_included(books: Books) -> None:
    books.take(WASTE)

    assert books.rows(
        "SELECT start_utc, end_utc, local_day, last_local_day FROM waste_record ORDER BY entry"
    ) == [
        ("2023-12-31T16:00:00Z", "2024-01-31T16:00:00Z", "2024-01-01", "2024-01-31"),
        ("2024-01-31T16:00:00Z", "2024-02-29T16:00:00Z", "2024-02-01", "2024-02-29"),
        ("2024-01-14T22:00:00Z", "2024-01-15T06:00:00Z", "2024-01-15", "2024-01-15"),
    ]


def test_records_may_come_in_chinese_with_a_profile(books: Books) -> None:
    books.take(
        "日期;品种;数量;单位\n2024年1月5日;solid_waste;1.234,5;公斤\n".encode("gb18030"),
        profile="""
        format = "records"
        decimal = ","
        thousands = "."
        [columns]
        start = "日期"
        end = "日期"
        [constants]
        from = "park"
        to = "landfill"
        """,
    )

    assert books.sum("solid_waste") == kwh("1234.5")


def test_a_cell_in_quotes_may_hold_a_line_feed(books: Books) -> None:
    rows = (
        "start,end,from,to,commodity,quantity,unit,note\n"
        '2024-01-01,2024-01-31,park,landfill,solid_waste,1,t,"two\nlines"\n'
        "2024-02-01,2024-02-29,park,landfill,solid_waste,2,t,one\n"
    )
    books.take(rows.encode())

    assert books.rows("SELECT line_first, note FROM waste_record ORDER BY entry") == [
        (2, "two\nlines"), (4, "one"),
    ]  # fmt: skip


def test_the_same_record_again_is_skipped(books: Books) -> None:
    books.take(WASTE)
    before = books.dump()

    answer = books.take(WASTE.replace("12.5,吨", "12500,kg"), name="other.csv")

    assert (answer["batch"], answer["skipped"]) == (None, 3)
    assert books.dump() == before


def test_another_quantity_is_refused_and_adjusted_on_demand(books: Books) -> None:
    books.take(WASTE)
    other = WASTE.replace("12.5", "12.75")

    error = books.refused(other, name="other.csv")
    assert error.code == "conflict"
    assert [fault.line for fault in error.problems] == [2]
    assert "solid_waste park → landfill no. 000123 at 2023-12-31T16:00:00Z" in (
        error.problems[0].reason
    )
    assert "holds 12500 kg, this file says 12750 kg" in error.problems[0].reason

    answer = books.take(other, name="other.csv", adjust="weighed again")
    again = books.take(other, name="other.csv", adjust="weighed again")

    assert books.sum("solid_waste") == kwh("14650")
    assert (answer["adjusted"], again["batch"]) == (1, None)
    assert books.rows(
        "SELECT quantity, recorded_unit, note FROM waste_record WHERE kind = 'adjustment'"
    ) == [(250, "kg", "weighed again")]


def test_a_reversed_record_may_come_again(books: Books) -> None:
    first = books.take(WASTE)
    books.reverse(first["batch"])
    assert books.sum("solid_waste") == kwh("0")

    assert books.take(WASTE)["readings"] == 3
    assert books.sum("solid_waste") == kwh("14400")


def test_equal_doubles_count_once(books: Books) -> None:
    line = "2024-01-01,2024-01-31,park,landfill,solid_waste,1,t\n"
    answer = books.take(f"start,end,from,to,commodity,quantity,unit\n{line}{line}")

    assert books.sum("solid_waste") == kwh("1000")
    assert "1 rows repeat another row with the same value" in answer["warnings"]


def test_unequal_doubles_are_both_rejects(books: Books) -> None:
    head = "start,end,from,to,commodity,quantity,unit,document_no\n"
    row = "2024-01-01,2024-01-01,park,landfill,solid_waste,{},t,{}\n"

    error = books.refused(head + row.format(1, "") + row.format(2, ""))
    assert [fault.line for fault in error.problems] == [2, 3]
    assert "line 3 says 2 t for the same parties" in error.problems[0].reason
    assert "give each delivery its document_no" in error.problems[0].reason

    books.take(head + row.format(1, "A") + row.format(2, "B"))
    assert books.sum("solid_waste") == kwh("3000")


def test_certificates_are_whole_units(books: Books) -> None:
    error = books.refused(record(quantity="25.5"))
    assert error.problems[0].reason == "certificates are whole units"

    books.take(record())
    assert books.sum("gec_wind") == kwh("25")


@pytest.mark.parametrize(
    ("values", "column", "reason"),
    [
        ({"from_": "markt"}, "from", "this account is not declared; did you mean market?"),
        ({"to": "mars"}, "to", "this account is not declared"),
        ({"commodity": "gec_wnd"}, "commodity", "did you mean gec_wind?"),
        ({"start": "2024-02-30"}, "start", "is no date and time that ever was"),
        ({"start": "01/02/2024"}, "start", "can be day-month or month-day"),
        ({"end": "2023-12-30"}, "end", "the end lies before the start"),
        ({"to": "market"}, "to", "from and to are the same account"),
        ({"unit": "ton"}, "unit", "may mean"),
        ({"unit": "MW"}, "unit", "measures power"),
        ({"unit": ""}, "unit", "the unit is empty"),
        ({"quantity": ""}, "quantity", "the number is empty"),
        ({"quantity": "NaN"}, "quantity", "is no quantity"),
        ({"quantity": '"1,234"'}, "quantity", "does not fit decimal sign"),
        ({"quantity": "1e25"}, "quantity", "too many for the books"),
        ({"quantity": "1,2"}, "", "9 cells where the header has 8"),
    ],
)
def test_rows_that_are_no_records(
    books: Books, values: dict[str, str], column: str, reason: str
) -> None:
    error = books.refused(record(**values))

    assert error.code == "rejects"
    assert [(fault.line, fault.column) for fault in error.problems] == [(2, column)]
    assert reason in error.problems[0].reason


def test_all_faults_of_a_row_are_told_at_once(books: Books) -> None:
    error = books.refused(record(from_="a", to="b", commodity="c", start="d"))

    assert [fault.column for fault in error.problems] == ["commodity", "from", "start", "to"]


def test_a_skipped_hour_never_was(tmp_path: Path) -> None:
    books = Books(tmp_path / "park")
    text = record(start="2024-03-31 02:30", end="2024-03-31 04:00")

    error = books.refused(text, profile='timezone = "Europe/Zurich"')

    assert "the clocks skipped this hour" in error.problems[0].reason


def test_an_open_quote_is_a_reject(books: Books) -> None:
    error = books.refused(WASTE + '2024-03-01,2024-03-31,park,landfill,solid_waste,1,t,"x,,\n')

    assert error.code == "rejects"
    assert "the row cannot be read" in error.problems[-1].reason


def test_a_column_that_is_missing(books: Books) -> None:
    error = books.refused(
        "start,end,from,to,commodity,amount\n2024-01-01,2024-01-31,park,landfill,solid_waste,1"
    )

    assert error.code == "columns"
    assert "no column for unit" in error.message


def test_negative_quantities_are_said(books: Books) -> None:
    answer = books.take(record(quantity="-5"))

    assert "1 quantities are below zero" in answer["warnings"]


def test_gas_by_invoice_states_its_temperature(books: Books) -> None:
    gas = {"commodity": "natural_gas", "from_": "supplier", "document_no": "7"}

    said = books.take(record(**gas, unit="m3"))["warnings"]
    silent = books.take(record(**gas, unit="Nm3", start="2024-01-02"), name="n.csv")["warnings"]

    assert len(said) == 1
    assert "taken at 0 °C" in said[0]
    assert silent == []


def test_records_without_an_end_last_an_interval(books: Books) -> None:
    """Accounts are named as the machines name them; a month is one of the calendar."""
    profile = """
        format = "records"
        interval = "5min"
        [columns]
        start = "ts"
        from = "machine"
        quantity = "kg"
        [constants]
        to = "recycler"
        commodity = "solid_waste"
        unit = "kg"
        [accounts]
        7 = "park/office"
        """

    books.take("ts,machine,kg\n2024-03-01 08:00,7,1.5\n2024-03-01 08:03:20,7,2", profile,
               "waste.csv")  # fmt: skip
    books.take("ts,machine,kg\n2024-02-01,park,30", profile.replace("5min", "month"), "month.csv")

    assert books.rows(
        "SELECT from_account, start_utc, end_utc, quantity FROM waste_record ORDER BY entry"
    ) == [
        ("park/office", "2024-03-01T00:00:00Z", "2024-03-01T00:05:00Z", 1.5),
        ("park/office", "2024-03-01T00:03:20Z", "2024-03-01T00:08:20Z", 2),
        ("park", "2024-01-31T16:00:00Z", "2024-02-29T16:00:00Z", 30),
    ]
