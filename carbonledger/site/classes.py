"""The tables `[class."…"]`: how far a meter of an accuracy class may be off, and who says so.

The program ships no limits: they depend on the standard, the load and the transformers before the
meter. Who declares one names where it is stated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from carbonledger.site.fields import Section, percent

CLASS_KEYS = ("tolerance", "source")
LONGEST_CLASS = 20
LONGEST_SOURCE = 200


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit of error of a class, per cent of what a meter counts, and where it is stated."""

    tolerance: Decimal | None
    source: str


class Accuracy(TypedDict):
    """What a meter's table says of its accuracy; see `MeterRevision`."""

    accuracy_class: str
    tolerance: Decimal | None
    tolerance_source: str


def read_classes(document: Section) -> dict[str, Limit]:
    """Return the limits that a file declares, by the name of the class."""
    found = {}
    for section in document.sections("class"):
        section.allow(*CLASS_KEYS)
        section.need(*CLASS_KEYS)
        source = section.text("source", LONGEST_SOURCE)
        found[str(section.path[-1])] = Limit(percent(section), source)
    return found


def accuracy(section: Section, classes: Mapping[str, Limit]) -> Accuracy:
    """Return the class of a meter and its limit: its own, else that of the class.

    Args:
        section: table of the meter.
        classes: from `read_classes`.
    """
    named = section.text("class", LONGEST_CLASS)
    own = percent(section)
    limit = classes.get(named)
    if own is not None or limit is None:
        return Accuracy(accuracy_class=named, tolerance=own, tolerance_source="")
    return Accuracy(accuracy_class=named, tolerance=limit.tolerance, tolerance_source=limit.source)
