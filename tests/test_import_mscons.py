"""MSCONS: quantities that network operators report, 04B and 99A."""

from pathlib import Path
from typing import Any

import pytest
from ingest_kit import Books, Meter, kwh

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
NAME = "DE001/1-1:1.29.0"
MAP = f'[meters]\n"{NAME}" = "M-1"\n'
BERLIN = Meter(timezone="Europe/Berlin")
HEAD = ("BGM+7+1+9", "DTM+137:202401020600:203", "NAD+MS+1::293", "NAD+MR+2::293", "UNS+D")
PLACE = ("NAD+DP", "LOC+172+DE001")
REGISTER = ("LIN+1", "PIA+5+1-1?:1.29.0:SRW")
HOURS = ("DTM+163:202401010000?+01:303", "DTM+672:60:806")


def message(*segments: str, head: tuple[str, ...] = HEAD, directory: str = "04B") -> list[str]:
    """Return a message with its count."""
    body = [f"UNH+1+MSCONS:D:{directory}:UN:2.2e", *head, *segments]
    return [*body, f"UNT+{len(body) + 1}+1"]


def sent(*messages: list[str], una: str = "UNA:+.? '", between: str = "") -> str:
    """Return an interchange of messages."""
    body = ["UNB+UNOC:3+1:500+2:500+240102:0600+REF1++TL", *(s for one in messages for s in one)]
    return una + between + between.join(f"{s}'" for s in [*body, f"UNZ+{len(messages)}+REF1"])


def quarter(value: str, start: str, end: str, form: str = "303") -> list[str]:
    """Return a quantity with its own times."""
    return [f"QTY+220:{value}:KWH", f"DTM+163:{start}:{form}", f"DTM+164:{end}:{form}"]


def test_quantities_with_their_own_times(tmp_path: Path) -> None:
    """German load profiles: each quantity states start and end, with an offset."""
    segments = (
        quarter("1.5", "202401010000?+01", "202401010015?+01")
        + quarter("2.25", "202401010015?+01", "202401010030?+01")
        + quarter("4", "202312312330?+00", "202312312345?+00")
    )
    books = Books(tmp_path, BERLIN)
    books.take(sent(message(*PLACE, *REGISTER, *segments), between="\r\n"), MAP)
    assert books.readings() == [
        ("2023-12-31 23:00", 1.5), ("2023-12-31 23:15", 2.25), ("2023-12-31 23:30", 4.0),
    ]  # fmt: skip


def test_quantities_in_a_row_from_one_start(tmp_path: Path) -> None:
    """Swiss load profiles: a start and a length, and then a quantity for each interval."""
    segments = ["QTY+46:1:KWH", "QTY+79:2:KWH", "QTY+46:3:KWH"]
    text = sent(message("LOC+172+::87:DE001", *HOURS, *REGISTER, *segments, directory="99A"))
    books = Books(tmp_path, BERLIN)
    answer = books.take(text, MAP)
    assert books.readings() == [
        ("2023-12-31 23:00", 1.0), ("2024-01-01 00:00", 2.0), ("2024-01-01 01:00", 3.0),
    ]  # fmt: skip
    assert answer["warnings"] == ["kept as substituted: 79 (1)"]


def test_signs_are_those_of_una(tmp_path: Path) -> None:
    """Another sign for each, and a released one within a name."""
    text = sent(message(*PLACE, *HOURS, "LIN+1", "PIA+5+A??B?+C?'D:SRW", "QTY+220:0.5:KWH"))
    plain = text.removeprefix("UNA:+.? '").replace("QTY+220:0.5", "QTY+220:0,5")
    pairs = {"+": "*", ":": "^", "?": "!", "'": "~"}
    other = "UNA^*,! ~" + "".join(pairs.get(sign, sign) for sign in plain)
    other = other.replace("A!!B!*C!~D", "A!!B+C!~D").replace("0000!*01", "0000+01")
    books = Books(tmp_path, Meter("DE001/A?B+C'D"), Meter("DE001/A!B+C~D"))
    books.take(text)
    books.take(other)
    assert books.sum(meter="DE001/A!B+C~D") == kwh("0.5")
    assert books.sum(meter="DE001/A?B+C''D") == kwh("0.5")


