"""How factors are ranked for a query, and what keeps one from being used.

One function decides both: a factor has a rank exactly where nothing keeps it from being used.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from carbonledger.factors.model import Factor
from carbonledger.factors.vocabulary import PARTS

ANY_PACK = "*"
"""In a list of packs: every pack that the list does not name."""
Rank = tuple[int, ...]
RANKED = ("purpose", "gas", "basis", "region", "pack", "year")
"""What decides between factors that fit, the weightiest first."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a factor is wanted for.

    Attributes:
        activity: commodity code (a gas for a GWP).
        regions: region codes to try, best first; "" is a factor that holds anywhere.
        year: year of the activity.
        purposes: purposes that may be used, best first.
        day: day of the activity, against the days a factor may be used; None: any.
        packs: packs to search, best first, `code` or `code@edition`; empty: all.
        gases: gases the factor may be of, best first; empty: any.
        bases: bases that may be used, best first; empty: any.
        technology: technology the factor is limited to; "": only factors without a limit.
        year_rule: `same`, `latest_earlier`, `nearest`, `latest` or `none` (see `Search.year`).
    """

    activity: str
    regions: tuple[str, ...]
    year: int
    purposes: tuple[str, ...]
    day: date | None = None
    packs: tuple[str, ...] = ()
    gases: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    technology: str = ""
    year_rule: str = "latest_earlier"


@dataclass(frozen=True, slots=True)
class Misfit:
    """One thing that keeps a factor from being used for a query.

    Attributes:
        what: `purpose`, `gas`, `basis`, `technology`, `region`, `year`, `validity` or `pack`;
            `held`: its pack is not published.
        has: what the factor has; who loaded the pack.
        wants: what the query would take, best first; the command that publishes the pack.
    """

    what: str
    has: str
    wants: tuple[str, ...]


def misfits(factor: Factor, query: Query) -> tuple[Misfit, ...]:
    """Find all that keeps a factor from being used for a query; nothing where it fits."""
    return tuple(_misfits(factor, query))


def _misfits(factor: Factor, query: Query) -> Iterator[Misfit]:
    for what, has, wants, rank in (
        ("purpose", factor.purpose, query.purposes, _index(factor.purpose, query.purposes)),
        ("gas", factor.gas, query.gases, _gas(factor.gas, query.gases)),
        ("basis", factor.basis, query.bases, _basis(factor.basis, query.bases)),
    ):
        if rank is None:
            yield Misfit(what, has or "none", wants)
    if factor.technology != query.technology:
        yield Misfit("technology", factor.technology or "none", (query.technology or "none",))
    if factor.region not in query.regions:
        wanted = tuple(code or "anywhere" for code in query.regions)
        yield Misfit("region", factor.region or "anywhere", wanted)
    if _year_rank(factor, query) is None:
        yield Misfit("year", str(factor.data_year), (str(query.year), query.year_rule))
    if not _valid(factor, query.day):
        day = "" if query.day is None else query.day.isoformat()
        yield Misfit("validity", _days(factor), (day,))
    if _place(factor, query.packs) is None:
        yield Misfit("pack", f"{factor.pack}@{factor.edition}", query.packs)


def _days(factor: Factor) -> str:
    """Write the days a factor may be used for: `2023-01-01..2023-12-31`, open ends left out."""
    first, last = factor.valid_from, factor.valid_to
    return f"{first.isoformat() if first else ''}..{last.isoformat() if last else ''}"


Near = tuple[Factor, tuple[Misfit, ...]]


def by_nearness(factors: Iterable[Factor], query: Query) -> list[Near]:
    """Sort factors that do not fit a query by how little keeps each from being used.

    Fewer misfits come first, then what a query without them would choose, then the name.
    """
    near: list[tuple[int, Rank, str, Near]] = []
    for row in factors:
        wrong = misfits(row, query)
        if wrong:
            near.append((len(wrong), _wide_rank(row, query, wrong), row.key, (row, wrong)))
    return [one[3] for one in sorted(near, key=lambda one: one[:3])]


def nearest(factors: Iterable[Factor], query: Query) -> list[Near]:
    """Find the nearest factor of each kind of misfit, where no more than the least is wrong.

    A factor that gives something else for another purpose is no near one where another lies only
    in the wrong region; where all have several faults, those with the fewest are given.
    """
    found: dict[tuple[str, ...], Near] = {}
    for row, wrong in by_nearness(factors, query):
        found.setdefault(tuple(one.what for one in wrong), (row, wrong))
    fewest = min(map(len, found), default=0)
    return [near for kinds, near in found.items() if len(kinds) == fewest]


def _wide_rank(factor: Factor, query: Query, wrong: tuple[Misfit, ...]) -> Rank:
    """Rank a factor as if what is wrong with it did not matter."""
    kinds = {one.what for one in wrong}
    wide = replace(
        query,
        purposes=(factor.purpose,) if "purpose" in kinds else query.purposes,
        gases=(factor.gas,) if "gas" in kinds else query.gases,
        bases=(factor.basis,) if "basis" in kinds else query.bases,
        regions=(factor.region,) if "region" in kinds else query.regions,
        packs=() if "pack" in kinds else query.packs,
        technology=factor.technology,
        day=None,
        year_rule="nearest" if "year" in kinds else query.year_rule,
    )
    return rank_of(factor, wide) or ()


def rank_of(factor: Factor, query: Query) -> Rank | None:
    """Rank a factor for a query, lower is better; None: it does not fit."""
    years = _year_rank(factor, query)
    places = (
        _index(factor.purpose, query.purposes),
        _gas(factor.gas, query.gases),
        _basis(factor.basis, query.bases),
        _index(factor.region, query.regions) if query.regions else None,
        _place(factor, query.packs),
    )
    if years is None or factor.technology != query.technology or not _valid(factor, query.day):
        return None
    known = [place for place in places if place is not None]
    return (*known, *years) if len(known) == len(places) else None


def _index(value: str, wanted: tuple[str, ...]) -> int | None:
    if not wanted:
        return 0
    return wanted.index(value) if value in wanted else None


def _gas(gas: str, wanted: tuple[str, ...]) -> int | None:
    """Rank a gas; a share of the equivalent is never taken for an emission unless it is named."""
    return None if gas in PARTS and not wanted else _index(gas, wanted)


def _basis(basis: str, wanted: tuple[str, ...]) -> int | None:
    """Rank a basis; where none is asked for, a factor that needs none goes first."""
    return _index(basis, wanted) if wanted else int(bool(basis))


def _place(factor: Factor, packs: tuple[str, ...]) -> int | None:
    if not packs:
        return 0
    names = (factor.pack, f"{factor.pack}@{factor.edition}")
    named = next((place for place, name in enumerate(packs) if name in names), None)
    return packs.index(ANY_PACK) if named is None and ANY_PACK in packs else named


def _valid(factor: Factor, day: date | None) -> bool:
    if day is None:
        return True
    return (factor.valid_from or day) <= day <= (factor.valid_to or day)


def _year_rank(factor: Factor, query: Query) -> Rank | None:
    """Rank the data year: the same, else earlier ones, else later ones, as the rule allows."""
    if factor.data_year is None or query.year_rule == "none":
        return (0, 0)
    if query.year_rule == "latest":
        return (0, -factor.data_year)
    behind = query.year - factor.data_year
    if behind == 0:
        return (0, 0)
    if behind > 0 and query.year_rule in {"latest_earlier", "nearest"}:
        return (1, behind)
    if behind < 0 and query.year_rule == "nearest":
        return (2, -behind)
    return None
