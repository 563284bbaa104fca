"""Verification finds what somebody with the rights to the file has changed, and names the batch."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from ledger_case import NOW, Case, day_entry, days, header, park, post, restated_run

from carbonledger.ledger import schema
from carbonledger.ledger.book import Header, Posting, posting
from carbonledger.ledger.canon import POSTED
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.ledger.difference import Difference
from carbonledger.ledger.documents import keep_document
from carbonledger.ledger.schema import (
    document,
    entry,
    expectation,
    finding,
    meter_event,
    reject,
    restated_figure,
    restatement,
)
from carbonledger.ledger.verify import verify_batches

Problems = list[tuple[str, int]]


@contextmanager
def books(url: str) -> Iterator[tuple[Case, int]]:
    """Give a ledger that has a row in every table; the last batch holds two days of two meters."""
    with park(url) as case:
        with case.ledger.transaction() as connection, posting(connection, header("event")) as made:
            restated_run(made)
            made.insert(meter_event, meter_id=1, at_utc=5, kind="swap", old_reading="9.5",
                        new_reading="0", note="old")  # fmt: skip
            made.insert(reject, line=7, column_name="value", text="x", reason="no number")
            made.insert(finding, meter_id=1, kind="spike", severity="warning", start_utc=5,
                        end_utc=9, first_day=19700101, last_day=19700101, count=1, value="9",
                        expected="1", unit="kWh", parameters="{}", text_en="high", text_zh="高",
                        line_first=7, line_last=7)  # fmt: skip
            restated(made)
        published(case)
        first = post(case, *days(case, "M-1", "2024-03-01", ["1", "2"], ["4", None]), name="a.csv")
        yield case, first + 1
        assert post(case, *days(case, "M-2", "2024-03-01", ["8", "8"]), name="b.csv") == first + 1


def restated(made: Posting) -> None:
    """Post what is expected, and a year that was closed and restated long ago."""
    made.insert(expectation, code="power", meter_id=1, frequency="month", since=20240101, due_days=9,
                owner="grid", whole=1, withdrawn=0)  # fmt: skip
    closed = made.insert(schema.closing, account_id=1, period="1999", first_day=19990101,
                         last_day=19991231, start_utc=915120000, end_utc=946656000)  # fmt: skip
    again = made.insert(restatement, closing_id=closed, reason="a bill was found")
    made.insert(restated_figure, restatement_id=again, from_account_id=1, to_account_id=2,
                commodity_id=1, month=199903, quantity_before=1, quantity_after=2)  # fmt: skip


def published(case: Case) -> None:
    """Post a pack of the user's own, published by another than the one who loaded it."""
    with case.ledger.transaction() as connection, posting(connection, header("factors")) as made:
        pack = made.insert(
            schema.factor_pack, code="own", edition="1", publisher="works", title="Own",
            document="report 7", licence="own", confidence="primary", content_hash="0" * 64,
            standing="held",
        )  # fmt: skip
    other = Header("publication", "another", NOW)
    with case.ledger.transaction() as connection, posting(connection, other) as made:
        made.insert(schema.publication, pack_id=pack, content_hash="0" * 64)


def problems(ledger: Ledger) -> Problems:
    with ledger.read() as connection:
        _, _, found = verify_batches(connection, ledger.documents)
    return [(one.what, one.batch) for one in found]


