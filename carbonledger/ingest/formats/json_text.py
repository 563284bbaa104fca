"""JSON as text, read piece by piece: numbers keep their digits, and what JSON forbids is refused.

The text of a file is held once; of its values only the record at hand is built, so that memory
stays near the size of the file however many records it holds.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from json.decoder import JSONDecodeError
from typing import Any

from carbonledger.errors import ImportRefused
from carbonledger.ingest.formats.streams import malformed, whole
from carbonledger.ingest.source import Source

MOST = 512 << 20
BLANK = re.compile(r"[ \t\r\n]*")
NO_TEXT = re.compile("[\\x00\\ud800-\\udfff]")
# Beyond it an exponent would spell a number of absurd length.
LARGEST_EXPONENT = 40


def text_of(source: Source) -> str:
    """Return the text of a JSON file.

    Raises:
        ImportRefused: it is too large, or not in UTF-8 (or UTF-16 or 32).
    """
    data = whole(source, MOST)
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ImportRefused(
            f"{source.path}:{line}: the text is not in UTF-8, as JSON must be",
            code="encoding",
            hint="export it again as UTF-8",
        ) from error


def _number(text: str) -> str:
    """Return the digits of a number, without exponent."""
    if "e" not in text and "E" not in text:
        return text
    power = int(text.lower().partition("e")[2][:8] or 0)
    if abs(power) > LARGEST_EXPONENT:
        raise ValueError(f"the number {text[:40]} is out of any range")
    return format(Decimal(text), "f")


def _never(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has two members {double[:40]!r}")
    return made


def _nothing(_: object) -> None:
    return None


def _has_no_text(value: Any) -> bool:
    """Tell whether a text within a value holds what can neither be shown nor stored."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and NO_TEXT.search(one):
            return True
    return False


# Numbers stay texts; and a value that is passed over is checked but not built.
BUILD = json.JSONDecoder(parse_float=_number, parse_int=str, parse_constant=_never,
                         object_pairs_hook=_object)  # fmt: skip
PASS = json.JSONDecoder(parse_float=_nothing, parse_int=_nothing, parse_constant=_never,
                        object_pairs_hook=_nothing)  # fmt: skip


class Text:
    """The text of a JSON file and a place in it, read value by value.

    Attributes:
        path: the file.
        text: its text.
        place: of the value to be read next.
    """

    def __init__(self, source: Source) -> None:
        """Read the file.

        Raises:
            ImportRefused: see `text_of`.
        """
        self.path = source.path
        self.text = text_of(source)
        self.place = 0

    def sign(self) -> str:
        """Go over blanks and return the sign behind them, "" at the end."""
        hit = BLANK.match(self.text, self.place)
        self.place = hit.end() if hit else self.place
        return self.text[self.place : self.place + 1]

    def value(self, *, build: bool = True) -> Any:
        """Read the value at the place, and go behind it; None where it is not to be built.

        Raises:
            ImportRefused: it is no JSON.
        """
        self.sign()
        start = self.place
        try:
            found, self.place = (BUILD if build else PASS).raw_decode(self.text, self.place)
        except JSONDecodeError as error:
            raise self.broken(error.pos, f"it is no JSON: {error.msg}") from error
        except RecursionError as error:
            raise self.broken(self.place, "it is nested too deeply") from error
        except ValueError as error:
            raise self.broken(self.place, str(error)) from error
        if build and self.text.find("\\u", start, self.place) >= 0 and _has_no_text(found):
            raise self.broken(start, "it holds half a letter, or a zero, where text should be")
        return found

    def members(self) -> Iterator[str]:
        """Yield the names of the object at the place, which is then that of the member's value.

        Whoever takes a name goes behind its value.
        """
        names: set[str] = set()
        self.place += 1
        closing = self.sign() == "}"
        while not closing:
            name = self._name()
            if name in names:
                raise self.broken(self.place, f"an object has two members {name[:40]!r}")
            names.add(name)
            yield name
            closing = self._closes("}")
        self.place += 1

    def elements(self) -> Iterator[int]:
        """Yield the positions of the array at the place, as `members` does."""
        self.place += 1
        count, closing = 0, self.sign() == "]"
        while not closing:
            yield count
            count += 1
            closing = self._closes("]")
        self.place += 1

    def _name(self) -> str:
        if self.sign() != '"':
            raise self.broken(self.place, "it is no JSON: a name is missing")
        name = self.value()
        if self.sign() != ":":
            raise self.broken(self.place, "it is no JSON: a colon is missing")
        self.place += 1
        self.sign()
        return str(name)

    def _closes(self, closing: str) -> bool:
        """Tell whether an object or array ends here; else go to what follows the comma."""
        found = self.sign()
        if found == closing:
            return True
        if found != ",":
            raise self.broken(self.place, "it is no JSON: a comma is missing")
        self.place += 1
        self.sign()
        return False

    def broken(self, place: int, what: str) -> ImportRefused:
        """Return the refusal of the file at a place."""
        line = self.text.count("\n", 0, place) + 1
        column = place - self.text.rfind("\n", 0, place)
        return malformed(self.path, f"line {line}, column {column}: {what}")
