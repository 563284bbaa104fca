"""The uncertainty of an inventory, as programs ask for it; computed anew and not stored.

What is known of an input comes, best first, from the site file (`[uncertainty]`), from the limit
of error of a meter (`class`, `tolerance`), from the pack of a factor, from the pedigree that this
pack states where it prints no uncertainty, and, where the question says so, from an assumption for
all inputs of a kind. Nothing else is taken, and nothing is zero: what has no stated uncertainty is
listed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.consolidation import OPERATIONAL
from carbonledger.calc.inventory import inventory
from carbonledger.calc.quality.pedigrees import Pedigrees
from carbonledger.calc.uncertainty.answer import Asked, uncertainty_answer
from carbonledger.calc.uncertainty.inputs import record_key, terms_of
from carbonledger.calc.uncertainty.model import (
    DISTRIBUTIONS,
    FACTOR,
    GWP,
    KINDS,
    LOGNORMAL,
    METER,
    NORMAL,
    UNIFORM,
    Uncertainty,
    inputs_of,
    kind_of,
    percent_of_gsd,
)
from carbonledger.errors import CalculationRefused
from carbonledger.factors.model import Factor
from carbonledger.factors.pedigree import deviation, shipped_matrix
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import factor_pack
from carbonledger.run.collection import without_collection
from carbonledger.run.metered import Metered, metered
from carbonledger.run.question import Material, Question, gather
from carbonledger.run.service import INVENTORY_METHOD

__all__ = ["Asked", "uncertainty"]

PACK = "site-uncertainty"
MOST_DRAWS = 10_000_000
LEAST_DRAWS = 1_000
_ASSUMED = re.compile(r"([a-z]+)=([0-9]{1,6}(?:\.[0-9]{1,6})?)%(?::([a-z]+))?")
_PUBLISHED = re.compile(r"(?:±|\+/-)? ?([0-9]+(?:\.[0-9]+)?) ?%")


@without_collection()
def uncertainty(
    ledger: Ledger, boundary: str | None, period: str, method: str | None = None, *,
    asked: Asked, assume: Sequence[str] = (), consolidation: str | None = None,
    as_of: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Say how far the figures of an inventory may be off, and which input to mend first.

    Args:
        ledger: the ledger; nothing is written to it.
        boundary: account code; None: the only site.
        period: see `calc.period`.
        method: code, or `code@edition`; None: as an inventory.
        asked: draws, seed, and the coverage below which no interval is stated.
        assume: `factor=5%`, `meter=2%:uniform`: for inputs of a kind that have no statement.
        consolidation: see `inventory`.
        as_of: last batch to take into account; None: all.

    Raises:
        CalculationRefused: `assumption`, `draws`; else as an inventory.
    """
    assumptions = dict(map(_assumption, assume))
    if not LEAST_DRAWS <= asked.draws <= MOST_DRAWS or asked.seed < 0:
        raise CalculationRefused(
            f"{asked.draws} draws with the seed {asked.seed} cannot be made",
            code="draws",
            hint=f"from {LEAST_DRAWS} to {MOST_DRAWS} draws, and a seed from 0 on",
        )
    question = Question(
        boundary or "", period, method or INVENTORY_METHOD, as_of,
        consolidation=consolidation or OPERATIONAL,
    )  # fmt: skip
    with ledger.read() as connection:
        material = gather(connection, question)
        months = material.books.months
        found = metered(connection, material.state, (months[0], months[-1]), material.as_of)
        site = _posted(connection, material)
    made = inventory(material.books, material.method, material.factors)
    terms = terms_of(made.lines, made.figures, material.books, _counted(found))
    pedigrees = Pedigrees(made.lines, material.all_factors, material.books.accounts)
    statements = _Statements(material, site, found, assumptions, pedigrees)
    stated = {key: one for key in inputs_of(terms) if (one := statements.of(key)) is not None}
    return {
        "method": material.method.key,
        "boundary": material.question.boundary,
        "period": period,
        "as_of": material.as_of,
        **uncertainty_answer(terms, stated, asked),
    }


