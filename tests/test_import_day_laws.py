"""A law of files with a row a day: they post what a file with a row a reading would."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_kit import Books, Meter, small_blocks

pytestmark = pytest.mark.both_databases

few = settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
VALUE = st.one_of(
    st.decimals(min_value=-9, max_value=999, places=2).map(lambda number: format(number, "f")),
    st.just(""),
)
# Days before, on and after changes of the clock, there and in Australia.
ZONES = {
    "Asia/Shanghai": "2024-03-30",
    "Europe/Berlin": "2024-03-30",
    "Australia/Sydney": "2024-04-06",
    "America/Sao_Paulo": "2018-11-03",
}
Cells = dict[tuple[str, str], list[str]]


def instants(zone: str, day: str, count: int) -> list[datetime]:
    """Return the instants at which the intervals of a local day start, by the time that elapses."""
    first = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    after = datetime.fromisoformat(day) + timedelta(days=1)
    end = after.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found, step = [], timedelta(days=1) / count
    while first < end:
        found.append(first)
        first += step
    return found


@st.composite
def files(draw: st.DrawFn) -> tuple[str, int, Cells]:
    """Draw the cells of two meters on three days, those of a clock change among them."""
    zone = draw(st.sampled_from(sorted(ZONES)))
    count = draw(st.sampled_from([24, 48]))
    first = datetime.fromisoformat(ZONES[zone])
    days = [(first + timedelta(days=day)).date().isoformat() for day in range(3)]
    cells: Cells = {}
    for meter in ("M-1", "M-2"):
        for day in draw(st.lists(st.sampled_from(days), unique=True, min_size=1)):
            size = len(instants(zone, day, count))
            cells[meter, day] = draw(st.lists(VALUE, min_size=size, max_size=size))
    return zone, count, cells


def by_day(count: int, cells: Cells) -> str:
    """Return a row a day: a 25th hour has columns of its own, a missing one leaves them empty."""
    width = count + count // 24
    lines = [",".join(["meter", "date", *(f"P{n + 1}" for n in range(width))])]
    for (meter, day), row in cells.items():
        lines.append(",".join([meter, day, *row, *[""] * (width - len(row))]))
    return "\n".join(lines)


def by_reading(zone: str, count: int, cells: Cells) -> str:
    lines = ["meter,time,value"]
    for (meter, day), row in cells.items():
        stamps = instants(zone, day, count)
        lines += [f"{meter},{at:%Y-%m-%dT%H:%M:%SZ},{x}" for at, x in zip(stamps, row, strict=True)]
    return "\n".join(lines)


def posted(zone: str, text: str, profile: str = "") -> list[tuple[object, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        books = Books(Path(folder) / "park", Meter("M-1", timezone=zone),
                      Meter("M-2", timezone=zone))  # fmt: skip
        books.take(text, profile)
        found = books.rows(
            "SELECT meter, start_utc, seconds, value, local_day FROM reading "
            "WHERE value IS NOT NULL ORDER BY 1, 2"
        )
        books.drop()
        return found


@few
@given(file=files(), block=st.sampled_from([300, 1 << 20]))
def test_a_row_a_day_posts_what_a_row_a_reading_would(
    file: tuple[str, int, Cells], block: int
) -> None:
    zone, count, cells = file
    interval = f'interval = "{1440 // count}min"'
    with pytest.MonkeyPatch.context() as patch:
        small_blocks(patch, block)
        found = posted(zone, by_day(count, cells))

    assert found == posted(zone, by_reading(zone, count, cells), interval)
