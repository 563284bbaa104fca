"""The benchmark runs, on a small file, and measures what it says; no time is judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "import_readings.py"


def bench(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        str(SCRIPT),
        "--folder",
        str(folder),
        "--meters",
        "3",
        "--days",
        "2",
        *options,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_import_is_measured_beside_arrow_and_duckdb(tmp_path: Path) -> None:
    done = bench(tmp_path / "a b%c é", "--rounds", "1", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["file"]["rows"] == 3 * 2 * 96
    assert set(result["costs"]) == {"import", "again", "copy", "arrow", "duckdb"}
    for cost in result["costs"].values():
        assert cost["cpu_s"] > 0
        assert cost["wall_s"] > 0
        assert cost["peak_mb"] > 20
    assert result["costs"]["arrow"]["cpu_by_arrow"] == 1
    assert result["ledger_bytes"] > 100_000
    assert result["machine"]["pyarrow"]


def test_a_round_is_at_least_one(tmp_path: Path) -> None:
    done = bench(tmp_path, "--rounds", "0")
    assert done.returncode == 2
    assert "at least 1" in done.stderr
