"""The demo, as a newcomer runs it: files, ledger, figures, report, and the questions it names."""

import json
import sqlite3
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from carbonledger.cli.demo import QUESTIONS, STEPS
from carbonledger.cli.entry import run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "park"


@pytest.fixture(scope="module")
def document(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The answer of `demo --json`, run once for all tests here."""
    import contextlib

    said = tmp_path_factory.mktemp("answer") / "answer.json"
    with said.open("w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
        assert run(["--json", "--lang", "en", "demo", str(folder)]) == 0
    return json.loads(said.read_text("utf-8"), parse_float=Decimal)


def rows(folder: Path, statement: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(folder / "ledger.db")
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(statement)]
    finally:
        connection.close()


def test_it_leaves_a_ledger_and_a_report(folder: Path, document: Any) -> None:
    assert document["ledger"] == str(folder / "ledger.db")
    assert (folder / "ledger.db").read_bytes().startswith(b"SQLite format 3")
    assert (folder / "report.html").read_text("utf-8").lower().startswith("<!doctype html>")


def test_it_took_the_steps_of_its_list(folder: Path, document: Any) -> None:
    steps = tomllib.loads((folder / STEPS).read_text("utf-8"))["step"]
    assert [step["file"] for step in document["steps"]] == [step["file"] for step in steps]
    assert all(isinstance(step["answer"]["batch"], int) for step in document["steps"])


def test_its_figures_are_those_of_the_generator(folder: Path, document: Any) -> None:
    expected = tomllib.loads((folder / "EXPECTED.toml").read_text("utf-8"))
    renewable, park = document["renewable"], expected["park"]
    assert renewable["electricity_kwh"] == Decimal(park["entered_kwh"])
    assert renewable["renewable_kwh"] == Decimal(park["renewable_kwh"])
    assert document["footprint"]["reconciliation"]["residual_kg"] == 0
    made = {row["commodity"] for row in document["footprint"]["products"]}
    assert {"tyre-205", "tyre-295"} <= made


def test_the_questions_it_names_have_answers(folder: Path, document: Any) -> None:
    assert document
    expected = tomllib.loads((folder / "EXPECTED.toml").read_text("utf-8"))
    bought = {row["to_member"]: row["kwh"] for row in rows(folder, QUESTIONS["bought"])}
    for code, member in expected["member"].items():
        assert bought[code] == pytest.approx(float(member["months"]["2024-03"]))
    sources = rows(folder, QUESTIONS["source"])
    assert len(sources) == 31
    assert {row["document"] for row in sources} == {"electricity-rubber-works.csv.gz"}
    assert all(1 < row["line_first"] <= row["line_last"] for row in sources)
    changed = rows(folder, QUESTIONS["correction"])
    assert sum(Decimal(str(row["quantity"])) for row in changed) == Decimal(
        expected["correction"]["difference_kwh"]
    )


def test_running_it_again_changes_nothing(
    folder: Path, document: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = document["steps"]
    assert entries
    before = rows(folder, "select count(*) as n, max(batch) as last from entry_view")
    report = (folder / "report.html").read_bytes()
    assert run(["--lang", "en", "demo", str(folder)]) == 0
    out, _ = capsys.readouterr()
    assert rows(folder, "select count(*) as n, max(batch) as last from entry_view") == before
    assert (folder / "report.html").read_bytes() == report
    assert str(folder / "report.html") in out
    assert out.count('" sql "') + out.count(".db sql ") == 3
    assert "sqlite3 -readonly" in out


@pytest.mark.parametrize("kind", ["file", "full"])
def test_it_does_not_write_into_what_is_not_its_own(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "place"
    if kind == "file":
        place.write_text("mine")
    else:
        place.mkdir()
        (place / "mine.txt").write_text("mine")
    assert run(["--json", "demo", str(place)]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "demo-folder"
    assert sorted(path.name for path in tmp_path.rglob("*")) == sorted(
        ["place"] if kind == "file" else ["place", "mine.txt"]
    )
