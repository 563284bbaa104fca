"""NEM13: what registers of an Australian site counted between two readings."""

from pathlib import Path
from typing import Any

import pytest
from ingest_kit import Books, Meter, kwh

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
MAP = '[meters]\n"NMI1/11" = "M-1"\n'


def record(
    before: str, now: str, quantity: str, *, start: str = "20240101090000",
    end: str = "20240401101500", flags: tuple[str, str] = ("A", "A"), direction: str = "E",
    suffix: str = "11", unit: str = "kWh", serial: str = "S1",
) -> str:  # fmt: skip
    """Return a record 250."""
    return (
        f"250,NMI1,11,1,{suffix},{suffix},{serial},{direction},{before},{start},{flags[0]},,,"
        f"{now},{end},{flags[1]},,,{quantity},{unit},20240701,20240402000000,"
    )


def file(*lines: str) -> str:
    return "\n".join(["100,NEM13,202404021030,MDP,RET", *lines, "900"]) + "\n"


NEXT: dict[str, Any] = {"start": "20240401101500", "end": "20240701090000"}


def test_a_quarter_is_a_flow_with_start_and_end_in_market_time(tmp_path: Path) -> None:
    books = Books(tmp_path, Meter(timezone="Australia/Sydney"))
    books.take(
        file(record("006342.8", "007654.9", "1312.1"), "550,N,,A,",
             record("007654.9", "008000", "345.1", **NEXT)),
        MAP,
    )  # fmt: skip
    assert books.rows("SELECT start_utc, end_utc, quantity FROM entry_view ORDER BY 1") == [
        ("2023-12-31T23:00:00Z", "2024-04-01T00:15:00Z", 1312.1),
        ("2024-04-01T00:15:00Z", "2024-06-30T23:00:00Z", 345.1),
    ]


def test_a_quantity_counts_even_where_the_meter_is_declared_as_register(tmp_path: Path) -> None:
    books = Books(tmp_path, Meter(reads="register", digits=6))
    books.take(file(record("000100", "000250", "150")), MAP)
    assert books.sum() == kwh("150")


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (("A", "A"), "actual"), (("A", "E64"), "estimated"), (("E64", "A"), "estimated"),
        (("S61", "A"), "substituted"), (("", "F14"), "substituted"),
    ],
)  # fmt: skip
def test_the_worse_reading_is_the_quality_of_what_lies_between(
    tmp_path: Path, flags: tuple[str, str], word: str
) -> None:
    books = Books(tmp_path)
    answer = books.take(file(record("000100", "000250", "150", flags=flags)), MAP)
    assert books.rows("SELECT quality FROM entry_view") == [(word,)]
    assert answer["warnings"] == [f"kept as {word}: {flag} (1)" for flag in flags if len(flag) > 1]


