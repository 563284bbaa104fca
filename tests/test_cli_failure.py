"""How failures are told: code, message, faults, hint; never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from carbonledger.cli import books
from carbonledger.cli.app import COMMANDS
from carbonledger.cli.entry import run
from carbonledger.cli.failure import StoppedError
from carbonledger.errors import Fault, ImportRefused, LedgerDamaged

FAULTS = [
    Fault("a.csv", 12, "value", "abc", "not a number"),
    Fault("a.csv", 13, "", "", "row has 3 fields instead of 4"),
    Fault("a.csv", 0, "", "\x1b[2J", "not a text file"),
]


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes the command `status` raise something."""

    def arrange(error: BaseException) -> None:
        def failing(ctx: Any) -> None:
            raise error

        failing.__annotations__ = books.status.__annotations__
        monkeypatch.setitem(COMMANDS, "status", failing)

    return arrange


def test_a_refusal_as_text(raising: Any, capsys: pytest.CaptureFixture[str]) -> None:
    raising(ImportRefused("a.csv: 3 rows", code="rejects", hint="mend it", problems=FAULTS))
    assert run(["--lang", "en", "status"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "a.csv: 3 rows\n"
        "  a.csv:12:value abc — not a number\n"
        "  a.csv:13 row has 3 fields instead of 4\n"
        "  a.csv \\x1b[2J — not a text file\n"
        "→ mend it\n"
    )


def test_only_the_first_faults_are_shown(raising: Any, capsys: pytest.CaptureFixture[str]) -> None:
    many = [Fault("a.csv", line, "value", "x", "bad") for line in range(1, 1052)]
    raising(ImportRefused("a.csv", problems=many))
    run(["--lang", "en", "status"])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 22
    assert lines[-1] == "  … and 1,031 more"


def test_a_refusal_as_json(raising: Any, capsys: pytest.CaptureFixture[str]) -> None:
    raising(ImportRefused("三行", code="rejects", hint="改正", problems=FAULTS[:1]))
    assert run(["--json", "status"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    problem = {
        "file": "a.csv", "line": 12, "column": "value", "text": "abc", "reason": "not a number",
    }  # fmt: skip
    assert json.loads(out) == {
        "error": {"code": "rejects", "message": "三行", "hint": "改正", "problems": [problem]}
    }


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (LedgerDamaged("batch 3 differs"), "damaged", "batch 3 differs"),
        (KeyboardInterrupt(), "interrupted", "interrupted; the unfinished step posted nothing"),
        (PermissionError(13, "Permission denied", "/a/b"), "file", "/a/b: Permission denied"),
        (OSError(28, "No space left on device"), "file",
         "standard output: No space left on device"),
        (ZeroDivisionError("by zero"), "internal",
         "this should not happen: ZeroDivisionError: by zero"),
        (OSError("odd"), "internal", "this should not happen: OSError: odd"),
    ],
)  # fmt: skip
def test_whatever_is_raised_has_a_code_and_no_traceback(
    error: BaseException, code: str, message: str, raising: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(error)
    assert run(["--lang", "en", "--json", "status"]) == 1
    out, err = capsys.readouterr()
    found = json.loads(out)["error"]
    assert (found["code"], found["message"]) == (code, message)
    assert err == ""
    assert run(["--lang", "en", "status"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(message + "\n")
    assert "Traceback" not in err


def test_debug_adds_the_traceback(raising: Any, capsys: pytest.CaptureFixture[str]) -> None:
    raising(ZeroDivisionError("by zero"))
    assert run(["--debug", "--json", "status"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == "internal"
    assert "Traceback (most recent call last)" in err


def test_what_was_done_before_a_failure_is_told(
    raising: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped = StoppedError({"imports": [{"batch": 4}]}, "Posted: a.csv. Not posted: b.csv.")
    stopped.__cause__ = ImportRefused("b.csv: empty", code="file-empty")
    raising(stopped)
    assert run(["--json", "status"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["imports"] == [{"batch": 4}]
    assert document["error"]["code"] == "file-empty"
    assert run(["status"]) == 1
    assert capsys.readouterr().err.startswith("Posted: a.csv. Not posted: b.csv.\nb.csv: empty\n")


def command(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "carbonledger", *words],
        check=False,
        text=True,
        stderr=subprocess.PIPE,
        env={**os.environ, "CARBONLEDGER_LANG": "en"},
        **more,
    )


def test_a_reader_that_leaves_early_is_no_crash() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = command("--help", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_behind_standard_output_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        done = command("--help", stdout=full)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "standard output: No space left on device"


def test_a_poor_terminal_still_gets_its_answer() -> None:
    poor = subprocess.run(
        [sys.executable, "-m", "carbonledger", "--lang", "zh", "frobnicate"],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )
    assert poor.returncode == 2
    assert poor.stderr.startswith(rb"\u6ca1\u6709\u547d\u4ee4 frobnicate")
