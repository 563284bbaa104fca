"""Posting: a batch comes whole or not at all, is numbered, sealed and hashed."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ledger_case import NOW, Case, day_entry, days, header, park, post, record

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.book import Posting, SourceDocument, posting
from carbonledger.ledger.connect import create, location, open_ledger
from carbonledger.ledger.schema import account, batch, entry, metadata, reject
from carbonledger.ledger.service import last_batch, log
from carbonledger.ledger.verify import verify_batches

SOURCE = SourceDocument("ab" * 32, "meters.csv", 120, "csv", kept=False)


def counts(case: Case) -> dict[str, int]:
    with case.ledger.read() as connection:
        return {
            table.name: int(
                connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            )
            for table in metadata.tables.values()
        }


def test_a_batch_has_all_its_rows_and_says_so(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        before = case.scalar("SELECT max(id) FROM batch")
        made = post(case, *days(case, "M-1", "2024-03-01", ["1", "2", "3", "4"], ["5", None]),
                    name="meters.csv")  # fmt: skip
        assert made == before + 1
        found = case.rows(
            "SELECT local_day, quantity, unit, meter, document, line_first, line_last "
            f"FROM entry_view WHERE batch = {made} ORDER BY local_day"
        )
        assert [(day, float(kwh), *more) for day, kwh, *more in found] == [
            ("2024-03-01", 10.0, "kWh", "M-1", "meters.csv", 2, 5),
            ("2024-03-02", 5.0, "kWh", "M-1", "meters.csv", 2, 3),
        ]
        assert log(case.ledger)[-1] | {"leaf_hash": ""} == {
            "batch": made, "kind": "import", "posted_at": NOW, "actor": "tester", "reason": None,
            "document": "meters.csv", "readings": 0, "entries": 2, "skipped": 0, "rejected": 0,
            "gaps": 0, "leaf_hash": "", "restates": None,
        }  # fmt: skip


def fail_half_way(case: Case) -> None:
    with case.ledger.transaction() as connection, posting(connection, header()) as made:
        made.attach(SOURCE)
        made.insert(entry, **day_entry(connection, "M-1", "2024-03-01", ["1"]))
        made.insert(reject, line=3, column_name="value", text="x", reason="no number")
        raise ZeroDivisionError


def put(case: Case, batch: int | None = None, **more: int) -> None:
    """Insert an entry into a batch, the next one unless said otherwise, and do not seal it."""
    with case.ledger.transaction() as connection:
        made = Posting(connection, header())
        made.batch = batch or made.batch
        made.insert(entry, **day_entry(connection, "M-1", "2024-03-02", ["9"]) | more)


def test_what_fails_half_way_leaves_nothing(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        before = counts(case)
        with pytest.raises(ZeroDivisionError):
            fail_half_way(case)
        assert counts(case) == before
        assert post(case) == before["batch"] + 1, "the number was not used up"


def test_a_batch_that_was_not_sealed_is_not_committed(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        before = counts(case)
        with pytest.raises(sa.exc.IntegrityError, match=r"(?i)foreign key"):
            put(case)
        assert counts(case) == before


def test_two_batches_in_one_transaction_follow_each_other(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        with case.ledger.transaction() as connection:
            first = last_batch(connection) + 1
            for line in (1, 2):
                with posting(connection, header()) as made:
                    made.insert(reject, line=line, column_name="", text="", reason="")
        assert case.rows(f"SELECT batch, line FROM reject_view WHERE batch >= {first}") == [
            (first, 1),
            (first + 1, 2),
        ]


def test_no_row_joins_a_sealed_batch(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        sealed = post(case, *days(case, "M-1", "2024-03-01", ["1"]))
        with pytest.raises(LedgerRefused, match="this batch is sealed") as refused:
            put(case, sealed)
        assert refused.value.code == "ledger-append-only"
        assert "reversal" in refused.value.hint


def test_the_same_document_is_posted_once(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first, second = post(case, name="a.csv"), post(case, name="a.csv")
        assert case.rows(
            f"SELECT batch, document FROM batch_view WHERE batch >= {first} ORDER BY batch"
        ) == [(first, "a.csv"), (second, "a.csv")]
        assert case.scalar("SELECT count(*) FROM document") == 1


def test_numbers_of_rows_run_on_over_batches(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", ["1"], ["2"]))
        with case.ledger.transaction() as connection, posting(connection, header()) as made:
            assert (made.reserve(entry), made.reserve(entry, 5), made.reserve(entry)) == (3, 4, 9)


def test_a_column_that_is_not_there_is_a_fault_of_the_program(fresh_ledger: str) -> None:
    with (
        park(fresh_ledger) as case,
        pytest.raises(KeyError, match="account has no column colour"),
        case.ledger.transaction() as connection,
    ):
        Posting(connection, header()).insert(account, code="x", outside=0, colour="red")


@pytest.mark.parametrize("quantity", [2**63, -(2**63) - 1, 10**30])
def test_a_quantity_beyond_64_bits_is_refused(quantity: int, fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        before = counts(case)
        with pytest.raises(LedgerRefused) as refused:
            put(case, quantity=quantity)
        assert refused.value.code == "ledger-overflow"
        assert counts(case) == before


def test_texts_of_strangers_are_data(fresh_ledger: str) -> None:
    """Quotes, comments, statements, marks of parameters: all of it comes back as it was given."""
    ugly = "'); DROP TABLE entry; -- \" ? %s :x ${y} {z} \\ \t 电表\N{ZERO WIDTH SPACE} 1=1"
    with park(fresh_ledger) as case:
        with case.ledger.transaction() as connection:
            values = record(connection, "park", "customer", "electricity", "2024-03-01",
                            "2024-03-02", 1, note=ugly, document_no=ugly)  # fmt: skip
        made = post(case, values, head=header("import", ugly))
        case_sql = f"SELECT note, document_no, reason FROM entry_view WHERE batch = {made}"
        assert case.rows(case_sql) == [(ugly, ugly, ugly)]
        with case.ledger.read() as connection:
            assert verify_batches(connection)[2] == []


def test_a_ledger_posted_again_has_the_same_hashes(tmp_path: Path, fresh_ledger: str) -> None:
    """Nothing of the machine, of the clock or of chance is in a leaf."""

    def leaves(url: str) -> list[Any]:
        with park(url) as case:
            post(case, *days(case, "M-1", "2024-03-01", ["1", None, "2.50"]), name="m.csv")
            return [row["leaf_hash"] for row in log(case.ledger)]

    other = tmp_path / "other.db"
    other.write_bytes(Path(fresh_ledger.removeprefix("sqlite:///")).read_bytes())
    assert leaves(fresh_ledger) == leaves(location(str(other)))


def test_totals_and_warnings_are_kept_as_json(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        with case.ledger.transaction() as connection, posting(connection, header()) as made:
            made.counts.totals.append({"meter": "M-1", "quantity": "10.5", "unit": "kWh"})
            made.counts.warnings.append("7 values are missing · 缺 7 个值")
        totals, warnings = case.rows(
            f"SELECT totals, warnings FROM batch_view WHERE batch = {made.batch}"
        )[0]
        assert json.loads(totals) == [{"meter": "M-1", "quantity": "10.5", "unit": "kWh"}]
        assert json.loads(warnings) == ["7 values are missing · 缺 7 个值"]


def test_a_new_ledger_is_empty_and_whole(tmp_path: Path) -> None:
    url = location(str(tmp_path / "new.db"))
    create(url)
    with open_ledger(url) as ledger, ledger.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(batch)).scalar() == 0
        count, root, problems = verify_batches(connection)
        assert (count, problems) == (0, [])
        assert root.startswith("e3b0c442"), "the hash of the empty text"
        assert last_batch(connection) == 0
