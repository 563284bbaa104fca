"""The data quality of a ledger's inventory: readings, bills, estimates, corrections; both databases."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from past_kit import made

from carbonledger.calc.quality.grades import SCORES
from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.ledger.service import reverse
from carbonledger.run import service
from carbonledger.run.data_quality import data_quality
from carbonledger.run.explain import explain
from carbonledger.run.publishing import publish_pack
from carbonledger.run.setup import factors, load_pack
from carbonledger.run.uncertainty import Asked, uncertainty
from carbonledger.site.service import apply

pytestmark = pytest.mark.both_databases
NOW = "2025-01-01T00:00:00Z"
OPTIONS = ImportOptions(actor="anna", now=NOW)
SITE = """
[site]
code = "park"
timezone = "Asia/Shanghai"
region = "CN-LN"

[account."park/works"]
kind = "facility"

[meter."M-1"]
from = "grid"
to = "park/works"
commodity = "electricity"
unit = "kWh"
reads = "interval"
"""
# Three days: the first measured, the second estimated, the third of both.
FLAGS = {1: "A" * 24, 2: "E" * 24, 3: "A" * 12 + "E" * 12}
READINGS = "meter,time,value,unit,quality\n" + "".join(
    f"M-1,2024-03-{day:02}T{hour:02}:00:00,1,kWh,{flag}\n"
    for day, flags in FLAGS.items()
    for hour, flag in enumerate(flags)
)
RECORDS = """start,end,from,to,commodity,quantity,unit,document_no,quality
2024-03-01,2024-03-31,supplier,park/works,natural_gas,600,m3,INV-7,
2024-03-01,2024-03-31,supplier,park/works,natural_gas,300,m3,,
2024-02-16,2024-03-15,supplier,park/works,natural_gas,290,m3,INV-6,estimated
"""
# An edition of the grid factors for the year itself, by the user.
PACK = """code = "cn-grid"
edition = "2024-own"
publisher = "Grid works"
title = "Measured grid"
document = "analysis 7"
licence = "own"
confidence = "primary"
pedigree_by = "Grid works, by the matrix"
"""
ROW = "CN-LN,electricity,CN-LN,2024,organisation,co2,0.5,kgCO2/kWh,p. 1,primary"
COLUMNS = "code,activity,region,data_year,purpose,gas,value,unit,page,confidence"
KEY = "cn-grid@2024-own/CN-LN"


@pytest.fixture
def ledger(database: str, ledger_template: Path, tmp_path: Path) -> Iterator[Ledger]:
    files = {"site.toml": SITE, "meters.csv": READINGS, "records.csv": RECORDS}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    with open_ledger(made(tmp_path, ledger_template, database), write=True) as found:
        apply(found, tmp_path / "site.toml", "anna", NOW)
        for name in ("meters.csv", "records.csv"):
            import_file(found, tmp_path / name, OPTIONS)
        yield found


def row(answer: dict[str, Any], scope: str, category: str = "") -> dict[str, Any]:
    return next(
        one
        for one in answer["data_quality"]
        if (one["scope"], one["category"]) == (scope, category)
    )


def test_grades_of_readings_and_bills(ledger: Ledger) -> None:
    answer = service.inventory(ledger, None, "2024-03", actor="anna", now=NOW)
    power = row(answer, "2_location")
    a_day = power["t_co2e"] / 3
    assert [power[f"{g}_t"] for g in ("measured", "estimated", "mixed")] == [a_day] * 3
    assert power["score"] == 3  # (2 + 4 + 3) / 3
    gas = row(answer, "1")
    # Of the bill over 29 days, 15 lie in March: 150 m3 beside the 600 and the 300.
    per_m3 = gas["t_co2e"] / 1050
    assert [round(gas[f"{g}_t"] / per_m3) for g in ("documented", "stated", "estimated")] == [
        600, 300, 150,
    ]  # fmt: skip
    (line,) = [one for one in answer["lines"] if one["scope"] == "1" and one["gas"] == "co2"]
    assert line["grades"] == {
        "documented": Decimal("0.571429"), "stated": Decimal("0.285714"),
        "estimated": Decimal("0.142857"),
    }  # fmt: skip
    assert data_quality(ledger, None, "2024-03")["data_quality"] == answer["data_quality"]
    node = explain(ledger, f"line:{line['line']}")
    assert node["grades"] == line["grades"]
    assert {entry["grade"] for child in node["children"] for entry in child["entries"]} == {
        "documented", "stated", "estimated",
    }  # fmt: skip
    assert node["factor"]["pedigree_used"]["temporal"] == 5


def test_a_correction_of_another_quality_is_both_and_a_reversal_neither(
    ledger: Ledger, tmp_path: Path
) -> None:
    """The second day, estimated so far, gets a value that was measured; then that is taken back."""
    (tmp_path / "later.csv").write_text(
        "meter,time,value,unit,quality\nM-1,2024-03-02T05:00:00,3,kWh,A\n", "utf-8"
    )
    options = replace(OPTIONS, adjust="read at last")
    posted = import_file(ledger, tmp_path / "later.csv", options)
    power = row(data_quality(ledger, None, "2024-03"), "2_location")
    part = power["t_co2e"] / 74
    assert [round(power[f"{g}_t"] / part) for g in ("measured", "estimated", "mixed")] == [
        24, 0, 50,
    ]  # fmt: skip
    reverse(ledger, posted["batch"], "no", "anna", NOW)
    again = row(data_quality(ledger, None, "2024-03"), "2_location")
    assert again["estimated_t"] == again["measured_t"] == again["mixed_t"]
    last = data_quality(ledger, None, "2024-03", as_of=posted["batch"])
    assert row(last, "2_location") == power


def own(folder: Path, header: str = "", columns: str = "", cells: str = "") -> Path:
    """Write the user's edition; `header`, `columns` and `cells` are added to it."""
    place = folder / "pack"
    place.mkdir()
    (place / "pack.toml").write_text(PACK + header, "utf-8")
    (place / "factors.csv").write_text(f"{COLUMNS}{columns}\n{ROW}{cells}\n", "utf-8")
    return place


