"""What a look-up would use and why: the verdicts are those of the look-up itself."""

from dataclasses import replace

import pytest
from calc_case import factor, fuel, grid
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.errors import FactorNotFound, FactorRefused
from carbonledger.factors.lookup import FactorBook, Query
from carbonledger.factors.model import Factor
from carbonledger.factors.ranking import misfits, rank_of
from carbonledger.factors.search import EQUAL, OUTRANKED, UNFIT, USED, consider

ASKED = Query("electricity", ("CN-LN", "CN"), 2023, ("organisation",), packs=("cn-grid",))
GRID = (
    grid("CN-LN", 2021, "0.5876"),
    grid("CN-LN", 2023, "0.4878"),
    grid("CN", 2023, "0.5306"),
    grid("CN-NORTHEAST", 2023, "0.5122"),
    grid("CN", 2023, "0.6096", "organisation_residual"),
)


def verdicts(query: Query, *factors: Factor) -> list[tuple[str, str, tuple[str, ...]]]:
    """Judge factors: value, verdict, what the reasons are about."""
    return [
        (str(one.factor.value), one.verdict, tuple(reason.what for reason in one.reasons))
        for one in consider(FactorBook(factors or GRID), query)
    ]


def miss(query: Query, *factors: Factor) -> str:
    with pytest.raises(FactorNotFound) as missed:
        FactorBook(factors).find(query)
    return missed.value.message.partition("; ")[2]


def test_the_province_is_used_and_the_others_are_passed_over_for_a_reason() -> None:
    assert verdicts(ASKED) == [
        ("0.4878", USED, ()),
        ("0.5876", OUTRANKED, ("year",)),
        ("0.5306", OUTRANKED, ("region",)),
        ("0.5122", UNFIT, ("region",)),
        ("0.6096", UNFIT, ("purpose",)),
    ]


def test_two_that_fit_equally_well_are_both_named_and_none_is_used() -> None:
    twin = replace(GRID[1], edition="2023b")
    assert [one[1] for one in verdicts(ASKED, GRID[1], twin)] == [EQUAL, EQUAL]


def test_a_factor_of_a_park_rule_is_no_factor_of_an_organisation() -> None:
    pinned = factor("electricity", "0.8325", "kgCO2/kWh", pack="cn-grid", purpose="park_rule")
    assert miss(ASKED, pinned) == "cn-grid@1/electricity-CN is for park_rule and is not used"


def test_a_factor_of_co2_alone_is_none_of_co2_equivalent() -> None:
    footprint = Query("coal", ("CN",), 2024, ("combustion",), gases=("co2e",))
    assert miss(footprint, fuel("coal", "1.9", "tCO2/t")) == (
        "cn-ndrc-fuels@1/coal-CN gives co2 (not co2e) and is not used"
    )


def test_a_factor_per_gross_calorific_value_is_none_per_net() -> None:
    net = Query("natural_gas", ("CN",), 2024, ("combustion",), bases=("ncv",))
    gross = replace(fuel("natural_gas", "50.3", "kgCO2/GJ"), basis="gcv")
    assert miss(net, gross) == (
        "cn-ndrc-fuels@1/natural_gas-CN has the basis gcv (not ncv) and is not used"
    )


def test_a_coefficient_at_equal_value_is_none_at_equivalent_value() -> None:
    asked = Query("electricity", ("CN",), 2024, ("energy_conversion",), bases=("equivalent",))
    equal = factor("electricity", "0.3", "kgce/kWh", pack="gb-t-2589", gas="",
                   purpose="energy_conversion", basis="equal")  # fmt: skip
    assert "has the basis equal (not equivalent) and is not used" in miss(asked, equal)


def test_the_nation_is_no_province_and_another_year_not_the_same() -> None:
    province = replace(ASKED, regions=("CN-LN",), year_rule="same")
    said = miss(province, GRID[0], GRID[2])
    assert said == (
        "cn-grid@2023/electricity-CN is for region CN and is not used; "
        "cn-grid@2021/electricity-CN-LN describes the year 2021 and is not used"
    )


def test_no_more_than_four_are_named_and_only_the_nearest() -> None:
    far = replace(GRID[4], region="US", data_year=2030, code="far")
    said = miss(replace(ASKED, regions=("CN-LN",), year=2020), *GRID, far)
    assert "far" not in said
    assert said.count("not used") <= 4


REGIONS, PURPOSES = ("CN", "CN-LN", "US", ""), ("organisation", "product")
ROWS = st.lists(
    st.builds(
        lambda number, region, year, purpose, gas, basis, pack, technology: replace(
            GRID[0], code=f"row{number}", region=region, data_year=year, purpose=purpose, gas=gas,
            basis=basis, pack=pack, technology=technology,
        ),
        st.integers(0, 99),
        st.sampled_from(REGIONS),
        st.sampled_from((None, 2021, 2023, 2025)),
        st.sampled_from(PURPOSES),
        st.sampled_from(("co2", "co2e")),
        st.sampled_from(("", "ncv")),
        st.sampled_from(("one", "two")),
        st.sampled_from(("", "wind")),
    ),
    max_size=12,
)  # fmt: skip


def some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True).map(tuple)


QUERIES = st.builds(
    lambda regions, purposes, packs, gases, bases, technology, rule: Query(
        "electricity", regions, 2023, purposes, packs=packs, gases=gases, bases=bases,
        technology=technology, year_rule=rule,
    ),
    some(*REGIONS),
    some(*PURPOSES),
    some("one", "two"),
    some("co2", "co2e"),
    some("", "ncv"),
    st.sampled_from(("", "wind")),
    st.sampled_from(("same", "latest_earlier", "nearest", "none")),
)  # fmt: skip


@given(ROWS, QUERIES)
def test_what_is_said_to_be_used_is_what_a_calculation_finds(
    rows: list[Factor], query: Query
) -> None:
    book = FactorBook(rows)
    judged = consider(book, query)
    assert len(judged) == len(rows)
    used = [one.factor for one in judged if one.verdict == USED]
    equal = [one.factor for one in judged if one.verdict == EQUAL]
    try:
        found = [book.find(query).factor]
    except FactorNotFound:
        found = []
    except FactorRefused:
        assert len(equal) > 1
        found = []
    else:
        assert not equal
    assert used == found
    for row in rows:
        # Nothing keeps it from being used exactly where it has a rank, unless nothing is asked.
        assert (rank_of(row, query) is None) == bool(misfits(row, query))
