"""Ledgers and files for the tests of the import: the input stands in the test, and so do the sums.

A ledger has one site `park` with an account `park/office`, and the meters a test asks for, all from
the grid to the park. It is copied from one that was made once a process; it is a SQLite file, or a
database on a PostgreSQL server for tests that say so (see `database` in conftest.py).
"""

import atexit
import gzip
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from postgresql_server import copied, drop, template

from carbonledger.errors import Refusal
from carbonledger.ingest.blocks import blocks
from carbonledger.ingest.profile import parse_profile
from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger import service
from carbonledger.ledger.book import Header, Posting, posting
from carbonledger.ledger.connect import Ledger, location, open_ledger
from carbonledger.ledger.schema import (
    account,
    account_revision,
    commodity,
    metadata,
    meter,
    meter_event,
    meter_revision,
)
from carbonledger.run.setup import init

NOW = "2026-11-22T00:00:00Z"
ZONE = "Asia/Shanghai"
DATABASES = ("sqlite", "postgresql")
_chosen = ["sqlite"]


@contextmanager
def on(database: str) -> Iterator[None]:
    """Keep the ledgers that are made meanwhile on this database."""
    _chosen.append(database)
    try:
        yield
    finally:
        _chosen.pop()


@dataclass(frozen=True)
class Meter:
    """A meter as a test declares it."""

    code: str = "M-1"
    commodity: str = "electricity"
    unit: str = "kWh"
    reads: str = "interval"
    digits: int | None = None
    multiplier: str = "1"
    conversion: str | None = None
    timezone: str = ZONE
    valid_from: int = 0
    swaps: tuple[tuple[str, str, str], ...] = field(default_factory=tuple)


_asked: Counter[tuple[str, tuple[Meter, ...]]] = Counter()


def _begun(place: Path, meters: tuple[Meter, ...]) -> str:
    """Return the URL of a ledger with some meters: a mere copy where they were asked for before."""
    database = _chosen[-1]
    _asked[database, meters] += 1
    known = meters if _asked[database, meters] > 1 else ()
    if database == "postgresql":
        template("kit", _begin)
        if known:
            template(f"kit {known}", lambda made: _with_meters(made, known), base="kit")
        url = copied(f"kit {known}" if known else "kit")
    else:
        shutil.copy(_template(known), place)
        url = location(str(place))
    if not known:
        _with_meters(url, meters)
    return url


