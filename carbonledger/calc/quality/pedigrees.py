"""The pedigree of the factors of an inventory: as their packs state it, and as they were used.

Temporal and geographical correlation follow from what a factor says of itself (data year, region)
and from the activity it multiplied (month, region of the account); a pack that states them goes
before. The other three indicators nobody can compute.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from carbonledger.calc.figures import rounded, tonnes
from carbonledger.calc.model import Account, EmissionLine
from carbonledger.factors.model import Factor
from carbonledger.factors.pedigree import (
    INDICATORS,
    Matrix,
    Pedigree,
    deviation,
    geographical,
    parse,
    temporal,
)

PERCENT_PLACES = SCORE_PLACES = 2
GSD_PLACES = 4
STATED, COMPUTED = "stated", "computed"


@dataclass(frozen=True, slots=True)
class Use:
    """What a factor multiplied: where, and in which year."""

    region: str
    year: int


def use_of(line: EmissionLine, accounts: Mapping[str, Account]) -> Use:
    """Say where and when the activity of a line took place."""
    account = accounts.get(line.account)
    return Use(account.region if account else "", int(line.month[:4]))


def applied(factor: Factor, uses: Iterable[Use]) -> Pedigree:
    """Return the pedigree of a factor as it was used; of several uses the worst.

    Args:
        factor: the factor.
        uses: where and when; at least one.
    """
    stated = parse(factor.pedigree) or Pedigree()
    found = dict(zip(INDICATORS, stated.scores, strict=True))
    known = list(uses)
    if found["temporal"] is None:
        found["temporal"] = max(temporal(factor.data_year, use.year) for use in known)
    if found["geographical"] is None:
        places = [geographical(factor.region, use.region) for use in known]
        found["geographical"] = None if None in places else max(filter(None, places))
    return Pedigree(tuple(found.values()), stated.basic)


def origins(factor: Factor, pedigree: Pedigree) -> dict[str, str]:
    """Say of each indicator whether its score is `stated`, `computed`, or there is none (`""`)."""
    stated = parse(factor.pedigree) or Pedigree()
    pairs = zip(INDICATORS, stated.scores, pedigree.scores, strict=True)
    return {
        name: STATED if said is not None else COMPUTED if score is not None else ""
        for name, said, score in pairs
    }


class Pedigrees:
    """Pedigrees of the factors of an inventory.

    Args:
        lines: of the inventory.
        factors: what may have been used.
        accounts: with the regions of the places.
    """

    def __init__(
        self,
        lines: Iterable[EmissionLine],
        factors: Iterable[Factor],
        accounts: Mapping[str, Account],
    ) -> None:
        self._lines = [line for line in lines if line.factor and line.co2e_mg]
        uses: dict[str, set[Use]] = {}
        for line in self._lines:
            uses.setdefault(line.factor, set()).add(use_of(line, accounts))
        self.factors = {one.key: one for one in factors if one.key in uses}
        self.applied = {key: applied(one, uses[key]) for key, one in self.factors.items()}

    def rows(self, matrix: Matrix) -> list[dict[str, Any]]:
        """List the factors by scope, those of most emissions first, with scores and GSD."""
        sizes: dict[tuple[str, str], int] = {}
        for line in self._lines:
            key = (line.scope, line.factor)
            sizes[key] = sizes.get(key, 0) + line.co2e_mg
        ordered = sorted(sizes, key=lambda key: (key[0], -abs(sizes[key]), key[1]))
        return [self._row(*key, sizes[key], matrix) for key in ordered]

    def means(self, scope: str, category: str = "") -> dict[str, Any]:
        """Return the mean of each indicator, weighted by emissions, and how much has a score.

        Args:
            scope: as of the lines.
            category: as of the lines; "": the scope as a whole.

        Returns:
            By indicator the mean of 1 to 5, None where nothing has a score; and `pedigree_percent`:
            the part of emissions by factors whose five scores are all known.
        """
        sums, sizes = dict.fromkeys(INDICATORS, 0), dict.fromkeys(INDICATORS, 0)
        whole = complete = 0
        for size, scores in self._sized(scope, category):
            whole += size
            complete += size if None not in scores else 0
            for name, score in zip(INDICATORS, scores, strict=True):
                if score is not None:
                    sums[name] += score * size
                    sizes[name] += size
        means = {name: _ratio(sums[name], sizes[name], SCORE_PLACES) for name in INDICATORS}
        return {**means, "pedigree_percent": _ratio(100 * complete, whole, PERCENT_PLACES)}

    def _sized(self, scope: str, category: str) -> Iterator[tuple[int, tuple[int | None, ...]]]:
        unknown = Pedigree()
        for line in self._lines:
            if line.scope == scope and category in ("", line.category):
                yield abs(line.co2e_mg), self.applied.get(line.factor, unknown).scores

    def _row(self, scope: str, key: str, size: int, matrix: Matrix) -> dict[str, Any]:
        pedigree = self.applied.get(key, Pedigree())
        row: dict[str, Any] = {"scope": scope, "factor": key, "t_co2e": tonnes(size)}
        return row | scored(self.factors.get(key), pedigree, matrix)


def scored(factor: Factor | None, pedigree: Pedigree, matrix: Matrix) -> dict[str, Any]:
    """Write a pedigree as programs read it: scores, which of them are computed, and the GSD.

    Args:
        factor: whose it is; None: of no pack.
        pedigree: as it was used.
        matrix: what scores are worth.
    """
    found = origins(factor, pedigree) if factor else {}
    gsd = deviation(pedigree, matrix)
    return {
        **dict(zip(INDICATORS, pedigree.scores, strict=True)),
        "computed": [name for name, origin in found.items() if origin == COMPUTED],
        "basic_uncertainty": pedigree.basic,
        "gsd": None if gsd is None else Decimal(f"{gsd:.{GSD_PLACES}f}"),
    }


def _ratio(part: int, whole: int, places: int) -> Decimal | None:
    return rounded(Fraction(part, whole), places) if whole else None
