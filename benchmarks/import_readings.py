"""Measure the import of a year of 15-minute readings beside Arrow and DuckDB, in one run.

    python benchmarks/import_readings.py                    # 300 meters, a year: 10.5 million rows
    python benchmarks/import_readings.py --meters 10 --days 31 --rounds 1

Each piece of work runs in a process of its own, one after the other, the whole round several
times; the figures are medians. Starting Python and loading libraries is not counted, the memory
they hold is. What each of them read is compared with what was written, to the last digit.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from measure import MEGABYTE, Cost, machine, measured, median
from readings import Readings, write_copy, write_readings, write_site
from works import Place, make_ledger, works

LIBRARIES = ("carbonledger", "pyarrow", "duckdb", "numpy", "sqlalchemy")
SCRATCH = Path(__file__).resolve().parent.parent / "var" / "benchmark"
TITLES = {
    "import": "CarbonLedger: import into SQLite",
    "again": "CarbonLedger: the same file again",
    "copy": "CarbonLedger: a copy under another name",
    "arrow": "Arrow: typed parse",
    "duckdb": "DuckDB: parse and group",
}


def job(name: str, place: Place) -> None:
    """Do one piece of work in this process and print what it found and cost."""
    if name == "ledger":
        make_ledger(place)
        print(json.dumps({"found": {"bytes": place.ledger.stat().st_size}}))
        return
    found, cost = measured(works(place)[name]())
    print(json.dumps({"found": found, "cost": asdict(cost)}))


def in_a_process(name: str, place: Place) -> dict[str, Any]:
    """Do one piece of work in a new process and return what it found and cost."""
    command = [sys.executable, __file__, "--job", name, "--folder", str(place.folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} failed; the lines above say why")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def check(name: str, found: dict[str, Any], written: Readings) -> None:
    """Stop when a piece of work did not do what it was measured for."""
    expected = {"rows": written.rows, "total": written.total}
    if name == "import":
        expected |= {"readings": written.rows}
    elif name in {"again", "copy"}:
        expected = {"readings": 0, "skipped": 0 if name == "again" else written.rows}
    wrong = {key: found[key] for key, value in expected.items() if found[key] != value}
    if wrong:
        sys.exit(f"{name} found {wrong}, expected {expected}")


def run_rounds(place: Place, written: Readings, rounds: int) -> dict[str, Any]:
    """Run every piece of work in turn, several times."""
    costs: dict[str, list[Cost]] = {name: [] for name in TITLES}
    for number in range(rounds):
        empty = in_a_process("ledger", place)["found"]["bytes"]
        for name, title in TITLES.items():
            print(f"round {number + 1} of {rounds}: {title}", file=sys.stderr)
            answer = in_a_process(name, place)
            check(name, answer["found"], written)
            costs[name].append(Cost(**answer["cost"]))
            if name == "import":
                size = place.ledger.stat().st_size
    kept = sum(file.stat().st_size for file in place.documents.iterdir())
    return {
        "file": asdict(written),
        "rounds": rounds,
        "costs": {name: asdict(median(list_)) for name, list_ in costs.items()},
        "ledger_bytes": size,
        "bytes_a_reading": (size - empty) / written.rows,
        "documents_bytes": kept,
    }


def add_ratios(result: dict[str, Any]) -> None:
    """Add each processor time as a multiple of Arrow's, DuckDB's and the first import's."""
    costs = result["costs"]
    for cost in costs.values():
        for other in ("arrow", "duckdb", "import"):
            cost[f"cpu_by_{other}"] = cost["cpu_s"] / costs[other]["cpu_s"]


def table(result: dict[str, Any]) -> str:
    """Write the result as a table in Markdown."""
    told = result["file"]
    size = f"{told['bytes'] / 1e6:.0f} MB; medians of {result['rounds']}."
    lines = [
        f"{told['rows']:,} readings of {told['meters']} meters and {told['days']} days with",
        f"{told['decimals']} decimals, {size}",
        "",
        "| work | CPU s | wall s | peak MB | CPU by Arrow's | by DuckDB's | by the import's |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, cost in result["costs"].items():
        ratios = " | ".join(f"{cost[f'cpu_by_{o}']:.2f}" for o in ("arrow", "duckdb", "import"))
        lines.append(
            f"| {TITLES[name]} | {cost['cpu_s']:.2f} | {cost['wall_s']:.2f} "
            f"| {cost['peak_mb']:.0f} | {ratios} |"
        )
    ledger, kept = result["ledger_bytes"] / MEGABYTE, result["documents_bytes"] / MEGABYTE
    lines += [
        "",
        f"Ledger {ledger:.1f} MiB, {result['bytes_a_reading']:.2f} bytes a reading.",
        f"The source file is kept in {kept:.1f} MiB beside it.",
        "",
        *(f"- {key}: {value}" for key, value in result["machine"].items()),
    ]
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for option, default in (("--meters", 300), ("--days", 365), ("--rounds", 3)):
        parser.add_argument(option, type=int, default=default)
    parser.add_argument("--decimals", type=int, default=2, choices=(1, 2, 3), help="of a value")
    parser.add_argument("--folder", type=Path, default=SCRATCH, help="scratch folder")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if min(asked.meters, asked.days, asked.rounds) < 1:
        parser.error("meters, days and rounds are at least 1")
    return asked


def main() -> None:
    """Make the files, measure, and print."""
    asked = arguments()
    place = Place(asked.folder.absolute())
    if asked.job:
        job(asked.job, place)
        return
    place.folder.mkdir(parents=True, exist_ok=True)
    write_site(place.folder / "site.toml", asked.meters)
    print(f"writing the readings to {place.folder}", file=sys.stderr)
    written = write_readings(place.readings, asked.meters, asked.days, asked.decimals)
    write_copy(place.readings, place.copy)
    described = machine(LIBRARIES)
    result = run_rounds(place, written, asked.rounds) | {"machine": described}
    add_ratios(result)
    print(json.dumps(result, indent=2) if asked.json else table(result))


if __name__ == "__main__":
    main()
