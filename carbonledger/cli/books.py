"""Commands on the books as such: make them, look at them, ask them in SQL."""

import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.facts import facts
from carbonledger.cli.findings import noticed
from carbonledger.cli.output import emit, note, say
from carbonledger.cli.plain import number
from carbonledger.cli.state import as_of, now, opened, state, url
from carbonledger.cli.tables import table
from carbonledger.text import t

ON_SCREEN = 200
MISSING = (
    "owner", "expectation", "first_day", "last_day", "periods", "days_missing", "due",
    "overdue_days", "low", "high", "unit", "low_t", "high_t", "affects",
)  # fmt: skip
LOGGED = (
    "batch",
    "kind",
    "posted_at",
    "actor",
    "document",
    "entries",
    "rejected",
    "restates",
    "reason",
)


def init(ctx: typer.Context) -> None:
    """Make a ledger, or bring an older one up to date."""
    from carbonledger.run import setup as service

    answer = service.init(url(ctx), state(ctx).actor, now())
    emit(ctx, answer, _made)


def _made(answer: Mapping[str, Any]) -> None:
    facts(answer)
    say("")
    say(t("cli.next.init"))


def status(ctx: typer.Context) -> None:
    """Show what is in the ledger, what is missing and what does not balance."""
    from carbonledger.run import status as service

    with opened(ctx) as ledger:
        answer = service.status(ledger, now(), as_of(ctx, ledger))
    emit(ctx, answer, _status)


def _status(answer: Mapping[str, Any]) -> None:
    facts({name: value for name, value in answer.items() if name != "missing"},
          hidden=("gaps", "findings"))  # fmt: skip
    if answer["missing"]:
        say("")
        say(t("cli.status.missing"))
        table(answer["missing"], MISSING)
    gaps = [{"meter": row["meter"], **gap} for row in answer["meters"] for gap in row["gaps"]]
    if gaps:
        say("")
        say(t("cli.label.gaps"))
        table(gaps)
    noticed([_one_of(row) for row in answer["findings"]], "cli.findings.more_status")


def _one_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Say of findings of one kind how many more there are."""
    more = row["findings"] - 1
    text = t("cli.findings.similar", text=row["text"], count=number(more)) if more else row["text"]
    return {"severity": row["severity"], "text": text}


def log(ctx: typer.Context) -> None:
    """List the batches: who posted what, when and why."""
    from carbonledger.ledger import service

    with opened(ctx) as ledger:
        answer = {"batches": service.log(ledger, as_of(ctx, ledger))}
    emit(ctx, answer, lambda found: table(found["batches"], LOGGED))


def reverse(
    ctx: typer.Context,
    batch: Annotated[int, typer.Argument(metavar="BATCH", min=1, help="cli.argument.batch")],
    reason: Annotated[str, typer.Option("--reason", metavar="WHY", help="cli.option.reason")],
    restate: options.Restate = None,
) -> None:
    """Post a batch again with all signs turned."""
    from carbonledger.ledger import service

    with opened(ctx, write=True) as ledger:
        answer = service.reverse(ledger, batch, reason, state(ctx).actor, now(), restate=restate)
    emit(ctx, answer, facts)


def sql(
    ctx: typer.Context,
    statement: Annotated[str, typer.Argument(metavar="SQL", help="cli.argument.sql")],
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="cli.option.csv")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="cli.option.limit")
    ] = None,
    timeout: options.Timeout = None,
) -> None:
    """Answer a question in SQL, read-only."""
    from carbonledger.ledger import service

    with opened(ctx, sealed=True) as ledger:
        columns, rows = service.query(ledger, statement, timeout, as_of=as_of(ctx, ledger))
        if limit is not None:
            rows = islice(rows, limit)
        if state(ctx).json:
            names = _unique(columns)
            found = [dict(zip(names, row, strict=True)) for row in rows]
            emit(ctx, {"columns": names, "rows": found}, facts)
        elif as_csv:
            _csv(columns, rows)
        else:
            _screen(columns, rows)


def _unique(columns: Sequence[str]) -> list[str]:
    """Number the columns that have the same name, so that none hides another."""
    names: list[str] = []
    for column in columns:
        again = sum(column == earlier for earlier in columns[: len(names)])
        names.append(f"{column}_{again + 1}" if again else column)
    return names


def _csv(columns: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    from carbonledger.run.evidence.cells import cell

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(map(cell, columns))
    # A text of a file must not become a formula where the table is opened in a spreadsheet.
    writer.writerows([cell(v) if isinstance(v, str) else v for v in row] for row in rows)


def _screen(columns: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    names = _unique(columns)
    table([dict(zip(names, row, strict=True)) for row in islice(rows, ON_SCREEN)], names)
    if next(rows, None) is not None:
        note(t("cli.sql.more", count=number(ON_SCREEN)))
