"""Text and numbers as people read them in a terminal."""

import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from carbonledger.text import t

# Counts are grouped in thousands; these are names made of digits and are not.
ORDINALS = frozenset((
    "as_of", "batch", "corrects", "data_year", "document_no", "entry", "line", "line_first",
    "line_last", "run", "year",
))  # fmt: skip


def plain(text: str) -> str:
    """Return a text of a file with its control characters written out.

    What a file holds could otherwise move the cursor, colour the screen or set its title.
    """
    return "".join(_visible(sign) for sign in text)


def _visible(sign: str) -> str:
    # Cc: controls; Cf: marks that turn the direction of text; Cs: bytes that were no UTF-8.
    if unicodedata.category(sign) in ("Cc", "Cf", "Cs"):
        return sign.encode("unicode_escape", "surrogatepass").decode("ascii")
    return sign


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes; Chinese signs take two (UAX 11)."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def wrap(text: str, columns: int) -> Iterator[str]:
    """Give a paragraph in lines no wider than `columns`; Chinese breaks between any two signs."""
    line = ""
    for word in _words(text):
        if width(line) + width(word.rstrip()) > columns and line:
            yield line.rstrip()
            line = ""
        line += word if line else word.lstrip()
    if line:
        yield line.rstrip()


# No line starts with one of these (CLREQ 3.1.2).
CLOSING = "，。、；：？！）】》”’"


def _words(text: str) -> Iterator[str]:
    start = 0
    for index, (before, after) in enumerate(pairwise(text), start=1):
        wide = max(width(before), width(after)) == 2  # noqa: PLR2004 - a Chinese sign
        if before == " " or (wide and after not in CLOSING and before not in "（《“"):
            yield text[start:index]
            start = index
    yield text[start:]


def number(value: Decimal | int, places: int | None = None) -> str:
    """Return a number with its thousands grouped.

    Args:
        value: any exact number.
        places: digits after the point, rounded half even; None: those it has, without closing
            zeros.
    """
    exact = Decimal(value)
    if not exact.is_finite():
        return str(exact)
    if places is None:
        return f"{exact:,f}".rstrip("0").rstrip(".") if "." in f"{exact:f}" else f"{exact:,f}"
    return f"{exact:,.{places}f}"


def places_of(value: Decimal | int) -> int:
    """Return how many digits after the point a number needs, without closing zeros."""
    return len(number(value).partition(".")[2])


def cell(value: object, name: str = "") -> str:
    """Return a value as it stands in a table under the column `name`."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return t("cli.word.yes") if value else t("cli.word.no")
    if isinstance(value, int | Decimal):
        return str(value) if name in ORDINALS else number(value)
    if isinstance(value, list | tuple):
        return ", ".join(cell(item, name) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {cell(item, key)}" for key, item in value.items() if item)
    return plain(str(value))
