"""Texts of numbers into exact integers and into JSON numbers with the source's own digits.

Whole columns at once: a text of digits, one point and at most a minus is read through binary
floating point and scaled back, which is exact while the digits make an integer below 2**50. All
else goes through the strict parser of single numbers.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.errors import NumberRefused
from carbonledger.ingest.columns import mask, numbers, string, strings
from carbonledger.units import parse_number

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
EXACT = 1 << 50
DOT, MINUS, ZERO, NINE = 46, 45, 48, 57
MISSING = ("", "-", "--", "/", "n/a", "N/A", "NA", "null", "Null", "NULL", "无", "空", "—")
LONGEST = 40  # as in units.exact
# The quick way reads no more decimals than this.
MOST_DECIMALS = 9
DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Values:
    """A column of numbers.

    Attributes:
        ints: the numbers times 10**decimals, exact; 0 where missing or faulty. Python's own
            integers where 64 bits do not hold them.
        decimals: digits behind the point that the integers hold.
        texts: the numbers as JSON, with the source's digits; null where missing or faulty.
        missing: where the source says that there is no value.
        faults: position and reason of what is no number.
    """

    ints: Ints
    decimals: int
    texts: pa.StringArray
    missing: Mask
    faults: tuple[tuple[int, str], ...]


def read_values(
    column: pa.StringArray, decimal: str, thousands: str, missing: frozenset[str]
) -> Values:
    """Read a column of numbers.

    Args:
        column: texts as they stand in the file.
        decimal: sign before the decimals, "." or ",".
        thousands: sign between groups of three digits, "" for none.
        missing: texts that mean a missing value.
    """
    quick = _quick(column) if decimal == "." else None
    if quick is not None and not _says_missing(column, missing):
        return quick
    return _careful(column, decimal, thousands, missing)


def _says_missing(column: pa.StringArray, missing: frozenset[str]) -> bool:
    """Tell whether a number of the column means a missing value, as -999 may."""
    stated = [text for text in missing if set(text) & DIGITS]
    return bool(stated) and bool(pc.any(pc.is_in(column, strings(stated))).as_py())


def _quick(column: pa.StringArray) -> Values | None:
    """Read a column in which every cell is a plain number; None when one is not."""
    if len(column) == 0 or not _all_plain(column):
        return None
    found = _integers(column)
    if found is None:
        return None
    return Values(found[0], found[1], column, np.zeros(len(column), np.bool_), ())


def _bytes(column: pa.StringArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    offsets = np.frombuffer(column.buffers()[1], np.int32)
    offsets = offsets[column.offset : column.offset + len(column) + 1]
    data = column.buffers()[2]
    return offsets, np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)


def _all_plain(column: pa.StringArray) -> bool:
    """Tell by their bytes whether all cells are JSON numbers without exponent.

    More than one point or a minus within is left to the conversion, which refuses them.
    """
    offsets, data = _bytes(column)
    starts, ends = offsets[:-1], offsets[1:]
    if not (ends > starts).all():
        return False
    used = data[offsets[0] : offsets[-1]]
    if ((used - np.uint8(MINUS) > NINE - MINUS) | (used == ord("/"))).any():
        return False
    first = data[starts]
    minus = first == MINUS
    size = ends - starts - minus
    end = len(data) - 1
    lead = data[np.minimum(starts + minus, end)] if minus.any() else first
    after = data[np.minimum(starts + minus + 1, end)]
    padded = (lead == ZERO) & (size > 1) & (after != DOT)
    return not ((lead < ZERO) | (data[ends - 1] < ZERO) | padded | (size < 1)).any()


def _integers(column: pa.StringArray) -> tuple[Ints, int] | None:
    try:
        floats = numbers(pc.cast(column, pa.float64()))
    except pa.ArrowInvalid:
        return None
    decimals = _decimals(column)
    if decimals > MOST_DECIMALS:
        return None
    found = np.rint(floats * 10.0**decimals)
    if not (np.abs(found) < EXACT).all():
        return None
    return found.astype(np.int64), decimals


def _decimals(column: pa.StringArray) -> int:
    offsets, data = _bytes(column)
    dots = np.flatnonzero(data[offsets[0] : offsets[-1]] == DOT) + offsets[0]
    if len(dots) == 0:
        return 0
    if len(dots) == len(column):
        return int((offsets[1:] - 1 - dots).max())
    rows = np.searchsorted(offsets, dots, "right") - 1
    return int((offsets[rows + 1] - 1 - dots).max())


def _careful(
    column: pa.StringArray, decimal: str, thousands: str, missing: frozenset[str]
) -> Values:
    trimmed = _undressed(pc.utf8_trim_whitespace(column))
    absent = pc.is_in(trimmed, strings(sorted(missing | {""})))
    gone = mask(absent)
    plain = _normal(trimmed, decimal)
    quick = _quick(pc.if_else(absent, string("0"), plain))
    if quick is not None:
        texts = pc.if_else(absent, string(None), plain)
        return Values(quick.ints, quick.decimals, texts, gone, ())
    return _one_by_one(trimmed, plain, gone, decimal, thousands)


def _undressed(column: pa.StringArray) -> pa.StringArray:
    """Take numbers out of the formula `="12.5"` by which a spreadsheet keeps them as texts."""
    if not pc.any(pc.starts_with(column, '="')).as_py():
        return column
    return pc.replace_substring_regex(column, r'^="([^"]*)"$', r"\1")


def _one_by_one(
    trimmed: pa.StringArray, plain: pa.StringArray, gone: Mask, decimal: str, thousands: str
) -> Values:
    good = pc.match_substring_regex(plain, r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$")
    texts = plain.to_pylist()
    faults: list[tuple[int, str]] = []
    # A number that is too long goes the careful way, which refuses it.
    odd = ~mask(good) | (numbers(pc.binary_length(plain)) > LONGEST)
    for index in np.flatnonzero(odd | gone).tolist():
        texts[index] = None
        if not gone[index]:
            texts[index] = _single(trimmed[index].as_py(), decimal, thousands, index, faults)
    return _finished(texts, gone, faults)


def _normal(column: pa.StringArray, decimal: str) -> pa.StringArray:
    """Turn decimal commas into points; a cell that has points already is left to the parser."""
    if decimal == ".":
        return column
    pointed = pc.match_substring(column, ".")
    comma = pc.replace_substring(column, ",", ".")
    return pc.if_else(pointed, string("?"), comma)


def _single(
    text: str, decimal: str, thousands: str, index: int, faults: list[tuple[int, str]]
) -> str | None:
    try:
        number = parse_number(text, decimal, thousands)
    except NumberRefused as error:
        faults.append((index, error.message))
        return None
    return json_number(number)


def json_number(number: Decimal) -> str:
    """Return a decimal as a JSON number without exponent, keeping its digits."""
    text = format(number, "f")
    return "0" + text[1:] if text.startswith("-") and not number else text


def _finished(texts: list[str | None], gone: Mask, faults: list[tuple[int, str]]) -> Values:
    column = strings(texts)
    ints, decimals = scaled(column)
    return Values(ints, decimals, column, gone, tuple(sorted(faults)))


def scaled(texts: pa.StringArray) -> tuple[Ints, int]:
    """Return JSON numbers as scaled integers, 0 where null, and their decimals."""
    filled = pc.fill_null(texts, string("0")) if texts.null_count else texts
    return _integers(filled) or _exact(filled.to_pylist())


def _exact(texts: list[str]) -> tuple[Ints, int]:
    """Scale texts one by one where binary floating point would lose digits.

    Programs write 0.48200000000000004 for what was a sum: all these digits count.
    """
    exact = [Decimal(text) for text in texts]
    decimals = max(0, *(-int(number.as_tuple().exponent) for number in exact))
    whole = [int(Fraction(number) * 10**decimals) for number in exact]
    small = max(map(abs, whole)) < 1 << 62
    return np.array(whole, np.int64 if small else object), decimals
