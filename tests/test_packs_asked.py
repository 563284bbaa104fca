"""Packs of single countries and regimes that a ledger gets when it asks for them."""

from collections import defaultdict
from decimal import Decimal

import pytest

from carbonledger.errors import FactorNotFound
from carbonledger.factors.lookup import FactorBook, Query
from carbonledger.factors.model import Factor
from carbonledger.factors.shipping import asked_names, shipped_pack

MIX, EMBER, CBAM, CPCD = "eu-residual-mix@2022", "ember@2024", "cbam@2026", "cn-cpcd@2025"


def rows(pack: str, **wanted: object) -> list[Factor]:
    return [
        one
        for one in shipped_pack(pack).factors
        if all(getattr(one, field) == value for field, value in wanted.items())
    ]


def value(pack: str, **wanted: object) -> Decimal:
    (found,) = rows(pack, **wanted)
    return found.value


def look(pack: str, activity: str, region: str, purpose: str, year: int = 2024) -> Factor:
    return FactorBook(shipped_pack(pack).factors).find(
        Query(activity, (region,), year, (purpose,))
    ).factor  # fmt: skip


@pytest.mark.parametrize("name", [MIX, EMBER, CBAM, CPCD])
def test_they_are_put_into_no_ledger_that_does_not_ask(name: str) -> None:
    pack = shipped_pack(name)
    assert pack.posted == "asked"
    assert name in asked_names()
    assert {one.confidence for one in pack.factors} == {"one_source"}
    assert "not read" in pack.licence


@pytest.mark.parametrize(
    ("country", "expected"),
    [("DE", "0.68403"), ("FR", "0.12496"), ("SE", "0.03895"), ("IS", "0.53129")],
)
def test_what_no_guarantee_of_origin_covers(country: str, expected: str) -> None:
    found = look(MIX, "electricity", country, "organisation_residual")
    assert (str(found.value), found.unit, found.data_year) == (expected, "kgCO2/kWh", 2022)


@pytest.mark.parametrize("country", ["CH", "AT"])
def test_full_disclosure_is_no_emission_of_zero(country: str) -> None:
    with pytest.raises(FactorNotFound):
        look(MIX, "electricity", country, "organisation_residual")
    assert not [one for one in shipped_pack(MIX).factors if one.value == 0]


def test_a_life_cycle_intensity_serves_no_inventory() -> None:
    assert str(look(EMBER, "electricity", "DE", "product").value) == "342.06"
    assert rows(EMBER, region="ID")[0].data_year == 2023
    with pytest.raises(FactorNotFound, match="is for product and is not used"):
        look(EMBER, "electricity", "DE", "organisation")


def test_default_values_keep_their_parts_and_their_printed_total() -> None:
    goods: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for one in rows(CBAM, purpose="cbam_default"):
        goods[one.activity][one.basis] = one.value
    assert len(goods) == 49
    for code, parts in goods.items():
        added = parts["direct"] + parts.get("indirect", Decimal(0))
        assert abs(parts["total"] - added) <= Decimal("0.02"), code
    assert goods["cbam_31021019"] == {
        "direct": Decimal("2.7"), "indirect": Decimal("0.14"), "total": Decimal("2.85"),
    }  # fmt: skip
    assert goods["cbam_2523100090"]["total"] == Decimal("1.39")
    assert goods["cbam_2523100010"]["total"] == Decimal("1.3")
    assert goods["cbam_72142000"] == {"direct": Decimal("3.169"), "total": Decimal("3.169")}


def test_the_obligation_of_a_tonne_of_chinese_clinker_in_2026() -> None:
    """Default value with its mark-up of 10 %, less what free allocation still covers."""
    default = value(CBAM, activity="cbam_2523100090", basis="total") * Decimal("1.1")
    benchmark = value(CBAM, activity="cbam_25231000", basis="B", technology="grey")
    free = value(CBAM, purpose="cbam_factor", data_year=2026) * benchmark
    assert default - free == Decimal("0.87965")


def test_free_allocation_fades_until_2034() -> None:
    shares = {one.data_year: one.value for one in rows(CBAM, purpose="cbam_factor")}
    assert list(shares) == list(range(2026, 2035))
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert shares[2034] == 0
    assert rows(CBAM, data_year=2034)[0].note


def test_benchmarks_go_by_column_and_route() -> None:
    billet = rows(CBAM, activity="cbam_72071114", purpose="cbam_benchmark")
    assert {(one.technology, one.basis): str(one.value) for one in billet} == {
        ("blast_furnace", "A"): "0.188", ("blast_furnace", "B"): "1.364",
        ("direct_reduction", "A"): "0.065", ("direct_reduction", "B"): "0.475",
        ("scrap", "A"): "0.065", ("scrap", "B"): "0.066",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("activity", "purpose", "expected"),
    [
        ("tyres", "purchased_goods", "2330 kgCO2e/t"),
        ("cold_rolled_sheet", "purchased_goods", "2.6 tCO2e/t"),
        ("diesel", "upstream", "650.86 kgCO2e/t"),
        ("freight_road", "freight", "0.2157 kgCO2e/tkm"),
        ("freight_rail", "freight", "6.502 gCO2e/tkm"),
        ("freight_air", "freight", "921 gCO2e/tkm"),
        ("hotel_night", "travel", "66.52 kgCO2e/night"),
    ],
)
def test_chinese_footprints(activity: str, purpose: str, expected: str) -> None:
    found = look(CPCD, activity, "CN", purpose, 2025)
    assert f"{found.value} {found.unit}" == expected


def test_a_footprint_states_its_boundary_and_none_is_a_slip_of_units() -> None:
    for one in shipped_pack(CPCD).factors:
        assert "boundary as printed: " in one.note, one.code
        assert not one.unit.endswith("/GJ")
        if one.purpose == "purchased_goods":
            per_kg = one.value / (1000 if one.unit == "kgCO2e/t" else 1)
            assert Decimal("0.5") < per_kg < 30, one.code
