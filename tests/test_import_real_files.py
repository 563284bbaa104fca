"""Real meter files, read by the profiles in examples/profiles, against their control totals."""

import csv
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ingest_kit import Books, Meter

from carbonledger.errors import Refusal

PROFILES = Path(__file__).resolve().parent.parent / "examples" / "profiles"
pytestmark = pytest.mark.shared_data


class Real(Books):
    """A ledger that takes files of the shared folder."""

    def __init__(self, folder: Path, data: Path, *meters: Meter) -> None:
        super().__init__(folder, *meters)
        self.data = data

    def real(self, file: str, profile: str, **options: Any) -> dict[str, Any]:
        return self.take(self.data / file, profile=self.text(profile), **options)

    def text(self, profile: str) -> str:
        return (PROFILES / f"{profile}.toml").read_text("utf-8")


@pytest.fixture
def controls(shared_data: Path) -> dict[tuple[str, str], Decimal]:
    with (shared_data / "CONTROLS.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        (row["file"], row["measure"]): Decimal(row["value"])
        for row in rows
        if row["value"].replace(".", "").isdigit()
    }


@pytest.mark.parametrize(
    "file", ["steel_kr_2018_uci.csv.gz", "steel_kr_2018_reordered_mixed_dates.csv.gz"]
)
def test_a_steel_plant(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal], file: str
) -> None:
    """Both variants: the one with `1/1/2018 0:15` beside `13/01/2018 00:15` is day first as well.

    Its rows stand in order of time only when they are read so.
    """
    file = f"electricity/{file}"
    books = Real(tmp_path / "p", shared_data, Meter("STEEL", timezone="Asia/Seoul"))

    answer = books.real(file, "steel_kr_2018")

    assert books.sum() == controls[file, "sum Usage_kWh"] == Decimal("959636.71")
    assert books.months("STEEL")["2018-01"] == controls[file, "January 2018 kWh"]
    assert books.months("STEEL")["2018-04"] == controls[file, "April 2018 kWh"]
    assert (answer["readings"], answer["entries"], answer["gaps"]) == (35040, 365, 0)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_swiss_load_profiles(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal], number: int
) -> None:
    file = f"electricity/ch_loadprofile_{number}_2021.csv.gz"
    zurich = Meter("P-1", unit="kWh", reads="power", timezone="Europe/Zurich")
    books = Real(tmp_path / "p", shared_data, zurich)

    books.real(file, "swiss_load_profile")

    months = books.months("P-1")
    assert books.sum() == controls[file, "energy 2021"]
    assert months["2021-03"] == controls[file, "energy March 2021"]
    assert months["2021-10"] == controls[file, "energy October 2021"]
    lengths = dict(books.rows(
        "SELECT local_day, count(*) FROM reading WHERE local_day IN ('2021-03-28', '2021-10-31') "
        "GROUP BY 1"
    ))  # fmt: skip
    assert lengths == {"2021-03-28": 92, "2021-10-31": 100}


def test_a_load_curve_with_the_second_pass_later(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal]
) -> None:
    file = "electricity/lastgang_2022_kw_weather.csv.gz"
    vienna = Meter("LASTGANG", unit="kW", reads="power", timezone="Europe/Vienna")
    books = Real(tmp_path / "p", shared_data, vienna)

    answer = books.real(file, "lastgang_power_end")

    months = books.months("LASTGANG")
    assert books.sum() == controls[file, "energy 2022"]
    assert months["2022-01"] == controls[file, "energy January 2022"]
    assert months["2022-10"] == controls[file, "energy October 2022"]
    assert answer["gaps"] == 0
    assert set(months) == {f"2022-{month:02}" for month in range(1, 13)}


def test_a_home_with_a_roof(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal]
) -> None:
    file = "electricity/ausgrid_customer12_2011_2012.csv.gz"
    meters = [Meter(code, timezone="Australia/Sydney") for code in ("HOME-USE", "HOME-PV")]
    books = Real(tmp_path / "p", shared_data, *meters)

    answer = books.real(file, "ausgrid_solar_home")

    assert books.sum(meter="HOME-USE") == controls[file, "sum GC"]
    assert books.sum(meter="HOME-PV") == controls[file, "sum GG"]
    assert books.months("HOME-USE")["2011-07"] == controls[file, "GC July 2011"]
    assert answer["gaps"] == 0


def test_one_file_by_two_profiles(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal]
) -> None:
    """The same bytes read for another meter are not what was posted before."""
    file = "electricity/ausgrid_customer12_2011_2012.csv.gz"
    meters = [Meter(code, timezone="Australia/Sydney") for code in ("HOME-USE", "HOME-PV")]
    books = Real(tmp_path / "p", shared_data, *meters)
    profile = 'meter = "{}"\ntimezone = "+10:00"\n[columns]\ntime = 1\nvalue = "{}"'

    for meter, column in (("HOME-USE", "GC"), ("HOME-PV", "GG")):
        books.take(shared_data / file, profile=profile.format(meter, column))
        again = books.take(shared_data / file, profile=profile.format(meter, column))
        assert again["posted_before"] is True

    assert books.sum(meter="HOME-USE") == controls[file, "sum GC"]
    assert books.sum(meter="HOME-PV") == controls[file, "sum GG"]
    assert len(books.kept()) == 1


