"""Green Button as a stream: an Atom feed (RFC 4287) of ESPI resources, entry by entry.

Of the tree no more stands in memory than the entry being read, and of its blocks of readings no
more than a piece of the file. Entities and document types are refused, not resolved.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lxml import etree

from carbonledger.errors import ImportRefused
from carbonledger.ingest.formats.streams import malformed
from carbonledger.ingest.source import Source

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ATOM = "{http://www.w3.org/2005/Atom}"
ESPI = "{http://naesb.org/espi}"
FEED, ENTRY, BLOCK = f"{ATOM}feed", f"{ATOM}entry", f"{ESPI}IntervalBlock"
PIECE = 1 << 18
# Of one entry beside its readings; those of providers are of some kilobytes.
MOST_HELD = 32 << 20
MOST_FIELDS = 400
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the feed.

    Attributes:
        line: of its first part.
        kind: what it holds: UsagePoint, MeterReading, ReadingType, IntervalBlock, …
        title: its title, "" for none.
        href, up: links `self` and `up`, as `place_of` gives them.
        related: the links `related`.
        fields: text of each leaf by its path: `ServiceCategory/kind`.
    """

    line: int
    kind: str
    title: str
    href: str
    up: str
    related: tuple[str, ...]
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """Readings of a block, as many as are there.

    Attributes:
        entry: position of its entry in the feed.
        number: position of the block in the feed.
        element: holds the readings; it is emptied when the next is asked for.
    """

    entry: int
    number: int
    element: "Element"


def place_of(href: str) -> str:
    """Return the path of a link, by which one entry names another: without host, without ends."""
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return href.strip()
    return parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")


def entries(source: Source) -> Iterator[Entry]:
    """Yield the entries of a feed without their readings.

    Raises:
        ImportRefused: it is no feed, or declares entities.
    """
    block: Element | None = None
    for event, element in _events(source):
        if event == "fed":
            if block is not None:
                _cut(block)
        elif element.tag == BLOCK:
            block = element if event == "start" else None
            if event == "end":
                _forget(element)
        elif element.tag == ENTRY and event == "end":
            yield _entry(element)
            _forget(element)


def blocks(source: Source) -> Iterator[Block]:
    """Yield the readings of a feed, piece by piece.

    Raises:
        ImportRefused: it is no feed, or declares entities.
    """
    entry = number = -1
    block: Element | None = None
    for event, element in _events(source):
        if event == "fed":
            if block is not None and len(block) > 1:
                # The last one may go on in the next piece of the file.
                part = etree.Element(BLOCK)
                part.extend(list(block)[:-1])
                yield Block(entry, number, part)
        elif element.tag == ENTRY:
            entry += event == "start"
            if event == "end":
                _forget(element)
        elif element.tag == BLOCK:
            number += event == "start"
            block = element if event == "start" else None
            if event == "end":
                yield Block(entry, number, element)
                _forget(element)


def _events(source: Source) -> Iterator[tuple[str, Any]]:
    """Yield starts and ends of entries and blocks, and `fed` after each piece of the file."""
    # Without the blanks between elements the tree is built a fifth faster.
    parser = etree.XMLPullParser(
        events=("start", "end"), tag=(FEED, ENTRY, BLOCK), resolve_entities=False, load_dtd=False,
        no_network=True, huge_tree=False, remove_blank_text=True, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    guard = _Guard(source)
    try:
        for piece in source.chunks(PIECE):
            parser.feed(piece)
            yield from guard.passed(parser.read_events())
            yield "fed", None
            guard.fed(len(piece))
        guard.root(parser.close())
    except etree.XMLSyntaxError as error:
        raise malformed(source.path, f"it is no well-formed XML: {error.msg}") from error
    yield from guard.passed(parser.read_events())


@dataclass(slots=True)
class _Guard:
    """Watches that a file is a feed, and how much of it stands in memory.

    Attributes:
        source: the file.
        held: bytes read since something was let go.
        open: the block that is being read.
        begun: the root has been looked at.
    """

    source: Source
    held: int = 0
    open: "Element | None" = None
    begun: bool = False

    def passed(self, events: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
        """Pass events on."""
        for event, element in events:
            if not self.begun:
                self.root(element)
            if element.tag == BLOCK:
                self.open = element if event == "start" else None
            if event == "end":
                self.held = 0
            yield event, element

    def root(self, element: "Element") -> None:
        """Refuse what is no feed.

        Raises:
            ImportRefused: it declares a document type, or holds something else.
        """
        self.begun = True
        tree = element.getroottree()
        if tree.docinfo.internalDTD is not None:
            said = "it declares a document type or entities (DOCTYPE), which are not read"
            raise malformed(self.source.path, said)
        tag = str(tree.getroot().tag)
        if tag not in (FEED, ENTRY):
            name = tag.rpartition("}")[2]
            raise malformed(self.source.path, f"<{name}> is no Atom feed of Green Button")

    def fed(self, size: int) -> None:
        """Count a piece.

        Raises:
            ImportRefused: an entry is larger than any that means something.
        """
        emptied = self.open is not None and len(self.open) <= 1
        self.held = size if emptied else self.held + size
        if self.held > MOST_HELD:
            raise ImportRefused(
                f"{self.source.path}: an entry of the feed holds more than {MOST_HELD >> 20} MB "
                "beside its readings",
                code="file-too-large",
                hint="this is no feed of a provider; check the file",
            )


def _cut(block: Any) -> None:
    """Take away all of a block but its last part, which may go on in the next piece."""
    del block[:-1]


def _forget(element: Any) -> None:
    """Empty an element that has been read, and take away what has been read before it."""
    element.clear(keep_tail=True)
    parent, before = element.getparent(), element.getprevious()
    while parent is not None and before is not None:
        if element.tag == BLOCK and before.tag != BLOCK:
            return
        parent.remove(before)
        before = element.getprevious()


def _entry(element: "Element") -> Entry:
    links: dict[str, list[str]] = {}
    for link in element.iterchildren(f"{ATOM}link"):
        links.setdefault(str(link.get("rel", "")), []).append(place_of(str(link.get("href", ""))))
    content = element.find(f"{ATOM}content")
    held = next(content.iterchildren(), None) if content is not None else None
    return Entry(
        line_of(element),
        "" if held is None else _name(held),
        " ".join((element.findtext(f"{ATOM}title") or "").split())[:SHOWN],
        links.get("self", [""])[0],
        links.get("up", [""])[0],
        tuple(links.get("related", ())),
        {} if held is None or held.tag == BLOCK else _fields(held),
    )


def _fields(held: "Element") -> dict[str, str]:
    """Return the text of each leaf by its path; of several of one path the first."""
    found: dict[str, str] = {}
    waiting = [("", held)]
    while waiting and len(found) < MOST_FIELDS:
        path, element = waiting.pop(0)
        parts = list(islice(element.iterchildren(etree.Element), MOST_FIELDS))
        if not parts and path:
            found.setdefault(path, (element.text or "").strip()[:SHOWN])
        waiting += [(f"{path}/{_name(part)}".lstrip("/"), part) for part in parts]
    return found


def line_of(element: "Element") -> int:
    """Return the line of an element, by its first leaf.

    Far down in a file the parser knows the line of texts only, and takes an element that begins
    with a line break to stand one line lower.
    """
    leaf = element
    while len(leaf):
        leaf = leaf[0]
    found = leaf.sourceline
    return found if isinstance(found, int) else 0


def _name(element: "Element") -> str:
    return str(element.tag).rpartition("}")[2]
