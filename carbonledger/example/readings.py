"""What the meters showed: the truth with the awkward things of life in it.

The awkward things, each on purpose and listed in the README of the park:
a whole day without values, single empty values, two days read with half the transformer ratio,
values the collector estimated, a register that wraps, a meter that was exchanged.
"""

from dataclasses import dataclass

import numpy as np

from carbonledger.example.draw import Ints
from carbonledger.example.park import Park
from carbonledger.example.power import WH_PER_DECIKW, WH_PER_TICK
from carbonledger.example.year import MONTHS, month_of, slot

GAP = range(slot(8, 14), slot(8, 15))
"""The day on which the collector of M-006 was out of order."""
EMPTY = {
    "M-004": range(slot(4, 3, 10), slot(4, 3, 11)),
    "M-008": range(slot(11, 11, 9, 15), slot(11, 11, 10)),
}
"""Intervals whose cell in the export says that there is no value."""
ESTIMATED = range(slot(8, 15), slot(8, 15, 2))
"""Values of M-006 the collector estimated while it started again."""
WRONG_RATIO = range(slot(3, 12), slot(3, 14))
"""The days on which M-003 was read as if its transformers had half their ratio."""
SWAP_SLOT = slot(6, 18, 14, 30)
SWAP_AT = "2024-06-18T14:32:00"
SWAP_MINUTE = 2
NEW_METER_START = 21
"""Reading of the new curing meter when it was built in, ten-thousandths."""
CURING_START = 72_143_382
"""Reading of the old curing meter at the start of the year, ten-thousandths."""
BOILER_START = 5_874_123
"""Gas register of the boiler house at the start of the year, tenths; one tenth is 1 m³."""
BOILER_WRAP = 10_000_000
DRYER_START = 5_123_456
"""Gas register of the rubber works at the start of the year, hundredths of m³."""
LINE_METERS = {
    "M-003": "mixing",
    "M-004": "building",
    "M-006": "rubber-works",
    "M-007": "boiler-house",
    "M-008": "office",
}
SUB_METERS = ("M-003", "M-004", "M-005", "M-006", "M-007", "M-008")
MEMBERS = {
    "park/tyre-works": ("M-003", "M-004", "M-005"),
    "park/rubber-works": ("M-006",),
}
"""The firms of the park and the meters through which they take electricity."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one meter recorded in the year, as quantities.

    Attributes:
        code: code of the meter.
        commodity: what it measures.
        unit: canonical unit of the commodity.
        per_unit: how many of the counts below make one unit.
        counts: quantity of each interval of the year.
        missing: indices of the intervals without a value; their counts are no data.
    """

    code: str
    commodity: str
    unit: str
    per_unit: int
    counts: Ints
    missing: tuple[int, ...] = ()

    def months(self) -> dict[str, int]:
        """Return the counts of each month, missing intervals left out."""
        present = np.ones(len(self.counts), dtype=bool)
        present[list(self.missing)] = False
        month = month_of(len(self.counts))
        return {
            name: int(self.counts[present & (month == number)].sum())
            for number, name in enumerate(MONTHS, 1)
        }


def line_power(park: Park, *, corrected: bool) -> dict[str, Ints]:
    """Return what the power meters showed in each 15 minutes, tenths of a kW.

    Args:
        park: the truth.
        corrected: as it should have been read, not as it was read first.
    """
    shown = {code: park.power.decikw[line].copy() for code, line in LINE_METERS.items()}
    if not corrected:
        shown["M-003"][WRONG_RATIO] //= 2
    return shown


def recorded(park: Park, *, corrected: bool = True) -> tuple[Recorded, ...]:
    """Return what all thirteen meters recorded, in the order of their codes.

    Args:
        park: the truth.
        corrected: with the correction of M-003, or before it.
    """
    missing = {code: tuple(slots) for code, slots in EMPTY.items()} | {"M-006": tuple(GAP)}
    counts = {
        code: kw * WH_PER_DECIKW for code, kw in line_power(park, corrected=corrected).items()
    }
    counts["M-001"] = park.power.grid_wh
    counts["M-002"] = park.power.roof_wh
    counts["M-005"] = park.power.curing_ticks * WH_PER_TICK
    heat = park.heat
    others = (
        Recorded("G-001", "natural_gas", "m3", 1, heat.boiler_m3),
        Recorded("G-002", "natural_gas", "m3", 100, heat.dryer_cm3),
        Recorded("S-001", "steam", "GJ", 1000, heat.steam_mj["curing"]),
        Recorded("S-002", "steam", "GJ", 1000, heat.steam_mj["rubber-works"]),
        Recorded("W-001", "water", "m3", 100, heat.water_cm3),
    )
    electric = (
        Recorded(code, "electricity", "kWh", 1000, counts[code], missing.get(code, ()))
        for code in sorted(counts)
    )
    return (*electric, *others)


@dataclass(frozen=True, slots=True)
class CuringRegister:
    """The register of the curing meter through its exchange.

    Attributes:
        readings: at the 35,137 instants of the year, ten-thousandths.
        old_end: last reading of the old meter.
    """

    readings: Ints
    old_end: int


def curing_register(park: Park) -> CuringRegister:
    """Return what the curing meter showed: the old one until the swap, then the new one.

    The interval of the swap is divided by minutes; old and new part make up what really flowed.
    """
    ticks = park.power.curing_ticks
    readings = np.concatenate(([0], np.cumsum(ticks))) + CURING_START
    before = int(readings[SWAP_SLOT])
    old_end = before + int(ticks[SWAP_SLOT]) * SWAP_MINUTE // 15
    readings[SWAP_SLOT + 1 :] -= old_end - NEW_METER_START
    return CuringRegister(readings, old_end)


def gas_registers(park: Park) -> dict[str, Ints]:
    """Return the gas registers at the 35,137 instants of the year.

    G-001 in tenths, wrapped at a million; G-002 in hundredths.
    """
    boiler = np.concatenate(([0], np.cumsum(park.heat.boiler_m3))) + BOILER_START
    dryer = np.concatenate(([0], np.cumsum(park.heat.dryer_cm3))) + DRYER_START
    return {"G-001": boiler % BOILER_WRAP, "G-002": dryer}


def wrap_slot(park: Park) -> int:
    """Return the index of the interval in which the gas register of the boilers wraps."""
    drops = np.flatnonzero(np.diff(gas_registers(park)["G-001"]) < 0)
    return int(drops[0])
