"""Logins are granted, altered, revoked and listed; an importer posts and cannot change."""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from access_case import Server, forget, give
from ingest_kit import Books, Meter, kwh
from ledger_case import park
from postgresql_server import copy_of, shared

from carbonledger.cli.entry import run
from carbonledger.errors import LedgerRefused
from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger import access, engines
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.connect import create, open_ledger
from carbonledger.ledger.engines import parsed
from carbonledger.ledger.schema import account, closing, entry, metadata
from carbonledger.run.setup import init
from carbonledger.run.verify import verify

NOW = "2026-11-22T00:00:00Z"
ANNA, GATE, OWNER = (f"{name}_{os.getpid()}_x" for name in ("anna", "gate", "owner"))
FILE = "meter,time,value\n" + "".join(
    f"M-1,2024-03-{day:02} {hour:02}:00,{hour % 5}.5\n"
    for day in range(1, 26)
    for hour in range(24)
)
SECRET = "gehe'im\\% ½"  # noqa: S105
pytestmark = pytest.mark.postgresql


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    made = Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))
    yield made
    forget(made.url, ANNA, GATE)


def sees(url: str, login: str, statement: str) -> Any:
    return Server(url).rows(login, statement)


def why_not(url: str, login: str, statement: str) -> str:
    with Server(url).link(login) as link, pytest.raises(psycopg.Error) as refused:
        link.execute(statement)
    return str(refused.value.sqlstate)


def listed(url: str) -> list[tuple[str, str, str | None]]:
    with open_ledger(url) as ledger:
        return [(one["role"], one["kind"], one["member"]) for one in access.grants(ledger)]


def take_as(books: Books, login: str, text: str, name: str = "m.csv", **options: Any) -> Any:
    url = Server(books.url).as_login(login)
    with open_ledger(url, write=True, documents=books.documents) as ledger:
        rejects = books.folder / "rejects.csv"
        asked = ImportOptions(actor=login, now=NOW, rejects=rejects, **options)
        return import_file(ledger, books.file(text, name), asked)


def test_a_login_is_made_altered_and_revoked(books: Books) -> None:
    books.take(FILE)
    made = give(books.url, "auditor", ANNA)
    assert made == {
        "role": ANNA,
        "kind": "auditor",
        "member": None,
        "created": True,
        "password": False,
    }
    assert sees(books.url, ANNA, "SELECT count(*) FROM entry_view") == [(25,)]

    assert give(books.url, "auditor", ANNA, "park/office")["created"] is False
    assert sees(books.url, ANNA, "SELECT count(*) FROM entry_view") == [(0,)]
    assert listed(books.url) == [(ANNA, "auditor", "park/office")]

    give(books.url, "importer", ANNA)
    assert why_not(books.url, ANNA, "SELECT 1 FROM entry_view") == "42501"
    assert sees(books.url, ANNA, "SELECT count(*) FROM entry") == [(25,)]

    # A connection that is open loses its rights as well.
    with Server(books.url).link(ANNA) as link:
        assert link.execute("SELECT count(*) FROM entry").fetchall() == [(25,)]
        with open_ledger(books.url, write=True) as ledger:
            taken = access.revoke(ledger, ANNA, actor="owner", now=NOW)
            with pytest.raises(LedgerRefused) as refused:
                access.revoke(ledger, ANNA, actor="owner", now=NOW)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            link.execute("SELECT count(*) FROM entry")
    assert taken == {"role": ANNA, "kind": "importer", "member": None}
    assert refused.value.code == "grant-unknown"
    assert listed(books.url) == []
    for view in ("entry_view", "data_dictionary", "alembic_version"):
        assert why_not(books.url, ANNA, f"SELECT 1 FROM {view}") == "42501"
    kinds = books.rows("SELECT kind FROM access_grant ORDER BY id")
    assert kinds == [("auditor",), ("auditor",), ("importer",), ("revoked",)]
    shared().sql(f"DROP ROLE {ANNA}")


