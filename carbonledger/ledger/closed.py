"""The closings of a ledger as records, and which time each of them holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.model import within
from carbonledger.ledger.schema import account, batch, closing


@dataclass(frozen=True, slots=True)
class Closing:
    """A period closed for an account and all below it.

    Attributes:
        id: number of the closing.
        batch: batch that posted it.
        boundary: code of the account.
        period: the period in the words of who closed it.
        first_day, last_day: local days, yyyymmdd.
        start, end: the same time in the zone of the account, seconds UTC; the end is exclusive.
        actor, posted_at, reason: who closed it, when and why.
    """

    id: int
    batch: int
    boundary: str
    period: str
    first_day: int
    last_day: int
    start: int
    end: int
    actor: str
    posted_at: str
    reason: str | None

    def inside(self, code: str) -> bool:
        """Tell whether an account lies within the boundary."""
        return within(code, self.boundary)

    def holds(self, first_day: int, last_day: int, start: int, end: int) -> bool:
        """Tell whether an entry reaches into the period, by its days or by its time.

        The days of an entry are those of its meter; one that reaches over the end of a month is
        shared over the months of its account, whose zone may be another.
        """
        if first_day <= self.last_day and last_day >= self.first_day:
            return True
        spans = first_day // 100 != last_day // 100
        return spans and start < self.end and end > self.start

    def holds_month(self, month: str) -> bool:
        """Tell whether a local month, `2024-03`, lies in the period."""
        number = int(month.replace("-", ""))
        return self.first_day // 100 <= number <= self.last_day // 100

    @property
    def months(self) -> tuple[str, ...]:
        """The local months of the period, ascending."""
        return tuple(_months(self.first_day // 100, self.last_day // 100))

    @property
    def words(self) -> str:
        """The closing as it is told: what, by whom, when."""
        return (
            f"{self.boundary} is closed for {self.period} since {self.posted_at} "
            f"(by {self.actor}, batch {self.batch})"
        )

    def as_dict(self, restated: int) -> dict[str, Any]:
        """Return the closing as `status --json` shows it.

        Args:
            restated: how many batches changed it since.
        """
        return {
            "boundary": self.boundary,
            "period": self.period,
            "first_day": _iso(self.first_day),
            "last_day": _iso(self.last_day),
            "batch": self.batch,
            "actor": self.actor,
            "posted_at": self.posted_at,
            "reason": self.reason,
            "restated": restated,
        }


def _months(first: int, last: int) -> Iterator[str]:
    at = first
    while at <= last:
        yield f"{at // 100:04}-{at % 100:02}"
        at += 1 if at % 100 < 12 else 89  # noqa: PLR2004 (months of a year)


def _iso(day: int) -> str:
    return f"{day // 10_000:04}-{day // 100 % 100:02}-{day % 100:02}"


def read_closings(connection: sa.Connection, as_of: int | None = None) -> list[Closing]:
    """Read the closings of a ledger, in the order of posting.

    Args:
        connection: connection to the ledger.
        as_of: last batch to take into account; None: all.
    """
    query = (
        sa.select(
            closing.c.id, closing.c.batch_id, account.c.code, closing.c.period,
            closing.c.first_day, closing.c.last_day, closing.c.start_utc, closing.c.end_utc,
            batch.c.actor, batch.c.posted_at, batch.c.reason,
        )
        .join(account, account.c.id == closing.c.account_id)
        .join(batch, batch.c.id == closing.c.batch_id)
        .order_by(closing.c.id)
    )  # fmt: skip
    if as_of is not None:
        query = query.where(closing.c.batch_id <= as_of)
    return [Closing(*row) for row in connection.execute(query)]
