"""Dates, times and lengths of EDIFACT (segment DTM), by the codes of their formats (list 2379)."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from carbonledger.ingest.formats.edifact import Segment

# How many digits the formats have: to the minute or to the second, with or without an offset.
STAMPS = {"203": 12, "204": 14, "303": 12, "304": 14}
ZONED = re.compile(r"(\d{12}|\d{14})([+-])(\d{2})(\d{2})?", re.ASCII)
LENGTHS = {"805": 3600, "806": 60, "807": 1}
DAY = 86400
LONGEST_S = 31 * DAY


class Stamp(NamedTuple):
    """An instant, or a wall clock where no offset is stated; seconds since 1970."""

    seconds: int
    zoned: bool


def stamp_of(segment: Segment) -> Stamp:
    """Return what a segment DTM says.

    Raises:
        ValueError: it is no date and time of its format.
    """
    return _stamp(segment.part(1, 1), segment.part(1, 2))


@lru_cache(4096)
def _stamp(text: str, form: str) -> Stamp:
    zoned = form in ("303", "304")
    hit = ZONED.fullmatch(text) if zoned else None
    digits = hit[1] if hit else text
    good = digits.isdecimal() and digits.isascii() and len(digits) == STAMPS.get(form)
    moment = _moment(digits) if good and bool(hit) == zoned else None
    if moment is None:
        raise ValueError(f"{text[:20]!r} is no date and time of the format {form}")
    offset = int(hit[3]) * 3600 + int(hit[4] or 0) * 60 if hit else 0
    return Stamp(moment + (offset if hit and hit[2] == "-" else -offset), zoned)


def _moment(digits: str) -> int | None:
    """Return the seconds of a wall clock; None where there is no such time."""
    parts = [int(digits[a : a + 2]) for a in range(4, len(digits), 2)]
    month, day, hour, minute, second = (*parts, 0)[:5]
    # The end of a day may be printed as 24:00.
    late = hour == 24 and minute == second == 0  # noqa: PLR2004
    try:
        moment = datetime(
            int(digits[:4]), month, day, 0 if late else hour, minute, second, tzinfo=UTC
        )
    except ValueError:
        return None
    return int(moment.timestamp()) + DAY * late


def length_of(segment: Segment) -> int:
    """Return the length of intervals that a segment DTM states, in seconds.

    Raises:
        ValueError: it is none.
    """
    text, form = segment.part(1, 1), segment.part(1, 2)
    if text.isdecimal() and text.isascii() and len(text) < 8 and form in LENGTHS:  # noqa: PLR2004
        seconds = int(text) * LENGTHS[form]
        if 1 <= seconds <= LONGEST_S:
            return seconds
    raise ValueError(f"{text[:20]!r} is no length of time of the format {form}")
