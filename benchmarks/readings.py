"""A large file of meter readings, made from a seed, and the site that it belongs to."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

A_DAY = 96
SEED = 20240101
TOGETHER = 1 << 20
ORDERS = ("meter", "time", "shuffled")
LAYOUTS = ("long", "wide", "day")
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
class Asked:
    """What a file shall hold.

    Attributes:
        meters: number of meters.
        days: number of days from 2024-01-01 on, 96 readings each.
        decimals: of a value, 1 to 3. The values are gamma-distributed around 12 kWh; with two
            decimals their text is about as long as that of a steel works' real meter (4.6 against
            4.3 signs).
        order: of the rows of a long file: by meter, by time, or shuffled.
        layout: long: `meter,time,value`; wide: `time` and a column a meter; day: `meter,date` and
            a column a quarter of an hour, `00:15` to `24:00`.
    """

    meters: int
    days: int
    decimals: int
    order: str = "meter"
    layout: str = "long"


@dataclass(frozen=True, slots=True)
class Readings:
    """What is in the file.

    Attributes:
        asked: how it was asked for.
        rows: lines of data.
        readings: values.
        total: their sum in thousandths of a kWh, exact.
        bytes: size of the file.
    """

    asked: Asked
    rows: int
    readings: int
    total: int
    bytes: int


def code_of(meter: int) -> str:
    """Return the code of a meter, as long as plants make them."""
    return f"TIEXI-METER-{meter:03d}"


def write_site(path: Path, meters: int) -> None:
    """Write the site file that declares the meters."""
    tables = [METER.format(code=code_of(meter)) for meter in range(meters)]
    path.write_text(SITE + "".join(tables), "utf-8")


def write_readings(path: Path, asked: Asked) -> Readings:
    """Write the file; one made before is kept."""
    notes = path.with_suffix(".json")
    if path.is_file() and notes.is_file():
        kept = json.loads(notes.read_text("utf-8"))
        known = Readings(Asked(**kept.pop("asked")), **kept)
        if (known.asked, known.bytes) == (asked, path.stat().st_size):
            return known
    values = _values(asked)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for lines in WRITERS[asked.layout](asked, values):
            out.writelines(lines)
    total = int(values.sum(dtype=np.int64)) * 1000 // 10**asked.decimals
    rows = {"wide": values.shape[1], "day": values.size // A_DAY}.get(asked.layout, values.size)
    made = Readings(asked, rows, values.size, total, path.stat().st_size)
    notes.write_text(json.dumps(asdict(made)), "utf-8")
    return made


def _values(asked: Asked) -> npt.NDArray[np.int32]:
    """Return the values of each meter, times 10**decimals."""
    random, count = np.random.default_rng(SEED), asked.days * A_DAY
    made = np.empty((asked.meters, count), np.int32)
    for row in made:
        row[:] = np.rint(random.gamma(4, 3, count) * 10**asked.decimals)
    return made


def _stamps(count: int) -> list[str]:
    starts = np.datetime64("2024-01-01T00:00:00") + np.arange(count) * np.timedelta64(900, "s")
    return [text.replace("T", " ") for text in np.datetime_as_string(starts, unit="s").tolist()]


def _texts(values: npt.NDArray[np.int32], decimals: int) -> list[str]:
    scale = 10**decimals
    return [f"{value // scale}.{value % scale:0{decimals}}" for value in values.tolist()]


def _long(asked: Asked, values: npt.NDArray[np.int32]) -> Iterator[Iterator[str]]:
    """Yield the lines of a long file, a million at a time."""
    codes, stamps = [code_of(meter) for meter in range(asked.meters)], _stamps(values.shape[1])
    shuffled = np.random.default_rng(SEED).permutation(values.size)
    yield iter(["meter,time,value\n"])
    for first in range(0, values.size, TOGETHER):
        place = np.arange(first, min(first + TOGETHER, values.size))
        if asked.order == "time":
            meter, step = place % asked.meters, place // asked.meters
        else:
            place = shuffled[place] if asked.order == "shuffled" else place
            meter, step = place // len(stamps), place % len(stamps)
        texts = _texts(values[meter, step], asked.decimals)
        rows = zip(meter.tolist(), step.tolist(), texts, strict=True)
        yield (f"{codes[m]},{stamps[s]},{text}\n" for m, s, text in rows)


def _wide(asked: Asked, values: npt.NDArray[np.int32]) -> Iterator[Iterator[str]]:
    """Yield the lines of a file with a column a meter, a line at a time."""
    yield iter([",".join(["time", *map(code_of, range(asked.meters))]) + "\n"])
    for step, stamp in enumerate(_stamps(values.shape[1])):
        yield iter([",".join([stamp, *_texts(values[:, step], asked.decimals)]) + "\n"])


def _day(asked: Asked, values: npt.NDArray[np.int32]) -> Iterator[Iterator[str]]:
    """Yield the lines of a file with a row a day, a meter at a time."""
    ends = [f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in range(1, A_DAY + 1)]
    yield iter([",".join(["meter", "date", *ends]) + "\n"])
    days = [stamp[:10] for stamp in _stamps(values.shape[1])[::A_DAY]]
    for meter, row in enumerate(values):
        code, texts = code_of(meter), _texts(row, asked.decimals)
        cells = (",".join(texts[day * A_DAY : (day + 1) * A_DAY]) for day in range(len(days)))
        yield (f"{code},{day},{part}\n" for day, part in zip(days, cells, strict=True))


WRITERS = {"long": _long, "wide": _wide, "day": _day}


def write_copy(source: Path, target: Path) -> None:
    """Write the same readings as other bytes: a blank line at the end makes another hash."""
    with source.open("rb") as read, target.open("wb") as out:
        while block := read.read(1 << 24):
            out.write(block)
        out.write(b"\n")
