"""The wheel as a user gets it: installed elsewhere, with the declared libraries and no others."""

import importlib.metadata
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parent.parent
# What the extra `desk` is for: only `carbonledger.desk.serve` is imported without it, and says so.
WITH_THE_EXTRA = tuple(
    f"carbonledger.desk.{name}" for name in ("app", "database", "hooks", "pages")
)
TEST_TOOLS = ("pytest", "hypothesis", "mypy", "ruff", "build", "hatchling", "duckdb", "psycopg")


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command as a user's shell would: nothing of ours in the environment."""
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "TMPDIR") if key in os.environ}
    done = subprocess.run(
        command, cwd=cwd, env=kept, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True, slots=True)
class Built:
    """Archives built from the tree: the wheel of the tree, the sdist, and the wheel of that."""

    wheel: Path
    sdist: Path
    wheel_of_sdist: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    def archives(*options: str) -> dict[str, Path]:
        place = tmp_path_factory.mktemp("dist")
        build = (sys.executable, "-m", "build", "--no-isolation", *options)
        run(*build, "--outdir", place, CHECKOUT, cwd=place)
        return {path.suffix: path for path in place.iterdir()}

    tree, both = archives("--wheel"), archives()
    return Built(tree[".whl"], both[".gz"], both[".whl"])


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def needed() -> Iterator[importlib.metadata.Distribution]:
    """Give the libraries that the program declares, and those that these declare, and so on."""
    waiting, seen = list(importlib.metadata.requires("carbonledger") or []), set[str]()
    while waiting:
        wanted = Requirement(waiting.pop())
        name = canonicalize_name(wanted.name)
        if name in seen or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        found = importlib.metadata.distribution(name)
        waiting += found.requires or []
        yield found


def bare_environment(place: Path) -> Path:
    """Make an environment that holds the declared libraries alone; return its Python."""
    run(sys.executable, "-m", "venv", "--without-pip", place, cwd=place.parent)
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run(python, "-c", code, cwd=place).strip())
    libraries = place / "libraries"
    libraries.mkdir()
    for library in needed():
        for top in {file.parts[0] for file in library.files or []} - {"..", "__pycache__"}:
            (libraries / top).symlink_to(Path(str(library.locate_file(top))).resolve())
    (site / "libraries.pth").write_text(f"{libraries}\n", "utf-8")
    return python


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a Python with the declared libraries, without the program."""
    return bare_environment(tmp_path_factory.mktemp("bare") / "a b%c é")


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a Python with the declared libraries and the wheel."""
    python = bare_environment(tmp_path_factory.mktemp("installed") / "a b%c é")
    pip = (sys.executable, "-m", "pip", "--python", python, "install")
    run(*pip, "--quiet", "--no-deps", "--no-index", built.wheel, cwd=python.parent)
    return python


def script(python: Path) -> Path:
    return python.with_name("carbonledger.exe" if os.name == "nt" else "carbonledger")


def test_the_wheel_holds_the_program_and_its_data_and_nothing_else(built: Built) -> None:
    names = names_in(built.wheel)
    tops = {name.split("/")[0] for name in names}
    assert tops == {"carbonledger", built.wheel.name.rsplit("-", 3)[0] + ".dist-info"}
    strange = [n for n in names if n.endswith((".pyc", ".db")) or "test" in n or "__pycache__" in n]
    assert strange == []


