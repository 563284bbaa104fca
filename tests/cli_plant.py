"""A plant of two meters and two days, for the tests of the command line."""

import contextlib
import io
import json
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from carbonledger.cli.entry import run

SITE = """
[site]
code = "park"
name = { en = "Park", zh = "园区" }
timezone = "Asia/Shanghai"
region = "CN-LN"

[account."park/works"]
kind = "facility"

[account."park/roof"]
kind = "generator"
technology = "solar_pv"

[commodity."tyre"]
kind = "product"
unit = "piece"
mass_kg = "10"

[meter."M-001"]
from = "grid"
to = "park/works"
commodity = "electricity"
unit = "kWh"
reads = "interval"

[meter."M-002"]
from = "park/roof"
to = "park/works"
commodity = "electricity"
unit = "kWh"
reads = "interval"
"""
# Two days of hours: the grid gives 1.25 kWh an hour, the roof 0.75.
HOURS = [f"2024-03-0{1 + hour // 24}T{hour % 24:02}:00:00" for hour in range(48)]
METERS = {"M-001": "1.25", "M-002": "0.75"}
READINGS = "meter,time,value,unit\n" + "".join(
    f"{meter},{at},{value},kWh\n" for at in HOURS for meter, value in METERS.items()
)
RECORDS = """start,end,from,to,commodity,quantity,unit
2024-03-01,2024-03-31,park/works,customer,tyre,4,piece
2024-03-01,2024-03-31,park/works,market,value_added,2,万元
"""
FILES = {"site.toml": SITE, "meters.csv": READINGS, "records.csv": RECORDS}
DATABASE = "carbonledger.db"


def build(folder: Path) -> Path:
    """Write the plant's files into a folder, and a ledger into which all are imported."""
    for name, content in FILES.items():
        (folder / name).write_text(content, "utf-8")
    where = ["--db", str(folder / DATABASE)]
    files = [str(folder / name) for name in ("meters.csv", "records.csv")]
    for argv in (["init"], ["site", "apply", str(folder / "site.toml")], ["import", *files]):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            assert run([*where, *argv]) == 0, said.getvalue()
    return folder


@dataclass(frozen=True)
class Plant:
    """A user in a working folder, before a terminal."""

    folder: Path
    terminal: pytest.CaptureFixture[str]

    @property
    def database(self) -> Path:
        return self.folder / DATABASE

    def ask(self, *argv: str, code: int = 0) -> Any:
        """Run a command under --json and return its document."""
        left = run(["--json", *argv])
        out, err = self.terminal.readouterr()
        assert (left, err) == (code, ""), out
        return json.loads(out, parse_float=Decimal)

    def refused(self, *argv: str) -> Any:
        """Run a command that is refused and return its error."""
        return self.ask(*argv, code=1)["error"]

    def text(self, *argv: str) -> str:
        """Run a command and return what people read."""
        left = run(list(argv))
        out, err = self.terminal.readouterr()
        assert (left, err) == (0, "")
        return out

    def write(self, name: str, *lines: str) -> str:
        """Write a file of readings; return its name."""
        text = "\n".join(["meter,time,value,unit", *lines, ""])
        (self.folder / name).write_text(text, "utf-8")
        return name


def enter(
    template: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    terminal: pytest.CaptureFixture[str],
) -> Plant:
    """Put a user into a folder of their own with what the template holds."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.setenv("CARBONLEDGER_LANG", "en")
    monkeypatch.delenv("CARBONLEDGER_DB", raising=False)
    return Plant(folder, terminal)
