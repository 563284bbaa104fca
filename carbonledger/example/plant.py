"""How hard the plants work: by the day, by the quarter of an hour, and what they make."""

from dataclasses import dataclass

import numpy as np

from carbonledger.example.draw import Ints, draw, wobble
from carbonledger.example.year import A_DAY, DAYS, SLOTS, day, day_index, slot

SUNDAY = 6
# Thousandths of full work: Spring Festival, Labour Day, summer overhaul, National Day.
PAUSES = (
    (2, 8, 1, 450), (2, 9, 8, 0), (2, 17, 1, 520), (5, 1, 1, 600),
    (7, 20, 5, 240), (10, 1, 3, 300),
)  # fmt: skip
TYRES_A_DAY = {"tyre-205": 11_900, "tyre-295": 1_180}
TYRE_HECTOGRAMS = {"tyre-205": 96, "tyre-295": 580}
"""Mass of one tyre in tenths of a kilogram."""
Spans = tuple[tuple[int, int], ...]
# Three shifts from midnight; hands change in the first 15 minutes. Cheap power from 22 to 6.
VALLEY: Spans = ((0, 24), (88, 96))
PEAK: Spans = ((40, 48), (68, 80))
CHANGE: Spans = ((0, 1), (32, 33), (64, 65))
MEALS: Spans = ((46, 48), (70, 72))


@dataclass(frozen=True, slots=True)
class Line:
    """How a process line follows the work of the day.

    Attributes:
        code: the last part of its account.
        valley, peak: thousandths of the mean in hours of cheap and of dear electricity.
        change, meals: thousandths left at a change of shift and during meals.
        unrest: spread of its load from one quarter of an hour to the next, thousandths.
    """

    code: str
    valley: int
    peak: int
    change: int
    meals: int
    unrest: int


LINES = (
    Line("mixing", 1090, 880, 840, 1000, 95),
    Line("building", 1000, 1000, 720, 780, 35),
    Line("curing", 1005, 995, 950, 990, 25),
    Line("rubber-works", 1150, 820, 860, 950, 75),
)


def day_rate() -> Ints:
    """Return how much of full work each day sees, in thousandths; 0 when all stands still."""
    rate = 985 + wobble("orders", DAYS, 14, 35) + wobble("luck", DAYS, 1, 14)
    sundays = np.array([day(index).weekday() == SUNDAY for index in range(DAYS)])
    rate = np.where(sundays, rate * 85 // 100, rate)
    for month, first, length, thousandths in PAUSES:
        start = day_index(month, first)
        rate[start : start + length] = rate[start : start + length] * thousandths // 1000
    return np.asarray(rate, dtype=np.int64)


def _shape(line: Line) -> Ints:
    shape = np.full(A_DAY, 1000, dtype=np.int64)
    for spans, thousandths in ((VALLEY, line.valley), (PEAK, line.peak)):
        for first, last in spans:
            shape[first:last] = thousandths
    for spans, thousandths in ((CHANGE, line.change), (MEALS, line.meals)):
        for first, last in spans:
            shape[first:last] = shape[first:last] * thousandths // 1000
    return shape


def activity(line: Line, rate: Ints) -> Ints:
    """Return the work of a line in each 15 minutes, thousandths of full work."""
    steady = np.repeat(rate, A_DAY) * np.tile(_shape(line), DAYS) // 1000
    noise = wobble(f"unrest {line.code}", SLOTS, 2, line.unrest)
    return np.asarray(np.maximum(0, steady * (1000 + noise) // 1000), dtype=np.int64)


def tyres(rate: Ints) -> dict[str, Ints]:
    """Return how many good tyres of each size leave the presses on each day."""
    made = {}
    for code, full in TYRES_A_DAY.items():
        yields = 1000 + wobble(f"yield {code}", DAYS, 1, 18)
        made[code] = full * rate * yields // 1_000_000
    return made


def hours(first: int, last: int) -> Ints:
    """Tell for each 15 minutes of the year, as 1 or 0, whether it lies in those hours."""
    of_day = np.arange(SLOTS, dtype=np.int64) % A_DAY
    return ((of_day >= first * 4) & (of_day < last * 4)).astype(np.int64)


def office_days() -> Ints:
    """Tell for each 15 minutes, as 1 or 0, whether it belongs to a day the office is open."""
    open_ = np.array([day(index).weekday() < SUNDAY - 1 for index in range(DAYS)], dtype=np.int64)
    flags = np.repeat(open_, A_DAY)
    flags[slot(2, 9) : slot(2, 18)] = 0
    flags[slot(10, 1) : slot(10, 8)] = 0
    return flags


def jitter(name: str, spread: int) -> Ints:
    """Return independent noise of 0 … spread-1 for each 15 minutes."""
    return draw(name, SLOTS, spread)
