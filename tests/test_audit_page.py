"""The page for auditors: its answers are those of the program, its questions those there are."""

import contextlib
import io
import os
import re
import shlex
from pathlib import Path

import pytest

from carbonledger.audit.questions import questions
from carbonledger.cli.entry import run
from carbonledger.text import set_language

DOCS = Path(__file__).resolve().parent.parent / "docs"
# A command, and below it what it answers.
BLOCK = re.compile(
    r"```sh\n(?P<typed>carbonledger audit ask [^\n]*)\n```\n\n```text\n.*?```\n", re.DOTALL
)

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="docs are only in a checkout")


def page() -> str:
    return (DOCS / "auditing.md").read_text("utf-8")


def answered(place: str, text: str) -> str:
    """Return the page with every answer as the command prints it."""

    def fill(block: re.Match[str]) -> str:
        typed = block["typed"]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            assert run(["--db", place, *shlex.split(typed)[1:]]) == 0, typed
        return f"```sh\n{typed}\n```\n\n```text\n{said.getvalue()}```\n"

    return BLOCK.sub(fill, text)


def test_every_answer_is_what_the_demo_says(demo_ledger: str) -> None:
    set_language("en")
    found = answered(demo_ledger.removeprefix("sqlite:///"), page())
    if os.environ.get("UPDATE_GOLDEN") == "1":
        (DOCS / "auditing.md").write_text(found, "utf-8")
    assert found == page(), "docs/auditing.md is out of date; if it is meant: UPDATE_GOLDEN=1"


def test_an_auditor_has_ten_questions_and_each_is_asked() -> None:
    parts = re.split(r"^## ", page(), flags=re.MULTILINE)[1:]
    numbered = [part for part in parts if part[0].isdigit()]
    assert [int(part.partition(".")[0]) for part in numbered] == list(range(1, 11))
    assert all(BLOCK.search(part) for part in numbered)


def test_the_page_names_every_question_and_no_other() -> None:
    asked = set(re.findall(r"carbonledger audit ask ([\w-]+)", page()))
    names = {one.name for one in questions()}
    assert asked <= names
    assert {name for name in names if name not in asked and f"`{name}`" not in page()} == set()


def test_a_heading_is_the_question_itself() -> None:
    """What the page calls a question is what the program calls it, where it asks just that one."""
    titles = {one.titles["en"] for one in questions()}
    headings = re.findall(r"^## \d+\. (.+)$", page(), re.MULTILINE)
    assert len(titles & set(headings)) >= 9
