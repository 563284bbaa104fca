"""NEM12: streams of an Australian site, day by day in market time."""

from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh, small_blocks

HALF_HOURS = ",".join(["0.5"] * 48)
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
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
    assert answer["warnings"] == ["left out, as it is no energy: NMI1/Q1 (kVArh)"]


def test_a_file_of_reactive_energy_alone_is_refused(tmp_path: Path) -> None:
    text = f"100,NEM12,1,A,B\n200,NMI1,Q1,1,Q1,,S,kVArh,30,\n300,20240101,{HALF_HOURS},A\n900\n"
    assert Books(tmp_path).refused(text).code == "no-quantity"


def test_a_reactive_stream_that_is_asked_for_is_refused(tmp_path: Path) -> None:
    text = file(f"300,20240101,{HALF_HOURS},A", "200,NMI1,E1Q1,2,Q1,,S,kVArh,30,", "900")
    error = Books(tmp_path).refused(text, '[meters]\n"NMI1/Q1" = "M-1"\n')
    assert error.code == "no-quantity"
    assert [(fault.text, fault.reason) for fault in error.problems] == [("NMI1/Q1", "kVArh")]


def test_a_stream_without_a_meter_is_one_fault(tmp_path: Path) -> None:
    error = Books(tmp_path).refused(file(f"300,20240101,{HALF_HOURS},A", "900"))
    assert error.code == "meter-unknown"
    assert [fault.text for fault in error.problems] == ["NMI1/E1"]


@pytest.mark.parametrize(
    "line",
    ['unit = "MWh"', 'timezone = "Australia/Sydney"', 'quantity = "power"', 'stamp = "end"',
     'interval = "15min"', 'decimal = ","', 'meter = "M-1"'],
)  # fmt: skip
def test_a_profile_cannot_contradict_the_format(tmp_path: Path, line: str) -> None:
    text = file(f"300,20240101,{HALF_HOURS},A", "900")
    assert Books(tmp_path).refused(text, f"{line}\n{MAP}").code == "profile"


def test_a_profile_may_set_the_limits_of_the_validation(tmp_path: Path) -> None:
    """Half a kWh for a whole day is a flat line, unless more equal values are allowed."""
    text = file(f"300,20240101,{HALF_HOURS},A", f"300,20240102,{HALF_HOURS},A", "900")
    limits = "\n[validation]\nstill_hours = 100\nflat_values = 200\n"
    told, quiet = Books(tmp_path / "a"), Books(tmp_path / "b")
    told.take(text, MAP)
    quiet.take(text, MAP + limits)
    assert "flat" in str(told.rows("SELECT kind FROM finding"))
    assert "flat" not in str(quiet.rows("SELECT kind FROM finding"))


def test_a_meter_declared_as_register_holds_intervals_here(tmp_path: Path) -> None:
    books = Books(tmp_path, Meter(reads="register"))
    books.take(file(f"300,20240101,{HALF_HOURS},A", "900"), f'timezone = "+10:00"\n{MAP}')
    assert books.sum() == kwh("24")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"300,20240101,{HALF_HOURS},9,A,,,,", "has 48 values"),
        (f"300,20240132,{HALF_HOURS},A,,,,", "is no day"),
        (f"300,20240101,{HALF_HOURS},V,,,,", "leave intervals out"),
        ("700,x", "is no record of NEM12"),
        ("400,40,50,F14,76,", "has the intervals 1 to 48"),
        ("400,40,x,F14,76,", "no range and quality"),
        ("400,40,48,V,76,", "no range and quality"),
        (f"300,20240101,{HALF_HOURS},X1,,,,", "and then a quality"),
        ("200,NMI1,E1Q1,2,E2,,S,kWh,7,", "do not divide the day"),
        ("200,NMI1,E1Q1,2,E2,,S,kWh,0,", "do not divide the day"),
        ("200,NMI1,E1Q1", "names no NMI"),
        ("100,NEM13,1,A,B", "is not that of NEM12"),
    ],
)
def test_what_contradicts_the_format_is_a_reject(tmp_path: Path, line: str, reason: str) -> None:
    good = f"300,20240102,{HALF_HOURS},A,,,,"
    error = Books(tmp_path).refused(file(good, line, "900"), MAP)
    assert error.code == "rejects"
    assert [reason in fault.reason for fault in error.problems] == [True]


