"""What comes with the program posted once more, to name what was changed of it since."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from carbonledger.factors.method import shipped_methods
from carbonledger.factors.shipping import asked_names, shipped_pack, shipped_packs
from carbonledger.ledger.difference import Suspect
from carbonledger.ledger.replay import Replay
from carbonledger.ledger.schema import account, commodity
from carbonledger.run.setup import (
    Post,
    account_writer,
    commodity_writer,
    method_writer,
    pack_writer,
)


def shipped(connection: sa.Connection, header: dict[str, Any]) -> Iterator[Suspect]:
    """Yield the rows of a batch that differ from what the program posted into it.

    Packs of other publishers, and editions that do not ship any more, cannot be posted again here.
    """
    for write in _writers(connection, header):
        replay = Replay(connection, int(header["id"]))
        write(replay)
        yield from replay.differing()


def _writers(connection: sa.Connection, header: dict[str, Any]) -> Iterator[Post]:
    """Yield all that may have been posted as a batch of this kind; its hash tells what was."""
    if header["kind"] == "factors":
        # Those that were asked for are large: only the one that the batch says it holds.
        asked = [name for name in asked_names() if name == header["reason"]]
        for pack in (*shipped_packs(), *map(shipped_pack, asked)):
            yield pack_writer(pack)
            # As they were posted before packs were published.
            yield pack_writer(pack, None)
    elif header["kind"] == "method":
        yield from map(method_writer, shipped_methods())
    elif header["kind"] == "site" and header["document_id"] is None:
        yield commodity_writer(_before(connection, commodity, header))
        yield account_writer(_before(connection, account, header))


def _before(connection: sa.Connection, table: sa.Table, header: dict[str, Any]) -> set[str]:
    query = sa.select(table.c.code).where(table.c.batch_id < header["id"])
    return set(connection.execute(query).scalars())
