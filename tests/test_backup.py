"""Backups: a ledger copied while others post, verified, and brought back on either database."""

import errno
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ingest_kit import NOW, Books, Meter
from postgresql_server import shared, why_not

from carbonledger.errors import LedgerRefused, PeriodClosed
from carbonledger.ledger import copying
from carbonledger.ledger.connect import DOCUMENTS, location, open_ledger
from carbonledger.ledger.schema import metadata
from carbonledger.run.backup import back_up, restore
from carbonledger.run.closing import close
from carbonledger.run.verify import verify

MARCH = "\n".join(
    ["meter,time,kWh"]
    + [f"M-1,2024-03-{day:02} {hour:02}:00:00,{hour % 5}.5" for day in (1, 2) for hour in range(24)]
)


@pytest.fixture
def books(tmp_path: Path, database: str) -> Books:
    """A ledger with two files, one of them reversed, a reject, and a closed month."""
    books = Books(tmp_path / "books", Meter("M-1", unit="kWh"))
    books.take(MARCH)
    wrong = books.take(MARCH.replace("2024-03-0", "2024-04-0"), name="april.csv")
    books.reverse(wrong["batch"])
    books.take(
        MARCH.replace("2024-03-0", "2024-05-0") + "\nM-1,2024-05-03 00:00:00,abc",
        name="may.csv", accept_rejects=True,
    )  # fmt: skip
    with books.ledger() as ledger:
        close(ledger, "park", "2024-03", "verified", actor="anna", now=NOW)
    return books


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that is posted or computed, table by table."""
    with open_ledger(url) as ledger, ledger.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by("id"))]
            for table in copying.TABLES
        }


def copy(books: Books, target: Path) -> dict[str, Any]:
    with books.ledger(write=False) as ledger:
        return back_up(ledger, target)


def test_every_table_is_copied_or_left_for_a_reason() -> None:
    named = {table.name for table in (*copying.TABLES, *copying.LEFT)}
    assert named == set(metadata.tables)


@pytest.mark.both_databases
def test_a_backup_holds_every_row_and_every_document(books: Books, tmp_path: Path) -> None:
    target = tmp_path / "backups" / "today.db"
    answer = copy(books, target)
    assert answer["ok"]
    assert answer["documents"] == 3
    assert rows(location(str(target))) == rows(books.url)
    kept = {path.name: path.read_bytes() for path in target.with_suffix(".documents").iterdir()}
    assert kept == {path.name: path.read_bytes() for path in books.documents.iterdir()}
    assert sorted(path.name for path in target.parent.iterdir()) == ["today.db", "today.documents"]


@pytest.mark.both_databases
def test_a_drill_the_ledger_is_lost_and_comes_back(books: Books, tmp_path: Path) -> None:
    held, backup = rows(books.url), tmp_path / "backup.db"
    copy(books, backup)
    shutil.rmtree(books.folder)
    back = location(str(tmp_path / "new" / "ledger.db"))
    answer = restore(backup, back)
    assert answer["ok"]
    assert answer["documents"] == 3
    assert rows(back) == held
    with open_ledger(back) as ledger:
        assert verify(ledger)["problems"] == []
    # The books go on where they stopped, and the closed month is still closed.
    with (
        open_ledger(back, write=True) as ledger,
        pytest.raises(PeriodClosed, match="closed already"),
    ):
        close(ledger, "park", "2024-03", None, actor="anna", now=NOW)


@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.both_databases
def test_a_backup_comes_back_on_a_server(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DOCUMENTS, str(tmp_path / "kept"))
    copy(books, tmp_path / "backup.db")
    url = shared().database()
    answer = restore(tmp_path / "backup.db", url)
    assert answer["ok"]
    assert "password" not in answer["ledger"]
    assert rows(url) == rows(books.url)
    assert len(list((tmp_path / "kept").iterdir())) == 3
    with pytest.raises(LedgerRefused) as refused:
        restore(tmp_path / "backup.db", url)
    assert refused.value.code == "restore-exists"


@pytest.mark.both_databases
def test_others_post_while_it_is_copied(books: Books, tmp_path: Path) -> None:
    """Whatever batch the copy ends with, it is whole."""
    files = [MARCH.replace("2024-03-0", f"2024-{month:02}-0") for month in range(6, 12)]
    done: list[int] = []

    def post() -> None:
        for number, text in enumerate(files):
            done.append(books.take(text, name=f"m{number}.csv")["batch"])

    writer = threading.Thread(target=post)
    writer.start()
    answers = [copy(books, tmp_path / f"copy-{number}.db") for number in range(4)]
    writer.join()
    assert len(done) == len(files)
    assert [answer["problems"] for answer in answers] == [[]] * 4
    held = rows(books.url)["batch"]
    for number, answer in enumerate(answers):
        copied = rows(location(str(tmp_path / f"copy-{number}.db")))["batch"]
        assert copied == held[: answer["batches"]]


def test_an_older_backup_is_never_overwritten(books: Books, tmp_path: Path) -> None:
    (tmp_path / "old.db").write_text("the last good one")
    with pytest.raises(LedgerRefused) as refused:
        copy(books, tmp_path / "old.db")
    assert refused.value.code == "backup-exists"
    assert (tmp_path / "old.db").read_text() == "the last good one"
    with pytest.raises(LedgerRefused) as refused:
        restore(books.path, location(str(tmp_path / "old.db")))
    assert refused.value.code == "restore-exists"


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "ledger-full"), (errno.EACCES, "backup-failed")]
)
def test_a_backup_that_fails_leaves_nothing_behind(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, "no", "there")

    monkeypatch.setattr("carbonledger.run.backup.copy_database", fail)
    (tmp_path / "backups").mkdir()
    with pytest.raises(LedgerRefused) as refused:
        copy(books, tmp_path / "backups" / "today.db")
    assert refused.value.code == code
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_backup_of_altered_books_says_so(books: Books, tmp_path: Path) -> None:
    with books.ledger() as ledger, ledger.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER entry_no_update")
        connection.exec_driver_sql("UPDATE entry SET quantity = quantity + 1 WHERE id = 1")
    answer = copy(books, tmp_path / "copy.db")
    assert not answer["ok"]
    assert any("entry" in problem["table"] for problem in answer["problems"])


def test_what_is_no_ledger_is_not_restored(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(LedgerRefused):
        restore(tmp_path / "notes.db", location(str(tmp_path / "new.db")))
    assert not (tmp_path / "new.db").exists()


def test_a_backup_without_its_documents_is_none(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file would look like a backup, and the next one of that name would be refused."""

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no", "there")

    monkeypatch.setattr("carbonledger.run.backup.copy_documents", fail)
    with pytest.raises(LedgerRefused):
        copy(books, tmp_path / "today.db")
    with pytest.raises(LedgerRefused):
        restore(books.path, location(str(tmp_path / "back.db")))
    assert not list(tmp_path.glob("*today.db*"))
    assert not list(tmp_path.glob("*back.db*"))
