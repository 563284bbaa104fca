"""Dates, times and lengths of EDIFACT (segment DTM), by the codes of their formats (list 2379)."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from carbonledger.ingest.formats.edifact import Segment

STAMPS = {"203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S", "303": "%Y%m%d%H%M", "304": "%Y%m%d%H%M%S"}
ZONED = re.compile(r"(\d{12}|\d{14})([+-])(\d{2})(\d{2})?", re.ASCII)
LENGTHS = {"805": 3600, "806": 60, "807": 1}
LONGEST_S = 31 * 86400


class Stamp(NamedTuple):
    """An instant, or a wall clock where no offset is stated; seconds since 1970."""

    seconds: int
    zoned: bool


def stamp_of(segment: Segment) -> Stamp:
    """Return what a segment DTM says.

    Raises:
        ValueError: it is no date and time of its format.
    """
    text, form = segment.part(1, 1), segment.part(1, 2)
    wrong = ValueError(f"{text[:20]!r} is no date and time of the format {form}")
    zoned = form in ("303", "304")
    hit = ZONED.fullmatch(text) if zoned else None
    if form not in STAMPS or (zoned and hit is None):
        raise wrong
    digits = hit[1] if hit else text
    # The end of a day may be printed as 24:00.
    late = digits[8:12] == "2400" and not digits[12:].strip("0")
    plain = f"{digits[:8]}0000{digits[12:]}" if late else digits
    if not plain.isdecimal() or len(plain) != (14 if STAMPS[form].endswith("%S") else 12):
        raise wrong
    try:
        moment = datetime.strptime(plain, STAMPS[form]).replace(tzinfo=UTC) + timedelta(days=late)
    except (ValueError, OverflowError) as error:
        raise wrong from error
    offset = (
        (int(hit[3]) * 3600 + int(hit[4] or 0) * 60) * (-1 if hit[2] == "-" else 1) if hit else 0
    )
    return Stamp(int(moment.timestamp()) - offset, zoned)


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
