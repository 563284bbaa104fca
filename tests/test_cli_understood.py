"""A dry run at the command line: what was understood, in both languages, and the profile written."""

import tomllib
import zipfile
from pathlib import Path

import pytest
from cli_plant import Plant

from carbonledger.cli.entry import run


@pytest.fixture
def file(plant: Plant) -> str:
    return plant.write("new.csv", *(f"M-001,2024-05-01 {n:02}:00,1.5,kWh" for n in range(4)))


def cells(told: str) -> list[list[str]]:
    """Return the cells of the rows of all tables, which stand three blanks apart."""
    return [[cell.strip() for cell in line.split("   ") if cell.strip()]
            for line in told.splitlines() if line]  # fmt: skip


def test_what_was_understood_is_shown_with_what_it_rests_on(plant: Plant, file: str) -> None:
    told = plant.text("import", file, "--dry-run")

    rows = cells(told)
    for row in (
        ["format", "long", "from the file: its header"],
        ["encoding", "utf-8", "from the file: all bytes are valid UTF-8"],
        ["form of stamps", "%Y-%m-%d %H:%M", "from the file"],
        ["stamps name the", "start", "taken by default: please check"],
        ["time zone", "Asia/Shanghai", "as the meters are declared"],
        ["M-001", "M-001", "each row", "energy", "60 min", "Asia/Shanghai", "4", "0"],
        ["M-001", "electricity", "6", "kWh", "2024-04-30T16:00:00Z", "2024-04-30T20:00:00Z"],
    ):
        assert row in rows
    assert "Columns: meter → meter, time → time, value → value, unit → unit" in told


def test_in_chinese(plant: Plant, file: str) -> None:
    told = plant.text("--lang", "zh", "import", file, "--dry-run")

    assert ["编码", "utf-8", "取自文件: 全部字节均为有效 UTF-8"] in cells(told)
    assert ["时间戳表示", "start", "默认取值：请核对"] in cells(told)


def test_a_column_that_is_left_out_is_named(plant: Plant) -> None:
    Path("new.csv").write_text(
        "meter;time;value;Störung\nM-001;2024-05-01 00:00;1;x\nM-001;2024-05-01 01:00;1;x\n",
        "utf-8",
    )
    told = plant.text("import", "new.csv", "--dry-run")

    assert "Columns left out: Störung\n" in told
    assert ["delimiter", ";", "from the file: its header"] in cells(told)


def test_gb18030_says_why(plant: Plant) -> None:
    text = "表号,抄表时间,电量(kWh)\nM-001,2024-05-01 00:00,1\nM-001,2024-05-01 01:00,1\n"
    Path("new.csv").write_text(text, "gb18030")

    told = plant.text("import", "new.csv", "--dry-run")

    assert ["encoding", "gb18030", "from the file: no UTF-8, but valid GB18030"] in cells(told)


def test_an_undeclared_meter_gets_lines_for_the_site(plant: Plant) -> None:
    plant.write("new.csv", *(f"M-9,2024-05-01 {n:02}:00,1.5,kWh" for n in range(4)))

    assert run(["import", "new.csv", "--dry-run"]) == 1
    out, err = plant.terminal.readouterr()

    assert (
        'Not declared as meters: M-9. Lines for site.toml, to be completed:\n[meter."M-9"]' in out
    )
    assert err.startswith("new.csv: 4 rows cannot be posted")


def test_the_profile_that_is_written_is_ready(plant: Plant, file: str) -> None:
    plant.text("import", file, "--dry-run", "--write-profile", "ready.toml")

    told = plant.text("import", file, "--dry-run", "--profile", "ready.toml")

    assert "taken by default" not in told
    assert ["stamps name the", "start", "stated in the profile"] in cells(told)
    assert plant.ask("import", file, "--profile", "ready.toml")["readings"] == 4
    assert tomllib.loads(Path("ready.toml").read_text("utf-8"))["stamp"] == "start"


def test_programs_get_the_same(plant: Plant, file: str) -> None:
    understood = plant.ask("import", file, "--dry-run")["understood"]

    assert understood["facts"][0] == {
        "key": "format", "value": "long", "from": "file", "why": "header"
    }  # fmt: skip
    assert understood["columns"][1] == {"column": "time", "role": "time", "meter": None}
    assert understood["meters"][0]["values"] == 4
    assert understood["profile"]["columns"]["value"] == "value"

    plant.write("bad.csv", "M-9,2024-05-01 00:00,1,kWh", "M-9,2024-05-01 01:00,1,kWh")
    assert plant.refused("import", "bad.csv", "--dry-run")["understood"]["undeclared"] == ["M-9"]
    assert "understood" not in plant.refused("import", "bad.csv")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("new.csv", "--write-profile", "p.toml"), "what a dry run understood"),
        (("new.csv", "meters.csv", "--dry-run", "--write-profile", "p.toml"), "names one profile"),
        ((".", "--dry-run", "--write-profile", "p.toml"), "names one profile"),
    ],
)
def test_a_profile_is_written_of_one_dry_run(
    plant: Plant, file: str, argv: tuple[str, ...], said: str
) -> None:
    error = plant.ask("import", *argv, code=2)["error"]

    assert (error["code"], said in error["message"]) == ("usage", True)
    assert not Path("p.toml").exists()


def test_an_archive_of_several_files_is_no_one_file(plant: Plant, file: str) -> None:
    with zipfile.ZipFile("two.zip", "w") as archive:
        archive.write(file, "a.csv")
        archive.write("meters.csv", "b.csv")

    error = plant.ask("import", "two.zip", "--dry-run", "--write-profile", "p.toml", code=2)[
        "error"
    ]

    assert error["code"] == "usage"
    assert not Path("p.toml").exists()


def test_a_profile_is_not_written_over(plant: Plant, file: str) -> None:
    Path("p.toml").write_text("mine", "utf-8")

    error = plant.refused("import", file, "--dry-run", "--write-profile", "p.toml")

    assert (error["code"], Path("p.toml").read_text("utf-8")) == ("profile-exists", "mine")
