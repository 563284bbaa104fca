"""The command that says how good the data of an inventory are."""

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from carbonledger.cli import options
from carbonledger.cli.facts import facts, rounded
from carbonledger.cli.output import emit, say
from carbonledger.cli.state import as_of, opened
from carbonledger.cli.tables import table
from carbonledger.text import t

ALWAYS = ("scope", "t_co2e", "measured_t", "score")
INDICATORS = ("reliability", "completeness", "temporal", "geographical", "technological")
OF_FACTORS = ("scope", "factor", "t_co2e", *INDICATORS, "basic_uncertainty", "gsd")
PARTS = ("data_quality", "pedigree", "factors", "matrix")
MOST = 20
Rows = Sequence[Mapping[str, Any]]


def quality(
    ctx: typer.Context,
    period: options.Period,
    boundary: options.Boundary = None,
    method: options.Method = None,
    consolidation: options.Consolidated = options.Consolidation.OPERATIONAL,
) -> None:
    """Show grades of activity data and pedigrees of factors."""
    from carbonledger.run.data_quality import data_quality

    with opened(ctx) as ledger:
        answer = data_quality(
            ledger, boundary, period, method, consolidation=consolidation.value,
            as_of=as_of(ctx, ledger),
        )  # fmt: skip
    emit(ctx, answer, _shown)


def grades(rows: Rows) -> None:
    """Print emissions by grade; a grade that nothing has is left out."""
    names = dict.fromkeys(name for row in rows for name in row)
    say(t("cli.quality.grades"))
    table(rows, [n for n in names if n in ALWAYS or any(row[n] for row in rows)])


def _shown(answer: Mapping[str, Any]) -> None:
    shown: Any = rounded(answer)
    facts(shown, hidden=PARTS)
    if not shown["data_quality"]:
        return
    say("")
    grades(shown["data_quality"])
    say("")
    say(t("cli.quality.pedigree"))
    table(shown["pedigree"])
    say("")
    say(t("cli.quality.factors"))
    table(shown["factors"][:MOST], OF_FACTORS)
    if len(shown["factors"]) > MOST:
        say(t("cli.quality.more", count=len(shown["factors"]) - MOST))
    say("")
    say(t("cli.quality.source", document=shown["matrix"]["document"]))
