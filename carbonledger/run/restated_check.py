"""Restatements checked: both runs are those that were restated, every part computed again."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from carbonledger import __version__
from carbonledger.errors import CarbonLedgerError
from carbonledger.ledger.difference import Difference
from carbonledger.ledger.schema import run, run_restatement
from carbonledger.run.question import asked_for
from carbonledger.run.restate import compare_sides
from carbonledger.run.restatements import parts, posted_parts
from carbonledger.run.restating import Sides


def restatement_faults(connection: sa.Connection, after: int = 0) -> Iterator[Difference]:
    """Compute every restatement again, and yield what is not as it was posted.

    Those whose new figures another version of the program computed are compared with the hashes
    of their runs alone: that version would have to compute them again.

    Args:
        connection: connection to the ledger.
        after: last batch that is known to be as it was posted; those up to it are not computed.
    """
    query = sa.select(run_restatement).order_by(run_restatement.c.id)
    runs = {row["id"]: row for row in connection.execute(sa.select(run)).mappings()}
    for row in connection.execute(query).mappings().all():
        old, new = runs.get(row["old_run_id"]), runs.get(row["new_run_id"])
        again = new is not None and new["engine"] == __version__ and row["batch_id"] > after
        if old is None or new is None:
            yield _difference(row, "names a run that is not there")
        elif (old["content_hash"], new["content_hash"]) != (row["old_hash"], row["new_hash"]):
            yield _difference(row, "was posted for other figures than its runs hold")
        elif again and not _as_posted(connection, row["id"], old, new):
            yield _difference(row, "comes out differently when computed again")


def _difference(row: Mapping[Any, Any], what: str) -> Difference:
    detail = f"restatement {row['id']} {what}"
    return Difference("restatement", row["batch_id"], detail, run_restatement.name, row["id"])


def _as_posted(
    connection: sa.Connection, number: int, old: Mapping[Any, Any], new: Mapping[Any, Any]
) -> bool:
    both = Sides(old["kind"], dict(old), asked_for(old), asked_for(new))
    try:
        return parts(compare_sides(connection, both)) == posted_parts(connection, number)
    except (CarbonLedgerError, ValueError, LookupError, TypeError, ArithmeticError):
        # Rows that somebody changed may break any rule that posted rows keep.
        return False
