"""Goods that give off gases as a process, and what is said where no factor was found for them."""

from dataclasses import replace

import pytest
from calc_case import METHODS, PARK_FACTORS, Row, books

from carbonledger.calc.footprint import footprint
from carbonledger.calc.inventory import inventory
from carbonledger.calc.model import Books, Commodity
from carbonledger.calc.product import product_input
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.process_goods import MADE, USED, process_good
from carbonledger.factors.shipping import shipped_pack

GHG, PRODUCT = METHODS["ghg-protocol"], METHODS["iso-14067"]
MARCH, PACK = "2023-03", "cn-process@2025"
NAMES = {"cement-klinker": {"en": "Grey cement clinker", "zh": ""}, "shuini": {"zh": "水泥熟料"}}
KINDS = {"limestone": "material", "gravel": "material"}


def kiln(*rows: Row) -> Books:
    made = books(*rows)
    own = {
        row[2]: Commodity(row[2], KINDS.get(row[2], "product"), "kg", name=NAMES.get(row[2], {}))
        for row in rows
        if row[2] != "co2"
    }
    return replace(made, commodities={**made.commodities, **own})


def said(*rows: Row, loaded: bool = False) -> list[str]:
    rows_of_pack = shipped_pack(PACK).factors if loaded else ()
    book = FactorBook(
        (*PARK_FACTORS, *rows_of_pack), unloaded=() if loaded else ("uk-desnz@2025", PACK)
    )
    made = inventory(kiln(*rows), GHG, book)
    assert len(made.warnings) == len(made.warnings_zh)
    return [one for one in made.warnings if "process" in one]


@pytest.mark.parametrize("code", ["clinker", "white_clinker", "cement-klinker", "shuini"])
def test_clinker_without_a_factor_names_the_pack_to_load(code: str) -> None:
    (remark,) = said(("park/kiln", "customer", code, MARCH, 1_000))
    assert remark == (
        f"park/kiln made 1000 kg of {code}, for which no process factor was found: its process "
        "emissions are missing; load it: carbonledger factors load cn-process@2025 "
        f'(there: clinker), or state the plant\'s own in site.toml, [process."{code}"]'
    )


def test_with_the_pack_nothing_is_missing() -> None:
    assert said(("park/kiln", "customer", "clinker", MARCH, 1_000), loaded=True) == []
    (remark,) = said(("park/kiln", "customer", "cement-klinker", MARCH, 1_000), loaded=True)
    assert "declare the commodity as cn-process names it: clinker" in remark


def test_lime_is_in_no_pack_and_the_plant_states_its_own() -> None:
    (remark,) = said(("park/kiln", "customer", "burnt-lime", MARCH, 1_000))
    assert remark.endswith(
        'its process emissions are missing; state the plant\'s own in site.toml, [process."burnt-lime"]'
    )


def test_a_carbonate_that_is_used_and_a_product_made_of_it() -> None:
    used: Row = ("supplier", "park/kiln", "limestone", MARCH, 1_500)
    made: Row = ("park/kiln", "customer", "clinker", MARCH, 1_000)
    assert [one.split(" for which")[0] for one in said(used, made)] == [
        "park/kiln made 1000 kg of clinker,", "park/kiln used 1500 kg of limestone,",
    ]  # fmt: skip
    # Both have a factor then, and the CO2 of the stone is in both.
    (twice,) = said(used, made, loaded=True)
    assert "it made (clinker) and of what it used (limestone): both count" in twice


@pytest.mark.parametrize(
    "rows",
    [
        (("supplier", "customer", "clinker", MARCH, 1_000),),
        (("supplier", "park/mill", "clinker", MARCH, 1_000),),
        (("supplier", "park/kiln", "gravel", MARCH, 1_000),),
        (("park/kiln", "customer", "tyre", MARCH, 1_000),),
        # Measured: what the stack gave off holds it.
        (("park/kiln", "customer", "clinker", MARCH, 1_000),
         ("park/kiln", "air", "co2", MARCH, 500)),
    ],
)  # fmt: skip
def test_nothing_is_said_where_nothing_is_missing(rows: tuple[Row, ...]) -> None:
    assert said(*rows) == []


def test_a_footprint_says_it_too() -> None:
    rows: tuple[Row, ...] = (("park/kiln", "customer", "clinker", MARCH, 1_000),)
    bare = FactorBook((), unloaded=(PACK,))
    given = product_input(kiln(*rows), PRODUCT, bare)
    assert footprint(given.books, given.direct, given.upstream).products
    assert any("factors load cn-process@2025" in one.en for one in given.remarks)
    assert any("factors load cn-process@2025" in one.zh for one in given.remarks)


def test_every_good_of_the_pack_is_known_by_its_name() -> None:
    for row in shipped_pack(PACK).factors:
        way = MADE if row.basis == "output" else USED
        found = process_good(row.activity, {}, way)
        assert found is not None
        assert found.pack == row.pack
        assert row.activity.endswith(found.code)


@pytest.mark.parametrize(
    ("code", "zh"),
    [("limestone", "石灰石"), ("lime-mortar", "石灰砂浆"), ("glass-fibre", "玻璃纤维")],
)
def test_what_only_sounds_like_one_is_none(code: str, zh: str) -> None:
    assert process_good(code, {"zh": zh}, MADE) is None
