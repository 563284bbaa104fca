"""Numbers from text, exactly or refused; quantities as integers in millionths."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carbonledger.errors import NumberRefused
from carbonledger.units import from_micro, parse_number, round_half_even, to_micro

INT64 = 2**63


# ---- reading


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "expected"),
    [
        ("1234.5", ".", "", "1234.5"),
        ("-0.001", ".", "", "-0.001"),
        ("+7", ".", "", "7"),
        (".5", ".", "", "0.5"),
        ("5.", ".", "", "5"),
        ("007", ".", "", "7"),
        ("-0.00", ".", "", "0.00"),
        ("−3", ".", "", "-3"),
        (" \t12\u00a0", ".", "", "12"),
        ("\u300012\ufeff", ".", "", "12"),
        ("１２３．４５", ".", "", "123.45"),
        ("－１", ".", "", "-1"),
        ("1,5", ",", "", "1.5"),
        ("165,92", ",", "", "165.92"),
        ("1.234,5", ",", ".", "1234.5"),
        ("1234,5", ",", ".", "1234.5"),
        ("1,234.5", ".", ",", "1234.5"),
        ("1,234,567", ".", ",", "1234567"),
        ("１，２３４", ".", ",", "1234"),
        ("1'234'567.8", ".", "'", "1234567.8"),
        ("1’234", ".", "'", "1234"),
        ("1 234,5", ",", " ", "1234.5"),
        ("1\u202f234,5", ",", " ", "1234.5"),
        ("1\u00a0234", ".", "\u00a0", "1234"),
        ("1.5E3", ".", "", "1500"),
        ("1,5e-3", ",", "", "0.0015"),
        ("1E+13", ".", "", "10000000000000"),
        ("1e30", ".", "", "1e30"),
        ("0.12345678901234567890123456789012345678", ".", "", None),
    ],
)
def test_a_number_is_read_exactly(
    text: str, decimal: str, thousands: str, expected: str | None
) -> None:
    assert parse_number(text, decimal, thousands) == Decimal(expected or text)


def test_the_digits_of_the_source_are_kept() -> None:
    assert str(parse_number("1.500")) == "1.500"
    assert str(parse_number("1.234,50", ",", ".")) == "1234.50"
    assert str(parse_number("-0.0")) == "0.0"


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "code", "reason"),
    [
        ("", ".", "", "number-empty", "empty"),
        (" \u00a0", ".", "", "number-empty", "empty"),
        ("1,234.5", ".", "", "number-format", "no thousands sign"),
        ("1,5", ".", "", "number-format", "decimal sign “.”"),
        ("1.234,5", ".", "", "number-format", "no thousands sign"),
        ("1.234,5", ".", ",", "number-format", "groups of three"),
        ("1,234.5", ",", ".", "number-format", "groups of three"),
        ("1.5", ",", ".", "number-format", "groups of three"),
        ("12,34,567", ".", ",", "number-format", "groups of three"),
        ("1234,567", ".", ",", "number-format", "groups of three"),
        (",234", ".", ",", "number-format", "groups of three"),
        ("1,234,", ".", ",", "number-format", "groups of three"),
        ("1,,234", ".", ",", "number-format", "groups of three"),
        ("1,234e3", ".", ",", "number-format", "no number"),
        ("1 234", ".", "", "number-format", "no thousands sign"),
        ("1.2.3", ".", "", "number-format", "decimal sign"),
        ("NaN", ".", "", "number-format", "no quantity"),
        ("-inf", ".", "", "number-format", "no quantity"),
        ("Infinity", ".", "", "number-format", "no quantity"),
        ("#DIV/0!", ".", "", "number-format", "no quantity"),
        ("0x1F", ".", "", "number-format", "no number"),
        ("1_000", ".", "", "number-format", "no number"),
        ("--5", ".", "", "number-format", "no number"),
        ("+-5", ".", "", "number-format", "no number"),
        ("5-", ".", "", "number-format", "no number"),
        ("(5)", ".", "", "number-format", "no number"),
        ("5 kWh", ".", "", "number-format", "no number"),
        ("-", ".", "", "number-format", "no number"),
        (".", ".", "", "number-format", "decimal sign"),
        ("e5", ".", "", "number-format", "no number"),
        ("1e", ".", "", "number-format", "no number"),
        ("¹²³", ".", "", "number-format", "no number"),
        ("١٢٣", ".", "", "number-format", "no number"),
        ("一百", ".", "", "number-format", "no number"),
        ("1\n2", ".", "", "number-format", "no number"),
        ("1\n", ".", "", "number-format", "no number"),
        ("1e31", ".", "", "number-exponent", "exponent"),
        ("1e308", ".", "", "number-exponent", "exponent"),
        ("1e-999999999", ".", "", "number-exponent", "exponent"),
        ("1" * 41, ".", "", "number-too-long", "40 characters"),
        ("9" * 10_000_000, ".", "", "number-too-long", "40 characters"),
        ("1", ".", ".", "number-signs", "thousands sign"),
        ("1", ";", "", "number-signs", "decimal sign"),
        ("1", ".", "_", "number-signs", "thousands sign"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_is_no_number_here_is_refused_with_the_reason(
    text: str, decimal: str, thousands: str, code: str, reason: str
) -> None:
    with pytest.raises(NumberRefused) as caught:
        parse_number(text, decimal, thousands)
    assert caught.value.code == code
    assert reason in caught.value.message
    assert caught.value.hint
    assert len(caught.value.message) < 250


@given(
    st.text() | st.text("0123456789.,'eE+- ", max_size=45),
    st.sampled_from(".,;"),
    st.sampled_from(["", ".", ",", "'", " ", "x"]),
)
def test_any_text_is_a_finite_number_or_refused(text: str, decimal: str, thousands: str) -> None:
    try:
        value = parse_number(text, decimal, thousands)
    except NumberRefused as refused:
        value, message = Decimal(0), refused.message
    else:
        message = "read"
    assert message.isprintable()
    assert value.is_finite()
    assert len(value.as_tuple().digits) <= 40


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12
    )
)
def test_what_is_printed_under_any_signs_is_read_back(value: Decimal) -> None:
    printed = f"{value:,f}"
    swapped = printed.translate(str.maketrans(",.", ".,"))
    assert parse_number(f"{value:f}") == value
    assert parse_number(printed, ".", ",") == value
    assert parse_number(swapped, ",", ".") == value
    assert parse_number(printed.replace(",", "\u202f"), ".", " ") == value


# ---- rounding and the books


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (5, 2, 2),
        (7, 2, 4),
        (-5, 2, -2),
        (-7, 2, -4),
        (5, -2, -2),
        (1, 2, 0),
        (3, 2, 2),
        (2, 3, 1),
        (-1, 3, 0),
        (0, 7, 0),
        (10**40 + 1, 2, 5 * 10**39),
    ],
)
def test_halves_go_to_the_even_integer(numerator: int, denominator: int, expected: int) -> None:
    assert round_half_even(numerator, denominator) == expected


@given(st.integers(), st.integers().filter(bool))
def test_rounding_agrees_with_fractions(numerator: int, denominator: int) -> None:
    assert round_half_even(numerator, denominator) == round(Fraction(numerator, denominator))


def test_nothing_divides_by_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        round_half_even(1, 0)


@pytest.mark.parametrize(
    ("value", "factor", "expected"),
    [
        (Decimal("959636.71"), Fraction(1), 959_636_710_000),
        (Decimal("165.92"), Fraction(1, 4), 41_480_000),
        (Decimal(1), Fraction(5, 18), 277_778),
        (Decimal("0.0000005"), Fraction(1), 0),
        (Decimal("0.0000015"), Fraction(1), 2),
        (Decimal("-0.0000015"), Fraction(1), -2),
        (Decimal("0.0000025"), Fraction(1), 2),
        (Fraction(1, 3), Fraction(3), 1_000_000),
        (3, Fraction(1), 3_000_000),
        (Decimal("1e-30"), Fraction(10**30), 1_000_000),
        (Decimal("-0"), Fraction(1), 0),
    ],
)
def test_a_quantity_is_rounded_once(
    value: Decimal | Fraction | int, factor: Fraction, expected: int
) -> None:
    assert to_micro(value, factor) == expected


def test_quantities_beyond_the_database_are_refused() -> None:
    assert to_micro(Fraction(INT64 - 1, 10**6)) == INT64 - 1
    assert to_micro(Fraction(-INT64, 10**6)) == -INT64
    for value in (Fraction(INT64, 10**6), Fraction(-INT64 - 1, 10**6), 10**6000, Decimal("1e900")):
        with pytest.raises(NumberRefused) as caught:
            to_micro(value)
        assert caught.value.code == "number-too-large"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NaN", "number-format"),
        ("sNaN", "number-format"),
        ("Infinity", "number-format"),
        ("1e999999999", "number-exponent"),
        ("1e-999999999", "number-exponent"),
    ],
)
def test_decimals_that_are_no_quantities_are_refused(text: str, code: str) -> None:
    with pytest.raises(NumberRefused) as caught:
        to_micro(Decimal(text))
    assert caught.value.code == code


def test_floats_do_not_enter_the_books() -> None:
    with pytest.raises(TypeError, match="float"):
        to_micro(0.1)  # type: ignore[arg-type]


@given(st.integers(-INT64, INT64 - 1))
@example(-INT64)
@example(INT64 - 1)
def test_the_books_give_back_what_they_took(micro: int) -> None:
    assert to_micro(from_micro(micro)) == micro


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6))
def test_six_decimals_survive_the_books(value: Decimal) -> None:
    assert from_micro(to_micro(value)) == value


@pytest.mark.parametrize(
    ("micro", "printed"),
    [
        (0, "0"),
        (1, "0.000001"),
        (-1, "-0.000001"),
        (1_500_000, "1.5"),
        (-2_000_000, "-2"),
        (100_000_000, "100"),
        (959_636_710_000, "959636.71"),
        (INT64 - 1, "9223372036854.775807"),
        (10**40, "1" + "0" * 34),
    ],
)
def test_millionths_print_plainly(micro: int, printed: str) -> None:
    assert str(from_micro(micro)) == printed
