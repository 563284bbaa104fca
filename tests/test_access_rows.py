"""A member of a park sees its own rows, whatever it tries; the park authority sees all."""

import json
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
from access_case import GATE, MILL, PARK, WORKS, Server, begin, forget, give
from postgresql_server import copy_of

from carbonledger.audit.questions import questions
from carbonledger.cli.entry import run
from carbonledger.ledger.access_rights import PUBLISHED
from carbonledger.ledger.connect import open_ledger
from carbonledger.ledger.schema import metadata

pytestmark = pytest.mark.postgresql
# What is the same for everybody: published factors, and what the ledger says of itself.
FOR_ALL = {"factor_view", "pack_view"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    url = copy_of("access", begin)
    give(url, "auditor", WORKS, "park/works")
    give(url, "auditor", MILL, "park/mill")
    give(url, "auditor", PARK)
    give(url, "importer", GATE)
    yield Server(url)
    forget(url, WORKS, MILL, PARK, GATE)


def views(server: Server) -> list[str]:
    with open_ledger(server.url) as ledger, ledger.read() as connection:
        return sorted(sa.inspect(connection).get_view_names())


def counted(server: Server, login: str | None, view: str, word: str) -> tuple[int, int]:
    """Return how many rows a login sees in a view, and how many of them hold a word."""
    statement = f"SELECT count(*), count(*) FILTER (WHERE v::text LIKE '%{word}%') FROM {view} AS v"
    ((rows, found),) = server.rows(login, statement)
    return rows, found


def test_every_view_shows_a_member_what_is_its_own_and_nothing_of_others(server: Server) -> None:
    listed = set(views(server)) - FOR_ALL
    assert len(listed) >= 15
    for view in listed:
        for login, own, other in ((WORKS, "OWN", "SECRET"), (MILL, "SECRET", "OWN")):
            assert counted(server, None, view, other)[1], f"{view} has nothing to hide: put it in"
            assert counted(server, login, view, own)[1], f"{view} hides from {own} its own"
            assert not counted(server, login, view, other)[1], f"{view} shows {other} to {own}"


def test_a_member_sees_who_loaded_and_who_published_a_pack(server: Server) -> None:
    asked = "SELECT state, loaded_by, published_by FROM pack_view WHERE pack = 'own'"
    for login in (WORKS, MILL, PARK):
        assert server.rows(login, asked) == [("published", "loader", "publisher")]


def test_the_park_authority_sees_all_and_no_table(server: Server) -> None:
    for view in views(server):
        assert counted(server, PARK, view, "") == counted(server, None, view, ""), view


# Figures of a member: its sums, its readings, its lines; the other's are 26, 10 and 4 (mg).
SUMS = {
    "SELECT sum(quantity) FROM energy_record": 14,
    "SELECT sum(quantity) FROM production_record": 6,
    "SELECT sum(value) FROM reading": 14,
    "SELECT sum(mass_mg) FROM emission_line": 4,
    "SELECT count(*) FROM indicator": 1,
    "SELECT count(*) FROM run_view": 2,
    "SELECT count(*) FROM finding_view": 1,
    "SELECT count(*) FROM reject_view": 1,
    "SELECT count(*) FROM entry_view": 5,
    "SELECT sum(quantity_change) FROM restatement_view": 1,
    "SELECT sum(inflow) FROM balance_view WHERE account <> 'park/works'": None,
    "SELECT sum(entries) + count(totals) + count(warnings) FROM batch_view WHERE document = 'both.csv'": None,
}  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), SUMS.items())
def test_sums_are_those_of_the_member(server: Server, statement: str, expected: int | None) -> None:
    assert server.rows(WORKS, statement) == [(expected,)]


TABLES = sorted({*metadata.tables} - {"data_dictionary"})


