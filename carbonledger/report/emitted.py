"""What the tables of scope 3 by category and of pollutants show."""

from dataclasses import dataclass

from carbonledger.report.stated import Label, Stated


@dataclass(frozen=True, slots=True)
class Category:
    """A category of scope 3 (Corporate Value Chain (Scope 3) Standard, ch. 5).

    Attributes:
        category: its number, `1` to `15`, and its names.
        status: `calculated`, `partial`, `not_relevant`, `not_assessed`.
        data: kinds of data it rests on: `activity`, `spend`, `supplier`, `hybrid`.
        emission: t CO2 equivalent; without a value where nothing was calculated.
        reason: what it lacks, or why it is not relevant.
    """

    category: Label
    status: str
    data: tuple[str, ...]
    emission: Stated
    reason: Label


@dataclass(frozen=True, slots=True)
class Pollutant:
    """A pollutant that an account gave off to a medium.

    Attributes:
        account: where it came from.
        pollutant: what it is.
        medium: `air`, `water`, or "" where the outside account tells neither.
        quantity: how much.
        equivalents: pollution equivalents (污染当量); without a value where no pack has them.
        factor: key of the factor, "" where there is none.
    """

    account: Label
    pollutant: Label
    medium: str
    quantity: Stated
    equivalents: Stated
    factor: str
