"""Writing a factor pack from a published table: the same table gives the same bytes."""

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

COLUMNS = (
    "code", "activity", "region", "valid_from", "valid_to", "data_year", "purpose", "gas",
    "value", "unit", "basis", "technology", "page", "confidence", "note",
)  # fmt: skip
NOISE = Decimal("1e-14")
OPTIONAL = ("valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a pack; docs/factors.md says what the columns mean."""

    code: str
    activity: str
    region: str
    data_year: str
    purpose: str
    gas: str
    value: str
    unit: str
    page: str
    basis: str = ""
    technology: str = ""
    confidence: str = "primary"
    note: str = ""
    valid_from: str = ""
    valid_to: str = ""


def slug(text: str) -> str:
    """Make a code of a label: `Coal (industrial)` becomes `coal_industrial`."""
    plain = unicodedata.normalize("NFKD", text.replace("%", " pct").replace(">", " over "))
    return re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode().lower()).strip("_")


def digits(value: object, places: int | None = None) -> str:
    """Write a number of a workbook in full, with the decimals it was published with.

    Args:
        value: the cell; a double is written with the fewest digits that mean it.
        places: decimals the table is rounded to, which a cell shows as zeros; a cell with more
            keeps them. None: as many as the cell has.
    """
    exact = Decimal(str(value))
    if places is not None:
        rounded = exact.quantize(Decimal(1).scaleb(-places))
        # A sum in the workbook shows 0.11367 and is 0.11367000000000001.
        exact = rounded if abs(rounded - exact) < NOISE else exact
    elif exact == exact.to_integral_value():
        exact = exact.quantize(Decimal(1))
    return format(exact, "f")


def sha256(path: Path) -> str:
    """Hash the file a pack is made from."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_pack(
    place: Path,
    header: Mapping[str, str],
    lines: Sequence[Line],
    activities: Mapping[str, tuple[str, str]],
) -> None:
    """Write pack.toml, factors.csv and, where the pack declares any, activities.csv.

    Args:
        place: the folder, made when it is missing.
        header: keys of pack.toml.
        lines: rows, written in the order given.
        activities: unit and English name by code; those that no row names are left out.
    """
    place.mkdir(parents=True, exist_ok=True)
    keys = [f"{key} = {_quoted(text)}\n" for key, text in header.items() if text]
    _write(place / "pack.toml", "".join(keys))
    empty = {name for name in OPTIONAL if not any(getattr(line, name) for line in lines)}
    columns = [name for name in COLUMNS if name not in empty]
    rows = [[getattr(line, name) for name in columns] for line in lines]
    _write(place / "factors.csv", _csv(columns, rows))
    used = {line.activity for line in lines}
    own = [(code, *of) for code, of in sorted(activities.items()) if code in used]
    if own:
        _write(place / "activities.csv", _csv(("code", "unit", "name_en"), own))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
