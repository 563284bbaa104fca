"""The command that hands evidence over: a pack with all that a run rests on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.facts import facts
from carbonledger.cli.output import emit, say
from carbonledger.cli.plain import plain
from carbonledger.cli.state import opened
from carbonledger.text import t


def evidence(
    ctx: typer.Context,
    run: Annotated[int, typer.Argument(metavar="RUN", min=1, help="cli.argument.evidence_run")],
    output: options.OutFile = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", metavar="FILE", help="cli.option.evidence_checkpoint"),
    ] = None,
    *,
    no_documents: Annotated[
        bool, typer.Option("--no-documents", help="cli.option.no_documents")
    ] = False,
) -> None:
    """Write a pack with all that a run rests on, and a program that checks it."""
    from carbonledger.run.evidence.service import evidence as made

    path = output or Path(f"evidence-{run}.zip")
    with opened(ctx) as ledger:
        answer = made(ledger, run, path, documents=not no_documents, checkpoint=checkpoint)
    emit(ctx, {"file": str(path), "bytes": path.stat().st_size, **answer}, _told)


def _told(answer: Mapping[str, Any]) -> None:
    facts(answer)
    say("")
    say(t("cli.next.evidence", file=plain(answer["file"]), hash=answer["pack_hash"],
          root=answer["checkpoint"]["root"]))  # fmt: skip
