"""Commands on the books: made, filled, looked at, corrected, asked in SQL, verified."""

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from cli_plant import READINGS, Plant

from carbonledger.cli import imports
from carbonledger.cli.entry import run
from carbonledger.cli.tables import label
from carbonledger.text import set_language


@pytest.fixture
def empty(plant: Plant) -> Plant:
    """A working folder with files, without a ledger."""
    plant.database.unlink()
    return plant


@pytest.fixture
def declared(empty: Plant) -> Plant:
    """A ledger that knows the site and holds no entry."""
    empty.ask("init")
    empty.ask("site", "apply", "site.toml")
    return empty


def test_init_makes_a_ledger_once(empty: Plant) -> None:
    first = empty.ask("init")
    assert first["ledger"] == str(empty.database)
    assert first["batches"][0] == 1
    assert empty.ask("init")["batches"] == []


def test_the_environment_names_the_ledger(empty: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBONLEDGER_DB", "books/plant.db")
    empty.ask("init")
    assert (empty.folder / "books" / "plant.db").is_file()
    assert not empty.database.exists()


def test_without_a_ledger_the_way_to_one_is_told(empty: Plant) -> None:
    error = empty.refused("status")
    assert error["code"] == "ledger-missing"
    assert "carbonledger init" in error["hint"]
    assert list(empty.folder.glob("*.db")) == []


def test_site_apply_shows_its_plan_and_posts_it_once(empty: Plant) -> None:
    empty.ask("init")
    out = empty.text("site", "apply", "site.toml", "--dry-run")
    assert "M-001" in out
    assert out.endswith("Nothing was changed.\n")
    planned = empty.ask("site", "apply", "site.toml")
    assert planned["batch"] == empty.ask("log")["batches"][-1]["batch"]
    assert empty.ask("site", "apply", "site.toml")["batch"] is None


def test_import_answers_with_totals_to_compare(declared: Plant) -> None:
    found = declared.ask("import", "meters.csv")
    counts = {name: found[name] for name in ("rows", "readings", "skipped", "rejected", "gaps")}
    assert counts == {"rows": 96, "readings": 96, "skipped": 0, "rejected": 0, "gaps": 0}
    assert {t["meter"]: (t["quantity"], t["unit"]) for t in found["totals"]} == {
        "M-001": (60, "kWh"),
        "M-002": (36, "kWh"),
    }


def test_import_as_people_see_it(declared: Plant) -> None:
    out = declared.text("import", "meters.csv", "--dry-run")
    assert out.startswith("meters.csv: would be posted; nothing was changed\n")
    out = declared.text("import", "meters.csv")
    assert out.startswith("meters.csv: posted as batch ")
    row = next(line for line in out.splitlines() if line.startswith("M-001"))
    assert row.split()[:4] == ["M-001", "electricity", "60", "kWh"]
    assert "Compare these totals with the source." in out
    out = declared.text("import", "meters.csv")
    assert out.startswith("meters.csv: everything in it is posted already; nothing was changed\n")


def test_several_files_give_one_document(declared: Plant) -> None:
    found = declared.ask("import", "meters.csv", "records.csv")
    assert [one["document"]["name"] for one in found["imports"]] == ["meters.csv", "records.csv"]


def test_with_stop_a_refused_file_stops_and_what_was_posted_is_told(declared: Plant) -> None:
    declared.write("bad.csv", "M-009,2024-03-01T00:00:00,1,kWh")
    files = ("meters.csv", "bad.csv", "records.csv")
    found = declared.ask("import", *files, "--stop", code=1)
    assert [one["document"]["name"] for one in found["imports"]] == ["meters.csv"]
    assert found["error"]["problems"][0]["line"] == 2
    assert run(["import", *files, "--stop"]) == 1
    err = declared.terminal.readouterr().err
    assert err.startswith("Posted: meters.csv. Not posted: bad.csv. Not tried: records.csv.\n")
    assert "  bad.csv:2:" in err


def test_other_values_need_a_reason(plant: Plant) -> None:
    first = "M-001,2024-03-01T00:00:00,"
    (plant.folder / "new.csv").write_text(READINGS.replace(f"{first}1.25", f"{first}2.25"))
    assert plant.refused("import", "new.csv")["code"] == "conflict"
    found = plant.ask("import", "new.csv", "--adjust", "wrong ratio", "--actor", "Li")
    last = plant.ask("log")["batches"][-1]
    assert found["batch"] == last["batch"]
    assert (last["kind"], last["actor"], last["reason"]) == ("correction", "Li", "wrong ratio")
    sums = plant.ask("sql", "select sum(quantity) as kwh from energy_record where meter = 'M-001'")
    assert sums["rows"] == [{"kwh": 61}]


def test_a_batch_is_reversed_with_a_reason(plant: Plant) -> None:
    posted = plant.ask("log")["batches"][-2]
    assert posted["document"] == "meters.csv"
    found = plant.ask("--actor", "Wang", "reverse", str(posted["batch"]), "--reason", "wrong plant")
    last = plant.ask("log")["batches"][-1]
    assert found["batch"] == last["batch"]
    assert (last["kind"], last["actor"], last["reason"]) == ("reversal", "Wang", "wrong plant")
    left = plant.ask("sql", "select sum(quantity) as kwh from energy_record")
    assert left["rows"] == [{"kwh": 0}]


@pytest.mark.parametrize(("reason", "code"), [("x", "reverse"), (" ", "reason")])
def test_what_cannot_be_reversed_is_refused(plant: Plant, reason: str, code: str) -> None:
    assert plant.refused("reverse", "1", "--reason", reason)["code"] == code


def test_status_names_what_is_missing(plant: Plant) -> None:
    plant.ask("import", plant.write("late.csv", "M-001,2024-03-03T05:00:00,1,kWh"))
    meters = {row["meter"]: row for row in plant.ask("status")["meters"]}
    assert meters["M-001"]["missing"] == 5
    assert meters["M-002"]["missing"] == 0
    lines = plant.text("status").splitlines()
    gap = lines[lines.index("gaps") + 3]
    assert gap.split() == ["M-001", "2024-03-02T16:00:00Z", "2024-03-02T21:00:00Z"]
    assert (
        lines[-1]
        == "· Meter M-001: 5 values are missing from 2024-03-03 00:00 to 2024-03-03 05:00."
    )


def test_a_meter_event_is_posted(plant: Plant) -> None:
    what = ("--at", "2024-04-01T12:00", "--kind", "calibration", "--note", "class 0.5S")
    found = plant.ask("meter", "event", "M-001", *what)
    assert found["batch"] == plant.ask("log")["batches"][-1]["batch"]
    event = plant.ask("sql", "select meter, kind, at_utc, note from meter_event_view")["rows"]
    assert [tuple(row.values()) for row in event] == [
        ("M-001", "calibration", "2024-04-01T04:00:00Z", "class 0.5S")
    ]


def test_sql_as_json_numbers_columns_of_the_same_name(plant: Plant) -> None:
    found = plant.ask("sql", "select 1 as a, 2 as a, 'x' as b, null as c")
    row = {"a": 1, "a_2": 2, "b": "x", "c": None}
    assert found == {"columns": ["a", "a_2", "b", "c"], "rows": [row]}


def test_sql_as_csv_is_all_rows(plant: Plant) -> None:
    statement = "select meter, local_day, quantity from energy_record order by 1, 2"
    rows = list(csv.reader(io.StringIO(plant.text("sql", statement, "--csv"))))
    assert rows[0] == ["meter", "local_day", "quantity"]
    assert {(meter, day): Decimal(kwh) for meter, day, kwh in rows[1:]} == {
        ("M-001", "2024-03-01"): 30,
        ("M-001", "2024-03-02"): 30,
        ("M-002", "2024-03-01"): 18,
        ("M-002", "2024-03-02"): 18,
    }
    assert plant.text("sql", statement, "--csv", "--limit", "1").count("\n") == 2


def test_sql_on_a_screen_stops_and_says_so(plant: Plant) -> None:
    many = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 201)"
    assert run(["sql", f"{many} select i from n"]) == 0
    out, err = plant.terminal.readouterr()
    assert out.splitlines()[-1].strip() == "200"
    assert err == "There are more than 200 rows; --csv and --json show them all.\n"
    assert len(plant.text("sql", f"{many} select i from n where i < 201").splitlines()) == 202


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("delete from entry", "sql-read-only"),
        ("drop view entry_view", "sql-read-only"),
        ("pragma query_only = off", "sql-read-only"),
        ("attach 'other.db' as o", "sql-read-only"),
        ("select * from no_such_view", "sql"),
        ("selct 1", "sql"),
        ("", "sql"),
    ],
)
def test_sql_only_reads(statement: str, code: str, plant: Plant) -> None:
    before = plant.database.read_bytes()
    assert plant.refused("sql", statement)["code"] == code
    assert plant.database.read_bytes() == before
    assert not (plant.folder / "other.db").exists()


