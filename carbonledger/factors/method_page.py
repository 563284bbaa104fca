"""Writes docs/methods/: a page for each method that ships, and the list of them.

    python -m carbonledger.factors.method_page docs/methods

A test compares the pages with what this module makes of the methods.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from carbonledger.factors.method import shipped_methods
from carbonledger.factors.rules import IndicatorRule, Limit, Method, Rate, Search
from carbonledger.factors.scope3 import CATEGORIES, Scope3

LIST = "README.md"
INTRODUCTION = """\
# Methods

Written by `python -m carbonledger.factors.method_page docs/methods`; do not edit.

A method is a standard's rules as data: which gases and GWP set, which factors of which purpose and
packs are looked for in which order, what a green kWh counts, how exports are netted, which basis
of standard coal, which indicators with which thresholds. It is a key of every result. The files
are `factors/methods/*.toml`; changed rules are a new edition, so an old result keeps its rules.

A look-up tries purposes, gases and bases, regions and packs in the order of the table, and the
data year last. Years: `same`: of the activity's year only; `latest_earlier`: else of the latest
earlier year; `nearest`: else of the earliest later year; `latest`: the newest there is; `none`: the
factor is a rule and has no year. Every step away from the first choice of region or year is said in
the line of the result (`fallback:…`). What is not found is refused.

