"""The import of a file, from its bytes to a sealed batch: the one function programs call."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import ImportRefused, ImportUndecided
from carbonledger.ingest import choices, written
from carbonledger.ingest.attempt import Attempt, any_left_behind, left_behind
from carbonledger.ingest.job import Job
from carbonledger.ingest.known import posted_before
from carbonledger.ingest.naming import named
from carbonledger.ingest.options import ImportOptions
from carbonledger.ingest.profile import Profile, read_profile
from carbonledger.ingest.source import Progress, Source
from carbonledger.ledger import engines
from carbonledger.ledger.book import leaf_of
from carbonledger.ledger.connect import Ledger
from carbonledger.text import t

Note = Callable[[str], None]

__all__ = ["ImportOptions", "import_file"]


class _Undone(Exception):
    """Carries the answer out of a transaction that is rolled back on purpose."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__()
        self.answer = answer


def import_file(
    ledger: Ledger,
    path: Path,
    options: ImportOptions,
    progress: Progress | None = None,
    note: Note | None = None,
    *,
    member: str | None = None,
) -> dict[str, Any]:
    """Post a file of readings or records as one batch, or refuse it and change nothing.

    Args:
        ledger: opened for writing.
        path: the file.
        options: what the user asks.
        progress: called with bytes done and bytes in all.
        note: takes sentences to be told while the import goes on.
        member: the file of an archive that is meant; None: the only one in it.

    Returns:
        The answer of `import --json`; see docs/import.md.

    Raises:
        ImportRefused: the file cannot be posted; the problems list every row concerned.
        ImportUndecided: it can be read in several ways that do not come to the same; `readings`
            holds what each of them gives.
        UnitRefused: a unit of the file or of a meter may be several.
        LedgerRefused: the ledger cannot be written, or the file cannot be kept.
        PeriodClosed: entries fall into a closed period, and `options` give no reason to restate it.
    """
    _check_reason(options)
    if options.write_profile is not None:
        written.refuse_existing(options.write_profile)
    profile = read_profile(options.profile) if options.profile else Profile()
    with _few_collections(), Source(path, progress, profile, member) as source:
        digest = source.sha256()
        profile = named(profile, source.name)
        task = _Task(ledger, source, profile, options, digest, note or _nobody)
        known = task.known()
        if known is not None and not options.shows:
            return known
        # What it is shows before anybody waits for the ledger; a workbook is rendered for it.
        source.head()
        return _written(task)


def _check_reason(options: ImportOptions) -> None:
    if options.adjust is not None and not options.adjust.strip():
        raise ImportRefused(
            "a correction needs a reason", code="reason", hint='say why: --adjust "…"'
        )


def _written(task: "_Task") -> dict[str, Any]:
    """Import a file, and write the profile that was asked for, also when it is refused."""
    place = task.options.write_profile
    try:
        answer = _settled(task)
    except ImportRefused as error:
        if place is not None and error.understood is not None:
            ways = _ways(error)
            _write(place, task.source.name, error.understood, ways)
        raise
    if place is not None and answer.get("understood"):
        _write(place, task.source.name, answer["understood"], ())
    return answer


def _ways(error: ImportRefused) -> Sequence[choices.Choice]:
    """Return the keys of which one set must still be chosen."""
    if not isinstance(error, ImportUndecided):
        return ()
    return [one["profile"] for one in error.readings] or error.choices


def _write(
    place: Path, name: str, understood: Mapping[str, Any], ways: Sequence[choices.Choice]
) -> None:
    bases = {fact["key"]: fact["from"] for fact in understood["facts"]}
    undeclared = understood["undeclared"]
    written.write(place, written.text_of(name, understood["profile"], bases, undeclared, ways))


def _settled(task: "_Task") -> dict[str, Any]:
    """Post a file; where it can be read in several ways, try them all and show what each gives.

    Raises:
        ImportUndecided: they do not all come to the same.
    """
    try:
        return task.run()
    except ImportUndecided as error:
        found = choices.readings(task.trial, error.choices)
        same = choices.agreed(found)
        if same is None:
            error.readings = choices.as_told(found)
            error.understood = _undecided(error, found) if task.options.shows else None
            raise
    ways = "; ".join(one.profile.replace("\n", ", ") for one in found)
    answer = task.read_as(same.keys).run()
    answer["warnings"].append(t("ingest.same_either_way", ways=ways))
    return answer


