"""The demo, as a newcomer runs it: ledger, figures, report, questions; and run a second time."""

import contextlib
import json
import shlex
import shutil
import sqlite3
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from carbonledger.cli.demo import QUESTIONS, STEPS, show
from carbonledger.cli.entry import run
from carbonledger.ledger.connect import location, open_ledger
from carbonledger.ledger.service import log
from carbonledger.text import set_language


@pytest.fixture(scope="module")
def folder(demo_park: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo that has been run once."""
    place = tmp_path_factory.mktemp("demo") / "demo"
    shutil.copytree(demo_park, place)
    return place


@pytest.fixture(scope="module")
def again(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The answer of `demo --json`, run in the folder of a demo for the second time."""
    said = tmp_path_factory.mktemp("answer") / "answer.json"
    with said.open("w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
        assert run(["--json", "--lang", "en", "demo", str(folder)]) == 0
    return json.loads(said.read_text("utf-8"), parse_float=Decimal)


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, Any]:
    """What the generator of the park knows about it."""
    return tomllib.loads((folder / "EXPECTED.toml").read_text("utf-8"))


def rows(folder: Path, statement: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(folder / "ledger.db")
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(statement)]
    finally:
        connection.close()


def batches(folder: Path) -> list[dict[str, Any]]:
    with open_ledger(location(str(folder / "ledger.db"))) as ledger:
        return log(ledger)


def test_it_leaves_a_ledger_and_a_report(demo_park: Path) -> None:
    assert (demo_park / "ledger.db").read_bytes().startswith(b"SQLite format 3")
    page = (demo_park / "report.html").read_text("utf-8")
    assert page.lower().startswith("<!doctype html>")
    steps = tomllib.loads((demo_park / STEPS).read_text("utf-8"))["step"]
    posted = [Path(step["file"]).name for step in steps]
    assert [row["document"] for row in batches(demo_park) if row["document"]] == posted


def test_running_it_again_posts_nothing(demo_park: Path, folder: Path, again: Any) -> None:
    assert batches(folder) == batches(demo_park)
    steps = tomllib.loads((folder / STEPS).read_text("utf-8"))["step"]
    assert [step["file"] for step in again["steps"]] == [step["file"] for step in steps]
    assert (again["ledger"], again["report"]) == (
        str(folder / "ledger.db"),
        str(folder / "report.html"),
    )


def test_its_figures_are_those_of_the_generator(again: Any, expected: dict[str, Any]) -> None:
    renewable, park = again["renewable"], expected["park"]
    assert renewable["electricity_kwh"] == Decimal(park["entered_kwh"])
    assert renewable["renewable_kwh"] == Decimal(park["renewable_kwh"])
    assert again["footprint"]["reconciliation"]["residual_kg"] == 0
    made = {row["commodity"] for row in again["footprint"]["products"]}
    assert {"tyre-205", "tyre-295"} <= made


def test_how_much_each_member_took(folder: Path, expected: dict[str, Any]) -> None:
    bought = {row["to_member"]: row["kwh"] for row in rows(folder, QUESTIONS["bought"])}
    for code, member in expected["member"].items():
        assert bought[code] == pytest.approx(float(member["months"]["2024-03"]))


def test_which_file_and_lines_say_so(folder: Path) -> None:
    sources = rows(folder, QUESTIONS["source"])
    assert len(sources) == 31
    assert {row["document"] for row in sources} == {"electricity-rubber-works.csv.gz"}
    assert all(1 < row["line_first"] <= row["line_last"] for row in sources)


def test_what_the_correction_changed(folder: Path, expected: dict[str, Any]) -> None:
    changed = rows(folder, QUESTIONS["correction"])
    assert {row["local_day"] for row in changed} == set(expected["correction"]["days"])
    assert sum(row["quantity"] for row in changed) == pytest.approx(
        float(expected["correction"]["difference_kwh"])
    )


def test_it_says_where_all_is_and_what_to_ask(
    again: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    set_language("en")
    show(again)
    out = capsys.readouterr().out
    assert again["report"] in out
    assert f"sqlite3 -readonly {again['ledger']}" in out
    asked = [shlex.split(line) for line in out.splitlines() if line.startswith("  carbonledger ")]
    assert [words[-1] for words in asked] == list(QUESTIONS.values())
    assert all(words[1:4] == ["--db", again["ledger"], "sql"] for words in asked)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_it_does_not_write_into_what_is_not_its_own(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "place"
    mine = place if kind == "file" else place / "mine.txt"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    assert run(["--json", "demo", str(place)]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "demo-folder"
    assert sorted(tmp_path.rglob("*")) == before
