"""Layers of a flow diagram: loops found, columns given, long flows led through the columns between.

Method: the layered drawing of Sugiyama, Tagawa and Toda, "Methods for visual understanding of
hierarchical system structures", IEEE Trans. SMC 11 (1981) 109-125: break loops, assign layers by
longest path, put a waypoint in every layer that a flow only passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Node:
    """A place of the diagram.

    Attributes:
        code: unique.
        name: in the reader's language.
        note: second line of its label, its value.
        colour: `#rrggbb`.
        tip: what stands in its tool tip besides name and note.
        last: it belongs into the last column (uses, losses, customers).
    """

    code: str
    name: str
    note: str
    colour: str
    tip: str = ""
    last: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A flow from one node to another, above zero; `tip` is its tool tip."""

    source: str
    target: str
    value: Decimal
    colour: str
    tip: str


@dataclass(slots=True)
class Box:
    """A node or a waypoint while it is being placed; pixels.

    Attributes:
        node: None for a waypoint.
        layer: column, from 0.
        size: height.
        top: upper edge.
        before, behind: indices of the steps that end and start here.
    """

    node: Node | None
    layer: int
    size: float = 0.0
    top: float = 0.0
    before: list[int] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """Return the height of its middle."""
        return self.top + self.size / 2


@dataclass(slots=True)
class Step:
    """The part of a flow between two neighbouring columns.

    Attributes:
        link: index of its flow.
        source, target: indices of its boxes.
        value: of the flow.
        width: pixels.
        leaves, arrives: height of its middle at either end.
    """

    link: int
    source: int
    target: int
    value: float
    width: float = 0.0
    leaves: float = 0.0
    arrives: float = 0.0


@dataclass(frozen=True, slots=True)
class Network:
    """Boxes by layer and the steps between them; `returns` are the links that close a loop."""

    boxes: list[Box]
    layers: list[list[int]]
    steps: list[Step]
    returns: list[int]


def network(nodes: Sequence[Node], links: Sequence[Link]) -> Network:
    """Arrange nodes in columns so that every flow but those that close a loop goes to the right."""
    returns = _closing(nodes, links)
    forward = [i for i in range(len(links)) if i not in returns]
    depth = _depths(nodes, [links[i] for i in forward])
    boxes = [Box(node, depth[node.code]) for node in nodes]
    place = {node.code: i for i, node in enumerate(nodes)}
    steps: list[Step] = []
    for i in forward:
        _lead(i, links[i], place, boxes, steps)
    layers: list[list[int]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for i, box in enumerate(boxes):
        layers[box.layer].append(i)
    return Network(boxes, layers, steps, sorted(returns))


def _lead(i: int, link: Link, place: dict[str, int], boxes: list[Box], steps: list[Step]) -> None:
    """Lead a flow from column to column, with a waypoint in each that it only passes."""
    here, end = place[link.source], place[link.target]
    while here != end:
        there = end
        if boxes[here].layer + 1 < boxes[end].layer:
            there = len(boxes)
            boxes.append(Box(None, boxes[here].layer + 1))
        boxes[here].behind.append(len(steps))
        boxes[there].before.append(len(steps))
        steps.append(Step(i, here, there, float(link.value)))
        here = there


def _closing(nodes: Sequence[Node], links: Sequence[Link]) -> set[int]:
    """Find links that close a loop: the largest flows are laid first, so that small ones return."""
    ahead: dict[str, set[str]] = {node.code: set() for node in nodes}
    closing: set[int] = set()
    for i in sorted(range(len(links)), key=lambda i: (-links[i].value, i)):
        if _reaches(ahead, links[i].target, links[i].source):
            closing.add(i)
        else:
            ahead[links[i].source].add(links[i].target)
    return closing


def _reaches(ahead: dict[str, set[str]], start: str, end: str) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        fresh = ahead[waiting.pop()] - seen
        seen |= fresh
        waiting.extend(fresh)
    return end in seen


def _depths(nodes: Sequence[Node], links: Sequence[Link]) -> dict[str, int]:
    """Give each node the length of the longest way to it; ends go to the last column."""
    depth = {node.code: 0 for node in nodes}
    # Without loops no way is longer than the number of nodes.
    for _ in nodes:
        for link in links:
            depth[link.target] = max(depth[link.target], depth[link.source] + 1)
    leaving = {link.source for link in links}
    deepest = max(depth.values(), default=0)
    depth.update({node.code: deepest for node in nodes if node.last and node.code not in leaving})
    return depth
