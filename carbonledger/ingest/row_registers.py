"""Several registers in a row: the total beside those of the tariffs, of feed-in, of reactive power.

Chinese meters print 正向有功总 (drawn, active, total) beside 尖, 峰, 平, 谷 (sharp, peak, flat,
valley) and 反向有功总 (fed in); names after DL/T 645-2007. The total is the meter itself. The
others are meters of their own, named `METER/register`, where the site declares them; the registers
of the tariffs are compared with the total in any case.
"""

import re
from dataclasses import dataclass, replace

from carbonledger.ingest.headers import plain
from carbonledger.ingest.layout import Layout

RATES = "总|尖峰|深谷|高峰|低谷|平段|尖|峰|平|谷"
NAME = re.compile(
    rf"^(?P<way>正向|反向|组合)?(?P<kind>有功|无功)?(?P<rate>{RATES})?"
    r"(?:电能)?(?P<what>示数|表底|止码|读数|表码|电量)?$"
)
PART = "part:"
TOTAL = "总"


@dataclass(frozen=True, slots=True)
class Register:
    """What the name of a column says of a register.

    Attributes:
        label: the name without unit.
        way: 正向 drawn, 反向 fed in, 组合 both, "" when not said.
        reactive: it counts reactive energy.
        rate: tariff, 总 for all of them, "" when not said.
        cumulative: it is a state of the register, no energy of an interval.
    """

    label: str
    way: str
    reactive: bool
    rate: str
    cumulative: bool

    @property
    def total(self) -> bool:
        """Whether it may be the meter itself."""
        return self.way != "反向" and not self.reactive and self.rate in ("", TOTAL)

    @property
    def of_tariff(self) -> bool:
        """Whether it is a part of the total drawn."""
        return self.way in ("", "正向") and not self.reactive and self.rate not in ("", TOTAL)


def register_of(name: str) -> Register | None:
    """Return the register that the name of a column means; None when it means none."""
    text = plain(name)
    hit = NAME.match(text)
    if hit is None or not (hit["way"] or hit["kind"] or hit["rate"]):
        return None
    return Register(text, hit["way"] or "", hit["kind"] == "无功", hit["rate"] or "",
                    hit["what"] != "电量")  # fmt: skip


def is_register(name: str) -> bool:
    """Tell whether the name of a column means a register."""
    return register_of(name) is not None


def with_registers(
    layout: Layout, columns: dict[str, tuple[int, ...]]
) -> tuple[Layout, dict[str, tuple[int, ...]]]:
    """Find the registers of a file's rows.

    Returns:
        The layout, which says what its total is, and the columns: `value` for the total, `part:`
        and the name for each of the others.
    """
    taken = {position for parts in columns.values() for position in parts}
    found = {
        place: register
        for place, name in enumerate(layout.names)
        if place not in taken and (register := register_of(name))
    }
    total = _total(found)
    if total is not None:
        columns = columns | {"value": (total,)}
        kind = "register" if found[total].cumulative else "energy"
        layout = replace(layout, kind=kind)
    for place, register in found.items():
        if place != total:
            columns = columns | {f"{PART}{register.label}": (place,)}
    return layout, columns


def _total(found: dict[int, Register]) -> int | None:
    """Return the position of the total drawn: 正向有功总 before 有功总 before 组合有功总."""
    order = {"正向": 0, "": 1, "组合": 2}
    totals = [place for place, register in found.items() if register.total]
    return min(totals, key=lambda place: (order[found[place].way], place), default=None)
