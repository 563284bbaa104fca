"""The look-up of factors: exactly one fits, or the search is refused.

A factor is used for its own purpose only. No factor found is an error that names what was looked
for; it is never zero and never the nearest other one, unless the method states the fall-back, and
then the answer says so.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from carbonledger.errors import FactorNotFound, FactorRefused, Fault
from carbonledger.factors.blends import compositions
from carbonledger.factors.model import Factor, Held
from carbonledger.factors.ranking import ANY_PACK, Misfit, Query, Rank, nearest, rank_of
from carbonledger.factors.regions import Region, chain, shipped_regions
from carbonledger.factors.rules import OWN, Search
from carbonledger.units import ratio, round_half_even, split_ratio

# The unit that one millionth of an activity times a factor is a milligram of.
KILOGRAMS = {
    "co2": "kgCO2",
    "co2e": "kgCO2e",
    "ch4": "kgCH4",
    "n2o": "kgN2O",
    "mass": "kg",
    "standard_coal": "kgce",
}
# Rules under which another data year than that of the activity is no fall-back.
UNSAID = ("none", "latest")
_LISTED = 4
_MONTH = re.compile(r"\b\d{4}-\d{2}\b")
__all__ = (
    "ANY_PACK", "FactorBook", "Found", "Query", "check_purpose", "kilograms_per_unit", "mass_mg",
    "missing_factors",
)  # fmt: skip
# What keeps a factor from being used, in an error's words; the purpose alone says all that counts.
_WHY = {
    "purpose": "is for {has}",
    "gas": "gives {has} (not {wants})",
    "basis": "has the basis {has} (not {wants})",
    "technology": "is for {has} alone",
    "region": "is for region {has}",
    "year": "describes the year {has}",
    "validity": "may be used {has} only",
    "pack": "is in a pack that is not searched",
}


@dataclass(frozen=True, slots=True)
class Found:
    """The factor that fits a query.

    Attributes:
        factor: the factor.
        fallback: what of it is not the first choice, "" when all is: `region CN for CN-XZ`,
            `data year 2023 for 2024`.
    """

    factor: Factor
    fallback: str


class FactorBook:
    """All factors that a calculation may use, found by activity and purpose.

    Args:
        factors: rows of the loaded packs.
        regions: which larger regions a region lies in; None: the shipped table.
        spare: factors that count only where the others have none that a calculation cannot do
            without; a question of what would have been asks so.
        unloaded: names of packs that ship but are not among the loaded ones, `uk-desnz@2025`: a
            miss that one of them could mend says so.
        held: packs that are loaded and not published, so that nothing may use them: a miss that
            one of them could mend says so.

    Attributes:
        blends: components of each blend of refrigerants.
        held: the packs that are not published.
    """

    def __init__(
        self,
        factors: Iterable[Factor],
        regions: Mapping[str, Region] | None = None,
        *,
        spare: Iterable[Factor] = (),
        unloaded: Iterable[str] = (),
        held: Iterable[Held] = (),
    ) -> None:
        self.unloaded = tuple(unloaded)
        self.held = tuple(held)
        self.regions = shipped_regions() if regions is None else regions
        further = tuple(spare)
        self.spare = FactorBook(further, self.regions) if further else None
        self._by_activity: dict[str, list[Factor]] = defaultdict(list)
        for factor in factors:
            self._by_activity[factor.activity].append(factor)
        rows = (row for found in self._by_activity.values() for row in found)
        self.blends = compositions(rows)

    def holds(self, pack: str) -> bool:
        """Tell whether any edition of a pack is loaded."""
        return any(one.pack == pack for rows in self._by_activity.values() for one in rows)

    def of_pack(self, activity: str, pack: str) -> list[Factor]:
        """List the factors of an activity that stand in a pack, whatever their edition."""
        return [one for one in self._by_activity.get(activity, ()) if one.pack == pack]

    def query(
        self,
        search: Search,
        activity: str,
        region: str,
        month: str,
        *,
        gases: tuple[str, ...] = (),
        technology: str = "",
    ) -> Query:
        """Make the query that a method's search asks for one activity.

        Args:
            search: the method's search.
            activity: commodity code (a gas for a GWP).
            region: region of the place, ISO 3166 code.
            month: local month of the activity, `2024-03`.
            gases: gases the factor may be of, best first; empty: any.
            technology: technology of the supply, for searches that take it.
        """
        year, number = month.split("-")
        return Query(
            activity=activity,
            regions=chain(region, search.regions, self.regions),
            year=int(year),
            purposes=search.purposes,
            day=date(int(year), int(number), 1),
            packs=search.packs,
            gases=gases,
            bases=search.bases,
            technology=technology if search.technology == OWN else search.technology,
            year_rule=search.year,
        )

    def find(self, query: Query) -> Found:
        """Find the one factor that fits best.

        Raises:
            FactorNotFound: nothing fits (see `not_found`).
            FactorRefused: `factor-ambiguous`: two fit equally well; both are listed.
        """
        found = self.seek(query)
        if found is None:
            raise self.not_found(query)
        return found

    def seek(self, query: Query) -> Found | None:
        """Find the one factor that fits best, or none.

        Purpose decides first, then gas and basis, region, pack, and the data year last, each in
        the order of the query.

        Raises:
            FactorRefused: `factor-ambiguous`: two fit equally well; both are listed.
        """
        ranked: dict[Rank, list[Factor]] = defaultdict(list)
        for factor in self._by_activity.get(query.activity, ()):
            rank = rank_of(factor, query)
            if rank is not None:
                ranked[rank].append(factor)
        if not ranked:
            return None
        best = ranked[min(ranked)]
        if len(best) > 1:
            raise _ambiguous(query, best)
        return Found(best[0], _fallback(best[0], query))

    def of(self, activity: str) -> tuple[Factor, ...]:
        """Return every factor of an activity, whatever it is for."""
        return tuple(self._by_activity.get(activity, ()))

    def known(self, activity: str) -> tuple[Factor, ...]:
        """Return every factor of an activity, also those of packs that are not published."""
        waiting = (row for one in self.held for row in one.factors if row.activity == activity)
        return (*self.of(activity), *waiting)

    def held_for(self, query: Query) -> list[tuple[Held, Factor]]:
        """List the factors that would fit a query, were their packs published; best first."""
        ranked = [
            (rank, row.key, one, row)
            for one in self.held
            for row in one.factors
            if row.activity == query.activity and (rank := rank_of(row, query)) is not None
        ]
        return [(one, row) for _, _, one, row in sorted(ranked, key=lambda each: each[:2])]

    def not_found(self, query: Query) -> FactorNotFound:
        """Name what was looked for, and factors near to it, which are not used."""
        near = nearest(self.of(query.activity), query)[:_LISTED]
        known = "".join(f"; {row.key} {_why_not(wrong)} and is not used" for row, wrong in near)
        waiting = self.held_for(query)
        passed = "".join(
            f"; {row.key} would fit, but is passed over: {one.loaded_by} loaded it, nobody has "
            "published it"
            for one, row in waiting[:_LISTED]
        )
        hint = _publish(waiting[0][0]) if waiting else self._hint(query)
        return FactorNotFound(f"no factor for {_asked(query)}{known}{passed}", hint=hint)

    def _hint(self, query: Query) -> str:
        """Say what to load: a pack that is searched and ships, or any that holds the factor."""
        asked = [
            name for name in self.unloaded
            if name in query.packs or name.partition("@")[0] in query.packs
        ]  # fmt: skip
        if not asked:
            return "load a pack that holds it, or choose a method that looks elsewhere"
        newest, *others = sorted(asked, reverse=True)
        also = f" (also there: {', '.join(others[:_LISTED])})" if others else ""
        load = f"carbonledger factors load {newest}{also}"
        return f"a pack that is searched is not in the ledger: {load}"


def _publish(one: Held) -> str:
    return (
        f"let another actor than {one.loaded_by} compare {one.name} with its source and publish "
        f"it: {one.command}"
    )


def check_purpose(factor: Factor, purposes: Iterable[str]) -> None:
    """Refuse a factor that is used for another purpose than its own.

    Raises:
        FactorRefused: `factor-purpose`.
    """
    wanted = tuple(purposes)
    if factor.purpose not in wanted:
        raise FactorRefused(
            f"{factor.key} is for {factor.purpose}, not for {' or '.join(wanted)}",
            code="factor-purpose",
            hint="a factor counts for its own purpose only; name one of the purpose asked for",
        )


def missing_factors(misses: Iterable[FactorNotFound]) -> FactorNotFound:
    """Join the misses of a calculation into one error that lists them all, each once.

    What is missing in several months alike is said once, with the first and the last of them.
    """
    alike: dict[str, list[FactorNotFound]] = defaultdict(list)
    for miss in sorted(misses, key=lambda one: one.message):
        alike[_MONTH.sub("", miss.message)].append(miss)
    said = [_of_months(group) for group in alike.values()]
    if len(said) == 1:
        return FactorNotFound(said[0], hint=next(iter(alike.values()))[0].hint)
    faults = [Fault("", 0, "", "", message) for message in sorted(said)]
    hints = "; ".join(sorted({miss.hint for group in alike.values() for miss in group}))
    return FactorNotFound(f"{len(faults)} factors are missing", hint=hints, problems=faults)


def _of_months(group: list[FactorNotFound]) -> str:
    first, last = ((_MONTH.findall(miss.message) or [""])[0] for miss in (group[0], group[-1]))
    months = first if first == last else f"{first} to {last}"
    return _MONTH.sub(months, group[0].message)


def mass_mg(activity_micro: int, activity_unit: str, factor: Factor) -> int:
    """Multiply an activity by a factor, rounded once, half even.

    Args:
        activity_micro: millionths of the activity's unit.
        activity_unit: canonical unit of the activity.
        factor: factor per unit of an activity.

    Returns:
        Milligrams of what the factor gives: of a gas, of CO2 equivalent, of standard coal.

    Raises:
        UnitRefused: the factor is per unit of something else.
        FactorRefused: `factor-unit`: the factor gives no mass.
    """
    exact = kilograms_per_unit(factor, activity_unit)
    return round_half_even(activity_micro * exact.numerator, exact.denominator)


def kilograms_per_unit(factor: Factor, activity_unit: str) -> Fraction:
    """Convert a factor to kilograms per unit of the activity, exactly.

    Raises:
        UnitRefused: the factor is per unit of something else.
        FactorRefused: `factor-unit`: the factor gives no mass.
    """
    return _kilograms(factor.value, factor.unit, activity_unit)


@lru_cache(maxsize=4096)
def _kilograms(value: Decimal, factor_unit: str, activity_unit: str) -> Fraction:
    numerator, denominator = split_ratio(factor_unit)
    kilograms = KILOGRAMS.get(numerator.dimension)
    if kilograms is None:
        raise FactorRefused(f"a factor in {factor_unit} gives no mass", code="factor-unit")
    per_unit = ratio(numerator.symbol, kilograms) * ratio(activity_unit, denominator.symbol)
    return Fraction(value) * per_unit


def _fallback(factor: Factor, query: Query) -> str:
    parts = []
    if factor.region and factor.region != query.regions[0]:
        parts.append(f"region {factor.region} for {query.regions[0]}")
    year = factor.data_year
    if year is not None and year != query.year and query.year_rule not in UNSAID:
        parts.append(f"data year {year} for {query.year}")
    return ", ".join(parts)


def _asked(query: Query) -> str:
    regions = ", ".join(code or "anywhere" for code in query.regions) or "a region that is not set"
    parts = [f"{query.activity} in {regions}", f"{query.year}" if query.day is None else
             f"{query.day:%Y-%m}"]  # fmt: skip
    for word, values in (
        ("purpose", query.purposes),
        ("gas", query.gases),
        ("basis", query.bases),
        ("technology", (query.technology,) if query.technology else ()),
    ):
        if values:
            parts.append(f"{word} {' or '.join(values)}")
    parts.append(f"packs {', '.join(query.packs)}" if query.packs else "all packs")
    return ", ".join(parts)


def _why_not(wrong: tuple[Misfit, ...]) -> str:
    """Say what keeps a factor from being used: `is for product, not in a pack that is searched`."""
    said = [_WHY[one.what].format(has=one.has, wants=" or ".join(one.wants)) for one in wrong]
    return ", ".join(said)


def _ambiguous(query: Query, best: list[Factor]) -> FactorRefused:
    listed = [f"{row.key} = {row.value} {row.unit}" for row in sorted(best, key=lambda f: f.key)]
    return FactorRefused(
        f"{len(listed)} factors fit {_asked(query)} equally well: {', '.join(listed[:_LISTED])}",
        code="factor-ambiguous",
        hint="name one edition of the pack in the method (`cn-grid@2023`), or load only one",
        problems=[Fault("", 0, "", one, "fits equally well") for one in listed],
    )
