"""Import profiles: how one kind of file is to be read, a few lines of TOML.

Every key may be left out where the file itself says it. Keys are those of docs/import.md.
"""

import tomllib
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from carbonledger.errors import Fault, ImportRefused, Refusal
from carbonledger.ingest.lengths import Length
from carbonledger.ingest.profile_checks import CHECKS, Column
from carbonledger.ingest.stamps import check_format
from carbonledger.ledger.canon import text as canonical
from carbonledger.units import find


@dataclass(frozen=True, slots=True)
class Profile:
    """How a file is read; None where the file itself must say it.

    Attributes:
        format: long (a row a reading), wide (a column a meter), register (as long, cumulative),
            day (a row a day, a column an interval), records (waste, production, invoices).
        encoding: of the text, a Python codec name.
        delimiter: between the cells.
        decimal, thousands: signs within numbers.
        skip: lines before the header; None: it is looked for.
        header: whether there is a header line; without one, columns are numbers from 1.
        timezone: IANA zone or fixed offset of the stamps, if not the meter's own.
        time_format: strptime pattern of the stamps.
        stamp: whether a stamp names the start or the end of its interval.
        midnight: whether a midnight stamped as an end closes its own printed day ("own") or the
            day before ("next").
        interval: length of the intervals.
        lengths: "stamps" where each interval lasts from one stamp to the next, "fixed" where all
            are of one length and values may be missing.
        end: whether an end that is a date alone includes its day ("inclusive", the default) or
            is the day after the last ("exclusive").
        day_columns: of files with a row a day, whether the columns count the hours of the clock or
            those that have elapsed; the two differ on days on which the clock changes.
        meter: the one meter of a file without a meter column.
        meter_from_name: regular expression with one group, which is the meter in the file's name.
        sheet: of a workbook, its name or its number from 1.
        unit: unit of the values, if not the meter's own.
        quantity: energy of each interval, power (mean over it) or register (cumulative).
        multiplied: whether energies are printed after the multiplier of the meter already.
        range: text between start and end where one cell holds both, such as " to ".
        missing: texts that mean a missing value.
        columns: which column holds what; a tuple of columns is joined by a blank.
        only, without: rows are read, or left out, whose column holds one of these texts.
        sections: meter codes by a text of the line above their rows, for several tables in a file.
        meters: meter codes by the names the file uses; of a wide file only these columns are read.
        constants: fixed values for columns that the file does not have.
        accounts: account codes by the names a file of records uses.
        validation: limits of the validation that differ from the usual; docs/validation.md.
        json, telegrams, emanifest, nem13: what these formats need beside the rest; docs/import.md.
    """

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    skip: int | None = None
    header: bool = True
    timezone: str | None = None
    time_format: str | None = None
    stamp: str | None = None
    midnight: str | None = None
    interval: Length | None = None
    lengths: str | None = None
    end: str | None = None
    day_columns: str | None = None
    meter: str | None = None
    meter_from_name: str | None = None
    sheet: str | int | None = None
    unit: str | None = None
    quantity: str | None = None
    multiplied: bool | None = None
    range: str | None = None
    missing: tuple[str, ...] = ()
    columns: dict[str, Column] = field(default_factory=dict)
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)
    without: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    meters: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] = field(default_factory=dict)
    telegrams: dict[str, str] = field(default_factory=dict)
    emanifest: dict[str, Any] = field(default_factory=dict)
    validation: dict[str, str] = field(default_factory=dict)
    nem13: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return the profile as canonical JSON, as the batch keeps it."""
        stated = {f.name: getattr(self, f.name) for f in fields(self)}
        plain = Profile()
        said = {key: value for key, value in stated.items() if value != getattr(plain, key)}
        if self.interval:
            said["interval"] = str(self.interval)
        return canonical(said)


KEYS = tuple(f.name for f in fields(Profile))


def read_profile(path: Path) -> Profile:
    """Read a profile from a TOML file.

    Raises:
        ImportRefused: the file is missing, no TOML, or says something unknown; all faults at once.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ImportRefused(
            f"the profile {path} cannot be read: {error.strerror}",
            code="profile",
            hint="check the name and the permissions",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportRefused(
            f"the profile {path} is no TOML: {error}",
            code="profile",
            hint="texts stand in quotes; docs/import.md has examples",
        ) from error
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
        except (ValueError, Refusal) as error:
            faults.append(Fault(name, 0, key, str(value)[:80], str(error)))
    if values.get("decimal", ".") == values.get("thousands"):
        said = "is the decimal sign as well; state both signs"
        faults.append(Fault(name, 0, "thousands", values["thousands"], said))
    if "meter" in values and "meter_from_name" in values:
        said = "the file has one meter: state it, or let the name tell it"
        faults.append(Fault(name, 0, "meter_from_name", values["meter_from_name"], said))
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
    made = CHECKS[key](value)
    if key == "unit":
        find(made)
    if key == "time_format":
        check_format(made)
    return made
