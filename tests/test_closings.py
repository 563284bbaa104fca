"""Closed periods: nothing enters one without a reason, by whatever way it comes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ledger_case import Case, days, header, instant, number, park, post, record
from postgresql_server import copy_of

from carbonledger.errors import CalculationRefused, LedgerRefused, PeriodClosed
from carbonledger.ledger import schema
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.closings import span_of
from carbonledger.ledger.connect import location, open_ledger
from carbonledger.ledger.service import last_batch, reverse, status
from carbonledger.ledger.state import read_state
from carbonledger.ledger.sums import month_sums
from carbonledger.ledger.verify import verify_batches
from carbonledger.run.closing import close, restatements
from carbonledger.run.setup import init

NOW = "2025-04-05T08:00:00Z"
MARCH = "2025-03"
on_both = pytest.mark.both_databases


@pytest.fixture
def case(database: str, ledger_template: Path, tmp_path: Path) -> Iterator[Case]:
    """Give a park with a reading of each of its meters on 30 March 2025."""
    if database == "postgresql":
        url = copy_of("init-closings", lambda url: init(url, "tester", NOW))
    else:
        path = tmp_path / "ledger.db"
        path.write_bytes(ledger_template.read_bytes())
        url = location(str(path))
    with park(url) as case:
        post(case, *days(case, "M-1", "2025-03-30", ["1", "2", "3", "4"]))
        yield case


def shut(case: Case, boundary: str = "park", period: str = MARCH) -> dict[str, Any]:
    return close(case.ledger, boundary, period, None, actor="anna", now=NOW)


def restated(reason: str, kind: str = "import") -> Header:
    return Header(kind, "ben", NOW, None, restate=reason)


def of(case: Case, source: str, target: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    with case.ledger.read() as connection:
        return record(connection, source, target, "electricity", start, end, 1_000_000, **more)


def refused(case: Case, *entries: dict[str, Any], head: Header | None = None) -> PeriodClosed:
    """Post entries that are refused, and see that nothing was posted."""
    before = case.scalar("SELECT count(*) FROM batch"), case.scalar("SELECT count(*) FROM entry")
    with pytest.raises(PeriodClosed) as caught:
        post(case, *entries, head=head)
    assert caught.value.code == "period-closed"
    assert before == (
        case.scalar("SELECT count(*) FROM batch"), case.scalar("SELECT count(*) FROM entry"),
    )  # fmt: skip
    assert case.rows("SELECT * FROM restatement") == []
    return caught.value


@on_both
def test_a_closing_is_a_batch_and_is_listed(case: Case) -> None:
    made = shut(case)
    assert made == {
        "boundary": "park", "period": MARCH, "first_day": "2025-03-01", "last_day": "2025-03-31",
        "batch": made["batch"], "actor": "anna", "posted_at": NOW, "reason": None, "restated": 0,
    }  # fmt: skip
    assert status(case.ledger)["closings"] == [made]
    assert case.rows("SELECT kind, actor FROM batch ORDER BY id DESC LIMIT 1") == [
        ("closing", "anna")
    ]
    assert case.rows("SELECT boundary, local_day, last_local_day FROM closing_view") == [
        ("park", "2025-03-01", "2025-03-31")
    ]
    with case.ledger.read() as connection:
        assert verify_batches(connection)[2] == []


@on_both
def test_an_entry_of_a_closed_period_is_refused_with_all_that_falls_into_it(case: Case) -> None:
    shut(case)
    error = refused(
        case,
        *days(case, "M-1", "2025-03-31", ["1"], ["1"]),
        *days(case, "M-2", "2025-03-02", ["1"], ["1"], ["1"]),
    )
    # 1 April is not closed.
    assert error.message.startswith(
        "park is closed for 2025-03 since 2025-04-05T08:00:00Z (by anna, batch "
    )
    assert error.message.endswith(": 4 entries fall into it")
    assert [(one.column, one.text, one.line) for one in error.problems] == [
        ("M-1", "electricity grid>park", 2), ("M-2", "electricity park>park/works", 2),
    ]  # fmt: skip
    assert "20250302..20250304: 3 entries" in error.problems[1].reason
    assert "--restate" in error.hint


@on_both
@pytest.mark.parametrize(
    ("closed", "source", "target", "falls"),
    [
        ("park", "grid", "park", True),
        ("park", "park/works", "customer", True),
        ("park", "park/works", "park/mill", True),
        ("park/works", "park", "park/works", True),
        ("park/works", "grid", "park/works/line", True),
        ("park/works", "grid", "park", False),
        ("park/works", "park", "park/mill", False),
        ("park/mill", "park/works", "park/mill", True),
        ("park", "grid", "customer", False),
    ],
)
def test_what_lies_within_the_boundary_at_either_end_is_closed(
    case: Case, closed: str, source: str, target: str, *, falls: bool
) -> None:
    shut(case, closed)
    one = of(case, source, target, "2025-03-10", "2025-03-11")
    if falls:
        refused(case, one)
    else:
        post(case, one)


@on_both
def test_a_name_that_begins_the_same_is_another_account(case: Case) -> None:
    with case.ledger.transaction() as connection, posting(connection, header("site")) as made:
        other = made.insert(schema.account, code="park/works-2", outside=0)
        made.insert(schema.account_revision, account_id=other, kind="process")
    shut(case, "park/works")
    post(case, of(case, "grid", "park/works-2", "2025-03-10", "2025-03-11"))


@on_both
@pytest.mark.parametrize(
    ("start", "end", "falls"),
    [
        ("2025-02-01", "2025-03-01", False),
        ("2025-02-15", "2025-03-02", True),
        ("2025-03-31 23:45", "2025-04-01", True),
        ("2025-03-31", "2025-04-05", True),
        ("2025-01-01", "2025-12-31", True),
        ("2025-04-01", "2025-05-15", False),
        ("2025-04-01", "2025-04-02", False),
    ],
)
def test_what_reaches_into_the_period_is_closed(
    case: Case, start: str, end: str, *, falls: bool
) -> None:
    shut(case)
    if falls:
        refused(case, of(case, "grid", "park", start, end))
    else:
        post(case, of(case, "grid", "park", start, end))


@on_both
def test_what_is_shared_into_the_period_in_another_zone_is_closed(case: Case) -> None:
    """By its meter's days it begins in April; by the account's it begins an hour earlier."""
    shut(case)
    bill = of(case, "grid", "park", "2025-04-01", "2025-05-10", zone="Asia/Tokyo")
    assert bill["first_day"] == 20250401
    refused(case, bill)


@on_both
def test_a_correction_an_estimate_and_a_reversal_are_refused_as_well(case: Case) -> None:
    shut(case)
    for kind, head in (("adjustment", "correction"), ("estimate", "estimate")):
        entries = days(case, "M-1", "2025-03-30", ["1"], kind=kind, corrects=1)
        refused(case, *entries, head=header(head, "better known"))
    with pytest.raises(PeriodClosed):
        reverse(case.ledger, case.scalar("SELECT max(batch_id) FROM entry"), "no", "ben", NOW)
    assert case.scalar("SELECT sum(quantity) FROM entry") == 10_000_000


@on_both
def test_a_restatement_is_posted_with_its_reason_and_the_sums_before_and_after(
    case: Case,
) -> None:
    shut(case)
    entries = [
        *days(case, "M-1", "2025-03-31", ["5"], ["7"]),
        of(case, "grid", "park", "2025-03-01", "2025-04-01"),
        of(case, "park", "park/works", "2025-03-22", "2025-04-11"),
    ]
    batch = post(case, *entries, head=restated("the meter was read late"))
    (one,) = restatements(case.ledger)["restatements"]
    figures = one.pop("figures")
    assert one == {
        "batch": batch, "kind": "import", "actor": "ben", "posted_at": NOW,
        "reason": "the meter was read late", "note": None, "boundary": "park", "period": MARCH,
        "closed_batch": batch - 1,
    }  # fmt: skip
    # 10 kWh of 30 March were there; 5 of the 31st and 1 of the bill come; the 7 are of April.
    # Of the second bill's 1 kWh over 20 days, 10 are in March.
    told = [(f["from"], f["to"], f["month"], f["before"], f["after"], f["change"]) for f in figures]
    assert [tuple(map(str, row)) for row in told] == [
        ("grid", "park", MARCH, "10", "16", "6"),
        ("park", "park/works", MARCH, "0", "0.5", "0.5"),
    ]
    view = "SELECT from_account, local_month, quantity_before, quantity_after, unit, reason"
    assert [
        (row[0], row[1], float(row[2]), float(row[3]), *row[4:])
        for row in case.rows(f"{view} FROM restatement_view ORDER BY 1")
    ] == [
        ("grid", MARCH, 10, 16, "kWh", "the meter was read late"),
        ("park", MARCH, 0, 0.5, "kWh", "the meter was read late"),
    ]
    assert status(case.ledger)["closings"][0]["restated"] == 1
    with case.ledger.read() as connection:
        assert verify_batches(connection)[2] == []


@on_both
def test_a_reversal_of_a_restatement_is_one_itself(case: Case) -> None:
    shut(case)
    number = post(case, *days(case, "M-1", "2025-03-31", ["5"]), head=restated("late"))
    with pytest.raises(PeriodClosed):
        reverse(case.ledger, number, "wrong file", "ben", NOW)
    reverse(case.ledger, number, "wrong file", "ben", NOW, restate="taken back")
    told = restatements(case.ledger)["restatements"]
    assert [str(one["figures"][0]["change"]) for one in told] == ["5", "-5"]
    assert [one["reason"] for one in told] == ["late", "taken back"]


@on_both
def test_one_batch_can_restate_several_closings(case: Case) -> None:
    shut(case, "park/works", "2025-02")
    shut(case, "park", "2025-Q1")
    entries = [
        of(case, "park", "park/works", "2025-02-10", "2025-02-11"),
        of(case, "grid", "park", "2025-03-10", "2025-03-11"),
    ]
    error = refused(case, *entries)
    assert error.message.startswith("park/works is closed for 2025-02 since")
    assert "; 1 other closed periods as well: " in error.message
    post(case, *entries, head=restated("audit"))
    told = [
        (one["boundary"], len(one["figures"])) for one in restatements(case.ledger)["restatements"]
    ]
    # The flow between members is one of the park as well.
    assert told == [("park/works", 1), ("park", 2)]


@on_both
def test_a_period_is_closed_once(case: Case) -> None:
    shut(case)
    for boundary, period in (("park", MARCH), ("park", "2025-03..2025-03"), ("park/works", MARCH)):
        with pytest.raises(PeriodClosed, match="park is closed for 2025-03 since") as caught:
            shut(case, boundary, period)
        assert caught.value.code == "closed-already"
    # Of the quarter two months are open yet; of the months, then, none.
    shut(case, "park", "2025-Q1")
    with pytest.raises(PeriodClosed):
        shut(case, "park", "2025-01..2025-02")


@on_both
def test_a_park_can_be_closed_after_its_members(case: Case) -> None:
    shut(case, "park/works")
    shut(case, "park")
    refused(case, of(case, "grid", "park/mill", "2025-03-10", "2025-03-11"))


@on_both
def test_a_period_that_is_not_over_is_not_closed(case: Case) -> None:
    with pytest.raises(PeriodClosed, match="2025-04 is not over yet in park") as caught:
        shut(case, "park", "2025-04")
    assert caught.value.code == "period-runs"
    # In Shanghai the month ends eight hours before it ends in UTC.
    close(case.ledger, "park", MARCH, None, actor="anna", now="2025-03-31T16:00:00Z")


@on_both
def test_only_accounts_inside_and_periods_can_be_closed(case: Case) -> None:
    for boundary, period, code in (
        ("grid", MARCH, "boundary"), ("park/nothing", MARCH, "boundary"), ("park", "March", "period"),
    ):  # fmt: skip
        with pytest.raises(CalculationRefused) as caught:
            shut(case, boundary, period)
        assert caught.value.code == code


@on_both
def test_a_closing_is_not_taken_back(case: Case) -> None:
    number = shut(case)["batch"]
    with pytest.raises(LedgerRefused) as caught:
        reverse(case.ledger, number, "open it", "ben", NOW)
    assert "--restate" in caught.value.hint


@on_both
def test_a_restatement_without_a_reason_is_none(case: Case) -> None:
    shut(case)
    with pytest.raises(LedgerRefused) as caught:
        post(case, *days(case, "M-1", "2025-03-31", ["5"]), head=restated(" "))
    assert caught.value.code == "reason"


@on_both
def test_a_reason_where_nothing_is_closed_restates_nothing(case: Case) -> None:
    shut(case)
    post(case, *days(case, "M-1", "2025-04-02", ["5"]), head=restated("just in case"))
    (warned,) = case.rows("SELECT warnings FROM batch_view ORDER BY batch DESC LIMIT 1")
    assert "--restate had no effect" in warned[0]
    assert restatements(case.ledger)["restatements"] == []


@on_both
def test_the_database_itself_keeps_entries_out(case: Case) -> None:
    """Whoever posts past the program, in a batch and with all hashes, is refused as well."""
    closed = shut(case)["batch"]
    assert closed
    values = of(case, "grid", "park", "2025-03-10", "2025-03-11") | {
        "id": 99, "batch_id": closed + 1,
    }  # fmt: skip
    for one in (
        values,
        values | {"first_day": 20250401, "last_day": 20250502, "end_utc": instant("2025-05-02")},
        values | {"first_day": 20250228, "last_day": 20250405},
    ):
        with pytest.raises(LedgerRefused) as caught, case.ledger.transaction() as connection:
            connection.execute(sa.insert(schema.entry), [one])
        assert caught.value.code == "period-closed"
    # April is open; the batch that is missing would be asked for at the end.
    with case.ledger.transaction() as connection:
        later = of(case, "grid", "park", "2025-04-01", "2025-04-02")
        nested = connection.begin_nested()
        connection.execute(sa.insert(schema.entry), [later | {"id": 99, "batch_id": closed + 1}])
        nested.rollback()


@dataclass(frozen=True)
class Site:
    """Changes of a site as batches, with a reason to restate or without."""

    case: Case
    restate: str | None = None

    def account(self, code: str, **values: Any) -> int:
        head = Header("site", "ben", NOW, restate=self.restate)
        with self.case.ledger.transaction() as connection, posting(connection, head) as made:
            of = number(connection, schema.account, code)
            made.insert(schema.account_revision, account_id=of, **values)
        return made.batch

    def mass(self, mass: str, name: str = "x") -> int:
        head = Header("site", "ben", NOW, restate=self.restate)
        with self.case.ledger.transaction() as connection, posting(connection, head) as made:
            of = number(connection, schema.commodity, "electricity")
            made.insert(schema.commodity_revision, commodity_id=of, mass_kg=mass, name_en=name)
        return made.batch


@on_both
def test_a_change_of_the_site_that_moves_closed_figures_is_refused(case: Case) -> None:
    """Another region has another grid, also for the accounts below that have none of their own."""
    post(case, *days(case, "S-1", "2025-03-30", ["1"]))
    shut(case, "park/works")
    site = Site(case)
    zone = {"kind": "facility", "timezone": "Asia/Shanghai"}
    with pytest.raises(PeriodClosed, match="account park/works: region CN-LN → CN-BJ"):
        site.account("park", region="CN-BJ", **zone)
    with pytest.raises(PeriodClosed, match="account park/mill: kind facility → process"):
        site.account("park/mill", kind="process")
    # Names move nothing; the line has no entries in March; the roof is no part of it.
    site.account("park", region="CN-LN", name_en="Park", **zone)
    site.account("park/works/line", kind="boiler")
    site.account("park/roof", kind="generator", technology="wind")
    number = replace(site, restate="it lies in Beijing").account("park", region="CN-BJ", **zone)
    (one,) = restatements(case.ledger)["restatements"]
    assert (one["batch"], one["reason"], one["figures"]) == (number, "it lies in Beijing", [])
    assert "account park/works: region CN-LN → CN-BJ" in one["note"]
    assert case.rows("SELECT batch, from_account, local_month FROM restatement_view") == [
        (number, None, None)
    ]


@on_both
def test_a_mass_that_moves_closed_figures_is_refused(case: Case) -> None:
    shut(case, "park/works")
    Site(case).mass("2")
    shut(case, "park")
    with pytest.raises(PeriodClosed, match="commodity electricity: mass_kg 2 → 3"):
        Site(case).mass("3")
    Site(case).mass("2", "Power")


def test_the_days_of_months_end_with_them() -> None:
    for months, days_, zone in (
        (("2024-02",), (20240201, 20240229), "UTC"),
        (("2024-11", "2024-12"), (20241101, 20241231), "America/New_York"),
    ):
        span = span_of(months, zone)
        assert (span.first_day, span.last_day) == days_
        assert span.end == instant("2024-03-01" if zone == "UTC" else "2025-01-01", zone)


BOUNDARIES = ("park", "park/works", "park/works/line", "park/mill")
ENDS = (*BOUNDARIES, "grid", "customer")
POSTS = st.tuples(
    st.just("post"), st.sampled_from(ENDS), st.sampled_from(ENDS), st.integers(0, 130),
    st.integers(1, 70), st.sampled_from(["Asia/Shanghai", "UTC", "America/New_York"]),
)  # fmt: skip
SHUTS = st.tuples(st.just("shut"), st.sampled_from(BOUNDARIES), st.integers(1, 4))
FIRST_DAY = datetime(2024, 12, 1)  # noqa: DTZ001 (a local day)


def sums(case: Case, boundary: str, month: str) -> dict[tuple[str, ...], int]:
    """Return what flows from or to a boundary in a month, as every calculation sums it."""
    with case.ledger.read() as connection:
        number = last_batch(connection)
        found = month_sums(connection, read_state(connection), [month], number)
    inside = (boundary, f"{boundary}/")
    return {
        key: quantity
        for key, quantity in found.items()
        if any(end == inside[0] or end.startswith(inside[1]) for end in key[:2])
    }


@example(deeds=[
    ("shut", "park", 3),
    # Midnight of 1 April in Shanghai is noon of 31 March at the mill.
    ("post", "grid", "park/mill", 121, 40, "Asia/Shanghai"),
])  # fmt: skip
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(deeds=st.lists(POSTS | SHUTS, min_size=3, max_size=12))
def test_no_entry_moves_a_sum_of_a_closed_month(
    deeds: list[tuple[Any, ...]], park_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """By the way that months are summed, not by the way that the gate looks at days."""
    path = tmp_path_factory.mktemp("gate") / "ledger.db"
    path.write_bytes(park_template.read_bytes())
    closed: dict[tuple[str, str], dict[tuple[str, ...], int]] = {}
    with open_ledger(location(str(path)), write=True) as ledger:
        case = Case(ledger)
        for kind, *what in deeds:
            try:
                if kind == "shut":
                    boundary, month = what[0], f"2025-{what[1]:02}"
                    close(ledger, boundary, month, None, actor="a", now="2025-09-01T00:00:00Z")
                    closed[boundary, month] = sums(case, boundary, month)
                elif what[0] != what[1]:
                    start = FIRST_DAY + timedelta(days=what[2])
                    end = start + timedelta(days=what[3])
                    post(case, of(case, what[0], what[1], str(start), str(end), zone=what[4]))
            except PeriodClosed:
                continue
        for (boundary, month), before in closed.items():
            assert sums(case, boundary, month) == before, (boundary, month)


@pytest.fixture(scope="module")
def park_template(ledger_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("park") / "ledger.db"
    path.write_bytes(ledger_template.read_bytes())
    with park(location(str(path))) as case:
        # Half a day behind its park: an hour of April there is one of March here.
        zone = {"kind": "facility", "timezone": "America/New_York"}
        Site(case).account("park/mill", **zone)
        return path
