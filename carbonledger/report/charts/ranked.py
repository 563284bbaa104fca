"""Horizontal bars, one a row, each made of one part or several."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from carbonledger.report.charts.axis import Axis, span, ticks
from carbonledger.report.charts.bars import EDGED, ZERO, Writer
from carbonledger.report.charts.svg import drawing, element, fitting, text_width, words

WIDTH, ROW, BAR, SIZE, LEGEND_ROW = 800.0, 24.0, 14.0, 11.0, 18.0
NAMES, VALUES, FOOT, LEAST = 244.0, 78.0, 24.0, 2.0


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: what it is (`name`, also in the legend), its colour and its value."""

    name: str
    colour: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: its name, what the value at its end says, and its pieces from the axis outwards."""

    name: str
    written: str
    parts: tuple[Part, ...]


def ranked_bars(title: str, unit: str, bars: Sequence[Bar], write: Writer) -> Markup:
    """Draw one horizontal bar a row, its value at its end, with a legend of the pieces.

    Args:
        title: what the chart shows, for screen readers.
        unit: unit of the values, written at the axis.
        bars: from top to bottom.
        write: turns a value into the reader's notation.
    """
    legend, top = _legend(bars)
    bottom = top + ROW * len(bars)
    values = [[part.value for part in bar.parts] for bar in bars]
    axis = Axis(ticks(*span(values), about=5), NAMES, WIDTH - VALUES)
    rows = [_row(axis, top + i * ROW, bar, unit, write) for i, bar in enumerate(bars)]
    # The unit stands with the last figure: the axis has no other place of its own.
    marks = [write(tick) for tick in axis.ticks[:-1]] + [f"{write(axis.ticks[-1])} {unit}"]
    grid = [
        _tick(axis.at(tick), mark, top, bottom)
        for tick, mark in zip(axis.ticks, marks, strict=True)
    ]
    zero = element("path", d=f"M{axis.at(ZERO):.2f} {top:g}V{bottom:g}", class_="zero")
    return drawing(title, WIDTH, bottom + FOOT, legend, *grid, *rows, zero, kind="ranked")


def _legend(bars: Sequence[Bar]) -> tuple[Markup, float]:
    colours = {part.name: part.colour for bar in bars for part in bar.parts}
    x, y = NAMES, 12.0
    marks = []
    for name, colour in colours.items():
        wide = text_width(name, SIZE) + 32
        if x > NAMES and x + wide > WIDTH:
            x, y = NAMES, y + LEGEND_ROW
        marks.append(element("rect", x=x, y=y - 9, width=11, height=11, fill=colour))
        marks.append(words(x + 16, y, name))
        x += wide
    return Markup("").join(marks), y + 12


def _row(axis: Axis, y: float, bar: Bar, unit: str, write: Writer) -> Markup:
    name = fitting(bar.name, SIZE, NAMES - 14)
    middle = y + ROW / 2
    label = words(NAMES - 8, middle + 4, name, anchor="end", kind="name")
    pieces = [label]
    up = down = ZERO
    for part in bar.parts:
        low, high = (up, up + part.value) if part.value > 0 else (down + part.value, down)
        up, down = (high, down) if part.value > 0 else (up, low)
        tip = element("title", f"{bar.name} · {part.name}: {write(part.value)} {unit}")
        left = axis.at(low)
        wide = max(axis.at(high) - left, LEAST) if part.value else 0.0
        where = {"x": left, "y": middle - BAR / 2, "width": wide, "height": BAR}
        kind = "bar" if wide > EDGED else None
        pieces.append(element("rect", tip, fill=part.colour, class_=kind, **where))
    pieces.append(words(axis.at(up) + 5, middle + 4, bar.written, kind="value"))
    return Markup("").join(pieces)


def _tick(x: float, mark: str, top: float, bottom: float) -> Markup:
    line = element("path", d=f"M{x:.2f} {top:g}V{bottom:g}", class_="grid")
    return line + words(x, bottom + 15, mark, anchor="middle", kind="tick")
