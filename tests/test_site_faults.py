"""What a site file is refused for: every fault with its line, all at once."""

from pathlib import Path

import pytest
from site_sample import METER, PARK, SITE, Reader

from carbonledger.errors import SiteRefused


@pytest.fixture(name="read")
def _read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


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
        ("10 : unknown account 'park/line', the parent of 'park/line/x'; declare it as "
        '[account."park/line"]'),
    ),
    "account of no site": (
        PARK + '[account."prak/x"]\nkind = "supplier"\n',
        ("10 : unknown account 'prak': 'prak/x' does not lie under the site 'park', and accounts "
        "outside have plain names without /"),
    ),
    "account with a code that files and flows could not name": (
        PARK + '[account."park/a>b"]\nkind = "process"\n',
        ("10 : 'park/a>b' is no code: write letters, digits and - _ . ( ) + #, the parts of a "
        "path divided by /"),
    ),
    "outside kind inside": (
        PARK + '[account."park/c"]\nkind = "supplier"\n',
        "11 kind: is none of facility, process, boiler, chp, generator, stock, office, vehicle",
    ),
    "generator without technology": (
        PARK + '[account."park/pv"]\nkind = "generator"\n',
        ("10 : a generator needs a technology, one of solar_pv, solar_thermal, wind, hydro, ocean, "
        "geothermal, biomass, biogas, hydrogen, nuclear, coal, natural_gas, oil, diesel, waste, "
        "waste_heat, waste_pressure"),
    ),
    "technology of a process": (
        PARK + '[account."park/c"]\nkind = "process"\ntechnology = "wind"\n',
        "12 technology: is for generator, chp, boiler, supplier, not for a process",
    ),
    "treatment account without treatment": (
        PARK + '[account.tip]\nkind = "treatment"\n',
        ("10 : this account needs a treatment, one of recycling, reuse, energy_recovery, "
        "incineration, landfill, storage"),
    ),
    "commodity kept in another unit": (
        PARK + '[commodity.sand]\nkind = "material"\nunit = "t"\n',
        ("12 unit: the books keep a material in kg, not in t; write kg here, files and meters may "
        "still use t"),
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
        ('15 unit: reads = "power" needs a unit of power, like kW; kWh measures energy: write '
        'reads = "interval" or "register"'),
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
    "class without its source": (
        PARK + '[class."0.5S"]\ntolerance = "0.5"\n',
        "10 : the key 'source' is missing",
    ),
    "tolerance over the whole": (
        PARK + METER + 'class = "1"\ntolerance = "101"\n',
        '18 tolerance: is more than 100 per cent; write per cent, like "0.5"',
    ),
    "tolerance of an account outside": (
        PARK + '[account.steelworks]\nkind = "supplier"\ntolerance = "2"\n',
        "12 tolerance: is for accounts inside; nobody balances those outside",
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
