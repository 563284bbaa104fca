"""Opening a ledger: where it is, what it is, who else is using it, and what is left behind."""

import os
import sqlite3
import stat
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from ledger_case import NOW, days, header, park, post

from carbonledger.errors import LedgerRefused
from carbonledger.ledger import connect, engines
from carbonledger.ledger.book import posting
from carbonledger.ledger.connect import Ledger, create, location, may_write, open_ledger
from carbonledger.ledger.refusals import shown
from carbonledger.ledger.schema import reject
from carbonledger.ledger.service import last_batch, log, query, status
from carbonledger.run.setup import init

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def refusal(url: str, *, write: bool = False, sealed: bool = False) -> LedgerRefused:
    with pytest.raises(LedgerRefused) as refused, open_ledger(url, write=write, sealed=sealed):
        pass
    return refused.value


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@contextmanager
def writing(url: str) -> Iterator[sqlite3.Connection]:
    """Hold the ledger as another program does while it writes."""
    with closing(sqlite3.connect(path_of(url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO run SELECT 1, 'inventory', 'm', 'b', 'p', 1, 'e', '{}', '{}', "
                      "'[]', 'h', 'a', 'now'")  # fmt: skip
        yield other


@pytest.mark.parametrize(
    "name",
    [
        "ledger.db", "a b.db", "100%.db", "a%20b%2Fc.db", "which?one.db", "a#b.db", "a&b=c.db",
        "电表 账本.db", "é\N{COMBINING ACUTE ACCENT}.db", "'quoted\".db", "file:x.db", "-dash",
        "a+b.db",
    ],
)  # fmt: skip
def test_any_name_of_a_file_is_that_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a b%c é 园区" / name
    url = location(str(path))
    init(url, "tester", NOW)
    with open_ledger(url) as ledger:
        assert ledger.place == str(path)
        assert status(ledger)["batches"] > 0
    with open_ledger(url, sealed=True) as ledger:
        assert list(query(ledger, "SELECT count(*) > 0 FROM batch")[1]) == [(1,)]
    assert [p.name for p in path.parent.iterdir()] == [name]


def test_a_path_is_taken_from_the_folder_one_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "mine"))
    assert location("x.db") == f"sqlite:///{tmp_path}/x.db"
    assert location("~/x.db") == f"sqlite:///{tmp_path}/mine/x.db"
    assert location("postgresql://host/books") == "postgresql://host/books"


@pytest.mark.parametrize("write", [True, False])
def test_a_ledger_that_is_not_there_is_not_made(write: bool, tmp_path: Path) -> None:  # noqa: FBT001
    refused = refusal(location(str(tmp_path / "none.db")), write=write)
    assert (refused.code, refused.message) == (
        "ledger-missing", f"there is no ledger at {tmp_path}/none.db",
    )  # fmt: skip
    assert "carbonledger init" in refused.hint
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    assert refusal(location(str(tmp_path))).code == "ledger-missing"
    with pytest.raises(LedgerRefused, match="cannot be opened"):
        create(location(str(tmp_path)))


@pytest.mark.parametrize(
    "data", [b"", b"meter,time,value\nM-1,2024,1\n", b"SQLite format 3\x00", b"\x00" * 9000]
)
def test_another_file_is_no_ledger(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    path.write_bytes(data)
    refused = refusal(location(str(path)))
    assert (refused.code, refused.message) == ("ledger-unknown", f"{path} is no ledger")
    assert path.read_bytes() == data


@pytest.mark.parametrize("write", [True, False])
def test_a_database_of_another_program_is_left_alone(write: bool, tmp_path: Path) -> None:  # noqa: FBT001
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE photos (name)")
        other.execute("CREATE TABLE alembic_version (version_num)")
        other.execute("INSERT INTO alembic_version VALUES ('a1b2c3')")
        other.commit()
    before = path.read_bytes()
    with pytest.raises(LedgerRefused, match="is no ledger"):
        create(location(str(path)))
    assert refusal(location(str(path)), write=write).code in ("ledger-unknown", "ledger-version")
    with closing(sqlite3.connect(path)) as other:
        tables = other.execute("SELECT name FROM sqlite_master ORDER BY 1").fetchall()
    assert tables == [("alembic_version",), ("photos",)]
    assert path.stat().st_size == len(before)


@pytest.mark.parametrize(
    ("version", "hint"), [("0001", "carbonledger init"), ("9999", "install a newer program")]
)
def test_a_ledger_of_another_version_says_what_to_do(
    version: str, hint: str, fresh_ledger: str
) -> None:
    with closing(sqlite3.connect(path_of(fresh_ledger))) as other:
        other.execute("UPDATE alembic_version SET version_num = ?", [version])
        other.commit()
    refused = refusal(fresh_ledger)
    assert (refused.code, hint in refused.hint) == ("ledger-version", True)
    assert version in refused.message
    assert connect.HEAD in refused.message


def test_a_later_ledger_is_not_touched_by_an_older_program(fresh_ledger: str) -> None:
    with closing(sqlite3.connect(path_of(fresh_ledger))) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    with pytest.raises(LedgerRefused, match="of version 9999"):
        create(fresh_ledger)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LedgerRefused, match="cannot be made") as refused:
        create(location(str(tmp_path / "file" / "ledger.db")))
    assert refused.value.code == "ledger-missing"


