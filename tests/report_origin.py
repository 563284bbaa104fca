"""Where the figures of the invented park come from: its factors, runs, packs and batches."""

from decimal import Decimal

from report_labels import DIESEL, ELECTRICITY, GAS

from carbonledger.report.data import BatchRow, FactorRow, PackRow, Provenance, RunRow
from carbonledger.report.stated import Label


def factors() -> tuple[FactorRow, ...]:
    park = Label(
        "", "Accounting method for zero-carbon parks (trial)", "零碳园区碳排放核算方法（试行）"
    )
    fuels = Label("", "Default fuel parameters", "化石燃料缺省参数")
    return (
        FactorRow("cn-ndrc-fuels@2015/diesel", DIESEL, Decimal("3.0959"), "kgCO2/kg", "co2", "ncv",
                  "CN", None, "combustion", "NDRC", fuels, "发改办气候〔2015〕1722号", "table 2-1",
                  "two_sources"),
        FactorRow("cn-ndrc-fuels@2015/natural_gas", GAS, Decimal("2.1622"), "kgCO2/m3", "co2",
                  "ncv", "CN", None, "combustion", "NDRC", fuels, "发改办气候〔2015〕1722号",
                  "table 2-1", "two_sources"),
        FactorRow("cn-zero-carbon-park@2025/electricity-certified-renewable", ELECTRICITY,
                  Decimal(0), "kgCO2/kWh", "co2", "", "CN", None, "park_rule", "NDRC, MIIT, NEA",
                  park, "发改环资〔2025〕910号", "annex 4, II (2) 3 ①", "primary"),
        FactorRow("cn-zero-carbon-park@2025/electricity", ELECTRICITY, Decimal("0.8325"),
                  "kgCO2/kWh", "co2", "", "CN", None, "park_rule", "NDRC, MIIT, NEA", park,
                  "发改环资〔2025〕910号", "annex 4, II (2) 3 ①", "primary"),
    )  # fmt: skip


def provenance() -> Provenance:
    return Provenance(
        as_of_batch=9,
        log_size=9,
        log_root="5f3c" * 16,
        engine="0.1.0",
        runs=(
            RunRow("inventory", 1, "cn-zero-carbon-park@2025", "a1" * 32),
            RunRow("renewable", 2, "cn-zero-carbon-park@2025", "b2" * 32),
            RunRow("footprint", 3, "iso-14067@2018", "c3" * 32),
            RunRow("intensity", 4, "cn-zero-carbon-park@2025", "d4" * 32),
        ),
        packs=(
            PackRow("cn-zero-carbon-park@2025", "e5" * 32),
            PackRow("cn-ndrc-fuels@2015", "f6" * 32),
        ),
        batches=(
            BatchRow(1, "site", "2025-01-06T08:00:00Z", "li.wei", "", "site.toml", "01" * 32, 0, (),
                     "11" * 32),
            BatchRow(2, "import", "2025-01-06T08:04:12Z", "li.wei", "", "meters_2024.csv",
                     "02" * 32, 4_380, ("7 values are missing in the file",), "12" * 32),
            BatchRow(9, "correction", "2025-07-03T02:11:40Z", "zhang.min",
                     "supplier re-read the meter, letter of 2 July 2024", "march_reread.csv",
                     "09" * 32, 1, (), "19" * 32),
        ),
    )  # fmt: skip
