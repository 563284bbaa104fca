"""Methods: rules as data, read strictly."""

from decimal import Decimal
from pathlib import Path

import pytest
from calc_case import METHODS

from carbonledger.calc.measures import MEASURES
from carbonledger.errors import FactorRefused
from carbonledger.factors.method import load_method, parse_method, shipped_methods
from carbonledger.factors.method_page import page, pages
from carbonledger.factors.shipping import shipped
from carbonledger.factors.vocabulary import PURPOSES

SMALL = """
code = "small"
edition = "1"
kind = "organisation"
standard = "none"
gases = ["co2", "hfc-*"]
renewable = ["wind"]
non_fossil = ["wind", "nuclear"]
name = { en = "Small", zh = "小" }
note = { en = "", zh = "" }

[search.fuel]
purposes = ["combustion"]
packs = ["p@2"]
year = "same"
clause = "1"

[scope_1]
combustion = "fuel"
required = ["co2"]
clause = "2"
"""


def test_a_small_method() -> None:
    method = parse_method(SMALL)
    assert method.key == "small@1"
    assert method.searches["fuel"].packs == ("p@2",)
    assert method.searches["fuel"].regions == ("province", "grid", "nation", "any")
    assert [method.scope_2, method.energy, method.park, method.product] == [None] * 4
    assert method.counts("hfc-134a")
    assert not method.counts("hcfc-22")
    assert method.text == SMALL
    assert parse_method(SMALL).content_hash == method.content_hash
    assert parse_method(SMALL + "\n# said\n").content_hash != method.content_hash


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('code = "small"', "", "code is missing"),
        ('code = "small"', "code = 5", "code must be str, is int"),
        ('year = "same"', 'year = "any"', "year is 'any'; known are same, latest_earlier"),
        ('clause = "1"', 'clause = "1"\nregion = ["CN"]', "search.fuel: unknown region"),
        ('clause = "1"', 'clause = "1"\nregions = ["town"]', "names town"),
        ('combustion = "fuel"', 'combustion = "fule"', "there is no search fule"),
        ('kind = "organisation"', 'kind = "firm"', "known are organisation, product"),
        ('name = { en = "Small", zh = "小" }', 'name = { en = "Small" }', "zh is missing"),
        ('gases = ["co2", "hfc-*"]', "gases = [1]", "gases holds something that is no text"),
        ('gases = ["co2"', 'gwp_set = "AR6"\ngases = ["co2"', "there is no search gwp"),
        ("[scope_1]", "[scope_1", "Expected ']'"),
        ("[scope_1]", "[scope_9]\nx = 1\n[scope_1]", "unknown scope_9"),
    ],
)
def test_a_fault_in_a_method_is_refused_where_it_is(old: str, new: str, said: str) -> None:
    with pytest.raises(FactorRefused) as refused:
        parse_method(SMALL.replace(old, new), "small.toml")
    assert refused.value.code == "method"
    assert refused.value.message.startswith("small.toml")
    assert said in refused.value.message


PARK = """
[park]
total = ["1"]
utilised = []
clause = "3"
[[park.indicator]]
code = "a"
measure = "co2_per_energy"
name = { en = "A", zh = "甲" }
unit = ""
kind = "core"
clause = "4"
[[park.indicator.limit]]
"""


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ('at_most = "0.2"\nat_least = "0.1"', "one of the two"),
        ('from_tce = "1"', "one of the two"),
        ('at_most = "many"', "no decimal number"),
        ('at_most = "nan"', "no finite number"),
        ("at_most = 0.2", "at_most must be str, is float"),
    ],
)
def test_a_threshold_is_one_exact_number(limit: str, said: str) -> None:
    with pytest.raises(FactorRefused, match=said):
        parse_method(SMALL + PARK + limit)


def test_a_threshold_keeps_the_digits_of_its_source() -> None:
    method = parse_method(SMALL + PARK + 'at_most = "0.20"\nbelow_tce = "1000000"')
    assert method.park is not None
    limit = method.park.indicators[0].limits[0]
    assert (limit.relation, str(limit.value), limit.from_tce) == ("<=", "0.20", None)
    assert limit.below_tce == Decimal(1_000_000)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FactorRefused, match="cannot be read"):
        load_method(tmp_path / "none.toml")
    junk = tmp_path / "junk.toml"
    junk.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FactorRefused, match="cannot be read"):
        load_method(junk)


def test_the_methods_that_ship() -> None:
    assert [method.key for method in shipped_methods()] == [
        "cbam-direct@2026", "cbam@2026", "cn-zero-carbon-factory@2026", "cn-zero-carbon-park@2025",
        "defra@2025", "gb-t-32150@2025", "ghg-protocol@2015", "iso-14064-1@2018", "iso-14067@2018",
    ]  # fmt: skip


@pytest.mark.parametrize("code", METHODS)
def test_a_shipped_method_names_only_what_there_is(code: str) -> None:
    method = METHODS[code]
    packs = {name.partition("@")[0] for name in shipped()} | {"site", "cn-process", "*"}
    for search in method.searches.values():
        assert set(search.purposes) <= set(PURPOSES)
        assert set(search.packs) <= packs
        assert search.clause
    if method.park:
        assert {rule.measure for rule in method.park.indicators} <= set(MEASURES)
        assert all(rule.clause for rule in method.park.indicators)


def test_the_thresholds_of_the_zero_carbon_park_are_those_of_annex_3() -> None:
    park = METHODS["cn-zero-carbon-park"].park
    assert park is not None
    limits = {
        rule.code: [(one.relation, str(one.value), one.from_tce, one.below_tce)
                    for one in rule.limits]
        for rule in park.indicators
    }  # fmt: skip
    assert limits["co2_per_energy"] == [
        ("<=", "0.2", Decimal(200_000), Decimal(1_000_000)),
        ("<=", "0.3", Decimal(1_000_000), None),
    ]
    assert {code: rows[0][1] for code, rows in limits.items() if len(rows) == 1} == {
        "clean_energy_share": "90", "clean_energy_share_without_gas": "90",
        "solid_waste_utilisation": "80", "waste_heat_utilisation": "50", "water_reuse": "80",
        "direct_supply_share": "50",
    }  # fmt: skip


DOCS = Path(__file__).parent.parent / "docs" / "methods"


@pytest.mark.skipif(not DOCS.is_dir(), reason="docs are only in a checkout")
def test_the_pages_about_methods_are_what_the_methods_say() -> None:
    written = {path.name: path.read_text("utf-8") for path in DOCS.glob("*.md")}
    assert written == pages(shipped_methods()), (
        "write them anew: python -m carbonledger.factors.method_page docs/methods"
    )


def test_a_page_states_rates_fall_backs_and_thresholds() -> None:
    park, ghg = (page(METHODS[code]) for code in ("cn-zero-carbon-park", "ghg-protocol"))
    assert "<= 0.2 from 200,000 tce below 1,000,000 tce; <= 0.3 from 1,000,000 tce" in park
    assert "one rule, shown under both names" in park
    assert "- not covered: search `residual`, else search `electricity`" in ghg
    assert "- covered by certificates: 0 kgCO2/kWh (" in ghg
    assert "electricity of a known technology" in page(METHODS["iso-14067"])
