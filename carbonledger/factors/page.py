"""Writes docs/factors.md: what ships, what a row says, how to write a pack of one's own.

    python -m carbonledger.factors.page docs/factors.md

A test compares the page with what this module makes of the packs.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from carbonledger.factors.commodities import (
    commodity_notes,
    shipped_commodities,
    shipped_outside_accounts,
)
from carbonledger.factors.model import Pack
from carbonledger.factors.plausible import BAND, EXEMPT
from carbonledger.factors.shipping import shipped, shipped_pack
from carbonledger.factors.vocabulary import (
    ACTIVITY_COLUMNS,
    COLUMNS,
    CONFIDENCES,
    KEYS,
    POSTED,
    PURPOSES,
    Term,
)

INTRODUCTION = """\
# Factors

Written by `python -m carbonledger.factors.page docs/factors.md`; do not edit.

A factor says what a unit of activity emits, weighs or is worth in standard coal. Factors come in
packs: one published set of numbers, copied digit by digit, immutable once loaded. Changed numbers
are a new edition, so an old report keeps its numbers. A factor is named `pack@edition/code`, for
example `cn-grid@2023/CN-LN`.

A factor may be used for its own purpose only. The same kWh counts 0.8325 kg CO2 under the rules
of zero-carbon parks, the provincial average in the inventory of an organisation and 0.5777 kg
CO2e in a product footprint: which one, the method decides, never "the latest". Where no factor
fits, the answer is an error that says what was looked for; it is never zero and never the
neighbour's.
"""

ASKING = """\
Packs that say `init` are in every ledger. Those that say `asked` are put into one by their name,
and only then do methods find them:

```
carbonledger factors load uk-desnz@2025
```

`carbonledger factors list` says which of them are not in the ledger.

The large ones are made of the published tables by scripts in `tools/` (`pack_uk_desnz.py`, for
instance): every row names the sheet, row or line it was read in, the note the SHA-256 of the file,
and the same file gives the same bytes.
"""

OWN_PACK = """\
## A pack of your own

A pack is a folder with `pack.toml` and one or more CSV tables in UTF-8. A complete one:

`sea-breeze-2025/pack.toml`

```toml
code = "sea-breeze"
edition = "2025"
publisher = "Sea Breeze Heat Ltd"
title = "Emission factor of district heat 2025, verified"
document = "verification statement 25-117"
licence = "given to its customers"
published_on = "2026-02-03"
confidence = "primary"
```

`sea-breeze-2025/factors.csv`

```
code,activity,region,valid_from,valid_to,data_year,purpose,gas,value,unit,page,confidence
heat,heat,CN-LN,2025-01-01,2025-12-31,2025,heat_supply,co2,0.0731,tCO2/GJ,p. 2,primary
```

A pack of your own takes two people. One loads the folder; the pack is then held: it is listed, and
no calculation uses it. Another compares it with the printed source and publishes it. Who loaded it
cannot publish it; capitals and blanks make no other name:

```
carbonledger --actor anna factors load sea-breeze-2025
carbonledger --actor berta factors publish sea-breeze@2025 --reason "compared with page 2"
```

`carbonledger status` and `factors list` say what waits; a miss that a held factor would mend names
it, with the command; `factors search` shows it as passed over. The publication is a batch of its
own in the log: `--as-of` a batch before it, the pack does not count, so runs of then come out as
they did. It is not taken back: publish a corrected edition. `pack_view`, `factor_view` and
`carbonledger audit ask packs` say who loaded and who published each pack.

Packs that ship need no publication: the project published them. That is so for `init`, for
`factors load CODE@EDITION`, and for a folder with the very bytes of the pack that ships. Another
folder under the name of a pack that ships is refused. What a site file states of its fuels,
averages and uncertainties counts when it is applied, and its codes (`site`, `site-properties`,
`site-uncertainty`) are no names for a pack. Packs in a ledger from before publications count.

Alone with a ledger? The rule stands; there is no switch to turn it off. `--actor` is what the log
says and no login, so name the person who did compare the figures, a colleague or a verifier.
`restate preview --corrections FOLDER` shows what a pack would change before it is published.

Rules the reader checks, all faults at once and each with file, line and column:

- Values are copied as printed, zeros included: `0.7120`, not `0.712`. No thousands separator, no
  exponent, no percentage sign.
