"""What other programs do to the same file.

None of them checks what the import checks, keeps the source file, or hashes anything. Those that
take very long read a sample of the first rows; their cost is scaled to the whole file.
"""

import csv
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from works import Place, Work

SAMPLE = 20
DAYS = (
    "SELECT meter, CAST(time AS DATE) AS day, sum(value) AS total, list(value) AS profile "
    "FROM read_csv(?) GROUP BY ALL"
)
TABLE = "CREATE TABLE readings (meter TEXT, time TEXT, value REAL)"
ROWS = """CREATE TABLE readings (meter_id INTEGER, start_utc INTEGER, value TEXT,
PRIMARY KEY (meter_id, start_utc)) STRICT, WITHOUT ROWID"""
COUNT = "SELECT count(*), CAST(round(sum(value) * 1000) AS INTEGER) FROM readings"


def arrow(place: Place) -> Work:
    """Read the file with Arrow into a typed table, and no more."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow_csv

    with place.readings.open(encoding="utf-8") as file:
        names = file.readline().strip().split(",")
    types = {name: pa.float64() for name in names}
    others = {"time": pa.timestamp("s"), "date": pa.date32(), "meter": pa.string()}
    types |= {name: kind for name, kind in others.items() if name in names}
    options = arrow_csv.ConvertOptions(column_types=types)

    def work() -> dict[str, Any]:
        table = arrow_csv.read_csv(place.readings, convert_options=options)
        values = (table[name] for name in names if types[name] == pa.float64())
        return {"rows": table.num_rows, "total": sum(_thousandths(pc.sum(v)) for v in values)}

    return work


def _thousandths(total: Any) -> int:
    value: float = total.as_py()
    return round(value * 1000)


def duckdb(place: Place, target: Path | None = None) -> Work:
    """Read the file with DuckDB into sums and lists by meter and day, in memory or in a file."""
    import duckdb as library

    if target is not None:
        target.unlink(missing_ok=True)

    def work() -> dict[str, Any]:
        with library.connect(str(target or ":memory:")) as connection:
            connection.execute(f"CREATE TABLE days AS {DAYS}", [str(place.readings)])
            counted = connection.execute("SELECT sum(len(profile)), sum(total) FROM days")
            ((rows, total),) = counted.fetchall()
        found = {"rows": int(rows), "total": round(total * 1000)}
        return found | ({"bytes": target.stat().st_size} if target else {})

    return work


def pandas(place: Place, rows: int) -> Work:
    """Read rows with pandas and write them into SQLite with `to_sql`."""
    import pandas as pd

    target = _fresh(place.folder / "pandas.db")

    def work() -> dict[str, Any]:
        frame = pd.read_csv(place.readings, parse_dates=["time"], nrows=rows)
        with sqlite3.connect(target) as connection:
            frame.to_sql("readings", connection, index=False)
        return _counted(target)

    return work


def shell(place: Place) -> Work:
    """Import the file with the command `sqlite3`; without it, with Python's csv and executemany."""
    target, program = _fresh(place.folder / "shell.db"), shutil.which("sqlite3")
    script = f"{TABLE};\n.mode csv\n.import --skip 1 '{place.readings}' readings\n"

    def work() -> dict[str, Any]:
        if program:
            subprocess.run([program, str(target)], input=script, text=True, check=True)
        else:
            with sqlite3.connect(target) as connection, place.readings.open() as file:
                connection.execute(TABLE)
                lines = islice(csv.reader(file), 1, None)
                connection.executemany("INSERT INTO readings VALUES (?, ?, ?)", lines)
        return _counted(target)

    return work


def each(place: Place, rows: int) -> Work:
    """Write one row a reading into SQLite: number of the meter, instant, text of the value."""
    target = _fresh(place.folder / "each.db")

    def work() -> dict[str, Any]:
        numbers: dict[str, int] = {}
        with sqlite3.connect(target) as connection, place.readings.open() as file:
            connection.execute(ROWS)
            made = (
                (numbers.setdefault(meter, len(numbers)), _seconds(time), value)
                for meter, time, value in islice(csv.reader(file), 1, rows + 1)
            )
            connection.executemany("INSERT INTO readings VALUES (?, ?, ?)", made)
        return _counted(target)

    return work


def _seconds(stamp: str) -> int:
    return int(datetime.fromisoformat(f"{stamp}+08:00").timestamp())


def _fresh(path: Path) -> Path:
    path.unlink(missing_ok=True)
    return path


def _counted(target: Path) -> dict[str, Any]:
    with sqlite3.connect(target) as connection:
        rows, total = connection.execute(COUNT).fetchone()
    return {"rows": rows, "total": total, "bytes": target.stat().st_size}


def peers(place: Place, rows: int) -> dict[str, Callable[[], Work]]:
    """Return what makes the work of each peer ready; only Arrow reads all layouts.

    Args:
        place: the files.
        rows: of the sample.
    """
    return {
        "arrow": lambda: arrow(place),
        "duckdb": lambda: duckdb(place),
        "duckdb_file": lambda: duckdb(place, place.folder / "peer.duckdb"),
        "shell": lambda: shell(place),
        "pandas": lambda: pandas(place, rows),
        "each": lambda: each(place, rows),
    }