@pytest.mark.parametrize(
    ("lines", "remark"),
    [
        ((record("99990", "00020", "30"),), "1 registers have passed zero"),
        ((record("000010", "000030", "800"), record("000030", "000040", "400", **NEXT)),
         "meter S1: the quantities are 40 times the advance"),
        ((record("000010.4", "000030.0", "20"),), "1 quantities are the advance of the register, r"),
        ((record("", "", "20"),), "1 quantities have no readings and are not checked"),
    ],
)  # fmt: skip
def test_what_readings_do_not_say_by_themselves_is_remarked(
    tmp_path: Path, lines: tuple[str, ...], remark: str
) -> None:
    answer = Books(tmp_path).take(file(*lines), MAP)
    assert [remark in said for said in answer["warnings"]] == [True]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (record("000250", "000500", "300", **NEXT), "advance by 250, and the quantity is 300"),
        (record("000250", "000500", "500", **NEXT), "advance by 250, and the quantity is 500"),
        (record("000250", "000100", "20", **NEXT), "advance by 999850, and the quantity is 20"),
        (record("000250", "000250", "20", **NEXT), "advance by 0, and the quantity is 20"),
        (record("000250", "1E9", "20", **NEXT), "are not all numbers"),
        (record("000250", "000260", "10", start="20240401", end="20240701090000"), "no date and"),
        (record("000250", "000260", "10", start="20240431000000"), "no date and time"),
        (record("000250", "000260", "10", start="20240501090000", end="20240401090000"),
         "ends before it has begun"),
        (record("000250", "000260", "10", flags=("A", "V"), **NEXT), "no quality methods"),
        (record("000250", "000260", "10", direction="X", **NEXT), "neither E (drawn) nor I"),
        (record("000250", "000260", "10", direction="I", **NEXT), "had the direction E before"),
        (record("000250", "000260", "10", direction="I", suffix="E1", **NEXT), "contradicts"),
        ("250,NMI1,11,1,11", "names no NMI"),
        ("200,NMI1,E1,1,E1,N1,S,kWh,30,", "is no record of NEM13"),
        ("100,NEM12,1,A,B", "is not that of NEM13"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_a_reject(tmp_path: Path, line: str, reason: str) -> None:
    books = Books(tmp_path, Meter(), Meter("M-2"))
    profile = f'{MAP}"NMI1/E1" = "M-2"\n'
    error = books.refused(file(record("000100", "000250", "150"), line), profile)
    assert error.code == "rejects"
    assert [reason in fault.reason for fault in error.problems] == [True]


def test_a_profile_may_take_quantities_that_the_readings_contradict(tmp_path: Path) -> None:
    books = Books(tmp_path)
    text = file(record("000100", "000250", "150"), record("000250", "009999", "65", **NEXT))
    answer = books.take(text, f'[nem13]\nreadings = "ignore"\n{MAP}')
    assert books.sum() == kwh("215")
    assert answer["warnings"] == [
        "1 quantities are not what the readings say, and count, as the profile says"
    ]


def test_reactive_registers_are_left_out_and_named(tmp_path: Path) -> None:
    other = record("1", "5", "4", suffix="41", unit="kVArh")
    answer = Books(tmp_path).take(file(record("000100", "000250", "150"), other), MAP)
    assert answer["warnings"] == ["left out, as it is no energy: NMI1/41 (kVArh)"]


def test_a_register_the_profile_does_not_name_is_left_out(tmp_path: Path) -> None:
    other = record("1", "5", "999", suffix="41")
    books = Books(tmp_path)
    answer = books.take(file(record("000100", "000250", "150"), other), MAP)
    assert books.sum() == kwh("150")
    assert ["NMI1/41" in said for said in answer["warnings"]] == [True]


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    text = file(record("000100", "000250", "150")).removesuffix("900\n")
    assert Books(tmp_path).refused(text, MAP).code == "file-broken"


def test_a_stream_without_a_meter_is_one_fault(tmp_path: Path) -> None:
    lines = (record("000100", "000250", "150"), record("000250", "000260", "10", **NEXT))
    error = Books(tmp_path).refused(file(*lines))
    assert [fault.text for fault in error.problems] == ["NMI1/11"]


def test_the_sample(tmp_path: Path) -> None:
    books = Books(tmp_path, Meter("SITE-DRAWN"), Meter("SITE-FED-IN"))
    profile = (EXAMPLES / "formats" / "nem13.toml").read_text("utf-8")
    answer = books.take(EXAMPLES / "formats" / "nem13.csv", profile)
    assert books.sum(meter="SITE-DRAWN") == kwh("3012.5")
    assert books.sum(meter="SITE-FED-IN") == kwh("250")
    assert answer["warnings"] == [
        "1 registers have passed zero between two readings", "kept as estimated: E64 (1)",
    ]  # fmt: skip


def test_a_multiplier_is_in_the_quantity_already(tmp_path: Path) -> None:
    books = Books(tmp_path, Meter(reads="register", multiplier="40"))
    books.take(file(record("000100", "000110", "400")), MAP)
    assert books.sum() == kwh("400")
