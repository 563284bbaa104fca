"""Pollutants to air and water, in the equivalents of the environmental tax law."""

from dataclasses import replace
from decimal import Decimal

import pytest
from calc_case import COMMODITIES, METHODS, PARK_FACTORS, Row, books

from carbonledger.calc.figures import NOTHING
from carbonledger.calc.model import Books
from carbonledger.calc.park import intensity, intensity_answer
from carbonledger.calc.pollutants import Pollution, pollution
from carbonledger.factors.commodities import shipped_commodities
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.shipping import shipped_pack

LAW = FactorBook(shipped_pack("cn-pollution-equivalents@2018").factors)


def park(*rows: Row) -> Books:
    shipped = {one.code: one for one in shipped_commodities()}
    return replace(books(*rows), commodities={**shipped, **COMMODITIES})


def counted(*rows: Row, book: FactorBook = LAW) -> dict[tuple[str, str, str], Decimal | None]:
    found = pollution(park(*rows), book)
    return {(one.account, one.pollutant, one.medium): one.equivalents for one in found}


def test_1_90_kg_of_sulphur_dioxide_are_2_equivalents() -> None:
    assert counted(("park", "air", "so2", "2023-01", "1.90")) == {("park", "so2", "air"): 2}


def test_882_kg_of_sulphur_dioxide_cost_1114_yuan_at_the_lowest_rate() -> None:
    (equivalents,) = counted(("park", "air", "so2", "2023-01", 882)).values()
    assert equivalents is not None
    assert round(equivalents * Decimal("1.2"), 1) == Decimal("1114.1")


def test_months_are_summed_and_the_most_equivalents_come_first() -> None:
    found = pollution(
        park(
            ("park/boiler", "air", "nox", "2023-01", "0.95"),
            ("park/boiler", "air", "nox", "2023-02", "0.95"),
            ("park/boiler", "air", "so2", "2023-01", "2.85"),
            ("park/dye-house", "air", "so2", "2023-01", "0.95"),
        ),
        LAW,
    )
    assert [(one.account, one.pollutant, str(one.equivalents)) for one in found] == [
        ("park/boiler", "so2", "3"), ("park/boiler", "nox", "2"), ("park/dye-house", "so2", "1"),
    ]  # fmt: skip
    assert found[0].factor == "cn-pollution-equivalents@2018/air-so2"


def test_what_no_pack_has_is_shown_without_a_number_and_never_as_zero() -> None:
    """Volatile organic compounds as a sum are not in the annex, only single substances are."""
    (found,) = pollution(park(("park", "air", "voc", "2023-01", 5)), LAW)
    assert replace(found, reason=NOTHING, flows=()) == Pollution(
        "park", "voc", "air", Decimal(5), "kg", None, ""
    )
    assert found.reason.en == "no pack in the ledger has an equivalent of voc in air"
    assert found.flows == ("flow:voc:park>air:2023-01",)
    assert counted(("park", "air", "so2", "2023-01", 5), book=FactorBook(())) == {
        ("park", "so2", "air"): None
    }


def test_the_pack_of_the_law_is_named_where_it_is_not_loaded() -> None:
    book = FactorBook((), unloaded=("cn-pollution-equivalents@2018", "uk-desnz@2025"))
    (found,) = pollution(park(("park", "air", "so2", "2023-01", 5)), book)
    assert found.equivalents is None
    assert "carbonledger factors load cn-pollution-equivalents@2018" in found.reason.en
    assert "carbonledger factors load cn-pollution-equivalents@2018" in found.reason.zh


def test_a_pollutant_that_stays_inside_is_not_given_off() -> None:
    assert counted(("park", "park/scrubber", "so2", "2023-01", 5)) == {}


@pytest.mark.parametrize("rows", [(), (("park", "air", "so2", "2023-01", "0.95"),)])
def test_a_park_sees_its_equivalents(rows: tuple[Row, ...]) -> None:
    book = FactorBook((*PARK_FACTORS, *shipped_pack("cn-pollution-equivalents@2018").factors))
    power: Row = ("grid", "park", "electricity", "2023-01", 1_000)
    answer = intensity_answer(intensity(park(power, *rows), METHODS["cn-zero-carbon-park"], book))
    assert ("pollutants" in answer) == bool(rows)
    shown = answer.get("pollutants", [])
    assert isinstance(shown, list)
    assert [(one["medium"], str(one["equivalents"])) for one in shown] == [("air", "1")] * len(rows)
