"""Commands on methods: what there are, what one says, one of your own."""

from pathlib import Path
from typing import Annotated

import typer

from carbonledger.cli.facts import facts
from carbonledger.cli.output import emit, say
from carbonledger.cli.state import as_of, now, opened, state
from carbonledger.cli.tables import table


def list_(ctx: typer.Context) -> None:
    """List the methods in the ledger."""
    from carbonledger.run import setup as service

    with opened(ctx) as ledger:
        answer = {"methods": service.methods(ledger, as_of(ctx, ledger))}
    emit(ctx, answer, lambda found: table(found["methods"]))


def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="CODE[@EDITION]", help="cli.argument.method")],
) -> None:
    """Print the rules of a method."""
    from carbonledger.run import methods as service

    with opened(ctx) as ledger:
        answer = service.show(ledger, name, as_of(ctx, ledger))
    emit(ctx, answer, lambda found: say(found["rules"].rstrip("\n")))


def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.argument.method_file")],
) -> None:
    """Load a method of your own from its file."""
    from carbonledger.run import methods as service

    with opened(ctx, write=True) as ledger:
        answer = service.load(ledger, file, state(ctx).actor, now())
    emit(ctx, answer, facts)
