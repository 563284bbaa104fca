"""What the validation says of a file while it is imported: stored, told, and nothing changed."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from ingest_kit import NOW, Books, Meter, kwh, small_blocks

from carbonledger.cli.findings import SHOWN
from carbonledger.cli.imports_told import told
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import account, meter, meter_revision
from carbonledger.ledger.verify import verify_batches
from carbonledger.text import set_language

PROFILES = Path(__file__).resolve().parent.parent / "examples" / "profiles"
UTC = Meter(timezone="UTC")
pytestmark = pytest.mark.both_databases


def office(day: int, hour: int) -> float:
    busy = 8 <= hour < 18 and day % 7 < 5
    return (20.0 if busy else 5.0) + (day * 7 + hour * 3) % 11 / 10


def hours(
    first: str, days: int, shape: Callable[[int, int], float | None] = office, name: str = "M-1",
    number: int = 0,
) -> str:  # fmt: skip
    """Return a file of hours; `number` is that of its first day, for the shape."""
    begin = date.fromisoformat(first)
    rows = [
        f"{name},{begin + timedelta(days=n)} {hour:02}:00,{'' if value is None else round(value, 3)}"
        for n in range(days)
        for hour in range(24)
        for value in [shape(number + n, hour)]
    ]
    return "\n".join(["meter,time,value", *rows])


def kinds(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["kind"], one["start"][:16], one["end"][:16]) for one in answer["findings"]]


def stored(books: Books) -> list[tuple[Any, ...]]:
    return books.rows(
        "SELECT batch, meter, kind, severity, substr(start_utc, 1, 16), substr(end_utc, 1, 16), "
        "count, value, unit, line_first, line_last FROM finding_view ORDER BY finding"
    )


def test_a_usual_file_has_no_findings(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    answer = books.take(hours("2024-01-01", 30))
    assert (answer["findings"], stored(books)) == ([], [])


def test_findings_are_told_and_stored_with_the_batch(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)

    def shape(day: int, hour: int) -> float | None:
        if (day, hour) == (3, 5):
            return None
        if day in (10, 11) and 2 <= day * 24 + hour - 240 < 40:
            return 0.0
        if (day, hour) == (20, 9):
            return 900.0
        return -1.5 if (day, hour) == (25, 1) else office(day, hour)

    answer = books.take(hours("2024-01-01", 30, shape))

    assert kinds(answer) == [
        ("gap", "2024-01-04T05:00", "2024-01-04T06:00"),
        ("negative", "2024-01-26T00:00", "2024-01-27T00:00"),
        ("spike", "2024-01-21T00:00", "2024-01-22T00:00"),
        ("zero_run", "2024-01-11T02:00", "2024-01-12T16:00"),
    ]
    batch = answer["batch"]
    assert stored(books) == [
        (batch, "M-1", "gap", "info", "2024-01-04T05:00", "2024-01-04T06:00", 1, None, None, 78, 80),
        (batch, "M-1", "negative", "warning", "2024-01-26T00:00", "2024-01-27T00:00", 1, -1.5, "kWh",
         602, 625),
        (batch, "M-1", "spike", "warning", "2024-01-21T00:00", "2024-01-22T00:00", 1, 900.0, "kWh",
         482, 505),
        (batch, "M-1", "zero_run", "warning", "2024-01-11T02:00", "2024-01-12T16:00", 38, 0.0, "kWh",
         242, 289),
    ]  # fmt: skip
    assert (
        "Meter M-1 shows 0 for 38 hours, from 2024-01-11 02:00 to 2024-01-12 16:00. "
        in answer["findings"][3]["text"]
    )
    with books.ledger() as ledger, ledger.read() as connection:
        assert verify_batches(connection)[2] == []


def test_nothing_is_changed_by_a_finding(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    books.take(hours("2024-01-01", 1, lambda _d, h: -2.0 if h == 3 else 0.0 if h > 20 else 1.0))
    assert books.sum() == kwh("18")
    assert books.values()[2:5] == [1.0, -2.0, 1.0]


def test_sentences_are_kept_in_both_languages_and_told_in_the_users(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    set_language("zh")
    try:
        answer = books.take(hours("2024-01-01", 3, lambda _d, h: -2.0 if h == 3 else 1.0 + h))
    finally:
        set_language("en")
    assert "有 3 个值小于零" in answer["findings"][0]["text"]
    ((english, chinese),) = books.rows("SELECT text_en, text_zh FROM finding_view")
    assert english == (
        "Meter M-1: 3 values are below zero between 2024-01-01 00:00 and 2024-01-04 00:00, "
        "the lowest is -2 kWh."
    )
    assert chinese == answer["findings"][0]["text"]


def test_a_dry_run_tells_and_stores_nothing(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    text = hours("2024-01-01", 3, lambda d, h: 0.0 if d else 1.0 + h)
    before = books.dump()
    answer = books.take(text, dry_run=True)
    assert kinds(answer) == [("zero_end", "2024-01-02T00:00", "2024-01-04T00:00")]
    assert books.dump() == before


def test_a_file_is_judged_beside_what_was_posted_before(tmp_path: Path) -> None:
    """A spike on a single day needs the weeks before it; so does a run across two files."""
    books = Books(tmp_path, UTC)
    books.take(hours("2024-01-01", 40))
    spike = books.take(
        hours("2024-02-10", 1, lambda d, h: 900.0 if h == 3 else office(d, h), number=40)
    )
    assert kinds(spike) == [("spike", "2024-02-10T00:00", "2024-02-11T00:00")]
    books.take(hours("2024-02-11", 1, lambda d, h: 0.0 if h > 10 else office(d, h), number=41))
    zero = books.take(
        hours("2024-02-12", 1, lambda d, h: office(d, h) if h > 12 else 0.0, number=42)
    )
    assert kinds(zero) == [("zero_run", "2024-02-11T11:00", "2024-02-12T13:00")]
    assert books.take(hours("2024-02-13", 1, office, number=43))["findings"] == []


def test_a_gap_between_two_files_is_told_by_the_second(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    books.take(hours("2024-01-01", 3))
    answer = books.take(hours("2024-01-06", 3, number=5))
    assert kinds(answer) == [("gap", "2024-01-04T00:00", "2024-01-06T00:00")]
    filled = books.take(hours("2024-01-04", 2, number=3))
    assert filled["findings"] == []


def test_a_file_that_fills_holes_of_another_is_judged_with_its_values(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    books.take(
        hours("2024-01-01", 4, lambda d, h: None if 6 <= h < 12 and d in (1, 2) else office(d, h))
    )
    answer = books.take(
        hours("2024-01-01", 4, lambda d, h: office(d, h) if h != 8 or d != 2 else None)
    )
    assert answer["skipped"] == 84
    assert kinds(answer) == [("gap", "2024-01-03T08:00", "2024-01-03T09:00")]


def test_a_step_of_level_is_told_once(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    books.take(hours("2024-01-01", 60))

    def changed(day: int, hour: int) -> float:
        return office(day, hour) * 39

    first = books.take(hours("2024-03-01", 3, changed, number=60))
    # What a step is and what a spike only time can tell.
    assert [one["kind"] for one in first["findings"]] == ["spike"]
    week = books.take(hours("2024-03-04", 7, changed, number=63))
    assert kinds(week)[-1] == ("step", "2024-03-01T00:00", "2024-03-11T00:00")
    assert float(week["findings"][-1]["factor"]) == pytest.approx(39, rel=0.03)
    later = books.take(hours("2024-03-11", 7, changed, number=70))
    assert [one["kind"] for one in later["findings"] if one["kind"] == "step"] == []


def test_each_meter_of_a_file_is_judged_by_its_own_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One behind the other in the file, at the same time: what one lacks the other does not."""

    def shape(day: int, hour: int) -> float | None:
        return None if (day, hour) == (9, 4) else office(day, hour)

    first, second = hours("2024-01-01", 20), hours("2024-01-05", 12, shape, "M-2")
    for name, size in (("whole", 1 << 20), ("blocks", 700)):
        small_blocks(monkeypatch, size)
        books = Books(tmp_path / name, UTC, Meter("M-2", timezone="UTC"))
        answer = books.take(first + "\n" + second.split("\n", 1)[1])
        assert [(one["meter"], *kind) for one, kind in
                zip(answer["findings"], kinds(answer), strict=True)] == [
            ("M-2", "gap", "2024-01-14T04:00", "2024-01-14T05:00")
        ]  # fmt: skip


