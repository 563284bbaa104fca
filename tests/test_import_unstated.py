"""Values without a unit: what they are taken for, and what they are refused as."""

from pathlib import Path

import pytest
from ingest_kit import Books, Meter

from carbonledger.ingest.headers import kind_of

ROWS = "2024-03-01 00:00,65\n2024-03-01 00:30,72\n"
ACTUAL = 'meter = "M-1"\n[columns]\ntime = "from"\nvalue = "actual"'


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("P-1", unit="kW", reads="power"))


@pytest.mark.parametrize(
    ("name", "title", "word"),
    [
        ("gb_intensity_2023.csv", "", "intensity"),
        ("grid.csv", "Carbon intensity of the grid", "intensity"),
        ("grid.csv", "all values in gCO2/kWh", "gCO2/kWh"),
        ("day_ahead_prices.csv", "", "prices"),
        ("电价.csv", "", "电价"),
    ],
)
def test_a_file_of_something_else_is_refused(
    books: Books, name: str, title: str, word: str
) -> None:
    error = books.refused(f"{title}\nfrom,actual\n{ROWS}", ACTUAL, name=name)

    assert error.code == "no-quantity"
    assert f"the file speaks of {word!r}" in error.message
    assert 'unit = "kWh"' in error.hint


def test_a_column_that_is_mapped_to_a_meter_is_refused_too(books: Books) -> None:
    profile = 'format = "wide"\n[columns]\ntime = "from"\n[meters]\nactual = "M-1"'
    error = books.refused(f"from,actual\n{ROWS}", profile, name="intensity.csv")
    assert error.code == "no-quantity"


@pytest.mark.parametrize(
    ("header", "profile"),
    [
        ("from,actual", f'unit = "kWh"\n{ACTUAL}'),
        ("from,actual (kWh)", ACTUAL.replace('"actual"', "2")),
        ("from,consumption", ACTUAL.replace("actual", "consumption")),
    ],
)
def test_a_column_that_says_what_it_is_is_taken(books: Books, header: str, profile: str) -> None:
    books.take(f"{header}\n{ROWS}", profile, name="energy_intensity.csv")
    assert books.values() == [65, 72]


def test_the_unit_of_the_meter_is_taken_with_a_remark(books: Books) -> None:
    """Where only the profile says that a column is one of values, nothing says in what unit."""
    said = "the column 'actual' states no unit; its values are taken in the unit of their meter"

    assert said in books.take(f"from,actual\n{ROWS}", ACTUAL)["warnings"]
    known = books.take(f"time,value\n{ROWS}".replace("03-01", "03-02"), 'meter = "M-1"')
    assert not [one for one in known["warnings"] if "states no unit" in one]


@pytest.mark.parametrize("name", ["power_avg", "ActivePower", "Leistung Mittel", "A相有功功率"])
def test_mean_power_is_no_energy(books: Books, name: str) -> None:
    profile = ACTUAL.replace("actual", name)
    text = f"from,{name}\n{ROWS}"

    error = books.refused(text, profile)
    books.take(text, profile.replace("M-1", "P-1"))

    assert (error.code, "holds mean power" in error.message) == ("quantity", True)
    assert books.sum(meter="P-1") == (65 + 72) / 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Power consumption", ""), ("powerhouse", ""), ("horsepower", ""),
        ("功率因数", ""), ("Usage", "energy"), ("power factor", ""), ("Avg power [kW]", "power"),
    ],
)  # fmt: skip
def test_names_in_which_power_is_none(name: str, kind: str) -> None:
    assert kind_of(name) == kind
