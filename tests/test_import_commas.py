"""Commas in numbers: decimals or thousands, where the numbers themselves tell."""

from pathlib import Path

import pytest
from ingest_kit import Books, kwh

from carbonledger.errors import ImportUndecided


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park")


def file(*numbers: str) -> str:
    rows = [f"M-1;2024-03-01 {hour:02}:00;{number}" for hour, number in enumerate(numbers)]
    return "\n".join(["meter;time;value", *rows, ""])


@pytest.mark.parametrize(
    ("numbers", "total", "said"),
    [
        (("1,25", "2"), "3.25", "before decimals, as '1,25'"),
        (("1,234", "2,5"), "3.734", "before decimals, as '2,5'"),
        (("1.234,5", "1"), "1235.5", "before decimals, as '1.234,5'"),
        (("1,234.5", "1,000"), "2234.5", "between thousands, as '1,234.5'"),
        (("1,234,567", "1"), "1234568", "between thousands, as '1,234,567'"),
    ],
)
def test_numbers_that_can_be_read_in_one_way(
    books: Books, numbers: tuple[str, ...], total: str, said: str
) -> None:
    answer = books.take(file(*numbers))

    assert books.sum() == kwh(total)
    assert [w for w in answer["warnings"] if f"commas stand {said} can mean nothing else" in w]


@pytest.mark.parametrize(
    ("numbers", "total"),
    [
        (("1 234,5", "1\u202f000,0"), "2234.5"),
        (("1'234.5", "2"), "1236.5"),
        (("1 234", "5"), "1239"),
    ],
)
def test_thousands_split_by_blanks(books: Books, numbers: tuple[str, ...], total: str) -> None:
    answer = books.take(file(*numbers))

    assert books.sum() == kwh(total)
    assert [w for w in answer["warnings"] if "between thousands" in w]


@pytest.mark.parametrize("numbers", [("1,234", "2,345"), ("1,234", "900")])
def test_numbers_that_can_be_read_in_two_ways(books: Books, numbers: tuple[str, ...]) -> None:
    error = books.refused(file(*numbers))

    assert isinstance(error, ImportUndecided)
    assert error.code == "decimal"


def test_numbers_that_contradict_each_other(books: Books) -> None:
    error = books.refused(file("1,25", "1,234.5"))

    assert error.code == "decimal"
