"""Reading factor packs: a folder with pack.toml and CSV tables becomes one immutable record.

All faults of a pack are collected and refused together, each with file, line and column, so that
whoever writes one corrects it in one go. docs/factors.md says what a pack holds.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from carbonledger.errors import FactorRefused, Fault, UnitRefused
from carbonledger.factors.check import Place, check_pack
from carbonledger.factors.csv_table import COLUMN_MISSING, Row, read_table
from carbonledger.factors.model import Factor, Pack
from carbonledger.factors.pedigree import HINT as NO_PEDIGREE
from carbonledger.factors.pedigree import parse as parse_pedigree
from carbonledger.factors.vocabulary import ACTIVITY_COLUMNS, COLUMNS, INIT, KEYS, POSTED
from carbonledger.units import find

HEADER = "pack.toml"
ACTIVITIES = "activities.csv"
REQUIRED = tuple(name for name, term in COLUMNS.items() if term.required)
OPTIONAL = tuple(name for name, term in COLUMNS.items() if not term.required)
DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
YEAR = re.compile(r"(19|20)[0-9]{2}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
HINT = "Correct the pack and load it again; docs/factors.md lists keys, columns and words."


def load_pack(place: Path) -> Pack:
    """Read and check the pack in a folder.

    Every `*.csv` in the folder is a table of the pack, but for `activities.csv`, which declares
    what no commodity ships for; a row's number is kept digit by digit as printed.

    Args:
        place: the folder that holds pack.toml.

    Raises:
        FactorRefused: the pack cannot be read, contradicts itself or uses words, units or
            activities nobody knows; `problems` lists all faults.
    """
    files = _files(place)
    faults: list[Fault] = []
    header = _header(files[HEADER], faults)
    factors, places = _tables(files, header, faults)
    of_pack = {key: text for key, text in header.items() if key != "pedigree"}
    pack = Pack(**of_pack, factors=tuple(factors), content_hash=content_hash(files),
                activities=_activities(files, faults))  # fmt: skip
    faults += check_pack(pack, places)
    # A missing column is one fault, not one in every row.
    absent = {(fault.file, fault.column) for fault in faults if fault.reason == COLUMN_MISSING}
    faults = [
        fault
        for fault in faults
        if fault.reason == COLUMN_MISSING or (fault.file, fault.column) not in absent
    ]
    if faults:
        faults.sort(key=lambda fault: (fault.file, fault.line, fault.column))
        many = f"{len(faults)} faults" if len(faults) > 1 else "1 fault"
        raise FactorRefused(f"{place}: the pack has {many}", hint=HINT, problems=faults)
    return pack


def content_hash(files: Mapping[str, bytes]) -> str:
    """Hash the files of a pack: SHA-256 over their sorted names, lengths and bytes.

    Line ends count as LF and a byte order mark as nothing, so that a pack that went through
    another system's checkout is the same pack.
    """
    digest = hashlib.sha256()
    for name in sorted(files):
        content = files[name].removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
        digest.update(f"{name}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(place: Path) -> dict[str, bytes]:
    """Read all files of a pack once: what is hashed is what is parsed."""
    paths = [place / HEADER, *sorted(place.glob("*.csv"))]
    try:
        return {path.name: path.read_bytes() for path in paths}
    except OSError as error:
        raise FactorRefused(
            f"{place}: no factor pack can be read here ({error.strerror}: {error.filename})",
            hint=f"A pack is a folder with a {HEADER} and CSV tables.",
        ) from error


def _header(content: bytes, faults: list[Fault]) -> dict[str, str]:
    try:
        text = content.decode("utf-8-sig")
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: no TOML, or no UTF-8
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else 0
        faults.append(Fault(HEADER, line, "", "", f"not a TOML file: {error}"))
        return dict.fromkeys(KEYS, "")
    unknown = sorted(raw.keys() - KEYS.keys())
    faults += (Fault(HEADER, _line_of(key, text), key, "", "unknown key") for key in unknown)
    header = {key: _header_text(key, raw.get(key, ""), text, faults) for key in KEYS}
    return header | {"posted": header["posted"] or INIT}


def _header_text(key: str, value: object, text: str, faults: list[Fault]) -> str:
    reason = ""
    if not isinstance(value, str):
        reason = f'must be a text in quotes: {key} = "{value}"'
    elif KEYS[key].required and not value.strip():
        reason = "is missing"
    elif key == "published_on" and value and _day(value) is None:
        reason = "is no day: write 2025-12-31"
    elif key == "pedigree" and parse_pedigree(value) is None:
        reason = NO_PEDIGREE
    elif key == "posted" and value and value not in POSTED:
        reason = "must be one of " + ", ".join(POSTED)
    if reason:
        faults.append(Fault(HEADER, _line_of(key, text), key, str(value)[:80], reason))
    return value.strip() if isinstance(value, str) else ""


def _line_of(key: str, text: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
            return number
    return 0


def _tables(
    files: Mapping[str, bytes], header: Mapping[str, str], faults: list[Fault]
) -> tuple[list[Factor], list[Place]]:
    factors: list[Factor] = []
    places: list[Place] = []
    if not files.keys() - {HEADER, ACTIVITIES}:
        faults.append(Fault(HEADER, 0, "", "", "the folder holds no CSV table"))
    for name in sorted(files.keys() - {HEADER, ACTIVITIES}):
        rows, wrong = read_table(name, files[name], REQUIRED, OPTIONAL)
        faults += wrong
        for row in rows:
            factor = _factor(row, header, faults)
            if factor is not None:
                factors.append(factor)
                places.append(Place(row.file, row.line))
    return factors, places


def _activities(files: Mapping[str, bytes], faults: list[Fault]) -> dict[str, str]:
    """Read the activities a pack declares: their units by code."""
    if ACTIVITIES not in files:
        return {}
    rows, wrong = read_table(ACTIVITIES, files[ACTIVITIES], tuple(ACTIVITY_COLUMNS), ())
    faults += wrong
    known: dict[str, str] = {}
    for row in rows:
        code, unit = row.cells["code"], row.cells["unit"]
        if code in known:
            faults.append(row.fault("code", "is there already"))
        elif not is_unit(unit):
            faults.append(row.fault("unit", "is no unit the books know"))
        else:
            known[code] = unit
    return known


def is_unit(text: str) -> bool:
    """Tell whether a text is a unit that activities may be counted in."""
    try:
        find(text, "factor")
    except UnitRefused:
        return False
    return True


def _factor(row: Row, header: Mapping[str, str], faults: list[Fault]) -> Factor | None:
    """Make a factor of a row; None, with the faults noted, when a cell cannot be read."""
    cells = row.cells
    wrong = [row.fault(column, reason) for column, reason in _cell_faults(cells)]
    faults += wrong
    if wrong:
        return None
    words = ("code", "activity", "region", "purpose", "gas", "unit", "basis", "technology",
             "uncertainty", "distribution", "page", "confidence", "note")  # fmt: skip
    return Factor(
        pack=header["code"],
        edition=header["edition"],
        valid_from=_day(cells["valid_from"]),
        valid_to=_day(cells["valid_to"]),
        data_year=int(cells["data_year"]) if cells["data_year"] else None,
        value=Decimal(cells["value"]),
        pedigree=_pedigree(cells["pedigree"] or header["pedigree"]),
        **{word: cells[word] for word in words},
    )


def _pedigree(text: str) -> str:
    """Write a pedigree in one way; what is none is a fault of its own."""
    return str(parse_pedigree(text) or "") if text else ""


def _cell_faults(cells: Mapping[str, str]) -> list[tuple[str, str]]:
    faults = []
    if not DECIMAL.fullmatch(cells["value"]):
        faults.append(("value", "is no plain decimal number: digits and one point, 0.5306"))
    if cells["data_year"] and not YEAR.fullmatch(cells["data_year"]):
        faults.append(("data_year", "is no year: four digits from 1900 to 2099"))
    if parse_pedigree(cells["pedigree"]) is None:
        faults.append(("pedigree", NO_PEDIGREE))
    faults += [
        (column, "is no day: write 2025-12-31")
        for column in ("valid_from", "valid_to")
        if cells[column] and _day(cells[column]) is None
    ]
    return faults


def _day(text: str) -> date | None:
    if not DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
