"""The reference texts beside the checkout, read as the tables they print."""

import re
from pathlib import Path

_MARK = re.compile(r"\[[^\]]*\]|\([^)]*trap[^)]*\)|\*\*")


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, `### 4.1`, until the next of its level or above."""
    level = heading.partition(" ")[0]
    start = re.search(rf"^{re.escape(heading)}[ .].*$", text, re.MULTILINE)
    assert start, f"the reference has no section {heading}"
    rest = text[start.end() :]
    end = re.search(rf"^#{{1,{len(level)}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def table(text: str, head: str) -> list[list[str]]:
    """Return the rows of the table whose head line begins so; cells without marks of confidence."""
    rows = text.splitlines()
    first = next((n for n, row in enumerate(rows) if row.startswith(f"| {head}")), None)
    assert first is not None, f"the reference has no table that begins with {head}"
    found = []
    for row in rows[first + 2 :]:
        if not row.startswith("|"):
            break
        found.append([_MARK.sub("", cell).strip() for cell in row.strip().strip("|").split("|")])
    return found


def reference(folder: Path, name: str) -> str:
    return (folder / f"{name}.md").read_text("utf-8")
