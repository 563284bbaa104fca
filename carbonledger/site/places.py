"""Regions and time zones: which ones exist, and what a wrong one was probably meant to be."""

import re
import zoneinfo
from functools import cache
from importlib.resources import files

from carbonledger.site.fields import Section

# ISO 3166-2:CN. Regional factors are looked up by these codes, so a wrong one would only show when
# a calculation finds no factor.
CHINA = (
    "CN-AH", "CN-BJ", "CN-CQ", "CN-FJ", "CN-GD", "CN-GS", "CN-GX", "CN-GZ", "CN-HA", "CN-HB",
    "CN-HE", "CN-HI", "CN-HK", "CN-HL", "CN-HN", "CN-JL", "CN-JS", "CN-JX", "CN-LN", "CN-MO",
    "CN-NM", "CN-NX", "CN-QH", "CN-SC", "CN-SD", "CN-SH", "CN-SN", "CN-SX", "CN-TJ", "CN-TW",
    "CN-XJ", "CN-XZ", "CN-YN", "CN-ZJ",
)  # fmt: skip
NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
# Names people write that no zone has; letters alone would suggest Beirut for Beijing.
KNOWN_MISTAKES = {
    "Asia/Beijing": "Asia/Shanghai",
    "Beijing": "Asia/Shanghai",
    "Asia/Shenyang": "Asia/Shanghai",
    "Asia/Guangzhou": "Asia/Shanghai",
    "Asia/Shenzhen": "Asia/Shanghai",
    "China": "Asia/Shanghai",
    "CST": "Asia/Shanghai",
    "UTC+8": "Asia/Shanghai",
    "GMT+8": "Asia/Shanghai",
    "Europe/Bern": "Europe/Zurich",
    "Europe/Frankfurt": "Europe/Berlin",
    "Europe/Munich": "Europe/Berlin",
    "Asia/Delhi": "Asia/Kolkata",
    "Asia/Mumbai": "Asia/Kolkata",
}
_REGION = re.compile(r"([A-Z]{2})(-[A-Z0-9]{1,12})?")


def region(section: Section, key: str = "region") -> str:
    """Return an ISO 3166 country or subdivision code; "" when absent or at fault.

    Countries are checked against ISO 3166-1, the provinces of China against ISO 3166-2:CN;
    subdivisions of other countries by their form alone, so that a region of a grid may stand there
    that a pack has factors for (`US-CAMX` of us-egrid).
    """
    value = section.text(key)
    match = _REGION.fullmatch(value)
    if not value:
        return ""
    if match is None:
        section.fault(key, 'must be an ISO 3166 code, like "CN-LN" or "DE"')
    elif match[1] not in countries():
        section.fault(
            key, f"{match[1]} is no country of ISO 3166-1{section.nearest(value, countries())}"
        )
    elif match[1] == "CN" and match[2] and value not in CHINA:
        section.fault(key, f"is no province of ISO 3166-2:CN{section.nearest(value, CHINA)}")
    else:
        return value
    return ""


def timezone(section: Section, key: str = "timezone") -> str:
    """Return the name of an IANA time zone; "" when absent or at fault."""
    value = section.text(key)
    if not value or value in zones():
        return value
    meant = KNOWN_MISTAKES.get(value)
    advice = f"; did you mean {meant!r}?" if meant else section.nearest(value, zones())
    section.fault(key, f"is no time zone of the IANA database{advice}")
    return ""


@cache
def zones() -> frozenset[str]:
    """Return the names of all time zones, those that are no place left out."""
    return frozenset(zoneinfo.available_timezones() - NO_PLACES)


@cache
def countries() -> frozenset[str]:
    """Return the country codes of ISO 3166-1, from the time zone database's own list."""
    text = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8")
    return frozenset(line[:2] for line in text.splitlines() if not line.startswith("#"))
