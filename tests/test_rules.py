"""The promises of the ledger, each with a test that tries to break it, on both databases.

docs/rules.md lists them with the tests that hold them in detail; here each stands once, as a user
would put it to the proof.
"""

import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import access_case
import pytest
import sqlalchemy as sa
import tamper_kit
from ingest_kit import NOW, Books, Meter, kwh
from postgresql_server import copy_of

from carbonledger.errors import CarbonLedgerError, ImportRefused, PeriodClosed
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.connect import Ledger, location, open_ledger
from carbonledger.ledger.schema import batch, entry, metadata
from carbonledger.meters.estimates import Asked, estimate
from carbonledger.meters.events import declare_event
from carbonledger.resources import folder
from carbonledger.run.closing import close
from carbonledger.run.publishing import publish_pack
from carbonledger.run.setup import load_pack
from carbonledger.site.service import apply

pytestmark = pytest.mark.both_databases
DOCS = Path(__file__).resolve().parent.parent / "docs"
TABLES = sorted(set(metadata.tables) - {"data_dictionary"})
FILE = """
meter,time,value
M-1,2024-03-01 00:00,1
M-1,2024-03-01 06:00,2
M-1,2024-03-01 12:00,3
M-1,2024-03-01 18:00,4
"""
WRONG = FILE.replace("12:00,3", "12:00,30")


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("R-1", reads="register", digits=6))


_full: dict[str, Path] = {}


