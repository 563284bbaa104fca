"""Values that only rise, where the energy of each interval is declared: they are asked about."""

from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh, quarters, small_blocks

from carbonledger.errors import ImportUndecided

ONE = 'meter = "M-1"'


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))


def day(values: list[str]) -> str:
    return "\n".join(["time,value", *quarters("2024-03-01", values)])


def states(start: int, *steps: int) -> list[str]:
    """Return 96 states of a register in tenths, which rises by these steps in turn."""
    found, now = [], start
    for place in range(96):
        found.append(f"{now // 10}.{now % 10}")
        now += steps[place % len(steps)]
    return found


def test_states_of_a_register_are_asked_with_both_totals(books: Books) -> None:
    error = books.refused(day(states(123456, 5, 7, 0)), profile=ONE)

    assert isinstance(error, ImportUndecided)
    assert error.code == "quantity"
    assert "rise 64 times and never fall, from 12345.6 to 12384" in error.message
    register, energy = error.readings
    assert (register["toml"], register["sums"][0]["quantity"]) == (
        'quantity = "register"', kwh("38.4"),
    )  # fmt: skip
    assert (energy["toml"], energy["sums"][0]["quantity"]) == (
        'quantity = "energy"', kwh("1187017.6"),
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "total"), [("register", "38.4"), ("energy", "1187017.6")])
def test_the_profile_settles_it(books: Books, kind: str, total: str) -> None:
    books.take(day(states(123456, 5, 7, 0)), profile=f'{ONE}\nquantity = "{kind}"')
    assert books.sum() == kwh(total)


def test_whole_numbers_of_which_most_repeat_are_states_too(books: Books) -> None:
    """A meter that shows whole kilowatt-hours rises now and then, but never falls."""
    days = [
        line
        for place in range(20)
        for line in quarters(
            f"2024-03-{place + 1:02}", [str(9000 + (96 * place + n) // 30) for n in range(96)]
        )
    ]
    error = books.refused("\n".join(["time,value", *days]), profile=ONE)
    assert "rise 63 times and never fall, from 9000 to 9063" in error.message


def test_a_new_register_starts_near_zero(books: Books) -> None:
    days = [
        line
        for place in range(6)
        for line in quarters(f"2024-03-0{place + 1}", [f"0.{96 * place + n:03}" for n in range(96)])
    ]
    error = books.refused("\n".join(["time,value", *days]), profile=ONE)
    assert "rise 575 times and never fall, from 0 to 0.575" in error.message


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(states(123456, 5)[:47], id="too few"),
        pytest.param([*states(123456, 5)[:95], "12000"], id="it falls at the end"),
        pytest.param(["12000", *states(110000, 5)[:95]], id="it falls at the start"),
        pytest.param([str(n) for n in range(96)], id="a slope from nothing"),
        pytest.param(["12345.6"] * 96, id="a flat line"),
    ],
)
def test_what_may_be_energy_is_not_asked(books: Books, values: list[str]) -> None:
    assert books.take(day(values), profile=ONE)["readings"] == len(values)


def test_a_gap_within_states_is_no_fall(books: Books) -> None:
    values = states(123456, 5)
    values[10] = values[60] = ""
    assert books.refused(day(values), profile=ONE).code == "quantity"


def test_other_meters_of_the_file_are_counted(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of a few rows, numbers of decimals that change: a fall between blocks is one too."""
    small_blocks(monkeypatch, 300)
    falls = [*states(5000, 5)[:50], *states(5000, 5)[:46]]
    lines = [
        f"{code},{line}"
        for code, values in (
            ("M-1", states(123400, 10, 5)),
            ("M-2", states(777, 3)),
            ("M-3", falls),
        )
        for line in quarters("2024-03-01", values)
    ]
    books.declare(Meter("M-3"))

    error = books.refused("\n".join(["meter,time,value", *lines]))

    assert "the values of meter M-1 rise 95 times" in error.message
    assert "(so do those of 1 more)" in error.message


def test_mean_power_may_rise(books: Books) -> None:
    books.declare(Meter("P-1", unit="kW", reads="power"))
    text = day(states(123456, 5))
    assert books.take(text, profile='meter = "P-1"')["readings"] == 96
