"""Logins of a PostgreSQL server: which may be granted anything, and how they are made."""

from typing import Any

import sqlalchemy as sa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger import access_rights as rights


def check_name(role: str) -> None:
    """Refuse a name that no login can have, or that means something else."""
    bad = not role or len(role.encode()) > rights.LONGEST_NAME or not role.isprintable()
    if bad or role.startswith(("pg_", "carbonledger_")) or role in ("public", "none"):
        raise LedgerRefused(
            f"{role!r} cannot be the name of a login",
            code="grant-name",
            hint="take 1 to 63 letters, digits or signs; not pg_…, carbonledger_…, public, none",
        )


def exists(connection: sa.Connection, role: str) -> bool:
    """Tell whether the server knows a role."""
    query = sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    return connection.execute(query, {"role": role}).scalar() is not None


def make(connection: sa.Connection, role: str) -> bool:
    """Make a login without any power, and tell whether it is new; one that is there may log in."""
    name = rights.quoted(role)
    if not exists(connection, role):
        rights.run(
            connection,
            f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION "
            "NOBYPASSRLS",
        )
        return True
    may = sa.text("SELECT rolcanlogin FROM pg_roles WHERE rolname = :role")
    # Who owns the ledger need not be who makes roles.
    if not connection.execute(may, {"role": role}).scalar():
        rights.run(connection, f"ALTER ROLE {name} LOGIN")
    return False


POWERS = """
SELECT r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolreplication
       OR EXISTS (SELECT 1 FROM pg_class AS c WHERE c.relowner = r.oid
                  AND c.relnamespace = current_schema()::regnamespace),
       (SELECT string_agg(g.rolname, ', ' ORDER BY g.rolname) FROM pg_auth_members AS m
        JOIN pg_roles AS g ON g.oid = m.roleid WHERE m.member = r.oid)
FROM pg_roles AS r WHERE r.rolname = :role
"""


def check_powers(connection: sa.Connection, role: str) -> None:
    """Refuse a login that may do more by itself, or by way of another role."""
    powerful, groups = connection.execute(sa.text(POWERS), {"role": role}).one()
    if powerful or groups:
        why = f"is a member of {groups}" if groups else "owns tables here or is an administrator"
        raise LedgerRefused(
            f"the login {role} {why}: it could do more than is granted here",
            code="grant-powerful",
            hint="take a login of its own for it, with no other rights and in no group",
        )


def set_password(connection: sa.Connection, role: str, password: str) -> None:
    """Set a password, sent as a verifier."""
    driver: Any = connection.connection.driver_connection
    verifier = driver.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    # Letters, digits and $:+/= alone: nothing that would end the text.
    rights.run(connection, f"ALTER ROLE {rights.quoted(role)} PASSWORD '{verifier}'")


def make_views_owner(connection: sa.Connection) -> None:
    """Make the role that the views belong to, and let who owns the ledger act for it."""
    owner = rights.place_of(connection).views_owner
    if not exists(connection, owner):
        rights.run(connection, f"CREATE ROLE {rights.quoted(owner)} NOLOGIN")
    acts = sa.text("SELECT pg_has_role(:owner, 'USAGE')")
    if not connection.execute(acts, {"owner": owner}).scalar():
        rights.run(connection, f"GRANT {rights.quoted(owner)} TO CURRENT_USER")
