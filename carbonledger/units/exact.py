"""Numbers as the books hold them: exact decimals from text, integers in millionths.

A text is read by the decimal and thousands sign that its source declares, and refused where it
does not fit them; nothing is dropped or guessed. Quantities become integers once, rounded half
to even.
"""

import re
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from fractions import Fraction
from functools import lru_cache

from carbonledger.errors import NumberRefused
from carbonledger.units.registry import shown

MICRO = 1_000_000
# Rounds nothing.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
LONGEST = 40
LARGEST_EXPONENT = 30
# Beyond this a power of ten takes minutes to write out; no quantity comes near it.
LARGEST_SCALE = 1000
BITS_SHOWN = 200
BLANKS = " \t\u00a0\u2009\u202f\u3000\ufeff"
DECIMAL_SIGNS = (".", ",")
# One sign, the texts it is written as.
THOUSANDS_SIGNS = {
    "": "",
    ",": ",",
    ".": ".",
    "'": "'’",
    "’": "'’",
    " ": " \u00a0\u2009\u202f",
    "\u00a0": " \u00a0\u2009\u202f",
    "\u202f": " \u00a0\u2009\u202f",
}
# Full-width forms of Chinese typing, and the minus of typeset tables.
PLAIN = str.maketrans("０１２３４５６７８９＋－．，Ｅｅ−", "0123456789+-.,Ee-")


def _refuse(text: str, reason: str, code: str = "number-format", hint: str = "") -> NumberRefused:
    return NumberRefused(f"“{shown(text)}” {reason}", code=code, hint=hint)


@lru_cache(maxsize=32)
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    """Return the grammar of a number; an exponent belongs to ungrouped numbers only."""
    if decimal not in DECIMAL_SIGNS or thousands not in THOUSANDS_SIGNS or decimal == thousands:
        raise NumberRefused(
            f"decimal sign “{shown(decimal)}” with thousands sign “{shown(thousands)}” "
            "cannot be read",
            code="number-signs",
            hint="decimal is . or , and thousands is empty, the other one, ' or a blank",
        )
    point = re.escape(decimal)
    plain = rf"(?:[0-9]+(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]{{1,9}})?"
    if not thousands:
        return re.compile(rf"[+-]?{plain}")
    sign = f"[{re.escape(THOUSANDS_SIGNS[thousands])}]"
    grouped = rf"[0-9]{{1,3}}(?:{sign}[0-9]{{3}})+(?:{point}[0-9]*)?"
    return re.compile(rf"[+-]?(?:{plain}|{grouped})")


def _reason(text: str, decimal: str, thousands: str) -> tuple[str, str]:
    """Say why a text is no number, and what to do; the text has already been refused."""
    if re.fullmatch(r"[+-]?(nan|inf|infinity|#.*)", text, re.IGNORECASE):
        return "is no quantity", "leave the cell empty or list it among the missing texts"
    if not re.fullmatch(r"[+-]?[0-9.,'’ \u00a0\u2009\u202f]+", text):
        return "is no number", "only digits, one sign, the decimal sign and the thousands sign"
    if thousands and any(sign in text for sign in THOUSANDS_SIGNS[thousands]):
        signs = f"decimal sign “{decimal}” and groups of three digits split by “{thousands}”"
        return f"does not fit {signs}", "check the declared signs against the file"
    signs = f"thousands sign “{thousands}”" if thousands else "no thousands sign"
    return (
        f"does not fit decimal sign “{decimal}” and {signs}",
        "declare the signs of the file in the profile: decimal, thousands",
    )


def parse_number(text: str, decimal: str = ".", thousands: str = "") -> Decimal:
    """Return the exact decimal that a text states.

    Digits may be ASCII or full-width; blanks around the number are ignored; a sign may lead. An
    exponent of up to 30 either way is read, as spreadsheets write one.

    Args:
        text: what stands in the file.
        decimal: its decimal sign, `.` or `,`.
        thousands: the sign between groups of three digits; "" when the file has none.

    Raises:
        NumberRefused: `number-empty`, `number-format` (text, NaN, infinity, signs that do not fit
            the declared ones, misplaced groups), `number-exponent`, `number-too-long` (over 40
            characters), `number-signs` (the declared signs contradict each other).
    """
    pattern = _pattern(decimal, thousands)
    body = text.strip(BLANKS)
    if not body:
        raise NumberRefused(
            "the number is empty", code="number-empty", hint="an empty cell is a missing value"
        )
    if len(body) > LONGEST:
        raise _refuse(
            body, f"is longer than {LONGEST} characters", "number-too-long", "is the column right?"
        )
    body = body.translate(PLAIN)
    if not pattern.fullmatch(body):
        reason, hint = _reason(body, decimal, thousands)
        raise _refuse(body, reason, hint=hint)
    for sign in THOUSANDS_SIGNS[thousands]:
        body = body.replace(sign, "")
    mantissa, _, exponent = body.replace(decimal, ".").lower().partition("e")
    if abs(int(exponent or 0)) > LARGEST_EXPONENT:
        raise _refuse(
            body,
            f"has an exponent beyond {LARGEST_EXPONENT}",
            "number-exponent",
            "is the column right?",
        )
    number = Decimal(mantissa + (f"e{exponent}" if exponent else ""))
    # -0 would print with a sign that means nothing.
    return number or number.copy_abs()


def round_half_even(numerator: int, denominator: int) -> int:
    """Return the quotient rounded to the nearest integer, halves to the even one.

    Raises:
        ZeroDivisionError: the denominator is zero.
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    quotient, rest = divmod(numerator, denominator)
    above = 2 * rest - denominator
    return quotient + (above > 0 or (above == 0 and quotient % 2 == 1))


def _as_fraction(value: Decimal | Fraction | int) -> Fraction:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise _refuse(str(value), "is no quantity")
        if value and abs(value.adjusted()) > LARGEST_SCALE:
            raise _refuse(str(value), "is out of every range", "number-exponent")
    elif isinstance(value, float):  # the type forbids it; a float would round unseen
        raise TypeError(f"{value!r} is a float; the books take exact numbers only")
    return Fraction(value)


def to_micro(value: Decimal | Fraction | int, factor: Fraction = Fraction(1)) -> int:
    """Return value times factor in millionths, rounded once, half to even.

    Args:
        value: a quantity in the unit of the source.
        factor: canonical units in one unit of the source, from `ratio` or
            `canonical_micro_ratio`.

    Raises:
        NumberRefused: `number-too-large` outside the signed 64-bit integers of the database;
            `number-format` for NaN and infinities, `number-exponent` beyond 1e±1000.
    """
    exact = _as_fraction(value) * factor
    micro = round_half_even(exact.numerator * MICRO, exact.denominator)
    if not INT64_MIN <= micro <= INT64_MAX:
        # Python does not print integers of thousands of digits.
        amount = from_micro(micro) if micro.bit_length() < BITS_SHOWN else "a number"
        raise NumberRefused(
            f"{amount} canonical units are too many for the books: 9,223,372,036,854 at most",
            code="number-too-large",
            hint="check the unit and the multiplier",
        )
    return micro


def from_micro(micro: int) -> Decimal:
    """Return millionths as the exact decimal, without exponent or trailing zeros."""
    if micro % MICRO == 0:
        return Decimal(micro // MICRO)
    return EXACT.normalize(EXACT.scaleb(Decimal(micro), -6))
