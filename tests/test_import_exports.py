"""Exports of utilities, inverters and control systems, as they are: the right total, or a question."""

from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh, quarters

from carbonledger.errors import ImportUndecided

ONE = 'meter = "M-1"'


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("P-1", reads="power"))


def so_far(day: str, *steps: int) -> list[str]:
    """Return the lines of a day of an inverter: the energy of the day so far, in tenths."""
    values, now = [], 0
    for place in range(96):
        now += steps[place % len(steps)] if 30 <= place < 66 else 0
        values.append(f"{now // 10}.{now % 10}")
    return quarters(day, values)


def test_the_energy_of_the_day_so_far_is_not_booked_as_that_of_intervals(books: Books) -> None:
    """Two days of an inverter that made 9 and 18 kWh: as energies they would sum to 1,309.5."""
    lines = [*so_far("2024-06-01", 2, 3), *so_far("2024-06-02", 5)]

    error = books.refused("\n".join(["time,value", *lines]), ONE)

    assert isinstance(error, ImportUndecided)
    assert error.code == "quantity"
    assert "rise 72 times and fall only to about nothing, 1 times" in error.message
    assert "the counter that never starts again" in error.hint


def test_a_profile_may_say_that_it_is_energy_all_the_same(books: Books) -> None:
    lines = [*so_far("2024-06-01", 2, 3), *so_far("2024-06-02", 5)]
    answer = books.take("\n".join(["time,value", *lines]), f'{ONE}\nquantity = "energy"')
    assert answer["readings"] == 192


def test_a_machine_that_is_switched_on_and_off_is_not_asked(books: Books) -> None:
    values = ["0", "7.5", "8", "8.5"] * 24
    books.take("\n".join(["time,value", *quarters("2024-06-01", values)]), ONE)
    assert books.sum() == kwh("576")


def half_hours(offset: str, watts: list[int]) -> str:
    """Return a load curve of a day that is stamped at the ends of its half-hours."""
    lines = ["Horodate;Valeur"]
    for place, value in enumerate(watts, 1):
        day, clock = 9 + place // 48, f"{place % 48 // 2:02}:{place % 2 * 30:02}"
        lines.append(f"2023-08-{day:02}T{clock}:00{offset};{value}")
    return "\n".join(lines)


def test_ends_with_an_offset_are_asked_about_as_others_are(books: Books) -> None:
    """From 00:30+08:00 to the next 00:00+08:00: without the question all would lie 30 min late."""
    text = half_hours("+08:00", [300, 500] * 24)
    profile = 'meter = "P-1"\nunit = "W"'

    assert books.refused(text, profile).code == "stamp"

    books.take(text, f'{profile}\nstamp = "end"')
    assert books.days("P-1") == {"2023-08-09": kwh("9.6")}


@pytest.mark.parametrize("name", ["瞬时流量", "瞬时流量(m3)", "Flow rate", "steam flow-rate"])
def test_what_flows_at_a_moment_is_no_amount(tmp_path: Path, name: str) -> None:
    gas = Books(tmp_path / "gas", Meter("FT-1", commodity="natural_gas", unit="m3"))
    text = f"时间,{name}\n" + "\n".join(f"2024-03-01 {hour:02}:00,12.5" for hour in range(24))

    error = gas.refused(text, f'meter = "FT-1"\n[columns]\nvalue = "{name}"')

    assert (error.code, "holds rates" in error.message) == ("no-quantity", True)


def test_a_mean_power_that_is_called_momentary_is_still_one(books: Books) -> None:
    text = "时间,瞬时有功功率(kW)\n" + "\n".join(
        f"2024-03-01 {hour:02}:00,2.5" for hour in range(24)
    )
    books.take(text, 'meter = "P-1"')
    assert books.sum(meter="P-1") == kwh("60")


def test_the_one_column_with_a_unit_of_energy_holds_the_values(books: Books) -> None:
    """Load profile of a German grid operator, day and clock apart, both ends of the clock stated."""
    text = """
        Lastgang;;;;
        Zeitraum:;01.03.2023 - 01.03.2023;;;
        Datum;Zeit von;Zeit bis;Leistung in kW;Hinweis
        13.03.2023;00:00;00:15;12,4;W
        13.03.2023;00:15;00:30;13,6;W
        13.03.2023;00:30;00:45;0,8;W
    """
    books.take(text, 'meter = "P-1"')
    assert books.sum(meter="P-1") == kwh("6.7")
    assert books.readings("P-1")[0] == ("2023-03-12 16:00", 3.1)


def test_both_ends_in_columns_called_von_and_bis(books: Books) -> None:
    text = """
        Messgrösse;Wirkenergie Bezug
        Einheit;kWh
        Von;Bis;Wert;Hinweis
        01.03.2023 00:00;01.03.2023 00:15;1,5;W
        01.03.2023 00:15;01.03.2023 00:30;2,25;W
    """
    books.take(text, ONE)
    assert (books.sum(), books.values()) == (kwh("3.75"), [1.5, 2.25])


def test_energy_is_taken_before_the_power_that_is_made_of_it(books: Books) -> None:
    """Export of an Austrian grid operator; its stamps are asked about elsewhere."""
    text = """
        Messzeitpunkt;Gemessener Verbrauch (kWh);Ersatzwert;Leistung (kW)
        13.03.2023 10:15;0,05;;0,2
        13.03.2023 10:30;0,07;;0,28
        13.03.2023 10:45;0,06;;0,24
    """
    books.take(text, ONE)
    assert books.sum() == kwh("0.18")


