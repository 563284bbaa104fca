"""A profile that a dry run writes: with it the file is read the very same, and nothing is a default."""

import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from dayrows_kit import HALVES, HOURS, ones, table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_kit import Books, Meter, clean, kwh, profile_of, quarters
from real_files import TAKEN, Taken

from carbonledger.errors import ImportRefused, ImportUndecided

few = settings(
    max_examples=18,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
METERS = (
    Meter("M-1"),
    Meter("M-2", timezone="Europe/Zurich", unit="MWh"),
    Meter("P-1", reads="power", unit="kW"),
    Meter("R-1", reads="register", digits=6),
)
FORMS = (
    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S+08:00", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M",
    "%d-%b-%Y %H:%M",
)  # fmt: skip
TIMES = ("time", "timestamp", "start_time", "抄表时间")


@dataclass(frozen=True)
class File:
    """A file of meters, and what a user would have to say of it."""

    data: bytes
    profile: str = ""


@contextmanager
def books_of(*meters: Meter) -> Iterator[Books]:
    with tempfile.TemporaryDirectory() as folder:
        books = Books(Path(folder) / "park", *(meters or METERS))
        yield books
        books.drop()


def written(books: Books, data: Path | bytes | str, profile: str = "", **options: Any) -> str:
    """Return the profile that a dry run writes."""
    place = books.folder / "w.toml"
    books.take(data, profile=profile, dry_run=True, write_profile=place, **options)
    return place.read_text("utf-8")


def posted(books: Books) -> list[Any]:
    return books.rows(
        "SELECT meter, commodity, start_utc, end_utc, quantity_micro, recorded_quantity, "
        "recorded_unit, register_start, register_end, quality, line_first, line_last "
        "FROM entry_view ORDER BY meter, start_utc"
    )


def same_with_its_profile(
    data: Path | bytes | str, profile: str, *meters: Meter, accept: bool = False
) -> str:
    """Import a file as it is, and by the profile a dry run writes; return that profile."""
    with books_of(*meters) as books:
        text = written(books, data, profile, accept_rejects=accept)
        first = books.take(data, profile=profile, accept_rejects=accept)
        expected = posted(books)
    with books_of(*meters) as books:
        tried = books.take(data, profile=text, dry_run=True, accept_rejects=accept)
        again = books.take(data, profile=text, accept_rejects=accept)
        assert posted(books) == expected
    for count in ("rows", "readings", "entries", "skipped", "rejected", "gaps", "totals"):
        assert again[count] == first[count]
    assert first["entries"] > 0
    assert [fact["key"] for fact in tried["understood"]["facts"] if fact["from"] == "default"] == []
    assert tried["understood"]["profile"] == tomllib.loads(text)
    return text


def times(form: str, count: int, minutes: int, ends: bool) -> list[str]:  # noqa: FBT001
    first = datetime(2024, 2, 28, 22, 0)  # noqa: DTZ001 (a wall clock)
    steps = range(ends, count + ends)
    return [(first + timedelta(minutes=minutes * n)).strftime(form) for n in steps]


@st.composite
def long_files(draw: st.DrawFn) -> File:
    """A row a reading; of one meter or several, with what else such files have."""
    form, sign = draw(st.sampled_from(FORMS)), draw(st.sampled_from([",", ";", "\t", "|"]))
    comma = sign != "," and draw(st.booleans())
    ends, minutes = draw(st.booleans()), draw(st.sampled_from([15, 30, 60]))
    meters = draw(st.lists(st.sampled_from(["M-1", "M-2", "P-1", "R-1"]), min_size=1, unique=True))
    unit = draw(st.sampled_from(["", "column", "header"])) if meters == ["M-1"] else ""
    names = [draw(st.sampled_from(TIMES if not ends else TIMES[:2])), "meter"]
    names += ["value (MJ)" if unit == "header" else "value"] + ["unit"] * (unit == "column")
    names += ["旁注"] * draw(st.booleans())
    rows = []
    for meter in meters:
        for place, at in enumerate(times(form, draw(st.integers(5, 40)), minutes, ends)):
            value = f"{place * 3 + 1}.25".replace(".", "," if comma else ".")
            cells = {"meter": meter, "unit": "kWh", "旁注": "好"}
            rows.append([at, *(cells.get(name, value) for name in names[1:])])
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
    before = ["sep=" + sign] * draw(st.booleans())
    text = "\n".join([*before, *(sign.join(row) for row in [names, *rows]), ""])
    said = ['decimal = ","'] * comma + ['stamp = "end"'] * ends
    return File(text.encode(encoding), "\n".join(said))


@few
@given(long_files())
def test_a_long_file_is_read_the_same_by_the_profile_that_is_written(file: File) -> None:
    same_with_its_profile(file.data, file.profile)


@few
@given(
    form=st.sampled_from(FORMS), sign=st.sampled_from([",", ";", "\t"]), ends=st.booleans(),
    heads=st.sampled_from([("M-1", "M-2"), ("M-1 (kWh)", "M-2 MJ"), ("M-1", "M-2（千瓦时）"), ("P-1", "R-1")]),
    count=st.integers(5, 40),
)  # fmt: skip
def test_a_wide_file_is_read_the_same_by_the_profile_that_is_written(
    form: str,
    sign: str,
    ends: bool,  # noqa: FBT001
    heads: tuple[str, ...],
    count: int,
) -> None:
    rows = [
        [at, *(f"{n + 1}.5" for _ in heads)] for n, at in enumerate(times(form, count, 30, ends))
    ]
    text = "\n".join(sign.join(row) for row in [["time", *heads], *rows])

    said = same_with_its_profile(text.encode(), 'stamp = "end"' * ends)

    assert list(tomllib.loads(said)["meters"]) == list(heads)


@pytest.mark.parametrize(
    ("lines", "profile"),
    [
        # Midnights that end the day they are printed with, and those printed with the next day.
        ([*quarters("2024-01-31", ["1"] * 95, start=15), "2024-01-31 00:00,1",
          *quarters("2024-02-01", ["1"] * 95, start=15), "2024-02-01 00:00,1"], 'stamp = "end"'),
        ([*quarters("2024-01-31", ["1"] * 95, start=15), *quarters("2024-02-01", ["1"] * 96)],
         'stamp = "end"'),
        ([*quarters("2024-01-31", ["1"] * 95, start=15), "2024-01-31 24:00,1"], 'stamp = "end"'),
        ([f"2024-{month:02}-01,{month}" for month in range(1, 13)], ""),
        ([f"2024-03-{day:02},{day}" for day in range(1, 13)], 'stamp = "end"'),
        (["1709251200,1", "1709252100,2", "1709253000,4"], ""),
        (["20240301 0000,-999", "20240301 0015,2", "20240301 0030,4"],
         'time_format = "%Y%m%d %H%M"\nmissing = ["-999"]\ninterval = "PT15M"'),
        (["2024-03-01 00:00,1", "2024-03-01 06:00,2"], "interval = 900"),
    ],
)  # fmt: skip
def test_stamps_of_every_kind(lines: list[str], profile: str) -> None:
    text = "\n".join(["time,value", *lines])
    same_with_its_profile(text.encode(), f'meter = "M-1"\n{profile}')


SPRING = Meter("M-1", timezone="Europe/Berlin")
STATE_GRID = """
    电能表示数明细
    表号,抄表时间,正向有功总,尖,峰,平,谷
    M-1,2024-03-01 00:00,100,10,20,30,40
    M-1,2024-03-02 00:00,110,11,22,33,44
    M-1,2024-03-03 00:00,130,13,26,39,52
"""
MERGED = """
    表号,抄表时间,正向有功,,
    ,,总,峰,谷
    M-1,2024-03-01 00:00,100,60,40
    M-1,2024-03-02 00:00,110,66,44
"""


@pytest.mark.parametrize(
    ("text", "profile", "meters"),
    [
        (table(HOURS, ("M-1,2024-03-30", ones(24)), ("M-1,2024-03-31", ones(24, c2="", c3="5"))),
         "", [SPRING]),
        (table(HALVES, ("M-1,2024-03-30", ones(48)), ("M-1,2024-04-01", ones(48))), "", [SPRING]),
        (table([f"P{n}" for n in range(1, 49)], ("M-1,2024-03-30", ones(48))), "", [SPRING]),
        (table([f"{n} kWh" for n in range(1, 25)], ("M-1,2024-03-30", ones(24))),
         '[columns]\nperiods = "3..26"', [SPRING]),
        (clean(STATE_GRID), "", [Meter("M-1", reads="register", digits=6)]),
        (clean(STATE_GRID), "", [Meter("M-1", reads="register", digits=6),
                                 Meter("M-1/尖", reads="register", digits=6)]),
        (clean(MERGED), "", [Meter("M-1", reads="register", digits=6)]),
        ("Report of March\n\nmeter;time;energy (kWh)\nM-1;2024-03-01 00:00;1\nM-1;2024-03-01 01:00;2"
         "\nTotal;;3\n", "", [Meter()]),
        ("meter;time;value\nM-1;2024-03-01 00:00;1.234,5\nM-1;2024-03-01 01:00;12,25\n", "", [Meter()]),
        ("meter;time;value\nM-1;2024-03-01 00:00;1,234.5\nM-1;2024-03-01 01:00;12\n", "", [Meter()]),
        ("meter;time;value;kind\nM-1;2024-03-01 00:00;1;a\nM-1;2024-03-01 00:00;7;b\n"
         "M-1;2024-03-01 01:00;2;a\n", '[only]\nkind = ["a"]', [Meter()]),
    ],
)  # fmt: skip
def test_layouts_of_every_kind(text: str, profile: str, meters: list[Meter]) -> None:
    same_with_its_profile(text.encode(), profile, *meters)


def test_workbooks_and_archives(tmp_path: Path) -> None:
    lines: list[list[Any]] = [
        ["meter", "time", "value"],
        *(["M-1", f"2024-03-01 {n:02}:00", 1.5] for n in range(9)),
    ]
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "".join(";".join(map(str, line)) + "\n" for line in lines))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.write(tmp_path / "a.xlsx", "a.xlsx")

    said = same_with_its_profile(tmp_path / "a.xlsx", "")
    assert not {"encoding", "delimiter", "decimal"} & tomllib.loads(said).keys()
    assert tomllib.loads(same_with_its_profile(tmp_path / "a.zip", ""))["delimiter"] == ";"

    with books_of() as books:
        found = [books.take(tmp_path / name, dry_run=True)["understood"]["container"]
                 for name in ("a.xlsx", "a.zip", "b.zip")]  # fmt: skip
        plain = books.take("meter,time,value\nM-1,2024-03-01,1\nM-1,2024-03-02,1", dry_run=True)
    assert found == ["xlsx", "zip", "zip/xlsx"]
    assert plain["understood"]["container"] is None