def use(ledger: Ledger, place: Path) -> None:
    """Load an edition, and let somebody else publish it."""
    load_pack(ledger, place, "anna", NOW)
    publish_pack(ledger, KEY.partition("/")[0], "analysis 7", "ben", NOW)


def used(ledger: Ledger) -> dict[str, Any]:
    found = data_quality(ledger, None, "2024-03")["factors"]
    return next(one for one in found if one["scope"] == "2_location")


def test_the_pedigree_of_a_pack_completed_by_year_and_region(
    ledger: Ledger, tmp_path: Path
) -> None:
    use(ledger, own(tmp_path, 'pedigree = "(2,1,-,-,1,BU:1.05)"\n'))
    (shown,) = factors(ledger, KEY)
    assert (shown["pedigree"], shown["pedigree_by"]) == (
        "(2,1,-,-,1,BU:1.05)", "Grid works, by the matrix",
    )  # fmt: skip
    assert [one["score"] for one in shown["pedigree_means"]] == [2, 1, 1]
    # ln² 1.05 twice: √2 × ln 1.05 / 2 is the logarithm of the GSD.
    row = used(ledger)
    assert (row["factor"], row["gsd"]) == (KEY, Decimal("1.0351"))
    assert row["computed"] == ["temporal", "geographical"]
    answer = uncertainty(ledger, None, "2024-03", asked=Asked(1000, 1, 0.0, "location"))
    assert answer["from_pedigree"] == [f"factor:{KEY}"]
    (mend,) = answer["mend_first"]
    assert (mend["distribution"], round(mend["percent"], 2)) == ("lognormal", Decimal("6.76"))
    assert mend["source"].startswith("pedigree (2,1,1,1,1,BU:1.05), GSD 1.0351; data quality")
    whole = data_quality(ledger, None, "2024-03")["pedigree"]
    assert next(one for one in whole if one["scope"] == "2_location") == {
        "scope": "2_location", "category": "", "reliability": 2, "completeness": 1, "temporal": 1,
        "geographical": 1, "technological": 1, "pedigree_percent": 100,
    }  # fmt: skip


def test_a_printed_uncertainty_goes_before_the_pedigree(ledger: Ledger, tmp_path: Path) -> None:
    cells = ',"(2,1,-,-,1,BU:1.05)",±4 %'
    use(ledger, own(tmp_path, "", ",pedigree,uncertainty", cells))
    answer = uncertainty(ledger, None, "2024-03", asked=Asked(1000, 1, 0.0, "location"))
    assert answer["from_pedigree"] == []
    assert [one["percent"] for one in answer["mend_first"]] == [4]


def test_an_incomplete_pedigree_is_shown_and_gives_no_uncertainty(
    ledger: Ledger, tmp_path: Path
) -> None:
    use(ledger, own(tmp_path, "", ",pedigree", ',"(2,1,-,-,-,BU:1.05)"'))
    assert (used(ledger)["reliability"], used(ledger)["gsd"]) == (2, None)
    answer = uncertainty(ledger, None, "2024-03", asked=Asked(1000, 1, 0.0, "location"))
    assert (answer["from_pedigree"], answer["mend_first"]) == ([], [])
    assert f"factor:{KEY}" in [one["input"] for one in answer["not_stated"]]


PAGE = Path(__file__).resolve().parent.parent / "docs" / "calculation" / "data-quality.md"


@pytest.mark.skipif(not PAGE.is_file(), reason="docs are only in a checkout")
def test_the_page_shows_what_comes_out(ledger: Ledger, tmp_path: Path) -> None:
    text = PAGE.read_text("utf-8")
    use(ledger, own(tmp_path, 'pedigree = "(2,1,-,-,1,BU:1.05)"\n'))
    answer = data_quality(ledger, None, "2024-03")
    shown = ("scope", "t_co2e", "measured_t", "documented_t", "stated_t", "mixed_t", "estimated_t")
    for scope in ("2_location", "1"):
        found = row(answer, scope)
        cells = [str(found[name]) for name in (*shown, "score")]
        assert f"| {' | '.join(cells)} |" in text
    assert f"GSD = {used(ledger)['gsd']}" in text
    for grade, score in SCORES.items():
        line = next(one for one in text.splitlines() if one.startswith(f"| `{grade}` "))
        assert line.endswith(f"| {score or '–'} |")
