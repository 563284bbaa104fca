"""Whether the commas of a file stand before decimals or between thousands, where it can be known.

1,25 can only be one and a quarter, and 1,234.5 only more than a thousand; 1,234 may be either.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.ingest.columns import mask, truths
from carbonledger.ingest.values import read_values

WAYS = ((",", ""), (",", "."), (".", ","))
NUMBER = r"^\s*[-+]?[0-9][0-9.,]*\s*$"


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs within numbers: before decimals, and between thousands ("" for none)."""

    decimal: str
    thousands: str

    def said(self, text: str) -> str:
        """Say how the numbers are read, and by which of them that is known."""
        what = "before decimals" if self.decimal == "," else "between thousands"
        return f"commas stand {what}, as {text!r} can mean nothing else"


def signs_of(column: pa.StringArray, missing: frozenset[str]) -> tuple[Signs, str] | None:
    """Return the signs by which all numbers of a column can be read, if only one way is possible.

    Args:
        column: texts of a block.
        missing: texts that mean a missing value.

    Returns:
        The signs, and a number that can be read in no other way; None when several ways are
        possible, or none.
    """
    shaped = mask(pc.match_substring_regex(column, NUMBER))
    commas = mask(pc.match_substring(column, ","))
    if not (shaped & commas).any():
        return None
    numbers = column.filter(truths(shaped))
    faults = {way: read_values(numbers, *way, missing).faults for way in WAYS}
    fitting = [way for way in WAYS if not faults[way]]
    if not fitting or len({decimal for decimal, _ in fitting}) > 1:
        return None
    found = fitting[0]
    other = (".", ",") if found[0] == "," else (",", "")
    return Signs(*found), str(numbers[faults[other][0][0]].as_py()).strip()
