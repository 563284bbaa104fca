"""Asking a canned question of a ledger."""

from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from carbonledger.audit.questions import Parameter, Question, questions
from carbonledger.errors import LedgerRefused
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.service import query
from carbonledger.text import language

LARGEST = 2**62


def named(name: str) -> Question:
    """Return the question of a name.

    Raises:
        LedgerRefused: there is none.
    """
    found = {one.name: one for one in questions()}
    if name not in found:
        near = get_close_matches(name, found, 3, 0.5)
        raise LedgerRefused(
            f"there is no question {name!r}",
            code="question-unknown",
            hint=f"did you mean {', '.join(near)}?"
            if near
            else "carbonledger audit questions lists them",
        )
    return found[name]


def values(question: Question, given: Mapping[str, str]) -> dict[str, str | int]:
    """Return the value of every parameter, as its type asks for it.

    Args:
        question: the question.
        given: texts by name; the others have their defaults.

    Raises:
        LedgerRefused: a name is unknown, or an integer is none.
    """
    strange = sorted(set(given) - set(question.defaults()))
    if strange:
        names = ", ".join(question.defaults()) or "it has none"
        raise LedgerRefused(
            f"the question {question.name} has no parameter {', '.join(map(repr, strange))}",
            code="question-parameter",
            hint=f"its parameters: {names}",
        )
    return {one.name: _value(question, one, given) for one in question.parameters}


def _value(question: Question, one: Parameter, given: Mapping[str, str]) -> str | int:
    text = given.get(one.name, one.default)
    if one.kind == "text":
        return text
    # Not int(): it takes underscores and the digits of all scripts.
    if not (text.isascii() and text.isdigit() and int(text) < LARGEST):
        raise LedgerRefused(
            f"the parameter {one.name} of {question.name} is a whole number; given was {text!r}",
            code="question-parameter",
            hint=f"for example {one.name}={one.default}",
        )
    return int(text)


def ask(
    ledger: Ledger,
    name: str,
    given: Mapping[str, str],
    seconds: float | None = None,
    as_of: int | None = None,
) -> dict[str, Any]:
    """Ask a canned question.

    Args:
        ledger: opened `sealed`.
        name: of the question.
        given: values of parameters as texts, by name.
        seconds: stop when it takes longer.
        as_of: ask of the books as they were after this batch; None: as they are.

    Returns:
        The question with its title and the parameters that were taken, the names of the columns,
        and the rows as objects.

    Raises:
        LedgerRefused: there is no such question or parameter, or it took too long.
    """
    question = named(name)
    taken = values(question, given)
    columns, rows = query(ledger, question.sql, seconds, as_of=as_of, values=taken)
    return {
        "question": name,
        "title": question.titles[language()],
        "parameters": taken,
        "columns": columns,
        "rows": [dict(zip(columns, map(figure, row), strict=True)) for row in rows],
    }


def figure(value: object) -> object:
    """Return a value as both databases give it: figures with a fraction as short exact decimals.

    SQLite hands out binary fractions whose shortest text is the decimal that was meant.
    """
    if not isinstance(value, float | Decimal):
        return value
    short = Decimal(str(value)).normalize()
    return int(short) if short == short.to_integral_value() else short


def listed() -> list[dict[str, Any]]:
    """List the questions in the language of the user."""
    return [
        {
            "question": one.name,
            "section": one.section,
            "title": one.titles[language()],
            "text": one.texts[language()],
            "parameters": [
                {"name": p.name, "type": p.kind, "default": p.default, "text": p.texts[language()]}
                for p in one.parameters
            ],
        }
        for one in questions()
    ]
