"""What applying a site file changes, what it may not change, and what the ledger then holds."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.calc.model import Account, Commodity
from carbonledger.errors import SiteRefused
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.schema import entry, metadata
from carbonledger.ledger.state import (
    MeterEvent,
    MeterRevision,
    SiteState,
    as_calc,
    read_state,
    revision_on,
)
from carbonledger.site import (
    Plan,
    PostedSummary,
    apply_plan,
    as_json,
    describe,
    plan,
    read_posted,
    read_site,
    shipped,
)
from carbonledger.site.compare import merged, revise

SITE = """\
[site]
code = "park"
name = { en = "Demo park", zh = "示范园区" }
timezone = "Asia/Shanghai"
region = "CN-LN"

[account."park/a"]
kind = "process"
[account."park/b"]
kind = "process"

[commodity."tyre-205"]
kind = "product"
unit = "piece"
mass_kg = "9.6"
name = { en = "Tyre", zh = "轮胎" }

[meter."M-1"]
from = "grid"
to = "park/a"
commodity = "electricity"
unit = "kWh"
reads = "interval"

[meter."R-1"]
from = "supplier"
to = "park/b"
commodity = "natural_gas"
unit = "m3"
reads = "register"
register = { multiplier = 10 }
"""
MOVED = (
    SITE.replace('[meter."M-1"]', '[[meter."M-1"]]')
    + """
