"""Help pages: read from the live commands, in the language chosen, with examples."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from carbonledger.cli.output import say
from carbonledger.cli.plain import width, wrap
from carbonledger.cli.usage import no_such_command
from carbonledger.text import t

WIDEST = 100


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument or option as it is described to users.

    Attributes:
        argument: it has no name of its own on the command line.
        name: how it is written, `--profile FILE`.
        help: what it does, with its default and environment variable.
    """

    argument: bool
    name: str
    help: str


def parameters(command: Any, ctx: Any) -> list[Parameter]:
    """List the arguments and options of a command, in the order of their declaration."""
    return [_described(param) for param in command.get_params(ctx) if not param.hidden]


def _described(param: Any) -> Parameter:
    argument = param.param_type_name == "argument"
    name = _argument(param) if argument else _option(param)
    if "--help" in param.opts:
        return Parameter(argument=False, name="--help", help=t("cli.option.help"))
    notes = [t("cli.word.required")] if param.required and not argument else []
    if not (param.is_flag if not argument else False) and param.default is not None:
        notes.append(t("cli.word.default", value=param.default))
    if param.envvar:
        notes.append(t("cli.word.variable", name=param.envvar))
    return Parameter(argument, name, t(param.help) + "".join(f" [{note}]" for note in notes))


def _argument(param: Any) -> str:
    return f"{param.metavar}…" if param.nargs != 1 else str(param.metavar)


def _option(param: Any) -> str:
    name = ", ".join([*param.opts, *param.secondary_opts])
    return name if param.is_flag else f"{name} {param.metavar}"


def usage(command: Any, ctx: Any) -> str:
    """Return the usage line of a command."""
    needed = [
        _option(param)
        for param in command.params
        if param.param_type_name == "option" and param.required
    ]
    arguments = [
        _argument(param) if param.required else f"[{_argument(param)}]"
        for param in command.params
        if param.param_type_name == "argument"
    ]
    if isinstance(command, TyperGroup):
        arguments.append(t("cli.word.command_metavar"))
    return " ".join([ctx.command_path, *needed, t("cli.word.options_metavar"), *arguments])


def page(command: Any, ctx: Any) -> str:
    """Return the help page of a command as text for a terminal."""
    columns = min(shutil.get_terminal_size().columns, WIDEST)
    lines = [f"{t('cli.word.usage')} {usage(command, ctx)}", ""]
    for paragraph in t(command.help).strip().split("\n"):
        lines += list(wrap(paragraph, columns)) or [""]
    described = parameters(command, ctx)
    for title, argument in (("arguments", True), ("options", False)):
        pairs = [(p.name, p.help) for p in described if p.argument is argument]
        lines += _section(t(f"cli.word.{title}"), pairs, columns)
    if isinstance(command, TyperGroup):
        pairs = [(name, summary(found)) for name, found in command.commands.items()]
        lines += _section(t("cli.word.commands"), pairs, columns)
    lines += ["", t("cli.word.example")]
    lines += [f"  {line}" for line in t(command.epilog).strip().split("\n")]
    return "\n".join(lines) + "\n"


def summary(command: Any) -> str:
    """Return the first line of a command's description."""
    return t(command.help).strip().partition("\n")[0]


def _section(title: str, pairs: list[tuple[str, str]], columns: int) -> Iterator[str]:
    if not pairs:
        return
    yield ""
    yield title
    indent = min(max(width(name) for name, _ in pairs) + 4, 30)
    for name, text in pairs:
        lines = list(wrap(text, columns - indent))
        head = f"  {name}"
        if width(head) + 2 > indent:
            yield head
            head = ""
        yield head + " " * (indent - width(head)) + lines[0]
        yield from (" " * indent + line for line in lines[1:])


class Command(TyperCommand):
    """A command whose texts are keys of the catalogue."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page."""
        formatter.write(page(self, ctx))


class Group(TyperGroup):
    """A group of commands whose texts are keys of the catalogue."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page."""
        formatter.write(page(self, ctx))

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the parser's signature
        """List the commands in the order of a user's work, not of the alphabet."""
        return list(self.commands)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command a user named.

        Raises:
            UsageRefused: there is none of that name.
        """
        if args[0] not in self.commands:
            raise no_such_command(args[0], ctx.command_path, list(self.commands))
        return super().resolve_command(ctx, args)


def show_help(ctx: typer.Context) -> None:
    """Print the help page of the command that is being run."""
    say(ctx.get_help())
