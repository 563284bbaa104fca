"""Stamps that are read together with the lines are those that are read one by one."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_kit import Books, Meter, small_blocks

from carbonledger.ingest.clock import Clock
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.sniff import sniff
from carbonledger.ingest.source import Source
from carbonledger.ingest.stamps import NOT_A_TIME
from carbonledger.ingest.table import Table, tables

FORM = "%Y-%m-%d %H:%M:%S"
DAY = "2024-05-01"
ODD = [
    DAY, f"{DAY} 00", f"{DAY} 00:15", f"{DAY}  00:15:00", f"{DAY} 24:00:00", f"{DAY} 00:15:60",
    f"{DAY}T00:15:00Z", f"{DAY} 00:15:00.0", "2024-02-30 00:00:00", "1899-12-31 00:00:00",
    "2200-01-01 00:00:00", "", "合计", "20240501 001500", f"{DAY} 00:15:00+08",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a place for the files of the properties."""
    return tmp_path_factory.mktemp("stamps")


def read(path: Path, form: str | None) -> list[Table]:
    """Read a small file: one block, and one more where the last line has no end."""
    with Source(path) as source:
        layout = sniff(path, source.head(), source.read_by(Profile()), frozenset({"M-1", "T-2"}))
        return list(tables(source, layout, lambda: form))


def walls(found: list[Table]) -> list[int]:
    """Return the stamps of a file, read either way."""
    read = [
        Clock(FORM).read(one.columns["time"]) if one.walls is None else one.walls for one in found
    ]
    return [int(wall) for part in read for wall in part]


def write(folder: Path, stamps: list[str], *, end: bool = True) -> Path:
    """Write readings of two meters, one code of them with a T."""
    path = folder / "meters.csv"
    rows = [f"{('M-1', 'T-2')[n % 2]},{stamp},{n}.25" for n, stamp in enumerate(stamps)]
    text = "\n".join(["meter,time,kWh", *rows]) + "\n" * end
    path.write_text(text, encoding="utf-8")
    return path


@given(
    minutes=st.lists(st.integers(0, 4_000_000), min_size=1, max_size=30),
    marks=st.lists(st.sampled_from("T "), min_size=30, max_size=30),
    end=st.booleans(),
)
def test_either_way_gives_the_same_clock(
    folder: Path, minutes: list[int], marks: list[str], *, end: bool
) -> None:
    moments = [datetime(2024, 1, 1) + timedelta(minutes=m) for m in minutes]  # noqa: DTZ001
    stamps = [m.isoformat(mark) for m, mark in zip(moments, marks, strict=False)]
    path = write(folder, stamps, end=end)
    at_once, one_by_one = read(path, FORM), read(path, None)
    assert all(one.walls is not None for one in at_once)
    assert all(one.walls is None for one in one_by_one)
    assert walls(at_once) == walls(one_by_one)
    for one, other in zip(at_once, one_by_one, strict=True):
        assert one.lines.tolist() == other.lines.tolist()
        assert one.columns["value"] == other.columns["value"]


@given(
    odd=st.lists(st.sampled_from(ODD), min_size=1, max_size=4),
    good=st.integers(0, 5),
)
def test_a_stamp_of_another_form_is_looked_at_as_a_text(
    folder: Path, odd: list[str], good: int
) -> None:
    path = write(folder, [f"{DAY} 0{n}:00:00" for n in range(good)] + odd)
    (table,) = read(path, FORM)
    assert table.walls is None
    assert table.columns["time"].to_pylist()[good:] == odd


def test_nothing_is_read_at_once_before_the_form_is_known(folder: Path) -> None:
    path = write(folder, [f"{DAY} 00:00:00"])
    assert [one.walls for one in read(path, "%Y-%m-%d %H:%M")] == [None]
    assert [one.walls for one in read(path, None)] == [None]


def test_a_blank_and_a_t_before_the_time_mean_the_same() -> None:
    for form in ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"):
        found = Clock(form).read(pa.array([f"{DAY}T00:15", f"{DAY} 00:15", f"{DAY}X00:15"]))
        assert found[0] == found[1] == np.datetime64(f"{DAY}T00:15", "s").astype(np.int64)
        assert found[2] == NOT_A_TIME


def test_a_broken_stamp_far_behind_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first block tells the form, others are read at once, the last one holds the fault."""
    small_blocks(monkeypatch, 120)
    books = Books(tmp_path, Meter("M-1", unit="kWh"))
    start = datetime(2023, 1, 1)  # noqa: DTZ001
    rows = [f"M-1,{start + timedelta(minutes=15 * n)},1.5" for n in range(40)]
    whole = "\n".join(["meter,time,kWh", *rows])
    refused = books.refused(whole.replace("01-01 09:30:00", "01-01 09:30"))
    assert [(f.line, f.text) for f in refused.problems] == [(40, "2023-01-01 09:30")]
    assert books.take(whole)["totals"][0]["quantity"] == 60
