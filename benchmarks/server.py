"""A PostgreSQL server for a measurement: that of the tests, with its processor time from /proc.

It runs without fsync and without autovacuum, which cost waiting and later work, not the import's.
"""

import os
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path.append(str(TESTS))

import postgresql_server  # noqa: E402 (of the tests)
from postgresql_server import why_not  # noqa: E402

__all__ = ["Server", "cpu_of", "why_not"]

# Places in /proc/PID/stat behind the name: parent, user and system time, those of ended children.
PARENT, TIMES = 1, slice(11, 15)


class Server(postgresql_server.Server):
    """A server of our own, whose processor time can be seen."""

    settings = ("shared_buffers=64MB",)

    @property
    def pid(self) -> int:
        """Its process, which starts all others.

        Raises:
            RuntimeError: it is not ours.
        """
        if self._process is None:
            raise RuntimeError("the server is named by CARBONLEDGER_TEST_POSTGRESQL; unset it")
        return self._process.pid


def cpu_of(pid: int) -> float:
    """Return the processor seconds of a server: of its process, and of all that it has started."""
    ticks = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = place.read_text("ascii", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # It has ended meanwhile, and its parent counts it.
        if pid in {int(place.parent.name), int(told[PARENT])}:
            ticks += sum(map(int, told[TIMES]))
    return ticks / os.sysconf("SC_CLK_TCK")
