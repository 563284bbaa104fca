"""Wrong usage: the parser's errors in the user's language, with the way to do it right."""

import difflib
from typing import Any

import typer

from carbonledger.cli.plain import plain
from carbonledger.errors import Refusal
from carbonledger.text import known, t

GLOBAL_OPTIONS = ("--db", "--json", "--lang", "--actor", "--as-of", "--debug")

# The parser's errors have one public name; its base is what every wrong usage raises.
ParserError: type[Exception] = typer.BadParameter.__mro__[1]


class UsageRefused(Refusal):
    """The command line was written wrongly; nothing was tried."""

    code = "usage"


def no_such_command(name: str, path: str, names: list[str]) -> UsageRefused:
    """Return the refusal of a command that does not exist.

    Args:
        name: what was typed.
        path: the command it was typed after.
        names: the commands there are.
    """
    near = difflib.get_close_matches(name, names, n=1)
    hint = t("cli.error.did_you_mean", text=f"{path} {near[0]}") if near else _help_hint(path)
    return UsageRefused(t("cli.error.no_command", text=plain(name)), hint=hint)


def wrong_usage(error: Any) -> UsageRefused:
    """Return the refusal that an error of the parser stands for.

    Args:
        error: a ParserError; what it knows depends on its kind.
    """
    path = error.ctx.command_path if error.ctx else "carbonledger"
    option = plain(getattr(error, "option_name", None) or "")
    if option.partition("=")[0] in GLOBAL_OPTIONS and type(error).__name__ == "NoSuchOption":
        right = path.replace("carbonledger", f"carbonledger {option}", 1)
        message = t("cli.error.global_option", option=option)
        return UsageRefused(message, hint=t("cli.error.did_you_mean", text=right))
    key = f"cli.error.{type(error).__name__}"
    message = t(
        key if known(key) else "cli.error.UsageError",
        option=option,
        param=_name(getattr(error, "param", None)),
        text=plain(str(error.message)),
    )
    return UsageRefused(message, hint=_near_option(error) or _help_hint(path))


def _near_option(error: Any) -> str:
    near = getattr(error, "possibilities", None)
    return t("cli.error.did_you_mean", text=", ".join(sorted(near))) if near else ""


def _help_hint(path: str) -> str:
    return t("cli.error.help_hint", command=path)


def _name(param: Any) -> str:
    if param is None:
        return ""
    flags: list[str] = param.opts
    return flags[0] if flags[0].startswith("-") else str(param.metavar or flags[0].upper())
