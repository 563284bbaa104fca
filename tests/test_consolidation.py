"""Consolidation: whose emissions those of a joint venture, a bought and a sold plant are."""

from dataclasses import replace
from decimal import Decimal

import pytest
from calc_case import METHODS, YEAR, Row, books, fuel, kg, rows

from carbonledger.calc.consolidation import APPROACHES, consolidated_books
from carbonledger.calc.inventory import InventoryResult, inventory, inventory_answer
from carbonledger.calc.model import Books, Ownership
from carbonledger.factors.lookup import FactorBook

GHG = METHODS["ghg-protocol"]
DIESEL = FactorBook((fuel("diesel", "3", "kgCO2/kg"),))


def held(*burnt: Row, plant: str = "", **owned: tuple[Ownership, ...]) -> Books:
    """Make books of a group; the company holds members of it as stated, by their last name."""
    made = books(*burnt, kinds={plant: "boiler"})
    accounts = {
        code: replace(account, ownership=owned.get(code.rpartition("/")[2], ()))
        for code, account in made.accounts.items()
    }
    return replace(made, accounts=accounts)


def by(approach: str, group: Books) -> InventoryResult:
    return inventory(consolidated_books(group, approach), GHG, DIESEL)


def share(equity: str, financial: str = "", operational: str = "", since: int = 0) -> Ownership:
    return Ownership(since, Decimal(equity), financial, operational)


def diesel(member: str, month: str = "2023-03", amount: int = 1000) -> Row:
    return ("supplier", f"park/{member}", "diesel", month, amount)


@pytest.mark.parametrize(
    ("owned", "equity", "financial", "operational"),
    [
        # GHG Protocol Corporate Standard, ch. 3: who holds what accounts for how much.
        (share("100", "true", "true"), 3000, 3000, 3000),
        (share("83", "true", "true"), 2490, 3000, 3000),
        # The operator of a field that others own with it.
        (share("40", "joint", "true"), 1200, 1200, 3000),
        (share("50", "joint", "false"), 1500, 1500, 0),
        # An associated company, an investment.
        (share("25", "false", "false"), 750, 0, 0),
        # A franchise that it runs and does not own.
        (share("0", "false", "true"), 0, 0, 3000),
    ],
)
def test_a_member_counts_by_what_the_company_holds_of_it(
    owned: Ownership, equity: int, financial: int, operational: int
) -> None:
    group = held(diesel("jv"), diesel("own", amount=10), jv=(owned,))
    found = {approach: kg(by(approach, group), "1") - 30 for approach in APPROACHES}
    assert found == {"equity": equity, "financial": financial, "operational": operational}


@pytest.mark.parametrize("approach", APPROACHES)
def test_what_nobody_declared_counts_as_a_whole(approach: str) -> None:
    group = held(diesel("a"), diesel("b"))
    result, plain = by(approach, group), by("", group)
    assert (result.lines, result.scopes, result.figures) == (
        plain.lines, plain.scopes, plain.figures
    )  # fmt: skip
    assert inventory_answer(result)["left_out"] == {}


def test_a_share_is_inherited_until_an_account_below_states_its_own() -> None:
    group = held(
        diesel("jv"), diesel("jv/line"), diesel("jv/kiln"), jv=(share("40"),), kiln=(share("10"),)
    )
    result = by("equity", group)
    found = {account: mass for account, _, _, mass, _ in rows(result, "1")}
    assert found == {"park/jv": 1200, "park/jv/line": 1200, "park/jv/kiln": 300}


def test_a_plant_bought_in_the_year_counts_from_that_day_on() -> None:
    months = [diesel("plant_b", month) for month in YEAR]
    bought = Ownership(0, Decimal(0), "false", "false")
    closing = Ownership(20230701, Decimal(100), "true", "true")
    group = held(*months, plant_b=(bought, closing))
    for approach in APPROACHES:
        result = by(approach, group)
        assert kg(result, "1") == 6 * 3000
        assert {line.month for line in result.lines} == set(YEAR[6:])
        assert inventory_answer(result)["left_out"] == {
            "1": 18, "2_location": 0, "2_market": 0,
        }  # fmt: skip
    # Sold on 16 June: of June the first half.
    sold = Ownership(20230616, Decimal(0), "false", "false")
    result = by("operational", held(*months, plant_b=(sold,)))
    assert kg(result, "1") == 5 * 3000 + 1500
    [june] = [line for line in result.lines if line.month == "2023-06"]
    assert june.basis == "default; operational share 50 %"
    assert june.inputs[-1] == "share:park/plant_b:2023-06"


