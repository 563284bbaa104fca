"""What our pages say and draw, and the page of all charts."""

from itertools import groupby
from typing import Any

from datasette.utils.asgi import Response
from markupsafe import Markup

from carbonledger.audit.questions import questions
from carbonledger.desk import pictures
from carbonledger.desk.app import HERE, Desk
from carbonledger.desk.metadata import NAME
from carbonledger.text import t


def words(desk: Desk) -> dict[str, Any]:
    """Return what our templates say and draw, in the language of a desk."""
    lang = desk.lang
    about = desk.metadata("tables", database=NAME)

    def drawing(name: str, columns: Any, rows: Any) -> Markup:
        found = next((one for one in questions() if one.name == name), None)
        if found is None or not rows:
            return Markup("")
        return pictures.picture(found, pictures.rows_of(columns, rows), lang)

    return {
        "desk_lang": lang,
        "desk_text": lambda key, **values: t(f"desk.{key}", lang, **values),
        "desk_label": lambda name: pictures.label(name, lang),
        "desk_word": lambda value: pictures.word(value, lang),
        "desk_picture": drawing,
        "desk_about": lambda name: about.get(name, {}).get("description", ""),
        "desk_sections": _sections(lang),
        "desk_parameters": {
            one.name: {p.name: p.texts[lang] for p in one.parameters} for one in questions()
        },
        "desk_database": NAME,
    }


def _sections(lang: str) -> list[tuple[str, list[dict[str, Any]]]]:
    return [
        (
            t(f"audit.section.{section}", lang),
            [
                {"name": one.name, "title": one.titles[lang], "text": one.texts[lang],
                 "chart": one.chart is not None}
                for one in members
            ],
        )
        for section, members in groupby(questions(), lambda one: one.section)
    ]  # fmt: skip


async def style() -> Response:
    """Answer our style."""
    return Response((HERE / "desk.css").read_text("utf-8"), content_type="text/css; charset=utf-8")


async def charts(datasette: Desk, request: Any) -> Response:
    """Answer all charts on one page, each question asked as it is where nobody says."""
    drawn = []
    for one in questions():
        if one.chart is None:
            continue
        answer = await datasette.get_database(NAME).execute(one.sql, one.defaults())
        rows = pictures.rows_of(answer.columns, answer.rows)
        drawn.append((one, pictures.picture(one, rows, datasette.lang)))
    page = await datasette.render_template("charts.html", {"charts": drawn}, request=request)
    return Response.html(page)
