"""The pedigree of factors: notation, what follows from years and regions, what it comes to."""

from math import log

import pytest
from calc_case import factor

from carbonledger.calc.quality.pedigrees import Use, applied, origins
from carbonledger.factors.model import Factor
from carbonledger.factors.pedigree import (
    INDICATORS,
    Pedigree,
    deviation,
    geographical,
    parse,
    shipped_matrix,
    temporal,
)

# Variances of the logarithm as a second public program prints them for the same guideline.
PRINTED = {
    "reliability": ("0", "0.0006", "0.002", "0.008", "0.04"),
    "completeness": ("0", "0.0001", "0.0006", "0.002", "0.008"),
    "temporal": ("0", "0.0002", "0.002", "0.008", "0.04"),
    "geographical": ("0", "0.000025", "0.0001", "0.0006", "0.002"),
    "technological": ("0", "0.0006", "0.008", "0.04", "0.12"),
}


@pytest.mark.parametrize("indicator", INDICATORS)
def test_the_factors_give_the_variances_that_another_source_prints(indicator: str) -> None:
    """Factors contribute to the square of the GSD, so the logarithm counts half."""
    for value, printed in zip(shipped_matrix().factors[indicator], PRINTED[indicator], strict=True):
        places = len(printed.partition(".")[2])
        assert round((log(value) / 2) ** 2, places) == float(printed), (indicator, value)


def test_every_score_has_a_meaning_in_both_languages_and_a_source() -> None:
    matrix = shipped_matrix()
    for words in matrix.meanings.values():
        assert [len(set(words[name])) for name in INDICATORS] == [5] * 5
    assert {"publisher", "document", "confidence", "formula", "note"} <= matrix.source.keys()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", "(-,-,-,-,-)"),
        ("(2,3,-,-,2)", "(2,3,-,-,2)"),
        (" ( 1 , 2,3 ,4 , 5, BU: 1.05 ) ", "(1,2,3,4,5,BU:1.05)"),
    ],
)
def test_a_pedigree_is_written_as_inventories_write_it(text: str, written: str) -> None:
    assert str(parse(text)) == written


@pytest.mark.parametrize(
    "text", ["(1,2,3,4)", "(0,1,1,1,1)", "1,2,3,4,5", "(1,2,3,4,6)", "(1,2,3,4,5,BU:0.9)", "good"]
)
def test_what_is_no_pedigree_is_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("data_year", "score"),
    [(2024, 1), (2022, 1), (2021, 2), (2018, 3), (2014, 4), (2009, 5), (2027, 2), (None, 5)],
)
def test_years_apart(data_year: int | None, score: int) -> None:
    assert temporal(data_year, 2024) == score


@pytest.mark.parametrize(
    ("region", "place", "score"),
    [
        ("CN-LN", "CN-LN", 1),
        # Which provinces the grid regions cover is not stated.
        ("CN-NORTHEAST", "CN-LN", None),
        ("CN", "CN-LN", 2),
        ("", "CN-LN", 2),
        ("CN-BJ", "CN-LN", 5),
        ("GB", "CN-LN", 5),
        ("CN-LN", "CN", None),
        ("US-CAMX", "US-CA", None),
        ("GB", "US-CA", 5),
        ("CN", "", None),
    ],
)
def test_regions(region: str, place: str, score: int | None) -> None:
    assert geographical(region, place) == score


def test_a_perfect_pedigree_leaves_the_basic_uncertainty() -> None:
    # The square of the GSD is the basic uncertainty itself.
    found = deviation(parse("(1,1,1,1,1,BU:1.05)") or Pedigree(), shipped_matrix())
    assert found == pytest.approx(1.05**0.5)


def test_the_worst_pedigree() -> None:
    found = deviation(parse("(5,5,5,5,5,BU:1.5)") or Pedigree(), shipped_matrix())
    squares = [log(x) ** 2 for x in (1.5, 1.5, 1.2, 1.5, 1.1, 2.0)]
    assert log(found or 1) == pytest.approx(sum(squares) ** 0.5 / 2)


@pytest.mark.parametrize("text", ["(1,1,1,1,-,BU:1.05)", "(1,1,1,1,1)", ""])
def test_what_is_not_known_is_not_taken_as_the_best(text: str) -> None:
    assert deviation(parse(text) or Pedigree(), shipped_matrix()) is None


def grid(pedigree: str = "", year: int | None = 2018) -> Factor:
    made = factor(
        "electricity", "0.5", "kgCO2/kWh", pack="cn-grid", purpose="organisation", year=year
    )
    return Factor(**{name: getattr(made, name) for name in made.__slots__} | {"pedigree": pedigree})


def test_time_and_place_follow_from_the_use_and_the_worst_use_counts() -> None:
    uses = [Use("CN-LN", 2020), Use("CN-LN", 2024), Use("CN-BJ", 2023)]
    assert str(applied(grid("(2,2,-,-,2)"), uses)) == "(2,2,3,2,2)"
    assert origins(grid(), applied(grid(), uses)) == {
        "reliability": "", "completeness": "", "temporal": "computed",
        "geographical": "computed", "technological": "",
    }  # fmt: skip


def test_what_the_pack_states_goes_before_what_follows() -> None:
    """A fuel's carbon changes little: its pack may say that an old number still fits."""
    found = applied(grid("(-,-,1,-,-)", year=2006), [Use("", 2024)])
    assert str(found) == "(-,-,1,-,-)"
