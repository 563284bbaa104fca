"""Telegrams of the Smart Message Language (SML 1.04, BSI TR-03109-1), as bytes or as hex digits.

A telegram of transport version 1 begins with 1b1b1b1b01010101 and ends with 1b1b1b1b1a, the number
of bytes that fill it up, and a CRC16 (X.25). In it the answer GetList holds a list of values: OBIS
code, unit, power of ten, number. Most meters send no clock but the seconds they have been running.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from carbonledger.errors import ImportRefused
from carbonledger.ingest.clock import iso
from carbonledger.ingest.formats.signs import START
from carbonledger.ingest.formats.sml_values import Node, ints, messages, texts
from carbonledger.ingest.formats.streams import (
    EARLIEST,
    LATEST,
    NO_YEAR,
    ONLY_REGISTERS,
    Odd,
    Reading,
    chosen,
    malformed,
    no_time,
    refuse_others,
    stated_time,
    tables_of_readings,
    whole,
)
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ingest.table import Table

ESCAPE = START[:4]
END = 0x1A
GET_LIST = 0x0701
# DLMS/COSEM units (IEC 62056-6-2, table 4) of registers.
UNITS = {13: "m3", 14: "m3", 30: "Wh"}
MOST = 256 << 20
ROLES = ("meter", "time", "value", "unit")
RUNNING, CLOCK = 1, 2


@dataclass(frozen=True, slots=True)
class Telegram:
    """A telegram.

    Attributes:
        number: which one of the file, from 1.
        body: its messages; empty where it is broken.
        fault: why it is broken.
    """

    number: int
    body: bytes
    fault: str = ""


def layout(source: Source, profile: Profile, meters: frozenset[str]) -> Layout:
    """Find out which registers the telegrams hold.

    Raises:
        ImportRefused: there is no whole telegram, a register has no meter, or no time is known.
    """
    refuse_others(profile, "sml", ("constants", "quantity", "time_format"), source.path)
    telegrams = list(_telegrams(source))
    good = [one for one in telegrams if not one.fault]
    found = [reading for one in good for reading in _registers(one)]
    if not found:
        what = telegrams[0].fault if telegrams else "there is none"
        raise ImportRefused(
            f"{source.path} holds no whole telegram with a register: {what}",
            code="telegram",
            hint="record at least one telegram from 1b1b1b1b01010101 to its checksum",
        )
    if "time" not in profile.constants and any(not _clocked(one.time) for one in found):
        raise no_time(source.path)
    _, remarks = chosen((one.meter for one in found), profile, meters, source.path)
    return Layout(
        source.path, "hex", "", ("valList",), 0, replace(profile, time_format=None), "register",
        {"time": (0,), "value": (0,)},
        remarks=(*_ends(telegrams), *_order(found), ONLY_REGISTERS, *remarks), reader="sml",
    )  # fmt: skip


def tables(source: Source, layout: Layout) -> Iterator[Table]:
    """Yield the registers of all telegrams."""
    return tables_of_readings(_readings(list(_telegrams(source)), layout), ROLES)


def _ends(telegrams: list[Telegram]) -> list[str]:
    """Say which telegrams at the ends of the file are broken: a dump begins and ends anywhere."""
    return [
        f"telegram {one.number}, at the {where} of the file, is left out: {one.fault}"
        for one, where in _cut(telegrams)
    ]


def _cut(telegrams: list[Telegram]) -> list[tuple[Telegram, str]]:
    cut = [(telegrams[0], "start")] if telegrams[0].fault else []
    return cut + ([(telegrams[-1], "end")] if telegrams[-1].fault else [])


def _order(found: list[Reading]) -> list[str]:
    names = [one.meter for one in found if not one.time]
    count = len(names) - len(set(names))
    said = f"{count} readings without any time are left out: the first of each register counts"
    return [said] if count else []


def _readings(telegrams: list[Telegram], layout: Layout) -> Iterator[Reading | Odd]:
    cut = {one.number for one, _ in _cut(telegrams)}
    wanted = layout.profile.meters
    first: dict[str, int] = {}
    seen: set[str] = set()
    for telegram in telegrams:
        if telegram.fault and telegram.number not in cut:
            yield (telegram.number, "", telegram.fault)
        for one in [] if telegram.fault else _registers(telegram):
            if (wanted and one.meter not in wanted) or (not one.time and one.meter in seen):
                continue
            seen.add(one.meter)
            at = _instant(one, layout, first)
            if EARLIEST <= at < LATEST:
                yield one._replace(time=iso(at))
            else:
                yield (one.line, one.time, NO_YEAR)


def _instant(one: Reading, layout: Layout, first: dict[str, int]) -> int:
    """Return when a register was read: by its clock, or counted from the time that is stated."""
    if _clocked(one.time):
        return int(one.time[1:])
    running = int(one.time or 0)
    return stated_time(layout, one.meter) + running - first.setdefault(one.meter, running)


def _clocked(time: str) -> bool:
    return time.startswith("@")


def _telegrams(source: Source) -> Iterator[Telegram]:
    data = _bytes(source)
    places = data.split(START)
    if places[0].strip(b"\x00\r\n "):
        yield Telegram(1, b"", "it begins before the file")
    shift = bool(places[0].strip(b"\x00\r\n "))
    for number, part in enumerate(places[1:], 1 + shift):
        yield _telegram(number, part)


def _bytes(source: Source) -> bytes:
    data = whole(source, MOST)
    if START in data:
        return data
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError as error:
        what = f"it is neither SML nor its hex digits: {error}"
        raise malformed(source.path, what) from error


def _telegram(number: int, part: bytes) -> Telegram:
    """Take the frame of a telegram off, that begins after its start sign."""
    body = bytearray()
    place = 0
    while (found := part.find(ESCAPE, place)) >= 0:
        body += part[place:found]
        place = found + 8
        tail = part[found + 4 : place]
        if tail == ESCAPE:
            body += ESCAPE
        elif len(tail) == 4 and tail[0] == END:  # noqa: PLR2004 (end, filling, checksum)
            return _checked(number, part[: found + 6], bytes(body), tail)
        else:
            return Telegram(number, b"", "it holds an escape that is none")
    return Telegram(number, b"", "it breaks off")


def _checked(number: int, framed: bytes, body: bytes, tail: bytes) -> Telegram:
    if x25(START + framed) != int.from_bytes(tail[2:], "little"):
        return Telegram(number, b"", "its checksum does not fit: it was damaged on its way")
    return Telegram(number, body[: len(body) - tail[1]])


def x25(data: bytes) -> int:
    """Return the CRC16 of X.25 (polynomial 0x8408, reflected)."""
    found = 0xFFFF
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = (found >> 1) ^ 0x8408 if found & 1 else found >> 1
    return found ^ 0xFFFF


def _registers(telegram: Telegram) -> Iterator[Reading]:
    """Yield the registers of a telegram.

    The time is "@" and seconds since 1970, seconds of running, or "" where there is none.
    """
    for message in messages(telegram.body):
        body = message[3] if len(message) > 3 else None  # noqa: PLR2004 (the fourth of six)
        if not (isinstance(body, list) and len(body) == 2 and body[0] == GET_LIST):  # noqa: PLR2004
            continue
        answer = body[1]
        if not isinstance(answer, list) or len(answer) < 5 or not isinstance(answer[4], list):  # noqa: PLR2004
            continue
        time = _time(answer[3])
        for entry in answer[4]:
            yield from _register(telegram.number, texts(answer[1]), time, entry)


def _register(number: int, server: bytes, time: str, entry: Node) -> Iterator[Reading]:
    if not isinstance(entry, list) or len(entry) != 7:  # noqa: PLR2004 (name to signature)
        return
    name, unit, power, value = texts(entry[0]), entry[3], entry[4], ints(entry[5])
    if value is None or len(name) != 6 or unit not in UNITS:  # noqa: PLR2004 (an OBIS code)
        return
    scale = power if isinstance(power, int) and abs(power) < 32 else 0  # noqa: PLR2004
    exact = format(Decimal(value).scaleb(scale), "f")
    yield Reading(number, f"{_name(server)}/{obis(name)}", time, exact, UNITS[int(str(unit))])


def _time(node: Node) -> str:
    """Return what a choice of time says; some meters leave the choice out."""
    if isinstance(node, int):
        return str(node)
    if isinstance(node, list) and len(node) == 2:  # noqa: PLR2004 (choice, value)
        kind, value = node
        if kind == RUNNING and isinstance(value, int):
            return str(value)
        if kind == CLOCK and isinstance(value, int):
            return f"@{value}"
        if isinstance(value, list) and value and isinstance(value[0], int):
            return f"@{value[0]}"
    return ""


def obis(code: bytes) -> str:
    """Return an OBIS code as it is printed; the last part only where it says something."""
    a, b, c, d, e, f = code
    return f"{a}-{b}:{c}.{d}.{e}" + (f"*{f}" if f != 255 else "")  # noqa: PLR2004 (255: none)


def _name(server: bytes) -> str:
    """Return the number of a meter as it is printed on it (DIN 43863-5), else in hex digits."""
    if len(server) == 10 and server[0] == 0x0A and server[2:5].isalpha():  # noqa: PLR2004
        number = int.from_bytes(server[6:], "big")
        return f"{server[1]}{server[2:5].decode()}{server[5]:02}{number:08}"
    return server.hex().upper()
