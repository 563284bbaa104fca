"""The pieces of work of CarbonLedger that are measured, and where their files are."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Work = Callable[[], dict[str, Any]]
NOW = "2025-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of a measurement are.

    Attributes:
        folder: of all files.
        name: what the file to import is named after, by its layout and order.
        url: of a database on a server; None: a SQLite file in the folder.
    """

    folder: Path
    name: str = "long-meter"
    url: str | None = None

    @property
    def readings(self) -> Path:
        """The file to import."""
        return self.folder / f"{self.name}.csv"

    @property
    def copy(self) -> Path:
        """The same readings as another file."""
        return self.folder / f"{self.name}-copy.csv"

    @property
    def file(self) -> Path:
        """The ledger of this round, where it is a file."""
        return self.folder / "ledger.db"

    @property
    def ledger(self) -> str:
        """The URL of the ledger of this round."""
        from carbonledger.ledger.connect import location

        return self.url or location(str(self.file))

    @property
    def documents(self) -> Path:
        """Where the ledger keeps its source files."""
        return self.folder / "ledger.documents"


def make_ledger(place: Place) -> None:
    """Make a ledger that knows the meters and holds no reading."""
    from carbonledger.ledger.connect import open_ledger
    from carbonledger.run.setup import init
    from carbonledger.site.service import apply

    for suffix in ("", "-wal", "-shm"):
        place.file.with_name(place.file.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(place.documents, ignore_errors=True)
    init(place.ledger, "benchmark", NOW)
    with open_ledger(place.ledger, write=True) as ledger:
        apply(ledger, place.folder / "site.toml", "benchmark", NOW)


def size_of(place: Place) -> int:
    """Return the bytes that the database takes."""
    if place.url is None:
        return place.file.stat().st_size
    from carbonledger.ledger.connect import open_ledger

    with open_ledger(place.url) as ledger, ledger.read() as connection:
        found = connection.exec_driver_sql("SELECT pg_database_size(current_database())")
        return int(found.scalar_one())


def importing(place: Place, source: Path) -> Work:
    """Return the work of one import, as the command `import` does it."""
    from carbonledger.ingest.service import ImportOptions, import_file
    from carbonledger.ledger.connect import open_ledger

    def work() -> dict[str, Any]:
        options = ImportOptions(actor="benchmark", now=NOW)
        with open_ledger(place.ledger, write=True, documents=place.documents) as ledger:
            answer = import_file(ledger, source, options)
        total = sum(round(float(one["quantity"]) * 1000) for one in answer["totals"])
        kept = ("batch", "rows", "readings", "skipped")
        return {key: answer[key] for key in kept} | {"total": total}

    return work


def works(place: Place) -> dict[str, Callable[[], Work]]:
    """Return what makes each piece of work ready: it loads libraries, which is not measured."""
    return {
        "import": lambda: importing(place, place.readings),
        "again": lambda: importing(place, place.readings),
        "copy": lambda: importing(place, place.copy),
    }