@pytest.fixture
def full(
    database: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """Give a ledger with rows in every table."""
    if database == "postgresql":
        url = copy_of("access", access_case.begin)
    else:
        if database not in _full:
            _full[database] = tmp_path_factory.mktemp("full") / "full.db"
            access_case.begin(location(str(_full[database])))
        path = tmp_path / "full.db"
        path.write_bytes(_full[database].read_bytes())
        url = location(str(path))
    with open_ledger(url, write=True) as ledger:
        with ledger.transaction() as connection:
            connection.exec_driver_sql(
                "INSERT INTO access_grant VALUES (1, 'anna', 'auditor', NULL, 'now', 'me')"
            )
        yield ledger


def dump(ledger: Ledger) -> dict[str, list[Any]]:
    with ledger.read() as connection:
        return {name: list(connection.execute(sa.select(metadata.tables[name]))) for name in TABLES}


def tried(ledger: Ledger, statement: str) -> str:
    """Run a statement as the owner, in a transaction that would be committed; say what it met."""
    with pytest.raises((CarbonLedgerError, sa.exc.SQLAlchemyError)) as refused:
        with ledger.transaction() as connection:
            connection.exec_driver_sql(statement)
    return str(refused.value)


# --- everything that moves a figure is posted -------------------------------------------------------


def test_everything_that_moves_a_figure_is_a_batch_with_actor_time_and_reason(
    books: Books, tmp_path: Path
) -> None:
    """Each deed is one batch, in the log; no figure moves without one."""
    site = tmp_path / "site.toml"
    site.write_text('[site]\ncode = "park"\ntimezone = "Asia/Shanghai"\nregion = "CN-LN"\n'
                    '[account."park/hall"]\nkind = "office"\n', "utf-8")  # fmt: skip
    pack = tmp_path / "pack"
    shutil.copytree(folder("factors") / "cn-grid-2021", pack)
    head = (pack / "pack.toml").read_text("utf-8")
    (pack / "pack.toml").write_text(head.replace('code = "cn-grid"', 'code = "own"'), "utf-8")
    waiting = tmp_path / "waiting"
    shutil.copytree(pack, waiting)
    head = (waiting / "pack.toml").read_text("utf-8")
    (waiting / "pack.toml").write_text(head.replace('code = "own"', 'code = "waiting"'), "utf-8")
    with books.ledger() as ledger:
        load_pack(ledger, waiting, "loader", NOW)
    gap = FILE.replace("M-1,2024-03-01 12:00,3\n", "")
    swap: dict[str, str | None] = {
        "meter": "R-1",
        "kind": "swap",
        "at": "2024-03-01 14:00",
        "old": "5",
        "new": "1",
    }
    asked = Asked("M-1", "2024-03-01", "2024-03-01", "linear")
    deeds: list[tuple[str, Any]] = [
        ("site", lambda ledger: apply(ledger, site, "tester", NOW)),
        ("import", lambda _: books.take(gap)),
        ("estimate", lambda ledger: estimate(ledger, asked, "tester", NOW)),
        ("correction", lambda _: books.take(WRONG, name="w.csv", adjust="misread")),
        ("reversal", lambda _: books.reverse(books.rows("SELECT max(id) FROM batch")[0][0])),
        ("event", lambda ledger: declare_event(ledger, swap, "tester", NOW)),
        ("factors", lambda ledger: load_pack(ledger, pack, "tester", NOW)),
        ("publication", lambda ledger: publish_pack(ledger, "waiting@2021", "", "tester", NOW)),
        ("closing", lambda ledger: close(ledger, "park", "2024-03", None, actor="tester", now=NOW)),
    ]  # fmt: skip
    for kind, deed in deeds:
        before = {name: set(map(tuple, rows)) for name, rows in books.dump().items()}
        with books.ledger() as ledger:
            deed(ledger)
        after = books.dump()
        (made,) = [row for row in after["batch"] if row not in before["batch"]]
        told = dict(zip(batch.columns.keys(), made, strict=True))
        assert (told["kind"], told["actor"], told["posted_at"]) == (kind, "tester", NOW)
        assert told["reason"] or kind in ("import", "closing"), kind
        assert re.fullmatch("[0-9a-f]{64}", told["leaf_hash"])
        for name, rows in after.items():
            place = list(metadata.tables[name].columns.keys())
            new = [row for row in rows if tuple(row) not in before[name]]
            if "batch_id" in place:
                assert {row[place.index("batch_id")] for row in new} <= {told["id"]}, name
            else:
                assert name in ("batch", "data_dictionary") or not new, name


def test_no_row_of_books_without_a_batch(full: Ledger) -> None:
    before = dump(full)
    columns = ", ".join(c.name for c in entry.columns if c.name not in ("id", "batch_id"))
    for number in ("NULL", "4711", "0", "-1"):
        tried(full, f"INSERT INTO entry (id, batch_id, {columns}) "
                    f"SELECT id + 999, {number}, {columns} FROM entry LIMIT 1")  # fmt: skip
    assert dump(full) == before


# --- append-only --------------------------------------------------------------------------------------


def changes(table: str, dialect: str) -> Iterator[str]:
    """Give every way to change or remove rows of a table that a database knows."""
    columns = metadata.tables[table].columns.keys()
    last = columns[-1]
    yield f"UPDATE {table} SET {last} = {last}"
    yield f"UPDATE {table} SET id = id + 100000"
    yield f"DELETE FROM {table}"
    yield f"WITH x AS (SELECT 1) DELETE FROM {table} WHERE id IN (SELECT max(id) FROM {table})"
    yield (
        f"INSERT INTO {table} SELECT * FROM {table} WHERE true "
        f"ON CONFLICT (id) DO UPDATE SET {last} = excluded.{last}"
    )
    if dialect == "sqlite":
        yield f"REPLACE INTO {table} SELECT * FROM {table}"
        yield f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
        yield f"UPDATE OR REPLACE {table} SET id = 1"
        yield f"UPDATE OR IGNORE {table} SET {last} = NULL"
    else:
        yield f"TRUNCATE {table} CASCADE"
        yield f"WITH x AS (DELETE FROM {table} RETURNING *) INSERT INTO {table} SELECT * FROM x"
        yield (
            f"MERGE INTO {table} AS t USING {table} AS s ON t.id = s.id "
            f"WHEN MATCHED THEN UPDATE SET {last} = s.{last}"
        )
        yield f"MERGE INTO {table} AS t USING {table} AS s ON t.id = s.id WHEN MATCHED THEN DELETE"


def test_no_posted_row_is_changed_or_removed_by_any_statement(full: Ledger) -> None:
    before = dump(full)
    assert all(before.values()), [name for name, rows in before.items() if not rows]
    for table in TABLES:
        for statement in changes(table, full.engine.dialect.name):
            told = tried(full, statement)
            # Also where a batch of that number is there, and where a key is, the rule says so first.
            assert "append-only" in told or "closed period" in told, (statement, told)
    assert dump(full) == before


# --- corrections are adjusting entries -----------------------------------------------------------------


def test_a_correction_is_the_difference_and_a_reversal_its_opposite(books: Books) -> None:
    """1 + 2 + 3 + 4 = 10 kWh is read as 37 kWh; put right; the correction is taken back."""
    posted = books.take(WRONG)["batch"]
    first = books.rows("SELECT * FROM entry ORDER BY id")
    corrected = books.take(FILE, name="right.csv", adjust="12:00 was misread")["batch"]
    assert books.rows("SELECT * FROM entry ORDER BY id")[: len(first)] == first
    assert books.rows(
        "SELECT kind, quantity_micro, corrects, reason FROM entry_view WHERE batch = ?", corrected
    ) == [("adjustment", -27_000_000, first[0][0], "12:00 was misread")]
    assert books.sum() == kwh("10")
    books.reverse(corrected)
    assert books.sum() == kwh("37")
    # As of each batch it is the same sum over the batches up to it: nothing is filtered or rebuilt.
    as_of = "SELECT sum(quantity_micro) FROM entry_view WHERE batch <= ?"
    found = [books.rows(as_of, number)[0][0] for number in range(posted, corrected + 2)]
    assert found == [37_000_000, 10_000_000, 37_000_000]
    assert books.values() == [1, 2, 30, 4]


@pytest.mark.parametrize("reason", ["", " \t"])
def test_an_adjustment_without_a_reason_is_none(books: Books, reason: str) -> None:
    books.take(WRONG)
    assert books.refused(FILE, name="right.csv", adjust=reason).code == "reason"


# --- importing twice changes nothing -------------------------------------------------------------------


def test_importing_twice_changes_nothing(books: Books) -> None:
    books.take(FILE)
    before = books.dump()
    assert books.take(FILE, name="again.csv")["posted_before"] is True
    # Other bytes, other order, the same values.
    turned = "meter,time,value\n" + "".join(
        reversed(FILE.split("value\n")[1].splitlines(keepends=True))
    )
    again = books.take(turned.replace(",1\n", ",1.00\n"), name="turned.csv")
    assert (again["readings"], again["skipped"], again["entries"]) == (0, 4, 0)
    assert books.dump()["entry"] == before["entry"]
    refused = books.refused(WRONG, name="other.csv")
    assert [fault.text for fault in refused.problems] == ["30"]
    assert books.sum() == kwh("10")


# --- nothing is dropped --------------------------------------------------------------------------------


def test_every_row_of_a_file_is_posted_skipped_or_kept_with_its_reason(books: Books) -> None:
    bad = FILE + "M-1,2024-03-02 00:00,x\nM-9,2024-03-02 00:00,1\nM-1,2024-02-30 00:00,1\n"
    refused = books.refused(bad)
    assert isinstance(refused, ImportRefused)
    assert [fault.line for fault in refused.problems] == [6, 7, 8]
    written = (books.folder / "rejects.csv").read_text("utf-8")
    assert all(text in written for text in ("x", "M-9", "2024-02-30"))

    taken = books.take(bad, accept_rejects=True)
    assert taken["rows"] == taken["readings"] + taken["skipped"] + taken["rejected"] == 7
    kept = books.rows("SELECT line, text, reason FROM reject_view ORDER BY line")
    assert [line for line, _, _ in kept] == [6, 7, 8]
    assert all(text and reason for _, text, reason in kept)


def test_a_gap_stays_a_gap_until_an_estimate_is_posted_as_one(books: Books) -> None:
    books.take(FILE.replace("M-1,2024-03-01 12:00,3\n", "M-1,2024-03-01 12:00,\n"))
    assert books.values() == [1, 2, None, 4]
    with books.ledger() as ledger:
        estimate(ledger, Asked("M-1", "2024-03-01", "2024-03-01", "linear"), "tester", NOW)
    assert books.values() == [1, 2, 3, 4]
    assert books.rows("SELECT kind, quality FROM entry_view ORDER BY entry DESC LIMIT 1") == [
        ("estimate", "estimated")
    ]


# --- tamper evidence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE entry SET quantity = quantity + 1 WHERE id = 1",
        "UPDATE entry SET line_first = line_first + 1 WHERE id = 1",
        "UPDATE batch SET actor = 'somebody else' WHERE id = 2",
        "UPDATE account_revision SET region = 'CN-BJ' WHERE region IS NOT NULL",
        "UPDATE factor SET value = '0.1' WHERE id = 1",
    ],
)
def test_who_drops_the_triggers_and_changes_one_thing_is_found(
    forged: str, database: str, tmp_path: Path
) -> None:
    ledger = tamper_kit.books(database, tmp_path)
    assert ledger.verify()["ok"] is True
    ledger.forge(forged)
    found = ledger.verify()
    assert found["ok"] is False
    assert found["first"]["batch"] > 0


