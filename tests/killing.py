"""Imports that are stopped at a chosen moment, each in a process of its own.

A process that has loaded the program but done nothing waits for orders and forks for each import:
so a moment costs no start of Python. The moment is a time, or the n-th call of a function, Python's
or C's, at which the import sends itself the signal: before and after every step, the commit too.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from types import FrameType, TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Moment:
    """When an import is stopped, and how.

    Attributes:
        argv: words of the command.
        folder: where source files of a ledger on a server are kept.
        signal: what it is sent.
        after_s: so long after its beginning; negative: not by time.
        calls: at so many calls of functions; 0: not by calls.
    """

    argv: list[str]
    folder: str
    signal: int = signal.SIGKILL
    after_s: float = -1.0
    calls: int = 0


@dataclass(frozen=True)
class End:
    """How an import ended: its exit code, minus the signal when that ended it, and what it said."""

    code: int
    seconds: float
    calls: int
    said: str


class Stage:
    """Runs imports and stops them."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._process.communicate("")

    def run(self, moment: Moment) -> End:
        """Run one import, to the moment it is stopped or to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(moment)) + "\n")
        self._process.stdin.flush()
        return End(**json.loads(self._process.stdout.readline()))


class _Counting:
    """Sends this process a signal at the n-th call."""

    def __init__(self, calls: int, number: int) -> None:
        self.calls, self.number, self.seen = calls, number, 0

    def __call__(self, _frame: FrameType, event: str, _argument: Any) -> None:
        if event in {"call", "c_call", "c_return"}:
            self.seen += 1
            if self.seen == self.calls:
                os.kill(os.getpid(), self.number)


def _count_imports(counting: _Counting) -> None:
    """Count the calls of each import alone, not those of the program around it."""
    from carbonledger.ingest import service

    real = service.import_file

    def counted(*arguments: Any, **named: Any) -> dict[str, Any]:
        sys.setprofile(counting)
        try:
            return real(*arguments, **named)
        finally:
            sys.setprofile(None)

    service.import_file = counted


def _child(moment: Moment, told: int) -> None:
    from carbonledger.cli.entry import run

    sys.stdout = os.fdopen(told, "w", encoding="utf-8")
    sys.stderr = os.fdopen(os.dup(told), "w", encoding="utf-8")
    os.environ["CARBONLEDGER_DOCUMENTS"] = moment.folder
    counting = _Counting(moment.calls, moment.signal)
    # Counted where there is nothing to stop as well: to know how many calls there are.
    if moment.after_s < 0:
        _count_imports(counting)
    code = run(moment.argv)
    sys.stderr.write(f"\n{counting.seen}")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _stopped(moment: Moment) -> End:
    reader, writer = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(moment, writer)
    os.close(writer)
    if moment.after_s >= 0:
        time.sleep(moment.after_s)
        os.kill(child, moment.signal)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    seconds = time.monotonic() - began
    text, _, calls = said.rpartition("\n")
    counted = calls.isdigit()
    return End(os.waitstatus_to_exitcode(status), seconds, int(calls) if counted else 0,
               text if counted else said)  # fmt: skip


def main() -> None:
    # Loaded, not used: a library that has begun threads would not survive a fork.
    import pandas as pd  # noqa: F401
    from pyarrow import pandas_compat  # noqa: F401

    import carbonledger.cli.app
    import carbonledger.cli.imports
    import carbonledger.ingest.service

    carbonledger.cli.app.command()
    for line in sys.stdin:
        end = _stopped(Moment(**json.loads(line)))
        sys.stdout.write(json.dumps(asdict(end)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
