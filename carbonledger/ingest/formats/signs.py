"""By which first bytes a file of the trade is known; light, since every import looks here."""

import re
from collections.abc import Callable

START = b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01"
HEX = re.compile(rb"[0-9A-Fa-f\s]+")
OBIS = re.compile(rb"^[0-9]-[0-9]{1,2}:[0-9]+\.[0-9]+\.[0-9]+(\*[0-9]+)?\(", re.MULTILINE)
HEADER = re.compile(rb"^/[A-Za-z0-9]{3}[0-9]", re.MULTILINE)
MARKET = re.compile(rb"<(\w+:)?GL_MarketDocument\b")
# An array of plain numbers may be the header of a table: [00:30],[01:00].
BRACKET = re.compile(rb"\s*(\{|\[\s*[\[{])")
# A stream with the length of its intervals, and then a day of it.
HEADLESS = re.compile(rb"200,[^,\n]+,[^\n]*,[0-9]{1,4}(?:,[^\n]*)?\n\s*300,[12][0-9]{7},")
EDIFACT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:UNA.{6}\s*UNB|UNB\+UNO[A-Z]:)", re.DOTALL)
BLANKS = b" \t\r\n\xef\xbb\xbf"


def emanifest(head: bytes) -> bool:
    """Tell a hazardous waste manifest of the US EPA."""
    return json(head) and b'"wastes"' in head and b'"designatedFacility"' in head


def json(head: bytes) -> bool:
    """Tell JSON: an object, or an array of objects or arrays."""
    return bool(BRACKET.match(head.removeprefix(b"\xef\xbb\xbf")))


def dsmr(head: bytes) -> bool:
    """Tell telegrams of the P1 port: OBIS codes with their values in brackets."""
    return bool(OBIS.search(head)) and bool(HEADER.search(head))


def sml(head: bytes) -> bool:
    """Tell telegrams of the Smart Message Language, as bytes or as hex digits."""
    if START in head:
        return True
    return bool(HEX.fullmatch(head)) and START.hex() in b"".join(head.split()).lower().decode()


def entsoe(head: bytes) -> bool:
    """Tell a document of generation or load of ENTSO-E."""
    return bool(MARKET.search(head))


def greenbutton(head: bytes) -> bool:
    """Tell a feed of Green Button: XML in which the namespace of ESPI is declared."""
    text = plain(head)
    return text.startswith(b"<") and b"http://naesb.org/espi" in text


def plain(head: bytes) -> bytes:
    """Return the first bytes of an XML file without its mark; of UTF-16 its ASCII signs."""
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return (head[2:].replace(b"\x00", b"") if wide else head).lstrip(BLANKS)


def nem12(head: bytes) -> bool:
    """Tell NEM12 by its header, or without it by its first two records."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"100,NEM12,") or bool(HEADLESS.match(text))


def nem13(head: bytes) -> bool:
    """Tell NEM13 by its header."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"100,NEM13,")


def mscons(head: bytes) -> bool:
    """Tell an interchange of EDIFACT; whether its messages are MSCONS the reader sees."""
    return bool(EDIFACT.match(head))


# By code of the format, in the order in which they are tried.
SIGNS: dict[str, Callable[[bytes], bool]] = {
    "emanifest": emanifest,
    "json": json,
    "dsmr": dsmr,
    "sml": sml,
    "entsoe": entsoe,
    "greenbutton": greenbutton,
    "nem12": nem12,
    "nem13": nem13,
    "mscons": mscons,
}
