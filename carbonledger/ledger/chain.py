"""What became of an entry: whether it stands, and which later entries rest on it.

An entry may be turned back by a later one (a reversal), that one turned back again, and so on. The
entry stands while the number of turns is even; what stands for it then is the last of them. An
adjustment rests on the entry it corrects for as long as the adjustment itself stands.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from carbonledger.ledger.schema import batch, entry


class Later(NamedTuple):
    """An entry that names an earlier one; `batch_kind` is the kind of its batch."""

    id: int
    corrects: int
    kind: str
    batch: int
    batch_kind: str

    @property
    def turns(self) -> bool:
        """Whether it turns the earlier entry back as a whole.

        A value that names an earlier entry says again what a reversal had taken away.
        """
        return self.kind != "adjustment" or self.batch_kind == "reversal"


@dataclass(frozen=True, slots=True)
class Chain:
    """All that followed some entries; `followers` by the entry they name."""

    followers: dict[int, list[Later]]

    def turned(self, number: int) -> Later | None:
        """Return the later entry that turns an entry back."""
        return next((f for f in self.followers.get(number, ()) if f.turns), None)

    def standing(self, number: int) -> int | None:
        """Return the entry that stands for an entry today; None when it is turned back."""
        while (turn := self.turned(number)) is not None:
            again = self.turned(turn.id)
            if again is None:
                return None
            number = again.id
        return number

    def resting(self, number: int) -> Iterator[Later]:
        """Yield the later entries that change an entry, or what stands for it, and stand."""
        at: int | None = number
        while at is not None:
            for follower in self.followers.get(at, ()):
                if not follower.turns and self.standing(follower.id) is not None:
                    yield follower
            turn = self.turned(at)
            again = self.turned(turn.id) if turn else None
            at = again.id if again else None


def read_chain(connection: sa.Connection, ids: Iterable[int], as_of: int | None = None) -> Chain:
    """Read what followed some entries, and what followed that.

    Args:
        connection: connection to the ledger.
        ids: the entries.
        as_of: last batch to take into account; None: all.
    """
    followers: dict[int, list[Later]] = {}
    frontier = set(ids)
    while frontier:
        found = [row for row in _naming(connection, frontier, as_of) if row.corrects in frontier]
        for row in found:
            followers.setdefault(row.corrects, []).append(row)
        frontier = {row.id for row in found}
    return Chain(followers)


def _naming(connection: sa.Connection, ids: set[int], as_of: int | None) -> Iterator[Later]:
    # A span instead of a list: the entries of a batch have neighbouring numbers.
    query = (
        sa.select(entry.c.id, entry.c.corrects_id, entry.c.kind, entry.c.batch_id, batch.c.kind)
        .join(batch, batch.c.id == entry.c.batch_id)
        .where(entry.c.corrects_id.between(min(ids), max(ids)))
        .order_by(entry.c.id)
    )
    if as_of is not None:
        query = query.where(entry.c.batch_id <= as_of)
    for row in connection.execute(query):
        yield Later(*row)
