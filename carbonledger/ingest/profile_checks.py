"""What each key of an import profile may hold: one check a kind of value."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from carbonledger.ingest.json_path import parse_path
from carbonledger.ingest.lengths import parse_length
from carbonledger.units import parse_number
from carbonledger.validation.limits import NAMES as LIMITS
from carbonledger.validation.limits import checked

FORMATS = (
    "long", "wide", "register", "records", "json", "dsmr", "sml", "emanifest", "entsoe",
    "nem12", "nem13", "mscons", "greenbutton", "day",
)  # fmt: skip
QUANTITIES = ("energy", "power", "register")
STAMPS = ("start", "end")
MIDNIGHTS = ("own", "next")
COLUMNS = (
    "time", "date", "meter", "value", "unit", "quality", "from", "to", "commodity", "start", "end",
    "quantity", "document_no", "note", "multiplier", "previous", "periods", "total",
)  # fmt: skip
OFFSET = re.compile(r"^(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?$")
DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";"}
LONGEST_OFFSET_H = 14
# Repetitions within the pattern of a name: the time grows by a power for each.
MOST_REPEATS = 3

Column = str | int | tuple[str | int, ...]
Check = Callable[[Any], Any]


def some_text(value: object) -> str:
    """Take a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text")
    return value


def _choice(*allowed: str) -> Check:
    def check(value: object) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return check


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("must be a number of lines")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 (one kind of fault a key)
    return value


def _codec(value: object) -> str:
    name = some_text(value)
    try:
        b"".decode(name)
    except LookupError as error:
        raise ValueError("is no known encoding; try utf-8, gb18030 or latin-1") from error
    return name


def zone(value: object) -> str:
    """Take an IANA time zone or a fixed offset: "Europe/Zurich", "+08:00", "UTC+8"."""
    name = some_text(value)
    offset = OFFSET.match(name)
    if offset and int(offset[2]) <= LONGEST_OFFSET_H:
        return f"{offset[1]}{int(offset[2]):02}:{offset[3] or '00'}"
    if name not in available_timezones():
        near = get_close_matches(name, available_timezones(), 1)
        advice = f"; did you mean {near[0]}?" if near else "; an offset is written +08:00"
        raise ValueError(f"is no IANA time zone{advice}")
    return ZoneInfo(name).key


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of texts")
    return tuple(value)


def _column(value: object) -> Column:
    if isinstance(value, list) and value:
        return tuple(_single(item) for item in value)
    return _single(value)


def _sheet(value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int) or value in ("", 0):
        raise ValueError("names a sheet by its name or its number from 1")
    if isinstance(value, int) and value < 0:
        raise ValueError("numbers of sheets count from 1")
    return value


def _name_pattern(value: object) -> str:
    """Take a regular expression with one group that a name of 255 signs cannot keep busy."""
    text = some_text(value)
    try:
        groups = re.compile(text).groups
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"is no regular expression: {error}") from error
    if groups != 1:
        raise ValueError(f"has {groups} groups (…) where one stands for the meter")
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "x", re.sub(r"\\.", "x", text))
    if re.search(r"\)[*+{]", bare) or len(re.findall(r"[*+]|\{\d*,\d*\}", bare)) > MOST_REPEATS:
        raise ValueError(
            f"repeats a group, or has more than {MOST_REPEATS} repetitions: it may take for ever"
        )
    return text


def _single(value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int) or value in ("", 0):
        raise ValueError("names a column by its header or its number from 1")
    if isinstance(value, int) and value < 0:
        raise ValueError("numbers of columns count from 1")
    return value


def _known(value: dict[str, Any]) -> None:
    unknown = [key for key in value if key not in COLUMNS]
    if unknown:
        raise ValueError(f"unknown columns {', '.join(unknown)}; known are {', '.join(COLUMNS)}")


def _columns(value: object) -> dict[str, Column]:
    if not isinstance(value, dict):
        raise ValueError("must be a table [columns]")  # noqa: TRY004 (as above)
    _known(value)
    return {key: _span(item) if key == "periods" else _column(item) for key, item in value.items()}


