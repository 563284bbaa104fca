"""Whether tables, views and triggers of a ledger are still those that the migrations made.

Who can write to the file can drop a trigger, change a row and make the trigger again; the hashes
find that. Who changes a view lies to everybody who reads it, and no hash of a row would tell.
"""

from collections.abc import Iterator
from functools import cache

import sqlalchemy as sa

from carbonledger.ledger.access_rights import protected
from carbonledger.ledger.canon import POSTED
from carbonledger.ledger.schema import (
    access_grant,
    batch,
    emission_line,
    filed_report,
    indicator,
    run,
)

Shape = dict[tuple[str, str], str]


def altered_shape(connection: sa.Connection) -> Iterator[str]:
    """Yield one sentence for each object that is missing, altered, or a trigger of a stranger.

    Tables, views and indexes that a user added do no harm and are not named.
    """
    if connection.dialect.name == "sqlite":
        yield from _altered_sqlite(connection)
    else:
        yield from _altered_postgresql(connection)


def _altered_sqlite(connection: sa.Connection) -> Iterator[str]:
    ours, found = _as_migrated(), _shape(connection)
    for (kind, name), sql in ours.items():
        if (kind, name) not in found:
            yield f"the {kind} {name} is missing"
        elif found[kind, name] != sql:
            yield f"the {kind} {name} is not the one that the program makes"
    for kind, name in found:
        if kind == "trigger" and (kind, name) not in ours:
            yield f"the {kind} {name} does not belong to the program"


def _shape(connection: sa.Connection) -> Shape:
    rows = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
    )
    return {(kind, name): sql for kind, name, sql in rows}


@cache
def _as_migrated() -> Shape:
    from carbonledger.ledger.connect import upgrade

    engine = sa.create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            upgrade(connection)
            return _shape(connection)
    finally:
        engine.dispose()


def _altered_postgresql(connection: sa.Connection) -> Iterator[str]:
    rows = connection.exec_driver_sql(
        "SELECT t.tgname, t.tgenabled FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
    )
    enabled = {name: state != "D" for name, state in rows}
    ours = {"batch_in_order", "batch_two_actors", "entry_not_closed"}
    for table in (
        *POSTED,
        *(t for t in (batch, run, emission_line, indicator, access_grant, filed_report)),
    ):
        ours |= {f"{table.name}_append_only", f"{table.name}_no_truncate"}
    ours |= {f"{table.name}_sealed" for table in POSTED}
    for name in sorted(ours):
        if not enabled.get(name, False):
            yield f"the trigger {name} is missing or disabled"
    for name in sorted(set(enabled) - ours):
        yield f"the trigger {name} does not belong to the program"
    yield from _altered_rules(connection)


def _altered_rules(connection: sa.Connection) -> Iterator[str]:
    """Yield what lets a member of a park see rows of others, see `access_rights`."""
    rows = connection.exec_driver_sql(
        "SELECT c.relname, p.polname, pg_get_expr(p.polqual, p.polrelid) FROM pg_policy AS p "
        "JOIN pg_class AS c ON c.oid = p.polrelid "
        "WHERE c.relrowsecurity AND c.relnamespace = current_schema()::regnamespace"
    )
    found = {(table, name): text or "" for table, name, text in rows}
    for table in protected():
        if "carbonledger_sees_all(" not in found.get((table, "seen"), ""):
            yield f"the rule for the rows of {table} is missing, off or altered"
    for table, name in sorted(found):
        if name not in ("seen", "posted"):
            yield f"the rule {name} for the rows of {table} does not belong to the program"
