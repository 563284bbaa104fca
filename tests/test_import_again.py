"""The same values again, other values, corrections, reversals, and rows that cannot be posted."""

import csv
from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh, quarters, small_blocks

pytestmark = pytest.mark.both_databases

FIRST = "meter,time,value\n" + "\n".join(
    f"M-1,{line}" for line in quarters("2024-03-01", ["1", "2", "3", "4"])
)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))


def changed(**values: str) -> str:
    """Return the first file with other values: at00_15="5"."""
    lines = FIRST.split("\n")
    for at, value in values.items():
        time = at.removeprefix("at").replace("_", ":")
        lines = [f"{line.rpartition(',')[0]},{value}" if f" {time}," in line else line
                 for line in lines]  # fmt: skip
    return "\n".join(lines)


def test_the_same_file_again_changes_nothing(books: Books) -> None:
    first = books.take(FIRST)
    before = books.dump()

    again = books.take(FIRST)

    assert again["batch"] == first["batch"]
    assert again["posted_before"] is True
    assert again["warnings"] == [
        f"this file is posted already, as batch {first['batch']}; nothing was changed"
    ]
    assert books.dump() == before


def test_the_same_bytes_under_another_name_are_the_same_file(books: Books) -> None:
    books.take(FIRST)
    before = books.dump()

    assert books.take(FIRST, name="copy.csv")["posted_before"] is True
    assert books.dump() == before


@pytest.mark.parametrize(
    "other",
    [
        (FIRST + "\n\n").encode(),
        "time;meter;value\n"
        + "\n".join(
            f"{line.split(',')[0]};M-1;{line.split(',')[1]}"
            for line in quarters("2024-03-01", ["1.0", "2.00", "3", "4"])
        ),
        "time,M-1\n" + "\n".join(quarters("2024-03-01", ["1", "2", "3", "4"])[::-1]),
        "time,M-1 (MWh)\n"
        + "\n".join(quarters("2024-03-01", ["0.001", "0.002", "0.003", "0.004"])),
    ],
)
def test_the_same_values_in_another_file_are_skipped(books: Books, other: str | bytes) -> None:
    books.take(FIRST)
    before = books.dump()

    answer = books.take(other, name="other.csv")

    assert (answer["batch"], answer["entries"], answer["skipped"]) == (None, 0, 4)
    assert answer["warnings"][-1] == (
        "all values of this file are posted already; nothing was changed"
    )
    assert answer["totals"][0]["quantity"] == kwh("10")
    assert books.dump() == before
    assert books.kept() == [f"{row[0]}.zst" for row in books.rows("SELECT sha256 FROM document")]


def test_an_overlap_posts_only_what_is_new(books: Books) -> None:
    books.take(FIRST)

    answer = books.take(
        "meter,time,value\n"
        + "\n".join(
            f"M-1,{line}" for line in quarters("2024-03-01", ["3", "4", "5", "6"], start=30)
        ),
        name="later.csv",
    )

    assert (answer["readings"], answer["skipped"]) == (2, 2)
    assert books.values() == [1, 2, 3, 4, 5, 6]
    assert books.sum() == kwh("21")


def test_a_later_file_may_fill_a_gap(books: Books) -> None:
    books.take(changed(at00_15="", at00_30=""))
    assert books.values() == [1, None, None, 4]

    books.take(FIRST, name="whole.csv")

    assert books.values() == [1, 2, 3, 4]


def test_a_missing_value_does_not_contradict_a_posted_one(books: Books) -> None:
    books.take(FIRST)

    answer = books.take(changed(at00_15=""), name="gap.csv")

    assert (answer["batch"], answer["skipped"]) == (None, 3)


def test_other_values_are_refused_and_listed_with_both(books: Books) -> None:
    books.take(FIRST)

    error = books.refused(changed(at00_15="2.5", at00_45="7"), name="other.csv")

    assert error.code == "conflict"
    assert error.message.endswith("other.csv: 2 values differ from what is posted")
    assert "--adjust" in error.hint
    entry = books.rows("SELECT entry FROM entry_view WHERE meter = 'M-1'")[0][0]
    assert [fault.reason for fault in error.problems] == [
        f"meter M-1 at 2024-02-29T16:15:00Z: entry {entry} holds 2 kWh, this file says 2.5 kWh",
        f"meter M-1 at 2024-02-29T16:45:00Z: entry {entry} holds 4 kWh, this file says 7 kWh",
    ]


