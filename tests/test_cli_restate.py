"""The commands that compute figures again: what people read, what programs read, what is refused."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cli_plant import SITE, Plant, build, enter

from carbonledger.cli.entry import run

MARCH = ("--period", "2024-03")
# An hour at 5.25 instead of 1.25 kWh; the roof has nothing new.
FIX = "M-001,2024-03-01T00:00:00,5.25,kWh"
PACK = """
code = "cn-grid"
edition = "2024"
publisher = "Somebody"
title = "Factors of 2024"
document = "No. 1"
licence = "free"
published_on = "2026-12-31"
confidence = "one_source"
"""
FACTORS = """code,activity,region,data_year,purpose,gas,value,unit,page,confidence
CN-LN,electricity,CN-LN,2024,organisation,co2,0.5,kgCO2/kWh,1,one_source
CN-residual,electricity,CN,2024,organisation_residual,co2,0.6096,kgCO2/kWh,1,one_source
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build(tmp_path_factory.mktemp("plant"))
    for what in ("inventory", "footprint"):
        assert run(["--json", "--db", str(folder / "carbonledger.db"), what, *MARCH]) == 0
    return folder


@pytest.fixture
def plant(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Plant:  # fmt: skip
    capsys.readouterr()
    return enter(template, tmp_path, monkeypatch, capsys)


def causes(answer: dict[str, Any], name: str = "location") -> dict[str, Decimal]:
    (row,) = [one for one in answer["totals"] if one["total"] == name]
    assert sum(row["by_cause"].values()) == row["change_t"]
    return {cause: step for cause, step in row["by_cause"].items() if step}


def test_a_preview_shows_causes_accounts_months_and_products(plant: Plant) -> None:
    plant.write("fix.csv", FIX)
    shown = plant.text("restate", "preview", "--run", "1", "--corrections", "fix.csv",
                       "--factors", "cn-grid@2022")  # fmt: skip
    for words in (
        "Old: run 1, ghg-protocol@2015, park, 2024-03, as of batch 26; AR6",
        "New: run –, ghg-protocol@2015, park, 2024-03, as of batch 27; cn-grid@2022 AR6",
        "fix.csv",
        "corrections tried",
        "location-based   activity    0.001951    6.667",
        "location-based   factor      0.004787   16.356",
        "The change is significant: it reaches the threshold of 5 %.",
        "park/works   tyre",
        "Nothing was written.",
    ):
        assert words in shown
    assert "gwp" not in shown.lower().replace("ar6", "")
    calm = plant.text("restate", "preview", "--run", "1", "--threshold", "50%",
                      "--factors", "cn-grid@2022")  # fmt: skip
    assert "not significant: it stays below the threshold of 50 %" in calm
    assert "Nothing changes." in plant.text("restate", "preview", "--run", "1")


def test_corrections_of_every_kind_are_tried_and_leave_nothing(plant: Plant) -> None:
    """A file of readings, a site file, a folder of a pack, a reversal; in the order of the help."""
    plant.write("fix.csv", FIX)
    (plant.folder / "bigger.toml").write_text(
        SITE + '\n[account."park/mill"]\nkind = "facility"\nregion = "CN-SH"\n', "utf-8"
    )
    pack = plant.folder / "grid-2024"
    pack.mkdir()
    (pack / "pack.toml").write_text(PACK, "utf-8")
    (pack / "factors.csv").write_text(FACTORS, "utf-8")
    (plant.folder / "bill.csv").write_text(
        "start,end,from,to,commodity,quantity,unit\n"
        "2024-03-01,2024-03-31,grid,park/mill,electricity,1000,kWh\n"
    )
    before, files = _tables(plant.database), sorted(plant.folder.rglob("*"))
    asked = [part for name in ("bigger.toml", "grid-2024", "bill.csv", "fix.csv")
             for part in ("--corrections", name)]  # fmt: skip
    answer = plant.ask("restate", "preview", "--run", "1", *asked)
    assert [one["file"] for one in answer["corrections"]] == [
        "bigger.toml", "grid-2024", "bill.csv", "fix.csv",
    ]  # fmt: skip
    assert answer["corrections"][0]["changes"] == 1
    assert answer["corrections"][1]["factors"] == 2
    assert answer["corrections"][3]["adjusted"] == 1
    # The mill is new; 4 kWh at 0.4878; 64 kWh at 0.5 instead of it.
    found = causes(answer)
    assert found.keys() == {"structure", "activity", "factor"}
    assert found["activity"] == Decimal("0.0019512")
    assert found["factor"] == Decimal("0.0007808")
    turned = plant.ask("restate", "preview", "--run", "1", "--reverse", "25")
    assert causes(turned) == {"activity": Decimal("-0.029268")}
    assert _tables(plant.database) == before
    left = [path for path in plant.folder.rglob("*") if not path.name.endswith(("-wal", "-shm"))]
    assert sorted(left) == [path for path in files if not path.name.endswith(("-wal", "-shm"))]


def _tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def test_corrections_that_cannot_be_posted_are_refused_and_leave_no_file(plant: Plant) -> None:
    plant.write("bad.csv", "M-001,2024-03-01T00:00:00,many,kWh")
    before = _tables(plant.database), sorted(path.name for path in plant.folder.iterdir())
    error = plant.refused("restate", "preview", "--run", "1", "--corrections", "bad.csv")
    assert error["code"] == "rejects"
    assert error["problems"][0]["line"] == 2
    assert (_tables(plant.database), sorted(p.name for p in plant.folder.iterdir())) == before


def test_closed_periods_that_a_correction_would_change_are_named(plant: Plant) -> None:
    plant.write("fix.csv", FIX)
    # The clock of the tests stands in November 2023.
    with pytest.MonkeyPatch.context() as later:
        later.setenv("SOURCE_DATE_EPOCH", "1800000000")
        plant.ask("close", "park", "2024-03")
    asked = ("restate", "preview", "--run", "1", "--corrections", "fix.csv")
    assert plant.ask(*asked)["closed_periods"] == ["park 2024-03"]
    assert "posting needs --restate: park 2024-03" in plant.text(*asked)
    assert plant.ask("restatements")["restatements"] == []


def test_a_restatement_is_posted_and_listed(plant: Plant) -> None:
    plant.write("fix.csv", FIX)
    plant.ask("import", "fix.csv", "--adjust", "misread")
    said = plant.text("restate", "post", "--run", "1", "--reason", "misread on 1 March")
    assert "Restatement 1 is posted as batch 28: misread on 1 March" in said
    assert "explain KEY --run 3" in said
    listed = plant.text("restate", "list")
    assert "misread on 1 March" in listed
    rows = plant.ask("restate", "list")["restatements"]
    assert [(one["old_run"], one["new_run"], one["total"]) for one in rows] == [
        (1, 3, "location"), (1, 3, "market"),
    ]  # fmt: skip
    assert plant.ask("--as-of", "27", "restate", "list")["restatements"] == []
    assert plant.ask("explain", "scope-2-location", "--run", "1")["value"] == Decimal("0.029268")
    assert plant.ask("explain", "scope-2-location", "--run", "3")["value"] == Decimal("0.0312192")
    assert plant.ask("verify")["ok"] is True
    again = plant.refused("restate", "post", "--run", "1", "--reason", "misread")
    assert again["code"] == "restate-again"


def test_there_may_be_nothing_to_list(plant: Plant) -> None:
    assert plant.text("restate", "list") == "No restatement was posted.\n"


def test_a_page_shows_the_same_and_escapes_it(plant: Plant) -> None:
    left = run(["restate", "post", "--run", "1", "--factors", "cn-grid@2022",
                "--reason", "<b>why</b>", "-o", "p.html"])  # fmt: skip
    out, err = plant.terminal.readouterr()
    assert (left, err) == (0, "Written: p.html\n")
    page = (plant.folder / "p.html").read_text("utf-8")
    assert "&lt;b&gt;why&lt;/b&gt;" in page
    assert "<b>why" not in page
    for words in ("Posted: both runs stay", "0.029268", "0.033756", "15.334", "location-based",
                  "factors", "2024-03", "park/works", "tyre"):  # fmt: skip
        assert words in page
    assert "0.03376" in out
    left = run(["--json", "--lang", "zh", "restate", "preview", "--run", "1", "-o", "zh.html"])
    assert left == 0
    plant.terminal.readouterr()
    assert "没有变化" in (plant.folder / "zh.html").read_text("utf-8")


@pytest.mark.parametrize(
    "argv",
    [
        ("preview",),
        ("preview", "--run", "1", *MARCH),
        ("preview", "--run", "1", "--method", "a", "--method", "b"),
        ("preview", *MARCH, "--method", "a", "--method", "b", "--method", "c"),
        ("preview", "--run", "1", "--threshold", "five"),
        ("preview", "--run", "1", "--threshold", "-1"),
        ("preview", "--run", "1", "--threshold", "NaN"),
        ("post", "--run", "1"),
        ("post", "--reason", "why"),
    ],
)
def test_what_is_typed_wrongly_is_told(argv: tuple[str, ...], plant: Plant) -> None:
    error = plant.ask("restate", *argv, code=2)["error"]
    assert error["code"] == "usage"
    assert error["hint"]


def test_corrections_are_tried_on_the_books_as_they_are(plant: Plant) -> None:
    plant.write("fix.csv", FIX)
    asked = ("--as-of", "26", "restate", "preview", "--run", "1", "--corrections", "fix.csv")
    assert plant.ask(*asked, code=2)["error"]["code"] == "usage"


def test_two_methods_without_a_run_are_old_and_new(plant: Plant) -> None:
    answer = plant.ask("restate", "preview", *MARCH, "--method", "ghg-protocol",
                       "--method", "cn-zero-carbon-park")  # fmt: skip
    assert answer["old"]["method"].startswith("ghg-protocol@")
    assert answer["new"]["method"].startswith("cn-zero-carbon-park@")
    # 60 kWh at 0.8325 instead of 0.4878 kg; the roof counts zero in both.
    assert causes(answer) == {"method": Decimal("0.020682")}
