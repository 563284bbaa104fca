"""Commands that compute and report, on the plant of two meters."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from cli_plant import Plant

from carbonledger.resources import folder


def test_inventory_and_what_is_behind_it(plant: Plant) -> None:
    found = plant.ask("inventory", "--period", "2024-03")
    assert (found["boundary"], found["period"]) == ("park", "2024-03")
    assert found["method"].startswith("ghg-protocol")
    assert found["scopes"]["1"] == 0
    line = next(row for row in found["lines"] if row["scope"] == "2_location")
    assert (line["activity"], line["activity_unit"]) == (60, "kWh")
    # 60 kWh bought times the factor of the line, in tonnes
    assert found["scopes"]["2_location"] == 60 * line["factor_value"] / 1000
    shown = plant.text("inventory", "--period", "2024-03")
    assert f"carbonledger explain KEY --run {found['run']}" in shown
    behind = ("explain", f"line:{line['line']}", "--run", str(found["run"]))
    assert plant.ask(*behind)["factor"]["key"] == line["factor"]
    assert "meters.csv" in plant.text(*behind)
    assert plant.refused("explain", "no-such-figure")["code"] == "figure"


def test_as_of_asks_the_books_as_they_were(plant: Plant) -> None:
    before = plant.ask("inventory", "--period", "2024-03")
    plant.ask("import", plant.write("more.csv", "M-001,2024-03-03T00:00:00,40,kWh"))
    after = plant.ask("inventory", "--period", "2024-03")
    again = plant.ask("--as-of", str(before["as_of"]), "inventory", "--period", "2024-03")
    assert again == before
    assert after["scopes"]["2_location"] * 60 == before["scopes"]["2_location"] * 100
    assert plant.refused("--as-of", "999", "inventory", "--period", "2024")["code"] == "as-of"


def test_the_page_of_errors_shows_the_methods_that_a_wrong_name_lists(plant: Plant) -> None:
    hint = plant.refused("inventory", "--period", "2024", "--method", "ghg")["hint"]
    page = (Path(__file__).parents[1] / "docs" / "errors.md").read_text("utf-8")
    assert f"**Example.** `--method ghg` → {hint}\n" in page


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--period", "2024-13"], "period"),
        (["--period", "2024", "--boundary", "prk"], "boundary"),
        (["--period", "2024", "--method", "ghg"], "method"),
    ],
)
def test_a_question_that_names_what_is_not_there(plant: Plant, argv: list[str], code: str) -> None:
    error = plant.refused("inventory", *argv)
    assert error["code"] == code
    assert error["hint"]


def test_renewable_share(plant: Plant) -> None:
    found = plant.ask("renewable", "--boundary", "park", "--period", "2024-03")
    assert (found["electricity_kwh"], found["renewable_kwh"]) == (96, 36)
    assert found["share"] == Decimal("0.375")
    assert "0.375" in plant.text("renewable", "--period", "2024-03")


def test_footprint_of_a_product(plant: Plant) -> None:
    found = plant.ask("footprint", "tyre", "--period", "2024-03")
    (tyre,) = found["products"]
    assert (tyre["quantity"], tyre["unit"]) == (4, "piece")
    assert found["reconciliation"]["residual_kg"] == 0
    assert tyre["kg_co2e_per_unit"] * 4 == found["reconciliation"]["products_kg"]
    assert "tyre" in plant.text("footprint", "--period", "2024-03")
    assert plant.refused("footprint", "tire", "--period", "2024-03")["code"] == "product"


def test_intensity(plant: Plant) -> None:
    found = plant.ask("intensity", "--period", "2024-03")
    # 96 kWh times 0.1229 kgce/kWh
    assert found["energy_tce"]["equivalent"] == Decimal("0.0117984")
    assert found["indicators"]
    assert "0.0118" in plant.text("intensity", "--period", "2024-03")
    wrong = ("intensity", "--period", "2024-03", "--against", "mars")
    assert plant.refused(*wrong)["code"] == "benchmark"


REPORT = ("report", "park-summary", "--period", "2024-03")


def test_the_report_is_written_as_a_whole(plant: Plant) -> None:
    written = plant.ask(*REPORT, "-o", "r.html")
    page = (plant.folder / "r.html").read_bytes()
    assert (written["file"], written["format"], written["bytes"]) == ("r.html", "html", len(page))
    assert page.lower().startswith(b"<!doctype html>")
    assert plant.text(*REPORT).encode() == page
    assert plant.refused(*REPORT, "-o", "no/such/r.html")["code"] == "file"
    assert [path.name for path in plant.folder.glob("*r.html*")] == ["r.html"]


def test_the_report_as_data_and_in_chinese(plant: Plant) -> None:
    data = plant.ask(*REPORT)
    assert json.loads(plant.text(*REPORT, "--format", "json"), parse_float=Decimal) == data
    plant.ask(*REPORT, "-o", "r.json")
    stored = (plant.folder / "r.json").read_text("utf-8")
    assert json.loads(stored, parse_float=Decimal) == data
    assert "园区" in plant.text("--lang", "zh", *REPORT)


def test_quality_tells_grades_and_pedigrees(plant: Plant) -> None:
    found = plant.ask("quality", "--period", "2024-03")
    power = found["data_quality"][0]
    # 48 hours of 1.25 kWh × 0.4878 kg/kWh, all of them measured.
    assert (power["scope"], power["score"]) == ("2_location", 2)
    assert power["measured_t"] == power["t_co2e"] == Decimal("0.029268")
    said = plant.text("quality", "--period", "2024-03")
    # A grade that nothing has gets no column.
    assert "measured" in said
    assert "documented" not in said
    assert "cn-grid@2023/CN-LN" in said
    assert "实测" in plant.text("--lang", "zh", "quality", "--period", "2024-03")
    nothing = plant.ask("quality", "--period", "2024-05")
    assert nothing["data_quality"] == nothing["factors"] == []
    assert "2024-05" in plant.text("quality", "--period", "2024-05")


def test_factors_and_methods(plant: Plant) -> None:
    of_liaoning = ("--activity", "electricity", "--region", "CN-LN")
    found = plant.ask("factors", "list", *of_liaoning)["factors"]
    assert {row["region"] for row in found} == {"CN-LN"}
    name = found[0]["factor"]
    unstated = {"pedigree": None, "pedigree_by": None}
    assert plant.ask("factors", "show", name) == found[0] | unstated
    assert found[0]["document"] in plant.text("factors", "show", name)
    assert name in plant.text("factors", "list", *of_liaoning)
    error = plant.refused("factors", "show", "no@1/x")
    assert (error["code"], error["message"]) == ("factor-not-found", "there is no factor no@1/x")
    codes = {row["code"] for row in plant.ask("methods", "list")["methods"]}
    assert {"ghg-protocol", "cn-zero-carbon-park"} <= codes
    assert "ghg-protocol" in plant.text("methods", "list")


def test_a_pack_is_loaded_once(plant: Plant) -> None:
    pack = folder("factors") / "cn-grid-2023"
    assert plant.ask("factors", "load", str(pack))["posted_before"] is True
    assert plant.refused("factors", "load", "no-such-folder")["hint"]
