"""The import of a file, from its bytes to a sealed batch: the one function programs call."""

from pathlib import Path
from typing import Any

from carbonledger.ingest.job import Job
from carbonledger.ingest.known import posted_before
from carbonledger.ingest.options import ImportOptions
from carbonledger.ingest.profile import Profile, read_profile
from carbonledger.ingest.source import Progress, Source
from carbonledger.ledger.connect import Ledger

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
        UnitRefused: a unit of the file or of a meter may be several.
        LedgerRefused: the ledger cannot be written, or the file cannot be kept.
    """
    profile = read_profile(options.profile) if options.profile else Profile()
    kept: list[Path] = []
    with Source(path, progress) as source:
        try:
            return _posted(ledger, source, profile, options, kept)
        except _Undone as undone:
            return undone.answer
        except BaseException:
            # The batch was not posted; so the file it rests on is not kept either.
            for file in kept:
                file.unlink(missing_ok=True)
            raise


def _posted(
    ledger: Ledger, source: Source, profile: Profile, options: ImportOptions, kept: list[Path]
) -> dict[str, Any]:
    digest = source.sha256()
    source.head()
    with ledger.transaction() as connection:
        known = posted_before(connection, digest, profile.as_json())
        # A correction is compared anew: what was posted once may have been adjusted since.
        if known is not None and options.adjust is None:
            raise _Undone(_known_answer(source, digest, known))
        job = Job(connection, source, profile, options, digest)
        answer = job.run(ledger.documents, kept)
        if options.dry_run or answer["batch"] is None:
            raise _Undone(answer)
        return answer


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
