"""How a page writes figures: value, unit, key, anchor and the exact number behind the print."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import quote

from markupsafe import Markup

from carbonledger.report.format import exact_places, grouped, places_for, plain
from carbonledger.report.stated import Stated
from carbonledger.report.words import Words

NOTHING = "–"
SPACE = "\u00a0"


@dataclass(frozen=True, slots=True)
class Page:
    """A page while it is written.

    Attributes:
        words: its language.
        anchors: keys that have their anchor already; an id must stand once only.
    """

    words: Words
    anchors: set[str] = field(default_factory=set)

    def value(
        self,
        figure: Stated,
        places: int | None = None,
        unit: str | None = None,
        *,
        share: bool = False,
        absent: str = NOTHING,
    ) -> Markup:
        """Write a figure: rounded number, unit; the exact number and its key as tool tip.

        Args:
            figure: what to write; without a value it is a dash with the reason as tool tip.
            places: decimals; by default those that suit the unit.
            unit: unit to print instead of the figure's own; "" prints none.
            share: write as per cent.
            absent: what stands where there is no value.
        """
        text = absent if figure.value is None else self.number(figure, places, share=share)
        written = "" if share or figure.value is None else self._unit(figure, unit)
        return Markup('<span class="v"{}title="{}">{}{}</span>').format(
            self._anchor(figure.key), self._behind(figure), text, written
        )

    def text(self, figure: Stated, *, share: bool = False) -> str:
        """Write a figure with its unit for use within a sentence."""
        number = self.number(figure, share=share)
        if share or figure.value is None or not figure.unit:
            return number
        return f"{number}{SPACE}{self.words.unit(figure.unit)}"

    def number(self, figure: Stated, places: int | None = None, *, share: bool = False) -> str:
        """Write the number of a figure without unit; a dash where it has none."""
        if figure.value is None:
            return NOTHING
        if share:
            return self.percent(figure.value)
        if places is None:
            places = places_for([figure.value], figure.unit)
        return grouped(figure.value, places)

    def percent(self, value: Decimal, places: int = 1) -> str:
        """Write a share of 1 as per cent."""
        gap = "" if self.words.lang == "zh" else SPACE
        return f"{grouped(value * 100, places)}{gap}%"

    def part(self, figure: Stated, whole: Stated) -> str:
        """Write what part of a whole a figure is, as per cent; a dash where that means nothing."""
        if figure.value is None or not whole.value:
            return NOTHING
        return self.percent(figure.value / whole.value)

    def complete(self, due: int, missing: int) -> str:
        """Write the share of values that are there; never 100 % while one is missing."""
        if not due:
            return NOTHING
        share = Decimal(due - missing) / due
        if missing:
            share = min(share, Decimal("0.9999"))
        return self.percent(share, 2)

    def key(self, figure: Stated) -> Markup:
        """Write the key of a figure, discreetly, as a link to where the figure stands."""
        return Markup('<a class="key" href="#{}">{}</a>').format(
            quote(figure.key, safe=":/@"), figure.key
        )

    def places(self, figures: Iterable[Stated]) -> int:
        """Choose the decimals of a column of figures in one unit."""
        column = list(figures)
        unit = column[0].unit if column else ""
        return places_for([one.value for one in column], unit)

    def exact(self, figures: Iterable[Stated]) -> int:
        """Count the decimals at which no digit of a column is lost."""
        return exact_places(one.value for one in figures)

    def _unit(self, figure: Stated, unit: str | None) -> Markup:
        printed = self.words.unit(figure.unit if unit is None else unit)
        if not printed:
            return Markup("")
        if printed == "%" and self.words.lang == "zh":
            return Markup("%")
        return Markup('{}<span class="u">{}</span>').format(SPACE, printed)

    def _anchor(self, key: str) -> Markup:
        if key in self.anchors:
            return Markup(" ")
        self.anchors.add(key)
        return Markup(' id="{}" ').format(key)

    def _behind(self, figure: Stated) -> str:
        exact = "" if figure.value is None else f"{plain(figure.value)} {figure.unit}".strip()
        parts = (figure.key, exact, figure.formula, figure.reason.of(self.words.lang))
        return " · ".join(part for part in parts if part)
