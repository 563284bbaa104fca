"""What a site file says beside accounts and meters: events and benchmarks."""

from decimal import Decimal
from pathlib import Path

import pytest
from site_sample import METER, PARK, REGISTER, SITE, Reader

from carbonledger.ledger.state import MeterEvent
from carbonledger.site import benchmark_pack


@pytest.fixture(name="read")
def _read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def _event(at: str, kind: str = "swap", more: str = 'old = "998877.5"\nnew = 12\n') -> str:
    return f'[[event]]\nmeter = "R-1"\nat = {at}\nkind = "{kind}"\n{more}'


def test_events_happen_at_local_time_of_the_meter(read: Reader) -> None:
    zurich = REGISTER + 'timezone = "Europe/Zurich"\n'
    site = read(
        PARK
        + zurich
        + _event('"2024-06-12 14:30"')
        + _event("2024-01-12T14:30:00", "rollover", "")
        + _event('"2024-10-27 02:30+01:00"', "calibration", 'note = "校准"\n')
    )
    assert [(e.meter, e.event) for e in site.events] == [
        ("R-1", MeterEvent(1718195400, "swap", Decimal("998877.5"), Decimal(12))),
        ("R-1", MeterEvent(1705066200, "rollover")),
        ("R-1", MeterEvent(1729992600, "calibration", note="校准")),
    ]


EVENT_FAULTS = {
    "a local time that did not exist": (
        _event('"2024-03-31 02:30"'),
        "21 at: 2024-03-31 02:30 does not exist in Europe/Zurich: clocks were put forward then",
    ),
    "a local time that happened twice": (
        _event('"2024-10-27 02:30"'),
        (
            "21 at: 2024-10-27 02:30 happened twice in Europe/Zurich; write "
            "2024-10-27 02:30+01:00 or 2024-10-27 02:30+02:00"
        ),
    ),
    "a day that is none": (
        _event('"2024-02-30 11:00"'),
        '21 at: must be a time of the calendar, like "2024-06-12 14:30"',
    ),
    "a date without time": (
        _event('"2024-02-20"'),
        '21 at: must be a time of the calendar, like "2024-06-12 14:30"',
    ),
    "a year out of range": (
        _event("9999-12-31T23:59:00"),
        '21 at: must be a time of the calendar, like "2024-06-12 14:30"',
    ),
    "an unknown meter": (
        _event('"2024-06-12 14:30"').replace("R-1", "R-2"),
        "20 meter: unknown meter 'R-2'",
    ),
    "a swap without readings": (
        _event('"2024-06-12 14:30"', more='old = "5"\n'),
        "19 : the key 'new' is missing",
    ),
    "a reading the register cannot show": (
        _event('"2024-06-12 14:30"', more='old = 1000000\nnew = "0"\n'),
        "23 old: has more digits than the register, which has 6",
    ),
    "readings of a calibration": (
        _event('"2024-06-12 14:30"', "calibration", "old = 1\n"),
        "23 old: readings belong to swaps and rollovers of registers",
    ),
    "the same event twice": (
        _event('"2024-06-12 14:30"') + _event('"2024-06-12 14:30"'),
        "25 : stands twice: swap of 'R-1' at that time",
    ),
}


@pytest.mark.parametrize("case", EVENT_FAULTS)
def test_events_that_are_refused(read: Reader, case: str) -> None:
    text, expected = EVENT_FAULTS[case]
    assert read.fault(PARK + REGISTER + 'timezone = "Europe/Zurich"\n' + text) == expected


def test_a_rollover_needs_a_register_with_digits(read: Reader) -> None:
    event = _event('"2024-06-12 14:30"', "rollover", "")
    endless = PARK + REGISTER.replace("register = { digits = 6 }\n", "")
    assert "a rollover needs the digits of the meter" in read.fault(endless + event)
    interval = PARK + METER + event.replace("R-1", "M-1")
    assert "only a register rolls over; this meter reads 'interval'" in read.fault(interval)


BENCHMARK = """
[benchmark."industry 2024"]
indicator = "energy_per_industrial_value_added"
year = 2024
basis = "equal value, 2020 prices"
value = "0.86"
unit = "tce/万元"
source = "Statistical yearbook 2025, table 9-3"
region = "CN"
"""


def test_benchmarks_become_factors_of_the_pack_site(read: Reader) -> None:
    site = read(SITE + BENCHMARK)
    (factor,) = site.benchmarks
    assert (factor.purpose, factor.activity, factor.data_year, factor.value, factor.unit) == (
        "benchmark", "energy_per_industrial_value_added", 2024, Decimal("0.86"), "tce/万元",
    )  # fmt: skip
    assert (factor.page, factor.basis, factor.region) == (
        "Statistical yearbook 2025, table 9-3", "equal value, 2020 prices", "CN",
    )  # fmt: skip
    assert factor.key == f"site@{factor.edition}/industry 2024"
    pack = benchmark_pack(site)
    assert pack is not None
    assert (pack.code, pack.edition, pack.factors) == ("site", factor.edition, site.benchmarks)
    assert benchmark_pack(read(SITE)) is None


def test_other_benchmarks_are_another_edition(read: Reader) -> None:
    first = read(SITE + BENCHMARK).benchmarks[0].edition
    assert read(SITE + "# the same\n" + BENCHMARK).benchmarks[0].edition == first
    assert read(SITE + BENCHMARK.replace("0.86", "0.87")).benchmarks[0].edition != first


def test_a_benchmark_needs_a_source_and_a_known_unit(read: Reader) -> None:
    nameless = BENCHMARK.replace('source = "Statistical yearbook 2025, table 9-3"\n', "")
    assert read.fault(SITE + nameless) == "6 : the key 'source' is missing"
    assert read.fault(SITE + BENCHMARK.replace("tce/万元", "tce/wanyuan")).startswith("11 unit: ")
