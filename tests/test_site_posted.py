"""What a site file may not change, because entries are posted."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from site_sample import DAY_S, DEMO, JUNE_12, MOVED, SWAP, Book

from carbonledger.errors import SiteRefused
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.schema import metadata
from carbonledger.site import apply_plan, as_json, describe
from carbonledger.site.apply import post_event


@pytest.fixture(name="book")
def _book(tmp_path: Path) -> Iterator[Book]:
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        yield Book(connection, tmp_path)
    engine.dispose()


def test_class_and_tolerance_may_change_at_any_time(book: Book) -> None:
    """They say how well a meter measures, not what it measured."""
    book.apply(DEMO)
    book.post("M-1", JUNE_12)
    better = DEMO.replace(
        'reads = "interval"', 'reads = "interval"\nclass = "0.5S"\ntolerance = "0.5"', 1
    ).replace('region = "CN-LN"', 'region = "CN-LN"\ntolerance = "2.5"', 1)
    assert book.refusals(better) == []
    before = book.state()
    assert describe(book.plan(better), "en")[:2] == [
        "~ account park  tolerance — → 2.5",
        "~ meter M-1  class — → 0.5S, tolerance — → 0.5",
    ]
    number = book.apply(better)
    held = book.state().meters["M-1"].revisions
    assert [(r.accuracy_class, r.tolerance) for r in held] == [("0.5S", Decimal("0.5"))]
    assert book.state().accounts["park"].tolerance == Decimal("2.5")
    assert book.state(number - 1) == before
    assert book.plan(better).empty


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
    book.apply(DEMO)
    book.post("M-1", JUNE_12)
    book.post("M-1", JUNE_12 + 3 * DAY_S)
    assert book.refusals(DEMO.replace(old, new, 1)) == [
        (
            f"18 {column} M-1: has entries posted from 2024-06-12 to 2024-06-15, and {what} "
            "would change within these days; keep the table as it was and add a second one with "
            "valid_from later than 2024-06-15"
        )
    ]


def test_a_change_from_the_day_after_the_last_entry_is_in_order(book: Book) -> None:
    book.apply(DEMO)
    book.post("M-1", JUNE_12)
    assert book.refusals(MOVED.replace("2025-07-01", "2024-06-13")) == []
    refused = book.refusals(MOVED.replace("2025-07-01", "2024-06-12"))
    assert [line.split(":")[0] for line in refused] == ["33 to M-1"]


def test_a_change_on_days_before_the_first_entry_is_in_order(book: Book) -> None:
    book.apply(MOVED.replace("2025-07-01", "2024-06-01"))
    book.post("M-1", JUNE_12)
    earlier = MOVED.replace("2025-07-01", "2024-06-01").replace('"grid"', '"market"', 1)
    assert book.refusals(earlier) == []
    assert len(book.refusals(DEMO)) == 1


def test_the_time_zone_of_the_site_holds_its_meters_and_records(book: Book) -> None:
    book.apply(DEMO)
    urumqi = DEMO.replace("Asia/Shanghai", "Asia/Urumqi")
    assert book.refusals(urumqi) == []
    book.post(None, JUNE_12, "record")
    book.post("R-1", JUNE_12)
    assert [line.split(";")[0] for line in book.refusals(urumqi)] == [
        "1 timezone park/a: has posted records with local days of Asia/Shanghai",
        (
            "25 timezone R-1: has entries posted from 2024-06-12 to 2024-06-12, and timezone from "
            "Asia/Shanghai to Asia/Urumqi would change within these days"
        ),
    ]


def test_digits_may_be_stated_later_but_not_altered(book: Book) -> None:
    book.apply(DEMO)
    book.post("R-1", JUNE_12)
    six = DEMO.replace("{ multiplier = 10 }", "{ digits = 6, multiplier = 10 }")
    assert book.refusals(six) == []
    book.apply(six)
    assert [line.split(": ")[0] for line in book.refusals(six.replace("= 6", "= 5"))] == [
        "25 digits R-1"
    ]


def test_entries_that_were_reversed_hold_nothing(book: Book) -> None:
    book.apply(DEMO)
    moved = DEMO.replace('to = "park/a"', 'to = "park/b"')
    posted = book.post("M-1", JUNE_12)
    assert len(book.refusals(moved)) == 1
    reversal = book.post("M-1", JUNE_12, "reversal", corrects_id=posted, quantity=-1_000_000)
    assert book.refusals(moved) == []
    book.post("M-1", JUNE_12, "reading", corrects_id=reversal)
    assert len(book.refusals(moved)) == 1


def test_kind_and_unit_of_a_commodity_never_change(book: Book) -> None:
    book.apply(DEMO)
    other = DEMO.replace('kind = "product"\nunit = "piece"', 'kind = "material"\nunit = "kg"')
    assert book.refusals(other.replace('mass_kg = "9.6"\n', "")) == [
        (
            "12 kind tyre-205: has the kind product in this ledger, and the file says material; "
            "quantities are posted by it: declare the kind material under another code"
        ),
        (
            "12 unit tyre-205: has the unit piece in this ledger, and the file says kg; quantities "
            "are posted by it: declare the unit kg under another code"
        ),
    ]


def test_an_account_never_crosses_the_boundary(book: Book) -> None:
    book.apply(DEMO + '[account."works"]\nkind = "customer"\n')
    inside = '[site]\ncode = "works"\ntimezone = "Asia/Shanghai"\nregion = "CN-LN"\n'
    (refused,) = book.refusals(inside)
    assert refused.startswith(
        "1  works: is an account outside of the sites in this ledger and would become one inside"
    )


def _profile(*values: str | None) -> dict[str, Any]:
    shown = ", ".join("null" if value is None else value for value in values)
    return {"profile": f"[{shown}]", "interval_s": DAY_S // len(values)}


def test_an_event_between_posted_values_is_refused_and_one_in_a_gap_is_not(book: Book) -> None:
    book.apply(DEMO)
    assert book.refusals(DEMO + SWAP) == []
    # Four values of six hours; the swap at 14:30 falls in the third.
    posted = book.post("R-1", JUNE_12, **_profile("1.5", "2", None, "3"))
    assert book.refusals(DEMO + SWAP) == []
    assert book.refusals(DEMO + SWAP.replace("14:30", "11:59")) == [
        (
            "33 at R-1: has values posted around 2024-06-12 11:59, which a swap then would make "
            "others; declare it with carbonledger meter event R-1, which counts them again and "
            "shows what changed"
        )
    ]
    assert book.refusals(DEMO + SWAP.replace("14:30", "12:00")) == []
    assert len(book.refusals(DEMO + SWAP.replace("14:30", "06:00"))) == 1
    calibration = SWAP.replace("swap", "calibration").replace('old = "998877.5"\nnew = 12\n', "")
    assert book.refusals(DEMO + calibration.replace("14:30", "11:59")) == []
    book.post("R-1", JUNE_12, "reversal", corrects_id=posted)
    assert book.refusals(DEMO + SWAP.replace("14:30", "11:59")) == []


def test_a_change_of_the_multiplier_before_posted_values_is_refused(book: Book) -> None:
    book.apply(DEMO)
    book.post("R-1", JUNE_12, **_profile("1.5", "2", "3", "3"))
    change = SWAP.replace("swap", "multiplier").replace("new = 12", "multiplier = 60")
    assert len(book.refusals(DEMO + change.replace("14:30", "00:00"))) == 1
    assert book.refusals(DEMO + change.replace("2024-06-12", "2024-06-13")) == []


def test_an_event_that_was_withdrawn_does_not_come_back_with_the_file(book: Book) -> None:
    book.apply(DEMO + SWAP)
    event = book.state().meters["R-1"].events[0]
    with posting(book.connection, Header("event", "tester", "now", "misread")) as post:
        post_event(post, book.state().meters["R-1"].id, event, withdrawn=True)

    (refusal,) = book.refusals(DEMO + SWAP)
    assert refusal.startswith("33  R-1: had a swap at 2024-06-12 14:30 that batch ")
    assert refusal.endswith(
        "took back; take it out of this file, or declare it again with carbonledger meter event R-1"
    )


def test_an_event_is_corrected_by_hand_not_by_the_file(book: Book) -> None:
    book.apply(DEMO + SWAP)
    assert book.plan(DEMO + SWAP).empty
    assert book.refusals(DEMO + SWAP.replace("new = 12", "new = 13")) == [
        (
            "33  R-1: has a swap posted at 2024-06-12 14:30 with other readings or another note; "
            "mend this file, or correct what is posted with carbonledger meter event R-1"
        )
    ]


class Nothing:
    """A batch that takes no rows."""

    def insert(self, table: sa.Table, **values: Any) -> int:
        """Fail: nothing may be posted."""
        raise AssertionError((table, values))


def test_a_refused_plan_posts_nothing(book: Book) -> None:
    book.apply(DEMO)
    book.post("M-1", JUNE_12)
    wanted = book.plan(DEMO.replace('to = "park/a"', 'to = "park/b"').replace('"9.6"', '"9.7"'))
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
    book.apply(DEMO)
    apply_plan(Nothing(), book.plan(DEMO), book.state())
