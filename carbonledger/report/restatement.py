"""A restatement, tried or posted, as one self-contained HTML page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from carbonledger.report.format import exact_places, grouped
from carbonledger.report.html import HTML_LANGUAGE, environment
from carbonledger.report.page import NOTHING
from carbonledger.report.words import Words

Rows = Sequence[Mapping[str, Any]]
FIGURES = ("old_t", "new_t", "change_t")
PERCENT_PLACES = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the page.

    Attributes:
        name: `scopes`, `accounts`, `months` or `products`.
        keys: columns that name a row.
        rows: its rows.
        causes: the causes that changed any of them.
        places: decimals at which no digit of any figure is lost.
    """

    name: str
    keys: tuple[str, ...]
    rows: Rows
    causes: tuple[str, ...]
    places: int


def render_restatement(answer: Mapping[str, Any], lang: str) -> str:
    """Write what `restate preview` or `restate post` answers as a page.

    The same answer gives the same bytes; whatever it holds is escaped. Tonnes are printed with
    every digit, so that causes and rows can be added up by hand.

    Args:
        answer: from `run.restatements`.
        lang: `en` or `zh`.

    Raises:
        ValueError: there are no texts in that language.
    """
    if lang not in HTML_LANGUAGE:
        raise ValueError(f"no report in language {lang!r}; there are {', '.join(HTML_LANGUAGE)}")
    parts = [
        _part("scopes", ("scope",), answer["scopes"]),
        _part("accounts", ("total", "account"), answer["accounts"]),
        _part("months", ("total", "month"), answer["months"]),
        _part("products", ("account", "product"), answer["products"]),
    ]
    return (
        environment()
        .get_template("restatement.html.j2")
        .render(
            a=answer,
            w=Words(lang),
            html_lang=HTML_LANGUAGE[lang],
            sums=_part("totals", ("total",), answer["totals"]),
            parts=[part for part in parts if part.rows],
            tonnes=tonnes,
            percent=percent,
            warnings=answer["warnings_zh" if lang == "zh" else "warnings"],
        )
    )


def _part(name: str, keys: tuple[str, ...], rows: Rows) -> Part:
    names = dict.fromkeys(cause for row in rows for cause in row["by_cause"])
    causes = tuple(one for one in names if any(row["by_cause"][one] for row in rows))
    figures = [row[name] for row in rows for name in FIGURES]
    figures += [row["by_cause"][cause] for row in rows for cause in causes]
    return Part(name, keys, rows, causes, exact_places(figures))


def tonnes(value: Decimal, places: int) -> str:
    """Write tonnes with the decimals of their table."""
    return grouped(value, places)


def percent(value: Decimal | None) -> str:
    """Write a change in per cent; a dash where the old figure is zero."""
    return NOTHING if value is None else grouped(value, PERCENT_PLACES)
