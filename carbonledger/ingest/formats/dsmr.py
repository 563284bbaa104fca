"""Telegrams of the P1 port of Dutch and Belgian meters (DSMR 2.2 to 5.0, NEN-EN 62056-21 mode D).

A telegram begins with `/`, holds an OBIS code and its values a line, and ends with `!` and a CRC16
(polynomial 0xA001, DSMR P1 companion standard 5.0.2, section 5.2). Stamps end in W in winter and
in S in summer. Registers are read, momentary values are not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from carbonledger.errors import ImportRefused
from carbonledger.ingest.blocks import blocks, lines_of
from carbonledger.ingest.clock import iso
from carbonledger.ingest.formats.streams import (
    ONLY_REGISTERS,
    Odd,
    Reading,
    chosen,
    no_time,
    refuse_others,
    stated_time,
    tables_of_readings,
)
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ingest.stamps import NOT_A_TIME
from carbonledger.ingest.stamps_of_meters import instant_of_letter
from carbonledger.ingest.table import Table

OBJECT = re.compile(r"(\d+-\d+:\d+\.\d+\.\d+)(?:\*\d+)?((?:\([^()]*\))+)\s*")
GROUP = re.compile(r"\(([^()]*)\)")
ENERGY = re.compile(r"1-\d+:[12]\.8\.\d+")
DEVICE = re.compile(r"0-(\d+):24\.2\.\d+")
NAMED = re.compile(r"0-(\d+):96\.1\.[0-9]")
QUANTITY = re.compile(r"(\d+(?:\.\d+)?)\*([A-Za-z0-9]+)")
OWN_CLOCK = "0-0:1.0.0"
OLD_DEVICE = re.compile(r"0-(\d+):24\.3\.0")
# Telegrams of this version and later end in a checksum.
CHECKED_FROM = 40
MOST_LINES = 1000
DAMAGED = (
    "it was damaged, or changed afterwards; to read it all the same state "
    '[telegrams] checksum = "ignore" in the profile'
)
ZONE = "Europe/Amsterdam"
ROLES = ("meter", "time", "value", "unit")


@dataclass(slots=True)
class Telegram:
    """A telegram as it stands in the file.

    Attributes:
        line: where it begins.
        lines: its lines with their numbers, without the end.
        checksum: what stands behind `!`; None: it breaks off.
    """

    line: int
    lines: list[tuple[int, str]] = field(default_factory=list)
    checksum: str | None = None

    @property
    def sum(self) -> str:
        """The checksum its lines have."""
        text = "".join(f"{line}\r\n" for _, line in self.lines) + "!"
        return f"{crc16(text.encode('latin-1', 'replace')):04X}"

    def objects(self) -> Iterator[tuple[int, str, list[str]]]:
        """Yield line, OBIS code and values; those of older meters may go on in a second line."""
        waiting: tuple[int, str, list[str]] | None = None
        for number, text in self.lines:
            if waiting and text.startswith("("):
                waiting[2].extend(GROUP.findall(text))
                continue
            if waiting:
                yield waiting
            hit = OBJECT.fullmatch(text)
            waiting = (number, hit[1], GROUP.findall(hit[2])) if hit else None
        if waiting:
            yield waiting


def crc16(data: bytes) -> int:
    """Return the CRC16 of a telegram, from `/` to `!`."""
    found = 0
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = (found >> 1) ^ 0xA001 if found & 1 else found >> 1
    return found


def layout(source: Source, profile: Profile, meters: frozenset[str]) -> Layout:
    """Find out which registers the telegrams hold.

    Raises:
        ImportRefused: there is no whole telegram, a register has no meter, or no time is known.
    """
    allowed = ("telegrams", "constants", "quantity", "time_format")
    refuse_others(profile, "dsmr", allowed, source.path)
    names: dict[str, None] = {}
    remarks: list[str] = []
    timed = True
    count = 0
    telegrams = _telegrams(source, remarks)
    for telegram in telegrams:
        if isinstance(telegram, Telegram):
            found = list(_registers(telegram))
            names |= dict.fromkeys(one.meter for one in found)
            timed &= all(one.time for one in found)
            count += 1
    if not names:
        raise ImportRefused(
            f"{source.path} holds no whole telegram with a register",
            code="telegram",
            hint="record at least one telegram from / to ! and its checksum",
        )
    if not timed and "time" not in profile.constants:
        raise no_time(source.path)
    if not timed and count > 1:
        remarks.append(f"telegrams without a clock: the first of {count} is the reading")
    remarks.append(ONLY_REGISTERS)
    _, more = chosen(names, profile, meters, source.path)
    wrong = profile.telegrams.get("checksum") == "ignore"
    remarks += ["checksums are not checked, as the profile says"] if wrong else []
    return Layout(
        source.path, "latin-1", "", ("OBIS",), 0, replace(profile, time_format=None), "register",
        {"time": (0,), "value": (0,)}, remarks=(*remarks, *more), reader="dsmr",
    )  # fmt: skip


def tables(source: Source, layout: Layout) -> Iterator[Table]:
    """Yield the registers of all telegrams."""
    return tables_of_readings(_readings(source, layout), ROLES)


def _readings(source: Source, layout: Layout) -> Iterator[Reading | Odd]:
    profile = layout.profile
    zone = profile.timezone or ZONE
    untimed: set[str] = set()
    for telegram in _telegrams(source, []):
        if not isinstance(telegram, Telegram):
            yield telegram
            continue
        fault = _fault(telegram) if profile.telegrams.get("checksum") != "ignore" else None
        if fault:
            yield fault
            continue
        for one in _registers(telegram):
            if profile.meters and one.meter not in profile.meters:
                continue
            if not one.time:
                if one.meter not in untimed:
                    yield one._replace(time=iso(stated_time(layout, one.meter)))
                untimed.add(one.meter)
                continue
            at = instant_of_letter(one.time, zone)
            if at == NOT_A_TIME:
                yield (one.line, one.time, f"no such time of the clock of {zone}")
            else:
                yield one._replace(time=iso(at))


def _telegrams(source: Source, remarks: list[str]) -> Iterator[Telegram | Odd]:
    """Yield the telegrams of a file, and what breaks off between them.

    Args:
        source: the file.
        remarks: takes what is cut at its two ends.
    """
    current: Telegram | None = None
    first = True
    loose = 0
    for number, text in _lines(source):
        if text.startswith("/"):
            if current is not None:
                yield (current.line, current.lines[0][1], "the telegram breaks off")
            current = Telegram(number)
        if current is None:
            loose += bool(text.strip()) and first
            continue
        if text.startswith("!"):
            current.checksum = text[1:].strip()
            yield current
            current, first = None, False
        elif len(current.lines) < MOST_LINES:
            current.lines.append((number, text))
        else:
            yield (current.line, current.lines[0][1], "the telegram has no end")
            current = None
    if loose:
        remarks.append(f"{loose} lines before the first telegram are left out")
    if current is not None:
        remarks.append(f"the last telegram, from line {current.line} on, is cut and left out")


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    for block in blocks(source, "latin-1"):
        for number, text in enumerate(lines_of(block, source.path), block.first_line):
            yield number, text.rstrip("\r")


def _fault(telegram: Telegram) -> Odd | None:
    """Return what is wrong with the checksum of a telegram."""
    said, last = telegram.checksum or "", telegram.lines[-1][0] + 1
    if not said:
        version = next((v[0] for _, code, v in telegram.objects() if code == "1-3:0.2.8"), "0")
        if not version.isdecimal() or int(version) < CHECKED_FROM:
            return None
        return (last, "!", "the telegram has no checksum")
    if said.upper() == telegram.sum:
        return None
    return (
        last, f"!{said}",
        f"the checksum of the telegram is {telegram.sum}: {DAMAGED}",
    )  # fmt: skip


def _registers(telegram: Telegram) -> Iterator[Reading]:
    """Yield the registers of a telegram; the time is as printed, "" where there is none."""
    objects = list(telegram.objects())
    ids = _ids(telegram, objects)
    clock = next((values[0] for _, code, values in objects if code == OWN_CLOCK), "")
    for line, code, values in objects:
        shown = code
        device, old = DEVICE.fullmatch(code), OLD_DEVICE.fullmatch(code)
        if ENERGY.fullmatch(code):
            name, at, said = ids["0"], clock, values[-1]
        elif device and len(values) > 1:
            name, at, said = ids.get(device[1], ids["0"]), values[0], values[-1]
        elif old and len(values) > 3:  # noqa: PLR2004 (stamp, three more, code, unit, value)
            name, at = ids.get(old[1], ids["0"]), values[0]
            shown, said = values[-3], f"{values[-1]}*{values[-2]}"
        else:
            continue
        hit = QUANTITY.fullmatch(said)
        if hit:
            number = hit[1].lstrip("0")
            number = f"0{number}" if not number or number.startswith(".") else number
            yield Reading(line, f"{name}/{shown}", at, number, hit[2])


def _ids(telegram: Telegram, objects: list[tuple[int, str, list[str]]]) -> dict[str, str]:
    """Return the numbers of the meter ("0") and of the devices behind it."""
    found = {"0": telegram.lines[0][1][5:].strip() or telegram.lines[0][1][1:4]}
    stated = set()
    for _, code, values in objects:
        hit = NAMED.fullmatch(code)
        if hit and values[0] and hit[1] not in stated:
            found[hit[1]] = _ascii(values[0])
            stated.add(hit[1])
    return found


def _ascii(text: str) -> str:
    """Return a number that is written as hex digits of its letters."""
    try:
        plain = bytes.fromhex(text).decode("ascii")
    except ValueError:
        return text
    return plain if plain.isalnum() else text
