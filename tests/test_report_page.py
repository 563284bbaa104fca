import json
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest
from report_sample import park_summary

from carbonledger.report.data import ParkSummary, Provenance
from carbonledger.report.format import plain
from carbonledger.report.jsonform import json_text
from carbonledger.report.park_summary import as_json, render_html
from carbonledger.report.stated import Label, Stated

NASTY = """<script>alert('1')</script>" onload="x" {{ 7*191 }} & ]]> \u202e"""
# Texts that the page reads as something: it may refuse nonsense here, but it is not shown as text.
STRUCTURE = {"months", "month", "tce_basis", "counts"}
VOID = {"meta", "br"}


class Reading(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.tips: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append(name)
            elif name == "id":
                self.ids.append(value or "")
            elif name == "title":
                self.tips.append(value or "")
            elif name == "href" and (value or "").startswith("#"):
                self.links.append(unquote((value or "")[1:]))
            elif name in {"src", "href", "xlink:href", "srcset", "data", "action", "background"}:
                self.addresses.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> Reading:
    reading = Reading()
    reading.feed(html)
    reading.close()
    return reading


def figures(value: object) -> list[Stated]:
    """Collect every figure of a record."""
    if isinstance(value, Stated):
        return [value]
    if isinstance(value, tuple):
        return [figure for item in value for figure in figures(item)]
    if is_dataclass(value) and not isinstance(value, type):
        return [found for f in fields(value) for found in figures(getattr(value, f.name))]
    return []


def poisoned(value: Any, name: str = "") -> Any:
    """Put markup into every text that a file or a user can bring."""
    if isinstance(value, str):
        return value if name in STRUCTURE else f"{value}{NASTY}"
    if isinstance(value, tuple):
        return tuple(poisoned(item, name) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{f.name: poisoned(getattr(value, f.name), f.name) for f in fields(value)}
        )
    return value


@pytest.fixture(scope="module")
def summary() -> ParkSummary:
    return park_summary()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_is_what_was_looked_at(
    summary: ParkSummary, lang: str, golden: Callable[[str, str], None]
) -> None:
    golden(f"park_summary.{lang}.html", render_html(summary, lang))


def test_the_json_form_is_what_programs_rely_on(
    summary: ParkSummary, golden: Callable[[str, str], None]
) -> None:
    golden("park_summary.json", json_text(as_json(summary)) + "\n")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_figure_is_shown_with_its_key(summary: ParkSummary, lang: str) -> None:
    page = read(render_html(summary, lang))
    tips = "\n".join(page.tips)
    shown = set(page.ids)
    for figure in figures(summary):
        # A column of the balance that holds nothing but zeros is not printed.
        assert figure.key in shown or (figure.key.endswith(":sold") and not figure.value)
        if figure.value is not None and figure.key in shown:
            assert f"{figure.key} · {plain(figure.value)}" in tips


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_is_sound_and_stands_alone(summary: ParkSummary, lang: str) -> None:
    html = render_html(summary, lang)
    page = read(html)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert set(page.links) <= set(page.ids)
    assert page.addresses == []
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & page.tags
    assert not re.search(r"@import|url\(|https?://(?!www\.w3\.org/2000/svg)", html)
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_text_of_a_file_becomes_markup(summary: ParkSummary, lang: str) -> None:
    page = read(render_html(poisoned(summary), lang))
    clean = read(render_html(summary, lang))
    assert page.open == []
    assert page.tags == clean.tags
    assert page.handlers == []
    assert page.addresses == []
    text = "".join(page.text)
    assert "<script>alert('1')</script>" in text
    assert "{{ 7*191 }}" in text
    assert "1337" not in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_stands_before_the_provenance_depends_on_figures_only(
    summary: ParkSummary, lang: str
) -> None:
    other = replace(
        summary,
        provenance=Provenance(4711, 4711, "ab" * 32, "9.9.9", runs=(), packs=(), batches=()),
    )
    one, another = (
        render_html(s, lang).split('<section id="provenance"')[0] for s in (summary, other)
    )
    assert one == another
    assert "4711" not in another


def test_sections_that_do_not_concern_the_site_are_left_out(summary: ParkSummary) -> None:
    small = replace(
        summary,
        members=None,
        products=None,
        waste=None,
        pollutants=None,
        benchmarks=(),
        indicators=replace(summary.indicators, rows=()),
    )
    page = read(render_html(small, "en"))
    assert not {"members", "products", "waste", "pollutants"} & set(page.ids)
    assert {"indicators", "national", "provenance"} <= set(page.ids)
    text = "".join(page.text)
    assert "The method states no indicators." in text
    assert "no average to compare with" in text
    assert re.search(r"11\s*Provenance", text)


def test_a_park_without_anything_measured_still_has_a_page(summary: ParkSummary) -> None:
    def emptied(value: Any) -> Any:
        if isinstance(value, Stated):
            return replace(value, value=None, reason=Label("", "no entries", "无分录"))
        if isinstance(value, tuple):
            return tuple(emptied(item) for item in value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(
                value, **{f.name: emptied(getattr(value, f.name)) for f in fields(value)}
            )
        return value

    page = read(render_html(emptied(summary), "zh"))
    assert page.open == []
    assert "无法给出：无分录" in "".join(page.text)


@pytest.mark.parametrize(
    ("months", "columns"),
    [(("2024-03",), 1), (tuple(f"{2022 + m // 12}-{m % 12 + 1:02}" for m in range(36)), 36)],
)
def test_any_period_has_a_page(summary: ParkSummary, months: tuple[str, ...], columns: int) -> None:
    def of_period(row: tuple[Stated, ...]) -> tuple[Stated, ...]:
        return tuple(replace(row[i % 12], key=f"{row[i % 12].key}:{i}") for i in range(columns))

    energy = replace(
        summary.energy,
        carriers=tuple(replace(c, months=of_period(c.months)) for c in summary.energy.carriers),
        months=of_period(summary.energy.months),
    )
    page = read(
        render_html(
            replace(summary, header=replace(summary.header, months=months), energy=energy), "en"
        )
    )
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))


