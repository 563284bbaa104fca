"""Flows of a park as the data of a Sankey diagram."""

from decimal import Decimal

from carbonledger.calc.model import Account, Books, Commodity, Flow
from carbonledger.calc.sankey import Sankey, sankey

GJ = {"electricity": Decimal("0.0036"), "natural_gas": Decimal("0.0389"), "steam": Decimal(1)}
KINDS = {
    "grid": "grid", "supplier": "supplier", "sun": "environment", "landfill": "treatment",
    "park": "facility", "park/m": "facility", "park/n": "facility", "park/m/line": "process",
    "park/boiler": "boiler", "park/roof": "generator",
}  # fmt: skip
COMMODITIES = {
    "electricity": Commodity("electricity", "electricity", "kWh"),
    "natural_gas": Commodity("natural_gas", "fuel", "m3"),
    "diesel": Commodity("diesel", "fuel", "kg"),
    "steam": Commodity("steam", "heat", "GJ"),
    "solid_waste": Commodity("solid_waste", "waste", "kg"),
}


def park(*flows: tuple[str, str, str, int], boundary: str = "park") -> Books:
    return Books(
        boundary=boundary,
        months=("2024-01", "2024-02"),
        accounts={
            code: Account(
                code, outside=not code.startswith("park"), kind=kind, name={"en": code.upper()}
            )
            for code, kind in KINDS.items()
        },
        commodities=COMMODITIES,
        flows=tuple(
            Flow(s, t, c, f"2024-0{1 + n % 2}", q * 1_000_000)
            for n, (s, t, c, q) in enumerate(flows)
        ),
    )


def links(diagram: Sankey) -> dict[tuple[str, str, str], Decimal]:
    return {(link.source, link.target, link.carrier): link.amount for link in diagram.links}


YEAR = (
    ("grid", "park", "electricity", 1000),
    ("grid", "park", "electricity", 500),
    ("sun", "park/roof", "electricity", 200),
    ("park/roof", "park", "electricity", 200),
    ("park", "park/m", "electricity", 900),
    ("park/m", "park", "electricity", 100),
    ("park/m", "park/m/line", "electricity", 700),
    ("park", "grid", "electricity", 50),
    ("supplier", "park/boiler", "natural_gas", 1000),
    ("park/boiler", "park/m/line", "steam", 20),
    ("park/boiler", "park/n", "steam", 10),
    ("park/m", "landfill", "solid_waste", 5),
    ("supplier", "park/n", "diesel", 3),
)


def test_flows_merge_into_groups_from_left_to_right() -> None:
    diagram = sankey(park(*YEAR), GJ)
    assert diagram.unit == "GJ"
    assert links(diagram) == {
        ("from:grid", "park", "electricity"): Decimal("5.4"),
        ("from:supplier", "park/boiler", "natural_gas"): Decimal("38.9"),
        ("park", "park/m", "electricity"): Decimal("2.88"),
        ("park", "to:grid", "electricity"): Decimal("0.18"),
        ("park/boiler", "park/m", "steam"): Decimal(20),
        ("park/boiler", "park/n", "steam"): Decimal(10),
        ("park/roof", "park", "electricity"): Decimal("0.72"),
    }
    assert [(node.column, node.key) for node in diagram.nodes] == [
        (0, "from:grid"), (0, "from:supplier"), (1, "park/boiler"), (1, "park/roof"),
        (2, "park"), (3, "park/m"), (3, "park/n"), (4, "to:grid"),
    ]  # fmt: skip
    boiler = diagram.nodes[2]
    assert (boiler.taken, boiler.given) == (Decimal("38.9"), Decimal(30))
    assert diagram.nodes[-1].account == "grid"
    assert diagram.nodes[-1].name == {"en": "GRID"}


def test_carriers_without_a_coefficient_are_named_not_drawn() -> None:
    assert sankey(park(*YEAR), GJ).left_out == ("diesel",)
    assert sankey(park(*YEAR), {**GJ, "diesel": Decimal("0.0427")}).left_out == ()


def test_fuels_merge_by_kind() -> None:
    books = park(("supplier", "park/n", "diesel", 100), ("supplier", "park/n", "natural_gas", 100))
    kgce = {"diesel": Decimal("1.4571"), "natural_gas": Decimal("1.33")}
    diagram = sankey(books, kgce, "kgce", by_kind=True)
    assert links(diagram) == {("from:supplier", "park/n", "fuel"): Decimal("278.71")}


def test_a_corrected_month_below_zero_turns_the_link_round() -> None:
    books = park(("grid", "park", "electricity", -1000), ("park", "park/m", "electricity", 1000))
    assert links(sankey(books, GJ)) == {
        ("park", "to:grid", "electricity"): Decimal("3.6"),
        ("park", "park/m", "electricity"): Decimal("3.6"),
    }


def test_a_member_seen_alone_has_the_park_outside() -> None:
    assert links(sankey(park(*YEAR, boundary="park/m"), GJ)) == {
        ("from:park", "park/m", "electricity"): Decimal("3.24"),
        ("from:park/boiler", "park/m/line", "steam"): Decimal(20),
        ("park/m", "park/m/line", "electricity"): Decimal("2.52"),
        ("park/m", "to:park", "electricity"): Decimal("0.36"),
    }
