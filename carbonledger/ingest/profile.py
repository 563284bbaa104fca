"""Import profiles: how one kind of file is to be read, a few lines of TOML.

Every key may be left out where the file itself says it. Keys are those of docs/import.md.
"""

import re
import tomllib
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from carbonledger.errors import Fault, ImportRefused
from carbonledger.ledger.canon import text as canonical

FORMATS = ("long", "wide", "register", "records")
QUANTITIES = ("energy", "power", "register")
STAMPS = ("start", "end")
COLUMNS = (
    "time", "date", "meter", "value", "unit", "quality", "from", "to", "commodity", "start", "end",
    "quantity", "document_no", "note",
)  # fmt: skip
LENGTH = re.compile(r"^(?:PT?)?\s*(\d+)\s*(s|sec|m|min|h|hour|d|day)?s?$", re.IGNORECASE)
SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}

Column = str | int | tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """How a file is read; None where the file itself must say it.

    Attributes:
        format: long (a row a reading), wide (a column a meter), register (as long, cumulative),
            records (waste, production, invoices).
        encoding: of the text, a Python codec name.
        delimiter: between the cells.
        decimal, thousands: signs within numbers.
        skip: lines before the header.
        header: whether there is a header line; without one, columns are numbers from 1.
        timezone: IANA zone of the stamps, if not the meter's own.
        time_format: strptime pattern of the stamps.
        stamp: whether a stamp names the start or the end of its interval.
        interval: length of the intervals in seconds.
        meter: the one meter of a file without a meter column.
        unit: unit of the values, if not the meter's own.
        quantity: energy of each interval, power (mean over it) or register (cumulative).
        missing: texts that mean a missing value.
        columns: which column holds what; a tuple of columns is joined by a blank.
        constants: fixed values for columns that a record file does not have.
    """

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    skip: int = 0
    header: bool = True
    timezone: str | None = None
    time_format: str | None = None
    stamp: str | None = None
    interval: int | None = None
    meter: str | None = None
    unit: str | None = None
    quantity: str | None = None
    missing: tuple[str, ...] = ()
    columns: dict[str, Column] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return the profile as canonical JSON, as the batch keeps it."""
        stated = {k: v for k, v in asdict(self).items() if v not in (None, (), {})}
        return canonical(stated)


def interval_seconds(value: object) -> int:
    """Read the length of an interval: 900, "15min", "PT15M", "1h", "P1D".

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    hit = LENGTH.match(str(value).strip())
    if not hit or int(hit[1]) == 0:
        raise ValueError(f"{value!r} is no length of an interval; write 900, '15min' or '1h'")
    return int(hit[1]) * SECONDS[(hit[2] or "s").lower()]


def read_profile(path: Path) -> Profile:
    """Read a profile from a TOML file.

    Raises:
        ImportRefused: the file is missing, no TOML, or says something unknown; all faults at once.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ImportRefused(
            f"the profile {path} cannot be read: {error.strerror}", code="profile"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportRefused(f"the profile {path} is no TOML: {error}", code="profile") from error
    return parse_profile(data, str(path))


def parse_profile(data: dict[str, Any], name: str = "profile") -> Profile:
    """Check the keys and values of a profile.

    Raises:
        ImportRefused: with one fault for each key that cannot be used.
    """
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    for key, value in data.items():
        try:
            values[key] = _checked(key, value)
        except ValueError as error:
            faults.append(Fault(name, 0, key, str(value)[:80], str(error)))
    if faults:
        raise ImportRefused(
            f"the profile {name} cannot be used",
            code="profile",
            hint="docs/import.md lists the keys of a profile",
            problems=faults,
        )
    return Profile(**values)


def _checked(key: str, value: Any) -> Any:
    if key not in KEYS:
        near = get_close_matches(key, KEYS, 1)
        raise ValueError("unknown key" + (f"; did you mean {near[0]}?" if near else ""))
    check = CHECKS.get(key, _some_text)
    return check(value)


def _some_text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text")
    return value


def _choice(*allowed: str) -> Any:
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
        raise ValueError("must be true or false")
    return value


def _codec(value: object) -> str:
    name = _some_text(value)
    try:
        b"".decode(name)
    except LookupError as error:
        raise ValueError("is no known encoding; try utf-8, gb18030 or latin-1") from error
    return name


def _zone(value: object) -> str:
    name = _some_text(value)
    if name not in available_timezones():
        near = get_close_matches(name, available_timezones(), 1)
        raise ValueError("is no IANA time zone" + (f"; did you mean {near[0]}?" if near else ""))
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


def _single(value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int) or value in ("", 0):
        raise ValueError("names a column by its header or its number from 1")
    return value


def _columns(value: object) -> dict[str, Column]:
    if not isinstance(value, dict):
        raise ValueError("must be a table [columns]")
    unknown = [key for key in value if key not in COLUMNS]
    if unknown:
        raise ValueError(f"unknown columns {', '.join(unknown)}; known are {', '.join(COLUMNS)}")
    return {key: _column(item) for key, item in value.items()}


def _constants(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise ValueError("must be a table of texts")
    unknown = [key for key in value if key not in COLUMNS]
    if unknown:
        raise ValueError(f"unknown columns {', '.join(unknown)}")
    return dict(value)


def _delimiter(value: object) -> str:
    name = _some_text(value)
    sign = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";"}.get(name, name)
    if len(sign) != 1:
        raise ValueError("must be one sign")
    return sign


def _thousands(value: object) -> str:
    if value not in (",", ".", " ", "'", "\u00a0", "\u202f", "_"):
        raise ValueError("must be one of , . blank '")
    return str(value)


KEYS = tuple(f.name for f in fields(Profile))
CHECKS: dict[str, Any] = {
    "format": _choice(*FORMATS),
    "encoding": _codec,
    "delimiter": _delimiter,
    "decimal": _choice(".", ","),
    "thousands": _thousands,
    "skip": _count,
    "header": _flag,
    "timezone": _zone,
    "stamp": _choice(*STAMPS),
    "interval": interval_seconds,
    "quantity": _choice(*QUANTITIES),
    "missing": _texts,
    "columns": _columns,
    "constants": _constants,
}
