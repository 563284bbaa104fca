"""What a site file may say, and what it is refused for."""

from decimal import Decimal
from pathlib import Path

import pytest

from carbonledger.errors import SiteRefused
from carbonledger.ledger.state import MeterEvent, MeterRevision
from carbonledger.site import DeclaredSite, benchmark_pack, read_site, shipped
from carbonledger.site.lines import line_of, locate

SITE = """\
[site]
code = "park"
timezone = "Asia/Shanghai"
region = "CN-LN"
"""
PARK = (
    SITE
    + """
[account."park/a"]
kind = "process"
[account."park/b"]
kind = "process"
"""
)
FLOW = 'from = "grid"\nto = "park/a"\ncommodity = "electricity"\nunit = "kWh"\n'
METER = f'\n[meter."M-1"]\n{FLOW}reads = "interval"\n'
REGISTER = f'\n[meter."R-1"]\n{FLOW}reads = "register"\nregister = {{ digits = 6 }}\n'


@pytest.fixture(name="read")
def _read(tmp_path: Path) -> "Reader":
    return Reader(tmp_path)


class Reader:
    """Reads a text as a site file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "site.toml"

    def __call__(self, text: str | bytes) -> DeclaredSite:
        self._path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_site(self._path)

    def faults(self, text: str | bytes) -> list[tuple[int, str, str]]:
        """Return line, column and reason of every fault."""
        with pytest.raises(SiteRefused) as caught:
            self(text)
        assert caught.value.code == "site-file"
        assert all(fault.file == "site.toml" for fault in caught.value.problems)
        return [(fault.line, fault.column, fault.reason) for fault in caught.value.problems]

    def fault(self, text: str | bytes) -> str:
        """Return the one fault of a text as `line column: reason`."""
        ((line, column, reason),) = self.faults(text)
        return f"{line} {column}: {reason}"


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


FAULTS = {
    "no site": ("", "0 : the table [site] is missing, with code, timezone and region"),
    "unknown table": (
        PARK + "[meters.M]\n",
        "10 : unknown table [meters]; did you mean 'meter'?",
    ),
    "unknown key": (
        PARK + '[account."park/c"]\nkind = "process"\ntimezoen = "UTC"\n',
        "12 timezoen: unknown key; did you mean 'timezone'?",
    ),
    "time zone that is none": (
        SITE.replace("Asia/Shanghai", "Asia/Beijing"),
        "3 timezone: is no time zone of the IANA database; did you mean 'Asia/Shanghai'?",
    ),
    "a folder is no time zone": (
        SITE.replace("Asia/Shanghai", "Etc"),
        "3 timezone: is no time zone of the IANA database",
    ),
    "province that is none": (
        SITE.replace("CN-LN", "CN-21"),
        "4 region: is no province of ISO 3166-2:CN",
    ),
    "country that is none": (
        SITE.replace("CN-LN", "XX-1"),
        "4 region: XX is no country of ISO 3166-1",
    ),
    "site code that is a path": (
        SITE.replace('"park"', '"park/x"'),
        "2 code: the code of a site is a single word without /",
    ),
    "site code that is taken": (
        SITE.replace('"park"', '"grid"'),
        "2 code: is the name of an account that every ledger has, outside of the site",
    ),
    "unknown parent": (
        PARK + '[account."park/line/x"]\nkind = "process"\n',
        "10 : unknown account 'park/line', the parent of 'park/line/x'; declare it as "
        '[account."park/line"]',
    ),
    "account of no site": (
        PARK + '[account."prak/x"]\nkind = "supplier"\n',
        "10 : unknown account 'prak': 'prak/x' does not lie under the site 'park', and accounts "
        "outside have plain names without /",
    ),
    "account with a code that files and flows could not name": (
        PARK + '[account."park/a>b"]\nkind = "process"\n',
        "10 : 'park/a>b' is no code: write letters, digits and - _ . ( ) + #, the parts of a "
        "path divided by /",
    ),
    "outside kind inside": (
        PARK + '[account."park/c"]\nkind = "supplier"\n',
        "11 kind: is none of facility, process, boiler, chp, generator, stock, office",
    ),
    "generator without technology": (
        PARK + '[account."park/pv"]\nkind = "generator"\n',
        "10 : a generator needs a technology, one of solar_pv, solar_thermal, wind, hydro, ocean, "
        "geothermal, biomass, biogas, hydrogen, nuclear, coal, natural_gas, oil, diesel, waste, "
        "waste_heat, waste_pressure",
    ),
    "technology of a process": (
        PARK + '[account."park/c"]\nkind = "process"\ntechnology = "wind"\n',
        "12 technology: is for generator and chp, not for a process",
    ),
    "treatment account without treatment": (
        PARK + '[account.tip]\nkind = "treatment"\n',
        "10 : this account needs a treatment, one of recycling, reuse, energy_recovery, "
        "incineration, landfill, storage",
    ),
    "commodity kept in another unit": (
        PARK + '[commodity.sand]\nkind = "material"\nunit = "t"\n',
        "12 unit: the books keep a material in kg, not in t; write kg here, files and meters may "
        "still use t",
    ),
    "unit that does not fit the kind": (
        PARK + '[commodity.x]\nkind = "waste"\nunit = "kWh"\n',
        "12 unit: kWh measures energy, which does not fit a waste; it is kept in kg",
    ),
    "shipped commodity in another unit": (
        PARK + '[commodity.natural_gas]\nunit = "kg"\n',
        "11 unit: 'natural_gas' ships with unit m3; use another code for another unit",
    ),
    "mass as a float": (
        PARK + '[commodity.x]\nkind = "product"\nunit = "piece"\nmass_kg = 9.60\n',
        '13 mass_kg: exact numbers are written as text: mass_kg = "9.60"',
    ),
    "mass of nothing": (
        PARK + '[commodity.x]\nkind = "product"\nunit = "piece"\nmass_kg = "0.0"\n',
        "13 mass_kg: must be greater than zero",
    ),
    "mass with a comma": (
        PARK + '[commodity.x]\nkind = "product"\nunit = "piece"\nmass_kg = "9,6"\n',
        '13 mass_kg: must be a decimal number in plain digits, like "9.6" or 40',
    ),
    "mass that is no number": (
        PARK + '[commodity.x]\nkind = "product"\nunit = "piece"\nmass_kg = nan\n',
        '13 mass_kg: must be a decimal number in plain digits, like "9.6" or 40',
    ),
    "meter without commodity": (
        PARK + METER.replace('commodity = "electricity"\n', ""),
        "11 : the key 'commodity' is missing",
    ),
    "unknown commodity": (
        PARK + METER.replace('"electricity"', '"electricty"'),
        "14 commodity: unknown commodity 'electricty'; did you mean 'electricity'?",
    ),
    "unknown account": (
        PARK + METER.replace('"grid"', '"gird"'),
        "12 from: unknown account 'gird'; did you mean 'grid'?",
    ),
    "a loop of one meter": (
        PARK + METER.replace('"grid"', '"park/a"'),
        "13 to: a loop: the flow leaves and reaches the same account 'park/a'",
    ),
    "ambiguous unit": (
        PARK + METER.replace('"kWh"', '"mWh"'),
        None,
    ),
    "power where energy is meant": (
        PARK + METER.replace('"interval"', '"power"'),
        '15 unit: reads = "power" needs a unit of power, like kW; kWh measures energy: write '
        'reads = "interval" or "register"',
    ),
    "digits of an interval meter": (
        PARK + METER + "register = { digits = 6 }\n",
        "17 digits: is for reads = \"register\", not for 'interval'",
    ),
    "multiplier twice": (
        PARK + METER + "register = { multiplier = 2 }\nmultiplier = 2\n",
        "18 multiplier: stands twice: here and in the register",
    ),
    "number without quotes where text is meant": (
        PARK + METER.replace('"park/a"', "7"),
        '13 to: must be text in quotes, to = "7"',
    ),
    "date that is none": (
        PARK + METER + 'valid_from = "2025-02-29"\n',
        '17 valid_from: must be a date of the calendar, like "2025-07-01"',
    ),
    "meter code with an invisible character": (
        PARK + METER.replace("M-1", "M-1\u200b"),
        "11 : the meter's code holds an invisible character",
    ),
    "events in single brackets": (
        PARK + '[event]\nmeter = "M-1"\n',
        "10 event: events are written as [[event]], in double brackets",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_named_with_its_line(read: Reader, case: str) -> None:
    text, expected = FAULTS[case]
    found = read.fault(text)
    if expected is None:
        assert found.startswith("15 unit: unit “mWh” ")
    else:
        assert found == expected


def test_a_gas_meter_in_kwh_needs_a_conversion_between_the_two(read: Reader) -> None:
    gas = PARK + METER.replace('"electricity"', '"natural_gas"')
    assert read.fault(gas).startswith(
        "15 unit: 'natural_gas' is kept in m3: kWh measures energy, m3 measures volume; "
    )
    assert 'conversion = "10.55 kWh/m3"' in read.fault(gas)
    assert read.fault(gas + 'conversion = "0.84 kg/L"\n') == (
        "17 conversion: converts between mass and volume; the meter measures energy, its "
        "commodity is kept as volume"
    )
    assert read.fault(gas + 'conversion = "about ten"\n').startswith("17 conversion: ")
    assert read(gas + 'conversion = "10.55 kWh/m3"\n').meters["M-1"].revisions[0].conversion


def test_all_faults_come_at_once_in_the_order_of_the_file(read: Reader) -> None:
    text = """[site]
