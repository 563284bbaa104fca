"""What applying a site file changes, and what the ledger then holds."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from site_sample import DEMO, JUNE_12, MOVED, SWAP, Book

from carbonledger.calc.model import Account, Commodity
from carbonledger.ledger.schema import metadata
from carbonledger.ledger.state import MeterEvent, MeterRevision, SiteState, as_calc, revision_on
from carbonledger.site import PostedSummary, as_json, describe, plan, read_site, shipped
from carbonledger.site.compare import merged, revise


@pytest.fixture(name="book")
def _book(tmp_path: Path) -> Iterator[Book]:
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        yield Book(connection, tmp_path)
    engine.dispose()


def test_the_first_plan_adds_everything_and_the_second_nothing(book: Book) -> None:
    first = book.plan(DEMO)
    ships = len(shipped().accounts) + len(shipped().commodities)
    assert (first.count("add"), first.count("change"), first.count("unchanged")) == (
        ships + 6, 0, 0,
    )  # fmt: skip
    assert describe(first, "en") == [
        (
            f"+ {len(shipped().accounts)} accounts and {len(shipped().commodities)} commodities "
            "that every ledger has"
        ),
        (
            "+ account park  facility region=CN-LN timezone=Asia/Shanghai name.en=Demo park "
            "name.zh=示范园区"
        ),
        "+ account park/a  process",
        "+ account park/b  process",
        "+ commodity tyre-205  product unit=piece mass_kg=9.6 name.en=Tyre name.zh=轮胎",
        "+ meter M-1  grid → park/a electricity kWh interval timezone=Asia/Shanghai",
        (
            "+ meter R-1  supplier → park/b natural_gas m3 register multiplier=10 "
            "timezone=Asia/Shanghai"
        ),
        f"Plan: {ships + 6} to add, 0 to change, 0 unchanged.",
    ]
    book.apply(DEMO)
    second = book.plan(DEMO)
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
    first = book.apply(DEMO)
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
        DEMO
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
    book.apply(DEMO)
    other = '[site]\ncode = "works"\ntimezone = "Asia/Urumqi"\nregion = "CN-XJ"\n'
    second = book.plan(other)
    assert second.stays == (("commodity", "tyre-205"),)
    book.apply(other)
    state = book.state()
    assert state.sites == ("park", "works")
    assert (state.accounts["grid"].region, state.accounts["park/a"].region) == ("", "CN-LN")


def test_records_for_calculations(book: Book) -> None:
    book.apply(DEMO)
    accounts, commodities = as_calc(book.state())
    assert accounts["park/a"] == Account("park/a", outside=False, kind="process", region="CN-LN")
    assert accounts["landfill"].treatment == "landfill"
    assert commodities["tyre-205"] == Commodity(
        "tyre-205", "product", "piece", Decimal("9.6"), {"en": "Tyre", "zh": "轮胎"}
    )


def test_changes_are_shown_with_what_was_and_what_will_be(book: Book) -> None:
    book.apply(DEMO)
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
    book.apply(DEMO + SWAP)
    less = DEMO[: DEMO.index('[account."park/b"]')]
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
    assert describe(book.plan(DEMO), "en")[0] == (
        "~ meter M-1 from 2025-07-01 on  to park/b → park/a"
    )
    book.apply(DEMO)
    assert book.plan(DEMO).empty
    on = book.state().meters["M-1"].on(20250801)
    assert on is not None
    assert on.target == "park/a"


def test_before_entries_a_meter_may_change_altogether(book: Book) -> None:
    book.apply(DEMO)
    changed = DEMO.replace('to = "park/a"', 'to = "park/b"').replace('unit = "kWh"', 'unit = "MWh"')
    assert (
        describe(book.plan(changed), "en")[0] == "~ meter M-1  to park/a → park/b, unit kWh → MWh"
    )
    assert book.refusals(changed) == []


def test_a_plan_needs_no_database(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(DEMO, "utf-8")
    empty = SiteState({}, {}, {})
    assert plan(read_site(path), empty, PostedSummary()).changes == book.plan(DEMO).changes


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
