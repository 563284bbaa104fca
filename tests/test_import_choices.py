"""Files that can be read in several ways: each way is tried, and all are shown."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ingest_kit import Books, kwh, quarters

from carbonledger.errors import ImportUndecided, Refusal
from carbonledger.ingest import choices

ONE = 'meter = "M-1"'
# 3 April or 4 March, and 1.234 or 1234: nothing in the file says which.
DAYS = "time,value\n" + "\n".join(f"03/04/2024 {hour:02}:00,1.5" for hour in range(24))
COMMAS = "time;value\n" + "\n".join(f"2024-03-01 {hour:02}:00;1,250" for hour in range(4))
BOTH = "time;value\n" + "\n".join(f"03/04/2024 {hour:02}:00;1,250" for hour in range(4))


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park")


def undecided(books: Books, text: str, profile: str = ONE, **options: Any) -> ImportUndecided:
    error = books.refused(text, profile=profile, **options)
    assert isinstance(error, ImportUndecided)
    return error


def quantities(error: ImportUndecided) -> list[tuple[str, Decimal]]:
    return [(one["toml"], one["totals"][0]["quantity"]) for one in error.readings]


@pytest.mark.both_databases
def test_both_readings_of_a_comma_are_shown_with_their_totals(books: Books) -> None:
    error = undecided(books, COMMAS)

    assert error.code == "decimal"
    assert quantities(error) == [
        ('decimal = ","', kwh("5")), ('decimal = "."\nthousands = ","', kwh("5000")),
    ]  # fmt: skip
    assert [one["sums"] for one in error.readings] == [
        [{"commodity": "electricity", "quantity": kwh("5"), "unit": "kWh"}],
        [{"commodity": "electricity", "quantity": kwh("5000"), "unit": "kWh"}],
    ]


@pytest.mark.both_databases
def test_both_readings_of_a_date_are_shown_with_the_months_they_fall_in(books: Books) -> None:
    day_first, month_first = undecided(books, DAYS).readings

    assert day_first["toml"] == 'time_format = "%d/%m/%Y %H:%M"'
    assert (day_first["first"], day_first["last"]) == (
        "2024-04-02T16:00:00Z", "2024-04-03T16:00:00Z"
    )  # fmt: skip
    assert [(m["meter"], m["month"], m["quantity"]) for m in day_first["months"]] == [
        ("M-1", "2024-04", kwh("36"))
    ]
    assert [(m["month"], m["quantity"]) for m in month_first["months"]] == [("2024-03", kwh("36"))]


def test_each_line_that_is_shown_settles_the_question(books: Books) -> None:
    for one in undecided(books, DAYS).readings:
        answer = books.take(DAYS, profile=f"{ONE}\n{one['toml']}", dry_run=True)
        assert answer["totals"] == one["totals"]


@pytest.mark.parametrize("last", ["2024-01-31 24:00,1", "2024-02-01 00:00,1"])
def test_a_day_that_looks_like_ends_is_asked_with_the_months_it_falls_in(
    books: Books, last: str
) -> None:
    text = "\n".join(["time,value", *quarters("2024-01-31", ["1"] * 95, start=15), last])

    ends, starts = undecided(books, text).readings

    assert (ends["toml"], ends["last"]) == ('stamp = "end"', "2024-01-31T16:00:00Z")
    assert [(m["month"], m["quantity"]) for m in ends["months"]] == [("2024-01", kwh("96"))]
    assert (starts["toml"], starts["last"]) == ('stamp = "start"', "2024-01-31T16:15:00Z")
    assert [(m["month"], m["quantity"]) for m in starts["months"]] == [
        ("2024-01", kwh("95")), ("2024-02", kwh("1")),
    ]  # fmt: skip


def test_a_24_00_alone_is_a_sign_of_ends(books: Books) -> None:
    text = "time,value\n2024-01-31 22:00,1\n2024-01-31 23:00,1\n2024-01-31 24:00,1"

    error = undecided(books, text)

    assert (error.code, "24:00 is the end of a day" in error.message) == ("stamp", True)


def test_days_from_midnight_on_are_starts(books: Books) -> None:
    text = "\n".join(["time,value", *quarters("2024-01-31", ["1"] * 96), "2024-02-01 00:00,1"])
    assert books.take(text, profile=ONE)["readings"] == 97


def filling(day: int, *, whole: bool) -> str:
    """Return the quarters of a day from 00:15 to 00:00, or of the whole day from 00:00 on."""
    if whole:
        return "\n".join(["time,value", *quarters(f"2024-01-{day:02}", ["1"] * 96)])
    filled = quarters(f"2024-01-{day:02}", ["2"] * 95, start=15)
    return "\n".join(["time,value", *filled, f"2024-01-{day + 1:02} 00:00,2"])


@pytest.mark.both_databases
def test_what_fills_a_gap_is_read_as_the_ledger_holds_the_meter(books: Books) -> None:
    """All before 00:15 is posted, and nothing from 00:00 on: so these stamps are starts."""
    books.take(filling(29, whole=True), profile=ONE)
    books.take("time,value\n2024-01-30 00:00,1\n2024-01-31 00:15,1\n2024-01-31 00:30,1",
               profile=f'{ONE}\ninterval = "15min"')  # fmt: skip

    answer = books.take(filling(30, whole=False), profile=ONE)

    assert books.days()["2024-01-30"] == kwh("191")
    assert books.days()["2024-01-31"] == kwh("4")
    assert answer["gaps"] == 0
    assert [said for said in answer["warnings"] if "as the ledger holds these meters" in said]


def test_what_fills_a_gap_among_ends_is_asked(books: Books) -> None:
    """From 00:15 on nothing is posted, from the next 00:00 on all is: the stamps are ends."""
    books.take(filling(29, whole=False), profile=f'{ONE}\nstamp = "end"')
    error = undecided(books, filling(30, whole=False))
    assert "the ledger holds these meters by ends" in error.message


def test_a_profile_of_an_earlier_file_says_what_stamps_are(books: Books) -> None:
    books.take(filling(10, whole=True), profile=f'{ONE}\nstamp = "start"')
    assert books.take(filling(20, whole=False), profile=ONE)["readings"] == 96


def test_a_meter_of_which_the_ledger_holds_nothing_near_is_asked(books: Books) -> None:
    books.take(filling(10, whole=True), profile=ONE)
    assert undecided(books, filling(20, whole=False)).code == "stamp"


def test_what_was_taken_back_does_not_say_how_a_meter_is_read(books: Books) -> None:
    books.take(filling(29, whole=True), profile=ONE)
    first = "time,value\n2024-01-30 00:00,1"
    taken = books.take(first, profile=f'{ONE}\ninterval = "15min"')
    books.reverse(taken["batch"])
    assert undecided(books, filling(30, whole=False)).code == "stamp"


def test_two_questions_make_four_readings(books: Books) -> None:
    error = undecided(books, BOTH)

    assert [(one["profile"]["time_format"][:2], one["profile"]["decimal"]) for one in error.readings
            ] == [("%d", ","), ("%d", "."), ("%m", ","), ("%m", ".")]  # fmt: skip
    assert [one["sums"][0]["quantity"] for one in error.readings] == [
        kwh("5"), kwh("5000"), kwh("5"), kwh("5000")
    ]  # fmt: skip


def test_a_reading_that_contradicts_the_ledger_says_so(books: Books) -> None:
    books.take(DAYS.replace("1.5", "7"), profile=f'{ONE}\ntime_format = "%d/%m/%Y %H:%M"')

    day_first, month_first = undecided(books, DAYS).readings

    assert day_first["refused"]["code"] == "conflict"
    assert "24 values differ" in day_first["refused"]["message"]
    assert month_first["totals"][0]["quantity"] == kwh("36")


def test_what_is_the_same_either_way_is_no_question(books: Books) -> None:
    """The third of the third month is the same day, whichever stands first."""
    text = DAYS.replace("03/04", "03/03")

    answer = books.take(text, profile=ONE)

    assert books.days() == {"2024-03-03": kwh("36")}
    assert answer["warnings"][-1] == (
        "the file can be read in several ways, which all come to the same: "
        'time_format = "%d/%m/%Y %H:%M"; time_format = "%m/%d/%Y %H:%M"'
    )
    again = books.take(text, profile=ONE)
    assert (again["posted_before"], again["entries"]) == (True, 0)


def test_a_dry_run_asks_as_well_and_writes_no_rejects(books: Books) -> None:
    rejects = books.folder / "rejects.csv"

    error = undecided(books, f"{DAYS}\n04/04/2024 00:00,none at all", dry_run=True)

    assert [one["refused"]["code"] for one in error.readings] == ["rejects", "rejects"]
    assert not rejects.exists()


def test_a_file_that_asks_for_ever_is_shown_eight_readings() -> None:
    """Every choice leads to two more; each is a key that was not chosen before."""
    tried: list[Any] = []

    def attempt(keys: choices.Choice) -> dict[str, Any]:
        tried.append(keys)
        if len(keys) < 4:
            more = [{f"key{len(keys)}": n} for n in (1, 2)]
            raise ImportUndecided("again", choices=more, code="decimal")
        return {"content": str(keys), "months": {}, "rows": 1, "totals": []}

    found = choices.readings(attempt, [{"key0": 1}, {"key0": 2}])

    assert len(found) == choices.MOST_READINGS
    assert len(tried) <= choices.MOST_TRIALS


def test_a_question_that_its_own_answer_does_not_settle_is_a_refusal() -> None:
    def attempt(keys: choices.Choice) -> dict[str, Any]:
        raise ImportUndecided("still", choices=[{"decimal": ","}], code="decimal")

    found = choices.readings(attempt, [{"decimal": ","}])

    assert [one.refusal.message for one in found if isinstance(one.refusal, Refusal)] == ["still"]