code = "park"
timezone = "Asia/Shanghia"
region = "Liaoning"
[account."park/x/y"]
kind = "proces"
[meter.M]
from = "nowhere"
to = "park"
commodity = "phlogiston"
unit = "furlong"
reads = "sometimes"
"""
    found = read.faults(text)
    assert [(line, column) for line, column, _ in found] == [
        (3, "timezone"),
        (4, "region"),
        (5, ""),
        (6, "kind"),
        (8, "from"),
        (10, "commodity"),
        (11, "unit"),
        (12, "reads"),
    ]
    with pytest.raises(SiteRefused) as caught:
        read(text)
    assert caught.value.message.startswith("site.toml has 8 faults; line 3: is no time zone")
    assert "docs/site.md" in caught.value.hint


def _meter(code: str, source: str, target: str, more: str = "") -> str:
    return (
        f'[[meter.{code}]]\nfrom = "{source}"\nto = "{target}"\ncommodity = "steam"\n'
        f'unit = "GJ"\nreads = "interval"\n{more}'
    )


def test_meters_that_lead_in_a_circle_are_refused(read: Reader) -> None:
    there, back = _meter("S1", "park/a", "park/b"), _meter("S2", "park/b", "park/a")
    assert read.fault(PARK + there + back) == (
        "16 : a loop: the meters S1, S2 lead steam in a circle, park/a → park/b → park/a; if the "
        "flow really returns, write returns = true in the table of the meter of the return"
    )
    longer = _meter("S2", "park/b", "park") + _meter("S3", "park", "park/a")
    assert "park/a → park/b → park → park/a" in read.fault(PARK + there + longer)


def test_two_circles_are_two_faults(read: Reader) -> None:
    text = "".join(
        _meter(code, source, target)
        for code, source, target in (
            ("S1", "park/a", "park/b"),
            ("S2", "park/b", "park/a"),
            ("S3", "park", "park/a"),
            ("S4", "park/a", "park"),
        )
    )
    found = read.faults(PARK + text)
    assert [line for line, _, _ in found] == [16, 28]


@pytest.mark.parametrize(
    ("meters", "why"),
    [
        (
            _meter("S1", "grid", "park") + _meter("S2", "park", "grid"),
            "delivery and return of an account outside",
        ),
        (
            '[account."park/tank"]\nkind = "stock"\n'
            + _meter("S1", "park/a", "park/tank")
            + _meter("S2", "park/tank", "park/a"),
            "a store gives back what it took",
        ),
        (
            _meter("S1", "park/a", "park/b") + _meter("S2", "park/b", "park/a", "returns = true\n"),
            "the user says so",
        ),
        (
            _meter("S1", "park/a", "park/b")
            + _meter("S1", "park/b", "park/a", 'valid_from = "2025-01-01"\n'),
            "the meter was turned round: never both on one day",
        ),
        (
            _meter("S1", "park/a", "park/b")
            + _meter("S2", "park/b", "park/a").replace('"steam"', '"heat"'),
            "another commodity comes back",
        ),
    ],
)
def test_circles_that_are_none(read: Reader, meters: str, why: str) -> None:
    assert read(PARK + meters).meters, why


def test_a_circle_on_some_days_only_is_one(read: Reader) -> None:
    text = (
        _meter("S1", "park/a", "park/b")
        + _meter("S2", "park", "park/a")
        + _meter("S2", "park/b", "park/a", 'valid_from = "2025-01-01"\n')
    )
    assert read.fault(PARK + text).startswith("22 : a loop: the meters S1, S2 lead steam")


def _event(at: str, kind: str = "swap", more: str = 'old = "998877.5"\nnew = 12\n') -> str:
    return f'[[event]]\nmeter = "R-1"\nat = {at}\nkind = "{kind}"\n{more}'


def test_events_happen_at_local_time_of_the_meter(read: Reader) -> None:
    zurich = REGISTER + 'timezone = "Europe/Zurich"\n'
    site = read(
        PARK
        + zurich
        + _event('"2024-06-12 14:30"')
        + _event("2024-01-12T14:30:00", "rollover", "")
        + _event('"2024-10-27 02:30+01:00"', "calibration", 'note = "校准"\n')
    )
    assert [(e.meter, e.event) for e in site.events] == [
        ("R-1", MeterEvent(1718195400, "swap", Decimal("998877.5"), Decimal(12))),
        ("R-1", MeterEvent(1705066200, "rollover")),
        ("R-1", MeterEvent(1729992600, "calibration", note="校准")),
    ]


EVENT_FAULTS = {
    "a local time that did not exist": (
        _event('"2024-03-31 02:30"'),
        "21 at: 2024-03-31 02:30 does not exist in Europe/Zurich: clocks were put forward then",
    ),
    "a local time that happened twice": (
        _event('"2024-10-27 02:30"'),
        "21 at: 2024-10-27 02:30 happened twice in Europe/Zurich; write "
        "2024-10-27 02:30+01:00 or 2024-10-27 02:30+02:00",
    ),
    "a day that is none": (
        _event('"2024-02-30 11:00"'),
        '21 at: must be a time of the calendar, like "2024-06-12 14:30"',
    ),
    "a date without time": (
        _event('"2024-02-20"'),
        '21 at: must be a time of the calendar, like "2024-06-12 14:30"',
    ),
    "an unknown meter": (
        _event('"2024-06-12 14:30"').replace("R-1", "R-2"),
        "20 meter: unknown meter 'R-2'",
    ),
    "a swap without readings": (
        _event('"2024-06-12 14:30"', more='old = "5"\n'),
        "19 : the key 'new' is missing",
    ),
    "a reading the register cannot show": (
        _event('"2024-06-12 14:30"', more='old = 1000000\nnew = "0"\n'),
        "23 old: has more digits than the register, which has 6",
    ),
    "readings of a calibration": (
        _event('"2024-06-12 14:30"', "calibration", "old = 1\n"),
        "23 old: readings belong to swaps and rollovers of registers",
    ),
    "the same event twice": (
        _event('"2024-06-12 14:30"') + _event('"2024-06-12 14:30"'),
        "25 : stands twice: swap of 'R-1' at that time",
    ),
}


@pytest.mark.parametrize("case", EVENT_FAULTS)
def test_events_that_are_refused(read: Reader, case: str) -> None:
    text, expected = EVENT_FAULTS[case]
    assert read.fault(PARK + REGISTER + 'timezone = "Europe/Zurich"\n' + text) == expected


def test_a_rollover_needs_a_register_with_digits(read: Reader) -> None:
    event = _event('"2024-06-12 14:30"', "rollover", "")
    endless = PARK + REGISTER.replace("register = { digits = 6 }\n", "")
    assert "a rollover needs the digits of the meter" in read.fault(endless + event)
    interval = PARK + METER + event.replace("R-1", "M-1")
    assert "only a register rolls over; this meter reads 'interval'" in read.fault(interval)


BENCHMARK = """
[benchmark."industry 2024"]
indicator = "energy_per_industrial_value_added"
year = 2024
basis = "equal value, 2020 prices"
value = "0.86"
unit = "tce/万元"
source = "Statistical yearbook 2025, table 9-3"
region = "CN"
"""


def test_benchmarks_become_factors_of_the_pack_site(read: Reader) -> None:
    site = read(SITE + BENCHMARK)
    (factor,) = site.benchmarks
    assert (factor.purpose, factor.activity, factor.data_year, factor.value, factor.unit) == (
        "benchmark", "energy_per_industrial_value_added", 2024, Decimal("0.86"), "tce/万元",
    )  # fmt: skip
    assert (factor.page, factor.basis, factor.region) == (
        "Statistical yearbook 2025, table 9-3", "equal value, 2020 prices", "CN",
    )  # fmt: skip
    assert factor.key == f"site@{factor.edition}/industry 2024"
    pack = benchmark_pack(site)
    assert pack is not None
    assert (pack.code, pack.edition, pack.factors) == ("site", factor.edition, site.benchmarks)
    assert benchmark_pack(read(SITE)) is None


def test_other_benchmarks_are_another_edition(read: Reader) -> None:
    first = read(SITE + BENCHMARK).benchmarks[0].edition
    assert read(SITE + "# the same\n" + BENCHMARK).benchmarks[0].edition == first
    assert read(SITE + BENCHMARK.replace("0.86", "0.87")).benchmarks[0].edition != first


def test_a_benchmark_needs_a_source_and_a_known_unit(read: Reader) -> None:
    nameless = BENCHMARK.replace('source = "Statistical yearbook 2025, table 9-3"\n', "")
    assert read.fault(SITE + nameless) == "6 : the key 'source' is missing"
    assert read.fault(SITE + BENCHMARK.replace("tce/万元", "tce/wanyuan")).startswith("11 unit: ")


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
