"""Nothing from a file reaches a formula or a terminal as it is; no secret is ever repeated."""

import csv
import io

import pytest
from cli_plant import Plant

from carbonledger.cli.entry import run

SECRET = "s3cret-pa55"  # noqa: S105 (of no server)
# Nobody listens there: every command fails, and must say so without the URL.
SERVER = f"postgresql://books:{SECRET}@127.0.0.1:9/books"
COMMANDS = (
    ["init"], ["status"], ["verify"], ["log"], ["sql", "select 1"], ["checkpoint"],
    ["inventory", "--period", "2024"], ["backup", "copy.db"], ["restore", "copy.db"],
    ["close", "park", "2024"], ["grants"], ["explain", "1"], ["evidence", "1", "-o", "p.zip"],
    ["report", "park-summary", "--boundary", "park", "--period", "2024", "-o", "r.html"],
)  # fmt: skip
# A text that begins with = is refused when it comes in; spreadsheets take this one as well.
NASTY = "@SUM(1+1)*cmd|'/C calc'!A0"
TURNED = "\x1b[2J\u202etxt"


@pytest.mark.parametrize("argv", COMMANDS, ids=lambda argv: argv[0])
@pytest.mark.parametrize("option", ["--json", "--debug"])
def test_a_password_is_in_nothing_that_is_told(plant: Plant, argv: list[str], option: str) -> None:
    left = run([option, "--db", SERVER, *argv])
    out, err = plant.terminal.readouterr()
    assert left in (1, 2), out
    assert SECRET not in out + err
    assert not any(
        SECRET.encode() in p.read_bytes() for p in plant.folder.rglob("*") if p.is_file()
    )


def test_a_password_is_in_no_answer_about_a_ledger(plant: Plant) -> None:
    left = run(["--json", "--db", f"sqlite:///{plant.database}?password={SECRET}", "status"])
    assert SECRET not in "".join(plant.terminal.readouterr()), left


def record(plant: Plant, note: str) -> None:
    with io.StringIO() as text:
        writer = csv.writer(text)
        writer.writerow(["start", "end", "from", "to", "commodity", "quantity", "unit", "note"])
        writer.writerow(
            ["2024-05-01", "2024-05-31", "grid", "park", "electricity", "5", "kWh", note]
        )
        (plant.folder / "bill.csv").write_text(text.getvalue(), "utf-8")
    plant.ask("import", "bill.csv")


def test_a_text_of_a_file_is_no_formula_in_a_table(plant: Plant) -> None:
    record(plant, NASTY)
    told = plant.text(
        "sql", "--csv", "select note, -quantity as q from entry_view where note <> ''"
    )
    assert list(csv.reader(io.StringIO(told))) == [["note", "q"], [f"'{NASTY}", "-5.0"]]


def test_a_text_of_a_file_does_not_move_the_cursor(plant: Plant) -> None:
    record(plant, TURNED)
    told = plant.text("sql", "select note from entry_view where note <> ''")
    assert r"\x1b[2J\u202etxt" in told
    assert not {"\x1b", "\u202e"} & set(told)
