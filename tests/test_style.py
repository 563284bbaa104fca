"""The house rules: sizes, docstrings, honest errors, texts that mean something to a stranger."""

import ast
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pathspec
import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDERS = ("carbonledger", "migrations", "tools", "benchmarks", "examples", "tests")
FILE_LINES, FUNCTION_LINES = 500, 70
# Lists of one kind, which a reader does not read through. They may shrink, not grow.
LONG_FILES = {"migrations/versions/0001_the_ledger.py": 1200}
# A revision is one long list of tables and never changes again.
LONG_FUNCTIONS = {"migrations/versions/0001_the_ledger.py"}
# Where every failure ends: it is told, and becomes an exit code.
OUTERMOST = {"carbonledger/cli/entry.py"}
Function = ast.FunctionDef | ast.AsyncFunctionDef

# Words of our workshop and of our machines. Written so that they do not find themselves.
BANNED = {
    r"\b[s]essions?\b(?<!scope=.[s]ession)": "who worked on it does not matter to a reader",
    r"\b[h]elpers?\b": "name what it does",
    r"\b[i]ssues? #?\d+|\bissues/\d": "say the reason, not its number",
    r"(?<![\w/.])/(?:[w]ork|[t]mp|opt|root|home)/": "no path of one machine",
    r"\b[p]ypi\.|[p]ythonhosted|[n]pmjs|deb\.[d]ebian|(?:index|registry)[-_]url\s*=\s*\S*:/": (
        "no address of a registry"
    ),
    r"\b[T]ODO\b|\b[F]IXME\b|\b[X]XX\b": "do it, or say in the docs what is missing",
}


@cache
def committed() -> dict[str, str]:
    """Give every text file that belongs to the project, by its path in the checkout."""
    rules = (CHECKOUT / ".gitignore").read_text("utf-8").splitlines()
    ignored = pathspec.GitIgnoreSpec.from_lines([*rules, ".git/"])
    texts = {}
    for name in ignored.match_tree_files(CHECKOUT, negate=True):
        try:
            texts[Path(name).as_posix()] = (CHECKOUT / name).read_text("utf-8")
        except UnicodeDecodeError:
            continue
    return texts


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file of the project."""

    name: str
    text: str
    tree: ast.Module

    def functions(self) -> Iterator[Function]:
        """Give all functions, nested ones and methods too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


@cache
def sources() -> list[Source]:
    return [
        Source(name, text, ast.parse(text))
        for name, text in sorted(committed().items())
        if name.endswith(".py") and ("/" not in name or name.split("/")[0] in FOLDERS)
    ]


def program() -> list[Source]:
    return [source for source in sources() if source.name.startswith("carbonledger/")]


def length(function: Function) -> int:
    """Count the lines of a function without its docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        said = function.body[0]
        lines -= (said.end_lineno or 0) - said.lineno + 1
    return lines


def test_the_tree_is_seen() -> None:
    """A rule over no files would always hold."""
    names = set(committed())
    assert {"pyproject.toml", "run", "README.md", "carbonledger/errors.py"} <= names
    assert not [name for name in names if name.startswith((".git/", ".venv/", ".mypy_cache/"))]
    assert len(sources()) > 100


def test_files_are_short() -> None:
    long = [
        f"{source.name}: {lines} lines"
        for source in sources()
        if (lines := source.text.count("\n")) > LONG_FILES.get(source.name, FILE_LINES)
    ]
    assert long == []
    assert [name for name in LONG_FILES if committed()[name].count("\n") <= FILE_LINES] == []


def test_functions_are_short() -> None:
    long = [
        f"{source.name}:{function.lineno} {function.name}: {length(function)} lines"
        for source in sources()
        if source.name not in LONG_FUNCTIONS
        for function in source.functions()
        if length(function) > FUNCTION_LINES
    ]
    assert long == []


def test_most_files_and_functions_are_much_shorter() -> None:
    files = [source.text.count("\n") for source in program()]
    functions = [length(function) for source in program() for function in source.functions()]
    assert statistics.median(files) <= 160
    assert statistics.quantiles(functions, n=10)[-1] <= 25


def public(nodes: list[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    """Give the functions and classes that others may use, methods included."""
    for node in nodes:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def test_every_public_name_says_what_it_means() -> None:
    silent = [
        f"{source.name}:{node.lineno} {node.name}"
        for source in program()
        for node in public(source.tree.body)
        if not ast.get_docstring(node)
    ]
    assert silent == []
    assert [s.name for s in sources() if not ast.get_docstring(s.tree)] == []


def test_nothing_is_checked_by_assert() -> None:
    """`python -O` takes asserts away."""
    found = [
        f"{source.name}:{node.lineno}"
        for source in program()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assert)
    ]
    assert found == []


def handlers(source: Source) -> Iterator[ast.ExceptHandler]:
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.ExceptHandler))


def is_broad(handler: ast.ExceptHandler) -> bool:
    caught = ast.unparse(handler.type) if handler.type else "BaseException"
    return re.search(r"\b(Base)?Exception\b", caught) is not None


def test_no_exception_is_swallowed() -> None:
    """What is caught as a whole is raised again; what is caught by name is dealt with."""
    broad = [
        f"{source.name}:{handler.lineno}"
        for source in program()
        if source.name not in OUTERMOST
        for handler in handlers(source)
        if is_broad(handler) and not any(isinstance(n, ast.Raise) for n in ast.walk(handler))
    ]
    assert broad == []
    ignored = [
        f"{source.name}:{handler.lineno}"
        for source in program()
        for handler in handlers(source)
        if all(isinstance(node, ast.Pass) for node in handler.body)
    ]
    assert ignored == []


@pytest.mark.parametrize("pattern", BANNED)
def test_no_text_speaks_of_our_workshop(pattern: str) -> None:
    found = [
        f"{name}:{number}: {line.strip()[:90]}"
        for name, text in committed().items()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line, re.IGNORECASE if pattern.islower() else 0)
    ]
    assert found == [], BANNED[pattern]


def test_every_golden_file_is_used() -> None:
    tests = "".join(s.text for s in sources() if s.name.startswith("tests/"))
    golden = [name for name in committed() if name.startswith("tests/golden/")]
    assert golden
    assert [name for name in golden if Path(name).name.split(".")[0] not in tests] == []
