"""Telegrams of meters: the P1 port (DSMR) and the Smart Message Language (SML)."""

from decimal import Decimal
from pathlib import Path

import pytest
from ingest_kit import Books, Meter

from carbonledger.ingest.clock import iso
from carbonledger.ingest.formats.dsmr import crc16
from carbonledger.ingest.formats.sml import obis, x25
from carbonledger.ingest.formats.sml_values import messages
from carbonledger.ingest.stamps import NOT_A_TIME
from carbonledger.ingest.stamps_of_meters import instant_of_letter

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
BERLIN = "Europe/Berlin"
E1 = Meter("E1", reads="register", timezone="Europe/Amsterdam")
GAS = Meter("GAS", "natural_gas", "m3", "register", timezone="Europe/Amsterdam")
MAP = """
    [meters]
    "E1/1-0:1.8.1" = "E1"
    """


def telegram(*lines: str, checksum: str | None = None) -> str:
    """Return a P1 telegram with its checksum; E1 in hex digits is 4531."""
    body = "".join(
        line + "\r\n" for line in ("/XMX5SAMPLE", "", "1-3:0.2.8(50)", "0-0:96.1.1(4531)", *lines)
    )
    return f"{body}!{checksum or f'{crc16((body + chr(33)).encode()):04X}'}\r\n"


def shown(books: Books, meter: str) -> list[tuple[str, str, str]]:
    """Return register at start and end of each entry, and the end."""
    sql = "SELECT register_start, register_end, end_utc FROM entry_view WHERE meter = ?"
    return books.rows(sql + " ORDER BY end_utc", meter)


def test_checksums_are_those_of_the_catalogue() -> None:
    """CRC-16/ARC and CRC-16/IBM-SDLC (X.25) of "123456789", as catalogues of CRCs print them."""
    assert crc16(b"123456789") == 0xBB3D
    assert x25(b"123456789") == 0x906E


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("240301120000W", "2024-03-01T11:00:00Z"),
        ("240701120000S", "2024-07-01T10:00:00Z"),
        ("241027023000S", "2024-10-27T00:30:00Z"),
        ("241027023000W", "2024-10-27T01:30:00Z"),
        ("2407011200", "2024-07-01T10:00:00Z"),
    ],
)
def test_the_letter_tells_winter_from_summer(stamp: str, utc: str) -> None:
    assert iso(instant_of_letter(stamp, "Europe/Amsterdam")) == utc


@pytest.mark.parametrize("stamp", ["240701120000W", "241027023000", "240230120000W", "noon", ""])
def test_stamps_that_never_were_or_were_twice(stamp: str) -> None:
    assert instant_of_letter(stamp, "Europe/Amsterdam") == NOT_A_TIME


def test_a_fixed_offset_is_that_of_winter() -> None:
    assert iso(instant_of_letter("240701120000S", "+01:00")) == "2024-07-01T10:00:00Z"