@contextmanager
def tampering(url: str) -> Iterator[sqlite3.Connection]:
    """Open the file as a stranger who may write to it: without triggers, for the time being."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as stranger:
        triggers = stranger.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        kept = triggers.fetchall()
        for name, _ in kept:
            stranger.execute(f"DROP TRIGGER {name}")
        stranger.execute("PRAGMA foreign_keys = OFF")
        yield stranger
        for _, sql in kept:
            stranger.execute(sql)
        stranger.commit()


def found_after(url: str, *statements: str) -> Problems:
    with books(url):
        pass
    with tampering(url) as stranger:
        for statement in statements:
            assert stranger.execute(statement).rowcount != 0, statement
    with open_ledger(url) as ledger:
        return problems(ledger)


def last(url: str) -> int:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as reader:
        return int(reader.execute("SELECT max(id) FROM batch").fetchone()[0])


def test_a_ledger_as_it_was_posted_is_in_order(fresh_ledger: str) -> None:
    assert found_after(fresh_ledger) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET profile = '[1,3]' WHERE profile = '[1,2]'",
        "UPDATE entry SET quantity = quantity + 1 WHERE quantity = 3000000",
        "UPDATE entry SET line_first = 3 WHERE quantity = 3000000",
        "DELETE FROM entry WHERE id = 2",
        (
            "INSERT INTO entry SELECT 99, batch_id, kind, meter_id, from_account_id, "
            "to_account_id, commodity_id, start_utc, end_utc, first_day, last_day, 1, '1', "
            "recorded_unit, interval_s, profile, scale_num, scale_den, register_start, "
            "register_end, quality, document_no, note, line_first, line_last, corrects_id "
            "FROM entry WHERE id = 1"
        ),
        "UPDATE document SET sha256 = upper(sha256) WHERE name = 'a.csv'",
        "UPDATE document SET name = 'c.csv' WHERE name = 'a.csv'",
    ],
)
def test_what_was_changed_in_a_batch_is_found_and_named(statement: str, fresh_ledger: str) -> None:
    found = found_after(fresh_ledger, statement)
    assert found == [("content", last(fresh_ledger) - 1)]


def test_a_changed_factor_is_found(fresh_ledger: str) -> None:
    found = found_after(fresh_ledger, "UPDATE factor SET value = '0.1' WHERE id = 1")
    with closing(sqlite3.connect(fresh_ledger.removeprefix("sqlite:///"))) as reader:
        (pack,) = reader.execute("SELECT batch_id FROM factor WHERE id = 1").fetchone()
    assert found == [("content", pack)]


def test_a_changed_header_is_found(fresh_ledger: str) -> None:
    found = found_after(
        fresh_ledger,
        "UPDATE batch SET actor = 'somebody else' WHERE id = (SELECT max(id) FROM batch)",
    )
    assert found == [("header", last(fresh_ledger))]


def test_a_header_with_a_hash_made_up_for_other_rows_is_found(fresh_ledger: str) -> None:
    """Whoever changes rows and content hash must change the leaf, and so the root of the log."""
    made_up = hashlib.sha256(b"made up").hexdigest()
    found = found_after(
        fresh_ledger,
        "UPDATE entry SET quantity = 5 WHERE quantity = 3000000",
        f"UPDATE batch SET content_hash = '{made_up}' WHERE id = (SELECT max(id) - 1 FROM batch)",
    )
    number = last(fresh_ledger) - 1
    assert found == [("content", number), ("header", number)]


def test_a_deleted_batch_is_missing(fresh_ledger: str) -> None:
    found = found_after(
        fresh_ledger,
        "DELETE FROM entry WHERE batch_id = (SELECT max(id) - 1 FROM batch)",
        "DELETE FROM document WHERE batch_id = (SELECT max(id) - 1 FROM batch)",
        "DELETE FROM batch WHERE id = (SELECT max(id) - 1 FROM batch)",
    )
    assert found == [("order", last(fresh_ledger) - 1)]


def test_each_of_several_deleted_batches_is_named_once(fresh_ledger: str) -> None:
    found = found_after(fresh_ledger, "DELETE FROM batch WHERE id IN (2, 3, 5)")
    assert [one for one in found if one[0] == "order"] == [("order", 2), ("order", 3), ("order", 5)]
    assert [one for one in found if one[0] == "orphan"] == [
        ("orphan", 2), ("orphan", 3), ("orphan", 5),
    ]  # fmt: skip


def test_a_batch_without_its_header_leaves_orphans(fresh_ledger: str) -> None:
    found = found_after(fresh_ledger, "DELETE FROM batch WHERE id = (SELECT max(id) FROM batch)")
    assert ("orphan", last(fresh_ledger) + 1) in found


def test_two_batches_that_changed_places_are_found(fresh_ledger: str) -> None:
    with books(fresh_ledger):
        pass
    top = last(fresh_ledger)
    with tampering(fresh_ledger) as stranger:
        for table in ("batch", *(table.name for table in POSTED)):
            column = "id" if table == "batch" else "batch_id"
            for old, new in ((top, -1), (top - 1, top), (-1, top - 1)):
                stranger.execute(f"UPDATE {table} SET {column} = {new} WHERE {column} = {old}")
    with open_ledger(fresh_ledger) as ledger:
        found = problems(ledger)
    assert {("content", top), ("content", top - 1), ("header", top), ("header", top - 1)} <= set(
        found
    )


def test_a_document_that_is_gone_is_missed_by_its_batch(fresh_ledger: str) -> None:
    found = found_after(fresh_ledger, "DELETE FROM document WHERE name = 'a.csv'")
    number = last(fresh_ledger) - 1
    assert sorted(found) == [("content", number), ("document", number)]


def change(connection: sa.Connection, table: sa.Table, column: sa.Column[object]) -> int:
    """Change one column of the last row of a table; return the batch of the row."""
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    connection.exec_driver_sql("BEGIN")
    for name in connection.exec_driver_sql(triggers).scalars().all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    row, number = connection.exec_driver_sql(
        f"SELECT id, batch_id FROM {table.name} ORDER BY id DESC LIMIT 1"
    ).one()
    empty, more = ("''", "|| 'x'") if isinstance(column.type, sa.Text) else ("0", "+ 1000")
    connection.exec_driver_sql(
        f"UPDATE {table.name} SET {column.name} = coalesce({column.name}, {empty}) {more} "
        f"WHERE id = {row}"
    )
    return int(number)


@pytest.mark.parametrize("table", POSTED, ids=lambda table: table.name)
def test_every_column_of_every_row_counts(table: sa.Table, fresh_ledger: str) -> None:
    """Each column is changed in a transaction of its own, which is then given up."""
    unnoticed = []
    with books(fresh_ledger) as (case, _):
        for column in table.columns:
            with case.ledger.engine.connect() as connection:
                number = change(connection, table, column)
                found = verify_batches(connection)[2]
                if ("content", number) not in [(one.what, one.batch) for one in found]:
                    unnoticed.append(column.name)
                connection.rollback()
        assert unnoticed == []
        assert problems(case.ledger) == [], "all was given up again"


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("DROP TRIGGER entry_no_update", "the trigger entry_no_update is missing"),
        ("DROP VIEW waste_record", "the view waste_record is missing"),
        (
            "CREATE TRIGGER mine AFTER INSERT ON entry BEGIN SELECT 1; END",
            "the trigger mine does not belong to the program",
        ),
        ("DROP INDEX ix_entry_sums", "the index ix_entry_sums is missing"),
    ],
)
def test_what_guards_and_shows_the_rows_is_checked_too(
    statement: str, detail: str, fresh_ledger: str
) -> None:
    with closing(sqlite3.connect(fresh_ledger.removeprefix("sqlite:///"))) as stranger:
        stranger.execute(statement)
        stranger.commit()
    with open_ledger(fresh_ledger) as ledger, ledger.read() as connection:
        assert verify_batches(connection)[2] == [Difference("schema", 0, detail)]


def test_a_view_that_lies_is_found(fresh_ledger: str) -> None:
    with closing(sqlite3.connect(fresh_ledger.removeprefix("sqlite:///"))) as stranger:
        (sql,) = stranger.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'waste_record'"
        ).fetchone()
        stranger.execute("DROP VIEW waste_record")
        stranger.execute(f"{sql} AND quantity < 100")
        stranger.commit()
    with open_ledger(fresh_ledger) as ledger, ledger.read() as connection:
        assert [one.detail for one in verify_batches(connection)[2]] == [
            "the view waste_record is not the one that the program makes"
        ]


def test_views_and_tables_of_the_user_do_no_harm(fresh_ledger: str) -> None:
    with closing(sqlite3.connect(fresh_ledger.removeprefix("sqlite:///"))) as user:
        user.execute("CREATE VIEW my_waste AS SELECT * FROM waste_record")
        user.execute("CREATE TABLE my_notes (text)")
        user.execute("CREATE INDEX my_index ON entry (quality)")
        user.commit()
    with open_ledger(fresh_ledger) as ledger:
        assert problems(ledger) == []


def kept(case: Case, name: str, data: bytes) -> Path:
    """Post a batch that rests on a kept document; return where its bytes are kept."""
    with case.ledger.transaction() as connection, posting(connection, header()) as made:
        source = keep_document(case.ledger, Path(name), data)
        made.attach(source)
        made.insert(entry, **day_entry(connection, "M-1", "2024-05-01", ["1"]))
    folder = case.ledger.documents
    assert folder is not None
    return folder / f"{source.sha256}.zst"


def test_kept_documents_are_hashed_again(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        place = kept(case, "site.toml", b"a" * 3_000_000)
        number = last(fresh_ledger)
        assert problems(case.ledger) == []
        place.write_bytes(pa.Codec("zstd").compress(b"a" * 2_999_999 + b"b", asbytes=True))
        assert problems(case.ledger) == [("document", number)]
        place.write_bytes(b"no frame of zstd")
        assert problems(case.ledger) == [("document", number)]
        place.unlink()
        assert problems(case.ledger) == [("document", number)]
        place.parent.rmdir()
        assert problems(case.ledger) == [], "a copy of the ledger alone is no sign of tampering"


def test_documents_kept_in_blocks_or_as_they_came_are_hashed_whole(fresh_ledger: str) -> None:
    blocks = [b"1,2\n" * 300_000, b"3,4\n" * 300_000]
    packed = b"\x1f\x8b a file that was compressed already"
    with park(fresh_ledger) as case:
        folder = case.ledger.documents
        assert folder is not None
        folder.mkdir()
        for data, frames, ending in (
            (b"".join(blocks), [pa.Codec("zstd").compress(b, asbytes=True) for b in blocks], "zst"),
            (packed, [packed], "gz"),
        ):
            digest = hashlib.sha256(data).hexdigest()
            (folder / f"{digest}.{ending}").write_bytes(b"".join(frames))
            with case.ledger.transaction() as connection, posting(connection, header()) as made:
                made.insert(document, sha256=digest, name="x", bytes=len(data), media="csv", kept=1)
        assert problems(case.ledger) == []
