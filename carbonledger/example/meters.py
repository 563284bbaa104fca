"""Meter exports, one function a file, in the formats that plants really have."""

from collections.abc import Callable, Iterator
from pathlib import Path

from carbonledger.example import readings
from carbonledger.example.draw import Ints
from carbonledger.example.files import fixed, write
from carbonledger.example.park import Park
from carbonledger.example.power import WH_PER_DECIKW
from carbonledger.example.year import SLOTS, day, instants, slot

ISO = "%Y-%m-%dT%H:%M:%S"
PLAIN = "%Y-%m-%d %H:%M:%S"
MINUTES = "%Y-%m-%d %H:%M"
QUARTERS = {"Q1": 1, "Q2": 4, "Q3": 7, "Q4": 10}
OLD_ASSET, NEW_ASSET = "00010008419851", "00010009903317"


def quarter_bounds(name: str) -> tuple[int, int]:
    """Return the index of the first instant of a quarter and that of the first one after it."""
    first = QUARTERS[name]
    return slot(first, 1), SLOTS if name == "Q4" else slot(first + 3, 1)


def main_meters(park: Park, path: Path) -> None:
    """Write M-001 and M-002: long CSV, kWh, stamped at the start, needs no profile."""
    at = instants(ISO)
    grid, roof = park.power.grid_wh.tolist(), park.power.roof_wh.tolist()
    lines = ["meter,time,value,unit"]
    for index in range(SLOTS):
        lines.append(f"M-001,{at[index]},{fixed(grid[index] // 10, 2)},kWh")
        lines.append(f"M-002,{at[index]},{fixed(roof[index] // 10, 2)},kWh")
    write(path, lines)


def rubber_works(park: Park, path: Path) -> None:
    """Write M-006: long CSV, kWh with quality, a day of rows missing."""
    at = instants(ISO)
    energy = (park.power.decikw["rubber-works"] * WH_PER_DECIKW).tolist()
    lines = ["meter,time,value,unit,quality"]
    for index in range(SLOTS):
        if index in readings.GAP:
            continue
        quality = "estimated" if index in readings.ESTIMATED else "actual"
        lines.append(f"M-006,{at[index]},{fixed(energy[index], 3)},kWh,{quality}")
    write(path, lines)


def line_power(park: Park, path: Path) -> None:
    """Write M-003, M-004, M-007, M-008: wide CSV, mean kW, stamped at the end."""
    shown = readings.line_power(park, corrected=False)
    codes = ("M-003", "M-004", "M-007", "M-008")
    write(path, _wide_power(shown, codes, range(SLOTS)))


def correction(park: Park, path: Path) -> None:
    """Write the two days of M-003 again, read with the right transformer ratio."""
    shown = readings.line_power(park, corrected=True)
    write(path, _wide_power(shown, ("M-003",), readings.WRONG_RATIO))


def _wide_power(shown: dict[str, Ints], codes: tuple[str, ...], slots: range) -> Iterator[str]:
    at = instants(MINUTES)
    columns = {code: shown[code].tolist() for code in codes}
    yield ",".join(("time", *codes))
    for index in slots:
        cells = (_power_cell(code, columns[code][index], index) for code in codes)
        yield ",".join((at[index + 1], *cells))


def _power_cell(code: str, decikw: int, index: int) -> str:
    if index in readings.EMPTY.get(code, ()):
        # One export program writes two hyphens, another nothing.
        return "--" if code == "M-004" else ""
    return fixed(decikw, 1)


def curing(park: Park, path: Path, quarter: str) -> None:
    """Write a quarter of M-005: the register as the grid company's portal exports it, GB18030.

    Each file ends with 23:45 of its last day, so the last 15 minutes need the next file.
    """
    at = instants(PLAIN)
    register = readings.curing_register(park).readings.tolist()
    first, after = quarter_bounds(quarter)
    after += quarter == "Q4"
    lines = [
        "铁西示范园区 硫化车间 96点示值查询",
        "电能表资产编号,抄表时间,正向有功总(kWh),综合倍率",
    ]
    for index in range(first, after):
        asset = OLD_ASSET if index <= readings.SWAP_SLOT else NEW_ASSET
        lines.append(f"{asset},{at[index]},{fixed(register[index], 4)},3000")
    write(path, lines, encoding="gb18030", newline="\r\n")


def gas(park: Park, path: Path, quarter: str) -> None:
    """Write a quarter of G-001 and G-002: long CSV of register readings.

    Each file ends with the reading the next one begins with.
    """
    at = instants(ISO)
    registers = readings.gas_registers(park)
    first, after = quarter_bounds(quarter)
    lines = ["meter,time,value"]
    for code, places in (("G-001", 1), ("G-002", 2)):
        shown = registers[code].tolist()
        lines += [f"{code},{at[i]},{fixed(shown[i], places)}" for i in range(first, after + 1)]
    write(path, lines)


def steam(park: Park, path: Path) -> None:
    """Write S-001 and S-002: wide CSV, GJ of each 15 minutes, stamped at the start."""
    at = instants(PLAIN)
    to_curing = park.heat.steam_mj["curing"].tolist()
    to_rubber = park.heat.steam_mj["rubber-works"].tolist()
    lines = ["time,S-001,S-002"]
    lines += [f"{at[i]},{fixed(to_curing[i], 3)},{fixed(to_rubber[i], 3)}" for i in range(SLOTS)]
    write(path, lines)


def water(park: Park, path: Path) -> None:
    """Write W-001: one meter, hourly, Latin-1, semicolons, decimal commas: a German logger."""
    lines = ["Zählpunkt W-001: Wasserzulauf Park", "Stundenwerte, Zeitstempel = Beginn"]
    lines.append("Zeit;Verbrauch;Einheit")
    for index, centi in enumerate(park.heat.water_cm3.tolist()):
        date = day(index // 24)
        amount = fixed(centi, 2).replace(".", ",")
        lines.append(f"{date:%d.%m.%Y} {index % 24:02d}:00;{amount};m3")
    write(path, lines, encoding="latin-1")


def write_all(park: Park, folder: Path) -> None:
    """Write all meter exports and the correction into their folders."""
    whole_year: dict[str, Callable[[Park, Path], None]] = {
        "meters/electricity-main.csv.gz": main_meters,
        "meters/electricity-lines.csv.gz": line_power,
        "meters/electricity-rubber-works.csv.gz": rubber_works,
        "meters/steam.csv.gz": steam,
        "meters/water.csv.gz": water,
        "corrections/M-003-2024-03-12-13.csv": correction,
    }
    for name, writer in whole_year.items():
        writer(park, folder / name)
    for quarter in QUARTERS:
        curing(park, folder / f"meters/curing-2024{quarter}.csv.gz", quarter)
        gas(park, folder / f"meters/gas-2024{quarter}.csv.gz", quarter)
