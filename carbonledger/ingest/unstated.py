"""Values without a unit: taken in that of their meter, unless the file is of something else."""

import re
from collections.abc import Iterator
from dataclasses import replace

from carbonledger.errors import ImportRefused
from carbonledger.ingest.headers import PRICES, folded, kind_of, role_of
from carbonledger.ingest.layout import Layout

# How a file is called or titled that holds no quantities: intensities, factors, prices.
OTHERS = re.compile(
    r"intensit(?:y|ies|ät)|emission[ _-]?(?:factor|rate)|emissionsfaktor|"
    r"(?<![a-z])prices?(?![a-z])|preise?(?![a-z])|(?<![a-z])prix(?![a-z])|碳强度|排放强度|排放因子|电价|气价",
    re.IGNORECASE,
)


def without_unit(layout: Layout, name: str) -> Layout:
    """Tell that a column is taken in the unit of its meter, where only the profile says it is one.

    Raises:
        ImportRefused: the name or the title of the file says that its values are no quantities.
    """
    refuse_other(layout, name)
    if "value" not in layout.profile.columns or role_of(name) == "value" or kind_of(name):
        return layout
    said = f"the column {name!r} states no unit; its values are taken in the unit of their meter"
    return replace(layout, remarks=(*layout.remarks, said))


def refuse_other(layout: Layout, name: str) -> None:
    """Refuse a column without a unit in a file that is of intensities or prices.

    Raises:
        ImportRefused: its name or a title says so, and the column does not say that it is energy.
    """
    if kind_of(name):
        return
    found = next((hit for text in _texts(layout) for hit in _hits(text)), None)
    if found:
        raise ImportRefused(
            f"{layout.path}: the column {name!r} states no unit, and the file speaks of "
            f"{found!r}: that is no quantity",
            code="no-quantity",
            hint='name the column of a quantity; where this is one, state its unit: unit = "kWh"',
        )


def _texts(layout: Layout) -> Iterator[str]:
    yield folded(layout.path.name)
    yield from (folded(line) for line in (layout.head.before if layout.head else ()))


def _hits(text: str) -> Iterator[str]:
    for words in (OTHERS, PRICES):
        if hit := words.search(text):
            yield hit[0]
