"""Feeds of Green Button: energy, power, registers and gas, as their reading types say."""

from decimal import Decimal
from pathlib import Path

import pytest
from greenbutton_kit import (
    FIRST,
    HOUR,
    MAP,
    block,
    books,
    feed,
    hours,
    meter_reading,
    one,
    point,
    quality,
    reading,
    reading_type,
    reasons,
)
from ingest_kit import Meter

from carbonledger.errors import ImportUndecided

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
REAL = EXAMPLES / "profiles" / "green_button.toml"


def test_energy_of_hours_in_wh(tmp_path: Path) -> None:
    """1.5, 2 and 0.5 kWh; the type stands behind the readings."""
    ledger = books(tmp_path)

    answer = ledger.take(one(hours(1500, 2000, 500)), MAP, "a.xml")

    assert ledger.values("HALL") == [1.5, 2, 0.5]
    assert ledger.sum() == 4
    assert (answer["gaps"], answer["warnings"]) == (0, [])


@pytest.mark.parametrize(
    ("uom", "power", "value", "kwh"),
    [
        ("72", "3", "4", "4"), ("72", "-1", "45", "0.0045"), ("72", "0", "-250", "-0.25"),
        ("31", "6", "36", "10"), ("72", "3", "-0", "0"), ("72", "-3", "12345678", "12.345678"),
        ("72", "2", "1.5", "0.15"), ("132", "5", "1", "29.307107"),
    ],
)  # fmt: skip
def test_powers_of_ten_are_exact(
    tmp_path: Path, uom: str, power: str, value: str, kwh: str
) -> None:
    ledger = books(tmp_path)

    ledger.take(one(hours(value), uom=uom, powerOfTenMultiplier=power), MAP, "a.xml")

    assert ledger.sum() == Decimal(kwh)


@pytest.mark.parametrize(
    ("uom", "amount", "cubic_metres"),
    [("42", "12", "12"), ("119", "1000", "28.316847"), ("134", "2500", "2.5"),
     ("128", "1000", "3.785412"), ("130", "1000", "4.54609")],
)  # fmt: skip
def test_volumes(tmp_path: Path, uom: str, amount: str, cubic_metres: str) -> None:
    ledger = books(tmp_path, Meter("HALL", "water", "m3", timezone="UTC"))

    ledger.take(one(hours(amount), uom=uom, commodity="9"), MAP, "a.xml")

    assert ledger.sum("water") == Decimal(cubic_metres)


