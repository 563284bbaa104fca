"""Which larger regions a region belongs to, so that a look-up knows where to go next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from carbonledger.errors import FactorRefused
from carbonledger.factors.csv_table import read_table
from carbonledger.resources import folder

COLUMNS = ("code", "name_en", "name_zh", "grid_region", "nation", "note")


@dataclass(frozen=True, slots=True)
class Region:
    """A province or another part of a nation.

    Attributes:
        code: ISO 3166-2 code, `CN-LN`.
        grid_region: code of the grid region it belongs to, `CN-NORTHEAST`; "" when not stated.
        nation: ISO 3166-1 code, `CN`.
        name: display names by language.
    """

    code: str
    grid_region: str
    nation: str
    name: dict[str, str]


@cache
def shipped_regions() -> Mapping[str, Region]:
    """Return the regions that travel with the program (`factors/regions.csv`), by code.

    Raises:
        FactorRefused: the installed table is damaged.
    """
    path = folder("factors") / "regions.csv"
    rows, faults = read_table(path.name, path.read_bytes(), COLUMNS, ())
    if faults:
        raise FactorRefused(
            f"{path}: the installed table cannot be read",
            hint="Install the program again.",
            problems=faults,
        )
    regions = {}
    for row in rows:
        cells = row.cells
        name = {"en": cells["name_en"], "zh": cells["name_zh"]}
        regions[cells["code"]] = Region(cells["code"], cells["grid_region"], cells["nation"], name)
    return MappingProxyType(regions)


def chain(region: str, levels: Iterable[str], known: Mapping[str, Region]) -> tuple[str, ...]:
    """List the region codes to try for a place, in the order of the levels.

    A region that the table does not know is taken at its word: `DE-BY` lies in `DE`, in no grid
    region. A level that says nothing new is left out, so the chain of `CN` is `CN` alone.

    Args:
        region: ISO 3166 code of the place; "" when it is not known.
        levels: `province`, `grid`, `nation`, `any`.
        known: the table of regions.
    """
    entry = known.get(region)
    nation = entry.nation if entry else region.partition("-")[0]
    by_level = {
        "province": region if region != nation else "",
        "grid": entry.grid_region if entry else "",
        "nation": nation,
    }
    codes: list[str] = []
    for level in levels:
        code = by_level.get(level, "")
        if level == "any" or (code and code not in codes):
            codes.append(code)
    return tuple(codes)
