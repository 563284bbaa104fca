"""Commands on the plant itself: its accounts and meters."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.output import emit, say
from carbonledger.cli.plain import plain
from carbonledger.cli.state import now, opened, state
from carbonledger.text import t


def apply(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.argument.site_file")],
    *,
    dry_run: options.DryRun = False,
    restate: options.Restate = None,
) -> None:
    """Bring accounts, commodities and meters to what a file declares."""
    from carbonledger.site import service

    with opened(ctx, write=True) as ledger:
        answer = service.apply(
            ledger, file, state(ctx).actor, now(), dry_run=dry_run, restate=restate
        )
    emit(ctx, answer, _applied)


def _applied(answer: Mapping[str, Any]) -> None:
    for line in answer["lines"]:
        say(plain(line))
    if answer["batch"] is not None:
        say(t("cli.site.applied", batch=answer["batch"]))
        say(t("cli.next.site"))
    else:
        say(t("cli.site.unchanged"))
