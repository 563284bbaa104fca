"""What is not as it was posted."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it was posted.

    Attributes:
        what: content, header, order, orphan, document, checkpoint, signature, schema, run, report,
            restatement, publication.
        batch: number of the batch; 0 when it is none of them.
        detail: one sentence.
        table: table concerned, where it can be told.
        row: number of the row concerned, where it can be told.
    """

    what: str
    batch: int
    detail: str
    table: str | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row, or several, that cannot be as they were posted.

    Attributes:
        table: their table.
        row: number of the first of them.
        why: what shows it; continues a sentence: "entry 7 …".
    """

    table: str
    row: int | None
    why: str


Expert = Callable[[sa.Connection, dict[str, Any]], Iterator[Suspect]]
"""Finds suspects in a batch that differs from its hash; it is given the header of the batch."""


def in_order(found: Iterable[Difference]) -> list[Difference]:
    """Sort by batch, what belongs to none of them last; otherwise the order stays."""
    return sorted(found, key=lambda one: (one.batch == 0, one.batch))
