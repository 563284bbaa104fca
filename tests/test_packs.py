"""Reading packs: what a good one gives, what a broken one is refused with, and the page of them."""

import hashlib
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.calc.model import Commodity
from carbonledger.errors import FactorRefused
from carbonledger.factors import (
    check_pack,
    content_hash,
    load_pack,
    pack_page,
    shipped_commodities,
    shipped_outside_accounts,
)
from carbonledger.factors.model import Factor, Pack
from carbonledger.factors.shipping import shipped, shipped_pack
from carbonledger.factors.vocabulary import COLUMNS, CONFIDENCES, KEYS, PURPOSES

CHECKOUT = Path(__file__).resolve().parents[1]
HEADER = """\
code = "sea-breeze"
edition = "2025"
publisher = "Sea Breeze Heat Ltd"
title = "District heat 2025"
document = "statement 25-117"
licence = "given to its customers"
published_on = "2026-02-03"
confidence = "primary"
"""
COLUMN_LINE = "code,activity,region,valid_from,valid_to,data_year,purpose,gas,value,unit,page,"
COLUMN_LINE += "confidence,note,basis"
HEAT = "heat,heat,CN-LN,2025-01-01,2025-12-31,2025,heat_supply,co2,0.0730,tCO2/GJ,p. 2,primary,,"


def write(folder: Path, *rows: str, header: str = HEADER, columns: str = COLUMN_LINE) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "pack.toml").write_text(header, encoding="utf-8")
    (folder / "factors.csv").write_text("\n".join((columns, *rows, "")), encoding="utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    with pytest.raises(FactorRefused) as refusal:
        load_pack(folder)
    assert refusal.value.code == "factor"
    assert "docs/factors.md" in refusal.value.hint
    return [f"{one.file}:{one.line} {one.column}: {one.reason}" for one in refusal.value.problems]


def changed(**cells: str) -> str:
    names = COLUMN_LINE.split(",")
    values = dict(zip(names, HEAT.split(","), strict=True)) | cells
    return ",".join(values[name] for name in names)


def test_a_good_pack_keeps_every_digit_and_every_source(tmp_path: Path) -> None:
    pack = load_pack(write(tmp_path / "p", HEAT))
    assert (pack.code, pack.edition, pack.published_on) == ("sea-breeze", "2025", "2026-02-03")
    assert pack.factors == (
        Factor(
            pack="sea-breeze",
            edition="2025",
            code="heat",
            activity="heat",
            region="CN-LN",
            valid_from=date(2025, 1, 1),
            valid_to=date(2025, 12, 31),
            data_year=2025,
            purpose="heat_supply",
            gas="co2",
            value=Decimal("0.0730"),
            unit="tCO2/GJ",
            page="p. 2",
            confidence="primary",
        ),
    )
    assert str(pack.factors[0].value) == "0.0730"
    assert pack.factors[0].key == "sea-breeze@2025/heat"


def test_the_example_of_the_page_is_a_good_pack(tmp_path: Path) -> None:
    page = (CHECKOUT / "docs" / "factors.md").read_text(encoding="utf-8")
    header = page.split("```toml\n")[1].split("```")[0]
    table = page.split("```\ncode,")[1].split("```")[0]
    folder = write(tmp_path / "p", header=header)
    (folder / "factors.csv").write_text("code," + table, encoding="utf-8")
    assert [factor.key for factor in load_pack(folder).factors] == ["sea-breeze@2025/heat"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"unit": "tCO2/ton"}, "unit: unit “ton” may mean"),
        ({"unit": "tCO2/kWhh"}, "unit: unit “kWhh” is not known"),
        ({"unit": "tCO2 per GJ"}, "unit: “tCO2 per GJ” is not one unit per another"),
        ({"unit": "tCO2/t"}, "unit: is per mass, but heat needs energy"),
        ({"unit": "kgce/MJ"}, "unit: gives standard_coal, but heat_supply is a number of ch4 or"),
        ({"unit": "tCO2e/GJ"}, "gas: does not fit the unit: tCO2e/GJ gives co2e"),
        ({"gas": ""}, "gas: does not fit the unit: tCO2/GJ gives co2"),
        ({"value": "about 0.07"}, "value: is no plain decimal number"),
        ({"value": "1.2e-3"}, "value: is no plain decimal number"),
        ({"value": "NaN"}, "value: is no plain decimal number"),
        ({"value": ""}, "value: is no plain decimal number"),
        ({"value": "-0.07"}, "value: is negative"),
        ({"value": "0"}, "value: is 0 without a note"),
        ({"purpose": "inventory"}, "purpose: must be one of organisation, "),
        ({"confidence": "sure"}, "confidence: must be one of primary, "),
        ({"page": ""}, "page: is missing"),
        ({"region": "Liaoning"}, "region: is no ISO 3166 code"),
        ({"activity": "heating"}, "activity: is no known commodity"),
        ({"activity": ""}, "activity: names no commodity"),
        ({"code": "heat/2025"}, "code: may hold letters, digits"),
        ({"basis": "equal"}, "basis: must be one of (nothing)"),
        ({"data_year": "25"}, "data_year: is no year"),
        ({"valid_to": "2025-02-30"}, "valid_to: is no day"),
        ({"valid_to": "2024-12-31"}, "valid_to: lies before valid_from"),
    ],
)
def test_a_faulty_cell_is_refused_with_its_place(
    tmp_path: Path, cells: dict[str, str], expected: str
) -> None:
    good = HEAT.replace("heat,", "fine,", 1).replace("CN-LN", "CN-BJ")
    (fault,) = faults(write(tmp_path / "p", good, changed(**cells)))
    assert fault.startswith(f"factors.csv:3 {expected}"), fault


