"""What a rule noticed, and how it is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from carbonledger.text import t

WARNING, INFO = "warning", "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something noticed about a meter.

    Attributes:
        kind: rule that noticed it; see docs/validation.md.
        severity: `warning` or `info`.
        start, end: period concerned, seconds UTC; the end is exclusive.
        count: how many intervals, values or days are concerned.
        value: what was found, millionths of the canonical unit; None: no quantity.
        expected: what was to be expected, likewise.
        more: further figures of the rule by name.
        line_first, line_last: lines of the file; None: not of a file.
    """

    kind: str
    severity: str
    start: int
    end: int
    count: int
    value: int | None = None
    expected: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    line_first: int | None = None
    line_last: int | None = None


def decimal_text(micro: int | None) -> str | None:
    """Return millionths as exact decimal text without trailing zeros."""
    if micro is None:
        return None
    text = f"{Decimal(micro).scaleb(-6):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def local(seconds: int, zone: str) -> str:
    """Return an instant as local time, `2024-03-07 00:00`."""
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone))
    return moment.strftime("%Y-%m-%d %H:%M")


def local_day(seconds: int, zone: str) -> int:
    """Return the local day of an instant, yyyymmdd."""
    return int(local(seconds, zone)[:10].replace("-", ""))


def sentence(found: Finding, meter: str, unit: str, zone: str, lang: str | None = None) -> str:
    """Say a finding in one sentence.

    Args:
        found: the finding.
        meter: code of the meter.
        unit: canonical unit of its commodity.
        zone: time zone of the meter.
        lang: `en` or `zh`; None: the language chosen.
    """
    form = found.more.get("form", found.kind)
    return t(
        f"validation.{form}", lang, meter=meter, unit=unit, start=local(found.start, zone),
        end=local(found.end, zone), count=f"{found.count:,}", value=_short(found.value),
        expected=_short(found.expected), hours=_hours(found.end - found.start),
        **{name: value for name, value in found.more.items() if name != "form"},
    )  # fmt: skip


def _short(micro: int | None) -> str:
    """Return a quantity as people read it: three places, thousands apart."""
    if micro is None:
        return ""
    text = f"{Decimal(micro).scaleb(-6):,.3f}"
    return text.rstrip("0").rstrip(".")


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:,.1f}".removesuffix(".0")
