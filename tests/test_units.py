"""What plants write for a unit: each spelling with its value or its refusal, none guessed."""

import subprocess
import sys
import time
import unicodedata
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger import units
from carbonledger.errors import NumberRefused, UnitRefused
from carbonledger.units import dialect, registry

DOCS = Path(__file__).parent.parent / "docs" / "units.md"

# What stands in the file, what is asked for, and how many of that one of it is.
WRITTEN = """
kWh              kWh     1
KWH              kWh     1
Kwh              kWh     1
kwh              kWh     1
KWh              kWh     1
kW·h             kWh     1
ＫＷＨ            kWh     1
㎾h              kWh     1
度               kWh     1
千瓦时            kWh     1
千瓦小时          kWh     1
Wh               kWh     1/1000
MWh              kWh     1000
MWH              kWh     1000
兆瓦时            kWh     1000
GWH              kWh     1000000
TWh              kWh     1000000000
万kWh            kWh     10000
万KWH            kWh     10000
万千瓦时          kWh     10000
万度             kWh     10000
10⁴kWh           kWh     10000
亿千瓦时          kWh     100000000
J                kWh     1/3600000
MJ               kWh     5/18
GJ               kWh     2500/9
百万千焦          GJ      1
吉焦             GJ      1
兆焦             GJ      1/1000
千焦             GJ      1/1000000
TJ               GJ      1000
PJ               GJ      1000000
kcal             kJ      4.1868
大卡             kJ      4.1868
万大卡            MJ      41.868
百万大卡          GJ      4.1868
Gcal             GJ      4.1868
kcal_th          kJ      4.184
Btu              J       1055.05585262
kBtu             MJ      1.05505585262
MMBtu            MJ      1055.05585262
mmBtu            MJ      1055.05585262
MMBTU            MJ      1055.05585262
therm            MJ      105.505585262
therm_US         MJ      105.4804
Dth              MJ      1055.05585262
toe              GJ      41.868
kW               kW      1
千瓦             kW      1
万千瓦            kW      10000
MW               kW      1000
兆瓦             kW      1000
kVArh            kvarh   1
kVarh            kvarh   1
KVARH            kvarh   1
kVAh             kVAh    1
kg               kg      1
KG               kg      1
㎏               kg      1
公斤             kg      1
千克             kg      1
g                kg      1/1000
mg               kg      1/1000000
t                kg      1000
tonne            kg      1000
metric ton       kg      1000
吨               kg      1000
公吨             kg      1000
万吨             kg      10000000
lb               kg      0.45359237
LBS              kg      0.45359237
short_ton        kg      907.18474
short ton        kg      907.18474
long_ton         kg      1016.0469088
m3               m3      1
m³               m3      1
㎥               m3      1
M3               m3      1
方               m3      1
立方米            m3      1
万m³             m3      10000
万方             m3      10000
亿m3             m3      100000000
Nm3              m3      1
Nm³              m3      1
标方             m3      1
标立方米          m3      1
万Nm3            m3      10000
万标方            m3      10000
10⁴Nm³           m3      10000
m3@15C           m3      273.15/288.15
m3@20C           m3      273.15/293.15
L                m3      1/1000
升               m3      1/1000
mL               m3      1/1000000
US_gal           L       3.785411784
imp gal          L       4.54609
bbl              L       158.987294928
ft3              m3      0.028316846592
CCF              m3      2.8316846592
MCF              m3      28.316846592
Mcf              m3      28.316846592
scf@60F          m3      0.028316846592*491.67/519.67
kgce             kgce    1
tce              kgce    1000
吨标准煤          kgce    1000
吨标煤            kgce    1000
千克标准煤        kgce    1
万吨标准煤        kgce    10000000
kgCO2            kgCO2   1
tCO2             kgCO2   1000
万吨CO2          kgCO2   10000000
吨二氧化碳        kgCO2   1000
kgCO₂e           kgCO2e  1
tCO2eq           kgCO2e  1000
吨二氧化碳当量    kgCO2e  1000
CNY              CNY     1
元               CNY     1
RMB              CNY     1
万元             CNY     10000
亿元             CNY     100000000
EUR              EUR     1
US$              USD     1
pcs              piece   1
EA               piece   1
条               piece   1
只               piece   1
万条             piece   10000
t·km             tkm     1
tkm              tkm     1
吨公里            tkm     1
km               km      1
vehicle-km       km      1
车公里            km      1
万公里            km      10000
miles            km      1.609344
TEU·km           TEUkm   1
m2·a             m2a     1
平方米·年         m2a     1
m³·day           m3d     1
"""

