"""What a piece of work costs: processor and wall seconds, and the most memory it held."""

import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one piece of work.

    Attributes:
        cpu_s: user and system seconds of all threads, of child processes, and of the database
            server where there is one.
        wall_s: seconds by the clock.
        peak_mb: the most memory the process held since it began, in MiB; libraries included.
    """

    cpu_s: float
    wall_s: float
    peak_mb: float


def _cpu() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def peak_mb() -> float:
    """Return the most memory that this process held since it began, in MiB."""
    status = Path("/proc/self/status")
    if status.is_file():
        # ru_maxrss begins with what the parent held when it started this process.
        held = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines())
        return int(held["VmHWM"].split()[0]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE


def _nothing() -> float:
    return 0


def measured(work: Callable[[], T], server: Callable[[], float] = _nothing) -> tuple[T, Cost]:
    """Do a piece of work and return its result and what it cost.

    Args:
        work: the work.
        server: tells the processor seconds that a server has used so far.
    """
    served, cpu, wall = server(), _cpu(), time.perf_counter()
    result = work()
    used, took = _cpu() - cpu, time.perf_counter() - wall
    return result, Cost(used + server() - served, took, peak_mb())


def median(costs: Iterable[Cost]) -> Cost:
    """Return the median of each figure by itself."""
    listed = list(costs)
    return Cost(
        statistics.median(cost.cpu_s for cost in listed),
        statistics.median(cost.wall_s for cost in listed),
        statistics.median(cost.peak_mb for cost in listed),
    )


def scaled(cost: Cost, factor: float) -> Cost:
    """Return what a whole would have cost of which only a part was done."""
    return Cost(cost.cpu_s * factor, cost.wall_s * factor, cost.peak_mb)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def machine(libraries: Iterable[str]) -> dict[str, str]:
    """Describe the machine, and the versions of the libraries measured."""
    from importlib.metadata import version

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "load": f"{os.getloadavg()[0]:.1f} before",
        "python": platform.python_version(),
        **{name: version(name) for name in libraries},
    }
