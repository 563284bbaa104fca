"""Uncertainty: closed forms, shared inputs, draws against propagation, what to mend first."""

from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonledger.calc.uncertainty.first_order import first_order
from carbonledger.calc.uncertainty.model import (
    COVERAGE_FACTOR,
    DISTRIBUTIONS,
    Term,
    Uncertainty,
    covered,
    percent_of_gsd,
    within,
)
from carbonledger.calc.uncertainty.monte_carlo import drawn_scopes, simulate

FIVE = Uncertainty(5, source="calibration")


def two_sites(*, factor: str = "") -> dict[Term, float]:
    return {
        Term("1", "meter:A", factor, ""): 300.0,
        Term("1", "meter:B", factor, ""): 400.0,
    }


def test_independent_meters_add_in_quadrature() -> None:
    found = first_order(two_sites(), {"meter:A": FIVE, "meter:B": FIVE})
    # sqrt(300² + 400²) × 5 % = 25 t of 700 t; IPCC 2006, vol. 1, ch. 3, equation 3.2.
    assert found.half == pytest.approx(25)
    assert found.percent == pytest.approx(100 * 25 / 700)


def test_a_shared_factor_adds_up_as_it_is() -> None:
    found = first_order(two_sites(factor="factor:f"), {"factor:f": FIVE})
    assert found.half == pytest.approx(35)  # 5 % of 700 t, not 25
    assert [part.share for part in found.parts] == [1.0]


def test_a_product_combines_the_per_cent_of_its_inputs() -> None:
    terms = {Term("1", "meter:A", "factor:f", "gwp:ch4"): 100.0}
    stated = {"meter:A": Uncertainty(3), "factor:f": Uncertainty(4), "gwp:ch4": Uncertainty(12)}
    # IPCC 2006, vol. 1, ch. 3, equation 3.1: sqrt(3² + 4² + 12²) = 13.
    assert first_order(terms, stated).percent == pytest.approx(13)


def test_a_deduction_that_shares_the_meter_cancels() -> None:
    terms = {Term("1", "meter:A", "", ""): 100.0, Term("2_location", "meter:A", "", ""): -60.0}
    assert first_order(within(terms, "total_location"), {"meter:A": FIVE}).half == pytest.approx(2)


def test_the_input_to_mend_first_and_what_it_gains() -> None:
    found = first_order(two_sites(), {"meter:A": FIVE, "meter:B": FIVE})
    first, second = found.parts
    assert [first.key, second.key] == ["meter:B", "meter:A"]
    assert [first.share, second.share] == pytest.approx([0.64, 0.36])
    # Half of B's 20 t is 10 t: sqrt(15² + 10²).
    assert first.halved == pytest.approx(sqrt(15**2 + 10**2))


def test_what_nobody_states_is_not_covered() -> None:
    assert covered(two_sites(), {"meter:A": FIVE}) == pytest.approx(300 / 700)
    assert covered({}, {}) is None


@pytest.mark.parametrize(
    ("distribution", "deviation"),
    [("normal", 0.1 / COVERAGE_FACTOR), ("lognormal", 0.1 / COVERAGE_FACTOR),
     ("triangular", 0.1 / sqrt(6)), ("uniform", 0.1 / sqrt(3))],
)  # fmt: skip
def test_draws_have_the_mean_and_deviation_of_their_distribution(
    distribution: str, deviation: float
) -> None:
    terms = {Term("1", "meter:A", "", ""): 1.0}
    stated = {"meter:A": Uncertainty(10, distribution)}
    drawn = drawn_scopes(terms, stated, 200_000, 7)[0]
    assert drawn.mean() == pytest.approx(1, abs=4 * deviation / sqrt(200_000))
    assert drawn.std() == pytest.approx(deviation, rel=0.01)
    assert stated["meter:A"].deviation == pytest.approx(deviation)


def test_a_geometric_deviation_of_two_is_wide_and_never_below_zero() -> None:
    one = Uncertainty(percent_of_gsd(2), "lognormal")
    assert exp(one.log_deviation) == pytest.approx(2)
    drawn = drawn_scopes({Term("1", "meter:A", "", ""): 1.0}, {"meter:A": one}, 100_000, 1)[0]
    assert drawn.min() > 0
    assert np.median(drawn) == pytest.approx(exp(-(one.log_deviation**2) / 2), rel=0.02)


UNCERTAIN = st.builds(Uncertainty, st.floats(0.1, 30), st.sampled_from(DISTRIBUTIONS))


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(-1000, 1000)), min_size=1, max_size=12),
    st.lists(UNCERTAIN, min_size=6, max_size=6),
    st.integers(0, 2**32),
)
def test_of_sums_draws_and_propagation_agree(
    parts: list[tuple[int, float]], uncertain: list[Uncertainty], seed: int
) -> None:
    terms: dict[Term, float] = {}
    for meter, tonnes in parts:
        term = Term("1", f"meter:{meter}", "", "")
        terms[term] = terms.get(term, 0.0) + tonnes
    stated = {f"meter:{n}": one for n, one in enumerate(uncertain)}
    analytic = first_order(terms, stated)
    drawn = drawn_scopes(terms, stated, 20_000, seed)[0]
    deviation = analytic.half / COVERAGE_FACTOR
    assert drawn.mean() == pytest.approx(analytic.tonnes, abs=6 * deviation / sqrt(20_000) + 1e-9)
    assert drawn.std() == pytest.approx(deviation, rel=0.08, abs=1e-9)
    if deviation:
        assert sum(part.share for part in analytic.parts) == pytest.approx(1)


def test_the_same_seed_gives_the_same_draws_whatever_else_is_drawn() -> None:
    stated = {"meter:A": FIVE, "meter:B": Uncertainty(8, "lognormal")}
    once = simulate(two_sites(), stated, 2_500, 1)
    assert simulate(two_sites(), stated, 2_500, 1) == once
    assert simulate(two_sites(), stated, 2_500, 2) != once
    alone = {Term("1", "meter:A", "", ""): 300.0}
    other = alone | {Term("3", "meter:Z", "", ""): 50.0}
    more = {**stated, "meter:Z": FIVE}
    assert simulate(alone, stated, 2_500, 1)["1"] == simulate(other, more, 2_500, 1)["1"]


def test_draws_of_a_shared_factor_move_together() -> None:
    found = simulate(two_sites(factor="factor:f"), {"factor:f": FIVE}, 100_000, 3)["1"]
    assert found.high - found.low == pytest.approx(70, rel=0.02)
    assert found.low + 2 * found.limit_error > 665 > found.low - 2 * found.limit_error
    assert found.mean == pytest.approx(700, abs=5 * found.mean_error)


def test_totals_add_the_scopes_once() -> None:
    terms = {Term("1", "meter:A", "", ""): 1.0, Term("2_location", "meter:B", "", ""): 2.0,
             Term("2_market", "meter:B", "", ""): 3.0, Term("biogenic", "meter:C", "", ""): 9.0}  # fmt: skip
    found = simulate(terms, {}, 10, 1)
    assert found["total_location"].mean == pytest.approx(3)
    assert found["total_market"].mean == pytest.approx(4)
    assert "3" not in found