def test_mean_power_times_the_length_of_each_interval(tmp_path: Path) -> None:
    """6 kW for an hour, then 8 kW for half an hour: 10 kWh."""
    ledger = books(tmp_path)
    rows = block(reading(FIRST, 6000), reading(FIRST + HOUR, 8000, HOUR // 2))

    ledger.take(one(rows, uom="38", dataQualifier="2", accumulationBehaviour="12"), MAP, "a.xml")

    assert ledger.sum() == 10


def test_power_that_may_be_momentary_is_a_question(tmp_path: Path) -> None:
    ledger = books(tmp_path)
    text = one(hours(6000), uom="38", accumulationBehaviour="12")

    refused = ledger.refused(text, MAP, name="a.xml")
    ledger.take(text, f'quantity = "power"\n{MAP}', "a.xml")

    assert refused.code == "no-quantity"
    assert "not said to be the mean of its interval" in reasons(refused)[0]
    assert ledger.sum() == 6


def test_a_register(tmp_path: Path) -> None:
    """Readings at midnight of 100, 340 and 400 kWh: 300 kWh have flowed."""
    ledger = books(tmp_path, Meter("HALL", reads="register", timezone="UTC"))
    rows = block(*(reading(FIRST + day * 24 * HOUR, value * 1000, 0)
                   for day, value in enumerate((100, 340, 400))))  # fmt: skip

    ledger.take(one(rows, accumulationBehaviour="1"), MAP, "a.xml")

    assert ledger.days("HALL") == {"2024-03-01": 240, "2024-03-02": 60}


@pytest.mark.parametrize(("stamp", "day"), [("start", "2024-03-01"), ("end", "2024-03-02")])
def test_a_register_whose_readings_state_a_period(tmp_path: Path, stamp: str, day: str) -> None:
    ledger = books(tmp_path, Meter("HALL", reads="register", timezone="UTC"))
    rows = block(*(reading(FIRST + n * 24 * HOUR, 7000 * n, 24 * HOUR) for n in range(2)))
    text = one(rows, accumulationBehaviour="1")

    refused = ledger.refused(text, MAP, name="a.xml")
    ledger.take(text, f'stamp = "{stamp}"\n{MAP}', "a.xml")

    assert refused.code == "stamp"
    assert ledger.days("HALL") == {day: 7}


def test_two_flows_of_one_point_are_two_streams(tmp_path: Path) -> None:
    ledger = books(tmp_path, Meter("IN", timezone="UTC"), Meter("OUT", timezone="UTC"))
    text = feed(
        point(), meter_reading(1, kind=1, title="in"), meter_reading(2, kind=2, title="out"),
        hours(3000), block(reading(FIRST, 1000), of=2),
        reading_type(1), reading_type(2, flowDirection="19"),
    )  # fmt: skip

    ledger.take(text, '[meters]\n"Hall/in" = "IN"\n"1/2" = "OUT"\n', "a.xml")
    refused = ledger.refused(text, '[meters]\n"Hall" = "IN"\n', name="a.xml")
    unknown = ledger.refused(text, name="a.xml")

    assert [ledger.sum(meter=code) for code in ("IN", "OUT")] == [3, 1]
    assert (refused.code, "several meter readings are named 'Hall'" in refused.message) == (
        "profile", True,
    )  # fmt: skip
    assert [problem.text for problem in unknown.problems] == ["Hall/in", "Hall/out"]


def test_streams_that_the_profile_does_not_name_are_left_out(tmp_path: Path) -> None:
    ledger = books(tmp_path)
    text = feed(
        point(), point(2, "Yard"), meter_reading(1), meter_reading(1, of=2, kind=2),
        reading_type(1), reading_type(2, uom=""), hours(1000), block(reading(FIRST, 9), point=2),
    )  # fmt: skip

    answer = ledger.take(text, MAP, "a.xml")

    assert ledger.sum() == 1
    assert answer["warnings"] == ["left out, as the profile does not name them: Yard"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"uom": "73"}, "VArh"),
        ({"uom": "71"}, "VAh"),
        ({"uom": "29"}, "V"),
        ({"uom": "200"}, "uom 200"),
        ({"uom": "38", "dataQualifier": "8"}, "highest values (dataQualifier 8)"),
        ({"accumulationBehaviour": "3"},
         "cumulative demand of earlier billing periods (accumulationBehaviour 3)"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_left_out_or_refused(
    tmp_path: Path, fields: dict[str, str], said: str
) -> None:
    ledger = books(tmp_path)
    text = feed(
        point(), meter_reading(1, title="in"), meter_reading(2, kind=2, title="odd"),
        hours(1000), block(reading(FIRST, 7), of=2), reading_type(1), reading_type(2, **fields),
    )  # fmt: skip

    answer = ledger.take(text, '[meters]\n"Hall/in" = "HALL"\n', "a.xml")
    refused = ledger.refused(text, '[meters]\n"Hall/odd" = "HALL"\n', name="a.xml")

    assert ledger.sum() == 1
    assert answer["warnings"] == [
        f"left out, as it is no amount of energy or volume: Hall/odd ({said})"
    ]
    assert (refused.code, reasons(refused)) == ("no-quantity", [said])


def test_a_type_without_unit_asks_for_it_and_shows_what_else_is_wrong(tmp_path: Path) -> None:
    """As gas bills come: no unit, and all starts the moment at which the file was made."""
    gas = Meter("HALL", "natural_gas", "therm", conversion="10 kWh/m3", timezone="UTC")
    ledger = books(tmp_path, gas)
    bills = block(*(reading("1721154384.66136", 12000, days * 24 * HOUR) for days in (29, 30)))
    bare = {"uom": "", "accumulationBehaviour": "", "powerOfTenMultiplier": ""}
    stated = f'unit = "therm"\nquantity = "energy"\n{MAP}'

    refused = ledger.refused(one(bills, **bare), MAP, name="a.xml")
    still = ledger.refused(one(bills, **bare), stated, name="a.xml")
    ledger.take(one(hours(10), **bare), stated, "a.xml")

    float_start = "the start is no whole number of seconds since 1970 UTC"
    assert refused.code == "no-quantity"
    assert reasons(refused) == [
        'its reading type states no unit (uom): state it, as unit = "therm"',
        float_start, float_start,
    ]  # fmt: skip
    assert (still.code, reasons(still)) == ("rejects", [float_start, float_start])
    assert ledger.sum("natural_gas") == Decimal("29.307107")


@pytest.mark.parametrize("behaviour", ["", "0", "9", "12"])
def test_what_a_value_counts_is_asked_where_the_type_leaves_it_open(
    tmp_path: Path, behaviour: str
) -> None:
    """As feeds of many utilities leave it: an amount of each hour, or a register's readings."""
    ledger = books(tmp_path)
    text = one(hours(1000, 2000), accumulationBehaviour=behaviour)

    refused = ledger.refused(text, MAP, name="a.xml")
    ledger.take(text, f'quantity = "energy"\n{MAP}', "a.xml")

    assert isinstance(refused, ImportUndecided)
    assert refused.choices == ({"quantity": "energy"}, {"quantity": "register"})
    assert (refused.code, "amount of its interval or a register" in reasons(refused)[0]) == (
        "quantity", True,
    )  # fmt: skip
    assert ledger.sum() == 3


@pytest.mark.parametrize("key", ['unit = "MWh"', 'quantity = "register"', 'quantity = "power"'])
def test_a_profile_that_contradicts_the_feed(tmp_path: Path, key: str) -> None:
    refused = books(tmp_path).refused(one(hours(1)), f"{key}\n{MAP}", name="a.xml")

    assert (refused.code, "contradicts the feed" in refused.message) == ("profile", True)


def test_streams_of_several_kinds_are_imported_one_kind_at_a_time(tmp_path: Path) -> None:
    text = feed(
        point(), meter_reading(1, title="a"), meter_reading(2, kind=2, title="b"), reading_type(1),
        reading_type(2, accumulationBehaviour="1"), hours(1), block(reading(FIRST, 1, 0), of=2),
    )  # fmt: skip
    both = '[meters]\n"Hall/a" = "HALL"\n"Hall/b" = "HALL"\n'

    refused = books(tmp_path).refused(text, both, name="a.xml")

    assert refused.code == "quantity"
    assert reasons(refused) == [
        "electricity, delivered, energy, Wh", "electricity, delivered, register, Wh"
    ]  # fmt: skip


def test_qualities_become_words_and_costs_are_counted(tmp_path: Path) -> None:
    ledger = books(tmp_path)
    marks = [quality(0), quality(8) + "<cost>7</cost>", quality(14, 7), ""]
    rows = block(*(reading(FIRST + n * HOUR, 1000, more=m) for n, m in enumerate(marks)))

    answer = ledger.take(one(rows, defaultQuality="9"), MAP, "a.xml")

    assert ledger.sum() == 4
    assert answer["warnings"] == [
        "readings with a cost, which is not read: 1",
        "kept as estimated: quality 8 (1), 9 (1)",
        "kept as substituted: quality 7 (1)",
    ]


def test_a_value_adjusted_to_the_weather_is_not_what_flowed(tmp_path: Path) -> None:
    rows = block(reading(FIRST, 1), reading(FIRST + HOUR, 2, more=quality(15)))

    refused = books(tmp_path).refused(one(rows), MAP, name="a.xml")

    assert (refused.problems[0].text, refused.problems[0].reason) == (
        "2", "the value is adjusted to the weather (quality 15): it is not what flowed",
    )  # fmt: skip


def test_readings_without_a_time_stand_one_length_apart(tmp_path: Path) -> None:
    ledger = books(tmp_path)
    interval = f"<interval><duration>{4 * HOUR}</duration><start>{FIRST}</start></interval>"
    bare = [f"<IntervalReading><value>{value}</value></IntervalReading>" for value in (1000, 2000)]

    ledger.take(one(block(*bare, interval=interval), intervalLength="7200"), MAP, "a.xml")
    refused = ledger.refused(one(block(*bare)), MAP, name="b.xml")

    assert ledger.readings("HALL") == [("2024-03-01 00:00", 1), ("2024-03-01 02:00", 2)]
    assert "no interval to place it by" in reasons(refused)[0] or "no start" in reasons(refused)[0]


def test_the_sample_of_electricity(tmp_path: Path) -> None:
    ledger = books(tmp_path, *(Meter(code, timezone="America/Los_Angeles")
                               for code in ("HALL-IN", "HALL-OUT")))  # fmt: skip

    ledger.take(EXAMPLES / "formats" / "greenbutton.xml",
                (EXAMPLES / "formats" / "greenbutton.toml").read_text("utf-8"))  # fmt: skip

    assert ledger.sum(meter="HALL-IN") == 8
    assert ledger.sum(meter="HALL-OUT") == Decimal("0.5")


def test_the_sample_of_gas(tmp_path: Path) -> None:
    """2,222.1 therms of 29.307107 kWh, at 10.55 kWh/m3."""
    gas = Meter("BOILER-GAS", "natural_gas", "therm", conversion="10.55 kWh/m3",
                timezone="America/New_York")  # fmt: skip
    ledger = books(tmp_path, gas)

    ledger.take(EXAMPLES / "formats" / "greenbutton_gas.xml",
                (EXAMPLES / "formats" / "greenbutton_gas.toml").read_text("utf-8"))  # fmt: skip

    assert ledger.sum("natural_gas") == Decimal("6172.826778")


@pytest.mark.shared_data
def test_a_year_of_a_house(tmp_path: Path, shared_data: Path) -> None:
    """CONTROLS.csv: 8,760 readings, 4,425,305 Wh; the summary says 768,032 Wh for November."""
    ledger = books(tmp_path, Meter("COAST", timezone="America/Los_Angeles"))
    file = shared_data / "formats" / "greenbutton" / "Coastal_Multi_Family_12hr_2011.xml.gz"

    answer = ledger.take(file, REAL.read_text("utf-8"))

    assert ledger.sum() == Decimal("4425.305")
    assert (answer["readings"], answer["gaps"]) == (8760, 0)
    assert ledger.readings("COAST")[0][0] == "2011-01-01 08:00"
    assert ledger.readings("COAST")[-1][0] == "2012-01-01 07:00"
    assert any(
        "768032 Wh" in warning and "720 of 720 hours, come to 353063 Wh" in warning
        for warning in answer["warnings"]
    )


@pytest.mark.shared_data
def test_nine_days_with_costs(tmp_path: Path, shared_data: Path) -> None:
    """CONTROLS.csv: 216 readings, 199,563 Wh, as its summary says as well."""
    ledger = books(tmp_path, Meter("SAMPLE", timezone="America/New_York"))
    file = shared_data / "formats" / "greenbutton" / "TestGBDataHourlyNineDaysBinnedDaily.xml"

    answer = ledger.take(file, REAL.read_text("utf-8"))

    assert (ledger.sum(), answer["readings"]) == (Decimal("199.563"), 216)
    assert answer["warnings"] == ["readings with a cost, which is not read: 216"]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "count"), [("ngma_gas_provider_2024-07-16", 36), ("gas_containerized", 3)]
)
def test_gas_bills_that_cannot_be_placed(
    tmp_path: Path, shared_data: Path, name: str, count: int
) -> None:
    """All their readings state the moment at which the file was made as their start."""
    gas = Meter("HALL", "natural_gas", "therm", conversion="10 kWh/m3", timezone="UTC")
    ledger = books(tmp_path, gas)
    file = shared_data / "formats" / "greenbutton" / f"{name}.xml"
    title = "101 DOG ST BOBTOWN MA US 12345-9032" + "," * name.startswith("ngma")
    names = f'[meters]\n"{title}" = "HALL"\n'

    refused = ledger.refused(file, names)
    stated = ledger.refused(file, f'unit = "therm"\nquantity = "energy"\n{names}')

    assert (refused.code, "states no unit (uom)" in reasons(refused)[0]) == ("no-quantity", True)
    assert reasons(stated) == ["the start is no whole number of seconds since 1970 UTC"] * count
    assert {problem.text for problem in stated.problems} == {"1721154384.66136"}
