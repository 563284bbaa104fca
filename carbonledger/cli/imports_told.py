"""What became of imported files, as people read it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from carbonledger.cli.findings import noticed
from carbonledger.cli.output import say
from carbonledger.cli.plain import number, plain
from carbonledger.cli.tables import label, table
from carbonledger.cli.understood import show
from carbonledger.errors import CarbonLedgerError
from carbonledger.text import t

COUNTS = ("rows", "readings", "entries", "skipped", "rejected", "gaps")
TOTALS = ("meter", "commodity", "quantity", "unit", "first", "last")
SUMMARY = ("file", "outcome", "readings", "skipped", "rejected", "findings")


def told(answer: Mapping[str, Any], file: str, *, dry_run: bool) -> None:
    """Print what became of one file."""
    name = plain(file)
    if not answer["entries"] and not answer["rejected"]:
        say(t("cli.import.nothing_new", file=name))
    elif dry_run:
        say(t("cli.import.dry_run", file=name))
    else:
        say(t("cli.import.posted", file=name, batch=answer["batch"]))
    counts = COUNTS + (("replaced",) if answer.get("replaced") else ())
    say("  " + " · ".join(f"{label(count)} {number(answer[count])}" for count in counts))
    if dry_run:
        show(answer.get("understood"), answer.get("checks", ()))
    if answer["totals"]:
        say("")
        table(answer["totals"], TOTALS)
        say("")
        say(t("cli.import.compare"))
    for warning in answer["warnings"]:
        say(t("cli.import.warning", text=plain(str(warning))))
    where = "cli.findings.more_dry" if dry_run else "cli.findings.more"
    noticed(answer.get("findings", ()), where, batch=answer["batch"])


def summed(
    done: Sequence[tuple[Path, dict[str, Any]]],
    refused: Sequence[tuple[Path, CarbonLedgerError]],
) -> None:
    """Print one line a file: its batch, or why it has none."""
    rows: list[dict[str, Any]] = [_row(path, answer) for path, answer in done]
    rows += [
        {"file": plain(str(path)), "outcome": t("cli.import.why_not", code=error.code)}
        for path, error in refused
    ]
    say("")
    table(sorted(rows, key=lambda row: str(row["file"])), SUMMARY)
    say("")
    say(t("cli.import.summary", posted=len(done), refused=len(refused)))


def _row(path: Path, answer: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: answer[name] for name in ("readings", "skipped", "rejected")}
    return {"file": plain(str(path)), "outcome": outcome(answer), **counts,
            "findings": findings(answer)}  # fmt: skip


def outcome(answer: Mapping[str, Any]) -> str:
    """Return the batch of a file in words, or why it has none."""
    if not answer["entries"] and not answer["rejected"]:
        return t("cli.import.known")
    if answer["batch"] is None:
        return t("cli.import.would")
    return t("cli.import.batch", batch=answer["batch"])


def findings(answer: Mapping[str, Any]) -> int:
    """Return how many remarks and findings there are about a file."""
    found = answer.get("findings", ())
    return len(answer["warnings"]) + (len(found) if isinstance(found, list | tuple) else 0)
