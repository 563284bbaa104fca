"""What `status` tells of findings: by meter and kind, and only what still holds."""

from pathlib import Path
from typing import Any

import pytest
from ingest_kit import Books, Meter
from test_import_findings import hours, office

from carbonledger.ledger.service import status
from carbonledger.text import set_language

pytestmark = pytest.mark.both_databases
UTC = Meter(timezone="UTC")


def told(books: Books) -> list[dict[str, Any]]:
    with books.ledger(write=False) as ledger:
        found: list[dict[str, Any]] = status(ledger)["findings"]
    return found


def kinds(books: Books) -> list[tuple[str, str, int, int]]:
    return [(row["meter"], row["kind"], row["findings"], row["count"]) for row in told(books)]


def test_a_usual_meter_is_not_named(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    books.take(hours("2024-01-01", 3))
    assert told(books) == []


def test_findings_are_summed_by_meter_and_kind_with_the_worst_sentence(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC, Meter("M-2", timezone="UTC"))

    def holes(day: int, hour: int) -> float | None:
        return None if (day, hour) == (1, 5) or day == 3 else office(day, hour)

    first = books.take(hours("2024-01-01", 6, holes))["batch"]
    second = books.take(
        hours("2024-01-01", 2, lambda _d, h: -1.0 if h == 2 else 2.0 + h, "M-2"), name="2.csv"
    )["batch"]
    assert told(books) == [
        {
            "meter": "M-1", "kind": "gap", "severity": "warning", "findings": 2, "count": 25,
            "first": "2024-01-02T05:00:00Z", "last": "2024-01-05T00:00:00Z", "batches": [first],
            "text": "Meter M-1: 24 values are missing from 2024-01-04 00:00 to 2024-01-05 00:00.",
        },
        {
            "meter": "M-2", "kind": "negative", "severity": "warning", "findings": 1, "count": 2,
            "first": "2024-01-01T00:00:00Z", "last": "2024-01-03T00:00:00Z", "batches": [second],
            "text": "Meter M-2: 2 values are below zero between 2024-01-01 00:00 and 2024-01-03 "
            "00:00, the lowest is -1 kWh.",
        },
    ]  # fmt: skip
    set_language("zh")
    try:
        assert "缺少 24 个值" in told(books)[0]["text"]
    finally:
        set_language("en")


def test_a_gap_that_was_filled_is_none_any_more(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    books.take(hours("2024-01-01", 3))
    books.take(hours("2024-01-06", 3, number=5), name="later.csv")
    assert kinds(books) == [("M-1", "gap", 1, 48)]
    part = books.take(hours("2024-01-04", 1, number=3), name="part.csv")
    assert [row["kind"] for row in part["findings"]] == ["gap"]
    assert kinds(books) == [("M-1", "gap", 1, 24)]
    books.take(hours("2024-01-05", 1, number=4), name="rest.csv")
    assert kinds(books) == []


def test_what_belongs_to_a_reversed_batch_is_left_out_until_it_is_restored(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    batch = books.take(hours("2024-01-01", 2, lambda _d, h: -1.0 if h == 2 else 2.0 + h))["batch"]
    books.reverse(batch)
    assert kinds(books) == []
    books.reverse(batch + 1)
    assert kinds(books) == [("M-1", "negative", 1, 2)]


def test_a_run_that_goes_on_is_told_as_the_last_import_saw_it(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    books.take(hours("2024-01-01", 4, lambda d, h: 0.0 if d > 1 else office(d, h)))
    assert kinds(books) == [("M-1", "zero_end", 1, 48)]
    books.take(hours("2024-01-05", 2, lambda d, h: 0.0 if h < 6 and not d else office(d, h)))
    assert kinds(books) == [("M-1", "zero_run", 1, 54)]
