"""What each kind of login may do on PostgreSQL, as statements of the database.

The views belong to a role of their own that nobody logs in as and nobody is a member of. It reads
the tables by the rules for rows (`CREATE POLICY`, see the migrations), whoever owns the tables and
also where that is a superuser. A login has rights on views alone, so it meets these rules whatever
it asks.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from carbonledger.ledger.schema import access_grant, metadata

# Beside the views: what the ledger says of itself. Neither holds a figure.
OPEN = ("data_dictionary", "alembic_version")
# Published numbers and rules, the same for everybody.
PUBLISHED = ("factor_pack", "factor", "method", "publication")
# What an import puts in.
POSTS = (
    "document", "batch", "entry", "reject", "finding", "restatement", "restated_figure",
)  # fmt: skip
LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ledger is on its server: the names of database, schema, and owner of the views."""

    database: str
    schema: str
    views_owner: str


def place_of(connection: sa.Connection) -> Place:
    """Return where the ledger of a connection is."""
    database, schema = connection.exec_driver_sql(
        "SELECT current_database(), current_schema()"
    ).one()
    return Place(str(database), str(schema), _views_owner(str(database), str(schema)))


def _views_owner(database: str, schema: str) -> str:
    """Name the role by its database: roles are shared by all databases of a server."""
    name = f"carbonledger_views_{database}" + ("" if schema == "public" else f"_{schema}")
    if len(name.encode()) <= LONGEST_NAME:
        return name
    return f"carbonledger_views_{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def quoted(name: str) -> str:
    """Write a name as SQL does where it may hold anything."""
    return '"' + name.replace('"', '""') + '"'


def run(connection: sa.Connection, statement: str) -> None:
    """Run a statement that holds names; a % in one means itself."""
    connection.exec_driver_sql(statement.replace("%", "%%"))


def views(connection: sa.Connection) -> list[str]:
    """List the views of the ledger."""
    return sorted(sa.inspect(connection).get_view_names())


def protected() -> list[str]:
    """List the tables whose rows are seen by rules."""
    return [name for name in metadata.tables if name not in (*OPEN, *PUBLISHED)]


def closed_tables(connection: sa.Connection) -> Iterator[str]:
    """Yield statements for tables that have no rule yet: no member sees their rows."""
    ruled = set(
        connection.exec_driver_sql(
            "SELECT relname FROM pg_class WHERE relrowsecurity "
            "AND relnamespace = current_schema()::regnamespace"
        ).scalars()
    )
    for table in protected():
        if table not in ruled:
            yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
            yield (
                f"CREATE POLICY seen ON {table} FOR SELECT "
                "USING ((SELECT carbonledger_sees_all(current_user)))"
            )


def taken_from_owner(connection: sa.Connection) -> Iterator[str]:
    """Yield statements that keep the owner of the tables from changing rows by accident.

    A superuser does not ask for rights; the triggers hold for everybody, also where others are off
    for a copy of another server (session_replication_role).
    """
    owner = quoted(
        str(
            connection.exec_driver_sql(
                "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'batch'::regclass"
            ).scalar()
        )
    )
    posted = [table for table in metadata.tables.values() if table.name not in OPEN]
    pointed_at = {key.column.table.name for table in posted for key in table.foreign_keys}
    for table in posted:
        yield f"REVOKE UPDATE, DELETE, TRUNCATE ON {table.name} FROM {owner}, PUBLIC"
    for name in sorted(pointed_at):
        # The server looks up what a key points at with the right to change one of its columns.
        yield f"GRANT UPDATE (id) ON {name} TO {owner}"
    # Asked first: a table with keys that wait to be looked up cannot be altered.
    usual = connection.exec_driver_sql(
        "SELECT c.relname, t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
        "WHERE t.tgenabled IN ('O', 'R') AND t.tgname IN (c.relname || '_append_only', "
        "c.relname || '_no_truncate') AND c.relnamespace = current_schema()::regnamespace"
    )
    for name, trigger in usual:
        yield f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER {trigger}"


def of_views_owner(place: Place, names: list[str]) -> Iterator[str]:
    """Yield statements that hand the views to their role and let it read the tables."""
    owner, schema = quoted(place.views_owner), quoted(place.schema)
    yield f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {owner}"
    for view in names:
        yield f"ALTER VIEW {view} OWNER TO {owner}"
    # A new owner of a view needs it for the moment.
    yield f"REVOKE CREATE ON SCHEMA {schema} FROM {owner}"
    hidden = (access_grant.name, *OPEN)
    read = ", ".join(name for name in metadata.tables if name not in hidden)
    yield f"GRANT SELECT ON {read} TO {owner}"


def of_nobody(place: Place) -> Iterator[str]:
    """Yield statements that take away what every login of a server has unasked."""
    yield f"REVOKE CREATE ON SCHEMA {quoted(place.schema)} FROM PUBLIC"
    # Whoever may make a table for the moment may also make functions in it.
    yield f"REVOKE TEMPORARY ON DATABASE {quoted(place.database)} FROM PUBLIC"


def of_auditor(place: Place, role: str, names: list[str]) -> Iterator[str]:
    """Yield statements that let a login read the views, and nothing else."""
    yield from _entrance(place, role)
    yield f"GRANT SELECT ON {', '.join((*names, *OPEN))} TO {quoted(role)}"


def of_importer(place: Place, role: str) -> Iterator[str]:
    """Yield statements that let a login post what an import posts."""
    yield from _entrance(place, role)
    to = quoted(role)
    # Results (runs, lines, indicators) are of no batch: an import has no business with them.
    read = [name for name, table in metadata.tables.items() if "batch_id" in table.columns]
    yield f"GRANT SELECT ON {', '.join((*read, 'batch', *OPEN))} TO {to}"
    yield f"GRANT INSERT ON {', '.join(POSTS)} TO {to}"
    yield f"GRANT EXECUTE ON FUNCTION carbonledger_turn() TO {to}"
    # Rows come in as a stream into a table of the moment, see `book`.
    yield f"GRANT TEMPORARY ON DATABASE {quoted(place.database)} TO {to}"


def _entrance(place: Place, role: str) -> Iterator[str]:
    yield f"GRANT CONNECT ON DATABASE {quoted(place.database)} TO {quoted(role)}"
    yield f"GRANT USAGE ON SCHEMA {quoted(place.schema)} TO {quoted(role)}"


def of_revoked(place: Place, role: str) -> Iterator[str]:
    """Yield statements that take away from a login all it has on the ledger."""
    schema, who = quoted(place.schema), quoted(role)
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {who}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {who}"
    yield f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM {who}"
    yield f"REVOKE ALL ON SCHEMA {schema} FROM {who}"
    yield f"REVOKE ALL ON DATABASE {quoted(place.database)} FROM {who}"
