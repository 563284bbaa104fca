"""A small bar that compares a value with an average, drawn within a table cell."""

from decimal import Decimal

from markupsafe import Markup

from carbonledger.report.charts.svg import drawing, element

WIDTH, HEIGHT, BAR = 110.0, 16.0, 8.0
COLOUR = "#285f9c"


def ratio_bar(title: str, ratio: Decimal, largest: Decimal) -> Markup:
    """Draw a ratio as a bar and the average (a ratio of 1) as a line across it.

    Args:
        title: what is compared, for screen readers.
        ratio: value / average; below zero is drawn as nothing.
        largest: ratio at the right edge, the same for all bars that are read together.
    """
    scale = (WIDTH - 2) / float(max(largest, Decimal(1)))
    length = max(float(ratio) * scale, 0.0)
    top = (HEIGHT - BAR) / 2
    bar = element("rect", x=0, y=top, width=length, height=BAR, fill=COLOUR)
    line = element("path", d=f"M{scale:.2f} 1V{HEIGHT - 1:g}", class_="average")
    return drawing(title, WIDTH, HEIGHT, bar, line, kind="ratio")
