"""Commands that copy a ledger to a safe place and bring it back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from carbonledger.cli.facts import facts
from carbonledger.cli.output import emit, say
from carbonledger.cli.state import opened, url
from carbonledger.text import t

File = Annotated[Path, typer.Argument(metavar="FILE", help="cli.argument.backup")]


def backup(ctx: typer.Context, file: File) -> None:
    """Copy the ledger and its documents, and verify the copy."""
    from carbonledger.report import filed
    from carbonledger.run import backup as service

    with opened(ctx) as ledger:
        answer = service.back_up(ledger, file, (filed.differences,))
    _told(ctx, answer, "cli.backup.done")


def restore(ctx: typer.Context, file: File) -> None:
    """Make a ledger of a backup, and verify it."""
    from carbonledger.report import filed
    from carbonledger.run import backup as service

    answer = service.restore(file, url(ctx), (filed.differences,))
    _told(ctx, answer, "cli.restore.done")


def _told(ctx: typer.Context, answer: Mapping[str, Any], done: str) -> None:
    def show(found: Mapping[str, Any]) -> None:
        say(t(done if found["ok"] else "cli.verify.not_ok"))
        facts(found, hidden=("ok",))

    emit(ctx, answer, show)
    if not answer["ok"]:
        raise typer.Exit(1)
