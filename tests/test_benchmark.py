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


OURS = {"import", "again", "copy"}


@pytest.mark.slow
def test_the_import_is_measured_beside_others(tmp_path: Path) -> None:
    done = bench(tmp_path / "a b%c é", "--rounds", "1", "--peers", "all", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["file"]["readings"] == 3 * 2 * 96
    peers = {"arrow", "duckdb", "duckdb_file", "shell", "pandas", "each"}
    assert set(result["costs"]) == OURS | peers
    assert set(result["peer_bytes_a_reading"]) == peers - {"arrow", "duckdb"}
    for cost in result["costs"].values():
        assert cost["cpu_s"] > 0
        assert cost["wall_s"] > 0
        assert cost["peak_mb"] > 20
    assert result["costs"]["arrow"]["cpu_by_arrow"] == 1
    assert result["ledger_bytes"] > 100_000
    assert result["machine"]["pyarrow"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "peers"),
    [
        (("--order", "time", "--decimals", "3"), {"arrow", "duckdb"}),
        (("--order", "shuffled", "--days", "20"), {"arrow", "duckdb"}),
        (("--layout", "wide"), {"arrow"}),
        (("--layout", "day"), {"arrow"}),
    ],
)
def test_other_orders_and_layouts_are_measured_beside_the_long_file(
    tmp_path: Path, options: tuple[str, ...], peers: set[str]
) -> None:
    done = bench(tmp_path, "--rounds", "1", "--json", *options)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result["costs"]) == OURS | {"base"} | peers
    assert result["costs"]["base"]["cpu_by_base"] == 1
    assert result["costs"]["import"]["cpu_by_base"] > 0


@pytest.mark.slow
@pytest.mark.postgresql
def test_the_server_of_postgresql_is_counted(tmp_path: Path) -> None:
    done = bench(tmp_path, "--rounds", "1", "--database", "postgresql")
    assert done.returncode == 0, done.stderr
    assert "into postgresql; medians of 1." in done.stdout
    assert "| CarbonLedger: long file by meter into SQLite |" in done.stdout


def test_a_wide_file_has_no_order(tmp_path: Path) -> None:
    done = bench(tmp_path, "--layout", "wide", "--order", "time")
    assert done.returncode == 2
    assert "leave --order out" in done.stderr


def test_a_round_is_at_least_one(tmp_path: Path) -> None:
    done = bench(tmp_path, "--rounds", "0")
    assert done.returncode == 2
    assert "at least 1" in done.stderr


@pytest.mark.slow
def test_the_check_is_measured_beside_the_import(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT.with_name("verify.py")), "--folder", str(tmp_path)]
    asked = ["--meters", "3", "--days", "2", "--rounds", "1", "--json"]
    done = subprocess.run([*command, *asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["file"]["readings"] == 3 * 2 * 96
    assert set(result["costs"]) == {"import", "later", "verify", "since"}
    assert all(cost["cpu_s"] > 0 and cost["peak_mb"] > 20 for cost in result["costs"].values())


@pytest.mark.slow
def test_the_questions_of_auditors_are_timed(tmp_path: Path) -> None:
    """On a small park; `docs/performance.md` has the figures of a large one."""
    from carbonledger.audit.questions import questions

    script = SCRIPT.with_name("audit_questions.py")
    command = [sys.executable, str(script), "--folder", str(tmp_path), "--meters", "60",
               "--days", "31", "--rounds", "1", "--json"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result["questions"]) == {one.name for one in questions()}
    nothing = {name for name, cost in result["questions"].items() if not cost["rows"]}
    assert nothing <= {"missing-values"}
