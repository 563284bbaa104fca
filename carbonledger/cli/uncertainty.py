"""The command that says how far an inventory may be off, and which input to mend first."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.facts import facts, rounded
from carbonledger.cli.output import emit, say
from carbonledger.cli.state import as_of, opened
from carbonledger.cli.tables import table
from carbonledger.text import t

APPROACH_1 = ("total", "t_co2e", "covered_percent", "percent", "low_t", "high_t", "reason")
APPROACH_2 = ("total", "mean_t", "median_t", "drawn_low_t", "drawn_high_t", "mean_error_t",
              "limit_error_t")  # fmt: skip
PARTS = ("intervals", "mend_first", "not_stated", "ranked_total")
MOST = 15


def uncertainty(  # noqa: PLR0917
    ctx: typer.Context,
    period: options.Period,
    boundary: options.Boundary = None,
    method: options.Method = None,
    draws: Annotated[int, typer.Option("--draws", help="cli.option.draws")] = 100_000,
    seed: Annotated[int, typer.Option("--seed", help="cli.option.seed_draws")] = 1,
    assume: Annotated[
        list[str] | None,
        typer.Option("--assume", metavar="KIND=PERCENT%[:SHAPE]", help="cli.option.assume"),
    ] = None,
    coverage: Annotated[
        float, typer.Option("--coverage", min=0, max=100, help="cli.option.coverage")
    ] = 95.0,
    basis: Annotated[
        options.Basis, typer.Option("--basis", help="cli.option.basis")
    ] = options.Basis.LOCATION,
    consolidation: options.Consolidated = options.Consolidation.OPERATIONAL,
) -> None:
    """Compute the uncertainty of an inventory."""
    from carbonledger.run.uncertainty import Asked
    from carbonledger.run.uncertainty import uncertainty as compute

    with opened(ctx) as ledger:
        answer = compute(
            ledger, boundary, period, method, asked=Asked(draws, seed, coverage, basis.value),
            assume=assume or (), consolidation=consolidation.value, as_of=as_of(ctx, ledger),
        )  # fmt: skip
    emit(ctx, answer, _computed)


def _computed(answer: Mapping[str, Any]) -> None:
    shown: Any = rounded(answer)
    facts(shown, hidden=PARTS)
    rows = [row for row in shown["intervals"] if row["reason"] != "no_emissions"]
    _part(t("cli.uncertainty.propagated"), rows, APPROACH_1)
    known = [row for row in rows if not row["reason"]]
    _part(t("cli.uncertainty.drawn"), known, APPROACH_2)
    if len(known) < len(rows):
        say(t("cli.uncertainty.withheld"))
    _part(t("cli.uncertainty.mend"), shown["mend_first"][:MOST])
    _part(t("cli.uncertainty.not_stated"), shown["not_stated"][:MOST])
    more = max(0, len(shown["mend_first"]) - MOST) + max(0, len(shown["not_stated"]) - MOST)
    if more:
        say(t("cli.uncertainty.more", count=more))


def _part(title: str, rows: list[Mapping[str, Any]], columns: tuple[str, ...] = ()) -> None:
    if rows:
        say("")
        say(title)
        table(rows, columns)