def test_power_is_energy_times_the_length(tmp_path: Path) -> None:
    segments = ("DTM+163:202401010000?+01:303", "DTM+672:15:806", *REGISTER, "QTY+220:8:KWT")
    books = Books(tmp_path, BERLIN)
    books.take(sent(message(*PLACE, *segments)), MAP)
    assert books.sum() == kwh("2")


def test_a_gas_volume(tmp_path: Path) -> None:
    gas = Meter("DE001/7-0:3.0.0", commodity="natural_gas", unit="m3")
    books = Books(tmp_path, gas)
    register = ("LIN+1", "PIA+5+7-0?:3.0.0:SRW")
    books.take(sent(message(*PLACE, *HOURS, *register, "QTY+220:12.5:MTQ")))
    assert books.sum("natural_gas") == kwh("12.5")


@pytest.mark.parametrize(("profile", "total"), [("", "7"), ('unit = "MWh"\n', "7000")])
def test_without_a_unit_the_quantities_are_in_that_of_the_meter(
    tmp_path: Path, profile: str, total: str
) -> None:
    books = Books(tmp_path, BERLIN)
    books.take(sent(message(*PLACE, *HOURS, *REGISTER, "QTY+220:7")), profile + MAP)
    assert books.sum() == kwh(total)


def test_several_messages_places_and_registers(tmp_path: Path) -> None:
    fed = ("LIN+2", "PIA+5+1-1?:2.29.0:SRW", "QTY+67:2:KWH")
    one = message(*PLACE, *HOURS, *REGISTER, "QTY+220:1:KWH", *fed)
    two = message("LOC+172+DE002", *HOURS, *REGISTER, "QTY+220:4:KWH", "LOC+172+DE003", *HOURS,
                  "LIN+1++1-1?:1.29.0:SRW", "QTY+220:8:KWH")  # fmt: skip
    codes = (NAME, "DE001/1-1:2.29.0", "DE002/1-1:1.29.0", "DE003/1-1:1.29.0")
    books = Books(tmp_path, *map(Meter, codes))
    books.take(sent(one, two))
    assert [books.sum(meter=code) for code in codes] == [kwh(n) for n in ("1", "2", "4", "8")]


def test_a_message_of_a_group(tmp_path: Path) -> None:
    body = ["UNG+MSCONS+1+2", *message(*PLACE, *HOURS, *REGISTER, "QTY+220:1:KWH"), "UNE+1+1"]
    books = Books(tmp_path, BERLIN)
    books.take(sent(body), MAP)
    assert books.sum() == kwh("1")


@pytest.mark.parametrize(
    ("start", "end", "form"),
    [
        ("202403310100", "202403310300", "203"), ("20240331010000", "20240331030000", "204"),
        ("202403310100?+01", "202403310300?+02", "303"),
        ("20240331000000?+0000", "20240331010000?+0000", "304"),
    ],
)  # fmt: skip
def test_stamps_with_and_without_an_offset(tmp_path: Path, start: str, end: str, form: str) -> None:
    """Without one they are wall clocks of the meter: this hour ends when the clocks show three."""
    books = Books(tmp_path, BERLIN)
    books.take(sent(message(*PLACE, *REGISTER, *quarter("1", start, end, form))), MAP)
    assert books.rows("SELECT start_utc, end_utc FROM entry_view") == [
        ("2024-03-31T00:00:00Z", "2024-03-31T01:00:00Z")
    ]


def test_a_row_of_quantities_from_a_wall_clock_counts_the_time_that_passes(tmp_path: Path) -> None:
    times = ("DTM+163:202403310000:203", "DTM+164:202404010000:203", "DTM+672:1:805")
    books = Books(tmp_path, BERLIN)
    books.take(sent(message(*PLACE, *times, *REGISTER, *["QTY+220:1:KWH"] * 23)), MAP)
    assert books.days() == {"2024-03-31": kwh("23")}


