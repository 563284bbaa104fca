"""Factors beside the packs that come with the program: which of them is not as it was published."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from carbonledger.factors.model import Pack
from carbonledger.factors.pack import shipped_packs
from carbonledger.ledger.difference import Suspect
from carbonledger.ledger.packs import factor_values
from carbonledger.ledger.schema import factor, factor_pack


def shipped(connection: sa.Connection, header: dict[str, Any]) -> Iterator[Suspect]:
    """Yield the factors of a batch that differ from the pack the program comes with.

    Packs of other publishers, and editions that do not ship any more, have nothing to be compared
    with here.
    """
    packs = {(pack.code, pack.edition): pack for pack in _packs(header)}
    query = sa.select(factor_pack).where(factor_pack.c.batch_id == header["id"])
    for row in connection.execute(query):
        pack = packs.get((row.code, row.edition))
        if pack is not None and pack.content_hash == row.content_hash:
            yield from _factors(connection, row.id, pack)


def _packs(header: dict[str, Any]) -> tuple[Pack, ...]:
    return tuple(shipped_packs()) if header["kind"] == "factors" else ()


def _factors(connection: sa.Connection, number: int, pack: Pack) -> Iterator[Suspect]:
    published = {item.code: factor_values(item) for item in pack.factors}
    query = sa.select(factor).where(factor.c.pack_id == number).order_by(factor.c.id)
    for row in connection.execute(query).mappings():
        ours = published.get(row["code"], {})
        name = next((name for name, value in ours.items() if row[name] != value), None)
        where = f"factor {row['id']} ({pack.code}@{pack.edition}/{row['code']})"
        if not ours:
            yield Suspect(factor.name, row["id"], f"{where}: the pack has no such factor")
        elif name:
            said = f"its {name} is {row[name]!r}, the pack says {ours[name]!r}"
            yield Suspect(factor.name, row["id"], f"{where}: {said}")
