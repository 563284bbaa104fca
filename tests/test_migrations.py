"""The ledger as the migrations make it: what the models say, append-only, described."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from carbonledger.ledger import dictionary
from carbonledger.ledger.book import Header, SourceDocument, posting
from carbonledger.ledger.connect import HEAD, create, location, open_ledger
from carbonledger.ledger.schema import finding, metadata, meter_event
from carbonledger.ledger.state import MeterEvent, read_state
from carbonledger.ledger.verify import verify_batches
from carbonledger.resources import folder

NOW = "2025-01-02T00:00:00Z"
GOLDEN = Path(__file__).resolve().parent / "golden"
DOCS = Path(__file__).resolve().parent.parent / "docs"
# Written by the program itself: the version of the schema, and what its columns mean.
REWRITTEN = {"data_dictionary", "alembic_version"}
POSTED = sorted(set(metadata.tables) - REWRITTEN)


@pytest.fixture
def database(fresh_ledger: str) -> Iterator[sqlite3.Connection]:
    """Give a plain connection, as any program could open one; it may write."""
    with closing(sqlite3.connect(fresh_ledger.removeprefix("sqlite:///"))) as connection:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = OFF")
        yield connection


def rows(database: sqlite3.Connection, sql: str) -> list[tuple[object, ...]]:
    return database.execute(sql).fetchall()


def test_the_program_asks_for_the_last_revision_and_there_is_one_line_of_them() -> None:
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [HEAD]
    numbers = [revision.revision for revision in script.walk_revisions()]
    assert numbers == [f"{n:04d}" for n in range(len(numbers), 0, -1)]
    files = {path.name for path in (folder("migrations") / "versions").glob("*.py")}
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in files)


def test_the_models_are_what_the_migrations_make(fresh_ledger: str) -> None:
    with open_ledger(fresh_ledger) as ledger, ledger.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_checks_are_those_of_the_models(database: sqlite3.Connection) -> None:
    """Alembic's comparison does not see a changed CHECK."""
    for table in metadata.tables.values():
        sql = str(rows(database, f"SELECT sql FROM sqlite_master WHERE name = '{table.name}'")[0])
        checks = [c for c in table.constraints if isinstance(c, sa.CheckConstraint)]
        assert sql.count(" CHECK (") == len(checks), table.name
        for check in checks:
            escaped = str(check.sqltext).replace("'", "\\'")
            assert escaped in sql or str(check.sqltext) in sql, (table.name, check.name)


def test_the_schema_is_the_one_on_record(
    database: sqlite3.Connection, golden: Callable[[str, str], None]
) -> None:
    found = rows(
        database,
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name",
    )
    golden("schema.sql", "".join(f"{sql};\n\n" for (sql,) in found))


def test_every_table_is_strict(database: sqlite3.Connection) -> None:
    found = rows(database, "SELECT name, strict FROM pragma_table_list WHERE type = 'table'")
    tables = {name: strict for name, strict in found if not str(name).startswith("sqlite_")}
    assert set(tables) == set(metadata.tables) | {"alembic_version"}
    # Alembic makes its own table of one row, a text.
    assert {name for name, strict in tables.items() if not strict} == {"alembic_version"}


def test_a_strict_table_takes_no_fraction_for_a_quantity(database: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="cannot store REAL value in INTEGER column"):
        database.execute("INSERT INTO account (id, batch_id, code, outside) VALUES (9, 9, 'x', .5)")


def sample(database: sqlite3.Connection, table: str) -> dict[str, object]:
    """Post one row that the table takes, and return it."""
    made: dict[str, object] = {
        column.name: f"some {column.name}" if isinstance(column.type, sa.Text) else 900
        for column in metadata.tables[table].columns
    }
    made |= {"outside": 1, "to_account_id": 901} if table in {"account", "entry"} else {}
    made |= {name: 1 for name in ("withdrawn", "whole", "significant") if name in made}
    for check in metadata.tables[table].constraints:
        listed = re.match(r"(\w+) IN \('(\w+)'", str(getattr(check, "sqltext", "")))
        if listed:
            made[listed[1]] = listed[2]
    if table == "batch":
        made["id"] = rows(database, "SELECT max(id) + 1 FROM batch")[0][0]
    made = {name: made[name] for name in metadata.tables[table].columns.keys()}  # noqa: SIM118
    names, marks = ", ".join(made), ", ".join("?" * len(made))
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(made.values()))
    return made


