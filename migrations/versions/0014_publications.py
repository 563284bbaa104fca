"""Publications: a pack of a user's own counts once another actor than its loader published it.

Packs that are posted already hold no standing, and count as they always did; their rows are hashed
as they were. What a batch holds was sealed with it: nothing is written into the past.
"""

# ruff: noqa: E501 (the meaning of a table or column is one sentence)

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

SQL = Path(__file__).resolve().parent.parent / "sql"
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = "publication"
KINDS = "'import', 'correction', 'reversal', 'site', 'event', 'factors', 'method', 'closing', 'estimate'"
BEFORE, AFTER = f"kind IN ({KINDS})", f"kind IN ({KINDS}, 'publication')"
STANDING = "standing IN ('shipped', 'stated', 'held')"


def _table() -> None:
    op.create_table(
        NAME,
        sa.Column("id", BIG, autoincrement=True, nullable=False, comment="Number of the publication."),
        sa.Column("batch_id", BIG, nullable=False, comment="Batch that posted this row."),
        sa.Column("pack_id", BIG, nullable=False, comment="Pack published."),
        sa.Column("content_hash", sa.Text(), nullable=False, comment="SHA-256 over the files of the pack as it was published, hex."),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f(f"fk_{NAME}_batch_id"), initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["pack_id"], ["factor_pack.id"], name=op.f(f"fk_{NAME}_pack_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("pack_id", name=op.f(f"uq_{NAME}_pack_id")),
        comment="That a pack of a user's own may be used from then on: published by another actor than the one who loaded it.",
        sqlite_strict=True,
    )  # fmt: skip


def _columns_on_sqlite() -> None:
    """Add the column, and widen the kinds where they are written; see revision 0010."""
    run = op.get_bind().exec_driver_sql
    run(
        f"ALTER TABLE factor_pack ADD COLUMN standing TEXT CONSTRAINT ck_factor_pack_standing CHECK ({STANDING})"
    )
    version = run("PRAGMA schema_version").scalar_one()
    run("PRAGMA writable_schema = ON")
    run(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'batch'",
        (BEFORE, AFTER),
    )
    run(f"PRAGMA schema_version = {version + 1}")
    run("PRAGMA writable_schema = RESET")


def _columns_on_postgresql() -> None:
    op.add_column(
        "factor_pack",
        sa.Column(
            "standing",
            sa.Text(),
            comment="shipped: comes with the program; stated: said in a site file; held: a user's own, counts once it has a publication; none: posted before packs were published, counts at once.",
        ),
    )
    op.create_check_constraint(op.f("ck_factor_pack_standing"), "factor_pack", STANDING)
    op.drop_constraint(op.f("ck_batch_kind"), "batch", type_="check")
    op.create_check_constraint(op.f("ck_batch_kind"), "batch", AFTER)


def upgrade() -> None:
    """Make the table and the column, and put views and triggers upon them."""
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        _columns_on_sqlite()
    else:
        _columns_on_postgresql()
    _table()
    triggers = (SQL / f"0014_{dialect}.sql").read_text("utf-8")
    script = (SQL / "0014_views.sql").read_text("utf-8") + "\n" + triggers
    if dialect != "sqlite":
        schema = str(op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar())
        script = script.replace("{schema}", schema)
    bare = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    # A blank line ends a statement: triggers have semicolons within.
    for statement in filter(None, (part.strip(" ;\n") for part in bare.split("\n\n"))):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
