"""The methods of estimation by themselves: whole millionths in, whole millionths out."""

from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.errors import MeterRefused
from carbonledger.estimation.clock import Clock
from carbonledger.estimation.exact import share, spread, trimmed_mean
from carbonledger.estimation.methods import linear, profile_of, typical_day

CLOCK = Clock("Asia/Shanghai")


def at(local: str, zone: str = "Asia/Shanghai") -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp())


def test_a_line_runs_between_the_neighbours() -> None:
    known = {at("2024-03-07 10:00"): 100, at("2024-03-07 14:00"): 180}
    missing = [at(f"2024-03-07 {hour}:00") for hour in (11, 12, 13)]

    assert list(linear(missing, known).values.values()) == [120, 140, 160]


def test_a_line_is_rounded_half_to_even() -> None:
    made = linear([1, 2, 3], {0: 0, 4: 2})
    assert list(made.values.values()) == [0, 1, 2]


@pytest.mark.parametrize("known", [{}, {0: 5}, {9: 5}])
def test_a_line_needs_both_neighbours(known: dict[int, int]) -> None:
    with pytest.raises(MeterRefused) as caught:
        linear([5], known)
    assert caught.value.code == "estimate-history"


def test_a_trimmed_mean_leaves_out_a_quarter_on_either_side() -> None:
    assert trimmed_mean([1, 2, 3]) == 2
    assert trimmed_mean([0, 10, 11, 999]) == Fraction(21, 2)
    assert trimmed_mean([0, 0, 8, 9, 10, 11, 900, 900]) == Fraction(38, 4)


def test_a_typical_day_is_of_its_kind_and_time() -> None:
    """Thursday 7 March 2024: workdays count, the weekend does not, nor a day six weeks off."""
    values = {
        "2024-03-04": 10, "2024-03-05": 12, "2024-03-06": 14, "2024-03-08": 16,
        "2024-03-09": 900, "2024-03-10": 900, "2024-01-25": 900,
    }  # fmt: skip
    known = {at(f"{day} 10:00"): value for day, value in values.items()}
    known |= {at(f"{day} 11:00"): 2 * value for day, value in values.items()}
    made = typical_day([at("2024-03-07 10:00"), at("2024-03-07 11:00")], known, CLOCK)

    assert list(made.values.values()) == [13, 26]
    assert made.used == {20240307: (20240304, 20240305, 20240306, 20240308)}
    # Sums of both hours: 30, 36, 42, 48; their standard deviation is the root of 60.
    assert made.spreads == {20240307: 8}


def test_a_typical_day_needs_three_days() -> None:
    known = {at(f"2024-03-0{day} 10:00"): 10 for day in (5, 6)}
    with pytest.raises(MeterRefused, match=r"only 2 days like it \(workday\)") as caught:
        typical_day([at("2024-03-07 10:00")], known, CLOCK)
    assert "at 10:00; 3 are needed" in caught.value.message


def test_a_profile_is_scaled_by_the_ratio_around_the_gap() -> None:
    hours = [at(f"2024-03-0{day} {hour:02}:00") for day in (4, 5, 6, 7) for hour in (8, 9)]
    other = {start: 100 + 10 * place for place, start in enumerate(hours)}
    known = {start: 3 * value for start, value in other.items() if start in hours[:6]}

    made = profile_of(hours[6:], known, other, CLOCK)

    assert list(made.values.values()) == [480, 510]
    assert made.parameters["ratio"] == "2250/750"
    assert made.spreads == {20240307: 0}


def test_a_profile_needs_the_other_meter_in_the_gap_and_around_it() -> None:
    gap = at("2024-03-07 10:00")
    with pytest.raises(MeterRefused, match="no value at 2024-03-07 10:00 either"):
        profile_of([gap], {}, {}, CLOCK)
    with pytest.raises(MeterRefused, match="on 0 common days within 28 days"):
        profile_of([gap], {}, {gap: 5}, CLOCK)


@given(
    total=st.integers(0, 10**12),
    weights=st.lists(st.integers(0, 10**6), min_size=1).filter(any),
)
def test_what_is_shared_out_adds_up(total: int, weights: list[int]) -> None:
    parts = share(total, [Fraction(weight) for weight in weights])

    assert sum(parts) == total
    whole = sum(weights)
    assert all(
        abs(part - Fraction(total * w, whole)) < 1 for part, w in zip(parts, weights, strict=True)
    )


def test_the_spread_of_one_number_is_not_known() -> None:
    assert spread([Fraction(5)]) is None
    assert spread([Fraction(2), Fraction(4)]) == Fraction(1414213, 10**6)


def test_days_of_a_clock_change_have_their_length() -> None:
    clock = Clock("Europe/Zurich")
    assert clock.midnight(20240401) - clock.midnight(20240331) == 23 * 3600
    assert clock.second(at("2024-03-31 03:00", "Europe/Zurich")) == 3 * 3600
    assert [clock.kind(day) for day in (20240329, 20240330, 20240331)] == [
        "workday", "saturday", "sunday",
    ]  # fmt: skip
