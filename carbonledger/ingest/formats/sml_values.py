"""The values of the Smart Message Language: type and length in one sign, then the value."""

from collections.abc import Iterator
from typing import TypeAlias

Node: TypeAlias = "int | bytes | bool | list[Node] | None"
OCTETS, BOOLEAN, INTEGER, UNSIGNED, LIST = 0, 4, 5, 6, 7
DEEPEST = 16
MORE = 0x80


def messages(body: bytes) -> Iterator[list[Node]]:
    """Yield the messages of a telegram; what cannot be read as one ends it."""
    place = 0
    while place < len(body):
        if body[place] == 0:
            place += 1
            continue
        try:
            node, place = _node(body, place, 0)
        except (IndexError, ValueError):
            return
        if isinstance(node, list):
            yield node


def _node(data: bytes, place: int, depth: int) -> tuple[Node, int]:
    """Return the value that begins at a place, and the place behind it.

    Raises:
        ValueError: it is no value, or reaches beyond the data.
        IndexError: the data ends within it.
    """
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    start, kind, length = place, (data[place] >> 4) & 7, data[place] & 15
    while data[place] & MORE:
        place += 1
        length = length << 4 | data[place] & 15
    place += 1
    if kind == LIST:
        return _list(data, place, length, depth)
    if data[start] == 0:
        return None, place
    # Of all but lists the length counts the signs that state it.
    end = start + length
    if end < place or end > len(data):
        raise ValueError("longer than the telegram")
    return _single(kind, data[place:end]), end


def _list(data: bytes, place: int, length: int, depth: int) -> tuple[Node, int]:
    if length > len(data) - place:
        raise ValueError("longer than the telegram")
    parts: list[Node] = []
    for _ in range(length):
        node, place = _node(data, place, depth + 1)
        parts.append(node)
    return parts, place


def _single(kind: int, raw: bytes) -> Node:
    if kind == OCTETS:
        return raw or None
    if kind == BOOLEAN:
        return any(raw)
    if kind in (INTEGER, UNSIGNED):
        return int.from_bytes(raw, "big", signed=kind == INTEGER)
    raise ValueError("a type that is not known")


def ints(node: Node) -> int | None:
    """Return a number; None for all else."""
    return node if isinstance(node, int) and not isinstance(node, bool) else None


def texts(node: Node) -> bytes:
    """Return a row of bytes; an empty one for all else."""
    return node if isinstance(node, bytes) else b""
