"""The grade of activity data behind emission lines, and emissions by grade."""

from decimal import Decimal

import pytest
from calc_case import METHODS, Row, books, ghg_book
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.calc.inventory import inventory
from carbonledger.calc.model import EmissionLine
from carbonledger.calc.quality.grades import GRADES, SCORES, Grades, Others
from carbonledger.calc.quality.rows import Graded, graded
from carbonledger.factors.pedigree import INDICATORS, shipped_matrix

GAS, DIESEL, MARCH = "natural_gas", "diesel", "2023-03"
IN = f"flow:{GAS}:supplier>park:{MARCH}"


def rows(others: Others, *flows: Row) -> dict[tuple[str, str], Graded]:
    known = books(*flows)
    made = inventory(known, METHODS["ghg-protocol"], ghg_book())
    found = graded(made.lines, Grades(made.figures, known, others))
    return {(row.scope, row.category): row for row in found}


def test_what_nobody_marked_is_measured() -> None:
    row = rows({}, ("supplier", "park", GAS, MARCH, 1000))["1", ""]
    assert {g: part for g, part in row.parts.items() if part} == {"measured": row.co2e_mg}
    assert row.score == 2


def test_the_marked_part_of_a_flow_takes_its_part_of_the_emissions() -> None:
    # 250 of 1000 m3 are estimated: 0.75 × 2 + 0.25 × 4.
    row = rows({IN: {"estimated": 250_000_000}}, ("supplier", "park", GAS, MARCH, 1000))["1", ""]
    assert row.parts["estimated"] == pytest.approx(row.co2e_mg / 4, abs=1)
    assert row.score == Decimal("2.5")


def test_a_scope_is_the_sum_of_its_categories_and_scores_are_weighted_by_emissions() -> None:
    found = rows(
        {f"flow:{DIESEL}:supplier>park:{MARCH}": {"stated": 1_000_000_000}},
        ("supplier", "park", GAS, MARCH, 1000),
        ("supplier", "park", DIESEL, MARCH, 1000),
    )
    whole = found["1", ""]
    assert whole.co2e_mg == sum(row.co2e_mg for (_, name), row in found.items() if name)
    diesel = Decimal(whole.parts["stated"]) / whole.co2e_mg
    assert whole.score == round(2 + diesel, 2)


def test_what_flowed_on_counts_as_what_flowed_in() -> None:
    """Of what a boiler burnt, inflow and outflow were both measured or not: no grade is negative."""
    out = f"flow:{GAS}:park>customer:{MARCH}"
    row = rows(
        {out: {"estimated": 400_000_000}},
        ("supplier", "park", GAS, MARCH, 1000),
        ("park", "customer", GAS, MARCH, 400),
    )["1", ""]
    # 600 m3 are burnt, known by 1000 measured and 400 estimated.
    assert row.parts["estimated"] == pytest.approx(row.co2e_mg * 400 / 1400, abs=1)
    assert sum(row.parts.values()) == row.co2e_mg


def test_a_line_without_a_flow_is_untraced_and_has_no_score() -> None:
    line = EmissionLine(
        "park",
        "3",
        "spend",
        "services",
        MARCH,
        "co2e",
        1,
        "CNY",
        "",
        None,
        "",
        7,
        Decimal(1),
        7,
        "x",
    )
    (whole, _) = graded([line], Grades((), books(("grid", "park", "electricity", MARCH, 1)), {}))
    assert (whole.parts["untraced"], whole.score) == (7, None)


def test_scores_are_those_of_the_indicator_reliability() -> None:
    assert set(SCORES.values()) <= {None, *range(1, 6)}
    assert INDICATORS[0] == "reliability"
    assert len(shipped_matrix().factors["reliability"]) == 5


@given(
    st.lists(st.integers(1, 10**15), min_size=1, max_size=5),
    st.integers(-(10**15), 10**15),
)
def test_parts_add_up_to_the_milligram(quantities: list[int], co2e: int) -> None:
    others = {IN: dict(zip(GRADES[1:], quantities[1:], strict=False))}
    known = books(("supplier", "park", GAS, MARCH, str(Decimal(sum(quantities)) / 10**6)))
    line = EmissionLine(
        "park", "1", "stationary_combustion", GAS, MARCH, "co2", 1, "m3", "", None, "", co2e,
        Decimal(1), co2e, "default", (IN,),
    )  # fmt: skip
    grades = Grades((), known, others)
    assert sum(part for _, part in grades.emissions(line)) == co2e
    assert grades.of(GAS, (IN,)) == dict(zip(GRADES, quantities, strict=False))
