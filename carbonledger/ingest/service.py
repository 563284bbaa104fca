"""The import of a file, from its bytes to a sealed batch: the one function programs call."""

import csv
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from carbonledger.errors import Fault, ImportRefused
from carbonledger.ingest.clock import Clock
from carbonledger.ingest.days import DAY, Grouper, Packer, Runs
from carbonledger.ingest.intervals import IntervalPoster
from carbonledger.ingest.outcome import Outcome
from carbonledger.ingest.profile import Profile, read_profile
from carbonledger.ingest.records import RecordPoster
from carbonledger.ingest.registers import RegisterPoster
from carbonledger.ingest.rows import Reading, Rows
from carbonledger.ingest.sniff import Layout, sniff
from carbonledger.ingest.source import Progress, Source
from carbonledger.ingest.table import tables
from carbonledger.ingest.zone import zone_for
from carbonledger.ledger.book import Header, Posting, SourceDocument
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import batch, document, entry, reject
from carbonledger.ledger.state import MeterState, SiteState, read_state

Ints = npt.NDArray[np.int64]
MOST_FAULTS = 10_000


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the user asks of an import.

    Attributes:
        profile: file that says how to read; None: the file itself must say it.
        dry_run: do everything and post nothing.
        adjust: reason; unequal values are posted as adjusting entries.
        accept_rejects: post what can be posted and keep the rest in the table reject.
        rejects: where to write the rows that cannot be posted; None: beside, in the working folder.
        keep: keep the bytes of the file beside the ledger.
        actor: who posts.
        now: time of posting, ISO 8601 in UTC.
    """

    profile: Path | None = None
    dry_run: bool = False
    adjust: str | None = None
    accept_rejects: bool = False
    rejects: Path | None = None
    keep: bool = True
    actor: str = ""
    now: str = ""


class _Undone(Exception):  # noqa: N818 (no error: it ends a transaction that is to leave nothing)
    """Carries the answer out of a transaction that is rolled back on purpose."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__()
        self.answer = answer


