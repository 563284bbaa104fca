"""The same readings by meter, by time, in no order, and a column a meter: the same entries."""

import random
from pathlib import Path

import pytest
from ingest_kit import Books, Meter, small_blocks

METERS = ("M-1", "M-2", "M-3")
DAYS = 40
SEED = 7

Reading = tuple[str, str, str]


def stamp(quarter: int) -> str:
    """Return the start of a quarter of an hour since the begin of January 2024."""
    day, minute = divmod(quarter * 15, 1440)
    month, day = (1, day + 1) if day < 31 else (2, day - 30)
    return f"2024-{month:02}-{day:02} {minute // 60:02}:{minute % 60:02}"


def readings() -> list[Reading]:
    """Return the readings of all meters, one meter behind the other."""
    return [
        (code, stamp(quarter), f"{place + 1}.{quarter % 100:02}")
        for place, code in enumerate(METERS)
        for quarter in range(DAYS * 96)
    ]


def shuffled(rows: list[Reading]) -> list[Reading]:
    return random.Random(SEED).sample(rows, len(rows))  # noqa: S311


def long(rows: list[Reading]) -> str:
    return "meter,time,value\n" + "".join(",".join(row) + "\n" for row in rows)


def wide(rows: list[Reading]) -> str:
    by_stamp: dict[str, list[str]] = {}
    for _, at, value in rows:
        by_stamp.setdefault(at, []).append(value)
    lines = [",".join([at, *values]) for at, values in by_stamp.items()]
    return "\n".join([f"time,{','.join(METERS)}", *lines])


FILES = {
    "by meter": long(readings()),
    "by time": long(sorted(readings(), key=lambda row: row[1])),
    "shuffled": long(shuffled(readings())),
    "wide": wide(readings()),
}
ENTRIES = """
SELECT m.code, e.start_utc, e.end_utc, e.quantity, e.recorded_quantity, e.interval_s, e.profile
FROM entry e JOIN meter m ON m.id = e.meter_id ORDER BY m.code, e.start_utc
"""


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", *map(Meter, METERS))


@pytest.mark.parametrize("order", FILES)
def test_the_order_of_the_rows_does_not_matter(
    books: Books, order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Books(tmp_path / "plain", *map(Meter, METERS))
    plain.take(FILES["by meter"])
    small_blocks(monkeypatch, 20_000)

    answer = books.take(FILES[order])

    assert answer["readings"] == len(METERS) * DAYS * 96
    assert answer["entries"] == len(METERS) * DAYS
    assert books.rows(ENTRIES) == plain.rows(ENTRIES)
    again = books.take(FILES["by time" if order == "wide" else "wide"])
    assert (again["readings"], again["skipped"]) == (0, answer["readings"])


def test_doubles_in_no_order_are_told_with_their_lines(books: Books) -> None:
    rows = shuffled(readings())
    code, at, _ = rows[0]
    lines = [*rows, rows[5], rows[6], (code, at, "99")]

    error = books.refused(long(lines))

    assert [problem.line for problem in error.problems] == [2, len(lines) + 1]
    assert f"(lines 2, {len(lines) + 1})" in error.problems[0].reason
    left = books.take(long(lines[:-1]))
    assert "2 rows repeat another row with the same value" in left["warnings"]


@pytest.mark.parametrize(
    "rows",
    [
        # So few of a year's quarters that no two of them are neighbours.
        [("M-1", stamp(quarter), "1") for quarter in (3, 400, 77, 1500, 903, 210, 2999, 1804)],
        # One stamp beside the grid of the others: are the intervals of a minute, or of fifteen?
        [*shuffled(readings())[:3000], ("M-1", "2024-01-03 00:07", "1")],
    ],
)
def test_rows_in_no_order_that_do_not_tell_their_interval(
    books: Books, rows: list[Reading]
) -> None:
    error = books.refused(long(rows))

    assert error.code == "interval"
    assert "do not tell how long its intervals are" in error.message


def test_a_fault_in_a_wide_file_names_its_column(books: Books) -> None:
    lines = FILES["wide"].split("\n")
    at, first, _, last = lines[10].split(",")
    lines[10] = f"{at},{first},abc,{last}"

    error = books.refused("\n".join(lines))

    assert [(p.line, p.column, p.text) for p in error.problems] == [(11, "M-2", "abc")]
    rest = books.take("\n".join(lines), accept_rejects=True)
    assert (rest["readings"], rest["rejected"]) == (len(METERS) * DAYS * 96 - 1, 1)
    assert rest["gaps"] == 1


def test_a_wide_file_may_lack_values(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch, 20_000)
    lines = FILES["wide"].split("\n")
    at, first, _, last = lines[10].split(",")
    lines[10] = f"{at},{first},,{last}"
    lines[11] = lines[11].replace("2024", "20x4", 1)

    rest = books.take("\n".join(lines), accept_rejects=True)

    assert (rest["readings"], rest["rejected"]) == ((DAYS * 96 - 1) * 3 - 1, 1)
    assert [total["gaps"] for total in rest["totals"]] == [1, 2, 1]
