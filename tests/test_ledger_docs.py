"""The SQL in the documents is run on the demo park; what it answers is what the documents print."""

import os
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from carbonledger.ledger.connect import open_ledger
from carbonledger.ledger.service import query

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = ("ledger.md",)
# A statement, and below it what it answers.
BLOCK = re.compile(r"```sql\n(?P<sql>.*?)```\n\n```text\n(?P<answer>.*?)```\n", re.DOTALL)

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="docs are only in a checkout")


def shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float | Decimal):
        text = f"{value:,.6f}".rstrip("0").rstrip(".")
        return text if text not in ("", "-0") else "0"
    return str(value)


def width(text: str) -> int:
    return sum(2 if "\u2e80" <= sign <= "\uffe6" else 1 for sign in text)


def table(names: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Print rows under their names, numbers to the right."""
    cells = [[shown(value) for value in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(names, *cells, strict=True)]
    right = [
        all(row[place] is None or isinstance(row[place], int | float | Decimal) for row in rows)
        for place in range(len(names))
    ]

    def line(texts: list[str]) -> str:
        padded = [
            " " * (size - width(text)) + text if flush else text + " " * (size - width(text))
            for text, size, flush in zip(texts, widths, right, strict=True)
        ]
        return "  ".join(padded).rstrip()

    return "".join(f"{text}\n" for text in (line(names), *map(line, cells)))


def answered(url: str, text: str) -> str:
    """Return a page with every answer as the ledger gives it."""

    def fill(block: re.Match[str]) -> str:
        with open_ledger(url, sealed=True) as ledger:
            names, rows = query(ledger, block["sql"], seconds=60)
            answer = table(names, list(rows))
        return f"```sql\n{block['sql']}```\n\n```text\n{answer}```\n"

    return BLOCK.sub(fill, text)


@pytest.mark.parametrize("name", PAGES)
def test_every_answer_in_a_page_is_what_the_demo_says(name: str, demo_ledger: str) -> None:
    path = DOCS / name
    found = answered(demo_ledger, path.read_text("utf-8"))
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8"), (
        f"docs/{name} is out of date; if the change is meant: UPDATE_GOLDEN=1"
    )


def statements(name: str) -> Iterator[str]:
    yield from re.findall(r"```sql\n(.*?)```", (DOCS / name).read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("name", PAGES)
def test_every_statement_has_its_answer_below_it(name: str) -> None:
    text = (DOCS / name).read_text("utf-8")
    assert list(statements(name)) == [block["sql"] for block in BLOCK.finditer(text)]
    assert len(list(statements(name))) >= 6


def test_the_shape_of_status_is_described() -> None:
    """Every field that `status --json` answers has its place in the page."""
    from carbonledger.calc.closure import Closure, Sums
    from carbonledger.calc.expectation import Missing
    from carbonledger.calc.model import Expectation
    from carbonledger.ledger.coverage import Coverage
    from carbonledger.ledger.state import SiteState
    from carbonledger.run.closure import as_row
    from carbonledger.run.completeness import missing_row

    wanted = Expectation("x", "", "gas", "", "", "day", 20240101, None, 0, "us")
    gone = Missing(wanted, date(2024, 1, 1), date(2024, 1, 1), 1, date(2024, 1, 1), Fraction(1),
                   None, None, None, "m3", 0)  # fmt: skip

    closure = Closure("a", "c", "kWh", Sums(), None, "closed", (), (), ())
    text = (DOCS / "ledger.md").read_text("utf-8")
    fields = {"ledger", "as_of", "sites", "batches", "entries", "documents", "accounts", "meters",
              "balance", *Coverage("m", "c", None, None, 0, 0, (), 0).as_dict(),
              *as_row(closure), *missing_row(gone, date(2024, 1, 2), SiteState({}, {}, {}), {})}  # fmt: skip
    assert [name for name in sorted(fields) if f"`{name}`" not in text] == []


def test_the_pages_name_only_views_and_tables_there_are(demo_ledger: str) -> None:
    from carbonledger.ledger.schema import metadata

    with open_ledger(demo_ledger) as ledger, ledger.read() as connection:
        objects = set(
            connection.exec_driver_sql("SELECT object FROM data_dictionary").scalars()
        ) | set(metadata.tables)
    for name in PAGES:
        text = (DOCS / name).read_text("utf-8")
        assert not set(re.findall(r"`(\w+_(?:view|record|row|revision))`", text)) - objects


def test_a_table_is_printed_with_numbers_to_the_right() -> None:
    rows: list[tuple[Any, ...]] = [("电表", 1234.5, None), ("M", -2, "x")]
    assert table(["meter", "kwh", "note"], rows) == (
        "meter      kwh  note\n电表   1,234.5\nM           -2  x\n"
    )
