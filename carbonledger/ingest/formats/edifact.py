"""The syntax of EDIFACT (ISO 9735): segments of elements of components, and what counts them.

UNA states the signs, else they are `:+.? '`. UNB and UNZ enclose an interchange, UNH and UNT a
message, UNG and UNE a group; the last one of each pair states how many it holds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from carbonledger.errors import ImportRefused
from carbonledger.ingest.formats.streams import malformed
from carbonledger.ingest.source import Source

CHUNK = 1 << 20
# A segment of MSCONS has a few hundred signs; free text may have some thousand.
LONGEST_SEGMENT = 1 << 16
SHOWN = 60
BOM = "\xef\xbb\xbf"
TAG = re.compile(r"[A-Z]{3}")
UNA = re.compile(rb"(?:\xef\xbb\xbf)?\s*UNA(.)(.)(.)(.)(.)(.)", re.DOTALL)
# Signs of no alphabet, which Latin-1 has not, for the four that may be released.
HIDDEN = "\ue000\ue001\ue002\ue003"
BLANKS = " \t\r\n"


class Signs(NamedTuple):
    """The signs of an interchange; `release` takes its meaning from the next sign, "" for none."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    end: str = "'"


class Segment(NamedTuple):
    """A segment.

    Attributes:
        number: its place in the file, from 1; UNA is none.
        tag: three letters.
        elements: the components of each element; the first is the tag.
        raw, signs: what it was split from, and by which signs.
    """

    number: int
    tag: str
    elements: list[list[str]]
    raw: str
    signs: Signs

    @property
    def text(self) -> str:
        """The start of the segment as it stands in the file."""
        return _shown(self.raw, self.signs)

    def part(self, element: int, component: int = 0) -> str:
        """Return a component, "" where the segment has none there."""
        if element >= len(self.elements) or component >= len(self.elements[element]):
            return ""
        return self.elements[element][component]


def signs_of(source: Source) -> Signs:
    """Return the signs of an interchange.

    Raises:
        ImportRefused: they cannot be told from each other or from text.
    """
    hit = UNA.match(source.head())
    if hit is None:
        return Signs()
    component, element, decimal, release, _, end = (sign.decode("latin-1") for sign in hit.groups())
    signs = Signs(component, element, decimal, release.strip(), end)
    used = [sign for sign in (component, element, release.strip(), end) if sign]
    plain = any(sign.isalnum() or sign in BLANKS for sign in used)
    if plain or len(set(used)) < len(used) or decimal not in ".,":
        raise malformed(source.path, "the segment UNA states signs that cannot be told apart")
    return signs


def segments(source: Source, signs: Signs) -> Iterator[Segment]:
    """Yield the segments of a file.

    Raises:
        ImportRefused: one has no end or no tag.
    """
    held, rest, number = "", "", 0
    for chunk in source.chunks(CHUNK):
        text = held + chunk.decode("latin-1")
        if number == 0 and not rest:
            text = text.removeprefix(BOM).lstrip(BLANKS)
            text = text[9:] if text.startswith("UNA") else text
        # What a sign at the end of the chunk releases stands in the next one.
        held = signs.release if _odd(text, signs.release) else ""
        *ended, rest = (rest + _hidden(text.removesuffix(held), signs)).split(signs.end)
        for piece in ended:
            number += 1
            yield _segment(source, piece.lstrip(BLANKS), number, signs)
        if len(rest) > LONGEST_SEGMENT:
            raise malformed(source.path, f"the segment {number + 1} has no end")
    if (rest + held).strip(BLANKS):
        shown = _shown(rest + held, signs)
        raise malformed(source.path, f"the segment {number + 1} breaks off: {shown!r}")


def _odd(text: str, release: str) -> bool:
    """Tell whether a text ends in a release sign that is not released itself."""
    return bool(release) and (len(text) - len(text.rstrip(release))) % 2 == 1


def _hidden(text: str, signs: Signs) -> str:
    """Put a sign of no alphabet in the place of each sign that is released, and of the release.

    A run of release signs is read in pairs from its start, as `replace` does.
    """
    release = signs.release
    if not release or release not in text:
        return text
    for sign, place in _places(signs):
        text = text.replace(release + sign, place)
    # A sign without a meaning may be released as well.
    return text.replace(release, "")


@lru_cache(8)
def _places(signs: Signs) -> tuple[tuple[str, str], ...]:
    released = (signs.release, signs.component, signs.element, signs.end)
    return tuple(zip(released, HIDDEN, strict=True))


