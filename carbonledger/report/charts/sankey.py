"""A flow diagram (Sankey): columns of places, ribbons as wide as what flows."""

from collections.abc import Sequence

from markupsafe import Markup

from carbonledger.report.charts.layers import Box, Link, Network, Node, Step, network
from carbonledger.report.charts.placing import Frame, place
from carbonledger.report.charts.svg import drawing, element, fitting, px, text_width, words

WIDTH, BOX, SIZE = 800.0, 9.0, 11.0
GAP, TOP, BOTTOM, RETURN = 34.0, 34.0, 12.0, 26.0
LABEL_MOST = 172.0
BODY, PER_NODE = 150.0, 38.0


def sankey(title: str, nodes: Sequence[Node], links: Sequence[Link]) -> Markup:
    """Draw flows from left to right; a flow that closes a loop returns below the others.

    Args:
        title: what the diagram shows, for screen readers.
        nodes: places; their order decides among equals.
        links: flows above zero between them.
    """
    net = network(nodes, links)
    left = _margin(net, 0)
    right = _margin(net, len(net.layers) - 1)
    most = max((len(layer) for layer in net.layers), default=1)
    bottom = TOP + BODY + PER_NODE * most
    per_unit = place(net, Frame(TOP, bottom, GAP))
    across = _columns(len(net.layers), left, right)
    ribbons = [_ribbon(net, links[i], i, across) for i in range(len(links)) if i not in net.returns]
    back = [
        _return(net, links[i], bottom + RETURN * (n + 0.5), across, per_unit)
        for n, i in enumerate(net.returns)
    ]
    boxes = [_box(box, across, len(net.layers)) for box in net.boxes if box.node]
    height = bottom + BOTTOM + RETURN * len(net.returns)
    return drawing(title, WIDTH, height, *ribbons, *back, *boxes, kind="sankey")


def _margin(net: Network, layer: int) -> float:
    names = [box.node for i in net.layers[layer] if (box := net.boxes[i]).node]
    widths = [max(text_width(n.name, SIZE), text_width(n.note, SIZE)) for n in names if n]
    return min(max(widths, default=0.0) + 10, LABEL_MOST)


def _columns(count: int, left: float, right: float) -> list[float]:
    room = WIDTH - left - right - BOX
    return [left + room * i / max(count - 1, 1) for i in range(count)]


def _ribbon(net: Network, link: Link, i: int, across: list[float]) -> Markup:
    """Draw a flow as one shape: its upper edge to the right, its lower edge back."""
    steps = [step for step in net.steps if step.link == i]
    upper, lower = [], []
    for step in steps:
        x0, x1 = across[net.boxes[step.source].layer] + BOX, across[net.boxes[step.target].layer]
        upper.append(_curve(x0, x1, step, -step.width / 2))
        lower.append(_curve(x1, x0, step, step.width / 2, back=True))
    shape = "M" + "L".join(upper) + "L" + "L".join(reversed(lower)) + "Z"
    tip = element("title", link.tip)
    return element("path", tip, d=shape, fill=link.colour, class_="ribbon")


def _curve(x0: float, x1: float, step: Step, aside: float, *, back: bool = False) -> str:
    y0, y1 = step.leaves + aside, step.arrives + aside
    if back:
        y0, y1 = y1, y0
    bend = (x0 + x1) / 2
    return f"{px(x0)} {px(y0)}C{px(bend)} {px(y0)} {px(bend)} {px(y1)} {px(x1)} {px(y1)}"


def _return(net: Network, link: Link, low: float, across: list[float], per_unit: float) -> Markup:
    """Lead a flow that closes a loop back below all boxes, as wide as it is."""
    place_of = {box.node.code: box for box in net.boxes if box.node}
    start, end = place_of[link.source], place_of[link.target]
    x0, x1 = across[start.layer] + BOX, across[end.layer]
    y0, y1 = start.top + start.size, end.top + end.size
    d = (
        f"M{px(x0)} {px(y0)}C{px(x0 + 40)} {px(y0)} {px(x0 + 40)} {px(low)} {px(x0)} {px(low)}"
        f"H{px(x1)}C{px(x1 - 40)} {px(low)} {px(x1 - 40)} {px(y1)} {px(x1)} {px(y1)}"
    )
    tip = element("title", link.tip)
    wide = max(float(link.value) * per_unit, 1.0)
    return element("path", tip, d=d, stroke=link.colour, stroke_width=wide, class_="return")


def _box(box: Box, across: list[float], count: int) -> Markup:
    node, x = box.node, across[box.layer]
    if node is None:
        return Markup("")
    tip = element("title", " · ".join(filter(None, (node.name, node.note, node.tip))))
    shape = element(
        "rect", tip, x=x, y=box.top, width=BOX, height=box.size, fill=node.colour, class_="node"
    )
    return shape + _label(node, box, x, count)


def _label(node: Node, box: Box, x: float, count: int) -> Markup:
    """Label the first column to its left, the last to its right, the others above the box."""
    name = fitting(node.name, SIZE, LABEL_MOST - 8)
    if box.layer == 0 and count > 1:
        at, y, anchor = x - 6, box.middle - 2, "end"
    elif box.layer == count - 1:
        at, y, anchor = x + BOX + 6, box.middle - 2, "start"
    else:
        at, y, anchor = x, box.top - 17, "start"
    second = words(at, y + 13, node.note, anchor=anchor, kind="value")
    return words(at, y, name, anchor=anchor, kind="name") + second
