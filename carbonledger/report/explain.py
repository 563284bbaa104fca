"""The tree behind a figure as one self-contained page, folded and unfolded without a script."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from carbonledger.report.format import plain
from carbonledger.report.html import HTML_LANGUAGE, environment
from carbonledger.report.words import Words

COLUMNS = ("entry", "batch", "local_day", "quantity", "meter", "document", "lines", "document_no",
           "grade", "remark")  # fmt: skip
SOURCE = ("publisher", "title", "document", "page")
Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Page:
    """How the page writes figures, factors and entries: exact, nothing rounded."""

    words: Words

    def value(self, node: Node) -> str:
        if node["value"] is None:
            return self.words("explain.none")
        return f"{_number(node['value'])} {self.words.unit(node['unit'])}".strip()

    def factor(self, factor: Node) -> str:
        value = f"{plain(factor['value'])} {factor['unit']}" if "value" in factor else ""
        parts = [factor["key"], value, *(factor.get(name) for name in SOURCE)]
        return "; ".join(str(part) for part in parts if part)

    def pedigree(self, used: Node) -> str:
        gsd = "" if used["gsd"] is None else f", GSD {plain(used['gsd'])}"
        return f"{used['scores']}{gsd}"

    def grades(self, grades: Node) -> str:
        parts = ((self.words.code("grade", grade), share) for grade, share in grades.items())
        return ", ".join(f"{name} {plain(share * 100)} %" for name, share in parts)

    def cell(self, entry: Node, name: str) -> str:
        if name == "quantity":
            return f"{_number(entry['quantity'])} {self.words.unit(entry['unit'])}"
        if name == "local_day":
            day = str(entry["local_day"])
            return f"{day[:4]}-{day[4:6]}-{day[6:]}"
        if name == "grade":
            return self.words.code("grade", entry["grade"])
        if name == "lines":
            return f"{entry['line_first']}–{entry['line_last']}" if entry["line_first"] else ""
        found = entry["reason"] or entry["note"] if name == "remark" else entry[name]
        return "" if found is None else str(found)


def _number(value: Decimal) -> str:
    """Write all digits, thousands grouped."""
    return f"{Decimal(plain(value)):,f}"


def explain_html(node: Node, lang: str) -> str:
    """Write a tree that `run.explain` returned as an HTML page; whatever it holds is escaped.

    Args:
        node: the tree, with the run it is of.
        lang: `en` or `zh`.

    Raises:
        ValueError: there are no texts in that language.
    """
    if lang not in HTML_LANGUAGE:
        raise ValueError(f"no page in language {lang!r}; there are {', '.join(HTML_LANGUAGE)}")
    words = Words(lang)
    template = environment().get_template("explain.html.j2")
    # A node has only the parts that apply to it.
    return template.render(
        node=_whole(node), p=_Page(words), w=words, html_lang=HTML_LANGUAGE[lang], columns=COLUMNS
    )


def _whole(node: Node) -> dict[str, Any]:
    """Give every node all the names that the page asks for."""
    empty = dict.fromkeys(("basis", "reason", "factor", "grades", "ends", "entries", "omitted"))
    children = [_whole(child) for child in node["children"]]
    return {**empty, "entry_count": 0, **node, "children": children}
