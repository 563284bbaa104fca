"""What a site file may say, and what it is refused for."""

from decimal import Decimal
from pathlib import Path

import pytest
from site_sample import FLOW, METER, PARK, SITE, Reader

from carbonledger.errors import SiteRefused
from carbonledger.ledger.schema import COMMODITY_KINDS, FREQUENCIES, INSIDE_KINDS, OUTSIDE_KINDS
from carbonledger.ledger.state import MeterRevision
from carbonledger.site import read_site, shipped
from carbonledger.site.accounts import ACCOUNT_KEYS, SITE_KEYS, TECHNOLOGIES, TREATMENTS
from carbonledger.site.benchmarks import BENCHMARK_KEYS
from carbonledger.site.classes import CLASS_KEYS
from carbonledger.site.commodities import COMMODITY_KEYS
from carbonledger.site.events import EVENT_KEYS, EVENT_KINDS
from carbonledger.site.expectations import EXPECT_KEYS
from carbonledger.site.lines import line_of, locate
from carbonledger.site.meters import METER_KEYS, READS
from carbonledger.site.processes import PROCESS_KEYS
from carbonledger.site.properties import PROPERTY_KEYS


@pytest.fixture(name="read")
def _read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def test_the_example_of_the_design(read: Reader) -> None:
    site = read("""
[site]
code = "park"                      # the root account and default boundary
name = { en = "Tiexi demo park", zh = "铁西示范园区" }
timezone = "Asia/Shanghai"
region = "CN-LN"                   # ISO 3166-2

[account."park/curing"]            # the path gives the parent
kind = "process"
[account."park/roof-pv"]
kind = "generator"
technology = "solar_pv"
[account."landfill"]
kind = "treatment"
treatment = "landfill"

[commodity."tyre-205"]
kind = "product"
unit = "piece"
mass_kg = "9.6"
name = { en = "Tyre 205/55 R16", zh = "轮胎 205/55 R16" }

[meter."M-001"]
from = "grid"
to = "park/curing"
commodity = "electricity"
unit = "kWh"
reads = "interval"
""")
    assert site.code == "park"
    assert [(a.code, a.outside, a.kind) for a in site.accounts.values()] == [
        ("park", False, "facility"),
        ("park/curing", False, "process"),
        ("park/roof-pv", False, "generator"),
        ("landfill", True, "treatment"),
    ]
    assert site.accounts["park"].names == {"en": "Tiexi demo park", "zh": "铁西示范园区"}
    assert site.accounts["park"].region == "CN-LN"
    assert site.accounts["park/curing"].region == ""
    assert site.accounts["park/roof-pv"].technology == "solar_pv"
    assert site.accounts["landfill"].treatment == "landfill"
    tyre = site.commodities["tyre-205"]
    assert (tyre.kind, tyre.unit, tyre.mass_kg) == ("product", "piece", Decimal("9.6"))
    assert site.meters["M-001"].revisions == (
        MeterRevision(
            valid_from=0,
            source="grid",
            target="park/curing",
            commodity="electricity",
            unit="kWh",
            reads="interval",
            digits=None,
            multiplier=Decimal(1),
            timezone="Asia/Shanghai",
        ),
    )


def test_names_and_codes_in_chinese(read: Reader) -> None:
    site = read("""
[site]
code = "铁西园区"
name = "铁西示范园区"
timezone = "Asia/Shanghai"
region = "CN-LN"
[account."铁西园区/硫化车间 1号"]
kind = "process"
[commodity."轮胎-205"]
kind = "product"
unit = "件"
mass_kg = 10
[meter."1#配电室"]
from = "grid"
to = "铁西园区/硫化车间 1号"
commodity = "electricity"
unit = "度"
reads = "interval"
""")
    assert site.accounts["铁西园区"].names == {"en": "铁西示范园区", "zh": "铁西示范园区"}
    assert site.commodities["轮胎-205"].unit == "piece"
    (revision,) = site.meters["1#配电室"].revisions
    assert (revision.target, revision.unit) == ("铁西园区/硫化车间 1号", "kWh")


