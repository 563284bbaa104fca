"""One meaning, written in many dialects and damaged in many ways: its totals, or a reason why not.

A meaning is what meters measured. However a file says it, the import comes to exactly these totals
or refuses; it never comes to others without a word.
"""

import gzip
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from ingest_kit import Books, Meter

from carbonledger.errors import Refusal

many = settings(
    max_examples=40, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
WIDE_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")
HEADERS = (("meter", "time", "value", "unit"), ("表号", "时间", "电量", "单位"))
STAMPS = (
    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M", "%d-%m-%y %H:%M", "%Y%m%d%H%M", "%Y年%m月%d日 %H:%M", "%d %b %Y %H:%M",
)  # fmt: skip
SIGNS = ((".", ""), (".", ","), (",", ""), (",", "."), (",", " "))
Row = tuple[str, datetime, Decimal]


@dataclass(frozen=True)
class Dialect:
    """How a file says what it means."""

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    quoted: bool = False
    sep: bool = False
    before: tuple[str, ...] = ()
    again: bool = False
    end: str = "\n"
    wide_digits: bool = False
    stamp: str = STAMPS[0]
    header: tuple[str, ...] = HEADERS[0]
    order: tuple[int, ...] = (0, 1, 2, 3)
    packed: bool = False

    @property
    def profile(self) -> str:
        """All of it, said to the import."""
        said = {"decimal": self.decimal, "thousands": self.thousands, "time_format": self.stamp}
        lines = [f'{key} = "{value}"' for key, value in said.items() if value]
        return "\n".join([*lines, 'interval = "15min"', f'delimiter = "{self.delimiter}"'])

    def number(self, value: Decimal) -> str:
        text = f"{value:,.3f}".replace(",", "t").replace(".", self.decimal)
        text = text.replace("t", self.thousands)
        return text.translate(WIDE_DIGITS) if self.wide_digits else text

    def cells(self, row: Row) -> list[str]:
        meter, at, value = row
        said = [meter, at.strftime(self.stamp), self.number(value), "kWh"]
        return [said[place] for place in self.order]

    def line(self, cells: list[str]) -> str:
        must = [self.quoted or self.delimiter in cell for cell in cells]
        return self.delimiter.join(
            f'"{cell}"' if quote else cell for cell, quote in zip(cells, must, strict=True)
        )

    def lines(self, rows: list[Row]) -> list[str]:
        names = self.line([self.header[place] for place in self.order])
        body = [self.line(self.cells(row)) for row in rows]
        if self.again:
            body.insert(len(body) // 2, names)
        return [
            *([f"sep={self.delimiter}"] if self.sep and not self.before else []),
            *self.before,
            names,
            *body,
        ]

    def data(self, lines: list[str]) -> bytes:
        data = (self.end.join(lines) + self.end).encode(self.encoding)
        return gzip.compress(data, mtime=0) if self.packed else data


DIALECTS = st.builds(
    lambda signs, **said: Dialect(decimal=signs[0], thousands=signs[1], **said),
    signs=st.sampled_from(SIGNS),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoted=st.booleans(),
    sep=st.booleans(),
    before=st.sampled_from([(), ("Load profile",), ("Site: north", "")]),
    again=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    wide_digits=st.booleans(),
    stamp=st.sampled_from(STAMPS),
    header=st.sampled_from(HEADERS),
    order=st.permutations(range(4)).map(tuple),
    packed=st.booleans(),
)


@st.composite
def meanings(draw: st.DrawFn) -> list[Row]:
    """Draw quarter-hours of one or two meters, in some order."""
    start = datetime(2024, draw(st.integers(1, 12)), draw(st.integers(1, 28)))  # noqa: DTZ001
    rows = []
    for meter in ("M-1", "M-2")[: draw(st.integers(1, 2))]:
        for place in range(draw(st.integers(4, 9))):
            value = Decimal(draw(st.integers(1, 9_999_999))) / 1000
            rows.append((meter, start + timedelta(minutes=15 * place), value))
    return list(draw(st.permutations(rows))) if draw(st.booleans()) else rows


def totals(rows: list[Row]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for meter, _, value in rows:
        found[meter] = found.get(meter, Decimal(0)) + value
    return found


def imported(data: bytes, profile: str) -> tuple[dict[str, Decimal], dict[str, Any]] | Refusal:
    """Return totals by meter and the answer, or the refusal, which has changed nothing."""
    with tempfile.TemporaryDirectory() as folder:
        books = Books(Path(folder) / "p", Meter(), Meter("M-2"))
        path = books.folder / "file"
        path.write_bytes(data)
        try:
            answer = books.take(path, profile)
        except Refusal as refusal:
            assert not books.rows("SELECT 1 FROM entry")
            return refusal
        found = books.rows("SELECT meter, sum(quantity_micro) FROM entry_view GROUP BY 1")
        return {meter: Decimal(micro) / 10**6 for meter, micro in found}, answer


@many
@given(meanings(), DIALECTS)
def test_what_is_stated_comes_to_its_totals(rows: list[Row], dialect: Dialect) -> None:
    """A profile that says all of the dialect leaves nothing to ask."""
    found = imported(dialect.data(dialect.lines(rows)), dialect.profile)

    assert not isinstance(found, Refusal), (found.message, found.problems[:3])
    assert found[0] == totals(rows)


@many
@given(meanings(), DIALECTS)
def test_what_is_not_stated_is_found_out_or_asked(rows: list[Row], dialect: Dialect) -> None:
    found = imported(dialect.data(dialect.lines(rows)), "")

    if isinstance(found, Refusal):
        assert found.hint
    else:
        assert found[0] == totals(rows)


def damaged(draw: st.DrawFn, dialect: Dialect, rows: list[Row]) -> list[str]:
    """Return the lines of a file that says the meaning no more."""
    lines = dialect.lines(rows)
    first = len(lines) - len(rows) - dialect.again
    place = draw(st.integers(first, len(lines) - 1))
    column = draw(st.integers(0, 3))
    cells = dialect.cells(rows[0])
    way = draw(st.sampled_from(["extra", "fewer", "cut", "column", "names", "cells", "other"]))
    if way == "extra":
        lines[place] += dialect.delimiter
    elif way == "fewer":
        lines[place] = dialect.line([cell for n, cell in enumerate(cells) if n != column])
    elif way == "cut":
        # What follows the value is cut, so that the value itself is not.
        lines[place] = lines[place][: draw(st.integers(1, len(lines[place]) - 1))]
        assume(dialect.order[-1] == 0)
    elif way == "column":
        assume(dialect.order[column] != 3)  # the meter has the same unit
        order = tuple(n for n in dialect.order if n != dialect.order[column])
        lines = replace(dialect, order=order).lines(rows)
    elif way == "names":
        other = dialect.order[::-1]
        lines[first - 1] = dialect.line([dialect.header[n] for n in other])
    elif way == "cells":
        lines[place] = dialect.line(cells[::-1])
    else:
        meter, at, value = rows[0]
        lines.append(dialect.line(dialect.cells((meter, at, value + 1))))
    return lines


@many
@given(st.data(), meanings(), DIALECTS, st.sampled_from(["stated", ""]))
def test_what_is_damaged_is_told(
    data: st.DataObject, rows: list[Row], dialect: Dialect, stated: str
) -> None:
    """A damaged file is refused; where it is taken, its totals are those of the whole."""
    dialect = replace(dialect, again=False)
    lines = data.draw(st.composite(damaged)(dialect, rows))

    found = imported(dialect.data(lines), dialect.profile if stated else "")

    if isinstance(found, Refusal):
        assert found.hint
    else:
        assert found[0] == totals(rows) or found[1]["warnings"], lines
