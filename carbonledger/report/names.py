"""Names of accounts, commodities, methods and origins, in both languages."""

from collections.abc import Callable
from dataclasses import dataclass

from carbonledger.calc.model import Account, Commodity
from carbonledger.factors.rules import Method
from carbonledger.report.stated import Label, label
from carbonledger.report.words import Words

ENGLISH, CHINESE = Words("en"), Words("zh")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of what a site declared and of what ships.

    Attributes:
        accounts: accounts by code.
        commodities: commodities by code.
    """

    accounts: dict[str, Account]
    commodities: dict[str, Commodity]

    def account(self, code: str) -> Label:
        """Name an account; an unknown code stands for itself."""
        known = self.accounts.get(code)
        return label(code, known.name) if known else Label(code)

    def commodity(self, code: str) -> Label:
        """Name a commodity; an unknown code stands for itself."""
        known = self.commodities.get(code)
        return label(code, known.name) if known else Label(code)

    def origin(self, code: str) -> Label:
        """Name the origin of a burden: `stationary_combustion:natural_gas`, `upstream:steel`."""
        category, _, commodity = code.partition(":")
        what = self.commodity(commodity)
        return both(
            code,
            lambda words: words(
                "with_unit",
                what=what.of(words.lang),
                unit=words.code("category", category).lower(),
            ),
        )


def both(code: str, say: Callable[[Words], str]) -> Label:
    """Label a code with what a function says in each language."""
    return Label(code, say(ENGLISH), say(CHINESE))


def text_of(code: str, key: str) -> Label:
    """Label a code with a text of the catalogue."""
    return both(code, lambda words: words(key))


def method_label(method: Method) -> Label:
    """Name a method: code and edition, and what it is called."""
    return label(method.key, method.name)