# --- closed periods ------------------------------------------------------------------------------------


def test_a_closed_period_takes_nothing_without_a_reason(books: Books) -> None:
    books.take(FILE)
    with books.ledger() as ledger:
        close(ledger, "park", "2024-03", None, actor="tester", now=NOW)
    later = FILE.replace("2024-03-01", "2024-03-02")
    assert isinstance(books.refused(later, name="later.csv"), PeriodClosed)
    assert isinstance(books.refused(WRONG, name="w.csv", adjust="why"), PeriodClosed)
    # Nor does the database take it from somebody who does not use the program.
    columns = ", ".join(c.name for c in entry.columns if c.name not in ("id", "batch_id"))
    with books.ledger() as ledger:
        told = tried(ledger, f"INSERT INTO entry (id, batch_id, {columns}) SELECT id + 99, "
                             f"(SELECT max(id) + 1 FROM batch), {columns} FROM entry")  # fmt: skip
        assert "closed period" in told
    books.take(later, name="later.csv", restate="the file of 2 March came late")
    assert books.sum() == kwh("20")
    assert books.rows("SELECT reason, quantity_before, quantity_after FROM restatement_view") == [
        ("the file of 2 March came late", 10, 20)
    ]


# --- exact books ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", ["1.5x", "", "1e3.", 2**63, -(2**63) - 1])
def test_a_quantity_that_is_no_integer_of_64_bits_is_refused(books: Books, quantity: Any) -> None:
    books.take(FILE)
    before = books.dump()
    (row,) = before["entry"]
    values = dict(zip(entry.columns.keys(), row, strict=True)) | {"quantity": quantity}
    del values["id"], values["batch_id"]
    with books.ledger() as ledger, pytest.raises((CarbonLedgerError, sa.exc.SQLAlchemyError)):
        with ledger.transaction() as connection:
            with posting(connection, Header("import", "tester", NOW)) as post:
                post.insert(entry, **values)
    assert books.dump() == before


