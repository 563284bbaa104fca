"""What the reporting company holds of an account, for consolidation by equity share or control."""

# ruff: noqa: E501 (the meaning of a column is one sentence)

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; rows without it hold NULL, and are hashed as they were."""
    op.add_column(
        "account_revision",
        sa.Column(
            "ownership",
            sa.Text(),
            comment="What the reporting company holds of it, JSON: rows of the first local day, equity in per cent, financial and operational control.",
        ),
    )


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
