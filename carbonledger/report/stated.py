"""What every section of a report is made of: names in both languages, figures with their key."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from carbonledger.calc.model import Figure


@dataclass(frozen=True, slots=True)
class Label:
    """What something is called.

    Attributes:
        code: account, commodity, indicator … code; what is shown where there is no name.
        en: English name; "" when none was given.
        zh: Chinese name; "" when none was given.
    """

    code: str
    en: str = ""
    zh: str = ""

    def of(self, lang: str) -> str:
        """Return the name in a language, else in the other one, else the code."""
        names = (self.zh, self.en) if lang == "zh" else (self.en, self.zh)
        return next(filter(None, names), self.code)


def label(code: str, names: Mapping[str, str]) -> Label:
    """Label a code with the names of an account or a commodity, `{"en": …, "zh": …}`."""
    return Label(code, names.get("en", ""), names.get("zh", ""))


def phrase(en: str, zh: str = "") -> Label:
    """Label a sentence that stands for nothing but itself."""
    return Label("", en, zh)


NOTHING = phrase("")


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure as a report states it.

    Attributes:
        key: what `explain` is asked for, `inventory.scope-1`; no number of a run or a batch.
        value: exact decimal; None when it cannot be stated (`reason` says why).
        unit: unit of the value, "" for a share or a ratio.
        formula: how it came about, in the notation of the method.
        reason: why there is no value, or what must be said with it.
    """

    key: str
    value: Decimal | None
    unit: str
    formula: str = ""
    reason: Label = NOTHING


def stated(figure: Figure, area: str, reason: Label = NOTHING) -> Stated:
    """State a figure of a calculation.

    Args:
        figure: the figure.
        area: calculation it belongs to, `inventory`; stands in front of its key, before a dot.
        reason: what must be said with it, in both languages; by default what the figure says.
    """
    said = reason if reason.of("en") else phrase(figure.reason)
    return Stated(f"{area}.{figure.key}", figure.value, figure.unit, figure.formula, said)