# What stands in the file, the refusal's code, and what is to be written instead.
REFUSED = [
    ("ton", "unit-ambiguous", "short_ton"),
    ("tons", "unit-ambiguous", "long_ton"),
    ("TON", "unit-ambiguous", "t or"),
    ("mt", "unit-ambiguous", "t or"),
    ("MT", "unit-ambiguous", "t or"),
    ("Mt", "unit-ambiguous", "megatonne"),
    ("kt", "unit-ambiguous", "kilotonne"),
    ("Tt", "unit-ambiguous", "t or"),
    ("T", "unit-ambiguous", "t or"),
    ("G", "unit-ambiguous", "g or"),
    ("M", "unit-ambiguous", "m3"),
    ("b", "unit-ambiguous", "bbl"),
    ("Mg", "unit-ambiguous", "t or mg"),
    ("mWh", "unit-ambiguous", "MWh"),
    ("mwh", "unit-ambiguous", "MWh"),
    ("mw", "unit-ambiguous", "MW"),
    ("mJ", "unit-ambiguous", "MJ"),
    ("MBtu", "unit-ambiguous", "kBtu or MMBtu"),
    ("MBTU", "unit-ambiguous", "kBtu or MMBtu"),
    ("scf", "unit-ambiguous", "ft3@60F"),
    ("Sm3", "unit-ambiguous", "m3@15C"),
    ("km3", "unit-ambiguous", "千m3"),
    ("ML", "unit-ambiguous", "megalitre"),
    ("gal", "unit-ambiguous", "US_gal or imp_gal"),
    ("GAL", "unit-ambiguous", "US_gal or imp_gal"),
    ("加仑", "unit-ambiguous", "US_gal or imp_gal"),
    ("pounds", "unit-ambiguous", "lb"),
    ("斤", "unit-ambiguous", "公斤"),
    ("标煤", "unit-ambiguous", "吨标准煤"),
    ("MTCO2e", "unit-ambiguous", "tCO2e"),
    ("CO2", "unit-ambiguous", "kgCO2"),
    ("￥", "unit-ambiguous", "CNY"),
    ("$", "unit-ambiguous", "USD"),
    ("units", "unit-ambiguous", "kWh"),
    ("万", "unit-ambiguous", "万kWh"),
    ("kW/h", "unit-ambiguous", "kWh"),
    ("kWp", "unit-unfit", "kWh"),
    ("蒸吨", "unit-unfit", "GJ"),
    ("m³/h", "unit-unfit", "m3"),
    ("箱", "unit-unfit", "piece"),
    ("m2", "unit-unfit", "m2·a"),
    ("张", "unit-unfit", "MWh"),
    ("工况方", "unit-unfit", "Nm3"),
    ("MPa", "unit-unfit", "docs/units.md"),
    ("%", "unit-unfit", "kg"),
    ("-", "unit-unfit", "docs/units.md"),
    ("Nm**3", "unit-unknown", "Nm3"),
    ("kWhs/month", "unit-unknown", "docs/units.md"),
    ("KWhh", "unit-unknown", "KWh"),
    ("kVarH/h", "unit-unknown", "docs/units.md"),
    ("104 kWh", "unit-unknown", "kWh"),
    ("1 kWh", "unit-unknown", "kWh"),
    ("value_normalized", "unit-unknown", "docs/units.md"),
    ("", "unit-unknown", "profile"),
    (" \u00a0\u3000", "unit-unknown", "profile"),
    ("kWh\n", "unit-unknown", "kWh"),
    ("kWh\nMWh", "unit-unknown", "docs/units.md"),
    ("kWh\x00", "unit-unknown", "kWh"),
    ("\u202ekWh", "unit-unknown", "kWh"),
    ("кВтч", "unit-unknown", "docs/units.md"),
]

