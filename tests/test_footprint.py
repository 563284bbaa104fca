"""Footprints of small plants, worked out by hand; and the laws that hold for every network."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from carbonledger.calc.allocation import Allocation
from carbonledger.calc.burdens import Upstream
from carbonledger.calc.footprint import FootprintResult, ProductFootprint, answer, footprint
from carbonledger.calc.model import Account, Books, Commodity, EmissionLine, Flow
from carbonledger.calc.system import whole
from carbonledger.errors import CalculationRefused

MONTH = "2024-03"
OUTSIDE = {
    "grid": "grid", "supplier": "supplier", "market": "market", "air": "environment",
    "sun": "environment", "lake": "environment", "landfill": "treatment",
}  # fmt: skip
INSIDE = {
    "office": "office", "boiler": "boiler", "chp": "chp", "roof": "generator", "tank": "stock",
    "store": "stock", "plant": "facility",
}  # fmt: skip
COMMODITIES = {
    c.code: c
    for c in (
        Commodity("electricity", "electricity", "kWh"),
        Commodity("steam", "heat", "GJ"),
        Commodity("natural_gas", "fuel", "m3"),
        Commodity("water", "water", "m3"),
        Commodity("waste_water", "water", "m3"),
        Commodity("compound", "material", "kg"),
        Commodity("tyre-205", "product", "piece", Decimal("9.6")),
        Commodity("tyre-295", "product", "piece", Decimal(48)),
        Commodity("casing", "product", "piece"),
        Commodity("solid_waste", "waste", "kg"),
        Commodity("co2", "gas", "kg"),
        Commodity("value_added", "money", "CNY"),
        Commodity("gec", "certificate", "MWh"),
    )
}


def ledger(text: str, boundary: str = "park") -> Books:
    """Read lines `from to commodity quantity`, quantities in whole units."""
    rows = [line.split() for line in text.strip().splitlines()]
    flows = [Flow(s, t, c, MONTH, round(float(q) * 1_000_000)) for s, t, c, q in rows]
    codes = {code for s, t, *_ in rows for code in (s, t)} | {boundary}
    codes |= {code.rpartition("/")[0] for code in codes if "/" in code}
    accounts = {
        code: Account(code, outside=True, kind=OUTSIDE[code])
        if code in OUTSIDE
        else Account(code, outside=False, kind=_kind(code))
        for code in codes
    }
    return Books(boundary, (MONTH,), accounts, COMMODITIES, tuple(sorted(flows, key=repr)))


def _kind(code: str) -> str:
    return "facility" if code == "park" else INSIDE.get(code.rpartition("/")[2], "process")


def emits(
    account: str, kg: float, *, commodity: str = "natural_gas", gas: str = "co2", scope: str = "1"
) -> EmissionLine:
    mg = round(kg * 1_000_000)
    category = "stationary_combustion" if scope == "1" else "purchased_electricity"
    return EmissionLine(
        account, scope, category, commodity, MONTH, gas, activity=0, activity_unit="m3",
        factor="", factor_value=None, factor_unit="", mass_mg=mg, gwp=Decimal(1), co2e_mg=mg,
        basis="measured",
    )  # fmt: skip


def buys(source: str, target: str, commodity: str, kg: str, month: str = "") -> Upstream:
    return Upstream(source, target, commodity, Decimal(kg), f"test@1/{commodity}", "default", month)


def per_unit(rows: tuple[ProductFootprint, ...]) -> dict[tuple[str, str], Decimal]:
    return {(row.account, row.commodity): row.kg_co2e_per_unit for row in rows}


def kg(result: FootprintResult) -> tuple[Decimal | int, ...]:
    """Return direct, upstream, products, unallocated, residual in kg."""
    sums = answer(result)["reconciliation"]
    names = ("direct_kg", "upstream_kg", "products_kg", "unallocated_kg", "residual_kg")
    return tuple(sums[name] for name in names)


TYRE_PLANT = """
    grid         park         electricity  1000
    park         park/mixing  electricity   600
    park         park/curing  electricity   400
    supplier     park/curing  natural_gas    50
    park/mixing  park/curing  compound     5000
    park/curing  market       tyre-205      500
    park         market       value_added  9000
    supplier     park         gec             1
