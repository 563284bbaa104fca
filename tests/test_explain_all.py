"""Every figure that a command or a report prints can be asked for, and its tree says where it ends."""

import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cli_plant import Plant, build, enter
from demo_case import KINDS, NOW, PERIOD

from carbonledger.ledger.connect import Ledger, location, open_ledger
from carbonledger.ledger.schema import run
from carbonledger.report.explain import explain_html
from carbonledger.report.service import park_summary
from carbonledger.run import explain as module
from carbonledger.run import service
from carbonledger.run.explain import explain

Node = dict[str, Any]
# Numbers of an answer that are no figures: counts, years, what was asked for, the lines (which
# have numbers of their own).
NO_FIGURES = {"run", "as_of", "year", "lines", "warnings", "warnings_zh", "keys"}
# What an answer states in another unit than its figure, or by parts of it.
PARTS = ("kg_co2e", "quantity", "by_origin", "by_gas", "data_quality")
ENDS = {"nothing", "published", "stated", "no_value"}


@pytest.fixture(scope="module")
def books(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    path = tmp_path_factory.mktemp("explained") / "demo.db"
    shutil.copyfile(demo_template, path)
    with open_ledger(location(str(path)), write=True) as ledger:
        yield ledger


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Give every number of an answer with its path."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in NO_FIGURES:
                yield from numbers(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from numbers(part, f"{path}.{at}")
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield path, value


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node["children"]:
        yield from walk(child)


class Ways:
    """The trees of a run; each of its nodes is looked at once, however many figures rest on it."""

    def __init__(self, connection: sa.Connection, row: dict[Any, Any]) -> None:
        self.tree = module._Tree(connection, row)
        self.seen: set[str] = set()

    def check(self, key: str) -> Node:
        """Every branch goes down to entries of a file and line, or says why it ends."""
        top, _ = self.tree._node(key)
        frontier = [key]
        while frontier:
            name = frontier.pop()
            if name in self.seen:
                continue
            self.seen.add(name)
            node, below = self.tree._node(name)
            entries = node.get("entries")
            assert all(one["document"] and one["line_first"] for one in entries or ()), name
            if not below and not entries:
                assert node.get("ends") in ENDS, name
                assert node["ends"] != "published" or node["factor"]["document"], name
                assert node["ends"] != "no_value" or node["reason"], name
            frontier += below
        return top


def ways(connection: sa.Connection, kind: str) -> Ways:
    query = sa.select(run).where(run.c.kind == kind).order_by(run.c.id.desc())
    return Ways(connection, dict(connection.execute(query).mappings().first() or {}))


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_of_an_answer_has_a_key_and_a_way(kind: str, books: Ledger) -> None:
    ask = getattr(service, kind)
    answer = ask(books, None, PERIOD, actor="tester", now=NOW)
    named = answer["keys"]
    found = dict(numbers(answer))
    assert found
    with books.read() as connection:
        tree = ways(connection, kind)
        for path, value in found.items():
            key = named.get(path) or named[path.rpartition(".")[0]]
            node = tree.check(key)
            if not any(part in path.split(".") for part in PARTS):
                assert node["value"] == value, path
    assert explain(books, f"{kind}.{key}")["value"] == node["value"]


def test_every_figure_of_the_report_has_a_way(books: Ledger) -> None:
    text = park_summary(books, None, PERIOD, lang="en", form="json", actor="tester", now=NOW)
    figures: dict[str, list[Node]] = {}

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if {"key", "value", "formula"} <= set(value):
                figures.setdefault(value["key"], []).append(value)
            for part in value.values():
                collect(part)
        elif isinstance(value, list):
            for part in value:
                collect(part)

    collect(json.loads(text, parse_float=Decimal, parse_int=Decimal))
    assert len(figures) > 300
    with books.read() as connection:
        trees = {kind: ways(connection, kind) for kind in (*KINDS, "summary")}
        for key, told in figures.items():
            kind, _, name = key.partition(".")
            node = trees[kind].check(name)
            assert {one["value"] for one in told} == {node["value"]}, key


class Page(HTMLParser):
    """What a page shows: its texts, its tags, how deep its branches go."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.open = self.deepest = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)
        self.open += tag == "details"
        self.deepest = max(self.deepest, self.open)

    def handle_endtag(self, tag: str) -> None:
        self.open -= tag == "details"

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def test_the_page_shows_the_whole_tree(books: Ledger) -> None:
    tree = explain(books, "inventory.scope-1")
    page = Page(explain_html(tree, "en"))
    assert page.open == 0, "every branch is closed"
    assert page.tags.count("details") == len([*walk(tree)])
    assert page.deepest == 3, "figure, line, flow"
    assert "script" not in page.tags
    shown = " ".join(page.texts)
    assert "18,037.505363405 t" in shown
    assert "cn-ndrc-fuels@2015/natural_gas; 21.6219 tCO2/万Nm3" in shown
    assert "gas-2024Q1.csv.gz" in shown
    entry = tree["children"][0]["children"][0]["entries"][0]
    assert f"{entry['line_first']}–{entry['line_last']}" in shown
    chinese = " ".join(Page(explain_html(tree, "zh")).texts)
    assert "数字的来历" in chinese
    assert "公式" in chinese
    with pytest.raises(ValueError, match="en, zh"):
        explain_html(tree, "fr")


def test_what_a_ledger_holds_is_escaped_on_the_page() -> None:
    bad = "<script>alert(1)</script>"
    entry = {"entry": 1, "batch": 1, "local_day": 20240101, "quantity": Decimal(1), "unit": bad,
             "meter": bad, "document": bad, "line_first": 1, "line_last": 2, "document_no": bad,
             "reason": bad, "note": None, "grade": bad}  # fmt: skip
    node = {"key": bad, "label": bad, "value": Decimal(1), "unit": bad, "formula": bad,
            "reason": bad, "factor": {"key": bad}, "entries": [entry], "entry_count": 1,
            "run": 1, "run_kind": bad, "method": bad, "boundary": bad, "period": bad, "as_of": 1,
            "children": []}  # fmt: skip
    assert "script" not in Page(explain_html(node, "en")).tags


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("plant"))


@pytest.fixture
def plant(
    built: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Plant:
    return enter(built, tmp_path, monkeypatch, capsys)


def test_the_command_writes_page_json_and_text(plant: Plant) -> None:
    said = plant.text("renewable", "--period", "2024-03", "--method", "cn-zero-carbon-park")
    assert "Keys of these figures: electricity  renewable  share" in said
    tree = plant.ask("explain", "renewable.share")
    assert plant.ask("explain", "renewable.share", "-o", "tree.json")["file"] == "tree.json"
    written = json.loads((plant.folder / "tree.json").read_text("utf-8"), parse_float=Decimal)
    assert written == tree
    page = plant.text("--lang", "zh", "explain", "renewable.share", "--html")
    assert page.startswith("<!doctype html>")
    plant.text("--lang", "zh", "explain", "renewable.share", "-o", "tree.html")
    assert (plant.folder / "tree.html").read_text("utf-8") == page
    plant.text("explain", "renewable.share", "-o", "tree.txt")
    assert (plant.folder / "tree.txt").read_text("utf-8") == plant.text(
        "explain", "renewable.share"
    )
    assert plant.ask("explain", "share", "--html", code=2)["error"]["code"] == "usage"


def test_the_end_of_a_branch_is_said_on_the_screen(plant: Plant) -> None:
    plant.text("renewable", "--period", "2024-03", "--method", "cn-zero-carbon-park")
    assert "nothing of this was posted in the period" in plant.text("explain", "renewable.biogenic")
    assert "本期没有相应的过账" in plant.text("--lang", "zh", "explain", "renewable.biogenic")
