"""Sums of a summary: balances that close, members that add up, flows that end somewhere."""

from collections import defaultdict
from decimal import Decimal

import pytest
from calc_case import METHODS, Row, books, factor, ghg_book
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.calc.inventory import inventory
from carbonledger.calc.model import Books, Figure
from carbonledger.calc.summary.accounts import COLUMNS, AccountBalance, account_balance
from carbonledger.calc.summary.members import COLUMNS as MEMBER_COLUMNS
from carbonledger.calc.summary.result import SummaryResult, summarise
from carbonledger.calc.summary.tree import Tree
from carbonledger.errors import CalculationRefused
from carbonledger.factors.model import Factor

GHG = METHODS["ghg-protocol"]
KINDS = {"pv": "generator:solar_pv", "bh": "boiler", "line": "process", "office": "office"}
JAN, FEB = "2023-01", "2023-02"


def coal(code: str, value: str, unit: str, basis: str = "equivalent") -> Factor:
    return factor(code, value, unit, pack="gb-t-2589", purpose="energy_conversion", gas="",
                  basis=basis, activity=code)  # fmt: skip


BOOK = ghg_book(
    coal("electricity", "0.1229", "kgce/kWh"),
    coal("electricity", "0.2856", "kgce/kWh", "equal"),
    coal("steam", "0.03412", "kgce/MJ"),
    coal("natural_gas", "1.33", "kgce/m3"),
)
# Two members; a boiler house and a roof that belong to the park; two months.
PARK: tuple[Row, ...] = (
    ("grid", "park", "electricity", JAN, 1000),
    ("grid", "park", "electricity", FEB, 900),
    ("park/pv", "park", "electricity", JAN, 150),
    ("park", "park/a", "electricity", JAN, 700),
    ("park/a", "park/a/line", "electricity", JAN, 640),
    ("park", "park/b", "electricity", JAN, "410.125"),
    ("park", "park/b", "electricity", FEB, 900),
    ("supplier", "park/bh", "natural_gas", JAN, 100),
    ("park/bh", "park/a/line", "steam", JAN, 3),
    ("park/a", "recycler", "solid_waste", JAN, 800),
    ("park/a", "landfill", "solid_waste", JAN, 200),
    ("park/b", "landfill", "hazardous_waste", FEB, 40),
    ("market", "park", "gec_wind", JAN, 1),
)


def summed(*rows: Row, boundary: str = "park") -> SummaryResult:
    given_books = books(*(rows or PARK), boundary=boundary, kinds=KINDS)
    return summarise(given_books, GHG, BOOK, inventory(given_books, GHG, BOOK))


def table(balance: AccountBalance) -> dict[str, dict[str, str]]:
    """Write a balance as texts, zeros left out."""
    return {
        row.account: {k: format(f.value or 0, "f") for k, f in row.cells.items() if f.value}
        for row in (*balance.rows, balance.total)
    }


def test_every_account_closes_and_the_columns_add_up() -> None:
    assert table(summed().balance) == {
        "park": {
            "bought": "1900",
            "received": "150",
            "delivered": "2010.125",
            "unexplained": "39.875",
        },
        "park/a": {"received": "700", "delivered": "640", "unexplained": "60"},
        "park/a/line": {"received": "640", "consumed": "640"},
        "park/b": {"received": "1310.125", "consumed": "1310.125"},
        "park/pv": {"own": "150", "delivered": "150"},
        "": {
            "bought": "1900",
            "received": "2800.125",
            "own": "150",
            "delivered": "2800.125",
            "consumed": "1950.125",
            "unexplained": "99.875",
        },
    }


def test_accounts_above_show_where_an_account_belongs() -> None:
    rows: tuple[Row, ...] = (
        ("grid", "park/works/hall/line", "electricity", JAN, 5),
        ("supplier", "park/works", "water", JAN, 1),
        ("supplier", "park/works/hall", "water", JAN, 1),
    )
    accounts = [row.account for row in summed(*rows).balance.rows]
    assert accounts == ["park", "park/works", "park/works/hall", "park/works/hall/line"]