def test_a_chinese_region_in_gbk(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal]
) -> None:
    file = "electricity/cn_region_15min_gbk_head4000.csv"
    books = Real(tmp_path / "p", shared_data, Meter("REGION", unit="kW", reads="power"))

    answer = books.real(file, "cn_region_load")

    assert abs(books.sum() - controls[file, "energy, all rows"]) < Decimal("0.001")
    assert books.months("REGION")["2018-01"] == controls[file, "energy January 2018"]
    assert answer["totals"][0]["last"] == "2018-02-11T08:00:00Z"


def test_a_wind_turbine_with_gaps_and_negative_power(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal]
) -> None:
    file = "electricity/wind_scada_tr_2018.csv.gz"
    turbine = Meter("WT-1", unit="kW", reads="power", timezone="Europe/Istanbul")
    books = Real(tmp_path / "p", shared_data, turbine)

    answer = books.real(file, "wind_scada")

    # Each reading is rounded to millionths of a kWh: a sixth of 50,530 of them.
    assert abs(books.sum() - controls[file, "energy 2018"]) < Decimal("0.001")
    january = books.months("WT-1")["2018-01"]
    assert abs(january - controls[file, "energy January 2018"]) < Decimal("0.001")
    assert f"{controls[file, 'negative rows']} values are below zero" in answer["warnings"]
    assert answer["readings"] == controls[file, "rows"]
    assert answer["gaps"] == 52560 - 50530


def test_registers_with_a_gap(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal]
) -> None:
    file = "electricity/opsd_household_residential4_2016-04_slice.csv"
    codes = ("GRID-EXPORT", "GRID-IMPORT", "HEAT-PUMP", "PV")
    meters = [Meter(code, reads="register", timezone="Europe/Berlin") for code in codes]
    books = Real(tmp_path / "p", shared_data, *meters)

    books.real(file, "opsd_household_registers")

    imported = "grid_import advance over the slice"
    assert books.sum(meter="GRID-IMPORT") == controls[file, imported]
    assert books.sum(meter="PV") == controls[file, "pv advance"]
    assert books.sum(meter="GRID-EXPORT") == Decimal("156.229")
    assert books.sum(meter="HEAT-PUMP") == Decimal("17.540")
    longest = books.rows(
        "SELECT value, seconds / 3600 FROM reading WHERE meter = 'GRID-IMPORT' "
        "ORDER BY seconds DESC LIMIT 1"
    )
    assert longest == [(float(controls[file, "of it across the 54-row gap"]), 55)]


@pytest.mark.parametrize("year", [2016, 2017, 2018, 2019])
def test_gas_of_a_building_in_kwh(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal], year: int
) -> None:
    """Booked in m3 by a declared conversion; the source's own kWh stay in the profile."""
    file = f"utilities/ucam_b64_gas_{year}.csv.gz"
    gas = Meter("B64", commodity="natural_gas", unit="kWh", conversion="10 kWh/m3",
                timezone="Europe/London")  # fmt: skip
    books = Real(tmp_path / "p", shared_data, gas)

    books.real(file, "cambridge_building")

    assert books.sum("natural_gas") * 10 == controls[file, "sum"]
    assert books.months("B64")[f"{year}-01"] * 10 == controls[file, "January"]
    recorded = books.rows("SELECT sum(CAST(recorded_quantity AS REAL)) FROM entry_view")[0][0]
    assert round(recorded, 1) == float(controls[file, "sum"])


def test_electricity_of_a_building(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal]
) -> None:
    file = "utilities/ucam_b64_electricity_2019.csv.gz"
    books = Real(tmp_path / "p", shared_data, Meter("B64", timezone="Europe/London"))

    books.real(file, "cambridge_building")

    assert books.sum() == controls[file, "sum"]
    assert books.months("B64")["2019-01"] == controls[file, "January"]


def test_an_irish_smart_meter_newest_first(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal]
) -> None:
    """Two read types interleaved, stamped at the end, 01:00 and 01:30 twice on 29 October 2023."""
    file = "formats/ie/esb_hdf_example.csv.gz"
    meters = [Meter(code, timezone="Europe/Dublin") for code in ("IMPORT", "EXPORT")]
    books = Real(tmp_path / "p", shared_data, *meters)

    answer = books.real(file, "esb_networks_hdf")

    assert books.sum(meter="IMPORT") == controls[file, "import"]
    assert books.sum(meter="EXPORT") == controls[file, "export"]
    assert books.months("IMPORT")["2023-10"] == controls[file, "import October 2023"]
    assert answer["readings"] == 55691
    assert books.rows(
        "SELECT count(*) FROM reading WHERE meter = 'IMPORT' AND local_day = '2023-10-29'"
    ) == [(50,)]