def import_file(
    ledger: Ledger,
    path: Path,
    options: ImportOptions,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Post a file of readings or records as one batch, or refuse it and change nothing.

    Args:
        ledger: opened for writing.
        path: the file.
        options: what the user asks.
        progress: called with bytes done and bytes in all.

    Returns:
        The answer of `import --json`; see docs/import.md.

    Raises:
        ImportRefused: the file cannot be posted; the problems list every row concerned.
        LedgerRefused: the ledger cannot be written.
    """
    profile = read_profile(options.profile) if options.profile else Profile()
    with Source(path, progress) as source:
        digest = source.sha256()
        head = source.head()
        try:
            with ledger.transaction() as connection:
                known = _posted_before(connection, digest, profile)
                if known is not None:
                    raise _Undone(_known_answer(source, digest, known))
                job = _Import(connection, source, profile, options, digest, head)
                answer = job.run(ledger)
                if options.dry_run or answer["batch"] is None:
                    raise _Undone(answer)
                return answer
        except _Undone as undone:
            return undone.answer
        except sqlite3.Error as error:  # pragma: no cover (translated by the ledger)
            raise ImportRefused(str(error), code="ledger") from error


def _posted_before(connection: sa.Connection, digest: str, profile: Profile) -> int | None:
    """Return the batch that posted the same bytes by the same profile, whole and unreversed."""
    row = connection.execute(
        sa.select(batch.c.id, batch.c.rejected, batch.c.reading_rules)
        .join(document, document.c.id == batch.c.document_id)
        .where(document.c.sha256 == digest, batch.c.kind.in_(("import", "correction")))
        .order_by(batch.c.id.desc())
    ).all()
    for number, rejected, rules in row:
        if rejected == 0 and rules == profile.as_json() and not _reversed(connection, number):
            return int(number)
    return None


def _reversed(connection: sa.Connection, number: int) -> bool:
    mine = sa.select(entry.c.id).where(entry.c.batch_id == number)
    query = sa.select(sa.func.count()).where(
        entry.c.corrects_id.in_(mine), entry.c.kind == "reversal", entry.c.batch_id != number
    )
    return bool(connection.execute(query).scalar())


def _known_answer(source: Source, digest: str, number: int) -> dict[str, Any]:
    return {
        "batch": number,
        "document": {"sha256": digest, "name": source.name, "bytes": source.size},
        "posted_before": True,
        "rows": 0, "readings": 0, "entries": 0, "skipped": 0, "rejected": 0, "gaps": 0,
        "adjusted": 0,
        "warnings": [f"this file is posted already, as batch {number}; nothing was changed"],
        "totals": [],
    }  # fmt: skip


class _Import:
    """One import within its transaction."""

    def __init__(
        self, connection: sa.Connection, source: Source, profile: Profile,
        options: ImportOptions, digest: str, head: bytes,
    ) -> None:  # fmt: skip
        self.connection = connection
        self.source = source
        self.profile = profile
        self.options = options
        self.digest = digest
        self.site: SiteState = read_state(connection)
        self.layout: Layout = sniff(source.path, head, profile, frozenset(self.site.meters))
        self.outcome = Outcome(warnings=list(self.layout.remarks))
        self.faults: list[Fault] = []
        self.rows = 0

    def run(self, ledger: Ledger) -> dict[str, Any]:
        """Post the file; the answer's batch is None when there was nothing new in it."""
        kind = "correction" if self.options.adjust else "import"
        header = Header(kind, self.options.actor, self.options.now, self.options.adjust,
                        self.profile.as_json())  # fmt: skip
        post = Posting(self.connection, header)
        if self.layout.format == "records":
            self._records(post)
        else:
            self._readings(post)
        self.source.unchanged()
        self._refuse()
        nothing_new = self.outcome.entries == 0 and not self.faults
        if not nothing_new:
            self._seal(post, ledger)
        return self._answer(None if nothing_new or self.options.dry_run else post.batch)

    def _records(self, post: Posting) -> None:
        poster = RecordPoster(post, self.site, self.layout, self.options.adjust, self.outcome)
        poster.take(self.source)
        self.faults, self.rows = poster.faults, poster.count

    def _readings(self, post: Posting) -> None:
        reading = self._reading()
        grouper = Grouper(lambda rows: self._local_days(reading, rows), reading.intervals.__getitem__)
        packer = Packer(self.source.name, lambda m: reading.seen[m].code,
                        reading.intervals.__getitem__)  # fmt: skip
        intervals = IntervalPoster(post, self.site, reading, packer, self.options.adjust,
                                   self.outcome)  # fmt: skip
        registers = RegisterPoster(post, self.site, reading, self.options.adjust, self.outcome,
                                   reading.faults)  # fmt: skip
        for table in tables(self.source, self.layout):
            rows = reading.rows(table)
            if rows is not None and len(rows):
                _take(grouper.feed(rows), reading, intervals, registers)
            self._enough(reading.faults)
        _take(grouper.finish(), reading, intervals, registers)
        self.rows = reading.count
        self.faults = sorted(reading.faults + packer.faults, key=lambda f: f.line)
        self.outcome.doubles += packer.doubles
        self._remark(reading)

    def _reading(self) -> Reading:
        canonical = {c.code: c.unit for c in self.site.commodities.values()}
        return Reading(self.layout, self.site.meters, canonical, self._posted_interval,
                       Clock(self.profile.time_format))  # fmt: skip

    def _posted_interval(self, meter: MeterState) -> int | None:
        query = (
            sa.select(entry.c.interval_s)
            .where(entry.c.meter_id == meter.id, entry.c.interval_s.is_not(None))
            .order_by(entry.c.first_day.desc())
            .limit(1)
        )
        found = self.connection.execute(query).scalar()
        return None if found is None else int(found)

    def _local_days(self, reading: Reading, rows: Rows) -> Ints:
        """Return the local day number of each row; a register's reading closes its interval."""
        registers = np.array(
            [reading.reads(m) == "register" for m in range(len(reading.seen))], np.int64
        )
        instants = rows.start - registers[rows.meter]
        stated = self.profile.timezone
        names = [stated or m.revisions[-1].timezone for m in reading.seen]
        walls = instants.copy()
        for name in set(names):
            here = np.array([n == name for n in names])[rows.meter]
            low, high = int(instants.min()), int(instants.max())
            walls[here] += zone_for(name, low, high).offsets(instants[here])
        return np.asarray(walls // DAY, np.int64)

    def _enough(self, faults: list[Fault]) -> None:
        """Stop reading a file that is plainly not what it was taken for."""
        if len(faults) > MOST_FAULTS and not self.options.accept_rejects:
            self.faults = faults
            self._refuse()

    def _remark(self, reading: Reading) -> None:
        if reading.absent:
            self.outcome.warnings.append(f"{reading.absent} values are missing in the file")
        if reading.negative:
            self.outcome.warnings.append(f"{reading.negative} values are negative")

    def _refuse(self) -> None:
        """Refuse the batch when rows cannot be posted or contradict the ledger."""
        if self.outcome.doubles:
            self.outcome.warnings.append(
                f"{self.outcome.doubles} rows repeat another row with the same value"
            )
        name = self.source.name
        if self.faults and not self.options.accept_rejects:
            place = self._write_rejects(self.faults)
            raise ImportRefused(
                f"{self.source.path}: {len(self.faults)} rows cannot be posted",
                code="rejects",
                hint=f"all of them are in {place}; mend the file, or post the rest with "
                "--accept-rejects",
                problems=self.faults,
            )
        if self.outcome.conflict_count:
            raise ImportRefused(
                f"{self.source.path}: {self.outcome.conflict_count} values differ from what is "
                "posted",
                code="conflict",
                hint='if the file is right, post the differences: --adjust "why it is right"',
                problems=[c.fault(name) for c in self.outcome.conflicts],
            )

    def _write_rejects(self, faults: list[Fault]) -> Path:
        place = self.options.rejects or Path(f"{self.source.name}.rejects.csv")
        with place.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["file", "line", "column", "text", "reason"])
            for f in faults:
                # A cell that starts like a formula would run in a spreadsheet.
                text = "'" + f.text if f.text[:1] in "=+-@" and not _is_number(f.text) else f.text
                writer.writerow([f.file, f.line, f.column, text, f.reason])
        return place

    def _seal(self, post: Posting, ledger: Ledger) -> None:
        counts = post.counts
        counts.source_rows, counts.readings = self.rows, self.outcome.readings
        counts.entries, counts.skipped = self.outcome.entries, self.outcome.skipped
        counts.rejected, counts.gaps = len(self.faults), self.outcome.gaps
        counts.warnings = self.outcome.warnings
        counts.totals = [
            t | {"quantity": str(t["quantity"])} for t in self._totals()
        ]
        for fault in self.faults:
            post.insert(reject, line=fault.line, column_name=fault.column, text=fault.text,
                        reason=fault.reason)  # fmt: skip
        if self.faults:
            self._write_rejects(self.faults)
        kept = self._keep(ledger)
        media = "csv.gz" if self.source.packed else "csv"
        post.attach(
            SourceDocument(self.digest, self.source.name, self.source.size, media, kept=kept)
        )
        post.seal()

    def _keep(self, ledger: Ledger) -> bool:
        folder = ledger.documents
        if not self.options.keep or self.options.dry_run or folder is None:
            return False
        self.source.keep(folder, self.digest)
        return True

    def _totals(self) -> list[dict[str, Any]]:
        return [self.outcome.totals[key].as_dict() for key in sorted(self.outcome.totals)]

    def _answer(self, number: int | None) -> dict[str, Any]:
        if number is None and not self.options.dry_run:
            self.outcome.warnings.append(
                "all values of this file are posted already; nothing was changed"
            )
        return {
            "batch": number,
            "document": {
                "sha256": self.digest, "name": self.source.name, "bytes": self.source.size,
            },
            "rows": self.rows,
            "readings": self.outcome.readings,
            "entries": self.outcome.entries,
            "skipped": self.outcome.skipped,
            "rejected": len(self.faults),
            "gaps": self.outcome.gaps,
            "adjusted": self.outcome.adjustments,
            "warnings": self.outcome.warnings,
            "totals": self._totals(),
        }  # fmt: skip


def _is_number(text: str) -> bool:
    return text.lstrip("-+").replace(".", "").replace(",", "").isdigit()


def _take(
    runs: Runs | None, reading: Reading, intervals: IntervalPoster, registers: RegisterPoster
) -> None:
    """Hand the days of a block to the poster of their kind."""
    if runs is None:
        return
    meters = runs.rows.meter[runs.first]
    cumulative = np.array([reading.reads(m) == "register" for m in range(len(reading.seen))])
    mask = cumulative[meters]
    if not mask.any():
        intervals.take(runs)
    elif mask.all():
        registers.take(runs)
    else:
        intervals.take(_where(runs, ~mask))
        registers.take(_where(runs, mask))


def _where(runs: Runs, which: npt.NDArray[np.bool_]) -> Runs:
    sizes = runs.last - runs.first
    rows = runs.rows.take(np.flatnonzero(np.repeat(which, sizes)))
    first = np.concatenate([[0], np.cumsum(sizes[which])[:-1]]).astype(np.int64)
    return Runs(rows, first, runs.day[which])


