"""Files with a row a day: 24, 48, 96, 144 or 288 columns that are the intervals of the day."""

from collections.abc import Callable
from pathlib import Path

import pytest
from dayrows_kit import HALVES, HOURS, ones, table
from ingest_kit import Books, Meter, kwh, small_blocks

from carbonledger.errors import ImportUndecided

pytestmark = pytest.mark.both_databases

Park = Callable[..., Books]
SAMPLE = Path(__file__).resolve().parent.parent / "examples" / "formats" / "day.csv"


@pytest.fixture
def park(tmp_path: Path) -> Park:
    def made(*meters: Meter) -> Books:
        return Books(tmp_path / "park", *meters)

    return made


def quarters_to_midnight() -> list[str]:
    """00:15, 00:30 … 24:00."""
    return [f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in range(1, 97)]


@pytest.mark.parametrize(
    ("names", "length"),
    [
        (quarters_to_midnight(), 900),
        ([name.replace(":", "") for name in quarters_to_midnight()], 900),
        ([f"P{number}" for number in range(1, 97)], 900),
        ([f"{hour}时" for hour in range(24)], 3600),
        ([f"{hour}时" for hour in range(1, 25)], 3600),
        ([f"{hour}点" for hour in range(24)], 3600),
        ([f"kWh_{number}" for number in range(1, 49)], 1800),
        ([f"[{name}]" for name in HALVES[1:]] + ["[24:00]"], 1800),
        ([*HALVES[1:], "00:00"], 1800),
        ([f"{a} - {b}" for a, b in zip(HALVES, [*HALVES[1:], "00:00"], strict=True)], 1800),
        ([f"{ten // 6:02}:{ten % 6}0" for ten in range(144)], 600),
        ([f"{five // 12:02}:{five % 12 * 5:02}" for five in range(288)], 300),
        ([str(number) for number in range(1, 25)], 3600),
    ],
)
def test_columns_of_a_day_are_known_by_their_names(
    park: Park, names: list[str], length: int
) -> None:
    books = park()
    cells = [str(number) for number in range(len(names))]

    answer = books.take(table(names, ("M-1,2024-03-01", cells)))

    first, second = books.readings()[:2]
    # Midnight in Shanghai is 16:00 UTC.
    assert (first, second[1]) == (("2024-02-29 16:00", 0), 1)
    assert second[0] == f"2024-02-29 16:{length % 3600 // 60:02}".replace("16:00", "17:00")
    assert books.values() == list(range(len(names)))
    assert (answer["rows"], answer["readings"], answer["gaps"]) == (1, len(names), 0)


def test_a_row_of_a_meter_is_one_day_of_it(park: Park) -> None:
    books = park(Meter("A"), Meter("B"))

    answer = books.take(
        table(
            HOURS,
            ("A,2024-03-01", ones(24)),
            ("B,2024-03-01", ones(24, c5="2.5")),
            ("A,2024-03-02", ones(24, c0="-1")),
        )
    )

    assert books.days("A") == {"2024-03-01": kwh("24"), "2024-03-02": kwh("22")}
    assert books.days("B") == {"2024-03-01": kwh("25.5")}
    assert answer["warnings"] == ["1 values are below zero"]
    assert answer["entries"] == 3


def test_an_empty_cell_is_a_gap(park: Park) -> None:
    books = park()

    answer = books.take(table(HOURS, ("M-1,2024-03-01", ones(24, c3="", c4="--"))))

    assert books.values()[2:6] == [1, None, None, 1]
    assert books.sum() == kwh("22")
    assert answer["gaps"] == 2


def test_mean_power_of_96_points_is_a_quarter_of_its_sum(park: Park) -> None:
    books = park(Meter("P", reads="power", unit="kW"))
    names = [f"P{number}" for number in range(1, 97)]

    books.take(table(names, ("P,20240301", ones(96, c0="5"))))

    # (95 x 1 kW + 5 kW) x 0.25 h
    assert books.sum() == kwh("25")


