"""The command that posts files."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.encode import dumps
from carbonledger.cli.failure import StoppedError
from carbonledger.cli.output import progress, say
from carbonledger.cli.plain import number, plain
from carbonledger.cli.state import now, opened, state
from carbonledger.cli.tables import label, table
from carbonledger.cli.usage import UsageRefused
from carbonledger.text import t

if TYPE_CHECKING:
    from carbonledger.ingest.service import ImportOptions
    from carbonledger.ledger.connect import Ledger

COUNTS = ("rows", "readings", "entries", "skipped", "rejected", "gaps")
TOTALS = ("meter", "commodity", "quantity", "unit", "first", "last")


def import_files(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="cli.argument.files")],
    *,
    profile: Annotated[
        Path | None, typer.Option("--profile", metavar="TOML", help="cli.option.profile")
    ] = None,
    dry_run: options.DryRun = False,
    adjust: Annotated[
        str | None, typer.Option("--adjust", metavar="WHY", help="cli.option.adjust")
    ] = None,
    accept_rejects: Annotated[
        bool, typer.Option("--accept-rejects", help="cli.option.accept_rejects")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", metavar="FILE", help="cli.option.rejects")
    ] = None,
    no_keep: Annotated[bool, typer.Option("--no-keep", help="cli.option.no_keep")] = False,
    actor: options.Actor = None,
) -> None:
    """Post meter readings, waste, production and invoices from files."""
    if rejects is not None and len(files) > 1:
        raise UsageRefused(t("cli.error.one_rejects"), hint=t("cli.error.one_rejects_hint"))
    from carbonledger.ingest.service import ImportOptions

    chosen = ImportOptions(
        profile=profile,
        dry_run=dry_run,
        adjust=adjust,
        accept_rejects=accept_rejects,
        rejects=rejects,
        keep=not no_keep,
        actor=actor or state(ctx).actor,
        now=now(),
    )
    done: list[dict[str, Any]] = []
    # A dry run posts as well, and takes it all back: what it says is what would happen.
    with opened(ctx, write=True) as ledger:
        try:
            for file in files:
                done.append(_import(ledger, file, chosen))
                if not state(ctx).json:
                    _told(done[-1], file, dry_run=dry_run)
        except (Exception, KeyboardInterrupt) as error:
            if done:
                raise StoppedError({"imports": done}, _left(files, len(done))) from error
            raise
    if state(ctx).json:
        say(dumps(done[0] if len(files) == 1 else {"imports": done}))
    elif not dry_run:
        say(t("cli.next.import"))


def _import(ledger: "Ledger", file: Path, chosen: "ImportOptions") -> dict[str, Any]:
    from carbonledger.ingest import service

    with progress(plain(file.name)) as tick:
        return service.import_file(ledger, file, chosen, tick)


def _left(files: list[Path], done: int) -> str:
    """Say which files are posted and which are not, after the one at `done` was refused."""
    before = ", ".join(plain(str(file)) for file in files[:done])
    after = ", ".join(plain(str(file)) for file in files[done + 1 :]) or "–"
    return t("cli.import.stopped", before=before, at=plain(str(files[done])), after=after)


def _told(answer: Mapping[str, Any], file: Path, *, dry_run: bool) -> None:
    name = plain(file.name)
    if not answer["entries"] and not answer["rejected"]:
        say(t("cli.import.nothing_new", file=name))
    elif dry_run:
        say(t("cli.import.dry_run", file=name))
    else:
        say(t("cli.import.posted", file=name, batch=answer["batch"]))
    say("  " + " · ".join(f"{label(count)} {number(answer[count])}" for count in COUNTS))
    if answer["totals"]:
        say("")
        table(answer["totals"], TOTALS)
        say("")
        say(t("cli.import.compare"))
    for warning in answer["warnings"]:
        say(t("cli.import.warning", text=plain(str(warning))))
