"""Formats of the trade: files that say themselves what each value is.

Each format is a module with three functions:

- `recognises(head: bytes) -> bool`: whether the first bytes are of this format;
- `layout(source, profile, meters) -> Layout`: what the file holds, `Layout.reader` naming the
  format;
- `tables(source, layout) -> Iterator[Table]`: its rows, block by block, as texts by role, each
  with the line, or what stands for one, where it is found in the file;
- or, where the file holds records, `rows(source, layout)`: the cells of each in the order of
  `Layout.names`, or a flaw where there is none.

The modules are loaded when a file is theirs, so that a CSV costs nothing of them.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from carbonledger.ingest.formats.signs import SIGNS
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ingest.table import Table, tables

TEXT = "text"
# Modules that are not named like their format.
MODULES = {"json": "gateway"}


class Flaw(NamedTuple):
    """What stands where a record should be: its place, and the reason why it is none."""

    line: int
    column: str
    text: str
    reason: str


Cells = tuple[int, list[str]]


class Format(Protocol):
    """What a module of a format offers."""

    def layout(self, source: Source, profile: Profile, meters: frozenset[str]) -> Layout:
        """Find out what the file holds; `meters` are the codes of the ledger's meters."""

    def tables(self, source: Source, layout: Layout) -> Iterator[Table]:
        """Yield the rows of the file as columns of texts."""

    def rows(self, source: Source, layout: Layout) -> Iterator[Cells | Flaw]:
        """Yield the records of the file, each with its line."""


def format_of(head: bytes, profile: Profile) -> str:
    """Return the format of a file: as the profile states, as its first bytes say, else text."""
    if profile.format in SIGNS:
        return str(profile.format)
    return next((code for code, sign in SIGNS.items() if sign(head)), TEXT)


def module_of(code: str) -> Format:
    """Return the module that reads a format."""
    return cast("Format", import_module(f"{__name__}.{MODULES.get(code, code)}"))


def tables_of(
    source: Source, layout: Layout, form: Callable[[], str | None] = lambda: None
) -> Iterator[Table]:
    """Yield the tables of a file, whatever its format.

    Args:
        source: the file.
        layout: see `sniff`.
        form: tells the form of its stamps, once it is known.
    """
    if layout.reader == TEXT:
        return tables(source, layout, form)
    return module_of(layout.reader).tables(source, layout)
