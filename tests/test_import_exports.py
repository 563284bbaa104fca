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
