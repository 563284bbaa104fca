"""Cells of a sheet as exact text: what the file holds, not what a program would show of it."""

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal

Cell = int | float | str | bool | date | time | timedelta
# A spreadsheet keeps fifteen digits of what is typed into it, binary floating point no integer
# beyond 2**53.
SHOWN_DIGITS = 15
KEPT_DIGITS = 10**SHOWN_DIGITS
# So few digits before zeros up to the fifteenth are no chance.
SURE = 12
WHOLE = 1 << 53
# Days that are no dates of a meter: the number 1 as a date, in both systems of days. As a time of
# day it is the end of the day.
DAY_ONE = (date(1900, 1, 1), date(1904, 1, 2))
# Sums of fractions of a day are off by some milliseconds; nobody stamps readings that closely.
SLACK = timedelta(milliseconds=50)
HALF = timedelta(milliseconds=500)
SECOND = timedelta(seconds=1)
CONTROLS = dict.fromkeys((*range(32), 0x85, 0x2028, 0x2029), " ")
CONTROLS[9] = "\t"


def number_text(value: float, decimal: str = ".") -> str:
    """Return a number without exponent and without digits that nobody wrote.

    A whole number of which digits may have been lost is written with its exponent, as the
    spreadsheet shows it, so that nobody takes it for an id.
    """
    if isinstance(value, int) or value.is_integer():
        exact = abs(value) < KEPT_DIGITS or (abs(value) < WHOLE and value % 10)
        return str(int(value)) if exact else f"{Decimal(repr(float(value))).normalize():E}"
    text = f"{_without_noise(value):f}"
    return text.replace(".", decimal)


def _without_noise(value: float) -> Decimal:
    """Return the number in the fewest digits that mean it.

    A spreadsheet shows fifteen digits at most. A number that needs more, and of which those end in
    zeros, is one that was computed: 0.1 + 0.2 is 0.30000000000000004 in binary, and 0.3 to all who
    look at it. What is left out is less than a billionth of the last digit that stays.
    """
    exact, seen = Decimal(repr(value)), Decimal(f"{value:.{SHOWN_DIGITS}g}").normalize()
    noise = len(exact.as_tuple().digits) > SHOWN_DIGITS and len(seen.as_tuple().digits) <= SURE
    return seen if noise else exact


def day_text(value: date, *, timed: bool) -> str:
    """Return a date, or a date with its time.

    Args:
        value: as the file holds it.
        timed: other cells of its column have a time of day.
    """
    if not isinstance(value, datetime):
        if value in DAY_ONE:
            return "24:00:00"
        return f"{value.isoformat()} 00:00:00" if timed else value.isoformat()
    return _whole_seconds(value).isoformat(" ")


def _whole_seconds(value: datetime) -> datetime:
    near = (value + HALF).replace(microsecond=0) if value.microsecond else value
    return near if abs(near - value) <= SLACK else value


def length_text(value: timedelta) -> str:
    """Return a length of time as hours, minutes and seconds: 24:00:00 is a day."""
    seconds = value / SECOND
    if abs(seconds - round(seconds)) * SECOND <= SLACK:
        seconds = round(seconds)
    sign, whole = "-" * (seconds < 0), abs(seconds)
    hours, rest = divmod(math.floor(whole), 3600)
    part = f"{whole % 1:.6f}"[1:] if whole % 1 else ""
    return f"{sign}{hours:02}:{rest // 60:02}:{rest % 60:02}{part}"


def time_text(value: time) -> str:
    """Return a time of day."""
    near = _whole_seconds(datetime.combine(date(2000, 1, 1), value))
    return "24:00:00" if near.day > 1 else near.time().isoformat()


def plain_text(value: str) -> str:
    """Return a text on one line."""
    if value.isprintable():
        return value
    return value.replace("\r\n", "\n").translate(CONTROLS)


def text_of(value: Cell, decimal: str = ".", *, timed: bool = False) -> str:
    """Return a cell as text.

    Args:
        value: as the reader of the workbook gives it.
        decimal: sign before the decimals of a number.
        timed: for a date, that other cells of its column have a time of day.
    """
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return day_text(value, timed=timed)
    if isinstance(value, time):
        return time_text(value)
    if isinstance(value, timedelta):
        return length_text(value)
    return number_text(value, decimal)
