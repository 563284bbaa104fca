"""Commands on what must arrive: declare it, take it back, list it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from carbonledger.cli.facts import facts
from carbonledger.cli.output import emit, say
from carbonledger.cli.state import as_of, now, opened, state
from carbonledger.cli.tables import table
from carbonledger.text import t

NAME = typer.Argument(metavar="NAME", help="cli.argument.expectation")


class Frequency(StrEnum):
    """What period each delivery is for."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


def declare(
    ctx: typer.Context,
    name: Annotated[str, NAME],
    *,
    every: Annotated[
        Frequency,
        typer.Option("--every", metavar="day|month|quarter|year", help="cli.option.frequency"),
    ],
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="cli.option.since")],
    due_days: Annotated[
        int, typer.Option("--due-days", metavar="N", min=0, help="cli.option.due_days")
    ],
    owner: Annotated[str, typer.Option("--owner", metavar="WHO", help="cli.option.owner")],
    meter: Annotated[
        str | None, typer.Option("--meter", metavar="METER", help="cli.option.expected_meter")
    ] = None,
    commodity: Annotated[
        str | None,
        typer.Option("--commodity", metavar="CODE", help="cli.option.expected_commodity"),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--from-account", metavar="ACCOUNT", help="cli.option.from_account"),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--to-account", metavar="ACCOUNT", help="cli.option.to_account")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="cli.option.until")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="cli.option.whole")] = False,
    remark: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="cli.option.note")
    ] = None,
) -> None:
    """Post what must arrive, from whom and by when."""
    from carbonledger.site import expect

    values: dict[str, object] = {
        "meter": meter, "commodity": commodity, "from": source, "to": target,
        "every": every.value, "since": since, "until": until, "due_days": due_days,
        "owner": owner, "whole": whole or None, "note": remark,
    }  # fmt: skip
    with opened(ctx, write=True) as ledger:
        answer = expect.declare(ledger, name, values, state(ctx).actor, now())
    emit(ctx, answer, _declared)


def _declared(answer: Mapping[str, Any]) -> None:
    facts({key: value for key, value in answer.items() if value is not None})
    if answer["batch"] is None:
        say("")
        say(t("cli.expect.unchanged"))


def withdraw(
    ctx: typer.Context,
    name: Annotated[str, NAME],
    reason: Annotated[str, typer.Option("--reason", metavar="WHY", help="cli.option.reason")],
) -> None:
    """Take an expectation back."""
    from carbonledger.site import expect

    with opened(ctx, write=True) as ledger:
        answer = expect.withdraw(ledger, name, reason, state(ctx).actor, now())
    emit(ctx, answer, facts)


def list_(ctx: typer.Context) -> None:
    """List what must arrive."""
    from carbonledger.site import expect

    with opened(ctx) as ledger:
        answer = expect.listed(ledger, as_of(ctx, ledger))
    emit(ctx, answer, _listed)


def _listed(answer: Mapping[str, Any]) -> None:
    rows = answer["expectations"]
    if not rows:
        say(t("cli.expect.none"))
        return
    names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    table(rows, names)