@pytest.mark.parametrize("login", [WORKS, PARK], ids=["works", "park"])
def test_no_table_is_read_or_written(server: Server, login: str) -> None:
    for table in TABLES:
        for verb in ("SELECT 1 FROM", "DELETE FROM", "COPY {0} TO STDOUT --", "TABLE", "TRUNCATE",
                     "INSERT INTO {0} DEFAULT VALUES --", "BEGIN; LOCK TABLE {0} IN SHARE MODE --"):  # fmt: skip
            with server.link(login) as link, pytest.raises(psycopg.Error) as refused:
                link.execute(verb.format(table) + " " + table)
            assert refused.value.sqlstate == "42501", (verb, table)


# Whatever a login with psql may try: what it gets, or is told, says nothing of the other.
TRIES = [
    # Functions that tell of what they are given, before the rule for rows has looked.
    "SELECT * FROM entry_view WHERE CAST(document AS int) > 0",
    "SELECT * FROM entry_view WHERE CAST(coalesce(note, meter, document_no) AS int) > 0",
    "SELECT * FROM entry_view WHERE 1 / (quantity_micro - 13000000) > 0",
    "SELECT * FROM entry_view WHERE CAST(from_account || to_account AS date) > now()",
    "SELECT * FROM batch_view WHERE CAST(document || actor AS int) > 0",
    "SELECT * FROM batch_view WHERE CAST(totals AS int) > 0",
    "SELECT * FROM batch_view WHERE CAST(reason AS int) > 0",
    "SELECT * FROM account_view WHERE CAST(account || coalesce(name_en, '') AS int) > 0",
    "SELECT * FROM meter_view WHERE CAST(meter AS int) > 0",
    "SELECT * FROM meter_event_view WHERE CAST(note AS int) > 0",
    "SELECT * FROM commodity_view WHERE CAST(commodity AS int) > 0",
    "SELECT * FROM reading WHERE CAST(meter AS int) > 0",
    "SELECT * FROM finding_view WHERE CAST(text_en AS int) > 0",
    "SELECT * FROM reject_view WHERE CAST(text || document AS int) > 0",
    "SELECT * FROM emission_line WHERE CAST(account AS int) > 0",
    "SELECT * FROM indicator WHERE CAST(name AS int) > 0",
    "SELECT * FROM run_view WHERE CAST(boundary AS int) > 0",
    "SELECT * FROM entry_view ORDER BY CAST(document AS int)",
    "SELECT * FROM entry_view AS e JOIN generate_series(1, 9) AS g ON g = CAST(e.note AS int)",
    # Other ways to the same rows.
    "SELECT query_to_xml('SELECT * FROM entry_view', true, true, '')",
    "SELECT query_to_xml('SELECT * FROM entry', true, true, '')",
    "SELECT schema_to_xml('public', true, true, '')",
    "SELECT ts_stat('SELECT to_tsvector(document) FROM entry_view')",
    "COPY (SELECT * FROM entry_view) TO STDOUT",
    "COPY (SELECT * FROM batch_view) TO STDOUT",
    "EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM entry_view WHERE document LIKE 'SEC%'",
    "EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM batch_view",
    # What the server knows of the tables, and of what others do.
    "SELECT * FROM pg_stats",
    "SELECT * FROM pg_statistic",
    "SELECT * FROM pg_stats_ext_exprs",
    "SELECT * FROM pg_stat_activity",
    "SELECT * FROM pg_roles",
    "SELECT * FROM pg_largeobject",
    "SELECT carbonledger_standing('{mill}'), carbonledger_standing('{works}')",
    "SELECT a.account, o.* FROM account_view AS a, carbonledger_own('{mill}') AS o",
    "SELECT o.* FROM carbonledger_own('postgres') AS o",
    "SELECT carbonledger_sees_all('postgres'), carbonledger_sees_all('{park}')",
    "SELECT f FROM carbonledger_flows('{mill}') AS f",
    # Becoming somebody else, or saying so.
    "SET ROLE {mill}; SELECT * FROM entry_view",
    "SET ROLE {park}; SELECT * FROM entry_view",
    "SET ROLE postgres; SELECT * FROM entry_view",
    "SET session_authorization = {mill}; SELECT * FROM entry_view",
    "SELECT set_config('role', '{mill}', false); SELECT * FROM entry_view",
    "SELECT set_config('session_authorization', '{mill}', false); SELECT * FROM entry_view",
    "SET row_security = off; SELECT * FROM entry_view",
    "SET carbonledger.member = 'park/mill'; SELECT * FROM entry_view",
    "GRANT {mill} TO {works}; SELECT * FROM entry_view",
    # Putting something of one's own between the views and the tables.
    "SET search_path = pg_temp, public; CREATE TEMP TABLE access_grant (role text, kind text)",
    "CREATE FUNCTION pg_temp.tell(text) RETURNS bool COST 0.0001 LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$; "
    "SELECT * FROM entry_view WHERE pg_temp.tell(document)",
    "DO $$ DECLARE one record; BEGIN FOR one IN SELECT * FROM entry_view LOOP "
    "RAISE NOTICE '%', one; END LOOP; END $$",
    "DO $$ BEGIN PERFORM * FROM entry; END $$",
]  # fmt: skip


