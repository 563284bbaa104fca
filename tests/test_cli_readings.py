"""A file that can be read in several ways, at the command line: both totals, in both languages."""

from decimal import Decimal
from pathlib import Path

import pytest
from cli_plant import Plant

from carbonledger.cli.entry import run

HOURS = "".join(f"2024-05-01 {hour:02}:00;1,250\n" for hour in range(4))


def error_of(plant: Plant, *argv: str) -> str:
    assert run(list(argv)) == 1
    out, err = plant.terminal.readouterr()
    assert out == ""
    return err


@pytest.fixture
def file(plant: Plant) -> str:
    Path("new.csv").write_text("meter;time;value\n" + "".join(
        f"M-001;{line}\n" for line in HOURS.splitlines()), "utf-8")  # fmt: skip
    return "new.csv"


def test_both_totals_are_shown(plant: Plant, file: str) -> None:
    told = error_of(plant, "import", file)

    assert told.splitlines()[1:7] == [
        '  1. read with decimal = ","',
        "     from 2024-04-30T16:00:00Z to 2024-04-30T20:00:00Z",
        "     M-001: 5 kWh",
        "     M-001 in 2024-05: 5 kWh",
        '  2. read with decimal = "."; thousands = ","',
        "     from 2024-04-30T16:00:00Z to 2024-04-30T20:00:00Z",
    ]
    assert "     M-001: 5,000 kWh" in told
    assert told.splitlines()[-1].startswith("→ say which in a profile")


def test_in_chinese(plant: Plant, file: str) -> None:
    told = error_of(plant, "--lang", "zh", "import", file)

    assert '  1. 按 decimal = "," 读取\n     自 2024-04-30T16:00:00Z 至' in told
    assert "     M-001：5 kWh\n     M-001 2024-05：5 kWh\n" in told


def test_as_json(plant: Plant, file: str) -> None:
    error = plant.refused("import", file)

    assert [choice["profile"] for choice in error["choices"]] == [
        {"decimal": ","}, {"decimal": ".", "thousands": ","}
    ]  # fmt: skip
    assert [choice["sums"][0]["quantity"] for choice in error["choices"]] == [
        Decimal(5), Decimal(5000)
    ]  # fmt: skip
