"""The base year of a company, and the structural changes since."""

# ruff: noqa: E501 (the meaning of a column is one sentence)

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column; rows without it hold NULL, and are hashed as they were."""
    op.add_column(
        "account_revision",
        sa.Column(
            "base_year",
            sa.Text(),
            comment="Of the root account: base year, threshold, and structural changes since, JSON.",
        ),
    )


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
