"""Names that a report shows: in both languages, with the code they stand for."""

from collections.abc import Mapping
from dataclasses import dataclass


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
