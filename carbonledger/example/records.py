"""Record files: production, materials, waste, certificates, money."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from carbonledger.example import chain
from carbonledger.example.chain import by_month
from carbonledger.example.draw import Ints, draw
from carbonledger.example.files import fixed, write
from carbonledger.example.park import Park
from carbonledger.example.year import DAYS, YEAR, day

HEADER = "start,end,from,to,commodity,quantity,unit,document_no,quality,note"
MIXING, BUILDING, CURING = (f"park/tyre-works/{line}" for line in ("mixing", "building", "curing"))
RUBBER_WORKS = "park/rubber-works"
LOGISTICS = "park/tyre-works/logistics"
HAZARDOUS = ((CURING, "HW08 废矿物油 used oil"), (MIXING, "HW49 沾染废物 oily rags"))
SHARE_GREEN = 42
"""Certificates bought, percent of the electricity that enters the park."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a record file; `quantity` is printed as it stands."""

    start: date
    end: date
    source: str
    target: str
    commodity: str
    quantity: str
    unit: str
    document_no: str = ""
    quality: str = "actual"
    note: str = ""

    def line(self) -> str:
        """Print the row; no field holds a comma."""
        period = f"{self.start.isoformat()},{self.end.isoformat()}"
        flow = f"{self.source},{self.target},{self.commodity},{self.quantity},{self.unit}"
        return f"{period},{flow},{self.document_no},{self.quality},{self.note}"


