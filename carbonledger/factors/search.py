"""What a look-up would use, and why: every factor of an activity with the verdict on it.

The verdict is the look-up's own (`ranking`), so the answer is what a calculation would do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.model import Factor, Held
from carbonledger.factors.ranking import RANKED, Misfit, Query, Rank, by_nearness, rank_of
from carbonledger.factors.rules import OWN, Method, Search

USED, EQUAL, OUTRANKED, HELD, UNFIT = "used", "equal", "outranked", "held", "unfit"
LEVELS = ("province", "grid", "nation", "any")


@dataclass(frozen=True, slots=True)
class Considered:
    """The verdict on one factor.

    Attributes:
        factor: the factor.
        verdict: `used`; `equal`, it and another fit equally well and a calculation would be
            refused; `outranked`, another fits better; `held`, it fits, but its pack is not
            published; `unfit`, something keeps it from being used.
        reasons: of `outranked` what the better one is better in; of `held` by whom the pack was
            loaded and what publishes it; of `unfit` all that is wrong, that too. The others have
            none.
    """

    factor: Factor
    verdict: str
    reasons: tuple[Misfit, ...] = ()


def consider(book: FactorBook, query: Query) -> tuple[Considered, ...]:
    """Judge every factor of an activity for a query.

    Returns:
        What would be used first (more than one: a calculation would be refused), then those that
        fit less well in the order of their ranks, then those whose pack is not published, then
        those that do not fit, the nearest first.
    """
    rows = book.of(query.activity)
    fitting = [(rank, row) for row in rows if (rank := rank_of(row, query)) is not None]
    fitting.sort(key=lambda one: (one[0], one[1].key))
    best = fitting[0] if fitting else None
    equal = sum(rank == fitting[0][0] for rank, _ in fitting)
    judged = [_fitting(rank, row, best, equal) for rank, row in fitting if best]
    judged += [Considered(row, HELD, (_held(one),)) for one, row in book.held_for(query)]
    waiting = {row.key: (_held(one),) for one in book.held for row in one.factors}
    judged += [
        Considered(row, UNFIT, (*wrong, *waiting.get(row.key, ())))
        for row, wrong in by_nearness(book.known(query.activity), query)
    ]
    return tuple(judged)


def _held(one: Held) -> Misfit:
    return Misfit("held", one.loaded_by, (one.command,))


def _fitting(rank: Rank, row: Factor, best: tuple[Rank, Factor] | None, equal: int) -> Considered:
    if best is None or rank == best[0]:
        return Considered(row, USED if equal == 1 else EQUAL)
    place = next(index for index, worse in enumerate(rank) if worse != best[0][index])
    what = RANKED[min(place, len(RANKED) - 1)]
    return Considered(row, OUTRANKED, (Misfit(what, _named(row, what), (_named(best[1], what),)),))


def _named(factor: Factor, what: str) -> str:
    """Return what a factor has of a thing that ranks it."""
    named = {
        "purpose": factor.purpose,
        "gas": factor.gas or "none",
        "basis": factor.basis or "none",
        "region": factor.region or "anywhere",
        "pack": f"{factor.pack}@{factor.edition}",
    }
    return named.get(what, str(factor.data_year or "none"))


def searches_of(
    book: FactorBook, method: Method, activity: str, purposes: tuple[str, ...] = ()
) -> Mapping[str, Search]:
    """Return the searches of a method that could ask for an activity, by name.

    Args:
        book: the factors.
        method: the method.
        activity: commodity code (a gas for a GWP).
        purposes: only searches for one of these; empty: for any that the activity has factors of.
    """
    there = set(purposes) or {row.purpose for row in book.known(activity)}
    return {
        name: search for name, search in method.searches.items() if there & set(search.purposes)
    }


def plain_searches(
    book: FactorBook, activity: str, purposes: tuple[str, ...] = ()
) -> Mapping[str, Search]:
    """Return the searches that ask without a method: one a purpose, in all packs and regions.

    The latest earlier data year counts where there is none of the year itself.
    """
    wanted = purposes or tuple(sorted({row.purpose for row in book.known(activity)}))
    return {
        purpose: Search((purpose,), (), LEVELS, "latest_earlier", (), OWN, "") for purpose in wanted
    }
