"""A watched folder: what arrives is posted once, what is refused is told once, and it ends cleanly."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_plant import Plant, enter

from carbonledger.cli.entry import run
from carbonledger.errors import ImportRefused, LedgerRefused
from carbonledger.ingest.watching import Watch

WAIT_S = 30


@pytest.fixture
def declared(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Plant:
    return enter(template, tmp_path, monkeypatch, capsys)


def day_of(meter: str, day: int) -> str:
    lines = [f"{meter},2024-06-{day:02}T{hour:02}:00:00,{day}" for hour in range(24)]
    return "\n".join(["meter,time,value", *lines])


class Watching:
    """The program, watching."""

    def __init__(self, plant: Plant, *options: str) -> None:
        (plant.folder / "in").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "carbonledger", *options, "import", "--watch", "in",
             "--every", "0.2s"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=plant.folder,
        )  # fmt: skip
        assert self.process.stderr is not None
        self.begun = self.process.stderr.readline()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def json(self) -> Any:
        return json.loads(self.line())

    def end(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=WAIT_S)
        return self.process.returncode, out, err


@pytest.fixture
def started() -> Iterator[list[Watching]]:
    found: list[Watching] = []
    yield found
    for one in found:
        one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_arrives_is_posted_and_what_is_refused_is_told_once(
    declared: Plant, started: list[Watching], number: int
) -> None:
    folder = declared.folder / "in"
    folder.mkdir()
    (folder / "1.csv").write_text(day_of("M-001", 1))
    watching = Watching(declared, "--json")
    started.append(watching)
    assert "watching in" in watching.begun

    first = watching.json()
    assert (first["file"], first["readings"]) == (str(Path("in/1.csv")), 24)

    (folder / "2.csv").write_text(day_of("M-009", 2))
    assert watching.json()["error"]["code"] == "rejects"

    (folder / "3.csv").write_text(day_of("M-001", 3))
    assert watching.json()["file"] == str(Path("in/3.csv")), "the refused one is not told again"

    (folder / "2.csv").write_text(day_of("M-001", 2))
    second = watching.json()
    assert (second["file"], second["readings"]) == (str(Path("in/2.csv")), 24), "it has changed"

    assert watching.end(number) == (0, "", "the watch has ended; what is posted stays posted\n")
    assert sorted(path.name for path in folder.iterdir()) == ["1.csv", "2.csv", "3.csv"]


def test_several_watchers_post_each_value_once(declared: Plant, started: list[Watching]) -> None:
    started += [Watching(declared, "--json") for _ in range(3)]
    for day in range(1, 6):
        (declared.folder / "in" / f"{day}.csv").write_text(day_of("M-001", day))
    answers = [[one.json() for _ in range(5)] for one in started]
    assert [one.end(signal.SIGTERM)[0] for one in started] == [0, 0, 0]
    posted = [a for listed in answers for a in listed if not a.get("posted_before")]
    assert sorted(a["file"] for a in posted) == [str(Path(f"in/{n}.csv")) for n in range(1, 6)]
    found = declared.ask("sql", "select count(*) as n from reading where local_day >= '2024-06-01'")
    assert found["rows"][0]["n"] == 5 * 24


def test_a_line_as_people_see_it(declared: Plant, started: list[Watching]) -> None:
    (declared.folder / "in").mkdir()
    (declared.folder / "in" / "1.csv").write_text(day_of("M-001", 1))
    (declared.folder / "in" / "2.csv").write_text(day_of("M-009", 1))
    watching = Watching(declared)
    started.append(watching)
    posted, refused = watching.line(), watching.line()
    watching.end(signal.SIGINT)
    assert f" {Path('in/1.csv')}: batch " in posted
    assert "readings 24 · already posted 0 · rejected 0" in posted
    assert f" {Path('in/2.csv')}: refused (rejects): " in refused


def looked(watch: Watch) -> list[str]:
    return [path.name for path in watch.due()]


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    watch, file = Watch(tmp_path), tmp_path / "a.csv"
    file.write_text("1")
    assert looked(watch) == []
    file.write_text("12")
    assert looked(watch) == [], "it has grown since the last look"
    assert looked(watch) == ["a.csv"]
    watch.posted(file)
    assert looked(watch) == []
    os.utime(file, (time.time(), time.time() - 60))
    assert (looked(watch), looked(watch)) == ([], ["a.csv"]), "it has changed: compared again"


def test_a_fault_of_the_file_waits_for_a_change_one_of_the_ledger_does_not(tmp_path: Path) -> None:
    watch, file = Watch(tmp_path), tmp_path / "a.csv"
    file.write_text("1")
    looked(watch)
    looked(watch)
    assert watch.refused(file, LedgerRefused("busy", code="ledger-locked")) is True
    assert looked(watch) == ["a.csv"]
    assert watch.refused(file, LedgerRefused("busy", code="ledger-locked")) is False
    assert looked(watch) == ["a.csv"]
    assert watch.refused(file, ImportRefused("broken", code="file-broken")) is True
    assert looked(watch) == []


def test_a_folder_below_is_watched_when_asked(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.csv").write_text("1")
    for recursive, found in ((False, []), (True, ["a.csv"])):
        watch = Watch(tmp_path, recursive)
        watch.due()
        assert looked(watch) == found


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--watch", "none"], 1),
        (["--watch", ".", "meters.csv"], 2),
        (["--watch", ".", "--dry-run"], 2),
        (["--watch", ".", "--every", "soon"], 2),
        (["--watch", ".", "--every", "0s"], 2),
        (["meters.csv", "--every", "5s"], 2),
    ],
)
def test_a_watch_that_cannot_be(declared: Plant, argv: list[str], code: int) -> None:
    assert run(["import", *argv]) == code
    declared.terminal.readouterr()
    assert declared.refused("import", "--watch", "none")["code"] == "folder-missing"


def test_without_a_ledger_it_does_not_begin(declared: Plant) -> None:
    assert run(["--db", "other.db", "import", "--watch", "."]) == 1
    assert "there is no ledger" in declared.terminal.readouterr().err
