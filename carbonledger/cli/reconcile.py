"""The command that says why methods give different totals of the same entries."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.facts import facts, rounded
from carbonledger.cli.output import emit, say
from carbonledger.cli.state import as_of, opened
from carbonledger.cli.tables import table
from carbonledger.text import t


def reconcile(  # noqa: PLR0917
    ctx: typer.Context,
    period: options.Period,
    methods: Annotated[
        str, typer.Option("--methods", metavar="METHOD,METHOD[,…]", help="cli.option.methods")
    ],
    boundary: options.Boundary = None,
    basis: Annotated[
        options.Basis, typer.Option("--basis", help="cli.option.total_basis")
    ] = options.Basis.LOCATION,
    consolidation: Annotated[
        str,
        typer.Option("--consolidation", metavar="APPROACH[,…]", help="cli.option.consolidations"),
    ] = "",
) -> None:
    """Explain why methods give different totals of the same entries."""
    from carbonledger.run.reconcile import reconciled

    with opened(ctx) as ledger:
        answer = reconciled(
            ledger, boundary, period, _named(methods), basis=basis.value,
            consolidation=_named(consolidation), as_of=as_of(ctx, ledger),
        )  # fmt: skip
    emit(ctx, answer, _shown)


def _named(listed: str) -> list[str]:
    return [one.strip() for one in listed.split(",") if one.strip()]


def _side(pair: Mapping[str, Any], which: str) -> str:
    """Name a method, with its consolidation where the two differ in it."""
    if pair["first_consolidation"] == pair["second_consolidation"]:
        return str(pair[which])
    return f"{pair[which]} ({pair[f'{which}_consolidation']})"


def _shown(answer: Mapping[str, Any]) -> None:
    shown: Any = rounded(answer)
    facts(shown, hidden=("totals", "pairs"))
    say("")
    table(shown["totals"])
    for pair in shown["pairs"]:
        say("")
        say(t("cli.reconcile.pair", first=_side(pair, "first"), second=_side(pair, "second")))
        rows = [
            {"cause": "total", "change_t": pair["first_t"]},
            *pair["lines"],
            {"cause": "total", "change_t": pair["second_t"]},
        ]
        table(rows, ("cause", "category", "commodity", "change_t"))
        say(t("cli.reconcile.remainder", remainder=pair["remainder_t"]))
