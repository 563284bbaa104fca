"""The tree behind a figure, drawn with lines: formula, factor, entries, down to file and line."""

from collections.abc import Iterator, Mapping
from typing import Any

from carbonledger.cli.output import say
from carbonledger.cli.plain import cell, number, plain
from carbonledger.text import t

Node = Mapping[str, Any]
# Entries on a screen, over the whole tree; --json and the views hold all of them.
ENTRIES = 40
LEAST = 2


def tree(answer: Node) -> None:
    """Print the tree behind a figure."""
    for line in branches(answer, room(answer)):
        say(line)


def room(answer: Node) -> int:
    """Return how many entries of a figure are shown: fewer in a larger tree."""
    return max(LEAST, ENTRIES // max(1, _with_entries(answer)))


def _with_entries(node: Node) -> int:
    return bool(node.get("entries")) + sum(map(_with_entries, node.get("children", ())))


def branches(node: Node, entries: int, first: str = "", rest: str = "") -> Iterator[str]:
    """Give the lines of a tree of figures.

    Args:
        node: a figure with its children.
        entries: how many entries of a figure are shown.
        first: what stands before the figure itself.
        rest: what stands before everything below it.
    """
    yield first + _head(node)
    below: list[Node | str] = [*_reasons(node, entries), *node.get("children", ())]
    for index, part in enumerate(below):
        branch, space = ("└─ ", "   ") if index == len(below) - 1 else ("├─ ", "│  ")
        if isinstance(part, str):
            yield rest + branch + part
        else:
            yield from branches(part, entries, rest + branch, rest + space)


def _head(node: Node) -> str:
    value = t("cli.explain.none") if node["value"] is None else number(node["value"])
    key = "" if node["key"] == node["label"] else f"  [{plain(node['key'])}]"
    return f"{plain(node['label'])} = {value} {plain(node['unit'])}".rstrip() + key


def _reasons(node: Node, most: int) -> Iterator[str]:
    for name in ("formula", "reason"):
        if node.get(name):
            yield plain(node[name])
    if node.get("factor"):
        yield _factor(node["factor"])
        if node["factor"].get("pedigree_used"):
            yield _pedigree(node["factor"]["pedigree_used"])
    if node.get("grades"):
        yield t("cli.explain.grades", grades=_grades(node["grades"]))
    if node.get("ends"):
        yield t(f"report.explain.ends.{node['ends']}")
    entries = node.get("entries") or []
    yield from map(_entry, entries[:most])
    more = int(node.get("entry_count") or len(entries)) - most
    if more > 0:
        yield t("cli.explain.more", count=number(more))


def _factor(factor: Node) -> str:
    """Say a factor with its source: name, value, publisher, title, document, page."""
    value = f"{cell(factor['value'])} {factor['unit']}" if "value" in factor else ""
    source = (factor.get(name) for name in ("publisher", "title", "document", "page"))
    said = [factor["key"], value, *source]
    return t("cli.explain.factor", text=plain("; ".join(str(part) for part in said if part)))


def _pedigree(pedigree: Node) -> str:
    """Say a pedigree: its scores, which of them were computed, and what they come to."""
    computed = ", ".join(t(f"cli.label.{name}") for name in pedigree["computed"])
    gsd = "" if pedigree["gsd"] is None else f"; GSD {number(pedigree['gsd'])}"
    return (
        t("cli.explain.pedigree", scores=plain(pedigree["scores"]), computed=computed or "–") + gsd
    )


def _grades(grades: Node) -> str:
    """Say how an activity is known: its grades with their shares."""
    return ", ".join(
        f"{t(f'report.grade.{grade}')} {number(share * 100)} %" for grade, share in grades.items()
    )


def _entry(entry: Node) -> str:
    """Say an entry with its source: day, quantity, meter, file, lines, batch."""
    lines = (entry.get("line_first"), entry.get("line_last"))
    where = t("cli.explain.lines", first=lines[0], last=lines[1]) if lines[0] else ""
    parts = (
        _day(entry["local_day"]),
        f"{number(entry['quantity'])} {entry['unit']}",
        entry.get("meter"),
        f"{entry.get('document') or ''} {where}".strip(),
        entry.get("document_no"),
        t(f"report.grade.{entry['grade']}") if entry.get("grade") else None,
        entry.get("reason"),
    )
    text = plain("  ".join(str(part) for part in parts if part))
    return t("cli.explain.entry", entry=entry["entry"], batch=entry["batch"], text=text)


def _day(day: object) -> str:
    digits = str(day)
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if digits.isdigit() else digits
