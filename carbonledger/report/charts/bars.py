"""Stacked columns over time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from carbonledger.report.charts.axis import Axis, span, ticks
from carbonledger.report.charts.svg import drawing, element, text_width, words

WIDTH = 800.0
LEFT, RIGHT, TOP, PLOT, BELOW = 58.0, 6.0, 12.0, 190.0, 38.0
LEGEND_ROW, SIZE = 18.0, 11.0
MOST_LABELLED = 13
# White edges would eat up pieces thinner than this.
EDGED = 3.0
ZERO = Decimal(0)

Writer = Callable[[Decimal], str]


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a stack.

    Attributes:
        name: what it is, in the reader's language.
        colour: `#rrggbb`.
        values: one value a column, in the unit of the chart.
    """

    name: str
    colour: str
    values: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """Label of a column.

    Attributes:
        name: short, under the column (`Jan`).
        group: under the name where a new group starts (`2024`), else "".
        long: for the tool tip (`January 2024`).
    """

    name: str
    group: str
    long: str


def stacked_columns(
    title: str, unit: str, columns: Sequence[Column], series: Sequence[Series], write: Writer
) -> Markup:
    """Draw one stacked column for each label, with a legend, an axis in `unit` and totals.

    Negative values hang below zero. The totals above the columns are left out where there are too
    many columns to read them.

    Args:
        title: what the chart shows, for screen readers.
        unit: unit of the values, written at the axis.
        columns: labels.
        series: from the bottom of the stack to its top.
        write: turns a value into the reader's notation.
    """
    legend, legend_height = _legend(series)
    top = TOP + legend_height + 14
    stacks = [[one.values[i] for one in series] for i in range(len(columns))]
    axis = Axis(ticks(*span(stacks)), top + PLOT, top)
    slot = (WIDTH - LEFT - RIGHT) / max(len(columns), 1)
    bars = []
    for i, column in enumerate(columns):

        def say(one: Series, value: Decimal, long: str = column.long) -> str:
            return f"{one.name}, {long}: {write(value)} {unit}"

        bars.append(
            _column(axis, LEFT + i * slot, slot=slot, stack=stacks[i], series=series, say=say)
        )
    parts = [legend, *_grid(axis, unit, write), *bars, *_names(columns, slot, top + PLOT)]
    # The zero line lies over the bars, so that their white edges do not cut it.
    parts.append(
        element("path", d=f"M{LEFT:g} {axis.at(ZERO):.2f}H{WIDTH - RIGHT:g}", class_="zero")
    )
    if len(columns) <= MOST_LABELLED:
        parts += [_total(axis, LEFT + i * slot, slot, stacks[i], write) for i in range(len(bars))]
    return drawing(title, WIDTH, top + PLOT + BELOW, *parts, kind="columns")


def _legend(series: Sequence[Series]) -> tuple[Markup, float]:
    x, y = LEFT, TOP
    marks = []
    for one in series:
        wide = text_width(one.name, SIZE) + 32
        if x > LEFT and x + wide > WIDTH:
            x, y = LEFT, y + LEGEND_ROW
        marks.append(element("rect", x=x, y=y - 9, width=11, height=11, fill=one.colour))
        marks.append(words(x + 16, y, one.name))
        x += wide
    return Markup("").join(marks), y - TOP + LEGEND_ROW if series else 0.0


def _grid(axis: Axis, unit: str, write: Writer) -> list[Markup]:
    lines = [words(LEFT - 8, axis.end - 14, unit, anchor="end", kind="unit")]
    for tick in axis.ticks:
        y = axis.at(tick)
        lines.append(element("path", d=f"M{LEFT:g} {y:.2f}H{WIDTH - RIGHT:g}", class_="grid"))
        lines.append(words(LEFT - 8, y + 4, write(tick), anchor="end", kind="tick"))
    return lines


def _column(
    axis: Axis,
    x: float,
    *,
    slot: float,
    stack: Sequence[Decimal],
    series: Sequence[Series],
    say: Callable[[Series, Decimal], str],
) -> Markup:
    up = down = ZERO
    wide = min(slot * 0.68, 60.0)
    parts = []
    for one, value in zip(series, stack, strict=True):
        if value == 0:
            continue
        low, high = (up, up + value) if value > 0 else (down + value, down)
        up, down = (high, down) if value > 0 else (up, low)
        tip = element("title", say(one, value))
        top, height = axis.at(high), axis.at(low) - axis.at(high)
        where = {"x": x + (slot - wide) / 2, "y": top, "width": wide, "height": height}
        kind = "bar" if height > EDGED else None
        parts.append(element("rect", tip, fill=one.colour, class_=kind, **where))
    return Markup("").join(parts)


def _total(axis: Axis, x: float, slot: float, stack: Sequence[Decimal], write: Writer) -> Markup:
    top = sum((value for value in stack if value > 0), ZERO)
    total = sum(stack, ZERO)
    return words(x + slot / 2, axis.at(top) - 4, write(total), anchor="middle", kind="value")


def _names(columns: Sequence[Column], slot: float, bottom: float) -> list[Markup]:
    every = -(-len(columns) // 24)
    names = []
    for i, column in enumerate(columns):
        middle = LEFT + (i + 0.5) * slot
        if i % every == 0:
            names.append(words(middle, bottom + 15, column.name, anchor="middle", kind="name"))
        if column.group:
            names.append(words(middle, bottom + 30, column.group, anchor="middle", kind="group"))
    return names
