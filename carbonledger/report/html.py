"""The park summary as one self-contained HTML page: no script, no request, readable on paper."""

from decimal import Decimal
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from carbonledger.report import tables, views
from carbonledger.report.charts.ratio import ratio_bar
from carbonledger.report.data import ParkSummary
from carbonledger.report.format import grouped, plain
from carbonledger.report.grades import grades_shown
from carbonledger.report.page import Page
from carbonledger.report.words import Words

SECTIONS = (
    "summary", "indicators", "national", "energy", "flows", "balance", "renewable", "emissions",
    "members", "products", "waste", "pollutants", "quality", "factors", "provenance",
)  # fmt: skip
OPTIONAL = ("members", "products", "waste", "pollutants")
HTML_LANGUAGE = {"en": "en", "zh": "zh-CN"}


@cache
def environment() -> Environment:
    """Return what renders the templates of all pages."""
    # Escaping never depends on a file's name; an unknown name is a fault, not an empty place.
    environment = Environment(
        loader=PackageLoader("carbonledger.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = plain
    environment.filters["counted"] = lambda count: grouped(Decimal(count), 0)
    return environment


def render_html(summary: ParkSummary, lang: str) -> str:
    """Write the report as an HTML page.

    The same summary gives the same bytes. Whatever the summary holds is escaped.

    Args:
        summary: what to show.
        lang: `en` or `zh`.

    Raises:
        ValueError: there are no texts in that language.
    """
    if lang not in HTML_LANGUAGE:
        raise ValueError(f"no report in language {lang!r}; there are {', '.join(HTML_LANGUAGE)}")
    page = Page(Words(lang))
    sections = [
        name for name in SECTIONS if name not in OPTIONAL or getattr(summary, name) is not None
    ]
    template = environment().get_template("park_summary.html.j2")
    return template.render(
        s=summary,
        p=page,
        w=page.words,
        lang=lang,
        html_lang=HTML_LANGUAGE[lang],
        sections=sections,
        views=views,
        grades_shown=grades_shown,
        tables=tables,
        ratio_bar=ratio_bar,
    )