def test_all_faults_of_a_pack_come_at_once(tmp_path: Path) -> None:
    """A missing column, a bad unit, a text for a value, a double: one run shows them all."""
    columns = COLUMN_LINE.replace("page,", "")
    rows = [HEAT, HEAT, changed(code="a", unit="tCO2/mt"), changed(code="b", value="n/a")]
    rows = [one.replace("p. 2,", "") for one in rows]
    header = HEADER.replace('licence = "given to its customers"\n', 'licence = ""\nowner = "me"\n')
    folder = write(tmp_path / "p", *rows, header=header, columns=columns)
    (folder / "more.csv").write_text("code\nx\n", encoding="utf-8")
    found = faults(folder)
    assert "factors.csv:1 page: column is missing" in found
    assert "factors.csv:3 code: is there already, factors.csv line 2" in found
    assert "factors.csv:3 : same question and days as heat, factors.csv line 2" in found
    assert any(one.startswith("factors.csv:4 unit: unit “mt” may mean") for one in found)
    assert any(one.startswith("factors.csv:5 value: is no plain decimal") for one in found)
    assert "pack.toml:6 licence: is missing" in found
    assert "pack.toml:7 owner: unknown key" in found
    assert "more.csv:1 value: column is missing" in found
    assert not any(one.startswith("factors.csv:2 ") for one in found)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (b"", "factors.csv:1 : empty: the first line must name the columns"),
        (b"\xff\xfe\x00", "factors.csv:1 : not UTF-8: save the file with the encoding UTF-8"),
        (COLUMN_LINE.encode() + b"\n" + HEAT.encode("ascii") + b',"open', "factors.csv:2 : "),
        (COLUMN_LINE.encode() + b"\nheat,heat\n", "factors.csv:2 : 2 cells, but the header names"),
        (f"{COLUMN_LINE},价格\n".encode(), "factors.csv:1 价格: unknown column"),
        (f"{COLUMN_LINE},note\n".encode(), "factors.csv:1 note: column is there twice"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, table: bytes, expected: str) -> None:
    folder = write(tmp_path / "p")
    (folder / "factors.csv").write_bytes(table)
    assert any(fault.startswith(expected) for fault in faults(folder)), faults(folder)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("code = sea-breeze\n", "pack.toml:1 : not a TOML file"),
        (HEADER.replace('"2025"', "2025"), "pack.toml:2 edition: must be a text in quotes"),
        (HEADER.replace("2026-02-03", "3 Feb"), "pack.toml:7 published_on: is no day"),
        (HEADER.replace('"sea-breeze"', '"sea@breeze"'), "pack.toml:0 code: may hold letters"),
        (HEADER.replace('"primary"', '"sure"'), "pack.toml:0 confidence: must be one of"),
        (HEADER.replace('"primary"', '"two_sources"'), "pack.toml:0 confidence: its least sure"),
        (HEADER + 'pedigree = "(1,2,3)"\n', "pack.toml:9 pedigree: is no pedigree: write (2,3,"),
        (HEADER + 'pedigree = "(1,2,3,-,-)"\n', "pack.toml:0 pedigree_by: is missing: who"),
    ],
)
def test_a_faulty_header_is_refused(tmp_path: Path, header: str, expected: str) -> None:
    found = faults(write(tmp_path / "p", HEAT, header=header))
    assert any(fault.startswith(expected) for fault in found), found


