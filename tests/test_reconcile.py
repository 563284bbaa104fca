"""Two totals of the same entries: the causes add up to their difference, to the milligram."""

from collections import defaultdict
from decimal import Decimal

from calc_case import METHODS, Row
from calc_case import books as case_books
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonledger.calc.inventory import inventory
from carbonledger.calc.lines import equivalent
from carbonledger.calc.model import EmissionLine
from carbonledger.calc.reconcile import (
    CAUSES,
    Difference,
    reconcile,
    reported_total,
    reshared,
    total,
)
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.rules import Rounding
from carbonledger.factors.shipping import shipped_packs

BOOK = FactorBook(tuple(factor for pack in shipped_packs() for factor in pack.factors))
MWH = ("grid", "park/hall", "electricity", "2023-03", 1_000)
GEC = ("supplier", "park", "gec_wind", "2023-03", 1)


def lines(code: str, *rows: Row) -> tuple[EmissionLine, ...]:
    return inventory(case_books(*rows), METHODS[code], BOOK).lines


def by_cause(made: tuple[Difference, ...]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for one in made:
        sums[one.cause] += one.change_mg
    return dict(sums)


def test_a_megawatt_hour_under_three_factors() -> None:
    """0.8325 of the park rule, less the residual mix 0.6096; and the average 0.5306."""
    market, park = lines("ghg-protocol", MWH), lines("cn-zero-carbon-park", MWH)
    assert by_cause(reconcile(market, park, "market")) == {"factor": 222_900_000}
    average = lines("gb-t-32150", MWH)
    assert by_cause(reconcile(market, average, "market")) == {"factor": -79_000_000}


def test_a_certificate_that_one_method_does_not_count() -> None:
    """1 MWh is covered: zero under GB/T 32150, the average of Liaoning in a factory."""
    one, other = lines("gb-t-32150", MWH, GEC), lines("cn-zero-carbon-factory", MWH, GEC)
    found = by_cause(reconcile(one, other, "market"))
    assert list(found) == ["instrument"]
    assert found["instrument"] == sum(o.co2e_mg for o in other if o.scope == "2_market")


def line(
    account: str, scope: str, category: str, gas: str, mass: int, gwp: int, basis: str
) -> EmissionLine:
    return EmissionLine(
        account, scope, category, "electricity", "2023-03", gas, mass, "kWh", "", None, "", mass,
        Decimal(gwp), equivalent(mass, Decimal(gwp)), basis,
    )  # fmt: skip


some = st.lists(
    st.builds(
        line, st.sampled_from("ab"), st.sampled_from(("1", "2_market", "2_location", "3")),
        st.sampled_from("xy"), st.sampled_from(("co2", "ch4")), st.integers(-10**9, 10**9),
        st.sampled_from((1, 28, 30)), st.sampled_from(("default", "instrument")),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=100)
@given(some, some, st.sampled_from(("location", "market")))
def test_the_causes_add_up(a: list[EmissionLine], b: list[EmissionLine], basis: str) -> None:
    scopes = ("1", f"2_{basis}", "3")
    totals = [sum(one.co2e_mg for one in rows if one.scope in scopes) for rows in (a, b)]
    made = reconcile(a, b, basis)
    assert sum(one.change_mg for one in made) == totals[1] - totals[0]
    assert {one.cause for one in made} <= set(CAUSES)
    same = [line(*fields) for fields in [("a", "1", "x", "co2", 5, 28, "default")]]
    assert reconcile(same, same, basis) == ()


ways = st.sampled_from((None, Rounding(0, "half_up", ""), Rounding(5, "half_even", "")))


@settings(max_examples=100)
@given(some, some, some, ways, ways, st.sampled_from(("location", "market")))
def test_shares_causes_and_rounding_add_up_to_what_is_reported(
    a: list[EmissionLine], shared: list[EmissionLine], b: list[EmissionLine],
    old: Rounding | None, new: Rounding | None, basis: str,
) -> None:  # fmt: skip
    """From one total as it is reported to the other: nothing is left over, whatever the lines."""
    start, end = reported_total(a, basis, old), reported_total(b, basis, new)
    steps = [*reshared(a, shared, basis), *reconcile(shared, b, basis)]
    rounding = (end - total(b, basis)) - (start - total(a, basis))
    assert start + sum(one.change_mg for one in steps) + rounding - end == 0
    assert {one.cause for one in reshared(a, shared, basis)} <= {"consolidation"}
    assert reshared(a, a, basis) == ()
    if (old, new) == (None, None):
        assert rounding == 0
