"""Posting factor packs: whole, once, never changed."""

import sqlalchemy as sa

from carbonledger.errors import FactorRefused
from carbonledger.factors.model import Factor, Pack
from carbonledger.ledger.book import Inserting
from carbonledger.ledger.schema import factor, factor_pack

SHIPPED, STATED, HELD = "shipped", "stated", "held"
"""Standing of a pack: ships; said in a site file; a user's own, to be published."""
STATED_PACKS = ("site", "site-properties", "site-uncertainty")
"""Codes of the packs that hold what site files state."""


def posted_pack(connection: sa.Connection, pack: Pack) -> int | None:
    """Return the batch that posted a pack; None when it is not posted yet.

    Raises:
        FactorRefused: another pack of this code and edition is posted.
    """
    row = connection.execute(
        sa.select(factor_pack.c.content_hash, factor_pack.c.batch_id).where(
            factor_pack.c.code == pack.code, factor_pack.c.edition == pack.edition
        )
    ).one_or_none()
    if row is None:
        return None
    if row[0] != pack.content_hash:
        raise FactorRefused(
            f"another pack {pack.code}@{pack.edition} is posted already (batch {row[1]})",
            code="pack-edition",
            hint="packs never change; give this one a new edition in pack.toml",
        )
    return int(row[1])


def pack_state(connection: sa.Connection, name: str) -> tuple[str, str]:
    """Return state and loader of a posted pack, `code@edition`, as `pack_view` shows them."""
    code, _, edition = name.partition("@")
    view = sa.table("pack_view", *map(sa.column, ("pack", "edition", "state", "loaded_by")))
    query = sa.select(view.c.state, view.c.loaded_by).where(
        view.c.pack == code, view.c.edition == edition
    )
    state, loaded_by = connection.execute(query).one()
    return str(state), str(loaded_by)


def post_pack(post: Inserting, pack: Pack, standing: str | None) -> None:
    """Post a pack and all its factors.

    Args:
        post: the batch.
        pack: the pack.
        standing: how it counts, see the schema; None: as packs were posted before publications.
    """
    number = post.insert(
        factor_pack, code=pack.code, edition=pack.edition, publisher=pack.publisher,
        title=pack.title, title_zh=pack.title_zh or None, document=pack.document,
        licence=pack.licence, published_on=pack.published_on or None,
        confidence=pack.confidence, note=pack.note or None, content_hash=pack.content_hash,
        standing=standing,
        pedigree_by=pack.pedigree_by or None,
    )  # fmt: skip
    for item in pack.factors:
        post.insert(factor, pack_id=number, **factor_values(item))


def factor_values(item: Factor) -> dict[str, object]:
    """Return a factor as the columns of its table that its pack states."""
    return {
        "code": item.code, "activity": item.activity, "region": item.region,
        "valid_from": item.valid_from.isoformat() if item.valid_from else None,
        "valid_to": item.valid_to.isoformat() if item.valid_to else None,
        "data_year": item.data_year, "purpose": item.purpose, "gas": item.gas,
        "value": format(item.value, "f"), "unit": item.unit, "basis": item.basis,
        "technology": item.technology, "uncertainty": item.uncertainty,
        "distribution": item.distribution, "page": item.page, "confidence": item.confidence,
        "note": item.note, "pedigree": item.pedigree or None,
    }  # fmt: skip
