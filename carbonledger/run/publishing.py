"""Publishing packs that another actor loaded, and telling which wait for it."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from carbonledger.factors.model import Held
from carbonledger.ledger.book import Header
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.publications import KIND, publish
from carbonledger.ledger.service import last_batch
from carbonledger.run.question import read_held

PACKS = (
    "pack", "edition", "state", "factors", "loaded_by", "loaded_at", "published_by",
    "published_at", "publication_reason",
)  # fmt: skip


def publish_pack(
    ledger: Ledger, name: str, reason: str | None, actor: str, now: str
) -> dict[str, Any]:
    """Publish a pack: calculations may use it from then on.

    Args:
        ledger: opened for writing.
        name: `code@edition`.
        reason: what the publisher has compared, or "" or None.
        actor: who publishes; another than the one who loaded the pack.
        now: time of posting, ISO 8601 in UTC.

    Returns:
        The columns of `pack_view`, with the batch of the publication.

    Raises:
        FactorRefused: the pack is unknown, counts already, or was loaded by the same actor.
    """
    why = f"{name}: {reason.strip()}" if reason and reason.strip() else name
    with ledger.transaction() as connection:
        number = publish(connection, name, Header(KIND, actor, now, why))
        code, _, edition = name.partition("@")
        view = sa.table("pack_view", *map(sa.column, PACKS))
        query = sa.select(view).where(view.c.pack == code, view.c.edition == edition)
        return {"batch": number, **connection.execute(query).mappings().one()}


def held_packs(ledger: Ledger, as_of: int | None = None) -> list[dict[str, Any]]:
    """List the packs that wait to be published: `pack`, `loaded_by`, `factors`, `publish`.

    Args:
        ledger: the ledger.
        as_of: last batch to take into account; None: all.
    """
    with ledger.read() as connection:
        waiting = read_held(connection, last_batch(connection) if as_of is None else as_of)
    return held_rows(waiting)


def held_rows(waiting: Iterable[Held]) -> list[dict[str, Any]]:
    """Tell of packs that wait to be published; see `held_packs`."""
    return [
        {"pack": one.name, "loaded_by": one.loaded_by, "factors": len(one.factors),
         "publish": one.command}
        for one in waiting
    ]  # fmt: skip