def test_the_repeated_hour_of_wall_clocks(tmp_path: Path) -> None:
    hours = [("0100", "0200"), ("0200", "0200"), ("0200", "0300"), ("0300", "0400")]
    segments = [
        part
        for start, end in hours
        for part in quarter("1", f"20241027{start}", f"20241027{end}", "203")
    ]
    books = Books(tmp_path, BERLIN)
    books.take(sent(message(*PLACE, *REGISTER, *segments)), MAP)
    assert [at for at, _ in books.readings()] == [
        "2024-10-26 23:00", "2024-10-27 00:00", "2024-10-27 01:00", "2024-10-27 02:00",
    ]  # fmt: skip


def test_a_day_may_end_at_24(tmp_path: Path) -> None:
    books = Books(tmp_path, BERLIN)
    text = quarter("1", "202401012345?+01", "202401012400?+01")
    books.take(sent(message(*PLACE, *REGISTER, *text)), MAP)
    assert books.readings() == [("2024-01-01 22:45", 1.0)]


WRONG_STAMPS = (
    "DTM+163:202401010000?+01:303", "DTM+164:202401010300?+01:303", *REGISTER,
    *quarter("1", "202401010000?+01", "202401010100?+01"),
    *quarter("2", "202401010100?+01", "202401010116?+01"),
    *quarter("4", "202401010116?+01", "202401010300?+01"),
)  # fmt: skip


def test_a_profile_may_count_quantities_whose_stamps_are_wrong(tmp_path: Path) -> None:
    books = Books(tmp_path, BERLIN)
    answer = books.take(sent(message(*PLACE, *WRONG_STAMPS)), f'interval = "1h"\n{MAP}')
    assert books.readings() == [
        ("2023-12-31 23:00", 1.0), ("2024-01-01 00:00", 2.0), ("2024-01-01 01:00", 4.0),
    ]  # fmt: skip
    assert answer["warnings"] == [
        "1 quantities have other stamps than their turn in the period; they are counted from its "
        "start, as the profile says"
    ]


@pytest.mark.parametrize(
    ("segments", "what"),
    [
        (WRONG_STAMPS[:-3], "2 quantities before the segment 20"),
        ((*HOURS, *REGISTER, "QTY+220:1:KWH"), "the place no period"),
    ],
)
def test_a_profile_cannot_count_what_does_not_fill_the_period(
    tmp_path: Path, segments: tuple[str, ...], what: str
) -> None:
    error = Books(tmp_path).refused(sent(message(*PLACE, *segments)), f'interval = "1h"\n{MAP}')
    assert what in f"{error.message} {error.problems}"


@pytest.mark.parametrize(
    ("segment", "code"),
    [
        ("QTY+220:1:D54", "QTY unit D54"), ("QTY+187:1:KWH", "QTY 187"),
        ("QTY+79:1:KWH", "QTY 79"), ("LOC+237+A+B", "LOC 237"), ("DTM+735:1:203", "DTM 735"),
        ("DTM+163:20240101:102", "DTM 163 format 102"), ("DTM+672:1:801", "DTM 672 format 801"),
        ("MOA+1:2", "MOA"),
    ],
)  # fmt: skip
def test_a_code_that_is_not_known_is_named(tmp_path: Path, segment: str, code: str) -> None:
    text = sent(message(*PLACE, *HOURS, *REGISTER, "QTY+220:1:KWH", segment))
    error = Books(tmp_path).refused(text, MAP)
    assert error.code == "code-unknown"
    assert [(fault.line, fault.column) for fault in error.problems] == [(15, code)]