def months() -> Iterator[tuple[int, date, date]]:
    """Give each month's number with its first and last day."""
    for number in range(1, 13):
        following = date(YEAR + number // 12, number % 12 + 1, 1)
        yield number, date(YEAR, number, 1), following - timedelta(days=1)


def share(total: int, parts: tuple[int, ...]) -> tuple[int, ...]:
    """Split a whole number in given proportions; the last part takes what rounding leaves."""
    heads = tuple(total * part // sum(parts) for part in parts[:-1])
    return (*heads, total - sum(heads))


def production(park: Park) -> list[Record]:
    """Return what was made each day and who received it."""
    kg = park.chain.kg
    rows = (
        (RUBBER_WORKS, MIXING, "masterbatch", kg["masterbatch"], "kg"),
        (RUBBER_WORKS, "customer", "masterbatch", kg["masterbatch-sold"], "kg"),
        (MIXING, BUILDING, "compound", kg["compound"], "kg"),
        (BUILDING, CURING, "green-tyre", kg["green-tyre"], "kg"),
        (CURING, "customer", "tyre-205", park.chain.tyres["tyre-205"], "piece"),
        (CURING, "customer", "tyre-295", park.chain.tyres["tyre-295"], "piece"),
    )
    return [
        Record(day(i), day(i), source, target, commodity, str(int(made[i])), unit)
        for i in range(DAYS)
        for source, target, commodity, made, unit in rows
        if made[i]
    ]


def materials(park: Park) -> list[Record]:
    """Return what suppliers delivered each month, as the weighbridge saw it.

    The weighbridge differs from what the plant used by up to 0.2 %, so a balance of materials
    does not close to the kilogram; diesel goes to the trucks.
    """
    buyers = dict.fromkeys(chain.MIXING, MIXING) | dict.fromkeys(chain.BUILDING, BUILDING)
    buyers |= dict.fromkeys(chain.RUBBER_WORKS, RUBBER_WORKS)
    bought = [code for code in buyers if code not in {"masterbatch", "compound"}]
    rows = []
    for code in sorted(bought):
        weighed = 9980 + draw(f"weighbridge {code}", 12, 41)
        supplier = "rubber-supplier" if code.endswith("rubber") else "material-supplier"
        used = by_month(park.chain.kg[code])
        for number, first, last in months():
            kg = used[number - 1] * int(weighed[number - 1]) // 10_000
            document = f"GRN-{first:%Y%m}-{code.replace('_', '-').upper()}"
            rows.append(
                Record(first, last, supplier, buyers[code], code, fixed(kg, 3), "t", document)
            )
    return rows + _diesel(park)


def _diesel(park: Park) -> list[Record]:
    rows = []
    masses = by_month(park.chain.kg["green-tyre"])
    for number, first, last in months():
        kg = 2_100 + masses[number - 1] * 3 // 1000
        document = f"FUEL-{first:%Y%m}"
        rows.append(
            Record(first, last, "fuel-station", LOGISTICS, "diesel", fixed(kg, 3), "t", document)
        )
    return rows


def waste(park: Park) -> list[Record]:
    """Return where the waste of each month went; about 96 % of the solid waste is used again."""
    rows = []
    monthly = {code: by_month(days) for code, days in park.chain.waste_kg.items()}
    hazardous = (800 + draw("hazardous", 24, 900)).reshape(12, 2).tolist()
    for number, first, last in months():
        solid = _solid({code: masses[number - 1] for code, masses in monthly.items()})
        for count, (source, target, kg, note) in enumerate(solid, 1):
            flow = (source, target, "solid_waste", fixed(kg, 3), "吨")
            rows.append(Record(first, last, *flow, f"SW-{first:%Y%m}-{count}", note=note))
        for count, (source, note) in enumerate(HAZARDOUS, 1):
            kg = hazardous[number - 1][count - 1]
            flow = (source, "incinerator", "hazardous_waste", fixed(kg, 3), "吨")
            rows.append(Record(first, last, *flow, f"HW{first:%Y%m}2101{count:04d}", note=note))
    return rows


def _solid(kg: dict[str, int]) -> list[tuple[str, str, int, str]]:
    scrap, trimmings = share(kg["curing"], (36, 64))
    dust, offcuts = share(kg["mixing"], (31, 69))
    return [
        (CURING, "retreader", scrap, "废轮胎 casings for retreading"),
        (CURING, "recycler", trimmings, "胶边 flash and vents"),
        (BUILDING, "recycler", kg["building"], "帘布边角料 cord and ply trimmings"),
        (MIXING, "recycler", offcuts, "废胶料 compound scrap"),
        (MIXING, "landfill", dust, "除尘灰 filter dust"),
        (RUBBER_WORKS, "recycler", kg["rubber-works"], "包装及废胶 packaging and scrap"),
    ]


def certificates(park: Park) -> list[Record]:
    """Return the green certificates bought: one for each MWh, lots with serial ranges.

    The period of a lot is the month in which its electricity was generated.
    """
    entered = park.power.grid_wh + park.power.roof_wh
    by_day = entered.reshape(DAYS, -1).sum(axis=1)
    rows = []
    serial = dict.fromkeys(("gec_wind", "gec_solar_pv"), 1)
    for number, first, last in months():
        mwh = by_month(by_day)[number - 1] // 10**6 * SHARE_GREEN // 100
        for code, count in zip(serial, share(mwh, (80, 20)), strict=True):
            end = serial[code] + count - 1
            lot = f"{code.upper().replace('_', '-')}-{first:%Y%m}-{serial[code]:08d}-{end:08d}"
            serial[code] = end + 1
            note = "delivered in February 2025" if number == 12 else ""  # noqa: PLR2004
            rows.append(
                Record(first, last, "gec-market", "park", code, str(count), "MWh", lot, note=note)
            )
    return rows


# Prices and the share of output that is value added, without tax: 0.01 万元 is 100 CNY.
TYRE_PRICE_CNY = {"tyre-205": 226, "tyre-295": 1_160}
MASTERBATCH_CENTS_A_KG = 1_130
VALUE_ADDED = {"park/tyre-works": 246, RUBBER_WORKS: 118}


def economy(park: Park) -> list[Record]:
    """Return the output value and the value added of each firm and month, in 万元."""
    output = _output_cny(park)
    rows = []
    for member, thousandths in VALUE_ADDED.items():
        varied = thousandths - 8 + draw(f"margin {member}", 12, 17)
        for number, first, last in months():
            cny = output[member][number - 1]
            added = cny * int(varied[number - 1]) // 1000
            for code, amount in (("output_value", cny), ("value_added", added)):
                rows.append(
                    Record(first, last, member, "market", code, fixed(amount // 100, 2), "万元")
                )
    return rows


def _output_cny(park: Park) -> dict[str, tuple[int, ...]]:
    tyres: Ints = sum(
        (made * TYRE_PRICE_CNY[code] for code, made in park.chain.tyres.items()),
        np.zeros(DAYS, dtype=np.int64),
    )
    kg = park.chain.kg["masterbatch"] + park.chain.kg["masterbatch-sold"]
    return {
        "park/tyre-works": by_month(tyres),
        RUBBER_WORKS: by_month(kg * MASTERBATCH_CENTS_A_KG // 100),
    }


FILES = {
    "production": production,
    "materials": materials,
    "waste": waste,
    "certificates": certificates,
    "economy": economy,
}


def write_all(park: Park, folder: Path) -> None:
    """Write the five record files."""
    for name, build in FILES.items():
        lines = (record.line() for record in build(park))
        write(folder / f"records/{name}.csv", (HEADER, *lines))
