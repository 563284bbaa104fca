"""A line of units below the header: each column is read in its own."""

from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh

ONE = 'meter = "M-1"'


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("M-2"),
                 Meter("P-1", unit="kW", reads="power"))  # fmt: skip


WIDE = """
    time,M-1,P-1,M-2
    ,kWh,kW,MWh
    2024-03-01 00:00,1,4,0.5
    2024-03-01 00:15,2,8,0.25
"""


@pytest.mark.parametrize(
    "line",
    [",kWh,kW,MWh", "-,[kWh],[kW],[MWh]", "yyyy-mm-dd hh:mm,(kWh),(kW),(MWh)", ",千瓦时,千瓦,MWh"],
)
def test_each_column_is_in_the_unit_below_its_name(books: Books, line: str) -> None:
    answer = books.take(WIDE.replace(",kWh,kW,MWh", line))

    assert (answer["rows"], answer["rejected"]) == (2, 0)
    assert books.sum(meter="M-1") == kwh("3")
    assert books.sum(meter="P-1") == kwh("3")
    assert books.sum(meter="M-2") == kwh("750")


def test_the_name_of_the_time_may_stand_beside_the_units(books: Books) -> None:
    books.take("""
        ,M-1,M-2
        time,kWh,MWh
        2024-03-01 00:00,1,0.5
        2024-03-01 00:15,2,0.25
    """)
    assert (books.sum(meter="M-1"), books.sum(meter="M-2")) == (kwh("3"), kwh("750"))


def test_a_long_file_has_them_too(books: Books) -> None:
    books.take("""
        Load profile
        meter;time;value;quality
        ;;MWh;
        M-1;2024-03-01 00:00;;missing
        M-1;2024-03-01 00:15;2;actual
        M-1;2024-03-01 00:30;1;actual
    """)
    assert books.sum() == kwh("3000")


def test_a_profile_names_the_columns_by_their_names(books: Books) -> None:
    profile = '[meters]\n"Line 1" = "M-1"'
    books.take(WIDE.replace("M-1", "Line 1"), profile=profile)
    assert books.sum(meter="M-1") == kwh("3")


def test_the_days_of_a_row_a_day_have_one_unit(books: Books) -> None:
    hours = ",".join(f"{hour:02}:00" for hour in range(24))
    units, values = ",".join(["MWh"] * 24), ",".join(["1"] * 24)

    books.take(f"meter,date,{hours}\n,,{units}\nM-1,2024-03-01,{values}\n")

    assert books.sum() == kwh("24000")


def test_the_header_and_the_line_must_agree(books: Books) -> None:
    error = books.refused(WIDE.replace("M-1", "M-1 (MWh)"))
    assert (error.code, "says MWh, the line below it kWh" in error.message) == ("columns", True)


def test_what_only_looks_like_units_is_a_row(books: Books) -> None:
    """A row without values, and one whose texts are no units, stay what they are: rejects."""
    error = books.refused("time,value\n,kWh?\n2024-03-01 00:00,1\n2024-03-01 00:15,1", profile=ONE)
    assert [(one.line, one.column) for one in error.problems][:1] == [(2, "time")]


def test_a_written_profile_reads_it_the_same(books: Books) -> None:
    place = books.folder / "written.toml"
    first = books.take(WIDE, dry_run=True, write_profile=place)
    again = books.take(WIDE, profile=place.read_text("utf-8"))
    assert again["totals"] == first["totals"]
