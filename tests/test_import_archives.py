"""Archives: each member that may be data is a file of its own, and what leads astray is refused."""

import gzip
import io
import json
import stat
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ingest_kit import Books, Meter, kwh
from sheet_kit import table, xlsx, zipped

from carbonledger.cli.entry import run
from carbonledger.ingest.containers.archive import listed
from carbonledger.ingest.folder import chosen
from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.documents import kept_file

ONE = "meter,time,value\nM-1,2024-03-01 00:00,1\nM-1,2024-03-01 01:00,2\n"
TWO = "meter,time,value\nM-2,2024-03-01 00:00,10\nM-2,2024-03-01 01:00,20\n"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("M-2"))


def take_all(books: Books, path: Path, profile: Path | None = None) -> list[dict[str, Any]]:
    """Import every member that may be data, as the command does."""
    answers = []
    for one in chosen([path], profile=profile):
        asked = ImportOptions(actor="a", now="2026-11-22T00:00:00Z", profile=one.profile)
        with books.ledger() as ledger:
            answers.append(import_file(ledger, one.path, asked, member=one.member))
    return answers


def test_the_only_file_of_an_archive(books: Books) -> None:
    data = zipped({"a/readings.csv": ONE})
    answer = books.take(data, name="a.zip")
    assert answer["document"]["name"] == "a.zip/a/readings.csv"
    assert books.sum() == kwh("3")
    # What is hashed and kept is the member, so the same file unpacked is known.
    assert books.take(ONE.encode(), name="readings.csv")["posted_before"]
    assert kept_file(books.documents, answer["document"]["sha256"]) is not None


def test_each_member_is_a_batch(books: Books) -> None:
    path = books.file(zipped({"one.csv": ONE, "sub/two.csv": TWO}), "both.zip")
    answers = take_all(books, path)
    assert len({answer["batch"] for answer in answers}) == 2
    assert books.rows("SELECT name FROM document ORDER BY id DESC LIMIT 2") == [
        ("both.zip/sub/two.csv",), ("both.zip/one.csv",)
    ]  # fmt: skip
    assert books.sum() == kwh("33")


def test_one_call_takes_one_file(books: Books) -> None:
    error = books.refused(zipped({"one.csv": ONE, "two.csv": TWO}), name="both.zip")
    assert error.code == "archive-members"
    assert "one.csv, two.csv" in error.message


