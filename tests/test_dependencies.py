"""What is declared, pinned, used and described: one list of libraries, four places."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parent.parent
DESCRIBED = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
PROJECT = DESCRIBED["project"]
RUN = [Requirement(line) for line in PROJECT["dependencies"]]
BUILD = [Requirement(line) for line in DESCRIBED["build-system"]["requires"]]
EXTRAS = {
    extra: [Requirement(line) for line in lines]
    for extra, lines in PROJECT["optional-dependencies"].items()
}
PINS = ("constraints.txt", "constraints-test.txt", "tools/uv.txt")
# Needed by name, never imported: time zones where the system has none.
DATA_ONLY = {"tzdata"}
# The extra `desk`, imported by one layer alone; uvicorn comes with Datasette, which is served by it.
OF_THE_DESK = {"datasette", "uvicorn"}


def read(name: str) -> str:
    return (CHECKOUT / name).read_text("utf-8")


def pins(name: str) -> dict[str, str]:
    """Give the pinned version of each library in a file of pins."""
    found = re.findall(r"^([a-z0-9-]+)==([^\s;]+)", read(name), re.MULTILINE)
    assert len(found) == len(dict(found)), "a library has one version on every system"
    return dict(found)


def imported(*folders: str) -> set[str]:
    """Give the top-level names imported by the Python files of some folders."""
    trees = [
        ast.parse(path.read_text("utf-8"))
        for folder in folders
        for path in (CHECKOUT / folder).rglob("*.py")
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {"carbonledger"}


@pytest.mark.parametrize("name", PINS)
def test_every_pin_has_its_hash_and_no_address_stands_with_them(name: str) -> None:
    text = read(name)
    assert not re.search(r"https?:|//|index|find-links|trusted-host|\bgit\+|@", text)
    blocks = re.split(r"\n(?=\S)", text.partition("\n")[2].rstrip())
    for block in blocks:
        head, *hashes = block.replace("\\\n", "\n").split("\n")
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", head.strip()), head
        assert hashes, head
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one.strip()) for one in hashes), head


def test_every_direct_dependency_is_pinned_within_its_range() -> None:
    run, test = pins("constraints.txt"), pins("constraints-test.txt")
    for wanted, pinned in (
        (RUN + BUILD, run),
        (RUN + BUILD + [one for extra in EXTRAS.values() for one in extra], test),
    ):
        for one in wanted:
            version = pinned.get(canonicalize_name(one.name))
            assert version is not None, f"{one} is not pinned: run tools/lock.py"
            assert version in one.specifier, f"{one} is pinned at {version}: run tools/lock.py"


def test_the_tests_run_with_what_users_run_with() -> None:
    assert pins("constraints.txt").items() <= pins("constraints-test.txt").items()


def test_no_test_tool_is_installed_for_users() -> None:
    backend = {"hatchling", "packaging", "pathspec"}
    tools = {canonicalize_name(one.name) for one in EXTRAS["test"]} - backend
    assert not tools & set(pins("constraints.txt"))


def test_the_program_imports_what_it_declares_and_declares_what_it_imports() -> None:
    declared = {canonicalize_name(one.name) for one in RUN}
    names = {canonicalize_name(name) for name in imported("carbonledger", "migrations")}
    assert names - OF_THE_DESK == declared - DATA_ONLY
    assert names >= OF_THE_DESK


def test_checks_and_benchmarks_import_what_is_declared() -> None:
    everything = {
        canonicalize_name(one.name)
        for one in (*RUN, *(one for extra in EXTRAS.values() for one in extra))
    }
    names = imported("tests", "tools", "benchmarks", "examples")
    own = {
        path.stem
        for folder in ("tests", "tools", "benchmarks")
        for path in (CHECKOUT / folder).rglob("*.py")
    }
    assert {canonicalize_name(name) for name in names - own} <= everything


def test_the_page_names_every_dependency_with_its_licence() -> None:
    rows = re.findall(
        r"^\| \[?`?([A-Za-z0-9_-]+)`?.*?\|(.+)\|(.+)\|$", read("docs/dependencies.md"), re.MULTILINE
    )
    told = {
        canonicalize_name(name): licence.strip() for name, _, licence in rows if name != "library"
    }
    direct = {canonicalize_name(one.name) for one in (*RUN, *BUILD)}
    direct |= {canonicalize_name(one.name) for extra in EXTRAS.values() for one in extra}
    assert direct <= set(told)
    assert set(told) <= set(pins("constraints-test.txt")) | {"uv"}
    assert all(told.values())