HOSTILE = [
    "kWh**99999999",
    "kWh^1e400",
    "9**9**9**9",
    "10**10**8 kWh",
    "__import__('os').system('true')",
    "(" * 5000 + "kWh" + ")" * 5000,
    "kWh*" * 5000,
    "k" * 10_000,
    "\ufdfa" * 30,
    "\ud800",
    " " * 10_000 + "kWh!",
]


def written() -> list[tuple[str, str, str]]:
    rows = (line.rsplit(None, 2) for line in WRITTEN.strip().splitlines())
    return [(text, wanted, value) for text, wanted, value in rows]


def number(expression: str) -> Fraction:
    product = Fraction(1)
    for factor in expression.split("*"):
        above, _, below = factor.partition("/")
        product *= Fraction(above) / Fraction(below or "1")
    return product


def refusal(text: str, name: str = "plant") -> UnitRefused:
    with pytest.raises(UnitRefused) as caught:
        units.find(text, name)
    return caught.value


def everything(text: str) -> list[registry.Unit | UnitRefused]:
    """Return what every dialect makes of a text; any other exception fails the test."""
    found: list[registry.Unit | UnitRefused] = []
    for name in units.DIALECTS:
        try:
            found.append(units.find(text, name))
        except UnitRefused as refused:
            found.append(refused)
    return found


def check(answers: list[registry.Unit | UnitRefused]) -> None:
    for answer in answers:
        if isinstance(answer, UnitRefused):
            assert answer.code in {"unit-unknown", "unit-ambiguous", "unit-unfit"}
            assert answer.message.isprintable()
            assert len(answer.message) < 250
        else:
            assert answer.symbol in registry.definitions()


@pytest.mark.parametrize(("text", "wanted", "value"), written())
def test_a_spelling_has_one_exact_value(text: str, wanted: str, value: str) -> None:
    assert units.ratio(units.find(text).symbol, wanted) == number(value)


@pytest.mark.parametrize(("text", "code", "advice"), REFUSED)
def test_a_doubtful_spelling_is_refused_with_advice(text: str, code: str, advice: str) -> None:
    refused = refusal(text)
    assert refused.code == code
    assert advice in refused.hint


def test_at_least_eighty_strings_are_decided() -> None:
    assert len({text for text, *_ in written()} | {text for text, *_ in REFUSED}) >= 80


def test_blanks_around_a_unit_mean_nothing() -> None:
    assert units.find("\ufeff kWh\u00a0\u3000\t").symbol == "kWh"


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"{text[:8]!a} of {len(text)}")
def test_hostile_text_is_refused_at_once(text: str) -> None:
    began = time.perf_counter()
    assert refusal(text).code == "unit-unknown"
    # Parsers of units need seconds to forever for these; the look-up needs microseconds.
    assert time.perf_counter() - began < 1