def test_an_inverter_with_one_column_of_power(books: Books) -> None:
    text = """
        Time,System Production (W)
        06/15/2023 10:00,1000
        06/15/2023 10:15,3000
        06/15/2023 10:30,
        06/15/2023 10:45,2000
    """
    answer = books.take(text, 'meter = "P-1"')
    assert books.sum(meter="P-1") == kwh("1.5")
    assert any("'System Production (W)' is taken for the values" in w for w in answer["warnings"])


def test_several_columns_with_units_are_named(books: Books) -> None:
    """Report of an inverter: mean power, energy of the day so far, and the counter of its life."""
    text = """
        Site Name,Start Time,Active power(kW),Daily energy(kWh),Total yield(kWh)
        Roof,2023-06-15 10:00:00,6.0,1.00,1000.00
        Roof,2023-06-15 10:05:00,6.0,1.50,1000.50
        Roof,2023-06-15 10:10:00,3.0,1.75,1000.75
    """
    error = books.refused(text, ONE)
    assert error.code == "columns"
    assert "Active power(kW), Daily energy(kWh), Total yield(kWh)" in error.message

    books.declare(Meter("INV", reads="register"))
    books.take(text, 'meter = "INV"\n[columns]\nvalue = "Total yield(kWh)"')
    assert books.sum(meter="INV") == kwh("0.75")


def test_what_has_other_units_is_no_value(books: Books) -> None:
    text = "Time,Voltage (V),Outside (°C)\n2023-06-15 10:00,230,21\n2023-06-15 10:15,231,21"
    assert "no column for value" in books.refused(text, ONE).message


@pytest.mark.parametrize("word", ["?", "No Data", "unavailable"])
def test_words_for_a_missing_value_are_named_with_the_key_that_settles_them(
    books: Books, word: str
) -> None:
    text = f"time,value\n2024-03-01 00:00,1.5\n2024-03-01 00:15,{word}\n2024-03-01 00:30,2"

    error = books.refused(text, ONE)
    books.take(text, f'{ONE}\nmissing = ["{word}"]')

    assert f'state missing = ["{word}"] in a profile' in error.hint
    assert books.values() == [1.5, None, 2]


def test_many_odd_texts_are_no_words_for_a_missing_value(books: Books) -> None:
    lines = [f"2024-03-01 0{n}:00,{word}" for n, word in enumerate(["one", "two", "three", "four"])]
    assert "missing" not in books.refused("\n".join(["time,value", *lines]), ONE).hint


def test_half_hours_of_london_with_null(books: Books) -> None:
    """Low Carbon London: fractions of seconds that are zero, blanks in the cells, `Null`."""
    text = """
        LCLid,stdorToU,DateTime,KWH/hh (per half hour)
        MAC000002,Std,2012-10-12 00:30:00.0000000, 0.143
        MAC000002,Std,2012-10-12 01:00:00.0000000,Null
        MAC000002,Std,2012-10-12 01:30:00.0000000, 0.25
    """
    books.declare(Meter("MAC000002", timezone="Europe/London"))
    books.take(text, 'unit = "kWh"\nstamp = "end"\n[columns]\nvalue = 4')
    assert books.sum() == kwh("0.393")
    assert books.readings("MAC000002")[0] == ("2012-10-11 23:00", 0.143)


def test_names_of_clocks_tell_the_repeated_hour_apart(books: Books) -> None:
    """The rows stand in no order, and 02:15 comes twice: once by summer time, once by winter time."""
    text = """
        Zeitstempel (Ende),kW
        29.10.2023 02:15 MEZ,8
        29.10.2023 02:15 MESZ,4
        29.10.2023 02:30 MESZ,12
        29.10.2023 02:30 MEZ,16
    """
    books.take(text, 'meter = "P-1"\nstamp = "end"\ninterval = "15min"\nunit = "kW"')
    assert [one for one in books.readings("P-1") if one[1] is not None] == [
        ("2023-10-29 00:00", 1), ("2023-10-29 00:15", 3),
        ("2023-10-29 01:00", 2), ("2023-10-29 01:15", 4),
    ]  # fmt: skip


def test_hours_that_are_counted_are_asked_about(books: Books) -> None:
    """Spanish distributors count the hours of the day; 24 is the last one."""
    lines = [f"{day:02}/03/2024;{hour};1,5" for day in (12, 13) for hour in range(1, 25)]
    text = "\n".join(["Fecha;Hora;Consumo_kWh", *lines])

    error = books.refused(text, ONE)
    assert error.code == "time-format"
    assert "'12/03/2024 1' is a day and the number of an hour" in error.message

    books.take(text, f'{ONE}\ntime_format = "%d/%m/%Y %H"\nstamp = "end"')
    assert books.days() == {"2024-03-12": kwh("36"), "2024-03-13": kwh("36")}


def test_a_25th_hour_is_no_hour_of_the_clock(tmp_path: Path) -> None:
    """The repeated hour of a day is counted, so no clock shows it: refused, with its line."""
    spain = Books(tmp_path / "es", Meter("ES", timezone="Europe/Madrid"))
    text = "Fecha;Hora;Consumo_kWh\n" + "\n".join(f"29/10/2023;{n};1,5" for n in range(1, 26))
    error = spain.refused(text, 'meter = "ES"\ntime_format = "%d/%m/%Y %H"\nstamp = "end"')
    assert error.code == "rejects"
    assert [(fault.line, fault.text) for fault in error.problems] == [(26, "29/10/2023 25")]


def test_hourly_values_of_the_day_so_far_are_asked_about_too(books: Books) -> None:
    """Three days of 12 kWh, one a bright hour; summed as energies they would come to far more."""
    lines = [
        f"2024-06-{day:02} {hour:02}:00,{min(max(hour - 5, 0), 12)}"
        for day in (13, 14, 15)
        for hour in range(24)
    ]
    error = books.refused("\n".join(["time,value", *lines]), ONE)
    assert (error.code, "rise 36 times" in error.message) == ("quantity", True)
