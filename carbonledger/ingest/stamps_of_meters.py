"""Stamps that meters print: `101209113020W`, local time with a letter for winter or summer."""

import re
from datetime import UTC, datetime

from carbonledger.ingest.stamps import NOT_A_TIME
from carbonledger.ingest.zone import Zone, zone_for

STAMP = re.compile(r"(\d{12}|\d{10})([WS]?)")
HOUR = 3600


def instant_of_letter(text: str, zone: str) -> int:
    """Return the instant of a stamp yymmddhhmm[ss] with W or S; NOT_A_TIME where it is none.

    The letter tells the two passes of a repeated hour apart. Without it such a stamp is none, as is
    one whose letter the zone contradicts.
    """
    hit = STAMP.fullmatch(text)
    wall = _wall(hit[1]) if hit else NOT_A_TIME
    if hit is None or wall == NOT_A_TIME:
        return NOT_A_TIME
    clock = zone_for(zone, wall, wall)
    if clock.steady:
        # A fixed offset is that of winter.
        return wall - clock.base - HOUR * (hit[2] == "S")
    offsets = _offsets(clock, hit[2])
    fits = [wall - offset for offset in offsets if clock.offset(wall - offset) == offset]
    return fits[0] if len(fits) == 1 else NOT_A_TIME


def _offsets(clock: Zone, letter: str) -> list[int]:
    known = sorted(set(clock.table().tolist()))
    return {"W": known[:1], "S": known[-1:]}.get(letter, known)


def _wall(digits: str) -> int:
    try:
        moment = datetime.strptime(digits.ljust(12, "0"), "%y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return NOT_A_TIME
    return int(moment.timestamp())
