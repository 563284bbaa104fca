"""How good data are: what is not measured is found by an index; factors may carry a pedigree."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

NOT_MEASURED = "quality <> 'actual' OR meter_id IS NULL"


def upgrade() -> None:
    """Add the index and the columns; rows without them hold NULL, and are hashed as they were."""
    op.create_index(
        "ix_entry_not_measured",
        "entry",
        ["first_day", "last_day"],
        sqlite_where=sa.text(NOT_MEASURED),
        postgresql_where=sa.text(NOT_MEASURED),
    )
    op.add_column(
        "factor",
        sa.Column(
            "pedigree",
            sa.Text(),
            comment="Scores 1 (best) to 5 of reliability, completeness, temporal, geographical and "
            "technological correlation as its pack states them: (2,3,-,-,2,BU:1.05).",
        ),
    )
    op.add_column(
        "factor_pack",
        sa.Column(
            "pedigree_by", sa.Text(), comment="Who scored the pedigree of its factors, and how."
        ),
    )


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
