"""One import within its transaction: from the blocks of a file to a sealed batch."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import Fault, ImportRefused
from carbonledger.ingest.clock import Clock
from carbonledger.ingest.convention import Convention
from carbonledger.ingest.days import Grouper, Runs
from carbonledger.ingest.faults import Faults, TooManyError
from carbonledger.ingest.findings import Found, Validation, store
from carbonledger.ingest.flows import Flows
from carbonledger.ingest.formats import TEXT, format_of, module_of, tables_of
from carbonledger.ingest.intervals import IntervalPoster
from carbonledger.ingest.known import same_rejects
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.meters import Meters
from carbonledger.ingest.noticed import Noticed
from carbonledger.ingest.options import ImportOptions
from carbonledger.ingest.outcome import Outcome
from carbonledger.ingest.packing import Packer
from carbonledger.ingest.placing import Placer
from carbonledger.ingest.posted import Posted
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.ratios import Ratios
from carbonledger.ingest.reading import Reader
from carbonledger.ingest.record_poster import RecordPoster
from carbonledger.ingest.records import RecordReader
from carbonledger.ingest.registers import RegisterPoster
from carbonledger.ingest.rejects import missing_hint, rows_of, write_rejects
from carbonledger.ingest.rising import Rising
from carbonledger.ingest.rows import Rows
from carbonledger.ingest.sniff import sniff
from carbonledger.ingest.source import Source
from carbonledger.ingest.table import Table
from carbonledger.ingest.understood import Understood
from carbonledger.ingest.written import keys_of
from carbonledger.ledger.book import Header, Posting, SourceDocument
from carbonledger.ledger.schema import reject
from carbonledger.ledger.state import read_state
from carbonledger.text import t
from carbonledger.validation.limits import limits

MOST_FAULTS = 10_000
# What is kept of a file whose rejects are accepted; beyond it the file is not what it should be.
MOST_ACCEPTED = 200_000


class Job:
    """An import in the making."""

    def __init__(
        self, connection: sa.Connection, source: Source, profile: Profile,
        options: ImportOptions, digest: str,
    ) -> None:  # fmt: skip
        """Find out how the file is laid out.

        Args:
            connection: to the ledger, in a transaction.
            source: the file.
            profile: how the user says it is to be read.
            options: what the user asks.
            digest: SHA-256 of the file.

        Raises:
            ImportRefused: it is no table of readings or records.
        """
        self.connection = connection
        self.source = source
        self.profile = profile
        self.options = options
        self.digest = digest
        self.site = read_state(connection)
        codes = frozenset(self.site.meters)
        zones = {code: one.revisions[-1].timezone for code, one in self.site.meters.items()}
        layout = _layout(source, profile, codes)
        self.layout = replace(layout, zones=zones, computed=source.computed)
        self.outcome = Outcome(warnings=[*source.remarks, *self.layout.remarks])
        most = MOST_ACCEPTED if options.accept_rejects else MOST_FAULTS
        self.faults = Faults(source.name, most)
        self.rows = 0
        self.number = 0
        self.noticed = Noticed()
        self.validation: Validation | None = None
        self.found: list[Found] = []
        self.known = Understood(
            self.layout, profile, source.head(), source.container, source.media, self.outcome
        )

    def run(self, documents: Path | None) -> dict[str, Any]:
        """Post the file.

        Args:
            documents: folder to keep the file in; None: keep its hash alone.

        Returns:
            The answer; its batch is None when there was nothing new.

        Raises:
            ImportRefused: rows cannot be posted, or contradict what is posted.
        """
        try:
            return self._run(documents)
        except ImportRefused as error:
            if self.options.shows:
                error.understood = self._understood()
            raise

    def _understood(self) -> dict[str, Any]:
        """Return what was understood of the file, with the profile that says it all."""
        keys = keys_of(self.known, frozenset(self.site.meters))
        return self.known.as_dict() | {"profile": keys}

    def _run(self, documents: Path | None) -> dict[str, Any]:
        options = self.options
        header = Header("correction" if options.adjust else "import", options.actor, options.now,
                        options.adjust, self.profile.as_json(), options.restate)  # fmt: skip
        post = Posting(self.connection, header)
        self.number = post.batch
        try:
            self._read(post)
        except TooManyError:
            self._refuse_rejects(more=True)
        except ImportRefused as error:
            # Too few rows were left to tell the interval: the faulty ones are the news.
            if error.code == "interval" and len(self.faults) and not options.accept_rejects:
                self._refuse_rejects(more=False)
            raise
        self.source.unchanged()
        if self.rows == 0:
            raise ImportRefused(
                f"{self.source.path} holds no rows", code="file-empty", hint="export it again"
            )
        self._refuse()
        if self._nothing_new():
            return self._answer(None)
        self._seal(post, documents)
        return self._answer(None if options.dry_run else post.batch)

    def _read(self, post: Posting) -> None:
        if self.layout.format == "records":
            self._records(post)
        else:
            self._readings(post)

    def _records(self, post: Posting) -> None:
        reader = RecordReader(self.site, self.layout, self.faults)
        self.known.records = reader
        poster = RecordPoster(post, self.layout.column("quantity"), self.options.adjust,
                              self.outcome, self.faults)  # fmt: skip
        for record in reader.records(self.source):
            poster.take(record)
        poster.finish()
        self.rows = reader.count
        self.outcome.warnings += reader.remarks
        self._remark(reader.negative, "quantities are below zero")

    def _readings(self, post: Posting) -> None:
        meters = Meters(self.layout, self.site.meters)
        ratios = Ratios(meters, self.site.commodities)
        clock = Clock(self.layout.profile.time_format)
        reader = Reader(self.layout, meters, ratios, clock, self.faults, self._again)

        posted = Posted(self.connection)
        before = Convention(self.connection, post.batch)
        placer = Placer(meters, clock, lambda m: posted.length(meters.seen[m].id), self.faults,
                        lambda m, *span: before.of(meters.seen[m].id, *span))  # fmt: skip
        self.known.reader, self.known.placer = reader, placer
        posters = self._posters(post, reader, placer, posted)
        with closing(Grouper(meters)) as grouper:
            for table in tables_of(self.source, self.layout, lambda: clock.format):
                rows = reader.rows(table)
                self._feed(grouper, posters, placer.take(rows) if rows else None, placer)
            self._feed(grouper, posters, placer.finish(), placer)
            for runs in grouper.finish():
                posters.take(runs)
            posters.registers.finish()
        self.validation = Validation(self.connection, self.site, meters, self.noticed,
                                     reader.qualities, post.batch, posted.before,
                                     limits(self.profile.validation))  # fmt: skip
        posters.rising.ask()
        placer.ask_ends()
        self.rows = reader.count
        self.outcome.doubles += posters.intervals.packer.doubles
        self.outcome.warnings += [*reader.told(), *ratios.remarks]
        self._remark(reader.absent, "values are missing in the file")
        self._remark(reader.negative, "values are below zero")
        self._remark(placer.moved, "midnights are taken to end the day they are printed with")
        self.outcome.warnings += placer.remarks()
        checks = reader.own_totals(self.outcome)
        self.outcome.checks += [check.as_dict() for check in checks]
        self.outcome.warnings += [check.said() for check in checks if not check.agrees]

    def _again(self) -> Generator[Table]:
        """Yield the blocks of the file from its start, while it is being read."""
        with self.source.aside():
            yield from tables_of(self.source, self.layout)

    def _feed(
        self, grouper: Grouper, posters: "_Posters", rows: Rows | None, placer: Placer
    ) -> None:
        runs = grouper.feed(rows, ordered=placer.ordered) if rows else None
        if runs is not None:
            posters.take(runs)

    def _posters(self, post: Posting, reader: Reader, placer: Placer, posted: Posted) -> "_Posters":
        meters, ratios = reader.meters, reader.ratios
        flows = Flows(self.site, meters)
        column = self.layout.column("value")
        packer = Packer(lambda m: meters.seen[m].code, column, self.faults)
        intervals = IntervalPoster(post, flows, ratios, packer, reader.qualities,
                                   self.options.adjust, self.outcome, posted,
                                   self.noticed)  # fmt: skip
        registers = RegisterPoster(post, flows, ratios, placer.lengths, reader.qualities,
                                   self.options.adjust, self.outcome, self.faults,
                                   self.noticed)  # fmt: skip
        return _Posters(intervals, registers, Rising(meters))

    def _remark(self, count: int, what: str) -> None:
        if count:
            self.outcome.warnings.append(f"{count} {what}")

    def _refuse(self) -> None:
        """Refuse the batch when rows cannot be posted or contradict the ledger."""
        self._remark(self.outcome.doubles, "rows repeat another row with the same value")
        if len(self.faults) and not self.options.accept_rejects:
            self._refuse_rejects(more=False)
        if self.outcome.conflict_count:
            column = self.layout.column("quantity" if self.layout.format == "records" else "value")
            raise ImportRefused(
                f"{self.source.path}: {self.outcome.conflict_count} values differ from what is "
                "posted",
                code="conflict",
                hint='if the file is right, post the differences: --adjust "why it is right"',
                problems=[c.fault(self.source.name, column) for c in self.outcome.conflicts],
            )

    def _refuse_rejects(self, *, more: bool) -> None:
        faults = self.faults.sorted()
        place = self._write_rejects(faults)
        listed = f"they are in {place}; " if place else ""
        count = f"more than {len(faults) - 1}" if more else f"{len(self.faults.lines())}"
        raise ImportRefused(
            f"{self.source.path}: {count} rows cannot be posted",
            code="rejects",
            hint=f"{listed}{missing_hint(faults)}mend the file, or post the rest with "
            "--accept-rejects",
            problems=faults,
        )

    def _write_rejects(self, faults: list[Fault]) -> Path | None:
        """Write the rejects file, unless no trace is to be left."""
        place = self.options.rejects
        if place is None and self.options.traceless:
            return None
        # A member of an archive is named by its folders as well.
        place = place or Path(f"{self.source.name.replace('/', '-')}.rejects.csv")
        rows = rows_of(self.source, self.layout, faults)
        return place if write_rejects(place, faults, rows) else None

    def _nothing_new(self) -> bool:
        """Tell whether all of the file is in the ledger already, rejects included."""
        if self.outcome.entries:
            return False
        faults = self.faults.sorted()
        rules = self.profile.as_json()
        return not faults or same_rejects(self.connection, self.digest, rules, faults)

    def _validate(self, post: Posting) -> None:
        """Apply the rules to what was posted, and store what they find with the batch."""
        if self.validation is None:
            return
        self.found = self.validation.found()
        store(post, self.found)

    def _seal(self, post: Posting, documents: Path | None) -> None:
        self._keep_rejects(post)
        self._validate(post)
        if self.options.keep and documents is None:
            self.outcome.warnings.append(t("ingest.hash_alone"))
        counts = post.counts
        counts.source_rows, counts.readings = self.rows, self.outcome.readings
        counts.entries, counts.skipped = self.outcome.entries, self.outcome.skipped
        counts.rejected, counts.gaps = len(self.faults), self.outcome.gaps
        counts.warnings = self.outcome.warnings
        counts.totals = [
            total | {"quantity": str(total["quantity"])} for total in self.outcome.listed_totals()
        ]
        keeps = self.options.keep and not self.options.dry_run and documents is not None
        if keeps and documents is not None:
            self.source.keep(documents, self.digest)
        form = "csv" if self.layout.reader == TEXT else self.layout.reader
        form = self.source.media or form
        media = f"{form}.gz" if self.source.packed else form
        post.attach(
            SourceDocument(self.digest, self.source.name, self.source.size, media, kept=keeps)
        )
        post.seal()

    def _keep_rejects(self, post: Posting) -> None:
        faults = self.faults.sorted()
        if not faults:
            return
        rows = rows_of(self.source, self.layout, faults)
        post.insert_many(reject, [
            {"line": fault.line, "column_name": fault.column,
             "text": rows.get(fault.line, fault.text), "reason": fault.reason}
            for fault in faults
        ])  # fmt: skip
        self._write_rejects(faults)

    def _answer(self, number: int | None) -> dict[str, Any]:
        if number is None and not self.options.dry_run:
            self.outcome.warnings.append(_why_nothing(self.outcome))
        answer = {"understood": self._understood()} if self.options.shows else {}
        return {
            **answer,
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
            "replaced": self.outcome.replaced,
            "warnings": self.outcome.warnings,
            "findings": [one.as_dict() for one in self.found],
            "totals": self.outcome.listed_totals(),
            "checks": self.outcome.checks,
        }  # fmt: skip


def _layout(source: Source, profile: Profile, meters: frozenset[str]) -> Layout:
    """Find out how a file is laid out: by the format it is in, or from its own header."""
    head = source.head()
    code = format_of(head, profile)
    if code == TEXT:
        return sniff(source.path, head, source.read_by(profile), meters)
    return module_of(code).layout(source, profile, meters)


def _why_nothing(outcome: Outcome) -> str:
    if outcome.skipped or outcome.doubles:
        return "all values of this file are posted already; nothing was changed"
    return "there is no value in this file; nothing was changed"


class _Posters:
    """Hands the days of a block to the poster of their kind."""

    def __init__(
        self, intervals: IntervalPoster, registers: RegisterPoster, rising: Rising
    ) -> None:
        self.intervals = intervals
        self.registers = registers
        self.rising = rising

    def take(self, runs: Runs) -> None:
        """Post the days of a block."""
        self.intervals.noticed.rows(runs)
        cumulative = self.intervals.flows.meters.cumulative()[runs.rows.meter[runs.first]]
        if not cumulative.any():
            self._flowed(runs)
        elif cumulative.all():
            self.registers.take(runs)
        else:
            self._flowed(runs.where(~cumulative))
            self.registers.take(runs.where(cumulative))

    def _flowed(self, runs: Runs) -> None:
        self.rising.take(runs)
        self.intervals.take(runs)
