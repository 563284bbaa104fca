"""Findings of the validation; meter events that a later batch corrects or takes back.

What is posted stays as it is, to the byte: rows of `meter_event` are hashed without the columns
that they were given here, as long as those say nothing.
"""

# ruff: noqa: E501 (the meaning of a table or column is one sentence)

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SQL = Path(__file__).resolve().parent.parent / "sql"
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG = sa.text("last_day > first_day AND meter_id IS NOT NULL")
EVENT = "meter_event"
EVENT_COMMENT = (
    "What happened to a meter; of several for the same time and kind the highest batch holds."
)
KIND_COMMENT = "swap, rollover, calibration, multiplier."
EVENT_KIND = "kind IN ('swap', 'rollover', 'calibration', 'multiplier')"
WITHDRAWN = "withdrawn IN (0, 1)"
EVENT_UNIQUE = ("meter_id", "at_utc", "kind", "batch_id")
UNIQUE_BEFORE = "uq_meter_event_meter_id_at_utc_kind"


def _text(name: str, comment: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null, comment=comment)


def _int(name: str, comment: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=null, comment=comment)


def _id(comment: str) -> sa.Column[int]:
    return sa.Column("id", BIG, autoincrement=True, nullable=False, comment=comment)


def _keys(table: str) -> tuple[sa.Constraint, ...]:
    """The constraints that every table of a meter has."""
    return (
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
            name=op.f(f"fk_{table}_batch_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["meter_id"], ["meter.id"], name=op.f(f"fk_{table}_meter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _later() -> tuple[sa.Column[str], sa.Column[int]]:
    return (
        _text(
            "multiplier",
            "Factor between register and quantity from then on, exact decimal.",
            null=True,
        ),
        _int(
            "expires_utc",
            "When a calibration loses its validity, seconds since 1970-01-01 UTC.",
            null=True,
        ),
    )


def _withdrawn() -> sa.Column[int]:
    return _int("withdrawn", "1: takes the event back, as if it had not happened.")


def _finding() -> None:
    op.create_table(
        "finding",
        _id("Number of the finding."),
        _int("batch_id", "Batch that posted this row."),
        _int("meter_id", "Meter concerned."),
        _text(
            "kind", "Rule that noticed it: gap, zero_run, negative, spike, step … see validation."
        ),
        _text(
            "severity", "warning: look at it before you rely on the figures; info: good to know."
        ),
        _int("start_utc", "Start of the period concerned, seconds since 1970-01-01 UTC."),
        _int("end_utc", "End of the period (exclusive), seconds since 1970-01-01 UTC."),
        _int("first_day", "Local day of the start, as the integer yyyymmdd."),
        _int("last_day", "Local day of the last instant, as the integer yyyymmdd."),
        _int("count", "How many intervals, values or days are concerned."),
        _text("value", "What was found, exact decimal in unit.", null=True),
        _text("expected", "What was to be expected, exact decimal in unit.", null=True),
        _text("unit", "Unit of value and expected.", null=True),
        _text("parameters", "Further figures of the rule by name, JSON."),
        _text("text_en", "The finding as a sentence, English."),
        _text("text_zh", "The finding as a sentence, Chinese."),
        _int("line_first", "First line of the source document.", null=True),
        _int("line_last", "Last line of the source document.", null=True),
        sa.CheckConstraint("severity IN ('info', 'warning')", name=op.f("ck_finding_severity")),
        sa.CheckConstraint("end_utc >= start_utc", name=op.f("ck_finding_period")),
        *_keys("finding"),
        comment="What the validation of an import noticed about a meter, as known when its batch was posted.",
        sqlite_strict=True,
    )
    op.create_index("ix_finding_batch", "finding", ["batch_id"])
    op.create_index("ix_finding_meter", "finding", ["meter_id", "kind"])


def _event_table() -> None:
    op.create_table(
        EVENT,
        _id("Number of the event."),
        _int("batch_id", "Batch that posted this row."),
        _int("meter_id", "Meter concerned."),
        _int("at_utc", "When, seconds since 1970-01-01 UTC."),
        _text("kind", KIND_COMMENT),
        _text("old_reading", "Register at the end of the old meter, exact decimal.", null=True),
        _text("new_reading", "Register at the start of the new meter, exact decimal.", null=True),
        _text("note", "Remark.", null=True),
        *_later(),
        _withdrawn(),
        sa.CheckConstraint(EVENT_KIND, name=op.f("ck_meter_event_kind")),
        sa.CheckConstraint(WITHDRAWN, name=op.f("ck_meter_event_withdrawn")),
        *_keys(EVENT),
        sa.UniqueConstraint(*EVENT_UNIQUE, name=op.f(f"uq_{EVENT}_{'_'.join(EVENT_UNIQUE)}")),
        comment=EVENT_COMMENT,
        sqlite_strict=True,
    )


def _events_on_sqlite() -> None:
    """SQLite cannot change a constraint: the table is made anew and filled with its rows."""
    run = op.get_bind().exec_driver_sql
    run(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {EVENT}")  # noqa: S608 (written above)
    op.drop_table(EVENT)
    _event_table()
    run(f"INSERT INTO {EVENT} SELECT kept.*, NULL, NULL, 0 FROM kept ORDER BY id")  # noqa: S608
    run("DROP TABLE temp.kept")


def _events_on_postgresql() -> None:
    for column in _later():
        op.add_column(EVENT, column)
    withdrawn = _withdrawn()
    withdrawn.server_default = sa.DefaultClause("0")
    op.add_column(EVENT, withdrawn)
    op.alter_column(EVENT, "withdrawn", server_default=None)
    op.drop_constraint(op.f("ck_meter_event_kind"), EVENT, type_="check")
    op.create_check_constraint(op.f("ck_meter_event_kind"), EVENT, EVENT_KIND)
    op.create_check_constraint(op.f("ck_meter_event_withdrawn"), EVENT, WITHDRAWN)
    op.drop_constraint(op.f(UNIQUE_BEFORE), EVENT, type_="unique")
    op.create_unique_constraint(
        op.f(f"uq_{EVENT}_{'_'.join(EVENT_UNIQUE)}"), EVENT, list(EVENT_UNIQUE)
    )
    op.create_table_comment(EVENT, EVENT_COMMENT, existing_comment="What happened to a meter.")
    op.alter_column(EVENT, "kind", comment=KIND_COMMENT)


def upgrade() -> None:
    """Make the table, change the other, and put views and triggers upon them."""
    dialect = op.get_bind().dialect.name
    op.execute("DROP VIEW meter_event_view")
    if dialect == "sqlite":
        _events_on_sqlite()
    else:
        _events_on_postgresql()
    _finding()
    op.create_index(
        "ix_entry_long",
        "entry",
        ["meter_id", "first_day"],
        sqlite_where=LONG,
        postgresql_where=LONG,
    )
    script = (SQL / f"0003_{dialect}.sql").read_text("utf-8")
    bare = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    # A blank line ends a statement: triggers have semicolons within.
    for statement in filter(None, (part.strip(" ;\n") for part in bare.split("\n\n"))):
        op.get_bind().exec_driver_sql(
            statement.replace("%", "%%") if dialect != "sqlite" else statement
        )


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
