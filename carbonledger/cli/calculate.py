"""Commands that compute: inventory, renewable share, footprint, intensity, and their reasons."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.facts import assessed, facts, rounded
from carbonledger.cli.output import emit, say
from carbonledger.cli.plain import plain
from carbonledger.cli.quality import grades
from carbonledger.cli.state import as_of, now, opened, state
from carbonledger.cli.tables import label, table
from carbonledger.text import t

if TYPE_CHECKING:
    from carbonledger.ledger.connect import Ledger

SHARES = ("by_origin", "by_gas")
# The lines of a year are thousands; they are asked for in SQL or as JSON.
HIDDEN = ("lines", "clause", "national", "keys", "key", "data_quality", *SHARES)
MOST_KEYS = 8
SCOPES = ("scopes", "reported")


def inventory(
    ctx: typer.Context,
    period: options.Period,
    boundary: options.Boundary = None,
    method: options.Method = None,
    consolidation: options.Consolidated = options.Consolidation.OPERATIONAL,
) -> None:
    """Compute emissions by scope."""
    from carbonledger.run import service

    with opened(ctx, computes=True) as ledger:
        answer = service.inventory(
            ledger, boundary, period, method, consolidation=consolidation.value,
            **_asked(ctx, ledger),
        )  # fmt: skip
    emit(ctx, answer, _computed)


def renewable(
    ctx: typer.Context,
    period: options.Period,
    boundary: options.Boundary = None,
    method: options.Method = None,
) -> None:
    """Compute the share of renewable electricity."""
    from carbonledger.run import service

    with opened(ctx, computes=True) as ledger:
        answer = service.renewable(ledger, boundary, period, method, **_asked(ctx, ledger))
    emit(ctx, answer, _computed)


def footprint(
    ctx: typer.Context,
    period: options.Period,
    product: Annotated[
        str | None, typer.Argument(metavar="PRODUCT", help="cli.argument.product")
    ] = None,
    boundary: options.Boundary = None,
    method: options.Method = None,
) -> None:
    """Compute the footprint of one product or of all."""
    from carbonledger.run import service

    with opened(ctx, computes=True) as ledger:
        answer = service.footprint(
            ledger, boundary, period, method, product=product, **_asked(ctx, ledger)
        )
    emit(ctx, answer, _computed)


def intensity(
    ctx: typer.Context,
    period: options.Period,
    boundary: options.Boundary = None,
    method: options.Method = None,
    against: Annotated[
        str | None, typer.Option("--against", metavar="national|NAME", help="cli.option.against")
    ] = None,
) -> None:
    """Compute energy and emissions per value added, and the indicators of the method."""
    from carbonledger.run import service

    with opened(ctx, computes=True) as ledger:
        answer = service.intensity(
            ledger, boundary, period, method, against=against, **_asked(ctx, ledger)
        )
    emit(ctx, answer, _computed)


def _asked(ctx: typer.Context, ledger: "Ledger") -> dict[str, Any]:
    return {"as_of": as_of(ctx, ledger), "actor": state(ctx).actor, "now": now()}


def _computed(answer: Mapping[str, Any]) -> None:
    shown: Any = rounded(answer)
    scopes = {name: assessed(shown[name]) for name in SCOPES if name in shown}
    facts(shown | scopes, hidden=HIDDEN)
    for name in SHARES:
        _shares(name, shown.get("products", ()))
    if shown.get("data_quality"):
        say("")
        grades([row for row in shown["data_quality"] if not row["category"]])
    say("")
    keys = list(dict.fromkeys(answer["keys"].values()))
    more = " …" if len(keys) > MOST_KEYS else ""
    say(t("cli.next.keys", keys=plain("  ".join(keys[:MOST_KEYS]) + more)))
    say(t("cli.next.run", run=answer["run"]))


def _shares(name: str, products: Sequence[Mapping[str, Any]]) -> None:
    """Print what the footprints are made of, a product a line."""
    if products:
        say("")
        say(label(name))
        table([{"commodity": p["commodity"], **p[name]} for p in products])
