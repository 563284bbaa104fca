"""The meter files of the demo park obey the laws that real meters obey.

All is checked on the files as a user finds them, read by plain code of this test.
"""

import csv
import gzip
import io
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

PARK = Path(__file__).resolve().parent.parent / "examples" / "tyre-park"
LINE_COLUMNS = ("M-003", "M-004", "M-007", "M-008")
QUARTERS = ("Q1", "Q2", "Q3", "Q4")
Series = dict[str, int | None]


def content(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def table(path: Path, *, encoding: str = "utf-8", skip: int = 0, sign: str = ",") -> list[Any]:
    lines = io.StringIO(content(path).decode(encoding)).readlines()[skip:]
    return list(csv.DictReader(lines, delimiter=sign))


def watt_hours(text: str) -> int:
    """Read kWh, or kW of 15 minutes times four, as whole thousandths."""
    whole = Decimal(text) * 1000
    assert whole == int(whole)
    return int(whole)


def quarter_hour_before(text: str) -> str:
    """Name the start of an interval whose end a file prints."""
    end = datetime.strptime(text + " +0800", "%Y-%m-%d %H:%M %z")
    return f"{end - timedelta(minutes=15):%Y-%m-%dT%H:%M:%S}"


def curing() -> Series:
    """Read the curing register, old and new meter joined at the swap."""
    swap = tomllib.loads((PARK / "site.toml").read_text("utf-8"))["event"][0]
    readings = []
    for quarter in QUARTERS:
        name = PARK / f"meters/curing-2024{quarter}.csv.gz"
        for row in table(name, encoding="gb18030", skip=1):
            value = Decimal(row["正向有功总(kWh)"])
            readings.append((row["抄表时间"].replace(" ", "T"), value, row["电能表资产编号"]))
    energy: Series = {}
    for (start, before, old), (end, after, new) in pairwise(readings):
        advance = after - before
        if old != new:
            assert start < swap["at"] < end
            advance += Decimal(swap["old"]) - Decimal(swap["new"])
        energy[start] = watt_hours(str(advance * 3000))
    return energy


@pytest.fixture(scope="module")
def electricity() -> dict[str, Series]:
    """Wh of each 15 minutes by meter and start, as first exported; None: an empty cell."""
    series: dict[str, Series] = {code: {} for code in ("M-001", "M-002", *LINE_COLUMNS)}
    for row in table(PARK / "meters/electricity-main.csv.gz"):
        series[row["meter"]][row["time"]] = watt_hours(row["value"])
    for row in table(PARK / "meters/electricity-lines.csv.gz"):
        for code in LINE_COLUMNS:
            empty = row[code] in {"", "--"}
            energy = None if empty else watt_hours(row[code]) // 4
            series[code][quarter_hour_before(row["time"])] = energy
    rows = table(PARK / "meters/electricity-rubber-works.csv.gz")
    return series | {
        "M-005": curing(),
        "M-006": {row["time"]: watt_hours(row["value"]) for row in rows},
    }


@pytest.fixture(scope="module")
def correction() -> Series:
    rows = table(PARK / "corrections/M-003-2024-03-12-13.csv")
    return {quarter_hour_before(row["time"]): watt_hours(row["M-003"]) // 4 for row in rows}


def gas(meter: str) -> list[tuple[str, Decimal]]:
    readings: dict[str, Decimal] = {}
    for quarter in QUARTERS:
        for row in table(PARK / f"meters/gas-2024{quarter}.csv.gz"):
            if row["meter"] == meter:
                assert readings.setdefault(row["time"], Decimal(row["value"])) == Decimal(
                    row["value"]
                )
    return sorted(readings.items())


def advances(readings: list[tuple[str, Decimal]]) -> Iterator[tuple[str, Decimal]]:
    for (start, before), (_, after) in pairwise(readings):
        yield start, after - before + (1_000_000 if after < before else 0)


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return tomllib.loads((PARK / "EXPECTED.toml").read_text("utf-8"))


def test_electricity_files_give_the_control_totals(
    electricity: dict[str, Series], correction: Series, expected: dict[str, Any]
) -> None:
    corrected = electricity | {"M-003": electricity["M-003"] | correction}
    for code, series in corrected.items():
        months: dict[str, int] = defaultdict(int)
        for start, energy in series.items():
            months[start[:7]] += energy or 0
        control = expected["meter"][code]
        assert {m: Decimal(wh) / 1000 for m, wh in months.items()} == {
            m: Decimal(text) for m, text in control["months"].items()
        }
        assert sum(energy is not None for energy in series.values()) == control["values"]


def test_what_each_firm_bought_is_the_sum_of_its_meters(
    electricity: dict[str, Series], correction: Series, expected: dict[str, Any]
) -> None:
    corrected = electricity | {"M-003": electricity["M-003"] | correction}
    for member in expected["member"].values():
        march = sum(
            energy or 0
            for code in member["meters"]
            for start, energy in corrected[code].items()
            if start.startswith("2024-03")
        )
        assert Decimal(member["months"]["2024-03"]) == Decimal(march) / 1000


def test_gas_and_steam_and_water_give_the_control_totals(expected: dict[str, Any]) -> None:
    found = {
        "G-001": 10 * sum(m3 for _, m3 in advances(gas("G-001"))),
        "G-002": sum(m3 for _, m3 in advances(gas("G-002"))),
        "W-001": sum(
            Decimal(row["Verbrauch"].replace(",", "."))
            for row in table(PARK / "meters/water.csv.gz", encoding="latin-1", skip=2, sign=";")
        ),
    }
    steam = table(PARK / "meters/steam.csv.gz")
    found |= {code: sum(Decimal(row[code]) for row in steam) for code in ("S-001", "S-002")}
    assert found == {code: Decimal(expected["meter"][code]["year"]) for code in found}


def test_main_meter_covers_sub_meters_and_losses_of_one_to_two_percent(
    electricity: dict[str, Series],
) -> None:
    subs = [series for code, series in electricity.items() if code not in {"M-001", "M-002"}]
    whole, with_holes = 0, 0
    for start, grid in electricity["M-001"].items():
        entered = (grid or 0) + (electricity["M-002"][start] or 0)
        values = [series.get(start) for series in subs]
        lost = entered - sum(value or 0 for value in values)
        if None in values or start[:10] in {"2024-03-12", "2024-03-13"}:
            with_holes += 1
            assert lost * 100 > 2 * entered
        else:
            whole += 1
            assert entered < lost * 100 < 2 * entered
    # A day of M-006, two days of M-003, four values of M-004, three of M-008.
    assert (whole, with_holes) == (366 * 96 - 295, 96 + 192 + 4 + 3)


def test_roof_gives_nothing_at_night_and_the_park_never_exports(
    electricity: dict[str, Series],
) -> None:
    roof = {start: energy or 0 for start, energy in electricity["M-002"].items()}
    assert {wh for start, wh in roof.items() if start[11:13] in {"22", "23", "00", "01"}} == {0}
    assert all((energy or 0) > 0 for energy in electricity["M-001"].values())
    # 3.1 MW of inverters.
    assert max(roof.values()) <= 775_000


def test_steam_is_nine_tenths_of_the_boilers_gas_on_every_day() -> None:
    steam: dict[str, Decimal] = defaultdict(Decimal)
    for row in table(PARK / "meters/steam.csv.gz"):
        steam[row["time"][:10]] += Decimal(row["S-001"]) + Decimal(row["S-002"])
    burnt: dict[str, Decimal] = defaultdict(Decimal)
    for start, advance in advances(gas("G-001")):
        burnt[start[:10]] += 10 * advance * Decimal("0.038931")
    shares = {day: steam[day] / burnt[day] for day in steam}
    assert len(shares) == 366
    assert Decimal("0.885") < min(shares.values()) < max(shares.values()) < Decimal("0.915")


def test_the_gas_register_wraps_once(expected: dict[str, Any]) -> None:
    readings = gas("G-001")
    drops = [[start, end] for (start, before), (end, after) in pairwise(readings) if after < before]
    assert drops == [expected["rollover"]["interval"]]
    assert max(value for _, value in readings) < 1_000_000


def test_the_correction_undoes_half_a_transformer_ratio(
    electricity: dict[str, Series], correction: Series, expected: dict[str, Any]
) -> None:
    right = sum(energy or 0 for energy in correction.values())
    read = sum(electricity["M-003"][start] or 0 for start in correction)
    control = expected["correction"]
    assert len(correction) == control["values"] == 192
    assert {start[:10] for start in correction} == set(control["days"])
    assert Decimal("0.499") < Decimal(read) / right <= Decimal("0.5")
    assert Decimal(control["difference_kwh"]) == Decimal(right - read) / 1000
    assert Decimal(control["after_kwh"]) - Decimal(control["before_kwh"]) == Decimal(
        control["difference_kwh"]
    )