def test_one_writer_waits_for_the_other_and_then_says_so(
    fresh_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_S", 0.05)
    with writing(fresh_ledger), open_ledger(fresh_ledger, write=True) as ledger:
        with pytest.raises(LedgerRefused) as refused, ledger.transaction():
            pytest.fail("two may not write at once")
        assert (refused.value.code, refused.value.message) == (
            "ledger-locked", f"another program is writing to the ledger {ledger.place}",
        )  # fmt: skip
        assert "nothing was changed" in refused.value.hint
    with open_ledger(fresh_ledger, write=True) as ledger, ledger.transaction() as connection:
        assert last_batch(connection) > 0, "it goes on once the other is done"


def test_readers_go_on_while_one_writes(fresh_ledger: str) -> None:
    with open_ledger(fresh_ledger) as ledger:
        batches = len(log(ledger))
        with writing(fresh_ledger) as other:
            assert len(log(ledger)) == batches
            with open_ledger(fresh_ledger, sealed=True) as sealed:
                assert list(query(sealed, "SELECT count(*) FROM run")[1]) == [(0,)]
                other.execute("COMMIT")
                assert list(query(sealed, "SELECT count(*) FROM run")[1]) == [(1,)]


def test_a_reader_sees_one_state_to_the_end(fresh_ledger: str) -> None:
    with (
        park(fresh_ledger) as case,
        open_ledger(fresh_ledger) as reader,
        reader.read() as connection,
    ):
        before = last_batch(connection)
        post(case, *days(case, "M-1", "2024-03-01", ["1"]))
        assert last_batch(connection) == before
        with reader.read() as later:
            assert last_batch(later) == before + 1


def test_a_ledger_for_reading_cannot_be_posted_to(fresh_ledger: str) -> None:
    with (
        open_ledger(fresh_ledger) as ledger,
        pytest.raises(LedgerRefused) as refused,
        ledger.transaction() as connection,
        posting(connection, header()) as made,
    ):
        made.insert(reject, line=1, column_name="", text="", reason="")
    assert refused.value.code == "ledger-read-only"


@pytest.mark.parametrize("how", ["write", "read", "sealed"])
def test_no_files_are_left_beside_the_ledger(how: str, fresh_ledger: str) -> None:
    with open_ledger(fresh_ledger, write=how == "write", sealed=how == "sealed") as ledger:
        status(ledger)
        if ledger.write:
            with ledger.transaction() as connection, posting(connection, header()) as made:
                made.insert(reject, line=1, column_name="", text="", reason="")
    path = path_of(fresh_ledger)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_reader_that_closes_does_not_disturb_a_writer(fresh_ledger: str) -> None:
    with writing(fresh_ledger) as other:
        with open_ledger(fresh_ledger, sealed=True) as sealed:
            status(sealed)
        other.execute("COMMIT")
    with open_ledger(fresh_ledger) as ledger, ledger.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM run").scalar() == 1


def test_a_writer_that_was_killed_leaves_a_whole_ledger(fresh_ledger: str) -> None:
    """The log of the dead writer is there; what it had committed counts, what not does not."""
    code = (
        "import os, sys\n"
        "from carbonledger.ledger.book import Header, posting\n"
        "from carbonledger.ledger.connect import open_ledger\n"
        "from carbonledger.ledger.schema import reject\n"
        "ledger = open_ledger(sys.argv[1], write=True)\n"
        "for last in (False, True):\n"
        "    with ledger.transaction() as c, posting(c, Header('import', 'a', 'now')) as post:\n"
        "        post.insert(reject, line=1, column_name='', text='', reason='')\n"
        "        if last: os.kill(os.getpid(), 9)\n"
    )
    with open_ledger(fresh_ledger) as ledger:
        before = len(log(ledger))
    killed = subprocess.run([sys.executable, "-c", code, fresh_ledger], check=False)
    assert killed.returncode == -9
    path = path_of(fresh_ledger)
    assert Path(f"{path}-wal").exists()
    with open_ledger(fresh_ledger) as ledger:
        assert len(log(ledger)) == before + 1
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def fill(ledger: Ledger) -> None:
    """Post more than the file may grow to."""
    with ledger.transaction() as connection, posting(connection, header()) as made:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for line in range(5000):
            made.insert(reject, line=line, column_name="", text="x" * 1000, reason="")


def test_a_full_disk_is_told_as_such(fresh_ledger: str) -> None:
    with open_ledger(fresh_ledger, write=True) as ledger:
        before = len(log(ledger))
        with pytest.raises(LedgerRefused) as refused:
            fill(ledger)
        assert refused.value.code == "ledger-full"
        assert len(log(ledger)) == before


@pytest.mark.skipif(AS_ROOT, reason="the superuser may write everywhere")
def test_a_read_only_file_can_be_read(fresh_ledger: str) -> None:
    path = path_of(fresh_ledger)
    path.chmod(stat.S_IRUSR)
    assert not may_write(fresh_ledger)
    with open_ledger(fresh_ledger) as ledger:
        assert status(ledger)["batches"] > 0
    assert refusal(fresh_ledger, write=True).code == "ledger-read-only"
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)


