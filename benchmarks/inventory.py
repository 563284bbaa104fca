"""What the annual inventory of a large ledger costs, beside the same sum from raw rows in DuckDB.

    python benchmarks/inventory.py --folder DIR [--meters 2000] [--years 10] [--keep] [--json]

The ledger holds years of a park's meters (`many_years.py`); the inventory is that of its last year
by month, gas and account. DuckDB holds one row a reading in the order of time, and sums the same
year by month, account pair and commodity, times a factor. Both find the same electricity.
Targets: at most a second, at most a tenth of DuckDB's time, and linear in meters, whatever the
years before.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
from many_years import build
from measure import machine, measured, median

from carbonledger.ledger.connect import location, open_ledger
from carbonledger.run.service import inventory

LAST = 2024
# DuckDB adds the readings up as floating-point numbers.
ROUNDING = 1e-9
SUM = """
select date_trunc('month', start) as month, source, target, good, sum(value) as quantity,
       sum(value * case good when 'electricity' then 0.5306 else 2.1622 end) as kg
from reading join meter on meter.id = reading.meter
where start >= make_timestamp($1, 1, 1, 0, 0, 0)
  and start < make_timestamp($1 + 1, 1, 1, 0, 0, 0)
group by all order by all
"""
NOW = "2025-06-01T08:00:00Z"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="for the ledger; is made")
    parser.add_argument("--meters", type=int, default=2000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--interval", type=int, default=900, help="seconds of a reading")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="of DuckDB")
    parser.add_argument("--keep", action="store_true", help="take the ledger that is there")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def asked(url: str) -> dict[str, Any]:
    """Make the inventory once, opening the ledger as the command does."""
    with open_ledger(url) as ledger:
        answer = inventory(ledger, None, str(LAST), actor="benchmark", now=NOW)
    bought = sum(one["activity"] for one in answer["lines"] if one["scope"] == "2_location")
    return {"lines": len(answer["lines"]), "scopes": answer["scopes"], "bought_kwh": float(bought)}


def summed(path: Path, threads: int) -> dict[str, Any]:
    """Sum the readings of the year."""
    with duckdb.connect(str(path), read_only=True, config={"threads": threads}) as peer:
        rows = peer.execute(SUM, [LAST]).fetchall()
    bought = sum(row[4] for row in rows if row[1] == "grid")
    return {"rows": len(rows), "bought_kwh": round(bought, 2)}


def rounds(url: str, peer: Path, told: argparse.Namespace) -> dict[str, Any]:
    """Measure both in turn, once to warm up and then in rounds."""
    ours, theirs = asked(url), summed(peer, told.threads)
    if abs(ours["bought_kwh"] / theirs["bought_kwh"] - 1) > ROUNDING:
        raise SystemExit(f"{ours['bought_kwh']} kWh here, {theirs['bought_kwh']} in DuckDB")
    costs: dict[str, list[Any]] = {"inventory": [], "duckdb": []}
    for _ in range(told.rounds):
        costs["inventory"].append(measured(lambda: asked(url))[1])
        costs["duckdb"].append(measured(lambda: summed(peer, told.threads))[1])
    found = {name: asdict(median(taken)) for name, taken in costs.items()}
    ratio = found["inventory"]["wall_s"] / found["duckdb"]["wall_s"]
    return {"found": {**ours, **theirs}, "costs": found, "wall_by_duckdb": ratio}


def main() -> None:
    """Build what is missing, measure, and print."""
    told = arguments()
    told.folder.mkdir(parents=True, exist_ok=True)
    url = location(str(told.folder / "ledger.db"))
    counted = told.folder / "readings"
    if not told.keep:
        (told.folder / "ledger.db").unlink(missing_ok=True)
        years = range(LAST + 1 - told.years, LAST + 1)
        counted.write_text(str(build(url, told.folder, told.meters, years, told.interval)))
    readings = int(counted.read_text())
    result: dict[str, Any] = {"meters": told.meters, "years": told.years, "readings": readings}
    result |= rounds(url, told.folder / "readings.duckdb", told)
    result["machine"] = machine(["duckdb", "sqlalchemy"])
    print(json.dumps(result, indent=1, default=str) if told.json else table(result))


def table(result: dict[str, Any]) -> str:
    """Write the result as a table in Markdown."""
    costs = result["costs"]
    head = f"{result['meters']:,} meters, {result['years']} years, {result['readings']:,} readings"
    titles = {
        "inventory": "CarbonLedger: inventory by month, gas and account",
        "duckdb": "DuckDB: sum of one row a reading",
    }
    lines = [
        f"{head}; the inventory of one year has {result['found']['lines']:,} lines.",
        "",
        "| work | CPU s | wall s |",
        "|---|---:|---:|",
        *(f"| {title} | {costs[name]['cpu_s']:.2f} | {costs[name]['wall_s']:.2f} |"
          for name, title in titles.items()),
        "",
        f"Inventory by DuckDB's time: {result['wall_by_duckdb']:.2f}.",
        *(f"- {key}: {value}" for key, value in result["machine"].items()),
    ]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    main()
