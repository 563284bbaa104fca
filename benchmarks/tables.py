"""The result of a measurement as a table in Markdown."""

from typing import Any

from measure import MEGABYTE

TITLES = {
    "base": "CarbonLedger: long file by meter into SQLite",
    "import": "CarbonLedger: import",
    "again": "CarbonLedger: the same file again",
    "copy": "CarbonLedger: a copy under another name",
    "arrow": "Arrow: typed parse",
    "duckdb": "DuckDB: parse and group",
    "duckdb_file": "DuckDB: parse and group into a file",
    "shell": "sqlite3: `.import`",
    "pandas": "pandas: `read_csv`, `to_sql` into SQLite (sample)",
    "each": "Python: one row a reading in SQLite (sample)",
}
OTHERS = {"arrow": "Arrow's", "duckdb": "DuckDB's", "base": "the base's", "import": "the import's"}


def add_ratios(costs: dict[str, dict[str, float]]) -> None:
    """Add each processor time as a multiple of those that others are compared with."""
    for cost in costs.values():
        for other in OTHERS:
            if other in costs:
                cost[f"cpu_by_{other}"] = cost["cpu_s"] / costs[other]["cpu_s"]


def table(result: dict[str, Any]) -> str:
    """Write the result as a table in Markdown."""
    told, asked, costs = result["file"], result["file"]["asked"], result["costs"]
    others = [other for other in OTHERS if other in costs]
    heads = ["work", "CPU s", "wall s", "peak MB", *(f"CPU by {OTHERS[o]}" for o in others)]
    lines = [
        f"{told['readings']:,} readings of {asked['meters']} meters and {asked['days']} days with "
        f"{asked['decimals']} decimals, {asked['layout']}"
        + (f" by {asked['order']}" if asked["layout"] == "long" else "")
        + f", {told['bytes'] / 1e6:.0f} MB, into {result['database']}; medians of "
        f"{result['rounds']}.",
        "",
        f"| {' | '.join(heads)} |",
        f"|---|{'---:|' * (len(heads) - 1)}",
    ]
    for name, cost in costs.items():
        figures = [f"{cost['cpu_s']:.2f}", f"{cost['wall_s']:.2f}", f"{cost['peak_mb']:.0f}"]
        ratios = [f"{cost[f'cpu_by_{other}']:.2f}" for other in others]
        lines.append(f"| {' | '.join([TITLES[name], *figures, *ratios])} |")
    lines += ["", *_sizes(result), "", *(f"- {k}: {v}" for k, v in result["machine"].items())]
    return "\n".join(lines)


def _sizes(result: dict[str, Any]) -> list[str]:
    ledger, kept = result["ledger_bytes"] / MEGABYTE, result["documents_bytes"] / MEGABYTE
    return [
        f"Ledger {ledger:.1f} MiB, {result['bytes_a_reading']:.2f} bytes a reading.",
        f"The source file is kept in {kept:.1f} MiB beside it.",
        *(
            f"{TITLES[name]}: {size:.2f} bytes a reading."
            for name, size in result["peer_bytes_a_reading"].items()
        ),
    ]
