"""Disk full, Ctrl-C and kill -9 in the middle: the ledger holds all of a file or nothing of it."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ingest_kit import NOW, Books, Meter, small_blocks

from carbonledger.errors import LedgerRefused
from carbonledger.ingest import source
from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.verify import verify_batches


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))


def year(days: int = 20) -> str:
    lines = ["meter,time,value"]
    for meter in ("M-1", "M-2"):
        for day in range(1, days + 1):
            lines += [
                f"{meter},2024-01-{day:02} {hour:02}:{minute:02},{day}.{hour}{minute}"
                for hour in range(24)
                for minute in (0, 15, 30, 45)
            ]
    return "\n".join(lines)


def unharmed(books: Books, before: dict[str, list[tuple[Any, ...]]]) -> None:
    """See that nothing is posted and nothing kept, and that the next import works."""
    assert books.dump() == before
    assert books.kept() == []
    assert books.rows("PRAGMA integrity_check") == [("ok",)]
    assert books.take(year())["readings"] == 2 * 20 * 96
    with books.ledger() as ledger, ledger.read() as connection:
        assert verify_batches(connection)[2] == []


def test_no_space_for_the_ledger(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself says full: the file may have no more pages than it has."""
    before, path = books.dump(), books.file(year())

    with books.ledger() as ledger, pytest.raises(LedgerRefused) as caught:
        with ledger.read() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        import_file(ledger, path, ImportOptions(actor="tester", now=NOW))

    assert caught.value.code == "ledger-full"
    assert "free some space" in caught.value.hint
    unharmed(books, before)


def test_no_space_for_the_kept_file(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    before = books.dump()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(source, "_copy", full)
        with pytest.raises(LedgerRefused) as caught:
            books.take(year())

    assert caught.value.code == "ledger-full"
    assert "cannot be kept in" in caught.value.message
    assert "--no-keep" in caught.value.hint
    unharmed(books, before)


def test_a_folder_for_kept_files_that_cannot_be_made(books: Books) -> None:
    before = books.dump()
    place = books.path.with_suffix(".documents")
    place.write_text("a file is in the way")

    with pytest.raises(LedgerRefused) as caught:
        books.take(year())

    assert caught.value.code == "documents"
    place.unlink()
    unharmed(books, before)


def test_no_space_to_sort_a_file_in_no_order(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = year().split("\n")
    shuffled = "\n".join([lines[0], *random.Random(1).sample(lines[1:], len(lines) - 1)])  # noqa: S311

    class Full:
        def write(self, _data: bytes) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def close(self) -> None:
            pass

    with monkeypatch.context() as patch:
        patch.setattr("carbonledger.ingest.spool.tempfile.TemporaryFile", Full)
        error = books.refused(shuffled, profile='interval = "15min"')

    assert error.code == "disk-full"
    assert "temporary folder" in error.hint


class Counting:
    """Raises at the n-th call, wherever the import is then."""

    def __init__(self, calls: int, error: BaseException) -> None:
        self.left, self.error = calls, error

    def __call__(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error


@pytest.mark.parametrize("calls", [1, 2, 5, 12])
def test_ctrl_c_while_the_file_is_read(
    books: Books, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    before, path = books.dump(), books.file(year())
    with monkeypatch.context() as patch:
        small_blocks(patch, 8192)
        with books.ledger() as ledger, pytest.raises(KeyboardInterrupt):
            import_file(
                ledger, path, ImportOptions(actor="tester", now=NOW),
                Counting(calls, KeyboardInterrupt()),
            )  # fmt: skip

    unharmed(books, before)


def test_ctrl_c_after_the_file_was_kept(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch is not sealed, so the file it would rest on is taken away again."""
    before = books.dump()
    with monkeypatch.context() as patch:
        patch.setattr("carbonledger.ingest.job.Posting.seal", Counting(1, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            books.take(year())

    unharmed(books, before)


def test_ctrl_c_does_not_take_away_what_another_batch_rests_on(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = books.take(year())
    books.reverse(first["batch"])
    kept = books.kept()

    with monkeypatch.context() as patch:
        patch.setattr("carbonledger.ingest.job.Posting.seal", Counting(1, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            books.take(year())

    assert books.kept() == kept


IMPORTER = """
import sys
from pathlib import Path
from carbonledger.ingest import blocks
from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.connect import open_ledger

blocks.blocks.__defaults__ = (4096,)
with open_ledger(sys.argv[1], write=True) as ledger:
    print("open", flush=True)
    import_file(ledger, Path(sys.argv[2]), ImportOptions(actor="t", now="2025-01-01T00:00:00Z"))
print("done", flush=True)
"""


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.06, 0.1, 0.15, 0.25])
def test_kill_9_in_the_middle(books: Books, delay: float) -> None:
    """Killed at some moment: all is there or nothing is, and the next import works."""
    before, path = books.dump(), books.file(year())
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORTER, books.url, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == "open\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        finished = "done" in said.read()
    process.wait()

    after = books.dump()
    posted = len(after["batch"]) > len(before["batch"])
    assert posted or after == before
    assert posted or not finished
    assert books.rows("PRAGMA integrity_check") == [("ok",)]
    again = books.take(path)
    assert again.get("posted_before", False) is posted
    assert books.rows("SELECT count(*) FROM reading") == [(2 * 20 * 96,)]
    with books.ledger() as ledger, ledger.read() as connection:
        assert verify_batches(connection)[2] == []
