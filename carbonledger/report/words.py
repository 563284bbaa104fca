"""Words of a report in its language: catalogue texts, unit signs, months, names of codes."""

from dataclasses import dataclass

from carbonledger.factors.scope3 import CATEGORIES, name_of
from carbonledger.text import known, t

NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language, `en` or `zh`."""

    lang: str

    def __call__(self, key: str, **values: object) -> str:
        """Return the report's text of that key.

        Raises:
            KeyError: there is no such text.
        """
        return t(f"report.{key}", self.lang, **values)

    def code(self, area: str, code: str) -> str:
        """Name a code of the program (a scope, a treatment); an unknown one stands for itself."""
        head, _, detail = code.partition(":")
        key = f"report.{area}.{head}"
        name = t(key, self.lang) if known(key) else head.replace("_", " ")
        return f"{name}: {detail}" if detail else name

    def category(self, category: str) -> str:
        """Name a category of lines; those of scope 3 with their number: `3.5 Waste generated …`."""
        number, _, _ = category.removeprefix("3.").partition("_")
        if number in CATEGORIES and category == name_of(number):
            _, english, chinese = CATEGORIES[number]
            return f"3.{number}{NO_BREAK}{chinese if self.lang == 'zh' else english}"
        return self.code("category", category)

    def basis(self, basis: str) -> str:
        """Say how a line came about: `residual; fallback:data year 2023 for 2024`."""
        return self("joined").join(self._basis(part) for part in basis.split("; "))

    def _basis(self, part: str) -> str:
        head, _, detail = part.partition(":")
        name = self.code("line_basis", head)
        if not detail:
            return name
        said = self("joined").join(self._fallback(one) for one in detail.split(", "))
        return self("because", what=name, reason=said)

    def _fallback(self, detail: str) -> str:
        for kind in ("data year", "region"):
            taken, found, wanted = detail.removeprefix(f"{kind} ").partition(" for ")
            if found and detail.startswith(kind):
                return self(f"fallback.{kind.replace(' ', '_')}", taken=taken, wanted=wanted)
        return detail

    def unit(self, unit: str) -> str:
        """Write a unit as it is printed: `m³`, `kg CO₂e/kg`; an unknown one stands for itself."""
        return "/".join(self._single(part) for part in unit.split("/"))

    def with_unit(self, what: str, unit: str) -> str:
        """Write a heading with its unit: `Heat, GJ`, `热力（GJ）`."""
        return self("with_unit", what=what, unit=self.unit(unit))

    def month(self, month: str) -> str:
        """Name the month of `2024-03` alone: `Mar`, `3月`."""
        return self(f"month.{int(month[5:])}")

    def month_and_year(self, month: str) -> str:
        """Name a month with its year: `Mar 2024`, `2024年3月`."""
        return self("month.with_year", month=self.month(month), year=month[:4])

    def _single(self, unit: str) -> str:
        key = f"report.unit.{unit}"
        # A unit never breaks over two lines.
        return t(key, self.lang).replace(" ", NO_BREAK) if known(key) else unit
