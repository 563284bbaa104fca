"""The demo park: the same bytes again, and record files that obey the laws of matter."""

import csv
import gzip
import tomllib
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from carbonledger.example import generate
from carbonledger.example.draw import draw, wobble

PARK = Path(__file__).resolve().parent.parent / "examples" / "tyre-park"
NOT_GENERATED = {"generate.py"}
SHIPPED_OUTSIDE = {"grid", "market", "customer", "recycler", "landfill", "incinerator"}
LARGEST = 3_000_000


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return tomllib.loads((PARK / "EXPECTED.toml").read_text("utf-8"))


def content(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def records(name: str) -> list[dict[str, str]]:
    lines = (PARK / f"records/{name}.csv").read_text("utf-8").splitlines()
    return list(csv.DictReader(lines))


def test_generating_again_gives_the_committed_files(tmp_path: Path) -> None:
    def names(folder: Path) -> set[str]:
        files = (path for path in folder.rglob("*") if path.is_file())
        kept = (path for path in files if "__pycache__" not in path.parts)
        return {path.relative_to(folder).as_posix() for path in kept} - NOT_GENERATED

    generate(tmp_path)
    assert names(tmp_path) == names(PARK)
    # Packed bytes may differ where another zlib is at work, what is packed may not.
    assert [n for n in sorted(names(tmp_path)) if content(tmp_path / n) != content(PARK / n)] == []


def test_packed_files_carry_no_time_and_no_name() -> None:
    packed = sorted(PARK.rglob("*.gz"))
    assert packed
    assert {path.read_bytes()[3:8] for path in packed} == {bytes(5)}
    assert sum(path.stat().st_size for path in PARK.rglob("*.*")) < LARGEST


def test_draws_are_the_same_everywhere() -> None:
    assert draw("pinned", 6, 1000).tolist() == [719, 964, 168, 105, 124, 111]
    assert wobble("pinned", 4, 3, 100).tolist() == [-53, -221, -232, -216]


def test_what_enters_a_process_leaves_it_as_product_or_waste() -> None:
    mass = {"kg": Decimal(1), "t": Decimal(1000), "吨": Decimal(1000)}
    tyre = {"tyre-205": Decimal("9.6"), "tyre-295": Decimal(58)}
    coming: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    going: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for name in ("production", "materials", "waste"):
        for row in records(name):
            if row["commodity"] in {"diesel", "hazardous_waste"}:
                continue
            each = tyre[row["commodity"]] if row["unit"] == "piece" else mass[row["unit"]]
            kg, month = Decimal(row["quantity"]) * each, row["start"][:7]
            going[row["from"], month] += kg
            coming[row["to"], month] += kg
    inside = {key for key in going if key[0].startswith("park/")}
    assert len(inside) == 4 * 12
    for key in inside:
        assert abs(coming[key] - going[key]) < coming[key] * Decimal("0.003"), key


def test_record_files_give_the_control_totals(expected: dict[str, Any]) -> None:
    for name, controls in expected["records"].items():
        sums: dict[tuple[str, ...], list[Decimal]] = defaultdict(list)
        for row in records(name):
            key = (row["commodity"], row["from"], row["to"], row["unit"])
            sums[key].append(Decimal(row["quantity"]))
        assert {key: (len(v), sum(v)) for key, v in sums.items()} == {
            (c["commodity"], c["from"], c["to"], c["unit"]): (c["rows"], Decimal(c["total"]))
            for c in controls
        }


def test_most_solid_waste_is_used_again() -> None:
    tonnes: dict[str, Decimal] = defaultdict(Decimal)
    for row in records("waste"):
        if row["commodity"] == "solid_waste":
            tonnes[row["to"]] += Decimal(row["quantity"])
    used = (tonnes["recycler"] + tonnes["retreader"]) / sum(tonnes.values())
    assert Decimal("0.955") < used < Decimal("0.965")


def test_certificate_lots_are_as_long_as_their_serials_and_never_overlap() -> None:
    following: dict[str, int] = defaultdict(lambda: 1)
    for row in records("certificates"):
        *_, first, last = row["document_no"].split("-")
        assert int(first) == following[row["commodity"]]
        assert int(last) - int(first) + 1 == int(row["quantity"])
        following[row["commodity"]] = int(last) + 1


def test_about_half_of_the_electricity_is_renewable(expected: dict[str, Any]) -> None:
    park = {key: Decimal(text) for key, text in expected["park"].items()}
    assert Decimal("0.49") < park["renewable_kwh"] / park["entered_kwh"] < Decimal("0.52")
    assert park["renewable_kwh"] == park["roof_kwh"] + 1000 * park["certificates_mwh"]


def test_nothing_is_made_during_the_spring_festival() -> None:
    days = {row["start"] for row in records("production")}
    assert len(days) == 366 - 8
    assert not days & {f"2024-02-{day:02d}" for day in range(9, 17)}


def test_the_steps_of_the_demo_take_every_file_once_and_end_with_the_correction() -> None:
    steps = tomllib.loads((PARK / "demo.toml").read_text("utf-8"))["step"]
    imported = [step["file"] for step in steps if step["command"] == "import"]
    data = {p.relative_to(PARK).as_posix() for p in PARK.rglob("*.csv*")}
    assert sorted(imported) == sorted(data)
    assert steps[0] == {"command": "site apply", "file": "site.toml"}
    assert [step["file"] for step in steps if "adjust" in step] == [imported[-1]]
    assert all((PARK / step["profile"]).is_file() for step in steps if "profile" in step)
    # The awkward order is on purpose.
    order = [name[-9:-7] for name in imported if "curing" in name]
    assert order == ["Q1", "Q2", "Q4", "Q3"]


def test_site_declares_what_the_files_mention(expected: dict[str, Any]) -> None:
    site = tomllib.loads((PARK / "site.toml").read_text("utf-8"))
    assert set(site["meter"]) == set(expected["meter"])
    known = set(site["account"]) | {"park"} | SHIPPED_OUTSIDE
    for name in expected["records"]:
        for row in records(name):
            assert {row["from"], row["to"]} <= known
    for meter in site["meter"].values():
        assert {meter["from"], meter["to"]} <= known
