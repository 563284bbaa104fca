"""SQL typed by a person: it reads, it cannot do anything else, and it can be stopped."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_case import days, park, post

from carbonledger.errors import LedgerRefused
from carbonledger.ledger import ask
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.ledger.service import query, status

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {} FROM n"


@pytest.fixture
def sealed(fresh_ledger: str) -> Iterator[Ledger]:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", ["1", "2"], ["3", "4"]), name="m.csv")
    with open_ledger(fresh_ledger, sealed=True) as ledger:
        yield ledger


def test_a_select_answers_with_names_and_rows(sealed: Ledger) -> None:
    names, rows = query(
        sealed, "SELECT meter, sum(quantity) AS kwh, count(*) AS days FROM energy_record GROUP BY 1"
    )
    assert (names, list(rows)) == (["meter", "kwh", "days"], [("M-1", 10.0, 2)])


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("WITH r AS (SELECT * FROM reading) SELECT count(*) FROM r", (4,)),
        ("VALUES (1, 'a')", (1, "a")),
        ("SELECT '100%', ':x', '?', '{y}'", ("100%", ":x", "?", "{y}")),
        ("-- a comment\nSELECT /* and one */ 1;", (1,)),
        ("SELECT count(*) > 10 FROM sqlite_master", (1,)),
        ("SELECT json_extract('{\"a\": 5}', '$.a'), upper('é')", (5, "é")),
        ("SELECT '电' || '表', NULL, x'00ff', 0.5", ("电表", None, b"\x00\xff", 0.5)),
        ("SELECT text_zh FROM data_dictionary WHERE object = 'reading' AND column_name = ''",
         ("计量表的区间值，每个区间一行；缺失时 value 为 NULL。",)),
    ],
)  # fmt: skip
def test_whatever_reads_is_answered(
    statement: str, row: tuple[object, ...], sealed: Ledger
) -> None:
    assert list(query(sealed, statement)[1]) == [row]


WRITES = [
    "DELETE FROM entry",
    "UPDATE entry SET quantity = 0",
    "INSERT INTO account VALUES (99, 1, 'x', 0)",
    "INSERT OR REPLACE INTO run SELECT * FROM run",
    "WITH x AS (SELECT 1) INSERT INTO account SELECT 99, 1, 'x', 0",
    "WITH x AS (SELECT 1) DELETE FROM entry",
    "DELETE FROM entry RETURNING id",
    "DELETE FROM data_dictionary",
    "DROP TRIGGER entry_no_update",
    "DROP TABLE entry",
    "DROP VIEW reading",
    "ALTER TABLE entry ADD COLUMN x",
    "CREATE TABLE x (y)",
    "CREATE TEMP TABLE x (y)",
    "CREATE TEMP VIEW entry_view AS SELECT 1",
    "CREATE TRIGGER t AFTER INSERT ON entry BEGIN SELECT 1; END",
    "CREATE VIRTUAL TABLE x USING fts5(y)",
    "CREATE INDEX x ON entry (id)",
    "REINDEX",
    "ANALYZE",
    "VACUUM",
    "VACUUM INTO '{folder}/stolen.db'",
    "ATTACH '{folder}/other.db' AS other",
    "DETACH main",
    "PRAGMA query_only = OFF",
    "PRAGMA writable_schema = ON",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA user_version = 7",
    "PRAGMA table_info(entry)",
    "SELECT * FROM pragma_table_info('entry')",
    "BEGIN IMMEDIATE",
    "COMMIT",
    "SAVEPOINT x",
    "SELECT 1; DELETE FROM entry",
    "EXPLAIN DELETE FROM entry",
]


@pytest.mark.parametrize("statement", WRITES)
def test_whatever_else_is_refused_by_the_connection_itself(
    statement: str, sealed: Ledger, tmp_path: Path
) -> None:
    path = Path(sealed.place)
    before = path.read_bytes()
    files = sorted(tmp_path.iterdir())
    with pytest.raises(LedgerRefused) as refused:
        query(sealed, statement.format(folder=tmp_path))
    assert refused.value.code == "sql-read-only"
    assert "only reads" in refused.value.message
    assert "correction" in refused.value.hint
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == (before, files)


def test_the_file_would_refuse_what_the_connection_let_through(
    sealed: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two locks, one behind the other: without the first one, the file is still read-only."""
    monkeypatch.setattr(ask, "READS_ONLY", range(100))
    for statement in ("DELETE FROM data_dictionary", "PRAGMA query_only = OFF"):
        with pytest.raises(LedgerRefused):
            query(sealed, statement)
    with sealed.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = OFF")
        with pytest.raises(Exception, match="attempt to write a readonly database"):
            connection.exec_driver_sql("DELETE FROM data_dictionary")


