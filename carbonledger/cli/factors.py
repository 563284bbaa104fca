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

HELD = "held"
COLUMNS = (
    "factor", "activity", "region", "purpose", "gas", "value", "unit", "data_year", "page", "state",
)  # fmt: skip


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
    from carbonledger.run.publishing import held_packs

    wanted = {"activity": activity, "region": region, "purpose": purpose, "pack": pack}
    filters = {name: value for name, value in wanted.items() if value is not None}
    with opened(ctx) as ledger:
        batch = as_of(ctx, ledger)
        found = service.factors(ledger, as_of=batch, **filters)
        named = {f"{row['pack']}@{row['edition']}" for row in found}
        answer = {
            "factors": found,
            "not_loaded": service.packs_to_load(ledger, batch),
            "held": [one for one in held_packs(ledger, batch) if one["pack"] in named],
        }
    emit(ctx, answer, _listed)


def _listed(found: Mapping[str, Any]) -> None:
    table(found["factors"], COLUMNS)
    for one in found["held"]:
        say(_held(one["pack"], one["loaded_by"]))
    if found["not_loaded"]:
        say(t("cli.factors.not_loaded", packs=", ".join(found["not_loaded"])))


def _held(name: str, loaded_by: str) -> str:
    return t("cli.factors.held", pack=plain(name), actor=plain(loaded_by))


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
    emit(ctx, found[0], _shown)


def _shown(one: Mapping[str, Any]) -> None:
    facts(one)
    if one["state"] == HELD:
        say()
        say(_held(f"{one['pack']}@{one['edition']}", one["loaded_by"]))


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
    emit(ctx, answer, _loaded)


def _loaded(answer: Mapping[str, Any]) -> None:
    facts(answer, hidden=("publish",))
    if answer["state"] == HELD:
        say()
        say(_held(f"{answer['pack']}@{answer['edition']}", answer["loaded_by"]))


def publish(
    ctx: typer.Context,
    pack: Annotated[
        str, typer.Argument(metavar="CODE@EDITION", help="cli.argument.pack_to_publish")
    ],
    *,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="WHY", help="cli.option.publish_reason")
    ] = None,
) -> None:
    """Publish a pack that another actor loaded: calculations may use it from then on."""
    from carbonledger.run.publishing import publish_pack

    with opened(ctx, write=True) as ledger:
        answer = publish_pack(ledger, pack, reason, state(ctx).actor, now())
    emit(ctx, answer, facts)
