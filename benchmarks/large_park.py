"""A large ledger to be audited: 2,000 meters, a year of hours, posted through the ledger itself.

What an auditor looks for is in it: values and days that are missing, corrections, a reversal,
estimates, a closed month that was changed since, rejected rows, findings, records with and
without a document, certificates, a run.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from carbonledger.ledger import schema
from carbonledger.ledger.book import Header, Posting, SourceDocument, posting
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.run.closing import close

NOW = "2025-01-15T08:00:00Z"
LATER = "2025-03-01T08:00:00Z"
ACTOR = "benchmark"
SEED = 20240101
DAY_S = 86400
# China has one time zone, and no summer time.
OFFSET_S = 8 * 3600
A_PLANT = 50
GROUP = 100
SITE = """[site]
code = "park"
timezone = "Asia/Shanghai"
region = "CN-LN"
"""
ACCOUNT = """
[account."{code}"]
kind = "{kind}"
"""
METER = """
[meter."{code}"]
from = "{source}"
to = "{target}"
commodity = "{good}"
unit = "{unit}"
reads = "interval"
"""


@dataclass(frozen=True, slots=True)
class Flow:
    """A meter and the flow it measures; `mean` in hundredths of its unit an hour."""

    meter: str
    source: str
    target: str
    good: str
    unit: str
    mean: int


def flows(meters: int) -> list[Flow]:
    """Return the meters of a park: grid to park, park to plants, plants to their lines."""
    made = []
    for number in range(meters):
        plant, place = divmod(number, A_PLANT)
        home = f"park/p{plant:02}"
        code = f"M-{number:04}"
        if place == 0:
            made.append(Flow(code, "grid", "park", "electricity", "kWh", 60000))
        elif place == 1:
            made.append(Flow(code, "park", home, "electricity", "kWh", 59000))
        elif place in (2, 3):
            line = f"{home}/l{place:02}"
            made.append(Flow(code, "supplier", line, "natural_gas", "m3", 9000))
        else:
            line = f"{home}/l{place:02}"
            made.append(Flow(code, home, line, "electricity", "kWh", 1250))
    return made


def write_site(path: Path, meters: list[Flow]) -> None:
    """Write the site file that declares the accounts and the meters."""
    inside = sorted({one.target for one in meters if one.target != "park"})
    accounts = [
        ACCOUNT.format(code=code, kind="process" if code.count("/") == 2 else "facility")
        for code in inside
    ]
    tables = [
        METER.format(code=m.meter, source=m.source, target=m.target, good=m.good, unit=m.unit)
        for m in meters
    ]
    path.write_text(SITE + "".join(accounts + tables), "utf-8")


def _numbers(connection: sa.Connection, table: sa.Table) -> dict[str, int]:
    return {row.code: row.id for row in connection.execute(sa.select(table.c.code, table.c.id))}


def _number_of(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day


def _midnight(day: date) -> int:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(at.timestamp()) - OFFSET_S


class Park:
    """Posts the year of a park into an open ledger."""

    def __init__(self, ledger: Ledger, meters: list[Flow], days: int) -> None:
        self.ledger = ledger
        self.meters = meters
        self.days = [date(2024, 1, 1) + timedelta(n) for n in range(days)]
        self.random = np.random.default_rng(SEED)
        with ledger.read() as connection:
            self.accounts = _numbers(connection, schema.account)
            self.goods = _numbers(connection, schema.commodity)
            self.ids = _numbers(connection, schema.meter)

    def post(self) -> None:
        """Post everything."""
        for month in sorted({day.month for day in self.days}):
            days = [day for day in self.days if day.month == month]
            for start in range(0, len(self.meters), GROUP):
                self._import(self.meters[start : start + GROUP], days)
        self._records()
        close(self.ledger, "park", "2024-01", "filed", actor=ACTOR, now=NOW)
        self._changes()

    def _batch(self, header: Header, name: str, entries: list[dict[str, Any]]) -> int:
        with self.ledger.transaction() as connection, posting(connection, header) as made:
            self._attach(made, name)
            made.insert_many(schema.entry, entries)
            made.counts.entries = len(entries)
            return made.batch

    def _attach(self, made: Posting, name: str, kept: int = 1) -> None:
        digest = hashlib.sha256(name.encode()).hexdigest()
        made.attach(SourceDocument(digest, name, 1000, "csv", kept=bool(kept)))

    def _import(self, meters: list[Flow], days: list[date]) -> None:
        """Post a month of a group of meters as one file, as an import does."""
        name = f"{meters[0].meter}-{days[0]:%Y-%m}.csv"
        header = Header("import", ACTOR, NOW)
        with self.ledger.transaction() as connection, posting(connection, header) as made:
            self._attach(made, name)
            rows = list(self._rows(made, meters, days))
            made.insert_rows(schema.entry, rows)
            made.counts.entries = len(rows)
            made.counts.source_rows = made.counts.readings = len(rows) * 24
            self._noticed(made, meters, days)

    def _rows(
        self, made: Posting, meters: list[Flow], days: list[date]
    ) -> Iterator[tuple[Any, ...]]:
        shape = (len(meters), len(days), 24)
        means = np.array([one.mean for one in meters])[:, None, None]
        values = (means * self.random.gamma(8, 1 / 8, shape)).astype(np.int64)
        lost = self.random.random(shape[:2])
        first, line = made.reserve(schema.entry, 0), 2
        for m, flow in enumerate(meters):
            for d, day in enumerate(days):
                line += 24
                if lost[m, d] < 0.0002:
                    continue
                cells = values[m, d].tolist()
                total = sum(cells)
                texts = [f"{cell // 100}.{cell % 100:02}" for cell in cells]
                if lost[m, d] > 0.999:
                    total -= cells[7]
                    texts[7] = "null"
                values_of = (day, total, f"[{','.join(texts)}]", line)
                yield (first, made.batch, *self._columns(flow, *values_of))
                first += 1
        made.reserve(schema.entry, first - made.reserve(schema.entry, 0))

    def _columns(
        self, flow: Flow, day: date, total: int, profile: str, line: int
    ) -> tuple[Any, ...]:
        """Return the columns of an entry behind its number and batch; total in hundredths."""
        start, local = _midnight(day), _number_of(day)
        return (
            "reading", self.ids[flow.meter], self.accounts[flow.source],
            self.accounts[flow.target], self.goods[flow.good], start, start + DAY_S, local, local,
            total * 10000, f"{total // 100}.{total % 100:02}", flow.unit, 3600, profile, 1, 1,
            None, None, "actual", None, None, line - 24, line - 1, None,
        )  # fmt: skip

    def _noticed(self, made: Posting, meters: list[Flow], days: list[date]) -> None:
        """Post a finding for a tenth of the meters, and a rejected row for a hundredth."""
        for flow in meters[::10]:
            start = _midnight(days[0])
            made.insert(
                schema.finding, meter_id=self.ids[flow.meter], kind="spike", severity="warning",
                start_utc=start, end_utc=start + 3600, first_day=_number_of(days[0]),
                last_day=_number_of(days[0]), count=1, parameters="{}", text_en="A spike.",
                text_zh="尖峰。", line_first=2, line_last=2,
            )  # fmt: skip
        made.insert(schema.reject, line=7, column_name="value", text="n/a", reason="no number")
        made.counts.rejected = 1

    def _record(
        self, flow: tuple[str, str, str], day: date, days: int, quantity: int, **more: Any
    ) -> dict[str, Any]:
        source, target, good = flow
        return {
            "kind": "record", "from_account_id": self.accounts[source],
            "to_account_id": self.accounts[target], "commodity_id": self.goods[good],
            "start_utc": _midnight(day), "end_utc": _midnight(day) + days * DAY_S,
            "first_day": _number_of(day), "last_day": _number_of(day + timedelta(days - 1)),
            "quantity": quantity * 1_000_000, "recorded_quantity": str(quantity),
            "recorded_unit": "kg", "quality": "actual", "line_first": 2, "line_last": 2,
        } | more  # fmt: skip

    def _records(self) -> None:
        """Post waste and certificates of each month; the certificates have no number."""
        plants = sorted({one.target for one in self.meters if one.target.count("/") == 1})
        months = [day for day in self.days if day.day == 1]
        for day in months:
            entries = [
                self._record((plant, target, "solid_waste"), day + timedelta(n), 1, 900 + n,
                             document_no=f"W-{day.month}-{place}-{n}")
                for place, plant in enumerate(plants)
                for target in ("landfill", "recycler")
                for n in range(5)
            ]  # fmt: skip
            entries.append(
                self._record(("market", "park", "gec_wind"), day, 28, 3000, recorded_unit="MWh")
            )
            header = Header("import", ACTOR, NOW)
            self._batch(header, f"records-{day:%Y-%m}.csv", entries)

    def _changes(self) -> None:
        """Post corrections with their reversal, and estimates."""
        sample = self.meters[:: max(1, len(self.meters) // 50)]
        for kind, reason in (("correction", "wrong ratio"), ("estimate", "linear")):
            entries = [
                self._record(
                    (one.source, one.target, one.good), self.days[n % len(self.days)], 1, 10,
                    kind="adjustment" if kind == "correction" else "estimate",
                    meter_id=self.ids[one.meter], recorded_unit=one.unit, interval_s=3600,
                    profile="[" + ",".join(["1"] * 10 + ["null"] * 14) + "]", scale_num=1,
                    scale_den=1, quality="actual" if kind == "correction" else "estimated",
                )
                for n, one in enumerate(sample)
            ]  # fmt: skip
            header = Header(kind, ACTOR, LATER, reason, restate="found late")
            self._batch(header, f"{kind}.csv", entries)


def build(url: str, folder: Path, meters: int, days: int) -> int:
    """Make the ledger and return its number of entries."""
    from carbonledger.ledger.service import reverse
    from carbonledger.run.service import inventory, renewable
    from carbonledger.run.setup import init
    from carbonledger.site.service import apply

    listed = flows(meters)
    write_site(folder / "site.toml", listed)
    init(url, ACTOR, NOW)
    with open_ledger(url, write=True) as ledger:
        apply(ledger, folder / "site.toml", ACTOR, NOW)
        Park(ledger, listed, days).post()
        last = renewable(ledger, None, "2024", actor=ACTOR, now=NOW)["as_of"]
        reverse(ledger, int(last) - 1, "the ratio was right", ACTOR, LATER, restate="mended")
        inventory(ledger, None, "2024", actor=ACTOR, now=NOW)
        with ledger.read() as connection:
            count = sa.select(sa.func.count()).select_from(schema.entry)
            return int(connection.execute(count).scalar_one())