def test_hourly_readings_of_a_register_are_made_when_their_columns_say(park: Park) -> None:
    books = park(Meter("R", reads="register", digits=6, multiplier="10"))
    ends = [*HOURS[1:], "24:00"]
    first = [str(100 + hour) for hour in range(1, 25)]
    second = [str(124 + 2 * hour) for hour in range(1, 25)]

    books.take(table(ends, ("R,2024-03-01", first), ("R,2024-03-02", second)))

    # From 101 at 01:00 on the 1st to 172 at 24:00 on the 2nd, times 10.
    assert books.days("R") == {"2024-03-01": kwh("230"), "2024-03-02": kwh("480")}


def test_numbered_readings_of_a_register_may_be_made_at_either_end(park: Park) -> None:
    books = park(Meter("R", reads="register"))
    names = [f"P{number}" for number in range(1, 25)]
    text = table(names, ("R,2024-03-01", [str(number) for number in range(24)]))

    error = books.refused(text)
    assert isinstance(error, ImportUndecided)
    assert (error.code, error.choices) == ("stamp", ({"stamp": "start"}, {"stamp": "end"}))

    books.take(text, 'stamp = "start"')
    assert books.rows("SELECT min(start_utc) FROM entry_view") == [("2024-02-29T16:00:00Z",)]


def test_a_multiplier_beside_energies_is_a_question(park: Park) -> None:
    books = park(Meter(multiplier="40"))
    text = table(HOURS, ("M-1,2024-03-01,40", ones(24)), before="表号,日期,倍率")

    assert books.refused(text).code == "multiplier"
    other = books.refused(text.replace(",40,", ",30,"), "multiplied = false")
    assert [fault.column for fault in other.problems] == ["倍率"]
    books.take(text, "multiplied = false")
    assert books.sum() == kwh("960")


def test_titles_above_the_table_are_passed_over_and_their_unit_is_taken(park: Park) -> None:
    books = park()
    text = table(HOURS, ("M-1,2024-03-01", ones(24)), ("合计,", ["1"] * 24))

    answer = books.take("某某公司日电量\n单位：MWh\n" + text)

    assert books.sum() == kwh("24000")
    assert "unit MWh, as stated above the table" in answer["warnings"]
    assert any("1 totals are no readings and were left out" in w for w in answer["warnings"])


def test_rows_from_new_to_old_give_the_same_books(park: Park) -> None:
    books = park(Meter("M-1"), Meter("R", reads="register"))
    days = [f"2024-03-0{day}" for day in range(1, 6)]
    reading = {day: [str(100 * n + hour) for hour in range(24)] for n, day in enumerate(days)}

    books.take(table(HOURS, *(("M-1," + day, ones(24)) for day in reversed(days))))
    books.take(table(HOURS, *(("R," + day, reading[day]) for day in reversed(days))))

    assert books.days("M-1") == dict.fromkeys(days, kwh("24"))
    # 0 at midnight of the 1st, 423 at 23:00 of the 5th.
    assert books.sum(meter="R") == kwh("423")


def test_a_register_of_its_own_row_is_a_meter_of_a_joined_name(park: Park) -> None:
    books = park(Meter("A"), Meter("B"))
    text = table(
        [f"{a} - {b}" for a, b in zip(HALVES, [*HALVES[1:], "00:00"], strict=True)],
        ("6001,Consumption,2024-03-01", ones(48)),
        ("6001,Generation,2024-03-01", ones(48, c20="3")),
        before="NMI,CON/GEN,DATE",
    )

    books.take(
        text,
        """
        [columns]
        meter = ["NMI", "CON/GEN"]
        [meters]
        "6001 Consumption" = "A"
        "6001 Generation" = "B"
        """,
    )

    assert (books.sum(meter="A"), books.sum(meter="B")) == (kwh("48"), kwh("50"))