def _assumption(text: str) -> tuple[str, Uncertainty]:
    """Read `factor=5%:lognormal`.

    Raises:
        CalculationRefused: it is no assumption.
    """
    match = _ASSUMED.fullmatch(text)
    kind, percent, named = match.groups() if match else ("", "0", "")
    distribution = named or NORMAL
    wide = Decimal(percent) > 100 and distribution != LOGNORMAL  # noqa: PLR2004
    if kind not in KINDS or distribution not in DISTRIBUTIONS or wide:
        raise CalculationRefused(
            f"{text!r} is no assumption",
            code="assumption",
            hint=f"write KIND=PERCENT%, as factor=5%, or factor=5%:lognormal; kinds are "
            f"{', '.join(KINDS)}; distributions {', '.join(DISTRIBUTIONS)}; more than 100% "
            "is lognormal",
        )
    return kind, Uncertainty(float(percent), distribution, "", assumed=True)


def _posted(connection: sa.Connection, material: Material) -> tuple[Factor, ...]:
    """Return what the site file states, as of the batch: the newest edition alone."""
    table = factor_pack.c
    query = sa.select(table.edition).where(
        table.code == PACK, table.batch_id <= material.as_of
    ).order_by(table.id.desc()).limit(1)  # fmt: skip
    edition = connection.execute(query).scalar()
    rows = (one for one in material.all_factors if one.pack == PACK)
    return tuple(one for one in rows if one.edition == edition)


def _counted(found: Mapping[Metered, int]) -> dict[tuple[str, str, str], dict[str, float]]:
    counted: dict[tuple[str, str, str], dict[str, float]] = {}
    for one, quantity in found.items():
        ends = (one.source, one.target, one.commodity)
        key = f"{METER}:{one.meter}" if one.meter else record_key(*ends)
        counted.setdefault(ends, {})[key] = float(quantity)
    return counted


@dataclass(frozen=True, slots=True)
class _Statements:
    """Looks up what is known of inputs."""

    material: Material
    site: Iterable[Factor]
    found: Mapping[Metered, int]
    assumptions: Mapping[str, Uncertainty]
    pedigrees: Pedigrees

    def of(self, key: str) -> Uncertainty | None:
        """Return what is known of an input; None when nobody says anything."""
        kind = kind_of(key)
        for candidate in self._candidates(key):
            if candidate is not None:
                return candidate
        return self.assumptions.get(kind)

    def _candidates(self, key: str) -> Iterator[Uncertainty | None]:
        kind, _, rest = key.partition(":")
        yield self._of_site(key)
        if kind == METER:
            yield self._of_meter(rest)
        if kind in (FACTOR, GWP):
            yield self._of_pack(rest)
            yield self._of_pedigree(rest)
            return
        for commodity in sorted(self._commodities(kind, rest)):
            yield self._of_site(f"commodity:{commodity}")

    def _of_site(self, key: str) -> Uncertainty | None:
        for one in self.site:
            if one.activity == key:
                value = float(one.value)
                percent = value if one.unit == "%" else percent_of_gsd(value)
                return Uncertainty(percent, one.distribution, one.page)
        return None

    def _of_meter(self, code: str) -> Uncertainty | None:
        """Return the limit of error of a meter: anything within it is as likely."""
        state = self.material.state.meters.get(code)
        for one in reversed(state.revisions if state else ()):
            if one.tolerance is not None:
                source = one.tolerance_source or f"tolerance of the meter {code}"
                return Uncertainty(float(one.tolerance), UNIFORM, source)
        return None

    def _of_pack(self, key: str) -> Uncertainty | None:
        for one in self.material.all_factors:
            match = _PUBLISHED.fullmatch(one.uncertainty.strip()) if one.key == key else None
            if match:
                named = one.distribution if one.distribution in DISTRIBUTIONS else NORMAL
                return Uncertainty(float(match[1]), named, f"{one.pack}@{one.edition}, {one.page}")
        return None

    def _of_pedigree(self, key: str) -> Uncertainty | None:
        """Return the lognormal distribution that the pedigree of a factor, as used, stands for."""
        known = self.pedigrees.factors.get(key)
        if known is None or known.uncertainty.strip():
            return None
        pedigree = self.pedigrees.applied[key]
        gsd = deviation(pedigree, shipped_matrix())
        if gsd is None:
            return None
        source = f"pedigree {pedigree}, GSD {gsd:.4f}; {shipped_matrix().source['document']}"
        return Uncertainty(percent_of_gsd(gsd), LOGNORMAL, source, derived=True)

    def _commodities(self, kind: str, rest: str) -> set[str]:
        if kind == METER:
            return {one.commodity for one in self.found if one.meter == rest}
        return {rest.partition(":")[0]}
