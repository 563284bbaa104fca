"""The quantities of MSCONS messages: which stream each is of, and its time.

LOC names the place, PIA the register, QTY a quantity. Its time is stated behind it (DTM 163 and
164), or follows from the start (163) and the length (672) that stand behind LOC: then quantities
run one behind the other, counted by the time that passes. So they do where a profile states their
length, because the stamps of a file are wrong while its period and their number are right.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from carbonledger.errors import Fault
from carbonledger.ingest.formats.edifact import Segment
from carbonledger.ingest.formats.mscons_times import LENGTHS, STAMPS, Stamp, length_of, stamp_of
from carbonledger.ingest.formats.streams import Odd, malformed
from carbonledger.ingest.source import Source

# Units of UN/ECE recommendation 20: as this project spells them, and what quantities in them are.
UNITS = {
    "KWH": ("kWh", "energy"), "MWH": ("MWh", "energy"), "GWH": ("GWh", "energy"),
    "WHR": ("Wh", "energy"), "MTQ": ("m3", "energy"), "KWT": ("kW", "power"),
    "MAW": ("MW", "power"), "": ("", ""),
}  # fmt: skip
REACTIVE = {"K3": "kvarh", "KVR": "kvar", "MAH": "Mvarh"}
# Qualifiers of quantities; by directory where they mean something in it alone.
QUALITIES = {"220": "actual", "46": "actual", "67": "substituted"}
QUALITIES_OF = {"99A": {"79": "substituted"}}
START, END, LENGTH, READ = "163", "164", "672", "9"
# When a document was made, which month it is balanced for, from when on it is of use.
OTHER_TIMES = frozenset(("137", "293", "157", "492", "7"))
MOST, MOST_UNKNOWN, CHANGE_S = 4_000_000, 50, 3600
# Place of a metering point; functions of a message: original and replaced.
PLACE = "172"
FUNCTIONS = ("9", "5", "")
# Segments that do not change what a quantity is.
SILENT = frozenset(
    ("UNB", "UNZ", "UNG", "UNE", "UNT", "RFF", "CTA", "COM", "CCI", "CAV", "IMD", "STS", "CNT",
     "FTX")
)  # fmt: skip
ELECTRIC = re.compile(r"1-\d+:(\d+)\.(\d+)\.")
ACTIVE = ("1", "2", "15", "16")
MAXIMA = ("2", "6", "16", "26")
READING = "8"


class Quantity(NamedTuple):
    """A quantity of a message.

    Attributes:
        line: number of its segment.
        name: of its stream, place/register.
        flaw: why it is none of energy or volume; "" where it is one.
        value, unit: as printed; the code of the unit.
        qualifier, quality: as printed; the word for it.
        start: of its interval; of a run: of the first interval.
        end: of its interval; None: it is one of a run.
        after, length: seconds from the start to its interval, and its length, of a run.
    """

    line: int
    name: str
    flaw: str
    value: str
    unit: str
    qualifier: str
    quality: str
    start: Stamp
    end: Stamp | None
    after: int = 0
    length: int = 0


@dataclass(slots=True)
class Walk:
    """Goes through the segments of an interchange.

    Attributes:
        source: the file.
        step: length of the intervals that the profile states, in seconds; 0 for none.
        unknown: codes that are not known, each once.
        test: the interchange is marked as a test.
        moved: quantities whose own stamps are not those of their turn.
    """

    source: Source
    step: int = 0
    unknown: dict[str, Fault] = field(default_factory=dict)
    test: bool = False
    moved: int = 0
    _directory: str = ""
    _detail: bool = False
    _place: str = ""
    _registers: list[str] = field(default_factory=list)
    _of_place: dict[str, Segment] = field(default_factory=dict)
    _quantity: Segment | None = None
    _of_quantity: dict[str, Segment] = field(default_factory=dict)
    _run: int = 0
    _timed: int = 0
    _steps: dict[str, Callable[[Segment], None]] = field(init=False)

    def __post_init__(self) -> None:
        self._steps = {
            "UNH": self._unh, "BGM": self._bgm, "UNS": self._uns, "NAD": self._nad,
            "LOC": self._loc, "DTM": self._dtm, "LIN": self._lin, "PIA": self._pia,
            "QTY": self._qty,
        }  # fmt: skip

    def take(self, segment: Segment) -> Iterator[Quantity | Odd]:
        """Yield the quantity that a segment completes."""
        tag = segment.tag
        if self._quantity is not None and tag not in ("DTM", "STS"):
            yield self._finished(self._quantity)
            self._quantity = None
        if tag in ("UNT", "NAD", "LOC", "LIN", "UNS"):
            self._end_run(segment)
        if tag in self._steps:
            self._steps[tag](segment)
        elif tag == "UNB":
            self.test = segment.part(11) == "1"
        elif tag not in SILENT:
            self._unknown(segment, tag, "this segment is not known in MSCONS")

    def _unknown(self, segment: Segment, code: str, reason: str) -> None:
        if len(self.unknown) < MOST_UNKNOWN:
            fault = Fault(self.source.path.name, segment.number, code, segment.text, reason)
            self.unknown.setdefault(code, fault)

    def _unh(self, segment: Segment) -> None:
        self._directory, self._detail, self._place = segment.part(2, 2), False, ""
        if segment.part(2) != "MSCONS":
            self._unknown(segment, f"UNH {segment.part(2)}", "only messages MSCONS are read")

    def _bgm(self, segment: Segment) -> None:
        if segment.part(3) not in FUNCTIONS:
            code = f"BGM function {segment.part(3)}"
            self._unknown(segment, code, "only originals (9) and replacements (5) are read")

    def _uns(self, segment: Segment) -> None:
        self._detail, self._place = segment.part(1) == "D", ""

    def _nad(self, _segment: Segment) -> None:
        self._place = ""

    def _loc(self, segment: Segment) -> None:
        if not self._detail:
            return
        self._place = segment.part(2) or segment.part(2, 3)
        self._of_place, self._registers = {}, []
        if segment.part(1) != PLACE:
            code = f"LOC {segment.part(1)}"
            self._unknown(segment, code, f"only the place of a meter (LOC {PLACE}) is read")

    def _lin(self, segment: Segment) -> None:
        self._registers = [segment.part(3)] if segment.part(3) else []

    def _pia(self, segment: Segment) -> None:
        if segment.part(1) == "5" and segment.part(2):
            self._registers.append(segment.part(2).removesuffix("*255"))

    def _dtm(self, segment: Segment) -> None:
        what = segment.part(1)
        if what in (START, END, LENGTH) or (what == READ and self._quantity):
            self._check_form(segment, LENGTHS if what == LENGTH else STAMPS)
            (self._of_quantity if self._quantity else self._of_place)[what] = segment
        elif what not in OTHER_TIMES:
            self._unknown(segment, f"DTM {what}", "this date is not known in MSCONS")

    def _check_form(self, segment: Segment, known: dict[str, int]) -> None:
        form = segment.part(1, 2)
        if form not in known and segment.part(1) != READ:
            code = f"DTM {segment.part(1)} format {form}"
            self._unknown(segment, code, f"the formats {', '.join(known)} are read")

    def _qty(self, segment: Segment) -> None:
        if not (self._detail and self._place):
            what = f"the segment {segment.number}, {segment.text!r}, belongs to no place (LOC)"
            raise malformed(self.source.path, what)
        unit, qualifier = segment.part(1, 2), segment.part(1)
        if unit not in UNITS and unit not in REACTIVE:
            self._unknown(segment, f"QTY unit {unit}", "this unit is none of energy, power, volume")
        if not self._quality(qualifier):
            self._unknown(segment, f"QTY {qualifier}", "this kind of quantity is not known")
        self._quantity, self._of_quantity = segment, {}

    def _quality(self, qualifier: str) -> str:
        return QUALITIES.get(qualifier) or QUALITIES_OF.get(self._directory, {}).get(qualifier, "")

    def _finished(self, segment: Segment) -> Quantity | Odd:
        """Return a quantity with its time, or what is wrong with it."""
        qualifier, value, unit = (segment.part(1, part) for part in range(3))
        name = "/".join((self._place, *self._registers))
        flaw = self._flaw(unit)
        quality = self._quality(qualifier)
        made = (segment.number, name, flaw, value, unit, qualifier, quality)
        try:
            if flaw:
                return Quantity(*made, Stamp(0, zoned=True), None)
            return self._counted(made) if self.step else self._placed(made)
        except ValueError as error:
            return (segment.number, segment.text, str(error))

    def _placed(self, made: tuple[int, str, str, str, str, str, str]) -> Quantity | Odd:
        """Return a quantity with the time that is stated for it, or for its place."""
        own, place = self._of_quantity, self._of_place
        if START in own and (END in own or LENGTH in place):
            self._timed += 1
            if END in own:
                return Quantity(*made, stamp_of(own[START]), stamp_of(own[END]))
            return Quantity(*made, stamp_of(own[START]), None, 0, length_of(place[LENGTH]))
        if own or START not in place:
            return (made[0], made[1], "start and end of the quantity are not stated")
        return self._of_run(made)

    def _counted(self, made: tuple[int, str, str, str, str, str, str]) -> Quantity | Odd:
        """Return the next quantity by the length that the profile states."""
        own, place = self._of_quantity, self._of_place
        if not {START, END} <= place.keys():
            return (made[0], made[1], "the profile states an interval, and the place no period")
        start, after = stamp_of(place[START]), self._run * self.step
        self._run += 1
        self.moved += START in own and stamp_of(own[START]).seconds != start.seconds + after
        return Quantity(*made, start, None, after, self.step)

    def _of_run(self, made: tuple[int, str, str, str, str, str, str]) -> Quantity | Odd:
        """Return the next quantity of those that run one behind the other."""
        place, number = self._of_place, self._run
        self._run += 1
        if LENGTH in place:
            length = length_of(place[LENGTH])
            if number >= MOST:
                raise malformed(self.source.path, f"{made[1]} has more than {MOST} quantities")
            return Quantity(*made, stamp_of(place[START]), None, number * length, length)
        if END not in place or number:
            reason = "the length of its interval is not stated"
            return (made[0], made[1], reason)
        return Quantity(*made, stamp_of(place[START]), stamp_of(place[END]))

    def _end_run(self, segment: Segment) -> None:
        """Check that a run of quantities ends where its place says."""
        run, timed, place = self._run, self._timed, self._of_place
        self._run = self._timed = 0
        if not run:
            return
        before = f"before the segment {segment.number}, {segment.text!r}"
        if timed:
            raise malformed(
                self.source.path, f"some quantities {before} state their time, some not"
            )
        if {START, END} <= place.keys() and (self.step or LENGTH in place):
            try:
                start, end = stamp_of(place[START]), stamp_of(place[END])
                length = self.step or length_of(place[LENGTH])
            except ValueError:
                return  # each quantity has told it
            span = end.seconds - start.seconds
            # Between two wall clocks an hour more or less may have passed.
            slack = 0 if start.zoned else CHANGE_S
            if run * length - span not in (0, slack, -slack):
                what = f"{run} quantities {before} of {length} s do not fill the {span} s stated"
                raise malformed(self.source.path, what)

    def _flaw(self, unit: str) -> str:
        """Return why a quantity is none of energy or volume, by its unit and register."""
        if unit in REACTIVE:
            return f"reactive, {REACTIVE[unit]}"
        if READ in self._of_quantity:
            return "readings of a register"
        for register in self._registers:
            hit = ELECTRIC.match(register)
            if hit and hit[1] not in ACTIVE:
                return "no active energy"
            if hit and hit[2] in MAXIMA:
                return "maxima"
            if hit and hit[2] == READING:
                return "readings of a register"
        return ""
