"""Weather of Shenyang as far as a meter feels it: outdoor temperature, sun and clouds."""

import math

import numpy as np

from carbonledger.example.draw import Ints, draw, wobble
from carbonledger.example.year import A_DAY, DAYS, SLOTS

LATITUDE = math.radians(41.8)
# Clocks show the time of 120° E; at 123.4° E the sun is 13.6 minutes ahead of them.
AHEAD_MINUTES = 13.6
MILLION = 1_000_000
# Of a hundred days so many are clear, so many mixed, the rest overcast.
CLEAR, MIXED = 48, 32


def temperature() -> Ints:
    """Return the mean outdoor temperature of each day in tenths of a degree Celsius."""
    turns = (2 * math.pi * (index - 17) / DAYS for index in range(DAYS))
    season = np.array([round(85 - 178 * math.cos(turn)) for turn in turns], dtype=np.int64)
    return season + wobble("temperature", DAYS, 5, 32)


def _height(index: int) -> int:
    """Return the sine of the sun's height in the middle of an interval, in millionths."""
    day, minute = index // A_DAY, (index % A_DAY) * 15 + 7.5
    tilt = math.radians(23.44) * math.sin(2 * math.pi * (284 + day + 1) / 365)
    hour_angle = math.radians((minute + AHEAD_MINUTES - 720) / 4)
    sine = math.sin(LATITUDE) * math.sin(tilt)
    sine += math.cos(LATITUDE) * math.cos(tilt) * math.cos(hour_angle)
    return max(0, round(MILLION * sine))


def sun_height() -> Ints:
    """Return the sine of the sun's height for each 15 minutes, in millionths; 0 at night."""
    return np.array([_height(index) for index in range(SLOTS)], dtype=np.int64)


def clearness() -> Ints:
    """Return the share of the clear-sky light that reaches the roof, in thousandths.

    Days are clear, mixed or overcast; on mixed days clouds pass within the hour.
    """
    kind = draw("sky", DAYS, 100)
    clear, mixed = kind < CLEAR, kind < CLEAR + MIXED
    level = np.where(clear, 960, np.where(mixed, 700, 300)) + wobble("haze", DAYS, 1, 35)
    spread = np.where(clear, 12, np.where(mixed, 210, 70))
    passing = wobble("clouds", SLOTS, 4, 1000) * np.repeat(spread, A_DAY) // 1000
    through: Ints = np.clip(np.repeat(level, A_DAY) + passing, 40, 1000)
    return through
