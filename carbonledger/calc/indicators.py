"""Indicators against the thresholds of a method: met, not met, or why neither can be said."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from carbonledger.calc.figures import NOTHING, Remark, rounded
from carbonledger.calc.measures import MEASURES, Facts, Measure
from carbonledger.calc.model import Figure
from carbonledger.errors import CalculationRefused
from carbonledger.factors.rules import IndicatorRule, Limit, Method

MET, NOT_MET = "met", "not_met"
NOT_APPLICABLE, NO_THRESHOLD, NOT_ASSESSABLE = "not_applicable", "no_threshold", "not_assessable"
MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator of a run.

    Attributes:
        code: stable name.
        name: in English and Chinese.
        value: rounded half even to nine places; None when it cannot be stated.
        unit: unit of the value.
        target: threshold as text, `<= 0.2`; "" when none holds.
        status: `met`, `not_met`, `not_applicable`, `no_threshold`, `not_assessable`.
        reason: why it is not met or cannot be stated, in English and Chinese; "" when there is
            nothing to say.
        kind: `core`, `guiding`, `rule`, `information`.
        clause: where the standard asks for it.
    """

    code: str
    name: dict[str, str]
    value: Decimal | None
    unit: str
    target: str
    status: str
    reason: dict[str, str]
    kind: str
    clause: str


def assess(
    facts: Facts, method: Method, not_applicable: Mapping[str, str]
) -> tuple[tuple[Indicator, ...], tuple[Figure, ...]]:
    """Measure every indicator of the method and compare it with its threshold.

    Args:
        facts: what is known of the boundary.
        method: the rules.
        not_applicable: the park's own reason, by code of the indicator, why one does not apply to
            it (发改环资〔2025〕910号, annex 3, I: such indicators are left out at acceptance).

    Returns:
        The indicators, and a figure `indicator:<code>` for each.

    Raises:
        CalculationRefused: `not_applicable` names an indicator that the method does not have or
            that is a core one, or the method measures what nobody knows.
    """
    rules = {rule.code: rule for rule in facts.rules.indicators}
    for code in not_applicable:
        if code not in rules or rules[code].kind == "core":
            fault = "is a core indicator of" if code in rules else "is no indicator of"
            raise CalculationRefused(f"{code} {fault} {method.key}: it cannot be left out")
    indicators: list[Indicator] = []
    figures: list[Figure] = []
    for code, rule in rules.items():
        if rule.measure not in MEASURES:
            raise CalculationRefused(f"{method.key}: nobody knows how to measure {rule.measure}")
        measure = MEASURES[rule.measure](facts)
        one = _judge(rule, measure, facts, not_applicable.get(code, ""))
        indicators.append(one)
        figures.append(
            Figure(f"indicator:{code}", one.value, rule.unit, measure.formula, measure.inputs,
                   one.reason["en"])
        )  # fmt: skip
    return tuple(indicators), tuple(figures)


def _judge(rule: IndicatorRule, measure: Measure, facts: Facts, excuse: str) -> Indicator:
    target, status, reason = "", NO_THRESHOLD, NOTHING
    if excuse:
        status, reason = NOT_APPLICABLE, Remark(excuse, excuse)
    elif measure.value is None:
        status, reason = NOT_ASSESSABLE, measure.reason
    elif rule.limits:
        target, status, reason = _compare(rule, measure.value, facts)
    parts = [reason, Remark(rule.note["en"], rule.note["zh"])]
    parts += [measure.reason] if measure.value is not None else []
    return Indicator(
        code=rule.code,
        name=dict(rule.name),
        value=None if measure.value is None else rounded(measure.value),
        unit=rule.unit,
        target=target,
        status=status,
        reason={
            "en": " ".join(_sentence(part.en, ".") for part in parts if part.en),
            "zh": "".join(_sentence(part.zh, "。") for part in parts if part.zh),
        },
        kind=rule.kind,
        clause=rule.clause,
    )


def _sentence(text: str, stop: str) -> str:
    return text if text.endswith(stop) else text + stop


def _compare(rule: IndicatorRule, value: Fraction, facts: Facts) -> tuple[str, str, Remark]:
    sized = any(limit.from_tce is not None or limit.below_tce is not None for limit in rule.limits)
    if sized and not _is_year(facts.books.months):
        return "", NOT_ASSESSABLE, Remark(
            "the threshold depends on the energy consumption of a calendar year",
            "限值按自然年能源消费量分档，需要完整自然年的数据",
        )  # fmt: skip
    tce = facts.energy.tce[facts.energy.primary]
    limit = next((one for one in rule.limits if _holds(one, tce)), None)
    if limit is None:
        return "", NO_THRESHOLD, Remark(
            f"no threshold is stated for an energy consumption of {tce:,.2f} tce",
            f"年综合能源消费量 {tce:,.2f} tce 未规定限值",
        )  # fmt: skip
    target = f"{limit.relation} {limit.value}"
    bound = Fraction(limit.value)
    if value <= bound if limit.relation == "<=" else value >= bound:
        return target, MET, NOTHING
    shown = f"{rounded(value, 4)} {rule.unit}"
    return target, NOT_MET, Remark(f"{shown}, not {target}", f"{shown}，未达到 {target}")


def _holds(limit: Limit, tce: Decimal) -> bool:
    above = limit.from_tce is None or tce >= limit.from_tce
    return above and (limit.below_tce is None or tce < limit.below_tce)


def _is_year(months: tuple[str, ...]) -> bool:
    return len(months) == MONTHS_OF_A_YEAR and len({month[:4] for month in months}) == 1
