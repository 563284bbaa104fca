"""Files that are no tables: each is refused with its name, the reason and what to do."""

import gzip
import os
import random
import sqlite3
from pathlib import Path

import pytest
from ingest_kit import Books, Meter, quarters

from carbonledger.errors import ImportRefused, LedgerRefused

TEXT = "meter,time,value\n" + "\n".join(
    f"M-1,{line}" for line in quarters("2024-03-01", ["1"] * 96)
)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park")


def of_kind(start: bytes) -> bytes:
    return start + bytes(range(256)) * 8


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", "is a PDF file"),
        (of_kind(b"\x89PNG\r\n\x1a\n"), "is a picture"),
        (of_kind(b"SQLite format 3\x00"), "is a SQLite database"),
        (b'<?xml version="1.0"?><feed/>', "is an XML file"),
        (b"<!DOCTYPE html><html></html>", "is a web page"),
        (of_kind(b"BZh9"), "is packed with bzip2"),
        (gzip.compress(gzip.compress(TEXT.encode())), "is packed twice"),
        (gzip.compress(of_kind(b"PK\x03\x04")), "is packed twice"),
        (of_kind(b"\x01\x02"), "is no text file: it holds binary data"),
    ],
)
def test_the_wrong_kind_of_file(books: Books, data: bytes, said: str) -> None:
    error = books.refused(data)

    assert error.code == "file-kind"
    assert error.message == f"{books.folder / 'meters.csv'} {said}"
    assert error.hint


@pytest.mark.parametrize("seed", range(20))
def test_binary_junk(books: Books, seed: int) -> None:
    """Whatever bytes: a refusal, never a crash, and nothing posted."""
    chance = random.Random(seed)  # noqa: S311
    junk = bytes(chance.choice(range(1, 256)) for _ in range(5000))

    error = books.refused(junk)

    assert isinstance(error, ImportRefused)
    assert error.message.startswith(str(books.folder / "meters.csv"))
    assert error.hint


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"meter,time,value\n", "holds a header and no data"),
        (b"meter,time,value\r\n\r\n\n", "holds a header and no data"),
        (b"\n\n\n", "has no lines to read"),
    ],
)
def test_files_without_data(books: Books, data: bytes, said: str) -> None:
    error = books.refused(data)

    assert (error.code, error.hint) == ("file-empty", "export it again")
    assert error.message == f"{books.folder / 'meters.csv'} {said}"


def test_rows_of_nothing_but_commas(books: Books) -> None:
    assert books.refused(b"meter,time,value\n,,\n,,\n").code == "file-empty"


def test_more_lines_skipped_than_there_are(books: Books) -> None:
    error = books.refused(TEXT, profile="skip = 500")

    assert error.message.endswith("has no lines after the 500 skipped")


def test_a_file_that_is_not_there(books: Books) -> None:
    error = books.refused(books.folder / "absent.csv")

    assert error.code == "file-unreadable"
    assert "absent.csv cannot be read: No such file or directory" in error.message


def test_a_folder_and_a_pipe(books: Books) -> None:
    os.mkfifo(books.folder / "pipe")

    assert "is a folder" in books.refused(books.folder).message
    assert "is no regular file" in books.refused(books.folder / "pipe").message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_one_may_not_read(books: Books) -> None:
    path = books.file(TEXT)
    path.chmod(0)

    assert "Permission denied" in books.refused(path).message


@pytest.mark.parametrize("size", [10 << 20, 3 << 20])
def test_a_line_of_many_megabytes(books: Books, size: int) -> None:
    long = b"x" * size

    for data in (long, b"meter,time,value\n" + long, TEXT.encode() + b"\nM-1," + long):
        error = books.refused(data)
        assert error.code in ("line-too-long", "rejects", "columns")
        assert len(error.message) < 500
        assert all(len(fault.text) <= 120 for fault in error.problems)


def test_a_line_of_10_mb_is_named(books: Books) -> None:
    error = books.refused(TEXT.encode() + b"\nM-1," + b"x" * (10 << 20))

    assert error.code == "line-too-long"
    assert error.message == f"{books.folder / 'meters.csv'}:98: the line is longer than 1 MB"


@pytest.mark.parametrize("cut", [30, 60, -8, -1])
def test_a_broken_archive(books: Books, cut: int) -> None:
    error = books.refused(gzip.compress(TEXT.encode())[:cut])

    assert error.code == "file-broken"
    assert error.hint == "the packed data ends early or is damaged; fetch the file again"


def test_a_damaged_archive(books: Books) -> None:
    packed = bytearray(gzip.compress(TEXT.encode()))
    packed[-6] ^= 0xFF

    assert books.refused(bytes(packed)).code == "file-broken"


