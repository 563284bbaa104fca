"""What is fuzzed: each kind of file with the profile it is read by and good files to start from.

Every pair of a sample and a profile in `examples/formats` is one, so that a format that ships its
sample is fuzzed without a word here. The kinds of tables follow.
"""

import gzip
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from ingest_kit import Meter

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
# Meters of the files; those that only a profile of an example names measure electricity by the
# interval unless they stand here.
KINDS = {
    "M-1": Meter("M-1"),
    "M-2": Meter("M-2"),
    "R-1": Meter("R-1", reads="register", digits=6),
    "P1-DAY": Meter("P1-DAY", reads="register"),
    "P1-GAS": Meter("P1-GAS", "natural_gas", "m3", "register"),
    "SML-1": Meter("SML-1", reads="register"),
    "GW-01": Meter("GW-01"),
    "GW-02": Meter("GW-02"),
}


def targets() -> tuple[Target, ...]:
    """Return all targets, in an order that stays."""
    return (*TABLES, *_examples())


def _examples() -> list[Target]:
    found = []
    for profile in sorted(EXAMPLES.glob("*.toml")):
        samples = [p for p in sorted(EXAMPLES.glob(f"{profile.stem}.*")) if p.suffix != ".toml"]
        found.append(
            Target(
                profile.stem,
                profile.read_text("utf-8"),
                tuple(sample.read_bytes() for sample in samples),
            )
        )
    return found


def meters() -> list[Meter]:
    """Return the meters that the files of all targets name."""
    codes = set(KINDS)
    for target in targets():
        told = tomllib.loads(target.profile)
        codes |= {*told.get("meters", {}).values(), *filter(None, [told.get("meter")])}
    return [KINDS.get(code, Meter(code)) for code in sorted(codes)]
