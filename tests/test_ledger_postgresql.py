"""The same ledger on PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ledger_case import Case, days, header, park, post, record
from postgresql_server import copy_of, shared

from carbonledger.errors import LedgerRefused
from carbonledger.ledger import engines
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.ledger.schema import metadata
from carbonledger.ledger.service import query, reverse, status
from carbonledger.ledger.verify import verify_batches
from carbonledger.run.service import inventory
from carbonledger.run.setup import init
from carbonledger.run.verify import verify

NOW = "2025-01-02T00:00:00Z"
# As the ledgers of the other tests, so that hashes can be compared.
POSTED_AT = "2025-01-01T00:00:00Z"
POSTED = sorted(set(metadata.tables) - {"data_dictionary"})

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def url() -> str:
    """Give the URL of a database of our own with all that ships."""
    return copy_of("init", lambda url: init(url, "tester", POSTED_AT))


@pytest.fixture(scope="module")
def books(url: str) -> Iterator[Case]:
    """Give a ledger with readings, a bill, a correction and its reversal, and a run."""
    with park(url) as case:
        fill(case)
        yield case


def fill(case: Case) -> None:
    post(case, *days(case, "M-1", "2024-03-30", ["1.5", None, "2"], ["4"], ["8"]), name="m.csv")
    with case.ledger.read() as connection:
        bill = record(connection, "park", "landfill", "solid_waste", "2024-03-15", "2024-04-15",
                      31_000_001)  # fmt: skip
    post(case, bill, name="w.csv")
    correction = days(case, "M-1", "2024-03-30", ["0.25"], kind="adjustment", corrects=1)
    number = post(case, *correction, head=header("correction", "ratio"))
    reverse(case.ledger, number, "it was right", "tester", NOW)
    inventory(case.ledger, None, "2024", actor="tester", now=NOW)


def plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(float(v) if hasattr(v, "is_finite") else v for v in row)


def test_every_view_says_the_same_as_on_sqlite(books: Case, fresh_ledger: str) -> None:
    with books.ledger.read() as connection:
        views = sa.inspect(connection).get_view_names()
    assert len(views) >= 15
    with park(fresh_ledger) as other:
        fill(other)
        for view in views:
            here, there = (
                sorted(map(repr, map(plain, case.rows(f"SELECT * FROM {view}"))))
                for case in (books, other)
            )
            assert here == there, view


def test_it_verifies(books: Case) -> None:
    answer = verify(books.ledger)
    assert (answer["problems"], answer["recomputed"]) == ([], 1)
    assert status(books.ledger)["entries"] == 6


@pytest.mark.parametrize("table", POSTED)
@pytest.mark.parametrize("statement", ["UPDATE {0} SET id = id", "DELETE FROM {0}", "TRUNCATE {0}"])
def test_what_is_posted_can_be_neither_changed_nor_removed(
    table: str, statement: str, books: Case
) -> None:
    if statement == "TRUNCATE {0}":
        statement += " CASCADE"
    elif not books.scalar(f"SELECT count(*) FROM {table}"):
        return
    with pytest.raises(LedgerRefused, match="append-only"), books.ledger.transaction() as held:
        held.exec_driver_sql(statement.format(table))


def test_a_trigger_that_is_switched_off_is_found(books: Case) -> None:
    with books.ledger.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE entry DISABLE TRIGGER entry_append_only")
        found = [one.detail for one in verify_batches(connection)[2]]
        connection.rollback()
    assert found == ["the trigger entry_append_only is missing or disabled"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("ALTER TABLE batch DISABLE TRIGGER batch_append_only",
         "the trigger batch_append_only is missing or disabled"),
        ("ALTER TABLE entry DISABLE ROW LEVEL SECURITY",
         "the rule for the rows of entry is missing, off or altered"),
        ("ALTER POLICY seen ON document USING (true)",
         "the rule for the rows of document is missing, off or altered"),
        ("CREATE POLICY mine ON batch USING (true)",
         "the rule mine for the rows of batch does not belong to the program"),
    ],
)  # fmt: skip
def test_what_guards_the_books_is_looked_at(statement: str, expected: str, books: Case) -> None:
    with books.ledger.engine.connect() as connection:
        connection.exec_driver_sql(statement)
        found = [one.detail for one in verify_batches(connection)[2]]
        connection.rollback()
    assert found == [expected]


@pytest.fixture
def sealed(books: Case, url: str) -> Iterator[Ledger]:
    assert books
    with open_ledger(url, sealed=True) as ledger:
        yield ledger


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM run",
        "DROP TABLE run",
        "SELECT 1; COMMIT; SET default_transaction_read_only = off; DELETE FROM run",
        "SET TRANSACTION READ WRITE",
        "SELECT set_config('transaction_read_only', 'off', false), nextval('run_id_seq')",
        "WITH x AS (DELETE FROM run RETURNING 1) SELECT * FROM x",
        "CREATE TEMP TABLE x (y int)",
        "COMMIT",
        "COPY run TO STDOUT",
    ],
)
def test_a_statement_that_does_not_read_is_refused(statement: str, sealed: Ledger) -> None:
    with pytest.raises(LedgerRefused) as refused:
        list(query(sealed, statement)[1])
    assert refused.value.code == "sql-read-only"


def test_a_statement_reads_or_says_what_is_wrong(sealed: Ledger) -> None:
    names, rows = query(sealed, "SELECT '100%' AS a, count(*) AS b, '%s' AS c FROM entry_view")
    assert (names, list(rows)) == (["a", "b", "c"], [("100%", 6, "%s")])
    for statement, code in (("SELECT pg_sleep(9)", "sql-time"), ("SELECT * FROM entries", "sql")):
        with pytest.raises(LedgerRefused) as refused:
            list(query(sealed, statement, seconds=0.2)[1])
        assert refused.value.code == code


def test_a_second_writer_is_told(books: Case, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_S", 0.2)
    with books.ledger.transaction(), open_ledger(url, write=True) as second:
        with pytest.raises(LedgerRefused) as refused, second.transaction():
            pytest.fail("two may not write at once")
        assert refused.value.code == "ledger-locked"
        assert status(second)["entries"] == 6, "reading goes on"


def test_a_database_that_is_not_there_is_said_so_without_the_password() -> None:
    place = engines.parsed(shared().admin).set(database="there_is_none", password="geheim")  # noqa: S106
    with (
        pytest.raises(LedgerRefused) as refused,
        open_ledger(place.render_as_string(hide_password=False)),
    ):
        pytest.fail("there is none")
    assert refused.value.code == "ledger-unreachable"
    assert "geheim" not in refused.value.message
