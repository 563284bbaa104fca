"""The charts of a park summary: its records turned into series, bars and ribbons."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from markupsafe import Markup

from carbonledger.report.charts.bars import Column, Series, Writer, stacked_columns
from carbonledger.report.charts.layers import Link, Node
from carbonledger.report.charts.palette import FOLDED, OF_CODE, colours
from carbonledger.report.charts.ranked import Bar, Part, ranked_bars
from carbonledger.report.charts.sankey import sankey
from carbonledger.report.data import Flows, Header, Renewable, Waste
from carbonledger.report.format import grouped, places_for
from carbonledger.report.page import Page
from carbonledger.report.sections import Emissions, Energy, Products, Source
from carbonledger.report.stated import Stated

MOST_SERIES = 7
MOST_BARS = 14
ZERO = Decimal(0)
WASTE_COLOURS = {"utilised": "#0f8a68", "not_utilised": "#b9bec4", "left_out": "#c9736f"}
PLACE_COLOURS = {"outside": "#3f4952", "inside": "#3f4952", "use": "#3f4952", "loss": "#8a939b"}


def energy_chart(header: Header, energy: Energy, page: Page) -> Markup:
    """Stack the carriers' tce by month; the smallest are one colour where there are too many."""
    codes = tuple(carrier.commodity.code for carrier in energy.carriers)
    colour = colours(codes)
    series = [
        Series(
            carrier.commodity.of(page.words.lang),
            colour[carrier.commodity.code],
            tuple(_number(figure) for figure in carrier.months),
        )
        for carrier in energy.carriers
    ]
    title, unit = page.words("energy.chart"), page.words.unit("tce")
    months = _months(header.months, page)
    return stacked_columns(title, unit, months, _folded(series, page), _writer(series))


def renewable_chart(renewable: Renewable, page: Page) -> Markup:
    """Stack a month's electricity: own generation, certificates, rest; in MWh."""
    parts = (
        ("own", "own_renewable", [month.own for month in renewable.months]),
        ("certificates", "certificates", [month.certificates for month in renewable.months]),
        ("rest", "rest", [month.rest for month in renewable.months]),
    )
    series = [
        Series(
            page.words(f"renewable.{name}"),
            OF_CODE[colour],
            tuple(_in_mwh(figure) for figure in figures),
        )
        for name, colour, figures in parts
    ]
    title = page.words("renewable.chart")
    months = _months([month.month for month in renewable.months], page)
    return stacked_columns(title, "MWh", months, series, _writer(series))


def emissions_chart(emissions: Emissions, page: Page) -> Markup:
    """Show each source as a bar in the colour of its scope, the smallest ones together."""
    shown = [one for one in emissions.sources if _number(one.emission) and one.scope != "biogenic"]
    write = _writer_of([_number(one.emission) for one in shown], "t")
    # Scope by scope the table keeps its order; the chart only leaves out what cannot be seen.
    largest = sorted(shown, key=lambda one: -abs(_number(one.emission)))[:MOST_BARS]
    bars = [_source_bar(one, page, write) for one in shown if one in largest]
    if rest := [one for one in shown if one not in largest]:
        value = sum((_number(one.emission) for one in rest), ZERO)
        name = page.words("emissions.more", count=len(rest))
        bars.append(Bar(name, write(value), (Part(page.words("other"), FOLDED, value),)))
    unit = page.words.unit(f"t{emissions.gas}")
    return ranked_bars(page.words("emissions.chart"), unit, bars, write)


def products_chart(products: Products, page: Page) -> Markup:
    """Show of what each product's footprint consists, as shares of its total."""
    lang = page.words.lang
    origins = {part.origin.code: part.origin for row in products.rows for part in row.parts}
    colour = colours(tuple(origins))
    bars = []
    for row in products.rows:
        total = _number(row.per_unit)
        if not total:
            continue
        parts = tuple(
            Part(part.origin.of(lang), colour[part.origin.code], _number(part.amount) / total * 100)
            for part in row.parts
        )
        bars.append(Bar(row.commodity.of(lang), page.number(row.per_unit), parts))
    return ranked_bars(page.words("products.chart"), "%", bars, lambda value: grouped(value, 0))


