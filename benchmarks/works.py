"""The pieces of work that are measured: our import, and what two other programs do to the file."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Work = Callable[[], dict[str, Any]]
NOW = "2025-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of a measurement are."""

    folder: Path

    @property
    def readings(self) -> Path:
        """The file to import."""
        return self.folder / "readings.csv"

    @property
    def copy(self) -> Path:
        """The same readings as another file."""
        return self.folder / "copy.csv"

    @property
    def ledger(self) -> Path:
        """The ledger of this round."""
        return self.folder / "ledger.db"

    @property
    def documents(self) -> Path:
        """Where the ledger keeps its source files."""
        return self.folder / "ledger.documents"


def make_ledger(place: Place) -> None:
    """Make a ledger that knows the meters and holds no reading."""
    from carbonledger.ledger.connect import location, open_ledger
    from carbonledger.run.setup import init
    from carbonledger.site.service import apply

    for suffix in ("", "-wal", "-shm"):
        place.ledger.with_name(place.ledger.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(place.documents, ignore_errors=True)
    url = location(str(place.ledger))
    init(url, "benchmark", NOW)
    with open_ledger(url, write=True) as ledger:
        apply(ledger, place.folder / "site.toml", "benchmark", NOW)


def importing(place: Place, source: Path) -> Work:
    """Return the work of one import, as the command `import` does it."""
    from carbonledger.ingest.service import ImportOptions, import_file
    from carbonledger.ledger.connect import location, open_ledger

    def work() -> dict[str, Any]:
        with open_ledger(location(str(place.ledger)), write=True) as ledger:
            answer = import_file(ledger, source, ImportOptions(actor="benchmark", now=NOW))
        total = sum(round(float(one["quantity"]) * 1000) for one in answer["totals"])
        kept = ("batch", "rows", "readings", "skipped")
        return {key: answer[key] for key in kept} | {"total": total}

    return work


def parsing(place: Place) -> Work:
    """Return the work of reading the file with Arrow into a typed table, and no more."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    types = {"meter": pa.string(), "time": pa.timestamp("s"), "value": pa.float64()}

    def work() -> dict[str, Any]:
        table = csv.read_csv(place.readings, convert_options=csv.ConvertOptions(column_types=types))
        return {"rows": table.num_rows, "total": round(pc.sum(table["value"]).as_py() * 1000)}

    return work


def grouping(place: Place) -> Work:
    """Return the work of reading the file with DuckDB into sums and lists by meter and day."""
    import duckdb

    query = (
        "CREATE TABLE days AS SELECT meter, CAST(time AS DATE) AS day, sum(value) AS total, "
        "list(value) AS profile FROM read_csv(?) GROUP BY ALL"
    )

    def work() -> dict[str, Any]:
        with duckdb.connect() as connection:
            connection.execute(query, [str(place.readings)])
            counted = connection.execute("SELECT sum(len(profile)), sum(total) FROM days")
            ((rows, total),) = counted.fetchall()
        return {"rows": int(rows), "total": round(total * 1000)}

    return work


def works(place: Place) -> dict[str, Callable[[], Work]]:
    """Return what makes each piece of work ready: it loads libraries, which is not measured."""
    return {
        "import": lambda: importing(place, place.readings),
        "again": lambda: importing(place, place.readings),
        "copy": lambda: importing(place, place.copy),
        "arrow": lambda: parsing(place),
        "duckdb": lambda: grouping(place),
    }
