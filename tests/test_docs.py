"""Documents are checked, not trusted: commands, options, errors and views all have their place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import carbonledger
from carbonledger.cli import reference
from carbonledger.cli.app import command

PACKAGE = Path(carbonledger.__file__).parent
CHECKOUT = PACKAGE.parent
DOCS = CHECKOUT / "docs"
# Groups of errors that are never raised as such: each raised one says more.
ABSTRACT = {"error", "refused"}

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


def codes_of(tree: ast.AST) -> Iterator[str]:
    """Give the error codes that a module names: arguments `code=`, class attributes, tables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "code":
            yield from _texts(node.value)
        elif isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "code":
                    yield from _texts(line.value)


def _texts(node: ast.AST) -> Iterator[str]:
    """Give the texts an expression can be: itself, or either side of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def raised_codes() -> set[str]:
    from carbonledger.ledger.connect import CASES

    found = {code for _, code, _, _ in CASES}
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text("utf-8")
        if "Refus" in text or "Error" in text or "NotFound" in text or "Damaged" in text:
            found |= set(codes_of(ast.parse(text)))
    return found - ABSTRACT - {""}


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
