"""The command that posts files."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.encode import dumps
from carbonledger.cli.failure import StoppedError, as_error, document, text
from carbonledger.cli.imports_told import COUNTS, SUMMARY, TOTALS, summed, told
from carbonledger.cli.output import note, progress, say
from carbonledger.cli.plain import plain
from carbonledger.cli.state import now, opened, state
from carbonledger.cli.stopping import stoppable
from carbonledger.cli.understood import show
from carbonledger.cli.usage import UsageRefused
from carbonledger.cli.watch import seconds_of, watch_folder
from carbonledger.errors import CarbonLedgerError, ImportRefused, LedgerRefused
from carbonledger.text import t

if TYPE_CHECKING:
    from carbonledger.ingest.folder import Chosen
    from carbonledger.ingest.service import ImportOptions
    from carbonledger.ledger.connect import Ledger

__all__ = ["COUNTS", "SUMMARY", "TOTALS", "import_files"]


def import_files(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE", help="cli.argument.files")
    ] = None,
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
    restate: options.Restate = None,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", metavar="FILE", help="cli.option.rejects")
    ] = None,
    no_keep: Annotated[bool, typer.Option("--no-keep", help="cli.option.no_keep")] = False,
    write_profile: Annotated[
        Path | None,
        typer.Option("--write-profile", metavar="TOML", help="cli.option.write_profile"),
    ] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="cli.option.recursive")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="cli.option.stop")] = False,
    watch: Annotated[
        Path | None, typer.Option("--watch", metavar="FOLDER", help="cli.option.watch")
    ] = None,
    every: Annotated[
        str | None, typer.Option("--every", metavar="TIME", help="cli.option.every")
    ] = None,
    actor: options.Actor = None,
) -> None:
    """Post meter readings, waste, production and invoices from files."""
    _check_usage(files, watch, every, rejects, dry_run=dry_run)
    if write_profile is not None:
        _check_profile(files, dry_run=dry_run)
    from carbonledger.ingest.service import ImportOptions

    asked = ImportOptions(
        profile=profile,
        dry_run=dry_run,
        adjust=adjust,
        accept_rejects=accept_rejects,
        restate=restate,
        rejects=rejects,
        write_profile=write_profile,
        keep=not no_keep,
        actor=actor or state(ctx).actor,
        now=now(),
    )
    with stoppable():
        if watch is not None:
            watch_folder(ctx, watch, asked, seconds_of(every or "30s"), recursive=recursive)
        else:
            _Imports(ctx, files or [], asked, stop=stop).run(recursive=recursive)


def _check_usage(
    files: list[Path] | None, watch: Path | None, every: str | None, rejects: Path | None,
    *, dry_run: bool,
) -> None:  # fmt: skip
    help_hint = t("cli.error.help_hint", command="carbonledger import")
    if watch is None and not files:
        raise UsageRefused(t("cli.error.MissingParameter", param="FILE"), hint=help_hint)
    if watch is None and every is not None:
        raise UsageRefused(t("cli.error.every_alone"), hint=help_hint)
    if watch is not None and (files or rejects or dry_run):
        raise UsageRefused(t("cli.error.watch_alone"), hint=t("cli.error.watch_alone_hint"))
    if rejects is not None and files and (len(files) > 1 or files[0].is_dir()):
        raise UsageRefused(t("cli.error.one_rejects"), hint=t("cli.error.one_rejects_hint"))


def _check_profile(files: list[Path] | None, *, dry_run: bool) -> None:
    if not dry_run:
        hint = t("cli.error.profile_dry_hint")
        raise UsageRefused(t("cli.error.profile_dry"), hint=hint)
    if files and (len(files) > 1 or files[0].is_dir()):
        raise UsageRefused(t("cli.error.one_profile"), hint=t("cli.error.one_profile_hint"))


class _Imports:
    """Several files, each its own batch, and what became of each."""

    def __init__(
        self, ctx: typer.Context, named: Sequence[Path], asked: "ImportOptions", *, stop: bool
    ) -> None:
        self.ctx, self.named, self.asked, self.stop = ctx, named, asked, stop
        self.json = state(ctx).json
        # One file named as such is answered alone; a folder may hold one today and two tomorrow.
        self.alone = len(named) == 1 and (named[0].is_file() or not named[0].exists())
        self.done: list[tuple[Path, dict[str, Any]]] = []
        self.refused: list[tuple[Path, CarbonLedgerError]] = []

    def run(self, *, recursive: bool) -> None:
        """Import them all, and say what became of them."""
        from carbonledger.ingest.folder import chosen

        files = chosen(self.named, recursive=recursive, profile=self.asked.profile)
        if self.asked.rejects is not None and len(files) > 1:
            # An archive of several files.
            raise UsageRefused(t("cli.error.one_rejects"), hint=t("cli.error.one_rejects_hint"))
        if self.asked.write_profile is not None and len(files) > 1:
            raise UsageRefused(t("cli.error.one_profile"), hint=t("cli.error.one_profile_hint"))
        self.alone = self.alone and [one.path for one in files] == list(self.named)
        names = Counter(one.name for one in files)
        # A dry run posts as well, and takes it all back: what it says is what would happen.
        with opened(self.ctx, write=True) as ledger:
            for place, one in enumerate(files):
                try:
                    self._one(ledger, one, double=names[one.name] > 1)
                except (CarbonLedgerError, OSError) as error:
                    self._not(error, files, place)
                except (Exception, KeyboardInterrupt) as error:
                    self._stop(error, files, place)
                    raise
        self._end()

    def _one(self, ledger: "Ledger", one: "Chosen", *, double: bool) -> None:
        from carbonledger.ingest import service

        rejects = self.asked.rejects
        if double and not self.asked.dry_run:
            # Named by its folders as well: another one of the same name has rejects of its own.
            folders = [part for part in one.place.parts if part not in {"/", ".."}]
            rejects = Path(f"{'-'.join(folders)}.rejects.csv")
        asked = replace(self.asked, profile=one.profile, rejects=rejects, now=now())
        try:
            with progress(plain(one.name)) as tick:
                answer = service.import_file(ledger, one.path, asked, tick, note, member=one.member)
        except ImportRefused as error:
            if not self.json:
                show(error.understood)
            raise
        self.done.append((one.place, answer))
        if not self.json:
            told(answer, one.name, dry_run=self.asked.dry_run)

    def _not(self, error: Exception, files: list["Chosen"], place: int) -> None:
        """Note a file that was not posted, and go on, unless none of the others could be."""
        known = as_error(error)
        if self.alone or self.stop or _hopeless(known):
            self._stop(error, files, place)
            raise error
        self.refused.append((files[place].place, known))
        if files[place].remark:
            note(files[place].remark)
        if not self.json:
            note(text(known))

    def _stop(self, error: BaseException, files: list["Chosen"], place: int) -> None:
        """Stop at a file; if something was done before, that is told with it."""
        if self.done or self.refused:
            raise StoppedError(self._answer(), self._left(files, place)) from error

    def _left(self, files: list["Chosen"], place: int) -> str:
        """Say which files are posted and which are not, after the one at `place` was refused."""
        lost = [path for path, _ in self.refused]
        before = _listed([path for path, _ in self.done])
        at = _listed([*lost, files[place].place])
        after = _listed([one.place for one in files[place + 1 :]])
        return t("cli.import.stopped", before=before, at=at, after=after)

    def _answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"imports": [answer for _, answer in self.done]}
        if self.refused:
            answer["refused"] = [
                {"file": str(path), "error": document(error)} for path, error in self.refused
            ]
        return answer

    def _end(self) -> None:
        if self.json and self.alone:
            say(dumps(self.done[0][1]))
        elif self.json:
            first = {"error": document(self.refused[0][1])} if self.refused else {}
            say(dumps(self._answer() | first))
        else:
            if not self.alone:
                summed(self.done, self.refused)
            if not self.asked.dry_run and self.done:
                say(t("cli.next.import"))
        if self.refused:
            raise typer.Exit(1)


def _hopeless(error: CarbonLedgerError) -> bool:
    """Tell whether the ledger itself refuses, so that the next file would fare no better."""
    return isinstance(error, LedgerRefused) and error.code != "ledger-overflow"


def _listed(files: Sequence[Path]) -> str:
    return ", ".join(plain(str(file)) for file in files) or "–"
