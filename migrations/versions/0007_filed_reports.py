"""Filed reports: what was written into a file, so that it can be made again."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

SQL = Path(__file__).resolve().parent.parent / "sql"
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = "filed_report"


def _text(name: str, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, comment=comment)


def _int(name: str, comment: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=null, comment=comment)


def upgrade() -> None:
    """Make the table, its view and its triggers."""
    number = sa.Column(
        "id", BIG, autoincrement=True, nullable=False, comment="Number of the filing."
    )
    op.create_table(
        NAME,
        number,
        _text("kind", "Which report: park-summary."),
        _text("boundary", "Account whose subtree is inside."),
        _text("period", "Period as asked for."),
        _text("method", "Code and edition of the method."),
        _text("language", "Language it was written in: en, zh."),
        _text("form", "Form it was written in: html, json."),
        _text("parameters", "Whatever else was asked, JSON."),
        _int("as_of_batch", "Last batch that was taken into account."),
        _int("asked_as_of", "Batch that was asked for; none: the last one of then.", null=True),
        _text("runs", "Numbers of the runs behind it, JSON."),
        _text("engine", "Version of the program."),
        _text("sha256", "SHA-256 of its bytes, lower-case hex."),
        _int("bytes", "Size in bytes."),
        _text("actor", "Who filed it."),
        _text("filed_at", "When, ISO 8601 in UTC."),
        _text("content_hash", "SHA-256 over all of this in canonical form, hex."),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        comment="A report that was written into a file, with all that is needed to make the same "
        "bytes again.",
        sqlite_strict=True,
    )
    dialect = op.get_bind().dialect.name
    script = (SQL / f"0007_{dialect}.sql").read_text("utf-8")
    bare = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    # A blank line ends a statement: triggers have semicolons within.
    for statement in filter(None, (part.strip(" ;\n") for part in bare.split("\n\n"))):
        op.get_bind().exec_driver_sql(
            statement.replace("%", "%%") if dialect != "sqlite" else statement
        )
    if dialect == "postgresql":
        owner = op.get_bind().exec_driver_sql("SELECT quote_ident(current_user)").scalar()
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {NAME} FROM {owner}, PUBLIC")


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
