"""Somebody with write access drops the triggers, changes the books, and makes the triggers again.

Each is found, and named as closely as what is stored allows: the batch, mostly the row.
"""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from cli_plant import SITE
from tamper_kit import LATER, Books, books, rehash

from carbonledger.ledger import schema
from carbonledger.ledger.connect import open_ledger
from carbonledger.ledger.suspects import suspects
from carbonledger.run.setup import load_pack
from carbonledger.run.shipped import shipped

pytestmark = pytest.mark.both_databases
CHECKPOINTS = ("site.checkpoint", "march.checkpoint")


@pytest.fixture
def ledger(database: str, tmp_path: Path) -> Books:
    return books(database, tmp_path)


def first(answer: dict[str, Any]) -> tuple[str, int, str | None, int | None]:
    assert answer["ok"] is False
    found = answer["first"]
    assert found == answer["problems"][0]
    return found["what"], found["batch"], found["table"], found["row"]


def test_the_books_as_they_were_posted_are_in_order(ledger: Books) -> None:
    answer = ledger.verify(*CHECKPOINTS)
    assert (answer["ok"], answer["first"], answer["problems"]) == (True, None, [])
    assert answer["recomputed"] == answer["runs"] == 1
    sizes = [(one["batches"], one["agrees"]) for one in answer["checkpoints"]]
    assert sizes == [(ledger.batch("site.toml"), True), (ledger.batch("corrected.csv"), True)]
    assert answer["batches"] == ledger.batch("later.csv")
    with ledger.forging():
        pass
    assert ledger.verify(*CHECKPOINTS) == answer, "to drop and make the triggers changes nothing"


def test_one_digit_of_one_profile(ledger: Books) -> None:
    row = ledger.number("SELECT min(id) FROM entry WHERE profile LIKE '%%1.25%%'")
    profile = "[1.25" + ",1.25" * 23 + "]"
    ledger.forge(
        f"UPDATE entry SET profile = '{profile.replace('1.25', '1.35', 1)}' WHERE id = {row}"
    )
    answer = ledger.verify()
    assert first(answer) == ("content", ledger.batch("meters.csv"), "entry", row)
    said = answer["first"]["detail"]
    assert f"entry {row} (meter M-001, 2024-03-01): its values add up to 30.1, it says 30" in said


def test_a_quantity_that_its_values_do_not_give(ledger: Books) -> None:
    row = ledger.number("SELECT min(id) FROM entry WHERE profile LIKE '%%0.75%%'")
    ledger.forge(f"UPDATE entry SET quantity = quantity + 1 WHERE id = {row}")
    answer = ledger.verify()
    assert first(answer) == ("content", ledger.batch("meters.csv"), "entry", row)
    assert (
        f"entry {row} (meter M-002, 2024-03-01): its values are 18000000"
        in answer["first"]["detail"]
    )


def test_a_row_that_was_changed_on_all_sides_alike_is_found_and_nobody_accused(
    ledger: Books,
) -> None:
    ledger.forge("UPDATE entry SET line_first = line_first + 1 WHERE profile LIKE '%%1.25%%'")
    answer = ledger.verify()
    assert first(answer) == ("content", ledger.batch("meters.csv"), None, None)
    assert answer["first"]["detail"].endswith(
        "which of them, in document, entry, finding, cannot be told from what is stored"
    )


def test_a_batch_that_was_deleted(ledger: Books) -> None:
    number = ledger.batch("records.csv")
    ledger.forge(*(f"DELETE FROM {table} WHERE batch_id = {number}" for table in ("entry", "document")),
                 f"DELETE FROM batch WHERE id = {number}")  # fmt: skip
    assert first(ledger.verify()) == ("order", number, None, None)
    noted = [p for p in ledger.verify(*CHECKPOINTS)["problems"] if p["what"] == "checkpoint"]
    assert [(p["batch"], p["detail"].endswith(f"batch {number} is not there")) for p in noted] == [
        (number, True)
    ]


def test_two_batches_that_changed_places(ledger: Books) -> None:
    one, two = ledger.batch("meters.csv"), ledger.batch("records.csv")
    tables = [("batch", "id"), *((table, "batch_id") for table in ("entry", "document", "finding"))]
    with ledger.forging() as connection:
        for table, column in tables:
            for old, new in ((one, -1), (two, one), (-1, two)):
                connection.exec_driver_sql(
                    f"UPDATE {table} SET {column} = {new} WHERE {column} = {old}"
                )
    answer = ledger.verify()
    assert first(answer)[:2] == ("content", one)
    assert {(p["what"], p["batch"]) for p in answer["problems"]} >= {
        ("content", one), ("content", two), ("header", one), ("header", two)
    }  # fmt: skip
    # With all hashes made up for the new order, the order itself gives it away to a checkpoint.
    with ledger.forging() as connection:
        rehash(connection, one)
    assert first(ledger.verify(*CHECKPOINTS))[:2] == ("checkpoint", one)


