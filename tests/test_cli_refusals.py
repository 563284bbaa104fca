"""Refusals of a ledger and of packs, as a user meets them; what was there stays as it was."""

import errno
import io
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from cli_plant import Plant
from sqlalchemy.exc import OperationalError

from carbonledger.ingest.spool import Spool
from carbonledger.ledger.refusals import told
from carbonledger.resources import folder


@pytest.mark.parametrize(
    ("db", "code"),
    [
        ("nowhere.db", "ledger-missing"),
        ("site.toml", "ledger-unknown"),
        ("mysql://host/books", "ledger-url"),
    ],
)
def test_what_is_no_ledger(db: str, code: str, plant: Plant) -> None:
    error = plant.refused("--db", db, "status")
    assert error["code"] == code
    assert error["hint"]
    assert not (plant.folder / "nowhere.db").exists()


def test_a_ledger_of_another_version(plant: Plant) -> None:
    connection = sqlite3.connect(plant.database)
    connection.execute("update alembic_version set version_num = '9999'")
    connection.commit()
    connection.close()
    assert plant.refused("status")["code"] == "ledger-version"


def test_a_ledger_another_program_writes_to(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbonledger.ledger.engines.BUSY_S", 0.2)
    other = sqlite3.connect(plant.database, isolation_level=None)
    other.execute("begin immediate")
    name = plant.write("more.csv", "M-001,2024-03-03T00:00:00,40,kWh")
    assert plant.refused("import", name)["code"] == "ledger-locked"
    other.execute("rollback")
    other.close()
    assert plant.ask("import", name)["readings"] == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_ledger_that_may_only_be_read(plant: Plant) -> None:
    name = plant.write("more.csv", "M-001,2024-03-03T00:00:00,40,kWh")
    plant.database.chmod(0o444)
    assert plant.refused("import", name)["code"] == "ledger-read-only"


def test_posted_rows_cannot_be_changed_by_anyone(plant: Plant) -> None:
    connection = sqlite3.connect(plant.database)
    for statement in ("update entry set quantity = 0", "delete from batch"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_a_pack_does_not_change_under_its_name(plant: Plant) -> None:
    shutil.copytree(folder("factors") / "cn-heat-2025", plant.folder / "pack")
    header = plant.folder / "pack" / "pack.toml"
    header.write_text(header.read_text("utf-8").replace("Default emission", "Emission"), "utf-8")
    assert plant.refused("factors", "load", "pack")["code"] == "pack-edition"


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EACCES, "documents"), (errno.ENOSPC, "ledger-full")]
)
def test_a_source_file_that_cannot_be_kept(
    number: int, code: str, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = plant.write("more.csv", "M-001,2024-03-03T00:00:00,40,kWh")
    before = plant.ask("log")

    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "mkdir", refused)
    assert plant.refused("import", name)["code"] == code
    assert plant.ask("log") == before
    assert plant.ask("import", name, "--no-keep")["readings"] == 1


def test_two_heats_of_unknown_mass_cannot_be_shared_out(plant: Plant) -> None:
    (plant.folder / "heat.csv").write_text(
        "start,end,from,to,commodity,quantity,unit\n"
        "2024-03-01,2024-03-31,park/works,customer,heat,5,GJ\n"
    )
    plant.ask("import", "heat.csv")
    error = plant.refused("footprint", "--period", "2024-03")
    assert error["code"] == "calculation"
    assert "park/works" in error["message"]


def test_the_driver_of_another_database_is_asked_for(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonledger.ledger.engines.find_spec", lambda _: None)
    error = plant.refused("--db", "postgresql://nobody@host/books", "status")
    assert error["code"] == "ledger-driver"
    assert "nobody" not in error["hint"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("connection to server at 10.0.0.1 failed: Connection refused", "ledger-unreachable"),
        ("bigint out of range", "ledger-overflow"),
        ("canceling statement due to lock timeout", "ledger-locked"),
        ("permission denied for table entry", "ledger-read-only"),
    ],
)
def test_what_a_database_server_says_is_told_as_a_refusal(said: str, code: str) -> None:
    refusal = told(OperationalError("select 1", None, Exception(said)), "books on host")
    assert refusal is not None
    assert refusal.code == code
    assert "books on host" in refusal.message


class Broken(io.BytesIO):
    """A file on a disk that fails."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, _data: object) -> int:
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "disk-full"), (errno.EIO, "spool")])
def test_a_file_out_of_order_without_a_place_to_sort_it(
    number: int, code: str, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonledger.ingest.days.Spool", lambda: Spool(Broken(number)))
    hours = [f"M-001,2024-{month:02}-01T00:00:00,1,kWh" for month in (7, 5, 6, 5)]
    name = plant.write("mixed.csv", *hours)
    assert plant.refused("import", name)["code"] == code