def test_numbers_of_the_page_are_those_of_the_data(summary: ParkSummary) -> None:
    text = "".join(read(render_html(summary, "en")).text)
    assert "34,479.8" in text  # t CO2, total
    assert "21.3\u00a0%" in text  # 8,436,000 of 39,590,300 kWh
    assert "38,354,300.00" in text  # bought, exact
    assert "−8,921.5" in text  # what the correction changed
    assert "99.4\u00a0%" in text  # of the average


def test_the_same_summary_gives_the_same_bytes(summary: ParkSummary) -> None:
    assert render_html(summary, "zh") == render_html(park_summary(), "zh")


def test_a_language_without_texts_is_refused(summary: ParkSummary) -> None:
    with pytest.raises(ValueError, match="no report in language 'fr'; there are en, zh"):
        render_html(summary, "fr")


def test_the_json_form_keeps_every_digit_and_every_figure(summary: ParkSummary) -> None:
    form = as_json(summary)
    assert form["emissions"]["total"] == {
        "key": "inventory.total",
        "value": Decimal("34479.825354"),
        "unit": "t",
        "formula": "scope 1 + scope 2 (market)",
        "reason": {"code": "", "en": "", "zh": ""},
    }
    assert [m["month"] for m in form["renewable"]["months"]] == list(summary.header.months)
    written = json_text(form)
    assert '"value": 34479.825354' in written
    for figure in figures(summary):
        assert f'"key": "{figure.key}"' in written


def test_the_json_form_of_a_summary_without_products_says_so(summary: ParkSummary) -> None:
    assert as_json(replace(summary, products=None))["products"] is None


def test_the_json_text_can_be_read_back_digit_for_digit(summary: ParkSummary) -> None:
    form = as_json(summary)
    read_back = json.loads(json_text(form), parse_float=Decimal, parse_int=Decimal)
    assert read_back == form
