"""Methods of a user's own: read from a file, posted once, never changed."""

import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import FactorRefused
from carbonledger.factors.method import Method
from carbonledger.factors.method import load_method as read_file
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import method
from carbonledger.ledger.service import last_batch
from carbonledger.ledger.statements import PREFIX
from carbonledger.run.question import read_method
from carbonledger.run.setup import method_writer

NAME = re.compile(r"[\w.-]{1,60}@[\w.-]{1,30}")


def load(ledger: Ledger, file: Path, actor: str, now: str) -> dict[str, Any]:
    """Post a method; the same rules again change nothing.

    Args:
        ledger: the ledger.
        file: its TOML file.
        actor: who posts it.
        now: time of posting.

    Raises:
        FactorRefused: the file is no method (`method`), or other rules of this code and edition
            are posted (`method-edition`).
    """
    rules = read_file(file)
    _check_name(rules, file.name)
    with ledger.transaction() as connection:
        known = _posted(connection, rules)
        number = known
        if number is None:
            header = Header("method", actor, now, rules.key)
            with posting(connection, header) as post:
                method_writer(rules)(post)
            number = post.batch
    return {
        "batch": number, "method": rules.code, "edition": rules.edition,
        "posted_before": known is not None,
    }  # fmt: skip


def _check_name(rules: Method, file: str) -> None:
    if rules.code.startswith(PREFIX) or not NAME.fullmatch(rules.key):
        raise FactorRefused(
            f"{file}: {rules.key!r} is no name of a method",
            code="method",
            hint=f"write letters, digits, . and -; what begins with {PREFIX} is stated by sites",
        )


def _posted(connection: sa.Connection, rules: Method) -> int | None:
    """Return the batch that posted these rules; None when there is none."""
    table = method.c
    row = connection.execute(
        sa.select(table.content_hash, table.batch_id).where(
            table.code == rules.code, table.edition == rules.edition
        )
    ).one_or_none()
    if row is None:
        return None
    if row[0] != rules.content_hash:
        raise FactorRefused(
            f"another method {rules.key} is posted already (batch {row[1]})",
            code="method-edition",
            hint="methods never change; give this one an edition or a code of its own",
        )
    return int(row[1])


def show(ledger: Ledger, wanted: str, as_of: int | None = None) -> dict[str, Any]:
    """Give the rules of a method as they were posted.

    Args:
        ledger: the ledger.
        wanted: its code, perhaps with an edition, `ghg-protocol@2015`; else the newest.
        as_of: last batch to take into account; None: all.

    Raises:
        CalculationRefused: `method`: there is none of this name.
    """
    with ledger.read() as connection:
        batch = last_batch(connection) if as_of is None else as_of
        found = read_method(connection, wanted, batch)
    return {
        "method": found.code, "edition": found.edition, "standard": found.standard,
        "rules": found.text,
    }  # fmt: skip
