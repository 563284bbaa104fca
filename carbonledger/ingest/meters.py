"""The meters a file names, numbered in the order met, and what their values are in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carbonledger.errors import ImportRefused
from carbonledger.ingest.columns import numbers
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.nearest import Nearest
from carbonledger.ledger.state import MeterRevision, MeterState

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
UNKNOWN = -1
KINDS = {
    "register": "states of a register", "power": "mean power", "energy": "energy that has flowed",
}  # fmt: skip
LONGEST_SHOWN = 120
TEXT_FORMULA = re.compile(r'="[^"]*"')
# With the plus it is surely a spreadsheet's; without it, it may be a code, such as 1E5.
SHORTENED = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE](?P<plus>\+?)\d{1,3}")


@dataclass(slots=True)
class Meters:
    """The meters of one file.

    Attributes:
        layout: see `sniff`; its profile may rename meters and say what their values are.
        declared: the meters of the ledger by code.
        seen: those the file names, in order; their place here is their number.
        names: meter code by each name met in the file, declared or not.
    """

    layout: Layout
    declared: Mapping[str, MeterState]
    seen: list[MeterState] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _registers: list[bool] = field(default_factory=list)
    _nearest: Nearest = field(default_factory=Nearest)

    def number(self, code: str) -> int:
        """Return the number of a meter, -1 when the ledger has none of this code."""
        meter = self.declared.get(code)
        if meter is None:
            return UNKNOWN
        if code not in self._numbers:
            self._numbers[code] = len(self.seen)
            self.seen.append(meter)
        return self._numbers[code]

    def column(self, texts: pa.Array | None, count: int, register: str = "") -> Ints:
        """Return the number of the meter of each row; -1 where there is none.

        Args:
            texts: names as the file has them; None: it is of one meter.
            count: rows.
            register: what stands behind the name, for a register beside the meter's own.
        """
        if texts is None:
            one = self._one()
            number = self.number(
                self._register(one + register, one + register) if register else one
            )
            return np.full(count, number, np.int64)
        encoded = texts if isinstance(texts, pa.DictionaryArray) else texts.dictionary_encode()
        names = encoded.dictionary.to_pylist()
        known = np.array([self._named(name, register) for name in names], np.int64)
        return np.asarray(known[numbers(encoded.indices)] if len(known) else [], np.int64)

    def _named(self, name: str, register: str) -> int:
        """Return the number of a meter; of a shortened one not even a code like it counts."""
        if rounded(undressed(name)):
            return UNKNOWN
        return self.number(self._coded(name, register))

    def _one(self) -> str:
        """Return the one meter of the file.

        Raises:
            ImportRefused: the profile names a meter that is not declared.
        """
        code = self.layout.profile.meter or ""
        if code not in self.declared:
            raise ImportRefused(
                f"{self.layout.path}: {self.unknown(code)}",
                code="meter-unknown",
                hint="declare it in site.toml and apply it, or correct `meter` in the profile",
            )
        return code

    def code(self, name: str) -> str:
        """Return the meter code that a name of the file stands for."""
        bare = undressed(name)
        code = self.names[bare] = self.layout.profile.meters.get(bare, bare)
        return code

    def _coded(self, name: str, register: str) -> str:
        """Return the code of a register: as mapped, or that of its meter and the register."""
        if not register:
            return self.code(name)
        return self._register(undressed(name) + register, self.code(name) + register)

    def _register(self, name: str, usual: str) -> str:
        """Return the code of a register beside the total; one that is not declared is left out."""
        code = self.layout.profile.meters.get(name, usual)
        if code in self.declared:
            self.names[name] = code
        return code

    def unknown(self, name: str) -> str:
        """Say that a meter is not declared, with the code that is most like it."""
        bare, code = undressed(name), self.code(name)
        if rounded(bare) or SHORTENED.fullmatch(code):
            return f"a spreadsheet has shortened the meter's number to {bare!r}; export it as text"
        near = self._nearest.to(code, self.declared)
        shown = code[:LONGEST_SHOWN]
        return f"meter {shown!r} is not declared" + (f"; did you mean {near}?" if near else "")

    def reads(self, number: int) -> str:
        """Tell what a meter's values are in this file: interval, power or register.

        Raises:
            ImportRefused: the meter was of both kinds, and the profile does not say which.
        """
        if self.layout.format == "register":
            return "register"
        stated = self.layout.profile.quantity
        if stated:
            return {"energy": "interval"}.get(stated, stated)
        meter = self.seen[number]
        kinds = {revision.reads for revision in meter.revisions}
        if len(kinds) > 1:
            raise ImportRefused(
                f"{self.layout.path}: meter {meter.code} has been declared as {', '.join(kinds)}",
                code="quantity",
                hint='say what this file holds: quantity = "energy", "power" or "register"',
            )
        return self._agreed(meter.code, kinds.pop())

    def _agreed(self, code: str, declared: str) -> str:
        """Return what a meter is declared to read, unless the header says that it is not that.

        Raises:
            ImportRefused: a register where energy is declared, or energy where a register is.
        """
        said = self.layout.kind
        if said and {"energy": "interval"}.get(said, said) != declared:
            column = self.layout.column("value")
            what = KINDS[said]
            raise ImportRefused(
                f"{self.layout.path}: the column {column!r} holds {what}, but meter {code} is "
                f'declared with reads = "{declared}"',
                code="quantity",
                hint=f'declare reads in site.toml, or state quantity = "{said}" in a profile',
            )
        return declared

    def cumulative(self) -> Mask:
        """Tell for each meter seen whether its values are those of a register."""
        for number in range(len(self._registers), len(self.seen)):
            self._registers.append(self.reads(number) == "register")
        return np.array(self._registers, np.bool_)

    def zone(self, number: int) -> str:
        """Return the time zone of a meter's local days."""
        return self.seen[number].revisions[-1].timezone

    def stamps_in(self, number: int) -> str:
        """Return the time zone the file's stamps of a meter are in."""
        return self.layout.profile.timezone or self.zone(number)

    def revision(self, number: int, day: int, line: int = 0) -> MeterRevision:
        """Return what a meter measures on a local day (yyyymmdd).

        Raises:
            ImportRefused: it is declared from a later day only.
        """
        meter = self.seen[number]
        revision = meter.on(day)
        if revision is None:
            raise ImportRefused(
                f"{self.layout.path}:{line}: meter {meter.code} is declared from a later day than "
                f"{day}",
                code="meter-unknown",
                hint="declare what it measured before (valid_from) in site.toml",
            )
        return revision


def rounded(text: str) -> bool:
    """Tell whether an identifier is what a spreadsheet made of it: 1.05E+13."""
    hit = SHORTENED.fullmatch(text)
    return hit is not None and bool(hit["plus"])


def undressed(text: str) -> str:
    """Return an identifier without the dress of a spreadsheet: `="000…"`, an apostrophe, a tab."""
    text = text.strip().lstrip("'")
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.strip()


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet would compute what stands in a cell; `="000…"` is a text."""
    text = text.strip()
    return text[:1] in {"=", "＝"} and not TEXT_FORMULA.fullmatch(text)
