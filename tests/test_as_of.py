"""The books as they were: whatever is posted later, an earlier batch says what it said."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_case import Case, header, park, post
from past_kit import ACTIONS, NOW, correct, last, load, made, move, read, shut, turn

from carbonledger.errors import CalculationRefused, LedgerRefused, Refusal
from carbonledger.ledger import schema
from carbonledger.ledger.as_of import resolved
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.ledger.past import show_past_postgresql, show_past_sqlite
from carbonledger.ledger.service import log, query
from carbonledger.meters.events import list_events
from carbonledger.run.closing import restatements
from carbonledger.run.explain import explain
from carbonledger.run.service import inventory
from carbonledger.run.setup import factors, methods
from carbonledger.run.status import status


@pytest.fixture
def case(database: str, ledger_template: Path, tmp_path: Path) -> Iterator[Case]:
    with park(made(tmp_path, ledger_template, database)) as case:
        yield case


def views(ledger: Ledger, as_of: int | None) -> Iterator[tuple[str, list[str]]]:
    """Give the rows of every view on one connection, as `sql` shows them."""
    with ledger.engine.connect() as connection:
        if as_of is not None and ledger.is_file:
            show_past_sqlite(connection.connection.driver_connection, as_of)
        elif as_of is not None:
            show_past_postgresql(connection, as_of)
        names = "SELECT DISTINCT object FROM data_dictionary WHERE kind = 'view'"
        for name in connection.exec_driver_sql(names).scalars().all():
            rows = connection.exec_driver_sql(f"SELECT * FROM {name}")
            yield name, sorted(repr(tuple(row)) for row in rows)
        connection.detach()


def seen(case: Case, as_of: int | None = None) -> dict[str, Any]:
    """Return all that reading commands tell, as of a batch or now."""
    with open_ledger(case.ledger.url, sealed=True) as sealed:
        told: dict[str, Any] = dict(views(sealed, as_of))
        told["status"] = status(sealed, NOW, as_of)
        told["log"] = log(sealed, as_of)
        told["events"] = list_events(sealed, "M-1", as_of)
        told["restatements"] = restatements(sealed, as_of)
        told["factors"], told["methods"] = factors(sealed, as_of=as_of), methods(sealed, as_of)
        return told


@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(
    deeds=st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 28)), min_size=2, max_size=6)
)
def test_an_earlier_batch_says_the_same_whatever_is_posted_later(
    deeds: list[tuple[Callable[[Case, int], None], int]],
    ledger_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with park(made(tmp_path_factory.mktemp("law"), ledger_template)) as case:
        before = {last(case): seen(case)}
        for deed, value in deeds:
            try:
                deed(case, value)
            except Refusal:
                continue
            before[last(case)] = seen(case)
        for batch, told in before.items():
            assert seen(case, batch) == told


@pytest.mark.both_databases
def test_every_deed_leaves_the_past_as_it_was(case: Case) -> None:
    before = {last(case): seen(case)}
    for value, deed in enumerate((read, move, shut, correct, read, turn, load), 2):
        deed(case, value)
        assert last(case) not in before, "each of them posts"
        before[last(case)] = seen(case)
    for batch, told in before.items():
        assert seen(case, batch) == told


@pytest.mark.both_databases
def test_a_table_named_with_its_schema_is_the_whole_one(case: Case) -> None:
    read(case, 3)
    schema = "main" if case.ledger.is_file else "public"
    with open_ledger(case.ledger.url, sealed=True) as sealed:
        for table, count in (("entry", 0), (f"{schema}.entry", 1)):
            rows = query(sealed, f"SELECT count(*) FROM {table}", as_of=last(case) - 1)[1]
            assert list(rows) == [(count,)]
        # The next one asks as of now again, on a connection of the same pool.
        assert list(query(sealed, "SELECT count(*) FROM entry")[1]) == [(1,)]


@pytest.mark.both_databases
def test_the_past_is_only_read(case: Case) -> None:
    with open_ledger(case.ledger.url, sealed=True) as sealed:
        for statement in (
            "DELETE FROM run", "DROP VIEW entry_view", "CREATE TABLE x (y int)", "DROP VIEW entry",
            "INSERT INTO run VALUES (1)", "PRAGMA query_only = OFF", "COMMIT",
        ):  # fmt: skip
            with pytest.raises(LedgerRefused) as caught:
                list(query(sealed, statement, as_of=3)[1])
            assert caught.value.code == "sql-read-only", statement


def at(case: Case, posted: str) -> int:
    head = Header("import", "ben", posted)
    return post(case, head=head)


@pytest.mark.parametrize(
    ("asked", "batch"),
    [
        # 31 March ends in Shanghai at 16:00 UTC.
        ("2025-03-31", 0), ("2025-04-01", 3), ("2025-03-31T15:59:59Z", 0),
        ("2025-03-31T16:00:00Z", 1), ("2025-04-01T00:00", 1), ("2025-03-31 23:59:59", 0),
        ("2025-03-31T12:00:00-04:00", 1),
        # The clock of the second one went ahead; whoever sees the third sees it as well.
        ("2025-04-02", 3), ("2025-04-03", 3), ("2030-01-01", 3),
    ],
)  # fmt: skip
def test_a_day_or_time_means_the_last_batch_posted_by_then(
    fresh_ledger: str, asked: str, batch: int
) -> None:
    with park(fresh_ledger) as case:
        start = last(case)
        at(case, "2025-03-31T16:00:00Z")
        at(case, "2025-04-02T16:00:00Z")
        at(case, "2025-04-01T00:00:00Z")
        assert resolved(case.ledger, asked) == start + batch
        assert resolved(case.ledger, str(start)) == start
        if asked < "2025-04-04":
            at(case, "2025-04-05T00:00:00Z")
            assert resolved(case.ledger, asked) == start + batch


def test_where_sites_have_several_zones_days_are_those_of_utc(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        with case.ledger.transaction() as connection, posting(connection, header("site")) as made:
            other = made.insert(schema.account, code="mill", outside=0)
            made.insert(schema.account_revision, account_id=other, kind="facility",
                        timezone="Europe/Berlin")  # fmt: skip
        start = last(case)
        at(case, "2025-03-31T23:59:59Z")
        assert resolved(case.ledger, "2025-03-31") == start + 1
        at(case, "2025-04-01T00:00:00Z")
        assert resolved(case.ledger, "2025-03-31") == start + 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("99", "there is no batch 99"), ("0", "there is no batch 0"),
        ("2024-12-31", "nothing was posted by 2024-12-31"),
        ("March", "'March' is neither"), ("2025-02-30", "'2025-02-30' is neither"),
        ("9999-12-31", "'9999-12-31' is neither"), ("9" * 30, "is neither the number"),
    ],
)  # fmt: skip
def test_what_is_no_time_or_too_early_is_refused(fresh_ledger: str, asked: str, said: str) -> None:
    with park(fresh_ledger) as case, pytest.raises(CalculationRefused, match=said) as caught:
        resolved(case.ledger, asked)
    assert caught.value.code == "as-of"


def test_a_figure_is_explained_from_a_run_of_then(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        read(case, 3)
        before = last(case)
        first = inventory(case.ledger, "park", "2025-03", actor="a", now=NOW)
        read(case, 4)
        second = inventory(case.ledger, "park", "2025-03", actor="a", now=NOW)
        runs = [explain(case.ledger, "scope-2-location", as_of=number)["run"]
                for number in (before, None)]  # fmt: skip
        assert runs == [first["run"], second["run"]]
        flow = "flow:electricity:grid>park:2025-03"
        counts = [explain(case.ledger, flow, as_of=number)["entry_count"]
                  for number in (before, None)]  # fmt: skip
        assert counts == [1, 2]


@pytest.mark.postgresql
def test_who_may_not_read_the_tables_is_told_what_to_ask_instead(database: str) -> None:
    assert database == "postgresql"
    with park(made(Path(), Path(), database)) as case, case.ledger.engine.begin() as connection:
        name = case.ledger.engine.url.database
        connection.execute(sa.text("CREATE ROLE plain_reader LOGIN"))
        connection.execute(sa.text("GRANT SELECT ON alembic_version, data_dictionary, entry_view "
                                   "TO plain_reader"))  # fmt: skip
        connection.execute(sa.text(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC"))
        connection.commit()
        url = case.ledger.url.replace("postgres@", "plain_reader@")
        try:
            with open_ledger(url, sealed=True) as sealed:
                assert list(query(sealed, "SELECT count(*) FROM entry_view")[1]) == [(0,)]
                with pytest.raises(LedgerRefused, match="as of batch 3") as caught:
                    query(sealed, "SELECT count(*) FROM entry_view", as_of=3)
                assert caught.value.hint.endswith("where batch <= 3")
        finally:
            with case.ledger.engine.begin() as again:
                again.execute(sa.text("DROP OWNED BY plain_reader"))
                again.execute(sa.text("DROP ROLE plain_reader"))
