"""Uncertainty of a ledger's inventory: statements of the site, limits of meters, assumptions."""

from decimal import Decimal
from typing import Any

import pytest
from cli_plant import SITE, Plant

ASK = ("uncertainty", "--period", "2024-03", "--draws", "20000")
GRID = "factor:cn-grid@2023/CN-LN"
METER = """
[uncertainty."main meter"]
meter = "M-001"
percent = "3"
distribution = "normal"
source = "certificate 12"
"""
FACTOR = """
[uncertainty."grid"]
factor = "cn-grid@2023/CN-LN"
percent = "4"
distribution = "normal"
source = "own study"
"""


def declare(plant: Plant, text: str) -> Any:
    (plant.folder / "site.toml").write_text(text, "utf-8")
    return plant.ask("site", "apply", str(plant.folder / "site.toml"))


def interval(answer: Any, total: str = "2_location") -> Any:
    return next(row for row in answer["intervals"] if row["total"] == total)


def test_what_nobody_states_is_listed_and_no_interval_is_given(plant: Plant) -> None:
    found = plant.ask(*ASK)
    assert [row["input"] for row in found["not_stated"]] == [GRID, "meter:M-001"]
    assert [row["percent"] for row in found["not_stated"]] == [100, 100]
    row = interval(found)
    assert (row["reason"], row["covered_percent"], row["percent"]) == ("coverage", 0, None)
    assert "No interval" in plant.text(*ASK)


def test_meter_and_factor_stated_in_the_site_file(plant: Plant) -> None:
    before = plant.ask("status")["batches"]
    declare(plant, SITE + METER + FACTOR)
    found = plant.ask(*ASK)
    # 60 kWh × 0.4878 kg/kWh; 3 % and 4 % combine to 5 % (IPCC 2006, vol. 1, ch. 3, eq. 3.1).
    row = interval(found)
    assert row["percent"] == 5
    assert row["low_t"] == pytest.approx(row["t_co2e"] * Decimal("0.95"), abs=Decimal("1e-6"))
    assert row["drawn_low_t"] == pytest.approx(row["low_t"], rel=Decimal("0.005"))
    assert [(one["input"], one["variance_percent"], one["source"]) for one in found["mend_first"]] == [
        (GRID, 64, "own study"), ("meter:M-001", 36, "certificate 12"),
    ]  # fmt: skip
    assert plant.ask(*ASK) == found
    assert plant.ask("--as-of", str(before), *ASK)["mend_first"] == []


def test_what_is_taken_out_of_the_file_counts_no_more(plant: Plant) -> None:
    for text, wanted in ((METER, ["meter:M-001"]), ("", []), (METER, ["meter:M-001"])):
        declare(plant, SITE + text)
        assert [one["input"] for one in plant.ask(*ASK)["mend_first"]] == wanted
        assert declare(plant, SITE + text)["batch"] is None


def test_the_limit_of_a_meter_is_uniform(plant: Plant) -> None:
    declare(plant, SITE.replace('[meter."M-001"]\n', '[meter."M-001"]\ntolerance = "0.5"\n'))
    meter = plant.ask(*ASK)["mend_first"][0]
    assert (meter["percent"], meter["distribution"]) == (Decimal("0.5"), "uniform")


def test_assumptions_are_marked(plant: Plant) -> None:
    found = plant.ask(*ASK, "--assume", "factor=5%:lognormal", "--assume", "meter=2%")
    assert interval(found)["reason"] == ""
    assert GRID in found["assumed"]
    assert {one["source"] for one in found["mend_first"]} == {"assumed"}
    assert "蒙特卡洛" in plant.text(
        "--lang", "zh", *ASK, "--assume", "factor=5%", "--coverage", "0"
    )


@pytest.mark.parametrize("text", ["factor", "factors=5%", "factor=5", "factor=120%", "gwp=5%:flat"])
def test_odd_assumptions_are_refused(plant: Plant, text: str) -> None:
    assert plant.refused(*ASK, "--assume", text)["code"] == "assumption"


def test_too_few_draws_are_refused(plant: Plant) -> None:
    assert plant.refused("uncertainty", "--period", "2024", "--draws", "10")["code"] == "draws"


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ('meter = "M-01"\npercent = "5"', "is no meter of this site; did you mean 'M-001'"),
        ('percent = "5"', "names 0 inputs"),
        ('meter = "M-001"\ngwp = "ch4"\npercent = "5"', "names 2 inputs"),
        ('meter = "M-001"', "needs percent"),
        ('meter = "M-001"\ngsd = "1.2"', "is of a lognormal distribution alone"),
        ('meter = "M-001"\npercent = "120"', "reaches below zero"),
        ('factor = "grid"\npercent = "5"', "must name a factor"),
    ],
)
def test_faults_of_the_site_file(plant: Plant, lines: str, fault: str) -> None:
    text = f'{SITE}[uncertainty."x"]\n{lines}\ndistribution = "normal"\nsource = "s"\n'
    (plant.folder / "site.toml").write_text(text, "utf-8")
    refusal = plant.refused("site", "apply", str(plant.folder / "site.toml"))
    assert any(fault in one["reason"] for one in refusal["problems"]), refusal["problems"]
