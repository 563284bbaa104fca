"""The command that goes back: the tree behind a figure."""

import hashlib
import sys
from typing import Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.encode import dumps
from carbonledger.cli.output import emit, say
from carbonledger.cli.plain import plain
from carbonledger.cli.reports import write_whole
from carbonledger.cli.state import as_of, opened, state
from carbonledger.cli.tree import branches, room, tree
from carbonledger.cli.usage import UsageRefused
from carbonledger.text import language, t

HTML, JSON = ".html", ".json"


def explain(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="cli.argument.key")],
    run: Annotated[
        int | None, typer.Option("--run", metavar="RUN", min=1, help="cli.option.run")
    ] = None,
    output: options.OutFile = None,
    *,
    html: Annotated[bool, typer.Option("--html", help="cli.option.tree_html")] = False,
) -> None:
    """Show the tree behind a figure: factor, entries, batch, file and line."""
    if html and state(ctx).json and output is None:
        raise UsageRefused(t("cli.error.html_json"), hint=t("cli.error.html_json_hint"))
    from carbonledger.run.explain import explain as explained

    with opened(ctx) as ledger:
        answer = explained(ledger, key, run, as_of=as_of(ctx, ledger))
    if output is None and not html:
        emit(ctx, answer, tree)
        return
    text = _written(answer, HTML if html else output.suffix.lower() if output else HTML)
    if output is None:
        sys.stdout.write(text)
        return
    data = text.encode("utf-8")
    write_whole(output, data)
    told = {"file": str(output), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    emit(ctx, told, lambda found: say(t("cli.report.written", file=plain(found["file"]))))


def _written(answer: dict[str, Any], form: str) -> str:
    """Write a tree in the form that the suffix of a file names: a page, JSON, else text."""
    if form in (HTML, ".htm"):
        from carbonledger.report.explain import explain_html

        return explain_html(answer, language())
    if form == JSON:
        return dumps(answer) + "\n"
    return "".join(f"{line}\n" for line in branches(answer, room(answer)))
