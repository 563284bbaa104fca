"""Reversals: a batch taken back in every sum, and the taking back taken back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_case import NOW, Case, day_entry, days, header, park, post, record

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.coverage import coverage
from carbonledger.ledger.service import reverse
from carbonledger.ledger.signs import negated_number, negated_profile
from carbonledger.ledger.state import read_state

KWH = 1_000_000
DAY = ["1.50", None, "0.0", "2"]


def undo(case: Case, number: int, reason: str = "wrong meter") -> int:
    answer = reverse(case.ledger, number, reason, "tester", NOW)
    assert answer["reversed"] == number
    return int(answer["batch"])


def total(case: Case) -> int:
    return int(case.scalar("SELECT coalesce(sum(quantity), 0) FROM entry"))


def readings(case: Case) -> list[tuple[Any, ...]]:
    return [
        (start, None if value is None else float(value))
        for start, value in case.rows("SELECT start_utc, value FROM reading ORDER BY start_utc")
    ]


def intervals(case: Case, meter: str = "M-1") -> int:
    with case.ledger.read() as connection:
        found = coverage(connection, read_state(connection))
    return next(one.intervals for one in found if one.meter == meter)


def adjust(case: Case, entry: int, cells: list[str | None], start: str = "2024-03-01") -> int:
    with case.ledger.read() as connection:
        row = day_entry(connection, "M-1", start, cells, kind="adjustment", corrects=entry)
    return post(case, row, head=header("correction", "ratio was wrong"))


def refusal(case: Case, number: int) -> LedgerRefused:
    with pytest.raises(LedgerRefused) as refused:
        reverse(case.ledger, number, "no", "tester", NOW)
    assert refused.value.code == "reverse"
    return refused.value


def test_a_reversal_has_every_sign_turned(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", DAY), name="m.csv")
        second = undo(case, first)
        assert total(case) == 0
        assert case.rows(
            "SELECT kind, quantity_micro, recorded_quantity, corrects, document, line_first, "
            f"reason FROM entry_view WHERE batch = {second}"
        ) == [("reversal", -3_500_000, "-3.50", 1, "m.csv", 2, "wrong meter")]
        assert case.scalar(f"SELECT profile FROM entry WHERE batch_id = {second}") == (
            "[-1.50,null,0.0,-2]"
        )
        assert case.rows(f"SELECT kind, entries FROM batch_view WHERE batch = {second}") == [
            ("reversal", 1)
        ]


def test_what_was_reversed_is_no_longer_read(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", DAY))
        assert readings(case) == [
            ("2024-02-29T16:00:00Z", 1.5),
            ("2024-02-29T22:00:00Z", None),
            ("2024-03-01T04:00:00Z", 0.0),
            ("2024-03-01T10:00:00Z", 2.0),
        ]
        undo(case, first)
        assert readings(case) == []
        assert intervals(case) == 0


def test_a_reversal_is_reversed_and_reversed_again(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", DAY))
        before = readings(case)
        second = undo(case, first)
        third = undo(case, second, "it was right")
        assert (total(case), readings(case), intervals(case)) == (3_500_000, before, 3)
        assert case.scalar(f"SELECT kind FROM entry WHERE batch_id = {third}") == "reading"
        fourth = undo(case, third)
        assert (total(case), readings(case), intervals(case)) == (0, [], 0)
        undo(case, fourth)
        assert (total(case), readings(case), intervals(case)) == (3_500_000, before, 3)


def test_the_first_batch_can_be_reversed_again_once_it_was_restored(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", DAY))
        undo(case, undo(case, first))
        undo(case, first)
        assert (total(case), readings(case), intervals(case)) == (0, [], 0)


def test_an_estimate_comes_back_as_an_estimate(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", ["1"], kind="estimate"))
        third = undo(case, undo(case, first))
        assert case.scalar(f"SELECT kind FROM entry WHERE batch_id = {third}") == "estimate"


def test_the_same_batch_is_not_reversed_twice(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", DAY))
        second = undo(case, first)
        refused = refusal(case, first)
        assert refused.message == f"batch {first} is reversed already, by batch {second}"
        assert refused.hint == f"to undo that, reverse batch {second}"
        third = undo(case, second)
        assert str(third) in refusal(case, second).message
        assert total(case) == 3_500_000


def test_a_batch_that_a_correction_rests_on_is_not_reversed(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", DAY))
        second = adjust(case, 1, ["0.5"])
        refused = refusal(case, first)
        assert refused.message == f"batch {second} rests on batch {first}"
        assert refused.hint == f"reverse batch {second} first"
        assert total(case) == 4_000_000


def test_corrections_are_taken_back_last_first(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", DAY))
        second = adjust(case, 1, ["0.5"])
        third = adjust(case, 2, ["1"])
        assert readings(case)[0] == ("2024-02-29T16:00:00Z", 3.0)
        assert f"batch {third} rests on" in refusal(case, second).message
        undo(case, third)
        assert readings(case)[0] == ("2024-02-29T16:00:00Z", 2.0)
        undo(case, second)
        assert readings(case)[0] == ("2024-02-29T16:00:00Z", 1.5)
        undo(case, first)
        assert (total(case), readings(case)) == (0, [])


def test_a_correction_taken_back_and_made_again_rests_again(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", DAY))
        back = undo(case, adjust(case, 1, ["0.5"]))
        undo(case, back)
        assert "rests on" in refusal(case, first).message
        assert total(case) == 4_000_000


def test_a_correction_of_a_day_from_two_files_rests_on_both(fresh_ledger: str) -> None:
    """It names the last of the entries of that day; the first one is changed by it all the same."""
    with park(fresh_ledger) as case:
        morning = post(case, *days(case, "M-1", "2024-03-01", ["1", "1"]))
        post(case, *days(case, "M-1", "2024-03-01 12:00", ["1", "1"]))
        second = adjust(case, 2, ["1", None, "1"])
        assert refusal(case, morning).message == f"batch {second} rests on batch {morning}"
        undo(case, second)
        undo(case, morning)
        assert total(case) == 2_000_000


def test_a_correction_of_another_day_or_meter_does_not_matter(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", DAY))
        post(case, *days(case, "M-1", "2024-03-02", DAY))
        post(case, *days(case, "M-2", "2024-03-01", DAY))
        adjust(case, 2, ["5"], "2024-03-02")
        undo(case, first)


def test_an_interval_that_a_later_file_divided_waits_for_that_file(fresh_ledger: str) -> None:
    """A register over a gap: a later file reverses the long interval and posts its halves."""
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", ["8"], interval=86_400))
        with case.ledger.read() as connection:
            turned = day_entry(connection, "M-1", "2024-03-01", ["-8"], 86_400, kind="reversal",
                               corrects=1)  # fmt: skip
            halves = day_entry(connection, "M-1", "2024-03-01", ["3", "5"], 43_200)
        later = post(case, turned, halves)
        assert refusal(case, first).message == f"batch {later} rests on batch {first}"
        undo(case, later)
        assert [value for _, value in readings(case)] == [8.0]
        undo(case, first)
        assert (total(case), readings(case), intervals(case)) == (0, [], 0)


def test_records_are_reversed_too(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        with case.ledger.read() as connection:
            bill = record(connection, "grid", "park", "electricity", "2024-01-15", "2024-02-15",
                          31 * KWH, document_no="INV-7")  # fmt: skip
        second = undo(case, post(case, bill))
        assert case.rows(
            f"SELECT kind, quantity_micro, document_no FROM entry_view WHERE batch = {second}"
        ) == [("reversal", -31 * KWH, "INV-7")]
        third = undo(case, second)
        assert case.scalar(f"SELECT kind FROM entry WHERE batch_id = {third}") == "record"


@pytest.mark.parametrize(
    ("kind", "hint"),
    [("site", "site.toml"), ("factors", "another edition"), ("method", "another edition")],
)
def test_what_has_no_entries_is_not_reversed_but_replaced(
    kind: str, hint: str, fresh_ledger: str
) -> None:
    with park(fresh_ledger) as case:
        number = case.scalar(f"SELECT max(batch) FROM batch_view WHERE kind = '{kind}'")
        refused = refusal(case, number)
        assert refused.message == f"batch {number} ({kind}) has no entries to reverse"
        assert hint in refused.hint


def test_a_batch_that_is_not_there_is_said_so(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        assert refusal(case, 99_999).message == "there is no batch 99999"


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_reversal_without_a_reason_is_refused(reason: str, fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = post(case, *days(case, "M-1", "2024-03-01", DAY))
        with pytest.raises(LedgerRefused) as refused:
            reverse(case.ledger, first, reason, "tester", NOW)
        assert refused.value.code == "reason"
        assert total(case) == 3_500_000


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("rows", [[["-1.25", "3"]], [DAY, [None, None]], [["0"], ["0.00", None]]])
def test_any_number_of_turns_ends_at_the_batch_or_at_nothing(
    rows: list[list[str | None]], turns: int, fresh_ledger: str
) -> None:
    with park(fresh_ledger) as case:
        number = post(case, *days(case, "M-1", "2024-03-01", *rows))
        after = (total(case), readings(case), intervals(case))
        for _ in range(2 * turns):
            number = undo(case, number)
        assert (total(case), readings(case), intervals(case)) == after
        undo(case, number)
        assert (total(case), readings(case), intervals(case)) == (0, [], 0)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda d: format(d, "f")))
def test_turning_a_sign_keeps_every_digit(text: str) -> None:
    turned = negated_number(text)
    assert turned.lstrip("-") == text.lstrip("-")
    assert (turned == text) == (set(text) <= set("0."))
    assert negated_profile(f"[{text},null]") == f"[{turned},null]"


def test_a_profile_that_is_none_stays_none() -> None:
    assert negated_profile(None) is None
    assert negated_profile("[]") == "[]"