def _span(value: object) -> Column:
    """Take the first and the last of many columns: ["00:00", "23:30"], "4..51"."""
    if isinstance(value, str) and ".." in value:
        value = [int(part) if part.isdecimal() else part for part in value.split("..", 1)]
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 (a first and a last)
        raise ValueError('periods names a first and a last column: ["00:00", "23:30"] or "4..51"')
    return tuple(_single(item.strip() if isinstance(item, str) else item) for item in value)


def _table_of_texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) and v for v in value.values()):
        raise ValueError("must be a table of texts")
    return dict(value)


def _chosen(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise ValueError("must be a table of lists of texts")  # noqa: TRY004 (as above)
    return {str(column): _texts(item) for column, item in value.items()}


def _constants(value: object) -> dict[str, str]:
    found = _table_of_texts(value)
    _known(found)
    return found


def _delimiter(value: object) -> str:
    name = some_text(value)
    sign = DELIMITERS.get(name, name)
    if len(sign) != 1:
        raise ValueError("must be one sign")
    return sign


def _thousands(value: object) -> str:
    if value not in (",", ".", " ", "'", "\u00a0", "\u202f"):
        raise ValueError("must be one of , . blank '")
    return str(value)


def _parts(value: object, checks: Mapping[str, Check], name: str) -> dict[str, Any]:
    """Check a table whose keys are known."""
    if not isinstance(value, dict):
        raise ValueError(f"must be a table [{name}]")  # noqa: TRY004 (as above)
    unknown = value.keys() - checks.keys()
    if unknown:
        raise ValueError(f"unknown keys {', '.join(sorted(unknown))}; known: {', '.join(checks)}")
    return {key: checks[key](item) for key, item in value.items()}


def _path(value: object) -> str:
    parse_path(some_text(value))
    return str(value)


def _paths(value: object) -> dict[str, str]:
    return {code: _path(path) for code, path in _table_of_texts(value).items()}


def _json(value: object) -> dict[str, Any]:
    checks = {"records": _path, "periods": _path, "first": _count, "values": _paths}
    return _parts(value, checks, "json")


def _telegrams(value: object) -> dict[str, Any]:
    return _parts(value, {"checksum": _choice("check", "ignore")}, "telegrams")


def _nem13(value: object) -> dict[str, Any]:
    return _parts(value, {"readings": _choice("check", "ignore")}, "nem13")


def _density(value: object) -> dict[str, str]:
    found = _parts(value, {"kg_per_l": some_text, "source": some_text}, "emanifest.density")
    if found.keys() != {"kg_per_l", "source"}:
        raise ValueError("a density states kg_per_l and its source")
    parse_number(found["kg_per_l"], ".", "")
    return found


def _densities(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be a table [emanifest.density]")  # noqa: TRY004 (as above)
    return {stream: _density(item) for stream, item in value.items()}


def _emanifest(value: object) -> dict[str, Any]:
    checks = {"density": _densities, "commodity": _table_of_texts}
    return _parts(value, checks, "emanifest")


def _validation(value: object) -> dict[str, Any]:
    return _parts(value, {name: partial(checked, name) for name in LIMITS}, "validation")


CHECKS: dict[str, Check] = {
    "format": _choice(*FORMATS),
    "encoding": _codec,
    "delimiter": _delimiter,
    "decimal": _choice(".", ","),
    "thousands": _thousands,
    "skip": _count,
    "header": _flag,
    "timezone": zone,
    "time_format": some_text,
    "stamp": _choice(*STAMPS),
    "midnight": _choice(*MIDNIGHTS),
    "interval": parse_length,
    "lengths": _choice("stamps", "fixed"),
    "end": _choice("inclusive", "exclusive"),
    "day_columns": _choice("clock", "elapsed"),
    "meter": some_text,
    "meter_from_name": _name_pattern,
    "sheet": _sheet,
    "unit": some_text,
    "quantity": _choice(*QUANTITIES),
    "multiplied": _flag,
    "range": some_text,
    "missing": _texts,
    "columns": _columns,
    "only": _chosen,
    "without": _chosen,
    "sections": _table_of_texts,
    "meters": _table_of_texts,
    "constants": _constants,
    "accounts": _table_of_texts,
    "json": _json,
    "telegrams": _telegrams,
    "emanifest": _emanifest,
    "validation": _validation,
    "nem13": _nem13,
}
