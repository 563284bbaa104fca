"""Commands on filed reports: list them, make one again."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.output import emit, say
from carbonledger.cli.plain import plain
from carbonledger.cli.reports import write_whole
from carbonledger.cli.state import as_of, opened, state
from carbonledger.cli.tables import table
from carbonledger.cli.usage import UsageRefused
from carbonledger.text import t

LISTED = ("report", "kind", "boundary", "period", "method", "language", "form", "as_of_batch",
          "actor", "filed_at", "sha256")  # fmt: skip


def listed(ctx: typer.Context) -> None:
    """List the reports that were filed."""
    from carbonledger.report import filed as service

    with opened(ctx) as ledger:
        answer = service.filings(ledger, as_of(ctx, ledger))
    emit(ctx, answer, _listed)


def _listed(answer: Mapping[str, Any]) -> None:
    if not answer["reports"]:
        say(t("cli.report_filed.none"))
        return
    table(answer["reports"], LISTED)


def again(
    ctx: typer.Context,
    report: Annotated[str, typer.Argument(metavar="REPORT", help="cli.argument.report")],
    output: options.OutFile = None,
) -> None:
    """Make a filed report again, byte for byte."""
    if state(ctx).as_of is not None:
        raise UsageRefused(t("cli.report_again.as_of"), hint=t("cli.report_again.as_of_hint"))
    from carbonledger.report import filed as service

    with opened(ctx) as ledger:
        found, data = service.made_again(ledger, report)
    if output is None:
        if state(ctx).json and found.filing.form != options.Form.JSON:
            raise UsageRefused(t("cli.error.html_json"), hint=t("cli.error.html_json_hint"))
        sys.stdout.write(data.decode("utf-8"))
        return
    write_whole(output, data)
    answer = {
        "report": found.number,
        "file": str(output),
        "format": found.filing.form,
        "bytes": len(data),
        "sha256": found.filing.sha256,
    }
    emit(ctx, answer, lambda made: say(t("cli.report_again.written", file=plain(made["file"]))))
