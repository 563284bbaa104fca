"""What NEM12 and NEM13 share (AEMO, Meter Data File Format Specification NEM12 & NEM13).

Lines of cells; the first cell says which record it is. Record 100 opens a file, 900 ends it. A
stream is named NMI/suffix. All stamps are market time, +10:00 all the year.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from carbonledger.errors import ImportRefused
from carbonledger.ingest.blocks import blocks, lines_of
from carbonledger.ingest.formats.streams import (
    chosen,
    named,
    refuse_no_energy,
    refuse_others,
)
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source

MARKET = "+10:00"
UNITS = {"kwh": "kWh", "wh": "Wh", "mwh": "MWh"}
REACTIVE = ("K", "Q")
SHOWN = 200
# A letter; behind E, F and S two digits more say by which method the value was found.
FLAG = re.compile(r"[AEFNSV](?:\d\d)?")
WORDS = {
    "A": "actual", "E": "estimated", "F": "substituted", "S": "substituted", "N": "missing",
}  # fmt: skip


@dataclass(slots=True)
class Streams:
    """What a first look through a file finds.

    Attributes:
        energy: streams that can be read, in order.
        others: those that are no energy, each with its unit as printed.
        faulty: records of streams that cannot be used.
        headed: the file begins with its record 100.
        ended: it ends with its record 900.
    """

    energy: dict[str, None] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    faulty: int = 0
    headed: bool = False
    ended: bool = False

    def note(self, name: str, unit: str, suffix: str) -> None:
        """Note a stream by the unit it is printed with."""
        if unit_of(unit, suffix):
            self.energy[name] = None
        else:
            self.others[name] = unit or "no unit"


def unit_of(text: str, suffix: str) -> str:
    """Return the unit of a stream of energy, "" of one that is none."""
    return "" if suffix.startswith(REACTIVE) else UNITS.get(text.strip().lower(), "")


def word_of(flag: str) -> str:
    """Return what a quality method means; "" where it is none, or V, which names no quality."""
    return WORDS.get(flag[:1], "") if FLAG.fullmatch(flag) else ""


def lines(source: Source, encoding: str, share: int = 1) -> Iterator[list[tuple[int, str]]]:
    """Yield the lines of a file with their numbers, block by block, without blank ones."""
    for block in blocks(source, encoding, share=share):
        numbered = enumerate(lines_of(block, source.path), block.first_line)
        yield [(number, text) for number, text in numbered if text and not text.isspace()]


def look(source: Source, encoding: str, kind: str, streams: Streams) -> Iterator[list[str]]:
    """Yield the cells of the records of one kind, and note the first and the last record."""
    first = True
    for part in lines(source, encoding):
        for _, text in part:
            name = text[:3]
            if name == kind:
                yield cells_of(text)
            streams.headed |= first and name == "100"
            streams.ended = name == "900" or (streams.ended and name not in ("100", kind))
            first = False


def cells_of(text: str) -> list[str]:
    """Return the cells of a record."""
    return [cell.strip() for cell in text.split(",")]


def rules(profile: Profile, code: str, path: Path, *more: str) -> Profile:
    """Return the profile by which the rows of a file are read.

    Args:
        profile: of the user.
        code: of the format.
        path: the file.
        more: keys of the profile that the format takes beside the common ones.

    Raises:
        ImportRefused: the user's profile states what the format says itself.
    """
    refuse_others(profile, code, ("encoding", "quantity", *more), path)
    odd = [f'timezone = "{profile.timezone}"'] * (profile.timezone not in (None, MARKET))
    odd += [f'quantity = "{profile.quantity}"'] * (profile.quantity not in (None, "energy"))
    if odd:
        raise ImportRefused(
            f"{path}: the profile states {', '.join(odd)}; {code.upper()} holds energy, in market "
            f"time ({MARKET})",
            code="profile",
            hint="leave it out",
        )
    return replace(profile, timezone=MARKET, quantity="energy", multiplied=True, decimal=".")


def remarks(
    streams: Streams, profile: Profile, meters: frozenset[str], path: Path
) -> tuple[str, ...]:
    """Say which streams are not read, and that the header is missing.

    Raises:
        ImportRefused: the file is cut, holds no energy, or a stream to be read has no meter.
    """
    if not streams.ended:
        raise ImportRefused(
            f"{path} ends before its record 900",
            code="file-broken",
            hint="the file is cut; fetch it again",
        )
    refuse_no_energy(path, streams.energy, streams.others, profile)
    if not (streams.energy or streams.others or streams.faulty):
        raise ImportRefused(f"{path} holds no stream", code="file-empty", hint="export it again")
    said: tuple[str, ...] = ()
    if not streams.headed:
        said += ("the file has no record 100, which names the format; its records are read as is",)
    if streams.energy:
        said += chosen(streams.energy, profile, meters, path)[1]
    return said + (
        (f"left out, as it is no energy: {named(streams.others)}",) if streams.others else ()
    )


def flags_said(counts: Counter[str]) -> tuple[str, ...]:
    """Say which quality methods the values have and what they are kept as."""
    by_word: dict[str, list[str]] = {}
    for flag, count in sorted(counts.items()):
        if flag[:1] not in "AN":
            by_word.setdefault(word_of(flag), []).append(f"{flag} ({count})")
    return tuple(f"kept as {word}: {', '.join(flags)}" for word, flags in sorted(by_word.items()))