def test_a_third_is_exact_and_rounded_once() -> None:
    tiny = FactorBook((fuel("diesel", "0.0000005", "kgCO2/kg"),))
    group = held(("supplier", "park/jv", "diesel", "2023-03", 1), jv=(share("33.3"),))
    result = inventory(consolidated_books(group, "equity"), GHG, tiny)
    # 0.5 mg is rounded to 0 as a whole (half even); of 3 kg a third of 1.5 mg is 0.4995 mg.
    assert [line.mass_mg for line in result.lines] == [0]
    group = held(("supplier", "park/jv", "diesel", "2023-03", 31), jv=(share("33.3"),))
    result = inventory(consolidated_books(group, "equity"), GHG, tiny)
    # 15.5 mg × 0.333 = 5.1615; had it been rounded before, 16 × 0.333 = 5.328.
    assert [line.mass_mg for line in result.lines] == [5]
    assert result.lines[0].activity == 31_000_000, "the activity is that of the place"


STEAM = (
    ("supplier", "park/power", "diesel", "2023-03", 1000),
    ("park/power", "park/mill", "steam", "2023-03", 60),
    ("park/power", "customer", "steam", "2023-03", 40),
)


def test_steam_of_a_member_that_is_left_out_is_purchased() -> None:
    """1,000 kg of diesel made 100 GJ: 30 kg CO2 a GJ, of which the mill bought 60."""
    power = Ownership(0, Decimal(40), "false", "false")
    group = held(*STEAM, plant="power", power=(power,))
    whole = by("", group)
    assert [kg(whole, "1"), kg(whole, "2_location")] == [3000, 0]
    run = by("operational", group)
    assert [kg(run, "1"), kg(run, "2_location"), kg(run, "2_market")] == [0, 1800, 1800]
    assert any("park/mill bought 60 GJ of steam from park/power" in said for said in run.warnings)
    # By equity the company has 40 % of the fuel in scope 1; of the steam it bought the other 60 %.
    part = by("equity", group)
    assert [kg(part, "1"), kg(part, "2_location")] == [1200, Decimal(1080)]


def test_a_venture_buys_nothing_from_itself() -> None:
    jv = (Ownership(0, Decimal(40), "joint", "true"),)
    group = held(*STEAM, plant="power", power=jv, mill=jv)
    found = by("equity", group)
    assert [kg(found, "1"), kg(found, "2_location")] == [1200, 0]


def test_the_members_add_up_at_every_share() -> None:
    group = held(diesel("a"), diesel("b"), a=(share("40"),), b=(share("75", "joint"),))
    for approach in APPROACHES:
        parts = (
            by(approach, replace(group, boundary=f"park/{member}")).scopes["1"]
            for member in ("a", "b")
        )
        assert by(approach, group).scopes["1"] == sum(parts)


def test_the_figures_name_the_shares_and_what_is_left_out() -> None:
    result = by("equity", held(diesel("jv"), diesel("own"), jv=(share("40"),)))
    figures = {figure.key: figure for figure in result.figures}
    assert figures["share:park/jv:2023-03"].value == Decimal("0.4")
    assert figures["whole-scope-1"].value == 6
    assert figures["left-out-scope-1"].value == Decimal("1.8")
    assert "share:park/jv:2023-03" in figures["left-out-scope-1"].inputs
    answer = inventory_answer(result)
    assert (answer["consolidation"], answer["left_out"]) == (
        "equity", {"1": Decimal("1.8"), "2_location": 0, "2_market": 0},
    )  # fmt: skip
    assert any("park/jv is consolidated at 40 %" in said for said in result.warnings)