[[meter."M-1"]]
from = "grid"
to = "park/b"
commodity = "electricity"
unit = "kWh"
reads = "interval"
valid_from = "2025-07-01"
"""
)
SWAP = """
[[event]]
meter = "R-1"
at = "2024-06-12 14:30"
kind = "swap"
old = "998877.5"
new = 12
note = "换表"
"""
JUNE_12 = 1718121600
"""Midnight of 12 June 2024 in Shanghai."""
DAY_S = 86_400
QUARTER_S = 900


class Book:
    """A ledger in memory, and a site file beside it."""

    def __init__(self, connection: sa.Connection, folder: Path) -> None:
        self.connection = connection
        self._path = folder / "site.toml"

    def plan(self, text: str) -> Plan:
        """Compare a site file with the ledger."""
        self._path.write_text(text, "utf-8")
        declared, state = read_site(self._path), self.state()
        return plan(declared, state, read_posted(self.connection, declared, state))

    def apply(self, text: str) -> int:
        """Apply a site file; return the number of the batch."""
        wanted = self.plan(text)
        header = Header("site", "tester", "2026-01-01T00:00:00Z")
        with posting(self.connection, header) as post:
            apply_plan(post, wanted, self.state())
        return post.batch

    def state(self, as_of: int | None = None) -> SiteState:
        """Read what the ledger holds."""
        return read_state(self.connection, as_of)

    def post(self, meter: str | None, start: int, kind: str = "reading", **values: Any) -> int:
        """Post one day of entries of a meter, or a record from park/a to landfill."""
        state = self.state()
        revision = state.meters[meter].revisions[0] if meter else None
        source = revision.source if revision else "park/a"
        target = revision.target if revision else "landfill"
        day = 20240612 + (start - JUNE_12) // DAY_S
        batch_kind = "reversal" if values.get("corrects_id") else "import"
        row = {
            "kind": kind,
            "meter_id": state.meters[meter].id if meter else None,
            "from_account_id": state.accounts[source].id,
            "to_account_id": state.accounts[target].id,
            "commodity_id": state.commodities[
                revision.commodity if revision else "solid_waste"
            ].id,
            "start_utc": start,
            "end_utc": start + DAY_S,
            "first_day": day,
            "last_day": day,
            "quantity": 1_000_000,
            "recorded_quantity": "1",
            "recorded_unit": "kWh",
            "quality": "actual",
        } | values
        with posting(self.connection, Header(batch_kind, "t", "2026-01-01T00:00:00Z")) as post:
            return post.insert(entry, **row)

    def refusals(self, text: str) -> list[str]:
        """Return the refusals of a plan, each as `line column code: reason`."""
        found = self.plan(text).refusals
        return [f"{f.line} {f.column} {f.text}: {f.reason}" for f in found]


@pytest.fixture(name="book")
def _book(tmp_path: Path) -> Iterator[Book]:
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        yield Book(connection, tmp_path)
    engine.dispose()


def test_the_first_plan_adds_everything_and_the_second_nothing(book: Book) -> None:
    first = book.plan(SITE)
    ships = len(shipped().accounts) + len(shipped().commodities)
    assert (first.count("add"), first.count("change"), first.count("unchanged")) == (
        ships + 6, 0, 0,
    )  # fmt: skip
    assert describe(first, "en") == [
        f"+ {len(shipped().accounts)} accounts and {len(shipped().commodities)} commodities that "
        "every ledger has",
        "+ account park  facility region=CN-LN timezone=Asia/Shanghai name.en=Demo park "
        "name.zh=示范园区",
        "+ account park/a  process",
        "+ account park/b  process",
        "+ commodity tyre-205  product unit=piece mass_kg=9.6 name.en=Tyre name.zh=轮胎",
        "+ meter M-1  grid → park/a electricity kWh interval timezone=Asia/Shanghai",
        "+ meter R-1  supplier → park/b natural_gas m3 register multiplier=10 "
        "timezone=Asia/Shanghai",
        f"Plan: {ships + 6} to add, 0 to change, 0 unchanged.",
    ]
    book.apply(SITE)
    second = book.plan(SITE)
    assert second.empty
    assert describe(second, "en") == [
        "Nothing to change: the ledger holds what site.toml declares."
    ]
    assert describe(second, "zh") == ["无需更改：账本与 site.toml 的声明一致。"]
    assert second.count("unchanged") == 6


def test_the_state_is_what_was_declared(book: Book) -> None:
    book.apply(MOVED + SWAP)
    state = book.state()
    assert state.sites == ("park",)
    tyre = state.commodities["tyre-205"]
    assert (tyre.kind, tyre.unit, tyre.mass_kg) == ("product", "piece", Decimal("9.6"))
    assert state.commodities["natural_gas"].note != ""
    assert state.accounts["landfill"].treatment == "landfill"
    meter = state.meters["M-1"]
    assert [(r.valid_from, r.source, r.target) for r in meter.revisions] == [
        (0, "grid", "park/a"),
        (20250701, "grid", "park/b"),
    ]
    register = state.meters["R-1"]
    assert register.revisions[0].multiplier == 10
    assert register.events == (
        MeterEvent(JUNE_12 + 52200, "swap", Decimal("998877.5"), Decimal(12), "换表"),
    )


def test_a_meter_measures_another_flow_from_a_day_on(book: Book) -> None:
    book.apply(MOVED)
    meter = book.state().meters["M-1"]
    targets = {day: on.target for day in (20240101, 20250630, 20250701, 20991231)
               if (on := meter.on(day))}  # fmt: skip
    assert targets == {
        20240101: "park/a", 20250630: "park/a", 20250701: "park/b", 20991231: "park/b",
    }  # fmt: skip
    late = replace(meter, revisions=meter.revisions[1:])
    assert late.on(20250630) is None


def test_the_state_as_of_an_earlier_batch(book: Book) -> None:
    first = book.apply(SITE)
    second = book.apply(
        MOVED.replace('"CN-LN"', '"CN-BJ"').replace('"9.6"', '"9.8"')
        + '[account."park/c"]\nkind = "office"\n'
    )
    old, new = book.state(first), book.state(second)
    assert (old.accounts["park"].region, new.accounts["park"].region) == ("CN-LN", "CN-BJ")
    assert (old.commodities["tyre-205"].mass_kg, new.commodities["tyre-205"].mass_kg) == (
        Decimal("9.6"), Decimal("9.8"),
    )  # fmt: skip
    assert ("park/c" in old.accounts, "park/c" in new.accounts) == (False, True)
    assert [len(state.meters["M-1"].revisions) for state in (old, new)] == [1, 2]


def test_region_and_time_zone_are_inherited_from_the_nearest_that_states_them(book: Book) -> None:
    book.apply(
        SITE
        + """
