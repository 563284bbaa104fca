"""The data dictionary: what every table, view and column means, in the database and in docs."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from carbonledger.ledger.schema import data_dictionary, metadata

WORDS = Path(__file__).resolve().parent.parent / "text" / "dictionary.toml"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a table, a view (`column` is "") or one of their columns."""

    object: str
    column: str
    kind: str
    en: str
    zh: str | None


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(WORDS.read_text("utf-8"))


def _tables() -> list[Meaning]:
    found = []
    for table in metadata.tables.values():
        found.append(Meaning(table.name, "", "table", table.comment or "", None))
        found += [
            Meaning(table.name, column.name, "table", column.comment or "", None)
            for column in table.columns
        ]
    return found


def _views(connection: sa.Connection) -> list[Meaning]:
    words, found = _words(), []
    inspector = sa.inspect(connection)
    for view in sorted(inspector.get_view_names()):
        text = words[f"view.{view}"]
        found.append(Meaning(view, "", "view", text["en"], text["zh"]))
        for column in inspector.get_columns(view):
            text = words[f"column.{column['name']}"]
            found.append(Meaning(view, column["name"], "view", text["en"], text["zh"]))
    return found


def meanings(connection: sa.Connection) -> list[Meaning]:
    """List the meaning of every table, view and column of the ledger, views first."""
    return _views(connection) + _tables()


def describe(connection: sa.Connection) -> None:
    """Write the dictionary into the ledger, where an auditor finds it with SQL."""
    connection.execute(data_dictionary.delete())
    rows = [
        {"object": m.object, "column_name": m.column, "kind": m.kind, "text_en": m.en,
         "text_zh": m.zh}
        for m in meanings(connection)
    ]  # fmt: skip
    connection.execute(data_dictionary.insert(), rows)


def page(connection: sa.Connection) -> str:
    """Render docs/data-dictionary.md from a ledger."""
    lines = [
        "# Data dictionary",
        "",
        "Generated from the schema: `python -m carbonledger.ledger.dictionary`. The same text is",
        "in the ledger itself, table `data_dictionary`, in English and (for views) Chinese.",
        "Views come first: they are what people and programs should read.",
    ]
    for meaning in meanings(connection):
        if not meaning.column:
            lines += ["", f"## {meaning.kind} `{meaning.object}`", "", meaning.en]
            lines += ["", meaning.zh] if meaning.zh else []
            head = ["| column | meaning |", "|---|---|"]
            zh_head = ["| column | meaning | 含义 |", "|---|---|---|"]
            lines += ["", *(zh_head if meaning.zh else head)]
        else:
            cells = [f"`{meaning.column}`", meaning.en] + ([meaning.zh] if meaning.zh else [])
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the page of a fresh ledger."""
    import sys
    import tempfile

    from carbonledger.ledger.connect import create, location, open_ledger

    with tempfile.TemporaryDirectory() as place:
        url = location(str(Path(place) / "ledger.db"))
        create(url)
        with open_ledger(url) as ledger, ledger.read() as connection:
            sys.stdout.write(page(connection))


if __name__ == "__main__":
    main()
