"""A disk that is full, of a real file system: nothing is posted, nothing is left, and it goes on."""

import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ingest_kit import Books, Meter

from carbonledger.errors import Refusal
from carbonledger.run.verify import verify

READINGS = 2 * 30 * 96


def export() -> list[str]:
    draw = random.Random(7)  # noqa: S311
    return [
        f"{meter},2024-04-{day:02} {minute // 60:02}:{minute % 60:02},{draw.randrange(10**6)}.{draw.randrange(10**6)}"
        for meter in ("M-1", "M-2")
        for day in range(1, 31)
        for minute in range(0, 1440, 15)
    ]


FILE = "\n".join(["meter,time,value", *export()])
SHUFFLED = "\n".join(["meter,time,value", *random.Random(1).sample(export(), READINGS)])  # noqa: S311


@contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[Path]:
    """Mount a file system of so many kilobytes; the test is skipped where that is refused."""
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", place],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"no small disk can be mounted: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@contextmanager
def full(disk: Path, left: int) -> Iterator[None]:
    """Fill a disk but for so many bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        state = os.statvfs(disk)
        free = state.f_bavail * state.f_frsize - left
        file.write(b"\0" * max(0, free // state.f_frsize * state.f_frsize))
    yield
    ballast.unlink()


def unharmed(books: Books, text: str = FILE) -> None:
    """See that the next import works, and that nothing lies about."""
    answer = books.take(text)
    assert answer["readings"] == READINGS
    with books.ledger() as ledger:
        assert verify(ledger)["problems"] == []
    assert len(books.kept()) == 1
    assert not list(books.folder.rglob("*importing-*"))
    assert not list(books.folder.rglob("*.part"))


# From no byte at all to more than is needed: full while the mark, the log, the source is written.
@pytest.mark.parametrize("left", [0, 8 << 10, 40 << 10, 90 << 10, 150 << 10, 220 << 10, 300 << 10])
def test_the_disk_of_the_ledger_is_full(tmp_path: Path, left: int) -> None:
    with small_disk(tmp_path / "disk", 8 << 10) as disk:
        books = Books(disk / "park", Meter("M-1"), Meter("M-2"))
        before, path = books.dump(), books.file(FILE)
        with full(disk, left):
            refused = None
            try:
                books.take(path)
            except Refusal as error:
                refused = error
        if refused is None:
            assert left > 150 << 10
            assert books.sum() > 0
            return
        assert refused.code == "ledger-full", refused.message
        assert "free some space" in refused.hint
        assert books.dump() == before
        assert books.kept() == []
        unharmed(books)


@pytest.mark.both_databases
@pytest.mark.parametrize("left", [0, 8 << 10, 24 << 10])
def test_the_disk_of_the_kept_files_is_full(tmp_path: Path, left: int) -> None:
    books = Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))
    before, path = books.dump(), books.file(FILE)
    with small_disk(books.documents, 1 << 10) as disk:
        with full(disk, left), pytest.raises(Refusal) as refused:
            books.take(path)
        assert refused.value.code == "ledger-full"
        assert "--no-keep" in refused.value.hint
        assert books.dump() == before
        assert books.kept() == []
        unharmed(books)


@pytest.mark.both_databases
def test_the_temporary_folder_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows in no order of time wait there."""
    books = Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))
    before = books.dump()
    with small_disk(tmp_path / "temporary", 256) as disk:
        monkeypatch.setattr("tempfile.tempdir", str(disk))
        with full(disk, 8 << 10), pytest.raises(Refusal) as refused:
            books.take(SHUFFLED, 'interval = "15min"')
        assert refused.value.code == "disk-full"
        assert "temporary folder" in refused.value.hint
        assert list(disk.iterdir()) == []
    monkeypatch.undo()
    assert books.dump() == before
    assert books.kept() == []
    books.take(SHUFFLED, 'interval = "15min"', name="again.csv")
    assert books.rows("SELECT count(*) FROM reading") == [(READINGS,)]
