"""Measure the import of a year of 15-minute readings beside other programs, in one run.

    python benchmarks/import_readings.py                    # 300 meters, a year: 10.5 million rows
    python benchmarks/import_readings.py --order shuffled   # beside the file sorted by meter
    python benchmarks/import_readings.py --layout wide      # or day: a row a day
    python benchmarks/import_readings.py --database postgresql
    python benchmarks/import_readings.py --peers all
    python benchmarks/import_readings.py --meters 10 --days 31 --rounds 1

Each piece of work runs in a process of its own, one after the other, the whole round several
times; the figures are medians. Starting Python and loading libraries is not counted, the memory
they hold is. What each of them read is compared with what was written, to the last digit.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from measure import machine, measured
from peers import SAMPLE, peers
from readings import LAYOUTS, ORDERS, Asked, write_copy, write_readings, write_site
from rounds import Case, Databases, run_rounds
from tables import add_ratios, table
from works import Place, works

LIBRARIES = ("carbonledger", "pyarrow", "duckdb", "numpy", "pandas", "sqlalchemy")
SCRATCH = Path(__file__).resolve().parent.parent / "var" / "benchmark"
FEW = ("arrow", "duckdb")
MANY = (*FEW, "duckdb_file", "shell", "pandas", "each")


def job(name: str, place: Place, sample: int, server: int | None) -> None:
    """Do one piece of work in this process and print what it found and cost."""
    work = (works(place) | peers(place, sample))[name]()
    if server is None:
        found, cost = measured(work)
    else:
        from server import cpu_of

        found, cost = measured(work, partial(cpu_of, server))
    print(json.dumps({"found": found, "cost": asdict(cost)}))


def prepared(asked: argparse.Namespace, folder: Path) -> Case:
    """Write the files that are measured."""
    folder.mkdir(parents=True, exist_ok=True)
    write_site(folder / "site.toml", asked.meters)
    plain = Asked(asked.meters, asked.days, asked.decimals)
    wanted = replace(plain, order=asked.order, layout=asked.layout)
    place = Place(folder, f"{asked.layout}-{asked.order}")
    print(f"writing the readings to {folder}", file=sys.stderr)
    written = write_readings(place.readings, wanted)
    write_copy(place.readings, place.copy)
    base = None
    if wanted != plain or asked.database != "sqlite":
        base = Place(folder)
        write_readings(base.readings, plain)
    others = MANY if asked.peers == "all" else FEW
    # Only Arrow takes a table with a column a meter as it is.
    chosen = [name for name in others if asked.layout == "long" or name == "arrow"]
    return Case(place, base, written, chosen, max(1, written.rows // SAMPLE))


@contextmanager
def serving(database: str) -> Iterator[Databases | None]:
    """Run a server of PostgreSQL, if that is what is measured."""
    if database == "sqlite":
        yield None
        return
    from server import Server, why_not

    if why_not():
        sys.exit(why_not())
    server = Server()
    try:
        yield server
    finally:
        server.close()


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for option, default in (("--meters", 300), ("--days", 365), ("--rounds", 3)):
        parser.add_argument(option, type=int, default=default)
    parser.add_argument("--decimals", type=int, default=2, choices=(1, 2, 3), help="of a value")
    parser.add_argument("--order", choices=ORDERS, default="meter", help="of a long file's rows")
    parser.add_argument("--layout", choices=LAYOUTS, default="long")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--peers", choices=("few", "all"), default="few", help="Arrow and DuckDB")
    parser.add_argument("--folder", type=Path, default=SCRATCH, help="scratch folder")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    for option in ("--job", "--name", "--url"):
        parser.add_argument(option, help=argparse.SUPPRESS)
    for option in ("--sample", "--server"):
        parser.add_argument(option, type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if min(asked.meters, asked.days, asked.rounds) < 1:
        parser.error("meters, days and rounds are at least 1")
    if asked.layout != "long" and asked.order != "meter":
        parser.error(f"a {asked.layout} file has one order: leave --order out")
    return asked


def main() -> None:
    """Make the files, measure, and print."""
    asked = arguments()
    folder = asked.folder.absolute()
    if asked.job:
        job(asked.job, Place(folder, asked.name, asked.url), asked.sample, asked.server)
        return
    case = prepared(asked, folder)
    described = machine(LIBRARIES)
    with serving(asked.database) as server:
        result = run_rounds(case, asked.rounds, Path(__file__), server)
    result |= {"machine": described, "database": asked.database}
    add_ratios(result["costs"])
    print(json.dumps(result, indent=2) if asked.json else table(result))


if __name__ == "__main__":
    main()
