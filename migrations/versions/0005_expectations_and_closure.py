"""What must arrive; accuracy classes of meters; the view of what does not close.

What is posted stays as it is, to the byte: rows of `meter_revision` and `account_revision` are
hashed without the columns that they were given here, as long as those say nothing.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SQL = Path(__file__).resolve().parent.parent / "sql"
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXPECTATION = "expectation"
REFERRED = ("meter", "commodity", "from_account", "to_account")


def _text(name: str, comment: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null, comment=comment)


def _int(name: str, comment: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=null, comment=comment)


def _key(name: str) -> sa.ForeignKeyConstraint:
    table = name.rpartition("_")[2]
    return sa.ForeignKeyConstraint(
        [f"{name}_id"], [f"{table}.id"], name=op.f(f"fk_{EXPECTATION}_{name}_id")
    )


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{EXPECTATION}_{name}"))


def _expectation() -> None:
    op.create_table(
        EXPECTATION,
        sa.Column(
            "id", BIG, autoincrement=True, nullable=False, comment="Number of the declaration."
        ),
        _int("batch_id", "Batch that posted this row."),
        _text("code", "Name of the expectation."),
        _int("meter_id", "Meter whose values must arrive; none for records.", null=True),
        _int("commodity_id", "What the records must state.", null=True),
        _int("from_account_id", "Account it leaves, for records.", null=True),
        _int("to_account_id", "Account it reaches, for records.", null=True),
        _text("frequency", "day, month, quarter, year: what period each delivery is for."),
        _int("since", "First local day expected, as the integer yyyymmdd."),
        _int(
            "until",
            "Last local day expected, as the integer yyyymmdd; none: without end.",
            null=True,
        ),
        _int("due_days", "How many days after the end of a period its delivery is due."),
        _text("owner", "Whose it is: who must deliver."),
        _int("whole", "1: the records must cover every day of the period; 0: one record will do."),
        _text("note", "Remark.", null=True),
        _int("withdrawn", "1: takes the expectation back, from this batch on."),
        _check("frequency", "frequency IN ('day', 'month', 'quarter', 'year')"),
        _check("what", "meter_id IS NOT NULL OR commodity_id IS NOT NULL"),
        _check("due_days", "due_days >= 0"),
        _check("whole", "whole IN (0, 1)"),
        _check("withdrawn", "withdrawn IN (0, 1)"),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
            name=op.f(f"fk_{EXPECTATION}_batch_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        *(_key(name) for name in REFERRED),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{EXPECTATION}")),
        sa.UniqueConstraint("code", "batch_id", name=op.f(f"uq_{EXPECTATION}_code_batch_id")),
        comment="What must arrive, from whom and by when; "
        "of several of one name the highest batch holds.",
        sqlite_strict=True,
    )


def _classes() -> None:
    for column in (
        _text("accuracy_class", "Accuracy class of the meter, '0.5S'.", null=True),
        _text(
            "tolerance",
            "Limit of its error, per cent of what it counts, exact decimal.",
            null=True,
        ),
        _text("tolerance_source", "Where that limit is stated.", null=True),
    ):
        op.add_column("meter_revision", column)
    op.add_column(
        "account_revision",
        _text(
            "tolerance",
            "Largest part of what comes in that may stay unexplained, per cent.",
            null=True,
        ),
    )


def upgrade() -> None:
    """Make the table and the columns, and put views and triggers upon them."""
    dialect = op.get_bind().dialect.name
    for view in ("meter_view", "account_view"):
        op.execute(f"DROP VIEW {view}")
    _classes()
    _expectation()
    script = (SQL / f"0005_{dialect}.sql").read_text("utf-8")
    bare = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    # A blank line ends a statement: triggers have semicolons within.
    for statement in filter(None, (part.strip(" ;\n") for part in bare.split("\n\n"))):
        op.get_bind().exec_driver_sql(
            statement.replace("%", "%%") if dialect != "sqlite" else statement
        )


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
