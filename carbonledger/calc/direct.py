"""Scope 1 as a whole: fuels burnt, processes, gases that leak, and what was measured."""

from carbonledger.calc.driven import driven, driven_remarks
from carbonledger.calc.figures import Remark
from carbonledger.calc.fugitive import fugitive, fugitive_remarks
from carbonledger.calc.lookups import Lookups
from carbonledger.calc.model import Books, EmissionLine
from carbonledger.calc.process import process, process_remarks
from carbonledger.calc.scope1 import combustion, measured, remarks
from carbonledger.factors.rules import Scope1


def direct_emissions(books: Books, lookups: Lookups, rules: Scope1) -> list[EmissionLine]:
    """Make every line of direct emissions, and of biogenic CO2 beside them.

    Raises:
        FactorRefused: factors are ambiguous.
    """
    return [
        *combustion(books, lookups, rules),
        *driven(books, lookups, rules),
        *process(books, lookups, rules),
        *fugitive(books, lookups),
        *measured(books, lookups),
    ]


def direct_remarks(
    books: Books, lookups: Lookups, rules: Scope1, lines: list[EmissionLine]
) -> list[Remark]:
    """Say what the direct emissions leave out, and where they may count something twice."""
    return [
        *remarks(books, lookups, lines),
        *driven_remarks(books),
        *process_remarks(books, lookups, rules, lines),
        *fugitive_remarks(books, lookups),
    ]
