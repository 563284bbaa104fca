"""The command tree: global options first, then one command."""

from typing import Any

import typer

from carbonledger.cli import (
    access,
    audit,
    backups,
    base_year,
    books,
    calculate,
    checks,
    demo,
    evidence,
    expect,
    explain,
    factor_questions,
    factors,
    filed,
    imports,
    meters,
    methods,
    options,
    periods,
    quality,
    reconcile,
    reports,
    restate,
    site,
    trace,
    uncertainty,
)
from carbonledger.cli.help import Command, Group, show_help
from carbonledger.cli.output import say
from carbonledger.cli.state import DEFAULT_DB, State, login
from carbonledger.cli.usage import UsageRefused
from carbonledger.text import set_language, t

# What is asked of the books as they were; every other command works on them as they are. Of the
# groups those that post refuse it themselves.
AS_OF_COMMANDS = (
    "status", "inventory", "renewable", "footprint", "intensity", "quality", "uncertainty",
    "reconcile", "report", "explain", "sql", "log", "restatements", "restate", "base-year",
    "trace", "expect", "meter", "factors", "methods", "audit",
)  # fmt: skip


def _globals(
    ctx: typer.Context,
    db: options.Db = DEFAULT_DB,
    *,
    json: options.Json = False,
    lang: options.Language = None,
    actor: options.Actor = None,
    as_of: options.AsOf = None,
    debug: options.Debug = False,  # noqa: ARG001 - read before parsing, see entry.early
    version: options.Version = False,
) -> None:
    if lang:
        set_language(lang.value)
    ctx.obj = State(db, json, actor or login(), as_of)
    if version:
        from carbonledger import __version__

        say(f"carbonledger {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        if json:
            raise UsageRefused(t("cli.error.no_command_given"), hint="carbonledger --help")
        show_help(ctx)
        raise typer.Exit(2)
    if as_of is not None and ctx.invoked_subcommand not in AS_OF_COMMANDS:
        raise UsageRefused(
            t("cli.error.as_of", command=ctx.invoked_subcommand),
            hint=t("cli.error.as_of_hint", commands=", ".join(AS_OF_COMMANDS)),
        )


def _group(app: typer.Typer, name: str, members: dict[str, Any]) -> None:
    group = typer.Typer(rich_markup_mode=None)
    group.callback()(_nothing)
    for member, function in members.items():
        _add(group, member, function, f"{name}_{member}".replace("-", "_"))
    texts: Any = {"help": f"cli.{name}.help", "epilog": f"cli.{name}.example"}
    app.add_typer(group, name=name, cls=Group, **texts)


def _nothing() -> None:
    """Stand for the options of a group; it has none."""


def _add(app: typer.Typer, name: str, function: Any, key: str) -> None:
    texts: Any = {"help": f"cli.{key}.help", "epilog": f"cli.{key}.example"}
    app.command(name, cls=Command, **texts)(function)


# The order of a user's work.
COMMANDS: dict[str, Any] = {
    "init": books.init,
    "site": {"apply": site.apply},
    "import": imports.import_files,
    "expect": {"declare": expect.declare, "withdraw": expect.withdraw, "list": expect.list_},
    "status": books.status,
    "inventory": calculate.inventory,
    "renewable": calculate.renewable,
    "footprint": calculate.footprint,
    "intensity": calculate.intensity,
    "quality": quality.quality,
    "uncertainty": uncertainty.uncertainty,
    "reconcile": reconcile.reconcile,
    "report": {
        "park-summary": reports.park_summary,
        "filed": filed.listed,
        "again": filed.again,
    },
    "base-year": base_year.base_year,
    "restate": {"preview": restate.preview, "post": restate.post, "list": restate.list_},
    "explain": explain.explain,
    "trace": trace.trace,
    "evidence": evidence.evidence,
    "audit": {"questions": audit.questions, "ask": audit.ask, "serve": audit.serve},
    "sql": books.sql,
    "verify": checks.verify,
    "checkpoint": checks.checkpoint,
    "backup": backups.backup,
    "restore": backups.restore,
    "log": books.log,
    "reverse": books.reverse,
    "close": periods.close,
    "restatements": periods.restatements,
    "grant": {"auditor": access.auditor, "importer": access.importer},
    "revoke": access.revoke,
    "grants": access.grants,
    "estimate": meters.estimate,
    "meter": {"event": meters.event, "events": meters.events},
    "factors": {
        "list": factors.list_,
        "show": factors.show,
        "search": factor_questions.search,
        "diff": factor_questions.diff,
        "check": factor_questions.check,
        "load": factors.load,
        "publish": factors.publish,
    },
    "methods": {"list": methods.list_, "show": methods.show, "load": methods.load},
    "demo": demo.demo,
}


def command() -> Any:
    """Build the command tree."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    texts: Any = {"help": "cli.help", "epilog": "cli.example"}
    app.callback(cls=Group, invoke_without_command=True, **texts)(_globals)
    for name, what in COMMANDS.items():
        if isinstance(what, dict):
            _group(app, name, what)
        else:
            _add(app, name, what, name.replace("-", "_"))
    root: Any = typer.main.get_command(app)
    # The parser lists groups last; people read the list from the top.
    root.commands = {name: root.commands[name] for name in COMMANDS}
    return root
