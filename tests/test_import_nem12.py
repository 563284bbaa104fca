"""NEM12: streams of an Australian site, day by day in market time."""

from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh, small_blocks

HALF_HOURS = ",".join(["0.5"] * 48)
MAP = '[meters]\n"NMI1/E1" = "M-1"\n'


def file(*lines: str) -> str:
    return "\n".join(["100,NEM12,202401010000,A,B", "200,NMI1,E1Q1,1,E1,N1,S,kWh,30,", *lines])


def test_a_day_is_one_of_market_time(tmp_path: Path) -> None:
    books = Books(tmp_path, Meter(timezone="Australia/Brisbane"))
    books.take(file(f"300,20240101,{HALF_HOURS},A,,,,", "900"), MAP)
    assert books.days() == {"2024-01-01": kwh("24")}
    assert books.readings()[0] == ("2023-12-31 14:00", 0.5)


def test_ranges_have_their_own_quality_also_in_the_next_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_blocks(monkeypatch, 40)
    books = Books(tmp_path)
    days = (f"300,20240101,{HALF_HOURS},V,,,,", "400,1,47,A,,", "400,48,48,N,,")
    books.take(file(*days, "900"), MAP)
    assert books.sum() == kwh("23.5")


def test_reactive_streams_are_left_out_and_named(tmp_path: Path) -> None:
    other = ("200,NMI1,E1Q1,2,Q1,,S,kVArh,30,", f"300,20240101,{HALF_HOURS},A,,,,")
    answer = Books(tmp_path).take(file(f"300,20240101,{HALF_HOURS},A,,,,", *other, "900"), MAP)
    assert answer["warnings"] == ["1 streams are no energy and left out: NMI1/Q1 (kVArh)"]


def test_a_file_of_reactive_energy_alone_is_refused(tmp_path: Path) -> None:
    text = f"100,NEM12,1,A,B\n200,NMI1,Q1,1,Q1,,S,kVArh,30,\n300,20240101,{HALF_HOURS},A\n900\n"
    assert Books(tmp_path).refused(text, MAP).code == "no-quantity"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"300,20240101,{HALF_HOURS},9,A,,,,", "has 48 values"),
        (f"300,20240132,{HALF_HOURS},A,,,,", "is no day"),
        (f"300,20240101,{HALF_HOURS},V,,,,", "leave intervals out"),
        ("700,x", "is no record of NEM12"),
        ("400,40,50,F14,76,", "has the intervals 1 to 48"),
    ],
)
def test_what_contradicts_the_format_is_a_reject(tmp_path: Path, line: str, reason: str) -> None:
    good = f"300,20240102,{HALF_HOURS},A,,,,"
    error = Books(tmp_path).refused(file(good, line, "900"), MAP)
    assert error.code == "rejects"
    assert [reason in fault.reason for fault in error.problems] == [True]


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    error = Books(tmp_path).refused(file(f"300,20240101,{HALF_HOURS},A,,,,"), MAP)
    assert "ends before its record 900" in error.message


@pytest.mark.parametrize(
    ("name", "stream", "total"),
    [
        ("month_solar", "NMI1234567/E1", "270.738"),
        ("month_solar", "NMI1234567/B1", "589.172"),
        ("substituted_interval", "VBCD000022/E1", "110.976"),
        ("different_interval_length", "C123/E1", "254"),
        ("different_interval_length", "C123/E2", "120"),
    ],
)
def test_real_files_add_up(
    tmp_path: Path, shared_data: Path, name: str, stream: str, total: str
) -> None:
    streams = ("NMI1234567/E1", "NMI1234567/B1", "VBCD000022/E1", "C123/E1", "C123/E2")
    books = Books(tmp_path, *(Meter(code) for code in streams))
    books.take(shared_data / "formats" / "nem12" / f"Example_NEM12_{name}.csv")
    assert books.sum(meter=stream) == kwh(total)
