"""What plants write for a unit, and what may not be guessed.

A dialect is a reviewed list of spellings. `spellings.csv` says which unit a spelling means;
`refused.csv` lists spellings that mean several units or none, with the reason and what to write
instead. Text is looked up there and goes nowhere else: no parser, no guess by letter case, no
prefix that attaches by itself.
"""

import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from carbonledger.errors import UnitRefused
from carbonledger.units.registry import Unit, shown, table, unit

LONGEST = 40
# U+FEFF is what some exports leave behind names, U+3000 the blank of Chinese typing.
BLANKS = " \t\u00a0\u3000\ufeff"
# A dialect, and the dialects whose spellings it has as well. Letters of a waste manifest stand
# alone: `T`, `M` and `K` would be wrong anywhere else.
DIALECTS: dict[str, tuple[str, ...]] = {
    "plant": (),
    "factor": ("plant",),
    "us-utility": ("plant",),
    "e-manifest": (),
}
# NFKC would make "104" of "10⁴"; spelled out, the power of ten stays one.
SUPERSCRIPTS = {"10³": "10^3", "10⁴": "10^4", "10⁶": "10^6", "10⁸": "10^8"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """An accepted spelling.

    Attributes:
        text: as written, NFKC-normalised.
        symbol: the unit it means.
        dialect: the dialect that lists it.
        language: `en`, `zh` or `any`.
        note: what a reader should know of it.
    """

    text: str
    symbol: str
    dialect: str
    language: str
    note: str


@dataclass(frozen=True, slots=True)
class RefusedSpelling:
    """A spelling that is known and refused.

    Attributes:
        text: as written, NFKC-normalised.
        code: `unit-ambiguous` (several units) or `unit-unfit` (no amount: a rate, a capacity …).
        reason: what it could mean, in a few words.
        suggestions: spellings to write instead.
    """

    text: str
    code: str
    reason: str
    suggestions: tuple[str, ...]


@lru_cache(maxsize=1)
def spellings() -> tuple[Spelling, ...]:
    """Return every accepted spelling of every dialect, in the order of the file."""
    return tuple(
        Spelling(row["spelling"], row["symbol"], row["dialect"], row["language"], row["note"])
        for row in table("spellings.csv")
    )


@lru_cache(maxsize=1)
def refused() -> tuple[RefusedSpelling, ...]:
    """Return every spelling that is refused with a reason, in the order of the file."""
    return tuple(
        RefusedSpelling(
            text, row["code"], row["reason"], tuple(filter(None, row["suggestions"].split("|")))
        )
        for row in table("refused.csv")
        for text in row["spellings"].split("|")
    )


@lru_cache(maxsize=len(DIALECTS))
def accepted(dialect: str) -> dict[str, str]:
    """Return the spellings of a dialect with the symbols they mean, inherited ones included.

    Raises:
        UnitRefused: `unit-dialect`, there is no such dialect.
    """
    if dialect not in DIALECTS:
        raise UnitRefused(
            f"there is no unit dialect “{shown(dialect)}”",
            code="unit-dialect",
            hint=f"dialects: {', '.join(DIALECTS)}",
        )
    own_last = (*DIALECTS[dialect], dialect)
    return {s.text: s.symbol for name in own_last for s in spellings() if s.dialect == name}


@lru_cache(maxsize=1)
def _reasons() -> dict[str, RefusedSpelling]:
    return {row.text: row for row in refused()}


def _word(text: str) -> str:
    """Return the text normalised for the look-up; refuse what cannot be a unit at all."""
    text = text.strip(BLANKS)
    # Before normalising: one character can become eighteen, and a cell can hold megabytes.
    if len(text) > LONGEST:
        raise UnitRefused(
            f"unit “{shown(text)}” is longer than {LONGEST} characters",
            code="unit-unknown",
            hint="this is no unit; is the column the right one?",
        )
    if not text:
        raise UnitRefused(
            "the unit is empty", code="unit-unknown", hint="state it in the file or the profile"
        )
    for superscript, plain in SUPERSCRIPTS.items():
        text = text.replace(superscript, plain)
    return unicodedata.normalize("NFKC", text).strip(BLANKS)


@lru_cache(maxsize=1024)
def _nearest(text: str, dialect: str) -> tuple[str, ...]:
    known = accepted(dialect)
    same_letters = [word for word in known if word.casefold() == text.casefold()]
    near = same_letters + get_close_matches(text, known, n=5)
    one_a_unit: dict[str, str] = {}
    for word in near:
        one_a_unit.setdefault(known[word], word)
    return tuple(one_a_unit.values())[:3]


def _unknown(text: str, dialect: str) -> UnitRefused:
    near = _nearest(text, dialect)
    known = f"nearest known spellings: {', '.join(near)}; " if near else ""
    return UnitRefused(
        f"unit “{shown(text)}” is not known",
        code="unit-unknown",
        hint=f"{known}docs/units.md lists all of them",
    )


def _refusal(text: str, row: RefusedSpelling, known: dict[str, str]) -> UnitRefused:
    instead = " or ".join(word for word in row.suggestions if word in known)
    verb = "may mean" if row.code == "unit-ambiguous" else "cannot be used:"
    return UnitRefused(
        f"unit “{shown(text)}” {verb} {row.reason}",
        code=row.code,
        hint=f"write {instead}" if instead else "docs/units.md lists the units there are",
    )


def find(text: str, dialect: str = "plant") -> Unit:
    """Return the unit that a text of a file means.

    The text is normalised (NFKC, blanks around it removed) and looked up in the dialect's table;
    it reaches no parser.

    Args:
        text: what stands in the file, `万kWh`, `m³`, `吨标准煤`.
        dialect: who wrote it: `plant` (meter exports, invoices, records), `factor` (factor
            tables), `us-utility`, `e-manifest`.

    Raises:
        UnitRefused: `unit-ambiguous` (several meanings), `unit-unfit` (no amount), `unit-unknown`
            (not in the table) or `unit-dialect` (no such dialect).
    """
    known = accepted(dialect)
    word = _word(text)
    if word in known:
        return unit(known[word])
    if word in _reasons():
        raise _refusal(word, _reasons()[word], known)
    raise _unknown(word, dialect)


def is_known(text: str, dialect: str = "plant") -> bool:
    """Tell whether a text of a file is a unit, without a look for the nearest known spellings.

    Args:
        text: what stands in the file.
        dialect: who wrote it; see `find`.

    Raises:
        UnitRefused: it may be several units, or is none that can be used; see `find`.
    """
    known = accepted(dialect)
    try:
        word = _word(text)
    except UnitRefused:
        return False
    if word not in known and word in _reasons():
        raise _refusal(word, _reasons()[word], known)
    return word in known


def split_ratio(text: str) -> tuple[Unit, Unit]:
    """Return numerator and denominator of a factor's unit: `kgCO2/kWh`, `tCO2/万Nm3`.

    Both halves are looked up in the dialect `factor`.

    Raises:
        UnitRefused: `unit-ratio` when there is not one `/` between two units; else as `find`.
    """
    halves = text.replace("／", "/").split("/") if len(text) <= 2 * LONGEST + 1 else []
    if len(halves) != 2:  # noqa: PLR2004
        raise UnitRefused(
            f"“{shown(text)}” is not one unit per another",
            code="unit-ratio",
            hint="write one unit, a slash and the other unit: kgCO2/kWh",
        )
    return find(halves[0], "factor"), find(halves[1], "factor")