def test_records_with_constants() -> None:
    text = clean("""
        start;end;to;quantity;unit;document_no
        2024-03-01;2024-03-31;customer;4;piece;A-1
        2024-04-01;2024-04-30;customer;5;piece;A-2
    """).encode()
    profile = '[constants]\nfrom = "park/office"\ncommodity = "electricity"'
    said = same_with_its_profile(text.replace(b"piece", b"kWh"), profile)

    assert tomllib.loads(said)["constants"] == {"from": "park/office", "commodity": "electricity"}


def test_two_columns_of_one_name_and_none() -> None:
    text = "day,day,value,value\n" + "\n".join(
        f"2024-03-01,{hour:02}:00,1,{hour}" for hour in range(24)
    )
    said = same_with_its_profile(
        text.encode(), 'meter = "M-1"\n[columns]\ntime = [1, 2]\nvalue = 4'
    )
    assert tomllib.loads(said)["columns"] == {"time": ["day", "day#2"], "value": "value#4"}

    said = same_with_its_profile(
        text.partition("\n")[2].encode(),
        'meter = "M-1"\nheader = false\n[columns]\ntime = [1, 2]\nvalue = 4',
    )
    assert tomllib.loads(said)["columns"] == {"time": [1, 2], "value": 4}


EXAMPLES = Path(__file__).parent.parent / "examples" / "formats"
PROFILES = EXAMPLES.parent / "profiles"
# Real files that take no longer than a test should.
LARGE = 1_500_000
TRADE = {
    "nem12.csv": (Meter("SITE-DRAWN"), Meter("SITE-FED-IN")),
    "nem13.csv": (Meter("SITE-DRAWN"), Meter("SITE-FED-IN")),
    "dsmr.txt": (Meter("P1-DAY", reads="register", digits=6, timezone="Europe/Amsterdam"),
                 Meter("P1-GAS", reads="register", digits=5, commodity="natural_gas", unit="m3",
                       timezone="Europe/Amsterdam")),
    "sml.hex": (Meter("SML-1", reads="register", digits=8, timezone="Europe/Berlin"),),
    "entsoe.xml": (Meter("GRID-GAS", reads="power", unit="MW"),),
    "gateway.json": (Meter("GW-01"), Meter("GW-02")),
    "mscons.txt": (Meter("PLANT-DRAWN", timezone="Europe/Berlin"),
                   Meter("PLANT-FED-IN", timezone="Europe/Berlin")),
}  # fmt: skip


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="examples are only in a checkout")
@pytest.mark.parametrize("name", TRADE)
def test_formats_of_the_trade(name: str) -> None:
    profile = (EXAMPLES / name).with_suffix(".toml").read_text("utf-8")

    said = profile_of(same_with_its_profile(EXAMPLES / name, profile, *TRADE[name]))

    stem = Path(name).stem
    assert said == replace(profile_of(profile), format={"gateway": "json"}.get(stem, stem))


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", *METERS)


