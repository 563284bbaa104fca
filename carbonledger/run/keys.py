"""The keys by which `explain` knows the numbers of an answer."""

from collections.abc import Iterator, Mapping
from typing import Any

NAMED = {
    "inventory": {
        "scopes.1": "scope-1", "scopes.2_location": "scope-2-location",
        "scopes.2_market": "scope-2-market", "scopes.3": "scope-3", "biogenic_t": "biogenic",
    },
    "renewable": {
        "electricity_kwh": "electricity", "renewable_kwh": "renewable", "share": "share",
        "hourly_share": "hourly-share", "hourly_own_use": "hourly-own-use",
        "physical_share": "physical-share",
        "location_t": "electricity-location", "market_t": "electricity-market",
        "uncovered_hours": "uncovered-hours",
    },
    "footprint": {
        f"reconciliation.{name}_kg": name
        for name in ("direct", "upstream", "products", "unallocated", "residual")
    },
    "intensity": {
        "energy_tce.equivalent": "tce-equivalent", "energy_tce.equal": "tce-equal", "co2_t": "co2",
    },
}  # fmt: skip
COLUMNS = ("kg_co2e_per_unit", "kg_co2e", "quantity", "by_origin", "by_gas")
PRODUCTS = ("products", "exported", "intermediates")


def answer_keys(kind: str, answer: Mapping[str, Any]) -> dict[str, str]:
    """Name the figures of an answer.

    Args:
        kind: kind of the run.
        answer: what programs read.

    Returns:
        Keys of figures by the path of the number: `scopes.1`, `products.0.kg_co2e_per_unit`,
        `benchmarks.2.ours`. The parts of a product by origin and gas are explained with it, the
        grades of a scope with its lines. Lines have their own number.
    """
    named = {path: key for path, key in NAMED[kind].items() if _at(answer, path) is not None}
    return named | dict(_of_rows(answer))


def _at(answer: Any, path: str) -> Any:
    for name in path.split("."):
        answer = answer.get(name) if isinstance(answer, Mapping) else None
    return answer


def _of_rows(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in PRODUCTS:
        for at, row in enumerate(answer.get(name, ())):
            key = f"product:{row['account']}:{row['commodity']}"
            yield from ((f"{name}.{at}.{column}", key) for column in COLUMNS)
    for at, row in enumerate(answer.get("data_quality", ())):
        yield f"data_quality.{at}", NAMED["inventory"].get(f"scopes.{row['scope']}", "biogenic")
    for at, row in enumerate(answer.get("unallocated", ())):
        what = f":{row['commodity']}" if row["commodity"] else ""
        yield f"unallocated.{at}.kg_co2e", f"unallocated:{row['account']}{what}"
    for at, row in enumerate(answer.get("not_covered", ())):
        ends = f"{row['from']}>{row['to']}"
        yield f"not_covered.{at}.quantity", f"not-covered:{ends}:{row['commodity']}"
    for at, row in enumerate(answer.get("indicators", ())):
        yield f"indicators.{at}.value", f"indicator:{row['code']}"
    yield from _of_averages(answer.get("benchmarks", ()))


def _of_averages(rows: Any) -> Iterator[tuple[str, str]]:
    for at, row in enumerate(rows):
        for column, name in (("value", "average"), ("ours", "ours"), ("ratio", "ratio")):
            yield f"benchmarks.{at}.{column}", f"comparison:{row['key']}:{name}"
