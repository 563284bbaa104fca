"""Folders and many files: each its own batch, one summary, and one refused file stops no other."""

import os
from pathlib import Path
from typing import Any

import pytest
from cli_plant import Plant, enter

from carbonledger.cli.entry import run
from carbonledger.errors import ImportRefused
from carbonledger.ingest.folder import MAP, chosen, read_rules


@pytest.fixture
def declared(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Plant:
    return enter(template, tmp_path, monkeypatch, capsys)


@pytest.fixture
def data(declared: Plant) -> Path:
    """Give a folder with two days, one file that cannot be posted, and what lies beside them."""
    folder = declared.folder / "data"
    (folder / "older").mkdir(parents=True)
    for name, day, meter in (("a.csv", 1, "M-001"), ("b.csv", 2, "M-009"), ("c.csv", 3, "M-001")):
        day_of(folder / name, meter, day)
    day_of(folder / "older" / "a.csv", "M-001", 4)
    (folder / ".hidden.csv").write_text("x")
    (folder / "b.csv.rejects.csv").write_text("x")
    (folder / "profile.toml").write_text("")
    return folder


def day_of(path: Path, meter: str, day: int) -> None:
    lines = [f"{meter},2024-05-{day:02}T{hour:02}:00:00,{day}" for hour in range(24)]
    path.write_text("\n".join(["meter,time,value", *lines]))


def names(found: Any) -> list[str]:
    return [one["document"]["name"] for one in found]


def test_the_files_of_a_folder_by_name(declared: Plant, data: Path) -> None:
    found = declared.ask("import", "data", code=1)
    assert names(found["imports"]) == ["a.csv", "c.csv"]
    assert [one["readings"] for one in found["imports"]] == [24, 24]
    refused = found["refused"][0]
    assert refused["file"] == str(Path("data/b.csv"))
    assert refused["error"]["code"] == "rejects"
    assert refused["error"]["problems"][0]["line"] == 2
    assert found["error"] == refused["error"], "an error is where programs look for one"
    assert len({one["batch"] for one in found["imports"]}) == 2


def test_the_folders_below_it_too(declared: Plant, data: Path) -> None:
    (data / "b.csv").unlink()
    found = declared.ask("import", "data", "--recursive")
    assert names(found["imports"]) == ["a.csv", "c.csv", "a.csv"]
    assert "refused" not in found
    assert "error" not in found
    again = declared.ask("import", "data", "--recursive")
    assert [one.get("posted_before") for one in again["imports"]] == [True] * 3


def test_as_people_see_it(declared: Plant, data: Path) -> None:
    assert run(["import", "data"]) == 1
    out, err = declared.terminal.readouterr()
    assert "b.csv: 24 rows cannot be posted" in err
    assert "  b.csv:2:meter M-009 — meter 'M-009' is not declared" in err
    table = out[out.index("file ") :].splitlines()
    assert table[0].split() == [
        "file", "outcome", "readings", "already", "posted", "rejected", "findings"
    ]  # fmt: skip
    rows = [line.split() for line in table[2:5]]
    assert rows[0][:2] == [str(Path("data/a.csv")), "batch"]
    assert rows[0][3:6] == ["24", "0", "0"]
    assert rows[1][:3] == [str(Path("data/b.csv")), "refused:", "rejects"]
    assert "Files taken: 2; refused: 1." in out


def test_stopping_at_the_first(declared: Plant, data: Path) -> None:
    found = declared.ask("import", "data", "--stop", code=1)
    assert names(found["imports"]) == ["a.csv"]
    assert found["error"]["code"] == "rejects"


def test_what_the_ledger_refuses_is_not_tried_file_by_file(
    declared: Plant, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonledger.errors import LedgerRefused
    from carbonledger.ingest import service

    def full(_ledger: Any, path: Path, *_: Any, **__: Any) -> None:
        raise (
            LedgerRefused("no space left", code="ledger-full")
            if path.name == "c.csv"
            else (ImportRefused("broken", code="file-broken"))
        )

    monkeypatch.setattr(service, "import_file", full)
    found = declared.ask("import", "data", "--recursive", code=1)
    assert [one["error"]["code"] for one in found["refused"]] == ["file-broken"] * 2
    assert found["error"]["code"] == "ledger-full"
    assert run(["import", "data", "--recursive"]) == 1
    last = declared.terminal.readouterr().err.splitlines()
    said = next(line for line in last if line.startswith("Posted: –."))
    assert said.endswith(f"Not tried: {Path('data/older/a.csv')}.")


def test_rejects_of_equal_names_do_not_overwrite_each_other(declared: Plant, data: Path) -> None:
    day_of(data / "older" / "b.csv", "M-009", 5)
    declared.ask("import", "data", "--recursive", code=1)
    written = sorted(path.name for path in declared.folder.glob("*.rejects.csv"))
    assert written == ["data-b.csv.rejects.csv", "data-older-b.csv.rejects.csv"]


def test_a_pattern_that_the_shell_left_alone(data: Path) -> None:
    found = chosen([data / "[ab].csv", data / "*.csv"])
    assert [one.path.name for one in found] == ["a.csv", "b.csv", "c.csv"]


def test_a_file_named_twice_is_taken_once(declared: Plant, data: Path) -> None:
    found = declared.ask("import", "data/a.csv", "data/a.csv", "data/c.csv")
    assert names(found["imports"]) == ["a.csv", "c.csv"]


@pytest.mark.parametrize("name", ["empty", "data/*.xml"])
def test_nothing_to_import_is_no_success(declared: Plant, data: Path, name: str) -> None:
    (declared.folder / "empty").mkdir()
    assert declared.refused("import", name)["code"] == "folder-empty"


def test_a_folder_has_no_one_file_of_rejects(declared: Plant, data: Path) -> None:
    assert run(["import", "data", "--rejects", "r.csv"]) == 2


RULES = """
[[file]]
pattern = "*_mwh.csv"
profile = "mwh.toml"

[[file]]
pattern = "*.log"
ignore = true
"""


def test_a_profile_by_the_pattern_of_the_name(declared: Plant) -> None:
    folder = declared.folder / "exports"
    (folder / "deep").mkdir(parents=True)
    (folder / MAP).write_text(RULES)
    (folder / "mwh.toml").write_text('unit = "MWh"')
    (folder / "service.log").write_text("began")
    for path in (folder / "day_mwh.csv", folder / "plain.csv", folder / "deep" / "2_mwh.csv"):
        day_of(path, "M-001" if path.name != "plain.csv" else "M-002", 3 + len(path.parts[-2]))

    found = declared.ask("import", "exports", "--recursive")

    sums = {one["document"]["name"]: one["totals"][0]["quantity"] for one in found["imports"]}
    assert sums == {"2_mwh.csv": 7 * 24_000, "day_mwh.csv": 10 * 24_000, "plain.csv": 10 * 24}


def test_the_map_holds_for_files_named_one_by_one_and_a_profile_goes_before_it(
    tmp_path: Path,
) -> None:
    (tmp_path / MAP).write_text(RULES)
    (tmp_path / "mwh.toml").write_text('unit = "MWh"')
    file = tmp_path / "x_mwh.csv"
    file.write_text("x")
    assert chosen([file])[0].profile == tmp_path / "mwh.toml"
    assert chosen([file], profile=tmp_path / "p.toml")[0].profile == tmp_path / "p.toml"


@pytest.mark.parametrize(
    "text",
    [
        "[[file]",
        'other = 1\n[[file]]\npattern = "*"\nignore = true',
        '[[file]]\npattern = "*"',
        '[[file]]\nprofile = "mwh.toml"',
        '[[file]]\npattern = "*"\nprofile = "none.toml"',
        '[[file]]\npattern = "*"\nprofile = "mwh.toml"\nignore = true',
        '[[file]]\npattern = "*"\nignore = 1',
        '[[file]]\npattern = "*"\nignore = true\nskip = 3',
        "file = 3",
    ],
)  # fmt: skip
def test_a_map_that_is_written_wrongly(tmp_path: Path, text: str) -> None:
    (tmp_path / "mwh.toml").write_text("")
    (tmp_path / MAP).write_text(text)
    with pytest.raises(ImportRefused) as refused:
        read_rules(tmp_path)
    assert refused.value.code == "folder-profile"
    assert MAP in refused.value.message


def test_the_ledger_and_its_files_in_the_same_folder_are_no_exports(declared: Plant) -> None:
    found = [one.path.name for one in chosen([declared.folder], recursive=True)]
    assert "meters.csv" in found
    assert not [name for name in found if name.startswith("carbonledger")]
    assert os.sep not in "".join(found)
