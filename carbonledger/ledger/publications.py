"""Two-person publishing: a pack of a user's own counts once another actor has published it.

Who loads a pack copies figures; who publishes it has compared them with the printed source. Packs
that ship were compared by the project, and what a site file states is the site's own word: both
count at once, and so do packs of ledgers from before publications.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import FactorRefused
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.difference import Difference
from carbonledger.ledger.packs import HELD, SHIPPED, STATED
from carbonledger.ledger.schema import batch, factor_pack, publication

KIND = "publication"
AT_ONCE = {
    SHIPPED: "it ships with the program: the project published it",
    STATED: "it is what a site file states, which counts when it is applied",
    None: "it was posted before packs were published",
}


def counts(as_of: int) -> sa.ColumnElement[bool]:
    """Return the condition that a row of `factor_pack` counts as of a batch.

    Args:
        as_of: last batch to take into account.
    """
    known = publication.alias()
    published = (
        sa.exists()
        .where(known.c.pack_id == factor_pack.c.id, known.c.batch_id <= as_of)
        .correlate(factor_pack)
    )
    free = sa.or_(factor_pack.c.standing.is_(None), factor_pack.c.standing != HELD)
    return sa.and_(factor_pack.c.batch_id <= as_of, sa.or_(free, published))


def held(as_of: int) -> sa.ColumnElement[bool]:
    """Return the condition that a row of `factor_pack` was loaded and waits for its publication."""
    return sa.and_(factor_pack.c.batch_id <= as_of, sa.not_(counts(as_of)))


def same_actor(one: str, other: str) -> bool:
    """Tell whether two names are of one actor: upper case, width and blanks make no other."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def publish(connection: sa.Connection, name: str, header: Header) -> int:
    """Publish a pack, as a batch of its own: it counts from then on.

    Args:
        connection: in a transaction of a writer.
        name: `code@edition`.
        header: who publishes it, when and why; its kind is `publication`.

    Returns:
        Number of the batch.

    Raises:
        FactorRefused: `publish-unknown`: no such pack is in the ledger; `publish-needless`: it
            counts already; `publish-actor`: who publishes it has loaded it.
    """
    row = _loaded(connection, name)
    if row["standing"] != HELD or row["published"] is not None:
        raise _needless(name, row)
    if same_actor(row["actor"], header.actor):
        raise FactorRefused(
            f"{name} was loaded by {row['actor']} (batch {row['batch_id']}), and {header.actor} "
            "cannot publish it too",
            code="publish-actor",
            hint="have another person compare it with its source and type: carbonledger --actor "
            f"NAME factors publish {name}",
        )
    with posting(connection, header) as post:
        post.insert(publication, pack_id=row["id"], content_hash=row["content_hash"])
    return post.batch


def _loaded(connection: sa.Connection, name: str) -> Mapping[str, Any]:
    """Return a pack with who loaded it, and the batch of its publication."""
    query = (
        sa.select(
            factor_pack, batch.c.actor, batch.c.posted_at,
            publication.c.batch_id.label("published"),
        )
        .join(batch, batch.c.id == factor_pack.c.batch_id)
        .outerjoin(publication, publication.c.pack_id == factor_pack.c.id)
    )  # fmt: skip
    packs = {f"{r['code']}@{r['edition']}": r for r in connection.execute(query).mappings()}
    if name in packs:
        return dict(packs[name])
    same = sorted(one for one in packs if one.partition("@")[0] == name.partition("@")[0])
    near = same or get_close_matches(name, packs, 3, 0.5)
    raise FactorRefused(
        f"no pack {name} is in the ledger",
        code="publish-unknown",
        hint=(f"there {'is' if len(near) == 1 else 'are'} {', '.join(near)}; " if near else "")
        + "load one of your own by its folder first: carbonledger factors load FOLDER",
    )


def _needless(name: str, row: Mapping[str, Any]) -> FactorRefused:
    why = AT_ONCE.get(row["standing"], f"batch {row['published']} published it")
    return FactorRefused(
        f"{name} needs no publication: {why}",
        code="publish-needless",
        hint="it counts already; carbonledger audit ask packs says who loaded and published what",
    )


def publication_faults(connection: sa.Connection, after: int = 0) -> Iterator[Difference]:
    """Yield publications that no command makes: by who loaded the pack, or of another content.

    Args:
        connection: connection to the ledger.
        after: only those of later batches.
    """
    loading, publishing = batch.alias("loading"), batch.alias("publishing")
    query = (
        sa.select(
            publication, factor_pack.c.code, factor_pack.c.edition,
            factor_pack.c.content_hash.label("loaded_hash"), loading.c.actor.label("loader"),
            publishing.c.actor.label("publisher"),
        )
        .join(factor_pack, factor_pack.c.id == publication.c.pack_id)
        .join(loading, loading.c.id == factor_pack.c.batch_id)
        .join(publishing, publishing.c.id == publication.c.batch_id)
        .where(publication.c.batch_id > after)
        .order_by(publication.c.id)
    )  # fmt: skip
    for row in connection.execute(query).mappings():
        where = f"publication {row['id']} of {row['code']}@{row['edition']}"
        if same_actor(row["loader"], row["publisher"]):
            detail = f"{where} is by {row['publisher']}, who loaded the pack"
            yield Difference(KIND, row["batch_id"], detail, publication.name, row["id"])
        if row["content_hash"] != row["loaded_hash"]:
            detail = f"{where} is of another content than was loaded"
            yield Difference(KIND, row["batch_id"], detail, publication.name, row["id"])
