"""Vehicles become a kind of account: what they burn is mobile combustion."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

TABLE, NAME = "account_revision", "ck_account_revision_kind"
INSIDE = ("facility", "process", "boiler", "chp", "generator", "stock", "office")
OUTSIDE = ("grid", "supplier", "customer", "treatment", "environment", "market")
BEFORE = (*INSIDE, *OUTSIDE)
AFTER = (*INSIDE, "vehicle", *OUTSIDE)


def _rule(kinds: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return f"kind IN ({listed})"


def _sqlite(bind: sa.Connection) -> None:
    """Widen the rule where it is written; the rows stay as they are.

    SQLite cannot alter a rule. Making the table again would take its triggers, the views on it
    and the references to it along; the schema's text is what https://sqlite.org/lang_altertable.html
    (section 7) names for a change that leaves the rows valid.
    """
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?",
        (_rule(BEFORE), _rule(AFTER), TABLE),
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = RESET")


def upgrade() -> None:
    """Let an account be a vehicle."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        _sqlite(bind)
        return
    op.drop_constraint(op.f(NAME), TABLE, type_="check")
    op.create_check_constraint(op.f(NAME), TABLE, _rule(AFTER))


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
