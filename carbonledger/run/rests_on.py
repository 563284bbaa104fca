"""What figures of a period rest on: batches with their documents, the root of the log, packs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from carbonledger.ledger.canon import root
from carbonledger.ledger.schema import batch, document, entry, factor_pack
from carbonledger.run.quality import days_of
from carbonledger.run.question import Material

DECLARING = ("site", "event", "closing")


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch that figures rest on; see the table `batch`. Texts are "" where there is none."""

    batch: int
    kind: str
    posted_at: str
    actor: str
    reason: str
    document: str
    sha256: str
    entries: int
    warnings: tuple[str, ...]
    content_hash: str


@dataclass(frozen=True, slots=True)
class PackFacts:
    """Where a factor pack was printed; `key` is `code@edition`."""

    key: str
    publisher: str
    title: str
    title_zh: str
    document: str


def log_root(connection: sa.Connection, as_of: int) -> tuple[int, str]:
    """Return size and root (RFC 6962) of the log up to a batch."""
    query = sa.select(batch.c.leaf_hash).where(batch.c.id <= as_of).order_by(batch.c.id)
    leaves = [str(leaf) for leaf in connection.execute(query).scalars()]
    return len(leaves), root(leaves)


def batches(connection: sa.Connection, material: Material) -> tuple[BatchFacts, ...]:
    """List the batches with entries in the period, and those that declare the site, in order."""
    first, last = days_of(material)
    with_entries = (
        sa.select(entry.c.batch_id)
        .where(entry.c.first_day <= last, entry.c.last_day >= first)
        .distinct()
    )
    declaring = sa.and_(batch.c.kind.in_(DECLARING), batch.c.document_id.is_not(None))
    query = (
        sa.select(batch, document.c.name, document.c.sha256)
        .outerjoin(document, document.c.id == batch.c.document_id)
        .where(
            batch.c.id <= material.as_of, sa.or_(batch.c.id.in_(with_entries), declaring)
        )
        .order_by(batch.c.id)
    )  # fmt: skip
    return tuple(_batch(row) for row in connection.execute(query).mappings())


def _batch(row: sa.RowMapping) -> BatchFacts:
    return BatchFacts(
        batch=row["id"], kind=row["kind"], posted_at=row["posted_at"], actor=row["actor"],
        reason=row["reason"] or "", document=row["name"] or "", sha256=row["sha256"] or "",
        entries=row["entries"], warnings=tuple(json.loads(row["warnings"] or "[]")),
        content_hash=row["content_hash"],
    )  # fmt: skip


def pack_facts(connection: sa.Connection, keys: Iterable[str]) -> dict[str, PackFacts]:
    """Tell where packs were printed, by `code@edition`."""
    wanted = set(keys)
    found = {}
    for row in connection.execute(sa.select(factor_pack)).mappings():
        key = f"{row['code']}@{row['edition']}"
        if key in wanted:
            found[key] = PackFacts(
                key, row["publisher"], row["title"], row["title_zh"] or "", row["document"]
            )
    return found
