from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.report.format import exact_places, grouped, places_for, plain
from carbonledger.report.page import Page
from carbonledger.report.stated import Label, Stated, label
from carbonledger.report.tables import target
from carbonledger.report.words import Words
from carbonledger.text import t

EN, ZH = Page(Words("en")), Page(Words("zh"))


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [
        ("1234567.891", 1, "1,234,567.9"),
        ("-8921.5", 2, "−8,921.50"),
        ("2.5", 0, "2"),  # half to even
        ("3.5", 0, "4"),
        ("0", 3, "0"),
        ("0.0004", 2, "< 0.01"),
        ("-0.0004", 2, "> −0.01"),
        ("999.96", 1, "1,000.0"),
        ("12345678901234567890.123456789", 9, "12,345,678,901,234,567,890.123456789"),
    ],
)
def test_a_number_is_grouped_and_rounded_half_to_even(
    value: str, places: int, written: str
) -> None:
    assert grouped(Decimal(value), places) == written


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-1e15, max_value=1e15)
)
def test_with_all_its_decimals_a_number_is_written_exactly(value: Decimal) -> None:
    written = grouped(value, exact_places([value]))
    assert Decimal(written.replace(",", "").replace("−", "-")) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [("0.8325", "0.8325"), ("12000", "12000"), ("1.50", "1.5"), ("1E+3", "1000"), ("0", "0")],
)
def test_a_factor_is_written_with_the_digits_of_its_source(value: str, written: str) -> None:
    assert plain(Decimal(value)) == written


@pytest.mark.parametrize(
    ("values", "unit", "places"),
    [
        (["39590300"], "kWh", 0),
        (["8543.87", "0.04012"], "t", 1),
        (["0.000412"], "t", 6),  # all of the column is small: three digits that say something
        (["2.0869"], "tCO2/tce", 3),
        ([None], "t", 1),
        ([], "t", 1),
    ],
)
def test_decimals_suit_the_unit_and_the_column(
    values: list[str | None], unit: str, places: int
) -> None:
    assert places_for([None if v is None else Decimal(v) for v in values], unit) == places


@pytest.mark.parametrize(
    ("text", "unit", "english", "chinese"),
    [
        (">= 0.8", "", "≥\u00a080\u00a0%", "≥\u00a080%"),
        (">= 90", "%", "≥\u00a090\u00a0%", "≥\u00a090%"),
        ("<= 0.2", "tCO2/tce", "≤\u00a00.2", "≤\u00a00.2"),
        ("level 2 of the standard", "", "level 2 of the standard", "level 2 of the standard"),
        ("", "", "", ""),
    ],
)
def test_a_threshold_reads_as_people_write_it(
    text: str, unit: str, english: str, chinese: str
) -> None:
    assert target(text, unit, EN) == english
    assert target(text, unit, ZH) == chinese


def test_a_share_is_complete_only_when_nothing_is_missing() -> None:
    assert EN.complete(35_136, 0) == "100.00\u00a0%"
    assert EN.complete(35_136, 1) == "99.99\u00a0%"
    assert EN.complete(0, 0) == "–"


def test_a_figure_without_a_value_is_a_dash_that_says_why() -> None:
    nothing = Stated("inventory.scope-3", None, "t", reason=Label("", "not counted", "不计"))
    assert Page(Words("en")).value(nothing) == (
        '<span class="v" id="inventory.scope-3" title="inventory.scope-3 · not counted">–</span>'
    )
    assert "不计" in Page(Words("zh")).value(nothing)


def test_behind_a_rounded_figure_stands_the_exact_one() -> None:
    figure = Stated("inventory.scope-1", Decimal("8543.870604"), "t", "Σ lines of scope 1")
    page = Page(Words("en"))
    first = page.value(figure, unit="tCO2e")
    assert 'title="inventory.scope-1 · 8543.870604 t · Σ lines of scope 1"' in first
    assert '>8,543.9\u00a0<span class="u">t\u00a0CO₂e</span>' in first
    # An anchor stands once, however often the figure is shown.
    assert 'id="inventory.scope-1"' in first
    assert "id=" not in page.value(figure)


@pytest.mark.parametrize(
    ("unit", "english", "chinese"),
    [
        ("m3", "m³", "m³"),
        ("kgCO2e/piece", "kg\u00a0CO₂e/piece", "kg\u00a0CO₂e/件"),
        ("tce/万元", "tce/10,000\u00a0CNY", "tce/万元"),
        ("furlong", "furlong", "furlong"),
    ],
)
def test_units_are_written_as_they_are_printed(unit: str, english: str, chinese: str) -> None:
    assert EN.words.unit(unit) == english
    assert ZH.words.unit(unit) == chinese


def test_codes_have_names_and_unknown_ones_stand_for_themselves() -> None:
    assert ZH.words.code("scope", "2_market") == "范围二（基于市场）"
    assert EN.words.code("correction", "estimate:by hand") == "estimate: by hand"
    assert EN.words.code("category", "steam_reforming") == "steam reforming"


def test_a_name_falls_back_to_the_other_language_and_then_to_the_code() -> None:
    assert label("park/x", {"zh": "甲厂"}).of("en") == "甲厂"
    assert label("park/x", {"en": "Works"}).of("zh") == "Works"
    assert label("park/x", {}).of("zh") == "park/x"


def test_months_are_named_in_the_language() -> None:
    assert EN.words.month_and_year("2024-03") == "Mar 2024"
    assert ZH.words.month_and_year("2024-03") == "2024年3月"
    assert t("report.head.days", "zh", first="2024-01-01", last="2024-03-31") == (
        "2024-01-01 至 2024-03-31"
    )


@pytest.mark.parametrize(
    ("basis", "english", "chinese"),
    [
        ("default", "default factor", "缺省因子"),
        (
            "residual; fallback:data year 2023 for 2024",
            "residual mix; the method's fall-back: data of 2023 for 2024",
            "剩余电力组合；方法规定的替代值：以2023年数据代替2024年",
        ),
        (
            "fallback:region CN for CN-XZ, data year 2022 for 2024",
            "the method's fall-back: factor of CN for CN-XZ; data of 2022 for 2024",
            "方法规定的替代值：以CN的因子代替CN-XZ；以2022年数据代替2024年",
        ),
        (
            "fallback:no instrument",
            "the method's fall-back: no instrument",
            "方法规定的替代值：no instrument",
        ),
    ],
)
def test_how_a_line_came_about_is_said_in_words(basis: str, english: str, chinese: str) -> None:
    assert EN.words.basis(basis) == english
    assert ZH.words.basis(basis) == chinese
