"""Commands on what happens to meters: events, and estimates of what is missing."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.facts import facts
from carbonledger.cli.output import emit, note, say
from carbonledger.cli.plain import number, plain
from carbonledger.cli.state import as_of, now, opened, state
from carbonledger.cli.tables import table
from carbonledger.cli.usage import UsageRefused
from carbonledger.text import t

ON_SCREEN = 15
CHANGES = ("local_day", "start", "end", "before", "after", "unit")
DAYS = ("local_day", "intervals", "quantity", "days_used", "spread")
LISTED = ("local", "kind", "old", "new", "multiplier", "expires", "state", "batch", "note")


def event(
    ctx: typer.Context,
    meter: Annotated[str, typer.Argument(metavar="METER", help="cli.argument.meter")],
    *,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="cli.option.at")],
    kind: Annotated[
        options.EventKind,
        typer.Option(
            "--kind", metavar="swap|rollover|multiplier|calibration", help="cli.option.kind"
        ),
    ],
    old: Annotated[
        str | None, typer.Option("--old", metavar="READING", help="cli.option.old")
    ] = None,
    new: Annotated[
        str | None, typer.Option("--new", metavar="READING", help="cli.option.new")
    ] = None,
    multiplier: Annotated[
        str | None, typer.Option("--multiplier", metavar="FACTOR", help="cli.option.multiplier")
    ] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DATE", help="cli.option.expires")
    ] = None,
    remark: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="cli.option.note")
    ] = None,
    withdraw: Annotated[
        str | None, typer.Option("--withdraw", metavar="WHY", help="cli.option.withdraw")
    ] = None,
    restate: options.Restate = None,
) -> None:
    """Post what happened to a meter, correct it, or take it back."""
    facts_of = {"old": old, "new": new, "multiplier": multiplier, "expires": expires,
                "note": remark}  # fmt: skip
    if withdraw is not None and any(value is not None for value in facts_of.values()):
        raise UsageRefused(
            t("cli.error.withdraw_alone"),
            hint=t("cli.error.help_hint", command="carbonledger meter event"),
        )
    from carbonledger.meters import events

    values = {"meter": meter, "at": at, "kind": kind.value, **facts_of}
    with opened(ctx, write=True) as ledger:
        if withdraw is not None:
            answer = events.withdraw_event(
                ledger, values, withdraw, state(ctx).actor, now(), restate=restate
            )
        else:
            answer = events.declare_event(ledger, values, state(ctx).actor, now(), restate=restate)
    emit(ctx, answer, _done)


def _done(answer: Mapping[str, Any]) -> None:
    changes = answer["changes"]
    totals = () if changes else ("before", "after", "unit")
    facts(answer, hidden=("changes", *totals))
    if changes:
        say("")
        say(t("cli.meter_event.changed"))
        table(changes[:ON_SCREEN], CHANGES)
    if len(changes) > ON_SCREEN:
        note(t("cli.meter_event.more", count=number(len(changes) - ON_SCREEN)))


def events(
    ctx: typer.Context,
    meter: Annotated[str, typer.Argument(metavar="METER", help="cli.argument.meter")],
) -> None:
    """List what was ever posted about a meter, and what of it holds."""
    from carbonledger.meters import events as service

    with opened(ctx) as ledger:
        answer = service.list_events(ledger, meter, as_of(ctx, ledger))
    emit(ctx, answer, _listed)


def _listed(answer: Mapping[str, Any]) -> None:
    facts(answer, hidden=("events",))
    if answer["events"]:
        say("")
        table(answer["events"], LISTED)


def estimate(
    ctx: typer.Context,
    meter: Annotated[str, typer.Argument(metavar="METER", help="cli.argument.meter")],
    other: Annotated[
        str | None, typer.Argument(metavar="OTHER", help="cli.argument.other_meter")
    ] = None,
    *,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="cli.option.from")],
    last: Annotated[str, typer.Option("--to", metavar="DAY", help="cli.option.to")],
    method: Annotated[
        options.EstimateMethod,
        typer.Option(
            "--method", metavar="linear|typical-day|profile-of", help="cli.option.estimate_method"
        ),
    ],
    dry_run: options.DryRun = False,
    restate: options.Restate = None,
) -> None:
    """Post estimates for what is missing of a meter."""
    from carbonledger.meters import estimates

    asked = estimates.Asked(meter, first, last, method.value, other, dry_run, restate)
    with opened(ctx, write=True) as ledger:
        answer = estimates.estimate(ledger, asked, state(ctx).actor, now())
    emit(ctx, answer, _estimated)


def _estimated(answer: Mapping[str, Any]) -> None:
    facts(answer, hidden=("days", "total", "warnings"))
    say("")
    table(answer["days"], DAYS)
    for warning in answer["warnings"]:
        say(t("cli.import.warning", text=plain(str(warning))))
    say("")
    said = "cli.estimate.dry_run" if answer["dry_run"] else "cli.estimate.posted"
    say(t(said, batch=answer["batch"]))