@pytest.mark.parametrize(
    ("line", "encoding"), [(3, "utf-8"), (90, "utf-8"), (90, "gb18030"), (90, "ascii")]
)
def test_a_byte_that_does_not_fit_the_encoding(books: Books, line: int, encoding: str) -> None:
    lines = TEXT.encode().split(b"\n")
    lines[line - 1] += b"\xff\xff"

    error = books.refused(b"\n".join(lines), profile=f'encoding = "{encoding}"')

    assert error.code == "encoding"
    assert f"meters.csv:{line}: a byte does not fit" in error.message


def test_a_byte_that_does_not_fit_far_behind_the_beginning(books: Books) -> None:
    """The first 64 kB are plain; so it was taken for UTF-8."""
    lines = [f"M-{n % 7},2024-03-01 00:00,1" for n in range(9000)]
    data = "\n".join(["meter,time,value", *lines]).encode() + b"\nM-1,\xff\xfe,1\n"

    error = books.refused(data)

    assert error.code == "encoding"
    assert "meters.csv:9002:" in error.message


def test_an_unknown_meter_is_named_with_the_nearest(books: Books) -> None:
    error = books.refused(TEXT.replace("M-1", "M-l"))

    assert error.code == "rejects"
    assert len(error.problems) == 96
    assert error.problems[0].reason == "meter 'M-l' is not declared; did you mean M-1?"


def test_an_unknown_meter_in_the_profile(books: Books) -> None:
    error = books.refused(TEXT, profile='meter = "M-7"')

    assert error.code == "meter-unknown"
    assert "meter 'M-7' is not declared; did you mean M-1?" in error.message


def test_a_file_of_other_things(books: Books) -> None:
    error = books.refused("name,age\nAnn,7\nBo,9\n")

    assert error.code == "columns"
    assert "no column for time, value, meter" in error.message
    assert "the header reads: name, age" in error.hint


def test_so_many_faults_that_reading_stops(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbonledger.ingest.job.MOST_FAULTS", 50)

    error = books.refused(TEXT.replace("M-1", "M-9"))

    assert error.message.endswith("more than 50 rows cannot be posted")


def test_more_rejects_than_anybody_would_accept(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonledger.ingest.job.MOST_ACCEPTED", 50)

    error = books.refused(TEXT.replace("M-1", "M-9"), accept_rejects=True)

    assert error.message.endswith("more than 50 rows cannot be posted")


def test_a_rejects_file_that_cannot_be_written_does_not_hide_the_reason(books: Books) -> None:
    error = books.refused(
        TEXT.replace("00:15", "00:77"), rejects=books.folder / "absent" / "rejects.csv"
    )

    assert error.code == "rejects"
    assert "mend the file" in error.hint
    assert "absent" not in error.hint


def test_a_file_deleted_while_it_is_read_is_read_to_its_end(books: Books) -> None:
    path = books.file(TEXT)
    from carbonledger.ingest.service import ImportOptions, import_file

    with books.ledger() as ledger:
        answer = import_file(
            ledger, path, ImportOptions(actor="tester", now="2025-01-01T00:00:00Z"),
            lambda _done, _all: path.unlink(missing_ok=True),
        )  # fmt: skip

    assert not path.exists()
    assert answer["readings"] == 96
    assert books.kept() == [f"{answer['document']['sha256']}.zst"]


def test_a_file_that_grows_while_it_is_read_is_refused(books: Books) -> None:
    from carbonledger.ingest.service import ImportOptions, import_file

    path = books.file(TEXT)
    before = books.dump()

    def append(_done: int, _all: int) -> None:
        with path.open("a") as file:
            file.write("M-1,2024-03-02 00:00,1\n")

    with books.ledger() as ledger, pytest.raises(ImportRefused) as caught:
        import_file(ledger, path, ImportOptions(actor="t", now="2025-01-01T00:00:00Z"), append)

    assert caught.value.code == "file-changed"
    assert (books.dump(), books.kept()) == (before, [])


def test_a_ledger_that_another_program_writes_to(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonledger.ledger.engines.BUSY_S", 0.1)
    other = sqlite3.connect(books.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(LedgerRefused) as caught:
        books.take(TEXT)
    other.execute("ROLLBACK")
    other.close()

    assert caught.value.code == "ledger-locked"
    assert "nothing was changed" in caught.value.hint
    assert books.take(TEXT)["readings"] == 96


def test_a_meter_of_a_flow_in_another_zone_needs_no_profile(tmp_path: Path) -> None:
    books = Books(tmp_path / "two", Meter(), Meter("M-2", timezone="Europe/Zurich"))

    books.take("time,M-1,M-2\n2024-03-01 00:00,1,1\n2024-03-01 00:15,1,1")

    assert books.readings("M-1")[0][0] == "2024-02-29 16:00"
    assert books.readings("M-2")[0][0] == "2024-02-29 23:00"
