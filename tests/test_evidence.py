"""Evidence packs: what they hold, and that a program of its own computes all of it again."""

import csv
import io
import shutil
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from cli_plant import Plant, build, enter
from conftest import POSTED_AT
from demo_case import KINDS, NOW
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_case import days, park, post, record
from postgresql_server import copy_of

from carbonledger.errors import CalculationRefused, LedgerRefused
from carbonledger.ledger import service as ledger_service
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.connect import location, open_ledger
from carbonledger.report.service import park_summary
from carbonledger.run import service
from carbonledger.run.evidence import verify as checker
from carbonledger.run.evidence.cells import cell
from carbonledger.run.evidence.service import evidence
from carbonledger.run.setup import init

CHECKER = Path(checker.__file__)
Members = dict[str, bytes]


def check(pack: Path, *more: str) -> tuple[int, str]:
    """Run the checker as a stranger does: no packages, nothing of ours in reach."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(CHECKER), str(pack), *more],
        capture_output=True, text=True, cwd=pack.parent, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def members(pack: Path) -> Members:
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(path: Path, parts: Members) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def rows(data: bytes) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))]


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


@pytest.fixture(scope="module")
def packs(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give a pack of the demo park for each kind of run."""
    folder = tmp_path_factory.mktemp("packs")
    made = {}
    shutil.copyfile(demo_template, folder / "demo.db")
    kept = demo_template.with_suffix(".documents")
    with open_ledger(location(str(folder / "demo.db")), write=True, documents=kept) as ledger:
        park_summary(ledger, None, "2024", lang="en", form="json", actor="tester", now=NOW)
        with ledger.read() as connection:
            known = connection.exec_driver_sql("SELECT kind, id FROM run").all()
        for kind, number in known:
            made[kind] = folder / f"{kind}.zip"
            evidence(ledger, number, made[kind])
    return made


@pytest.mark.parametrize("kind", [*KINDS, "summary"])
def test_a_pack_of_each_kind_of_run_is_computed_again(kind: str, packs: dict[str, Path]) -> None:
    code, said = check(packs[kind])
    assert (code, said.splitlines()[-1]) == (0, "all holds")
    assert "books: 7168 entries summed into flows" in said
    assert "documents: 20 as given, 0 by their hash alone" in said


def test_every_figure_of_footprints_is_computed_again(packs: dict[str, Path]) -> None:
    """The linear system is not solved again; every balance in it is checked."""
    _, said = check(packs["footprint"])
    assert "figures not computed again: none" in said
    nodes = rows(members(packs["footprint"])["results/nodes.csv"])
    assert len([row for row in nodes if row["node"].startswith("node:")]) > 10


def test_the_checker_stands_alone() -> None:
    text = CHECKER.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    assert "carbonledger" not in text.replace("run/evidence", "")
    names = {line.split()[1].partition(".")[0] for line in text.splitlines()
             if line.startswith(("import ", "from "))}  # fmt: skip
    assert names <= sys.stdlib_module_names


def test_the_same_run_makes_the_same_bytes(fresh_ledger: str, tmp_path: Path) -> None:
    """Also when the ledger went on: the pack knows it as the run did."""
    make_small(fresh_ledger, tmp_path / "first.zip")
    with open_ledger(fresh_ledger, write=True) as ledger:
        first = evidence(ledger, 1, tmp_path / "first.zip")
        with ledger.transaction() as connection:
            with posting(connection, Header("site", "tester", NOW, "later")):
                pass
        again = evidence(ledger, 1, tmp_path / "again.zip")
    assert first == again
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    assert not [*tmp_path.glob(".*")], "nothing is left of the work"


