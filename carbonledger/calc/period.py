"""Periods: the local months that a figure is asked for."""

import re

from carbonledger.errors import CalculationRefused

YEAR = re.compile(r"(\d{4})")
QUARTER = re.compile(r"(\d{4})-Q([1-4])")
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def months_of(period: str) -> tuple[str, ...]:
    """Return the months of a period, ascending.

    Args:
        period: `2024`, `2024-Q1`, `2024-03` or `2024-01..2024-06` (both ends included).

    Raises:
        CalculationRefused: it is none of these, or runs backwards.
    """
    first, dots, last = period.partition("..")
    found = _single(first)
    if dots and found:
        end = _single(last)
        found = _between(found[0], end[-1]) if end else ()
    if not found:
        raise CalculationRefused(
            f"{period!r} is no period",
            code="period",
            hint="write 2024, 2024-Q1, 2024-03 or 2024-01..2024-06",
        )
    return found


def _single(text: str) -> tuple[str, ...]:
    if hit := YEAR.fullmatch(text):
        return _between(f"{hit[1]}-01", f"{hit[1]}-12")
    if hit := QUARTER.fullmatch(text):
        first = 3 * int(hit[2]) - 2
        return _between(f"{hit[1]}-{first:02}", f"{hit[1]}-{first + 2:02}")
    return (text,) if MONTH.fullmatch(text) else ()


def _between(first: str, last: str) -> tuple[str, ...]:
    low, high = _number(first), _number(last)
    return tuple(f"{n // 12:04}-{n % 12 + 1:02}" for n in range(low, high + 1))


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1