def test_a_document_that_was_swapped_for_another(ledger: Books) -> None:
    kept = next(ledger.documents.glob(f"{sha256(ledger, 'meters.csv')}.zst"))
    kept.write_bytes(pa.Codec("zstd").compress(LATER.encode(), asbytes=True))
    row = ledger.number("SELECT id FROM document WHERE name = 'meters.csv'")
    assert first(ledger.verify()) == ("document", ledger.batch("meters.csv"), "document", row)


def test_a_document_whose_hash_was_changed_with_it(ledger: Books) -> None:
    was, made = sha256(ledger, "meters.csv"), "0" * 64
    next(ledger.documents.glob(f"{was}.zst")).rename(ledger.documents / f"{made}.zst")
    ledger.forge(f"UPDATE document SET sha256 = '{made}' WHERE sha256 = '{was}'")
    answer = ledger.verify()
    assert first(answer)[:2] == ("content", ledger.batch("meters.csv"))
    assert "document" in {p["what"] for p in answer["problems"]}


def sha256(ledger: Books, name: str) -> str:
    with open_ledger(ledger.url) as opened, opened.read() as connection:
        query = sa.select(schema.document.c.sha256).where(schema.document.c.name == name)
        return str(connection.execute(query).scalar_one())


def test_a_factor_that_was_edited(ledger: Books) -> None:
    row = ledger.number("SELECT min(id) FROM factor WHERE activity = 'electricity'")
    batch = ledger.number(f"SELECT batch_id FROM factor WHERE id = {row}")
    ledger.forge(f"UPDATE factor SET value = '0.1234' WHERE id = {row}")
    answer = ledger.verify()
    assert first(answer) == ("content", batch, "factor", row)
    said = rf"factor {row} \(.+\): its value is '0\.1234', '0\.\d+' was posted"
    assert re.search(said, answer["first"]["detail"])
    # The run may rest on that factor, and then comes out differently; that is told later.
    assert {p["what"] for p in answer["problems"]} <= {"content", "run"}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("commodity", "unit = 'MWh'"),
        ("account_revision", "treatment = 'recycling'"),
        ("factor_pack", "publisher = 'nobody'"),
    ],
)
def test_what_came_with_the_program_and_was_edited(table: str, change: str, ledger: Books) -> None:
    row = ledger.number(f"SELECT min(id) FROM {table}")
    batch = ledger.number(f"SELECT batch_id FROM {table} WHERE id = {row}")
    ledger.forge(f"UPDATE {table} SET {change} WHERE id = {row}")
    assert first(ledger.verify()) == ("content", batch, table, row)


def test_a_method_that_was_edited(ledger: Books) -> None:
    row = ledger.number("SELECT min(id) FROM method")
    batch = ledger.number(f"SELECT batch_id FROM method WHERE id = {row}")
    ledger.forge(f"UPDATE method SET rules = replace(rules, '=', '= ') WHERE id = {row}")
    assert first(ledger.verify()) == ("content", batch, "method", row)


def test_a_row_that_was_put_in(ledger: Books) -> None:
    columns = ", ".join(c.name for c in schema.entry.columns if c.name != "id")
    row = ledger.number("SELECT min(id) FROM entry WHERE profile LIKE '%%1.25%%'")
    ledger.forge(
        f"INSERT INTO entry (id, {columns}) SELECT 999, {columns} FROM entry WHERE id = {row}"
    )
    answer = ledger.verify()
    assert first(answer) == ("content", ledger.batch("meters.csv"), "entry", 999)
    assert "entry 999 was put in" in answer["first"]["detail"]


def test_a_row_that_was_taken_out(ledger: Books) -> None:
    row = ledger.number("SELECT min(id) FROM entry WHERE profile LIKE '%%1.25%%'")
    ledger.forge(f"DELETE FROM entry WHERE id = {row}")
    answer = ledger.verify()
    assert first(answer) == ("content", ledger.batch("meters.csv"), "entry", row)
    assert f"entry {row} is missing" in answer["first"]["detail"]
    assert "the header counts 4 rows in entry, there are 3" in answer["first"]["detail"]


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        (
            "account_revision",
            "technology = 'wind'",
            "its technology is 'wind', 'solar_pv' was posted",
        ),
        ("meter_revision", "multiplier = '2'", "its multiplier is '2', '1' was posted"),
        ("meter_revision", "to_account_id = 1", "its to_account_id is 1, "),
        ("account", "code = 'park/shed'", "its code is 'park/shed', 'park/roof' was posted"),
        ("commodity_revision", "mass_kg = '11'", "its mass_kg is '11', '10' was posted"),
    ],
)
def test_a_site_or_meter_that_was_declared_otherwise(
    table: str, change: str, said: str, ledger: Books
) -> None:
    row = ledger.number(f"SELECT max(id) FROM {table}")
    ledger.forge(f"UPDATE {table} SET {change} WHERE id = {row}")
    answer = ledger.verify()
    assert first(answer) == ("content", ledger.batch("site.toml"), table, row)
    assert f": {table} {row}" in answer["first"]["detail"]
    assert f": {said}" in answer["first"]["detail"]


