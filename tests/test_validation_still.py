"""Meters that stand still: zeros over a day, readings that stop, one value for long; and gaps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation_kit import day_of, kinds, office, said, year

from carbonledger.validation.days import Days, join, sums_only
from carbonledger.validation.finding import Finding
from carbonledger.validation.judge import LISTED, judge, shortened

BUSY = [1.0, 2.0] * 12


def test_a_usual_year_says_nothing() -> None:
    assert judge(year(office)) == []


def test_nothing_at_all_says_nothing() -> None:
    assert judge(join([])) == []


def test_zeros_over_a_day_are_found_across_midnights() -> None:
    evening = [1.0] * 12 + [0.0] * 12
    days = [
        day_of(BUSY, "2024-03-01"), day_of(evening, "2024-03-02"),
        day_of([0.0] * 13 + [2.0] * 11, "2024-03-03"), day_of(BUSY, "2024-03-04"),
    ]  # fmt: skip
    assert said(judge(join(days))) == [("zero_run", "2024-03-02 12:00", "2024-03-03 13:00", 25)]


def test_zeros_of_exactly_a_day_are_none_over_a_day() -> None:
    days = [
        day_of([1.0] * 12 + [0.0] * 12, "2024-03-02"), day_of([0.0] * 12 + [1.0, 2.0] * 6, "2024-03-03"),
    ]  # fmt: skip
    assert judge(join(days)) == []


def test_nights_without_sun_are_no_run() -> None:
    sun = [0.0] * 8 + [1, 3, 5, 6, 6, 5, 3, 1] + [0.0] * 8
    assert judge(join([day_of(sun, f"2024-03-{n:02}") for n in range(1, 9)])) == []


def test_a_gap_parts_the_zeros_on_both_sides() -> None:
    days = [day_of([0.0] * 20, "2024-03-01"), day_of([0.0] * 20, "2024-03-02")]
    assert said(judge(join(days))) == [("gap", "2024-03-01 20:00", "2024-03-02 00:00", 4)]


def test_readings_that_stop_are_told_as_such() -> None:
    days = [day_of(BUSY, "2024-07-31"), day_of([3.0, *[0.0] * 23], "2024-08-01"),
            *(day_of([0.0] * 24, f"2024-08-{n:02}") for n in range(2, 6))]  # fmt: skip
    (found,) = judge(join(days))
    assert said([found]) == [("zero_end", "2024-08-01 01:00", "2024-08-06 00:00", 23 + 4 * 24)]
    assert (found.severity, found.value) == ("warning", 0)
    # Once values come again it was a run of zeros like others.
    again = judge(join([*days, day_of(BUSY, "2024-08-06")]))
    assert kinds(again) == ["zero_run"]


def test_a_meter_that_never_showed_anything_did_not_stop() -> None:
    assert kinds(judge(join([day_of([0.0] * 24, f"2024-08-{n:02}") for n in (1, 2)]))) == [
        "zero_run"
    ]


def test_a_meter_that_often_rests_is_told_without_alarm() -> None:
    found = judge(year(lambda day, hour: 0.0 if day % 7 > 4 else office(day, hour), days=70))
    assert {(one.kind, one.severity) for one in found} == {
        ("zero_run", "info"),
        ("zero_end", "warning"),
    }
    assert said(found)[0] == ("zero_run", "2024-01-06 00:00", "2024-01-08 00:00", 48)


def test_one_value_for_more_than_a_day_is_a_flat_line() -> None:
    days = [day_of([*BUSY[:18], *[7.25] * 6], "2024-03-01"), day_of([7.25] * 24, "2024-03-02"),
            day_of([7.25, *BUSY[:23]], "2024-03-03")]  # fmt: skip
    (found,) = judge(join(days))
    assert said([found]) == [("flat", "2024-03-01 18:00", "2024-03-03 01:00", 31)]
    assert (found.value, found.severity) == (7_250_000, "warning")
    assert (found.line_first, found.line_last) == (2, 25)


def test_what_stands_by_is_flat_without_alarm() -> None:
    days = [day_of(BUSY, "2024-03-01"), *(day_of([0.02] * 24, f"2024-03-{n:02}") for n in (2, 3)),
            day_of(BUSY, "2024-03-04")]  # fmt: skip
    assert [(one.kind, one.severity) for one in judge(join(days))] == [("flat", "info")]


def test_a_few_equal_daily_values_are_no_flat_line() -> None:
    daily = [day_of([40.0], f"2024-03-{n:02}", 86400) for n in range(1, 25)]
    assert judge(join(daily[:23])) == []
    assert said(judge(join(daily))) == [("flat", "2024-03-01 00:00", "2024-03-25 00:00", 24)]


def test_a_gap_tells_how_many_values_are_missing() -> None:
    days = [day_of(BUSY, "2024-03-01"), day_of(BUSY[6:], "2024-03-03 06:00")]
    (found,) = judge(join(days))
    assert said([found]) == [("gap", "2024-03-02 00:00", "2024-03-03 06:00", 30)]
    assert found.severity == "warning"
    short = judge(join([day_of(BUSY[:6], "2024-03-01"), day_of(BUSY[7:], "2024-03-01 07:00")]))
    assert [(one.kind, one.severity, one.count) for one in short] == [("gap", "info", 1)]


def test_pieces_that_overlap_leave_no_gap() -> None:
    days = [
        day_of(BUSY, "2024-03-01"),
        day_of([1.0], "2024-03-01 05:00"),
        day_of(BUSY, "2024-03-02"),
    ]
    assert judge(join(days)) == []


def test_a_day_whose_sum_alone_is_known_counts_as_zeros_when_that_is_zero() -> None:
    numbers = np.arange(19_700, 19_704, dtype=np.int64)
    start = numbers * 86400
    days = sums_only(numbers, start, start + 86400, np.full(4, 3600), np.array([5, 0, 0, 7]))
    found = judge(days)
    assert [(one.kind, one.count) for one in found] == [("zero_run", 48)]


def test_of_many_findings_of_a_kind_twenty_are_listed_and_the_others_counted() -> None:
    some = [
        Finding("gap", "warning" if n == 29 else "info", n * 100, n * 100 + 50, 1)
        for n in range(30)
    ]
    found = list(shortened(some))
    assert len(found) == LISTED + 1
    assert found[0] == some[29], "what matters comes first"
    assert (found[-1].count, found[-1].start, found[-1].end) == (10, 1900, 2850)
    assert found[-1].more == {"form": "others", "kind": "gap"}


HOURS = st.lists(st.sampled_from([0, 0, 0, 1, 2]), min_size=1, max_size=120)


@given(HOURS, st.integers(1, 8))
def test_runs_do_not_depend_on_how_a_series_is_cut(values: list[int], cut: int) -> None:
    """Against the plain way: look at every value in turn. No piece is longer than a day."""
    step = 3600 * 3
    pieces: list[Days] = []
    for first in range(0, len(values), cut):
        part = [float(value) for value in values[first : first + cut]]
        at = str(np.datetime64("2024-01-01T00:00") + np.timedelta64(3 * first, "h"))
        pieces.append(day_of(part, at, step))
    found = [(one.kind == "flat", one.count) for one in judge(join(pieces)) if one.kind != "zeros"]
    expected, run = [], 1
    for place in range(1, len(values) + 1):
        if place < len(values) and values[place] == values[place - 1]:
            run += 1
            continue
        value = values[place - 1]
        if run > 8 and (value == 0 or run >= 24):
            expected.append((value != 0, run))
        run = 1
    if max(values[:1] + values) > 0 or found:
        assert found == expected


def test_zeros_are_counted_where_they_are_rare_and_no_run() -> None:
    """Three single ones in a month; the 25 hours are a run and told as such."""

    def shape(day: int, hour: int) -> float:
        if day == 20 or (day, hour) in {(3, 4), (3, 9), (8, 0), (21, 0)}:
            return 0.0
        return office(day, hour)

    found = judge(year(shape, 40))
    assert said(found) == [
        ("zeros", "2024-01-04 00:00", "2024-01-10 00:00", 3),
        ("zero_run", "2024-01-21 00:00", "2024-01-22 01:00", 25),
    ]
    assert (found[0].severity, found[0].more["all"]) == ("info", "912")


def test_the_nights_of_a_solar_plant_are_not_counted() -> None:
    assert judge(year(lambda _d, h: float(8 <= h < 16), 10)) == []


@pytest.mark.parametrize("negative", [-0.5, -3.25])
def test_values_below_zero_are_one_finding_with_the_lowest(negative: float) -> None:
    days = [day_of([1.0, negative, *BUSY[2:]], "2024-03-01"), day_of([-0.25, *BUSY[1:]], "2024-03-05"),
            ]  # fmt: skip
    found = [one for one in judge(join(days)) if one.kind == "negative"]
    assert said(found) == [("negative", "2024-03-01 00:00", "2024-03-06 00:00", 2)]
    assert found[0].value == round(negative * 1_000_000)
