"""What passes by while a file is read, kept for the validation: figures of each meter and day.

The values themselves are gone when the file is at its end. What the rules need of them is taken
here from whole blocks: a few passes over the arrays that are there anyway.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyarrow.compute as pc

from carbonledger.ingest.columns import mask
from carbonledger.ingest.days import Runs
from carbonledger.ingest.rows import Rows
from carbonledger.validation.days import Days, Ints, Mask, Values, append, summarise
from carbonledger.validation.finding import INFO, WARNING, Finding


@dataclass(slots=True)
class Span:
    """Rows of a meter that have something in common: how many, their time and lines."""

    count: int = 0
    start: int = 0
    end: int = 0
    line_first: int = 0
    line_last: int = 0

    def add(self, count: int, span: tuple[int, int], lines: tuple[int, int]) -> None:
        """Add some rows."""
        new = not self.count
        self.count += count
        self.start = span[0] if new else min(self.start, span[0])
        self.end = span[1] if new else max(self.end, span[1])
        self.line_first = lines[0] if new else min(self.line_first, lines[0])
        self.line_last = lines[1] if new else max(self.line_last, lines[1])

    def finding(self, kind: str, severity: str, **more: object) -> Finding:
        """Return a finding about them."""
        return Finding(kind, severity, self.start, self.end, self.count, more=more,
                       line_first=self.line_first, line_last=self.line_last)  # fmt: skip


@dataclass(slots=True)
class Noticed:
    """The figures of a file.

    Attributes:
        findings: what the import itself found, by number of the meter.
    """

    findings: dict[int, list[Finding]] = field(default_factory=dict)
    _parts: list[tuple[Ints, Days]] = field(default_factory=list)
    _flags: Counter[tuple[int, int]] = field(default_factory=Counter)
    _values: Counter[int] = field(default_factory=Counter)
    _ends: dict[int, tuple[int, int]] = field(default_factory=dict)
    _spans: dict[tuple[int, str], Span] = field(default_factory=dict)

    def rows(self, runs: Runs) -> None:
        """Take note of flags and of rows that repeat others."""
        self._count_flags(runs)
        rows = runs.rows
        same = (rows.start[1:] == rows.start[:-1]) & (rows.meter[1:] == rows.meter[:-1])
        if same.any():
            self._repeated(rows, np.flatnonzero(same) + 1)

    def _count_flags(self, runs: Runs) -> None:
        rows, sizes = runs.rows, runs.last - runs.first
        meter = rows.meter[runs.first]
        for number, count in zip(*_sums(meter, sizes), strict=True):
            self._values[number] += count
        if not rows.quality.any():
            return
        flagged = np.flatnonzero(rows.quality)
        pairs = rows.meter[flagged] * 1000 + rows.quality[flagged]
        for pair, count in zip(*_sums(pairs, np.ones(len(pairs), np.int64)), strict=True):
            self._flags[divmod(pair, 1000)] += count
        for number in np.unique(rows.meter[flagged]).tolist():
            here = rows.start[flagged[rows.meter[flagged] == number]]
            low, high = self._ends.get(number, (int(here[0]), 0))
            self._ends[number] = min(low, int(here.min())), max(high, int(here.max()) + 1)

    def _repeated(self, rows: Rows, again: Ints) -> None:
        texts = rows.texts
        for row in again.tolist():
            alike = texts[row].is_valid == texts[row - 1].is_valid
            equal = alike and rows.ints[row] == rows.ints[row - 1]
            kind = "duplicate" if equal else "conflict_file"
            at = int(rows.start[row])
            lines = sorted((int(rows.line[row - 1]), int(rows.line[row])))
            self.note(int(rows.meter[row]), kind, 1, (at, at + int(rows.seconds[row])),
                      (lines[0], lines[1]))  # fmt: skip

    def note(
        self, meter: int, kind: str, count: int, span: tuple[int, int], lines: tuple[int, int]
    ) -> None:
        """Take note of rows of a meter that are alike: `duplicate`, `conflict_posted`."""
        self._spans.setdefault((meter, kind), Span()).add(count, span, lines)

    def dropped(self, meter: int, at: int, line: int, reason: str) -> None:
        """Take note of a register that fell without having rolled over."""
        found = Finding("register_drop", WARNING, at, at, 1, more={"reason": reason},
                        line_first=line, line_last=line)  # fmt: skip
        self.findings.setdefault(meter, []).append(found)

    def days(self, runs: Runs, micro: Ints) -> None:
        """Take the figures of the days of interval meters.

        Args:
            runs: the days.
            micro: millionths of the canonical unit of each row.
        """
        rows, live = runs.rows, None
        if rows.texts.null_count:
            live = ~mask(pc.is_null(rows.texts))
        meter, start, seconds, line = rows.meter, rows.start, rows.seconds, rows.line
        # From the end of a value to the start of the next: 0 where they join.
        apart = start[1:] - start[:-1] - seconds[:-1]
        odd = (apart != 0) | (seconds[1:] != seconds[:-1])
        odd[runs.first[1:] - 1] = False
        if live is None and not odd.any():
            self._keep(meter, Values(micro, start, seconds, line), runs.first, runs.day)
            return
        kept = self._single(rows, live)
        day = np.repeat(runs.day, runs.last - runs.first)[kept]
        if not len(kept):
            return
        meter, start, seconds = meter[kept], start[kept], seconds[kept]
        edge = np.ones(len(kept), np.bool_)
        edge[1:] = (
            (meter[1:] != meter[:-1]) | (day[1:] != day[:-1]) | (seconds[1:] != seconds[:-1])
            | (start[1:] != start[:-1] + seconds[:-1])
        )  # fmt: skip
        first = np.flatnonzero(edge)
        self._keep(meter, Values(micro[kept], start, seconds, line[kept]), first, day[first])

    def _single(self, rows: Rows, live: Mask | None) -> Ints:
        """Return the rows with a value that repeat no other and contradict none."""
        kept = np.arange(len(rows)) if live is None else np.flatnonzero(live)
        start, meter, ints = rows.start[kept], rows.meter[kept], rows.ints[kept]
        again = (start[1:] == start[:-1]) & (meter[1:] == meter[:-1])
        if not again.any():
            return kept
        clash = np.flatnonzero(again & (ints[1:] != ints[:-1]))
        good = np.append(True, ~again)
        good[np.append(clash, clash + 1)] = False
        return np.asarray(kept[good], np.int64)

    def _keep(self, meter: Ints, values: Values, first: Ints, day: Ints) -> None:
        self._parts.append((meter[first], summarise(values, first, day)))

    def of_meters(self) -> dict[int, Days]:
        """Return the days of each meter, by its number."""
        if not self._parts:
            return {}
        meter = np.concatenate([part for part, _ in self._parts])
        whole = append([days for _, days in self._parts])
        order = np.lexsort((whole.start, meter))
        meter, whole = meter[order], whole.take(order)
        cuts = [*np.flatnonzero(np.append(True, meter[1:] != meter[:-1])).tolist(), len(meter)]
        return {int(meter[low]): whole.take(np.arange(low, high)) for low, high in pairwise(cuts)}

    def told(self, number: int, qualities: list[str]) -> list[Finding]:
        """Return what the import itself noticed about a meter."""
        forms = {"conflict_file": WARNING, "conflict_posted": INFO, "duplicate": INFO}
        found = list(self.findings.get(number, ()))
        for (meter, form), span in sorted(self._spans.items()):
            if meter == number:
                kind = form.partition("_")[0]
                found.append(span.finding(kind, forms[form], form=form))
        for (meter, flag), count in sorted(self._flags.items()):
            if meter == number and qualities[flag] != "actual":
                low, high = self._ends[number]
                more = {"flag": qualities[flag], "all": f"{self._values[number]:,}"}
                found.append(Finding("quality", INFO, low, high, count, more=more))
        return found

    def noted(self) -> set[int]:
        """Return the meters of which the import itself noticed something."""
        return {*self.findings, *(m for m, _ in self._spans), *(m for m, _ in self._flags)}


def _sums(keys: Ints, counts: Ints) -> tuple[list[int], list[int]]:
    """Add counts up by key."""
    names, place = np.unique(keys, return_inverse=True)
    sums = np.bincount(place, weights=counts, minlength=len(names)).astype(np.int64)
    return names.tolist(), sums.tolist()
