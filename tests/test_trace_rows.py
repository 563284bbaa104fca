"""From a row of a file forward: the entries it went into, and what they reached."""

import shutil
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cli_plant import Plant, build, enter
from ingest_kit import Books

from carbonledger.errors import CalculationRefused
from carbonledger.ledger.connect import open_ledger
from carbonledger.run.trace import trace

HEAD = "meter,time,value,unit\n"


def traced(url: str, file: str, line: int) -> Any:
    with open_ledger(url) as ledger:
        return trace(ledger, file, line)


def test_a_slip_reaches_the_rates_that_count_it(demo_ledger: str) -> None:
    found = traced(demo_ledger, "waste.csv", 4)
    [row] = found["rows"]
    assert (row["state"], row["document"], row["sheet"]) == ("posted", "waste.csv", None)
    [entry] = row["entries"]
    assert (entry["document_no"], entry["quantity"], entry["unit"]) == ("SW-202401-3", 65806, "kg")
    assert entry["flows"] == [{
        "key": "flow:solid_waste:park/tyre-works/building>recycler:2024-01",
        "quantity": Decimal(65806),
    }]  # fmt: skip
    [run] = found["reached"]
    assert (run["run_kind"], run["lines"]) == ("intensity", [])
    assert [one["code"] for one in run["indicators"]] == ["solid_waste_utilisation"]


def test_a_row_of_gas_reaches_its_line_its_scope_and_the_intensity(demo_ledger: str) -> None:
    found = traced(demo_ledger, "gas-2024Q1.csv.gz", 6722)
    [row] = found["rows"]
    assert {one["meter"] for one in row["entries"]} == {"G-001"}
    runs = {run["run_kind"]: run for run in found["reached"]}
    assert set(runs) == {"inventory", "renewable", "footprint", "intensity"}
    [line] = runs["inventory"]["lines"]
    assert (line["account"], line["month"]) == ("park/boiler-house", "2024-03")
    figures = {one["key"]: one["value"] for one in runs["inventory"]["figures"]}
    assert list(figures) == ["scope-1"]
    assert {"co2", "tce-equal", "indicator:co2_per_energy"} <= {
        one["key"] for one in runs["intensity"]["figures"]
    }


def test_what_was_corrected_says_by_what(demo_ledger: str) -> None:
    found = traced(demo_ledger, "electricity-lines.csv.gz", 6900)
    mixing = next(one for one in found["rows"][0]["entries"] if one["meter"] == "M-003")
    [change] = mixing["changed_by"]
    assert change["kind"] == "adjustment"
    with open_ledger(demo_ledger) as ledger:
        before = trace(ledger, "electricity-lines.csv.gz", 6900, as_of=change["batch"] - 1)
    [entry] = [one for one in before["rows"][0]["entries"] if one["meter"] == "M-003"]
    assert (entry["changed_by"], entry["stands"]) == ([], True)
    assert before["reached"] == [], "every run of the demo rests on the correction"
    [again] = traced(demo_ledger, "M-003-2024-03-12-13.csv", 5)["rows"]
    assert [one["entry"] for one in again["entries"]] == [change["entry"]]
    assert (again["text"], again["kind"]) == (None, "correction"), "no file is kept beside the copy"
    assert again["findings"][0]["kind"]


@pytest.mark.both_databases
def test_a_row_is_posted_rejected_skipped_or_none(tmp_path: Path, database: str) -> None:
    books = Books(tmp_path / database)
    rows = "".join(f"M-1,2024-03-01 {hour:02}:00,1.5,kWh\n" for hour in range(24))
    books.take(HEAD + rows, name="first.csv")
    more = "M-1,2024-03-02 00:00,2,kWh\nM-1,2024-03-02 01:00,nonsense,kWh\nM-1,2024-03-02 02:00,2,kWh\n"
    books.take(HEAD + rows + more, name="second.csv", accept_rejects=True)

    def became(line: int) -> tuple[str, str | None, int]:
        with books.ledger(write=False) as ledger:
            [row] = trace(ledger, "second.csv", line)["rows"]
        return row["state"], row["text"], len(row["entries"])

    assert became(1) == ("skipped", "meter,time,value,unit", 0)
    assert became(3) == ("skipped", "M-1,2024-03-01 01:00,1.5,kWh", 0)
    assert became(26) == ("posted", "M-1,2024-03-02 00:00,2,kWh", 1)
    assert became(27)[0] in ("posted", "rejected")
    assert became(99) == ("skipped", None, 0)
    with books.ledger(write=False) as ledger:
        [row] = trace(ledger, "second.csv", 27)["rows"]
        assert [one["column_name"] for one in row["rejects"]] == ["value"]
        [first] = trace(ledger, "first.csv", 1)["rows"]
        assert first["state"] == "not_posted"


@pytest.mark.both_databases
def test_an_entry_over_two_months_reaches_both(tmp_path: Path, database: str) -> None:
    books = Books(tmp_path / database)
    bill = ("start,end,from,to,commodity,quantity,unit\n"
            "2024-01-15,2024-02-14,grid,park,electricity,31,kWh\n")  # fmt: skip
    books.take(bill, name="bill.csv")
    with books.ledger(write=False) as ledger:
        [entry] = trace(ledger, "bill.csv", 2)["rows"][0]["entries"]
    assert [(flow["key"][-7:], flow["quantity"]) for flow in entry["flows"]] == [
        ("2024-01", Decimal(17)), ("2024-02", Decimal(14)),
    ]  # fmt: skip