def test_a_declaration_that_was_put_in_or_taken_out(ledger: Books) -> None:
    row = ledger.number("SELECT max(id) FROM meter_revision")
    columns = ", ".join(
        c.name for c in schema.meter_revision.columns if c.name not in ("id", "valid_from")
    )
    ledger.forge(f"INSERT INTO meter_revision (id, valid_from, {columns}) SELECT {row + 1}, 20250101, "
                 f"{columns} FROM meter_revision WHERE id = {row}")  # fmt: skip
    answer = ledger.verify()
    assert first(answer) == ("content", ledger.batch("site.toml"), "meter_revision", row + 1)
    assert f"meter_revision {row + 1} was put in" in answer["first"]["detail"]
    ledger.forge(f"DELETE FROM meter_revision WHERE id IN ({row}, {row + 1})")
    answer = ledger.verify()
    assert first(answer) == ("content", ledger.batch("site.toml"), "meter_revision", row)
    assert f"meter_revision {row} was taken out" in answer["first"]["detail"]


def test_a_declaration_whose_file_is_gone_or_changed_proves_nothing(ledger: Books) -> None:
    ledger.forge("UPDATE meter_revision SET multiplier = '2'")
    kept = next(ledger.documents.glob(f"{sha256(ledger, 'site.toml')}.zst"))
    for site in (SITE.replace("park", "mill"), "no site at all ="):
        kept.write_bytes(pa.Codec("zstd").compress(site.encode(), asbytes=True))
        assert first(ledger.verify()) == ("content", ledger.batch("site.toml"), None, None)
    kept.unlink()
    assert first(ledger.verify()) == ("content", ledger.batch("site.toml"), None, None)


def test_a_line_of_a_run(ledger: Books) -> None:
    row = ledger.number("SELECT min(id) FROM emission_line_row WHERE co2e_mg > 0")
    ledger.forge(f"UPDATE emission_line_row SET co2e_mg = co2e_mg - 1 WHERE id = {row}")
    answer = ledger.verify()
    assert first(answer) == ("run", 0, "emission_line_row", row)
    assert re.fullmatch(
        r"run 1 is not as it was stored: line \d+ says co2e_mg (\d+), it was (\d+)",
        answer["first"]["detail"],
    )


def test_lines_of_a_run_that_were_put_in_or_taken_out(ledger: Books) -> None:
    row = ledger.number("SELECT max(id) FROM emission_line_row")
    columns = ", ".join(
        c.name for c in schema.emission_line.columns if c.name not in ("id", "line")
    )
    ledger.forge(f"INSERT INTO emission_line_row (id, line, {columns}) "
                 f"SELECT 777, 777, {columns} FROM emission_line_row WHERE id = {row}")  # fmt: skip
    answer = ledger.verify()
    assert first(answer) == ("run", 0, "emission_line_row", 777)
    assert answer["first"]["detail"].endswith("line 777 was put in")
    ledger.forge(f"DELETE FROM emission_line_row WHERE id IN (777, {row})")
    answer = ledger.verify()
    assert first(answer)[:2] == ("run", 0)
    assert answer["first"]["detail"].endswith("is missing")


def test_a_run_that_was_made_up_as_a_whole_does_not_come_out_again(ledger: Books) -> None:
    ledger.forge("UPDATE run SET content_hash = 'made up', parameters = '{\"x\":\"y\"}'")
    details = [p["detail"] for p in ledger.verify()["problems"]]
    assert details == [
        "run 1 is not as it was stored",
        "run 1 comes out differently when computed again",
    ]


def test_history_rewritten_from_a_batch_on_is_found_by_a_checkpoint_alone(ledger: Books) -> None:
    number = ledger.batch("records.csv")
    with ledger.forging() as connection:
        connection.exec_driver_sql(
            f"UPDATE entry SET quantity = quantity * 2 WHERE batch_id = {number} AND quantity > 0"
        )
        connection.exec_driver_sql("DELETE FROM emission_line_row")
        connection.exec_driver_sql("DELETE FROM indicator_row")
        connection.exec_driver_sql("DELETE FROM run")
        rehash(connection, number)
    assert ledger.verify()["ok"], "the ledger agrees with itself"
    assert ledger.verify("site.checkpoint")["ok"], "nothing before that checkpoint changed"
    answer = ledger.verify(*CHECKPOINTS)
    since = ledger.batch("meters.csv")
    assert first(answer) == ("checkpoint", since, None, None)
    last = ledger.batch("corrected.csv")
    assert answer["first"]["detail"].startswith(
        f"one of batches {since} to {last} is not the one that {ledger.folder / 'march.checkpoint'} noted"
    )
    assert [one["agrees"] for one in answer["checkpoints"]] == [True, False]
    assert first(ledger.verify(since="march.checkpoint"))[:2] == ("checkpoint", 1)


