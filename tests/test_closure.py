"""Closure: in + made = out + consumed + stock change + unexplained, judged by what meters may err.

The same in SQL (`balance_view`) and in `calc.closure`, on SQLite and on PostgreSQL.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from ledger_case import Case, days, header, number, park, post, record
from postgresql_server import copy_of

from carbonledger.calc.closure import Closure, Counted, Sums, cells, closures
from carbonledger.calc.model import Account, Books, Commodity, Flow
from carbonledger.ledger import schema
from carbonledger.ledger.book import posting
from carbonledger.ledger.state import read_state
from carbonledger.ledger.sums import read_books
from carbonledger.run.closure import closed
from carbonledger.run.setup import init
from carbonledger.run.status import status

# As the other tests make the ledger that they share.
NOW = "2025-01-01T00:00:00Z"


@pytest.fixture
def case(database: str, fresh_ledger: str) -> Iterator[Case]:
    """Give a declared park on the database of the test."""
    url = fresh_ledger
    if database == "postgresql":
        url = copy_of("init", lambda url: init(url, "tester", NOW))
    with park(url) as opened:
        yield opened


def bill(case: Case, source: str, target: str, good: str, first: str, last: str, quantity: int,
         ) -> None:  # fmt: skip
    with case.ledger.read() as connection:
        row = record(connection, source, target, good, first, last, quantity)
    post(case, row)


def view(case: Case) -> list[tuple[Any, ...]]:
    found = case.rows(
        "SELECT account, commodity, month, inflow, made, outflow, consumed, stock_change, "
        "unexplained, share FROM balance_view ORDER BY account, commodity, month"
    )
    return [(*row[:3], *(None if v is None else float(v) for v in row[3:])) for row in found]


def declare(case: Case, table: sa.Table, **values: Any) -> None:
    """Post another revision of a meter or an account."""
    with case.ledger.transaction() as connection:
        with posting(connection, header("site")) as made:
            made.insert(table, **values)


def limit(case: Case, meter: str, source: str, target: str, tolerance: str | None) -> None:
    with case.ledger.read() as connection:
        values = {
            "meter_id": number(connection, schema.meter, meter), "valid_from": 0,
            "from_account_id": number(connection, schema.account, source),
            "to_account_id": number(connection, schema.account, target),
            "commodity_id": number(connection, schema.commodity, "electricity"),
            "unit": "kWh", "reads": "interval", "multiplier": "1", "timezone": "Asia/Shanghai",
            "accuracy_class": "0.5S", "tolerance": tolerance, "tolerance_source": "nameplate",
        }  # fmt: skip
    declare(case, schema.meter_revision, **values)


def main_and_sub(case: Case, main: str, sub: str) -> None:
    """A day of the meter of the park, and of the one behind it."""
    post(case, *days(case, "M-1", "2024-03-01", [main, "0", "0", "0"]))
    post(case, *days(case, "M-2", "2024-03-01", [sub, "0", "0", "0"]))


@pytest.mark.both_databases
def test_the_view_says_month_by_month_what_each_account_did(case: Case) -> None:
    """The park hands on, so its rest is unexplained; the works uses; the roof makes."""
    main_and_sub(case, "100", "90")
    post(case, *days(case, "PV-1", "2024-03-01", ["5", "0", "0", "0"]))
    post(case, *days(case, "M-1", "2024-04-01", ["7", "0", "0", "0"]))
    assert view(case) == [
        ("park", "electricity", "2024-03", 105, 0, 90, 0, 0, 15, 0.142857),
        # Nothing of the meters behind came in April: that is not consumption of the park.
        ("park", "electricity", "2024-04", 7, 0, 0, 0, 0, 7, 1),
        ("park/roof", "electricity", "2024-03", 0, 5, 5, 0, 0, 0, None),
        ("park/works", "electricity", "2024-03", 90, 0, 0, 90, 0, 0, 0),
    ]


@pytest.mark.both_databases
def test_a_stock_takes_in_and_gives_and_nothing_of_it_is_unexplained(case: Case) -> None:
    with case.ledger.transaction() as connection, posting(connection, header("site")) as made:
        tank = made.insert(schema.account, code="park/tank", outside=0)
        made.insert(schema.account_revision, account_id=tank, kind="stock")
    bill(case, "supplier", "park/tank", "diesel", "2024-03-01", "2024-03-02", 500_000_000)
    bill(case, "park/tank", "park/works/line", "diesel", "2024-03-05", "2024-03-06", 180_000_000)
    assert view(case) == [
        ("park/tank", "diesel", "2024-03", 500, 0, 180, 0, 320, 0, 0),
        ("park/works/line", "diesel", "2024-03", 180, 0, 0, 180, 0, 0, 0),
    ]


@pytest.mark.both_databases
def test_a_bill_over_the_end_of_a_month_is_shared_by_days(case: Case) -> None:
    """16 February to 14 March 2024: 14 days and 14 days; the parts add up to the millionth."""
    bill(case, "grid", "park/works", "electricity", "2024-02-16", "2024-03-15", 28_000_001)
    assert [row[2:4] for row in view(case)] == [("2024-02", 14), ("2024-03", 14.000001)]
    total = case.scalar("SELECT SUM(inflow) FROM balance_view")
    assert float(total) == pytest.approx(28.000001, abs=1e-9)


@pytest.mark.both_databases
def test_sunlight_emissions_and_money_are_no_matter_of_balance(case: Case) -> None:
    bill(case, "sun", "park/roof", "electricity", "2024-03-01", "2024-03-02", 9_000_000)
    bill(case, "park/works", "market", "value_added", "2024-03-01", "2024-04-01", 5_000_000)
    bill(case, "park/works", "air", "co2", "2024-03-01", "2024-04-01", 5_000_000)
    assert view(case) == []


@pytest.mark.both_databases
def test_the_view_and_the_calculation_agree_to_the_millionth(case: Case) -> None:
    main_and_sub(case, "100.000003", "90.5")
    post(case, *days(case, "S-1", "2024-03-01", ["1", "2", None, "1"]))
    bill(case, "grid", "park", "electricity", "2024-01-20", "2024-04-11", 777_777_777)
    bill(case, "supplier", "park/works", "water", "2024-02-01", "2024-03-01", 3_000_000)
    bill(case, "park/works/line", "landfill", "waste_water", "2024-02-01", "2024-03-01", 2_000_000)
    with case.ledger.read() as connection:
        state = read_state(connection)
        months = tuple(f"2024-{month:02}" for month in range(1, 6))
        made = cells(read_books(connection, state, "", months, 10**6))
    ours = {(c.account, c.commodity, c.month): (c.sums.inflow, c.sums.unexplained) for c in made}
    theirs = {
        (account, good, month): (round(float(inflow) * 1e6), int(micro))
        for account, good, month, inflow, micro in case.rows(
            "SELECT account, commodity, month, inflow, unexplained_micro FROM balance_view"
        )
    }
    assert theirs.keys() == ours.keys()
    for key, pair in theirs.items():
        # A bill is shared by days there, by seconds here: each rounds to a millionth.
        assert pair == pytest.approx(ours[key], abs=1), key


def of_park(case: Case) -> dict[str, Any]:
    found: list[dict[str, Any]] = status(case.ledger, NOW)["balance"]
    [row] = [row for row in found if row["account"] == "park"]
    return row


@pytest.mark.both_databases
def test_what_is_left_is_judged_by_the_limits_of_the_meters_around(case: Case) -> None:
    """√((0.5 % of 1000)² + (1.2 % of 1000)²) = 13 kWh: 12 are within, 14 are not."""
    main_and_sub(case, "1000", "1000")
    limit(case, "M-1", "grid", "park", "0.5")
    limit(case, "M-2", "park", "park/works", "1.2")
    assert (of_park(case)["state"], of_park(case)["tolerance"]) == ("closed", 13)
    bill(case, "grid", "park", "electricity", "2024-05-01", "2024-06-01", 12_000_000)
    row = of_park(case)
    assert (row["state"], row["undeclared"]) == ("undeclared", ["grid → park"]), "a bill errs too"
    declare(case, schema.account_revision, account_id=case.number(schema.account, "park"),
            kind="facility", region="CN-LN", timezone="Asia/Shanghai", tolerance="1.2")  # fmt: skip
    row = of_park(case)
    assert (row["state"], row["tolerance"], row["unexplained"]) == (
        "within", Decimal("12.144"), 12,
    )  # fmt: skip
    declare(case, schema.account_revision, account_id=case.number(schema.account, "park"),
            kind="facility", region="CN-LN", timezone="Asia/Shanghai", tolerance="1.1")  # fmt: skip
    assert of_park(case)["state"] == "outside"


@pytest.mark.both_databases
def test_a_meter_without_a_limit_is_named(case: Case) -> None:
    main_and_sub(case, "1000", "990")
    limit(case, "M-1", "grid", "park", "0.5")
    row = of_park(case)
    assert (row["state"], row["tolerance"], row["undeclared"]) == ("undeclared", None, ["M-2"])
    assert (row["main"], row["sub"]) == (["M-1"], ["M-2"])
    limit(case, "M-2", "park", "park/works", "0.5")
    assert of_park(case)["state"] == "outside", "√(5² + 4.95²) is 7.04 of 10 kWh"


def test_a_balance_as_of_a_batch_knows_nothing_of_later_ones(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        main_and_sub(case, "1000", "990")
        with case.ledger.read() as connection:
            last = status(case.ledger)["as_of"]
            before = closed(connection, read_state(connection, last), last)
        limit(case, "M-1", "grid", "park", "0.5")
        post(case, *days(case, "M-2", "2024-03-02", ["7"]))
        with case.ledger.read() as connection:
            assert closed(connection, read_state(connection, last), last) == before
            none = closed(connection, read_state(connection, 1), 1)
        assert none == (), "nothing was posted yet"


def test_a_meter_that_was_moved_errs_in_one_direction() -> None:
    """Its two parts add up to 20 (not √200 = 14.1): the same meter is as wrong in both places."""
    parts = [Counted("M", "grid", "park", "electricity", 1_000_000_000, Decimal(1))]
    parts += [Counted("M", "park", "park/a", "electricity", 1_000_000_000, Decimal(1))]
    [one] = closures(
        cells(books(("grid", "park", 1020), ("park", "park/a", 1000)))[:1], parts,
        {"electricity": "kWh"}, {},
    )  # fmt: skip
    assert (one.sums.unexplained, one.tolerance, one.state) == (20_000_000, 20_000_000, "within")


def books(*flows: tuple[str, str, int], kind: str = "electricity") -> Books:
    places = {"grid": Account("grid", outside=True, kind="grid"), "park": Account("park", outside=False, kind="facility"),
              "park/a": Account("park/a", outside=False, kind="process"),
              "park/b": Account("park/b", outside=False, kind="boiler")}  # fmt: skip
    made = tuple(Flow(s, t, "electricity", "2024-03", q * 10**6) for s, t, q in flows)
    return Books("park", ("2024-03",), places, {"electricity": Commodity("electricity", kind, "x")},
                 made)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "column"),
    [("electricity", "unexplained"), ("water", "made"), ("fuel", "made"), ("product", "made")],
)
def test_what_a_process_gives_and_never_receives_is_made_there(kind: str, column: str) -> None:
    """But for electricity and heat: who makes them is declared a boiler, CHP or generator."""
    [cell] = cells(books(("park/a", "grid", 5), kind=kind))
    assert getattr(cell.sums, column) == (5_000_000 if column == "made" else -5_000_000)


ENDS = ("grid", "park", "park/a", "park/b")
FLOWS = st.lists(
    st.tuples(st.sampled_from(ENDS), st.sampled_from(ENDS), st.integers(-50, 50)).filter(
        lambda flow: flow[0] != flow[1]
    ),
    max_size=8,
)


@given(FLOWS, st.sampled_from(["electricity", "heat", "fuel", "water", "material", "waste"]))
def test_every_balance_adds_up_exactly(flows: list[tuple[str, str, int]], kind: str) -> None:
    for cell in cells(books(*flows, kind=kind)):
        one = cell.sums
        assert one.inflow + one.made == (
            one.outflow + one.consumed + one.stock_change + one.unexplained
        )


def test_sums_of_months_are_added_column_by_column() -> None:
    assert Sums(1, 2, 3, 4, 5, 6).plus(Sums(10, 20, 30, 40, 50, 60)) == Sums(11, 22, 33, 44, 55, 66)
    assert Closure("a", "b", "kWh", Sums(), None, "closed", (), (), ()).sums == Sums()