def test_a_folder_without_pack_or_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FactorRefused, match="no factor pack can be read here"):
        load_pack(tmp_path)
    (tmp_path / "pack.toml").write_text(HEADER, encoding="utf-8")
    assert "pack.toml:0 : the folder holds no CSV table" in faults(tmp_path)


def test_carbon_content_taken_for_an_emission_factor_is_noticed(tmp_path: Path) -> None:
    """33.6 is the carbon of briquettes in kgC/GJ; a public database prints it as kgCO2e/GJ."""
    wrong = changed(
        activity="briquette", purpose="combustion", value="33.6", unit="kgCO2/GJ", basis="ncv"
    )
    (fault,) = faults(write(tmp_path / "p", wrong))
    assert fault == (
        "factors.csv:2 value: is 33.6 kg/GJ; carbon fuels emit 50-120: check value and unit"
    )


def test_gas_ten_times_too_small_is_noticed_by_its_calorific_value(tmp_path: Path) -> None:
    gas = changed(
        activity="natural_gas", purpose="combustion", value="2.1622", unit="tCO2/万Nm3", basis="ncv"
    )
    heat = changed(
        code="ncv", activity="natural_gas", purpose="net_calorific_value", gas="",
        value="389.31", unit="GJ/万m3", basis="ncv",
    )  # fmt: skip
    (fault,) = faults(write(tmp_path / "p", gas, heat))
    assert fault.startswith("factors.csv:2 value: is 5.6 kg/GJ")
    right = gas.replace("2.1622", "21.6219")
    assert len(load_pack(write(tmp_path / "p", right, heat)).factors) == 2


def test_a_factor_per_heat_needs_to_say_whether_net_or_gross(tmp_path: Path) -> None:
    row = changed(activity="diesel", purpose="combustion", value="74.1", unit="kgCO2/GJ")
    (fault,) = faults(write(tmp_path / "p", row))
    assert fault.endswith("is per energy, but diesel needs mass; state the basis, ncv or gcv")


def test_a_commodity_of_the_site_may_have_factors() -> None:
    row = Factor("p", "1", "belt", "conveyor-belt", "CN", None, None, 2024, "product", "co2e",
                 Decimal("3.1"), "kgCO2e/kg", page="p. 1", confidence="primary")  # fmt: skip
    pack = Pack("p", "1", "me", "t", "d", "mine", "", "primary", "", "", (row,), "")
    (fault,) = check_pack(pack)
    assert (fault.file, fault.column, fault.text) == ("p@1", "activity", "belt: conveyor-belt")
    assert check_pack(pack, commodities=[Commodity("conveyor-belt", "product", "kg")]) == []


days = st.integers(0, 40)
spans = st.lists(st.tuples(st.none() | days, st.none() | days), min_size=1, max_size=6)


@given(spans)
def test_rows_are_refused_exactly_when_some_day_has_two_answers(
    wanted: list[tuple[int | None, int | None]],
) -> None:
    first = date(2025, 1, 1)
    sane = [(a, b) for a, b in wanted if a is None or b is None or a <= b]
    rows = tuple(
        Factor("p", "1", f"c{n}", "heat", "CN",
               None if a is None else first + timedelta(a),
               None if b is None else first + timedelta(b),
               None, "heat_supply", "co2", Decimal(1), "tCO2/GJ", page="1", confidence="primary")
        for n, (a, b) in enumerate(sane)
    )  # fmt: skip
    pack = Pack("p", "1", "me", "t", "d", "mine", "", "primary" if rows else "derived", "", "",
                rows, "")  # fmt: skip
    answers = [
        sum((a is None or a <= day) and (b is None or day <= b) for a, b in sane)
        for day in range(-1, 42)
    ]
    assert bool(check_pack(pack)) == (max(answers) > 1)


