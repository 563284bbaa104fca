"""Parquet files: each column is written as the text that means its values exactly."""

import io
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_kit import Books, Meter, kwh

from carbonledger.ingest.containers import parquet as module
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source
from carbonledger.ledger.documents import altered_documents

DAY = datetime(2024, 3, 1, tzinfo=UTC)
PROFILE = Path(__file__).parent.parent / "examples" / "profiles" / "entsoe_generation_parquet.toml"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))


def written(columns: dict[str, Any], **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def readings(count: int, meter: str = "M-1", **options: Any) -> bytes:
    stamps = [DAY + timedelta(hours=n) for n in range(count)]
    return written(
        {"meter": [meter] * count, "time": stamps, "value": [n / 4 for n in range(count)]},
        **options,
    )


def lines(data: bytes, folder: Path, **profile: Any) -> list[str]:
    path = folder / "table.parquet"
    path.write_bytes(data)
    with Source(path, profile=Profile(**profile)) as source:
        return b"".join(source.chunks()).decode().split("\n")[:-1]


def test_a_table_is_read_as_a_file_of_texts_would_be(books: Books) -> None:
    data = readings(5)
    answer = books.take(data, name="a.parquet")
    assert books.readings() == [
        ("2024-03-01 00:00", 0), ("2024-03-01 01:00", 0.25), ("2024-03-01 02:00", 0.5),
        ("2024-03-01 03:00", 0.75), ("2024-03-01 04:00", 1),
    ]  # fmt: skip
    assert books.sum() == kwh("2.5")
    assert answer["document"]["bytes"] == len(data)
    assert books.rows("SELECT media FROM document ORDER BY id DESC LIMIT 1") == [("parquet",)]
    with books.ledger(write=False) as ledger, ledger.read() as connection:
        assert list(altered_documents(connection, books.documents)) == []
    assert books.take(data, name="b.parquet")["posted_before"]


def test_a_row_that_cannot_be_read_is_named_by_its_line(books: Books) -> None:
    data = written({"meter": ["M-1", "M-9", "M-1"],
                    "time": [DAY, DAY, DAY + timedelta(hours=1)], "value": [1, 2, 3]})  # fmt: skip
    error = books.refused(data, name="a.parquet")
    assert [(p.line, p.column, p.text) for p in error.problems] == [(3, "meter", "M-9")]


def test_row_groups_and_batches_follow_each_other(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS", 7)
    books.take(readings(200, row_group_size=50), name="a.parquet")
    # 0 + 0.25 + … + 49.75
    assert books.sum() == kwh("4975")


def test_columns_as_texts(tmp_path: Path) -> None:
    data = written({
        "float": pa.array([0.1, 2.0, None, 1e-7]),
        "single": pa.array([0.1, 1e6, -0.5, 3], pa.float32()),
        "whole": pa.array([1, -2, None, 2**62]),
        "exact": pa.array([Decimal("1.50"), None, Decimal("0.00"), Decimal("-7.25")]),
        "id": pa.array(["0012", 'a "b", c', "two\nlines", None]),
        "code": pa.array(["x", "y", "x", None]).dictionary_encode(),
        "day": pa.array([date(2024, 3, 1)] * 4),
        "clock": pa.array([time(0, 15)] * 4),
        "yes": pa.array([True, False, None, True]),
    })  # fmt: skip
    assert lines(data, tmp_path) == [
        "float,single,whole,exact,id,code,day,clock,yes",
        "0.1,0.1,1,1.50,0012,x,2024-03-01,00:15:00,true",
        '2,1000000,-2,,"a ""b"", c",y,2024-03-01,00:15:00,false',
        ',-0.5,,0.00,"two lines",x,2024-03-01,00:15:00,',
        "0.0000001,3,4611686018427387904,-7.25,,,2024-03-01,00:15:00,true",
    ]


def test_stamps_keep_their_offsets(tmp_path: Path) -> None:
    """On 31 March 2019 the clock of Berlin goes from +01:00 to +02:00."""
    at = [datetime(2019, 3, 31, 0, 45, tzinfo=UTC), datetime(2019, 3, 31, 1, tzinfo=UTC)]
    data = written({
        "local": pa.array(at, pa.timestamp("ns", "Europe/Berlin")),
        "utc": pa.array(at, pa.timestamp("us", "UTC")),
        "bare": pa.array([one.replace(tzinfo=None) for one in at], pa.timestamp("ms")),
    })  # fmt: skip
    assert lines(data, tmp_path)[1:] == [
        "2019-03-31 01:45:00+01:00,2019-03-31 00:45:00+00:00,2019-03-31 00:45:00",
        "2019-03-31 03:00:00+02:00,2019-03-31 01:00:00+00:00,2019-03-31 01:00:00",
    ]


def test_a_decimal_comma_of_the_profile_is_that_of_its_texts(books: Books) -> None:
    data = written({"meter": ["M-1"] * 2, "time": [DAY, DAY + timedelta(hours=1)],
                    "value": ["1.234,5", "2,5"]})  # fmt: skip
    books.take(data, 'decimal = ","\nthousands = "."', name="a.parquet")
    assert books.values() == [1234.5, 2.5]


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_what_is_missing_is_a_gap(books: Books, missing: float | None) -> None:
    at = [DAY + timedelta(hours=n) for n in range(4)]
    data = written({"meter": ["M-1"] * 4, "time": at, "value": [1.0, missing, 3.0, 4.0]})
    assert books.take(data, name="a.parquet")["gaps"] == 1
    assert books.values() == [1, None, 3, 4]


def test_columns_that_hold_no_single_value(books: Books) -> None:
    error = books.refused(written({"time": [DAY], "values": [[1, 2]]}), name="a.parquet")
    assert (error.code, error.message.endswith("values")) == ("file-kind", True)


def test_a_file_that_is_cut_or_scratched(books: Books) -> None:
    whole = readings(100)
    for data in (whole[:-20], whole[:300], b"PAR1" + b"\xff" * 300 + b"PAR1",
                 whole[:40] + b"\xff" * 60 + whole[100:]):  # fmt: skip
        error = books.refused(data, name="a.parquet")
        assert error.code in {"file-broken", "rejects"}
        assert error.hint


def test_a_file_that_unpacks_without_end(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE", 10_000)
    monkeypatch.setattr(module, "MOST_RATIO", 2)
    data = written({"meter": ["M-1"] * 99_999, "time": [DAY] * 99_999, "value": [1.0] * 99_999})
    assert books.refused(data, name="a.parquet").code == "file-expands"


def test_more_columns_than_a_table_has(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COLUMNS", 2)
    assert books.refused(readings(2), name="a.parquet").code == "file-expands"


@pytest.mark.shared_data
def test_a_year_of_generation(tmp_path: Path, shared_data: Path) -> None:
    books = Books(tmp_path / "park", Meter("DE-LIGNITE", timezone="Europe/Berlin"),
                  Meter("DE-SOLAR", timezone="Europe/Berlin"))  # fmt: skip
    path = shared_data / "grid" / "entsoe_DE_gen_2019.parquet"
    answer = books.take(path, PROFILE.read_text("utf-8"))
    assert answer["rows"] == 35040
    found = {one["meter"]: one["quantity"] for one in answer["totals"]}
    # MWh, and the totals are in kWh.
    assert kwh(found["DE-LIGNITE"]) == kwh("102853713000")
    assert kwh(found["DE-SOLAR"]) == kwh("41914770250")
