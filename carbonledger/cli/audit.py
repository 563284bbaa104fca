"""Commands for auditors: canned questions, and the desk to ask them at in a browser."""

import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.output import emit, note, say
from carbonledger.cli.plain import number, plain
from carbonledger.cli.state import as_of, opened, state, url
from carbonledger.cli.tables import table
from carbonledger.cli.usage import UsageRefused
from carbonledger.text import t

ON_SCREEN = 200


def questions(ctx: typer.Context) -> None:
    """List the canned questions of auditors."""
    from carbonledger.audit import service

    emit(ctx, {"questions": service.listed()}, _listed)


def _listed(answer: Mapping[str, Any]) -> None:
    for section, members in groupby(answer["questions"], itemgetter("section")):
        say(t(f"audit.section.{section}"))
        say("")
        for one in members:
            given = " ".join(f"{p['name']}={p['default']}" for p in one["parameters"])
            say(f"  {one['question']:<18} {one['title']}")
            if given:
                say(f"  {'':<18} {given}")
        say("")
    say(t("cli.next.audit_questions"))


def ask(
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(metavar="NAME", help="cli.argument.question")],
    *,
    param: Annotated[
        list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="cli.option.param")
    ] = None,
    timeout: options.Timeout = None,
) -> None:
    """Answer a canned question."""
    from carbonledger.audit import service

    given = _pairs(param or [])
    with opened(ctx, sealed=True) as ledger:
        answer = service.ask(ledger, question, given, timeout, as_of(ctx, ledger))
    emit(ctx, answer, _answered)


def _pairs(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            raise UsageRefused(
                t("cli.error.param", text=plain(text)), hint=t("cli.error.param_hint")
            )
        found[name] = value
    return found


def _answered(answer: Mapping[str, Any]) -> None:
    say(answer["title"])
    if answer["parameters"]:
        say("  ".join(f"{name}={plain(str(v))}" for name, v in answer["parameters"].items()))
    say("")
    rows = answer["rows"]
    if not rows:
        say(t("cli.audit.nothing"))
        return
    table(rows[:ON_SCREEN], answer["columns"])
    if len(rows) > ON_SCREEN:
        note(t("cli.audit.more", count=number(ON_SCREEN)))


def serve(
    ctx: typer.Context,
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="cli.option.port")
    ] = 8001,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="cli.option.host")] = (
        "127.0.0.1"
    ),
) -> None:
    """Open the ledger read-only in a browser."""
    from carbonledger.desk.serve import serve as desk

    if state(ctx).json or state(ctx).as_of is not None:
        raise UsageRefused(t("cli.error.serve"), hint="carbonledger audit ask NAME")

    def ready(address: str) -> None:
        say(t("cli.audit.serving", url=address))
        # Whoever reads it through a pipe waits for it, and the command goes on.
        sys.stdout.flush()

    desk(url(ctx), host, port, ready)