def test_a_french_load_curve(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal]
) -> None:
    file = "formats/fr/enedis_courbe_30min_2023-08_2024-07.csv.gz"
    meter = Meter("PRM", unit="W", reads="power", timezone="Europe/Paris")
    books = Real(tmp_path / "p", shared_data, meter)

    answer = books.real(file, "enedis_load_curve")

    assert books.sum() == controls[file, "energy"]
    assert (answer["readings"], answer["gaps"]) == (controls[file, "rows"], 0)


def test_british_half_hours(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal]
) -> None:
    file = "formats/uk_halfhourly/highlands_example.csv"
    with (shared_data / file).open(encoding="utf-8") as lines:
        codes = sorted({line.split(",")[0] for line in list(lines)[2:]})
    books = Real(tmp_path / "p", shared_data, *[Meter(c, timezone="Europe/London") for c in codes])

    answer = books.real(file, "uk_half_hourly")

    assert books.sum() == controls[file, "sum"]
    assert answer["readings"] == controls[file, "rows"]
    estimated = books.rows("SELECT count(*) FROM entry_view WHERE quality = 'estimated'")
    assert estimated == [(1,)]


def test_two_tables_of_a_californian_utility(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal]
) -> None:
    zone = "America/Los_Angeles"
    meters = [Meter(code, timezone=zone) for code in ("delivered", "received")]
    books = Real(tmp_path / "p", shared_data, *meters)

    answer = books.real("formats/us_csv/sce_usage_2024-05-22.csv", "sce_usage")

    # CONTROLS.csv: 96 rows and 2.99 kWh delivered, 96 and 0.34 received.
    assert answer["readings"] == 192
    assert books.months("delivered") == {"2024-05": Decimal("2.99")}
    assert books.months("received") == {"2024-05": Decimal("0.34")}


@pytest.mark.parametrize(
    ("kind", "commodity", "unit", "measure"),
    [
        ("Electric", "electricity", "kWh", "Electric KWH"),
        ("Steam", "steam", "MMBtu", "Steam MMBTU"),
        ("Chilled Water", "heat", "MMBtu", "Chilled Water MMBTU"),
    ],
)
def test_buildings_with_totals_among_the_parts(
    tmp_path: Path, shared_data: Path, controls: dict[tuple[str, str], Decimal],
    kind: str, commodity: str, unit: str, measure: str,
) -> None:  # fmt: skip
    file = "utilities/yale_monthly_multi_utility_1.csv.gz"
    with gzip.open(shared_data / file, "rt", encoding="utf-8") as lines:
        buildings = {row["building"] for row in csv.DictReader(lines)}
    meters = [Meter(f"{building} {kind}", commodity, unit) for building in sorted(buildings)]
    books = Real(tmp_path / "p", shared_data, *meters)
    profile = f'{books.text("yale_buildings")}\n[only]\ntype = "{kind}"'

    books.take(shared_data / file, profile=profile, accept_rejects=True)

    # Rows without a unit are rejected.
    recorded = books.rows("SELECT recorded_quantity FROM entry_view")
    assert sum(Decimal(text) for (text,) in recorded) == controls[file, measure]


@pytest.mark.parametrize(
    ("file", "profile", "code"),
    [
        # No unit at all: a ratio to some unknown capacity.
        ("electricity/pv_inverter_2173_ac_power.csv", 'meter = "M-1"', "columns"),
        (
            "electricity/pv_inverter_2173_ac_power.csv",
            'meter = "M-1"\n[columns]\nvalue = "value_normalized"',
            "no-quantity",
        ),
        # Highest and lowest power of each day: no energy.
        ("electricity/cn_industry_daily_maxmin_utf8bom.csv", "", "columns"),
        (
            "electricity/cn_industry_daily_maxmin_utf8bom.csv",
            'quantity = "power"\nunit = "kW"\n[columns]\nmeter = "行业类型"\n'
            'value = "有功功率最大值（kw）"',
            "no-quantity",
        ),
        # Two tables, and one without a date.
        ("formats/us_csv/sce_usage_2024-05-22.csv", 'meter = "M-1"', "columns"),
        ("utilities/gas_m3_hourly_nl_2013.csv.gz", 'meter = "M-1"\n[columns]\nvalue = "gas"',
         "columns"),
        # Totals among the parts, under the number of the same building.
        ("utilities/yale_monthly_multi_utility_1.csv.gz",
         'interval = "month"\n[columns]\nmeter = "building"\ntime = "date"', "rejects"),
        # Forty files: one call takes one.
        ("utilities/ucam_park_2018_gas_and_electricity.zip", "", "archive-members"),
    ],
)  # fmt: skip
def test_files_that_are_no_readings(
    tmp_path: Path, shared_data: Path, file: str, profile: str, code: str
) -> None:
    books = Real(tmp_path / "p", shared_data, Meter())

    error = books.refused(shared_data / file, profile=profile)

    assert isinstance(error, Refusal)
    assert error.code == code
    assert error.hint