def test_what_an_account_gave_beyond_what_it_took_is_unexplained() -> None:
    rows: tuple[Row, ...] = (
        ("grid", "park/a", "electricity", JAN, 100),
        ("park/a", "park/b", "electricity", JAN, 130),
    )
    assert table(summed(*rows).balance)["park/a"]["unexplained"] == "-30"


def cell(figures: dict[str, Figure], name: str) -> Decimal:
    value = figures[name].value
    assert value is not None
    return value


def test_a_park_is_the_sum_of_its_members_and_what_they_share() -> None:
    found = summed()
    assert found.members is not None
    rows = {row.account: row.cells for row in (*found.members.rows, found.members.shared)}
    assert sorted(rows) == ["park/a", "park/b", "shared"]
    park = found.members.park.cells
    for name in MEMBER_COLUMNS:
        assert sum(cell(cells, name) for cells in rows.values()) == cell(park, name), name
    assert [str(cell(rows[code], "electricity")) for code in rows] == ["700", "1310.125", "39.875"]
    # The boiler's gas is shared; its steam is energy that a member bought.
    assert cell(rows["park/a"], "direct") == 0
    assert cell(rows["park/a"], "heat") == 3
    assert cell(rows["park/a"], "energy") == Decimal("0.1229") * 700 / 1000 + Decimal("0.10236")
    # 100 m3 × 1.33 − 3 GJ of steam × 34.12, and 39.875 kWh
    assert cell(rows["shared"], "energy") == pytest.approx(
        Decimal("0.133") - Decimal("0.10236") + Decimal("39.875") * Decimal("0.1229") / 1000,
        abs=Decimal("1e-8"),
    )
    assert cell(park, "total") == found.emissions.value
    assert cell(park, "energy") == found.energy.tce["equivalent"]


def test_a_plant_without_members_has_no_table_of_them() -> None:
    assert summed(("grid", "park/line", "electricity", JAN, 5)).members is None


def test_months_and_carriers_add_up_to_the_same_total() -> None:
    found = summed()
    total = found.energy.tce["equivalent"]
    assert sum(cell({"": month}, "") for month in found.months) == total
    assert sum(cell(one.tce, "equivalent") for one in found.carriers) == total
    for one in found.carriers:
        assert sum(cell({"": m}, "") for m in one.months) == cell(one.tce, "equivalent")
    quantities = {one.commodity: one.quantity.value for one in found.carriers}
    assert quantities == {"electricity": 2050, "natural_gas": 100}


def test_electricity_is_told_by_origin_month_by_month() -> None:
    found = summed().origins
    rows = {row.month: {k: f.value for k, f in row.parts.items()} for row in found.months[:2]}
    # One certificate, 1,000 kWh, is shared over what was bought in both months.
    assert sum(rows[month]["certificates"] or 0 for month in rows) == 1000
    assert {month: sum(v or 0 for v in parts.values()) for month, parts in rows.items()} == {
        JAN: 1150,
        FEB: 900,
    }
    assert {k: f.value for k, f in found.total.parts.items()} == {
        "own": 150,
        "certificates": 1000,
        "rest": 900,
    }


def test_sources_hold_all_lines_once() -> None:
    found = summed()
    made = inventory(books(*PARK, kinds=KINDS), GHG, BOOK)
    lines = [key for source in found.sources for key in source.emission.inputs]
    assert sorted(lines) == sorted(f"line:{n}" for n in range(1, len(made.lines) + 1))
    for scope in ("1", "2_location", "2_market"):
        parts = (s.emission.value or 0 for s in found.sources if s.line.scope == scope)
        assert sum(parts) == made.scopes[scope]


def test_waste_is_utilised_not_utilised_or_left_out_of_the_rate() -> None:
    found = summed().waste
    assert found is not None
    assert [(w.commodity, w.recipient, w.counts, str(w.quantity.value)) for w in found.rows] == [
        ("hazardous_waste", "landfill", "left_out", "40"),
        ("solid_waste", "landfill", "not_utilised", "200"),
        ("solid_waste", "recycler", "utilised", "800"),
    ]
    assert found.generated.value == 1000
    assert found.utilised.value == 800
    assert found.rate.value == Decimal("0.8")
    assert summed(("grid", "park/a", "electricity", JAN, 5)).waste is None