def test_hash_and_root_are_those_that_were_told(fresh_ledger: str, tmp_path: Path) -> None:
    pack = make_small(fresh_ledger, tmp_path / "pack.zip")
    with open_ledger(fresh_ledger) as ledger:
        told = evidence(ledger, 1, pack)
    root = told["checkpoint"]["root"]
    code, said = check(pack, "--hash", told["pack_hash"], "--root", root)
    assert (code, told["pack_hash"] in said, root in said) == (0, True, True)
    code, said = check(pack, "--hash", "0" * 64)
    assert (code, f"pack, hash: is {told['pack_hash']}, not 000" in said) == (1, True)
    code, said = check(pack, "--root", "f" * 64)
    assert (code, f"log, hash: is {root}, not fff" in said) == (1, True)


def test_a_checkpoint_of_the_ledger_is_what_the_proofs_lead_to(
    fresh_ledger: str, tmp_path: Path
) -> None:
    """Also one that was made later: the log in the pack goes as far as it."""
    pack, file = make_small(fresh_ledger, tmp_path / "pack.zip"), tmp_path / "ledger.checkpoint"
    with open_ledger(fresh_ledger, write=True) as ledger:
        early = ledger_service.checkpoint(ledger, NOW)
        with ledger.transaction() as connection:
            with posting(connection, Header("site", "tester", NOW, "later")):
                pass
        later = ledger_service.checkpoint(ledger, NOW)
        file.write_text(later["text"], "utf-8")
        told = evidence(ledger, 1, pack, checkpoint=file)
        assert told["checkpoint"] == {"size": early["batches"] + 1, "root": later["root"]}
        assert members(pack)["log/checkpoint.txt"].decode() == later["text"]
        code, said = check(pack, "--root", later["root"])
        assert (code, f"log: {later['batches']} batches" in said) == (0, True), said
        lines = later["text"].split("\n")
        file.write_text("\n".join([lines[0], "5", *lines[2:]]), "utf-8")
        with pytest.raises(LedgerRefused) as refused:
            evidence(ledger, 1, pack, checkpoint=file)
        assert refused.value.code == "checkpoint-other"
        file.write_text("no checkpoint", "utf-8")
        with pytest.raises(LedgerRefused) as refused:
            evidence(ledger, 1, pack, checkpoint=file)
        assert refused.value.code == "checkpoint"


