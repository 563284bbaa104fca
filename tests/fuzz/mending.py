"""Checksums and counts of changed files put right, so that the changes get behind them."""

import re

from carbonledger.ingest.formats.dsmr import crc16
from carbonledger.ingest.formats.sml import x25

TELEGRAM = re.compile(rb"(/[A-Za-z0-9]{3}[0-9][^!]*!)[0-9A-Fa-f]{4}")
START, END = b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01", b"\x1b\x1b\x1b\x1b\x1a"
MESSAGE = re.compile(rb"(UNH\+.*?UNT\+)\d+", re.DOTALL)


def mended(data: bytes) -> bytes:
    """Return a file of which checksums and counts fit what it holds."""
    if START in data:
        return _framed(data)
    if START.hex().encode() in data.lower():
        return _from_hex(data)
    if b"UNH+" in data:
        return MESSAGE.sub(lambda hit: hit[1] + _segments(hit[1]), data)
    return TELEGRAM.sub(_summed, data)


def _summed(hit: re.Match[bytes]) -> bytes:
    lines = hit[1].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return hit[1] + f"{crc16(lines):04X}".encode()


def _segments(message: bytes) -> bytes:
    """Count the segments of a message, the last one among them."""
    return str(message.replace(b"?'", b"").count(b"'") + 1).encode()


def _from_hex(data: bytes) -> bytes:
    try:
        return _framed(bytes.fromhex(data.decode("ascii"))).hex().encode()
    except ValueError:
        return data


def _framed(data: bytes) -> bytes:
    out = bytearray(data)
    place = data.find(START)
    while place >= 0:
        end = data.find(END, place)
        if end >= 0:
            out[end + 6 : end + 8] = x25(data[place : end + 6]).to_bytes(2, "little")
        place = data.find(START, place + 8)
    return bytes(out)
