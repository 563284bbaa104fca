"""The column of values that is known by its unit alone: `Gemessener Verbrauch (kWh)`."""

from dataclasses import replace

from carbonledger.errors import ImportRefused, UnitRefused
from carbonledger.ingest.headers import unit_of
from carbonledger.ingest.layout import Layout
from carbonledger.units import find

SUMMED = frozenset(("energy", "power", "volume"))
SAID = "the column {!r} is taken for the values: it alone states a unit of energy, power or volume"


def with_sole(
    layout: Layout, columns: dict[str, tuple[int, ...]]
) -> tuple[Layout, dict[str, tuple[int, ...]]]:
    """Find the one column whose name states the unit of a quantity, where none says value.

    Raises:
        ImportRefused: several columns state one.
    """
    taken = {place for parts in columns.values() for place in parts}
    found = [p for p, name in enumerate(layout.names) if p not in taken and _measures(name)]
    if len(found) > 1:
        listed = ", ".join(layout.names[p] for p in found)
        raise ImportRefused(
            f"{layout.path}: several columns may be the value: {listed}",
            code="columns",
            hint=f'name one in a profile: [columns] value = "{layout.names[found[0]]}"; or, where '
            'each is a meter of its own, map them: [meters] "column" = "meter"',
        )
    if not found:
        return layout, columns
    said = SAID.format(layout.names[found[0]])
    layout = replace(layout, remarks=(*layout.remarks, said))
    return layout, columns | {"value": (found[0],)}


def _measures(name: str) -> bool:
    """Tell whether a name states the unit of something that adds up."""
    try:
        unit = unit_of(name)
        return bool(unit) and find(unit).dimension in SUMMED
    except UnitRefused:
        return False
