"""Of a line of a stored run: the grade of its activity data, and the pedigree of its factor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.model import Figure
from carbonledger.calc.quality.grades import Grades
from carbonledger.calc.quality.pedigrees import Use, applied, scored
from carbonledger.factors.pedigree import shipped_matrix
from carbonledger.ledger.state import read_state
from carbonledger.ledger.sums import read_books
from carbonledger.run.graded import not_measured_in
from carbonledger.run.question import read_factors

Row = Mapping[Any, Any]


@dataclass
class LineQuality:
    """Tells how good the data of lines are; what one call learnt the next one need not ask again.

    Attributes:
        connection: connection to the ledger.
        as_of: last batch that the run takes into account.
        figures: of the run, by key.
    """

    connection: sa.Connection
    as_of: int
    figures: Mapping[str, Figure]
    _months: dict[str, Grades] = field(default_factory=dict)

    @cached_property
    def _state(self) -> Any:
        return read_state(self.connection, self.as_of)

    def grades(self, row: Row, inputs: tuple[str, ...]) -> dict[str, object]:
        """Return the share of a line's activity by grade; see `calc.quality.grades`."""
        return self._grades(row["month"]).shares(row["commodity"], inputs)

    def pedigree(self, row: Row) -> dict[str, Any] | None:
        """Return the pedigree of the factor that a line was multiplied by, as it was used there.

        None where the factor is of no pack.
        """
        found = self._factors.get(row["factor"])
        if found is None:
            return None
        place = self._state.accounts.get(row["account"])
        use = Use(place.region if place else "", int(row["month"][:4]))
        made = applied(found, (use,))
        return {"scores": str(made), **scored(found, made, shipped_matrix())}

    @cached_property
    def _factors(self) -> dict[str, Any]:
        return {one.key: one for one in read_factors(self.connection, self.as_of)}

    def _grades(self, month: str) -> Grades:
        if month not in self._months:
            self._months[month] = self._read(month)
        return self._months[month]

    def _read(self, month: str) -> Grades:
        months = (month,)
        books = read_books(self.connection, self._state, "", months, self.as_of)
        others = not_measured_in(self.connection, self._state, months, self.as_of)
        return Grades(self.figures.values(), books, others)
