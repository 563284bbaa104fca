import re
import tomllib
from dataclasses import fields
from pathlib import Path
from string import Formatter

import pytest

import carbonledger.report
from carbonledger.report.data import ParkSummary
from carbonledger.text import FOLDER

TEXTS = tomllib.loads((FOLDER / "report.toml").read_text("utf-8"))
REPORT = Path(carbonledger.report.__file__).parent
# Keys that the code puts together from a code of the data or of the program.
AREAS = (
    "unit.", "month.", "status.", "scope.", "category.", "line_basis.", "treatment.",
    "correction.", "confidence.", "purpose.", "factor_basis.", "run.", "batch.", "allocation.",
    "left.", "missing.", "basis.", "event.", "indicator_kind.", "fallback.", "national.",
    "flows.", "balance.", "members.", "products.", "renewable.", "waste.", "standing.",
    "closure.", "frequency.", "restated.", "explain.", "scope_3.", "data.", "medium.",
    "grade.", "fits.",
)  # fmt: skip


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_text_stands_in_both_languages_with_the_same_places() -> None:
    for key, entry in TEXTS.items():
        assert set(entry) == {"en", "zh"}, key
        assert all(text.strip() for text in entry.values()), key
        assert places(entry["en"]) == places(entry["zh"]), key


def test_every_text_is_used() -> None:
    sources = [*REPORT.rglob("*.py"), *REPORT.rglob("*.j2")]
    written = "\n".join(path.read_text("utf-8") for path in sources)
    named = set(re.findall(r'["\']([a-z_0-9.]+)["\']', written))
    unused = [
        key
        for key in (full.removeprefix("report.") for full in TEXTS)
        if key not in named and not key.startswith(AREAS)
    ]
    assert unused == []


def test_the_page_of_the_docs_names_every_part_of_the_report() -> None:
    page = REPORT.parent.parent / "docs" / "reports" / "park-summary.md"
    if not page.is_file():
        pytest.skip("docs are only in a checkout")
    text = page.read_text("utf-8")
    missing = [field.name for field in fields(ParkSummary) if f"`{field.name}`" not in text]
    assert missing == []
