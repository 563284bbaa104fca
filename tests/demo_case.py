"""The demo park for tests: its folder, its steps, its ledger built from them in any order."""

import gzip
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.connect import location, open_ledger
from carbonledger.run import service
from carbonledger.run.setup import init
from carbonledger.site.service import apply

NOW = "2025-07-01T00:00:00Z"
PERIOD = "2024"
KINDS = ("inventory", "renewable", "footprint", "intensity")


@dataclass(frozen=True)
class Step:
    """An import of the demo: file, profile, and the reason where it is a correction."""

    file: Path
    profile: Path | None = None
    adjust: str | None = None


def steps(folder: Path) -> list[Step]:
    """Return the imports of the demo in their order."""
    listed = tomllib.loads((folder / "demo.toml").read_text("utf-8"))["step"]
    return [
        Step(folder / one["file"], folder / one["profile"] if "profile" in one else None,
             one.get("adjust"))
        for one in listed
        if one["command"] == "import"
    ]  # fmt: skip


def expected(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "EXPECTED.toml").read_text("utf-8"))


def build(folder: Path, path: Path, order: Iterable[Step]) -> str:
    """Make a ledger of the demo park from imports in an order; return its URL."""
    url = location(str(path))
    init(url, "energy manager", NOW)
    with open_ledger(url, write=True) as ledger:
        apply(ledger, folder / "site.toml", "energy manager", NOW)
        for step in order:
            options = ImportOptions(profile=step.profile, adjust=step.adjust,
                                    actor="energy manager", now=NOW)  # fmt: skip
            import_file(ledger, step.file, options)
    return url


def split(step: Step, folder: Path) -> Iterator[Step]:
    """Cut a file of readings in two, each part with the lines above the readings."""
    data = step.file.read_bytes()
    lines = gzip.decompress(data).splitlines(keepends=True)
    head = next(n for n, line in enumerate(lines) if line.startswith((b"2024", b"M-", b"G-", b"0")))
    middle = head + (len(lines) - head) * 2 // 5
    for number, part in enumerate((lines[head:middle], lines[middle:])):
        made = folder / f"{number}-{step.file.name}"
        made.write_bytes(gzip.compress(b"".join([*lines[:head], *part]), mtime=0))
        yield Step(made, step.profile, step.adjust)


def answers(url: str, *, as_of: int | None = None) -> dict[str, dict[str, Any]]:
    """Compute everything for the year; what tells one ledger from another is left out."""
    with open_ledger(url, write=True) as ledger:
        return {
            kind: {
                name: value
                for name, value in getattr(service, kind)(
                    ledger, None, PERIOD, as_of=as_of, actor="tester", now=NOW
                ).items()
                if name not in ("run", "as_of")
            }
            for kind in KINDS
        }


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    with open_ledger(url) as ledger, ledger.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def micro(text: str) -> int:
    """Return a printed quantity in millionths."""
    return int(Decimal(text) * 1_000_000)


def batch_of(url: str, document: str) -> int:
    [(found,)] = rows(url, f"SELECT batch FROM batch_view WHERE document = '{document}'")
    return int(found)
