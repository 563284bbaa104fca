"""What Datasette tells of a ledger: the meaning of views and columns, and the canned questions."""

from typing import Any

import sqlalchemy as sa

from carbonledger.audit.questions import questions
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import data_dictionary
from carbonledger.text import t

NAME = "ledger"
"""Name of the database in every address of the desk."""


def metadata(ledger: Ledger, lang: str) -> dict[str, Any]:
    """Return Datasette's metadata of a ledger in a language.

    Tables are hidden behind the views that explain them; a link still leads there.
    """
    return {
        "title": t("desk.title", lang),
        "description": t("desk.about", lang),
        "databases": {
            NAME: {
                "title": t("desk.title", lang),
                "description": t("desk.about", lang),
                "queries": {one.name: _query(one, lang) for one in questions()},
                "tables": _tables(ledger, lang),
            }
        },
    }


def _query(one: Any, lang: str) -> dict[str, Any]:
    return {
        "sql": one.sql,
        "title": one.titles[lang],
        "description": one.texts[lang],
        "params": [parameter.name for parameter in one.parameters],
        "hide_sql": True,
    }


def _tables(ledger: Ledger, lang: str) -> dict[str, Any]:
    told: dict[str, Any] = {"alembic_version": {"hidden": True}}
    with ledger.read() as connection:
        rows = connection.execute(sa.select(data_dictionary)).mappings().all()
    for row in rows:
        text = (row["text_zh"] if lang == "zh" else None) or row["text_en"]
        about = told.setdefault(row["object"], {"columns": {}})
        if row["column_name"]:
            about["columns"][row["column_name"]] = text
        else:
            about["description"] = text
            about["hidden"] = row["kind"] == "table"
    return told