A method of your own (another nation's packs first, another GWP set, the residual mix of a
subregion) begins with a shipped one: `carbonledger methods show ghg-protocol > ours.toml`, a `code`
of its own, the change, and `carbonledger methods load ours.toml`. It is posted with its day and
actor. In a list of packs `*` stands for all that the list does not name. Another edition of a
shipped code counts wherever that code is asked for without an edition.
"""


def pages(methods: Iterable[Method]) -> dict[str, str]:
    """Make the pages of the folder, by file name."""
    ordered = tuple(methods)
    made = {f"{method.code}.md": page(method) for method in ordered}
    rows = [
        (f"[`{method.key}`]({method.code}.md)", method.name["en"], method.name["zh"])
        for method in ordered
    ]
    made[LIST] = f"{INTRODUCTION}\n{_table(('method', 'name', '名称'), rows)}"
    return made


def page(method: Method) -> str:
    """Make the page of one method."""
    return "\n".join(_parts(method)).rstrip() + "\n"


def _parts(method: Method) -> Iterator[str]:
    yield f"# {method.name['en']}\n\n{method.name['zh']}\n"
    yield "Written by `python -m carbonledger.factors.method_page docs/methods`; do not edit.\n"
    yield from _bullets(
        ("method", f"`{method.key}`, for {method.kind}s"),
        ("standard", method.standard),
        ("gases", ", ".join(f"`{gas}`" for gas in method.gases)),
        ("GWP", method.gwp_set or "none: CO2 alone counts"),
        ("renewable", ", ".join(method.renewable)),
        ("non-fossil", ", ".join(method.non_fossil)),
    )
    yield f"\n{method.note['en'].strip()}\n\n{method.note['zh'].strip()}\n"
    yield "## Factors looked for\n"
    yield _table(
        ("search", "purposes", "packs", "regions", "year", "technology", "clause"),
        [_search(name, search) for name, search in method.searches.items()],
    )
    yield from _emissions(method)
    yield from _categories(method)
    yield from _energy(method)
    yield from _product(method)
    yield from _rounding(method)


def _search(name: str, search: Search) -> tuple[str, ...]:
    return (
        f"`{name}`", ", ".join(search.purposes), ", ".join(search.packs),
        ", ".join(search.regions), search.year, search.technology, search.clause,
    )  # fmt: skip


def _emissions(method: Method) -> Iterator[str]:
    if one := method.scope_1:
        yield "## Direct emissions\n"
        yield from _bullets(
            ("fuels burnt", f"search `{one.combustion}`: {', '.join(one.required)}"),
            ("where the packs have a factor", ", ".join(one.further)),
            ("without carbon", ", ".join(one.carbon_free)),
            ("fuels of vehicles", f"search `{one.mobile}`" if one.mobile else ""),
            ("made or used in a process", f"search `{one.process}`" if one.process else ""),
            ("refrigerants and the like", _fugitive(method)),
            ("clause", one.clause),
        )
        yield ""
    if two := method.scope_2:
        netted = two.exports == "netted"
        yield "## Purchased energy\n"
        yield from _bullets(
            ("grid electricity, location-based", "" if two.one_rule else f"search `{two.grid}`"),
            ("figures", "one rule, shown under both names" if two.one_rule else ""),
            ("covered by certificates", _rate(two.instrument)),
            ("not covered", ", else ".join(f"search `{name}`" for name in two.uncovered)),
            ("supplied directly, non-fossil", _rate(two.direct)),
            ("heat and steam", f"search `{two.heat}`"),
            ("heat without fossil fuel", _rate(two.heat_non_fossil)),
            ("supplier within the site", "its own emissions first" if two.supplier else ""),
            ("exports", "deducted by their kind" if netted else "not deducted; resold: scope 3"),
            ("clause", two.clause),
        )
        yield ""
    if three := method.scope_3:
        yield from _value_chain(three)


def _value_chain(rules: Scope3) -> Iterator[str]:
    yield "## Value chain (scope 3)\n"
    yield from _bullets(
        ("fuels, electricity and heat bought: category 3", f"search `{rules.upstream}`"),
        ("losses of the grid: category 3", f"factor of `{rules.transmission}`"),
        ("regions that may stand in, said in the line", ", ".join(rules.elsewhere)),
        ("clause", rules.clause),
    )
    yield ""
    yield _table(
        ("category", "name", "名称", "flow over the boundary"),
        [
            (one.category, *CATEGORIES[one.category][1:],
             f"{one.way}: {', '.join(f'`{code}`' for code in one.commodities)}")
            for one in rules.rules
        ],
    )  # fmt: skip
    yield _table(("commodity", "search"), [(f"`{a}`", f"`{b}`") for a, b in rules.searches])


def _fugitive(method: Method) -> str:
    counted = method.gwp_set and any(gas.startswith("hfc") for gas in method.gases)
    return "what their balance loses" if counted else ""


def _rate(rate: Rate) -> str:
    stated = f"search `{rate.search}`" if rate.search else f"{rate.value} {rate.unit}"
    papers = f"; needs {rate.evidence['en']}" if rate.evidence["en"] else ""
    return f"{stated} ({rate.clause}){papers}"


def _categories(method: Method) -> Iterator[str]:
    if method.categories:
        yield "## Categories\n"
        yield _table(
            ("category", "name", "名称", "lines", "clause"),
            [
                (one.code, one.name["en"], one.name["zh"],
                 ", ".join(f"`{pattern}`" for pattern in one.lines), one.clause)
                for one in method.categories
            ],
        )  # fmt: skip


def _rounding(method: Method) -> Iterator[str]:
    if rule := method.rounding:
        yield "\n## Rounding of reported figures\n"
        yield from _bullets(
            ("decimal places", str(rule.places)),
            ("mode", rule.mode.replace("_", " ")),
            ("clause", rule.clause),
        )


def _energy(method: Method) -> Iterator[str]:
    if rules := method.energy:
        yield "## Energy in standard coal\n"
        yield from _bullets(
            ("coefficients", f"search `{rules.conversion}`"),
            *((f"total at {name} value", "coefficient at " + ", else ".join(bases) + " value")
              for name, bases in rules.bases.items()),
            ("indicators divide by", f"the total at {rules.primary} value"),
            ("clause", rules.clause),
        )  # fmt: skip
        yield ""
    if park := method.park:
        yield "## Indicators\n"
        yield from _bullets(
            ("CO2 of the indicators", f"scopes {', '.join(park.total)}"),
            ("utilised waste", ", ".join(park.utilised)),
            ("left out of the waste rate", ", ".join(park.waste_excluded)),
            ("clean beside non-fossil energy", ", ".join(park.clean_fuels)),
            ("clause", park.clause),
        )
        yield ""
        yield _table(
            ("indicator", "name", "名称", "unit", "threshold", "kind", "clause"),
            [_indicator(rule) for rule in park.indicators],
        )


def _indicator(rule: IndicatorRule) -> tuple[str, ...]:
    limits = "; ".join(_limit(limit) for limit in rule.limits) or "none"
    return (f"`{rule.code}`", rule.name["en"], rule.name["zh"], rule.unit, limits, rule.kind,
            rule.clause)  # fmt: skip


def _limit(limit: Limit) -> str:
    text = f"{limit.relation} {limit.value}"
    if limit.from_tce is not None:
        text += f" from {limit.from_tce:,} tce"
    if limit.below_tce is not None:
        text += f" below {limit.below_tce:,} tce"
    return text


def _product(method: Method) -> Iterator[str]:
    if rules := method.product:
        yield "## Products\n"
        yield from _bullets(
            ("grid electricity", _named(rules.electricity)),
            ("electricity of a known technology", _named(rules.technology)),
            ("added out of the grid", _named(rules.transmission)),
            ("fuels", _named(rules.combustion)),
            ("heat and steam", _named(rules.heat)),
            ("materials", _named(rules.inputs)),
            ("made or used in a process", _named(rules.process)),
            ("not counted", ", ".join(rules.left_out)),
            ("clause", rules.clause),
        )


def _named(search: str) -> str:
    return f"search `{search}`" if search else ""


def _bullets(*pairs: tuple[str, str]) -> Iterator[str]:
    yield from (f"- {name}: {text}" for name, text in pairs if text)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    text = ("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return "\n".join(text) + "\n"


def main() -> None:
    """Write the pages into the folder that the first argument names."""
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for name, text in pages(shipped_methods()).items():
        (target / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
