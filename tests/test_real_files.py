"""Real meter files, where the folder is there: to the totals that were counted beside them."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from carbonledger.errors import ImportRefused
from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.connect import open_ledger
from carbonledger.site.service import apply

PROFILES = Path(__file__).resolve().parent.parent / "examples" / "profiles"
NOW = "2025-01-01T00:00:00Z"
SITE = """
[site]
code = "plant"
name = {{ en = "Plant" }}
timezone = "{zone}"
region = "CN-LN"

[meter."{meter}"]
from = "grid"
to = "plant"
commodity = "electricity"
unit = "kWh"
reads = "{reads}"
"""


class Plant:
    """A ledger with one meter."""

    def __init__(self, url: str, folder: Path, zone: str, meter: str, reads: str) -> None:
        self.url, self.folder = url, folder
        site = folder / "site.toml"
        unit = "kW" if reads == "power" else "kWh"
        text = SITE.format(zone=zone, meter=meter, reads=reads)
        site.write_text(text.replace('unit = "kWh"', f'unit = "{unit}"'), "utf-8")
        with open_ledger(url, write=True) as ledger:
            apply(ledger, site, "tester", NOW)

    def take(self, file: Path, profile: Path) -> dict[str, object]:
        options = ImportOptions(profile=profile, actor="tester", now=NOW)
        rejects = replace(options, rejects=self.folder / "rejects.csv")
        with open_ledger(self.url, write=True) as ledger:
            return import_file(ledger, file, rejects)

    def months(self) -> dict[str, Decimal]:
        """Sums of kWh by local month, exact."""
        with open_ledger(self.url) as ledger, ledger.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT local_month, sum(quantity_micro) FROM energy_record GROUP BY local_month"
            ).all()
        return {month: Decimal(int(micro)) / 1_000_000 for month, micro in rows}

    def values(self, day: str) -> int:
        """Number of readings of a local day."""
        with open_ledger(self.url) as ledger, ledger.read() as connection:
            found = connection.exec_driver_sql(
                f"SELECT count(value) FROM reading WHERE local_day = '{day}'"  # noqa: S608
            ).scalar()
        return int(found or 0)


def test_a_year_of_a_steel_works(fresh_ledger: str, tmp_path: Path, shared_data: Path) -> None:
    plant = Plant(fresh_ledger, tmp_path, "Asia/Seoul", "STEEL", "interval")

    answer = plant.take(
        shared_data / "electricity/steel_kr_2018_uci.csv.gz", PROFILES / "steel_kr_2018.toml"
    )

    assert (answer["rows"], answer["readings"], answer["gaps"]) == (35_040, 35_040, 0)
    months = plant.months()
    assert sum(months.values()) == Decimal("959636.71")
    assert months["2018-01"] == Decimal("126238.29")
    assert months["2018-04"] == Decimal("78769.80")
    assert len(months) == 12


@pytest.mark.parametrize(
    ("number", "year", "march", "october"),
    [
        ("1", "3552668.805", "343104.88", "301879.76"),
        ("2", "7583456.3475", "751331.935", "739766.0375"),
        ("4", "10775482.51", "1023269.7", "904972.77"),
    ],
)
def test_swiss_profiles_of_mean_power(
    fresh_ledger: str, tmp_path: Path, shared_data: Path, number: str, year: str, march: str,
    october: str,
) -> None:  # fmt: skip
    plant = Plant(fresh_ledger, tmp_path, "Europe/Zurich", "P-1", "power")

    plant.take(
        shared_data / f"electricity/ch_loadprofile_{number}_2021.csv.gz",
        PROFILES / "swiss_load_profile.toml",
    )

    months = plant.months()
    assert sum(months.values()) == Decimal(year)
    assert (months["2021-03"], months["2021-10"]) == (Decimal(march), Decimal(october))
    assert (plant.values("2021-03-28"), plant.values("2021-10-31")) == (92, 100)


def test_normalised_values_without_a_unit_are_no_energy(
    fresh_ledger: str, tmp_path: Path, shared_data: Path
) -> None:
    plant = Plant(fresh_ledger, tmp_path, "UTC", "PV", "interval")
    profile = tmp_path / "pv.toml"
    profile.write_text('unit = "normalized"\nmeter = "PV"\n[columns]\nvalue = "value_normalized"\n')

    with pytest.raises(ImportRefused) as caught:
        plant.take(shared_data / "electricity/pv_inverter_2173_ac_power.csv", profile)

    assert "normalized" in str(caught.value) or any(
        "normalized" in problem.text for problem in caught.value.problems
    )
    assert plant.months() == {}
