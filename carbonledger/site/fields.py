"""Typed reading of one table of a site file; faults are collected, not raised.

A reading that fails notes a fault and returns the empty value of its type, so that the rest of the
table is still checked. Nobody uses a record before the list of faults was seen to be empty.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches

from carbonledger.errors import Fault
from carbonledger.site.lines import Path, line_of

LANGUAGES = ("en", "zh")
FIRST_YEAR, LAST_YEAR = 1900, 2199
SHOWN = 60
ADVISED = 20
MOST_PERCENT = 100
# 27 digits at most: decimal arithmetic keeps 28.
_EXACT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,12})?")


@dataclass(frozen=True, slots=True)
class FloatText:
    """A TOML number with a point or an exponent, as it was written; it is never made a float."""

    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """The file being read: its name, the lines of its tables and keys, the faults found."""

    file: str
    lines: Mapping[Path, int]
    faults: list[Fault]

    def fault(self, path: Path, column: str, text: str, reason: str) -> None:
        """Note a fault at the line of a path."""
        line = line_of(self.lines, path)
        self.faults.append(Fault(self.file, line, column, cut(text), reason))

    def nearest(self, word: str, known: Iterable[str]) -> str:
        """Return `; did you mean …?` with the known words most like this one, or nothing."""
        # Comparing takes long: a file with thousands of faults has another trouble than typing.
        if len(self.faults) >= ADVISED:
            return ""
        found = get_close_matches(word, list(known), n=2, cutoff=0.7)
        return f"; did you mean {' or '.join(repr(f) for f in found)}?" if found else ""


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the file."""

    source: Source
    path: Path
    table: Mapping[str, object]

    @property
    def line(self) -> int:
        """Line of the table's header."""
        return line_of(self.source.lines, self.path)

    @property
    def title(self) -> str:
        """What the table describes: its name without the index of an array."""
        return next((part for part in reversed(self.path) if isinstance(part, str)), "")

    def fault(self, key: str, reason: str) -> None:
        """Note a fault of the value of a key; "" for the table as a whole."""
        path = (*self.path, key) if key else self.path
        text = shown(self.table[key]) if key in self.table else self.title
        self.source.fault(path, key, text, reason)

    def allow(self, *known: str) -> None:
        """Note a fault for each key that is not known here."""
        for key in self.table:
            if key not in known:
                self.source.fault(
                    (*self.path, key), key, key, f"unknown key{self.nearest(key, known)}"
                )

    def nearest(self, word: str, known: Iterable[str]) -> str:
        """Return `; did you mean …?`, see `Source.nearest`."""
        return self.source.nearest(word, known)

    def need(self, *keys: str) -> None:
        """Note a fault for each key that is missing."""
        for key in keys:
            if key not in self.table:
                self.fault("", f"the key {key!r} is missing")

    def text(self, key: str, longest: int = 200) -> str:
        """Return a line of text; "" when absent."""
        value = self.table.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fault(key, f"must be text in quotes, {key} = {quoted(value)}")
            return ""
        reason = unclean(value, longest)
        if reason:
            self.fault(key, reason)
        return "" if reason else value

    def choice(self, key: str, allowed: Iterable[str]) -> str:
        """Return one of the allowed words; "" when absent."""
        value, words = self.text(key), tuple(allowed)
        if not value or value in words:
            return value
        self.fault(key, f"is none of {', '.join(words)}{self.nearest(value, words)}")
        return ""

    def flag(self, key: str) -> bool:
        """Return true or false; false when absent."""
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            self.fault(key, "must be true or false, without quotes")
        return value is True

    def integer(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number within limits; None when absent."""
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault(key, f"must be a whole number from {low} to {high}, without quotes")
            return None
        return value

    def exact(self, key: str, *, zero: bool = False) -> Decimal | None:
        """Return an exact decimal above zero (or from zero on); None when absent."""
        value = self.table.get(key)
        if value is None:
            return None
        number = decimal_of(value)
        if isinstance(value, FloatText) and decimal_of(value.text) is not None:
            self.fault(key, f'exact numbers are written as text: {key} = "{value.text}"')
        elif number is None:
            self.fault(key, 'must be a decimal number in plain digits, like "9.6" or 40')
        elif number == 0 and not zero:
            self.fault(key, "must be greater than zero")
            return None
        return number

    def day(self, key: str) -> int:
        """Return a date as yyyymmdd; 0 when absent."""
        value = self.table.get(key)
        if value is None:
            return 0
        found = date_of(value)
        if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
            self.fault(key, 'must be a date of the calendar, like "2025-07-01"')
            return 0
        return found.year * 10_000 + found.month * 100 + found.day

    def names(self, key: str = "name") -> dict[str, str]:
        """Return display names by language; a plain text is the name in every language."""
        value = self.table.get(key)
        if isinstance(value, Mapping):
            inner = self.inside(key)
            inner.allow(*LANGUAGES)
            found = {lang: inner.text(lang) for lang in LANGUAGES}
            return {lang: text for lang, text in found.items() if text}
        text = self.text(key)
        return dict.fromkeys(LANGUAGES, text) if text else {}

    def inside(self, key: str) -> "Section":
        """Return the table under a key; an empty one when there is none."""
        value = self.table.get(key, {})
        if isinstance(value, Mapping):
            return Section(self.source, (*self.path, key), value)
        self.fault(key, f"must be a table, {key} = {{ … }}")
        return Section(self.source, (*self.path, key), {})

    def sections(self, key: str) -> list["Section"]:
        """Return the tables under a key by their names, which are the last parts of their paths."""
        outer = self.inside(key)
        return [outer.inside(name) for name in outer.table]


def percent(section: Section, key: str = "tolerance") -> Decimal | None:
    """Return a part of a whole in per cent, "0.5"; None when absent or at fault."""
    number = section.exact(key)
    if number is not None and number > MOST_PERCENT:
        section.fault(key, f'is more than {MOST_PERCENT} per cent; write per cent, like "0.5"')
        return None
    return number


def unclean(text: str, longest: int) -> str:
    """Return why a text cannot be stored as it is, "" when it can."""
    if not text:
        return "is empty"
    if text != text.strip():
        return "begins or ends with a space"
    if len(text) > longest:
        return f"is longer than {longest} characters"
    if any(unicodedata.category(char).startswith("C") for char in text):
        return "holds an invisible character"
    # Two spellings that look the same would be two codes.
    if not unicodedata.is_normalized("NFC", text):
        return "holds a letter composed of several characters; write it as one (Unicode NFC)"
    return ""


def decimal_of(value: object) -> Decimal | None:
    """Return a whole number or a text of plain digits as a decimal without trailing zeros."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return plain(Decimal(text)) if _EXACT.fullmatch(text) else None


def plain(number: Decimal) -> Decimal:
    """Return a decimal without trailing zeros and without exponent: one spelling a value."""
    reduced = number.normalize()
    return reduced.quantize(Decimal(1)) if reduced == reduced.to_integral_value() else reduced


def date_of(value: object) -> date | None:
    """Return a TOML date, or a text `2025-07-01`, as a date; None for anything else."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def shown(value: object) -> str:
    """Return a value of the file as its author knows it."""
    if isinstance(value, FloatText):
        return value.text
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{k} = {shown(v)}" for k, v in value.items()) + " }"
    return str(value)


def quoted(value: object) -> str:
    """Return a value in quotes, as an example of how to write it."""
    return f'"{cut(shown(value))}"' if not isinstance(value, Mapping | list) else '"…"'


def cut(text: str) -> str:
    """Cut a text to a readable length."""
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
