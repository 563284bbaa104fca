"""How long the canned questions of an auditor take on a large ledger, on either database.

    python benchmarks/audit_questions.py --folder DIR [--database postgresql] [--json]

The ledger has 2,000 meters and a year of hours unless told otherwise (`large_park.py`), and all
else that the questions look for. Each is asked as it is where nobody says, once to warm up and then
in rounds; the time is that until the last row. The limit for each is a second.
"""

import argparse
import json
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from large_park import build
from measure import machine, measured
from server import Server, cpu_of, why_not

from carbonledger.audit.questions import questions
from carbonledger.audit.service import ask
from carbonledger.ledger.connect import location, open_ledger
from carbonledger.ledger.engines import parsed

LIMIT_S = 1.0
LONGEST_S = 60.0


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="for the ledger; is made")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--meters", type=int, default=2000)
    parser.add_argument("--days", type=int, default=366, help="from 2024-01-01 on")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="take the ledger that is there")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def questions_asked(url: str, rounds: int, served: Callable[[], float]) -> dict[str, Any]:
    """Ask every question and return what each cost: the median of each figure by itself."""
    found = {}
    for one in questions():
        with open_ledger(url, sealed=True) as ledger:

            def work(name: str = one.name, opened: Any = ledger) -> int:
                return len(ask(opened, name, {}, LONGEST_S)["rows"])

            rows = work()
            costs = [measured(work, served)[1] for _ in range(rounds)]
        found[one.name] = {
            "rows": rows,
            "cpu_s": statistics.median(cost.cpu_s for cost in costs),
            "wall_s": statistics.median(cost.wall_s for cost in costs),
            "least_wall_s": min(cost.wall_s for cost in costs),
        }
    return found


def settled(url: str) -> None:
    """Let PostgreSQL look at its tables, as its own housekeeping does after an hour."""
    engine = sa.create_engine(parsed(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def over(cost: dict[str, Any]) -> bool:
    """Tell whether a question took too long, by the clock and by the processor alike.

    On a machine that others use the clock runs on while we wait; alone the two are the same.
    """
    return bool(min(cost["least_wall_s"], cost["cpu_s"]) >= LIMIT_S)


def table(result: dict[str, Any]) -> str:
    """Write the result as a table in Markdown."""
    head = (
        f"{result['entries']:,} entries of {result['meters']:,} meters and {result['days']} days, "
        f"{result['database']}; medians of {result['rounds']}."
    )
    lines = [
        head,
        "",
        "| question | rows | CPU s | wall s | least wall s |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, cost in result["questions"].items():
        mark = " (over the limit)" if over(cost) else ""
        lines.append(
            f"| {name}{mark} | {cost['rows']:,} | {cost['cpu_s']:.2f} | {cost['wall_s']:.2f} "
            f"| {cost['least_wall_s']:.2f} |"
        )
    return "\n".join([*lines, "", *(f"- {k}: {v}" for k, v in result["machine"].items())])


def main() -> int:
    """Measure and print; 1 where a question never came in under the limit."""
    asked = arguments()
    asked.folder.mkdir(parents=True, exist_ok=True)
    path = asked.folder / "audit.db"
    described = machine(("sqlalchemy",))
    with ExitStack() as stack:
        url, served = location(str(path)), lambda: 0.0
        if asked.database == "postgresql":
            if why_not():
                raise SystemExit(why_not())
            server = Server()
            stack.callback(server.close)
            url, served = server.database(), lambda: cpu_of(server.pid)
        if not (asked.keep and path.is_file()):
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            build(url, asked.folder, asked.meters, asked.days)
        if asked.database == "postgresql":
            settled(url)
        with open_ledger(url) as ledger, ledger.read() as connection:
            entries = connection.exec_driver_sql("SELECT count(*) FROM entry").scalar_one()
        result = {
            "database": asked.database, "meters": asked.meters, "days": asked.days,
            "entries": entries, "rounds": asked.rounds, "machine": described,
            "questions": questions_asked(url, asked.rounds, served),
        }  # fmt: skip
    print(json.dumps(result, indent=1) if asked.json else table(result))
    return int(any(map(over, result["questions"].values())))


if __name__ == "__main__":
    raise SystemExit(main())