def _undecided(
    error: ImportUndecided, found: Sequence[choices.Reading]
) -> Mapping[str, Any] | None:
    """Return what is understood of a file whichever way it is read."""
    told = [one.answer["understood"] for one in found if one.answer]
    told = [one for one in told if one] or ([error.understood] if error.understood else [])
    if not told:
        return None
    keys = written.common([one["profile"] for one in told], [one.keys for one in found])
    facts = [fact for fact in told[0]["facts"] if fact["key"] in keys]
    return {**told[0], "facts": facts, "profile": keys}


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for cycles of objects a hundred times more rarely: rows are many, and make none."""
    usual = gc.get_threshold()
    gc.set_threshold(100 * usual[0], *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _nobody(_sentence: str) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class _Task:
    """The import of one file: its attempts to post, and what is told of them.

    Attributes:
        compared: the answer is to hold what two ways to read the file are compared by.
    """

    ledger: Ledger
    source: Source
    profile: Profile
    options: ImportOptions
    digest: str
    note: Note
    compared: bool = False
    said: list[str] = field(default_factory=list)

    def read_as(self, keys: choices.Choice) -> "_Task":
        """Return the import of the same file with some keys of its profile chosen."""
        return replace(self, profile=choices.with_keys(self.profile, keys), said=[])

    def trial(self, keys: choices.Choice) -> dict[str, Any]:
        """Return what one way to read the file gives; nothing is posted or written."""
        options = replace(self.options, dry_run=True, rejects=None)
        chosen = replace(self.read_as(keys), options=options, note=_nobody, compared=True)
        return chosen.run()

    def known(self) -> dict[str, Any] | None:
        """Return the answer about a file that is posted already, without waiting for anybody."""
        # A correction is compared anew: what was posted once may have been adjusted since.
        if self.options.adjust is not None or any_left_behind(self.ledger):
            return None
        with self.ledger.read() as connection:
            number = posted_before(connection, self.digest, self.profile.as_json())
        return None if number is None else _known_answer(self.source, self.digest, number)

    def run(self) -> dict[str, Any]:
        """Post the file, or find that there is nothing new in it."""
        options, folder = self.options, self.ledger.documents
        attempt = Attempt(self.ledger, self.source.name, self.digest, options.now)
        try:
            with self.ledger.transaction(waiting=self._waits) as connection:
                self.said = left_behind(connection, self.ledger, clean=not options.traceless)
                if not options.traceless:
                    keeps = folder if options.keep else None
                    attempt.begin(self.source.kept_as(keeps, self.digest) if keeps else None)
                answer = self._posted(connection, attempt)
        except _Undone as undone:
            attempt.end()
            answer = undone.answer
        except BaseException:
            # The batch was not posted; so the file it rests on is not kept either.
            attempt.undo()
            for sentence in self.said:
                self.note(sentence)
            raise
        attempt.end()
        answer["warnings"] = [*self.said, *answer["warnings"]]
        return answer

    def _waits(self) -> None:
        self.note(t("ingest.waits", ledger=self.ledger.place, seconds=f"{engines.BUSY_S:g}"))

    def _posted(self, connection: sa.Connection, attempt: Attempt) -> dict[str, Any]:
        known = posted_before(connection, self.digest, self.profile.as_json())
        if known is not None and self.options.adjust is None:
            answer = _known_answer(self.source, self.digest, known)
            if self.options.shows:
                answer["understood"] = self._understood(connection)
            raise _Undone(answer | choices.posted_in(connection, 0) if self.compared else answer)
        job = Job(connection, self.source, self.profile, self.options, self.digest)
        answer = job.run(self.ledger.documents)
        if self.compared:
            answer |= choices.posted_in(connection, job.number)
        if self.options.dry_run or answer["batch"] is None:
            raise _Undone(answer)
        attempt.seal(answer["batch"], leaf_of(connection, answer["batch"]) or "")
        return answer

    def _understood(self, connection: sa.Connection) -> Mapping[str, Any] | None:
        """Return what is understood of a file that is posted already."""
        try:
            job = Job(connection, self.source, self.profile, self.options, self.digest)
            found: Mapping[str, Any] = job.run(self.ledger.documents)["understood"]
        except ImportRefused as error:
            # It contradicts what was posted since; that it was posted is the news.
            return error.understood
        return found


def _known_answer(source: Source, digest: str, number: int) -> dict[str, Any]:
    return {
        "batch": number,
        "document": {"sha256": digest, "name": source.name, "bytes": source.size},
        "posted_before": True,
        "rows": 0, "readings": 0, "entries": 0, "skipped": 0, "rejected": 0, "gaps": 0,
        "adjusted": 0, "replaced": 0,
        "warnings": [f"this file is posted already, as batch {number}; nothing was changed"],
        "findings": [],
        "totals": [],
        "checks": [],
    }  # fmt: skip