- A number without a source is not loaded: `page` and `confidence` are required in every row.
- A missing factor is left out. `0` needs a note that says by which rule it is zero.
- The unit is one the books know, above the line what the purpose is a number of, below the line
  what the commodity is counted in (`tCO2/t` for coal, `tCO2/万Nm3` for gas, `kgCO2/kWh` for
  electricity). CO2 and its equivalent are different things: the column gas must agree.
- A pedigree (`pedigree = "(2,1,-,-,1,BU:1.05)"` in pack.toml, or a column of that name) is
  written so and no other way, and `pedigree_by` says who scored it:
  [data quality](calculation/data-quality.md).
- The activity is a shipped commodity, one that the site declares, or one of `activities.csv` beside
  the tables.
- Where a pack has a CO2 equivalent and the shares of all its gases, they add up but for rounding.
- No two rows may answer the same question (activity, region, purpose, gas, basis, technology,
  data year) on the same day.
"""


def pack_page(packs: Iterable[Pack] | None = None) -> str:
    """Write the page of the packs.

    Args:
        packs: the packs to list; the shipped ones when not given.

    Returns:
        The page in Markdown.
    """
    chosen = tuple(map(shipped_pack, shipped())) if packs is None else tuple(packs)
    exempt = "; ".join(f"`{code}` {reason}" for code, reason in EXEMPT.items())
    parts = [
        INTRODUCTION,
        "## Packs that ship\n",
        ASKING,
        _table(("pack", "edition", "publisher", "document", "confidence", "rows", "posted"),
               (_summary(pack) for pack in chosen)),
        *map(_section, chosen),
        "## What a row says\n",
        _terms(COLUMNS),
        "A pack may declare activities of its own in `activities.csv`:\n",
        _terms(ACTIVITY_COLUMNS),
        "## Purposes\n",
        _table(("purpose", "meaning"), ((f"`{k}`", p.meaning) for k, p in PURPOSES.items())),
        "## Confidence\n",
        _table(("word", "meaning"), ((f"`{k}`", text) for k, text in CONFIDENCES.items())),
        "## What pack.toml says\n",
        _terms(KEYS),
        "## Commodities and accounts that ship\n",
        "A site need not declare these; what else it needs, it declares in its site file.\n",
        _commodities(),
        _accounts(),
        OWN_PACK
        + f"- Fuels emit {BAND[0]}-{BAND[1]} kg CO2 per GJ of net calorific value, judged where "
        + f"the pack gives that too. Exempt: {exempt}.\n",
    ]  # fmt: skip
    return "\n".join(parts)


def _summary(pack: Pack) -> tuple[str, ...]:
    rows = str(len(pack.factors))
    return (f"`{pack.code}`", pack.edition, pack.publisher, pack.document, pack.confidence, rows,
            pack.posted)  # fmt: skip


def _section(pack: Pack) -> str:
    purposes = Counter(factor.purpose for factor in pack.factors)
    sure = Counter(factor.confidence for factor in pack.factors)
    facts = [
        ("Title", " / ".join(filter(None, (pack.title, pack.title_zh)))),
        ("Publisher", pack.publisher),
        ("Document", pack.document),
        ("Published", pack.published_on or "day not known"),
        ("Right to use", pack.licence),
        ("Posted", POSTED[pack.posted]),
        ("Rows", _counts(purposes)),
        ("Confidence", _counts(sure)),
    ]
    lines = [f"### {pack.code}@{pack.edition}\n", *(f"- {name}: {text}" for name, text in facts)]
    return "\n".join([*lines, f"\n{pack.note}\n" if pack.note else ""])


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{number} {word}" for word, number in sorted(counter.items()))


def _commodities() -> str:
    notes = commodity_notes()
    rows = (
        (f"`{one.code}`", one.kind, one.unit, one.name["en"], one.name["zh"],
         notes.get(one.code, ""))
        for one in shipped_commodities()
    )  # fmt: skip
    return _table(("commodity", "kind", "unit", "English", "Chinese", "note"), rows)


def _accounts() -> str:
    rows = (
        (f"`{one.code}`", one.kind, one.treatment, one.name["en"], one.name["zh"])
        for one in shipped_outside_accounts()
    )
    return _table(("outside account", "kind", "treatment", "English", "Chinese"), rows)


def _terms(terms: Mapping[str, Term]) -> str:
    rows = ((f"`{k}`", "yes" if t.required else "", t.meaning) for k, t in terms.items())
    return _table(("name", "required", "meaning"), rows)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(pack_page(), encoding="utf-8")
