"""Commands on who may read and post: grant, revoke, list."""

import getpass
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from carbonledger.cli.facts import facts
from carbonledger.cli.output import emit, note, say
from carbonledger.cli.plain import plain
from carbonledger.cli.state import now, opened, state
from carbonledger.cli.tables import table
from carbonledger.cli.usage import UsageRefused
from carbonledger.text import t

Login = Annotated[str, typer.Argument(metavar="NAME", help="cli.argument.login")]
Password = Annotated[bool, typer.Option("--password", help="cli.option.password")]
LISTED = ("role", "kind", "member", "granted_at", "actor")


def auditor(
    ctx: typer.Context,
    name: Login,
    *,
    member: Annotated[
        str | None, typer.Option("--member", metavar="ACCOUNT", help="cli.option.member")
    ] = None,
    password: Password = False,
) -> None:
    """Let a login read the views, and nothing else."""
    _grant(ctx, "auditor", name, member, password=password)


def importer(ctx: typer.Context, name: Login, *, password: Password = False) -> None:
    """Let a login import files, and nothing else."""
    _grant(ctx, "importer", name, None, password=password)


def _grant(ctx: typer.Context, kind: str, name: str, member: str | None, *, password: bool) -> None:
    from carbonledger.ledger import access

    with opened(ctx, write=True) as ledger:
        access.on_server(ledger)
        secret = _password(name) if password else None
        answer = access.grant(
            ledger, kind, name, member, password=secret, actor=state(ctx).actor, now=now()
        )
    emit(ctx, answer, facts)
    if answer["created"] and not answer["password"]:
        note(t("cli.grants.no_password"))


def _password(name: str) -> str:
    """Ask for a password; it never stands on the command line, where others see it.

    Raises:
        UsageRefused: there is none, or it was not typed twice the same.
    """
    if sys.stdin.isatty():
        first = getpass.getpass(t("cli.grants.ask", name=plain(name)))
        same = first == getpass.getpass(t("cli.grants.ask_again"))
    else:
        first, same = sys.stdin.readline().rstrip("\r\n"), True
    if not first or not same:
        raise UsageRefused(t("cli.error.password"), hint=t("cli.error.password_hint"))
    return first


def revoke(ctx: typer.Context, name: Login) -> None:
    """Take from a login all that it may do in the ledger."""
    from carbonledger.ledger import access

    with opened(ctx, write=True) as ledger:
        answer = access.revoke(ledger, name, actor=state(ctx).actor, now=now())
    emit(ctx, answer, facts)
    note(t("cli.grants.drop", name=plain(name)))


def grants(ctx: typer.Context) -> None:
    """List who may read or post."""
    from carbonledger.ledger import access

    with opened(ctx) as ledger:
        answer = {"grants": access.grants(ledger)}
    emit(ctx, answer, _listed)


def _listed(answer: Mapping[str, Any]) -> None:
    if answer["grants"]:
        table(answer["grants"], LISTED)
    else:
        say(t("cli.grants.none"))