def test_registers_of_two_telegrams(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", E1, GAS)
    gas = ("0-1:96.1.0(4741)", "0-1:24.2.1(240301120000W)(00500.125*m3)")
    later = ("0-1:96.1.0(4741)", "0-1:24.2.1(240301130000W)(00500.625*m3)")
    text = telegram("0-0:1.0.0(240301120010W)", "1-0:1.8.1(001000.250*kWh)", *gas)
    text += telegram("0-0:1.0.0(240301130010W)", "1-0:1.8.1(001001.500*kWh)", *later)

    answer = books.take(text.encode(), MAP + '"GA/0-1:24.2.1" = "GAS"\n', "p1.txt")

    assert books.sum(meter="E1") == Decimal("1.25")
    assert books.rows("SELECT sum(recorded_quantity) FROM entry WHERE recorded_unit = 'm3'") == [
        (0.5,)
    ]
    assert shown(books, "E1")[-1] == ("1000.250", "1001.500", "2024-03-01T12:00:10Z")
    assert any("only registers" in warning for warning in answer["warnings"])


def test_registers_that_the_profile_does_not_name_are_left_out_and_told(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", E1)
    text = telegram(
        "0-0:1.0.0(240301120010W)", "1-0:1.8.1(000001.000*kWh)", "1-0:2.8.1(000002.000*kWh)"
    )

    answer = books.take(text.encode(), MAP, "p1.txt")

    assert answer["rows"] == 1
    assert "left out, as the profile does not name them: E1/1-0:2.8.1" in answer["warnings"]


def test_registers_without_a_meter_are_refused_with_their_names(tmp_path: Path) -> None:
    text = telegram("0-0:1.0.0(240301120010W)", "1-0:1.8.1(000001.000*kWh)")

    refused = Books(tmp_path / "p").refused(text.encode(), name="p1.txt")

    assert (refused.code, [p.text for p in refused.problems]) == ("meter-unknown", ["E1/1-0:1.8.1"])
    assert '"E1/1-0:1.8.1" = "CODE"' in refused.hint


@pytest.mark.parametrize("checksum", ["0000", " "])
def test_a_damaged_telegram_is_a_fault(tmp_path: Path, checksum: str) -> None:
    books = Books(tmp_path / "p", E1)
    good = telegram("0-0:1.0.0(240301110000W)", "1-0:1.8.1(000001.000*kWh)")
    bad = telegram("0-0:1.0.0(240301120000W)", "1-0:1.8.1(000002.000*kWh)", checksum=checksum)
    last = telegram("0-0:1.0.0(240301130000W)", "1-0:1.8.1(000003.000*kWh)")
    text = (good + bad + last).encode()

    refused = books.refused(text, MAP, name="p1.txt")

    assert [(p.line, p.text.strip()) for p in refused.problems] == [(14, f"!{checksum}".strip())]
    assert books.take(text, MAP, "p1.txt", accept_rejects=True)["readings"] == 2
    assert books.sum() == 2


def test_a_checksum_may_be_left_unchecked_by_the_profile(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", E1)
    bad = telegram("0-0:1.0.0(240301120000W)", "1-0:1.8.1(000002.000*kWh)", checksum="0000")

    answer = books.take(bad.encode(), MAP + '[telegrams]\nchecksum = "ignore"\n', "p1.txt")

    assert answer["rows"] == 1
    assert "checksums are not checked, as the profile says" in answer["warnings"]


def test_a_dump_that_begins_and_ends_within_telegrams(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", E1)
    whole = telegram("0-0:1.0.0(240301120000W)", "1-0:1.8.1(000002.000*kWh)")
    text = whole[30:] + whole + whole[:60]

    answer = books.take(text.encode(), MAP, "p1.txt")

    assert answer["rows"] == 1
    assert "the last telegram, from line 12 on, is cut and left out" in answer["warnings"]
    assert any("lines before the first telegram" in warning for warning in answer["warnings"])


def test_a_telegram_that_breaks_off_in_the_middle_is_a_fault(tmp_path: Path) -> None:
    whole = telegram("0-0:1.0.0(240301120000W)", "1-0:1.8.1(000002.000*kWh)")

    refused = Books(tmp_path / "p", E1).refused((whole[:60] + "\r\n" + whole).encode(), MAP,
                                                name="p1.txt")  # fmt: skip

    assert [(p.line, p.reason) for p in refused.problems] == [(1, "the telegram breaks off")]


def test_an_old_meter_without_clock_and_checksum(tmp_path: Path) -> None:
    """DSMR 2.2: gas in two lines, no time of its own."""
    books = Books(tmp_path / "p", E1, GAS)
    text = (
        b"/ISk5SAMPLE\r\n\r\n0-0:96.1.1(4531)\r\n1-0:1.8.1(00185.000*kWh)\r\n"
        b"0-1:96.1.0(4741)\r\n0-1:24.3.0(121030140000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n"
        b"(00024.123)\r\n!\r\n"
    )
    meters = MAP + '"GA/0-1:24.2.1" = "GAS"\n'

    refused = books.refused(text, meters, name="p1.txt")
    books.take(text, meters + '[constants]\ntime = "2012-10-30 14:05"\n', "p1.txt")

    assert refused.code == "time-missing"
    assert shown(books, "E1") == [("185.000", "185.000", "2012-10-30T13:05:00Z")]
    assert shown(books, "GAS") == [("24.123", "24.123", "2012-10-30T13:00:00Z")]


def test_a_stated_time_that_is_none(tmp_path: Path) -> None:
    text = b"/ISk5SAMPLE\r\n\r\n0-0:96.1.1(4531)\r\n1-0:1.8.1(00185.000*kWh)\r\n!\r\n"

    refused = Books(tmp_path / "p", E1).refused(
        text, MAP + '[constants]\ntime = "noon"\n', name="p1.txt"
    )

    assert (refused.code, "'noon'" in refused.message) == ("time-missing", True)


def test_telegrams_without_registers(tmp_path: Path) -> None:
    text = telegram("0-0:1.0.0(240301120000W)", "1-0:1.7.0(00.350*kW)").encode()

    assert Books(tmp_path / "p", E1).refused(text, MAP, name="p1.txt").code == "telegram"


def test_the_dsmr_sample(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter("P1-DAY", reads="register"),
                  Meter("P1-GAS", "natural_gas", "m3", "register"))  # fmt: skip
    profile = (EXAMPLES / "formats" / "dsmr.toml").read_text("utf-8")

    books.take(EXAMPLES / "formats" / "dsmr.txt", profile)

    assert books.sum(meter="P1-DAY") == Decimal("1.25")


SML = EXAMPLES / "formats" / "sml.hex"
SML_MAP = """
    timezone = "Europe/Berlin"
    [meters]
    "1TXX0012345678/1-0:1.8.0" = "E1"
    [constants]
    time = "2024-03-01 12:00"
    """


def dump() -> bytes:
    """Return the bytes of the sample: two telegrams, 900 seconds and 250 Wh apart."""
    return bytes.fromhex(SML.read_text("ascii"))


def reframed(body: bytes) -> bytes:
    """Return a telegram around messages."""
    body += b"\x00" * (-len(body) % 4)
    frame = bytes.fromhex("1b1b1b1b01010101") + body + bytes.fromhex("1b1b1b1b1a00")
    return frame + x25(frame).to_bytes(2, "little")


@pytest.mark.parametrize("form", ["hex", "bytes"])
def test_sml_counts_from_the_stated_time_by_the_seconds_of_the_meter(
    tmp_path: Path, form: str
) -> None:
    books = Books(tmp_path / "p", E1)

    answer = books.take(SML if form == "hex" else dump(), SML_MAP, "sml.bin")

    assert books.sum() == Decimal("0.25")
    assert shown(books, "E1")[-1] == ("1234567.8", "1234817.8", "2024-03-01T11:15:00Z")
    assert (
        "left out, as the profile does not name them: 1TXX0012345678/1-0:2.8.0"
        in (answer["warnings"])
    )


def test_sml_without_a_time_is_refused(tmp_path: Path) -> None:
    profile = SML_MAP.split("[constants]", maxsplit=1)[0]

    refused = Books(tmp_path / "p", E1).refused(SML, profile)

    assert (refused.code, "carry no time" in refused.message) == ("time-missing", True)


def test_sml_with_a_clock_needs_no_time(tmp_path: Path) -> None:
    """The choice 2 of a time is seconds since 1970; 1709290800 is 2024-03-01 11:00 UTC."""
    books = Books(tmp_path / "p", E1)
    # 03e8 are the 1000 seconds of the sample, the choice before them is 1.
    body = dump()[8 : dump().index(bytes.fromhex("1b1b1b1b1a"))]
    timed = body.replace(
        bytes.fromhex("62 01 65 000003e8"),
        bytes.fromhex("62 02 65") + (1709290800).to_bytes(4, "big"),
    )

    books.take(reframed(timed), SML_MAP.split("[constants]", maxsplit=1)[0], "sml.bin")

    assert shown(books, "E1") == [("1234567.8", "1234567.8", "2024-03-01T11:00:00Z")]


def test_sml_with_a_clock_far_away(tmp_path: Path) -> None:
    """Eight bytes of seconds reach beyond any year."""
    body = dump()[8 : dump().index(bytes.fromhex("1b1b1b1b1a"))]
    timed = body.replace(
        bytes.fromhex("62 01 65 000003e8"), bytes.fromhex("62 02 69") + b"\x7f" * 8
    )

    refused = Books(tmp_path / "p", E1).refused(reframed(timed), SML_MAP, name="sml.bin")

    assert [p.reason for p in refused.problems] == ["this is no year of a meter"]


def test_sml_without_any_index_takes_the_first_telegram(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", E1)
    body = dump()[8 : dump().index(bytes.fromhex("1b1b1b1b1a"))]
    # An absent value is 01, where choice and seconds were.
    first = reframed(body.replace(bytes.fromhex("72 62 01 65 000003e8"), b"\x01"))

    answer = books.take(first + first, SML_MAP, "sml.bin")

    assert answer["rows"] == 1
    assert (
        "2 readings without any time are left out: the first of each register counts"
        in (answer["warnings"])
    )


def test_broken_telegrams_at_the_ends_are_told(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", E1)

    answer = books.take(dump()[40:] + dump() + dump()[:50], SML_MAP, "sml.bin")

    ends = [warning for warning in answer["warnings"] if warning.startswith("telegram ")]
    assert ends == [
        "telegram 1, at the start of the file, is left out: it begins before the file",
        "telegram 5, at the end of the file, is left out: it breaks off",
    ]


def test_a_broken_telegram_in_the_middle_is_a_fault(tmp_path: Path) -> None:
    """One bit of a value changed: 12345678 became 12345679."""
    books = Books(tmp_path / "p", E1)
    bad = dump().replace(bytes.fromhex("00bc614e0177"), bytes.fromhex("00bc614f0177"))

    refused = books.refused(dump() + bad + dump(), SML_MAP, name="sml.bin")

    assert [(p.line, p.reason) for p in refused.problems] == [
        (3, "its checksum does not fit: it was damaged on its way")
    ]


def test_sml_without_any_whole_telegram(tmp_path: Path) -> None:
    refused = Books(tmp_path / "p", E1).refused(dump()[:100], SML_MAP, name="sml.bin")

    assert (refused.code, "it breaks off" in refused.message) == ("telegram", True)


def test_hex_digits_that_are_none(tmp_path: Path) -> None:
    profile = 'format = "sml"\n' + SML_MAP

    refused = Books(tmp_path / "p", E1).refused("1b1b1b1b0101010", profile, name="a.hex")

    assert refused.code == "file-malformed"


@pytest.mark.parametrize(
    "body",
    [b"\x72" * 40, b"\x7f\x01", b"\xff" * 30, b"\x65\x01", b"\x30\x31", b"\x76", b"\x81"],
)
def test_messages_that_are_none_end_the_reading(body: bytes) -> None:
    """Nested without end, longer than the telegram, of no type: nothing is read of them."""
    assert list(messages(body)) == []


def test_obis_codes_as_they_are_printed() -> None:
    assert obis(bytes([1, 0, 1, 8, 0, 255])) == "1-0:1.8.0"
    assert obis(bytes([7, 0, 3, 0, 0, 1])) == "7-0:3.0.0*1"


def test_the_sml_sample(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter("SML-1", reads="register", timezone=BERLIN))

    books.take(SML, (EXAMPLES / "formats" / "sml.toml").read_text("utf-8"))

    assert books.sum() == Decimal("0.25")


@pytest.mark.shared_data
def test_the_telegram_of_the_standard(tmp_path: Path, shared_data: Path) -> None:
    """CONTROLS.csv: 123456.789 kWh and 12785.123 m3; its printed checksum is not its own."""
    books = Books(tmp_path / "p", Meter("P1-LOW", reads="register"),
                  Meter("P1-GAS", "natural_gas", "m3", "register"))  # fmt: skip
    file = shared_data / "formats" / "obis" / "dsmr_p1_v5.0.txt"
    profile = (EXAMPLES / "profiles" / "dsmr_p1.toml").read_text("utf-8")

    refused = books.refused(file, profile.replace('"ignore"', '"check"'))
    books.take(file, profile)

    assert "E47C" in refused.problems[0].reason
    assert shown(books, "P1-LOW") == [("123456.789", "123456.789", "2010-12-09T10:30:20Z")]
    assert shown(books, "P1-GAS") == [("12785.123", "12785.123", "2010-12-09T10:25:00Z")]


@pytest.mark.shared_data
def test_an_iskra_meter(tmp_path: Path, shared_data: Path) -> None:
    """CONTROLS.csv: 2,043.1047 kWh in the first of five telegrams, then 0.2 Wh more."""
    books = Books(tmp_path / "p", Meter("ISKRA", reads="register", timezone=BERLIN))
    file = shared_data / "formats" / "obis" / "sml_ISKRA_MT631-D1A52-K0z-H01_with_PIN.hex"

    answer = books.take(file, (EXAMPLES / "profiles" / "sml_iskra.toml").read_text("utf-8"))

    assert answer["rows"] == 5
    assert shown(books, "ISKRA") == [("2043104.7", "2043104.9", "2024-03-01T11:00:04Z")]


@pytest.mark.shared_data
def test_an_emh_meter_in_a_dump_cut_at_both_ends(tmp_path: Path, shared_data: Path) -> None:
    books = Books(tmp_path / "p", Meter("EMH", reads="register", timezone=BERLIN))
    file = shared_data / "formats" / "obis" / "sml_EMH-ED300L_consumption.hex"

    stated = '[constants]\ntime = "2024-03-01 12:00"\n'

    refused = books.refused(file, stated)
    answer = books.take(file, stated + f'[meters]\n"{refused.problems[0].text}" = "EMH"\n')

    assert refused.code == "meter-unknown"
    assert answer["rows"] == 1
    assert [warning[:50] for warning in answer["warnings"][:2]] == [
        "telegram 1, at the start of the file, is left out:",
        "telegram 3, at the end of the file, is left out: i",
    ]
