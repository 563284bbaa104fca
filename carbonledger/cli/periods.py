"""Commands on closed periods: close one, and see what was restated since."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from carbonledger.cli.facts import facts
from carbonledger.cli.output import emit, say
from carbonledger.cli.plain import plain
from carbonledger.cli.state import as_of, now, opened, state
from carbonledger.cli.tables import table
from carbonledger.text import t

HEAD = ("batch", "posted_at", "actor", "boundary", "period", "reason", "note")


def close(
    ctx: typer.Context,
    boundary: Annotated[str, typer.Argument(metavar="BOUNDARY", help="cli.argument.boundary")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="cli.argument.period")],
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="WHY", help="cli.option.close_reason")
    ] = None,
) -> None:
    """Close a period for an account and all below it."""
    from carbonledger.run import closing as service

    with opened(ctx, write=True) as ledger:
        answer = service.close(ledger, boundary, period, reason, actor=state(ctx).actor, now=now())
    emit(ctx, answer, _closed)


def _closed(answer: Mapping[str, Any]) -> None:
    facts(answer, hidden=("restated",))
    say("")
    say(t("cli.close.done"))


def restatements(ctx: typer.Context) -> None:
    """List what was posted into closed periods, with the figures before and after."""
    from carbonledger.run import closing as service

    with opened(ctx) as ledger:
        answer = service.restatements(ledger, as_of(ctx, ledger))
    emit(ctx, answer, _listed)


def _listed(answer: Mapping[str, Any]) -> None:
    if not answer["restatements"]:
        say(t("cli.restatements.none"))
    for place, one in enumerate(answer["restatements"]):
        if place:
            say("")
        facts({name: one[name] for name in HEAD if one[name]})
        if one["figures"]:
            say("")
            table([{**row, "from": plain(row["from"])} for row in one["figures"]])