def test_a_total_is_the_sum_of_its_lines_to_the_last_digit(books: Books) -> None:
    """0.1 a million times would be 100000.00000133288 in floating point."""
    values = [
        f"M-1,2024-03-{1 + n // 96:02} {n // 4 % 24:02}:{n % 4 * 15:02},0.1" for n in range(2880)
    ]
    books.take("meter,time,value\n" + "\n".join(values))
    assert books.sum() == Decimal(288)
    ((total,),) = books.rows("SELECT sum(quantity_micro) FROM entry_view")
    assert total == 288_000_000
    books.reverse(books.rows("SELECT max(id) FROM batch")[0][0])
    assert books.sum() == 0


# --- the list itself -----------------------------------------------------------------------------------


def test_the_page_of_rules_names_tests_that_are_there() -> None:
    page = (DOCS / "rules.md").read_text("utf-8")
    tests = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", page)
    functions = {name for name in named if f"def {name}(" in tests}
    files = {name for name in named if (Path(__file__).parent / f"{name}.py").is_file()}
    assert set(named) - functions - files == set()
    mine = re.findall(r"^def (test_\w+)\(", Path(__file__).read_text("utf-8"), re.MULTILINE)
    assert set(mine) - functions == {"test_the_page_of_rules_names_tests_that_are_there"}
