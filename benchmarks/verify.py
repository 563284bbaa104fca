"""Measure the check of a ledger beside the import that filled it, in one run.

    python benchmarks/verify.py                          # 300 meters, a year: 10.5 million readings
    python benchmarks/verify.py --database postgresql
    python benchmarks/verify.py --meters 10 --days 31 --rounds 1

Each round imports the file into a new ledger, takes a checkpoint, imports a day more of each
meter, and verifies all of it, and then what came since the checkpoint. Each piece of work runs in
a process of its own; starting Python and loading libraries is not counted. The figures are medians.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from import_readings import SCRATCH, serving
from measure import Cost, machine, measured, median
from readings import A_DAY, Asked, Readings, code_of, write_readings, write_site
from works import NOW, Place, Work, importing, make_ledger

LIBRARIES = ("carbonledger", "sqlalchemy", "pyarrow")
TITLES = {
    "import": "import",
    "later": "import of a day more",
    "verify": "verify",
    "since": "verify --since the checkpoint before that day",
}
FIRST = date(2024, 1, 1)


def later(place: Place) -> Path:
    """Return the file of the day that is imported after the checkpoint."""
    return place.folder / "verify-later.csv"


def noted(place: Place) -> Path:
    """Return the file of the checkpoint."""
    return place.folder / "verify.checkpoint"


def _lines(meters: int, day: date) -> Iterator[str]:
    yield "meter,time,value\n"
    for meter in range(meters):
        for quarter in range(A_DAY):
            yield f"{code_of(meter)},{day} {quarter // 4:02}:{quarter % 4 * 15:02}:00,1.25\n"


def take_checkpoint(place: Place) -> dict[str, Any]:
    """Write down what the log is."""
    from carbonledger.ledger.connect import open_ledger
    from carbonledger.ledger.service import checkpoint

    with open_ledger(place.ledger) as ledger:
        answer = checkpoint(ledger, NOW)
    noted(place).write_text(answer["text"], "utf-8")
    return {"batches": answer["batches"]}


def verifying(place: Place, *, since: bool) -> Work:
    """Return the work of one check, as the command `verify` does it."""
    from carbonledger.ledger.connect import open_ledger
    from carbonledger.ledger.kept import read_kept
    from carbonledger.run.verify import verify

    def work() -> dict[str, Any]:
        kept = read_kept([noted(place)], noted(place) if since else None)
        with open_ledger(place.ledger, documents=place.documents) as ledger:
            answer = verify(ledger, kept)
        return {key: answer[key] for key in ("ok", "batches", "since")}

    return work


def works(place: Place) -> dict[str, Callable[[], Work]]:
    """Return what makes each piece of work ready."""
    return {
        "import": lambda: importing(place, place.readings),
        "checkpoint": lambda: lambda: take_checkpoint(place),
        "later": lambda: importing(place, later(place)),
        "verify": lambda: verifying(place, since=False),
        "since": lambda: verifying(place, since=True),
    }


def job(name: str, place: Place, server: int | None) -> None:
    """Do one piece of work in this process and print what it found and cost."""
    if name == "ledger":
        make_ledger(place)
        print(json.dumps({}))
        return
    work = works(place)[name]()
    if server is None:
        found, cost = measured(work)
    else:
        from server import cpu_of

        found, cost = measured(work, partial(cpu_of, server))
    print(json.dumps({"found": found, "cost": asdict(cost)}))


def run(name: str, place: Place, server: int | None) -> dict[str, Any]:
    """Do one piece of work in a process of its own."""
    command = [sys.executable, __file__, "--job", name, "--folder", str(place.folder),
               "--name", place.name]  # fmt: skip
    if place.url and server is not None:
        command += ["--url", place.url, "--server", str(server)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} failed; the lines above say why")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def one_round(place: Place, written: Readings, server: int | None) -> dict[str, Cost]:
    """Do all pieces of work once; stop when one did not do what it is measured for."""
    costs: dict[str, Cost] = {}
    run("ledger", place, server)
    for name in works(place):
        answer = run(name, place, server)
        found, costs[name] = answer["found"], Cost(**answer["cost"])
        if name == "import" and found["readings"] != written.readings:
            sys.exit(f"import found {found}, expected {written.readings} readings")
        if name in {"verify", "since"} and not found["ok"]:
            sys.exit(f"{name} found differences")
        if name == "since" and found["since"] != found["batches"] - 1:
            sys.exit(f"since read more than the last batch: {found}")
    return costs


def prepared(asked: argparse.Namespace, folder: Path) -> tuple[Place, Readings]:
    """Write the files that are imported."""
    folder.mkdir(parents=True, exist_ok=True)
    write_site(folder / "site.toml", asked.meters)
    place = Place(folder)
    written = write_readings(place.readings, Asked(asked.meters, asked.days, 2))
    with later(place).open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(_lines(asked.meters, FIRST + timedelta(days=asked.days)))
    return place, written


def rounds(asked: argparse.Namespace, folder: Path) -> tuple[Readings, dict[str, Cost]]:
    """Measure so many rounds and return the medians."""
    place, written = prepared(asked, folder)
    costs: dict[str, list[Cost]] = {}
    with serving(asked.database) as server:
        for number in range(asked.rounds):
            print(f"round {number + 1} of {asked.rounds}", file=sys.stderr)
            url = server.database() if server else None
            made = one_round(replace(place, url=url), written, server.pid if server else None)
            for name, cost in made.items():
                costs.setdefault(name, []).append(cost)
            if server and url:
                server.drop(url)
    return written, {name: median(costs[name]) for name in TITLES}


def table(asked: argparse.Namespace, written: Readings, costs: dict[str, Cost]) -> str:
    """Write the result as a table in Markdown."""
    base = costs["import"].cpu_s
    told = f"{written.readings:,} readings of {asked.meters} meters and {asked.days} days"
    lines = [
        f"{told}, {written.bytes / 1e6:.0f} MB, in {asked.database}; medians of {asked.rounds}.",
        "",
        "| work | CPU s | wall s | peak MB | CPU by the import's |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {TITLES[name]} | {cost.cpu_s:.2f} | {cost.wall_s:.2f} | {cost.peak_mb:.0f} "
            f"| {cost.cpu_s / base:.2f} |"
            for name, cost in costs.items()
        ),
    ]
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for option, default in (("--meters", 300), ("--days", 365), ("--rounds", 3)):
        parser.add_argument(option, type=int, default=default)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--folder", type=Path, default=SCRATCH, help="scratch folder")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    for option in ("--job", "--name", "--url"):
        parser.add_argument(option, help=argparse.SUPPRESS)
    parser.add_argument("--server", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if min(asked.meters, asked.days, asked.rounds) < 1:
        parser.error("meters, days and rounds are at least 1")
    return asked


def main() -> None:
    """Make the files, measure, and print."""
    asked = arguments()
    folder = asked.folder.absolute()
    if asked.job:
        job(asked.job, Place(folder, asked.name, asked.url), asked.server)
        return
    described = machine(LIBRARIES)
    written, costs = rounds(asked, folder)
    if asked.json:
        told = {"file": asdict(written), "database": asked.database, "rounds": asked.rounds}
        answer = told | {"costs": {n: asdict(c) for n, c in costs.items()}, "machine": described}
        print(json.dumps(answer, indent=2))
        return
    print(table(asked, written, costs))
    print("\n" + "\n".join(f"- {name}: {value}" for name, value in described.items()))


if __name__ == "__main__":
    main()