"""


def test_a_tyre_plant_hands_the_burden_of_mixing_on_to_curing() -> None:
    result = footprint(
        ledger(TYRE_PLANT),
        (emits("park/curing", 99), emits("park/curing", 1, gas="ch4")),
        (buys("grid", "park", "electricity", "0.5"),),
    )
    # Mixing: 600 kWh x 0.5 = 300 kg over 5000 kg compound. Curing: 300 + 200 + 100 = 600 kg.
    (tyre,) = result.products
    assert (tyre.account, tyre.commodity, tyre.unit) == ("park/curing", "tyre-205", "piece")
    assert (tyre.quantity, tyre.co2e_mg) == (500_000_000, 600_000_000)
    assert tyre.kg_co2e_per_unit == Decimal("1.2")
    assert tyre.by_origin == {
        "stationary_combustion:natural_gas": Decimal("0.2"),
        "upstream:electricity": Decimal(1),
    }
    assert tyre.by_gas == {
        "ch4": Decimal("0.002"),
        "co2": Decimal("0.198"),
        "co2e": Decimal(1),
    }
    assert per_unit(result.intermediates) == {("park/mixing", "compound"): Decimal("0.06")}
    assert kg(result) == (100, 500, 600, 0, 0)
    # Gas was bought without an upstream footprint; money and certificates are no matter.
    (missing,) = result.not_covered
    assert (missing.source_account, missing.account) == ("supplier", "park/curing")
    assert (missing.commodity, missing.quantity) == ("natural_gas", 50_000_000)
    assert missing.reason == "no_upstream_factor"


def test_steam_of_one_boiler_is_shared_by_use() -> None:
    result = footprint(
        ledger("""
            park/boiler  park/bus     steam      90
            park/bus     park/a       steam      60
            park/bus     park/b       steam      20
            park/bus     supplier     steam      10
            park/a       market       tyre-205  100
            park/b       market       tyre-295   10
        """),
        (emits("park/boiler", 900),),
        (),
    )
    # 10 kg/GJ: 600 kg on 100 tyres, 200 kg on 10 tyres, 100 kg on 10 GJ sold.
    assert per_unit(result.products) == {
        ("park/a", "tyre-205"): Decimal(6),
        ("park/b", "tyre-295"): Decimal(20),
    }
    assert per_unit(result.exported) == {("park/bus", "steam"): Decimal(10)}
    assert kg(result) == (900, 0, 900, 0, 0)


CO_PRODUCTS = ledger("""
    supplier  park/a  compound  30000
    park/a    market  tyre-205   1000
    park/a    market  tyre-295    200
