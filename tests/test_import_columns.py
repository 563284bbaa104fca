"""Columns go between Arrow and numpy without pandas, which a plain file does not need."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from ingest_kit import Books, Meter

from carbonledger.ingest.columns import integers, mask, numbers, string, strings, truths


@pytest.mark.parametrize("texts", [[], ["度"], ["", None, "a"], [None], ["a"] * 9 + [None]])
def test_texts_are_those_that_arrow_makes(texts: list[str | None]) -> None:
    assert strings(texts).equals(pa.array(texts, pa.string()))
    strings(texts).validate(full=True)


def test_a_single_text_may_be_null() -> None:
    assert string("度").as_py() == "度"
    assert not string(None).is_valid


def test_numbers_there_and_back() -> None:
    values = np.arange(20, dtype=np.int64)
    assert integers(values[::3]).to_pylist() == [0, 3, 6, 9, 12, 15, 18]
    assert integers(values[4:6].astype(np.int32), pa.int32()).equals(pa.array([4, 5], pa.int32()))
    assert numbers(pa.array([1, 2, 3]).slice(1)).tolist() == [2, 3]
    assert numbers(pa.array([], pa.int64())).tolist() == []


def test_truth_there_and_back() -> None:
    told = np.array([True, False, True] * 5)
    assert truths(told).to_pylist() == told.tolist()
    assert mask(truths(told).slice(1)).tolist() == told[1:].tolist()
    assert mask(truths(np.zeros(0, np.bool_))).tolist() == []


PROGRAM = """
import sys
from pathlib import Path

from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.connect import open_ledger, location

with open_ledger(location(sys.argv[1]), write=True) as ledger:
    for file in sys.argv[2:]:
        name, _, stated = file.partition(":")
        profile = Path(stated) if stated else None
        options = ImportOptions(profile=profile, actor="a", now="2026-01-01T00:00:00Z")
        found = import_file(ledger, Path(name), options)
        print(found["readings"], *sorted({"pandas", "lxml"} & set(sys.modules)))
"""

SORTED = """meter,time,value,quality
M-1,2024-01-01 00:00:00,1.5,A
M-1,2024-01-01 00:15:00,-,A
M-1,2024-01-01 00:30:00,2,E
M-1,2024-01-01 00:45:00,3,A
M-1,2024-01-01 01:00:00,7,missing
M-1,2024-01-01 01:15:00,4,A
M-1,2024-01-01 01:30:00,5.25,A
"""
# Newest first, so it goes over the disk; a quoted cell, and stamps that need the careful way.
TURNED = """meter;time;value
M-1;2024-02-01 1:00;5
M-1;2024-02-01 0:45;4
"M-1";2024-02-01 0:30;3
M-1;2024-02-01 0:15;2

M-1;2024-02-01 0:00;1
"""


def test_a_plain_file_is_imported_without_pandas(tmp_path: Path) -> None:
    ledger = Books(tmp_path / "park", Meter("M-1"))
    files = []
    for name, text in (("sorted", SORTED), ("turned", TURNED)):
        files.append(tmp_path / f"{name}.csv")
        files[-1].write_text(text, "utf-8")
    command = [sys.executable, "-c", PROGRAM, str(ledger.path), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("5\n5\n", "")


@pytest.mark.parametrize(
    ("sample", "profile", "meters", "readings"),
    [
        ("mscons.txt", "mscons.toml", ("PLANT-DRAWN", "PLANT-FED-IN"), 8),
        ("gateway.json", "gateway.toml", ("GW-01", "GW-02"), 8),
        ("nem12.csv", "nem12.toml", ("SITE-DRAWN", "SITE-FED-IN"), 190),
    ],
)
def test_formats_of_the_trade_need_no_pandas_either(
    tmp_path: Path, sample: str, profile: str, meters: tuple[str, ...], readings: int
) -> None:
    ledger = Books(tmp_path / "park", *[Meter(code) for code in meters])
    samples = Path(__file__).resolve().parent.parent / "examples" / "formats"
    named = f"{samples / sample}:{samples / profile}"
    command = [sys.executable, "-c", PROGRAM, str(ledger.path), named]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{readings}\n", "")