def test_the_flag_of_a_day_holds_for_all_its_values(park: Park) -> None:
    books = park()

    books.take(
        table(
            HOURS,
            ("M-1,2024-03-01,No", ones(24)),
            ("M-1,2024-03-02,Yes", ones(24)),
            ("M-1,2024-03-03,checked by hand", ones(24)),
            before="表号,日期,ESTIMATED?",
        )
    )

    found = books.rows("SELECT local_day, quality FROM entry_view ORDER BY 1")
    assert [quality for _, quality in found] == ["actual", "estimated", "checked by hand"]


def test_the_sample_is_read_as_it_is(park: Park) -> None:
    books = park(Meter("HALL-1"), Meter("HALL-2", unit="MWh"))

    answer = books.take(SAMPLE)

    # 96 x 12.5 and 92 x 12.5 with an hour that is not there; 96 x 0.00825 MWh twice.
    assert books.days("HALL-1") == {"2024-03-01": kwh("1200"), "2024-03-02": kwh("1150")}
    assert books.days("HALL-2") == {"2024-03-01": kwh("792"), "2024-03-02": kwh("792")}
    assert (answer["gaps"], answer["warnings"]) == (4, ["4 values are missing in the file"])


def test_reactive_energy_beside_it_is_left_out_and_said(park: Park) -> None:
    books = park()
    names = [f"{unit}_{number}" for unit in ("kWh", "kVArh") for number in range(1, 49)]

    answer = books.take(table(names, ("M-1,2024-03-01", [*ones(48), *["7"] * 48])))

    assert books.sum() == kwh("48")
    assert answer["warnings"] == ["left out, as it is no energy: kVArh_1 to kVArh_48"]


def test_two_sets_of_columns_are_a_question(park: Park) -> None:
    books = park()
    names = [f"{way}_{number}" for way in ("in", "out") for number in range(1, 25)]
    text = table(names, ("M-1,2024-03-01", [*ones(24), *["2"] * 24]))

    error = books.refused(text)
    assert error.code == "columns"
    assert "in_1 to in_24; out_1 to out_24" in error.message

    books.take(text, '[columns]\nperiods = ["out_1", "out_24"]')
    assert books.sum() == kwh("48")


def test_a_file_without_header_names_its_columns_by_number(park: Park) -> None:
    books = park()
    profile = """
        header = false
        time_format = "%d/%m/%y"
        [columns]
        meter = 1
        date = 3
        periods = "4..51"
        """
    text = ",".join(["M-1", "serial", "01/04/24", *ones(48, c47="2.5")]) + "\n"

    books.take(text, profile)

    assert books.readings()[-1] == ("2024-04-01 15:30", 2.5)
    assert books.sum() == kwh("49.5")


def test_columns_between_two_must_make_up_a_day(park: Park) -> None:
    text = table(HALVES, ("M-1,2024-03-01", ones(48)))

    error = park().refused(text, '[columns]\nperiods = ["00:00", "23:00"]')

    assert error.code == "columns"
    assert "47 columns from '00:00' to '23:00' make up no day" in error.message


@pytest.mark.parametrize("periods", ['"4"', '["a", "b", "c"]', "4", '["a", ""]'])
def test_periods_name_a_first_and_a_last_column(park: Park, periods: str) -> None:
    text = table(HALVES, ("M-1,2024-03-01", ones(48)))

    assert park().refused(text, f"[columns]\nperiods = {periods}").code == "profile"


def test_a_profile_against_the_names_of_the_columns_is_refused(park: Park) -> None:
    books = park()
    text = table(HALVES, ("M-1,2024-03-01", ones(48)))

    assert books.refused(text, 'stamp = "end"').code == "stamp"
    error = books.refused(text, 'interval = "15min"')
    assert "48 columns a day are intervals of 30 min; the profile says 15 min" in error.message


def test_what_the_header_lacks_is_named(park: Park) -> None:
    books = park()

    error = books.refused(table(HOURS, ("x,1", ones(24)), before="place,number"))
    assert "no column for time, meter" in error.message
    assert "the other columns are: place, number" in error.hint
    text = table(
        HOURS, ("M-1,2024-03-01,2024-03-01", ones(24)), before="表号,billing date,load date"
    )
    assert "several columns may be the date: billing date, load date" in books.refused(text).message
    assert books.refused("表号,日期,x\nM-1,2024-03-01,1\n", 'format = "day"').code == "columns"