def test_a_member_that_cannot_be_taken_does_not_stop_the_others(
    books: Books, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(books.folder)
    odd = "meter,time,value\nM-404,2024-03-01 00:00,1\n"
    path = books.file(zipped({"odd.csv": odd, "good.csv": ONE}), "both.zip")
    assert run(["--db", str(books.path), "--json", "import", str(path)]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert [one["document"]["name"] for one in answer["imports"]] == ["both.zip/good.csv"]
    assert books.sum() == kwh("3")
    assert (books.folder / "both.zip-odd.csv.rejects.csv").exists()
    assert [one["file"].rpartition("/")[2] for one in answer["refused"]] == ["odd.csv"]


def test_workbooks_and_packed_files_in_an_archive(books: Books) -> None:
    files = {"book.xlsx": xlsx(table([1, 2])), "two.csv.gz": gzip.compress(TWO.encode())}
    take_all(books, books.file(zipped(files), "both.zip"))
    assert books.sum() == kwh("33")


def test_what_is_no_data_is_left_out_and_told(books: Books) -> None:
    files = {"README.txt": "x", "__MACOSX/._a.csv": "x", "a.csv": ONE, "a.pdf": "x", "d/": ""}
    answer = books.take(zipped(files), name="a.zip")
    assert answer["warnings"][0] == "left out of the archive: README.txt, __MACOSX/._a.csv, a.pdf"


def test_the_map_of_a_folder_names_members(books: Books) -> None:
    path = books.file(zipped({"a.csv": ONE, "b.log": "x"}), "both.zip")
    rule = '[[file]]\npattern = "both.zip/*.log"\nignore = true\n'
    books.file(rule, "carbonledger-import.toml")
    assert [one.member for one in chosen([path])] == ["a.csv"]


def test_the_name_of_a_member_tells_its_meter(books: Books) -> None:
    text = "time,value\n2024-03-01 00:00,1\n2024-03-01 01:00,2\n"
    path = books.file(zipped({"b/M-1/x.csv": text, "b/M-2/x.csv": text}), "a.zip")
    profile = books.file("meter_from_name = '/(M-[0-9])/'\n", "p.toml")
    take_all(books, path, profile)
    assert [books.values(code) for code in ("M-1", "M-2")] == [[1, 2], [1, 2]]
    error = books.refused(text, "meter_from_name = '/(M-[0-9])/'")
    assert error.code == "meter-name"


def test_a_written_profile_states_the_meter_that_the_name_told(books: Books) -> None:
    place = books.folder / "written.toml"
    text = "time,value\n2024-03-01 00:00,1\n2024-03-01 01:00,2\n"
    told = "meter_from_name = '(M-[0-9])'"
    books.take(text, told, name="M-2.csv", dry_run=True, write_profile=place)
    books.take(text, place.read_text("utf-8"), name="any.csv")
    assert books.values("M-2") == [1, 2]


@pytest.mark.parametrize(
    "pattern", ["'('", "'M'", "'(a)(b)'", "'(a+)+'", "'(a*b*c*d*)'", "'(a){2}'", "'(a|b)*'"]
)
def test_a_pattern_that_may_take_for_ever_is_refused(books: Books, pattern: str) -> None:
    assert books.refused(ONE, f"meter_from_name = {pattern}").code == "profile"


def test_a_meter_is_stated_once(books: Books) -> None:
    profile = "meter = \"M-1\"\nmeter_from_name = '(M)'"
    assert books.refused(ONE, profile).code == "profile"


def test_names_of_old_programs(tmp_path: Path) -> None:
    """Written in the encoding of the system, without saying so."""
    data = zipped({"XXXX.csv": ONE}).replace(b"XXXX.csv", "电表".encode("gb18030") + b".csv")
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    found = listed(path)
    assert found is not None
    assert found.members == ("电表.csv",)


def linked() -> bytes:
    info = zipfile.ZipInfo("link.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped([(info, "/etc/passwd")])


def encrypted() -> bytes:
    data = bytearray(zipped({"a.csv": ONE}))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (zipped({"../a.csv": ONE}), "leads out of the archive"),
        (zipped({"x/../../a.csv": ONE}), "leads out of the archive"),
        (zipped({"..\\a.csv": ONE}), "leads out of the archive"),
        (zipped({"/etc/a.csv": ONE}), "leads out of the archive"),
        (zipped({"C:\\a.csv": ONE}), "leads out of the archive"),
        (zipped({"a\x1b[2J.csv": ONE}), "signs that are not printed"),
        (linked(), "is a link or a device"),
        (encrypted(), "is encrypted"),
        (zipped({"a.csv": ONE, "b.zip": zipped({"c.csv": TWO})}), "'b.zip' is an archive within"),
        (zipped({"a.dat": zipped({"c.csv": TWO})}), "is an archive within an archive"),
        (zipped({"a.tar.gz": b"x"}), "is an archive within"),
        (zipped({"readme.txt": "x"}), "no file that may be data"),
        (zipped({f"{n}.csv": "" for n in range(1001)}), "1,001 files"),
        (zipped({}), "no file that may be data"),
    ],
)
def test_archives_that_are_not_taken(books: Books, data: bytes, said: str) -> None:
    error = books.refused(data, name="a.zip")
    assert error.code == "archive"
    assert said in error.message
    assert error.hint


def test_a_member_that_is_in_it_twice(books: Books) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([("a.csv", ONE), ("a.csv", TWO)])
    assert "is in it twice" in books.refused(data, name="a.zip").message


def test_another_method_of_packing(books: Books) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.csv", ONE)
    error = books.refused(out.getvalue(), name="a.zip")
    assert (error.code, "by method 12" in error.message) == ("archive", True)


def test_a_bomb_is_refused_before_it_is_unpacked(books: Books) -> None:
    error = books.refused(zipped({"a.csv": b"0" * (101 << 20)}), name="a.zip")
    assert error.code == "file-expands"
    assert "grows by a factor of" in error.message


def test_a_member_that_is_longer_than_it_says(books: Books) -> None:
    data = bytearray(zipped({"a.csv": b"1" * 100_000}))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<L", 10)
    assert books.refused(bytes(data), name="a.zip").code == "file-broken"


@pytest.mark.parametrize("cut", [20, 60, -30])
def test_an_archive_that_ends_early(books: Books, cut: int) -> None:
    assert books.refused(zipped({"a.csv": ONE * 50})[:cut], name="a.zip").code == "file-broken"


def test_a_gzip_file_that_unpacks_without_end(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonledger.ingest.source.LARGE", 100_000)
    monkeypatch.setattr("carbonledger.ingest.source.MOST_RATIO", 10)
    line = "M-1,2024-03-01 00:00,1\n"
    data = ("meter,time,value\n" + line * 10_000).encode()
    assert books.refused(data, name="bomb.csv.gz").code == "file-expands"


def test_packed_twice_and_other_archives(books: Books) -> None:
    twice = gzip.compress(ONE.encode())
    assert "is packed twice" in books.refused(twice, name="a.csv.gz").message
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"))
    error = books.refused(out.getvalue(), name="a.tar")
    assert (error.code, "is a tar archive" in error.message) == ("file-kind", True)
    assert books.refused(b"7z\xbc\xaf\x27\x1c" + b"x" * 99, name="a.7z").code == "file-kind"


def test_a_text_whose_encoding_nobody_stated_is_named_and_not_read(books: Books) -> None:
    rows = "".join(f"M-1;2024-03-0{day} 00:00;{day};Gerät im Café; Prüfer\n" for day in range(1, 9))
    text = f"Zähler;Zeit;Wert;Anmerkung;Für Prüfer\n{rows}"
    error = books.refused(text, encoding="latin-1")
    assert error.code == "encoding"
    assert "; it looks like " in error.message
    assert "encoding = " in error.hint


@pytest.mark.shared_data
def test_a_park_of_twenty_buildings(tmp_path: Path, shared_data: Path) -> None:
    path = shared_data / "utilities" / "ucam_park_2018_gas_and_electricity.zip"
    profile = Path(__file__).parent.parent / "examples" / "profiles" / "cambridge_estate.toml"
    files = chosen([path], profile=profile)
    assert len(files) == 40
    meters = [one.split("UCam_Building_")[-1].split("/") for one in (str(f.member) for f in files)]
    books = Books(
        tmp_path / "park",
        *(
            Meter(f"{building}/{kind}", "electricity" if kind == "electricity" else "natural_gas",
                  timezone="Europe/London",
                  conversion=None if kind == "electricity" else "10 kWh/m3")
            for building, kind, *_ in meters
        ),
    )  # fmt: skip
    answers = take_all(books, path, profile)
    assert {answer["rows"] for answer in answers} == {8760}
    assert books.sum() == kwh("26280286.5")
    assert books.sum("natural_gas") * 10 == kwh("1167058.5")
