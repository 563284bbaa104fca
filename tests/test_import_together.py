"""Several imports at once: they take turns, readers go on, nothing is lost and nothing doubled."""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from access_case import Server, forget, give
from ingest_kit import NOW, Books, Meter

from carbonledger.errors import LedgerRefused
from carbonledger.ingest.attempt import Attempt
from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger import engines
from carbonledger.ledger.connect import open_ledger
from carbonledger.ledger.service import status
from carbonledger.run.verify import verify

pytestmark = pytest.mark.both_databases
FILE = "meter,time,value\nM-1,2024-03-01 00:00,1\nM-1,2024-03-01 00:15,2"
OTHER = FILE.replace("2024", "2023")


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", *(Meter(f"M-{number}") for number in range(1, 6)))


@contextmanager
def another_writes(books: Books, seconds: float) -> Iterator[None]:
    """Hold the ledger as a writer does, in a thread of its own."""
    begun, enough = threading.Event(), threading.Event()

    def write() -> None:
        with books.ledger() as ledger, ledger.transaction():
            begun.set()
            enough.wait(seconds)

    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(10)
    try:
        yield
    finally:
        enough.set()
        thread.join()


def take(books: Books, path: Path) -> tuple[dict[str, Any], list[str]]:
    said: list[str] = []
    with books.ledger() as ledger:
        answer = import_file(ledger, path, ImportOptions(actor="tester", now=NOW), note=said.append)
    return answer, said


def test_the_second_waits_and_says_so_once(books: Books) -> None:
    path = books.file(FILE)
    with another_writes(books, 1.0):
        began = time.monotonic()
        answer, said = take(books, path)
        assert time.monotonic() - began > 0.5
    assert answer["readings"] == 2
    assert len(said) == 1
    assert "another program is writing to the ledger" in said[0]
    assert "waiting up to 20 s" in said[0]


def test_one_that_waits_too_long_is_refused_and_readers_go_on(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = books.file(FILE)
    monkeypatch.setattr(engines, "BUSY_S", 0.4)
    with another_writes(books, 30):
        with pytest.raises(LedgerRefused) as refused:
            take(books, path)
        with books.ledger(write=False) as ledger:
            assert status(ledger)["documents"] == 0
    assert refused.value.code == "ledger-locked"
    assert "wait until it has finished, then run the command again" in refused.value.hint
    assert books.kept() == []
    assert take(books, path)[0]["readings"] == 2


def test_a_file_that_is_posted_already_waits_for_nobody(books: Books) -> None:
    path = books.file(FILE)
    take(books, path)
    with books.ledger() as ledger, another_writes(books, 30):
        running = Attempt(ledger, "long.csv", "0" * 64, NOW)
        running.begin(None)
        answer, said = take(books, path)
        running.end()
    assert (answer["posted_before"], said) == (True, [])


def test_an_import_under_way_is_not_taken_for_one_that_died(books: Books) -> None:
    with books.ledger() as ledger:
        running = Attempt(ledger, "long.csv", "0" * 64, NOW)
        running.begin(None)
        answer, said = take(books, books.file(FILE))
        assert not [text for text in answer["warnings"] if "long.csv" in text]
        assert said == []
        assert len(list(books.folder.rglob("*importing-*"))) == 1
        running.end()
    assert not list(books.folder.rglob("*importing-*"))


def test_what_died_is_told_by_a_refused_import_and_kept_by_a_dry_run(books: Books) -> None:
    from carbonledger.errors import ImportRefused

    with books.ledger() as ledger:
        dead = Attempt(ledger, "long.csv", "0" * 64, NOW)
        books.documents.mkdir(exist_ok=True)
        kept = books.documents / f"{'0' * 64}.zst"
        dead.begin(kept)
        kept.write_bytes(b"half")
        # As the system does when the process dies: the lock goes, the mark stays.
        dead._close()
    told = f"the import of long.csv begun at {NOW} did not finish; nothing of it was posted"

    dry = books.take(FILE, dry_run=True)
    assert dry["warnings"][0] == told
    assert kept.is_file()

    said: list[str] = []
    options = ImportOptions(actor="t", now=NOW, rejects=books.folder / "r.csv")
    with books.ledger() as ledger, pytest.raises(ImportRefused):
        import_file(ledger, books.file(FILE.replace("M-1", "X")), options, note=said.append)
    assert said == [told]
    assert not kept.exists()
    assert not [text for text in books.take(FILE)["warnings"] if "long.csv" in text]


def many(job: tuple[str, str, list[str]]) -> list[tuple[int, int]]:
    """Import files one after the other, in a process of its own."""
    url, documents, files = job
    counts = []
    for file in files:
        with open_ledger(url, write=True, documents=Path(documents)) as ledger:
            answer = import_file(ledger, Path(file), ImportOptions(actor="t", now=NOW))
        counts.append((answer["readings"], answer["skipped"]))
    return counts


def day(meter: str, number: int) -> list[str]:
    return [f"{meter},2024-07-{number:02} {hour:02}:00,{number}.{hour}" for hour in range(24)]


def importers(books: Books) -> list[str]:
    """Return how the ledger is reached: by its owner and, on a server, by logins that may import."""
    if not books.on_server:
        return [books.url]
    logins = [f"gate{number}_{os.getpid()}_t" for number in range(3)]
    for login in logins:
        give(books.url, "importer", login)
    return [books.url, *map(Server(books.url).as_login, logins)]


def test_eight_processes_with_files_that_overlap(books: Books) -> None:
    """Four files a process, each three days of three meters; half of a file is in another one."""
    files = []
    for place in range(32):
        meters = [f"M-{1 + (place + step) % 5}" for step in range(3)]
        first = 1 + place % 8
        lines = [line for m in meters for n in range(first, first + 3) for line in day(m, n)]
        files.append(books.file("\n".join(["meter,time,value", *lines]), name=f"{place}.csv"))
    urls = importers(books)
    jobs = [
        (urls[start % len(urls)], str(books.documents), [str(file) for file in files[start::8]])
        for start in range(8)
    ]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["test_import_together", "pandas", "carbonledger.run.verify"])
    with context.Pool(8) as pool:
        counts = [count for listed in pool.map(many, jobs, chunksize=1) for count in listed]

    held = {
        (1 + (place + step) % 5, 1 + place % 8 + later)
        for place in range(32) for step in range(3) for later in range(3)
    }  # fmt: skip
    assert books.sum() == sum(Decimal(f"{n}.{hour}") for _, n in held for hour in range(24))
    assert books.rows("SELECT count(*) FROM reading") == [(24 * len(held),)]
    assert sum(posted for posted, _ in counts) == 24 * len(held)
    assert sum(posted + skipped for posted, skipped in counts) == 32 * 9 * 24
    numbers = [number for (number,) in books.rows("SELECT id FROM batch ORDER BY id")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert not list(books.folder.rglob("*importing-*"))
    with books.ledger() as ledger:
        assert verify(ledger)["problems"] == []
    if books.on_server:
        forget(books.url, *(f"gate{number}_{os.getpid()}_t" for number in range(3)))