def test_an_adjustment_posts_the_difference_once(books: Books) -> None:
    books.take(FIRST)
    other = changed(at00_15="2.5", at00_45="7")

    answer = books.take(other, name="other.csv", adjust="half the transformer ratio")
    before = books.dump()
    again = books.take(other, name="other.csv", adjust="half the transformer ratio")
    plain = books.take(other, name="other.csv")

    assert answer["adjusted"] == 2
    assert books.values() == [1, 2.5, 3, 7]
    found = books.rows(
        "SELECT kind, quantity, reason, corrects FROM entry_view WHERE kind = 'adjustment'"
    )
    original = books.rows("SELECT entry FROM entry_view WHERE kind = 'reading'")[0][0]
    assert found == [("adjustment", 3.5, "half the transformer ratio", original)]
    assert (again["batch"], plain["batch"]) == (None, answer["batch"])
    assert books.dump() == before


def test_a_correction_may_be_corrected_back(books: Books) -> None:
    books.take(FIRST)
    books.take(changed(at00_15="9"), name="wrong.csv", adjust="thought to be right")

    answer = books.take(FIRST, adjust="it was right at first")

    assert answer["adjusted"] == 1
    assert books.values() == [1, 2, 3, 4]


def test_values_posted_in_another_unit_are_corrected_exactly(books: Books) -> None:
    """Posted as 1, 2, 3, 4 MJ, corrected in kWh: a third of a MJ is no finite decimal."""
    books.take(FIRST, profile='unit = "MJ"')
    other = changed(at00_15="1")

    books.take(other, name="other.csv", adjust="read in the wrong unit")
    again = books.take(other, name="other.csv", adjust="read in the wrong unit")

    assert books.values() == [1, 1, 3, 4]
    assert books.sum() == kwh("9")
    assert again["batch"] is None


def test_a_reversal_takes_all_back_and_the_file_may_come_again(books: Books) -> None:
    first = books.take(FIRST)

    books.reverse(first["batch"])
    assert books.sum() == kwh("0")
    assert books.values() == []

    again = books.take(FIRST)
    assert again["batch"] is not None
    assert books.values() == [1, 2, 3, 4]
    assert books.take(FIRST)["posted_before"] is True


def test_a_reversed_adjustment_leaves_what_was_there(books: Books) -> None:
    books.take(FIRST)
    answer = books.take(changed(at00_15="9"), name="other.csv", adjust="why")

    books.reverse(answer["batch"])

    assert books.values() == [1, 2, 3, 4]
    assert books.sum() == kwh("10")
    assert books.take(changed(at00_15="9"), name="other.csv", adjust="why")["adjusted"] == 1


