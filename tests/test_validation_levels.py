"""Spikes against the meter's own history, and steps of level as a changed unit makes them."""

from datetime import date, timedelta
from math import cos, pi

import numpy as np
import pytest
from validation_kit import day_of, kinds, office, said, year

from carbonledger.validation.days import join
from carbonledger.validation.judge import judge, judged


def heating(day: int, hour: int) -> float:
    """Give the hours of a heating that is nearly out in summer."""
    season = max(0.0, cos(2 * pi * day / 365))
    return 0.4 + 40 * season * (1.3 if 6 <= hour < 20 else 0.8) + (day + hour) % 7 / 10


def test_one_hour_far_above_the_usual_is_a_spike() -> None:
    found = judge(year(lambda d, h: 900.0 if (d, h) == (100, 9) else office(d, h)))
    (spike,) = found
    assert said(found) == [("spike", "2024-04-10 00:00", "2024-04-11 00:00", 1)]
    assert (spike.value, spike.severity) == (900_000_000, "warning")
    assert spike.expected is not None
    assert 20_000_000 <= spike.expected <= 21_000_000
    assert spike.more["interval_s"] == 3600


def test_a_spike_on_the_last_day_is_found_as_well() -> None:
    assert kinds(judge(year(lambda d, h: 900.0 if (d, h) == (59, 9) else office(d, h), 60))) == [
        "spike"
    ]


def test_a_weekend_is_compared_with_weekends() -> None:
    """The hours of a working day on a Sunday are many, but no spike; ten times as much is."""
    sunday = 97
    assert judge(year(lambda d, h: office(0, h) if d == sunday else office(d, h))) == []
    found = judge(year(lambda d, h: 60.0 if (d, h) == (sunday, 3) else office(d, h)))
    assert [(one.kind, one.expected) for one in found] == [("spike", 6_000_000)]


def test_what_is_used_every_week_is_no_spike() -> None:
    assert judge(year(lambda d, h: 300.0 if d % 7 == 2 and h == 9 else office(d, h))) == []


def test_without_history_nothing_is_said_and_that_is_said() -> None:
    short = year(lambda d, h: 900.0 if (d, h) == (5, 9) else office(d, h), 9)
    assert judge(short) == []
    assert not judged(short)
    assert judged(year(office, 40))


def test_a_length_that_changes_is_no_spike_and_no_step() -> None:
    """Hours, then quarters: each value is a quarter, the load is the same."""
    hours = year(office, 60)
    quarters = year(lambda d, q: office(d + 60, q // 4) / 4, 60, "2024-03-01", 900)
    assert judge(join([hours, quarters])) == []


@pytest.mark.parametrize("factor", [39.0, 1000.0, 0.1, 1 / 39])
def test_a_silent_change_of_the_unit_is_a_step(factor: float) -> None:
    found = judge(year(lambda d, h: office(d, h) * (factor if d >= 200 else 1)))
    (step,) = found
    assert (step.kind, said(found)[0][1]) == ("step", "2024-07-19 00:00")
    assert float(step.more["factor"]) == pytest.approx(max(factor, 1 / factor), rel=0.05)
    assert step.more["form"] == ("step_up" if factor > 1 else "step_down")
    assert step.value is not None
    assert step.expected is not None
    assert step.value / step.expected == pytest.approx(factor, rel=0.05)


def test_a_step_is_found_a_week_after_it() -> None:
    def shape(day: int, hour: int) -> float:
        return office(day, hour) * (39 if day >= 60 else 1)

    assert "step" not in kinds(judge(year(shape, 66)))
    assert kinds(judge(year(shape, 67))) == ["step"]


def test_a_factor_of_four_is_no_step() -> None:
    assert judge(year(lambda d, h: office(d, h) * (4 if d >= 200 else 1))) == []


def test_seasons_are_no_step() -> None:
    assert judge(year(heating, 3 * 365)) == []


def test_holidays_are_no_step() -> None:
    """Two weeks in which the working days look like weekends of a quarter."""

    def shape(day: int, hour: int) -> float:
        at_rest = 200 <= day < 214
        load = office(6, hour) / 4 if at_rest else office(day, hour)
        return load * (8 if day % 7 < 5 and not at_rest else 1)

    assert judge(year(shape)) == []


def test_a_step_across_a_pause_is_seen_against_the_year_before() -> None:
    """As in the gas files of Cambridge: kWh, then zeros from August on, then a 39th."""

    def shape(day: int, hour: int) -> float:
        if 578 <= day < 731:
            return 0.0
        return heating(day, hour) / (39 if day >= 731 else 1)

    found = judge(year(shape, 3 * 365))
    assert kinds(found) == ["zero_run", "step"]
    step = found[1]
    assert said([step])[0][1] == "2026-01-01 00:00"
    assert float(step.more["factor"]) == pytest.approx(39, rel=0.1)


def test_a_day_that_is_cut_off_before_a_pause_is_no_step_of_its_own() -> None:
    """The last day before the zeros has an hour of use; the step is where values come again."""

    def shape(day: int, hour: int) -> float:
        if 577 <= day < 731:
            return 0.01 if (day, hour) == (577, 0) else 0.0
        return heating(day, hour) / (39 if day >= 731 else 1)

    steps = [one for one in judge(year(shape, 3 * 365)) if one.kind == "step"]
    assert [said([step])[0][1] for step in steps] == ["2026-01-01 00:00"]


def test_a_step_is_told_once_though_the_year_before_shows_it_too() -> None:
    assert kinds(judge(year(lambda d, h: office(d, h) * (39 if d >= 400 else 1), 800))) == ["step"]


def test_there_and_back_are_two_steps() -> None:
    found = judge(year(lambda d, h: office(d, h) * (39 if 200 <= d < 280 else 1)))
    assert [one.more["form"] for one in found] == ["step_up", "step_down"]


def test_daily_values_show_a_step_too() -> None:
    first = date(2024, 1, 1)
    days = [
        day_of([(100.0 + n % 5) * (25 if n >= 90 else 1)], str(first + timedelta(days=n)), 86400)
        for n in range(180)
    ]
    found = judge(join(days))
    assert [(one.kind, one.count) for one in found] == [("step", 90)]


def test_wind_is_no_step() -> None:
    """Days from nothing to the rated power, as the weather has it."""
    wind = np.random.default_rng(20_240_101).weibull(1.2, 400) * 600
    assert [
        k for k in kinds(judge(year(lambda d, _h: float(wind[d]) + _h / 10, 400))) if k != "spike"
    ] == []
