"""Units and numbers: what files write, read exactly or refused.

Nothing here guesses. A spelling means one unit by a reviewed table or is refused with the reason
and what to write; a number is read by declared signs; ratios are exact fractions.
"""

from carbonledger.units.conversion import (
    Conversion,
    canonical_micro_ratio,
    conversion_ratio,
    energy_of_power,
    kgce_of_energy,
    parse_conversion,
)
from carbonledger.units.dialect import DIALECTS, find, is_known, split_ratio
from carbonledger.units.documentation import page
from carbonledger.units.exact import from_micro, parse_number, round_half_even, to_micro
from carbonledger.units.registry import Unit, convert, ratio, unit

__all__ = [
    "DIALECTS",
    "Conversion",
    "Unit",
    "canonical_micro_ratio",
    "conversion_ratio",
    "convert",
    "energy_of_power",
    "find",
    "from_micro",
    "is_known",
    "kgce_of_energy",
    "page",
    "parse_conversion",
    "parse_number",
    "ratio",
    "round_half_even",
    "split_ratio",
    "to_micro",
    "unit",
]
