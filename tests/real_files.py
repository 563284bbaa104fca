"""What the real files of the shared folder hold, for `test_import_matrix.py`.

The figures stand in CONTROLS.csv of that folder and nowhere here: a `Total` names the measure.
"""

import csv
import gzip
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from zipfile import ZipFile

from ingest_kit import Books, Meter

BOOKED = {
    "sum": "sum(quantity_micro)",
    "register_start": "register_start",
    "register_end": "register_end",
    "recorded": "sum(CAST(recorded_quantity AS REAL))",
    "entries": "count(*)",
    "first": "quantity_micro",
    "second": "quantity_micro",
}
MICRO = 1_000_000
COMMODITIES = ("electricity", "natural_gas")
Controls = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Total:
    """A figure of CONTROLS.csv, and the entries that add up to it.

    Attributes:
        measure: which of the file.
        meter: of the entries of this meter or commodity; "" for all.
        on: within this local month or day alone.
        of: expression that finds the figure where it stands within a text.
        times: canonical units of the ledger in one unit of the control.
        within: what rounding each reading to millionths may sum to.
        is_a: what the figure is: a `sum`, the `register_start` of the first entry, the
            `register_end` of the last, the number of `entries`, the `first` or `second` entry, or
            what is `recorded`, a sum in the units of the file.
    """

    measure: str
    meter: str = ""
    on: str = ""
    of: str = r"^(-?[\d.]+)$"
    times: Fraction = Fraction(1)
    within: str = "0"
    is_a: str = "sum"

    def wanted(self, controls: Controls, file: str) -> Fraction:
        found = re.search(self.of, controls[file, self.measure])
        assert found, (file, self.measure, controls[file, self.measure])
        return Fraction(found[1]) * self.times

    def booked(self, books: Books) -> Fraction:
        day = "local_month" if len(self.on) == len("2024-01") else "local_day"
        who = "commodity" if self.meter in COMMODITIES else "meter"
        where = {name: value for name, value in ((who, self.meter), (day, self.on)) if value}
        rows = books.rows(
            f"SELECT {BOOKED[self.is_a]} FROM entry_view"
            + (" WHERE " if where else "")
            + " AND ".join(f"{name} = ?" for name in where)
            + (" ORDER BY end_utc, entry" if "(" not in BOOKED[self.is_a] else ""),
            *where.values(),
        )
        place = {"register_end": -1, "second": 1}.get(self.is_a, 0)
        found = Fraction(rows[place][0] or 0)
        return found / MICRO if self.is_a in {"sum", "first", "second"} else found


@dataclass(frozen=True)
class Taken:
    """A file that is imported.

    Attributes:
        file: in the shared folder.
        profile: name of its profile, "" for none.
        meters: that the site has; or what tells them from the file.
        totals: what they add up to.
        more: lines of the profile beside those of its file.
        accept_rejects: whether rows that cannot be posted are left aside.
        waits: what the import cannot do yet; the test then must fail.
    """

    file: str
    profile: str
    meters: tuple[Meter, ...] | Callable[[Path], Iterable[Meter]]
    totals: tuple[Total, ...]
    more: str = ""
    accept_rejects: bool = False
    waits: str = ""


@dataclass(frozen=True)
class Refused:
    """A file that is refused: by which profile text, with which code, and why it has to be."""

    file: str
    profile: str
    code: str
    why: str
    meters: tuple[Meter, ...] = ()
    waits: str = ""


def power(zone: str, *codes: str, unit: str = "kW") -> tuple[Meter, ...]:
    return tuple(Meter(code, unit=unit, reads="power", timezone=zone) for code in codes)


def energy(zone: str, *codes: str, unit: str = "kWh") -> tuple[Meter, ...]:
    return tuple(Meter(code, unit=unit, timezone=zone) for code in codes)


def registers(zone: str, *codes: str) -> tuple[Meter, ...]:
    return tuple(Meter(code, reads="register", timezone=zone) for code in codes)


MWH, WH = Fraction(1000), Fraction(1, 1000)
LONDON, BERLIN, EASTERN = "Europe/London", "Europe/Berlin", "Australia/Brisbane"