@pytest.mark.skipif(AS_ROOT, reason="the superuser may write everywhere")
def test_a_file_in_a_read_only_folder_can_be_read(fresh_ledger: str) -> None:
    path = path_of(fresh_ledger)
    path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert not may_write(fresh_ledger)
        for sealed in (True, False):
            with open_ledger(fresh_ledger, sealed=sealed) as ledger:
                assert status(ledger)["batches"] > 0
        assert refusal(fresh_ledger, write=True).code == "ledger-read-only"
    finally:
        path.parent.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("denied", ["file", "folder"])
def test_what_may_only_be_read_is_opened_so_that_nothing_is_written(
    denied: str, fresh_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the superuser sees it, who may write everywhere: the system's answer is made up."""
    path = path_of(fresh_ledger)
    closed = path if denied == "file" else path.parent
    monkeypatch.setattr(os, "access", lambda asked, _mode: Path(asked) != closed)
    assert refusal(fresh_ledger, write=True).code == "ledger-read-only"
    for sealed in (True, False):
        with open_ledger(fresh_ledger, sealed=sealed) as ledger:
            assert status(ledger)["batches"] > 0
            with ledger.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA query_only = OFF")
                with pytest.raises(sa.exc.OperationalError, match="readonly database"):
                    connection.exec_driver_sql("DELETE FROM data_dictionary")


def test_in_a_read_only_folder_a_log_of_somebody_who_writes_is_not_passed_over(
    fresh_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = path_of(fresh_ledger).parent
    with writing(fresh_ledger) as other:
        monkeypatch.setattr(os, "access", lambda asked, _mode: Path(asked) != folder)
        other.execute("COMMIT")
        with open_ledger(fresh_ledger) as ledger, ledger.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM run").scalar() == 1


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://me:geheim@host:port/x", "cannot be read"),
        ("postgresql://me:pass@word:geheim/x", "cannot be read"),
        ("mysql://me:geheim@host/x", "cannot be kept in mysql"),
        ("nonsense://me:geheim@host/x", "cannot be kept in nonsense"),
        ("sqlite://", "names no file"),
        ("://", "cannot be read"),
    ],
)
def test_a_url_that_is_no_ledger_is_refused_without_its_password(url: str, message: str) -> None:
    refused = refusal(url)
    assert refused.code == "ledger-url"
    assert message in refused.message
    with pytest.raises(LedgerRefused):
        create(url)
    told = "".join(traceback.format_exception(refused)) + refused.hint
    assert "geheim" not in told


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where the ledger is named nor in what a failure prints."""
    url = "postgresql://me:geheim@127.0.0.1:1/books"
    place = engines.parsed(url)
    assert engines.parsed(str(place.render_as_string(hide_password=False))) == place
    assert shown(place) == "postgresql+psycopg://me:***@127.0.0.1:1/books"
    monkeypatch.setattr(engines, "find_spec", lambda _name: None)
    refused = refusal(url)
    assert refused.code == "ledger-driver"
    assert "carbonledger[postgresql]" in refused.hint
    assert "geheim" not in "".join(traceback.format_exception(refused))


def test_a_ledger_does_not_print_its_url(fresh_ledger: str) -> None:
    with open_ledger(fresh_ledger) as ledger:
        assert "url=" not in repr(ledger)
        assert ledger.place == str(path_of(fresh_ledger))


def test_errors_of_the_driver_that_are_no_case_for_the_user_stay_as_they_are(
    fresh_ledger: str,
) -> None:
    with (
        open_ledger(fresh_ledger) as ledger,
        pytest.raises(sa.exc.OperationalError, match="no such table"),
        ledger.read() as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM nothing_here")
