"""Checks of a pack: what a slip in a table looks like before it reaches an inventory.

Each check answers with faults, never stops at the first, and knows nothing of files: where a row
stands is given beside it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from carbonledger.calc.model import Commodity
from carbonledger.errors import Fault
from carbonledger.factors.blends import incomplete
from carbonledger.factors.check_unit import unit_faults
from carbonledger.factors.commodities import shipped_commodities
from carbonledger.factors.model import Factor, Pack
from carbonledger.factors.parts import unequal_parts
from carbonledger.factors.plausible import implausible
from carbonledger.factors.regions import shipped_regions
from carbonledger.factors.vocabulary import CONFIDENCES, PURPOSES, SERVICES

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,12})?|")
ISO_PART = 2
"""Letters of a province's own part in ISO 3166-2 codes of China; grid regions have longer ones."""
RANKS = ("primary", "two_sources", "one_source")
Found = Iterator[tuple[str, str]]
"""Column and reason of each fault of a row."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row of a pack stands.

    Attributes:
        file: name of the table.
        line: 1-based line.
    """

    file: str
    line: int


def check_pack(
    pack: Pack, places: Sequence[Place] = (), commodities: Iterable[Commodity] = ()
) -> list[Fault]:
    """Find every fault of a pack.

    Checked are: codes, words and dates; that the unit is known, fits the purpose and, below the
    line, the commodity; that no two rows answer the same question on the same day; that fuels
    emit 50-120 kg CO2 per GJ; that a CO2 equivalent is the sum of its gases; that the pack claims
    no more confidence than its rows.

    Args:
        pack: the pack.
        places: file and line of each of its factors, in their order; without them the faults
            name the pack, and the row by its code.
        commodities: commodities of the site, beside the shipped ones.

    Returns:
        The faults; none for a good pack.
    """
    where = places or [Place(f"{pack.code}@{pack.edition}", 0)] * len(pack.factors)
    units = {**pack.activities, **SERVICES}
    units.update((one.code, one.unit) for one in (*shipped_commodities(), *commodities))
    faults = _header_faults(pack)
    for factor, place in zip(pack.factors, where, strict=True):
        found = (*_word_faults(factor), *_number_faults(factor), *unit_faults(factor, units))
        faults += (_fault(factor, place, column, reason) for column, reason in found)
    rows = list(zip(pack.factors, where, strict=True))
    faults += _same_code(rows)
    faults += _same_question(rows)
    judged = (
        *implausible(pack.factors),
        *unequal_parts(pack.factors),
        *incomplete(pack.factors),
    )
    faults += (_fault(*rows[index], "value", reason) for index, reason in judged)
    return faults


def _fault(factor: Factor, place: Place, column: str, reason: str) -> Fault:
    text = str(getattr(factor, column)) if column else factor.code
    if not place.line:
        text = f"{factor.code}: {text}"
    return Fault(place.file, place.line, column, text[:80], reason)


def _header_faults(pack: Pack) -> list[Fault]:
    wrong = [
        (key, text, "may hold letters, digits and . _ - only")
        for key, text in (("code", pack.code), ("edition", pack.edition))
        if text and not CODE.fullmatch(text)
    ]
    stated = {factor.confidence for factor in pack.factors}
    least = next((rank for rank in reversed(RANKS) if rank in stated), "derived")
    if pack.confidence and pack.confidence not in CONFIDENCES:
        wrong.append(("confidence", pack.confidence, _one_of(CONFIDENCES)))
    elif pack.confidence and pack.factors and pack.confidence != least:
        wrong.append(("confidence", pack.confidence, f"its least sure row is {least}"))
    if any(factor.pedigree for factor in pack.factors) and not pack.pedigree_by:
        wrong.append(("pedigree_by", "", "is missing: who scored the pedigrees, and how?"))
    return [Fault("pack.toml", 0, key, text, reason) for key, text, reason in wrong]


def _word_faults(factor: Factor) -> Found:
    if not CODE.fullmatch(factor.code):
        yield "code", "may hold letters, digits and . _ - only, and must not be empty"
    if not CODE.fullmatch(factor.activity):
        yield "activity", "names no commodity, gas or indicator"
    if not REGION.fullmatch(factor.region):
        yield "region", "is no ISO 3166 code (CN, CN-LN) or named grid region (CN-NORTHEAST)"
    elif not _known_region(factor.region):
        yield "region", "is no province of its nation; factors/regions.csv lists those it has"
    if factor.purpose not in PURPOSES:
        yield "purpose", _one_of(PURPOSES)
    if factor.confidence not in CONFIDENCES:
        yield "confidence", _one_of(CONFIDENCES)
    if not factor.page:
        yield "page", "is missing: which page, table or clause of the source?"
    bases = PURPOSES[factor.purpose].bases if factor.purpose in PURPOSES else None
    if bases is not None and factor.basis not in bases:
        yield "basis", _one_of(sorted(bases))
    if factor.valid_from and factor.valid_to and factor.valid_from > factor.valid_to:
        yield "valid_to", "lies before valid_from"


def _known_region(region: str) -> bool:
    """Tell whether a province is one, where the table of regions lists those of its nation."""
    nation, _, part = region.partition("-")
    known = shipped_regions()
    if len(part) != ISO_PART or not any(one.nation == nation for one in known.values()):
        return True
    return region in known


def _number_faults(factor: Factor) -> Found:
    if factor.value < 0:
        yield "value", "is negative"
    if factor.value == 0 and not factor.note:
        yield "value", "is 0 without a note that says why; a missing factor is left out, never 0"


def _one_of(words: Iterable[str]) -> str:
    return "must be one of " + ", ".join(word or "(nothing)" for word in words)


def _same_code(rows: Iterable[tuple[Factor, Place]]) -> Iterator[Fault]:
    first: dict[str, Place] = {}
    for factor, place in rows:
        known = first.setdefault(factor.code, place)
        if known is not place and factor.code:
            yield _fault(factor, place, "code", f"is there already, {_line(known)}")


def _same_question(rows: Iterable[tuple[Factor, Place]]) -> Iterator[Fault]:
    """Find rows between which a look-up on some day could not choose."""
    groups: dict[tuple[object, ...], list[tuple[Factor, Place]]] = defaultdict(list)
    for factor, place in rows:
        key = (factor.activity, factor.region, factor.purpose, factor.gas, factor.basis,
               factor.technology, factor.data_year)  # fmt: skip
        groups[key].append((factor, place))
    for group in groups.values():
        group.sort(key=lambda row: row[0].valid_from or date.min)
        until, before = group[0][0].valid_to or date.max, group[0]
        for factor, place in group[1:]:
            if (factor.valid_from or date.min) <= until:
                reason = f"same question and days as {before[0].code}, {_line(before[1])}"
                yield _fault(factor, place, "", reason)
            if (factor.valid_to or date.max) > until:
                until, before = factor.valid_to or date.max, (factor, place)


def _line(place: Place) -> str:
    return f"{place.file} line {place.line}" if place.line else place.file
