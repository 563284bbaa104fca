"""Charts of answers: what the header of a question says is drawn, in our own SVG, no script."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from carbonledger.audit.questions import Chart, Question
from carbonledger.audit.service import figure
from carbonledger.report.charts.bars import Column, Series, Writer, stacked_columns
from carbonledger.report.charts.palette import FOLDED, colours
from carbonledger.report.charts.ranked import Bar, Part, ranked_bars
from carbonledger.report.format import grouped
from carbonledger.text import known, t

Row = Mapping[str, Any]
MOST_BARS, MOST_COLUMNS, MOST_SERIES = 30, 36, 7


def label(name: str, lang: str) -> str:
    """Return the heading of a column in a language; its own name where it has none."""
    key = f"cli.label.{name}"
    return t(key, lang) if known(key) else name.replace("_", " ")


def word(value: object, lang: str) -> str:
    """Return a cell as people read it: codes in words, figures grouped and without idle zeros."""
    if isinstance(value, str):
        key = f"cli.code.{value}"
        return t(key, lang) if known(key) else value
    return "" if value is None else written(figure(value))


def written(value: object) -> str:
    """Write a figure with a comma each thousand."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,f}"


def picture(question: Question, rows: Sequence[Row], lang: str) -> Markup:
    """Draw the answer to a question; nothing where it has no chart, or nothing to show."""
    chart = question.chart
    if chart is None:
        return Markup("")
    value = chart.columns["value"][0]
    drawn = [row for row in rows if row[value]]
    if not drawn:
        return Markup("")
    unit = _unit(chart, drawn[0], lang)
    title = question.titles[lang]
    write = _writer(_amount(row, value) for row in drawn)
    if chart.form == "ranked":
        return ranked_bars(title, unit, _bars(chart, drawn, lang, write), write)
    return stacked_columns(title, unit, *_stacks(chart, drawn, lang), write)


def _writer(values: Iterable[Decimal]) -> Writer:
    """Return how the figures of a chart are written: as exact as a picture can be read."""
    largest = max(map(abs, values))
    places = max(0, min(6, 3 - largest.adjusted()))

    def write(value: Decimal) -> str:
        text = grouped(value, places)
        return text.rstrip("0").rstrip(".") if "." in text else text

    return write


def _unit(chart: Chart, row: Row, lang: str) -> str:
    named = chart.columns.get("unit")
    return str(row[named[0]]) if named else label(chart.columns["value"][0], lang)


def _name(chart: Chart, row: Row, lang: str) -> str:
    return " · ".join(word(row[name], lang) for name in chart.columns["label"])


def _amount(row: Row, name: str) -> Decimal:
    return Decimal(str(figure(row[name])))


def _bars(chart: Chart, rows: Sequence[Row], lang: str, write: Writer) -> list[Bar]:
    value = chart.columns["value"][0]
    [colour] = colours((value,)).values()
    heading = label(value, lang)
    return [
        Bar(
            _name(chart, row, lang),
            write(_amount(row, value)),
            (Part(heading, colour, _amount(row, value)),),
        )
        for row in rows[:MOST_BARS]
    ]


def _stacks(chart: Chart, rows: Sequence[Row], lang: str) -> tuple[list[Column], list[Series]]:
    value = chart.columns["value"][0]
    names = list(dict.fromkeys(_name(chart, row, lang) for row in rows))[:MOST_COLUMNS]
    sums: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        key = (_series(chart, row, lang), _name(chart, row, lang))
        sums[key] = sums.get(key, Decimal(0)) + _amount(row, value)
    kept = _largest(sums)
    given = colours(tuple(kept))
    series = [
        Series(one, given[one], tuple(sums.get((one, name), Decimal(0)) for name in names))
        for one in kept
    ]
    rest = {one for one, _ in sums} - set(kept)
    if rest:
        folded = tuple(sum((sums.get((r, n), Decimal(0)) for r in rest), Decimal(0)) for n in names)
        series.append(Series(t("desk.others", lang, count=len(rest)), FOLDED, folded))
    return [Column(name, "", name) for name in names], series


def _series(chart: Chart, row: Row, lang: str) -> str:
    named = chart.columns.get("series")
    return word(row[named[0]], lang) if named else label(chart.columns["value"][0], lang)


def _largest(sums: Mapping[tuple[str, str], Decimal]) -> list[str]:
    """Return the series that weigh most, largest first."""
    weight: dict[str, Decimal] = {}
    for (one, _), value in sums.items():
        weight[one] = weight.get(one, Decimal(0)) + abs(value)
    return sorted(weight, key=lambda one: (-weight[one], one))[:MOST_SERIES]


def rows_of(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Row]:
    """Return rows as mappings."""
    return [dict(zip(columns, row, strict=True)) for row in rows]
