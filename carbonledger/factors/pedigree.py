"""The pedigree of a factor: five scores of how well it fits what it is used for.

A pack states them as life-cycle inventories write them, `(2,3,-,-,2,BU:1.05)`: reliability,
completeness, temporal, geographical and further technological correlation, 1 the best of 5, `-`
where nothing is stated, and the basic uncertainty of the number itself. What the scores mean and
how far each widens a value is data with its source: `factors/pedigree.toml`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from math import exp, log, sqrt
from types import MappingProxyType

from carbonledger.factors.regions import chain, shipped_regions
from carbonledger.resources import folder

INDICATORS = ("reliability", "completeness", "temporal", "geographical", "technological")
WORST = 5
YEARS = (3, 6, 10, 15)
"""Scores of temporal correlation 1 to 4: less than so many years apart."""
_WIDER = ("grid", "nation", "any")
_WRITTEN = re.compile(
    r"\(\s*([1-5-])\s*,\s*([1-5-])\s*,\s*([1-5-])\s*,\s*([1-5-])\s*,\s*([1-5-])\s*"
    r"(?:,\s*BU\s*:\s*([1-9][0-9]?(?:\.[0-9]{1,6})?)\s*)?\)"
)
HINT = "is no pedigree: write (2,3,-,-,2) or (2,3,-,-,2,BU:1.05), scores 1 (best) to 5"


@dataclass(frozen=True, slots=True)
class Pedigree:
    """Five scores, and the basic uncertainty.

    Attributes:
        scores: 1 (best) to 5 in the order of `INDICATORS`; None where nothing is known.
        basic: basic uncertainty, a square of a geometric standard deviation, at least 1; None:
            nothing is stated.
    """

    scores: tuple[int | None, ...] = (None,) * len(INDICATORS)
    basic: Decimal | None = None

    def __str__(self) -> str:
        """Write it as packs do."""
        cells = ["-" if score is None else str(score) for score in self.scores]
        cells += [] if self.basic is None else [f"BU:{self.basic}"]
        return f"({','.join(cells)})"


NOTHING = Pedigree()


@dataclass(frozen=True, slots=True)
class Matrix:
    """What scores are worth.

    Attributes:
        factors: by indicator, contributions of the scores 1 to 5 to the square of the geometric
            standard deviation.
        meanings: by language and indicator, what the scores 1 to 5 mean.
        source: publisher, document, formula, confidence and note.
    """

    factors: Mapping[str, tuple[Decimal, ...]]
    meanings: Mapping[str, Mapping[str, tuple[str, ...]]]
    source: Mapping[str, str]


@cache
def shipped_matrix() -> Matrix:
    """Return the matrix that travels with the program (`factors/pedigree.toml`)."""
    raw = tomllib.loads((folder("factors") / "pedigree.toml").read_text("utf-8"))
    tables = {name: raw["indicator"][name] for name in INDICATORS}
    return Matrix(
        MappingProxyType({n: tuple(map(Decimal, t["factors"])) for n, t in tables.items()}),
        MappingProxyType({
            lang: {n: tuple(t[f"scores_{lang}"]) for n, t in tables.items()}
            for lang in ("en", "zh")
        }),
        MappingProxyType({key: text.strip() for key, text in raw["source"].items()}),
    )  # fmt: skip


def parse(text: str) -> Pedigree | None:
    """Read a pedigree as packs write it; None when it is none. "" states nothing."""
    if not text.strip():
        return NOTHING
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        return None
    *scores, basic = match.groups()
    found = tuple(None if cell == "-" else int(cell) for cell in scores)
    return Pedigree(found, Decimal(basic) if basic else None)


def meanings(pedigree: Pedigree) -> list[dict[str, object]]:
    """Say of each indicator that has a score what it means, in both languages."""
    matrix = shipped_matrix()
    return [
        {"indicator": name, "score": score}
        | {f"meaning_{lang}": words[name][score - 1] for lang, words in matrix.meanings.items()}
        for name, score in zip(INDICATORS, pedigree.scores, strict=True)
        if score is not None
    ]


def temporal(data_year: int | None, year: int) -> int:
    """Score how far the year a number describes is from that of the activity; unknown: 5."""
    if data_year is None:
        return WORST
    apart = abs(year - data_year)
    return next((n for n, limit in enumerate(YEARS, 1) if apart < limit), WORST)


def geographical(region: str, place: str) -> int | None:
    """Score the region of a number against the place of the activity.

    Its own region is 1, one that it lies in is 2 ("" is everywhere), another nation or province is
    5: that two regions are alike, a pack must state. None when the place is not known, or when
    nobody says whether a grid region of its nation holds it.
    """
    if not place:
        return None
    if region == place:
        return 1
    known = shipped_regions()
    if region in chain(place, _WIDER, known):
        return 2
    same = region.partition("-")[0] == place.partition("-")[0]
    return None if same and not {region, place} <= known.keys() else WORST


def deviation(pedigree: Pedigree, matrix: Matrix) -> float | None:
    """Return the geometric standard deviation that a pedigree stands for.

    Its square is exp √(ln² basic + Σ ln² factor). None unless all five scores and the basic
    uncertainty are known: what is not known is not taken as the best.
    """
    if pedigree.basic is None:
        return None
    logs = [log(pedigree.basic)]
    for name, score in zip(INDICATORS, pedigree.scores, strict=True):
        if score is None:
            return None
        logs.append(log(matrix.factors[name][score - 1]))
    return exp(sqrt(sum(one**2 for one in logs)) / 2)