def in_kwh(code: str) -> Meter:
    """Return a meter of gas in kWh; it is booked in m3 by a conversion that the site declares."""
    return Meter(code, "natural_gas", "kWh", conversion="10 kWh/m3", timezone=LONDON)


def named_in(column: int, zone: str) -> Callable[[Path], Iterable[Meter]]:
    """Return what gives the meters that a column of a file of text names."""

    def meters(path: Path) -> Iterable[Meter]:
        data = path.with_suffix(".csv").read_bytes() if path.suffix != ".gz" else path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        rows = csv.reader(text.decode("utf-8").splitlines())
        return energy(zone, *sorted({row[column] for row in rows if len(row) > column}))

    return meters


def estate(path: Path) -> Iterable[Meter]:
    """Return the meters of the folders of the Cambridge estate: b0/electricity, b0/gas."""
    for name in ZipFile(path).namelist():
        if found := re.search(r"UCam_Building_(b\d+/(electricity|gas))/", name):
            yield in_kwh(found[1]) if found[2] == "gas" else Meter(found[1], timezone=LONDON)


def yale(kind: str, commodity: str, unit: str) -> Callable[[Path], Iterable[Meter]]:
    """Return what gives the meters of one type of energy, one a building."""

    def meters(path: Path) -> Iterable[Meter]:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            buildings = {row["building"] for row in csv.DictReader(lines)}
        return [Meter(f"{building} {kind}", commodity, unit) for building in sorted(buildings)]

    return meters


def every(
    *names: str, profile: str, meters: tuple[Meter, ...], totals: tuple[Total, ...]
) -> list[Taken]:
    """Return one row of the table for each of several files alike."""
    return [Taken(name, profile, meters, totals) for name in names]


def gas(*years: int) -> list[Taken]:
    """Return the gas of a building by years."""
    meter = in_kwh("B64")
    tenth = Fraction(1, 10)
    return [
        Taken(f"utilities/ucam_b64_gas_{year}.csv.gz", "cambridge_building", (meter,),
              (Total("sum", times=tenth), Total("January", on=f"{year}-01", times=tenth)))
        for year in years
    ]  # fmt: skip


def swiss(*numbers: int) -> list[Taken]:
    return every(
        *[f"electricity/ch_loadprofile_{number}_2021.csv.gz" for number in numbers],
        profile="swiss_load_profile",
        meters=power("Europe/Zurich", "P-1"),
        totals=(
            Total("energy 2021"),
            Total("energy March 2021", on="2021-03"),
            Total("energy October 2021", on="2021-10"),
        ),
    )


def nem12(name: str, *streams: str, waits: str = "", **figures: str) -> Taken:
    """Return a file of the Australian market: figures by the end of the stream's name."""
    totals = tuple(
        Total("totals", next(s for s in streams if s.endswith(end)), of=of)
        for end, of in figures.items()
    )
    return Taken(f"formats/nem12/{name}", "", energy(EASTERN, *streams), totals, waits=waits)


