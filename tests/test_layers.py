"""The order of the layers: imports point one way, and heavy libraries stay where they belong."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import carbonledger

PACKAGE = Path(carbonledger.__file__).parent
NAME = PACKAGE.name

# Records that travel between the layers: plain data, no rule, so no layer of their own.
RECORDS = {f"{NAME}.calc.model", f"{NAME}.factors.model"}
BASE = {"errors", "resources", "text"}
# Each layer with those below it that it may use. `calc` never sees `ledger`.
MAY_IMPORT = {
    "errors": set[str](),
    "resources": set[str](),
    "text": set[str](),
    "records": {"errors"},
    "units": BASE,
    "factors": BASE | {"records", "units"},
    "calc": {"errors", "records", "units", "factors"},
    "ledger": BASE | {"records", "units"},
    "validation": BASE | {"records", "units"},
    "ingest": BASE | {"records", "units", "ledger", "validation"},
    "site": BASE | {"records", "units", "factors", "ledger"},
    # Pure, like calc: values in, values out.
    "estimation": {"errors", "units"},
    "meters": BASE | {"records", "units", "ledger", "ingest", "site", "estimation"},
    # What auditors ask: SQL over the views, and pages of it.
    "audit": BASE | {"records", "ledger"},
    "desk": BASE | {"records", "ledger", "audit", "report"},
    "run": BASE | {"records", "units", "factors", "calc", "ledger", "validation"},
    "report": BASE | {"records", "units", "factors", "calc", "ledger", "run"},
    # It makes files for others to read, as a stranger would, so that it can check them.
    "example": set[str](),
    "cli": BASE
    | {"ledger", "ingest", "site", "meters", "factors", "run", "report", "audit", "desk", "example"}
    | {"validation"},
    "__main__": {"cli"},
}
# A library that only some layers know.
KNOWN_TO = {
    "pint": {"units"},
    "alembic": {"ledger"},
    "cryptography": {"ledger"},
    "sqlalchemy": {"ledger", "ingest", "site", "meters", "run", "desk"},
    "lxml": {"ingest"},
    "pyarrow": {"ingest", "ledger"},  # the ledger packs documents with its zstd
    "scipy": {"calc"},
    # An extra; nothing else may need it.
    "datasette": {"desk"},
    "uvicorn": {"desk"},
    "pandas": {"validation"},
    "numpy": {"calc", "ingest", "example", "validation"},
    "jinja2": {"report", "desk"},
    "markupsafe": {"report", "desk"},
    "typer": {"cli"},
    "rich": {"cli"},
}
HEAVY = (
    "alembic",
    "cryptography",
    "jinja2",
    "lxml",
    "numpy",
    "pandas",
    "pint",
    "pyarrow",
    "scipy",
    "sqlalchemy",
)


def module_of(path: Path) -> str:
    parts = (NAME, *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def layer_of(module: str) -> str:
    """Return the layer of a module; "" for the package itself, which holds the version."""
    if module in RECORDS:
        return "records"
    return module.split(".")[1] if "." in module else ""


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Give every import of a module, at its top or inside a function, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield node.lineno, full if full in MODULES else base


def found() -> Iterator[tuple[str, str, str]]:
    """Give (module, place, imported name) for the whole package."""
    for module, path in MODULES.items():
        for line, name in imports(ast.parse(path.read_text("utf-8"))):
            yield module, f"{path.relative_to(PACKAGE.parent)}:{line}", name


def test_every_folder_has_its_place_among_the_layers() -> None:
    assert {layer_of(module) for module in MODULES} - {""} == set(MAY_IMPORT)


def test_the_rule_itself_has_no_circle() -> None:
    assert list(TopologicalSorter(MAY_IMPORT).static_order())


def test_imports_point_one_way() -> None:
    wrong = [
        f"{place}: {layer_of(module)} may not import {name}"
        for module, place, name in found()
        if name.split(".")[0] == NAME
        and layer_of(name) not in {"", layer_of(module)} | MAY_IMPORT.get(layer_of(module), set())
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_imports_are_written_in_full() -> None:
    """A relative import hides from the eye which layer is meant."""
    relative = [
        f"{module}:{node.lineno}"
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative, "\n" + "\n".join(relative)


def test_modules_do_not_import_in_a_circle() -> None:
    graph = {}
    for module, path in MODULES.items():
        body = ast.parse(path.read_text("utf-8")).body
        at_top = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {name for node in at_top for _, name in imports(node)}
        graph[module] = names & set(MODULES) - {module}
    assert list(TopologicalSorter(graph).static_order())


def test_libraries_stay_in_the_layers_that_know_them() -> None:
    wrong = [
        f"{place}: {layer_of(module)} does not know {name}"
        for module, place, name in found()
        if name.split(".")[0] in KNOWN_TO and layer_of(module) not in KNOWN_TO[name.split(".")[0]]
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def loaded_after(modules: list[str], watched: tuple[str, ...]) -> str:
    """Import modules in a new interpreter and return which of the watched ones came along."""
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(sorted(set({watched!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_the_command_line_loads_nothing_heavy() -> None:
    modules = [module for module in MODULES if layer_of(module) == "cli"]
    assert loaded_after([NAME, *modules], HEAVY) == "[]"


@pytest.mark.parametrize("layer", ["units", "factors", "calc", "validation"])
def test_calculation_needs_no_database(layer: str) -> None:
    """Nor the reading of files; not even through something else it imports."""
    modules = [module for module in MODULES if layer_of(module) in {layer, "records"}]
    database = ("sqlalchemy", "alembic", "sqlite3", "pyarrow", f"{NAME}.ledger", f"{NAME}.ingest")
    assert loaded_after(modules, database) == "[]"


def test_the_example_stands_alone() -> None:
    others = tuple(m for m in MODULES if layer_of(m) not in {"example", ""})
    assert loaded_after([f"{NAME}.example"], others) == "[]"
