"""Backups of a ledger, and ledgers made of backups; each is verified before it is called one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.connect import Ledger, documents_of, location, open_ledger
from carbonledger.ledger.copying import copy_database, copy_documents, copy_into
from carbonledger.ledger.documents import FULL, part_of
from carbonledger.ledger.engines import make_engine, parsed
from carbonledger.ledger.refusals import shown
from carbonledger.ledger.verify import leaves
from carbonledger.run.verify import Further, verify

SIDES = ("", "-wal", "-shm", "-journal")


def back_up(ledger: Ledger, target: Path, further: Sequence[Further] = ()) -> dict[str, Any]:
    """Copy a ledger and its kept documents, while others may post, and verify the copy.

    The copy is a ledger in a SQLite file, whatever database the ledger is in, with the kept
    documents in the folder beside it.

    Args:
        ledger: the ledger.
        target: the file to make.
        further: checks of layers above, see `verify`.

    Returns:
        `{"file", "bytes", "batches", "runs", "root", "documents", "ok", "problems"}`; the
        problems are those of `verify` on the copy.

    Raises:
        LedgerRefused: the file is there already, or cannot be written.
    """
    if target.exists():
        raise LedgerRefused(
            f"{target} is there already",
            code="backup-exists",
            hint="name a new file for each backup: an older one is never overwritten",
        )
    count = _copy_file(ledger, target)
    with open_ledger(location(str(target))) as made:
        return _checked(made, ledger, further) | {
            "file": str(target), "bytes": target.stat().st_size, "documents": count,
        }  # fmt: skip


def restore(source: Path, url: str, further: Sequence[Further] = ()) -> dict[str, Any]:
    """Make a ledger of a backup, and verify it.

    Args:
        source: the backup: a ledger in a SQLite file, its documents beside it.
        url: of the ledger to make, in SQLite or PostgreSQL; there must be none yet.
        further: checks of layers above, see `verify`.

    Returns:
        `{"ledger", "batches", "runs", "root", "documents", "ok", "problems"}`.

    Raises:
        LedgerRefused: there is a ledger already, the backup is none, of another version, or the
            ledger cannot be written.
    """
    place = parsed(url)
    if _taken(place):
        raise LedgerRefused(
            f"there is something at {shown(place)} already",
            code="restore-exists",
            hint="restore to a new place with --db: a ledger is never overwritten",
        )
    with open_ledger(location(str(source)), sealed=True) as backup:
        if place.get_backend_name() == "sqlite":
            count = _copy_file(backup, Path(place.database or ""))
        else:
            copy_into(backup, url)
            with _writing(source), open_ledger(url) as made:
                count = copy_documents(backup, made)
        with open_ledger(url) as made:
            return {"ledger": made.place, "documents": count} | _checked(made, backup, further)


def _copy_file(source: Ledger, target: Path) -> int:
    """Copy a ledger and its documents; the file stands under its name when all of it is there."""
    working, place = part_of(target), parsed(location(str(target)))
    with _writing(target, working):
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_database(source, working)
        with open_ledger(location(str(working)), documents=documents_of(place)) as made:
            count = copy_documents(source, made)
        working.replace(target)
    return count


def _taken(place: sa.URL) -> bool:
    if place.get_backend_name() == "sqlite":
        return Path(place.database or "").exists()
    engine = make_engine(place, write=False, sealed=False)
    try:
        return bool(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def _checked(made: Ledger, source: Ledger, further: Sequence[Further]) -> dict[str, Any]:
    """Verify a copy, and compare its log with that of the ledger it was made of."""
    found = verify(made, further=further)
    with source.read() as there, made.read() as here:
        held, copied = leaves(there), leaves(here)
    problems = list(found["problems"])
    # Whoever posted meanwhile is not in the copy.
    differ = [number for number, leaf in copied.items() if held.get(number) != leaf]
    if differ:
        detail = f"batch {differ[0]} of the copy is not the one of the ledger"
        problems.append({"what": "copy", "batch": differ[0], "detail": detail, "table": "",
                         "row": 0})  # fmt: skip
    return {
        "batches": found["batches"], "runs": found["runs"], "root": found["root"],
        "ok": not problems, "problems": problems,
    }  # fmt: skip


@contextmanager
def _writing(named: Path, made: Path | None = None) -> Iterator[None]:
    """Take away what was begun where it does not come through, and say why it did not."""
    try:
        yield
    except OSError as error:
        raise LedgerRefused(
            f"{error.filename or named} cannot be written or read: {error.strerror}",
            code="ledger-full" if error.errno in FULL else "backup-failed",
            hint="check the space and the permissions; nothing was left behind",
        ) from error
    finally:
        if made is not None:
            for side in SIDES:
                with suppress(OSError):
                    made.with_name(made.name + side).unlink(missing_ok=True)
