"""The house rules: sizes, docstrings, honest errors, texts that mean something to a stranger."""

import ast
import gc
import re
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pathspec
import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDERS = ("carbonledger", "migrations", "tools", "benchmarks", "examples", "tests")
FILE_LINES, FUNCTION_LINES = 500, 70
# Lists of one kind, which a reader does not read through. They may shrink, not grow.
LONG_FILES = {
    "migrations/versions/0001_the_ledger.py": 1200,
    "tests/report_sample.py": 600,
    "tests/test_footprint.py": 780,
    "tests/test_units.py": 660,
}
# A revision is one long list of tables and never changes again.
LONG_FUNCTIONS = {"migrations/versions/0001_the_ledger.py"}
# Where every failure ends: it is told, and becomes an exit code.
OUTERMOST = {"carbonledger/cli/entry.py"}
Function = ast.FunctionDef | ast.AsyncFunctionDef

# Words of our workshop and of our machines, each with the reason and the folder that may use it.
# They are written so that they do not find themselves.
BANNED = {
    # A database has them, and so has a test run.
    r"\b[s]essions?\b(?<!scope=.[s]ession)": (
        "who worked on it says nothing",
        "carbonledger/ledger/",
    ),
    r"\b[h]elpers?\b": ("name what it does", None),
    r"\b[i]ssues? #?\d+|\bissues/\d": ("give the reason, not its number", None),
    r"(?<![\w/.])/(?:[w]ork|[t]mp|opt|root|home)/": ("no path of one machine", None),
    r"\b[p]ypi\.|[p]ythonhosted|[n]pmjs|deb\.[d]ebian": ("no address of a registry", None),
    r"(?:index|registry)[-_]url\s*=\s*\S*:/": ("no address of a registry", None),
    r"\b[T]ODO\b|\b[F]IXME\b|\b[X]XX\b": ("do it, or tell in the docs what is missing", None),
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


def none_of(faults: Iterable[str]) -> None:
    """Fail with a list that can be read when there is a fault."""
    listed = list(faults)
    assert not listed, "\n" + "\n".join(listed)


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
    # What is kept is looked through again and again for what could be freed, for most of the time.
    gc.disable()
    try:
        return [
            Source(name, text, ast.parse(text))
            for name, text in sorted(committed().items())
            if name.endswith(".py") and ("/" not in name or name.split("/")[0] in FOLDERS)
        ]
    finally:
        gc.enable()


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
    none_of(
        f"{source.name}: {lines} lines"
        for source in sources()
        if (lines := source.text.count("\n")) > LONG_FILES.get(source.name, FILE_LINES)
    )
    assert [name for name in LONG_FILES if committed()[name].count("\n") <= FILE_LINES] == []


def test_functions_are_short() -> None:
    none_of(
        f"{source.name}:{function.lineno} {function.name}: {length(function)} lines"
        for source in sources()
        if source.name not in LONG_FUNCTIONS
        for function in source.functions()
        if length(function) > FUNCTION_LINES
    )


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
    none_of(
        f"{source.name}:{node.lineno} {node.name}"
        for source in program()
        for node in public(source.tree.body)
        if not ast.get_docstring(node)
    )
    none_of(
        source.name
        for source in sources()
        if not source.name.startswith("tests/") and not ast.get_docstring(source.tree)
    )


def test_nothing_is_checked_by_assert() -> None:
    """`python -O` takes asserts away."""
    none_of(
        f"{source.name}:{node.lineno}"
        for source in program()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assert)
    )


def handlers(source: Source) -> Iterator[ast.ExceptHandler]:
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.ExceptHandler))


def is_broad(handler: ast.ExceptHandler) -> bool:
    caught = ast.unparse(handler.type) if handler.type else "BaseException"
    return re.search(r"\b(Base)?Exception\b", caught) is not None


def test_no_exception_is_swallowed() -> None:
    """What is caught as a whole is raised again; what is caught by name is dealt with."""
    none_of(
        f"{source.name}:{handler.lineno}"
        for source in program()
        if source.name not in OUTERMOST
        for handler in handlers(source)
        if is_broad(handler) and not any(isinstance(n, ast.Raise) for n in ast.walk(handler))
    )
    none_of(
        f"{source.name}:{handler.lineno}"
        for source in program()
        for handler in handlers(source)
        if all(isinstance(node, ast.Pass) for node in handler.body)
    )


@pytest.mark.parametrize("pattern", BANNED)
def test_no_text_speaks_of_our_workshop(pattern: str) -> None:
    reason, exempt = BANNED[pattern]
    none_of(
        f"{name}:{number}: {reason}: {line.strip()[:90]}"
        for name, text in committed().items()
        if exempt is None or not name.startswith(exempt)
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line, re.IGNORECASE if pattern.islower() else 0)
    )


def test_the_words_that_are_banned_are_found() -> None:
    words = ("ses|sion", "hel|per", "is|sue 12", " /w|ork/x", "py|pi.", "index-|url=x:/", "TO|DO")
    for pattern, word in zip(BANNED, words, strict=True):
        assert re.search(pattern, word.replace("|", ""), re.IGNORECASE), pattern


def test_every_golden_file_is_used() -> None:
    tests = "".join(s.text for s in sources() if s.name.startswith("tests/"))
    golden = [name for name in committed() if name.startswith("tests/golden/")]
    assert golden
    assert [name for name in golden if Path(name).name.split(".")[0] not in tests] == []
