"""How the lines of a file become columns: what `sniff` finds out and all later steps use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from carbonledger.ingest.heads import Head
from carbonledger.ingest.periods import Periods
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.unit_line import agreed_unit


@dataclass(frozen=True, slots=True)
class Layout:
    """How the lines of a file become columns.

    Attributes:
        path: the file.
        encoding, delimiter: of its text.
        names: names of all columns, in order, made unique.
        start: number of lines before the first row: skipped ones and the header.
        profile: what the user stated.
        format: long, wide, register, records, or day (a row a day).
        columns: for each role the columns (positions from 0) that hold it.
        wide: for the format wide, meter code by position; for the format day, the number of the
            interval by position.
        unit: unit that the header of the value column states, "" when it states none.
        wide_units: the same by meter code.
        remarks: what the user should know.
        reader: `text` for delimited text, else the format of the trade that yields the rows.
        whole_days: a record takes the local days in which its instants lie, whole.
        head: where its table begins and what stands before it; None for formats of the trade.
        kind: what the header says of the values: register, power, energy, or "" for nothing.
        periods: for the format day, the columns of its intervals.
        computed: cells that a formula computes are marked; see `ingest.computed`.
        zones: time zone by meter code, known when the rows are read.
        found: what a format of the trade found out and needs again when the rows are read.
    """

    path: Path
    encoding: str
    delimiter: str
    names: tuple[str, ...]
    start: int
    profile: Profile
    format: str = ""
    columns: dict[str, tuple[int, ...]] = field(default_factory=dict)
    wide: dict[int, str] = field(default_factory=dict)
    unit: str = ""
    wide_units: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    reader: str = "text"
    whole_days: bool = False
    head: Head | None = None
    kind: str = ""
    periods: Periods | None = None
    computed: bool = False
    zones: Mapping[str, str] = field(default_factory=dict)
    found: object = None

    @property
    def header(self) -> int:
        """Line of the header; 0 when there is none."""
        return self.start if self.profile.header else 0

    def column(self, role: str) -> str:
        """Return the header of the column that holds a role, for messages."""
        positions = self.columns.get(role, ())
        return "+".join(self.names[p] for p in positions) or role

    def unit_at(self, place: int, said: str) -> str:
        """Return the unit that a column's name, or a line below the header, states; "" for none.

        Args:
            place: position of the column.
            said: unit that its name states.

        Raises:
            ImportRefused: name and line say different things.
            UnitRefused: what stands there may be several units.
        """
        name, units = self.names[place], self.head.units if self.head else ()
        where = f"{self.path}:{self.header}"
        return agreed_unit(where, name, said, units[place] if units else "")
