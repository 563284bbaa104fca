"""Whether the emissions of the base year are to be recalculated, trigger by trigger.

GHG Protocol Corporate Standard, ch. 5: structural changes, changes of method and factors and the
discovery of errors are triggers, where they change the base year significantly, by themselves or
taken together. Organic growth and decline never are; nor is outsourcing or insourcing of what is
reported in scope 3 anyway.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from carbonledger.calc.figures import Remark, tonnes
from carbonledger.calc.measures import MG_PER_T
from carbonledger.calc.model import BaseYear, Structure, iso_day, within
from carbonledger.calc.restated import TOTALS, Change, Masses, percent

RECALCULATE, BELOW, NEVER, NOTHING = "recalculate", "below_threshold", "never", "no_change"
ERROR, OTHER, CUMULATIVE = "activity", "structure", "cumulative"
ORGANIC = "organic_growth"
SOURCING = ("insourcing", "outsourcing")
OUT = ("divestment", "outsourcing")


class Trigger(NamedTuple):
    """What changes the base year, and whether it makes a recalculation due.

    Attributes:
        trigger: a cause of `calc.restated`, the name of a structural change, or `cumulative`.
        kind: of a structural change; else "".
        account, day: of a structural change; else "" and 0.
        change_mg: milligrams by which the base year would change.
        basis: `books`: computed from what is posted; `stated`: the site file states it.
        verdict: `recalculate`, `below_threshold`, `never`, `no_change`.
    """

    trigger: str
    kind: str
    account: str
    day: int
    change_mg: int
    basis: str
    verdict: str


class Assessment(NamedTuple):
    """The base year as filed, what would change it, and what follows.

    Attributes:
        filed_mg: the total as it was filed.
        now_mg: the total with everything that may change it.
        triggers: all triggers; the last one is what they change together.
        remarks: what must be said with it.
    """

    filed_mg: int
    now_mg: int
    triggers: tuple[Trigger, ...]
    remarks: tuple[Remark, ...]

    @property
    def due(self) -> bool:
        """Tell whether the base year is to be recalculated."""
        return any(one.verdict == RECALCULATE for one in self.triggers)


def assess(base: BaseYear, before: Masses, made: Sequence[Change]) -> Assessment:
    """Judge every trigger against the threshold.

    Args:
        base: base year, threshold, structural changes.
        before: the base year as filed.
        made: what changes it, by cause; with structure as of today.
    """
    scopes = TOTALS[base.total]
    old = {cell: mass for cell, mass in before.items() if cell.scope in scopes}
    filed = sum(old.values())
    left = [one for one in made if one.cell.scope in scopes]
    found: list[Trigger] = []
    remarks: list[Remark] = []
    for event in base.structures:
        ours = [one for one in left if _of(event, one, old)]
        left = [one for one in left if one not in ours]
        step, basis = sum(one.change_mg for one in ours), "books"
        if event.emissions_t is not None and not ours and not _known(event, old):
            step, basis = stated_mg(event), "stated"
        remarks += _remarks(event, step)
        found.append(
            Trigger(event.code, event.kind, event.account, event.day, step, basis,
                    _verdict(step, filed, base.threshold, never=_never(event)))
        )  # fmt: skip
    for cause in dict.fromkeys(one.cause for one in left):
        step = sum(one.change_mg for one in left if one.cause == cause)
        verdict = _verdict(step, filed, base.threshold)
        found.append(Trigger(cause, "", "", 0, step, "books", verdict))
    together = sum(one.change_mg for one in found if one.verdict != NEVER)
    verdict = _verdict(together, filed, base.threshold)
    found.append(Trigger(CUMULATIVE, "", "", 0, together, "books", verdict))
    return Assessment(filed, filed + together, tuple(found), tuple(remarks))


def _of(event: Structure, one: Change, old: Masses) -> bool:
    """Tell whether a change belongs to a structural change.

    What a place changes that the base year did not hold at all is the structural change, whatever
    the step that brought it; of a place that it held, structure alone.
    """
    ours = within(one.cell.account, event.account)
    return ours and (one.cause == OTHER or not _known(event, old))


def _known(event: Structure, old: Masses) -> bool:
    return any(mass and within(cell.account, event.account) for cell, mass in old.items())


def stated_mg(event: Structure) -> int:
    """Return the milligrams a structural change brings in, or takes out (< 0), as stated."""
    mass = int(Fraction(event.emissions_t or 0) * MG_PER_T)
    return -mass if event.kind in OUT else mass


def _never(event: Structure) -> bool:
    return event.kind == ORGANIC or (event.kind in SOURCING and event.reported_in_scope_3)


def _verdict(step: int, filed: int, threshold: Decimal, *, never: bool = False) -> str:
    if never:
        return NEVER
    if not step:
        return NOTHING
    reached = abs(step) * 100 >= Fraction(threshold) * abs(filed)
    return RECALCULATE if reached else BELOW


def _remarks(event: Structure, step: int) -> Iterable[Remark]:
    if not step and event.kind != ORGANIC:
        yield Remark(
            f"{event.code} changes nothing of the base year: declare what the company holds of "
            f"{event.account} before and after, and post its entries of the base year, or state "
            "emissions_t; a place that did not exist in the base year changes none",
            f"{event.code} 未改变基准年：请申报公司在变更前后对 {event.account} 的持有情况并录入其"
            "基准年数据，或填写 emissions_t；基准年尚不存在的单位不影响基准年",
        )


def trigger_answer(one: Trigger, filed_mg: int) -> dict[str, object]:
    """Write a trigger as programs read it."""
    return {
        "trigger": one.trigger,
        "kind": one.kind,
        "account": one.account,
        "date": iso_day(one.day) if one.day else "",
        "change_t": tonnes(one.change_mg),
        "percent": percent(one.change_mg, filed_mg),
        "basis": one.basis,
        "verdict": one.verdict,
    }
