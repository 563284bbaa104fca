"""What a row that holds a day says twice: its own total, and a day that another row holds too."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from carbonledger.ingest.columns import mask
from carbonledger.ingest.dayrows import DAY, Days, Fault
from carbonledger.ingest.values import Values

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Name = Callable[[int], str]


@dataclass(slots=True)
class Totals:
    """Compares the totals that rows state with the sums of their cells.

    Attributes:
        name: gives the code of a meter.
        column: name of the column of totals.
        wrong: by meter, how many rows differ, and the first of them.
        compared: rows whose total was compared.
    """

    name: Name
    column: str
    wrong: dict[str, tuple[int, str]] = field(default_factory=dict)
    compared: int = 0

    def take(self, days: Days, values: Values, totals: Values) -> None:
        """Compare the rows of a block; a total may be rounded to the decimals it is printed with.

        Args:
            days: the rows.
            values: their cells, row by row.
            totals: what each row states.
        """
        sums = values.ints.reshape(len(days), -1).astype(object).sum(axis=1)
        for place, text in enumerate(totals.texts.to_pylist()):
            if text is None:
                continue
            self.compared += 1
            stated, found = Decimal(text), Decimal(int(sums[place])).scaleb(-values.decimals)
            half = Decimal(5).scaleb(int(stated.as_tuple().exponent) - 1)
            if abs(stated - found) > half:
                line = int(days.line[place])
                said = f"line {line} states {stated}, its values sum to {plain(found)}"
                code = self.name(int(days.meter[place]))
                count, first = self.wrong.get(code, (0, said))
                self.wrong[code] = (count + 1, first)

    def remarks(self) -> list[str]:
        """Say of each meter whose totals differ from the sums."""
        return [
            f"meter {code}: {count} rows state another {self.column!r} than the sum of their "
            f"values: {first}"
            for code, (count, first) in self.wrong.items()
        ]


def plain(number: Decimal) -> str:
    """Return a number without exponent and without zeros behind its decimals."""
    return format(number.normalize(), "f")


def contradicting(days: Days, values: Values, name: Name, column: str, fault: Fault) -> Mask:
    """Tell which days two rows hold with different values, and note a fault for each such row.

    Rows with the same values are left alone: their readings are counted as doubles later.
    """
    odd = np.zeros(len(days), np.bool_)
    order = np.lexsort((days.midnight, days.meter))
    meter, midnight = days.meter[order], days.midnight[order]
    same = (meter[1:] == meter[:-1]) & (midnight[1:] == midnight[:-1])
    if not same.any():
        return odd
    cells = values.ints.reshape(len(days), -1)
    there = mask(values.texts.is_valid()).reshape(len(days), -1)
    first = np.concatenate([[0], np.flatnonzero(~same) + 1])
    for group in map(np.sort, np.split(order, first[1:])):
        differ = (cells[group] != cells[group[0]]).any() or (there[group] != there[group[0]]).any()
        if len(group) == 1 or not differ:
            continue
        sums = cells[group].astype(object).sum(axis=1)
        said = " and ".join(
            f"{plain(Decimal(int(total)).scaleb(-values.decimals))} (line {line})"
            for total, line in zip(sums, days.line[group].tolist(), strict=True)
        )
        day = np.datetime64(int(days.midnight[group[0]]) // DAY, "D")
        reason = (
            f"meter {name(int(days.meter[group[0]]))} has several rows with different values for "
            f"{day}: in sum {said}"
        )
        for place in group.tolist():
            fault(int(days.row[place]), column, str(day), reason)
        odd[group] = True
    return odd