def test_every_file_of_the_folders_travels_in_the_wheel(built: Built) -> None:
    names = names_in(built.wheel)
    inside = {
        "carbonledger": "",
        "migrations": "migrations/",
        "factors": "factors_data/",
        "docs/audit": "audit_questions/",
    }
    there = {
        f"carbonledger/{target}{path.relative_to(CHECKOUT / folder).as_posix()}"
        for folder, target in inside.items()
        for path in (CHECKOUT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert {name for name in names if name.startswith("carbonledger/")} == there


def test_the_sdist_gives_the_same_wheel(built: Built) -> None:
    assert names_in(built.wheel_of_sdist) == names_in(built.wheel)


def test_test_tools_are_out_of_reach(installed: Path, tmp_path: Path) -> None:
    code = f"import importlib.util as u; print([m for m in {TEST_TOOLS!r} if u.find_spec(m)])"
    assert run(installed, "-c", code, cwd=tmp_path).strip() == "[]"


def test_the_installed_program_runs_and_is_the_installed_one(
    installed: Path, tmp_path: Path
) -> None:
    page = run(script(installed), "--help", cwd=tmp_path)
    assert page.startswith("Usage: carbonledger ")
    assert run(installed, "-m", "carbonledger", "--help", cwd=tmp_path) == page
    code = "import carbonledger; print(carbonledger.__file__)"
    assert str(CHECKOUT / "carbonledger") not in run(installed, "-c", code, cwd=tmp_path)


@pytest.mark.parametrize("module", [False, True])
def test_the_installed_program_makes_a_ledger(
    module: bool,  # noqa: FBT001 (two ways to start it)
    installed: Path,
    tmp_path: Path,
) -> None:
    start = (installed, "-m", "carbonledger") if module else (script(installed),)
    ledger = tmp_path / "of a plant.db"
    run(*start, "--db", ledger, "--actor", "me", "init", cwd=tmp_path)
    query = "select count(*) as factors from factor_view"
    counted = run(*start, "--db", ledger, "--json", "sql", query, cwd=tmp_path)
    assert '"factors"' in counted
    assert (
        run(*start, "--db", ledger, "--json", "factors", "list", cwd=tmp_path).count("cn-grid") > 2
    )


def test_every_module_of_the_installed_program_can_be_imported(
    installed: Path, tmp_path: Path
) -> None:
    code = (
        "import carbonledger, importlib, pkgutil\n"
        f"without = {WITH_THE_EXTRA!r}\n"
        "for found in pkgutil.walk_packages(carbonledger.__path__, 'carbonledger.'):\n"
        "    name = found.name\n"
        "    if not name.endswith('__main__') and '.migrations' not in name and name not in without:\n"
        "        importlib.import_module(name)\n"
    )
    assert run(installed, "-W", "error", "-c", code, cwd=tmp_path) == ""


def test_questions_travel_and_the_desk_says_what_it_needs(installed: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    start = (script(installed), "--db", ledger)
    run(*start, "--actor", "me", "init", cwd=tmp_path)
    assert '"rows": []' in run(*start, "--json", "audit", "ask", "runs", cwd=tmp_path)
    code = (
        "from carbonledger.errors import LedgerRefused\n"
        "from carbonledger.desk.serve import check_installed\n"
        "try:\n"
        "    check_installed()\n"
        "except LedgerRefused as error:\n"
        "    print(error.code)\n"
    )
    assert run(installed, "-c", code, cwd=tmp_path) == "desk-missing\n"


def test_a_checkout_runs_without_being_installed(bare: Path, tmp_path: Path) -> None:
    """From any folder, and from a folder whose name holds blanks and other signs."""
    moved = tmp_path / "a b%c é"
    moved.symlink_to(CHECKOUT, target_is_directory=True)
    page = run(bare, moved / "cli.py", "--help", cwd=tmp_path)
    assert page == run(bare, "-m", "carbonledger", "--help", cwd=CHECKOUT)
    run(bare, moved / "cli.py", "--db", tmp_path / "x.db", "--actor", "me", "init", cwd=tmp_path)
    assert (tmp_path / "x.db").stat().st_size > 0


def test_a_wheel_that_lost_its_data_says_so(installed: Path, tmp_path: Path) -> None:
    code = (
        "import carbonledger.resources as r, pathlib\n"
        "r.IN_WHEEL = {'factors': 'nowhere'}\n"
        "r.folder('factors')"
    )
    done = subprocess.run(
        [installed, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no factors folder; looked in" in done.stderr
