"""A server that goes away in the middle: the batch is there wholly or not at all, and it goes on."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ingest_kit import NOW, Books, Meter, small_blocks
from postgresql_server import Server, shared

from carbonledger.errors import LedgerRefused
from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.engines import parsed
from carbonledger.run.verify import verify

pytestmark = pytest.mark.postgresql
LINES = [
    f"{meter},2024-04-{day:02} {minute // 60:02}:{minute % 60:02},{day}"
    for meter in ("M-1", "M-2")
    for day in range(1, 21)
    for minute in range(0, 1440, 15)
]
FILE = "\n".join(["meter,time,value", *LINES])


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))


class Breaking:
    """Breaks the connection at the n-th statement of an import."""

    def __init__(self, statement: int) -> None:
        self.left, self.seen, self.engine = statement, 0, None

    def on(self, engine: sa.Engine, url: str) -> None:
        sa.event.listen(engine, "before_cursor_execute", self._before)
        sa.event.listen(engine, "commit", self._strike)
        self.url = url

    def _before(self, connection: sa.Connection, *_: Any) -> None:
        self._strike(connection)

    def _strike(self, _connection: sa.Connection) -> None:
        self.seen += 1
        if self.seen == self.left:
            name = parsed(self.url).database
            shared().sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE datname = '{name}' AND pid <> pg_backend_pid()"
            )


def broken(books: Books, path: Path, statement: int) -> tuple[int, LedgerRefused | None]:
    """Import a file and break the connection; return how many statements there were."""
    breaking = Breaking(statement)
    try:
        with books.ledger() as ledger:
            breaking.on(ledger.engine, books.url)
            import_file(ledger, path, ImportOptions(actor="tester", now=NOW))
    except LedgerRefused as error:
        return breaking.seen, error
    return breaking.seen, None


def test_the_connection_is_lost_at_any_statement(
    books: Books, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    small_blocks(monkeypatch, 4096)
    draw = random.Random(5)  # noqa: S311
    statements, none = broken(books, books.file(FILE), 0)
    assert none is None
    lost = 0
    for number in range(15 * int(pytestconfig.getoption("--moments"))):
        path = books.file(FILE.replace("2024-04", f"{1995 + number}-04"), name=f"{number}.csv")
        before = books.dump()
        # The last ones always: the batch row, and the commit.
        at = statements - number if number < 4 else draw.randrange(1, statements)
        _, error = broken(books, path, at)
        if error is not None:
            lost += 1
            assert error.code in {"ledger-lost", "ledger-unreachable"}, error.message
            assert books.dump() == before
        again = books.take(path)
        assert (again["readings"], again.get("posted_before", False)) == (
            (0, True) if error is None else (len(LINES), False)
        )
        assert not list(books.folder.rglob("*importing-*"))
    assert lost > 10
    kept = books.rows("SELECT sha256 FROM document WHERE kept = 1")
    assert books.kept() == sorted(f"{digest}.zst" for (digest,) in kept)
    with books.ledger() as ledger:
        assert verify(ledger)["problems"] == []


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Give a server that a test may stop."""
    import postgresql_server

    if postgresql_server.NAMED:
        pytest.skip("the server that CARBONLEDGER_TEST_POSTGRESQL names is not ours to stop")
    own = Server()
    monkeypatch.setattr(postgresql_server, "_shared", [own])
    monkeypatch.setattr(postgresql_server, "_templates", {})
    yield own
    own.close()


def test_the_server_stops_in_the_middle_and_comes_back(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if its machine lost its power, at four places of the file."""
    small_blocks(monkeypatch, 4096)
    books = Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))
    path = books.file(FILE)
    before = books.dump()
    for share in (0.1, 0.4, 0.7, 1.0):

        def stopping(done: int, whole: int, share: float = share) -> None:
            if done >= share * whole:
                server.halt(signal.SIGQUIT)

        with pytest.raises(LedgerRefused) as lost, books.ledger() as ledger:
            import_file(ledger, path, ImportOptions(actor="tester", now=NOW), stopping)
        assert lost.value.code == "ledger-lost"
        assert "run the command again" in lost.value.hint
        server.start()
        assert books.dump() == before
        assert books.kept() == []

    assert books.take(path)["readings"] == len(LINES)
    with books.ledger() as ledger:
        assert verify(ledger)["problems"] == []


def test_nobody_knows_whether_it_was_committed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server stops before it answers the commit: the mark stays, and the next import tells."""
    books = Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))
    path = books.file(FILE)

    def stopping(_connection: sa.Connection) -> None:
        if list(books.folder.rglob("*importing-*")):
            server.halt(signal.SIGQUIT)

    with pytest.raises(LedgerRefused), books.ledger() as ledger:
        sa.event.listen(ledger.engine, "commit", stopping)
        import_file(ledger, path, ImportOptions(actor="tester", now=NOW))
    assert len(list(books.folder.rglob("*importing-*"))) == 1
    server.start()

    answer = books.take(FILE.replace("2024", "2023"), name="other.csv")

    assert answer["warnings"][0] == (
        f"the import of meters.csv begun at {NOW} did not finish; nothing of it was posted"
    )
    assert books.kept() == [f"{answer['document']['sha256']}.zst"]
    assert books.take(path)["readings"] == len(LINES)
