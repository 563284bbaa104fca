"""Who may read and post: logins of a PostgreSQL server, granted, revoked and listed.

What is granted is kept in the append-only table `access_grant`, and the rules for rows look there;
rights on views and tables are those of the server. A password goes to the server as a verifier
(SCRAM-SHA-256), so that no log of statements holds it.
"""

from typing import Any

import sqlalchemy as sa

from carbonledger.errors import LedgerRefused
from carbonledger.ledger import access_rights as rights
from carbonledger.ledger import logins
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import access_grant, account

NOT_ALLOWED = "42501"


def grant(
    ledger: Ledger, kind: str, role: str, member: str | None, *,
    password: str | None, actor: str, now: str,
) -> dict[str, Any]:  # fmt: skip
    """Make a login of the server, or alter one, that may read or post.

    Args:
        ledger: opened for writing, by its owner.
        kind: `auditor` reads the views and nothing else; `importer` posts imports.
        role: name of the login.
        member: account of a member of the park, of whose subtree alone it sees rows; None: all.
        password: for the login; None: none is set, and one it has stays.
        actor: who grants.
        now: time, ISO 8601 in UTC.

    Returns:
        `role`, `kind`, `member`, `created` (it was not there before), `password` (whether one
        was set).

    Raises:
        LedgerRefused: the ledger is a file, the name or account cannot be, the login may do more
            than the ledger can hold it from, or the rights to grant are lacking.
    """
    on_server(ledger)
    logins.check_name(role)
    try:
        with ledger.transaction() as connection:
            number = _account(connection, member)
            made = logins.make(connection, role)
            logins.check_powers(connection, role)
            if password is not None:
                logins.set_password(connection, role, password)
            _note(connection, role=role, kind=kind, account_id=number, granted_at=now, actor=actor)
            logins.make_views_owner(connection)
            settle(connection)
    except LedgerRefused as error:
        raise _lacking(error) from error
    return {"role": role, "kind": kind, "member": member, "created": made,
            "password": password is not None}  # fmt: skip


def revoke(ledger: Ledger, role: str, *, actor: str, now: str) -> dict[str, Any]:
    """Take from a login all that it may do in the ledger; the login itself stays.

    Returns:
        `role`, and `kind` and `member` of what it had.

    Raises:
        LedgerRefused: the ledger is a file, nothing is granted to the login, or the rights lack.
    """
    on_server(ledger)
    try:
        with ledger.transaction() as connection:
            held = next((one for one in _current(connection) if one["role"] == role), None)
            if held is None:
                raise _unknown(role)
            _note(connection, role=role, kind="revoked", granted_at=now, actor=actor)
            if logins.exists(connection, role):
                for statement in rights.of_revoked(rights.place_of(connection), role):
                    rights.run(connection, statement)
    except LedgerRefused as error:
        raise _lacking(error) from error
    return {"role": role, "kind": held["kind"], "member": held["member"]}


def grants(ledger: Ledger) -> list[dict[str, Any]]:
    """List the logins that may read or post: `role`, `kind`, `member`, `granted_at`, `actor`.

    Raises:
        LedgerRefused: the ledger is a file.
    """
    on_server(ledger)
    with ledger.read() as connection:
        return _current(connection)


def settle(connection: sa.Connection) -> None:
    """Give every table rules for its rows, and make the rights of all what they should be.

    It is done at each grant, and after each upgrade: a view made anew belongs to who made it, and
    nobody else may read it. On SQLite there is nothing to do.
    """
    if connection.dialect.name != "postgresql":
        return
    for statement in (*rights.closed_tables(connection), *rights.taken_from_owner(connection)):
        rights.run(connection, statement)
    held = [one for one in _current(connection) if logins.exists(connection, one["role"])]
    if not held:
        return
    place, names = rights.place_of(connection), rights.views(connection)
    for statement in (*rights.of_views_owner(place, names), *rights.of_nobody(place)):
        rights.run(connection, statement)
    for one in held:
        given = (
            rights.of_importer(place, one["role"])
            if one["kind"] == "importer"
            else rights.of_auditor(place, one["role"], names)
        )
        for statement in (*rights.of_revoked(place, one["role"]), *given):
            rights.run(connection, statement)


def on_server(ledger: Ledger) -> None:
    """Refuse to grant on a file.

    Raises:
        LedgerRefused: the ledger is one.
    """
    if ledger.is_file:
        raise LedgerRefused(
            f"{ledger.place} is a file: who may read or write it, the operating system decides",
            code="grant-file",
            hint="give auditors a read-only copy (chmod a-w), members a report of their own; "
            "or keep the ledger on PostgreSQL, where logins have rights",
        )


def _unknown(role: str) -> LedgerRefused:
    return LedgerRefused(
        f"nothing is granted to {role}",
        code="grant-unknown",
        hint="carbonledger grants lists who may read and post",
    )


def _account(connection: sa.Connection, code: str | None) -> int | None:
    if code is None:
        return None
    query = sa.select(account.c.id).where(account.c.code == code, account.c.outside == 0)
    number = connection.execute(query).scalar()
    if number is None:
        raise LedgerRefused(
            f"there is no account {code} inside the site",
            code="grant-account",
            hint='a member is an account of the site, as park/works; sql "select account from '
            'account_view where outside = 0" lists them',
        )
    return int(number)


def _note(connection: sa.Connection, **values: Any) -> None:
    highest = connection.execute(sa.select(sa.func.max(access_grant.c.id))).scalar() or 0
    connection.execute(access_grant.insert(), [{"id": highest + 1, **values}])


def _current(connection: sa.Connection) -> list[dict[str, Any]]:
    last = sa.select(sa.func.max(access_grant.c.id)).group_by(access_grant.c.role)
    query = (
        sa.select(
            access_grant.c.role, access_grant.c.kind, account.c.code.label("member"),
            access_grant.c.granted_at, access_grant.c.actor,
        )
        .outerjoin(account, account.c.id == access_grant.c.account_id)
        .where(access_grant.c.id.in_(last), access_grant.c.kind != "revoked")
        .order_by(access_grant.c.role)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(query).mappings()]


def _lacking(error: LedgerRefused) -> LedgerRefused:
    """Say what rights are lacking, where the server refused."""
    cause = getattr(error.__cause__, "orig", None)
    if getattr(cause, "sqlstate", None) != NOT_ALLOWED:
        return error
    return LedgerRefused(
        f"the server does not let you: {cause}",
        code="grant-rights",
        hint="connect as the owner of the ledger with the right CREATEROLE, or as a superuser; "
        "docs/postgresql.md says how a database administrator makes the roles instead",
    )
