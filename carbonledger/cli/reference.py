"""The page docs/cli.md, read from the live commands: `python -m carbonledger.cli.reference`."""

import sys
from collections.abc import Iterator
from typing import Any

import typer

from carbonledger.cli.app import command
from carbonledger.cli.help import Parameter, parameters, usage
from carbonledger.text import language, set_language, t


def commands(found: Any, parent: Any = None, name: str = "carbonledger") -> Iterator[Any]:
    """Give the context of every command, groups before their members.

    Args:
        found: a command.
        parent: context of its group.
        name: how it is called.
    """
    context = typer.Context(found, parent=parent, info_name=name)
    yield context
    for member, below in getattr(found, "commands", {}).items():
        yield from commands(below, context, member)


def page() -> str:
    """Return the reference of all commands as Markdown, in English."""
    before = language()
    set_language("en")
    try:
        parts = [t("cli.reference.head")]
        for context in commands(command()):
            parts += _section(context)
    finally:
        set_language(before)
    return "\n".join(parts).rstrip() + "\n"


def _section(context: Any) -> Iterator[str]:
    found = context.command
    yield f"## {context.command_path}"
    yield ""
    yield "\n\n".join(t(found.help).strip().split("\n"))
    yield ""
    yield f"```\n{usage(found, context)}\n```"
    yield ""
    described = [p for p in parameters(found, context) if p.name != "--help"]
    if described:
        yield from ("| argument or option | meaning |", "|---|---|")
        yield from (_row(parameter) for parameter in described)
        yield ""
    yield f"```sh\n{t(found.epilog).strip()}\n```"
    yield ""


def _row(parameter: Parameter) -> str:
    name, meaning = (text.replace("|", "\\|") for text in (parameter.name, parameter.help))
    return f"| `{name}` | {meaning} |"


if __name__ == "__main__":
    sys.stdout.write(page())
