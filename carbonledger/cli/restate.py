"""Commands that compute figures again: what would change, that they count from now on, a list."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.output import emit, note, say
from carbonledger.cli.plain import plain
from carbonledger.cli.reports import write_whole
from carbonledger.cli.restated import listing, shown
from carbonledger.cli.state import as_of, now, opened, state
from carbonledger.cli.usage import UsageRefused
from carbonledger.text import language, t

if TYPE_CHECKING:
    from carbonledger.ledger.connect import Ledger
    from carbonledger.run.restating import Asked

Run = Annotated[
    int | None, typer.Option("--run", metavar="RUN", min=1, help="cli.option.restate_run")
]
Editions = Annotated[
    list[str] | None,
    typer.Option("--factors", metavar="PACK@EDITION", help="cli.option.editions"),
]
Gwp = Annotated[str | None, typer.Option("--gwp", metavar="SET", help="cli.option.gwp")]
Threshold = Annotated[
    str, typer.Option("--threshold", metavar="PERCENT", help="cli.option.threshold")
]
HeldOn = Annotated[str | None, typer.Option("--held-on", metavar="DATE", help="cli.option.held_on")]
NewBoundary = Annotated[
    str | None, typer.Option("--boundary", metavar="ACCOUNT", help="cli.option.new_boundary")
]


def preview(
    ctx: typer.Context,
    *,
    run: Run = None,
    boundary: NewBoundary = None,
    period: Annotated[
        str | None, typer.Option("--period", metavar="PERIOD", help="cli.option.period")
    ] = None,
    method: Annotated[
        list[str] | None, typer.Option("--method", metavar="CODE", help="cli.option.restate_method")
    ] = None,
    factors: Editions = None,
    gwp: Gwp = None,
    held_on: HeldOn = None,
    corrections: Annotated[
        list[Path] | None,
        typer.Option("--corrections", metavar="FILE", help="cli.option.corrections"),
    ] = None,
    reverse: Annotated[
        list[int] | None,
        typer.Option("--reverse", metavar="BATCH", min=1, help="cli.option.restate_reverse"),
    ] = None,
    profile: Annotated[
        Path | None, typer.Option("--profile", metavar="TOML", help="cli.option.profile")
    ] = None,
    threshold: Threshold = "5",
    output: options.OutFile = None,
) -> None:
    """Show what a restatement would change, cause by cause; nothing is written."""
    asked = _asked(method, factors, run=run, boundary=boundary, period=period, gwp=gwp,
                   threshold=threshold, held_on=held_on)  # fmt: skip
    from carbonledger.run import restatements

    pending = bool(corrections or reverse)
    with opened(ctx, write=pending) as ledger, _ledger(ledger, pending=pending) as books:
        asked = replace(asked, as_of=as_of(ctx, books))
        done: list[dict[str, Any]] = []
        closed: list[str] = []
        if pending:
            from carbonledger.cli.corrections import Tried, closed_since, try_corrections

            asked = _from_here(ledger=books, asked=asked)
            tried = Tried(corrections or [], reverse or [], profile, state(ctx).actor, now())
            done = try_corrections(books, tried)
            closed = closed_since(books, asked.before or 0)
        answer = {
            "corrections": done,
            "closed_periods": closed,
            **restatements.preview(books, asked),
        }
    _told(ctx, answer, output)


def post(
    ctx: typer.Context,
    run: Annotated[int, typer.Option("--run", metavar="RUN", min=1, help="cli.option.restate_run")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="WHY", help="cli.option.restate_reason")
    ],
    *,
    boundary: NewBoundary = None,
    method: Annotated[
        str | None, typer.Option("--method", metavar="CODE", help="cli.option.new_method")
    ] = None,
    factors: Editions = None,
    gwp: Gwp = None,
    held_on: HeldOn = None,
    threshold: Threshold = "5",
    output: options.OutFile = None,
) -> None:
    """Store the new figures as a run of their own and post that they count from now on."""
    methods = [method] if method else []
    asked = _asked(methods, factors, run=run, boundary=boundary, period=None, gwp=gwp,
                   threshold=threshold, held_on=held_on)  # fmt: skip
    from carbonledger.run import restatements

    with opened(ctx, write=True) as ledger:
        answer = restatements.post(ledger, asked, reason, state(ctx).actor, now())
    _told(ctx, answer, output)


def list_(ctx: typer.Context) -> None:
    """List the restatements that were posted."""
    from carbonledger.run import restatements

    with opened(ctx) as ledger:
        answer = {"restatements": restatements.listed(ledger, as_of(ctx, ledger))}
    emit(ctx, answer, listing)


def _asked(
    methods: list[str] | None, editions: list[str] | None, *,
    run: int | None, boundary: str | None, period: str | None, gwp: str | None, threshold: str,
    held_on: str | None,
) -> "Asked":  # fmt: skip
    hint = t("cli.error.help_hint", command="carbonledger restate preview")
    methods = methods or []
    if (run is None) == (period is None):
        raise UsageRefused(t("cli.error.run_or_period"), hint=hint)
    if len(methods) > (2 if run is None else 1):
        raise UsageRefused(t("cli.error.restate_methods"), hint=hint)
    from carbonledger.run.restating import Asked

    first, second = (*methods, None, None)[:2]
    return Asked(
        run=run,
        boundary=boundary,
        period=period,
        method=first if run is None else None,
        new_method=first if run is not None else second,
        editions=tuple(editions or ()),
        gwp=gwp or "",
        threshold=_percent(threshold),
        held_on=_day(held_on),
    )


def _day(text: str | None) -> int:
    """Read a date as the integer yyyymmdd; 0 when none was given."""
    try:
        return int(date.fromisoformat(text).strftime("%Y%m%d")) if text else 0
    except ValueError:
        raise UsageRefused(
            t("cli.error.held_on", text=text),
            hint=t("cli.error.help_hint", command="carbonledger restate preview"),
        ) from None


def _percent(text: str) -> Decimal:
    try:
        value = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise UsageRefused(
            t("cli.error.threshold", text=text),
            hint=t("cli.error.help_hint", command="carbonledger restate preview"),
        )
    return value


@contextmanager
def _ledger(ledger: "Ledger", *, pending: bool) -> Iterator["Ledger"]:
    """Give the ledger itself, or one that is rolled back at the end."""
    if not pending:
        yield ledger
        return
    from carbonledger.ledger.trial import trial

    with trial(ledger) as tried:
        yield tried


def _from_here(ledger: "Ledger", asked: "Asked") -> "Asked":
    """Remember the last batch before anything is tried."""
    from carbonledger.ledger.service import last_batch

    with ledger.read() as connection:
        return replace(asked, before=last_batch(connection))


def _told(ctx: typer.Context, answer: Mapping[str, Any], output: Path | None) -> None:
    """Write the page where one was asked for, and print the answer."""
    if output is not None:
        from carbonledger.report.restatement import render_restatement

        write_whole(output, render_restatement(answer, language()).encode("utf-8"))
        note(t("cli.report.written", file=plain(str(output))))
    emit(ctx, answer, shown)
    if not state(ctx).json:
        say("")
        posted = answer.get("run_restatement") is not None
        run = answer["new"]["run"]
        say(t("cli.next.restated", run=run) if posted else t("cli.next.preview"))
