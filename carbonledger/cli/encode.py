"""JSON with every digit: decimals are written as they are, never through a float."""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import PurePath


def dumps(value: object) -> str:
    """Return a value as JSON text.

    Decimals become JSON numbers with all their digits; dates and times become ISO 8601 text.

    Raises:
        TypeError: a value that JSON has no form for.
        ValueError: a number that is not finite.
    """
    return "".join(chunks(value))


def chunks(value: object, indent: str = "\n") -> Iterator[str]:
    """Give the JSON text of a value piece by piece, so that long answers need no memory.

    Args:
        value: made of mappings, sequences, iterators (as lists), texts and numbers.
        indent: line break and spaces in front of the value's closing bracket.
    """
    if isinstance(value, Mapping):
        pairs = ((f"{json.dumps(str(key), ensure_ascii=False)}: ", v) for key, v in value.items())
        yield from _bracketed("{", pairs, "}", indent)
    elif isinstance(value, list | tuple | Iterator):
        yield from _bracketed("[", (("", item) for item in value), "]", indent)
    else:
        yield _scalar(value)


def _bracketed(
    opening: str, items: Iterator[tuple[str, object]], closing: str, indent: str
) -> Iterator[str]:
    inner, empty = indent + "  ", True
    for name, item in items:
        yield (opening if empty else ",") + inner + name
        yield from chunks(item, inner)
        empty = False
    yield opening + closing if empty else indent + closing


def _scalar(value: object) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is no number of JSON")
        return format(value, "f")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no number of JSON")
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    if isinstance(value, PurePath):
        return json.dumps(str(value), ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)
