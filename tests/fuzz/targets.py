"""What is fuzzed: each kind of file with the profile it is read by and good files to start from.

Every sample in `examples/formats` is one, so that a format that ships its sample is fuzzed without
a word here. Kinds of tables come first.
"""

import gzip
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest_kit import ZONE, Meter

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples" / "formats"
LONG = "meter,time,value,unit\n" + "".join(
    f"M-{1 + n % 2},2024-03-31 0{n // 8}:{15 * (n // 2 % 4):02},{n}.25,kWh\n" for n in range(32)
)
WIDE = "time,M-1 (kWh),M-2 (MJ)\n" + "".join(
    f"2024-03-01 {n:02}:00,{n}.5,{n * 3}\n" for n in range(24)
)
REGISTER = "meter;time;value\n" + "".join(
    f"R-1;{n:02}.03.2024 24:00;{n * 5},5\n" for n in range(1, 9)
)
CHINESE = (
    '表号,时间,电量(kWh)\n="000123",2024年3月1日 00:00,"1,234.5"\n="000123",2024年3月1日 00:15,2\n'
)
SPANS = "meter,start,end,value\n" + "".join(
    f"M-1,2024-03-01 {n:02}:00,2024-03-01 {n + 1:02}:00,{n}\n" for n in range(23)
)
RECORDS = (
    "start,end,from,to,commodity,quantity,unit,document_no\n"
    "2024-03-01,2024-03-31,grid,park,electricity,1200.5,MWh,A-1\n"
    "2024-04-01,2024-04-30,grid,park,electricity,1100,MWh,A-2\n"
)


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of file.

    Attributes:
        name: of the target.
        profile: TOML by which the files are read, "" for none.
        seeds: good files.
    """

    name: str
    profile: str = ""
    seeds: tuple[bytes, ...] = field(default=())


TABLES = (
    Target("long", "", (LONG.encode(), LONG.encode("utf-16"), LONG.replace("\n", "\r\n").encode())),
    Target("packed", "", (gzip.compress(LONG.encode(), mtime=0),)),
    Target("wide", "", (WIDE.encode(), WIDE.replace(",", "\t").encode())),
    Target("spans", "", (SPANS.encode(),)),
    Target("records", "", (RECORDS.encode(),)),
    Target(
        "chinese",
        'thousands = ","\ndecimal = "."\n[meters]\n000123 = "M-1"\n',
        (CHINESE.encode("gb18030"), CHINESE.encode(), CHINESE.encode("utf-16")),
    ),
    Target("register", 'decimal = ","\nquantity = "register"\n', (REGISTER.encode(),)),
    Target(
        "power",
        'quantity = "power"\nstamp = "end"\ntimezone = "Europe/Zurich"\nunit = "kW"\n',
        (LONG.replace("kWh", "kW").replace("-31", "-30").encode(),),
    ),
)
KINDS = {
    "M-1": Meter("M-1"),
    "M-2": Meter("M-2"),
    "R-1": Meter("R-1", reads="register", digits=6),
}


def targets() -> tuple[Target, ...]:
    """Return all targets, in an order that stays."""
    return (*TABLES, *_examples())


def _examples() -> list[Target]:
    """Return the samples, each with the profile of its name, where there is one."""
    found: dict[str, list[bytes]] = {}
    for path in sorted(EXAMPLES.iterdir()):
        if path.suffix != ".toml":
            found.setdefault(path.stem, []).append(path.read_bytes())
    return [
        Target(f"sample-{name}", _text(EXAMPLES / f"{name}.toml"), tuple(samples))
        for name, samples in found.items()
    ]


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def meters() -> list[Meter]:
    """Return the meters of all files: those of the samples as their site declares them."""
    site = tomllib.loads((EXAMPLES / "site.toml").read_text("utf-8"))
    declared = [_meter(code, told) for code, told in site["meter"].items()]
    return [*KINDS.values(), *declared]


def _meter(code: str, told: dict[str, Any]) -> Meter:
    register = told.get("register", {})
    return Meter(
        code, told["commodity"], told["unit"], told["reads"], register.get("digits"),
        str(register.get("multiplier", "1")), told.get("conversion"),
        told.get("timezone", ZONE),
    )  # fmt: skip