def waste_chart(waste: Waste, page: Page) -> Markup:
    """Show waste by treatment, a colour for what is utilised and one for what is not."""
    words = page.words
    sums: dict[tuple[str, str], Decimal] = {}
    order = list(WASTE_COLOURS)
    for row in sorted(waste.rows, key=lambda row: order.index(row.counts)):
        where = (row.treatment, row.counts)
        sums[where] = sums.get(where, ZERO) + _number(row.quantity) / 1000
    write = _writer_of(sums.values(), "t")
    bars = []
    for (treatment, counts), value in sums.items():
        part = Part(words(f"waste.{counts}"), WASTE_COLOURS[counts], value)
        bars.append(Bar(words.code("treatment", treatment), write(value), (part,)))
    return ranked_bars(words("waste.chart"), "t", bars, write)


def flows_chart(flows: Flows, page: Page) -> Markup:
    """Draw the flows from outside sources through the park to uses and losses."""
    lang = page.words.lang
    names = {place.account.code: place.account.of(lang) for place in flows.places}
    places = places_for([stream.value.value for stream in flows.streams], flows.unit)
    through = _throughput(flows)
    nodes = [
        Node(
            code=place.account.code,
            name=place.account.of(lang),
            note=grouped(through[place.account.code], places),
            colour=PLACE_COLOURS.get(place.kind, PLACE_COLOURS["inside"]),
            tip=place.account.code,
            last=place.kind in {"use", "loss"},
        )
        for place in flows.places
        if through[place.account.code]
    ]
    colour = colours(tuple(dict.fromkeys(stream.commodity.code for stream in flows.streams)))
    links = [
        Link(
            stream.source,
            stream.target,
            _number(stream.value),
            colour[stream.commodity.code],
            f"{names[stream.source]} → {names[stream.target]}: {stream.commodity.of(lang)} "
            f"{grouped(_number(stream.value), places)} {page.words.unit(flows.unit)}"
            f" · {stream.value.key}",
        )
        for stream in flows.streams
        if _number(stream.value) > 0
    ]
    return sankey(page.words("flows.chart", unit=page.words.unit(flows.unit)), nodes, links)


def flows_legend(flows: Flows, page: Page) -> list[tuple[str, str]]:
    """Name the colours of the flow diagram: pairs of commodity and colour."""
    what = {stream.commodity.code: stream.commodity for stream in flows.streams}
    colour = colours(tuple(what))
    return [(one.of(page.words.lang), colour[code]) for code, one in what.items()]


def _throughput(flows: Flows) -> dict[str, Decimal]:
    into = {place.account.code: ZERO for place in flows.places}
    out = dict(into)
    for stream in flows.streams:
        out[stream.source] += _number(stream.value)
        into[stream.target] += _number(stream.value)
    return {code: max(into[code], out[code]) for code in into}


def _source_bar(one: Source, page: Page, write: Writer) -> Bar:
    name = f"{one.commodity.of(page.words.lang)} · {page.words.category(one.category)}"
    value = _number(one.emission)
    part = Part(page.words.code("scope", one.scope), OF_CODE.get(one.scope, FOLDED), value)
    return Bar(name, write(value), (part,))


def _folded(series: list[Series], page: Page) -> list[Series]:
    """Put the smallest series together where there are more than a reader can tell apart."""
    if len(series) <= MOST_SERIES:
        return series
    by_size = sorted(range(len(series)), key=lambda i: (-abs(sum(series[i].values, ZERO)), i))
    kept = sorted(by_size[: MOST_SERIES - 1])
    rest = [one for i, one in enumerate(series) if i not in kept]
    sums = tuple(sum(values, ZERO) for values in zip(*(one.values for one in rest), strict=True))
    return [*(series[i] for i in kept), Series(page.words("other"), FOLDED, sums)]


def _months(months: Sequence[str], page: Page) -> list[Column]:
    columns = []
    for i, month in enumerate(months):
        year = month[:4] if i == 0 or month.endswith("-01") else ""
        columns.append(Column(page.words.month(month), year, page.words.month_and_year(month)))
    return columns


def _writer(series: Sequence[Series]) -> Writer:
    totals = [sum(values, ZERO) for values in zip(*(one.values for one in series), strict=True)]
    return _writer_of(totals, "")


def _writer_of(values: Iterable[Decimal], unit: str) -> Writer:
    """Write whole numbers where the largest has three digits or more, else a few decimals."""
    largest = max((abs(value) for value in values), default=ZERO)
    places = 0 if largest >= 100 else 1 if largest >= 10 else places_for([largest], unit)  # noqa: PLR2004

    def write(value: Decimal) -> str:
        return grouped(value, places)

    return write


def _number(figure: Stated) -> Decimal:
    return ZERO if figure.value is None else figure.value


def _in_mwh(figure: Stated) -> Decimal:
    return _number(figure) / 1000 if figure.unit == "kWh" else _number(figure)