@pytest.mark.parametrize("statement", TRIES)
def test_a_member_that_tries_to_look_across_learns_nothing(server: Server, statement: str) -> None:
    names = {"mill": MILL, "works": WORKS, "park": PARK}
    for word, name in names.items():
        statement = statement.replace("{" + word + "}", name)
    heard: list[str] = []
    with server.link(WORKS) as link:
        link.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
        heard += _all_of(link, statement)
    said = "\n".join(heard).replace(statement, "")
    assert "SECRET" not in said
    assert "13000000" not in said
    assert "park/mill" not in said


def test_who_could_make_functions_would_still_learn_nothing(server: Server) -> None:
    """The rules stand below the views: a cheap function in a WHERE is given one's own rows alone."""
    name = server.rows(None, "SELECT quote_ident(current_database())")[0][0]
    server.do(f"GRANT TEMPORARY ON DATABASE {name} TO {WORKS}")
    heard: list[str] = []
    try:
        with server.link(WORKS) as link:
            link.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
            link.execute(
                "CREATE FUNCTION pg_temp.tell(text) RETURNS bool COST 0.0001 LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"
            )
            for view in sorted(set(views(server)) - FOR_ALL):
                columns = server.rows(
                    None, "SELECT quote_ident(column_name) FROM information_schema.columns "
                    f"WHERE table_name = '{view}'",
                )  # fmt: skip
                for (column,) in columns:
                    link.execute(f"SELECT 1 FROM {view} WHERE pg_temp.tell({column}::text)")
    finally:
        server.do(f"REVOKE TEMPORARY ON DATABASE {name} FROM {WORKS}")
    assert any("OWN" in text for text in heard)
    assert not [text for text in heard if "SECRET" in text or "mill" in text]


def _all_of(link: psycopg.Connection, statement: str) -> Iterator[str]:
    """Give all that comes back: rows of each statement, or what is refused."""
    try:
        if statement.startswith("COPY"):
            with link.cursor().copy(statement) as stream:
                yield from (bytes(part).decode() for part in stream)
            return
        with link.cursor() as cursor:
            cursor.execute(statement)
            while True:
                if cursor.description:
                    yield from map(str, cursor.fetchall())
                if not cursor.nextset():
                    return
    except psycopg.Error as error:
        yield str(error)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (x int)",
        "CREATE TEMPORARY TABLE mine (x int)",
        "CREATE VIEW mine AS SELECT * FROM entry",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE VIEW entry_view AS SELECT 1 AS entry",
        "ALTER VIEW entry_view SET (security_invoker = true)",
        "DROP VIEW run_view",
        "CREATE POLICY mine ON entry USING (true)",
        "ALTER TABLE entry DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE entry DISABLE TRIGGER ALL",
        "CREATE ROLE mine",
        "ALTER ROLE {0} BYPASSRLS",
        "DELETE FROM run_view",
        "UPDATE indicator SET code = 'x'",
        "INSERT INTO access_grant VALUES (99, '{0}', 'auditor', NULL, 'now', 'me')",
        "SELECT carbonledger_turn()",
        "LOCK TABLE batch IN ACCESS EXCLUSIVE MODE",
        "SET session_replication_role = replica",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    ],
)
@pytest.mark.parametrize("login", [WORKS, PARK], ids=["works", "park"])
def test_who_reads_makes_and_changes_nothing(server: Server, login: str, statement: str) -> None:
    with server.link(login) as link, pytest.raises(psycopg.Error):
        link.execute(statement.format(login))


