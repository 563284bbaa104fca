"""Steam, natural gas and water of the park, tied together by the boiler's efficiency."""

from dataclasses import dataclass

import numpy as np

from carbonledger.example import plant
from carbonledger.example.draw import Ints, draw, wobble
from carbonledger.example.year import A_DAY, DAYS, SLOTS

GAS_KJ_PER_M3 = 38_931
"""Net calorific value of natural gas, kJ per m³ at 0 °C and 101.325 kPa."""
WARM = 180
"""Outdoor temperature, tenths of a degree, below which halls are heated."""
GAS_CENTI_M3 = (90, 2450)
"""Gas of the rubber works' dryers in 15 minutes at rest and at full work, hundredths of m³."""
WATER_CENTI_M3 = (620, 3050)
"""Water of the park in an hour at rest and at full work, hundredths of m³."""


@dataclass(frozen=True, slots=True)
class Heat:
    """True heat, gas and water.

    Attributes:
        steam_mj: steam of each 15 minutes to curing and to rubber-works, MJ.
        boiler_m3: gas the boilers burnt in each 15 minutes, whole m³ as the register shows.
        dryer_cm3: gas of the rubber works in each 15 minutes, hundredths of m³.
        water_cm3: water of each hour, hundredths of m³.
    """

    steam_mj: dict[str, Ints]
    boiler_m3: Ints
    dryer_cm3: Ints
    water_cm3: Ints


def steam(rate: Ints, celsius_tenths: Ints) -> dict[str, Ints]:
    """Return the steam that curing and the rubber works take in each 15 minutes, MJ."""
    cold = np.repeat(np.maximum(0, WARM - celsius_tenths), A_DAY)
    works = {line.code: plant.activity(line, rate) for line in plant.LINES}
    curing = 310 + 5_250 * works["curing"] // 1000 + cold * 2 + plant.jitter("steam 1", 90)
    rubber = 120 + 1_620 * works["rubber-works"] // 1000 + cold + plant.jitter("steam 2", 50)
    return {"curing": curing, "rubber-works": rubber}


def _boiler_gas(steam_mj: Ints) -> Ints:
    """Return the gas burnt for that steam, whole m³, at an efficiency of 88.6 to 91.4 %."""
    efficiency = 900 + np.clip(wobble("efficiency", DAYS, 3, 11), -14, 14)
    micro_m3 = steam_mj * 10**12 // (np.repeat(efficiency, A_DAY) * GAS_KJ_PER_M3)
    counted = np.cumsum(micro_m3, dtype=np.int64) // 10**6
    return np.diff(counted, prepend=0)


def flows(rate: Ints, steam_mj: dict[str, Ints]) -> Heat:
    """Return gas and water beside the steam."""
    total = sum(steam_mj.values(), np.zeros(SLOTS, dtype=np.int64))
    work = {line.code: plant.activity(line, rate) for line in plant.LINES}["rubber-works"]
    rest, full = GAS_CENTI_M3
    dryer = rest + full * work // 1000 + plant.jitter("dryer", 120)
    base, top = WATER_CENTI_M3
    by_hour = np.repeat(rate, 24)
    water = base + top * by_hour // 1000 + draw("water", DAYS * 24, 400)
    return Heat(steam_mj, _boiler_gas(total), dryer, water)
