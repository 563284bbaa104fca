"""Measure how long an importer waits while another one imports a large file into the same ledger.

    python benchmarks/import_together.py                        # 1 million readings, SQLite
    python benchmarks/import_together.py --database postgresql
    python benchmarks/import_together.py --meters 300           # 10.5 million

One process imports the large file. Meanwhile another one imports small files (a day of another
meter) one after the other. The longest of them is the one that had to wait.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from readings import Asked, code_of, write_readings, write_site
from works import Place, importing, make_ledger

SCRATCH = Path(__file__).resolve().parent.parent / "var" / "benchmark"
ALONE = 10


@dataclass(frozen=True, slots=True)
class Waited:
    """What was measured, in seconds by the clock.

    Attributes:
        readings: of the large file.
        large_s: its import, with Python and its libraries.
        alone_s: median of small imports with nobody beside them.
        longest_s: the longest small import while the large one ran.
        beside: how many small imports were done meanwhile.
    """

    readings: int
    large_s: float
    alone_s: float
    longest_s: float
    beside: int


def small_files(place: Place, meter: str) -> Iterator[Path]:
    """Write a day of a meter after the other, none of it in the large file."""
    day = 0
    while True:
        day += 1
        date = f"{2025 + day // 336}-{1 + day % 336 // 28:02}-{1 + day % 28:02}"
        lines = [f"{meter},{date} {n // 4:02}:{n % 4 * 15:02},{n}.5\n" for n in range(96)]
        path = place.folder / f"small-{day}.csv"
        path.write_text("meter,time,value\n" + "".join(lines), "utf-8")
        yield path
        path.unlink()


def took(place: Place, path: Path) -> float:
    """Import a file and return how long that took."""
    work, began = importing(place, path), time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(place: Place, meters: int, days: int, decimals: int = 2) -> Waited:
    """Import the large file in a process of its own, and small ones beside it."""
    place.folder.mkdir(parents=True, exist_ok=True)
    write_site(place.folder / "site.toml", meters + 1)
    written = write_readings(place.readings, Asked(meters, days, decimals))
    make_ledger(place)
    files = small_files(place, code_of(meters))
    alone = [took(place, next(files)) for _ in range(ALONE)]
    command = [sys.executable, __file__, "--job", str(place.folder), "--url", place.url or ""]
    began = time.perf_counter()
    with subprocess.Popen(command) as large:
        beside = []
        while large.poll() is None:
            beside.append(took(place, next(files)))
        whole = time.perf_counter() - began
    if large.returncode:
        sys.exit("the large import failed; the lines above say why")
    return Waited(written.readings, whole, statistics.median(alone), max(beside), len(beside))


@contextmanager
def serving(database: str, folder: Path) -> Iterator[Place]:
    """Give the place of a ledger on the database that is measured."""
    if database == "sqlite":
        yield Place(folder, "together")
        return
    from server import Server, why_not

    if why_not():
        sys.exit(why_not())
    server = Server()
    try:
        yield Place(folder, "together", server.database())
    finally:
        server.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--meters", type=int, default=30)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--folder", type=Path, default=SCRATCH, help="scratch folder")
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.job:
        place = Place(asked.job, "together", asked.url or None)
        took(place, place.readings)
        return
    with serving(asked.database, asked.folder.absolute()) as place:
        found = measure(place, asked.meters, asked.days)
    print(json.dumps({"database": asked.database} | asdict(found), indent=2))


if __name__ == "__main__":
    main()
