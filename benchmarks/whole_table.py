"""Measure every order, layout and database in turn and print one table in Markdown.

    python benchmarks/whole_table.py                    # 10.5 million readings each, and 35 million
    python benchmarks/whole_table.py --meters 30 --days 91 --rounds 1

Each case is a run of `import_readings.py`; its figures are compared with the import of the long
file by meter that was measured in the same run. docs/performance.md takes the table as it is.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tables import TITLES

PROGRAM = Path(__file__).with_name("import_readings.py")
LONGER = 10
PARTS = ("import", "again", "copy")


class Run(NamedTuple):
    """A run of the measurement: its title, its options, and how many times the meters."""

    title: str
    options: tuple[str, ...] = ()
    # In tenths of the meters that are asked for.
    tenths: int = LONGER


RUNS = (
    Run("long, by meter", ("--peers", "all")),
    Run("long, by time", ("--order", "time")),
    Run("long, shuffled", ("--order", "shuffled")),
    Run("wide, a column a meter", ("--layout", "wide")),
    Run("a row a day", ("--layout", "day")),
    Run("long, by meter, into PostgreSQL", ("--database", "postgresql")),
    Run("long, by meter, a third of the readings", (), 3),
    Run("long, by meter, three times the readings", (), 33),
)


def measure(run: Run, asked: argparse.Namespace) -> dict[str, Any]:
    """Do a run in processes of its own and return what it found."""
    print(f"== {run.title}", file=sys.stderr)
    meters = max(1, asked.meters * run.tenths // LONGER)
    command = [sys.executable, str(PROGRAM), "--json", "--meters", str(meters),
               "--days", str(asked.days), "--rounds", str(asked.rounds), *run.options]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{run.title}: the measurement ended with {done.returncode}; see the lines above")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows(run: Run, found: dict[str, Any]) -> list[str]:
    """Return the lines of the table for a run; of peers only where all of them were asked."""
    costs, readings = found["costs"], found["file"]["readings"]
    base = costs.get("base", costs["import"])["cpu_s"]
    names = [name for name in costs if name in PARTS or "--peers" in run.options]
    return [
        f"| {run.title} | {TITLES[name].removeprefix('CarbonLedger: ')} | {readings / 1e6:.1f} "
        f"| {cost['cpu_s']:.2f} | {cost['wall_s']:.2f} | {cost['peak_mb']:.0f} "
        f"| {readings / 1e6 / cost['cpu_s']:.2f} | {cost['cpu_s'] / base:.2f} "
        f"| {_by(cost, costs, 'arrow')} | {_by(cost, costs, 'duckdb')} |"
        for name, cost in costs.items()
        if name in names
    ]


def _by(cost: dict[str, float], costs: dict[str, dict[str, float]], other: str) -> str:
    """Return a processor time as a multiple of another of the run, if it was measured."""
    return f"{cost['cpu_s'] / costs[other]['cpu_s']:.2f}" if other in costs else ""


def main() -> None:
    """Measure all runs and print the table, its rows as they come."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for option, default in (("--meters", 300), ("--days", 365), ("--rounds", 3)):
        parser.add_argument(option, type=int, default=default)
    asked = parser.parse_args()
    heads = ("file", "work", "million readings", "CPU s", "wall s", "peak MB",
             "million readings a CPU second", "CPU by the import of the long file by meter",
             "CPU by Arrow's", "CPU by DuckDB's")  # fmt: skip
    print(f"| {' | '.join(heads)} |\n|---|---|{'---:|' * (len(heads) - 2)}")
    found: dict[str, Any] = {}
    for run in RUNS:
        found = measure(run, asked)
        print("\n".join(rows(run, found)), flush=True)
    print("\n" + "\n".join(f"- {name}: {value}" for name, value in found["machine"].items()))


if __name__ == "__main__":
    main()
