"""Closed periods, their restatements, and the trigger that keeps entries out of them.

What is posted stays as it is: batches without closings have the hashes they had.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SQL = Path(__file__).resolve().parent.parent / "sql"
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, comment: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null, comment=comment)


def _int(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=False, comment=comment)


def _head(comment: str) -> tuple[sa.Column[int], sa.Column[int]]:
    number = sa.Column("id", BIG, autoincrement=True, nullable=False, comment=comment)
    return number, _int("batch_id", "Batch that posted this row.")


def _keys(table: str, **others: str) -> tuple[sa.Constraint, ...]:
    """The primary key of a table, its batch, and the tables that its columns name."""
    return (
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
            name=op.f(f"fk_{table}_batch_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{column}"], [f"{target}.id"], name=op.f(f"fk_{table}_{column}")
            )
            for column, target in others.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _closing() -> None:
    op.create_table(
        "closing",
        *_head("Number of the closing."),
        _int("account_id", "Account whose subtree is closed."),
        _text("period", "Period as asked for: 2024, 2024-Q1, 2024-03, 2024-01..2024-06."),
        _int("first_day", "First local day, as the integer yyyymmdd."),
        _int("last_day", "Last local day, as the integer yyyymmdd."),
        _int(
            "start_utc", "Start of the period in the zone of the account, seconds since 1970 UTC."
        ),
        _int("end_utc", "End of the period (exclusive), seconds since 1970 UTC."),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_closing_days")),
        *_keys("closing", account_id="account"),
        sa.UniqueConstraint(
            "account_id",
            "first_day",
            "last_day",
            name=op.f("uq_closing_account_id_first_day_last_day"),
        ),
        comment="A period closed for a boundary: it takes no entry any more without a reason to "
        "restate it.",
        sqlite_strict=True,
    )


def _restatement() -> None:
    op.create_table(
        "restatement",
        *_head("Number of the restatement."),
        _int("closing_id", "Closing whose period was changed."),
        _text("reason", "Why the closed period was changed."),
        _text("note", "What of the site was changed, where that moves figures.", null=True),
        *_keys("restatement", closing_id="closing"),
        sa.UniqueConstraint(
            "batch_id", "closing_id", name=op.f("uq_restatement_batch_id_closing_id")
        ),
        comment="A batch that changed a closed period, with the reason; its figures are in "
        "restated_figure.",
        sqlite_strict=True,
    )


def _restated_figure() -> None:
    op.create_table(
        "restated_figure",
        *_head("Number of the row."),
        _int("restatement_id", "Restatement that changed it."),
        _int("from_account_id", "Account the flow leaves."),
        _int("to_account_id", "Account the flow reaches."),
        _int("commodity_id", "What flows."),
        _int("month", "Local month, as the integer yyyymm."),
        _int("quantity_before", "Sum before, in millionths of the commodity's canonical unit."),
        _int("quantity_after", "Sum after, in millionths of the commodity's canonical unit."),
        *_keys(
            "restated_figure",
            restatement_id="restatement",
            from_account_id="account",
            to_account_id="account",
            commodity_id="commodity",
        ),
        sa.UniqueConstraint(
            "restatement_id",
            "from_account_id",
            "to_account_id",
            "commodity_id",
            "month",
            name=op.f("uq_restated_figure_flow"),
        ),
        comment="A sum of a closed period before and after a restatement.",
        sqlite_strict=True,
    )


def upgrade() -> None:
    """Make the tables, and put views and triggers upon them."""
    dialect = op.get_bind().dialect.name
    for make in (_closing, _restatement, _restated_figure):
        make()
    script = (SQL / f"0004_{dialect}.sql").read_text("utf-8")
    bare = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    # A blank line ends a statement: triggers have semicolons within.
    for statement in filter(None, (part.strip(" ;\n") for part in bare.split("\n\n"))):
        op.get_bind().exec_driver_sql(
            statement.replace("%", "%%") if dialect != "sqlite" else statement
        )


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
