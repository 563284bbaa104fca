"""The renewable share of electricity in its four readings."""

from decimal import Decimal

import pytest
from calc_case import METHODS, Row, books, ghg_book
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.calc.renewable import (
    HourlySeries,
    Hours,
    RenewableResult,
    match_hours,
    renewable,
    renewable_answer,
)
from carbonledger.errors import CalculationRefused

GHG = METHODS["ghg-protocol"]
PV = {"pv": "generator:solar_pv", "nuclear": "generator:nuclear", "chp": "chp"}
# 2,000 bought, 1,000 made of which 200 sold, 500 over a direct line, one certificate.
CASE: tuple[Row, ...] = (
    ("grid", "park", "electricity", "2023-01", 2000),
    ("park/pv", "park", "electricity", "2023-01", 1000),
    ("park", "grid", "electricity", "2023-01", 200),
    ("wind-farm", "park", "electricity", "2023-02", 500),
    ("market", "park", "gec_wind", "2023-02", 1),
)


def shares(
    *rows: Row, hourly: HourlySeries | None = None, boundary: str = "park"
) -> RenewableResult:
    return renewable(books(*rows, boundary=boundary, kinds=PV), GHG, ghg_book(), hourly)


def test_the_same_rows_in_four_readings() -> None:
    result = shares(*CASE, hourly=HourlySeries(load=(100, 100, 0), own=(40, 300, 5)))
    assert result.electricity_kwh == 3300
    # 800 own, 500 direct, 1,000 certified.
    assert result.renewable_kwh == 2300
    assert result.share == Decimal("0.696969697")
    assert result.physical_share == Decimal("0.393939394")
    assert result.hourly_share == Decimal("0.7")
    assert result.uncovered_hours == 1
    # 2,000 kWh bought of the province; of the residual mix what the certificate leaves.
    assert result.location_t == Decimal("0.9756")
    assert result.market_t == Decimal("0.6096")


def test_certificates_do_not_cover_more_than_was_bought() -> None:
    result = shares(
        ("grid", "park", "electricity", "2023-01", 600),
        ("park/pv", "park", "electricity", "2023-01", 400),
        ("market", "park", "gec_wind", "2023-02", 9),
    )
    assert [result.share, result.renewable_kwh] == [1, 1000]


def test_sold_certificates_turn_own_consumption_into_residual_mix() -> None:
    result = shares(*CASE[:3], ("park/pv", "market", "gec_solar_pv", "2023-01", 1))
    # One certificate: 200 belong to the export, 800 to own consumption, which is all of it.
    assert [result.renewable_kwh, result.physical_share] == [0, 0]
    assert result.market_t == Decimal("2.8") * Decimal("0.6096")
    assert any("800 kWh of own consumption were sold" in r.en for r in result.remarks)


def test_electricity_of_a_chp_is_consumption_but_not_renewable() -> None:
    result = shares(
        ("park/chp", "park", "electricity", "2023-01", 300),
        ("park/pv", "park", "electricity", "2023-01", 100),
    )
    assert [result.electricity_kwh, result.share] == [400, Decimal("0.25")]


def test_a_member_supplied_by_the_roof_of_the_park_has_its_share_of_it() -> None:
    case = (
        ("grid", "park", "electricity", "2023-01", 300),
        ("park/pv", "park", "electricity", "2023-01", 100),
        ("park", "park/a", "electricity", "2023-01", 200),
    )
    member = shares(*case, boundary="park/a")
    assert [member.electricity_kwh, member.renewable_kwh] == [200, 50]
    assert shares(*case).renewable_kwh == 100


def test_without_electricity_there_is_no_share() -> None:
    result = shares(("supplier", "park", "steam", "2023-01", 1))
    assert [result.share, result.physical_share, result.electricity_kwh] == [None, None, 0]


def test_without_readings_there_is_no_hourly_share_and_the_result_says_so() -> None:
    result = shares(*CASE)
    assert (result.hourly_share, result.uncovered_hours) == (None, None)
    figure = next(f for f in result.figures if f.key == "hourly-share")
    assert figure.reason == "no hourly readings"
    assert any("no hourly readings" in remark.en for remark in result.remarks)


def test_the_answer_has_the_agreed_shape() -> None:
    answer = renewable_answer(shares(*CASE))
    assert set(answer) >= {
        "electricity_kwh", "renewable_kwh", "share", "hourly_share", "hourly_own_use",
        "physical_share",
        "location_t", "market_t", "uncovered_hours",
    }  # fmt: skip


def test_hours_with_a_missing_reading_are_left_out_and_counted() -> None:
    hours = match_hours(HourlySeries(load=(10, None, 10, 10), own=(10, 5, None, 2)))
    assert hours == Hours(
        share=Decimal("0.6"), own_use=Decimal(1), uncovered=1, complete=2, missing=2
    )
    result = shares(*CASE, hourly=HourlySeries(load=(None,), own=(3,)))
    assert (result.hourly_share, result.uncovered_hours) == (None, None)
    assert any("1 hours without a reading" in remark.en for remark in result.remarks)


def test_surplus_of_one_hour_helps_no_other() -> None:
    hours = match_hours(HourlySeries((10, 10), (20, 0)))
    # Half of the load, and half of what was generated: direct connection asks for 60 % of that.
    assert (hours.share, hours.own_use) == (Decimal("0.5"), Decimal("0.5"))
    assert match_hours(HourlySeries((10,), (0,))).own_use is None


def test_series_of_different_length_are_refused() -> None:
    with pytest.raises(CalculationRefused, match="2 hours of load, but 1 hours"):
        match_hours(HourlySeries((1, 2), (1,)))


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)), max_size=30))
def test_the_hourly_share_is_at_most_the_share_of_the_whole(rows: list[tuple[int, int]]) -> None:
    load, own = [row[0] for row in rows], [row[1] for row in rows]
    hours = match_hours(HourlySeries(load, own))
    if hours.share is None:
        assert sum(load) == 0
    else:
        assert 0 <= hours.share <= min(Decimal(1), Decimal(sum(own)) / sum(load) + Decimal("1e-9"))
    assert hours.uncovered == sum(made < used for used, made in rows)


def test_every_figure_that_is_named_exists() -> None:
    result = shares(*CASE)
    keys = {figure.key for figure in result.figures}
    for figure in result.figures:
        for name in figure.inputs:
            if name.startswith("line:"):
                assert 1 <= int(name[5:]) <= len(result.lines)
            else:
                assert name.startswith("flow:") or name in keys