@pytest.mark.parametrize("table", POSTED)
def test_what_is_posted_can_be_neither_changed_nor_deleted(
    table: str, database: sqlite3.Connection
) -> None:
    row = sample(database, table)
    before = rows(database, f"SELECT * FROM {table}")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute(f"DELETE FROM {table}")
    for column in row:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(f"UPDATE {table} SET {column} = {column}")
    assert rows(database, f"SELECT * FROM {table}") == before


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO {}",
        "REPLACE INTO {}",
        "INSERT OR IGNORE INTO {}",
        "INSERT INTO {} ON CONFLICT DO UPDATE SET id = excluded.id",
    ],
)
@pytest.mark.parametrize("table", POSTED)
def test_what_is_posted_cannot_be_replaced(
    table: str, statement: str, database: sqlite3.Connection
) -> None:
    """By its number, nor by any other set of columns that names a row."""
    row = sample(database, table)
    before = rows(database, f"SELECT * FROM {table}")
    unique = [
        {column.name for column in constraint.columns}
        for constraint in metadata.tables[table].constraints
        if isinstance(constraint, sa.UniqueConstraint)
    ]
    for kept in ({"id"}, *unique):
        other = {
            name: value if name in kept or not isinstance(value, int) else value + 1
            for name, value in row.items()
        }
        if table == "batch":
            other = row
        names, marks = ", ".join(other), ", ".join("?" * len(other))
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(
                statement.format(f"{table} ({names}) VALUES ({marks})"), [*other.values()]
            )
    assert rows(database, f"SELECT * FROM {table}") == before


def test_nothing_joins_a_sealed_batch(database: sqlite3.Connection) -> None:
    (sealed,) = rows(database, "SELECT max(id) FROM batch")[0]
    with pytest.raises(sqlite3.IntegrityError, match="append-only: this batch is sealed"):
        database.execute("INSERT INTO account VALUES (900, ?, 'late', 0)", [sealed])


def test_batches_are_numbered_without_gaps(database: sqlite3.Connection) -> None:
    names = ", ".join(metadata.tables["batch"].columns.keys()[1:])
    last = "FROM batch ORDER BY id DESC LIMIT 1"
    with pytest.raises(sqlite3.IntegrityError, match="append-only: batches are numbered"):
        database.execute(f"INSERT INTO batch SELECT id + 2, {names} {last}")
    database.execute(f"INSERT INTO batch SELECT id + 1, {names} {last}")


def test_every_table_and_column_says_what_it_is() -> None:
    silent = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if not (column.comment or "").strip()
    ]
    silent += [
        table.name for table in metadata.tables.values() if not (table.comment or "").strip()
    ]
    assert silent == []


def test_the_dictionary_in_the_ledger_knows_every_column_there_is(
    database: sqlite3.Connection,
) -> None:
    objects = rows(
        database,
        "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') "
        "AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'",
    )
    there = {(name, "", kind) for name, kind in objects} | {
        (name, column, kind)
        for name, kind in objects
        for (column,) in rows(database, f"SELECT name FROM pragma_table_info('{name}')")
    }
    assert there == set(rows(database, "SELECT object, column_name, kind FROM data_dictionary"))
    views = rows(database, "SELECT text_en, text_zh FROM data_dictionary WHERE kind = 'view'")
    assert all(en and re.search("[\u4e00-\u9fff]", str(zh)) for en, zh in views)


def test_the_page_of_the_data_dictionary_is_what_the_schema_says(fresh_ledger: str) -> None:
    with open_ledger(fresh_ledger) as ledger, ledger.read() as connection:
        page = dictionary.page(connection)
    assert (DOCS / "data-dictionary.md").read_text("utf-8") == page, (
        "write it anew: python -m carbonledger.ledger.dictionary > docs/data-dictionary.md"
    )


def test_bringing_a_ledger_up_to_date_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a b%c é" / "ledger.db"

    def dump() -> list[str]:
        with closing(sqlite3.connect(path)) as database:
            return list(database.iterdump())

    create(location(str(path)))
    first = dump()
    create(location(str(path)))
    assert dump() == first
    assert sum(line.startswith("CREATE TABLE") for line in first) == len(metadata.tables) + 1


@pytest.fixture
def old_ledger(tmp_path: Path) -> str:
    """Give a ledger as version 0002 of the program left it: register, interval meter, a reversal.

    The rows and their hashes were written by that version, not by this one.
    """
    path = tmp_path / "old.db"
    engine = sa.create_engine(location(str(path)))
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    engine.dispose()
    with closing(sqlite3.connect(path)) as database:
        database.executescript((GOLDEN / "ledger-0002.sql").read_text("utf-8"))
    return location(str(path))


FIGURES = (
    "SELECT entry, batch, meter, start_utc, end_utc, local_day, quantity_micro, recorded_quantity, "
    "register_start, register_end, line_first, corrects FROM entry_view ORDER BY entry",
    "SELECT meter, start_utc, value, batches FROM reading ORDER BY 1, 2",
    "SELECT batch, content_hash, leaf_hash FROM batch_view ORDER BY 1",
    "SELECT meter, at_utc, kind, old_reading, new_reading, note, batch FROM meter_event_view "
    "ORDER BY 2",
    "SELECT * FROM reject_view",
)


def asked(url: str) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        return [rows(database, sql) for sql in FIGURES]


