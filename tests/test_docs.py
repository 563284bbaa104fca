"""Documents are checked, not trusted: commands, options, errors and views all have their place."""

import ast
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import carbonledger
from carbonledger.cli import reference
from carbonledger.cli.app import command

PACKAGE = Path(carbonledger.__file__).parent
CHECKOUT = PACKAGE.parent
DOCS = CHECKOUT / "docs"
SOURCES = sorted(PACKAGE.rglob("*.py"))

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="docs are only in a checkout")


def read(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def test_the_reference_of_the_command_line_is_what_the_commands_say() -> None:
    assert read("cli.md") == reference.page(), (
        "write it anew: python -m carbonledger.cli.reference > docs/cli.md"
    )


def test_every_command_and_option_has_its_place_in_the_reference() -> None:
    parts = re.split(r"^## ", read("cli.md"), flags=re.MULTILINE)[1:]
    sections = {part.partition("\n")[0]: part for part in parts}
    missing = [
        (context.command_path, option)
        for context in reference.commands(command())
        for param in context.command.params
        for option in param.opts
        if option.startswith("-") and option not in sections.get(context.command_path, "")
    ]
    assert missing == []


@cache
def nodes() -> list[list[ast.AST]]:
    """Give all nodes of each module of the program."""
    return [list(ast.walk(ast.parse(path.read_text("utf-8")))) for path in SOURCES]


def defaults() -> dict[str, str]:
    """Give the code of every class of errors by the name of the class."""
    return {
        node.name: ast.literal_eval(line.value)
        for module in nodes()
        for node in module
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "code"
    }


def codes_of(module: list[ast.AST], classes: dict[str, str]) -> Iterator[str]:
    """Give the codes of the errors that a module makes, itself or through a function of its own."""
    makers = {maker.name: maker for node in module for maker in _maker(node, classes)}
    for node in module:
        if not isinstance(node, ast.Call):
            continue
        name = _called(node)
        given = [word.value for word in node.keywords if word.arg == "code"]
        if name in classes:
            yield from _texts(given[0]) if given else [classes[name]]
        elif name in makers:
            place = makers[name].place
            by_place = node.args[place] if place < len(node.args) else makers[name].default
            yield from _texts(given[0] if given else by_place)


def _called(call: ast.Call) -> str:
    """Give the last name of what is called, "" where it has none."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


@dataclass(frozen=True)
class Maker:
    """A function that makes errors of the code it is given, at a place among its arguments."""

    name: str
    place: int
    default: ast.expr


def _maker(node: ast.AST, classes: dict[str, str]) -> Iterator[Maker]:
    """Give the function itself when it makes errors of a code it is given."""
    if not isinstance(node, ast.FunctionDef):
        return
    named = node.args
    names = [argument.arg for argument in [*named.args, *named.kwonlyargs]]
    if "code" not in names:
        return
    required = [None] * (len(named.args) - len(named.defaults))
    defaults: list[ast.expr | None] = [*required, *named.defaults, *named.kw_defaults]
    passes = any(
        isinstance(call, ast.Call)
        and ast.unparse(call.func) in classes
        and any(w.arg == "code" and ast.unparse(w.value) == "code" for w in call.keywords)
        for call in ast.walk(node)
    )
    if passes:
        at = names.index("code")
        yield Maker(node.name, at - ("self" in names), defaults[at] or ast.Constant(""))


def _texts(node: ast.AST) -> Iterator[str]:
    """Give the texts an expression can be: itself, or either side of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


@cache
def raised_codes() -> frozenset[str]:
    from carbonledger.ledger.refusals import CASES

    classes = defaults()
    found = {code for _, code, _, _ in CASES}
    with (PACKAGE / "units" / "refused.csv").open(encoding="utf-8", newline="") as table:
        found |= {row["code"] for row in csv.DictReader(table)}
    for module in nodes():
        found |= set(codes_of(module, classes))
    return frozenset(found)


def documented_codes() -> list[str]:
    return re.findall(r"^### `([a-z0-9-]+)`$", read("errors.md"), re.MULTILINE)


def test_every_error_has_its_section_and_every_section_its_error() -> None:
    documented = documented_codes()
    assert len(documented) == len(set(documented))
    assert raised_codes() - set(documented) == set(), "errors without a section in docs/errors.md"
    assert set(documented) - raised_codes() == set(), "sections of errors that nobody raises"


def test_every_section_of_an_error_says_what_to_do() -> None:
    for section in re.split(r"^### ", read("errors.md"), flags=re.MULTILINE)[1:]:
        text = re.split(r"^## ", section, flags=re.MULTILINE)[0]
        assert "**Example.**" in text, text
        assert "**What to do.**" in text, text


def test_every_error_is_raised_in_a_test() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (CHECKOUT / "tests").rglob("*.py"))
    missing = {code for code in raised_codes() if not re.search(rf"""["']{code}["']""", tests)}
    assert missing == set()


def test_every_view_is_described() -> None:
    views = re.findall(
        r"^CREATE VIEW (\w+) AS",
        (CHECKOUT / "migrations" / "sql" / "0001_views.sql").read_text("utf-8"),
        re.MULTILINE,
    )
    assert len(views) >= 12
    page = read("data-dictionary.md")
    assert [view for view in views if f"## view `{view}`" not in page] == []
