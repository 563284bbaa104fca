"""SVG elements as markup that escapes whatever is not markup itself, and measures of text."""

from unicodedata import east_asian_width

from markupsafe import Markup, escape

NARROW, WIDE = 0.56, 1.0


def element(name: str, *children: str, **attributes: object) -> Markup:
    """Write one element.

    Args:
        name: name of the element.
        children: markup stays as it is, plain text is escaped.
        attributes: `stroke_width` is written as `stroke-width`, `class_` as `class`; numbers are
            cut to hundredths of a pixel; an attribute that is None is left out.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _plain(value))
        for key, value in attributes.items()
        if value is not None
    )
    start = Markup("<{}").format(name) + written
    if not children:
        return start + Markup("/>")
    return start + Markup(">") + Markup("").join(children) + Markup("</{}>").format(name)


def drawing(title: str, width: float, height: float, *children: str, kind: str) -> Markup:
    """Write a drawing that fills the width of its column and names itself to screen readers."""
    return element(
        "svg",
        element("title", title),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {px(width)} {px(height)}",
        role="img",
        class_=f"chart {kind}",
    )


def words(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "") -> Markup:
    """Write text at its baseline; `anchor` is start, middle or end."""
    return element(
        "text",
        escape(text),
        x=x,
        y=y,
        text_anchor=None if anchor == "start" else anchor,
        class_=kind or None,
    )


def px(value: float) -> str:
    """Write a coordinate: at most hundredths, so that the same figures give the same bytes."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def text_width(text: str, size: float) -> float:
    """Estimate the width of text in pixels; Chinese characters are as wide as they are high."""
    ems = sum(WIDE if east_asian_width(sign) in "WF" else NARROW for sign in text)
    return ems * size


def fitting(text: str, size: float, width: float) -> str:
    """Cut text to a width, with an ellipsis where something was cut."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _plain(value: object) -> str:
    return px(value) if isinstance(value, float) else str(value)