def test_a_cancelled_message_is_refused(tmp_path: Path) -> None:
    text = sent(message(*PLACE, *HOURS, *REGISTER, "QTY+220:1:KWH"))
    error = Books(tmp_path).refused(text.replace("BGM+7+1+9", "BGM+7+1+1"), MAP)
    assert [fault.column for fault in error.problems] == ["BGM function 1"]


def test_another_kind_of_message_is_refused(tmp_path: Path) -> None:
    text = sent(message(*PLACE)).replace("MSCONS", "INVOIC")
    error = Books(tmp_path).refused(text, MAP)
    assert error.code == "code-unknown"
    assert "UNH INVOIC" in error.message


GOOD = message(*PLACE, *HOURS, *REGISTER, "QTY+220:1:KWH")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (sent(GOOD).replace("UNT+14", "UNT+2"), "counts 2 segments of its message; there are 14"),
        (sent(GOOD).replace("UNT+14+1", "UNT+14+2"), "ends '2'; what is open is '1'"),
        (sent(GOOD).replace("UNZ+1", "UNZ+2"), "counts 2 messages of its interchange"),
        (sent(GOOD).replace("UNZ+1+REF1", "UNZ+1+REF2"), "ends 'REF2'"),
        (sent(GOOD).partition("UNZ")[0], "ends before its segment UNZ"),
        (sent(GOOD).removesuffix("'"), "breaks off"),
        (sent(GOOD) + "UNB+UNOC:3+1+2+3+4'", "stands outside of the interchange"),
        (sent(GOOD).replace("UNT+14+1'", ""), "is out of place"),
        (sent(["QTY+220:1:KWH"]), "stands outside of a message"),
        (sent(["UNB+UNOC:3+1+2+3+4"]), "begins a second interchange"),
        (sent(["UNG+A", *GOOD, "UNE+2+1"]), "counts 2 messages of its group"),
        (sent(message("QTY+220:1:KWH")), "belongs to no place"),
        (sent(GOOD).replace("LIN+1", "li+1"), "has no tag"),
        (sent(GOOD).replace("LIN+1", "LIN+" + "1" * 70_000), "is too long"),
        (sent(GOOD) + "X" * 70_000, "has no end"),
        (sent(GOOD, una="UNA::.? '"), "cannot be told apart"),
        (sent(GOOD, una="UNAX+.? '"), "cannot be told apart"),
        (sent(message(*PLACE, *HOURS, "DTM+164:202401010200?+01:303", *REGISTER, "QTY+220:1:KWH")),
         "1 quantities before the segment 16, 'UNT+15+1' of 3600 s do not fill the 7200 s"),
        (sent(message(*PLACE, *HOURS, *REGISTER, "QTY+220:1:KWH",
                      *quarter("1", "202401010000?+01", "202401010015?+01"))), "some not"),
        (sent(message(*PLACE, *REGISTER, *quarter("1", "202401010000?+01", "202401010015?+01"),
                      *quarter("1", "202401010000", "202401010015", "203"))), "others do not"),
    ],
)  # fmt: skip
def test_what_breaks_the_syntax_is_refused(tmp_path: Path, text: str, what: str) -> None:
    error = Books(tmp_path, BERLIN).refused(text, MAP)
    assert error.code == "file-malformed"
    assert what in error.message


@pytest.mark.parametrize(
    ("segments", "reason"),
    [
        (["QTY+220:1:KWH", "DTM+163:202401010000?+01:303"], "start and end of the quantity"),
        (quarter("1", "202402300000?+01", "202402300015?+01"), "no date and time of the format"),
        (quarter("1", "202401010000", "202401010015"), "no date and time of the format 303"),
        (quarter("1", "2024010100", "202401010015", "203"), "no date and time of the format 203"),
        (quarter("1", "102401010000?+01", "102401010015?+01"), "no year of a meter"),
        (quarter("1", "202401010015?+01", "202401010000?+01"), "ends before it has begun"),
        (quarter("1,5", "202401010000?+01", "202401010015?+01"), "1,5"),
    ],
)
def test_a_quantity_that_cannot_be_read_is_a_reject(
    tmp_path: Path, segments: list[str], reason: str
) -> None:
    good = quarter("1", "202401020000?+01", "202401020015?+01")
    error = Books(tmp_path).refused(sent(message(*PLACE, *REGISTER, *good, *segments)), MAP)
    assert error.code in ("rejects", "decimal")
    assert reason in f"{error.message} {error.problems}"


