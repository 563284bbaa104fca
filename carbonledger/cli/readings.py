"""The ways in which a file can be read, as people read them: the profile, and what it gives."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from carbonledger.cli.plain import number, plain
from carbonledger.text import t

# Meters and months of a reading that are listed; the answer as JSON has all of them.
SHOWN = 5


def lines_of(readings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Give the lines that show what each reading of a file comes to."""
    for place, one in enumerate(readings, 1):
        toml = plain(one["toml"].replace("\n", "; "))
        yield "  " + t("cli.reading.profile", number=place, toml=toml)
        yield from (f"     {line}" for line in _what(one))


def _what(one: Mapping[str, Any]) -> Iterator[str]:
    if "refused" in one:
        yield t("cli.reading.refused", why=plain(one["refused"]["message"]))
        return
    if not one["totals"]:
        yield t("cli.reading.nothing")
        return
    yield t("cli.reading.span", first=one["first"], last=one["last"])
    yield from _listed([_total(total) for total in one["totals"]])
    if len(one["totals"]) > 1:
        yield t("cli.reading.sum", sums=", ".join(_amount(part) for part in one["sums"]))
    yield from _listed([_month(month) for month in one["months"]])


def _listed(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield t("cli.error.more", count=number(len(lines) - SHOWN))


def _amount(part: Mapping[str, Any]) -> str:
    return f"{number(part['quantity'])} {part['unit']}"


def _total(total: Mapping[str, Any]) -> str:
    name = total["meter"] or total["commodity"]
    return t("cli.reading.total", name=plain(name), amount=_amount(total))


def _month(month: Mapping[str, Any]) -> str:
    name = plain(month["meter"] or month["commodity"])
    return t("cli.reading.month", name=name, month=month["month"], amount=_amount(month))