""")
BOUGHT = (buys("supplier", "park/a", "compound", "0.064"),)


def test_co_products_share_by_mass() -> None:
    # Both weigh 9600 kg in all, so each has half of 1920 kg.
    result = footprint(CO_PRODUCTS, (), BOUGHT)
    assert result.allocation == "mass"
    assert per_unit(result.products) == {
        ("park/a", "tyre-205"): Decimal("0.96"),
        ("park/a", "tyre-295"): Decimal("4.8"),
    }


def test_co_products_share_by_value_or_as_given() -> None:
    # Worth 300,000 and 100,000: three quarters of 1920 kg are 1440.
    prices = {"tyre-205": Decimal(300), "tyre-295": Decimal(500)}
    worth = footprint(CO_PRODUCTS, (), BOUGHT, Allocation("economic", prices=prices))
    assert per_unit(worth.products)["park/a", "tyre-205"] == Decimal("1.44")
    shares = {("park/a", "tyre-205"): Decimal("0.9"), ("park/a", "tyre-295"): Decimal("0.1")}
    fixed = footprint(CO_PRODUCTS, (), BOUGHT, Allocation("given", given=shares))
    assert per_unit(fixed.products)["park/a", "tyre-205"] == Decimal("1.728")
    assert kg(worth)[4] == kg(fixed)[4] == 0


def test_a_cogeneration_plant_shares_by_energy_beside_a_plant_that_shares_by_mass() -> None:
    books = ledger("""
        park/chp  park/a  electricity  1000
        park/chp  park/a  steam           2.4
        park/a    market  tyre-205     1000
        park/a    market  tyre-295      200
    """)
    # 3.6 GJ and 2.4 GJ: 60 % and 40 % of 500 kg.
    keys = Allocation("mass", accounts={"park/chp": "energy"})
    result = footprint(books, (emits("park/chp", 500),), (), keys)
    assert per_unit(result.intermediates) == {
        ("park/chp", "electricity"): Decimal("0.3"),
        ("park/chp", "steam"): Decimal("83.3333333"),
    }
    with pytest.raises(CalculationRefused, match=r"park/chp produces electricity .* its mass"):
        footprint(books, (emits("park/chp", 500),), ())


def test_power_that_needs_the_water_that_needs_the_power() -> None:
    result = footprint(
        ledger("""
            park/power  park/works  electricity  10
            park/power  grid        electricity  90
            park/works  park/power  water        20
            park/works  market      water        30
        """),
        (emits("park/power", 1000), emits("park/works", 100)),
        (),
    )
    # 100 p = 1000 + 20 w and 50 w = 100 + 10 p  ->  p = 10.4/0.96, w = 2 + p/5.
    power = Fraction("10.4") / Fraction("0.96")
    assert per_unit(result.exported) == {
        ("park/power", "electricity"): Decimal("10.8333333"),
        ("park/works", "water"): Decimal("4.16666667"),
    }
    sold = {row.commodity: row.co2e_mg for row in result.exported}
    assert abs(sold["electricity"] - 90 * power * 1_000_000) < 1
    assert kg(result) == (1100, 0, 1100, 0, 0)


def test_waste_carries_nothing() -> None:
    result = footprint(
        ledger("""
            supplier  park/a    compound     1000
            park/a    market    tyre-205       50
            park/a    park/b    solid_waste   300
            park/a    landfill  solid_waste   220
            park/a    landfill  compound       40
            park/a    lake      waste_water     5
            park/a    park/b    waste_water     5
            park/a    air       co2            70
            supplier  park/b    solid_waste    10
            park/b    market    compound      300
        """),
        (emits("park/a", 70),),
        (buys("supplier", "park/a", "compound", "0.1"),),
    )
    # b makes compound of scrap alone: cut off from what a burnt and bought.
    assert per_unit(result.products) == {
        ("park/a", "tyre-205"): Decimal("3.4"),
        ("park/b", "compound"): Decimal(0),
    }
    assert result.not_covered == ()


def test_an_office_is_unallocated_and_a_line_belongs_to_its_plant() -> None:
    result = footprint(
        ledger("""
            grid             park             electricity  100
            park             park/office      electricity   30
            park             park/plant       electricity   60
            park/plant       park/plant/line  electricity   50
            park/plant       market           tyre-205      20
        """),
        (emits("park/office", 5),),
        (buys("grid", "park", "electricity", "1"),),
    )
    # The line's 50 and the plant's own 10 are in its tyres; the park lost 10 on the way.
    assert per_unit(result.products) == {("park/plant", "tyre-205"): Decimal(3)}
    assert [(u.account, u.co2e_mg, u.reason) for u in result.unallocated] == [
        ("park", 10_000_000, "no_output"),
        ("park/office", 35_000_000, "no_output"),
    ]
    assert kg(result) == (5, 100, 60, 45, 0)


def test_a_stock_keeps_what_it_was_given_more_than_it_gave() -> None:
    text = """
        supplier    park/tank   natural_gas  100
        park/tank   park/a      natural_gas  {}
        park/a      market      tyre-205     10
    """
    bought = (buys("supplier", "park/tank", "natural_gas", "2"),)
    filled = footprint(ledger(text.format(80)), (), bought)
    assert per_unit(filled.products) == {("park/a", "tyre-205"): Decimal(16)}
    assert [(u.account, u.commodity, u.co2e_mg, u.reason) for u in filled.unallocated] == [
        ("park/tank", "natural_gas", 40_000_000, "stock_change")
    ]
    # What is drawn from the stock has the footprint of what came in, and leaves the stock.
    drawn = footprint(ledger(text.format(120)), (), bought)
    assert per_unit(drawn.products) == {("park/a", "tyre-205"): Decimal(24)}
    assert kg(drawn) == (0, 200, 240, -40, 0)


def test_opening_stock_without_intake_is_not_covered() -> None:
    result = footprint(
        ledger("""
            park/tank   park/a  natural_gas  7
            park/a      market  tyre-205     10
        """),
        (),
        (),
    )
    assert [(n.account, n.commodity, n.quantity, n.reason) for n in result.not_covered] == [
        ("park/tank", "natural_gas", 7_000_000, "opening_stock")
    ]


def test_products_leave_through_a_store() -> None:
    result = footprint(
        ledger("""
            park/a      park/store  tyre-205     10
            park/b      park/store  tyre-205     30
            park/store  market      tyre-205     36
        """),
        (emits("park/a", 40), emits("park/b", 60)),
        (),
    )
    # The store mixes 40 tyres with 100 kg; 4 of them stay.
    assert per_unit(result.products) == {("park/store", "tyre-205"): Decimal("2.5")}
    assert kg(result) == (100, 0, 90, 10, 0)


def test_sub_meters_that_show_more_than_the_main_meter_produce_nothing() -> None:
    result = footprint(
        ledger("""
            grid        park        electricity  100
            park        park/a      electricity   80
            park        park/b      electricity   22
            park/a      market      tyre-205      10
            park/b      market      tyre-295      10
        """),
        (emits("park", 7),),
        (buys("grid", "park", "electricity", "1.02"),),
    )
    # The 102 kg are spread over the 102 kWh given; the truck of the park stays unallocated.
    assert per_unit(result.products) == {
        ("park/a", "tyre-205"): Decimal(8),
        ("park/b", "tyre-295"): Decimal("2.2"),
    }
    assert [(n.account, n.quantity, n.reason) for n in result.not_covered] == [
        ("park", 2_000_000, "meters_differ")
    ]
    assert kg(result) == (7, 102, 102, 7, 0)


def test_own_solar_power_comes_free_and_lake_water_needs_no_factor() -> None:
    result = footprint(
        ledger("""
            sun        park/roof  electricity  40
            park/roof  park/a     electricity  40
            grid       park/a     electricity  60
            lake       park/a     water         5
            park/a     market     tyre-205     10
        """),
        (),
        (buys("grid", "park/a", "electricity", "0.5"),),
    )
    assert per_unit(result.products) == {("park/a", "tyre-205"): Decimal(3)}
    assert result.not_covered == ()


def test_a_member_seen_alone_buys_what_its_neighbour_hands_on() -> None:
    books = ledger(
        """
        park/boiler  park/m       steam      50
        park/m       park/m/a     steam      50
        park/m/a     park/n       compound  100
        """,
        boundary="park/m",
    )
    result = footprint(books, (), (buys("park/boiler", "park/m", "steam", "110"),))
    assert per_unit(result.products) == {("park/m/a", "compound"): Decimal(55)}


def test_an_upstream_footprint_may_hold_for_one_month() -> None:
    books = ledger("park/a  market  compound  100")
    flows = tuple(
        Flow("grid", "park/a", "electricity", month, 10_000_000) for month in ("2024-02", MONTH)
    )
    accounts = {**books.accounts, "grid": Account("grid", outside=True, kind="grid")}
    both = Books("park", ("2024-02", MONTH), accounts, COMMODITIES, (*flows, *books.flows))
    monthly = buys("grid", "park/a", "electricity", "3", month="2024-02")
    covered = footprint(both, (), (monthly, buys("grid", "park/a", "electricity", "1")))
    assert kg(covered)[1] == 40
    partly = footprint(both, (), (monthly,))
    assert kg(partly)[1] == 30
    assert [n.quantity for n in partly.not_covered] == [10_000_000]


def test_figures_name_the_lines_and_flows_behind_each_product() -> None:
    books = ledger("""
        grid     park/a  electricity  10
        grid     park/b  electricity  20
        sun      park/a  water         1
        park/a   market  tyre-205      5
        park/b   market  tyre-295      5
        park/office  landfill  solid_waste  1
    """)
    figures = {
        figure.key: figure
        for figure in footprint(
            books,
            (emits("park/b", 3), emits("park/a", 4), emits("park/office", 8)),
            (buys("grid", "park/a", "electricity", "0.6"),),
        ).figures
    }
    product = figures["product:park/a:tyre-205"]
    assert (product.value, product.unit) == (Decimal(2), "kgCO2e/piece")
    assert product.inputs == (
        "line:2",
        "upstream:electricity:grid>park/a",
        "flow:tyre-205:park/a>market:2024-03",
        "flow:water:sun>park/a:2024-03",
    )
    bought = figures["upstream:electricity:grid>park/a"]
    assert (bought.value, bought.unit) == (Decimal(6), "kgCO2e")
    assert bought.inputs == ("flow:electricity:grid>park/a:2024-03",)
    assert "0.6 kgCO2e/kWh (test@1/electricity)" in bought.formula
    assert "flow:electricity:grid>park/b:2024-03" in figures["product:park/b:tyre-295"].inputs
    assert figures["residual"].value == 0
    assert figures["direct"].inputs == ("line:1", "line:2", "line:3")
    assert figures["products"].inputs == ("product:park/a:tyre-205", "product:park/b:tyre-295")
    # The office took no electricity; only its own line stays with it.
    assert figures["unallocated"].inputs == ("unallocated:park/office",)
    assert figures["unallocated:park/office"].inputs == ("line:3",)
    assert figures["unallocated:park/office"].value == 8


def test_the_answer_has_the_promised_names() -> None:
    result = footprint(
        ledger(TYRE_PLANT),
        (emits("park/curing", 100),),
        (buys("grid", "park", "electricity", "0.5"),),
    )
    shaped = answer(result)
    (tyre,) = shaped["products"]
    assert tyre == {
        "account": "park/curing", "commodity": "tyre-205", "unit": "piece", "quantity": 500,
        "kg_co2e": 600, "kg_co2e_per_unit": Decimal("1.2"),
        "by_origin": {
            "stationary_combustion:natural_gas": Decimal("0.2"),
            "upstream:electricity": Decimal(1),
        },
        "by_gas": {"co2": Decimal("0.2"), "co2e": Decimal(1)},
    }  # fmt: skip
    assert shaped["reconciliation"] == {
        "direct_kg": 100, "upstream_kg": 500, "products_kg": 600, "unallocated_kg": 0,
        "residual_kg": 0,
    }  # fmt: skip


def test_a_period_without_flows_has_no_footprints() -> None:
    result = footprint(ledger("grid landfill solid_waste 1"), (), ())
    assert (result.products, result.unallocated, kg(result)) == ((), (), (0, 0, 0, 0, 0))
    emitted = footprint(ledger("grid landfill solid_waste 1"), (emits("park", 2),), ())
    assert kg(emitted) == (2, 0, 0, 2, 0)


@pytest.mark.parametrize(
    ("line", "match"),
    [
        (emits("grid", 1), "grid emits, but is not inside park"),
        (emits("park/nowhere", 1), "park/nowhere emits"),
        (emits("park", 1, scope="2_location"), "scope 2_location"),
    ],
)
def test_a_line_that_is_not_direct_is_refused(line: EmissionLine, match: str) -> None:
    with pytest.raises(CalculationRefused, match=match):
        footprint(ledger("grid park electricity 1"), (line,), ())


def test_an_upstream_footprint_that_does_not_fit_is_refused() -> None:
    books = ledger(TYRE_PLANT)
    with pytest.raises(CalculationRefused, match="from park to park/curing does not enter park"):
        footprint(books, (), (buys("park", "park/curing", "electricity", "1"),))
    twice = buys("grid", "park", "electricity", "1")
    with pytest.raises(CalculationRefused, match="stated twice"):
        footprint(books, (), (twice, twice))


def test_an_allocation_without_its_key_is_refused_by_name() -> None:
    books = ledger("""
        park/a    market  tyre-205   10
        park/a    market  casing     10
    """)
    for key, missing in (
        ("mass", "casing beside other things, and its mass is unknown"),
        ("energy", "and its energy content is unknown"),
        ("economic", "and its price is unknown"),
        ("given", "and its share is unknown"),
        ("luck", "no allocation is called luck"),
    ):
        with pytest.raises(CalculationRefused, match=missing):
            footprint(books, (), (), Allocation(key))
    nothing = Allocation("economic", prices={"tyre-205": Decimal(0), "casing": Decimal(0)})
    with pytest.raises(CalculationRefused, match="negative or all zero"):
        footprint(books, (), (), nothing)


def test_a_burden_that_goes_round_and_never_leaves_is_refused_by_name() -> None:
    with pytest.raises(
        CalculationRefused, match="electricity, water goes round between park/power, park/works"
    ):
        footprint(
            ledger("""
                park/power  park/works  electricity  10
                park/works  park/power  water        20
            """),
            (emits("park/power", 1),),
            (),
        )
    with pytest.raises(CalculationRefused, match="compound goes round between park/a, park/b"):
        footprint(
            ledger("""
                park/a  park/b  compound  5
                park/b  park/a  compound  5
            """),
            (),
            (),
        )


def test_a_stock_that_multiplies_what_it_was_given_is_refused() -> None:
    # b makes 15 kg with the steam that a makes of 90 kg out of a store that was given 10.
    with pytest.raises(CalculationRefused, match="a stock gives back more"):
        footprint(
            ledger("""
                park/store  park/a      compound  90
                park/a      park/b      steam      1
                park/b      park/store  compound  10
                park/b      market      compound   5
            """),
            (emits("park/a", 1),),
            (),
        )
    # The same through a plain return: nothing says how often it went round.
    with pytest.raises(CalculationRefused, match="cannot be told apart"):
        footprint(
            ledger("""
                park/a      park/store  compound  10
                park/store  park/a      compound  90
                park/a      market      tyre-205  10
            """),
            (emits("park/a", 1),),
            (),
        )


def test_parts_that_miss_their_total_are_refused_not_mended() -> None:
    exact = np.array([0.0, 600_000.4, 400_000.3, -0.7])
    assert whole(exact, 1_000_000).tolist() == [0, 600_001, 400_000, -1]
    with pytest.raises(CalculationRefused, match="1000005 mg went in, 1000000 mg came out"):
        whole(exact, 1_000_005)


ACCOUNTS = ["grid", "market", "park", "park/a", "park/a/x", "park/b", "park/c", "park/store"]
ANYWHERE = st.sampled_from(ACCOUNTS)
CARRIED = st.sampled_from(["electricity", "steam", "compound", "tyre-205", "solid_waste"])
FLOWS = st.lists(
    st.tuples(ANYWHERE, ANYWHERE, CARRIED, st.integers(1, 900)).filter(lambda f: f[0] != f[1]),
    min_size=1,
    max_size=16,
)
EMITTED = st.lists(
    st.tuples(
        st.sampled_from(ACCOUNTS[2:]), st.sampled_from(["co2", "ch4"]), st.integers(1, 10**9)
    ),
    min_size=1,
    max_size=5,
)
PRICES = {code: Decimal(n) for n, code in enumerate(COMMODITIES, 2)}
VALUE = Allocation("economic", prices=PRICES)


def network(flows: list[tuple[str, str, str, int]], parts: int = 1) -> Books:
    """Make books; each flow may be split over months."""
    codes = {code for s, t, *_ in flows for code in (s, t)} | set(ACCOUNTS)
    months = tuple(f"2024-{n:02d}" for n in range(1, parts + 1))
    spread: list[Flow] = []
    for source, target, commodity, quantity in flows:
        micro = quantity * 1_000_000
        first = micro // 3 if parts > 1 else 0
        if first:
            spread.append(Flow(source, target, commodity, months[0], first))
        spread.append(Flow(source, target, commodity, months[-1], micro - first))
    accounts = {
        code: Account(code, code in OUTSIDE, OUTSIDE.get(code) or _kind(code)) for code in codes
    }
    return Books("park", months, accounts, COMMODITIES, tuple(spread))


def lines(emitted: list[tuple[str, str, int]]) -> tuple[EmissionLine, ...]:
    return tuple(emits(account, kilos, gas=gas) for account, gas, kilos in emitted)


def upstreams(books: Books) -> tuple[Upstream, ...]:
    pairs = sorted(
        {
            (f.source, f.target, f.commodity)
            for f in books.flows
            if not books.inside(f.source) and books.inside(f.target)
        }
    )
    return tuple(buys(*pair, f"{n}.37") for n, pair in enumerate(pairs))


def solved(
    books: Books, direct: tuple[EmissionLine, ...], bought: tuple[Upstream, ...]
) -> FootprintResult:
    try:
        return footprint(books, direct, bought, VALUE)
    except CalculationRefused as refused:
        loops = ("goes round", "go round", "grow in a loop", "not be solved")
        assume(not any(loop in refused.message for loop in loops))
        raise


@given(FLOWS, EMITTED)
def test_what_goes_in_comes_out_whatever_the_network(
    flows: list[tuple[str, str, str, int]], emitted: list[tuple[str, str, int]]
) -> None:
    books = network(flows)
    direct, bought = lines(emitted), upstreams(books)
    result = solved(books, direct, bought)
    rows = (*result.products, *result.exported)
    went_in = sum(line.co2e_mg for line in direct) + result.reconciliation.upstream_mg
    came_out = sum(row.co2e_mg for row in rows) + sum(u.co2e_mg for u in result.unallocated)
    assert came_out == went_in
    assert result.reconciliation.residual_mg == 0
    for row in (*rows, *result.intermediates):
        assert sum(row.by_origin.values()) == row.kg_co2e_per_unit
        assert sum(row.by_gas.values()) == row.kg_co2e_per_unit


@given(FLOWS, EMITTED)
def test_scaling_the_whole_plant_changes_nothing_per_unit(
    flows: list[tuple[str, str, str, int]], emitted: list[tuple[str, str, int]]
) -> None:
    larger = [(s, t, c, 7 * q) for s, t, c, q in flows]
    bought = upstreams(network(flows))
    small = solved(network(flows), lines(emitted), bought)
    large = solved(network(larger), lines([(a, g, 7 * q) for a, g, q in emitted]), bought)
    for one, seven in zip(small.products, large.products, strict=True):
        # One milligram of rounding on the whole quantity of each.
        grain = Fraction(2, one.quantity) + Fraction(one.kg_co2e_per_unit) / 10**8
        assert abs(Fraction(one.kg_co2e_per_unit - seven.kg_co2e_per_unit)) <= grain


@given(FLOWS, EMITTED)
def test_splitting_and_shuffling_flows_changes_nothing(
    flows: list[tuple[str, str, str, int]], emitted: list[tuple[str, str, int]]
) -> None:
    books = network(flows)
    bought = upstreams(books)
    whole = solved(books, lines(emitted), bought)
    split = network(list(reversed(flows)), parts=2)
    parted = solved(split, tuple(reversed(lines(emitted))), tuple(reversed(bought)))
    assert answer(whole) == answer(parted)


@given(FLOWS, EMITTED)
def test_footprints_agree_with_the_equations_solved_in_fractions(
    flows: list[tuple[str, str, str, int]], emitted: list[tuple[str, str, int]]
) -> None:
    books = network([f for f in flows if "store" not in f[0] + f[1]])
    direct, bought = lines(emitted), upstreams(books)
    result = solved(books, direct, bought)
    exact = by_the_equations(books, direct, bought)
    for row in (*result.products, *result.exported):
        expected = exact[row.account, row.commodity]
        grain = Fraction(1, row.quantity) * 3 + abs(expected) * Fraction(1, 10**8)
        assert abs(Fraction(row.kg_co2e_per_unit) - expected) <= grain


Pool = tuple[str, str]
Moved = dict[tuple[str, str, str], int]


@dataclass(frozen=True)
class Equations:
    """The quantities of `intake·e = Σ inflow·e + upstream + share·burden`, in plain dicts."""

    moved: Moved
    net: dict[Pool, int]
    intake: dict[Pool, int]
    share: dict[Pool, Fraction]
    home: dict[str, str]


def by_the_equations(
    books: Books, direct: tuple[EmissionLine, ...], bought: tuple[Upstream, ...]
) -> dict[Pool, Fraction]:
    """Solve the equations by Gauss-Jordan in fractions, mg a millionth."""
    eq = equations(books)
    pools = sorted(eq.intake)
    factor = {
        (u.source_account, u.target_account, u.commodity): Fraction(u.kg_co2e_per_unit)
        for u in bought
    }
    rows: list[list[Fraction]] = []
    for pool in pools:
        account, share = pool[0], eq.share.get(pool, Fraction(0))
        row = {other: Fraction(0) for other in pools}
        row[pool] += eq.intake[pool]
        right = share * sum(line.co2e_mg for line in direct if eq.home[line.account] == account)
        for (source, target, commodity), quantity in eq.moved.items():
            if (target, commodity) == pool and books.inside(source):
                row[source, commodity] -= quantity
            elif (target, commodity) == pool:
                right += quantity * factor[source, target, commodity]
        for other in pools:
            if eq.home[other[0]] == account:
                row[other] -= share * max(0, eq.net[other])
        rows.append([*row.values(), right])
    return dict(zip(pools, _gauss_jordan(rows), strict=True))


def equations(books: Books) -> Equations:
    moved: Moved = defaultdict(int)
    net: dict[Pool, int] = defaultdict(int)
    coming: dict[Pool, int] = defaultdict(int)
    for flow in books.flows:
        if flow.commodity != "solid_waste":
            moved[flow.source, flow.target, flow.commodity] += flow.quantity
            net[flow.source, flow.commodity] -= flow.quantity
            net[flow.target, flow.commodity] += flow.quantity
            coming[flow.target, flow.commodity] += flow.quantity
    worth = {
        pool: -left * Fraction(PRICES[pool[1]])
        for pool, left in net.items()
        if left < 0 and books.inside(pool[0]) and not _meters_differ(books, pool, coming)
    }
    whole: dict[str, Fraction] = defaultdict(Fraction)
    for (account, _), value in worth.items():
        whole[account] += value
    return Equations(
        moved=moved,
        net=net,
        intake={p: coming[p] + max(0, -left) for p, left in net.items() if books.inside(p[0])},
        share={pool: value / whole[pool[0]] for pool, value in worth.items()},
        home={code: _home(code, set(whole)) for code in books.accounts},
    )


def _meters_differ(books: Books, pool: Pool, coming: dict[Pool, int]) -> bool:
    place = books.accounts[pool[0]].kind == "facility"
    return place and pool[1] in {"electricity", "steam"} and coming[pool] > 0


def _home(account: str, producing: set[str]) -> str:
    while account and account not in producing:
        account = account.rpartition("/")[0]
    return account


def _gauss_jordan(rows: list[list[Fraction]]) -> list[Fraction]:
    for i in range(len(rows)):
        swap = next(j for j in range(i, len(rows)) if rows[j][i])
        rows[i], rows[swap] = rows[swap], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for j, row in enumerate(rows):
            if j != i and row[i]:
                rows[j] = [x - row[i] * y for x, y in zip(row, rows[i], strict=True)]
    return [row[-1] for row in rows]
