"""The columns that tables of the ledger are made of: their types, names and notes.

Numbers are 64-bit integers; texts stand where the digits of a source must survive. Types are those
a SQLite STRICT table knows.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)
# Key of `Column.info` for a column that a table was given later: the value of rows without it.
# Such columns stand last, and rows are hashed without them while they hold that value.
LATER = "before"
BIG = BigInteger().with_variant(Integer, "sqlite")


def identity(comment: str) -> Column[int]:
    """Make the number of a row."""
    return Column("id", BIG, primary_key=True, autoincrement=True, comment=comment)


def of_batch() -> Column[int]:
    """Make the column that names the batch of a row."""
    # Deferred: the batch row seals its batch, so it is written last, in the same transaction.
    return Column(
        "batch_id",
        BIG,
        ForeignKey("batch.id", deferrable=True, initially="DEFERRED"),
        nullable=False,
        comment="Batch that posted this row.",
    )


def ref(name: str, target: str, comment: str, *, null: bool = False) -> Column[int]:
    """Make a column that names a row of another table."""
    return Column(name, BIG, ForeignKey(f"{target}.id"), nullable=null, comment=comment)


def text(name: str, comment: str, *, null: bool = False) -> Column[str]:
    """Make a column of text."""
    return Column(name, Text, nullable=null, comment=comment)


def integer(name: str, comment: str, *, null: bool = False) -> Column[int]:
    """Make a column of integers."""
    return Column(name, BIG, nullable=null, comment=comment)


def later(name: str, comment: str, *, before: int | None = None) -> Column[int]:
    """Make an integer column that came after its table; `before` is what rows without it hold."""
    return Column(name, BIG, nullable=before is None, comment=comment, info={LATER: before})


def later_text(name: str, comment: str) -> Column[str]:
    """Make a column of text that came after its table; rows without it hold NULL."""
    return Column(name, Text, comment=comment, info={LATER: None})


def one_of(column: str, *values: str) -> CheckConstraint:
    """Make a check that a column holds one of some words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def table(name: str, comment: str, *parts: Column[int] | Column[str] | object) -> Table:
    """Make a table."""
    return Table(name, metadata, *parts, comment=comment, sqlite_strict=True)  # type: ignore[arg-type]
