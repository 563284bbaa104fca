"""Closed periods: what is closed, since when and by whom, and what was restated since.

A period is closed for an account and all below it. It is never opened again: an entry that falls
into it is posted with the reason to restate it, or refused (see `gate`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from carbonledger.errors import PeriodClosed
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.closed import Closing, read_closings
from carbonledger.ledger.schema import account, batch, closing, commodity, restated_figure
from carbonledger.ledger.schema import restatement as restated
from carbonledger.ledger.state import SiteState, ancestors
from carbonledger.units import from_micro


@dataclass(frozen=True, slots=True)
class Span:
    """The time of some months in a zone: days as yyyymmdd, instants in seconds UTC."""

    first_day: int
    last_day: int
    start: int
    end: int


def span_of(months: Sequence[str], zone: str) -> Span:
    """Return the time of local months, ascending and without a hole."""
    first = date.fromisoformat(f"{months[0]}-01")
    year, month = (int(part) for part in months[-1].split("-"))
    after = date(year + month // 12, month % 12 + 1, 1)
    start, end = (
        int(datetime(day.year, day.month, 1, tzinfo=ZoneInfo(zone)).timestamp())
        for day in (first, after)
    )
    last = date.fromordinal(after.toordinal() - 1)
    return Span(_number(first), _number(last), start, end)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def post_closing(
    connection: sa.Connection, state: SiteState, boundary: str, *, period: str,
    months: Sequence[str], header: Header,
) -> Closing:  # fmt: skip
    """Close a period for an account and all below it, as a batch of its own.

    Args:
        connection: in a transaction of a writer.
        state: accounts as they are.
        boundary: code of an account inside.
        period: the period in the user's words.
        months: its local months, ascending and without a hole.
        header: who closes it, when and why; its kind is `closing`.

    Raises:
        PeriodClosed: `closed-already`, all of it is closed for the account or for one above it;
            `period-runs`, it is not over yet.
    """
    span = span_of(months, state.accounts[boundary].timezone or "UTC")
    _refuse_running(span, boundary, period, header.now)
    _refuse_closed(read_closings(connection), boundary, period, months)
    with posting(connection, header) as post:
        number = post.insert(
            closing, account_id=state.accounts[boundary].id, period=period,
            first_day=span.first_day, last_day=span.last_day, start_utc=span.start,
            end_utc=span.end,
        )  # fmt: skip
    return next(one for one in read_closings(connection) if one.id == number)


def _refuse_running(span: Span, boundary: str, period: str, now: str) -> None:
    if datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp() < span.end:
        raise PeriodClosed(
            f"{period} is not over yet in {boundary}",
            code="period-runs",
            hint="close it when it is over and all its data is posted",
        )


def _refuse_closed(
    closings: Iterable[Closing], boundary: str, period: str, months: Sequence[str]
) -> None:
    """Refuse where every month is closed already; a year may be closed after one of its months."""
    above = set(ancestors(boundary))
    mine = [one for one in closings if one.boundary in above]
    if not all(any(one.holds_month(month) for one in mine) for month in months):
        return
    named = ", ".join(dict.fromkeys(one.words for one in mine if any(map(one.holds_month, months))))
    raise PeriodClosed(
        f"{period} is closed already: {named}",
        code="closed-already",
        hint='a closed period is never opened; post into it with --restate "why"',
    )


def restatements(connection: sa.Connection, as_of: int | None = None) -> list[dict[str, Any]]:
    """List the batches that changed a closed period, with the figures before and after.

    Args:
        connection: connection to the ledger.
        as_of: last batch to take into account; None: all.

    Returns:
        One object for each batch and closing, in the order of posting: `batch`, `kind`, `actor`,
        `posted_at`, `reason`, `note`, `boundary`, `period`, `closed_batch`, and `figures`, each
        with `from`, `to`, `commodity`, `month`, `before`, `after`, `change`, `unit`.
    """
    closed = {one.id: one for one in read_closings(connection)}
    figures = {number: list(rows) for number, rows in groupby(_figures(connection), itemgetter(0))}
    query = (
        sa.select(restated, batch.c.kind, batch.c.actor, batch.c.posted_at)
        .join(batch, batch.c.id == restated.c.batch_id)
        .order_by(restated.c.batch_id, restated.c.closing_id)
    )
    if as_of is not None:
        query = query.where(restated.c.batch_id <= as_of)
    return [
        {
            "batch": row["batch_id"], "kind": row["kind"], "actor": row["actor"],
            "posted_at": row["posted_at"], "reason": row["reason"], "note": row["note"],
            "boundary": closed[row["closing_id"]].boundary,
            "period": closed[row["closing_id"]].period,
            "closed_batch": closed[row["closing_id"]].batch,
            "figures": [one[1] for one in figures.get(row["id"], ())],
        }
        for row in connection.execute(query).mappings()
    ]  # fmt: skip


def _figures(connection: sa.Connection) -> Iterator[tuple[int, dict[str, Any]]]:
    source, target = account.alias("source"), account.alias("target")
    query = (
        sa.select(restated_figure, source.c.code.label("source"), target.c.code.label("target"),
                  commodity.c.code.label("good"), commodity.c.unit)
        .join(source, source.c.id == restated_figure.c.from_account_id)
        .join(target, target.c.id == restated_figure.c.to_account_id)
        .join(commodity, commodity.c.id == restated_figure.c.commodity_id)
        .order_by(restated_figure.c.restatement_id, restated_figure.c.id)
    )  # fmt: skip
    for row in connection.execute(query).mappings():
        before, after = int(row["quantity_before"]), int(row["quantity_after"])
        yield int(row["restatement_id"]), {
            "from": row["source"], "to": row["target"], "commodity": row["good"],
            "month": f"{row['month'] // 100:04}-{row['month'] % 100:02}",
            "before": from_micro(before), "after": from_micro(after),
            "change": from_micro(after - before), "unit": row["unit"],
        }  # fmt: skip


def closings_told(connection: sa.Connection, as_of: int | None = None) -> list[dict[str, Any]]:
    """Return the closings as `status --json` shows them, with how many batches changed each.

    Args:
        connection: connection to the ledger.
        as_of: last batch to take into account; None: all.
    """
    query = sa.select(restated.c.closing_id, sa.func.count()).group_by(restated.c.closing_id)
    if as_of is not None:
        query = query.where(restated.c.batch_id <= as_of)
    changed = {int(number): int(count) for number, count in connection.execute(query)}
    return [one.as_dict(changed.get(one.id, 0)) for one in read_closings(connection, as_of)]


def restated_by(connection: sa.Connection) -> dict[int, str]:
    """Return which closed periods batches changed, in words, by the number of the batch."""
    query = (
        sa.select(restated.c.batch_id, account.c.code, closing.c.period)
        .join(closing, closing.c.id == restated.c.closing_id)
        .join(account, account.c.id == closing.c.account_id)
        .order_by(restated.c.batch_id, restated.c.closing_id)
    )
    found = groupby(connection.execute(query), key=itemgetter(0))
    return {
        number: ", ".join(f"{code} {period}" for _, code, period in rows) for number, rows in found
    }