def test_as_of_an_earlier_batch_nothing_later_is_seen(demo_ledger: str) -> None:
    with open_ledger(demo_ledger) as ledger:
        found = trace(ledger, "electricity-lines.csv.gz", 6900, as_of=36)
        assert found["reached"] == [], "the runs know all batches"
        assert [row["batch"] for row in found["rows"]] == [26]
        assert trace(ledger, "M-003-2024-03-12-13.csv", 5, as_of=36)["rows"] == []


def test_a_file_is_known_by_its_bytes_whatever_it_is_called(
    demo_ledger: str, demo_files: Path, tmp_path: Path
) -> None:
    source = next(demo_files.rglob("waste.csv"))
    other = tmp_path / "renamed.txt"
    shutil.copyfile(source, other)
    named = traced(demo_ledger, "waste.csv", 4)["rows"]
    assert traced(demo_ledger, str(other), 4)["rows"] == named
    assert traced(demo_ledger, named[0]["sha256"][:8].upper(), 4)["rows"] == named
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(source, "2024/slips.csv")
    assert traced(demo_ledger, str(tmp_path / "all.zip"), 4)["rows"] == named


def test_a_row_of_an_archive_and_of_a_sheet(tmp_path: Path) -> None:
    books = Books(tmp_path / "books")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.csv", HEAD + "M-1,2024-03-01 00:00,1,kWh\nM-1,2024-03-01 00:15,2,kWh\n")
    books.take(tmp_path / "all.zip")
    with books.ledger(write=False) as ledger:
        [row] = trace(ledger, "a.csv", 3)["rows"]
        assert (row["state"], row["text"]) == ("posted", "M-1,2024-03-01 00:15,2,kWh")
        assert row["document"] == "all.zip/a.csv"
        assert trace(ledger, str(tmp_path / "all.zip"), 3)["rows"] == [row]
        assert trace(ledger, "all.zip/a.csv", 3)["rows"] == [row]


def test_a_row_of_a_sheet_names_the_sheet(tmp_path: Path) -> None:
    books = Books(tmp_path / "books")
    path = tmp_path / "book.xlsx"
    made = openpyxl.Workbook()
    made.active.title = "Notes"
    sheet = made.create_sheet("March")
    for row in (
        ["meter", "time", "value"],
        ["M-1", "2024-03-01 00:00", 1.5],
        ["M-1", "2024-03-01 00:15", 2],
    ):
        sheet.append(row)
    made.save(path)
    books.take(path, 'sheet = "March"\nunit = "kWh"')
    with books.ledger(write=False) as ledger:
        [row] = trace(ledger, "book.xlsx", 3)["rows"]
    assert (row["state"], row["sheet"], row["text"]) == ("posted", "March", None)
    assert [(one["line_first"], one["line_last"]) for one in row["entries"]] == [(2, 3)]


@pytest.mark.parametrize(
    ("file", "hint"),
    [
        ("wast.csv", "did you mean waste.csv"),
        ("zzzz", "carbonledger log"),
        ("%", "carbonledger log"),
    ],
)
def test_a_file_that_was_not_imported_is_refused(file: str, hint: str, demo_ledger: str) -> None:
    with pytest.raises(CalculationRefused) as refused:
        traced(demo_ledger, file, 4)
    assert (refused.value.code, hint in refused.value.hint) == ("document", True)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("plant"))


@pytest.fixture
def plant(
    built: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Plant:
    return enter(built, tmp_path, monkeypatch, capsys)


def test_the_command_prints_the_way(plant: Plant) -> None:
    plant.ask("renewable", "--period", "2024-03", "--method", "cn-zero-carbon-park")
    said = plant.text("trace", "meters.csv:2")
    assert "M-001,2024-03-01T00:00:00,1.25,kWh" in said
    assert "lines 2–" in said
    assert "run 1: renewable 2024-03" in said
    assert "electricity-location = " in said
    found = plant.ask("trace", "meters.csv:2")
    assert found["rows"][0]["state"] == "posted"
    chinese = plant.text("--lang", "zh", "trace", "meters.csv:1")
    assert "未过账" in chinese
    assert "没有任何计算的数字以其为依据" in chinese


@pytest.mark.parametrize("place", ["meters.csv", "meters.csv:", "meters.csv:0", ":3", "a:b", "a:²"])
def test_a_place_needs_file_and_line(place: str, plant: Plant) -> None:
    assert plant.ask("trace", place, code=2)["error"]["code"] == "usage"


def test_a_packed_line_is_shown(tmp_path: Path) -> None:
    books = Books(tmp_path / "books")
    books.take(f"{HEAD}M-1,2024-03-01 00:00,1,kWh\nM-1,2024-03-01 00:15,2,kWh\n", name="m.csv.gz")
    with books.ledger(write=False) as ledger:
        [row] = trace(ledger, "m.csv.gz", 2)["rows"]
    assert row["text"] == "M-1,2024-03-01 00:00,1,kWh"