# A gallon is 3.785411784 L; the density of the diesel fuel, 0.85 kg/L, stands in the profile.
MANIFESTS = {
    "emanifest-save-valid-Full-Electronic-example": (
        Total(
            "quantities",
            of=r"(\d+) G",
            times=Fraction("3.2176000164"),
            is_a="first",
            within="0.000001",
        ),
        Total("quantities", of=r"(\d+) K", is_a="second"),
    ),
    "emanifest-save-valid-Data-and-Image-Manual-Entry-example": (
        Total("quantities", of=r"(\d+) K"),
    ),
    "haztrak_test_manifest_100033134ELC": (
        Total("quantities", of=r"(\d+) L", times=Fraction("0.85")),
    ),
}
MACHINES = """
[site]
code = "park"
timezone = "Europe/Berlin"
region = "DE"
[account.store]
kind = "customer"
[commodity.part]
kind = "product"
unit = "piece"
""" + "".join(f'[account."park/machine-{n}"]\nkind = "process"\n' for n in range(3))
IN_THE_MAKING = "in the making"
TAKEN: list[Taken] = [
    # Delimited text, a row a reading.
    *every(
        "electricity/steel_kr_2018_uci.csv.gz",
        "electricity/steel_kr_2018_reordered_mixed_dates.csv.gz",
        profile="steel_kr_2018",
        meters=energy("Asia/Seoul", "STEEL"),
        totals=(
            Total("sum Usage_kWh"),
            Total("January 2018 kWh", on="2018-01"),
            Total("April 2018 kWh", on="2018-04"),
        ),
    ),
    *swiss(1, 2, 4),
    Taken("electricity/lastgang_2022_kw_weather.csv.gz", "lastgang_power_end",
          power("Europe/Vienna", "LASTGANG"),
          (Total("energy 2022"), Total("energy January 2022", on="2022-01"),
           Total("energy October 2022", on="2022-10"))),
    Taken("electricity/cn_region_15min_gbk_head4000.csv", "cn_region_load",
          power("Asia/Shanghai", "REGION"),
          (Total("energy, all rows", within="0.001"),
           Total("energy January 2018", on="2018-01"))),
    Taken("electricity/wind_scada_tr_2018.csv.gz", "wind_scada", power("Europe/Istanbul", "WT-1"),
          (Total("energy 2018", within="0.001"),
           Total("energy January 2018", on="2018-01", within="0.001"))),
    *gas(2016, 2017, 2018, 2019),
    Taken("utilities/ucam_b64_electricity_2019.csv.gz", "cambridge_building", energy(LONDON, "B64"),
          (Total("sum"), Total("January", on="2019-01"))),
    Taken("formats/ie/esb_hdf_example.csv.gz", "esb_networks_hdf",
          energy("Europe/Dublin", "IMPORT", "EXPORT"),
          (Total("import", "IMPORT"), Total("export", "EXPORT"),
           Total("import October 2023", "IMPORT", "2023-10"))),
    Taken("formats/fr/enedis_courbe_30min_2023-08_2024-07.csv.gz", "enedis_load_curve",
          power("Europe/Paris", "PRM", unit="W"), (Total("energy"),)),
    Taken("formats/uk_halfhourly/highlands_example.csv", "uk_half_hourly",
          named_in(0, LONDON), (Total("sum"),)),
    Taken("grid/aemo_price_demand_202501_QLD.csv.gz", "aemo_price_demand",
          power("Australia/Brisbane", "QLD", unit="MW"),
          # The control has four decimals of a MWh; a reading of five minutes is a twelfth.
          (Total("demand", times=MWH, within="0.06"),)),
    Taken("formats/us_csv/sce_usage_2024-05-22.csv", "sce_usage",
          energy("America/Los_Angeles", "delivered", "received"),
          (Total("delivered rows / kWh", "delivered", of=r"/ ([\d.]+)"),
           Total("received rows / kWh", "received", of=r"/ ([\d.]+)"))),
    *[
        Taken("utilities/yale_monthly_multi_utility_1.csv.gz", "yale_buildings",
              yale(kind, commodity, unit), (Total(measure, is_a="recorded"),),
              more=f'\n[only]\ntype = "{kind}"', accept_rejects=True)
        for kind, commodity, unit, measure in (
            ("Electric", "electricity", "kWh", "Electric KWH"),
            ("Steam", "steam", "MMBtu", "Steam MMBTU"),
            ("Chilled Water", "heat", "MMBtu", "Chilled Water MMBTU"),
        )
    ],
    # A column a meter.
    Taken("electricity/ausgrid_customer12_2011_2012.csv.gz", "ausgrid_solar_home",
          energy("Australia/Sydney", "HOME-USE", "HOME-PV"),
          (Total("sum GC", "HOME-USE"), Total("sum GG", "HOME-PV"),
           Total("GC July 2011", "HOME-USE", "2011-07"))),
    Taken("electricity/opsd_household_residential4_2016-04_slice.csv", "opsd_household_registers",
          registers(BERLIN, "GRID-EXPORT", "GRID-IMPORT", "HEAT-PUMP", "PV"),
          (Total("grid_import advance over the slice", "GRID-IMPORT"), Total("pv advance", "PV"))),
    Taken("grid/us_ciso_mix_ci_2022.csv.gz", "eia_generation_mix",
          energy("America/Los_Angeles", "CISO-GAS", unit="MWh"), (Total("NG", times=MWH),)),
    Taken("grid/opsd_time_series_GB_2019_2020.csv.gz", "opsd_time_series",
          power(LONDON, "GB-LOAD", unit="MW"), (Total("load", times=MWH),)),
    Taken("grid/entsoe_DE_gen_2019.parquet", "entsoe_generation_parquet",
          power(BERLIN, "DE-LIGNITE", "DE-SOLAR", unit="MW"),
          (Total("lignite", "DE-LIGNITE", times=MWH), Total("solar", "DE-SOLAR", times=MWH)),
          ),
    # A row a day.
    Taken("formats/uk_halfhourly/banes-example-file.csv", "banes_row_a_day", named_in(0, LONDON),
          (Total("sum"),)),
    Taken("formats/uk_halfhourly/example-sheffield-file.csv", "sheffield_row_a_day",
          named_in(1, LONDON),
          (Total("10 Dec 2019", on="2019-12-10"), Total("11 Dec 2019", on="2019-12-11"))),
    Taken("formats/au/jemena_wide_48col.csv.gz", "jemena_row_a_day",
          energy("Australia/Melbourne", "CONSUMPTION", "CONTROLLED"),
          (Total("Consumption", "CONSUMPTION"), Total("Controlled Load", "CONTROLLED"))),
    Taken("formats/uk_halfhourly/with-mixed-line-endings.csv", "row_a_day_without_header",
          named_in(0, LONDON), (Total("rows", of=r"^(\d+)", is_a="entries"),)),
    # Packed files and sheets.
    Taken("utilities/ucam_park_2018_gas_and_electricity.zip", "cambridge_estate", estate,
          (Total("electricity", "electricity"),
           Total("gas", "natural_gas", times=Fraction(1, 10))),
          ),
    Taken("formats/uk_halfhourly/banes-example-file.xlsx", "banes_row_a_day", named_in(0, LONDON),
          ()),
    Taken("formats/uk_halfhourly/banes-example-file.xls", "banes_row_a_day", named_in(0, LONDON),
          ()),
    # Formats of the trade.
    nem12("Example_NEM12_month_solar.csv", "NMI1234567/E1", "NMI1234567/B1",
          E1=r"E1 ([\d.]+)", B1=r"B1 ([\d.]+)"),
    nem12("Example_NEM12_different_interval_length.csv", "C123/E1", "C123/E2",
          E1=r"E1 ([\d.]+)", E2=r"E2 ([\d.]+)"),
    nem12("Example_NEM12_substituted_interval.csv", "VBCD000022/E1", E1=r"E1 ([\d.]+)"),
    nem12("Example_NEM12_missing_header.csv", "VABD000163/E1", E1=r"E1 ([\d.]+)"),
    nem12("NEM12#000000000000001#CNRGYMDP#NEMMCO.zip", "NEM1201002/E1", "NEM1201002/E2",
          E1=r"E1 ([\d.]+)", E2=r"E2 ([\d.]+)"),
    nem12("nem12#SCENARIO02NEM1202023#ELECTDSM#NEMMCO.zip", "NEM1202023/E1", "NEM1202023/B1",
          E1=r"E1 ([\d.]+)", B1=r"B1 ([\d.]+)"),
    Taken("formats/mscons/D99A_LG_bkw_handel_20140304.txt", "",
          energy(BERLIN, "CH1022201234500000000000000022079/1-1:1.29.0"),
          (Total("totals", of=r"([\d.]+) KWH"),)),
    Taken("formats/mscons/TL_sample01_1month_de.txt.gz", "mscons_counted",
          energy(BERLIN, "US0001062600000001000000022345671/1-1:1.10.0"),
          (Total("totals", of=r"QTY, ([\d.]+)"),)),
    Taken("formats/greenbutton/Coastal_Multi_Family_12hr_2011.xml.gz", "green_button",
          energy("America/Los_Angeles", "COAST"),
          (Total("raw sum of values", times=WH),)),
    Taken("formats/greenbutton/TestGBDataHourlyNineDaysBinnedDaily.xml", "green_button",
          energy("America/New_York", "SAMPLE"),
          (Total("raw sum of values", times=WH),)),
    Taken("grid/entsoe_LU_production.xml.gz", "entsoe_generation",
          energy("Europe/Luxembourg", "LU-GAS", "LU-SUN"),
          (Total("B04 gas", "LU-GAS", times=MWH), Total("B16 solar", "LU-SUN", times=MWH))),
    Taken("formats/json/perse_meter_history_realtime.json.gz", "perse_half_hours",
          energy(LONDON, "PERSE"), (Total("sum of P1..P50"),)),
    Taken("formats/json/sdm630_modbus_gateway.json", "homewizard_gateway",
          registers(BERLIN, "SDM630"),
          (Total("total_power_import_kwh", "SDM630", is_a="register_end"),)),
    Taken("formats/obis/dsmr_p1_v5.0.txt", "dsmr_p1",
          (*registers("Europe/Amsterdam", "P1-LOW"),
           Meter("P1-GAS", "natural_gas", "m3", "register", timezone="Europe/Amsterdam")),
          (Total("1-0:1.8.1", "P1-LOW", is_a="register_end"),
           Total("0-1:24.2.1", "P1-GAS", is_a="register_end"))),
    Taken("formats/obis/sml_ISKRA_MT631-D1A52-K0z-H01_with_PIN.hex", "sml_iskra",
          registers(BERLIN, "ISKRA"),
          (Total("1-0:1.8.0 first telegram", "ISKRA", is_a="register_start"),)),
    # Records.
    *[Taken(f"waste/{name}.json", "emanifest", (), totals) for name, totals in MANIFESTS.items()],
    Taken("production/sme_company_a_machines_part1.csv.gz", "sme_machine_items", (),
          (Total("items"),)),
]  # fmt: skip

