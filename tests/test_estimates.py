"""Estimates in the books: gaps filled, taken back, and replaced by the actual values."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ingest_kit import NOW, Books, Meter, kwh

from carbonledger.errors import MeterRefused
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.coverage import coverage
from carbonledger.ledger.state import read_state
from carbonledger.ledger.verify import verify_batches
from carbonledger.meters.estimates import Asked, estimate
from carbonledger.meters.events import declare_event

pytestmark = pytest.mark.both_databases

GAP = date(2024, 3, 7)
FIRST = date(2024, 2, 26)


def days(meter: str, first: date, count: int, value: int = 10, step: int = 6) -> list[str]:
    """Return rows of a meter; each value says its day of the week and its hour."""
    return [
        f"{meter},{first + timedelta(days=day)} {hour:02}:00,{_true(first, day, hour, value)}"
        for day in range(count)
        for hour in range(0, 24, step)
    ]


def _true(first: date, day: int, hour: int, value: int) -> int:
    weekday = (first + timedelta(days=day)).weekday()
    return value + hour + (100 if weekday >= 5 else 0)


def text(*lines: str) -> str:
    return "meter,time,value\n" + "\n".join(lines)


ACTUAL = days("M-1", GAP, 1)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """Two weeks of a meter in steps of six hours, without Thursday 7 March."""
    books = Books(tmp_path / "park", Meter(), Meter("M-2"))
    rows = [r for r in days("M-1", FIRST, 15) if not r.startswith(f"M-1,{GAP}")]
    books.take(text(*rows, *days("M-2", FIRST, 15, 40)))
    return books


def fill(books: Books, method: str = "typical-day", **more: Any) -> dict[str, Any]:
    asked = {"meter": "M-1", "first": "2024-03-07", "last": "2024-03-09", "method": method} | more
    with books.ledger() as ledger:
        return estimate(ledger, Asked(**asked), "tester", NOW)


def refused(books: Books, method: str = "typical-day", **more: Any) -> MeterRefused:
    before = books.dump()
    with pytest.raises(MeterRefused) as caught:
        fill(books, method, **more)
    assert books.dump() == before
    return caught.value


def gap(books: Books) -> list[Any]:
    return [value for at, value in books.readings() if "2024-03-06 16" <= at < "2024-03-07 16"]


def sound(books: Books) -> bool:
    with books.ledger(write=False) as ledger, ledger.read() as connection:
        return verify_batches(connection)[2] == []


def covered(ledger: Ledger, meter: str = "M-1") -> Any:
    with ledger.read() as connection:
        found = coverage(connection, read_state(connection))
    return next(one for one in found if one.meter == meter)


def test_a_typical_day_fills_the_gap_and_says_what_it_rests_on(books: Books) -> None:
    answer = fill(books)

    assert gap(books) == [10, 16, 22, 28]
    assert (answer["intervals"], answer["entries"], answer["quantity"]) == (4, 1, kwh("76"))
    (day,) = answer["days"]
    assert (day["local_day"], day["days_used"], day["spread"]) == ("2024-03-07", 10, 0)
    assert day["rests_on"][0] == "2024-02-26"
    assert books.rows(
        "SELECT e.kind, e.quality, e.note, b.kind FROM entry_view e JOIN batch_view b "
        "ON b.batch = e.batch WHERE e.batch = ?", answer["batch"]
    ) == [("estimate", "estimated", "estimated: typical-day", "estimate")]  # fmt: skip
    ((rules,),) = books.rows("SELECT reading_rules FROM batch_view WHERE batch = ?",
                             answer["batch"])  # fmt: skip
    assert json.loads(rules)["parameters"] == {"fewest_days": "3", "window_days": "28"}
    assert sound(books)


def test_a_dry_run_posts_nothing(books: Books) -> None:
    before = books.dump()
    answer = fill(books, dry_run=True)
    assert (answer["batch"], answer["quantity"], books.dump()) == (None, kwh("76"), before)


def test_status_counts_what_is_estimated(books: Books) -> None:
    with books.ledger(write=False) as ledger:
        assert (covered(ledger).missing, covered(ledger).estimated) == (4, 0)
    batch = fill(books)["batch"]
    with books.ledger(write=False) as ledger:
        assert (covered(ledger).missing, covered(ledger).estimated) == (0, 4)
    books.reverse(batch)
    with books.ledger(write=False) as ledger:
        assert (covered(ledger).missing, covered(ledger).estimated) == (4, 0)
    assert gap(books) == []


def test_a_line_between_the_neighbours(books: Books) -> None:
    """Wednesday ends with 28, Friday begins with 10: four steps of −3.6 between."""
    answer = fill(books, "linear")
    assert gap(books) == [24.4, 20.8, 17.2, 13.6]
    assert "a line over 24 hours knows no day and no night" in answer["warnings"][0]


def test_the_profile_of_another_meter(books: Books) -> None:
    answer = fill(books, "profile-of", other="M-2")

    mine = sum(int(row.split(",")[2]) for row in days("M-1", FIRST, 15)) - 76
    other = sum(int(row.split(",")[2]) for row in days("M-2", FIRST, 15, 40)) - 196
    assert answer["parameters"]["ratio"] == f"{mine}000000/{other}000000"
    assert answer["quantity"] == sum(
        round(kwh(value) * mine / other, 6) for value in ("40", "46", "52", "58")
    )


def test_actual_values_take_the_place_of_estimates(books: Books) -> None:
    estimated = fill(books)["batch"]
    before = books.sum()
    late = [row.replace(",10", ",11.5") for row in ACTUAL]

    answer = books.take(text(*late), name="late.csv")

    assert (answer["replaced"], answer["readings"], answer["adjusted"]) == (4, 4, 0)
    assert gap(books) == [11.5, 16, 22, 28]
    assert books.sum() == before + kwh("1.5")
    sql = "SELECT sum(quantity_micro) FROM entry_view WHERE meter = 'M-1' AND batch <= ?"
    (as_estimated,), (as_before,) = books.rows(sql, estimated) + books.rows(sql, estimated - 1)
    assert as_estimated - as_before == 76_000_000
    again = books.take(text(*late, "M-1,2024-03-20 00:00,1"), name="again.csv")
    assert (again["skipped"], again["replaced"]) == (4, 0)
    other = books.refused(text(*ACTUAL), name="other.csv")
    assert other.code == "conflict"
    assert sound(books)


def test_equal_values_are_actual_from_then_on(books: Books) -> None:
    fill(books)
    answer = books.take(text(*ACTUAL), name="late.csv")
    assert (answer["replaced"], answer["skipped"]) == (4, 0)
    with books.ledger(write=False) as ledger:
        assert covered(ledger).estimated == 0


def test_some_actual_values_leave_the_other_estimates(books: Books) -> None:
    fill(books)
    answer = books.take(text("M-1,2024-03-07 06:00,99"), name="one.csv", profile='interval = "6h"')

    assert (answer["replaced"], gap(books)) == (1, [10, 99, 22, 28])
    with books.ledger(write=False) as ledger:
        assert covered(ledger).estimated == 3
    books.reverse(answer["batch"])
    assert gap(books) == [10, 16, 22, 28]
    books.take(text(*ACTUAL), name="late.csv")
    assert gap(books) == [10, 16, 22, 28]
    assert sound(books)


def test_actual_values_of_another_length_take_their_place_too(books: Books) -> None:
    fill(books)
    hours = [f"M-1,2024-03-07 {hour:02}:00,2" for hour in range(8)]
    answer = books.take(text(*hours), name="hours.csv")

    # Eight hours lie in the first two intervals of six: both are gone.
    assert answer["replaced"] == 8
    assert [value for value in gap(books) if value is not None] == [2] * 8 + [22, 28]


def test_only_gaps_are_filled(books: Books) -> None:
    nothing = refused(books, first="2024-03-01", last="2024-03-05")
    assert nothing.code == "estimate-nothing"
    fill(books)
    assert refused(books).code == "estimate-nothing"
    assert books.rows("SELECT count(*) FROM entry WHERE kind = 'estimate'") == [(1,)]


def test_a_span_may_be_of_hours_and_reach_over_the_end(books: Books) -> None:
    part = fill(books, first="2024-03-07 06:00", last="2024-03-07 18:00")
    assert (part["intervals"], gap(books)) == (2, [16, 22])

    behind = fill(books, first="2024-03-12", last="2024-03-13")
    assert (behind["intervals"], behind["entries"]) == (8, 2)
    assert refused(books, "linear", first="2024-03-14", last="2024-03-14").code == (
        "estimate-history"
    )


def test_estimates_are_no_history(books: Books) -> None:
    fill(books, first="2024-03-12", last="2024-03-15")
    error = refused(books, first="2024-04-05", last="2024-04-05")
    assert error.code == "estimate-history"
    assert "only 2 days like it (workday)" in error.message


def test_what_is_asked_must_make_sense(books: Books) -> None:
    for more in ({"other": "M-2"}, {"method": "profile-of"}, {"last": "2024-03-06"}):
        assert refused(books, **more).code == "estimate-span"
    assert refused(Books(books.folder / "new"), "linear").code == "estimate-history"


def test_a_daily_meter_has_days_of_23_hours(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter(timezone="Europe/Zurich"))
    first = date(2024, 3, 3)
    rows = [f"M-1,{first + timedelta(days=n)},{n}" for n in range(40) if n != 28]
    books.take(text(*rows), profile='interval = "1day"')

    fill(books, first="2024-03-31", last="2024-03-31")

    assert books.rows(
        "SELECT end_utc - start_utc, first_day FROM entry WHERE kind = 'estimate'"
    ) == [(23 * 3600, 20240331)]


REGISTER = Meter(reads="register", digits=6, multiplier="10")


def readings(*lines: str) -> str:
    return "meter,time,reading\n" + "\n".join(f"M-1,{line}" for line in lines)


@pytest.fixture
def register(tmp_path: Path) -> Books:
    """Hours of a register, and nothing from 04:00 to 09:00, when 5 more were counted."""
    books = Books(tmp_path / "park", REGISTER)
    books.take(readings(*(f"2024-03-07 {hour:02}:00,{hour}" for hour in (0, 1, 2, 3, 4, 9, 10))))
    return books


def hours(books: Books) -> list[Any]:
    return [value for value in books.values() if value is not None]


def test_what_a_register_counted_over_a_gap_is_shared_out(register: Books) -> None:
    assert hours(register) == [10, 10, 10, 10, 50, 10]
    before = register.sum()

    answer = fill(register, "linear")

    assert hours(register) == [10] * 10
    assert (answer["intervals"], answer["quantity"]) == (5, kwh("50"))
    assert register.sum() == before
    assert register.rows("SELECT kind, register_start, register_end FROM entry_view "
                         "WHERE batch = ? ORDER BY entry", answer["batch"]) == [
        ("reversal", "4", "9"), ("estimate", "4", "9"),
    ]  # fmt: skip
    register.reverse(answer["batch"])
    assert hours(register) == [10, 10, 10, 10, 50, 10]
    assert sound(register)


def test_a_register_goes_on_behind_an_estimate(register: Books) -> None:
    fill(register, "linear")
    register.take(readings("2024-03-07 11:00,12"), name="later.csv")
    register.take(readings("2024-03-06 23:00,0"), name="before.csv")

    assert hours(register) == [0, *[10] * 10, 20]
    assert register.sum() == kwh("120")


def test_readings_from_within_take_the_place_of_what_was_shared_out(register: Books) -> None:
    batch = fill(register, "linear")["batch"]

    answer = register.take(readings("2024-03-07 06:00,8", "2024-03-07 07:00,8.5"), name="late.csv")

    assert answer["replaced"] == 5
    # From 4 at 04:00 to 8 at 06:00, then half an hour's worth, then half a unit in two hours.
    assert hours(register) == [10, 10, 10, 10, 40, 5, 5, 10]
    assert register.sum() == kwh("100")
    register.reverse(answer["batch"])
    assert hours(register) == [10] * 10
    register.reverse(batch + 2)
    assert hours(register) == [10, 10, 10, 10, 40, 5, 5, 10]
    assert sound(register)


def test_an_event_within_takes_the_estimate_back(register: Books) -> None:
    fill(register, "linear")
    with register.ledger() as ledger:
        answer = declare_event(
            ledger,
            {"meter": "M-1", "kind": "swap", "at": "2024-03-07 06:30", "old": "6", "new": "8"},
            "tester", NOW,
        )  # fmt: skip

    assert answer["estimates_taken_back"] == 5
    assert hours(register) == [10, 10, 10, 10, 30, 10]
    assert fill(register, "linear")["quantity"] == kwh("30")
    assert register.sum() == kwh("80")


def test_a_register_is_shared_out_like_typical_days(tmp_path: Path) -> None:
    """Each day has 3 at noon and 1 else in steps of six hours; the gap lost 12."""
    books = Books(tmp_path / "park", REGISTER)
    shown, lines = 0, []
    for n in range(14):
        for hour in (0, 6, 12, 18):
            at = f"{date(2024, 3, 1) + timedelta(days=n)} {hour:02}:00"
            if n != 6 or hour == 0:
                lines.append(f"{at},{shown}")
            # From noon to six in the evening three are counted; in the gap twice as much.
            shown += (3 if hour == 12 else 1) * (2 if n == 6 else 1)
    books.take(readings(*lines))

    answer = fill(books, first="2024-03-07", last="2024-03-07")

    assert gap(books) == [20, 20, 60, 20]
    assert answer["days"][0]["days_used"] >= 3


def test_shares_are_exact_where_they_are_no_decimals(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter(reads="register", unit="MJ"))
    books.take(readings("2024-03-07 00:00,0", "2024-03-07 01:00,1", "2024-03-07 02:00,2",
                        "2024-03-07 03:00,3", "2024-03-07 10:00,13"))  # fmt: skip
    before = books.sum()

    answer = fill(books, "linear")

    assert answer["intervals"] == 7
    assert books.sum() == before
    parts = books.rows("SELECT register_start, register_end, recorded_quantity FROM entry_view "
                       "WHERE kind = 'estimate'")  # fmt: skip
    assert parts == [("3", "13", "10")]