def test_sql_that_takes_too_long_is_stopped(plant: Plant) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
    assert plant.refused("sql", endless, "--timeout", "0.1")["code"] == "sql-time"


def test_verify_names_what_was_tampered_with(plant: Plant) -> None:
    good = plant.ask("verify")
    assert (good["ok"], good["problems"]) == (True, [])
    assert plant.text("verify").startswith("Everything agrees with its hash.\n")
    batch = plant.ask("log")["batches"][-2]["batch"]
    tamper(plant.database, "update entry set quantity = quantity + 1 where meter_id = 1")
    bad = plant.ask("verify", code=1)
    assert bad["ok"] is False
    assert batch in {problem["batch"] for problem in bad["problems"]}


def tamper(database: Path, statement: str) -> None:
    """Change posted rows behind the ledger's back."""
    connection = sqlite3.connect(database)
    names = connection.execute("select name from sqlite_master where type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f"drop trigger {name}")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_answers_in_chinese(plant: Plant) -> None:
    assert "过账人" in plant.text("--lang", "zh", "log")
    assert plant.text("--lang", "zh", "verify").startswith("全部与哈希相符。\n")


def test_nothing_is_posted_by_a_program_stopped_in_the_middle(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonledger.ingest import service

    before, real = plant.ask("log"), service.import_file

    def stopping(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(
        service,
        "import_file",
        lambda ledger, file, chosen, *_, **__: real(ledger, file, chosen, stopping),
    )
    name = plant.write("more.csv", "M-001,2024-03-03T00:00:00,40,kWh")
    assert plant.refused("import", name)["code"] == "interrupted"
    assert plant.ask("log") == before


def test_ctrl_c_ends_with_a_word_and_exit_1(plant: Plant) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
    process = subprocess.Popen(
        [sys.executable, "-m", "carbonledger", "--json", "sql", endless],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=plant.folder,
    )
    try:
        time.sleep(2)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, err) == (1, "")
    assert json.loads(out)["error"]["code"] == "interrupted"


def test_every_field_of_an_import_has_its_chinese_label() -> None:
    set_language("zh")
    names = (*imports.COUNTS, *imports.TOTALS, *imports.SUMMARY)
    assert [name for name in names if label(name).isascii()] == []
    set_language("en")
