"""Ten years of a park in a ledger, and the same readings one row each in DuckDB."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from large_park import ACTOR, GROUP, NOW, Flow, Park, flows, write_site

from carbonledger.ledger import schema
from carbonledger.ledger.book import Header, Posting, posting
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.run.setup import init
from carbonledger.site.service import apply

POOL = 512
"""Different days that a kind of meter has; the ledger's time goes into days, not into values."""
DAY_S = 86400


class Years(Park):
    """Posts some years of a park, each meter's day drawn from a pool of days.

    Attributes:
        drawn: meter, day and place in the pool of every entry, a table for each batch.
    """

    def __init__(self, ledger: Ledger, meters: list[Flow], years: range, interval_s: int) -> None:
        super().__init__(ledger, meters, 0)
        count = (date(years.stop, 1, 1) - date(years.start, 1, 1)).days
        self.days = [date(years.start, 1, 1) + timedelta(n) for n in range(count)]
        self.interval_s, self.a_day = interval_s, DAY_S // interval_s
        self.pool = {mean: self._days_of(mean) for mean in sorted({one.mean for one in meters})}
        self.texts = {mean: [_text(day) for day in days] for mean, days in self.pool.items()}
        self.sums = {mean: days.sum(axis=1).tolist() for mean, days in self.pool.items()}
        self.drawn: list[pa.Table] = []

    def _days_of(self, mean: int) -> Any:
        part = mean * self.interval_s / 3600
        return (part * self.random.gamma(8, 1 / 8, (POOL, self.a_day))).astype(np.int64)

    def post(self) -> None:
        """Post every month as a batch for each group of meters."""
        for month in sorted({(day.year, day.month) for day in self.days}):
            days = [day for day in self.days if (day.year, day.month) == month]
            for start in range(0, len(self.meters), GROUP):
                self._import(self.meters[start : start + GROUP], days)

    def _import(self, meters: list[Flow], days: list[date]) -> None:
        header = Header("import", ACTOR, NOW)
        with self.ledger.transaction() as connection, posting(connection, header) as made:
            self._attach(made, f"{meters[0].meter}-{days[0]:%Y-%m}.csv")
            rows = list(self._rows(made, meters, days))
            made.insert_rows(schema.entry, rows)
            made.counts.entries = len(rows)
            made.counts.source_rows = made.counts.readings = len(rows) * self.a_day

    def _rows(
        self, made: Posting, meters: list[Flow], days: list[date]
    ) -> Iterator[tuple[Any, ...]]:
        chosen = self.random.integers(0, POOL, (len(meters), len(days)))
        self._keep(meters, days, chosen)
        first, line = made.reserve(schema.entry, len(meters) * len(days)), 2
        for m, flow in enumerate(meters):
            texts, sums = self.texts[flow.mean], self.sums[flow.mean]
            for day, place in zip(days, chosen[m].tolist(), strict=True):
                line += self.a_day
                yield (
                    first, made.batch,
                    *self._columns(flow, day, sums[place], texts[place], line),
                )  # fmt: skip
                first += 1

    def _columns(self, *given: Any) -> tuple[Any, ...]:
        row = list(super()._columns(*given))
        row[row.index(3600)] = self.interval_s
        return tuple(row)

    def _keep(self, meters: list[Flow], days: list[date], chosen: Any) -> None:
        ids = np.array([self.ids[one.meter] for one in meters], np.int32)
        numbers = np.array(days, "datetime64[D]")
        self.drawn.append(
            pa.table(
                {
                    "meter": np.repeat(ids, len(days)),
                    "day": np.tile(numbers, len(meters)),
                    "place": chosen.ravel().astype(np.int16),
                }
            )
        )


def _text(day: Any) -> str:
    return "[" + ",".join(f"{cell // 100}.{cell % 100:02}" for cell in day.tolist()) + "]"


def build(url: str, folder: Path, meters: int, years: range, interval_s: int) -> int:
    """Make the ledger and the file of DuckDB, and return the number of readings."""
    listed = flows(meters)
    write_site(folder / "site.toml", listed)
    init(url, ACTOR, NOW)
    with open_ledger(url, write=True) as ledger:
        apply(ledger, folder / "site.toml", ACTOR, NOW)
        park = Years(ledger, listed, years, interval_s)
        park.post()
    _peer(folder / "readings.duckdb", park)
    return len(listed) * len(park.days) * park.a_day


def _peer(path: Path, park: Years) -> None:
    """Write one row a reading, in the order of time, as a table that grows by the day."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as peer:
        peer.register("given", _declared(park))
        peer.execute("create table meter as select * from given")
        peer.register("days", _pool(park))
        peer.execute("create temp table pool as select * from days")
        peer.execute(
            "create table reading (meter integer, start timestamp, seconds integer, value double)"
        )
        for year in sorted({day.year for day in park.days}):
            peer.register("drawn", _of_year(park, year))
            peer.execute(
                """insert into reading
                   select d.meter, d.day + to_seconds(p.at), $1, p.value
                   from drawn d join meter m on m.id = d.meter
                   join pool p on p.mean = m.mean and p.place = d.place
                   order by 2, 1""",
                [park.interval_s],
            )


def _of_year(park: Years, year: int) -> pa.Table:
    return pa.concat_tables(t for t in park.drawn if t["day"][0].as_py().year == year)


def _declared(park: Years) -> pa.Table:
    rows = [
        {
            "id": park.ids[m.meter], "source": m.source, "target": m.target,
            "good": m.good, "mean": m.mean,
        }
        for m in park.meters
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


def _pool(park: Years) -> pa.Table:
    parts = [
        pa.table(
            {
                "mean": np.full(days.size, mean, np.int64),
                "place": np.repeat(np.arange(POOL, dtype=np.int16), park.a_day),
                "at": np.tile(np.arange(park.a_day) * park.interval_s, POOL),
                "value": days.ravel() / 100,
            }
        )
        for mean, days in park.pool.items()
    ]
    return pa.concat_tables(parts)
