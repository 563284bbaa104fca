"""Load and own generation by the hour: exact, whatever the digits, scales and intervals."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_case import Case, day_entry, days, header, instant, park, post

from carbonledger.calc.renewable import HourlySeries
from carbonledger.ledger.service import reverse
from carbonledger.run.hours import HOUR, Scale, _by_hour, _cell_by_cell, _Row, hourly
from carbonledger.run.question import Question, gather

KWH = 1_000_000
Q = 900


def series(case: Case, period: str = "2024-03", as_of: int | None = None) -> HourlySeries:
    with case.ledger.read() as connection:
        found = hourly(connection, gather(connection, Question("", period, "ghg-protocol", as_of)))
    assert found is not None
    return found


def quarters(case: Case, meter: str, *cells: str | None, start: str = "2024-03-01") -> int:
    return post(case, *days(case, meter, start, cells, interval=Q))


def test_quarters_of_an_hour_are_summed_by_the_hour(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        quarters(case, "M-1", "1", "2", "3", "4", "0.5", "0.25", "0.125", "0.0625")
        assert series(case).load == [10 * KWH, 937_500]


def test_own_generation_adds_to_the_load_and_is_told_apart(fresh_ledger: str) -> None:
    """What the roof gives within the park is consumed there, with what the grid gives."""
    with park(fresh_ledger) as case:
        quarters(case, "M-1", "1", "1", "1", "1")
        quarters(case, "PV-1", "2", "2", "2", "2")
        found = series(case)
        assert (found.load, found.own) == ([12 * KWH], [8 * KWH])


def test_meters_inside_the_boundary_do_not_count(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        quarters(case, "M-1", "1", "1", "1", "1")
        quarters(case, "M-2", "9", None, "9", "9")
        assert series(case).load == [4 * KWH]


def test_an_hour_with_a_hole_is_missing(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        quarters(case, "M-1", *["1"] * 4, "1", None, "1", "1", *["1"] * 4)
        assert series(case).load == [4 * KWH, None, 4 * KWH]


def test_an_hour_that_one_meter_lacks_is_missing_for_all(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        quarters(case, "M-1", *["1"] * 8)
        quarters(case, "PV-1", *["1"] * 4)
        found = series(case)
        assert (found.load, found.own) == ([8 * KWH, None], [4 * KWH, None])


def test_hours_run_from_the_first_value_to_the_last(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        quarters(case, "M-1", *["1"] * 4)
        quarters(case, "M-1", *["1"] * 4, start="2024-03-01 03:00")
        assert series(case).load == [4 * KWH, None, None, 4 * KWH]


def test_corrections_and_reversals_count_as_they_do_in_sums(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        first = quarters(case, "M-1", *["1"] * 4)
        with case.ledger.read() as connection:
            row = day_entry(connection, "M-1", "2024-03-01", ["0.5", None, "-0.25"], Q,
                            kind="adjustment", corrects=1)  # fmt: skip
        second = post(case, row, head=header("correction", "ratio"))
        assert series(case).load == [4_250_000]
        assert series(case, as_of=first).load == [4 * KWH]
        reverse(case.ledger, second, "no", "a", "now")
        reverse(case.ledger, first, "no", "a", "now")
        assert series(case).load == [None], "nobody says anything of this hour any more"


def test_power_has_a_scale_of_its_own(fresh_ledger: str) -> None:
    """Mean kW of 15 minutes are quarters of kWh; thirds of a kWh are rounded once, by the hour."""
    with park(fresh_ledger) as case:
        with case.ledger.read() as connection:
            kilowatts = day_entry(connection, "M-1", "2024-03-01", ["4", "8", "4", "8"], Q)
            thirds = day_entry(connection, "PV-1", "2024-03-01", ["1", "1", "1", "1"], Q)
        post(case, kilowatts | {"scale_num": 1, "scale_den": 4}, thirds | {"scale_den": 3})
        assert series(case).load == [6 * KWH + 1_333_333]


def test_without_intervals_of_an_hour_or_less_there_is_nothing_to_match(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", ["1", "2", "3", "4"]))
        with case.ledger.read() as connection:
            material = gather(connection, Question("", "2024-03", "ghg-protocol"))
            assert hourly(connection, material) is None


def test_without_electricity_there_is_nothing_to_match(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case, case.ledger.read() as connection:
        assert hourly(connection, gather(connection, Question("", "2024", "ghg-protocol"))) is None


@pytest.mark.parametrize("interval", [300, 600, 900, 1800, 3600])
def test_every_length_that_divides_an_hour_gives_the_same(interval: int, fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        count = HOUR // interval
        post(case, *days(case, "M-1", "2024-03-01", ["1.5"] * count * 2, interval=interval))
        assert series(case).load == [count * 1_500_000] * 2


def test_intervals_that_do_not_begin_with_the_hour_are_put_where_they_begin(
    fresh_ledger: str,
) -> None:
    with park(fresh_ledger) as case:
        quarters(case, "M-1", *["1"] * 9, start="2024-03-01 00:30")
        assert series(case).load == [None, 4 * KWH, None]


def row_of(cells: list[str], start: int = 0, interval: int = Q) -> _Row:
    return _Row(1, "reading", start, interval, "[" + ",".join(cells) + "]", 7, 3, 1, 2)


NUMBERS = st.integers(0, 3).flatmap(
    lambda places: st.lists(
        st.decimals(-999, 999, places=places).map(lambda d: format(d, "f")), min_size=1, max_size=12
    )
)
MIXED = st.lists(
    st.decimals(-999, 999, allow_nan=False).map(lambda d: format(d, "f")), min_size=1, max_size=12
)


@given(NUMBERS | MIXED, st.integers(0, 3))
def test_the_short_way_gives_what_the_long_way_gives(cells: list[str], late: int) -> None:
    row = row_of(cells, late * Q)

    def total(parts: list[tuple[Scale, int, int, int]]) -> dict[int, tuple[Fraction, int]]:
        found: dict[int, tuple[Fraction, int]] = {}
        for scale, hour, value, seconds in parts:
            amount, covered = found.get(hour, (Fraction(0), 0))
            found[hour] = (amount + value * scale.factor, covered + seconds)
        return found

    short = total(list(_by_hour(row)))
    assert short == total(list(_cell_by_cell(row, cells)))
    assert sum(amount for amount, _ in short.values()) == sum(
        Fraction(Decimal(cell)) * Fraction(7, 3) for cell in cells
    )


def test_the_hours_of_a_day_of_clock_change_are_hours(fresh_ledger: str) -> None:
    """Hours are those of UTC: there is no hour that is not, and none that is twice."""
    with park(fresh_ledger) as case:
        quarters(case, "M-1", *["1"] * 100)
        assert series(case).load == [4 * KWH] * 25
        assert instant("2024-03-02 01:00") - instant("2024-03-01") == 25 * HOUR
