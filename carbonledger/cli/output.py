"""Where answers go: standard output; and what is said on the way: standard error."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer

from carbonledger.cli.encode import dumps
from carbonledger.cli.state import state

Tick = Callable[[int, int], None]


def say(line: str = "") -> None:
    """Print a line of an answer."""
    sys.stdout.write(line + "\n")


def note(line: str) -> None:
    """Print a remark that is no part of the answer."""
    sys.stderr.write(line + "\n")


def emit(
    ctx: typer.Context, answer: Mapping[str, Any], human: Callable[[Mapping[str, Any]], None]
) -> None:
    """Print an answer in the form that was asked for.

    Args:
        ctx: context of the command.
        answer: what a service function returned.
        human: prints it for people.
    """
    if state(ctx).json:
        # As a whole: a fault half-way must not leave half a document behind.
        say(dumps(answer))
    else:
        human(answer)


@contextmanager
def progress(text: str) -> Iterator[Tick]:
    """Show how far a long work is, on standard error, where that is a terminal.

    Args:
        text: what is being done.

    Yields:
        A function to call with the part done and the whole, in any unit.
    """
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _silent(done: int, total: int) -> None:
    """Show nothing."""