@pytest.mark.parametrize(
    ("segments", "flaw"),
    [
        (("LIN+2", "PIA+5+1-1?:5.29.0:SRW", "QTY+220:1:KWH"), "DE001/1-1:5.29.0 (no active"),
        (("LIN+2", "PIA+5+1-1?:1.6.0:SRW", "QTY+220:1:KWT"), "DE001/1-1:1.6.0 (maxima)"),
        (("LIN+2", "PIA+5+1-1?:1.8.0:SRW", "QTY+220:1:KWH"), "1.8.0 (readings of a register)"),
        (("LIN+2", "PIA+5+9", "QTY+220:1:KWH", "DTM+9:20240101:102"), "DE001/9 (readings of a"),
        (("LIN+2", "PIA+5+9", "QTY+220:1:K3"), "DE001/9 (reactive, kvarh)"),
    ],
)
def test_what_is_no_energy_is_left_out_named_and_cannot_be_asked_for(
    tmp_path: Path, segments: tuple[str, ...], flaw: str
) -> None:
    text = sent(message(*PLACE, *HOURS, *REGISTER, "QTY+220:1:KWH", *segments))
    books = Books(tmp_path, BERLIN)
    profile = f'[meters]\n"{flaw.partition(" ")[0]}" = "M-1"\n' if flaw[0] == "D" else ""
    if profile:
        assert books.refused(text, profile).code == "no-quantity"
    answer = books.take(text, MAP)
    assert books.sum() == kwh("1")
    assert flaw in str(answer["warnings"])


def test_only_readings_of_a_register_are_refused(tmp_path: Path) -> None:
    reading = ("LIN+1", "PIA+5+1-1?:1.8.0:SRW", "QTY+220:1:KWH", "DTM+9:20240101:102")
    error = Books(tmp_path).refused(sent(message(*PLACE, *reading)), MAP)
    assert error.code == "no-quantity"


@pytest.mark.parametrize(
    "line",
    ['unit = "MWh"', 'quantity = "power"', 'timezone = "Europe/Berlin"', 'decimal = ","',
     'interval = "1month"', 'encoding = "latin-1"'],
)  # fmt: skip
def test_a_profile_cannot_contradict_the_file(tmp_path: Path, line: str) -> None:
    assert Books(tmp_path).refused(sent(GOOD), f"{line}\n{MAP}").code == "profile"


def test_power_and_energy_are_read_one_after_the_other(tmp_path: Path) -> None:
    power = ("LIN+2", "PIA+5+1-1?:2.29.0:SRW", "QTY+220:5:KWT")
    text = sent(message(*PLACE, *HOURS, *REGISTER, "QTY+220:1:KWH", *power))
    books = Books(tmp_path, BERLIN)
    both = f'{MAP}"DE001/1-1:2.29.0" = "M-1"\n'
    assert books.refused(text, both).code == "no-quantity"
    books.take(text, MAP)
    assert books.sum() == kwh("1")


def test_a_stream_without_a_meter_is_one_fault(tmp_path: Path) -> None:
    quantities = ["QTY+220:1:KWH"] * 5
    error = Books(tmp_path).refused(sent(message(*PLACE, *HOURS, *REGISTER, *quantities)))
    assert [(fault.text, error.code) for fault in error.problems] == [(NAME, "meter-unknown")]


def test_an_interchange_without_a_quantity_is_refused(tmp_path: Path) -> None:
    assert Books(tmp_path).refused(sent(message(*PLACE)), MAP).code == "file-empty"


