"""What changed between two computations: each cause gets what it changed, to the milligram."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from calc_case import GHG_FACTORS, METHODS, Row, books, fuel, ghg_book, grid, gwp
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.calc.model import Books
from carbonledger.calc.restate_moves import moved, structured, sums_of
from carbonledger.calc.restate_steps import (
    Inputs,
    footprint_masses,
    inventory_masses,
    line_masses,
    steps,
)
from carbonledger.calc.restated import (
    CAUSES,
    Cell,
    Change,
    Masses,
    Stage,
    changes,
    percent,
    rows,
    significant,
    total,
)
from carbonledger.errors import FactorNotFound
from carbonledger.factors.model import Factor

GHG = METHODS["ghg-protocol"]
POWER: Row = ("grid", "park/works", "electricity", "2023-01", 1000)
GAS: Row = ("supplier", "park/works", "natural_gas", "2023-02", 500)
METHANE: Row = ("park/works", "air", "ch4", "2023-03", 10)
BOOKS = books(POWER, GAS, METHANE)
OLD = Inputs(BOOKS, GHG, GHG_FACTORS)
PARK_RULES = METHODS["cn-zero-carbon-park"]


def made(old: Inputs, new: Inputs, structure: Books | None = None) -> tuple[Masses, Any]:
    found = steps(old, structure or old.books, new, inventory_masses)
    assert found.remarks == ()
    return found.before, changes(found.before, found.stages)


def by_cause(old: Inputs, new: Inputs, structure: Books | None = None) -> dict[str, int]:
    """Give what each cause changed of the location-based total, without zeros."""
    before, found = made(old, new, structure)
    row = total(before, found, "location")
    after = total(inventory_masses(new.books, new.method, _book(new)), (), "location")
    assert row.new_mg == after.old_mg
    assert sum(row.by_cause.values()) == row.new_mg - row.old_mg
    return {cause: step for cause, step in row.by_cause.items() if step}


def _book(inputs: Inputs) -> Any:
    from carbonledger.factors.lookup import FactorBook

    return FactorBook(inputs.factors)


def instead(*factors: Factor) -> tuple[Factor, ...]:
    """Give the factors with some of them replaced by others of the same pack and code."""
    codes = {(one.pack, one.code, one.data_year, one.purpose) for one in factors}
    kept = (
        one for one in GHG_FACTORS if (one.pack, one.code, one.data_year, one.purpose) not in codes
    )
    return (*kept, *factors)


def test_no_change_is_zero_for_every_cause() -> None:
    before, found = made(OLD, OLD)
    assert found == ()
    assert total(before, found, "location").by_cause == dict.fromkeys(CAUSES, 0)
    assert sum(before.values()) > 0


def test_other_quantities_alone_are_activity() -> None:
    # 100 kWh more at 0.4878 kg.
    more = books((*POWER[:4], 1100), GAS, METHANE)
    assert by_cause(OLD, replace(OLD, books=more)) == {"activity": 48_780_000}


def test_other_factors_alone_are_factor() -> None:
    # 1,000 kWh at 0.5 instead of 0.4878 kg.
    new = replace(OLD, factors=instead(grid("CN-LN", 2023, "0.5")))
    assert by_cause(OLD, new) == {"factor": 12_200_000}


def test_another_gwp_set_alone_is_gwp_and_so_are_other_values_of_it() -> None:
    # 10 kg of methane at 28 instead of 27.9.
    packs = (*GHG_FACTORS, gwp("ch4", "28", "AR5"), gwp("n2o", "265", "AR5"))
    old = replace(OLD, factors=packs)
    assert by_cause(old, replace(old, method=replace(GHG, gwp_set="AR5"))) == {"gwp": 1_000_000}
    new = replace(OLD, factors=instead(gwp("ch4", "28.9")))
    assert by_cause(OLD, new) == {"gwp": 10_000_000}


def test_other_rules_alone_are_method_though_they_count_by_other_factors() -> None:
    """The park rules count 0.8325 kg a kWh, and no methane; their packs were there before."""
    from calc_case import PARK_FACTORS

    packs = tuple(dict.fromkeys((*GHG_FACTORS, *PARK_FACTORS)))
    old = replace(OLD, factors=packs)
    new = replace(old, method=PARK_RULES)
    assert by_cause(old, new) == {"method": 344_700_000 - 279_000_000}


def test_rules_whose_packs_came_with_them_are_method_too() -> None:
    """Without the packs the step could not be made; what is new with its own factor is no factor."""
    from calc_case import PARK_FACTORS

    packs = tuple(dict.fromkeys((*GHG_FACTORS, *PARK_FACTORS)))
    new = replace(OLD, method=PARK_RULES, factors=packs)
    assert by_cause(OLD, new) == {"method": 344_700_000 - 279_000_000}


def test_a_fuel_that_was_never_burnt_before_is_activity_with_its_new_factor() -> None:
    # 100 kg at 3 kg.
    more = books(POWER, GAS, METHANE, ("supplier", "park/works", "hydrogen", "2023-01", 1),
                 ("supplier", "park/works", "coke", "2023-01", 100))  # fmt: skip
    without = tuple(one for one in GHG_FACTORS if one.activity != "coke")
    old = replace(OLD, factors=without)
    new = replace(OLD, books=more, factors=(*without, fuel("coke", "3", "tCO2/t")))
    assert by_cause(old, new) == {"activity": 300_000_000}


def test_another_region_of_an_account_alone_is_structure() -> None:
    elsewhere = books(POWER, GAS, METHANE, region="CN-GS")
    # The average of the nation, 0.5306: there is none of that province.
    new = replace(OLD, books=elsewhere)
    assert by_cause(OLD, new, elsewhere) == {"structure": 42_800_000}


def test_another_boundary_alone_is_structure() -> None:
    both = books(POWER, GAS, METHANE, ("grid", "park/mill", "electricity", "2023-01", 10))
    part, whole = replace(both, boundary="park/works"), both
    old = replace(OLD, books=part)
    assert by_cause(old, replace(OLD, books=whole), whole) == {"structure": 4_878_000}


def test_what_two_causes_change_together_falls_to_the_later_one() -> None:
    """100 kWh more at the old factor are activity; the new factor counts for all 1,100."""
    new = Inputs(books((*POWER[:4], 1100), GAS, METHANE), GHG,
                 instead(grid("CN-LN", 2023, "0.5")))  # fmt: skip
    assert by_cause(OLD, new) == {"activity": 48_780_000, "factor": 13_420_000}


def test_a_step_that_cannot_be_made_is_part_of_the_next_and_says_so() -> None:
    """Accounts that feed only each other have no origin: under the old entries alone there is one."""
    circle = books(("park/a", "park/b", "steam", "2023-01", 5), boundary="park/a")
    calls: list[Books] = []

    def compute(given_books: Books, method: Any, book: Any) -> Masses:
        calls.append(given_books)
        if given_books is circle:
            raise FactorNotFound("no factor for steam")
        return inventory_masses(given_books, method, book)

    new = replace(OLD, books=books((*POWER[:4], 1100), GAS, METHANE))
    found = steps(OLD, circle, new, compute)
    assert [stage.cause for stage in found.stages] == list(CAUSES[1:])
    (remark,) = found.remarks
    assert remark.en.startswith("structure cannot be computed by itself (no factor for steam)")
    assert "structure" in remark.zh
    row = total(found.before, changes(found.before, found.stages), "location")
    assert row.by_cause["activity"] == row.change_mg == 48_780_000


def test_the_new_figures_themselves_are_never_filled_up_from_elsewhere() -> None:
    without = tuple(one for one in GHG_FACTORS if one.activity != "natural_gas")
    with pytest.raises(FactorNotFound, match="natural_gas"):
        steps(OLD, BOOKS, replace(OLD, factors=without), inventory_masses)
    with pytest.raises(FactorNotFound, match="natural_gas"):
        steps(replace(OLD, factors=without), BOOKS, OLD, inventory_masses)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["grid>park/works", "grid>park/mill", "park/works>park/mill",
                         "supplier>park/mill"]),
        st.sampled_from(["electricity", "natural_gas"]),
        st.sampled_from(["2023-01", "2023-02"]),
        st.integers(1, 10**6),
    ),
    max_size=5, unique_by=lambda row: row[:3],
)  # fmt: skip
VALUES = st.sampled_from(["0.4", "0.4878", "0.53067"])


@st.composite
def inputs(draw: st.DrawFn) -> Inputs:
    flows = [(*ends.split(">"), good, month, n) for ends, good, month, n in draw(ROWS)]
    packs = instead(grid("CN-LN", 2023, draw(VALUES)), gwp("ch4", draw(VALUES)))
    methane = ("park/works", "air", "ch4", "2023-01", draw(st.integers(0, 1000)))
    method = draw(st.sampled_from([GHG, replace(GHG, gases=("co2",))]))
    rows_of: Any = [*flows, methane]
    region = draw(st.sampled_from(["CN-LN", "CN"]))
    return Inputs(books(*rows_of, region=region), method, packs)


@given(old=inputs(), new=inputs(), between=inputs())
def test_the_causes_add_up_to_the_change_in_every_cell(
    old: Inputs, new: Inputs, between: Inputs
) -> None:
    accounts = {**old.books.accounts, **new.books.accounts, **between.books.accounts}
    old, new = (replace(one, books=replace(one.books, accounts=accounts)) for one in (old, new))
    structure = replace(between.books, accounts=accounts)
    found = steps(old, structure, new, inventory_masses)
    made_of = changes(found.before, found.stages)
    after = inventory_masses(new.books, new.method, _book(new))
    for row in rows(found.before, made_of, tuple):
        cell = Cell(*row.key)
        assert row.old_mg == found.before.get(cell, 0)
        assert row.new_mg == after.get(cell, 0)
    for name in ("location", "market", "biogenic"):
        by_name = total(found.before, made_of, name)
        assert by_name.new_mg == total(after, (), name).old_mg
        assert sum(by_name.by_cause.values()) == by_name.change_mg
    if old == new == replace(old, books=structure):
        assert made_of == ()


CELLS = st.builds(Cell, st.sampled_from("12"), st.sampled_from("ab"), st.just("m"), st.just(""))
MASSES = st.dictionaries(CELLS, st.integers(-(10**15), 10**15))


@given(before=MASSES, after=st.lists(MASSES, min_size=5, max_size=5))
def test_any_stages_add_up_and_rows_add_up_to_their_total(
    before: Mapping[Cell, int], after: list[Mapping[Cell, int]]
) -> None:
    stages = [Stage(*one) for one in zip(CAUSES[1:], after, strict=True)]
    found = changes(before, stages)
    whole = rows(before, found, lambda _: ("all",))
    change = sum(after[-1].values()) - sum(before.values())
    assert sum(one.change_mg for one in found) == change
    by_account = rows(before, found, lambda cell: (cell.account,))
    assert sum(row.change_mg for row in by_account) == change
    for cause in CAUSES:
        assert sum(row.by_cause[cause] for row in by_account) == sum(
            row.by_cause[cause] for row in whole
        )
    assert all(one.change_mg for one in found)
    # One stage alone gets all of it.
    single = changes(before, [Stage("method", after[-1])])
    assert {one.cause for one in single} <= {"method"}
    assert sum(one.change_mg for one in single) == change


def test_lines_are_summed_by_scope_account_and_month() -> None:
    from carbonledger.calc.inventory import inventory

    lines = inventory(BOOKS, GHG, ghg_book()).lines
    assert line_masses(lines)[Cell("2_location", "park/works", "2023-01", "")] == 487_800_000
    assert sum(line_masses(lines).values()) == sum(line.co2e_mg for line in lines)


@pytest.mark.parametrize(
    ("old", "change", "threshold", "reaches"),
    [
        (1000, 50, "5", True),
        (1000, 49, "5", False),
        (1000, -50, "5", True),
        (10**18, 5 * 10**16, "5", True),
        (10**18, 5 * 10**16 - 1, "5", False),
        (-1000, 50, "5", True),
        (0, 1, "5", True),
        (0, 0, "0", False),
        (1000, 0, "0", False),
        (1000, 1, "0", True),
        (1000, 3, "0.25", True),
    ],
)
def test_a_change_is_significant_from_the_threshold_on_exactly(
    old: int, change: int, threshold: str, *, reaches: bool
) -> None:
    cell = Cell("1", "park", "2023-01", "")
    found = (Change("activity", cell, change),) if change else ()
    assert significant(total({cell: old}, found, "location"), Decimal(threshold)) is reaches


def test_per_cent_is_of_the_size_of_the_old_figure() -> None:
    assert percent(1, 3) == Decimal("33.333")
    assert percent(1, -3) == Decimal("33.333")
    assert percent(-2, 3) == Decimal("-66.667")
    assert percent(1, 0) is None


def test_footprints_are_compared_by_product_and_what_found_none() -> None:
    from calc_case import factor

    made_there = books(
        ("grid", "park/works", "electricity", "2023-01", 100),
        ("park/works", "customer", "tyre", "2023-01", 2),
        ("grid", "park/mill", "electricity", "2023-01", 7),
    )
    packs = (
        factor("electricity", "0.5", "kgCO2e/kWh", pack="cn-electricity-footprint",
               purpose="product", gas="co2e", year=2023),
    )  # fmt: skip
    old = Inputs(made_there, METHODS["iso-14067"], packs)
    more = books(
        ("grid", "park/works", "electricity", "2023-01", 110),
        ("park/works", "customer", "tyre", "2023-01", 2),
        ("grid", "park/mill", "electricity", "2023-01", 7),
    )
    found = steps(old, made_there, replace(old, books=more), footprint_masses)
    made_of = changes(found.before, found.stages)
    assert made_of == (Change("activity", Cell("product", "park/works", "", "tyre"), 5_000_000),)
    row = total(found.before, made_of, "product")
    assert (row.old_mg, row.new_mg) == (53_500_000, 58_500_000)


# --- what was moved ---------------------------------------------------------------------------------

OLD_PLACE = ("grid", "park", "electricity", "2023-01")
NEW_PLACE = ("grid", "park/new", "electricity", "2023-01")


def test_what_was_taken_back_and_came_at_a_new_account_was_moved() -> None:
    before = books((*OLD_PLACE, 100))
    after = books((*OLD_PLACE, 30), (*NEW_PLACE, 70))
    before = replace(before, accounts=after.accounts)
    added, back = {NEW_PLACE: 70_000_000}, {OLD_PLACE: -100_000_000}
    found = structured(before, after, added, back)
    assert sums_of(found.flows) == sums_of(after.flows)


def test_what_a_correction_changed_beside_a_new_account_stays_activity() -> None:
    """Only what was reversed can have been moved, and only as far as it did not come again."""
    before = books((*OLD_PLACE, 100))
    after = books((*OLD_PLACE, 90), (*NEW_PLACE, 70))
    before = replace(before, accounts=after.accounts)
    found = structured(before, after, {NEW_PLACE: 70_000_000}, {})
    assert sums_of(found.flows) == {OLD_PLACE: 100_000_000, NEW_PLACE: 70_000_000}
    again = structured(before, after, {NEW_PLACE: 70_000_000}, {OLD_PLACE: -100_000_000})
    assert sums_of(again.flows) == {OLD_PLACE: 90_000_000, NEW_PLACE: 70_000_000}


def test_only_the_same_commodity_and_month_with_one_end_in_common_is_moved() -> None:
    added = {NEW_PLACE: 70}
    for other in (
        ("grid", "park", "electricity", "2023-02"),
        ("grid", "park", "steam", "2023-01"),
        ("supplier", "park", "electricity", "2023-01"),
    ):
        assert moved(added, {other: -70}) == {}
    assert moved(added, {OLD_PLACE: -100}) == {OLD_PLACE: -70}
    assert moved(added, {OLD_PLACE: 100}) == {}
    # Both ways: an account that gave something up.
    assert moved({NEW_PLACE: -70}, {OLD_PLACE: 30}) == {OLD_PLACE: 30}


@given(
    st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.just("e"),
                              st.just("m")), st.integers(-99, 99)),
    st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.just("e"),
                              st.just("m")), st.integers(-99, 99)),
)  # fmt: skip
def test_no_more_is_moved_than_was_added_or_taken_back(
    added: dict[tuple[str, str, str, str], int], rest: dict[tuple[str, str, str, str], int]
) -> None:
    found = moved(added, rest)
    for key, part in found.items():
        assert part * rest[key] > 0
        assert abs(part) <= abs(rest[key])
    gone = sum(part for part in found.values() if part < 0)
    assert -gone <= sum(quantity for quantity in added.values() if quantity > 0)
