"""Goods whose making or use gives off gases by itself, so that a missing factor can be told.

A look-up of process factors finds nothing for most products, which is right; for the goods of this
table (`factors/process_goods.csv`: IPCC 2006, vol. 3) it is a gap.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from carbonledger.errors import FactorRefused
from carbonledger.factors.csv_table import read_table
from carbonledger.resources import folder

COLUMNS = ("name_en", "name_zh", "way", "pack", "source")
MADE, USED = "made", "used"
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class ProcessGood:
    """A good with process emissions.

    Attributes:
        words: its English name, word by word.
        name_zh: its Chinese name.
        way: `made` or `used`: what gives off the gas.
        pack: code of the pack that ships with a factor; "" where none does.
        source: where it is said to have process emissions.
    """

    words: tuple[str, ...]
    name_zh: str
    way: str
    pack: str
    source: str

    @property
    def code(self) -> str:
        """The activity that packs know it by: `soda_ash`."""
        return "_".join(self.words)


@cache
def process_goods() -> tuple[ProcessGood, ...]:
    """Return the table.

    Raises:
        FactorRefused: the installed table is damaged.
    """
    path = folder("factors") / "process_goods.csv"
    rows, faults = read_table(path.name, path.read_bytes(), COLUMNS, ())
    faults += [
        row.fault("way", "is no way") for row in rows if row.cells["way"] not in {MADE, USED}
    ]
    if faults:
        raise FactorRefused(
            f"{path}: the installed table cannot be read",
            hint="Install the program again.",
            problems=faults,
        )
    cells = (row.cells for row in rows)
    return tuple(
        ProcessGood(_words(one["name_en"]), one["name_zh"], one["way"], one["pack"], one["source"])
        for one in cells
    )


def process_good(code: str, names: Mapping[str, str], way: str) -> ProcessGood | None:
    """Find the good that a commodity is a kind of, by the end of its code or of a name.

    `white_clinker`, `clinker-42.5` and 水泥熟料 are clinker; `limestone` is no lime, and neither is
    `lime-mortar`.

    Args:
        code: of the commodity.
        names: in English and Chinese.
        way: `made` or `used`.
    """
    said = [_words(code), _words(names.get("en", ""))]
    for one in process_goods():
        if one.way != way:
            continue
        english = any(words[-len(one.words) :] == one.words for words in said)
        if english or names.get("zh", "").endswith(one.name_zh):
            return one
    return None


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))