def test_the_profile_says_what_was_taken_by_default(books: Books) -> None:
    text = written(books, "meter,time,value\nM-1,2024-03-01 00:00,1\nM-1,2024-03-01 00:15,2")

    assert text.splitlines() == [
        "# How meters.csv is read. Written by carbonledger import --dry-run --write-profile.",
        'format = "long"', 'encoding = "utf-8"', 'delimiter = ","', 'decimal = "."', "skip = 0",
        "header = true", 'time_format = "%Y-%m-%d %H:%M"',
        'stamp = "start"  # taken by default: nothing in the file says it; please check',
        'interval = "15 min"', 'timezone = "Asia/Shanghai"  # as declared of the meters',
        'unit = "kWh"  # as declared of the meters',
        'quantity = "energy"  # as declared of the meters',
        "", "[columns]", 'time = "time"', 'value = "value"', 'meter = "meter"',
        "", "[meters]", 'M-1 = "M-1"',
    ]  # fmt: skip


def test_what_is_undecided_stands_there_to_be_chosen(books: Books) -> None:
    place = books.folder / "w.toml"
    text = "time;value\n" + "\n".join(f"03/04/2024 {hour:02}:00;1,250" for hour in range(4))
    books.refused(text, 'meter = "M-1"', dry_run=True, write_profile=place)

    lines = place.read_text("utf-8").splitlines()

    assert lines[1:7] == [
        "# Undecided: take the sign # away from the lines of one of these.",
        "# 1:", '# time_format = "%d/%m/%Y %H:%M"', '# decimal = ","',
        "# 2:", '# time_format = "%d/%m/%Y %H:%M"',
    ]  # fmt: skip
    assert not {"time_format", "decimal", "thousands"} & tomllib.loads("\n".join(lines)).keys()
    chosen = [line.lstrip("# ") if n in (3, 4) else line for n, line in enumerate(lines)]
    books.take(text, "\n".join(chosen))
    assert books.days() == {"2024-04-03": 5}