def test_ranges_of_a_rejected_day_do_not_fall_on_the_day_before(tmp_path: Path) -> None:
    good = f"300,20240101,{HALF_HOURS},A,,,,"
    text = file(good, f"300,20240102,{HALF_HOURS},1,V,,,,", "400,1,48,N,,", "900")
    books = Books(tmp_path, Meter(timezone="Australia/Brisbane"))
    assert [fault.line for fault in books.refused(text, MAP).problems] == [4]
    books.take(text, MAP, accept_rejects=True)
    assert books.days() == {"2024-01-01": kwh("24")}


def test_days_behind_a_record_200_that_cannot_be_used_are_rejects(tmp_path: Path) -> None:
    good = f"300,20240101,{HALF_HOURS},A,,,,"
    text = file(good, "200,NMI1,E1,1,E1,,S,kWh,7,", good, "400,1,48,N,,", "900")
    books = Books(tmp_path)
    assert [fault.line for fault in books.refused(text, MAP).problems] == [4, 5]


def test_qualities_are_told_by_their_method(tmp_path: Path) -> None:
    days = (
        f"300,20240101,{HALF_HOURS},A,,,,", f"300,20240102,{HALF_HOURS},E52,,,,",
        f"300,20240103,{HALF_HOURS},F14,76,,,", f"300,20240104,{HALF_HOURS},V,,,,",
        "400,1,40,S53,,", "400,41,48,A,,",
    )  # fmt: skip
    books = Books(tmp_path, Meter(timezone="Australia/Brisbane"))
    answer = books.take(file(*days, "900"), MAP)
    assert books.rows("SELECT local_day, quality FROM entry_view ORDER BY 1") == [
        ("2024-01-01", "actual"), ("2024-01-02", "estimated"), ("2024-01-03", "substituted"),
        ("2024-01-04", "mixed"),
    ]  # fmt: skip
    assert answer["warnings"] == [
        "kept as estimated: E52 (48)", "kept as substituted: F14 (48), S53 (40)",
    ]  # fmt: skip


def test_intervals_of_each_stream_have_their_own_length(tmp_path: Path) -> None:
    """Five minutes for one stream, an hour for another, thirty and then five for a third."""
    five, hours = ",".join(["0.25"] * 288), ",".join(["3"] * 24)
    text = file(
        f"300,20240101,{HALF_HOURS},A", "200,NMI1,,1,B1,,S,Wh,5,", f"300,20240101,{five},A",
        "200,NMI2,,1,E1,,S,MWh,60,", f"300,20240101,{hours},A", "200,NMI1,,1,E1,,S,kWh,5,",
        f"300,20240102,{five},A", "900",
    )  # fmt: skip
    books = Books(tmp_path, Meter("NMI1/E1"), Meter("NMI1/B1"), Meter("NMI2/E1"))
    books.take(text)
    sums = {code: books.sum(meter=code) for code in ("NMI1/E1", "NMI1/B1", "NMI2/E1")}
    assert sums == {"NMI1/E1": kwh("96"), "NMI1/B1": kwh("0.072"), "NMI2/E1": kwh("72000")}


def test_a_file_without_its_header_is_known_by_its_records(tmp_path: Path) -> None:
    text = file(f"300,20240101,{HALF_HOURS},A", "900").partition("\n")[2]
    books = Books(tmp_path)
    answer = books.take(f"\ufeff\r\n{text}".encode(), MAP)
    assert books.sum() == kwh("24")
    assert ["no record 100" in remark for remark in answer["warnings"]] == [True]