def test_every_kind_of_meter(read: Reader) -> None:
    site = read(
        PARK
        + """
[meter.register]
from = "grid"
to = "park/a"
commodity = "electricity"
unit = "kWh"
reads = "register"
register = { digits = 6, multiplier = 6000 }
[meter.power]
from = "park/a"
to = "park/b"
commodity = "electricity"
unit = "kW"
reads = "power"
timezone = "Europe/Zurich"
[meter.transformer]
from = "grid"
to = "park/b"
commodity = "electricity"
unit = "kWh"
reads = "interval"
multiplier = "1.50"
[meter.gas]
from = "supplier"
to = "park/b"
commodity = "natural_gas"
unit = "MWh"
reads = "interval"
conversion = "10.550 kWh/Nm3"
"""
    )
    kept = {
        code: (r.unit, r.digits, r.multiplier, r.timezone, r.conversion)
        for code, meter in site.meters.items()
        for r in meter.revisions
    }
    shanghai = "Asia/Shanghai"
    assert kept == {
        "register": ("kWh", 6, Decimal(6000), shanghai, ""),
        "power": ("kW", None, Decimal(1), "Europe/Zurich", ""),
        "transformer": ("kWh", None, Decimal("1.5"), shanghai, ""),
        "gas": ("MWh", None, Decimal(1), shanghai, "10.55 kWh/Nm3"),
    }


def test_a_meter_that_moved_has_one_table_for_each_place(read: Reader) -> None:
    site = read(
        PARK
        + """
[[meter.M]]
from = "grid"
to = "park/a"
commodity = "electricity"
unit = "kWh"
reads = "interval"
[[meter.M]]
from = "grid"
to = "park/b"
commodity = "electricity"
unit = "kWh"
reads = "interval"
valid_from = "2025-07-01"
[[meter.M]]
from = "grid"
to = "park"
commodity = "electricity"
unit = "kWh"
reads = "interval"
valid_from = 2026-01-01
"""
    )
    assert [(r.valid_from, r.target) for r in site.meters["M"].revisions] == [
        (0, "park/a"),
        (20250701, "park/b"),
        (20260101, "park"),
    ]


def test_the_tables_of_a_meter_stand_in_ascending_order(read: Reader) -> None:
    one = f'[[meter.M]]\n{FLOW}reads = "interval"\n'
    text = PARK + one + 'valid_from = "2025-07-01"\n' + one + 'valid_from = "2025-01-01"\n'
    assert read.fault(text) == (
        "23 valid_from: the tables of a meter stand in ascending order, each with a later "
        "valid_from than the one before"
    )


def test_shipped_accounts_and_commodities_need_no_entry_but_may_have_other_names(
    read: Reader,
) -> None:
    site = read(
        SITE
        + '[account.grid]\nname = "国网辽宁"\nregion = "CN-LN"\n'
        + '[commodity.steam]\nname = { zh = "蒸汽（1.0 MPa）" }\n'
    )
    grid, steam = site.accounts["grid"], site.commodities["steam"]
    assert (grid.kind, grid.outside, grid.names["zh"]) == ("grid", True, "国网辽宁")
    assert (steam.kind, steam.unit, steam.names) == ("heat", "GJ", {"zh": "蒸汽（1.0 MPa）"})
    assert shipped().accounts["landfill"].treatment == "landfill"


def test_text_that_is_no_toml(read: Reader) -> None:
    assert read.fault('[site]\ncode = "park\n') == (
        "2 13: is not valid TOML: Illegal character '\\n'"
    )
    assert read.fault(PARK + METER + METER).startswith("18 13: is not valid TOML: ")
    assert '[[meter."…"]]' in read.fault(PARK + METER + METER)
    assert read.fault("x = " + "[" * 100_000) == "0 : is not valid TOML: nested too deeply"
    assert read.fault(f"x = {'9' * 5000}").startswith("0 : is not valid TOML: Exceeds the limit")


def test_files_that_are_no_text(read: Reader, tmp_path: Path) -> None:
    gbk = SITE.replace('"park"', '"park" # 园区').encode("gbk")
    assert read.fault(gbk) == "2 : is not UTF-8 text; save the file as UTF-8"
    assert read.fault(b"\x1f\x8b\x08\x00\xff") == "1 : is not UTF-8 text; save the file as UTF-8"
    assert read(b"\xef\xbb\xbf" + SITE.replace("\n", "\r\n").encode()).code == "park"
    with pytest.raises(SiteRefused, match=r"cannot read the site file .*nothing\.toml: No such"):
        read_site(tmp_path / "nothing.toml")
    with pytest.raises(SiteRefused, match="cannot read the site file"):
        read_site(tmp_path)