def test_findings_do_not_depend_on_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shape(day: int, hour: int) -> float | None:
        return None if (day * 24 + hour) % 50 < 2 else 0.0 if 5 < day < 8 else office(day, hour)

    text = hours("2024-01-01", 20, shape)
    whole = Books(tmp_path / "a", UTC).take(text)["findings"]
    assert whole
    small_blocks(monkeypatch, 300)
    assert Books(tmp_path / "b", UTC).take(text)["findings"] == whole


def test_findings_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    text = hours("2024-01-01", 20, lambda d, h: 0.0 if 5 < d < 8 else office(d, h))
    head, *rows = text.split("\n")
    backwards = "\n".join([head, *reversed(rows)])
    books = Books(tmp_path / "a", UTC), Books(tmp_path / "b", UTC)
    assert kinds(books[0].take(text)) == kinds(books[1].take(backwards))


def test_many_findings_are_counted_in_the_text_and_listed_in_full(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """First those to look at; the notes (here: an hour missing) behind them."""
    codes = [f"M-{n:02}" for n in range(30)]
    books = Books(tmp_path, *(Meter(code, timezone="UTC") for code in codes))

    def shape(lowest: float) -> Callable[[int, int], float | None]:
        return lambda d, h: None if (d, h) == (1, 9) else lowest if h == 2 else 2.0 + h

    parts = [
        hours("2024-01-01", 2, shape(-1.0 if number < 10 else 1.0), code)
        for number, code in enumerate(codes)
    ]
    text = "\n".join([parts[0], *(part.split("\n", 1)[1] for part in parts[1:])])
    answer = books.take(text)
    assert len(answer["findings"]) == len(stored(books)) == 40
    told(answer, "a.csv", dry_run=False)
    lines = capsys.readouterr().out.splitlines()
    head = lines.index(
        "What the validation noticed (to look at: 10; good to know: 30); nothing was changed for it:"
    )
    said = lines[head + 1 :]
    assert len(said) == SHOWN + 1
    assert [line[0] for line in said[:12]] == ["!"] * 10 + ["·"] * 2
    assert said[-1] == (
        f'28 more: carbonledger sql "select * from finding_view where batch = {answer["batch"]}"'
    )


def test_rows_that_repeat_and_contradict_are_told_of_their_meter(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    text = hours("2024-01-01", 1) + "\nM-1,2024-01-01 03:00,5.9\nM-1,2024-01-01 05:00,77"
    answer = books.take(text, accept_rejects=True)
    found = {one["kind"]: one for one in answer["findings"]}
    assert set(found) == {"duplicate", "conflict", "gap"}
    assert (found["duplicate"]["count"], found["duplicate"]["line_last"]) == (1, 26)
    assert found["conflict"]["text"] == (
        "Meter M-1: 1 rows of the file say different things of the same time (2024-01-01 05:00 to "
        "2024-01-01 06:00); none of them is posted."
    )


def test_values_that_were_corrected_are_told(tmp_path: Path) -> None:
    books = Books(tmp_path, UTC)
    books.take(hours("2024-01-01", 2))
    answer = books.take(hours("2024-01-01", 2, lambda d, h: 9.0 if h == 3 else office(d, h)),
                        adjust="read again")  # fmt: skip
    assert [(one["kind"], one["count"], one["severity"]) for one in answer["findings"]] == [
        ("conflict", 2, "info")
    ]


def test_flags_are_counted(tmp_path: Path) -> None:
    text = hours("2024-01-01", 2).split("\n")
    rows = [f"{row},{'E' if n % 10 == 3 else 'A'}" for n, row in enumerate(text[1:])]
    answer = Books(tmp_path, UTC).take("\n".join([f"{text[0]},quality", *rows]))
    (one,) = answer["findings"]
    assert (one["kind"], one["count"], one["flag"], one["all"]) == ("quality", 5, "estimated", "48")


def test_a_register_that_stands_still_and_one_that_falls(tmp_path: Path) -> None:
    books = Books(tmp_path, Meter("R-1", reads="register", timezone="UTC"))
    rows = [f"2024-01-{day:02} 00:00,{100 + 7 * min(day, 4)}" for day in range(1, 9)]
    answer = books.take("\n".join(["time,R-1", *rows]))
    assert kinds(answer) == [("zero_end", "2024-01-04T00:00", "2024-01-08T00:00")]
    fallen = books.take(
        "time,R-1\n2024-01-09 00:00,150\n2024-01-10 00:00,20\n", accept_rejects=True
    )
    drops = [one for one in fallen["findings"] if one["kind"] == "register_drop"]
    assert [(one["start"], one["line_first"]) for one in drops] == [("2024-01-10T00:00:00Z", 3)]


def line(books: Books, code: str, name: str) -> None:
    """Declare a meter from the park to an account below it."""

    def post(ledger: Ledger) -> None:
        with (
            ledger.transaction() as connection,
            posting(connection, Header("site", "t", NOW)) as made,
        ):
            ids = {
                one: connection.execute(account.select().where(account.c.code == one)).one().id
                for one in ("park", name)
            }
            number = made.insert(meter, code=code)
            commodity = connection.exec_driver_sql(
                "SELECT id FROM commodity WHERE code = 'electricity'"
            ).scalar_one()
            made.insert(meter_revision, meter_id=number, valid_from=0, from_account_id=ids["park"],
                        to_account_id=ids[name], commodity_id=commodity, unit="kWh",
                        reads="interval", multiplier="1", timezone="UTC")  # fmt: skip

    with books.ledger() as ledger:
        post(ledger)


def test_a_sub_meter_above_its_main_meter_is_told_whichever_comes_last(tmp_path: Path) -> None:
    for name, order in (("a", ("M-1", "SUB")), ("b", ("SUB", "M-1"))):
        books = Books(tmp_path / name, UTC)
        line(books, "SUB", "park/office")
        files = {
            "M-1": hours("2024-01-01", 3, lambda _d, h: 10.0 + h % 3),
            "SUB": hours("2024-01-01", 3, lambda d, h: (30.0 if d == 1 else 5.0) + h % 3, "SUB"),
        }
        assert books.take(files[order[0]], name="one.csv")["findings"] == []
        (one,) = books.take(files[order[1]], name="two.csv")["findings"]
        assert (one["meter"], one["kind"], one["count"]) == ("M-1", "above_main", 1)
        assert (one["value"], one["expected"], one["subs"]) == ("744", "264", "SUB")


@pytest.mark.shared_data
def test_the_gas_of_cambridge_changes_its_unit_without_a_word(
    tmp_path: Path, shared_data: Path
) -> None:
    gas = Meter("B64", commodity="natural_gas", unit="kWh", conversion="10 kWh/m3",
                timezone="Europe/London")  # fmt: skip
    books = Books(tmp_path, gas)
    profile = (PROFILES / "cambridge_building.toml").read_text("utf-8")
    found = {}
    for year in (2016, 2017, 2018, 2019):
        file = shared_data / "utilities" / f"ucam_b64_gas_{year}.csv.gz"
        found[year] = books.take(file, profile)["findings"]

    assert [(one["kind"], one["severity"]) for one in found[2016]] == [("zeros", "info")]
    assert [(one["kind"], one["start"]) for one in found[2017]] == [
        ("zero_end", "2017-08-01T01:00:00Z"), ("zero_run", "2017-06-01T01:00:00Z"),
    ]  # fmt: skip
    (step,) = (one for one in found[2018] if one["kind"] != "zeros")
    assert (step["kind"], step["start"]) == ("step", "2018-01-01T00:00:00Z")
    assert 35 < float(step["factor"]) < 42
    assert [one["kind"] for one in found[2019]] == ["zero_run"]


@pytest.mark.shared_data
@pytest.mark.parametrize("years", [(2019, 2018, 2017, 2016), (2018, 2016, 2019, 2017)])
def test_the_step_is_found_in_whatever_order_the_years_come(
    tmp_path: Path, shared_data: Path, years: tuple[int, ...]
) -> None:
    gas = Meter("B64", commodity="natural_gas", unit="kWh", conversion="10 kWh/m3",
                timezone="Europe/London")  # fmt: skip
    books = Books(tmp_path, gas)
    profile = (PROFILES / "cambridge_building.toml").read_text("utf-8")
    for year in years:
        books.take(shared_data / "utilities" / f"ucam_b64_gas_{year}.csv.gz", profile)
    assert [(day, form) for day, form in books.rows(
        "SELECT local_day, text_en FROM finding_view WHERE kind = 'step'"
    )] == [("2018-01-01", ANY)]  # fmt: skip


USUAL = [
    ("electricity/steel_kr_2018_uci.csv.gz", "steel_kr_2018", [Meter("STEEL", timezone="Asia/Seoul")]),
    ("electricity/ch_loadprofile_1_2021.csv.gz", "swiss_load_profile",
     [Meter("P-1", reads="power", timezone="Europe/Zurich")]),
    ("electricity/ch_loadprofile_2_2021.csv.gz", "swiss_load_profile",
     [Meter("P-1", reads="power", timezone="Europe/Zurich")]),
    ("electricity/ch_loadprofile_4_2021.csv.gz", "swiss_load_profile",
     [Meter("P-1", reads="power", timezone="Europe/Zurich")]),
    ("electricity/wind_scada_tr_2018.csv.gz", "wind_scada",
     [Meter("WT-1", unit="kW", reads="power", timezone="Europe/Istanbul")]),
    ("formats/ie/esb_hdf_example.csv.gz", "esb_networks_hdf",
     [Meter(code, timezone="Europe/Dublin") for code in ("IMPORT", "EXPORT")]),
    ("utilities/ucam_b64_electricity_2019.csv.gz", "cambridge_building",
     [Meter("B64", timezone="Europe/London")]),
    ("electricity/lastgang_2022_kw_weather.csv.gz", "lastgang_power_end",
     [Meter("LASTGANG", unit="kW", reads="power", timezone="Europe/Vienna")]),
    ("electricity/ausgrid_customer12_2011_2012.csv.gz", "ausgrid_solar_home",
     [Meter(code, timezone="Australia/Sydney") for code in ("HOME-USE", "HOME-PV")]),
]  # fmt: skip


@pytest.mark.shared_data
@pytest.mark.parametrize(("file", "profile", "meters"), USUAL)
def test_a_usual_year_raises_no_false_alarm(
    tmp_path: Path, shared_data: Path, file: str, profile: str, meters: list[Meter]
) -> None:
    books = Books(tmp_path, *meters)
    answer = books.take(shared_data / file, (PROFILES / f"{profile}.toml").read_text("utf-8"))
    assert {one["kind"] for one in answer["findings"]} <= {"gap", "zero_run", "zeros", "negative"}


@pytest.mark.shared_data
@pytest.mark.parametrize(("row", "zeros"), [(0, 1), (1, 0), (2, 2287), (3, 4)])
def test_values_of_zero_are_counted_where_they_are_rare(
    tmp_path: Path, shared_data: Path, row: int, zeros: int
) -> None:
    file, profile, meters = USUAL[row]
    books = Books(tmp_path, *meters)
    answer = books.take(shared_data / file, (PROFILES / f"{profile}.toml").read_text("utf-8"))
    counted = [
        (one["count"], one["severity"]) for one in answer["findings"] if one["kind"] == "zeros"
    ]
    assert counted == ([(zeros, "info")] if zeros else [])


@pytest.mark.shared_data
def test_a_wind_turbine_draws_power_and_stands_still(tmp_path: Path, shared_data: Path) -> None:
    turbine = Meter("WT-1", unit="kW", reads="power", timezone="Europe/Istanbul")
    profile = (PROFILES / "wind_scada.toml").read_text("utf-8")
    answer = Books(tmp_path, turbine).take(
        shared_data / "electricity" / "wind_scada_tr_2018.csv.gz", profile
    )
    negative = next(one for one in answer["findings"] if one["kind"] == "negative")
    assert (negative["count"], negative["value"]) == (57, "-0.411901")
    assert sum(one["kind"] == "zero_run" for one in answer["findings"]) == 7
    gaps = [one for one in answer["findings"] if one["kind"] == "gap"]
    # Twenty are listed, those of a day or more among them; one more counts the other twelve.
    assert [one["count"] for one in gaps if one["severity"] == "warning"] == [625, 546, 520]
    assert [one["count"] for one in gaps if one.get("form") == "others"] == [32 - 20]
