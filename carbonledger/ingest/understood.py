"""What an import understood of a file, each fact with what it rests on: for a dry run to show.

A fact rests on the profile, on the file itself, on what is declared of its meters, or on nothing:
that is a default, and the user should look at it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carbonledger.errors import Refusal
from carbonledger.ingest import toml_text
from carbonledger.ingest.encodings import BOMS
from carbonledger.ingest.formats import TEXT
from carbonledger.ingest.headers import folded
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.outcome import MeterTotal, Outcome
from carbonledger.ingest.placing import Placer
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.reading import Reader
from carbonledger.ingest.records import RecordReader

PROFILE, FILE, METER, DEFAULT = "profile", "file", "meter", "default"
# What only the user knows, in the lines that are suggested for site.toml.
OPEN = "…"
MOST_SUGGESTED = 20
QUANTITIES = {"interval": "energy"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of a file.

    Attributes:
        key: key of a profile that states it.
        value: as a profile holds it.
        basis: what it rests on: profile, file, meter or default.
        why: word for what in the file says so, "" when there is nothing to add.
    """

    key: str
    value: Any
    basis: str
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the fact as `import --json` shows it."""
        return {"key": self.key, "value": self.value, "from": self.basis, "why": self.why or None}


@dataclass(slots=True)
class Understood:
    """What is known of a file so far; the parts appear while it is read.

    Attributes:
        layout: see `sniff`.
        profile: as the user stated it.
        head: first bytes of the file.
        container: what it was in, such as `gzip`; see `Source.container`.
        media: what wraps its table, such as `xlsx`; "" for text.
        outcome: totals of its meters.
        reader, placer: what read its readings, None of none.
        records: what read its records, None of none.
    """

    layout: Layout
    profile: Profile
    head: bytes
    container: str | None
    media: str
    outcome: Outcome
    reader: Reader | None = None
    placer: Placer | None = None
    records: RecordReader | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as `import --json` shows it; see docs/import.md."""
        layout = self.layout
        return {
            "container": self.container,
            "reader": layout.reader,
            "layout": layout.format,
            "facts": [fact.as_dict() for fact in self.facts()],
            "columns": list(self.columns()),
            "meters": list(self.meters()),
            "undeclared": self.undeclared(),
            "site": self.site_lines(),
        }

    def facts(self) -> list[Fact]:
        """Return what is known of the file as a whole, in the order of the keys of a profile."""
        layout = self.layout
        if layout.reader != TEXT:
            stated = PROFILE if self.profile.format else FILE
            return [Fact("format", layout.reader, stated, "signature")]
        found = [self._fact("format", layout.format, "header"), *self._of_text(), *self._signs()]
        found += [
            Fact("skip", layout.start - self.profile.header, _basis(self.profile.skip is not None)),
            Fact("header", self.profile.header, _basis(not self.profile.header)),
        ]
        return [*found, *self._of_stamps(), *self._of_meters()]

    def _fact(self, key: str, value: Any, why: str = "", basis: str = FILE) -> Fact:
        """Return what the profile states, else what was found otherwise."""
        stated = getattr(self.profile, key)
        return Fact(key, value, basis, why) if stated is None else Fact(key, stated, PROFILE)

    def _of_text(self) -> list[Fact]:
        """Return the encoding and the delimiter; those of a workbook's text are our own."""
        if self.media:
            return []
        return [self._encoding(), self._fact("delimiter", self.layout.delimiter, "header")]

    def _signs(self) -> Iterator[Fact]:
        """Give the signs within numbers, which commas may have settled while they were read."""
        if self.media and not self.profile.decimal:
            return
        read = self.reader.layout.profile if self.reader else self.profile
        yield self._fact("decimal", read.decimal or ".")
        if read.thousands:
            yield self._fact("thousands", read.thousands)

    def _encoding(self) -> Fact:
        marked = any(self.head.startswith(mark) for mark, _ in BOMS)
        other = "not_utf8" if self.layout.encoding == "gb18030" else "strict"
        return self._fact("encoding", self.layout.encoding, "mark" if marked else other)

    def _of_stamps(self) -> Iterator[Fact]:
        if self.records is not None:
            forms = self.records.forms()
            if len(forms) == 1:
                yield self._fact("time_format", forms[0])
            return
        if self.reader is None or self.placer is None or not self.reader.clock.format:
            return
        clock, placer = self.reader.clock, self.placer
        yield self._fact("time_format", clock.format)
        if self.layout.format == "day":
            mode = self.reader.day_columns
            if mode is not None:
                yield self._fact("day_columns", mode)
        elif not clock.dates and "end" not in self.layout.columns and self._intervals():
            said = _quiet(placer)
            basis, why = (FILE, "header") if said else (DEFAULT, "")
            yield self._fact("stamp", said or "start", why, basis)
        if placer.midnights and placer.moved in (0, placer.midnights):
            yield self._fact("midnight", "own" if placer.moved else "next")
        ends = self.reader.ends
        if ends is not None and ends.dates:
            yield self._fact("end", "inclusive", "", DEFAULT)
        lengths = {str(length) for length in placer.lengths.values()}
        if len(lengths) == 1 and "end" not in self.layout.columns and self._intervals():
            stated = self.profile.interval
            yield Fact("interval", lengths.pop(), PROFILE if stated else FILE)

    def _intervals(self) -> bool:
        return any(self._reads(n) != "register" for n in range(len(self._seen())))

    def _of_meters(self) -> Iterator[Fact]:
        if self.reader is None:
            return
        count = range(len(self._seen()))
        zones = {self.reader.meters.stamps_in(n) for n in count}
        if len(zones) == 1:
            yield self._fact("timezone", zones.pop(), "", METER)
        units = {(self._unit(n)) for n in count}
        if len(units) == 1 and "unit" not in self.layout.columns:
            unit, basis = units.pop()
            yield Fact("unit", unit, basis)
        kinds = {self._reads(n) for n in count}
        if len(kinds) == 1 and (kind := kinds.pop()):
            yield self._fact("quantity", QUANTITIES.get(kind, kind), "", METER)

    def columns(self) -> Iterator[dict[str, Any]]:
        """Give the columns in order, each with its role; None where it is left out."""
        layout = self.layout
        roles = {p: role for role, places in layout.columns.items() for p in places}
        for position, name in enumerate(layout.names):
            here = layout.wide.get(position)
            meter = here if layout.format == "wide" else None
            role = "value" if here else roles.get(position)
            yield {"column": name, "role": role, "meter": meter}

    def meters(self) -> Iterator[dict[str, Any]]:
        """Give what is known of each meter of the file."""
        totals = {total.meter: total for total in self.outcome.totals.values()}
        for number, meter in enumerate(self._seen()):
            length = self.placer.lengths.get(number) if self.placer else None
            kind = self._reads(number)
            yield {
                "name": self._name(meter.code),
                "meter": meter.code,
                "unit_in_file": self._unit(number)[0],
                "quantity_kind": QUANTITIES.get(kind or "", kind),
                "timezone": self.reader.meters.stamps_in(number) if self.reader else None,
                "interval": str(length) if length and kind != "register" else None,
                **_summed(totals.get(meter.code)),
            }

    def undeclared(self) -> list[str]:
        """Return the names in the file that stand for no meter of the ledger."""
        if self.reader is None:
            return []
        meters = self.reader.meters
        return [name for name, code in meters.names.items() if code not in meters.declared]

    def site_lines(self) -> str:
        """Return lines for site.toml that declare the unknown meters, to be filled in."""
        names = self.undeclared()
        unit = self.profile.unit or self.layout.unit or OPEN
        reads = "register" if self.layout.format == "register" else OPEN
        said = {"from": OPEN, "to": OPEN, "commodity": OPEN, "unit": unit, "reads": reads}
        lines = [toml_text.line(key, value) for key, value in said.items()]
        blocks = [f"[meter.{toml_text.quoted(name)}]" for name in names[:MOST_SUGGESTED]]
        return "\n".join(line for block in blocks for line in (block, *lines))

    def named(self) -> dict[str, str]:
        """Return the meters of the ledger by the names that the file has for them."""
        if self.reader is None or self.layout.reader != TEXT:
            return {}
        if self.layout.format == "wide":
            return {self.layout.names[p]: code for p, code in self.layout.wide.items()}
        meters = self.reader.meters
        return {name: code for name, code in meters.names.items() if code in meters.declared}

    def column_of(self, position: int) -> str | int:
        """Return how a profile names a column: by its header where no other is alike."""
        names = [folded(name) for name in self.layout.names]
        first = names.index(names[position]) == position
        return self.layout.names[position] if self.profile.header and first else position + 1

    def _seen(self) -> Sequence[Any]:
        return self.reader.meters.seen if self.reader else ()

    def _name(self, code: str) -> str:
        names = {code: name for name, code in self.named().items()}
        return names.get(code, code)

    def _reads(self, number: int) -> str | None:
        try:
            return self.reader.meters.reads(number) if self.reader else None
        except Refusal:
            # It is told as the reason why the file is refused.
            return None

    def _unit(self, number: int) -> tuple[str | None, str]:
        """Return the unit a meter's values are in, None where each row says it, and who says so."""
        layout, meter = self.layout, self._seen()[number]
        if self.profile.unit:
            return self.profile.unit, PROFILE
        if "unit" in layout.columns:
            return None, FILE
        header = layout.wide_units.get(meter.code) or layout.unit
        return (header, FILE) if header else (meter.revisions[-1].unit, METER)


def _basis(stated: object) -> str:
    return PROFILE if stated else FILE


def _quiet(placer: Placer) -> str | None:
    """Return which end of the interval the stamps are known to name, None when nobody says."""
    try:
        return placer.stamp
    except Refusal:
        # It is told as the reason why the file is refused.
        return None


def _summed(total: MeterTotal | None) -> Mapping[str, Any]:
    if total is None:
        return {}
    shown = total.as_dict()
    names = ("commodity", "first", "last", "quantity", "unit", "gaps")
    return {name: shown[name] for name in names} | {"values": total.values}
