"""Electricity of the park: what each line draws, what the roof gives, what the grid must add."""

from dataclasses import dataclass

import numpy as np

from carbonledger.example import plant
from carbonledger.example.draw import Ints, wobble
from carbonledger.example.weather import clearness, sun_height
from carbonledger.example.year import A_DAY, SLOTS

WH_PER_DECIKW = 25
"""A mean power of 0.1 kW over 15 minutes is 25 Wh."""
CURING_MULTIPLIER = 3000
"""Transformer ratio of the curing meter: 150 A / 5 A times 10 kV / 100 V."""
WH_PER_TICK = 300
"""One ten-thousandth of the curing register: 0.0001 kWh times the multiplier."""
PV_WH_FULL = 965_000
"""Energy of the roof in 15 minutes if the sun stood in the zenith of a clear sky."""
PV_WH_LIMIT = 775_000
"""What the inverters (3.1 MW) let through in 15 minutes."""

# Load that never stops and load at full work, in tenths of a kilowatt.
LOADS = {"mixing": (2100, 20700), "building": (1450, 9900), "rubber-works": (2200, 18800)}
CURING_WH = (47_500, 306_000)


@dataclass(frozen=True, slots=True)
class Power:
    """True electricity of each 15 minutes.

    Attributes:
        decikw: mean power in tenths of a kilowatt of mixing, building, rubber-works,
            boiler-house and office.
        curing_ticks: advance of the curing register, ten-thousandths before the multiplier.
        roof_wh: what the roof fed into the park, Wh.
        grid_wh: what the grid supplied, Wh.
    """

    decikw: dict[str, Ints]
    curing_ticks: Ints
    roof_wh: Ints
    grid_wh: Ints


def lines(rate: Ints) -> tuple[dict[str, Ints], Ints]:
    """Return the load of the process lines, tenths of a kW, and the ticks of the curing meter."""
    loads = {}
    ticks = np.zeros(SLOTS, dtype=np.int64)
    for line in plant.LINES:
        work = plant.activity(line, rate)
        if line.code == "curing":
            rest, full = CURING_WH
            # The register shows whole ticks; what is left over appears in the next interval.
            counted = np.cumsum(rest + full * work // 1000, dtype=np.int64) // WH_PER_TICK
            ticks = np.diff(counted, prepend=0)
        else:
            rest, full = LOADS[line.code]
            loads[line.code] = rest + full * work // 1000 + plant.jitter(line.code, 60)
    return loads, ticks


def office(celsius_tenths: Ints) -> Ints:
    """Return the load of the office in tenths of a kW: lights, servers, heating, cooling."""
    outside: Ints = np.repeat(celsius_tenths, A_DAY)
    climate: Ints = np.maximum(0, 150 - outside) * 3 + np.maximum(0, outside - 210) * 11
    present = plant.hours(8, 18) * plant.office_days()
    steady = 950 + climate * (1 + 3 * present) // 4 + 1900 * present
    load: Ints = steady + wobble("office", SLOTS, 4, 90)
    return load


def boiler_house(steam_mj: Ints) -> Ints:
    """Return the load of fans and feed pumps in tenths of a kW, which follows the steam."""
    return 260 + steam_mj * 168 // 1000 + plant.jitter("boiler-house", 40)


def _roof(ceiling_wh: Ints) -> Ints:
    """Return what the roof feeds in, in steps of 10 Wh, never more than the ceiling.

    The grid connection has a relay against reverse power: surplus is curtailed, not exported.
    """
    height = sun_height()
    # Low sun loses more on its way and on the glass.
    efficiency = 1000 - (1_000_000 - height) * 300 // 1_000_000
    light = height * clearness() // 1000 * efficiency // 1000
    energy = np.minimum(light * PV_WH_FULL // 1_000_000, PV_WH_LIMIT)
    return np.asarray(np.minimum(energy, ceiling_wh) // 10 * 10, dtype=np.int64)


def supply(decikw: dict[str, Ints], curing_ticks: Ints) -> Power:
    """Close the balance: the grid supplies what consumers and losses take beyond the roof.

    Losses of transformers and cables are 1.1 to 1.9 % of what enters the park.
    """
    drawn = sum(decikw.values(), np.zeros(SLOTS, dtype=np.int64))
    used = drawn * WH_PER_DECIKW + curing_ticks * WH_PER_TICK
    loss = used * (113 + plant.jitter("losses", 72)) // 10_000
    roof = _roof((used + loss) * 95 // 100)
    grid = -(-(used + loss - roof) // 10) * 10
    return Power(decikw, curing_ticks, roof, grid)