def test_a_test_is_told(tmp_path: Path) -> None:
    text = sent(GOOD).replace("REF1++TL", "REF1++TL++++1")
    assert "marked as a test" in str(Books(tmp_path, BERLIN).take(text, MAP)["warnings"])


def test_segments_across_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbonledger.ingest.formats.edifact.CHUNK", 16)
    books = Books(tmp_path, Meter("DE001/A?B+C'D"))
    books.take(sent(message(*PLACE, *HOURS, "LIN+1", "PIA+5+A??B?+C?'D:SRW", "QTY+220:0.5:KWH")))
    assert books.sum() == kwh("0.5")


def test_the_sample(tmp_path: Path) -> None:
    books = Books(tmp_path, Meter("PLANT-DRAWN", timezone="Europe/Berlin"),
                  Meter("PLANT-FED-IN", timezone="Europe/Berlin"))  # fmt: skip
    profile = (EXAMPLES / "formats" / "mscons.toml").read_text("utf-8")
    answer = books.take(EXAMPLES / "formats" / "mscons.txt", profile)
    assert books.sum(meter="PLANT-DRAWN") == kwh("10.5")
    assert books.sum(meter="PLANT-FED-IN") == kwh("1.75")
    assert answer["warnings"] == [
        "left out, as it is no energy: DE0001/1-1:5.29.0 (no active energy)",
        "kept as substituted: 67 (1)",
    ]  # fmt: skip


REAL = {
    "D99A_LG_bkw_handel_20140304.txt": "CH1022201234500000000000000022079/1-1:1.29.0",
    "TL_sample01_1month_de.txt.gz": "US0001062600000001000000022345671/1-1:1.10.0",
}


def real(tmp_path: Path, data: Path, name: str, profile: str = "") -> tuple[Books, dict[str, Any]]:
    """Import a real file."""
    books = Books(tmp_path, Meter(REAL[name], timezone="Europe/Berlin"))
    return books, books.take(data / "formats" / "mscons" / name, profile)


@pytest.mark.shared_data
def test_a_real_day_of_1999(tmp_path: Path, shared_data: Path) -> None:
    name = "D99A_LG_bkw_handel_20140304.txt"
    books, answer = real(tmp_path, shared_data, name)
    assert books.days(REAL[name]) == {"2013-03-24": kwh("1479.2")}
    assert (answer["readings"], answer["warnings"]) == (96, ["kept as substituted: 79 (2)"])


@pytest.mark.shared_data
def test_a_real_month_of_2004(tmp_path: Path, shared_data: Path) -> None:
    """Some of its stamps are wrong; its period and the number of its quantities are right."""
    name = "TL_sample01_1month_de.txt.gz"
    profile = (EXAMPLES / "profiles" / "mscons_counted.toml").read_text("utf-8")
    books, answer = real(tmp_path, shared_data, name, profile)
    assert books.months(REAL[name]) == {"2015-12": kwh("680.282")}
    assert (answer["readings"], answer["gaps"]) == (2976, 0)


@pytest.mark.shared_data
def test_wrong_stamps_are_rejects_without_a_profile(tmp_path: Path, shared_data: Path) -> None:
    name = "TL_sample01_1month_de.txt.gz"
    error = Books(tmp_path, Meter(REAL[name])).refused(shared_data / "formats" / "mscons" / name)
    assert "the interval ends before it has begun" in [fault.reason for fault in error.problems]


@pytest.mark.shared_data
def test_a_real_miscounted_message_is_refused(tmp_path: Path, shared_data: Path) -> None:
    path = shared_data / "formats" / "mscons" / "mscons_message_example_2.4c.txt"
    assert "counts 2 segments of its message" in Books(tmp_path).refused(path).message


def test_a_multiplier_is_in_the_quantities_already(tmp_path: Path) -> None:
    books = Books(tmp_path, Meter(multiplier="40"))
    power = sent(message(*PLACE, *HOURS, *REGISTER, "QTY+220:8:KWT"))
    books.take(power, MAP)
    assert books.sum() == kwh("8")