def test_columns_named_like_meters_are_meters(park: Park) -> None:
    books = park(*(Meter(f"H{number}") for number in range(1, 25)))
    names = [f"H{number}" for number in range(1, 25)]
    lines = [f"2024-03-01 0{hour}:00," + ",".join(ones(24)) for hour in range(3)]

    books.take(",".join(["time", *names]) + "\n" + "\n".join(lines))

    assert books.sum() == kwh("72")


def test_a_row_that_cannot_be_read_is_rejected_whole(park: Park) -> None:
    books = park()
    text = table(
        HOURS,
        ("M-1,2024-03-01", ones(24, c3="1..2")),
        ("M-1,2024-03-02 10:00", ones(24)),
        ("M-1,2024-03-32", ones(24)),
        ("M-9,2024-03-03", ones(24)),
        ("M-1,2024-03-04", ones(24)),
    )

    error = books.refused(text)
    found = [(fault.line, fault.column, fault.text) for fault in error.problems]
    assert found == [
        (2, "03:00", "1..2"), (3, "日期", "2024-03-02 10:00"), (4, "日期", "2024-03-32"),
        (5, "表号", "M-9"),
    ]  # fmt: skip

    answer = books.take(text, accept_rejects=True)
    assert (answer["rejected"], books.days()) == (4, {"2024-03-04": kwh("24")})


def test_a_time_within_a_day_is_no_day(park: Park) -> None:
    books = park()
    text = table(HOURS, ("M-1,2024-03-01 00:00", ones(24)), ("M-1,2024-03-02 10:00", ones(24)))

    error = books.refused(text)

    assert [fault.line for fault in error.problems] == [3]
    assert "the row holds a day, and this is a time within one" in error.problems[0].reason


@pytest.mark.parametrize("row", ["M-9,2024-03-01", "M-1,2024-03-01 10:00"])
def test_a_file_without_one_good_row_is_refused(park: Park, row: str) -> None:
    books = park()

    assert books.refused(table(HOURS, (row, ones(24)))).code == "rejects"
    assert books.refused(table(HOURS, ("M-1,2024-03-01", ["x"] * 24))).code == "rejects"


def test_decimal_commas_are_a_question(park: Park) -> None:
    books = park()
    text = table(HOURS, ("M-1,2024-03-01", ["1/5"] * 24)).replace(",", ";").replace("/", ",")

    assert books.refused(text).code == "decimal"
    books.take(text, 'decimal = ","')
    assert books.sum() == kwh("36")


def test_a_total_that_is_not_the_sum_is_said(park: Park) -> None:
    books = park(Meter("A"), Meter("B"))
    text = table(
        HOURS,
        ("A,2024-03-01,24.0", ones(24)),
        ("A,2024-03-02,25", ones(24)),
        ("A,2024-03-03,", ones(24)),
        ("A,2024-03-04,26", ones(24)),
        ("B,2024-03-01,24.0", ones(24, c1="1.04")),
        before="表号,日期,Total Units",
    )

    answer = books.take(text)

    assert answer["warnings"] == [
        "meter A: 2 rows state another 'Total Units' than the sum of their values: "
        "line 3 states 25, its values sum to 24"
    ]
    assert books.sum() == kwh("120.04")


def test_a_day_twice_with_the_same_values_counts_once(park: Park) -> None:
    books = park()
    row = ("M-1,2024-03-01", ones(24))

    answer = books.take(table(HOURS, row, row))

    assert books.sum() == kwh("24")
    assert answer["warnings"] == ["24 rows repeat another row with the same value"]


def test_a_day_twice_with_other_values_is_refused_with_both(park: Park) -> None:
    books = park()
    text = table(
        HOURS,
        ("M-1,2024-03-01", ["0"] * 24),
        ("M-1,2024-03-02", ones(24)),
        ("M-1,2024-03-01", ones(24, c7="2.25")),
    )

    error = books.refused(text)

    assert [fault.line for fault in error.problems] == [2, 4]
    said = "several rows with different values for 2024-03-01: in sum 0 (line 2) and 25.25 (line 4)"
    assert all(said in fault.reason for fault in error.problems)
    books.take(text, accept_rejects=True)
    assert books.days() == {"2024-03-02": kwh("24")}


