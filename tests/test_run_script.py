"""The script that newcomers start with: what it says, and that a shell without frills reads it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PARTS = ("run", "pyproject.toml", "constraints.txt", "constraints-test.txt", "tools/uv.txt")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give a folder with an awkward name that holds what the script reads."""
    place = tmp_path / "a b%c é"
    for part in PARTS:
        (place / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / part, place / part)
    return place


def script(place: Path, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/sh", str(place / "run"), *words],
        cwd=place.parent,
        env={"PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_executable_and_so_is_what_runs_it() -> None:
    assert os.access(CHECKOUT / "run", os.X_OK)
    assert os.access(CHECKOUT / ".ci" / "run", os.X_OK)
    assert (CHECKOUT / ".ci" / "run").read_text("utf-8").endswith('/../run" test\n')


def test_it_tells_its_use(clone: Path) -> None:
    asked, nothing, wrong = script(clone, "--help"), script(clone), script(clone, "build")
    assert asked.stdout.startswith("usage: ./run demo")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (2, "", asked.stdout)
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (2, "", asked.stdout)


def test_it_leaves_a_folder_alone_that_is_no_environment(clone: Path) -> None:
    mine = clone / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work", "utf-8")
    done = script(clone, "demo", CARBONLEDGER_VENV=str(mine))
    assert done.returncode == 1
    assert "is no virtual environment; move it away" in done.stderr
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


def test_it_refuses_a_python_that_is_none(clone: Path) -> None:
    done = script(clone, "demo", CARBONLEDGER_PYTHON="/bin/false")
    assert done.returncode == 1
    assert (
        done.stderr
        == "run: CARBONLEDGER_PYTHON, /bin/false, is no Python 3.11 or newer with venv\n"
    )
    assert not (clone / ".venv").exists()


def environment(place: Path, works: int) -> Path:
    """Make what looks like an environment; its programs write down how they were called."""
    bin_ = place / ".venv" / "bin"
    bin_.mkdir(parents=True)
    (place / ".venv" / "pyvenv.cfg").touch()
    for name in ("python", "carbonledger", "ruff", "mypy", "pytest"):
        text = f'#!/bin/sh\necho "{name} $*" >>"{place}/calls"\n'
        text += f"echo found {works}\nexit {works}\n" if name == "mypy" else ""
        (bin_ / name).write_text(text, "utf-8")
        (bin_ / name).chmod(0o755)
    return place / "calls"


def test_tests_keep_their_files_where_one_says(clone: Path) -> None:
    environment(clone, works=0)
    program = clone / ".venv" / "bin" / "pytest"
    program.write_text(f'#!/bin/sh\necho "$TMPDIR" >"{clone}/told"\n', "utf-8")
    told = {"CARBONLEDGER_PYTHON": "/bin/true", "TMPDIR": str(clone / ".venv")}
    script(clone, "test", **told)
    assert script(clone, "test", **told).returncode == 0
    assert (clone / "told").read_text("utf-8") == f"{clone}/.venv\n"


def calls(log: Path) -> list[str]:
    lines = log.read_text("utf-8").splitlines()
    log.unlink()
    return [line for line in lines if not line.startswith("python -c")]


def test_it_installs_once_and_again_when_the_pins_change(clone: Path) -> None:
    log = environment(clone, works=0)
    (clone / ".venv" / "installed-constraints.txt").write_text("of another state", "utf-8")
    made = clone / "python"
    made.write_text("#!/bin/sh\n" + f'echo "made $*" >>"{log}"\n', "utf-8")
    made.chmod(0o755)

    assert script(clone, "demo", CARBONLEDGER_PYTHON=str(made)).returncode == 0
    first = calls(log)
    assert any(line.startswith("made -m venv --clear") for line in first)
    assert any("--require-hashes --requirement constraints.txt" in line for line in first)
    assert not any("constraints-test.txt" in line for line in first)
    assert first[-1] == "carbonledger demo demo"

    assert script(clone, "demo", "--lang", "zh").returncode == 0
    assert calls(log) == ["carbonledger --lang zh demo demo"]

    assert script(clone, "test", "-k", "x").returncode == 0
    tested = calls(log)
    assert any("--require-hashes --requirement constraints-test.txt" in line for line in tested)
    assert sorted(tested[-4:]) == [
        "mypy ", "pytest -k x", "ruff check --quiet .", "ruff format --check --quiet .",
    ]  # fmt: skip

    with (clone / "constraints.txt").open("a") as pins:
        pins.write("# changed\n")
    assert script(clone, "demo", CARBONLEDGER_PYTHON=str(made)).returncode == 0
    assert any(line.startswith("made -m venv --clear") for line in calls(log))


def test_all_checks_run_and_one_that_fails_fails_the_whole(clone: Path) -> None:
    log = environment(clone, works=1)
    assert script(clone, "test", CARBONLEDGER_PYTHON="/bin/true").returncode == 1
    log.unlink()
    done = script(clone, "test")
    assert done.returncode == 1
    assert done.stderr.endswith("run: pytest\nrun: mypy\nrun: failed: mypy\n")
    assert done.stdout == "found 1\n", "what mypy says, which works meanwhile"
    assert "pytest --numprocesses=auto --dist=worksteal" in calls(log)
