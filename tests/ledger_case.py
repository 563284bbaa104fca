"""A small ledger for tests of the ledger itself: posted row by row, without files or units."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from carbonledger.ledger import schema
from carbonledger.ledger.book import Header, Posting, SourceDocument, posting
from carbonledger.ledger.connect import Ledger, open_ledger

NOW = "2025-01-02T00:00:00Z"
ZONE = "Asia/Shanghai"
ACCOUNTS = {
    "park": "facility",
    "park/works": "facility",
    "park/works/line": "process",
    "park/mill": "facility",
    "park/roof": "generator",
}
METERS = {
    "M-1": ("grid", "park", "electricity"),
    "M-2": ("park", "park/works", "electricity"),
    "S-1": ("park/works", "park/mill", "steam"),
    "PV-1": ("park/roof", "park", "electricity"),
}


@dataclass(frozen=True)
class Case:
    """An open ledger with a declared park."""

    ledger: Ledger

    def number(self, table: sa.Table, code: str) -> int:
        with self.ledger.read() as connection:
            return number(connection, table, code)

    def scalar(self, sql: str) -> Any:
        with self.ledger.read() as connection:
            return connection.exec_driver_sql(sql).scalar()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.ledger.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]


@contextmanager
def park(url: str) -> Iterator[Case]:
    """Open a ledger, declare the park and its meters in one batch."""
    with open_ledger(url, write=True) as ledger:
        with ledger.transaction() as connection, posting(connection, header("site")) as post:
            declare(post)
        yield Case(ledger)


def header(kind: str = "import", reason: str | None = None) -> Header:
    return Header(kind, "tester", NOW, reason)


def number(connection: sa.Connection, table: sa.Table, code: str) -> int:
    return int(connection.execute(sa.select(table.c.id).where(table.c.code == code)).scalar_one())


def declare(post: Posting) -> None:
    for code, kind in ACCOUNTS.items():
        account = post.insert(schema.account, code=code, outside=0)
        post.insert(
            schema.account_revision, account_id=account, kind=kind,
            region="CN-LN" if code == "park" else None,
            timezone=ZONE if code == "park" else None,
            technology="solar_pv" if kind == "generator" else None,
        )  # fmt: skip
    for code, (source, target, good) in METERS.items():
        meter = post.insert(schema.meter, code=code)
        post.insert(
            schema.meter_revision, meter_id=meter, valid_from=0,
            from_account_id=number(post.connection, schema.account, source),
            to_account_id=number(post.connection, schema.account, target),
            commodity_id=number(post.connection, schema.commodity, good),
            unit="kWh" if good == "electricity" else "GJ", reads="interval", multiplier="1",
            timezone=ZONE,
        )  # fmt: skip


def instant(local: str, zone: str = ZONE) -> int:
    """Read local wall time, `2024-03-01 06:00`, as seconds UTC."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp())


def local_day(seconds: int, zone: str = ZONE) -> int:
    return int(datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone)).strftime("%Y%m%d"))


def day_entry(
    connection: sa.Connection, meter: str, start: str, cells: Sequence[str | None],
    interval: int = 21600, *, kind: str = "reading", corrects: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the columns of an entry of a meter: values in kWh or GJ from a local time on."""
    source, target, good = METERS[meter]
    first = instant(start)
    total = sum((Decimal(cell) for cell in cells if cell is not None), Decimal(0))
    end = first + interval * len(cells)
    return {
        "kind": kind,
        "meter_id": number(connection, schema.meter, meter),
        "from_account_id": number(connection, schema.account, source),
        "to_account_id": number(connection, schema.account, target),
        "commodity_id": number(connection, schema.commodity, good),
        "start_utc": first, "end_utc": end, "first_day": local_day(first),
        "last_day": local_day(end - 1), "quantity": int(total * 1_000_000),
        "recorded_quantity": str(total), "recorded_unit": "kWh", "interval_s": interval,
        "profile": "[" + ",".join("null" if cell is None else cell for cell in cells) + "]",
        "scale_num": 1, "scale_den": 1, "quality": "actual", "line_first": 2,
        "line_last": 1 + len(cells), "corrects_id": corrects,
    }  # fmt: skip


def record(
    connection: sa.Connection, source: str, target: str, good: str, start: str, end: str,
    quantity: int, *, zone: str = ZONE, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """Return the columns of a record: millionths between two local times, the end exclusive."""
    first, last = instant(start, zone), instant(end, zone)
    return {
        "kind": "record",
        "from_account_id": number(connection, schema.account, source),
        "to_account_id": number(connection, schema.account, target),
        "commodity_id": number(connection, schema.commodity, good),
        "start_utc": first, "end_utc": last, "first_day": local_day(first, zone),
        "last_day": local_day(last - 1, zone), "quantity": quantity,
        "recorded_quantity": str(quantity), "recorded_unit": "kWh", "quality": "actual",
        "line_first": 2, "line_last": 2,
    } | more  # fmt: skip


def post(case: Case, *entries: dict[str, Any], head: Header | None = None, name: str = "") -> int:
    """Post entries as one batch, from a document when it has a name; return its number."""
    with (
        case.ledger.transaction() as connection,
        posting(connection, head or header()) as made,
    ):
        for values in entries:
            made.insert(schema.entry, **values)
        if name:
            made.attach(SourceDocument(f"{name:0<64}", name, 7, "csv", kept=False))
        made.counts.entries = len(entries)
    return made.batch


def days(
    case: Case, meter: str, start: str, *cells: Sequence[str | None], **more: Any
) -> list[dict[str, Any]]:
    """Return entries of consecutive local days, one for each row of cells."""
    with case.ledger.read() as connection:
        first = datetime.fromisoformat(start)
        return [
            day_entry(connection, meter, (first + timedelta(days=n)).isoformat(), row, **more)
            for n, row in enumerate(cells)
        ]


def profile_of(row: dict[str, Any]) -> list[Any]:
    found: list[Any] = json.loads(row["profile"])
    return found


def restated_run(made: Posting) -> None:
    """Store a run and post that it was restated, by itself."""
    made.connection.execute(schema.run.insert(), [{
        "id": 1, "kind": "inventory", "method": "m@1", "boundary": "park", "period": "2024",
        "as_of_batch": 1, "engine": "1", "parameters": "{}", "packs": "{}", "result": "[]",
        "content_hash": "1", "actor": "tester", "computed_at": NOW,
    }])  # fmt: skip
    number = made.insert(
        schema.run_restatement, old_run_id=1, new_run_id=1, old_hash="1", new_hash="1",
        threshold_percent="5", significant=1,
    )  # fmt: skip
    made.insert(
        schema.run_restatement_part, run_restatement_id=number, cause="old", scope="1",
        account="park", month="2024-03", product="", co2e_mg=7,
    )  # fmt: skip


def own_pack(case: Case) -> None:
    """Post a pack of the user's own, loaded by one and published by another: two batches."""
    with case.ledger.transaction() as connection:
        with posting(connection, Header("factors", "loader", NOW, "own@1")) as made:
            pack = made.insert(
                schema.factor_pack, code="own", edition="1", publisher="p", title="t",
                document="d", licence="l", confidence="one_source", content_hash="h",
                standing="held",
            )  # fmt: skip
        with posting(connection, Header("publication", "publisher", NOW, "own@1: page 3")) as made:
            made.insert(schema.publication, pack_id=pack, content_hash="h")