def test_the_end_of_the_log_cut_off(ledger: Books) -> None:
    number = ledger.batch("corrected.csv")
    with ledger.forging() as connection:
        for table in ("finding", "entry", "document"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE batch_id >= {number}")
        connection.exec_driver_sql(f"DELETE FROM batch WHERE id >= {number}")
        for table in ("emission_line_row", "indicator_row", "run"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    assert ledger.verify()["ok"], "a shorter log agrees with itself"
    answer = ledger.verify(*CHECKPOINTS)
    assert first(answer) == ("checkpoint", number, None, None)
    assert answer["first"]["detail"].endswith(f"batch {number} is not there")


def test_a_run_that_names_batches_which_were_cut_off(ledger: Books) -> None:
    number = ledger.batch("corrected.csv")
    with ledger.forging() as connection:
        for table in ("finding", "entry", "document"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE batch_id >= {number}")
        connection.exec_driver_sql(f"DELETE FROM batch WHERE id >= {number}")
    assert first(ledger.verify()) == ("run", 0, "run", 1)


def test_a_ledger_of_another_origin(ledger: Books) -> None:
    """Whoever makes all books anew cannot make the first batch that a checkpoint names."""
    with ledger.forging() as connection:
        connection.exec_driver_sql("UPDATE batch SET actor = 'somebody else' WHERE id = 1")
        rehash(connection, 1)
    assert ledger.verify()["ok"]
    answer = ledger.verify("site.checkpoint")
    assert first(answer) == ("checkpoint", 1, None, None)
    assert "another ledger, or batch 1 was rewritten" in answer["first"]["detail"]


def test_since_a_checkpoint_only_the_rest_is_read(ledger: Books) -> None:
    size = ledger.batch("corrected.csv")
    answer = ledger.verify(since="march.checkpoint")
    assert (answer["ok"], answer["since"], answer["recomputed"]) == (True, size, 0)
    ledger.forge("UPDATE entry SET quality = 'estimated' WHERE profile LIKE '%%0.5%%'")
    assert first(ledger.verify(since="march.checkpoint"))[:2] == ("content", size + 1)
    # What the checkpoint vouches for is the header of each batch; its rows are for a whole check.
    ledger.forge(f"UPDATE batch SET entries = entries + 1 WHERE id = {size - 1}")
    assert ("header", size - 1) in [
        (p["what"], p["batch"]) for p in ledger.verify(since="march.checkpoint")["problems"]
    ]


def test_rows_as_they_were_posted_contradict_nothing(ledger: Books) -> None:
    """So a row that is named has been changed: no rule of a suspect fails on honest books."""
    with open_ledger(ledger.url) as opened, opened.read() as connection:
        headers = connection.execute(sa.select(schema.batch)).mappings().all()
        found = [one for row in headers for one in suspects(connection, dict(row), (shipped,))]
    assert found == []


def test_a_factor_of_a_pack_that_was_asked_for_is_named_with_what_it_was(ledger: Books) -> None:
    with open_ledger(ledger.url, write=True) as opened:
        loaded = load_pack(opened, Path("us-egrid@2025"), "ada", "2026-01-02T03:04:05Z")
    row = ledger.number("SELECT id FROM factor WHERE code = 'CAMX.co2'")
    ledger.forge(f"UPDATE factor SET value = '190.06321476' WHERE id = {row}")
    answer = ledger.verify()
    assert first(answer) == ("content", loaded["batch"], "factor", row)
    assert "198.06321476" in answer["first"]["detail"]


def test_no_row_that_breaks_every_rule_stops_the_check(ledger: Books) -> None:
    row = ledger.number("SELECT min(id) FROM entry WHERE profile LIKE '%%1.25%%'")
    for profile in ("no list", "[1e999999999]", '["x"]', "[" * 5000, '{"a":1}', "[[1]]", "7"):
        ledger.forge(f"UPDATE entry SET profile = '{profile}' WHERE id = {row}")
        answer = ledger.verify()
        assert first(answer) == ("content", ledger.batch("meters.csv"), "entry", row), profile
        assert "its values are no numbers" in answer["first"]["detail"]
