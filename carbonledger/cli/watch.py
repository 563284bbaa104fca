"""Watching a folder that exports arrive in: each result a line, until somebody stops it."""

import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from carbonledger.cli.encode import dumps
from carbonledger.cli.failure import as_error, document
from carbonledger.cli.imports_told import findings, outcome
from carbonledger.cli.output import note, say
from carbonledger.cli.plain import number, plain
from carbonledger.cli.state import now, opened, state
from carbonledger.cli.stopping import Stop, wishes
from carbonledger.cli.tables import label
from carbonledger.cli.usage import UsageRefused
from carbonledger.errors import CarbonLedgerError, ImportRefused, LedgerRefused
from carbonledger.text import t

if TYPE_CHECKING:
    from carbonledger.ingest.folder import Chosen
    from carbonledger.ingest.service import ImportOptions
    from carbonledger.ingest.watching import Watch

TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h)?")
UNITS = {"": 1, "s": 1, "min": 60, "m": 60, "h": 3600}
SHORTEST_S = 0.1


def seconds_of(text: str) -> float:
    """Read the time between two looks: `30s`, `5min`, `1h`.

    Raises:
        UsageRefused: it is none, or too short.
    """
    found = TIME.fullmatch(text.strip())
    seconds = float(found[1]) * UNITS[found[2] or ""] if found else 0.0
    if seconds < SHORTEST_S:
        raise UsageRefused(t("cli.error.every", text=plain(text)), hint=t("cli.error.every_hint"))
    return seconds


def watch_folder(
    ctx: typer.Context, folder: Path, asked: "ImportOptions", every: float, *, recursive: bool
) -> None:
    """Import what arrives in a folder, until Ctrl-C or SIGTERM.

    Args:
        ctx: context of the command.
        folder: the folder.
        asked: how to import.
        every: seconds between two looks.
        recursive: the folders below it too.

    Raises:
        ImportRefused: there is no such folder.
        LedgerRefused: there is no ledger.
    """
    from carbonledger.ingest.watching import Watch

    if not folder.is_dir():
        raise ImportRefused(
            f"{folder} is no folder", code="folder-missing", hint="name a folder to watch"
        )
    # A ledger that is not there is told at once, not when the first file arrives.
    with opened(ctx, write=True):
        pass
    with wishes() as stop:
        rounds = _Rounds(ctx, Watch(folder, recursive), asked, stop)
        note(t("cli.watch.begins", folder=plain(str(folder)), seconds=f"{every:g}"))
        try:
            while True:
                rounds.look()
                stop.sleep(every)
        except KeyboardInterrupt:
            note(t("cli.watch.ends"))


class _Rounds:
    """One look at the folder after the other."""

    def __init__(
        self, ctx: typer.Context, watch: "Watch", asked: "ImportOptions", stop: Stop
    ) -> None:
        self.ctx, self.watch, self.asked, self.stop = ctx, watch, asked, stop
        self.trouble = ""

    def look(self) -> None:
        """Import what is due; what stops that is told once, until it is over."""
        try:
            due = self.watch.due()
            if due:
                self._take(due)
        except (CarbonLedgerError, OSError) as raised:
            error = as_error(raised)
            if self.trouble != error.code:
                self._tell(self.watch.folder, error)
            self.trouble = error.code
        else:
            self.trouble = ""

    def _take(self, due: list[Path]) -> None:
        # Opened anew each time: the database may have been away meanwhile.
        with opened(self.ctx, write=True) as ledger:
            for path in due:
                self._file(ledger, path)

    def _file(self, ledger: Any, path: Path) -> None:
        """Import a file, or each member of an archive."""
        again = False
        for one in self._parts(path):
            self.stop.look()
            try:
                answer = self._import(ledger, one)
            except (CarbonLedgerError, OSError) as raised:
                error = as_error(raised)
                again |= isinstance(error, LedgerRefused)
                if self.watch.refused(path, error, one.place):
                    self._tell(one.place, error)
            else:
                self._tell(one.place, answer)
        if not again:
            self.watch.posted(path)

    def _parts(self, path: Path) -> list["Chosen"]:
        """Return the files that one stands for; none when the map of the folder leaves it out."""
        from carbonledger.ingest.folder import parts_of, rule_of

        rule = None if self.asked.profile else rule_of(path, self.watch.folder, {})
        if rule is not None and rule.ignore:
            return []
        profile = rule.profile if rule else self.asked.profile
        return parts_of(path, profile, self.asked.profile)

    def _import(self, ledger: Any, one: "Chosen") -> dict[str, Any]:
        from carbonledger.ingest import service

        asked = replace(self.asked, profile=one.profile, now=now())
        look = self.stop.look
        return service.import_file(ledger, one.path, asked, look, note, member=one.member)

    def _tell(self, path: Path, what: CarbonLedgerError | Mapping[str, Any]) -> None:
        if state(self.ctx).json:
            answer = {"error": document(what)} if isinstance(what, CarbonLedgerError) else what
            say(_line({"file": str(path), **answer}))
        else:
            said = _refused(what) if isinstance(what, CarbonLedgerError) else _done(what)
            say(f"{now()} {plain(str(path))}: {said}")
        sys.stdout.flush()


def _line(value: Mapping[str, Any]) -> str:
    # Line breaks within texts are escaped; those that are left are indentation.
    return " ".join(part.strip() for part in dumps(value).split("\n"))


def _done(answer: Mapping[str, Any]) -> str:
    counts = {name: answer[name] for name in ("readings", "skipped", "rejected")}
    counts["findings"] = findings(answer)
    return " · ".join([outcome(answer), *(f"{label(k)} {number(v)}" for k, v in counts.items())])


def _refused(error: CarbonLedgerError) -> str:
    said = " ".join(part for part in (error.message, error.hint and f"→ {error.hint}") if part)
    return t("cli.watch.refused", code=error.code, text=plain(" ".join(said.split())))
