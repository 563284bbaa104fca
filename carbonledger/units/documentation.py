"""The page of documentation about units, made from the tables that the program itself reads."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from carbonledger.units.dialect import DIALECTS, Spelling, refused, spellings
from carbonledger.units.registry import Definition, definitions

INTRODUCTION = """\
# Units

<!-- Made by carbonledger.units.page() from the tables in carbonledger/units; do not edit. -->

A unit in a file is a text. CarbonLedger looks it up in a reviewed table of spellings and does
nothing else with it: no parser, no guess by letter case, no prefix that attaches by itself. A
spelling that is not in the table is refused with the nearest known ones; a spelling that means
several things (`ton`, `mt`, `mWh`) is refused with what to write instead. Before the look-up the
text is NFKC-normalised (`m³`, `㎥` and full-width letters are plain ones) and blanks around it are
removed; 40 characters are the limit.

- Within a dimension units convert by an exact fraction: 1 MJ = 5/18 kWh. A quantity is rounded
  once, half to even, to millionths of the canonical unit of its commodity.
- Across dimensions nothing converts by itself. A gas meter booked in kWh, or diesel bought in
  litres and booked in kg, needs a `conversion` on the meter: `conversion = "10.55 kWh/m3"`.
- Canonical units: electricity kWh; heat and steam GJ; gases m3 at 0 °C and 101.325 kPa; solids,
  liquids, wastes and pollutants kg; water m3; products piece or kg; money CNY; certificates MWh.
- `m3` states no reference state and is taken as it is. For a gas metered at 15 °C or 20 °C write
  `m3@15C` or `m3@20C`, else its amount is 5.5 % or 7.3 % too high. The same holds for cubic feet:
  `ft3`, `CCF` and `MCF` are volumes as they are, `ft3@60F`, `CCF@60F` and `MCF@60F` are gas.
- Standard coal (tce, 吨标准煤) is no unit of energy: its equivalent value (当量值, 1 kgce =
  29 307.6 kJ) and its equal value (等价值) differ, so it converts only with a stated basis.
- Mass, CO2, CO2 equivalent, carbon and each other gas are dimensions of their own and never mix.
- Reactive energy (kvarh) and apparent energy (kVAh) are no energy used.

## Numbers

Numbers are read by the decimal and the thousands sign that the source declares (`decimal`,
`thousands` in the profile; `.` and none unless stated). `1,234.5` without a declared thousands
sign, `1.234,5` under a decimal point, groups that are not three digits, `NaN`, `inf`, `1_000`,
hexadecimal digits, two signs, exponents beyond 30 and texts over 40 characters are refused.
"""

DIALECT_TEXT = {
    "plant": "meter exports, invoices and records; used unless a profile says otherwise",
    "factor": "units of factor tables; all of `plant` and the gases of emission factors",
    "us-utility": "bills of U.S. utilities; all of `plant`, and a gallon is the US gallon",
    "e-manifest": "unit letters of the U.S. hazardous-waste manifest, and nothing else",
}


def page() -> str:
    """Return docs/units.md: every unit, every accepted and every refused spelling."""
    parts = [INTRODUCTION, *_dialects(), *_units(), *_notes(), *_refused()]
    return "\n".join(parts).rstrip("\n") + "\n"


def _code(words: Iterable[str]) -> str:
    return " ".join(f"`{word}`" for word in words)


def _dialects() -> Iterator[str]:
    yield "## Dialects\n"
    yield "| dialect | who writes it |\n|---|---|"
    for name in DIALECTS:
        yield f"| `{name}` | {DIALECT_TEXT[name]} |"
    yield ""


def _units() -> Iterator[str]:
    yield "## Units and their spellings\n"
    yield "Spellings that only another dialect than `plant` has are marked with its name.\n"
    for dimension, rows in groupby(definitions().values(), lambda row: row.unit.dimension):
        yield f"### {dimension.replace('_', ' ')}\n"
        yield "| unit | name | size | written as | source |\n|---|---|---|---|---|"
        for row in rows:
            yield _unit(row)
        yield ""


def _unit(row: Definition) -> str:
    base = row.definition.startswith("[")
    size = "base unit" if base else row.definition.replace("_at_", "@").replace("*", "×")
    if row.unit.condition:
        size += f"; at {row.unit.condition}"
    words = [f"`{s.text}`" for s in spellings() if s.symbol == row.unit.symbol and _common(s)]
    words += [
        f"`{s.text}` ({s.dialect})"
        for s in spellings()
        if s.symbol == row.unit.symbol and not _common(s)
    ]
    name = f"{row.name_en}, {row.name_zh}"
    return f"| `{row.unit.symbol}` | {name} | {size} | {' '.join(words)} | {row.source} |"


def _common(spelling: Spelling) -> bool:
    return spelling.dialect == "plant"


def _notes() -> Iterator[str]:
    yield "## What to know of some spellings\n"
    noted: dict[str, list[str]] = {}
    for spelling in spellings():
        if spelling.note:
            noted.setdefault(spelling.note, []).append(spelling.text)
    for note, words in noted.items():
        yield f"- {_code(words)}: {note}."
    yield ""


def _refused() -> Iterator[str]:
    yield "## Refused spellings\n"
    yield "| written | why it is refused | write instead |\n|---|---|---|"
    for (reason, suggestions), rows in groupby(
        refused(), lambda row: (row.reason, row.suggestions)
    ):
        words = list(rows)
        why = "may mean" if words[0].code == "unit-ambiguous" else "is"
        yield f"| {_code(row.text for row in words)} | {why} {reason} | {_code(suggestions)} |"
