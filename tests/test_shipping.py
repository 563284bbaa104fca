"""Packs that ship but are put into a ledger only when asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from carbonledger.errors import FactorNotFound, FactorRefused
from carbonledger.factors import shipping
from carbonledger.factors.lookup import FactorBook, Query, missing_factors
from carbonledger.factors.pack import load_pack
from carbonledger.ledger.connect import open_ledger
from carbonledger.run.setup import factors, init, packs_to_load
from carbonledger.run.setup import load_pack as post_pack

NOW = "2026-01-02T03:04:05Z"
HEADER = """\
code = "{code}"
edition = "{edition}"
publisher = "Sea Breeze Heat Ltd"
title = "District heat"
document = "statement 25-117"
licence = "given to its customers"
confidence = "primary"
{posted}
"""
ROWS = """\
code,activity,region,data_year,purpose,gas,value,unit,page,confidence
heat,heat,CN-LN,2025,heat_supply,co2,0.0730,tCO2/GJ,p. 2,primary
"""


def pack(place: Path, code: str, edition: str, posted: str) -> None:
    place = place / f"{code}-{edition}"
    place.mkdir(parents=True)
    header = HEADER.format(code=code, edition=edition, posted=posted)
    (place / "pack.toml").write_text(header, "utf-8")
    (place / "factors.csv").write_text(ROWS, "utf-8")


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let one pack ship for all, and two editions of another to be asked for."""
    place = tmp_path / "factors"
    pack(place, "everyones", "2025", "")
    pack(place, "abroad", "2024", 'posted = "asked"')
    pack(place, "abroad", "2025", 'posted = "asked"')
    monkeypatch.setattr(shipping, "folder", lambda _: place)
    cached = (shipping.shipped, shipping.shipped_packs, shipping.shipped_pack)
    for one in cached:
        one.cache_clear()
    yield place
    for one in cached:
        one.cache_clear()


def test_what_is_asked_for_is_not_what_every_ledger_gets(three: Path) -> None:
    assert [one.code for one in shipping.shipped_packs()] == ["everyones"]
    assert shipping.asked_names() == ("abroad@2024", "abroad@2025")
    assert shipping.asked_names(["abroad@2025"]) == ("abroad@2024",)
    assert shipping.shipped_pack("abroad@2025").posted == "asked"
    assert load_pack(three / "everyones-2025").posted == "init"


def test_the_tables_of_a_pack_nobody_asked_for_are_not_read(three: Path) -> None:
    (three / "abroad-2024" / "factors.csv").write_text("nonsense", "utf-8")
    assert len(shipping.shipped_packs()) == 1
    with pytest.raises(FactorRefused):
        shipping.shipped_pack("abroad@2024")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("abroad@2052", "abroad@2024, abroad@2025"),
        ("abraod@2025", "abroad@2025"),
        ("x@1", "docs/factors.md"),
    ],
)
@pytest.mark.usefixtures("three")
def test_a_name_that_does_not_ship_is_refused_with_those_like_it(name: str, known: str) -> None:
    with pytest.raises(FactorRefused, match="ships with the program") as refused:
        shipping.shipped_pack(name)
    assert refused.value.code == "pack-unshipped"
    assert known in refused.value.hint


def test_posted_is_a_word_of_the_vocabulary(tmp_path: Path) -> None:
    pack(tmp_path, "late", "1", 'posted = "later"')
    with pytest.raises(FactorRefused) as refused:
        load_pack(tmp_path / "late-1")
    (fault,) = refused.value.problems
    assert (fault.column, fault.line) == ("posted", 8)
    assert fault.reason == "must be one of init, asked"


@pytest.mark.usefixtures("three")
def test_a_ledger_gets_it_by_its_name(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'books.db'}"
    init(url, "ada", NOW)
    with open_ledger(url, write=True) as ledger:
        assert packs_to_load(ledger) == ["abroad@2024", "abroad@2025"]
        first = post_pack(ledger, Path("abroad@2025"), "ada", NOW)
        again = post_pack(ledger, Path("abroad@2025"), "ada", NOW)
        assert packs_to_load(ledger) == ["abroad@2024"]
        assert packs_to_load(ledger, int(first["batch"]) - 1) == ["abroad@2024", "abroad@2025"]
        assert [row["factor"] for row in factors(ledger, pack="abroad")] == ["abroad@2025/heat"]
    assert (first["posted_before"], again["posted_before"]) == (False, True)
    assert first["batch"] == again["batch"]
    assert init(url, "ada", NOW)["batches"] == []


def query(*packs: str) -> Query:
    return Query("heat", ("CN-LN",), 2025, ("heat_supply",), packs=packs)


@pytest.mark.parametrize(
    ("packs", "said"),
    [
        (("own", "abroad"), "factors load abroad@2025 (also there: abroad@2024)"),
        (("abroad@2024",), "factors load abroad@2024"),
        (("own",), "load a pack that holds it"),
        ((), "load a pack that holds it"),
    ],
)
def test_a_miss_names_the_pack_that_only_needs_loading(packs: tuple[str, ...], said: str) -> None:
    book = FactorBook((), {}, unloaded=("abroad@2024", "abroad@2025"))
    with pytest.raises(FactorNotFound) as miss:
        book.find(query(*packs))
    assert miss.value.hint.endswith(said) or miss.value.hint.startswith(said)
    other = FactorNotFound("no water", hint="look elsewhere")
    joined = missing_factors([miss.value, other])
    assert miss.value.hint in joined.hint
    assert "look elsewhere" in joined.hint