def test_a_file_without_a_stream_is_refused(tmp_path: Path) -> None:
    assert Books(tmp_path).refused("100,NEM12,1,A,B\n900\n").code == "file-empty"


def test_two_files_in_one(tmp_path: Path) -> None:
    one = file(f"300,20240101,{HALF_HOURS},A", "900")
    books = Books(tmp_path)
    books.take("\n".join([one, one.replace("0101,0", "0102,0")]), MAP)
    assert books.sum() == kwh("48")
    books.refused("\n".join([one, file(f"300,20240103,{HALF_HOURS},A")]), MAP)


def test_the_sample(tmp_path: Path) -> None:
    books = Books(tmp_path, Meter("SITE-DRAWN"), Meter("SITE-FED-IN"))
    profile = (EXAMPLES / "formats" / "nem12.toml").read_text("utf-8")
    answer = books.take(EXAMPLES / "formats" / "nem12.csv", profile)
    assert books.sum(meter="SITE-DRAWN") == kwh("30.25")
    assert books.sum(meter="SITE-FED-IN") == kwh("6.4")
    assert answer["warnings"] == [
        "left out, as it is no energy: NEM0000001/Q1 (kVArh)", "kept as substituted: S53 (4)",
        "2 values are missing in the file",
    ]  # fmt: skip


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    error = Books(tmp_path).refused(file(f"300,20240101,{HALF_HOURS},A,,,,"), MAP)
    assert "ends before its record 900" in error.message


def test_a_multiplier_is_in_the_quantities_already(tmp_path: Path) -> None:
    books = Books(tmp_path, Meter(multiplier="40"))
    answer = books.take(file(f"300,20240101,{HALF_HOURS},A", "900"), MAP)
    assert books.sum() == kwh("24")
    assert ["multiplier 40 is not applied" in said for said in answer["warnings"]] == [True]


MARKET = "NEM12#000000000000001#CNRGYMDP#NEMMCO.zip"
SCENARIO = "nem12#SCENARIO02NEM1202023#ELECTDSM#NEMMCO.zip"


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "totals"),
    [
        ("Example_NEM12_month_solar.csv",
         {"NMI1234567/E1": "270.738", "NMI1234567/B1": "589.172"}),
        ("Example_NEM12_substituted_interval.csv", {"VBCD000022/E1": "110.976"}),
        ("Example_NEM12_different_interval_length.csv", {"C123/E1": "254", "C123/E2": "120"}),
        ("Example_NEM12_missing_header.csv", {"VABD000163/E1": "53.328"}),
        (MARKET, {"NEM1201002/E1": "70457.85", "NEM1201002/E2": "38617.65"}),
        (SCENARIO, {"NEM1202023/B1": "874.982", "NEM1202023/E1": "471.771"}),
    ],
)  # fmt: skip
def test_real_files_add_up(
    tmp_path: Path, shared_data: Path, name: str, totals: dict[str, str]
) -> None:
    """Those of the market itself come in archives, with signs in the names of their members."""
    books = Books(tmp_path, *map(Meter, totals))
    answer = books.take(shared_data / "formats" / "nem12" / name)
    assert {code: books.sum(meter=code) for code in totals} == {
        code: kwh(total) for code, total in totals.items()
    }
    assert answer["gaps"] == 0


@pytest.mark.shared_data
def test_real_remarks(tmp_path: Path, shared_data: Path) -> None:
    books = Books(tmp_path, Meter("VBCD000022/E1"))
    path = shared_data / "formats" / "nem12" / "Example_NEM12_substituted_interval.csv"
    warnings = books.take(path)["warnings"]
    assert "left out, as it is no energy: VBCD000022/Q1 (kVArh)" in warnings
    assert "kept as substituted: F14 (48)" in warnings
