"""Stopped at any moment: all of a file is posted or nothing, and the next import says so and works."""

import random
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from ingest_kit import Books, Meter
from killing import End, Moment, Stage

from carbonledger.run.verify import verify

DAYS = 8
READINGS = 2 * DAYS * 96
UNFINISHED = "did not finish; nothing of it was posted"
JUST_FINISHED = "was stopped right after it was posted"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        yield stage


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))


def export(year: int, days: int = DAYS) -> str:
    """Return the readings of the first days of a year, each the year and nothing else."""
    lines = ["meter,time,value"]
    for meter in ("M-1", "M-2"):
        lines += [
            f"{meter},{year}-01-{day:02} {minute // 60:02}:{minute % 60:02},{year}"
            for day in range(1, days + 1)
            for minute in range(0, 1440, 15)
        ]
    return "\n".join(lines)


class Trial:
    """A ledger that is imported into again and again, each time stopped."""

    def __init__(self, books: Books, stage: Stage) -> None:
        self.books, self.stage, self.year = books, stage, 1970

    def stop(self, number: int = signal.SIGKILL, after_s: float = -1.0, calls: int = 0) -> End:
        """Import the next year and stop it; see that it is there wholly or not at all."""
        self.year += 1
        self.path = self.books.file(export(self.year), name=f"{self.year}.csv")
        argv = ["--db", self.books.url, "import", str(self.path)]
        before = self.count()
        end = self.stage.run(Moment(argv, str(self.books.documents), number, after_s, calls))
        self.posted = self.count() > before
        assert self.count() - before == (READINGS if self.posted else 0), end
        return end

    def count(self) -> int:
        return int(self.books.rows("SELECT count(*) FROM reading")[0][0])

    def goes_on(self) -> str:
        """Import the file again; return what is said of the one that was stopped."""
        marked = self.marks()
        answer = self.books.take(self.path)
        assert answer.get("posted_before", False) is self.posted
        assert answer["readings"] == (0 if self.posted else READINGS)
        assert self.books.sum(local_day=f"{self.year}-01-03") == Decimal(2 * 96 * self.year)
        # Killed before it could write down what it imports, it has no name.
        opens = (f"the import of {self.year}.csv begun at ", "the import of a file begun at ")
        said = [text for text in answer["warnings"] if text.startswith(opens)]
        assert len(said) == len(marked)
        assert all((JUST_FINISHED if self.posted else UNFINISHED) in text for text in said)
        self.clean()
        return said[0] if said else ""

    def marks(self) -> list[str]:
        return [path.name for path in self.books.folder.rglob("*importing-*")]

    def clean(self) -> None:
        """See that nothing lies about, and that the ledger is what its hashes say."""
        kept = self.books.rows("SELECT sha256 FROM document WHERE kept = 1")
        assert self.books.kept() == sorted(f"{digest}.zst" for (digest,) in kept)
        assert {path.name.partition(".")[0] for path in self.books.folder.iterdir()} <= {
            "park", *map(str, range(1970, self.year + 1))
        }  # fmt: skip
        assert self.marks() == []

    def verify(self) -> None:
        with self.books.ledger() as ledger:
            assert verify(ledger)["problems"] == []


def moments(pytestconfig: pytest.Config, usual: int) -> int:
    return usual * int(pytestconfig.getoption("--moments"))


@pytest.mark.both_databases
def test_kill_9_at_any_moment(
    books: Books, stage: Stage, database: str, pytestconfig: pytest.Config
) -> None:
    """At the n-th call of a function and at some instant; both drawn from a fixed seed."""
    draw, trial = random.Random(20260101), Trial(books, stage)  # noqa: S311
    whole = trial.stop(calls=0)
    assert trial.posted, whole.said
    trial.goes_on()
    said = []
    for number in range(moments(pytestconfig, 14 if database == "sqlite" else 8)):
        if number % 4 == 3:
            end = trial.stop(after_s=draw.uniform(0, whole.seconds))
        else:
            end = trial.stop(calls=draw.randrange(1, whole.calls + 1))
        assert end.code in {-signal.SIGKILL, 0}, end
        said.append(trial.goes_on())
    trial.verify()
    assert sum(UNFINISHED in text for text in said) > len(said) / 4


@pytest.mark.both_databases
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop(
    books: Books, stage: Stage, number: signal.Signals, pytestconfig: pytest.Config
) -> None:
    """Ctrl-C and the polite signal of a service manager: it says that it stopped, and tidies up."""
    draw, trial = random.Random(number), Trial(books, stage)  # noqa: S311
    whole = trial.stop(calls=0)
    told = 0
    for _ in range(moments(pytestconfig, 6)):
        # Not in the first calls: before the command begins nobody listens yet.
        end = trial.stop(number, calls=draw.randrange(whole.calls // 8, whole.calls * 9 // 10))
        assert end.code in {0, 1}, end
        assert "Traceback" not in end.said
        told += "interrupted" in end.said
        assert trial.posted or "interrupted" in end.said
        assert trial.marks() == []
        trial.goes_on()
    trial.verify()
    assert told
