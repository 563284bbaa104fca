"""Who may see and post what on PostgreSQL: the table of grants, rules for rows, rights taken away.

On SQLite the operating system decides who may read a file: there the table stays empty.
"""

# ruff: noqa: E501 (the meaning of a table or column is one sentence)

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SQL = Path(__file__).resolve().parent.parent / "sql"
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WITHOUT_METER = sa.text("meter_id IS NULL")
RULED = (
    "document", "batch", "account", "account_revision", "commodity", "commodity_revision", "meter",
    "meter_revision", "meter_event", "entry", "reject", "finding", "run", "emission_line_row",
    "indicator_row", "closing", "restatement", "restated_figure", "expectation",
)  # fmt: skip
POSTED = (*RULED, "factor_pack", "factor", "method", "access_grant")
# Keys point at these: the server looks a row up with the right to change one of its columns.
POINTED_AT = (
    "document", "batch", "account", "commodity", "meter", "entry", "factor_pack", "run", "closing",
    "restatement",
)  # fmt: skip
# A member sees but a part of what flows into the accounts above its own: no balance comes of that.
OWN_BALANCES = """
CREATE OR REPLACE VIEW balance_view AS SELECT whole.* FROM ({text}) AS whole
WHERE (SELECT carbonledger_sees_all(current_user))
   OR whole.account IN (SELECT o.code FROM carbonledger_own(current_user) AS o)
"""


def _table() -> None:
    op.create_table(
        "access_grant",
        sa.Column("id", BIG, autoincrement=True, nullable=False, comment="Number of the grant."),
        sa.Column("role", sa.Text(), nullable=False, comment="Login of the database it is for."),
        sa.Column("kind", sa.Text(), nullable=False, comment="auditor, importer, or revoked."),
        sa.Column("account_id", BIG, nullable=True, comment="Account whose subtree a member may see; none: everything."),
        sa.Column("granted_at", sa.Text(), nullable=False, comment="When, ISO 8601 in UTC."),
        sa.Column("actor", sa.Text(), nullable=False, comment="Who granted or revoked it."),
        sa.CheckConstraint("kind IN ('auditor', 'importer', 'revoked')", name=op.f("ck_access_grant_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_access_grant_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_grant")),
        comment="Which login of a database server may see or post what; the grant of the highest number holds.",
        sqlite_strict=True,
    )  # fmt: skip
    op.create_index(
        "ix_entry_without_meter",
        "entry",
        ["from_account_id", "to_account_id", "commodity_id"],
        sqlite_where=WITHOUT_METER,
        postgresql_where=WITHOUT_METER,
    )


def _on_sqlite() -> None:
    says = "append-only: access_grant rows are never changed or deleted; grant or revoke anew"
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER access_grant_no_{verb.lower()} BEFORE {verb} ON access_grant BEGIN "
            f"SELECT RAISE(ABORT, '{says}'); END"
        )
    op.execute(
        "CREATE TRIGGER access_grant_no_replace BEFORE INSERT ON access_grant "
        "WHEN EXISTS (SELECT 1 FROM access_grant AS x WHERE x.id = NEW.id) BEGIN "
        "SELECT RAISE(ABORT, 'append-only: this access_grant row exists already'); END"
    )


def _on_postgresql() -> None:
    run = op.get_bind().exec_driver_sql
    schema = str(run("SELECT quote_ident(current_schema())").scalar())
    owner = str(run("SELECT quote_ident(current_user)").scalar())
    script = (SQL / "0006_postgresql.sql").read_text("utf-8").replace("{schema}", schema)
    bare = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    # A blank line ends a statement: functions have semicolons within.
    for statement in filter(None, (part.strip(" ;\n") for part in bare.split("\n\n"))):
        run(statement)
    balances = str(run("SELECT pg_get_viewdef('balance_view'::regclass)").scalar())
    run(OWN_BALANCES.format(text=balances.rstrip("; ")).replace("%", "%%"))
    for table in RULED:
        run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    for table in POSTED:
        # A superuser does not ask for rights; the triggers hold for everybody.
        run(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {owner}, PUBLIC")
        # Also where triggers are off for a copy of another server (session_replication_role).
        for trigger in ("append_only", "no_truncate"):
            run(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{trigger}")
    for table in POINTED_AT:
        run(f"GRANT UPDATE (id) ON {table} TO {owner}")


def upgrade() -> None:
    """Make the table; on PostgreSQL the rules for rows, and take rights away."""
    _table()
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite()
    else:
        _on_postgresql()


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