def test_a_filled_ledger_of_before_keeps_every_figure_and_verifies(old_ledger: str) -> None:
    before = asked(old_ledger)
    assert [len(part) for part in before[:5]] == [4, 0, 4, 2, 1]
    create(old_ledger)
    assert asked(old_ledger) == before
    with open_ledger(old_ledger) as ledger, ledger.read() as connection:
        count, root, problems = verify_batches(connection)
        state = read_state(connection)
    assert problems == []
    # As the old version computed it.
    assert (count, root) == (4, "67833d9c6237c9bd263d6e65cdbafe11cc152032c2bc3b040adaef4e0de8b04c")
    (swap,), (calibration,) = state.meters["R-1"].events, state.meters["M-1"].events
    assert swap == MeterEvent(1711765920, "swap", Decimal("1520.5"), Decimal("3.0"), "seal 4711")
    assert calibration == MeterEvent(1704038400, "calibration", note="class 0.5S")


def test_an_event_is_corrected_and_taken_back_by_later_batches(old_ledger: str) -> None:
    """The one of the highest batch holds; the state of before stays what it was."""
    create(old_ledger)
    at = {"meter_id": 1, "at_utc": 1711765920, "kind": "swap"}
    with open_ledger(old_ledger, write=True) as ledger:
        for values in (
            {"old_reading": "1521", "new_reading": "3", "multiplier": "40"},
            {"withdrawn": 1},
            {"old_reading": "1522", "new_reading": "4", "expires_utc": 1800000000},
        ):
            with ledger.transaction() as connection:
                with posting(connection, Header("event", "tester", NOW, "it was misread")) as post:
                    post.insert(meter_event, **at, **values)
        with ledger.read() as connection:
            held = [read_state(connection, batch).meters["R-1"].events for batch in (4, 5, 6, 7)]
            problems = verify_batches(connection)[2]
            seen = connection.exec_driver_sql(
                "SELECT old_reading, expires_utc, batch FROM meter_event_view WHERE meter = 'R-1'"
            ).all()
    assert [[str(event.old) for event in events] for events in held] == [
        ["1520.5"], ["1521"], [], ["1522"],
    ]  # fmt: skip
    assert held[1][0].multiplier == Decimal(40)
    assert held[3][0].expires == 1800000000
    assert [tuple(row) for row in seen] == [("1522", "2027-01-15T08:00:00Z", 7)]
    assert problems == []


@pytest.mark.parametrize("column", ["multiplier", "expires_utc", "withdrawn"])
def test_what_came_later_is_hashed_as_soon_as_it_says_something(
    old_ledger: str, column: str
) -> None:
    create(old_ledger)
    with closing(sqlite3.connect(old_ledger.removeprefix("sqlite:///"))) as database:
        (trigger,) = rows(
            database, "SELECT sql FROM sqlite_master WHERE name = 'meter_event_no_update'"
        )[0]
        database.execute("DROP TRIGGER meter_event_no_update")
        database.execute(f"UPDATE meter_event SET {column} = 1 WHERE id = 2")
        database.execute(str(trigger))
        database.commit()
    with open_ledger(old_ledger) as ledger, ledger.read() as connection:
        found = verify_batches(connection)[2]
    assert [one.detail.partition(";")[0] for one in found] == [
        "the rows of batch 2 are not those that were posted"
    ]


def test_a_finding_is_part_of_its_batch_and_shown_with_its_document(old_ledger: str) -> None:
    create(old_ledger)
    with open_ledger(old_ledger, write=True) as ledger:
        with ledger.transaction() as connection:
            with posting(connection, Header("import", "tester", NOW)) as post:
                post.attach(SourceDocument("ab" * 32, "m.csv", 77, "csv", kept=False))
                post.insert(
                    finding, meter_id=2, kind="spike", severity="warning", start_utc=1711728000,
                    end_utc=1711731600, first_day=20240330, last_day=20240330, count=1,
                    value="99.5", expected="2.25", unit="kWh", parameters="{}", text_en="high",
                    text_zh="偏高", line_first=7, line_last=7,
                )  # fmt: skip
        with ledger.read() as connection:
            seen = connection.exec_driver_sql(
                "SELECT batch, meter, kind, start_utc, local_day, value, expected, unit, document, "
                "line_first FROM finding_view"
            ).one()
            assert verify_batches(connection)[2] == []
    assert tuple(seen) == (5, "M-1", "spike", "2024-03-29T16:00:00Z", "2024-03-30", 99.5, 2.25,
                           "kWh", "m.csv", 7)  # fmt: skip
    with closing(sqlite3.connect(old_ledger.removeprefix("sqlite:///"))) as database:
        database.execute("DROP TRIGGER finding_no_update")
        database.execute("UPDATE finding SET value = '9.95'")
        database.commit()
    with open_ledger(old_ledger) as ledger, ledger.read() as connection:
        details = [one.detail.partition(";")[0] for one in verify_batches(connection)[2]]
    assert "the rows of batch 5 are not those that were posted" in details


def test_a_ledger_is_never_migrated_backwards() -> None:
    texts = [path.read_text("utf-8") for path in (folder("migrations") / "versions").glob("*.py")]
    assert all("a ledger is never migrated backwards" in text for text in texts)
