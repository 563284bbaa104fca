"""A large file of meter readings, made from a seed, and the site that it belongs to."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

A_DAY = 96
SEED = 20240101
SITE = """[site]
code = "park"
timezone = "Asia/Shanghai"
region = "CN-LN"
"""
METER = """
[meter."{code}"]
from = "grid"
to = "park"
commodity = "electricity"
unit = "kWh"
reads = "interval"
"""


@dataclass(frozen=True, slots=True)
class Readings:
    """What is in the file.

    Attributes:
        meters: number of meters.
        days: number of days from 2024-01-01 on.
        decimals: decimals of a value.
        rows: number of readings, 96 a day and meter.
        total: their sum in thousandths of a kWh, exact.
        bytes: size of the file.
    """

    meters: int
    days: int
    decimals: int
    rows: int
    total: int
    bytes: int


def code_of(meter: int) -> str:
    """Return the code of a meter, as long as plants make them."""
    return f"TIEXI-METER-{meter:03d}"


def write_site(path: Path, meters: int) -> None:
    """Write the site file that declares the meters."""
    tables = [METER.format(code=code_of(meter)) for meter in range(meters)]
    path.write_text(SITE + "".join(tables), "utf-8")


def write_readings(path: Path, meters: int, days: int, decimals: int) -> Readings:
    """Write the file `meter,time,value`, a meter after the other; one made before is kept.

    Args:
        path: file to write; what is in it is noted beside it.
        meters: number of meters.
        days: number of days.
        decimals: 1 to 3. The values are gamma-distributed around 12 kWh; with two decimals their
            text is about as long as that of a steel works' real meter (4.6 against 4.3 signs).
    """
    notes = path.with_suffix(".json")
    if path.is_file() and notes.is_file():
        known = Readings(**json.loads(notes.read_text("utf-8")))
        asked = (meters, days, decimals, path.stat().st_size)
        if (known.meters, known.days, known.decimals, known.bytes) == asked:
            return known
    scale = 10**decimals
    random, count, total = np.random.default_rng(SEED), days * A_DAY, 0
    starts = np.datetime64("2024-01-01T00:00:00") + np.arange(count) * np.timedelta64(900, "s")
    stamps = [text.replace("T", " ") for text in np.datetime_as_string(starts, unit="s").tolist()]
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write("meter,time,value\n")
        for meter in range(meters):
            values = np.rint(random.gamma(4, 3, count) * scale).astype(np.int64)
            total += int(values.sum()) * (1000 // scale)
            code = code_of(meter)
            out.writelines(
                f"{code},{stamp},{value // scale}.{value % scale:0{decimals}}\n"
                for stamp, value in zip(stamps, values.tolist(), strict=True)
            )
    made = Readings(meters, days, decimals, meters * count, total, path.stat().st_size)
    notes.write_text(json.dumps(asdict(made)), "utf-8")
    return made


def write_copy(source: Path, target: Path) -> None:
    """Write the same readings as other bytes: a blank line at the end makes another hash."""
    with source.open("rb") as read, target.open("wb") as out:
        while block := read.read(1 << 24):
            out.write(block)
        out.write(b"\n")
