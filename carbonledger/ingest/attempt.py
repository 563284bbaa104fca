"""A mark beside the ledger while an import is under way, so that the next one can tell of its end.

The database itself undoes what a killed process began. What it cannot do is say so, and take away
the source file that was kept for a batch that never came. A mark is a small file of JSON lines:
what is imported, since when, which file will be kept; and, right before the commit, the batch and
its hash. Its process holds it locked, and the system lets go of the lock when the process dies: so
a mark that is free was left behind, and one that is held is an import that runs right now.
"""

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from carbonledger.errors import LedgerRefused
from carbonledger.ingest.clock import iso
from carbonledger.ingest.hold import held, hold
from carbonledger.ledger.book import leaf_of
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.documents import part_of, refused_to_keep
from carbonledger.ledger.schema import document
from carbonledger.text import t

SIGN = ".importing-"


def marks(ledger: Ledger) -> list[Path]:
    """Return the marks of a ledger, of imports under way and of those left behind."""
    stem = _stem(ledger)
    return sorted(stem.parent.glob(f"{_literal(stem.name)}{SIGN}*"))


def _literal(name: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _stem(ledger: Ledger) -> Path:
    """Return the path that the marks of a ledger begin with.

    A file has its marks beside it. A database on a server has them where its source files are kept,
    or else in the user's folder for the state of programs (XDG Base Directory Specification).
    """
    if ledger.is_file:
        return Path(ledger.engine.url.database or "")
    name = hashlib.sha256(ledger.place.encode()).hexdigest()[:16]
    if ledger.documents is not None:
        return ledger.documents / name
    state = os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
    return Path(state) / "carbonledger" / name


@dataclass(slots=True)
class Attempt:
    """An import under way.

    Attributes:
        ledger: opened for writing.
        name: name of the file.
        digest: SHA-256 of its bytes.
        begun: when, ISO 8601 in UTC.
        keeps: file that the bytes of the source are newly kept in; None when they are not kept, or
            are kept already.
    """

    ledger: Ledger
    name: str
    digest: str
    begun: str
    keeps: Path | None = None
    _place: Path | None = None
    _file: IO[bytes] | None = None
    _sealed: tuple[int, str] | None = None

    def begin(self, kept: Path | None) -> None:
        """Set the mark.

        Args:
            kept: file that the bytes of the source will be kept in; None when they are not kept.

        Raises:
            LedgerRefused: there is no space for it, or the folder cannot be written.
        """
        self.keeps = None if kept is None or kept.exists() else kept
        stem = _stem(self.ledger)
        place = stem.with_name(f"{stem.name}{SIGN}{secrets.token_hex(4)}")
        try:
            if not place.parent.is_dir():
                place.parent.mkdir(parents=True)
            # Unbuffered: a line is there as soon as it is written.
            self._file = place.open("xb", buffering=0)
            self._place = place
            hold(self._file)
            keeps = str(self.keeps) if self.keeps else None
            self._say(file=self.name, begun=self.begun, sha256=self.digest, keeps=keeps)
        except OSError as error:
            self._remove()
            if self.ledger.is_file or self.ledger.documents is not None:
                raise refused_to_keep(place.parent, error) from error
            # A user without a home has nothing to be told about: the server undoes all by itself.

    def _say(self, **what: Any) -> None:
        if self._file is not None:
            self._file.write(json.dumps(what).encode() + b"\n")

    def seal(self, number: int, leaf: str) -> None:
        """Note the batch that is about to be committed.

        Raises:
            LedgerRefused: there is no space.
        """
        self._sealed = (number, leaf)
        try:
            self._say(batch=number, leaf=leaf)
        except OSError as error:
            self._sealed = None
            folder = self._place.parent if self._place else Path()
            raise refused_to_keep(folder, error) from error

    def end(self) -> None:
        """Take the mark away: the import is through, or has told what stopped it."""
        self._remove()

    def undo(self) -> None:
        """Take away what was kept for a batch that is not posted.

        Where nobody can say whether it is (the connection was lost while it was committed), or it
        cannot be taken away, all stays, and the next import finds out.
        """
        try:
            if self._sealed is None or not _posted(self.ledger, *self._sealed):
                _discard(self.keeps)
            self._remove()
        except (LedgerRefused, SQLAlchemyError, OSError):
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _remove(self) -> None:
        self._close()
        if self._place is not None:
            self._place.unlink(missing_ok=True)
            self._place = None


def _posted(ledger: Ledger, number: int, leaf: str) -> bool:
    with ledger.read() as connection:
        return leaf_of(connection, number) == leaf


def _discard(kept: Path | None) -> None:
    if kept is not None:
        for file in (kept, part_of(kept)):
            if file.is_file():
                file.unlink()


def left_behind(connection: sa.Connection, ledger: Ledger, *, clean: bool) -> list[str]:
    """Tell of imports that did not finish.

    Args:
        connection: in a transaction that nobody else can post beside.
        ledger: the ledger.
        clean: take away their marks, and what they kept for batches that never came.

    Returns:
        One sentence for each.
    """
    said = []
    for place in marks(ledger):
        found = _left(place)
        if found is None:
            continue
        said.append(_told(connection, found, clean=clean))
        if clean:
            place.unlink(missing_ok=True)
    return said


def any_left_behind(ledger: Ledger) -> bool:
    """Tell whether there is a mark that no running import holds."""
    return any(_left(place) is not None for place in marks(ledger))


def _left(place: Path) -> dict[str, Any] | None:
    """Return what a mark says; None when its import is running, or has just finished."""
    try:
        with place.open("rb") as file:
            if held(file):
                return None
            # Should its process have died before it wrote a line: at least when that was.
            begun = iso(int(os.fstat(file.fileno()).st_mtime))
            lines = file.read().splitlines()
    except FileNotFoundError:
        return None
    found: dict[str, Any] = {"file": t("ingest.some_file"), "begun": begun}
    for line in lines:
        try:
            found |= json.loads(line)
        except ValueError:
            # The disk was full, or the machine stopped, before the line was written.
            break
    return found


def _told(connection: sa.Connection, found: dict[str, Any], *, clean: bool) -> str:
    what = {"file": found["file"], "begun": found["begun"]}
    if "batch" in found and leaf_of(connection, found["batch"]) == found["leaf"]:
        return t("ingest.just_finished", **what, batch=found["batch"])
    if clean and found.get("keeps") and not _kept(connection, found["sha256"]):
        _discard(Path(found["keeps"]))
    return t("ingest.unfinished", **what)


def _kept(connection: sa.Connection, digest: str) -> bool:
    query = sa.select(document.c.kept).where(document.c.sha256 == digest)
    return connection.execute(query).scalar() == 1