@cache
def _template(meters: tuple[Meter, ...]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="carbonledger-kit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "park.db"
    if meters:
        shutil.copy(_template(()), path)
        _with_meters(location(str(path)), meters)
    else:
        _begin(location(str(path)))
    return path


def _with_meters(url: str, meters: tuple[Meter, ...]) -> None:
    with open_ledger(url, write=True) as ledger, ledger.transaction() as connection:
        with posting(connection, Header("site", "kit", NOW, "meters")) as post:
            found = connection.execute(sa.select(meter.c.code, meter.c.id))
            known = {str(code): int(number) for code, number in found}
            for one in meters:
                if one.code not in known:
                    known[one.code] = post.insert(meter, code=one.code)
                _declare(post, one, known[one.code])


def _begin(url: str) -> None:
    init(url, "kit", NOW)
    with open_ledger(url, write=True) as ledger, ledger.transaction() as connection:
        with posting(connection, Header("site", "kit", NOW, "the park")) as post:
            for code, zone in (("park", ZONE), ("park/office", None)):
                number = post.insert(account, code=code, outside=0)
                post.insert(account_revision, account_id=number, kind="facility", timezone=zone,
                            region="CN-LN")  # fmt: skip


def utc(text: str) -> int:
    """Return an instant, written `2024-03-01 14:32` in UTC, as seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


class Books:
    """A ledger of a test, and the folder its files are written to."""

    def __init__(self, folder: Path, *meters: Meter) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "park.db"
        self.documents = self.path.with_suffix(".documents")
        self.on_server = _chosen[-1] == "postgresql"
        self.url = _begun(self.path, meters or (Meter(),))

    @contextmanager
    def ledger(self, *, write: bool = True) -> Iterator[Ledger]:
        documents = self.documents if self.on_server else None
        with open_ledger(self.url, write=write, documents=documents) as ledger:
            yield ledger

    def drop(self) -> None:
        """Take the ledger away; for tests that make very many."""
        if self.on_server:
            drop(self.url)

    def declare(self, *meters: Meter) -> None:
        """Declare more meters, or the same ones otherwise."""
        _with_meters(self.url, meters)

    def file(self, text: str | bytes, name: str = "meters.csv", encoding: str = "utf-8") -> Path:
        """Write a file; text is cleaned of the indentation that its test gives it."""
        data = text if isinstance(text, bytes) else clean(text).encode(encoding)
        path = self.folder / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    def take(
        self, text: str | bytes | Path, profile: str = "", name: str = "meters.csv",
        encoding: str = "utf-8", member: str | None = None, **options: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Import a file, or text written to one; of an archive, a file in it."""
        path = text if isinstance(text, Path) else self.file(text, name, encoding)
        if profile:
            options["profile"] = self.folder / "profile.toml"
            options["profile"].write_text(clean(profile), "utf-8")
        options.setdefault("rejects", self.folder / "rejects.csv")
        with self.ledger() as ledger:
            asked = ImportOptions(actor="tester", now=NOW, **options)
            return import_file(ledger, path, asked, member=member)

    def refused(self, text: str | bytes | Path, profile: str = "", **options: Any) -> Refusal:
        """Import a file that is refused, and see that nothing changed."""
        before, kept = self.dump(), self.kept()
        with pytest.raises(Refusal) as caught:
            self.take(text, profile, **options)
        assert self.dump() == before
        assert self.kept() == kept
        return caught.value

    def reverse(self, batch: int) -> None:
        with self.ledger() as ledger:
            service.reverse(ledger, batch, "a test says so", "tester", NOW)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        if self.on_server:
            sql = sql.replace("%", "%%").replace("?", "%s")
        with self.ledger(write=False) as ledger, ledger.read() as connection:
            found = connection.exec_driver_sql(sql, values)
            return [tuple(_plain(value) for value in row) for row in found]

    def sum(self, commodity: str = "electricity", **where: str) -> Decimal:
        """Return the sum of all entries in the canonical unit, exact."""
        clause = "".join(f" AND {name} = '{value}'" for name, value in where.items())
        sql = f"SELECT sum(quantity_micro) FROM entry_view WHERE commodity = ?{clause}"
        return Decimal(self.rows(sql, commodity)[0][0] or 0) / 1_000_000

    def days(self, meter: str = "M-1") -> dict[str, Decimal]:
        """Return the sum of each local day."""
        sql = "SELECT local_day, sum(quantity_micro) FROM entry_view WHERE meter = ? GROUP BY 1"
        return {day: Decimal(micro) / 1_000_000 for day, micro in self.rows(sql, meter)}

    def months(self, meter: str = "M-1") -> dict[str, Decimal]:
        """Return the sum of each local month."""
        sql = "SELECT local_month, sum(quantity_micro) FROM entry_view WHERE meter = ? GROUP BY 1"
        return {month: Decimal(micro) / 1_000_000 for month, micro in self.rows(sql, meter)}

    def readings(self, meter: str = "M-1") -> list[tuple[str, Any]]:
        """Return start and value of each interval, as the view `reading` shows them."""
        sql = (
            "SELECT substr(start_utc, 1, 16), value FROM reading WHERE meter = ? ORDER BY start_utc"
        )
        return [(at.replace("T", " "), value) for at, value in self.rows(sql, meter)]

    def values(self, meter: str = "M-1") -> list[Any]:
        """Return the value of each interval in order of time, None for a gap."""
        return [value for _, value in self.readings(meter)]

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of all tables."""
        with self.ledger(write=False) as ledger, ledger.read() as connection:
            return {
                name: [tuple(row) for row in connection.exec_driver_sql(asked)]
                for name, asked in _everything().items()
            }

    def kept(self) -> list[str]:
        """Return the names of all files kept beside the ledger."""
        return sorted(path.name for path in self.documents.glob("*"))


@cache
def _everything() -> dict[str, str]:
    """Ask for all rows of each table, in text: the many ledgers of tests compile nothing."""
    tables = metadata.sorted_tables
    return {one.name: str(sa.select(one).order_by(*one.primary_key)) for one in tables}


def _plain(value: Any) -> Any:
    """Return a number of PostgreSQL, always exact there, as SQLite gives it."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def _declare(post: Posting, one: Meter, number: int) -> None:
    def find(table: sa.Table, code: str) -> int:
        query = sa.select(table.c.id).where(table.c.code == code)
        return int(post.connection.execute(query).scalar_one())

    post.insert(
        meter_revision, meter_id=number, valid_from=one.valid_from,
        from_account_id=find(account, "grid"), to_account_id=find(account, "park"),
        commodity_id=find(commodity, one.commodity), unit=one.unit, reads=one.reads,
        digits=one.digits, multiplier=one.multiplier, timezone=one.timezone,
        conversion=one.conversion,
    )  # fmt: skip
    for at, old, new in one.swaps:
        post.insert(meter_event, meter_id=number, at_utc=utc(at), kind="swap", old_reading=old,
                    new_reading=new)  # fmt: skip


def clean(text: str) -> str:
    """Return the lines of a text without blank lines and without the indentation of a test."""
    lines = [line.strip(" ") for line in text.split("\n")]
    return "".join(line + "\n" for line in lines if line)


def kwh(text: str) -> Decimal:
    """Return an expected figure."""
    return Decimal(text)


def quarters(day: str, values: list[str], start: int = 0, minutes: int = 15) -> list[str]:
    """Return lines `stamp,value` of a local day from minute `start` on."""
    lines = []
    for place, value in enumerate(values):
        minute = start + place * minutes
        lines.append(f"{day} {minute // 60:02}:{minute % 60:02},{value}")
    return lines


def small_blocks(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Read files in blocks of so many bytes, so that a few lines make many of them."""
    monkeypatch.setattr(blocks, "__defaults__", (size,))


def profile_of(text: str) -> Any:
    """Return a profile from TOML text."""
    import tomllib

    return parse_profile(tomllib.loads(text))