@pytest.mark.parametrize(
    ("role", "member", "code"),
    [
        ("", None, "grant-name"),
        ("public", None, "grant-name"),
        ("pg_monitor", None, "grant-name"),
        ("carbonledger_views_x", None, "grant-name"),
        ("a" * 64, None, "grant-name"),
        ("a\nb", None, "grant-name"),
        ("postgres", None, "grant-powerful"),
        pytest.param(ANNA, "park/nowhere", "grant-account", id="nowhere"),
        pytest.param(ANNA, "grid", "grant-account", id="outside"),
    ],
)
def test_what_cannot_be_granted(books: Books, role: str, member: str | None, code: str) -> None:
    with pytest.raises(LedgerRefused) as refused:
        give(books.url, "auditor", role, member)
    assert refused.value.code == code
    assert listed(books.url) == []
    assert not shared().sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ANNA}'")


def test_a_login_in_a_group_could_do_more_and_is_refused(books: Books) -> None:
    shared().sql(f"CREATE ROLE {ANNA} LOGIN IN ROLE pg_read_all_data")
    with pytest.raises(LedgerRefused, match="member of pg_read_all_data") as refused:
        give(books.url, "auditor", ANNA, "park/office")
    assert refused.value.code == "grant-powerful"


def test_a_name_may_hold_anything_that_prints(books: Books) -> None:
    odd = f'An"na; DROP TABLE entry;-- %s {ANNA[:12]}'
    give(books.url, "auditor", odd, password=SECRET)
    try:
        assert listed(books.url) == [(odd, "auditor", None)]
        with open_ledger(books.url, write=True) as ledger:
            access.revoke(ledger, odd, actor="owner", now=NOW)
    finally:
        with Server(books.url).link() as link:
            link.execute(f'DROP ROLE "{odd.replace(chr(34), chr(34) * 2)}"'.replace("%", "%%"), ())