[account."park/works"]
kind = "facility"
region = "CN-XJ"
timezone = "Asia/Urumqi"
[account."park/works/line"]
kind = "process"
[account."park/works/line/press"]
kind = "process"
region = "CN-XZ"
"""
    )
    accounts = book.state().accounts
    kept = {code: (a.region, a.timezone) for code, a in accounts.items() if code > "park"}
    shanghai = "Asia/Shanghai"
    assert {code: kept[code] for code in kept if code.startswith("park")} == {
        "park/a": ("CN-LN", shanghai),
        "park/b": ("CN-LN", shanghai),
        "park/works": ("CN-XJ", "Asia/Urumqi"),
        "park/works/line": ("CN-XJ", "Asia/Urumqi"),
        "park/works/line/press": ("CN-XZ", "Asia/Urumqi"),
    }
    assert (accounts["grid"].region, accounts["grid"].own_region) == ("CN-LN", "")
    assert book.state().members("park") == ("park/works",)


def test_outside_accounts_of_a_ledger_with_two_sites_have_no_region(book: Book) -> None:
    book.apply(SITE)
    other = '[site]\ncode = "works"\ntimezone = "Asia/Urumqi"\nregion = "CN-XJ"\n'
    second = book.plan(other)
    assert second.stays == (("commodity", "tyre-205"),)
    book.apply(other)
    state = book.state()
    assert state.sites == ("park", "works")
    assert (state.accounts["grid"].region, state.accounts["park/a"].region) == ("", "CN-LN")


def test_records_for_calculations(book: Book) -> None:
    book.apply(SITE)
    accounts, commodities = as_calc(book.state())
    assert accounts["park/a"] == Account("park/a", outside=False, kind="process", region="CN-LN")
    assert accounts["landfill"].treatment == "landfill"
    assert commodities["tyre-205"] == Commodity(
        "tyre-205", "product", "piece", Decimal("9.6"), {"en": "Tyre", "zh": "轮胎"}
    )


def test_changes_are_shown_with_what_was_and_what_will_be(book: Book) -> None:
    book.apply(SITE)
    wanted = book.plan(
        MOVED.replace('"CN-LN"', '"CN-BJ"').replace('mass_kg = "9.6"\n', "")
        + SWAP
        + '[account."park/c"]\nkind = "office"\n'
    )
    assert describe(wanted, "en") == [
        "~ account park  region CN-LN → CN-BJ",
        "+ account park/c  office",
        "~ commodity tyre-205  mass_kg 9.6 → —",
        "~ meter M-1 from 2025-07-01 on  to park/a → park/b",
        "+ event R-1 2024-06-12 14:30  swap old=998877.5 new=12 note=换表",
        "Plan: 2 to add, 3 to change, 3 unchanged.",
    ]
    assert describe(wanted, "zh")[3:] == [
        "~ 计量表 M-1 自 2025-07-01 起  to park/a → park/b",
        "+ 事件 R-1 2024-06-12 14:30  swap old=998877.5 new=12 note=换表",
        "计划：新增 2 项，更改 3 项，3 项不变。",
    ]
    answer = as_json(wanted)
    assert (answer["add"], answer["change"], answer["unchanged"]) == (2, 3, 3)
    moved = answer["changes"][3]
    assert (moved["action"], moved["code"], moved["when"]) == ("change", "M-1", "2025-07-01")
    assert (moved["before"]["to"], moved["after"]["to"]) == ("park/a", "park/b")


def test_what_the_file_leaves_out_stays(book: Book) -> None:
    book.apply(SITE + SWAP)
    less = SITE[: SITE.index('[account."park/b"]')]
    wanted = book.plan(less)
    assert wanted.empty
    assert wanted.stays == (
        ("account", "park/b"),
        ("commodity", "tyre-205"),
        ("meter", "M-1"),
        ("meter", "R-1"),
    )
    assert describe(wanted, "en")[0] == (
        "  not in site.toml, stays as it is: account park/b, commodity tyre-205, meter M-1, "
        "meter R-1"
    )
    assert describe(wanted, "zh")[0] == (
        "  site.toml 中没有，保持不变：账户 park/b、商品 tyre-205、计量表 M-1、计量表 R-1"
    )


def test_an_applied_move_is_no_change_and_a_withdrawn_one_is(book: Book) -> None:
    book.apply(MOVED)
    assert book.plan(MOVED).empty
    assert describe(book.plan(SITE), "en")[0] == (
        "~ meter M-1 from 2025-07-01 on  to park/b → park/a"
    )
    book.apply(SITE)
    assert book.plan(SITE).empty
    on = book.state().meters["M-1"].on(20250801)
    assert on is not None
    assert on.target == "park/a"


def test_before_entries_a_meter_may_change_altogether(book: Book) -> None:
    book.apply(SITE)
    changed = SITE.replace('to = "park/a"', 'to = "park/b"').replace('unit = "kWh"', 'unit = "MWh"')
    assert describe(book.plan(changed), "en")[0] == "~ meter M-1  to park/a → park/b, unit kWh → MWh"
    assert book.refusals(changed) == []


@pytest.mark.parametrize(
    ("old", "new", "column", "what"),
    [
        ('to = "park/a"', 'to = "park/b"', "to", "to from park/a to park/b"),
        ('from = "grid"', 'from = "market"', "from", "from from grid to market"),
        ('unit = "kWh"', 'unit = "MWh"', "unit", "unit from kWh to MWh"),
        (
            'unit = "kWh"\nreads = "interval"',
            'unit = "kW"\nreads = "power"',
            "unit",
            "unit from kWh to kW, reads from interval to power",
        ),
        (
            'reads = "interval"',
            'reads = "interval"\nmultiplier = "40"',
            "multiplier",
            "multiplier from 1 to 40",
        ),
        (
            'reads = "interval"',
            'reads = "interval"\ntimezone = "Asia/Urumqi"',
            "timezone",
            "timezone from Asia/Shanghai to Asia/Urumqi",
        ),
    ],
)
def test_a_change_that_alters_posted_entries_of_a_meter_is_refused(
    book: Book, old: str, new: str, column: str, what: str
) -> None:
    book.apply(SITE)
    book.post("M-1", JUNE_12)
    book.post("M-1", JUNE_12 + 3 * DAY_S)
    assert book.refusals(SITE.replace(old, new, 1)) == [
        f"18 {column} M-1: has entries posted from 2024-06-12 to 2024-06-15, and {what} would "
        "change within these days; keep the table as it was and add a second one with valid_from "
        "later than 2024-06-15"
    ]


def test_a_change_from_the_day_after_the_last_entry_is_in_order(book: Book) -> None:
    book.apply(SITE)
    book.post("M-1", JUNE_12)
    assert book.refusals(MOVED.replace("2025-07-01", "2024-06-13")) == []
    refused = book.refusals(MOVED.replace("2025-07-01", "2024-06-12"))
    assert [line.split(":")[0] for line in refused] == ["33 to M-1"]


def test_a_change_on_days_before_the_first_entry_is_in_order(book: Book) -> None:
    book.apply(MOVED.replace("2025-07-01", "2024-06-01"))
    book.post("M-1", JUNE_12)
    earlier = MOVED.replace("2025-07-01", "2024-06-01").replace('"grid"', '"market"', 1)
    assert book.refusals(earlier) == []
    assert len(book.refusals(SITE)) == 1


def test_the_time_zone_of_the_site_holds_its_meters_and_records(book: Book) -> None:
    book.apply(SITE)
    urumqi = SITE.replace("Asia/Shanghai", "Asia/Urumqi")
    assert book.refusals(urumqi) == []
    book.post(None, JUNE_12, "record")
    book.post("R-1", JUNE_12)
    assert [line.split(";")[0] for line in book.refusals(urumqi)] == [
        "1 timezone park/a: has posted records with local days of Asia/Shanghai",
        "24 timezone R-1: has entries posted from 2024-06-12 to 2024-06-12, and timezone from "
        "Asia/Shanghai to Asia/Urumqi would change within these days",
    ]


def test_digits_may_be_stated_later_but_not_altered(book: Book) -> None:
    book.apply(SITE)
    book.post("R-1", JUNE_12)
    six = SITE.replace("{ multiplier = 10 }", "{ digits = 6, multiplier = 10 }")
    assert book.refusals(six) == []
    book.apply(six)
    assert [line.split(": ")[0] for line in book.refusals(six.replace("= 6", "= 5"))] == [
        "24 digits R-1"
    ]


def test_entries_that_were_reversed_hold_nothing(book: Book) -> None:
    book.apply(SITE)
    moved = SITE.replace('to = "park/a"', 'to = "park/b"')
    posted = book.post("M-1", JUNE_12)
    assert len(book.refusals(moved)) == 1
    reversal = book.post("M-1", JUNE_12, "reversal", corrects_id=posted, quantity=-1_000_000)
    assert book.refusals(moved) == []
    book.post("M-1", JUNE_12, "reading", corrects_id=reversal)
    assert len(book.refusals(moved)) == 1


def test_kind_and_unit_of_a_commodity_never_change(book: Book) -> None:
    book.apply(SITE)
    other = SITE.replace('kind = "product"\nunit = "piece"', 'kind = "material"\nunit = "kg"')
    assert book.refusals(other.replace('mass_kg = "9.6"\n', "")) == [
        "12 kind tyre-205: has the kind product in this ledger, and the file says material; "
        "quantities are posted by it: declare the kind material under another code",
        "12 unit tyre-205: has the unit piece in this ledger, and the file says kg; quantities "
        "are posted by it: declare the unit kg under another code",
    ]


def test_an_account_never_crosses_the_boundary(book: Book) -> None:
    book.apply(SITE + '[account."works"]\nkind = "customer"\n')
    inside = '[site]\ncode = "works"\ntimezone = "Asia/Shanghai"\nregion = "CN-LN"\n'
    (refused,) = book.refusals(inside)
    assert refused.startswith(
        "1  works: is an account outside of the sites in this ledger and would become one inside"
    )


def _profile(*values: str | None) -> dict[str, Any]:
    shown = ", ".join("null" if value is None else value for value in values)
    return {"profile": f"[{shown}]", "interval_s": DAY_S // len(values)}


def test_an_event_between_posted_values_is_refused_and_one_in_a_gap_is_not(book: Book) -> None:
    book.apply(SITE)
    assert book.refusals(SITE + SWAP) == []
    # Four values of six hours; the swap at 14:30 falls in the third.
    posted = book.post("R-1", JUNE_12, **_profile("1.5", "2", None, "3"))
    assert book.refusals(SITE + SWAP) == []
    assert book.refusals(SITE + SWAP.replace("14:30", "11:59")) == [
        "33 at R-1: has values posted on both sides of 2024-06-12 11:59, which a swap then would "
        "make others; reverse the batches that posted them, apply the event, import again"
    ]
    assert book.refusals(SITE + SWAP.replace("14:30", "12:00")) == []
    assert len(book.refusals(SITE + SWAP.replace("14:30", "06:00"))) == 1
    calibration = SWAP.replace("swap", "calibration").replace('old = "998877.5"\nnew = 12\n', "")
    assert book.refusals(SITE + calibration.replace("14:30", "11:59")) == []
    book.post("R-1", JUNE_12, "reversal", corrects_id=posted)
    assert book.refusals(SITE + SWAP.replace("14:30", "11:59")) == []


def test_an_event_is_posted_once_for_good(book: Book) -> None:
    book.apply(SITE + SWAP)
    assert book.plan(SITE + SWAP).empty
    assert book.refusals(SITE + SWAP.replace("new = 12", "new = 13")) == [
        "33  R-1: has a swap posted at 2024-06-12 14:30 with other readings or another note; an "
        "event is posted once for good"
    ]


class Nothing:
    """A batch that takes no rows."""

    def insert(self, table: sa.Table, **values: Any) -> int:
        """Fail: nothing may be posted."""
        raise AssertionError((table, values))


def test_a_refused_plan_posts_nothing(book: Book) -> None:
    book.apply(SITE)
    book.post("M-1", JUNE_12)
    wanted = book.plan(SITE.replace('to = "park/a"', 'to = "park/b"').replace('"9.6"', '"9.7"'))
    assert not wanted.empty
    assert describe(wanted, "en")[2:] == [
        f"! site.toml, line 18, M-1: {wanted.refusals[0].reason}",
        "Refused for 1 reason(s); nothing was changed.",
    ]
    assert as_json(wanted)["refusals"][0]["line"] == 18
    with pytest.raises(SiteRefused, match=r"site\.toml cannot be applied: 'M-1' has entries") as e:
        apply_plan(Nothing(), wanted, book.state())
    assert (e.value.code, len(e.value.problems)) == ("site-posted", 1)
    assert "from a later day on" in e.value.hint


def test_an_empty_plan_posts_nothing(book: Book) -> None:
    book.apply(SITE)
    apply_plan(Nothing(), book.plan(SITE), book.state())


def test_a_plan_needs_no_database(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(SITE, "utf-8")
    empty = SiteState({}, {}, {})
    assert plan(read_site(path), empty, PostedSummary()).changes == book.plan(SITE).changes


DAYS = st.sampled_from([0, 20240101, 20240615, 20250101])
FLOW = MeterRevision(0, "grid", "a", "electricity", "kWh", "interval", None, Decimal(1), "UTC")
REVISIONS = st.dictionaries(DAYS, st.sampled_from(["a", "b"]), max_size=4).map(
    lambda found: tuple(
        replace(FLOW, valid_from=day, target=target) for day, target in sorted(found.items())
    )
)


@given(held=REVISIONS, declared=REVISIONS.filter(bool))
def test_a_meter_has_its_declared_flow_from_its_first_day_and_the_held_one_before(
    held: tuple[MeterRevision, ...], declared: tuple[MeterRevision, ...]
) -> None:
    after = merged(held, revise(held, declared))
    for day in (0, 20231231, 20240101, 20240614, 20240615, 20241231, 20250101, 20990101):
        expected = revision_on(declared if day >= declared[0].valid_from else held, day)
        found = revision_on(after, day)
        assert (found and found.target) == (expected and expected.target)
    assert revise(after, declared) == ()