def test_names_that_are_no_meters_are_listed_with_lines_for_the_site(books: Books) -> None:
    place = books.folder / "w.toml"
    text = "meter,time,value\nM-1,2024-03-01 00:00,1\nM-1,2024-03-01 00:15,2\nX 9,2024-03-01,3"
    error = books.refused(text, dry_run=True, write_profile=place)

    assert isinstance(error, ImportRefused)
    assert error.understood is not None
    assert error.understood["undeclared"] == ["X 9"]
    assert tomllib.loads(error.understood["site"])["meter"]["X 9"] == {
        "from": "…", "to": "…", "commodity": "…", "unit": "…", "reads": "…"
    }  # fmt: skip
    assert place.read_text("utf-8").splitlines()[-1] == (
        '# "X 9" = "…"  # not declared; name the meter\'s code, or declare it in site.toml'
    )


def test_a_file_that_is_there_is_not_written_over(books: Books) -> None:
    place = books.file("mine", name="w.toml")

    error = books.refused(b"meter,time,value\n", dry_run=True, write_profile=place)

    assert error.code == "profile-exists"
    assert place.read_text("utf-8") == "mine\n"


def test_a_folder_that_is_not_there(books: Books) -> None:
    text = "meter,time,value\nM-1,2024-03-01 00:00,1\nM-1,2024-03-01 00:15,2"
    error = books.refused(text, dry_run=True, write_profile=books.folder / "no" / "w.toml")

    assert error.code == "profile-exists"
    assert error.message.endswith("cannot be written: No such file or directory")


def test_a_file_that_is_posted_is_understood_all_the_same(books: Books) -> None:
    text = "meter,time,value\nM-1,2024-03-01 00:00,1\nM-1,2024-03-01 00:15,2"
    books.take(text)

    answer = books.take(text, dry_run=True)

    assert answer["posted_before"]
    assert [meter["meter"] for meter in answer["understood"]["meters"]] == ["M-1"]
    assert "understood" not in books.take(text)


@pytest.mark.both_databases
def test_all_of_a_dry_run_is_taken_back(books: Books) -> None:
    before = books.dump()
    error = books.refused("time;value\n2024-03-01 00:00;1,250\n2024-03-01 00:15;2,250",
                          'meter = "M-1"', dry_run=True)  # fmt: skip

    assert isinstance(error, ImportUndecided)
    assert books.dump() == before
    assert [one["sums"][0]["quantity"] for one in error.readings] == [kwh("3.5"), kwh("3500")]


REAL = [row for row in TAKEN if not row.waits]


@pytest.mark.shared_data
@pytest.mark.parametrize("row", REAL, ids=[row.file for row in REAL])
def test_real_files_are_read_the_same_by_the_profile_that_is_written(
    shared_data: Path, row: Taken
) -> None:
    path = shared_data / row.file
    if path.stat().st_size > LARGE or row.file.startswith("production/") or path.suffix == ".zip":
        pytest.skip("large, of a site of its own, or of many files")
    profile = (PROFILES / f"{row.profile}.toml").read_text("utf-8") if row.profile else ""
    meters = row.meters(path) if callable(row.meters) else row.meters
    said = same_with_its_profile(path, profile + row.more, *meters, accept=row.accept_rejects)

    assert {"format", "encoding"} & tomllib.loads(said).keys()