def test_an_unpacked_pack_is_checked_where_it_lies(packs: dict[str, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(packs["renewable"]) as archive:
        archive.extractall(tmp_path / "unpacked")
    done = subprocess.run([sys.executable, "-I", "-S", str(tmp_path / "unpacked" / "verify.py")],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "all holds")


def test_what_is_no_pack_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK")
    for place in (tmp_path, tmp_path / "x.zip", tmp_path / "absent.zip"):
        done = subprocess.run([sys.executable, "-I", "-S", str(CHECKER), str(place)],
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert (done.returncode, "is no evidence pack" in done.stderr) == (2, True)


def places_of(data: bytes) -> list[int]:
    """Give the places of all digits."""
    return [at for at, sign in enumerate(data) if sign in b"0123456789"]


def flipped(data: bytes, at: int) -> bytes:
    other = str((int(chr(data[at])) + 1) % 10).encode()
    return data[:at] + other + data[at + 1 :]


@pytest.fixture(scope="module")
def small_pack(ledger_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the pack of a small ledger, so that it can be checked hundreds of times."""
    folder = tmp_path_factory.mktemp("small")
    shutil.copyfile(ledger_template, folder / "small.db")
    return make_small(location(str(folder / "small.db")), folder / "small.zip")


def make_small(url: str, path: Path) -> Path:
    with park(url) as case:
        readings = days(case, "M-1", "2024-03-30", ["100", "2.5"], ["7", None], ["9", "1"])
        post(case, *readings, *days(case, "M-2", "2024-03-30", ["100"], ["7"]), name="m.csv")
        with case.ledger.read() as connection:
            bill = record(connection, "grid", "park", "electricity", "2024-01-15", "2024-02-15",
                          31_000_001, note="=1+2")  # fmt: skip
            gas = record(connection, "supplier", "park/works/line", "natural_gas",
                         "2024-02-01", "2024-03-01", 1_234_567_000_000, document_no="@7")  # fmt: skip
        post(case, bill, gas, name="bill.csv")
        made = service.inventory(case.ledger, None, "2024", actor="tester", now=NOW)
        evidence(case.ledger, made["run"], path)
    return path


@pytest.mark.both_databases
def test_a_small_ledger_on_both_databases(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    on_server = database == "postgresql"
    url = copy_of("init", begun) if on_server else request.getfixturevalue("fresh_ledger")
    pack = make_small(url, tmp_path / "pack.zip")
    code, said = check(pack)
    assert (code, said.splitlines()[-1]) == (0, "all holds"), said
    parts = members(pack)
    flows = {row["flow"]: row["quantity"] for row in rows(parts["books/flows.csv"])}
    assert flows["flow:electricity:grid>park:2024-01"] == "17.000001"
    assert flows["flow:electricity:grid>park:2024-02"] == "14"
    assert flows["flow:electricity:grid>park:2024-03"] == "109.5"
    shares = [row["quantity"] for row in rows(parts["books/shares.csv"])]
    assert sum(map(Decimal, shares)) == Decimal("31.000001")


def begun(url: str) -> None:
    init(url, "tester", POSTED_AT)


class Held(checker.Pack):
    """A pack in memory."""

    def __init__(self, path: Path, parts: Members) -> None:
        super().__init__(path)
        self.parts = parts
        self.names = sorted(set(parts) - {"manifest.csv"})

    def read(self, name: str) -> bytes:
        return self.parts[name]


def alone(parts: Members, name: str) -> Members:
    """Give a member with what the manifest says of it; the manifest itself with few others."""
    some = [name] if name != "manifest.csv" else ["README.md", "log/proofs.csv", "books/meters.csv"]
    lines = parts["manifest.csv"].splitlines(keepends=True)
    told = [line for line in lines[1:] if line.split(b",")[0].decode() in some]
    return {**{one: parts[one] for one in some}, "manifest.csv": b"".join([lines[0], *told])}


def damaged(path: Path, parts: Members, name: str, at: int) -> tuple[list[str], str]:
    """Flip a digit; return what the checker finds, and what it must name."""
    data = parts[name]
    seen = Held(path, {**parts, name: flipped(data, at)})
    seen.check_manifest()
    binary = name.startswith("documents/") and b"\0" in data
    record = f"b{at // 4096 * 4096}" if binary else str(data[:at].count(b"\n") + 1)
    return seen.found, f"{name}, {record}: "


def test_a_digit_flipped_in_any_member_is_named_with_its_line(
    small_pack: Path, packs: dict[str, Path]
) -> None:
    small, whole = members(small_pack), members(packs["inventory"])
    documents = {name: data for name, data in whole.items() if name.startswith("documents/")}
    assert any(b"\0" in data for data in documents.values())
    for pack, parts in ((small_pack, small), (packs["inventory"], whole)):
        for name in documents if parts is whole else parts:
            few = alone(parts, name)
            places = places_of(few[name][:20_000])
            # A table without rows has no digit.
            for at in {*places[:1], *places[len(places) // 2 :][:1], *places[-1:]}:
                told, named = damaged(pack, few, name, at)
                assert [one.startswith(named) for one in told] == [True], (named, told)


@settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_a_digit_flipped_anywhere_is_named_with_its_line(
    small_pack: Path, data: st.DataObject
) -> None:
    parts = members(small_pack)
    few = alone(parts, data.draw(st.sampled_from([n for n in parts if places_of(parts[n])])))
    name = next(iter(few))
    name = data.draw(st.sampled_from([name, "manifest.csv"]))
    at = data.draw(st.sampled_from(places_of(few[name])))
    told, named = damaged(small_pack, few, name, at)
    assert any(one.startswith(named) for one in told), (named, told)


def test_a_flipped_digit_of_the_whole_pack_is_named(small_pack: Path, tmp_path: Path) -> None:
    """As a stranger sees it: the program, run on the changed file."""
    parts = members(small_pack)
    for name in ("manifest.csv", "rows/000025/entry.jsonl", "results/lines.csv", "verify.py"):
        at = places_of(parts[name])[-1]
        code, said = check(written(tmp_path / "x.zip", {**parts, name: flipped(parts[name], at)}))
        line = parts[name][:at].count(b"\n") + 1
        assert (code, f"{name}, {line}: " in said) == (1, True), said


def again_sealed(parts: Members) -> Members:
    """Write the manifest anew, as one would who changed a file on purpose."""
    lines = ["file,record,bytes,sha256"]
    for name in sorted(set(parts) - {"manifest.csv"}):
        made = checker.records(name, parts[name])
        lines += [",".join((name, label, *told)) for label, told in made.items()]
    return {**parts, "manifest.csv": ("\ufeff" + "\n".join(lines) + "\n").encode()}


# Member, what is replaced in it (once), by what, and what must be said of it.
FORGED = [
    ("rows/000025/entry.jsonl", b"102500000", b"102500001", "rows/000025, file: are not the rows"),
    ("rows/000010/factor.jsonl", b"21.6219", b"21.6218", "rows/000010, file: are not the rows"),
    ("log/batches.jsonl", b'"tester"', b'"nobody"', "log/checkpoint.txt, file: is not the root"),
    ("log/proofs.csv", b"left:", b"right:", "log/proofs.csv, 3: does not prove"),
    ("log/checkpoint.txt", b"=\n", b"A=\n", "log/checkpoint.txt, file: is not"),
    ("books/entries.csv", b",102.5,", b",103.5,", "books/entries.csv, 2: is not the entry"),
    ("books/entries.csv", b",grid,park,", b",park,grid,", "books/entries.csv, 2: is not the entry"),
    ("books/shares.csv", b",14\n", b",15\n", "books/shares.csv, 3: is not the share"),
    ("books/flows.csv", b",109.5,", b",119.5,", "is not the sum of its entries"),
    ("results/lines.csv", b",1234567,m3,", b",1234568,m3,", "results/lines.csv, 2: its mass is not"),
    ("results/lines.csv", b",21.6219,", b",21.6218,", "results/lines.csv, 2: has another factor"),
    ("results/figures.json", b'"value": "', b'"value": "1', "scope-1: does not"),
    ("results/figures.json", b"market-based", b"market based", "results/run.json, content_hash: is not"),
    ("results/run.json", b'"2024"', b'"2023"', "results/run.json, content_hash: is not that"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "says"), FORGED)
def test_who_writes_a_new_manifest_is_found_by_what_must_come_out(
    name: str, old: bytes, new: bytes, says: str, small_pack: Path, tmp_path: Path
) -> None:
    parts = members(small_pack)
    assert old in parts[name]
    forged = again_sealed({**parts, name: parts[name].replace(old, new, 1)})
    code, said = check(written(tmp_path / "forged.zip", forged))
    assert (code, says in said) == (1, True), said


def test_a_batch_that_was_left_out_is_missed(small_pack: Path, tmp_path: Path) -> None:
    parts = members(small_pack)
    proofs = parts["log/proofs.csv"].splitlines(keepends=True)
    some = {name: data for name, data in parts.items() if not name.startswith("rows/000020")}
    forged = again_sealed({**some, "log/proofs.csv": b"".join(proofs[:-1])})
    code, said = check(written(tmp_path / "forged.zip", forged))
    assert (code, "cannot be computed any further" in said) == (1, True), said


def test_a_file_too_many_or_too_few_is_named(small_pack: Path, tmp_path: Path) -> None:
    parts = members(small_pack)
    more = written(tmp_path / "more.zip", {**parts, "books/more.csv": b"1\n"})
    assert "books/more.csv, 1: is not as it was packed" in check(more)[1]
    fewer = {name: data for name, data in parts.items() if name != "books/meters.csv"}
    assert (
        "states what is not in the pack: books/meters.csv"
        in check(written(tmp_path / "few.zip", fewer))[1]
    )
    twice = tmp_path / "twice.zip"
    shutil.copyfile(small_pack, twice)
    with zipfile.ZipFile(twice, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("books/flows.csv", "other")
    assert "books/flows.csv, file: is in the ZIP file more than once" in check(twice)[1]


def test_a_source_file_that_was_swapped_is_named(packs: dict[str, Path], tmp_path: Path) -> None:
    parts = members(packs["inventory"])
    [name] = [name for name in parts if name.endswith("/waste.csv")]
    forged = again_sealed({**parts, name: flipped(parts[name], parts[name].index(b"2024"))})
    code, said = check(written(tmp_path / "forged.zip", forged))
    line = next(row for row in said.splitlines() if row.startswith("documents/documents.csv"))
    assert (code, line.endswith("is not what was imported")) == (1, True)


def test_a_damaged_zip_file_is_named(small_pack: Path, tmp_path: Path) -> None:
    data = bytearray(small_pack.read_bytes())
    data[data.index(b"books/entries.csv") + 200] ^= 1
    (tmp_path / "bad.zip").write_bytes(bytes(data))
    code, said = check(tmp_path / "bad.zip")
    assert (code, "Bad CRC-32 for file 'books/entries.csv'" in said) == (1, True), said


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("=1+1", "'=1+1"), ("+86 10", "'+86 10"), ("-5", "-5"), ("-5.25", "-5.25"), ("-a", "'-a"),
        ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("'x", "''x"), ("＝1", "'＝1"), (None, ""),
        (Decimal("-0.5"), "-0.5"), ("", ""), ("a=b", "a=b"), ("--1", "'--1"), ("-1 kWh", "'-1 kWh"),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula_and_each_can_be_read_back(value: object, told: str) -> None:
    assert cell(value) == told
    assert told.removeprefix("'") == ("" if value is None else str(value))


def test_texts_of_files_are_no_formulas_in_the_pack(small_pack: Path) -> None:
    [bill] = [row for row in rows(members(small_pack)["books/entries.csv"]) if row["note"]]
    assert bill["note"] == "'=1+2"


def test_hashes_alone_are_packed_where_asked(demo_ledger: str, tmp_path: Path) -> None:
    with open_ledger(demo_ledger) as ledger:
        told = evidence(ledger, 3, tmp_path / "pack.zip", documents=False)
    assert told["documents"] == {"held": 0, "hashed": 20}
    code, said = check(tmp_path / "pack.zip")
    assert (code, "documents: 0 as given, 20 by their hash alone" in said) == (0, True)


def test_a_kept_file_that_was_altered_is_refused(tmp_path: Path, demo_template: Path) -> None:
    folder = demo_template.with_suffix(".documents")
    kept = tmp_path / "kept"
    shutil.copytree(folder, kept)
    one = next(kept.glob("*.gz"))
    one.write_bytes(b"other")
    with open_ledger(location(str(demo_template)), documents=kept) as ledger:
        with pytest.raises(LedgerRefused) as refused:
            evidence(ledger, 3, tmp_path / "pack.zip")
    assert refused.value.code == "document-altered"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_run_that_is_not_there_is_refused(demo_ledger: str, tmp_path: Path) -> None:
    with open_ledger(demo_ledger) as ledger:
        with pytest.raises(CalculationRefused) as refused:
            evidence(ledger, 99, tmp_path / "pack.zip")
    assert (refused.value.code, "4 (intensity)" in refused.value.hint) == ("run", True)
    assert not [*tmp_path.glob("*.zip*")]


def test_the_command_tells_how_to_check(plant: Plant) -> None:
    made = plant.ask("renewable", "--period", "2024-03", "--method", "cn-zero-carbon-park")
    told = plant.ask("evidence", str(made["run"]))
    assert (told["file"], told["run_kind"]) == (f"evidence-{made['run']}.zip", "renewable")
    code, said = check(plant.folder / told["file"], "--hash", told["pack_hash"])
    assert code == 0, said
    text = plant.text("--lang", "zh", "evidence", str(made["run"]), "-o", "中文.zip")
    assert "python3 verify.py 中文.zip --hash " + told["pack_hash"] in text
