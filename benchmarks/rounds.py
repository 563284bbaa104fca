"""Rounds of work, each measured piece in a process of its own, and what they found and cost."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from measure import Cost, median, scaled
from readings import Readings
from tables import TITLES
from works import Place, make_ledger, size_of

SAMPLES = ("pandas", "each")


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured.

    Attributes:
        place: where the file is.
        base: the same readings as a long file by meter, to compare with, if it is another file or
            another database.
        written: what is in the file.
        peers: other programs that read it.
        sample: rows that some of them read.
    """

    place: Place
    base: Place | None
    written: Readings
    peers: Sequence[str]
    sample: int


class Databases(Protocol):
    """A server that gives a new database for each ledger."""

    @property
    def pid(self) -> int:
        """Its process."""

    def database(self) -> str:
        """Make a database and return its URL."""

    def drop(self, url: str) -> None:
        """Take it away."""


class Rounds:
    """The rounds of a measurement."""

    def __init__(self, case: Case, program: Path, server: Databases | None) -> None:
        self.case = case
        self.program = program
        self.server = server
        self.costs: dict[str, list[Cost]] = {}
        self.sizes: dict[str, float] = {}
        self.ledger = (0, 0)

    def job(self, name: str, place: Place) -> dict[str, Any]:
        """Do one piece of work in a new process and return what it found and cost."""
        command = [sys.executable, str(self.program), "--job", name, "--folder", str(place.folder),
                   "--name", place.name, "--sample", str(self.case.sample)]  # fmt: skip
        if place.url and self.server:
            command += ["--url", place.url, "--server", str(self.server.pid)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            sys.exit(f"{name} failed; the lines above say why")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def do(self, name: str, place: Place) -> None:
        """Do one piece of work, check what it found, and note what it cost."""
        print(TITLES[name], file=sys.stderr)
        answer = self.job("import" if name == "base" else name, place)
        cost, found, written = Cost(**answer["cost"]), answer["found"], self.case.written
        sample = name in SAMPLES
        check(name, found, written, self.case.sample if sample else None)
        factor = written.readings / self.case.sample if sample else 1
        self.costs.setdefault(name, []).append(scaled(cost, factor))
        if "bytes" in found:
            self.sizes[name] = found["bytes"] / found["rows"]

    def run(self) -> None:
        """Do every piece of work once."""
        case = self.case
        if case.base:
            make_ledger(case.base)
            self.do("base", case.base)
        url = self.server.database() if self.server else None
        place = replace(case.place, url=url)
        make_ledger(place)
        empty = size_of(place)
        self.do("import", place)
        self.ledger = (empty, size_of(place))
        for name in ("again", "copy"):
            self.do(name, place)
        for name in case.peers:
            self.do(name, case.place)
        if self.server and url:
            self.server.drop(url)


def check(name: str, found: dict[str, Any], written: Readings, sample: int | None) -> None:
    """Stop when a piece of work did not do what it was measured for."""
    expected = {"rows": written.rows, "total": written.total}
    if sample is not None:
        expected = {"rows": sample}
    elif name in {"import", "base"}:
        expected = {"readings": written.readings, "total": written.total}
    elif name in {"again", "copy"}:
        expected = {"readings": 0, "skipped": 0 if name == "again" else written.readings}
    wrong = {key: found[key] for key, value in expected.items() if found[key] != value}
    if wrong:
        sys.exit(f"{name} found {wrong}, expected {expected}")


def run_rounds(case: Case, count: int, program: Path, server: Databases | None) -> dict[str, Any]:
    """Run every piece of work in turn, several times."""
    rounds = Rounds(case, program, server)
    for number in range(count):
        print(f"round {number + 1} of {count}", file=sys.stderr)
        rounds.run()
    empty, full = rounds.ledger
    return {
        "file": asdict(case.written),
        "rounds": count,
        "costs": {name: asdict(median(listed)) for name, listed in rounds.costs.items()},
        "ledger_bytes": full,
        "bytes_a_reading": (full - empty) / case.written.readings,
        "documents_bytes": sum(f.stat().st_size for f in case.place.documents.iterdir()),
        "peer_bytes_a_reading": rounds.sizes,
    }
