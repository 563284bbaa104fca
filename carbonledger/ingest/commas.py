"""Whether the commas of a file stand before decimals or between thousands, where it can be known.

1,25 can only be one and a quarter, and 1,234.5 only more than a thousand; 1,234 may be either.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.ingest.columns import mask, truths
from carbonledger.ingest.values import read_values

BLANKS = (" ", "\u00a0", "\u202f", "'")
WAYS = (
    (",", ""), (",", "."), (".", ","),
    *((decimal, blank) for decimal in (",", ".") for blank in BLANKS),
)  # fmt: skip
NUMBER = r"^\s*[-+]?[0-9][0-9.,' \x{a0}\x{202f}]*\s*$"
SIGNS = r"[,' \x{a0}\x{202f}]"


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs within numbers: before decimals, and between thousands ("" for none)."""

    decimal: str
    thousands: str

    def said(self, text: str) -> str:
        """Say how the numbers are read, and by which of them that is known."""
        if self.thousands in BLANKS:
            signs = (
                f"blanks or apostrophes stand between thousands, {self.decimal!r} before decimals"
            )
            return f"{signs}, as {text!r} can mean nothing else"
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
    commas = mask(pc.match_substring_regex(pc.utf8_trim_whitespace(column), SIGNS))
    if not (shaped & commas).any():
        return None
    numbers = column.filter(truths(shaped))
    faults = {way: read_values(numbers, *way, missing).faults for way in WAYS}
    # Without a comma nobody needs to ask whether it stands before decimals.
    comma = bool(pc.any(pc.match_substring(numbers, ",")).as_py())
    fitting = [way for way in WAYS if not faults[way] and (comma or way[0] == ".")]
    if not fitting or len({decimal for decimal, _ in fitting}) > 1:
        return None
    found = fitting[0]
    plain = (".", ",") if found[0] == "," else (",", "")
    told = faults[plain] or faults[",", ""]
    return Signs(*found), str(numbers[told[0][0]].as_py()).strip()