DOG_STREET = "101 DOG ST BOBTOWN MA US 12345-9032"
REFUSED = [
    Refused("electricity/pv_inverter_2173_ac_power.csv", 'meter = "M-1"', "columns",
            "a ratio to some capacity, without a unit"),
    Refused("electricity/pv_inverter_2173_ac_power.csv",
            'meter = "M-1"\n[columns]\nvalue = "value_normalized"', "no-quantity",
            "a ratio to some capacity, without a unit"),
    Refused("electricity/cn_industry_daily_maxmin_utf8bom.csv", "", "columns",
            "highest and lowest power of each day, no energy"),
    Refused("electricity/cn_industry_daily_maxmin_utf8bom.csv",
            'quantity = "power"\nunit = "kW"\n[columns]\nmeter = "行业类型"\n'
            'value = "有功功率最大值（kw）"', "no-quantity",
            "highest and lowest power of each day, no energy"),
    Refused("electricity/opsd_household_residential4_2016-04_slice.csv",
            '[columns]\ntime = "utc_timestamp"\n[meters]\n'
            + "".join(f'DE_KN_residential4_{name} = "M-{n}"\n' for n, name in
                      enumerate(("grid_export", "grid_import", "pv"), 1)),
            "quantity", "states of registers, where the energy of each interval is declared"),
    Refused("utilities/gas_m3_hourly_nl_2013.csv.gz", 'meter = "M-1"\n[columns]\nvalue = "gas"',
            "columns", "no date: day and hour of some year, as fractions"),
    Refused("utilities/yale_monthly_multi_utility_1.csv.gz",
            'interval = "month"\n[columns]\nmeter = "building"\ntime = "date"', "rejects",
            "without choosing a type: sums among their parts, rows without a unit"),
    Refused("formats/us_csv/sce_usage_2024-05-22.csv", 'meter = "M-1"', "columns",
            "two tables, one below the other: which is the meter's is for the profile to say"),
    Refused("formats/uk_halfhourly/rowperday_duplicate-rows.csv",
            'time_format = "%d/%m/%y"', "rejects", "one meter and day twice, with other values",
            energy(LONDON, "K0229111D6")),
    Refused("formats/nem12/Example_NEM12_missing_header.csv", "", "meter-unknown",
            "its streams are no meters of the site"),
    Refused("formats/mscons/mscons_message_example_2.4c.txt", "", "file-malformed",
            "its count of segments is not true"),
    Refused("formats/mscons/TL_sample01_1month_de.txt.gz", "", "rejects",
            "some intervals end before they begin",
            energy(BERLIN, "US0001062600000001000000022345671/1-1:1.10.0")),
    Refused("formats/obis/sml_EMH-ED300L_consumption.hex", "", "time-missing",
            "the meter sends no clock"),
    Refused("formats/obis/dsmr_p1_v5.0.txt", '[meters]\n"K8EG004046395507/1-0:1.8.1" = "M-1"',
            "rejects", "its checksum is not that of its text"),
    *[
        Refused(f"formats/greenbutton/{name}.xml",
                f'unit = "therm"\nquantity = "energy"\n[meters]\n"{DOG_STREET}{comma}" = "GAS"',
                "rejects", "all readings start at the instant at which the file was made",
                (Meter("GAS", "natural_gas", "therm", conversion="10 kWh/m3"),))
        for name, comma in (("gas_containerized", ""), ("ngma_gas_provider_2024-07-16", ","))
    ],
    Refused("waste/emanifest-save-invalid-example.json", "", "rejects",
            "declared invalid by its publisher"),
    Refused("waste/tri_county_chemical_RI.csv.gz", "", "columns",
            "releases by county, of no stated year"),
    Refused("waste/tri_county_chemical_WY.csv.gz", 'unit = "kg"\n[meters]\nN420 = "M-1"',
            "time-format", "releases by county, of no stated year"),
    Refused("grid/smard_day_ahead_2018.csv.gz", "", "columns", "prices, no quantity"),
    Refused("grid/smard_day_ahead_2018.csv.gz",
            '[columns]\ntime = ["Date", "Time of day"]\n[meters]\n"France[€/MWh]" = "M-1"',
            "no-quantity", "prices, no quantity"),
    Refused("grid/gb_national_intensity_2023_30min.csv.gz", "", "columns",
            "grams of CO2 by kWh, no quantity"),
    Refused("grid/gb_national_intensity_2023_30min.csv.gz",
            'meter = "M-1"\n[columns]\ntime = "from"\nvalue = "actual"', "no-quantity",
            "grams of CO2 by kWh, which only the name of the file says"),
    Refused("production/sme_company_a_machines_part1.csv.gz",
            '[columns]\ntime = "ts"\nmeter = "asset"\nvalue = "power_avg"\n[meters]\n0 = "M-1"\n'
            '1 = "M-2"\n2 = "M-3"', "quantity", "mean power, where energy is declared"),
    Refused("production/sme_company_a_machines_part1.csv.gz",
            'quantity = "power"\nunit = "kW"\ninterval = "5min"\n[columns]\ntime = "ts"\n'
            'meter = "asset"\nvalue = "power_avg"\n[meters]\n0 = "M-1"\n1 = "M-2"\n2 = "M-3"',
            "rejects", "mean power over intervals that overlap: how long each holds is not said"),
    Refused("emissions/us_ghgrp_2017_unit_fuel_even.csv.gz", "", "columns",
            "declared emissions by unit and fuel, no flow with accounts and period"),
]  # fmt: skip

# Files in which nothing is metered or recorded; patterns of paths, and what they hold.
NO_READINGS = {
    "*.md": "what is said of the files",
    "CONTROLS.csv": "the figures of this test",
    "factors/*": "factors, read by factor packs",
    "lca/*": "life cycle data and footprints of products",
    "emissions/*": "emissions that facilities, states and sectors declared, and factors",
    "grid/gb_carbon_factors.json": "factors",
    "formats/greenbutton/*.expected.txt": "what another program read from the file beside it",
    "formats/uk_halfhourly/date-test.xlsx": "spellings of dates, tested with the sheets",
}
