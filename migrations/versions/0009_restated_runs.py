"""Restated runs: which run's figures were restated by which, and what each cause changed."""

# ruff: noqa: E501 (the meaning of a table or column is one sentence)

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

SQL = Path(__file__).resolve().parent.parent / "sql"
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PARTS = ("run_restatement_id", "cause", "scope", "account", "month", "product")


def _text(name: str, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, comment=comment)


def _int(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=False, comment=comment)


def _id(comment: str) -> sa.Column[int]:
    return sa.Column("id", BIG, autoincrement=True, nullable=False, comment=comment)


def _batch(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["batch_id"],
        ["batch.id"],
        name=op.f(f"fk_{table}_batch_id"),
        initially="DEFERRED",
        deferrable=True,
    )


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _restatement() -> None:
    name = "run_restatement"
    op.create_table(
        name,
        _id("Number of the restatement."),
        _int("batch_id", "Batch that posted this row."),
        _int("old_run_id", "Run whose figures are restated."),
        _int("new_run_id", "Run whose figures count from now on."),
        _text("old_hash", "Content hash of the old run, hex: so the log covers its figures."),
        _text("new_hash", "Content hash of the new run, hex."),
        _text("threshold_percent", "Change from which a restatement is significant, in per cent."),
        _int("significant", "1: a total changed by the threshold or more."),
        sa.CheckConstraint("significant IN (0, 1)", name=op.f(f"ck_{name}_significant")),
        _batch(name),
        _key(name, "old_run_id", "run"),
        _key(name, "new_run_id", "run"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "old_run_id", "new_run_id", name=op.f(f"uq_{name}_old_run_id_new_run_id")
        ),
        comment="Figures that were computed again and count from now on instead of those of an earlier run; both runs stay. Why is the reason of the batch.",
        sqlite_strict=True,
    )


def _part() -> None:
    name = "run_restatement_part"
    op.create_table(
        name,
        _id("Number of the row."),
        _int("batch_id", "Batch that posted this row."),
        _int("run_restatement_id", "Restatement it belongs to."),
        _text(
            "cause",
            "old, or what changed it: program, structure, activity, method, factor, gwp.",
        ),
        _text("scope", "1, 2_location, 2_market, 3, biogenic; product for what products carry."),
        _text("account", "Where it took place; of a product the account it left."),
        _text("month", "Local month; '' for products."),
        _text("product", "Product; '' for lines, and for what found no product."),
        _int("co2e_mg", "Milligrams of CO2 equivalent: the old figure, or the change."),
        sa.CheckConstraint(
            "cause IN ('old', 'program', 'structure', 'activity', 'method', 'factor', 'gwp')",
            name=op.f(f"ck_{name}_cause"),
        ),
        _batch(name),
        _key(name, "run_restatement_id", "run_restatement"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(*PARTS, name=op.f(f"uq_{name}")),
        comment="Old figures of a run that was restated, and what each cause changed of them: their sum is the new.",
        sqlite_strict=True,
    )


def upgrade() -> None:
    """Make the tables, and put views and triggers upon them."""
    dialect = op.get_bind().dialect.name
    _restatement()
    _part()
    script = (SQL / f"0009_{dialect}.sql").read_text("utf-8")
    if dialect != "sqlite":
        schema = str(op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar())
        script = script.replace("{schema}", schema)
    bare = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    # A blank line ends a statement: triggers have semicolons within.
    for statement in filter(None, (part.strip(" ;\n") for part in bare.split("\n\n"))):
        op.get_bind().exec_driver_sql(
            statement.replace("%", "%%") if dialect != "sqlite" else statement
        )
    if dialect != "sqlite":
        _rights()


def _rights() -> None:
    """Take away what nobody needs, as of the other tables; see revision 0006."""
    run = op.get_bind().exec_driver_sql
    owner = str(run("SELECT quote_ident(current_user)").scalar())
    for table in ("run_restatement", "run_restatement_part"):
        run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        run(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {owner}, PUBLIC")
        for trigger in ("append_only", "no_truncate"):
            run(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{trigger}")
    # A key points at it: the server looks a row up with the right to change one of its columns.
    run(f"GRANT UPDATE (id) ON run_restatement TO {owner}")


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
