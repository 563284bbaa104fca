"""Figures of a summary, as they are made."""

from collections.abc import Iterable
from decimal import Decimal

from carbonledger.calc.figures import unique
from carbonledger.calc.model import Figure

NINE = 9
"""Decimal places from milligrams to tonnes."""


class Tree:
    """Figures by key; a key stands once.

    Args:
        known: figures of the calculations that the summary rests on.
    """

    def __init__(self, known: Iterable[Figure] = ()) -> None:
        self._figures = {figure.key: figure for figure in known}

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures, in the order they were made."""
        return tuple(self._figures.values())

    def get(self, key: str) -> Figure | None:
        """Return the figure of a key; None when there is none."""
        return self._figures.get(key)

    def put(self, figure: Figure) -> None:
        """Take a figure as it is.

        Raises:
            ValueError: there is one of this key already.
        """
        if figure.key in self._figures:
            raise ValueError(f"there are two figures {figure.key}")
        self._figures[figure.key] = figure

    def add(
        self,
        key: str,
        value: Decimal | None,
        unit: str,
        formula: str,
        inputs: Iterable[str] = (),
        *,
        reason: str = "",
    ) -> Figure:
        """Make a figure; see `Figure`.

        Raises:
            ValueError: there is one of this key already.
        """
        figure = Figure(key, value, unit, formula, unique(inputs), reason)
        self.put(figure)
        return figure