@lru_cache(8)
def _back(signs: Signs) -> dict[int, str]:
    return {ord(place): sign for sign, place in _places(signs)}


def _shown(text: str, signs: Signs) -> str:
    """Return the start of a segment as it stands in the file."""
    text = text[:SHOWN]
    for sign, place in _places(signs):
        text = text.replace(place, signs.release + sign)
    return text


def _segment(source: Source, text: str, number: int, signs: Signs) -> Segment:
    if len(text) > LONGEST_SEGMENT:
        shown = _shown(text, signs)
        raise malformed(source.path, f"the segment {number} is too long: {shown!r}")
    elements = [part.split(signs.component) for part in text.split(signs.element)]
    if not text.isascii():
        back = _back(signs)
        elements = [[part.translate(back) for part in element] for element in elements]
    tag = elements[0][0]
    if not TAG.fullmatch(tag):
        raise malformed(source.path, f"the segment {number} has no tag: {_shown(text, signs)!r}")
    return Segment(number, tag, elements, text, signs)


@dataclass(slots=True)
class _Counts:
    """What is open in an interchange, and how much it has held so far.

    Attributes:
        source: the file.
        reference, message: those of the interchange and of the open message; None: none is open.
        size: segments of the open message.
        messages, grouped, groups: messages of the file and of the open group; groups.
        closed: UNZ has come.
    """

    source: Source
    reference: str | None = None
    message: str | None = None
    size: int = 0
    messages: int = 0
    grouped: int = 0
    groups: int = 0
    closed: bool = False

    def take(self, segment: Segment) -> None:
        self.size += 1
        frame = {"UNB": self._unb, "UNZ": self._unz, "UNG": self._ung, "UNE": self._une,
                 "UNH": self._unh, "UNT": self._unt}.get(segment.tag)  # fmt: skip
        if self.closed or (self.reference is None and segment.tag != "UNB"):
            raise self._wrong(segment, "stands outside of the interchange (UNB to UNZ)")
        if frame:
            frame(segment)
        elif self.message is None:
            raise self._wrong(segment, "stands outside of a message (UNH to UNT)")

    def _wrong(self, segment: Segment, what: str) -> ImportRefused:
        return malformed(
            self.source.path, f"the segment {segment.number}, {segment.text!r}, {what}"
        )

    def _open(self, segment: Segment, *, inside: bool) -> None:
        if (self.message is not None) != inside:
            raise self._wrong(segment, "is out of place")

    def _unb(self, segment: Segment) -> None:
        if self.reference is not None:
            raise self._wrong(segment, "begins a second interchange; split the file")
        self.reference = segment.part(5)

    def _ung(self, segment: Segment) -> None:
        self._open(segment, inside=False)
        self.groups, self.grouped = self.groups + 1, 0

    def _unh(self, segment: Segment) -> None:
        self._open(segment, inside=False)
        self.message, self.size = segment.part(1), 1
        self.messages, self.grouped = self.messages + 1, self.grouped + 1

    def _unt(self, segment: Segment) -> None:
        self._open(segment, inside=True)
        self._check(segment, self.size, "segments of its message")
        self._same(segment, self.message)
        self.message = None

    def _une(self, segment: Segment) -> None:
        self._open(segment, inside=False)
        self._check(segment, self.grouped, "messages of its group")

    def _unz(self, segment: Segment) -> None:
        self._open(segment, inside=False)
        what = "groups" if self.groups else "messages"
        self._check(segment, self.groups or self.messages, f"{what} of its interchange")
        self._same(segment, self.reference)
        self.closed = True

    def _check(self, segment: Segment, count: int, what: str) -> None:
        said = segment.part(1).strip()
        if said.lstrip("0") != str(count).lstrip("0"):
            raise self._wrong(segment, f"counts {said or 'no'} {what}; there are {count}")

    def _same(self, segment: Segment, reference: str | None) -> None:
        if segment.part(2) != reference:
            raise self._wrong(segment, f"ends {segment.part(2)!r}; what is open is {reference!r}")


def interchange(source: Source, signs: Signs) -> Iterator[Segment]:
    """Yield the segments of an interchange, once those that count the others are checked.

    Raises:
        ImportRefused: it is cut, a count is wrong, or a segment is out of place.
    """
    counts = _Counts(source)
    for segment in segments(source, signs):
        counts.take(segment)
        yield segment
    if not counts.closed:
        raise malformed(source.path, "it ends before its segment UNZ")