def test_a_day_twice_far_apart_is_refused_as_well(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = park()
    small_blocks(monkeypatch, 60)
    days = [(f"M-1,2024-03-{day:02}", ones(24)) for day in range(1, 29)]

    error = books.refused(table(HOURS, *days, ("M-1,2024-03-01", ["2"] * 24)))

    assert error.code == "contradiction"


def test_the_same_file_again_changes_nothing(park: Park) -> None:
    books = park()
    text = table(HOURS, ("M-1,2024-03-01", ones(24, c3="")))
    books.take(text)

    again = books.take(text.replace("2024-03-01", "20240301"), name="again.csv")

    assert (again["batch"], again["skipped"]) == (None, 23)


# Real files.


def test_banes(park: Park, shared_data: Path) -> None:
    codes = ("2200012767323", "2200012030374", "2200040922992")
    books = park(*(Meter(code, timezone="Europe/London") for code in codes))

    answer = books.take(
        shared_data / "formats/uk_halfhourly/banes-example-file.csv",
        '[columns]\nmeter = "M1_Code1"',
        accept_rejects=True,
    )

    assert books.days(codes[0]) == {"2019-11-13": kwh("226.103")}
    assert answer["rows"] == 5


def test_sheffield(park: Park, shared_data: Path) -> None:
    books = park(Meter("2336533093112", timezone="Europe/London"))
    path = shared_data / "formats/uk_halfhourly/example-sheffield-file.csv"

    assert books.refused(path).code == "time-format"
    answer = books.take(path, 'time_format = "%d/%m/%Y"')

    assert books.days("2336533093112") == {
        "2019-12-10": kwh("570.8095"),
        "2019-12-11": kwh("529.0395"),
    }
    assert "left out, as it is no energy: kVArh_1 to kVArh_48" in answer["warnings"]


def test_two_rows_for_a_day_of_a_british_meter(park: Park, shared_data: Path) -> None:
    books = park(Meter("K0229111D6", timezone="Europe/London"))

    error = books.refused(
        shared_data / "formats/uk_halfhourly/rowperday_duplicate-rows.csv",
        'time_format = "%d/%m/%y"\n[columns]\nmeter = "Meter Number"\ndate = "Reading Date"',
    )

    assert [fault.line for fault in error.problems] == [2, 3]
    assert "in sum 0 (line 2) and 901.889218 (line 3)" in error.problems[0].reason


def test_lines_that_end_in_two_ways(park: Park, shared_data: Path) -> None:
    books = park(Meter("2200013680374", timezone="Europe/London"))

    answer = books.take(
        shared_data / "formats/uk_halfhourly/with-mixed-line-endings.csv",
        'header = false\ntime_format = "%d/%m/%y"\n'
        '[columns]\nmeter = 1\ndate = 3\nperiods = "4..51"',
    )

    assert sorted(books.days("2200013680374")) == ["2017-04-01", "2017-04-02", "2018-03-31"]
    assert (answer["rows"], answer["readings"]) == (3, 144)


def test_jemena(park: Park, shared_data: Path) -> None:
    books = park(
        Meter("C", timezone="Australia/Melbourne"), Meter("L", timezone="Australia/Melbourne")
    )

    answer = books.take(
        shared_data / "formats/au/jemena_wide_48col.csv.gz",
        """
        [columns]
        meter = ["NMI", "CON/GEN"]
        date = "DATE"
        [meters]
        "6000000001 Consumption" = "C"
        "6000000001 Controlled Load Consumption" = "L"
        """,
    )

    assert (books.sum(meter="C"), books.sum(meter="L")) == (kwh("3390.6251"), kwh("4298.5536"))
    assert answer["rows"] == 1462
