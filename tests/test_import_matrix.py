"""Every real file of the shared folder: imported to its control totals, or refused with a reason.

A file that is in none of the tables of `real_files.py`, and a profile of examples/profiles that reads
none of them, are faults of this test. The bytes of the files are not part of the project; where the
folder is absent all of it is skipped.
"""

import csv
from collections.abc import Iterable
from fnmatch import fnmatch
from fractions import Fraction
from pathlib import Path

import pytest
from ingest_kit import NOW, Books
from real_files import (
    BERLIN,
    MACHINES,
    NO_READINGS,
    REFUSED,
    TAKEN,
    Controls,
    Refused,
    Taken,
    energy,
)

from carbonledger.ingest.folder import chosen
from carbonledger.site.service import apply

PROFILES = Path(__file__).resolve().parent.parent / "examples" / "profiles"
pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def controls(shared_data: Path) -> Controls:
    with (shared_data / "CONTROLS.csv").open(encoding="utf-8", newline="") as file:
        return {(row["file"], row["measure"]): row["value"] for row in csv.DictReader(file)}


def marked(rows: Iterable[Taken] | Iterable[Refused]) -> list[object]:
    """Return the rows as parameters; one that waits must fail until it need not."""
    return [
        pytest.param(
            row,
            id=row.file,
            marks=[pytest.mark.xfail(reason=row.waits, strict=True)] * bool(row.waits),
        )
        for row in rows
    ]


def members(path: Path) -> list[str | None]:
    """Return the files in an archive; of any other file that it is taken as it is."""
    return [one.member for one in chosen([path])] if path.suffix == ".zip" else [None]


@pytest.mark.parametrize("row", marked(TAKEN))
def test_it_is_taken_to_its_control_totals(
    tmp_path: Path, shared_data: Path, controls: Controls, row: Taken
) -> None:
    path = shared_data / row.file
    books = Books(tmp_path / "p", *(row.meters(path) if callable(row.meters) else row.meters))
    site = tmp_path / "site.toml"
    if row.file.startswith("production/"):
        site.write_text(MACHINES, "utf-8")
        with books.ledger() as ledger:
            apply(ledger, site, "tester", NOW)

    profile = (PROFILES / f"{row.profile}.toml").read_text("utf-8") if row.profile else ""
    for member in members(path):
        books.take(path, profile + row.more, accept_rejects=row.accept_rejects, member=member)

    for total in row.totals:
        wanted, booked = total.wanted(controls, row.file), total.booked(books)
        assert abs(booked - wanted) <= Fraction(total.within), (total, float(booked), float(wanted))


@pytest.mark.parametrize("row", marked(REFUSED))
def test_it_is_refused_with_a_reason(tmp_path: Path, shared_data: Path, row: Refused) -> None:
    books = Books(tmp_path / "p", *(row.meters or energy(BERLIN, "M-1", "M-2", "M-3")))

    error = books.refused(shared_data / row.file, row.profile)

    assert error.code == row.code, error
    assert error.hint


def test_no_real_file_is_left_out(shared_data: Path) -> None:
    rows = {row.file for row in TAKEN} | {row.file for row in REFUSED}
    files = {
        str(path.relative_to(shared_data)) for path in shared_data.rglob("*") if path.is_file()
    }

    assert rows - files == set()
    assert [
        file for file in sorted(files - rows)
        if not any(fnmatch(file, pattern) for pattern in NO_READINGS)
    ] == []  # fmt: skip


def test_every_profile_reads_a_real_file() -> None:
    used = {row.profile for row in TAKEN if not row.waits}
    assert {path.stem for path in PROFILES.glob("*.toml")} - used == set()
