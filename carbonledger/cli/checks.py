"""Commands that tell whether a ledger is as it was posted: checkpoints of its log, the check."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.facts import facts
from carbonledger.cli.output import emit, note, say
from carbonledger.cli.plain import plain
from carbonledger.cli.reports import write_whole
from carbonledger.cli.state import now, opened
from carbonledger.cli.usage import UsageRefused
from carbonledger.text import t


def verify(
    ctx: typer.Context,
    *,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="cli.option.checkpoint"),
    ] = None,
    since: Annotated[
        Path | None, typer.Option("--since", metavar="FILE", help="cli.option.since_checkpoint")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option("--public-key", metavar="FILE", help="cli.option.public_key")
    ] = None,
) -> None:
    """Recompute all hashes and runs; exit with 1 where something differs."""
    if public_key is not None and not (checkpoint or since):
        raise UsageRefused(t("cli.error.public_key"), hint=t("cli.error.public_key_hint"))
    from carbonledger.ledger.kept import read_kept
    from carbonledger.report import filed
    from carbonledger.run import verify as service
    from carbonledger.site.again import site_expert

    kept = read_kept(checkpoint or (), since, public_key)
    with opened(ctx) as ledger:
        experts = (site_expert(ledger.documents),)
        answer = service.verify(ledger, kept, (filed.differences,), experts)
        answer |= filed.counted(ledger)
    emit(ctx, answer, _verified)
    if not answer["ok"]:
        raise typer.Exit(1)


def _verified(answer: Mapping[str, Any]) -> None:
    say(t("cli.verify.ok" if answer["ok"] else "cli.verify.not_ok"))
    if answer["first"]:
        say(t("cli.verify.first", detail=plain(answer["first"]["detail"])))
    facts(answer, hidden=("ok", "first", "since"))
    if answer["since"]:
        note(t("cli.verify.since", count=answer["since"]))
    if any(one["signature"] == "unchecked" for one in answer["checkpoints"]):
        note(t("cli.verify.unchecked"))


def checkpoint(
    ctx: typer.Context,
    *,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="cli.option.key")
    ] = None,
    output: options.OutFile = None,
    new_key: Annotated[
        Path | None, typer.Option("--new-key", metavar="FILE", help="cli.option.new_key")
    ] = None,
) -> None:
    """Print what the log is now, as a text to keep; or make a key pair to sign it with."""
    if new_key is not None:
        _new_key(ctx, new_key, alone=key is None and output is None)
        return
    from carbonledger.ledger import service

    with opened(ctx) as ledger:
        answer = service.checkpoint(ledger, now(), key)
    if output is None:
        emit(ctx, answer, lambda found: say(found["text"].removesuffix("\n")))
        return
    write_whole(output, answer["text"].encode())
    emit(ctx, answer | {"file": str(output)}, lambda found: facts(found, hidden=("text",)))


def _new_key(ctx: typer.Context, path: Path, *, alone: bool) -> None:
    if not alone:
        raise UsageRefused(t("cli.error.new_key"), hint=t("cli.error.new_key_hint"))
    from carbonledger.ledger.signing import new_key

    public = new_key(path)
    emit(ctx, {"private_key": str(path), "public_key": str(public)}, _made)


def _made(answer: Mapping[str, Any]) -> None:
    facts(answer)
    say("")
    say(t("cli.checkpoint.keep"))
