"""Events of meters: declared before or after the files, corrected, withdrawn."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from ingest_kit import NOW, Books, Meter, kwh

from carbonledger.errors import ImportRefused, LedgerRefused, MeterRefused, Refusal, SiteRefused
from carbonledger.ledger import service
from carbonledger.meters.events import declare_event, list_events, withdraw_event

pytestmark = pytest.mark.both_databases

REGISTER = Meter(reads="register", digits=6, multiplier="10")
SWAP = {"kind": "swap", "at": "2024-03-01 14:32", "old": "5002", "new": "17"}
# The old meter ended at 5002, the new one began at 17: 1 + 1.5 in the hour of the swap.
OLD = ("2024-03-01 13:00,4999", "2024-03-01 14:00,5001")
NEW = ("2024-03-01 15:00,18.5", "2024-03-01 16:00,20")


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", REGISTER)


def text(*lines: str) -> str:
    return "meter,time,reading\n" + "\n".join(f"M-1,{line}" for line in lines)


def declare(books: Books, meter: str = "M-1", **values: str) -> dict[str, Any]:
    with books.ledger() as ledger:
        return declare_event(ledger, {"meter": meter, **values}, "tester", NOW)


def withdraw(books: Books, kind: str, at: str, why: str = "of another meter") -> dict[str, Any]:
    with books.ledger() as ledger:
        return withdraw_event(ledger, {"meter": "M-1", "at": at, "kind": kind}, why, "tester", NOW)


def _taken(books: Books, what: str) -> bool:
    """Import a file; tell whether it was refused because a swap is not declared yet."""
    try:
        books.take(text(*(OLD if what == "old" else NEW)), name=f"{what}.csv")
    except ImportRefused as error:
        return "declare the event with both readings" not in error.problems[0].reason
    return True


def refused(books: Books, **values: str) -> Refusal:
    before = books.dump()
    with pytest.raises(Refusal) as caught:
        declare(books, **values)
    assert books.dump() == before
    return caught.value


def sums(books: Books) -> tuple[list[Any], Any]:
    return books.values(), books.sum()


@pytest.mark.parametrize("order", list(permutations(("event", "old", "new"))))
def test_a_swap_between_files_in_any_order(books: Books, order: tuple[str, ...]) -> None:
    left = list(order)
    while left:
        what = left.pop(0)
        if what == "event":
            declare(books, **SWAP)
        elif not _taken(books, what):
            left.append(what)

    assert sums(books) == ([20, 25, 15], kwh("60"))


def test_a_swap_that_shows_no_fall_is_counted_again_when_it_is_declared(books: Books) -> None:
    """The new meter shows more than the old one: without the event nobody can see it."""
    books.take(text(OLD[1], "2024-03-01 15:00,7000", "2024-03-01 16:00,7001"))
    assert books.values() == [19990, 10]

    answer = declare(books, **(SWAP | {"new": "6998", "note": "CT cabinet 3"}))

    assert sums(books) == ([30, 10], kwh("40"))
    assert (answer["action"], answer["before"], answer["after"], answer["unit"]) == (
        "posted", kwh("20000"), kwh("40"), "kWh",
    )  # fmt: skip
    assert answer["changes"] == [
        {
            "local_day": "2024-03-01", "start": "2024-03-01T06:00:00Z",
            "end": "2024-03-01T08:00:00Z", "before": kwh("20000"), "after": kwh("40"),
            "unit": "kWh",
        }
    ]  # fmt: skip
    assert books.rows("SELECT kind, note FROM entry_view WHERE batch = ? ORDER BY entry",
                      answer["batch"]) == [
        ("reversal", "swap of M-1 at 2024-03-01 14:32: CT cabinet 3"),
        ("reading", "swap of M-1 at 2024-03-01 14:32: CT cabinet 3 (was entry 1)"),
        ("reading", "swap of M-1 at 2024-03-01 14:32: CT cabinet 3 (was entry 1)"),
    ]  # fmt: skip


def test_the_books_as_of_an_earlier_batch_stay_what_they_were(books: Books) -> None:
    before = books.take(text(OLD[1], "2024-03-01 15:00,7000"))["batch"]
    declare(books, **(SWAP | {"new": "6998"}))

    sql = "SELECT sum(quantity_micro) FROM entry_view WHERE batch <= ?"
    assert books.rows(sql, before) == [(19_990_000_000,)]
    assert books.sum() == kwh("30")


def test_an_event_may_be_corrected_and_withdrawn(books: Books) -> None:
    books.take(text(OLD[1], "2024-03-01 15:00,7000"))
    first = books.dump()["entry"][0]

    declare(books, **(SWAP | {"new": "6998"}))
    corrected = declare(books, **(SWAP | {"old": "5003", "new": "6998"}))
    assert (corrected["action"], books.sum()) == ("corrected", kwh("40"))
    assert declare(books, **(SWAP | {"old": "5003", "new": "6998"}))["batch"] is None

    back = withdraw(books, "swap", "2024-03-01 14:32")
    assert (back["action"], back["before"], back["after"]) == (
        "withdrawn", kwh("40"), kwh("19990"),
    )  # fmt: skip
    assert sums(books) == ([19990], kwh("19990"))
    # The entry of the import is restored, so the import can be reversed as if nothing had been.
    books.reverse(first[1])
    assert books.sum() == 0
    books.reverse(first[1] + 4)
    assert books.sum() == kwh("19990")


def test_what_is_refused_changes_nothing(books: Books) -> None:
    books.take(text(*OLD))
    declare(books, **SWAP)
    books.take(text(*NEW), name="new.csv")

    error = refused(books, **(SWAP | {"old": "5000.5"}))
    assert (error.code, type(error)) == ("event-figures", MeterRefused)
    assert "the register fell from 5001 to 5000.5" in error.message
    assert "5000.5 is what an event at 2024-03-01T06:32:00Z states" in error.message

    with pytest.raises(MeterRefused) as caught:
        withdraw(books, "swap", "2024-03-01 14:32")
    assert caught.value.code == "event-figures"
    assert "the register fell from 5001 to 18.5" in caught.value.message
    assert sums(books) == ([20, 25, 15], kwh("60"))


def test_a_withdrawal_names_an_event_and_a_reason(books: Books) -> None:
    with pytest.raises(MeterRefused) as unknown:
        withdraw(books, "swap", "2024-03-01 14:32")
    declare(books, **SWAP)
    with pytest.raises(MeterRefused) as silent:
        withdraw(books, "swap", "2024-03-01 14:32", " ")

    assert (unknown.value.code, silent.value.code) == ("event-unknown", "reason")
    assert unknown.value.hint == "carbonledger meter events M-1 lists what is posted"


def test_a_reading_at_the_instant_of_the_swap_is_of_the_new_meter_or_shows_the_old_end(
    tmp_path: Path,
) -> None:
    at = SWAP | {"at": "2024-03-01 15:00"}
    for name, shown in (("new", "17"), ("old", "5002")):
        books = Books(tmp_path / name, REGISTER)
        declare(books, **at)
        books.take(text(OLD[1], f"2024-03-01 15:00,{shown}", "2024-03-01 16:00,20"))
        assert books.values() == [10, 30], name


def test_two_swaps_in_one_interval(books: Books) -> None:
    declare(books, **SWAP)
    declare(books, kind="swap", at="2024-03-01 14:50", old="18", new="900")
    books.take(text(OLD[1], "2024-03-01 15:00,902"))

    # 1 on the first meter, 1 on the second, 2 on the third.
    assert books.values() == [40]


def test_a_declared_rollover_makes_a_fall_a_wrap(books: Books) -> None:
    fall = text("2024-03-01 14:00,700000", "2024-03-01 15:00,150000")
    assert "that is no wrap of 6 digits" in books.refused(fall).problems[0].reason

    declare(books, kind="rollover", at="2024-03-01 14:32")
    books.take(fall)

    assert books.sum() == kwh("4500000")


def test_a_fall_that_was_left_as_a_reject_is_filled_by_its_event(books: Books) -> None:
    books.take(text(*OLD, *NEW), accept_rejects=True)
    assert books.values() == [20, 15]

    filled = declare(books, **SWAP)
    assert (filled["before"], filled["after"]) == (0, kwh("25"))
    assert sums(books) == ([20, 25, 15], kwh("60"))

    withdraw(books, "swap", "2024-03-01 14:32")
    assert (books.sum(), filled["entries"]) == (kwh("35"), 1)


CHANGE = {"kind": "multiplier", "at": "2024-03-01 14:30", "multiplier": "100", "old": "101.5"}
UNREAD = {key: value for key, value in CHANGE.items() if key != "old"}
HOURS = (
    "2024-03-01 13:00,100", "2024-03-01 14:00,101", "2024-03-01 15:00,102", "2024-03-01 16:00,103",
)  # fmt: skip


@pytest.mark.parametrize("declared", ["before", "after"])
def test_a_multiplier_changes_within_a_day_and_within_an_hour(books: Books, declared: str) -> None:
    """Half of the hour from 14:00 counts by 10, the other half by 100."""
    if declared == "before":
        declare(books, **CHANGE)
    books.take(text(*HOURS))
    if declared == "after":
        assert declare(books, **CHANGE)["before"] == kwh("30")

    assert sums(books) == ([10, 55, 100], kwh("165"))
    books.take(text("2024-03-02 00:00,104"), name="later.csv")
    assert books.sum() == kwh("265")


def test_a_change_at_a_reading_needs_no_reading(books: Books) -> None:
    books.take(text(*HOURS))

    answer = declare(books, kind="multiplier", at="2024-03-01 15:00", multiplier="100")

    assert books.values() == [10, 10, 100]
    assert answer["after"] - answer["before"] == kwh("90")


def test_a_change_within_an_interval_needs_the_reading(books: Books) -> None:
    books.take(text(*HOURS[:2]))
    declare(books, **UNREAD)
    problem = books.refused(text(*HOURS[2:]), name="later.csv").problems[0].reason
    assert "the multiplier changed at 2024-03-01T06:30:00Z, within the interval" in problem
    assert "--kind multiplier --at TIME --multiplier FACTOR --old READING" in problem

    declare(books, **CHANGE)
    books.take(text(*HOURS[2:]), name="later.csv")
    assert books.values() == [10, 55, 100]

    error = refused(books, kind="multiplier", at="2024-03-01 15:10", multiplier="7")
    assert (error.code, len(error.problems)) == ("event-figures", 1)


def test_changes_of_the_multiplier_follow_each_other(books: Books) -> None:
    books.take(text(*HOURS))
    declare(books, kind="multiplier", at="2024-03-01 15:00", multiplier="1000")
    declare(books, kind="multiplier", at="2024-03-01 14:00", multiplier="100")
    assert books.values() == [10, 100, 1000]

    withdraw(books, "multiplier", "2024-03-01 15:00")
    assert books.values() == [10, 100, 100]
    withdraw(books, "multiplier", "2024-03-01 14:00")
    assert books.values() == [10, 10, 10]


def test_a_meter_declared_again_with_its_old_factor_keeps_the_new_transformer(
    tmp_path: Path,
) -> None:
    moved = Meter(reads="register", digits=6, multiplier="10", valid_from=20240302)
    books = Books(tmp_path / "park", REGISTER, moved)
    declare(books, kind="multiplier", at="2024-03-01 15:00", multiplier="100")

    books.take(text("2024-03-01 15:00,100", "2024-03-02 00:00,101", "2024-03-03 00:00,102"))

    assert books.values() == [100, 100]


def test_a_swap_together_with_another_transformer(books: Books) -> None:
    books.take(text(*OLD))
    declare(books, **SWAP)
    declare(books, kind="multiplier", at=SWAP["at"], multiplier="100")
    books.take(text(*NEW), name="new.csv")

    # 1 × 10 + 1.5 × 100, then 1.5 × 100.
    assert books.values() == [20, 160, 150]


FAULTS = {
    "a multiplier without a factor": (
        {"kind": "multiplier", "at": "2024-03-01 14:30"}, "the key 'multiplier' is missing",
    ),
    "a factor of a swap": (SWAP | {"multiplier": "5"}, "a swap with another transformer is two"),
    "an end of a swap": (SWAP | {"expires": "2027-03-01"}, "is for calibrations"),
    "a calibration that had ended": (
        {"kind": "calibration", "at": "2024-03-01 14:30", "expires": "2024-02-01"},
        "lies before the calibration",
    ),
    "no date": (
        {"kind": "calibration", "at": "2024-03-01 14:30", "expires": "soon"},
        "must be a time of the calendar",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_events_that_are_faulty(books: Books, case: str) -> None:
    values, said = FAULTS[case]
    error = refused(books, **values)
    assert isinstance(error, SiteRefused)
    assert said in error.message


def test_the_multiplier_of_a_meter_of_intervals_changes_by_the_day(tmp_path: Path) -> None:
    error = refused(Books(tmp_path / "park"), **CHANGE)
    assert "in a second table of the meter with valid_from" in error.message


def test_all_that_was_posted_is_listed_with_what_holds(books: Books) -> None:
    declare(books, **SWAP)
    declare(books, **(SWAP | {"old": "5003"}))
    declare(books, **CHANGE)
    withdraw(books, "multiplier", "2024-03-01 14:30")

    with books.ledger(write=False) as ledger:
        answer = list_events(ledger, "M-1")

    assert answer["multiplier"] == 10
    assert [(e["local"], e["kind"], e["old"], e["state"]) for e in answer["events"]] == [
        ("2024-03-01 14:30", "multiplier", kwh("101.5"), "withdrawn"),
        ("2024-03-01 14:30", "multiplier", kwh("101.5"), "withdrawal"),
        ("2024-03-01 14:32", "swap", kwh("5002"), "corrected"),
        ("2024-03-01 14:32", "swap", kwh("5003"), "holds"),
    ]
    assert answer["events"][1]["reason"] == "of another meter"


def test_an_event_is_taken_back_by_a_withdrawal_not_by_a_reversal(books: Books) -> None:
    imported = books.take(text(OLD[1], "2024-03-01 15:00,7000"))["batch"]
    batch = declare(books, **(SWAP | {"new": "6998"}))["batch"]

    with pytest.raises(LedgerRefused, match="is not reversed by itself") as caught:
        books.reverse(batch)
    with pytest.raises(LedgerRefused, match=f"batch {batch} rests on batch {imported}"):
        books.reverse(imported)

    assert "--withdraw" in caught.value.hint


def test_readings_taken_back_before_an_event_are_not_restored_as_they_were(books: Books) -> None:
    imported = books.take(text(OLD[1], "2024-03-01 15:00,7000"))["batch"]
    with books.ledger() as ledger:
        back = service.reverse(ledger, imported, "a test", "tester", NOW)["batch"]
    declare(books, **(SWAP | {"new": "6998"}))

    with pytest.raises(LedgerRefused, match="has said something else of the meter since"):
        books.reverse(back)

    books.take(text(OLD[1], "2024-03-01 15:00,7000"))
    assert books.sum() == kwh("30")