@given(st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,12})?", fullmatch=True))
def test_a_value_is_kept_as_printed(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("pack")
    row = changed(value=text, note="measured")
    (factor,) = load_pack(write(folder, row)).factors
    assert factor.value == Decimal(text)
    assert factor.value.as_tuple().exponent == -len(text.partition(".")[2])


@given(header=st.binary(max_size=200) | st.just(HEADER.encode()), table=st.binary(max_size=400))
def test_junk_is_refused_and_nothing_else_happens(
    tmp_path_factory: pytest.TempPathFactory, header: bytes, table: bytes
) -> None:
    folder = tmp_path_factory.mktemp("pack")
    (folder / "pack.toml").write_bytes(header)
    (folder / "factors.csv").write_bytes(table)
    assert faults(folder)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    found = faults(write(tmp_path / "p", HEAT, header="code = " + "[" * 100_000))
    assert found[0].startswith("pack.toml:0 : not a TOML file")


def test_the_hash_is_of_the_content_not_of_the_checkout() -> None:
    files = {"pack.toml": b'code = "a"\n', "factors.csv": b"code\nx\n"}
    plain = content_hash(files)
    written = b'factors.csv\n7\ncode\nx\npack.toml\n11\ncode = "a"\n'
    assert plain == hashlib.sha256(written).hexdigest()
    windows = {name: b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n") for name, text in files.items()}
    assert content_hash(windows) == plain
    assert content_hash(dict(reversed(files.items()))) == plain
    assert content_hash({**files, "factors.csv": b"code\ny\n"}) != plain
    assert content_hash({"pack.toml": files["pack.toml"], "b.csv": files["factors.csv"]}) != plain


def test_shipped_packs_are_sorted_and_named_as_their_folders() -> None:
    names = [f"{pack.code}-{pack.edition}" for pack in map(shipped_pack, shipped())]
    on_disk = [path.parent.name for path in (CHECKOUT / "factors").glob("*/pack.toml")]
    assert names == sorted(on_disk)
    assert {
        "cn-grid-2021", "cn-grid-2022", "cn-grid-2023", "gb-t-2589-2020", "cn-ndrc-fuels-2015",
        "cn-heat-2025", "cn-zero-carbon-park-2025", "ipcc-gwp-2021", "cn-national-2026",
        "cn-electricity-footprint-2023", "cn-electricity-footprint-2024",
    } <= set(names)  # fmt: skip
    assert len({pack.content_hash for pack in map(shipped_pack, shipped())}) == len(names)


def test_the_page_is_what_the_packs_say() -> None:
    page = (CHECKOUT / "docs" / "factors.md").read_text(encoding="utf-8")
    assert page == pack_page(), "run: python -m carbonledger.factors.page docs/factors.md"
    for word in (*COLUMNS, *KEYS, *PURPOSES, *CONFIDENCES):
        assert f"`{word}`" in page, word
    for pack in map(shipped_pack, shipped()):
        for text in (pack.title, pack.title_zh, pack.publisher, pack.document, pack.licence):
            assert text in page
    kinds = {one.code: one.kind for one in shipped_commodities()}
    kinds |= {one.code: one.kind for one in shipped_outside_accounts()}
    for code, kind in kinds.items():
        assert f"| `{code}` | {kind} |" in page
        assert f"### {pack.code}@{pack.edition}" in page


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, carbonledger.factors; "
        "print([m for m in ('pint', 'pandas', 'sqlalchemy', 'carbonledger.factors.pack') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(__import__("carbonledger.factors").factors, "nothing")  # noqa: B009


def test_a_pack_declares_activities_that_no_commodity_ships_for(tmp_path: Path) -> None:
    row = "tyre,old_tyres,,,,,combustion,co2,85.97,kgCO2/MMBtu,p. 2,primary,,gcv"
    place = write(tmp_path / "p", row)
    assert faults(place) == [
        "factors.csv:2 activity: is no known commodity; declare it first or correct its code"
    ]
    table = place / "activities.csv"
    table.write_text("code,unit,name_en\nold_tyres,kg,Tires\n", "utf-8")
    assert load_pack(place).activities == {"old_tyres": "kg"}
    table.write_text("code,unit,name_en\nold_tyres,kg,Tires\nold_tyres,kg,x\nb,zz,y\n", "utf-8")
    assert faults(place) == [
        "activities.csv:3 code: is there already",
        "activities.csv:4 unit: is no unit the books know",
    ]
