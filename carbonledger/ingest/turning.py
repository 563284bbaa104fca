"""Posted entries turned back, in part of a batch that posts others in their place."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from carbonledger.ledger.book import Posting
from carbonledger.ledger.schema import entry
from carbonledger.ledger.signs import negated_number, negated_profile

Row = dict[str, Any]
CHUNK = 500


def whole_rows(connection: sa.Connection, ids: Iterable[int]) -> dict[int, Row]:
    """Read entries with all their columns, by number."""
    wanted = sorted(set(ids))
    found: dict[int, Row] = {}
    for start in range(0, len(wanted), CHUNK):
        query = sa.select(entry).where(entry.c.id.in_(wanted[start : start + CHUNK]))
        found |= {row["id"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def turned_back(row: Row, note: str | None) -> Row:
    """Return the reversal of an entry."""
    return row | {
        "kind": "reversal",
        "quantity": -row["quantity"],
        "recorded_quantity": negated_number(row["recorded_quantity"]),
        "profile": negated_profile(row["profile"]),
        "corrects_id": row["id"],
        "note": note,
    }


def post_rows(post: Posting, rows: Iterable[Row]) -> int:
    """Post entries; their old numbers and batches do not count. Return how many they were."""
    bare = [{k: v for k, v in row.items() if k not in ("id", "batch_id")} for row in rows]
    if bare:
        post.insert_many(entry, bare)
    return len(bare)
