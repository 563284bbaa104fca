"""Local days, kinds of days and times of day of a meter."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

SATURDAY, SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class Clock:
    """The local time of a zone, by its IANA name."""

    zone: str

    def day(self, at: int) -> int:
        """Return the local day of an instant (seconds UTC), yyyymmdd."""
        local = _local(self.zone, at)
        return local.year * 10_000 + local.month * 100 + local.day

    def second(self, at: int) -> int:
        """Return the seconds that a clock on the wall shows at an instant, since midnight."""
        local = _local(self.zone, at)
        return local.hour * 3600 + local.minute * 60 + local.second

    def text(self, at: int) -> str:
        """Return an instant as local text, `2024-03-07 14:00`."""
        return f"{_local(self.zone, at):%Y-%m-%d %H:%M}"

    def midnight(self, day: int) -> int:
        """Return the instant at which a local day (yyyymmdd) starts."""
        moment = _date(day)
        return int(datetime(moment.year, moment.month, moment.day, tzinfo=ZoneInfo(self.zone))
                   .timestamp())  # fmt: skip

    def number(self, day: int) -> int:
        """Return a day as a number that counts days."""
        return _date(day).toordinal()

    def of_number(self, number: int) -> int:
        """Return the day, yyyymmdd, of a number that counts days."""
        moment = date.fromordinal(number)
        return moment.year * 10_000 + moment.month * 100 + moment.day

    def kind(self, day: int) -> str:
        """Return `workday` (Monday to Friday), `saturday` or `sunday`; holidays are not known."""
        weekday = _date(day).weekday()
        return {SATURDAY: "saturday", SUNDAY: "sunday"}.get(weekday, "workday")


def _date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local(zone: str, at: int) -> datetime:
    return datetime.fromtimestamp(at, _zone(zone))