def test_ten_thousand_meters(read: Reader) -> None:
    meters = "".join(
        f'[meter."M-{number:05d}"]\nfrom = "grid"\nto = "park/{"ab"[number % 2]}"\n'
        f'commodity = "electricity"\nunit = "kWh"\nreads = "register"\n'
        f"register = {{ digits = 6, multiplier = {number + 1} }}\n"
        for number in range(10_000)
    )
    site = read(PARK + meters)
    assert len(site.meters) == 10_000
    assert site.meters["M-09999"].revisions[0].multiplier == 10_000
    faults = read.faults(PARK + meters.replace('"electricity"', '"electrcity"'))
    assert [line for line, _, _ in faults[:2]] == [13, 20]
    assert len(faults) == 10_000


def test_lines_of_tables_and_keys() -> None:
    text = '''# a comment
[site] # another ]
code = "park"
note = """
[fake]
key = "x" \\""" still text
"""
list = [
  "[a]", # ]
  "b = c",
]
[account."park/a\\u0062"]
kind = "process"
[[meter.'M 1']]
from = "x"
register.digits = 6
[[meter.'M 1']]
[meter.'M 1'.register]
digits = 6
'''
    lines = locate(text)
    assert lines == {
        ("site",): 2,
        ("site", "code"): 3,
        ("site", "note"): 4,
        ("site", "list"): 8,
        ("account",): 12,
        ("account", "park/ab"): 12,
        ("account", "park/ab", "kind"): 13,
        ("meter",): 14,
        ("meter", "M 1"): 14,
        ("meter", "M 1", 0): 14,
        ("meter", "M 1", 0, "from"): 15,
        ("meter", "M 1", 0, "register", "digits"): 16,
        ("meter", "M 1", 1): 17,
        ("meter", "M 1", 1, "register"): 18,
        ("meter", "M 1", 1, "register", "digits"): 19,
    }
    assert line_of(lines, ("meter", "M 1", 0, "to")) == 14
    assert line_of(lines, ("nothing",)) == 0


def test_a_meter_has_the_limit_of_its_class_or_its_own(read: Reader) -> None:
    site = read(
        PARK
        + '[class."0.5S"]\ntolerance = "0.5"\nsource = "type approval, table 4"\n'
        + METER
        + 'class = "0.5S"\n'
        + METER.replace("M-1", "M-2")
        + 'class = "0.5S"\ntolerance = "0.9"\n'
        + METER.replace("M-1", "M-3")
        + 'class = "2"\n'
    )
    found = [site.meters[code].revisions[0] for code in ("M-1", "M-2", "M-3")]
    assert [(r.accuracy_class, r.tolerance, r.tolerance_source) for r in found] == [
        ("0.5S", Decimal("0.5"), "type approval, table 4"),
        # Its own holds, and it is not the one that the source states.
        ("0.5S", Decimal("0.9"), ""),
        # No limits are shipped.
        ("2", None, ""),
    ]


def test_the_page_on_site_files_holds_every_key_and_examples_that_work(read: Reader) -> None:
    page = (Path(__file__).parents[1] / "docs" / "site.md").read_text("utf-8")
    blocks = [part.split("```")[0] for part in page.split("```toml\n")[1:]]
    site = read("\n".join(blocks))
    assert (len(site.meters), len(site.events), len(site.benchmarks)) == (2, 1, 1)
    assert len(site.expectations) == 2
    words = (
        *SITE_KEYS, *ACCOUNT_KEYS, *COMMODITY_KEYS, *METER_KEYS, *CLASS_KEYS, *EXPECT_KEYS, *FREQUENCIES, *EVENT_KEYS, *BENCHMARK_KEYS, *PROPERTY_KEYS, *PROCESS_KEYS,
        *READS, *EVENT_KINDS, *TREATMENTS, *TECHNOLOGIES, *INSIDE_KINDS, *OUTSIDE_KINDS,
        *COMMODITY_KINDS, *shipped().accounts,
    )  # fmt: skip
    assert [word for word in words if f"`{word}`" not in page] == []


def test_a_supplier_over_a_line_of_its_own_has_a_technology(read: Reader) -> None:
    site = read("""
[site]
code = "park"
timezone = "Asia/Shanghai"
region = "CN-LN"
[account."wind-farm"]
kind = "supplier"
technology = "wind"
[account."park/straw"]
kind = "boiler"
technology = "biomass"
""")
    assert site.accounts["wind-farm"].technology == "wind"
    assert site.accounts["park/straw"].technology == "biomass"


def test_a_region_of_the_grid_that_a_pack_knows(read: Reader) -> None:
    site = read("""
[site]
code = "plant"
timezone = "America/Los_Angeles"
region = "US-CAMX"
""")
    assert site.accounts["plant"].region == "US-CAMX"
