"""Questions about factors and packs as a user asks them: search, diff, check."""

import shutil
from pathlib import Path

import pytest
from calc_case import factor, grid
from cli_plant import Plant

from carbonledger.factors.difference import difference
from carbonledger.run.packs import check, diff

HEADER = """\
code = "district-heat"
edition = "2025"
publisher = "Sea Breeze Heat Ltd"
title = "District heat"
document = "statement 25-117"
licence = "given to its customers"
confidence = "primary"
"""
COLUMNS = "code,activity,region,data_year,purpose,gas,value,unit,page,confidence\n"
STEAM = "steam,steam,CN-LN,2025,heat_supply,co2,0.0730,tCO2/GJ,p. 2,primary\n"


def own_pack(place: Path, *rows: str, header: str = HEADER) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    (place / "pack.toml").write_text(header, "utf-8")
    (place / "factors.csv").write_text(COLUMNS + "".join(rows), "utf-8")
    return place


def test_a_search_says_what_an_organisation_would_use(plant: Plant) -> None:
    asked = ("factors", "search", "electricity", "--region", "CN-LN", "--on", "2023-06-01")
    (found,) = plant.ask(*asked, "--purpose", "organisation")["searches"]
    assert [(one["factor"], one["verdict"]) for one in found["found"]] == [
        ("cn-grid@2023/CN-LN", "used")
    ]
    why = {one["factor"]: [r["what"] for r in one["reasons"]] for one in found["passed_over"]}
    assert why["cn-grid@2022/CN-LN"] == ["year"]
    assert why["cn-grid@2023/CN"] == ["region"]
    assert "purpose" in why["cn-zero-carbon-park@2025/electricity"]
    text = plant.text(*asked, "--method", "ghg-protocol")
    assert "Would be used:" in text
    assert "data year 2023 is nearer than 2022" in text


def test_steam_of_an_organisation_counts_the_default_of_heat(plant: Plant) -> None:
    asked = ("factors", "search", "steam", "--region", "CN-LN", "--on", "2023-06-01")
    (found,) = plant.ask(*asked, "--purpose", "organisation")["searches"]
    assert [one["factor"] for one in found["found"]] == ["cn-heat@2025/steam"]
    why = {one["factor"]: [r["what"] for r in one["reasons"]] for one in found["passed_over"]}
    assert "purpose" in why["cn-zero-carbon-park@2025/steam"]


def test_a_search_finds_nothing_where_a_calculation_would_be_refused(plant: Plant) -> None:
    text = plant.text("factors", "search", "electricity", "--region", "DE", "--gas", "co2e",
                      "--purpose", "organisation", "--on", "2023-06-01")  # fmt: skip
    assert "Nothing fits; a calculation would be refused." in text
    error = plant.refused("factors", "search", "electricty")
    assert error["code"] == "factor-unknown"
    assert "electricity" in error["hint"]


@pytest.mark.parametrize("day", ["yesterday", "2023-02-30"])
def test_a_day_that_is_none_is_refused(plant: Plant, day: str) -> None:
    said = plant.ask("factors", "search", "electricity", "--on", day, code=2)
    assert said["error"]["code"] == "usage"


def test_the_editions_of_the_grid_factors_are_compared(plant: Plant) -> None:
    found = plant.ask("factors", "diff", "cn-grid@2022", "cn-grid@2023")
    assert (found["added"], found["gone"], found["changed"]) == (0, 0, 40)
    nation = next(row for row in found["rows"] if row["code"] == "CN")
    assert [str(nation[name]) for name in ("old", "new", "percent")] == [
        "0.5366",
        "0.5306",
        "-1.12",
    ]


def test_units_are_compared_after_conversion() -> None:
    old = factor("steam", "0.11", "tCO2/GJ", pack="heat", purpose="heat_supply")
    same = factor("steam", "110", "kgCO2/GJ", pack="heat", purpose="heat_supply", edition="2")
    more = factor("steam", "121", "gCO2/MJ", pack="heat", purpose="heat_supply", edition="2")
    assert difference([old], [same]) == ()
    (moved,) = difference([old], [more])
    assert (moved.state, moved.columns, str(moved.share)) == ("changed", ("unit",), "1/10")
    other = factor("steam", "0.03412", "kgce/MJ", pack="heat", purpose="heat_supply")
    assert difference([old], [other])[0].share is None


def test_rows_added_and_gone_are_told() -> None:
    found = diff([grid("CN-LN", 2023, "0.5")], [grid("CN-JL", 2023, "0.6")])
    assert [(row["state"], row["code"], row["percent"]) for row in found["rows"]] == [
        ("added", "electricity-CN-JL", None),
        ("gone", "electricity-CN-LN", None),
    ]
    assert found["unchanged"] == 0


def test_every_pack_that_ships_is_good() -> None:
    found = check(())
    assert found["ok"], [one for one in found["packs"] if one["faults"]]
    rows = {one["pack"]: (one["rows"], one["confidence"]) for one in found["packs"]}
    assert rows["cn-grid@2023"] == (40, "primary")


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (STEAM.replace("tCO2/GJ", "tCO2/t"), "unit", "is per mass, but steam needs energy"),
        (STEAM.replace("CN-LN", "CN-XX"), "region", "no province of its nation"),
        (STEAM + STEAM.replace("steam,steam", "again,steam"), "", "same question and days"),
    ],
    ids=["unit", "region", "overlap"],
)
def test_a_fault_of_a_pack_is_listed_and_the_exit_code_is_1(
    plant: Plant, tmp_path: Path, row: str, column: str, said: str
) -> None:
    place = own_pack(tmp_path / "own", row)
    (found,) = check([str(place)])["packs"]
    assert any(one["column"] == column and said in one["reason"] for one in found["faults"])
    assert plant.refused("factors", "load", str(place))["code"] == "factor"


def test_a_pack_that_takes_the_name_of_one_that_ships_has_a_fault(tmp_path: Path) -> None:
    header = HEADER.replace("district-heat", "cn-heat")
    (found,) = check([str(own_pack(tmp_path / "own", STEAM, header=header))])["packs"]
    assert "another pack cn-heat@2025 ships" in found["faults"][0]["reason"]


def test_packs_that_only_the_ledger_holds_are_compared_and_checked(plant: Plant) -> None:
    for edition, value in (("2025", "0.0730"), ("2026", "0.0657")):
        header = HEADER.replace("2025", edition, 1)
        place = own_pack(plant.folder / edition, STEAM.replace("0.0730", value), header=header)
        plant.ask("factors", "load", str(place))
        shutil.rmtree(place)
    found = plant.ask("factors", "diff", "district-heat@2025", "district-heat@2026")
    (row,) = found["rows"]
    assert (row["state"], row["code"], str(row["percent"])) == ("changed", "steam", "-10.00")
    (checked,) = plant.ask("factors", "check", "district-heat@2026")["packs"]
    assert checked == {
        "pack": "district-heat@2026", "rows": 1, "confidence": "primary", "faults": [],
    }  # fmt: skip
    error = plant.refused("factors", "diff", "district-heat@2025", "district-heat@2031")
    assert error["code"] == "pack-unshipped"
    assert "the ledger holds none of it" in error["message"]