def test_all_that_flows_in_ends_in_use_loss_or_unexplained() -> None:
    found = summed().flows
    into: dict[str, Decimal] = defaultdict(Decimal)
    out: dict[str, Decimal] = defaultdict(Decimal)
    for flow in found.flows:
        out[flow.source] += flow.amount.value or 0
        into[flow.target] += flow.amount.value or 0
    for place in found.places:
        if place.kind == "inside" and place.account != "park/pv":
            assert into[place.key] == out[place.key], place.key
    # Gas 100 m3 × 1.33 kgce × 29.3076 MJ; 3 GJ of it became steam.
    assert into["loss"] == Decimal("3.8979108") - 3
    assert into["unexplained"] == Decimal("39.875") * Decimal("0.0036")
    assert {place.kind for place in found.places} == {"outside", "inside", "use", "loss"}


def test_a_fuel_without_calorific_value_is_named_not_drawn() -> None:
    book = ghg_book(
        coal("electricity", "0.1229", "kgce/kWh"),
        coal("electricity", "0.2856", "kgce/kWh", "equal"),
    )
    given_books = books(("park/bh", "park/a", "coke", JAN, 7), kinds=KINDS)
    found = summarise(given_books, GHG, book, inventory(given_books, GHG, book))
    assert found.members is not None
    assert found.members.rows[0].cells["energy"].value is None
    assert "coke" in found.members.rows[0].cells["energy"].reason
    assert [remark.en for remark in found.flows.remarks] == [
        "not in the flow diagram, for lack of a calorific value: coke"
    ]


def test_every_input_of_a_figure_can_be_found_again() -> None:
    found = summed()
    known = {figure.key for figure in found.figures}
    flows = {
        f"flow:{r[2]}:{r[0]}>{r[1]}:{r[3]}" for r in PARK
    }  # fmt: skip
    for figure in found.figures:
        for key in figure.inputs:
            assert key in known or key in flows or key.startswith("line:"), (figure.key, key)


def test_a_method_without_rules_for_a_park_is_refused() -> None:
    given_books = books(*PARK, kinds=KINDS)
    made = inventory(given_books, GHG, BOOK)
    with pytest.raises(CalculationRefused, match="iso-14067@2018 has no rules for a park"):
        summarise(given_books, METHODS["iso-14067"], BOOK, made)


def test_a_figure_stands_once() -> None:
    tree = Tree()
    tree.add("a", Decimal(1), "kWh", "one")
    with pytest.raises(ValueError, match="two figures a"):
        tree.add("a", Decimal(2), "kWh", "another")


PLACES = ("grid", "park", "park/a", "park/a/line", "park/b", "park/pv", "customer")
Entries = list[tuple[str, str, str, int]]
entries = st.lists(
    st.tuples(
        st.sampled_from(PLACES),
        st.sampled_from(PLACES),
        st.sampled_from((JAN, FEB)),
        st.integers(min_value=-(10**12), max_value=10**12),
    ).filter(lambda e: e[0] != e[1]),
    max_size=20,
)


def of_entries(found: Entries) -> Books:
    rows = [(a, b, "electricity", m, str(Decimal(q).scaleb(-6))) for a, b, m, q in found]
    return books(*rows, kinds=KINDS)


@given(entries)
def test_whatever_was_posted_the_balance_closes(found: Entries) -> None:
    made = account_balance(of_entries(found), "electricity", Tree())
    for row in (*made.rows, made.total):
        cells = {name: row.cells[name].value or Decimal(0) for name in COLUMNS}
        assert cells["bought"] + cells["received"] + cells["own"] == (
            cells["delivered"] + cells["sold"] + cells["consumed"] + cells["unexplained"]
        )
    assert made.total.cells["received"].value == made.total.cells["delivered"].value


@given(entries)
def test_the_order_of_entries_does_not_matter(found: Entries) -> None:
    one = account_balance(of_entries(found), "electricity", Tree())
    other = account_balance(of_entries(found[::-1]), "electricity", Tree())
    assert table(one) == table(other)