def test_a_dry_run_leaves_no_trace(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(books.folder)
    before, files = books.dump(), sorted(books.folder.iterdir())

    answer = books.take(FIRST, dry_run=True, rejects=None)
    error = books.refused(FIRST.replace("M-1", "M-9"), dry_run=True, rejects=None)

    assert answer["batch"] is None
    assert (answer["readings"], answer["entries"]) == (4, 1)
    assert answer["totals"][0]["quantity"] == kwh("10")
    assert error.code == "rejects"
    assert books.dump() == before
    assert sorted(books.folder.iterdir()) == sorted([*files, books.folder / "meters.csv"])
    assert books.take(FIRST)["batch"] is not None


WITH_REJECTS = """
    meter,time,value
    M-1,2024-03-01 00:00,1
    M-9,2024-03-01 00:00,5
    M-1,2024-03-01 00:15,2
    M-1,2024-03-01 00:30,"=HYPERLINK(""x"")"
    M-1,2024-03-01 00:45,4,
    M-1,2024-03-01 01:00,-5e1000
"""


def test_what_cannot_be_posted_goes_to_a_file(books: Books) -> None:
    error = books.refused(WITH_REJECTS)

    assert error.code == "rejects"
    assert error.message.endswith("meters.csv: 4 rows cannot be posted")
    with (books.folder / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["file", "line", "column", "text", "reason", "row"]
    assert [(row[1], row[2], row[3]) for row in rows[1:]] == [
        ("3", "meter", "M-9"),
        ("5", "value", '\'=HYPERLINK("x")'),
        ("6", "", "M-1,2024-03-01 00:45,4,"),
        ("7", "value", "-5e1000"),
    ]
    assert rows[1][4] == "meter 'M-9' is not declared; did you mean M-2?"
    assert rows[3][4] == "4 cells where the header has 3"
    assert rows[1][5] == "M-9,2024-03-01 00:00,5"


def test_the_rest_may_be_posted_and_the_rejects_are_kept(books: Books) -> None:
    answer = books.take(WITH_REJECTS, accept_rejects=True)

    assert (answer["readings"], answer["rejected"]) == (2, 4)
    assert books.values() == [1, 2]
    assert books.rows("SELECT line, column_name, text FROM reject_view ORDER BY line") == [
        (3, "meter", "M-9,2024-03-01 00:00,5"),
        (5, "value", 'M-1,2024-03-01 00:30,"=HYPERLINK(""x"")"'),
        (6, "", "M-1,2024-03-01 00:45,4,"),
        (7, "value", "M-1,2024-03-01 01:00,-5e1000"),
    ]


def test_accepted_rejects_again_change_nothing(books: Books) -> None:
    books.take(WITH_REJECTS, accept_rejects=True)
    before = books.dump()

    assert books.take(WITH_REJECTS, accept_rejects=True)["batch"] is None
    assert books.dump() == before


def test_a_reject_may_be_posted_once_its_meter_is_declared(books: Books) -> None:
    text = (
        "meter,time,value\nM-1,2024-03-01,1\nM-1,2024-03-02,1\nM-9,2024-03-01,5\nM-9,2024-03-02,6"
    )
    books.take(text, accept_rejects=True)
    books.declare(Meter("M-9"))

    answer = books.take(text)

    assert (answer["readings"], answer["skipped"]) == (2, 2)
    assert books.days("M-9") == {"2024-03-01": kwh("5"), "2024-03-02": kwh("6")}


def test_doubles_in_one_file(books: Books) -> None:
    double = FIRST + "\nM-1,2024-03-01 00:15,2"
    answer = books.take(double)

    assert books.values() == [1, 2, 3, 4]
    assert "1 rows repeat another row with the same value" in answer["warnings"]
    assert answer["totals"][0]["quantity"] == kwh("10")


def test_a_file_that_contradicts_itself(books: Books) -> None:
    error = books.refused(FIRST + "\nM-1,2024-03-01 00:15,2.5")

    assert [fault.line for fault in error.problems] == [3, 6]
    assert (
        "meter M-1 at 2024-02-29T16:15:00Z has different values in one file: 2 and 2.5 (lines 3, 6)"
        in error.problems[0].reason
    )


def test_a_file_may_contradict_itself_far_apart(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even --adjust does not choose between two values of one file."""
    small_blocks(monkeypatch, 200)
    lines = [
        f"M-1,{line}" for day in range(1, 5) for line in quarters(f"2024-03-0{day}", ["1"] * 96)
    ]
    text = "meter,time,value\n" + "\n".join([*lines, "M-1,2024-03-01 00:15,2"])

    error = books.refused(text, adjust="no reason")
    assert error.code == "contradiction"
    assert "has different values for 2024-02-29T16:15:00Z in one file, far apart" in error.message

    answer = books.take(text.removesuffix("2") + "1", name="equal.csv")
    assert "1 rows repeat another row with the same value" in answer["warnings"]
    assert books.sum() == kwh("384")


def test_the_batch_says_what_was_read_and_how(books: Books) -> None:
    answer = books.take(changed(at00_15=""), profile='missing = ["x"]\ninterval = "15min"')

    row = books.rows(
        "SELECT kind, actor, document, source_rows, readings, entries, skipped, rejected, gaps, "
        "reading_rules FROM batch_view WHERE batch = ?", answer["batch"]
    )  # fmt: skip
    assert row == [(
        "import", "tester", "meters.csv", 4, 3, 1, 0, 0, 1,
        '{"interval":"15 min","missing":["x"]}',
    )]  # fmt: skip


def test_the_file_is_kept_by_its_hash_unless_that_is_not_wanted(books: Books) -> None:
    first = books.take(FIRST)
    assert books.kept() == [f"{first['document']['sha256']}.zst"]

    second = books.take(FIRST.replace("2024", "2023"), name="second.csv", keep=False)
    packed = books.take(FIRST.replace("2024", "2022"), name="third.csv.gz")

    assert books.kept() == sorted(
        [f"{first['document']['sha256']}.zst", f"{packed['document']['sha256']}.gz"]
    )
    kept = dict(books.rows("SELECT sha256, kept FROM document"))
    assert (kept[first["document"]["sha256"]], kept[second["document"]["sha256"]]) == (1, 0)
