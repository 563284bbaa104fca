"""What a site states of its scope 3, posted beside the methods it supplements."""

import hashlib
from typing import NamedTuple

import sqlalchemy as sa

from carbonledger.ledger.book import Inserting
from carbonledger.ledger.schema import method

PREFIX = "scope-3."
STANDARD = (
    "stated by the site: GHG Protocol Corporate Value Chain (Scope 3) Standard (2011), ch. 5-7"
)


class Stated(NamedTuple):
    """A posted statement: its name, its edition (1, 2, …) and its text."""

    code: str
    edition: str
    rules: str


def statement_code(site: str) -> str:
    """Name the statement of a site among the methods."""
    return f"{PREFIX}{site}"


def latest_statement(connection: sa.Connection, site: str, as_of: int) -> Stated | None:
    """Return what a site stated last up to a batch; None when it never stated anything."""
    query = (
        sa.select(method.c.code, method.c.edition, method.c.rules)
        .where(method.c.code == statement_code(site), method.c.batch_id <= as_of)
        .order_by(method.c.batch_id.desc(), method.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return Stated(*row) if row else None


def post_statement(post: Inserting, site: str, before: Stated | None, rules: str) -> None:
    """Post what a site states as the next edition; what it stated before stays as it was."""
    edition = int(before.edition) + 1 if before else 1
    post.insert(
        method, code=statement_code(site), edition=str(edition), standard=STANDARD, rules=rules,
        content_hash=hashlib.sha256(rules.encode()).hexdigest(),
    )  # fmt: skip
