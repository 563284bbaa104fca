"""Views for people and programs; triggers that make the ledger append-only."""

# ruff: noqa: S608 (what is put into the statements is written in this file)

import re
from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

SQL = Path(__file__).resolve().parent.parent / "sql"

MEMBER = (
    "CASE WHEN {1} = 1 OR instr({0}, '/') = 0 THEN {0} "
    "WHEN instr(substr({0}, instr({0}, '/') + 1), '/') = 0 THEN {0} "
    "ELSE substr({0}, 1, instr({0}, '/') + instr(substr({0}, instr({0}, '/') + 1), '/') - 1) END"
)
MACROS = {
    "sqlite": {
        "ISO": "strftime('%Y-%m-%dT%H:%M:%SZ', {0}, 'unixepoch')",
        "DAY": "printf('%04d-%02d-%02d', {0} / 10000, {0} / 100 % 100, {0} % 100)",
        "MONTH": "printf('%04d-%02d', {0} / 10000, {0} / 100 % 100)",
        "AMOUNT": "({0} / 1000000.0)",
        "DECIMAL": "CAST({0} AS REAL)",
        "ROUND9": "round({0}, 9)",
        "LIST": "group_concat(DISTINCT {0})",
        "MEMBER": MEMBER,
        "ITEMS": "json_each({0}) AS item",
    },
    "postgresql": {
        "ISO": "to_char(to_timestamp({0}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        "DAY": "to_char(to_date(({0})::text, 'YYYYMMDD'), 'YYYY-MM-DD')",
        "MONTH": "to_char(to_date(({0})::text, 'YYYYMMDD'), 'YYYY-MM')",
        "AMOUNT": "round({0} / 1000000.0::numeric, 6)",
        "DECIMAL": "CAST({0} AS numeric)",
        "ROUND9": "round({0}, 9)",
        "LIST": "string_agg(DISTINCT ({0})::text, ',')",
        "MEMBER": "CASE WHEN {1} = 1 THEN {0} ELSE "
        "array_to_string((string_to_array({0}, '/'))[1:2], '/') END",
        "ITEMS": "LATERAL jsonb_array_elements(({0})::jsonb) WITH ORDINALITY "
        "AS item (value, place)",
    },
}
WORDS = {
    "sqlite": {"ITEM_INDEX": "item.key", "ITEM_VALUE": "CAST(item.value AS REAL)"},
    "postgresql": {
        "ITEM_INDEX": "(item.place - 1)",
        "ITEM_VALUE": "(CASE WHEN jsonb_typeof(item.value) = 'number' "
        "THEN item.value::text::numeric END)",
    },
}
# Tables with the columns that name a row; a row so named can neither be replaced nor doubled.
TABLES = {
    "document": ("id", "sha256"),
    "batch": ("id",),
    "account": ("id", "code"),
    "account_revision": ("id", "account_id, batch_id"),
    "commodity": ("id", "code"),
    "commodity_revision": ("id", "commodity_id, batch_id"),
    "meter": ("id", "code"),
    "meter_revision": ("id", "meter_id, valid_from, batch_id"),
    "meter_event": ("id", "meter_id, at_utc, kind"),
    "entry": ("id",),
    "reject": ("id",),
    "factor_pack": ("id", "code, edition"),
    "factor": ("id", "pack_id, code"),
    "method": ("id", "code, edition"),
    "run": ("id", "content_hash"),
    "emission_line_row": ("id", "run_id, line"),
    "indicator_row": ("id", "run_id, code"),
}
WITHOUT_BATCH = ("batch", "run", "emission_line_row", "indicator_row")


def _arguments(text: str) -> list[str]:
    """Split the arguments of a macro at the commas outside brackets."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def _expand(sql: str, dialect: str) -> str:
    for word, text in WORDS[dialect].items():
        sql = re.sub(rf"\b{word}\b", lambda _, text=text: text, sql)  # type: ignore[misc]
    for name, form in MACROS[dialect].items():
        pattern = re.compile(rf"\b{name}\(((?:[^()]|\([^()]*\))*)\)")
        sql = pattern.sub(lambda hit, form=form: form.format(*_arguments(hit[1])), sql)  # type: ignore[misc]
    return sql


def _statements(sql: str) -> list[str]:
    bare = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    return [part.strip() for part in bare.split(";\n") if part.strip(" ;\n")]


def _sqlite_triggers(table: str, names: tuple[str, ...]) -> list[str]:
    made = [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, 'append-only: {table} rows are never changed or deleted; "
        "post a correction or a reversal'); END"
        for verb in ("UPDATE", "DELETE")
    ]
    # INSERT OR REPLACE would delete a row without asking the DELETE trigger.
    same = " OR ".join(
        "(" + " AND ".join(f"x.{c} = NEW.{c}" for c in key.split(", ")) + ")" for key in names
    )
    made.append(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} AS x WHERE {same}) BEGIN "
        f"SELECT RAISE(ABORT, 'append-only: this {table} row exists already'); END"
    )
    if table not in WITHOUT_BATCH:
        made.append(
            f"CREATE TRIGGER {table}_sealed BEFORE INSERT ON {table} "
            "WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN "
            "SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END"
        )
    return made


def _batch_order() -> str:
    return (
        "CREATE TRIGGER batch_in_order BEFORE INSERT ON batch "
        "WHEN NEW.id <> (SELECT coalesce(max(x.id), 0) + 1 FROM batch AS x) BEGIN "
        "SELECT RAISE(ABORT, 'append-only: batches are numbered without gaps'); END"
    )


def upgrade() -> None:
    """Create the views, then the triggers of this database."""
    dialect = op.get_bind().dialect.name
    for statement in _statements((SQL / "0001_views.sql").read_text("utf-8")):
        op.get_bind().exec_driver_sql(_expand(statement, dialect))
    if dialect == "sqlite":
        for table, names in TABLES.items():
            for trigger in _sqlite_triggers(table, names):
                op.execute(trigger)
        op.execute(_batch_order())
    else:
        script = (SQL / "0001_triggers.postgresql.sql").read_text("utf-8")
        op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a ledger is never migrated backwards; restore a backup instead")