def test_a_password_is_sent_as_a_verifier_and_stands_nowhere(
    books: Books, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent: list[str] = []

    def listen(*seen: object) -> None:
        sent.append(str(seen))

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", listen)
    monkeypatch.setattr("sys.stdin", io.StringIO(SECRET + "\n"))
    code = run(["--db", books.url, "--json", "grant", "auditor", ANNA, "--password"])
    sa.event.remove(sa.engine.Engine, "before_cursor_execute", listen)
    said = capsys.readouterr()
    assert code == 0, said
    assert json.loads(said.out)["password"] is True
    assert [one for one in sent if "SCRAM-SHA-256$" in one]
    assert not [one for one in (*sent, said.out, said.err) if "gehe" in one]
    ((kept,),) = shared().sql(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{ANNA}'")
    assert str(kept).startswith("SCRAM-SHA-256$")


def test_no_password_is_refused(books: Books, monkeypatch: pytest.MonkeyPatch,
                                capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert run(["--db", books.url, "grant", "importer", GATE, "--password"]) == 2
    assert "no password" in capsys.readouterr().err
    assert listed(books.url) == []


def test_the_commands_say_what_they_did(books: Books, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*argv: str) -> str:
        assert run(["--db", books.url, *argv]) == 0
        said = capsys.readouterr()
        return said.out + said.err

    assert "Nobody but the owner" in told("grants")
    assert "No password was set" in told("grant", "importer", GATE)
    assert "park/office" in told("grant", "auditor", ANNA, "--member", "park/office")
    assert ANNA in told("grants")
    assert f"DROP ROLE {ANNA}" in told("revoke", ANNA)
    assert "登录" in told("--lang", "zh", "grants")


def test_an_importer_posts_all_that_an_import_posts(books: Books) -> None:
    give(books.url, "importer", GATE)
    posted = take_as(books, GATE, FILE)
    # 25 days of 24 hours: (0+1+2+3+4) × 4 + (0+1+2+3) + 24 × 0.5 = 58 kWh a day
    assert (posted["entries"], posted["readings"]) == (25, 600)
    assert books.sum() == kwh("1450")
    assert take_as(books, GATE, FILE)["posted_before"] is True
    assert (
        take_as(books, GATE, FILE + "M-2,2024-03-01 00:00,1\nM-2,2024-03-01 01:00,0", "n.csv")[
            "skipped"
        ]
        == 600
    )

    changed = FILE.replace("00:00,0.5", "00:00,1.5", 1)
    take_as(books, GATE, changed, "c.csv", adjust="misread")
    bad = "meter,time,value\nM-1,2024-04-01 00:00,1\nM-1,2024-04-01 01:00,x\n"
    assert take_as(books, GATE, bad, "b.csv", accept_rejects=True)["rejected"] == 1
    # 1450, one more of M-2, one more for the correction, one of April
    assert books.sum() == kwh("1453")
    with books.ledger() as ledger:
        assert verify(ledger)["problems"] == []


FORBIDDEN = [
    "UPDATE {0} SET id = id",
    "DELETE FROM {0}",
    "TRUNCATE {0}",
    "ALTER TABLE {0} DISABLE TRIGGER ALL",
    "DROP TABLE {0}",
]


def test_an_importer_changes_nothing(books: Books) -> None:
    give(books.url, "importer", GATE)
    take_as(books, GATE, FILE)
    for table in sorted(set(metadata.tables) - {"data_dictionary"}):
        for statement in FORBIDDEN:
            assert why_not(books.url, GATE, statement.format(table)) == "42501", statement
    for table in ("account", "meter_revision", "commodity", "factor", "method", "run"):
        assert why_not(books.url, GATE, f"INSERT INTO {table} DEFAULT VALUES") == "42501"
    # Nor does it post what is not an import, or into a batch that is sealed.
    header = ("INSERT INTO batch SELECT id + {1}, '{0}', actor, posted_at, reason, document_id, "
              "reading_rules, 0, 0, 0, 0, 0, 0, totals, warnings, content_hash, leaf_hash "
              "FROM batch WHERE id = (SELECT max(id) FROM batch)")  # fmt: skip
    for kind in ("site", "reversal", "factors", "event"):
        assert why_not(books.url, GATE, header.format(kind, 1)) == "42501", kind
    with Server(books.url).link(GATE) as link, pytest.raises(psycopg.Error, match="sealed"):
        link.execute("INSERT INTO reject SELECT 1, (SELECT max(id) FROM batch), 1, '', '', ''")
    with Server(books.url).link(GATE) as link, pytest.raises(psycopg.Error, match="gaps"):
        link.execute(header.format("import", 2))


COLUMNS = ", ".join(c.name for c in entry.columns if c.name not in ("id", "batch_id"))
AGAIN = (
    f"INSERT INTO entry (id, batch_id, {COLUMNS}) "
    f"SELECT id + 99, (SELECT max(id) + {{}} FROM public.batch), {COLUMNS} FROM entry LIMIT 1"
)


def test_an_empty_table_in_front_of_the_batches_unseals_none(books: Books) -> None:
    """An importer may make tables of the moment; what guards the books does not look there."""
    give(books.url, "importer", GATE)
    take_as(books, GATE, FILE)
    with Server(books.url).link(GATE) as link:
        link.execute("CREATE TEMPORARY TABLE batch (LIKE public.batch)")
        with pytest.raises(psycopg.Error, match="this batch is sealed"):
            link.execute(AGAIN.format(0))


@pytest.mark.parametrize("table", ["closing", "restatement", "account"])
def test_a_table_in_front_of_the_closings_opens_none(books: Books, table: str) -> None:
    give(books.url, "importer", GATE)
    take_as(books, GATE, FILE)
    with books.ledger() as ledger, ledger.transaction() as connection:
        with posting(connection, Header("closing", "t", NOW)) as post:
            whole = sa.select(account.c.id).where(account.c.code == "park")
            post.insert(closing, account_id=connection.execute(whole).scalar_one(),
                        period="2024-03", first_day=20240301, last_day=20240331,
                        start_utc=1709222400, end_utc=1711900800)  # fmt: skip
    with Server(books.url).link(GATE) as link:
        link.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table})")
        if table == "restatement":
            link.execute("INSERT INTO restatement SELECT 1, max(id) + 1, 1, 'x' FROM public.batch")
        with pytest.raises(psycopg.Error, match="a closed period takes no entry"):
            link.execute(AGAIN.format(1))


def test_an_importer_waits_for_its_turn(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    give(books.url, "importer", GATE)
    monkeypatch.setattr(engines, "BUSY_S", 0.3)
    with books.ledger() as ledger, ledger.transaction():
        with pytest.raises(LedgerRefused) as refused:
            take_as(books, GATE, FILE)
    assert refused.value.code == "ledger-locked"
    assert take_as(books, GATE, FILE)["entries"] == 25


@pytest.fixture
def owned() -> Iterator[str]:
    """Give a ledger whose owner is no superuser, as a provider of databases gives one."""
    server = shared()
    server.sql(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")
    url = copy_of("empty", lambda _: None)
    name = parsed(url).database
    server.sql(f"ALTER DATABASE {name} OWNER TO {OWNER}")
    owned = parsed(url).set(username=OWNER, drivername="postgresql")
    yield owned.render_as_string(hide_password=False)
    forget(url, ANNA, GATE, OWNER)


def test_an_owner_without_the_powers_of_an_administrator_grants_and_is_kept_from_changes(
    owned: str, tmp_path: Path
) -> None:
    init(owned, "owner", NOW)
    give(owned, "auditor", ANNA)
    give(owned, "importer", GATE)
    count = "SELECT count(*) FROM factor_view"
    assert sees(owned, ANNA, count) == Server(owned).rows(None, count)
    for table in sorted(set(metadata.tables) - {"data_dictionary"}):
        last = metadata.tables[table].columns.keys()[-1]
        for statement in (f"UPDATE {table} SET {last} = {last}", f"DELETE FROM {table}",
                          f"TRUNCATE {table} CASCADE"):  # fmt: skip
            with Server(owned).link() as link:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    link.execute(statement)
    # Both post: keys are looked up, though nobody may change what they point at.
    file = tmp_path / "m.csv"
    with park(owned):
        for login, month in ((OWNER, "2024-03"), (GATE, "2024-04")):
            file.write_text(FILE.replace("2024-03", month), "utf-8")
            with open_ledger(Server(owned).as_login(login), write=True) as ledger:
                asked = ImportOptions(actor=login, now=NOW)
                assert import_file(ledger, file, asked)["entries"] == 25
    with open_ledger(owned) as ledger:
        assert verify(ledger)["problems"] == []
    with Server(owned).link() as link, pytest.raises(psycopg.errors.InsufficientPrivilege):
        link.execute("UPDATE entry SET quantity = 0")
    # A view made anew, as by a later version, is nobody's until the ledger is brought up to date.
    with Server(owned).link() as link:
        text = link.execute("SELECT pg_get_viewdef('finding_view')").fetchone()
        assert text is not None
        link.execute("DROP VIEW finding_view")
        link.execute(f"CREATE VIEW finding_view AS {text[0]}")
    assert why_not(owned, ANNA, "SELECT 1 FROM finding_view") == "42501"
    create(owned)
    assert sees(owned, ANNA, "SELECT count(*) FROM finding_view") == [(1,)]
    with open_ledger(owned) as ledger, ledger.read() as connection:
        owners = set(connection.exec_driver_sql("SELECT viewowner FROM pg_views WHERE "
                                                "schemaname = 'public'").scalars())  # fmt: skip
    assert owners == {f"carbonledger_views_{parsed(owned).database}"}


def test_who_may_not_make_logins_is_told_so(owned: str) -> None:
    init(owned, "owner", NOW)
    shared().sql(f"ALTER ROLE {OWNER} NOCREATEROLE")
    with pytest.raises(LedgerRefused) as refused:
        give(owned, "auditor", ANNA)
    assert refused.value.code == "grant-rights"
    assert "CREATEROLE" in refused.value.hint
    assert listed(owned) == []
    # As docs/postgresql.md has an administrator do it.
    views = f"carbonledger_views_{parsed(owned).database}"
    for statement in (f"CREATE ROLE {views} NOLOGIN", f"GRANT {views} TO {OWNER}",
                      f"CREATE ROLE {ANNA} LOGIN"):  # fmt: skip
        shared().sql(statement)
    assert give(owned, "auditor", ANNA)["created"] is False
    assert sees(owned, ANNA, "SELECT count(*) > 0 FROM factor_view") == [(True,)]


def test_triggers_hold_also_where_a_superuser_switches_replication(books: Books) -> None:
    books.take(FILE)
    for table in ("entry", "batch", "document"):
        for statement in ("UPDATE {0} SET id = id", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"):
            with Server(books.url).link() as link:
                link.execute("SET session_replication_role = replica")
                with pytest.raises(psycopg.Error, match="append-only"):
                    link.execute(statement.format(table))


def test_on_a_file_the_operating_system_decides(
    fresh_ledger: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for argv in (["grant", "auditor", ANNA, "--password"], ["grant", "importer", GATE],
                 ["revoke", ANNA], ["grants"]):  # fmt: skip
        assert run(["--db", fresh_ledger, "--json", *argv]) == 1
        error = json.loads(capsys.readouterr().out)["error"]
        assert error["code"] == "grant-file"
        assert "read-only copy" in error["hint"]