def test_who_reads_has_no_right_to_hand_on(server: Server) -> None:
    given = (
        "SELECT grantee FROM information_schema.role_table_grants WHERE table_name = 'entry_view'"
    )
    before = server.rows(None, given)
    with server.link(WORKS) as link:
        # The server passes over a right that is not there to give, with a warning.
        link.execute("GRANT SELECT ON entry_view TO PUBLIC")
    assert server.rows(None, given) == before


def test_auditors_and_members_ask_all_questions_that_auditors_ask(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """They rest on views alone; a member is answered from its own rows."""
    told: dict[str, str] = {}
    for login in (PARK, WORKS):
        for question in questions():
            argv = ["--db", server.as_login(login), "--json", "audit", "ask", question.name]
            assert run(argv) == 0, question.name
            told[login] = told.get(login, "") + capsys.readouterr().out
    assert "SECRET" in told[PARK]
    assert "OWN" in told[WORKS]
    assert "SECRET" not in told[WORKS]


def test_a_command_that_reads_tables_says_whom_to_ask(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    for argv in (["status"], ["verify"], ["log"], ["grants"], ["init"]):
        assert run(["--db", server.as_login(PARK), "--json", *argv]) == 1
        error = json.loads(capsys.readouterr().out)["error"]
        assert error["code"] == "ledger-read-only", argv
        assert "ask who runs the database" in error["hint"]


def test_an_administrator_in_the_role_of_a_member_sees_what_the_member_sees(server: Server) -> None:
    with server.link() as link:
        link.execute(f"SET ROLE {WORKS}")
        found = link.execute("SELECT DISTINCT document FROM entry_view ORDER BY 1").fetchall()
    assert found == [("OWN.csv",), ("both.csv",), (None,)]


def test_a_right_given_by_hand_to_a_login_that_is_not_granted_shows_no_rows(server: Server) -> None:
    stranger = f"stranger_{WORKS}"
    with server.link() as link:
        link.execute(f"CREATE ROLE {stranger} LOGIN")
        link.execute(f"GRANT SELECT ON entry_view, batch_view, entry TO {stranger}")
    try:
        for view in ("entry_view", "batch_view", "entry"):
            assert server.rows(stranger, f"SELECT count(*) FROM {view}") == [(0,)]
    finally:
        with server.link() as link:
            link.execute(f"DROP OWNED BY {stranger}")
            link.execute(f"DROP ROLE {stranger}")


def test_every_table_of_figures_has_a_rule_for_its_rows(server: Server) -> None:
    ruled = {name for (name,) in server.rows(
        None, "SELECT c.relname FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid "
        "WHERE c.relrowsecurity AND p.polname = 'seen'"
    )}  # fmt: skip
    assert set(metadata.tables) - ruled == {"data_dictionary", *PUBLISHED}


def test_the_importer_sees_no_result(server: Server) -> None:
    for table in ("run", "emission_line_row", "indicator_row", "access_grant", "entry_view"):
        with server.link(GATE) as link, pytest.raises(psycopg.Error) as refused:
            link.execute(f"SELECT 1 FROM {table}")
        assert refused.value.sqlstate == "42501", table
