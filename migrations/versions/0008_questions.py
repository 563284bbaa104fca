"""Views for the questions of auditors: what is missing, sums by month, documents."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Make an index of days with missing values, then the views."""
    dialect = op.get_bind().dialect.name
    op.create_index(
        "ix_entry_missing",
        "entry",
        ["meter_id", "first_day"],
        sqlite_where=sa.text("instr(profile, 'null') > 0"),
        postgresql_where=sa.text("strpos(profile, 'null') > 0"),
    )
    script = (SQL / f"questions_{dialect}.sql").read_text("utf-8")
    bare = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    for statement in filter(None, (part.strip(" ;\n") for part in bare.split("\n\n"))):
        op.get_bind().exec_driver_sql(
            statement.replace("%", "%%") if dialect != "sqlite" else statement
        )


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
