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


def reconcile(
    ctx: typer.Context,
    period: options.Period,
    methods: Annotated[
        str, typer.Option("--methods", metavar="METHOD,METHOD[,…]", help="cli.option.methods")
    ],
    boundary: options.Boundary = None,
    basis: Annotated[
        options.Basis, typer.Option("--basis", help="cli.option.total_basis")
    ] = options.Basis.LOCATION,
) -> None:
    """Explain why methods give different totals of the same entries."""
    from carbonledger.run.reconcile import reconciled

    named = [one.strip() for one in methods.split(",") if one.strip()]
    with opened(ctx) as ledger:
        answer = reconciled(
            ledger, boundary, period, named, basis=basis.value, as_of=as_of(ctx, ledger)
        )
    emit(ctx, answer, _shown)


def _shown(answer: Mapping[str, Any]) -> None:
    shown: Any = rounded(answer)
    facts(shown, hidden=("totals", "pairs"))
    say("")
    table(shown["totals"])
    for pair in shown["pairs"]:
        say("")
        say(t("cli.reconcile.pair", first=pair["first"], second=pair["second"]))
        rows = [
            {"cause": "total", "change_t": pair["first_t"]},
            *pair["lines"],
            {"cause": "total", "change_t": pair["second_t"]},
        ]
        table(rows, ("cause", "category", "commodity", "change_t"))
        say(t("cli.reconcile.remainder", remainder=pair["remainder_t"]))
