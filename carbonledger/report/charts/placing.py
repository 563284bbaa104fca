"""Heights in a flow diagram: few crossings, straight flows, no overlap.

Boxes are ordered by the mean position of their neighbours (barycentre heuristic, Sugiyama, Tagawa
and Toda 1981) and then pulled towards the weighted mean of what they are joined to, sweep by sweep,
with overlaps pushed apart after each.
"""

from dataclasses import dataclass

from carbonledger.report.charts.layers import Network

ORDER_SWEEPS, PULL_SWEEPS = 12, 24
LEAST = 1.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Room for the boxes: upper and lower edge and the gap between two boxes, in pixels."""

    top: float
    bottom: float
    gap: float


def place(net: Network, frame: Frame) -> float:
    """Give boxes and steps of the network their heights within the frame.

    Returns:
        Pixels of a unit of flow.
    """
    per_unit = _scale(net, frame)
    for sweep in range(ORDER_SWEEPS):
        _reorder(net, forward=sweep % 2 == 0)
    for layer in net.layers:
        _stack(net, layer, frame)
    for sweep in range(PULL_SWEEPS):
        _pull(net, frame, strength=0.99**sweep, forward=sweep % 2 == 1)
    _dock(net)
    return per_unit


def _scale(net: Network, frame: Frame) -> float:
    """Find the pixels of a unit of flow, such that the fullest column just fits."""
    worth = [_worth(net, i) for i in range(len(net.boxes))]
    per_unit = min(
        (
            (frame.bottom - frame.top - frame.gap * (len(layer) - 1)) / total
            for layer in net.layers
            if (total := sum(worth[i] for i in layer)) > 0
        ),
        default=0.0,
    )
    for box, value in zip(net.boxes, worth, strict=True):
        box.size = max(value * per_unit, LEAST)
    for step in net.steps:
        step.width = max(step.value * per_unit, LEAST / 2)
    return per_unit


def _worth(net: Network, i: int) -> float:
    box = net.boxes[i]
    return max(
        sum(net.steps[s].value for s in box.before), sum(net.steps[s].value for s in box.behind)
    )


def _reorder(net: Network, *, forward: bool) -> None:
    position = {i: n for layer in net.layers for n, i in enumerate(layer)}
    for layer in net.layers if forward else reversed(net.layers):
        means = {i: _mean(net, i, position, forward=forward) for i in layer}
        layer.sort(key=lambda i: (means[i], position[i]))
        position.update({i: n for n, i in enumerate(layer)})


def _mean(net: Network, i: int, position: dict[int, int], *, forward: bool) -> float:
    box = net.boxes[i]
    steps = [net.steps[s] for s in (box.before if forward else box.behind)]
    weight = sum(step.value for step in steps)
    if not weight:
        return float(position[i])
    ends = ((step.source if forward else step.target, step.value) for step in steps)
    return sum(position[end] * value for end, value in ends) / weight


def _stack(net: Network, layer: list[int], frame: Frame) -> None:
    free = frame.bottom - frame.top - sum(net.boxes[i].size for i in layer)
    y = frame.top + max(free - frame.gap * (len(layer) - 1), 0.0) / 2
    for i in layer:
        net.boxes[i].top = y
        y += net.boxes[i].size + frame.gap


def _pull(net: Network, frame: Frame, *, strength: float, forward: bool) -> None:
    for layer in net.layers if forward else reversed(net.layers):
        for i in layer:
            box = net.boxes[i]
            steps = [net.steps[s] for s in (box.before if forward else box.behind)]
            weight = sum(step.value for step in steps)
            if weight:
                ends = ((step.source if forward else step.target, step.value) for step in steps)
                aim = sum(net.boxes[end].middle * value for end, value in ends) / weight
                box.top += (aim - box.middle) * strength
        _part(net, layer, frame)


def _part(net: Network, layer: list[int], frame: Frame) -> None:
    """Push overlapping boxes apart: down from the top, then up from the bottom."""
    layer.sort(key=lambda i: (net.boxes[i].middle, i))
    y = frame.top
    for i in layer:
        net.boxes[i].top = max(net.boxes[i].top, y)
        y = net.boxes[i].top + net.boxes[i].size + frame.gap
    y = frame.bottom
    for i in reversed(layer):
        box = net.boxes[i]
        box.top = min(box.top, y - box.size)
        y = box.top - frame.gap


def _dock(net: Network) -> None:
    """Let the steps leave and arrive side by side, in the order of their other ends."""
    for box in net.boxes:
        y = box.top
        for s in sorted(box.behind, key=lambda s: (net.boxes[net.steps[s].target].middle, s)):
            net.steps[s].leaves = y + net.steps[s].width / 2
            y += net.steps[s].width
        y = box.top
        for s in sorted(box.before, key=lambda s: (net.boxes[net.steps[s].source].middle, s)):
            net.steps[s].arrives = y + net.steps[s].width / 2
            y += net.steps[s].width
