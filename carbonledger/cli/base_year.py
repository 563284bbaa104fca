"""The base year: as filed, as it would be now, and whether it is to be recalculated."""

from collections.abc import Mapping
from typing import Any

import typer

from carbonledger.cli import options
from carbonledger.cli.facts import facts, rounded
from carbonledger.cli.output import emit, say
from carbonledger.cli.plain import plain
from carbonledger.cli.state import as_of, opened
from carbonledger.cli.tables import table
from carbonledger.text import t

FACTS = ("year", "period", "run", "method", "consolidation", "filed_t", "now_t",
         "threshold_percent")  # fmt: skip
TRIGGERS = ("trigger", "kind", "account", "date", "change_t", "percent", "verdict")


def base_year(
    ctx: typer.Context, period: options.Period, boundary: options.Boundary = None
) -> None:
    """Judge whether the base year is to be recalculated; exit with 1 where it is."""
    from carbonledger.run import base_year as service

    with opened(ctx) as ledger:
        answer = service.base_year(ledger, period, boundary, as_of=as_of(ctx, ledger))
    emit(ctx, answer, _shown)
    if answer["recalculate"]:
        raise typer.Exit(1)


def _shown(answer: Mapping[str, Any]) -> None:
    shown: Any = rounded(answer)
    facts({name: shown[name] for name in (*FACTS, "warnings", "warnings_zh")})
    for name, columns in (("triggers", TRIGGERS), ("trend", ())):
        say("")
        table(shown[name], columns)
    say("")
    due = answer["recalculate"]
    say(t("cli.base_year.due" if due else "cli.base_year.stands", year=answer["year"],
          command=plain(answer["command"])))  # fmt: skip
