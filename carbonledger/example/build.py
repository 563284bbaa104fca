"""The folder of the demo park, from nothing."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from carbonledger.example import expected, meters, readings, records
from carbonledger.example.files import fixed, write
from carbonledger.example.meters import MINUTES
from carbonledger.example.park import Park, simulate
from carbonledger.example.power import WH_PER_DECIKW
from carbonledger.example.year import instants

TEXT = Path(__file__).resolve().parent / "text"


def generate(folder: Path) -> None:
    """Write the demo park: site, profiles, meter and record files, steps, control totals, README.

    Takes a few seconds. Files that are there already are overwritten; what else lies in the
    folder is left alone. The same program gives the same content on every machine; compressed
    files may differ in their packing where another zlib is at work.

    Args:
        folder: where to; it is made.

    Raises:
        OSError: the folder cannot be written.
    """
    park = simulate()
    meters.write_all(park, folder)
    records.write_all(park, folder)
    write(folder / "EXPECTED.toml", expected.lines(park))
    _texts(folder, _figures(park))


def _texts(folder: Path, figures: Mapping[str, str]) -> None:
    for source in sorted(TEXT.rglob("*.*")):
        text = Template(source.read_text("utf-8")).substitute(figures)
        write(folder / source.relative_to(TEXT), text.splitlines())


def _millions(counts: int, per_unit: int) -> str:
    """Print counts in millions of their unit, two decimals, cut off."""
    return fixed(counts // (per_unit * 10_000), 2)


def _figures(park: Park) -> dict[str, str]:
    """Return what the texts mention of the figures."""
    power, heat, chain = park.power, park.heat, park.chain
    register = readings.curing_register(park)
    at, wrap = instants(MINUTES), readings.wrap_slot(park)
    gas = readings.gas_registers(park)["G-001"]
    steam = sum(int(mj.sum()) for mj in heat.steam_mj.values())
    halved = readings.line_power(park, corrected=False)["M-003"]
    lost = (power.decikw["mixing"] - halved).sum() * WH_PER_DECIKW
    return {
        "swap_at": readings.SWAP_AT,
        "old_reading": fixed(register.old_end, 4),
        "new_reading": fixed(readings.NEW_METER_START, 4),
        "grid_gwh": _millions(int(power.grid_wh.sum()), 1000),
        "roof_gwh": _millions(int(power.roof_wh.sum()), 1000),
        "gas_million": _millions(int(heat.boiler_m3.sum()) * 100 + int(heat.dryer_cm3.sum()), 100),
        "steam_tj": fixed(steam // 100_000, 1),
        "cars_million": _millions(int(chain.tyres["tyre-205"].sum()), 1),
        "trucks_million": _millions(int(chain.tyres["tyre-295"].sum()), 1),
        "wrap_from": at[wrap],
        "wrap_to": at[wrap + 1],
        "wrap_before": fixed(int(gas[wrap]), 1),
        "wrap_after": fixed(int(gas[wrap + 1]), 1),
        "correction_kwh": fixed(int(lost), 3),
    }