def test_text_never_reaches_pint_and_pint_is_loaded_late() -> None:
    program = """
import sys
from carbonledger import units
for text in ("万kWh", "kWh**99999999", "ton", "Nm**3", "kwhh"):
    try:
        units.find(text)
    except units.dialect.UnitRefused:
        pass
units.page(), units.ratio("kWh", "kWh"), units.parse_number("1"), units.to_micro(1)
print("pint" in sys.modules, units.ratio("MJ", "kWh"), "pint" in sys.modules)
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["False", "5/18", "True"]


def test_our_registry_knows_none_of_pints_own_units() -> None:
    ours = registry.pint_registry()
    for stranger in ("kt", "ton", "pcs", "mt", "knot", "parsec", "meter", "kkWh", "mkWh"):
        assert stranger not in ours


@given(st.text(max_size=60))
def test_find_answers_or_refuses_whatever_it_is_given(text: str) -> None:
    check(everything(text))


@given(
    st.lists(
        st.sampled_from([s.text for s in dialect.spellings()] + list("*^/()·0123456789 kmMGt万")),
        max_size=4,
    ).map("".join)
)
def test_pieces_of_spellings_put_together_never_raise_anything_else(text: str) -> None:
    check(everything(text))


# ---- the tables


def test_every_spelling_is_normal_and_means_a_unit_of_the_registry() -> None:
    for spelling in dialect.spellings():
        assert spelling.text == unicodedata.normalize("NFKC", spelling.text).strip()
        assert 0 < len(spelling.text) <= dialect.LONGEST
        assert spelling.dialect in units.DIALECTS
        assert spelling.language in {"any", "en", "zh"}
        assert spelling.symbol in registry.definitions(), spelling


def test_no_spelling_stands_twice_in_a_dialect_nor_is_accepted_and_refused() -> None:
    keys = [(s.dialect, s.text) for s in dialect.spellings()]
    assert len(keys) == len(set(keys))
    refused = [row.text for row in dialect.refused()]
    assert len(refused) == len(set(refused))
    assert not set(refused) & set(dialect.accepted("plant"))


def test_every_suggestion_is_accepted_by_plants() -> None:
    for row in dialect.refused():
        assert row.code in {"unit-ambiguous", "unit-unfit"}
        for suggestion in row.suggestions:
            assert units.find(suggestion)


def test_a_symbol_of_the_registry_is_a_spelling_of_itself() -> None:
    for symbol in registry.definitions():
        assert units.find(symbol, "factor").symbol == symbol


@pytest.mark.parametrize("name", ["plant", "factor", "us-utility"])
def test_letter_case_alone_never_tells_two_units_apart(name: str) -> None:
    """`mg` and `Mg`, `mWh` and `MWh`: where case decides, the rarer spelling is refused."""
    meaning: dict[str, str] = {}
    for text, symbol in dialect.accepted(name).items():
        assert meaning.setdefault(text.casefold(), symbol) == symbol, text


def test_a_spelling_with_a_power_of_ten_says_so_in_its_value() -> None:
    tens = {"10^3": 10**3, "10^4": 10**4, "10^6": 10**6, "10^8": 10**8, "万": 10**4, "亿": 10**8}
    for text, symbol in dialect.accepted("plant").items():
        for prefix, ten in tens.items():
            rest = text.removeprefix(prefix).strip()
            if rest != text and rest in dialect.accepted("plant"):
                assert units.ratio(symbol, units.find(rest).symbol) == ten, text


def test_dimensions_by_name_are_the_dimensions_by_definition() -> None:
    ours = registry.pint_registry()
    rows = registry.definitions().values()
    seen = {
        row.unit.symbol: str(ours.get_dimensionality(row.unit.symbol.replace("@", "_at_")))
        for row in rows
    }
    for one, two in combinations([row.unit for row in rows], 2):
        assert (one.dimension == two.dimension) == (seen[one.symbol] == seen[two.symbol])


def test_every_unit_has_names_and_a_source() -> None:
    for row in registry.definitions().values():
        assert row.name_en
        assert row.name_zh
        assert row.source


# ---- ratios


def same_dimension(count: int) -> st.SearchStrategy[list[str]]:
    groups: dict[str, list[str]] = {}
    for row in registry.definitions().values():
        groups.setdefault(row.unit.dimension, []).append(row.unit.symbol)
    return st.sampled_from(sorted(groups)).flatmap(
        lambda name: st.lists(st.sampled_from(groups[name]), min_size=count, max_size=count)
    )


@given(same_dimension(3))
def test_ratios_are_exact_and_go_round(symbols: list[str]) -> None:
    a, b, c = symbols
    assert isinstance(units.ratio(a, b), Fraction)
    assert units.ratio(a, b) * units.ratio(b, c) * units.ratio(c, a) == 1
    assert units.ratio(a, b) > 0


def test_units_of_different_dimensions_never_convert() -> None:
    one_each = {row.unit.dimension: row.unit.symbol for row in registry.definitions().values()}
    for (this, source), (that, target) in combinations(one_each.items(), 2):
        with pytest.raises(UnitRefused) as caught:
            units.ratio(source, target)
        assert caught.value.code == "unit-dimension"
        assert this in caught.value.message
        assert that in caught.value.message
        assert "`conversion`" in caught.value.hint


@pytest.mark.parametrize(
    ("source", "target", "advice"),
    [
        ("m3", "kWh", "10.55 kWh/m3"),
        ("kW", "kWh", 'reads = "power"'),
        ("tce", "GJ", "29.3076 GJ/tce"),
        ("kvarh", "kWh", "active energy"),
        ("tCO2", "kg", "kg or t"),
        ("tCO2e", "tCO2", "GWP"),
        ("EUR", "CNY", "rate"),
    ],
)
def test_a_wrong_dimension_is_refused_with_the_way_out(
    source: str, target: str, advice: str
) -> None:
    with pytest.raises(UnitRefused) as caught:
        units.ratio(source, target)
    assert advice in caught.value.hint


def test_only_symbols_convert_not_spellings() -> None:
    for symbol in ("KWH", "度", "", "kWh**2"):
        with pytest.raises(UnitRefused) as caught:
            units.ratio(symbol, "kWh")
        assert caught.value.code == "unit-unknown"


def test_values_convert_unrounded() -> None:
    assert units.convert(Decimal(1), "MJ", "kWh") == Fraction(5, 18)
    assert units.convert(Decimal("2.5"), "万kWh", "MWh") == 25
    assert units.convert(Decimal("0.1"), "t", "g") == 100_000


def test_gas_volumes_carry_their_reference_state() -> None:
    assert units.find("标方").condition == "0 °C, 101.325 kPa"
    assert units.find("m3@20C").condition == "20 °C, 101.325 kPa"
    assert units.find("方").condition == ""


# ---- conversions of meters


@pytest.mark.parametrize(
    ("recorded", "canonical", "conversion", "expected"),
    [
        ("m3", "kWh", "10.55 kWh/m3", "10.55"),
        ("万m3", "kWh", "10.55 kWh/m3", "105500"),
        ("kWh", "m3", "10.55 kWh/m3", "100/1055"),
        ("t", "GJ", "2.75 GJ/t", "2.75"),
        ("kg", "MJ", "2.75 GJ/t", "2.75"),
        ("L", "kg", "0.84 kg/L", "0.84"),
        ("m3", "kg", "0.84 kg/L", "840"),
        ("t", "L", "0.84kg/L", "100000/84"),
        ("piece", "kg", "9.6 kg/条", "9.6"),
        ("tce", "GJ", "29.3076 GJ/tce", "29.3076"),
        ("万Nm3", "GJ", "389.31 GJ/10^4Nm3", "389.31"),
        ("MJ", "kWh", "10.55 kWh/m3", "5/18"),
        ("MJ", "kWh", None, "5/18"),
    ],
)
def test_a_recorded_unit_in_canonical_units(
    recorded: str, canonical: str, conversion: str | None, expected: str
) -> None:
    assert units.canonical_micro_ratio(recorded, canonical, conversion) == number(expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no number"),
        ("kWh/m3", "no number"),
        ("10.55", "no number"),
        ("10.55 10.55 kWh/m3", "no number"),
        ("0 kWh/m3", "not positive"),
        ("-1 kWh/m3", "not positive"),
        ("3.6 MJ/kWh", "on both sides"),
        ("2.1622 kgCO2/m3", "co2"),
        ("0.9 kWh/kVAh", "apparent_energy"),
        ("7.8 CNY/EUR", "money"),
        ("10.55 kWh/m3" + " " * 200, "no number"),
    ],
)
def test_a_conversion_that_states_no_conversion_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UnitRefused) as caught:
        units.parse_conversion(text)
    assert caught.value.code == "unit-conversion"
    assert reason in caught.value.message


def test_the_number_and_the_units_of_a_conversion_are_checked_too() -> None:
    with pytest.raises(NumberRefused):
        units.parse_conversion("10,55 kWh/m3")
    with pytest.raises(UnitRefused, match="ton"):
        units.parse_conversion("2.75 GJ/ton")


def test_a_conversion_that_does_not_join_the_two_is_refused() -> None:
    with pytest.raises(UnitRefused, match="does not join") as caught:
        units.canonical_micro_ratio("t", "kWh", "10.55 kWh/m3")
    assert caught.value.code == "unit-dimension"


def test_power_over_an_interval_is_energy() -> None:
    assert units.energy_of_power("kW", 900, "kWh") == Fraction(1, 4)
    assert units.energy_of_power("W", 3600, "kWh") == Fraction(1, 1000)
    assert units.energy_of_power("MW", 60, "GJ") == Fraction(6, 100)
    with pytest.raises(UnitRefused):
        units.energy_of_power("kWh", 900, "kWh")


def test_standard_coal_at_equivalent_value() -> None:
    """By energy 0.12284 kgce/kWh, 0.03412 tce/GJ; the 0.1229 that GB/T 2589 prints is a factor."""
    assert units.kgce_of_energy("kWh") == Fraction(36_000, 293_076)
    assert round(units.kgce_of_energy("kWh"), 5) == Fraction("0.12284")
    assert round(units.kgce_of_energy("GJ") / 1000, 5) == Fraction("0.03412")
    assert units.kgce_of_energy("kJ") * Fraction("29307.6") == 1
    assert units.kgce_of_energy("Gcal") == Fraction(1000, 7)
    with pytest.raises(UnitRefused):
        units.kgce_of_energy("t")


# ---- units of factors, other dialects


@pytest.mark.parametrize(
    ("text", "above", "below"),
    [
        ("kgCO2/kWh", "kgCO2", "kWh"),
        ("tCO2/MWh", "tCO2", "MWh"),
        ("tCO2/GJ", "tCO2", "GJ"),
        ("tC/GJ", "tC", "GJ"),
        ("kgce/m³", "kgce", "m3"),
        ("kgCO2e/t", "kgCO2e", "t"),
        ("kg CO2e / t·km", "kgCO2e", "tkm"),
        ("tCO2／10⁴Nm³", "tCO2", "万Nm3"),
        ("tce/万元", "tce", "万CNY"),
        ("gCH4/MMBtu", "gCH4", "MMBtu"),
        ("kg/TJ", "kg", "TJ"),
    ],
)
def test_the_unit_of_a_factor_is_two_units(text: str, above: str, below: str) -> None:
    numerator, denominator = units.split_ratio(text)
    assert (numerator.symbol, denominator.symbol) == (above, below)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("kgCO2", "unit-ratio"),
        ("kgCO2/kWh/a", "unit-ratio"),
        ("", "unit-ratio"),
        ("/" * 10_000, "unit-ratio"),
        ("kgCO2/ton", "unit-ambiguous"),
        ("kgCO2/", "unit-unknown"),
        ("CO2e/kWh", "unit-ambiguous"),
    ],
)
def test_a_malformed_unit_of_a_factor_is_refused(text: str, code: str) -> None:
    with pytest.raises(UnitRefused) as caught:
        units.split_ratio(text)
    assert caught.value.code == code


def test_carbon_is_a_unit_of_factors_only() -> None:
    assert units.find("tC", "factor").dimension == "carbon"
    assert refusal("tC").code == "unit-unknown"


def test_a_gallon_on_an_american_bill_is_the_us_gallon() -> None:
    assert units.find("GAL", "us-utility").symbol == "US_gal"
    assert units.find("MMBTU", "us-utility").symbol == "MMBtu"
    assert refusal("ton", "us-utility").code == "unit-ambiguous"


def test_letters_of_the_american_waste_manifest_stand_alone() -> None:
    letters = {letter: units.find(letter, "e-manifest").symbol for letter in "GKLPTMYN"}
    assert letters == {
        "G": "US_gal",
        "K": "kg",
        "L": "L",
        "P": "lb",
        "T": "short_ton",
        "M": "t",
        "Y": "yd3",
        "N": "m3",
    }
    assert refusal("kg", "e-manifest").code == "unit-unknown"
    assert refusal("ton", "e-manifest").code == "unit-ambiguous"


def test_an_unknown_dialect_is_refused_with_those_there_are() -> None:
    refused = refusal("kWh", "plants")
    assert refused.code == "unit-dialect"
    assert "us-utility" in refused.hint


# ---- documentation


def test_the_page_about_units_is_what_the_tables_say() -> None:
    renew = 'python -c "from carbonledger import units; print(units.page(), end=str())"'
    assert DOCS.read_text(encoding="utf-8") == units.page(), f"renew docs/units.md: {renew}"


def test_the_page_names_every_spelling_and_every_dialect() -> None:
    page = units.page()
    for word in [s.text for s in dialect.spellings()] + [r.text for r in dialect.refused()]:
        assert f"`{word}`" in page
    for name in units.DIALECTS:
        assert f"| `{name}` |" in page
