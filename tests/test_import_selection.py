"""Parts of files: rows that a profile asks for, several tables in one file, both ends in a cell."""

from decimal import Decimal
from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh

pytestmark = pytest.mark.both_databases

UTILITIES = """\
,building,date,type,unit,value
0,1240,1-Jul-10,Combined,MMBTU,7
1,1240,1-Jul-10,Electric,KWH,1000
2,1240,1-Aug-10,Electric,KWH,1200
3,1240,1-Jul-10,Steam,MMBTU,3
"""
TWO_TABLES = """\
Energy Usage Information,,
"For location: somewhere",,
,,
Data for period starting: 2024-05-22 00:00:00  for 1 hour,,
Energy Delivered time period,Usage Delivered (kWh),Reading quality
2024-05-22 00:00:00\u00a0to 2024-05-22 00:30:00,0.04,
2024-05-22 00:30:00\u00a0to 2024-05-22 01:00:00,0.03,
,,
Data for period starting: 2024-05-22 00:00:00  for 1 hour,,
Energy Received time period,Usage Received (kWh),Reading quality
2024-05-22 00:00:00\u00a0to 2024-05-22 00:30:00,0.01,
2024-05-22 00:30:00\u00a0to 2024-05-22 01:00:00,0.02,
"""
SECTIONS = """
range = " to "
unit = "kWh"
[columns]
time = "Energy Delivered time period"
value = "Usage Delivered (kWh)"
quality = "Reading quality"
[sections]
"Energy Delivered time period" = "M-1"
"Energy Received time period" = "M-2"
"""


def test_rows_of_some_types_only(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter("1240"))

    answer = books.take(
        UTILITIES,
        profile='interval = "month"\nstamp = "start"\n[columns]\nmeter = "building"\n[only]\ntype = "Electric"',
    )

    assert [(t["meter"], t["quantity"]) for t in answer["totals"]] == [("1240", Decimal(2200))]
    assert "2 rows were left out, as [only] or [without] of the profile asks" in answer["warnings"]


def test_rows_of_all_types_but_one(tmp_path: Path) -> None:
    heat = Meter("1240 Steam", commodity="steam", unit="MMBtu")
    books = Books(tmp_path / "park", Meter("1240 Electric"), heat)
    profile = """
interval = "month"
stamp = "start"
[without]
type = ["Combined", "Total"]
[columns]
meter = ["building", "type"]
"""
    answer = books.take(UTILITIES, profile=profile)

    assert {t["meter"] for t in answer["totals"]} == {"1240 Electric", "1240 Steam"}


def test_a_column_to_choose_by_that_is_not_there(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter("1240"))

    error = books.refused(
        UTILITIES, profile='[only]\nkind = "Electric"\n[columns]\nmeter = "building"'
    )

    assert error.code == "columns"
    assert "no column 'kind'" in error.problems[0].reason


def test_two_tables_in_one_file(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))

    answer = books.take(TWO_TABLES, profile=SECTIONS)

    assert books.months("M-1") == {"2024-05": kwh("0.07")}
    assert books.months("M-2") == {"2024-05": kwh("0.03")}
    assert any("before the table: 'Energy Usage Information'" in w for w in answer["warnings"])
    assert not [w for w in answer["warnings"] if "start of each interval" in w]


def test_a_section_of_a_meter_that_is_not_declared(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter("M-1"))

    error = books.refused(TWO_TABLES, profile=SECTIONS)

    assert [fault.line for fault in error.problems] == [11, 12]
    assert "meter 'M-2' is not declared" in error.problems[0].reason