def test_no_extension_is_loaded(sealed: Ledger) -> None:
    with pytest.raises(LedgerRefused):
        query(sealed, "SELECT load_extension('evil')")


@pytest.mark.parametrize(
    ("statement", "message", "hint"),
    [
        ("SELCT 1", 'the statement cannot be run: near "SELCT": syntax error', "data_dictionary"),
        ("SELECT * FROM entries", "no such table: entries", "did you mean entry_view, entry"),
        ("SELECT quantitty FROM entry", "no such column: quantitty", "did you mean quantity"),
        ("SELECT e.metre FROM entry_view AS e", "no such column: e.metre", "meter"),
        ("SELECT * FROM zzzzzzzzzz", "no such table", "listed in the table data_dictionary"),
        ("SELECT sum(9223372036854775807 + id * 0) FROM entry", "too large", "wrong unit"),
        ("", "returns no rows", "write a SELECT"),
        ("-- nothing", "returns no rows", "write a SELECT"),
        ("SELECT '\x00'", "null character", "data_dictionary"),
        ("SELECT '\udc80'", "surrogates not allowed", "data_dictionary"),
        ("SELECT " + "(" * 5000, "cannot be run", "data_dictionary"),
    ],
)
def test_a_faulty_statement_says_what_is_wrong(
    statement: str, message: str, hint: str, sealed: Ledger
) -> None:
    with pytest.raises(LedgerRefused) as refused:
        list(query(sealed, statement)[1])
    assert message in refused.value.message
    assert hint in refused.value.hint
    assert "\n" not in refused.value.message


def test_many_rows_come_one_by_one(sealed: Ledger) -> None:
    """The statement would never end; its first rows are there at once."""
    _, rows = query(sealed, ENDLESS.format("i"))
    assert [next(rows) for _ in range(2500)][-1] == (2500,)
    rows.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("what", ["max(i)", "i"])
def test_a_statement_that_takes_too_long_is_stopped(what: str, sealed: Ledger) -> None:
    with pytest.raises(LedgerRefused) as refused:
        for _ in query(sealed, ENDLESS.format(what), seconds=0.05)[1]:
            pass
    assert refused.value.code == "sql-time"
    assert "after 0.05 seconds" in refused.value.message


def test_the_user_can_stop_a_statement(sealed: Ledger) -> None:
    """Ctrl-C while the database computes: nothing of Python runs but the watch."""
    import signal

    timer = threading.Timer(0.1, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        query(sealed, ENDLESS.format("max(i)"))
    timer.join()
    assert list(query(sealed, "SELECT 1")[1]) == [(1,)]


def test_the_ledger_can_be_used_on_after_a_question(sealed: Ledger) -> None:
    """The guard stays with the connection of the question, whether it was answered or refused."""
    list(query(sealed, "SELECT 1")[1])
    with pytest.raises(LedgerRefused):
        query(sealed, "DELETE FROM entry")
    query(sealed, "SELECT * FROM entry")[1].close()  # type: ignore[attr-defined]
    assert status(sealed)["entries"] == 2


def test_a_question_leaves_no_files_behind(sealed: Ledger) -> None:
    list(query(sealed, "SELECT count(*) FROM entry")[1])
    path = Path(sealed.place)
    sealed.close()
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name]


def test_a_question_to_a_damaged_ledger_says_so(sealed: Ledger, tmp_path: Path) -> None:
    whole = Path(sealed.place)
    sealed.close()
    damaged = tmp_path / "damaged.db"
    shutil.copyfile(whole, damaged)
    with sqlite3.connect(damaged) as stranger:
        (page,) = stranger.execute("PRAGMA page_size").fetchone()
        (place,) = stranger.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'entry'"
        ).fetchone()
    stranger.close()
    data = bytearray(damaged.read_bytes())
    data[(place - 1) * page : place * page] = b"\xff" * page
    damaged.write_bytes(data)
    with (
        open_ledger(f"sqlite:///{damaged}", sealed=True) as ledger,
        pytest.raises(LedgerRefused, match="damaged") as refused,
    ):
        list(query(ledger, "SELECT sum(length(profile)) FROM entry")[1])
    assert refused.value.code == "ledger-unknown"
