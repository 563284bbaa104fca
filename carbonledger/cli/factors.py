"""Commands on factor packs and methods."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from carbonledger.cli.facts import facts
from carbonledger.cli.output import emit, say
from carbonledger.cli.plain import plain
from carbonledger.cli.state import as_of, now, opened, state
from carbonledger.cli.tables import table
from carbonledger.errors import FactorNotFound
from carbonledger.text import t

COLUMNS = ("factor", "activity", "region", "purpose", "gas", "value", "unit", "data_year", "page")


def list_(
    ctx: typer.Context,
    activity: Annotated[
        str | None, typer.Option("--activity", metavar="CODE", help="cli.option.activity")
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="CODE", help="cli.option.region")
    ] = None,
    purpose: Annotated[
        str | None, typer.Option("--purpose", metavar="NAME", help="cli.option.purpose")
    ] = None,
    pack: Annotated[
        str | None, typer.Option("--pack", metavar="CODE", help="cli.option.pack")
    ] = None,
) -> None:
    """List the factors in the ledger."""
    from carbonledger.run import setup as service

    wanted = {"activity": activity, "region": region, "purpose": purpose, "pack": pack}
    filters = {name: value for name, value in wanted.items() if value is not None}
    with opened(ctx) as ledger:
        batch = as_of(ctx, ledger)
        answer = {
            "factors": service.factors(ledger, as_of=batch, **filters),
            "not_loaded": service.packs_to_load(ledger, batch),
        }
    emit(ctx, answer, _listed)


def _listed(found: Mapping[str, Any]) -> None:
    table(found["factors"], COLUMNS)
    if found["not_loaded"]:
        say(t("cli.factors.not_loaded", packs=", ".join(found["not_loaded"])))


def show(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="cli.argument.factor")],
) -> None:
    """Show one factor with its source."""
    from carbonledger.run import setup as service

    with opened(ctx) as ledger:
        found = service.factors(ledger, key=key, as_of=as_of(ctx, ledger))
    if not found:
        raise FactorNotFound(
            t("cli.error.factor", name=plain(key)), hint=t("cli.error.factor_hint")
        )
    emit(ctx, found[0], facts)


def load(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="CODE@EDITION|FOLDER", help="cli.argument.pack_folder")
    ],
) -> None:
    """Load a factor pack that ships by its name, or one of your own from its folder."""
    from carbonledger.run import setup as service

    with opened(ctx, write=True) as ledger:
        answer = service.load_pack(ledger, folder, state(ctx).actor, now())
    emit(ctx, answer, facts)
