"""The canned questions: one SQL file each in docs/audit, with a header of a fixed form.

    -- title: …                 one line, English; title_zh: Chinese
    -- text: …                  what is answered and how to read it; text_zh: Chinese
    -- section: figures         one of SECTIONS
    -- order: 85                place among all questions
    -- param: n integer 20 | How many lines. | 行数。
    -- chart: columns label=scope value=t_co2e series=commodity
    select …                    portable SQL; `:n` stands for the parameter

A parameter has a name, a type (`integer` or `text`), a default and its meaning in both languages.
Nothing in these files comes from users: what is wrong with one is a fault of the program.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from carbonledger.resources import folder

SECTIONS = ("sources", "changes", "completeness", "figures", "factors", "sample")
LANGUAGES = ("en", "zh")
HEADER = re.compile(r"-- (\w+): (.+)")
PARAMETER = re.compile(r"(?P<name>\w+) (?P<kind>integer|text) (?P<default>\S+) \| (.+) \| (.+)")
BOUND = re.compile(r"(?<![:\w]):(\w+)")
FORMS = ("columns", "ranked")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question.

    Attributes:
        name: as it stands behind the colon in the SQL.
        kind: `integer` or `text`.
        default: what it is where nobody says, as text.
        texts: meaning by language.
    """

    name: str
    kind: str
    default: str
    texts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Chart:
    """How an answer is drawn.

    Attributes:
        form: `columns` side by side, stacked where there is a series; `ranked`: bars one a row.
        columns: names of columns by role: `label` (several are joined), `value`, and where they
            are needed `series` and `unit`.
    """

    form: str
    columns: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Question:
    """A canned question.

    Attributes:
        name: name of the file without its suffix.
        titles: the question by language.
        texts: what is answered and how to read it, by language.
        section: what it is about, one of SECTIONS.
        order: place among all questions.
        parameters: in the order of the header.
        chart: how the answer is drawn; None: it is a table alone.
        sql: the statement, without the header.
    """

    name: str
    titles: dict[str, str]
    texts: dict[str, str]
    section: str
    order: int
    parameters: tuple[Parameter, ...]
    chart: Chart | None
    sql: str = field(repr=False)

    def defaults(self) -> dict[str, str]:
        """Return the value of each parameter where nobody says."""
        return {one.name: one.default for one in self.parameters}


def read(path: Path) -> Question:
    """Read the file of one question.

    Raises:
        ValueError: it has not the form that the head of this module tells.
    """
    lines = path.read_text("utf-8").splitlines()
    count = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    head: dict[str, list[str]] = {}
    for line in lines[:count]:
        found = HEADER.fullmatch(line)
        if found is None:
            raise _malformed(path, line)
        head.setdefault(found[1], []).append(found[2])
    made = _question(path, head, "\n".join(lines[count:]) + "\n")
    if set(BOUND.findall(made.sql)) != set(made.defaults()):
        raise _malformed(path, "parameters in the header are not those in the statement")
    return made


def _question(path: Path, head: dict[str, list[str]], sql: str) -> Question:
    try:
        made = Question(
            name=path.stem,
            titles=_both(head, "title"),
            texts=_both(head, "text"),
            section=_one(head, "section"),
            order=int(_one(head, "order")),
            parameters=tuple(_parameter(path, line) for line in head.pop("param", [])),
            chart=_chart(head.pop("chart", [])),
            sql=sql,
        )
    except (KeyError, ValueError) as error:
        raise _malformed(path, str(error)) from error
    if head or made.section not in SECTIONS:
        raise _malformed(path, ", ".join(head) or made.section)
    return made


def _one(head: dict[str, list[str]], key: str) -> str:
    [value] = head.pop(key)
    return value


def _both(head: dict[str, list[str]], key: str) -> dict[str, str]:
    return {"en": _one(head, key), "zh": _one(head, f"{key}_zh")}


def _parameter(path: Path, line: str) -> Parameter:
    found = PARAMETER.fullmatch(line)
    if found is None:
        raise _malformed(path, line)
    texts = {"en": found[4], "zh": found[5]}
    return Parameter(found["name"], found["kind"], found["default"], texts)


def _chart(lines: list[str]) -> Chart | None:
    if not lines:
        return None
    form, *roles = lines[0].split()
    if form not in FORMS:
        raise ValueError(lines[0])
    pairs = (role.split("=", 1) for role in roles)
    return Chart(form, {role: tuple(names.split(",")) for role, names in pairs})


def _malformed(path: Path, what: str) -> ValueError:
    return ValueError(f"{path.name}: not a question in the form of docs/audit: {what}")


@cache
def questions() -> tuple[Question, ...]:
    """Return all canned questions in their order."""
    listed = [read(path) for path in folder("audit").glob("*.sql")]
    return tuple(sorted(listed, key=lambda one: one.order))
