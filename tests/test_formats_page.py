"""The page on formats is checked: its samples come to its totals, its codes and profiles exist."""

import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from carbonledger.ingest.formats.signs import SIGNS
from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.connect import location, open_ledger
from carbonledger.run.setup import init
from carbonledger.site.service import apply

CHECKOUT = Path(__file__).resolve().parent.parent
PAGE = CHECKOUT / "docs" / "formats.md"
SAMPLES = CHECKOUT / "examples" / "formats"
PROFILES = CHECKOUT / "examples" / "profiles"
NOW = "2026-11-22T00:00:00Z"
pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="docs are only in a checkout")


def table(title: str) -> list[list[str]]:
    """Return the rows of the table below a title of the page, as cells."""
    part = PAGE.read_text("utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def links(cell: str) -> list[Path]:
    """Return the files that a cell leads to."""
    return [(PAGE.parent / path).resolve() for path in re.findall(r"\]\(([^)#]+)\)", cell)]


def rows() -> list[list[str]]:
    return table("What is in the file") if PAGE.is_file() else []


@pytest.fixture(scope="module")
def samples_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a ledger of the site that lies beside the samples; to be copied."""
    path = tmp_path_factory.mktemp("samples") / "samples.db"
    init(location(str(path)), "tester", NOW)
    with open_ledger(location(str(path)), write=True) as ledger:
        apply(ledger, SAMPLES / "site.toml", "tester", NOW)
    return path


@pytest.mark.parametrize("row", rows(), ids=lambda row: links(row[4])[0].name)
def test_a_sample_comes_to_its_total(tmp_path: Path, samples_site: Path, row: list[str]) -> None:
    path = tmp_path / "ledger.db"
    shutil.copyfile(samples_site, path)
    sample, *profiles = links(row[4])

    with open_ledger(location(str(path)), write=True) as ledger:
        profile = profiles[0] if profiles else None
        options = ImportOptions(profile=profile, actor="tester", now=NOW)
        answer = import_file(ledger, sample, options)

    said = [part.strip().rsplit(" ", 2) for part in row[5].split(",")]
    assert [(name, Decimal(number), unit) for name, number, unit in said] == [
        (total.get("meter") or total["commodity"], total["quantity"], total["unit"])
        for total in answer["totals"]
    ]


def test_every_sample_and_every_profile_beside_it_is_on_the_page() -> None:
    shown = {path for row in rows() for path in links(row[4])}
    assert {path for path in SAMPLES.iterdir() if path.name != "site.toml"} - shown == set()


def test_every_format_of_the_trade_is_on_the_page() -> None:
    named = {code for row in rows() for code in re.findall(r"`([a-z0-9]+)`", row[0])}
    assert set(SIGNS) - named == set()


def test_every_refusal_it_names_is_an_error() -> None:
    errors = set(re.findall(r"^### `([a-z0-9-]+)`$", (PAGE.parent / "errors.md").read_text("utf-8"),
                            re.MULTILINE))  # fmt: skip
    for row in rows():
        codes = re.findall(r"\(`([a-z-]+)`\)", row[3])
        assert codes, row[0]
        assert set(codes) - errors == set()


def test_every_shipped_profile_is_on_the_page_with_its_first_words() -> None:
    for path in sorted(PROFILES.glob("*.toml")):
        told = " ".join(line.removeprefix("#").strip() for line in comment(path))
        listed = {links(row[0])[0]: row[1] for row in table("Profiles for files of publishers")}
        assert path in listed, path.name
        assert told.replace("\u00a0", " ").startswith(listed[path].rstrip(".")), path.name
    assert len(listed) == len(list(PROFILES.glob("*.toml")))


def comment(path: Path) -> list[str]:
    """Return the lines of the comment with which a profile begins."""
    lines = path.read_text("utf-8").splitlines()
    return lines[: next(n for n, line in enumerate(lines) if not line.startswith("#"))]
