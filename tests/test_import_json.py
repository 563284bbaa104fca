"""JSON of gateways: paths of a profile, digits as written, half-hours of local days."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from ingest_kit import Books, Meter

from carbonledger.ingest.formats import json_text
from carbonledger.ingest.json_path import parse_path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"

LIST = """
    format = "json"
    meter = "M-1"
    [json]
    records = "data.readings[*]"
    [columns]
    time = "t"
    value = "kwh"
    """


def readings(*values: str) -> str:
    rows = [f'{{"t": "2024-03-01 {hour:02}:00", "kwh": {v}}}' for hour, v in enumerate(values)]
    return f'{{"data": {{"unit": "kWh", "readings": [{", ".join(rows)}]}}}}'


def test_numbers_keep_the_digits_of_the_file(tmp_path: Path) -> None:
    """0.1 + 0.2 is 0.3, and 1.10 stays 1.10; an exponent is spelled out."""
    books = Books(tmp_path / "p")

    answer = books.take(readings("0.1", "0.2", "1.10", "25e-2", '"0.35"'), LIST, "a.json")

    assert books.sum() == Decimal("2.00")
    assert books.rows("SELECT media FROM document") == [("json",)]
    assert books.rows("SELECT profile FROM entry") == [("[0.1,0.2,1.10,0.25,0.35]",)]
    assert answer["rows"] == answer["readings"] == 5


def test_null_is_a_gap_and_an_absent_value_too(tmp_path: Path) -> None:
    books = Books(tmp_path / "p")
    text = readings("1", "null", "3").replace('"kwh": 3', '"kwh": 3, "flag": "A"')

    answer = books.take(text, LIST, "a.json")

    assert books.values() == [1, None, 3]
    assert "1 values are missing in the file" in answer["warnings"]


def test_every_line_a_document(tmp_path: Path) -> None:
    """JSON lines; a blank line between them is none."""
    books = Books(tmp_path / "p")
    text = """
        {"t": "2024-03-01 00:00", "v": {"kwh": 1.5}}

        {"t": "2024-03-01 01:00", "v": {"kwh": 2.5}}
        {"t": "2024-03-01 02:00", "v": {"kwh": 3.0}}
        """
    profile = """
        meter = "M-1"
        [json]
        records = "$"
        [columns]
        time = "t"
        value = "v.kwh"
        """

    books.take(text, profile, "a.jsonl")

    assert books.values() == [1.5, 2.5, 3.0]


def test_meters_around_the_records(tmp_path: Path) -> None:
    """The serial number stands behind the values; each array is a reading."""
    books = Books(tmp_path / "p", Meter("A"), Meter("B"))
    text = """
        {"unit": "MWh", "meters": [
        {"values": [["2024-03-01 00:00", 0.001], ["2024-03-01 01:00", 0.002]], "serial": "A"},
        {"values": [["2024-03-01 00:00", 0.010], ["2024-03-01 01:00", 0.020]], "serial": "B"}
        ]}
        """
    profile = """
        [json]
        records = "meters[*].values[*]"
        [columns]
        time = "[0]"
        value = "[1]"
        meter = "^.serial"
        unit = "$.unit"
        """

    books.take(text, profile, "a.json")

    assert [books.sum(meter="A"), books.sum(meter="B")] == [3, 30]


def test_names_of_members_are_stamps(tmp_path: Path) -> None:
    books = Books(tmp_path / "p")
    text = '{"site": 7, "energy": {"2024-03-01 00:00": 1.5, "2024-03-01 01:00": 2.5}}'
    profile = """
        meter = "M-1"
        interval = "1h"
        [json]
        records = "energy.{at}"
        [columns]
        time = "{at}"
        value = "."
        """

    books.take(text, profile, "a.json")

    assert books.values() == [1.5, 2.5]


def test_several_values_a_record_are_several_meters(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter("IN"), Meter("OUT"))
    text = """
        [{"t": "2024-03-01 00:00", "import": 5, "export": 0.5, "volt": 231},
        {"t": "2024-03-01 01:00", "import": 6, "export": 0.25, "volt": 229}]
        """
    profile = """
        interval = "1h"
        [json]
        records = "[*]"
        [json.values]
        IN = "import"
        OUT = "export"
        [columns]
        time = "t"
        """

    books.take(text, profile, "a.json")

    assert books.sum(meter="IN") == 11
    assert books.sum(meter="OUT") == Decimal("0.75")


def test_a_value_beside_the_records(tmp_path: Path) -> None:
    """Two stamps of one object share its register."""
    books = Books(tmp_path / "p", Meter(reads="register"))
    profile = """
        meter = "M-1"
        [json]
        records = "[*].at[*]"
        [columns]
        time = "."
        value = "^.total"
        """
    text = """
        [{"at": ["2024-03-01 00:00"], "total": 10.5},
        {"at": ["2024-03-01 01:00", "2024-03-01 02:00"], "total": 12}]
        """

    books.take(text, profile, "a.json")

    assert books.sum() == Decimal("1.5")


PERIODS = """
    meter = "M-1"
    interval = "30min"
    [json]
    records = "{day}"
    periods = "P{n}"
    [columns]
    time = "{day}"
    quality = "F{n}"
    """


def day(date: str, count: int, flag: str = "A") -> str:
    """Return a day of half-hours of 1 kWh, P1 to P50, null behind the last."""
    cells = {f"P{n}": 1 if n <= count else None for n in range(1, 51)}
    flags = {f"F{n}": flag if n <= count else None for n in range(1, 51)}
    return f'"{date}": {json.dumps(cells | flags)}'


def test_periods_count_the_time_that_has_passed(tmp_path: Path) -> None:
    """The clocks of London skip an hour on 31 March and repeat one on 27 October."""
    books = Books(tmp_path / "p", Meter(timezone="Europe/London"))
    days = [day("2024-03-30", 48), day("2024-03-31", 46, "E"), day("2024-04-01", 48),
            day("2024-10-27", 50)]  # fmt: skip

    answer = books.take(f"{{{', '.join(days)}}}", PERIODS, "a.json")

    assert books.days() == {
        "2024-03-30": 48, "2024-03-31": 46, "2024-04-01": 48, "2024-10-27": 50,
    }  # fmt: skip
    quality = "SELECT quality FROM entry_view WHERE local_day = '2024-03-31'"
    assert books.rows(quality) == [("estimated",)]
    assert answer["rejected"] == 0
    # 1 April begins at 23:00 UTC of 31 March.
    assert dict(books.readings())["2024-03-31 23:00"] == 1


def test_a_value_behind_the_end_of_the_day_is_told(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter(timezone="Europe/London"))

    refused = books.refused(f"{{{day('2024-03-31', 48)}}}", PERIODS, name="a.json")

    assert refused.code == "rejects"
    assert [(p.line, p.text, p.reason) for p in refused.problems] == [
        (1, "n = 47: 1", "its span has 46 intervals"),
        (1, "n = 48: 1", "its span has 46 intervals"),
    ]


def test_a_period_far_away_is_no_time(tmp_path: Path) -> None:
    text = '{"2024-03-01 00:00": {"P1": 1, "P99999999999999": 2}}'

    refused = Books(tmp_path / "p").refused(text, PERIODS.replace('quality = "F{n}"', ""),
                                            name="a.json")  # fmt: skip

    assert [p.text for p in refused.problems] == ["n = 99999999999999: 2"]


def test_an_array_of_periods_counts_from_its_first(tmp_path: Path) -> None:
    books = Books(tmp_path / "p")
    text = '[{"from": "2024-03-01T00:00:00+08:00", "kw": [4, 8, 2.5, 3.5]}]'
    profile = """
        meter = "M-1"
        unit = "kW"
        quantity = "power"
        interval = "15min"
        [json]
        records = "[*]"
        periods = "kw[{n}]"
        [columns]
        time = "from"
        """

    books.take(text, profile, "a.json")

    assert books.sum() == Decimal("4.5")
    assert books.readings()[0] == ("2024-02-29 16:00", 1)


def test_without_paths_the_file_is_refused_with_what_to_write(tmp_path: Path) -> None:
    refused = Books(tmp_path / "p").refused(readings("1"), name="a.json")

    assert refused.code == "columns"
    assert "[json] records" in refused.hint


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("data.readings[*]", "data.reading[*]", "leads to no record"),
        ('value = "kwh"', 'value = "kw"', "no record has 'kw' for value"),
        ('time = "t"', 'time = "^^^.t"', "'^^^.t' leads out of the file"),
        ('value = "kwh"', 'value = "k{n}"', "names what no path keeps"),
        ('meter = "M-1"', 'quantity = "energy"', "no meter"),
        ('value = "kwh"', 'note = "kwh"', "no value"),
    ],
)
def test_paths_that_lead_nowhere(tmp_path: Path, old: str, new: str, said: str) -> None:
    refused = Books(tmp_path / "p").refused(readings("1"), LIST.replace(old, new), name="a.json")

    assert (refused.code, said in refused.message) == ("columns", True), refused.message


@pytest.mark.parametrize("text", ["a..b", "a b", "[x]", "a{b}{c}d", "a.'", "x" * 201])
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(ValueError, match=r"path|longer|more than one"):
        parse_path(text)


def test_a_path_in_a_profile_is_checked_with_the_rest(tmp_path: Path) -> None:
    profile = LIST.replace("data.readings[*]", "data..[x]")

    refused = Books(tmp_path / "p").refused(readings("1"), profile, name="a.json")

    assert (refused.code, refused.problems[0].column) == ("profile", "json")


def test_keys_that_say_nothing_about_json_are_refused(tmp_path: Path) -> None:
    refused = Books(tmp_path / "p").refused(readings("1"), "skip = 3\n" + LIST, name="a.json")

    assert refused.code == "profile"
    assert "skip" in refused.message


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("NaN", "NaN is no number of JSON"),
        ("-Infinity", "Infinity is no number of JSON"),
        ("1e999", "out of any range"),
        ('1, "kwh": 2', "two members 'kwh'"),
        ("[" * 100_000, "nested too deeply"),
        ("01", "no JSON"),
        ("1,", "no JSON"),
    ],
)
def test_what_json_forbids_is_refused(tmp_path: Path, value: str, said: str) -> None:
    refused = Books(tmp_path / "p").refused(readings(value), LIST, name="a.json")

    assert (refused.code, said in refused.message) == ("file-malformed", True), refused.message


def test_a_file_that_breaks_off(tmp_path: Path) -> None:
    text = readings("1", "2")[:-20]

    assert Books(tmp_path / "p").refused(text, LIST, name="a.json").code == "file-malformed"


def test_two_members_around_the_records(tmp_path: Path) -> None:
    text = readings("1").replace('"unit"', '"readings": [], "unit"')

    refused = Books(tmp_path / "p").refused(text, LIST, name="a.json")

    assert "two members 'readings'" in refused.message


def test_text_that_is_no_utf8(tmp_path: Path) -> None:
    text = readings("1").replace("kWh", "kWh/Tür").encode("latin-1")

    assert Books(tmp_path / "p").refused(text, LIST, name="a.json").code == "encoding"


def test_a_file_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MOST", 20)

    assert Books(tmp_path / "p").refused(readings("1"), LIST, name="a.json").code == (
        "file-too-large"
    )


def test_objects_where_a_value_should_be(tmp_path: Path) -> None:
    refused = Books(tmp_path / "p").refused(
        readings("1", "[2]", "true", "4", '{"a": 1}'), LIST, name="a.json"
    )

    assert [(p.line, p.text) for p in refused.problems] == [
        (2, "['2']"), (3, "true"), (5, "{'a': '1'}"),
    ]  # fmt: skip


def test_a_long_line_is_no_hindrance(tmp_path: Path) -> None:
    """Gateways write all in one line, beyond 1 MB too."""
    books = Books(tmp_path / "p")
    text = readings("1", "2").replace('"unit"', f'"filling": "{"x" * 2_000_000}", "unit"')

    books.take(text.encode(), LIST, "a.json")

    assert books.sum() == 3


def test_a_register_without_a_time(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter(reads="register"))
    profile = """
        meter = "M-1"
        [json]
        records = "$"
        [columns]
        value = "total"
        """

    refused = books.refused('{"total": 2940.101, "watt": 7100}', profile, name="a.json")
    books.take('{"total": 2940.101, "watt": 7100}',
               profile + '[constants]\ntime = "2024-03-01 12:00"\n', "a.json")  # fmt: skip

    assert refused.code == "time-missing"
    shown = books.rows("SELECT register_end, end_utc FROM entry")
    assert shown == [("2940.101", 1709265600)]


def test_the_sample(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter("GW-01", timezone="Europe/Berlin"),
                  Meter("GW-02", timezone="Europe/Berlin"))  # fmt: skip
    profile = (EXAMPLES / "formats" / "gateway.toml").read_text("utf-8")

    answer = books.take(EXAMPLES / "formats" / "gateway.json", profile)

    assert books.sum(meter="GW-01") == Decimal("8.75")
    assert books.sum(meter="GW-02") == Decimal("1.5")
    assert answer["gaps"] == 1
    assert books.values("GW-01") == [1.5, 1.25, 1.75, 2.0, None, 2.25]


@pytest.mark.shared_data
def test_half_hours_of_a_uk_meter(tmp_path: Path, shared_data: Path) -> None:
    """CONTROLS.csv: 336 days, 295,005.6 kWh, 46 periods on 31 March 2024."""
    books = Books(tmp_path / "p", Meter("PERSE", timezone="Europe/London"))
    profile = (EXAMPLES / "profiles" / "perse_half_hours.toml").read_text("utf-8")

    answer = books.take(
        shared_data / "formats" / "json" / "perse_meter_history_realtime.json.gz", profile
    )

    assert books.sum() == Decimal("295005.6")
    assert (answer["entries"], answer["readings"], answer["gaps"]) == (336, 16128, 0)
    assert len([1 for at, _ in books.readings("PERSE") if at[:10] == "2024-03-31"]) == 48
    profiles = "SELECT json_array_length(profile) FROM entry WHERE first_day = 20240331"
    assert books.rows(profiles) == [(46,)]
    flagged = "SELECT count(*) FROM entry WHERE quality <> 'actual'"
    assert books.rows(flagged) == [(4,)]


@pytest.mark.shared_data
def test_a_modbus_gateway(tmp_path: Path, shared_data: Path) -> None:
    books = Books(tmp_path / "p", Meter("SDM630", reads="register"))
    profile = (EXAMPLES / "profiles" / "homewizard_gateway.toml").read_text("utf-8")

    books.take(shared_data / "formats" / "json" / "sdm630_modbus_gateway.json", profile)

    assert books.rows("SELECT register_end FROM entry") == [("2940.101",)]
