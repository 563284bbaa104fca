"""Whatever a file holds: it is taken or refused with a reason, in bounded time and memory.

A fuzzer led by coverage changes good files of every format (see tests/fuzz); `pytest --fuzz-runs
100000` lets it run longer. What it finds is kept in the folder that the failing test names.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris")

FOLDER = Path(__file__).resolve().parent / "fuzz"
BROKEN = """
import runpy, sys
from pathlib import Path
import carbonledger.ingest.values as values
def broken(column, *_):
    {what}
values.read_values = broken
sys.argv = sys.argv[1:]
sys.path.insert(0, str(Path(sys.argv[0]).parent))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def fuzzed(folder: Path, *arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    runs = int(arguments[1])
    command = [sys.executable, *(["-c", before] if before else []), str(FOLDER / "fuzz_import.py")]
    return subprocess.run(
        [*command, str(folder), *arguments],
        capture_output=True, text=True, check=False, timeout=120 + runs / 5,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )  # fmt: skip


def findings(folder: Path) -> list[str]:
    return [
        f"{path.with_suffix('.bin')}: {path.read_text('utf-8')}"
        for path in sorted(folder.glob("*.txt"))
    ]


def test_whatever_the_bytes_a_file_is_taken_or_refused(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    runs = int(pytestconfig.getoption("--fuzz-runs"))

    done = fuzzed(tmp_path / "found", "--runs", str(runs))

    assert findings(tmp_path / "found") == []
    assert done.returncode == 0, done.stderr[-3000:]
    tried, taken = map(int, (tmp_path / "found" / "tally").read_text().split())
    assert tried >= runs - 100
    assert taken > tried // 15  # the changes go deep, and do not only break the first line


@pytest.mark.parametrize(
    ("what", "more", "said"),
    [
        ("raise IndexError('planted')", [], "IndexError"),
        ("[n for n in range(10**8) if n < 0]", ["--seconds", "1"], "slow"),
        ("held = b'x' * (800 << 20)", [], "memory"),
    ],
)
def test_the_fuzzer_finds_what_is_planted(
    tmp_path: Path, what: str, more: list[str], said: str
) -> None:
    folder = tmp_path / "found"

    done = fuzzed(folder, "--runs", "1", "--only", "spans", *more, before=BROKEN.format(what=what))

    assert said in "".join(findings(folder)) + done.stderr
    assert list(folder.glob("*.bin")) or done.returncode
