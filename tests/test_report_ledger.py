"""The park summary of a ledger: a works and an office, two months of hours, files in any order."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from carbonledger.errors import CalculationRefused
from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.ledger.schema import run
from carbonledger.ledger.service import reverse
from carbonledger.report.service import park_summary
from carbonledger.run.setup import load_pack
from carbonledger.run.store import read_figures
from carbonledger.site.service import apply

NOW = "2025-01-01T00:00:00Z"
SITE = """
[site]
code = "park"
name = { en = "Test park", zh = "测试园区" }
timezone = "Asia/Shanghai"
region = "CN-LN"

[account."park/works"]
kind = "facility"
name = { en = "Works <b>&</b>", zh = "工厂" }
[account."park/works/line"]
kind = "process"
[account."park/office"]
kind = "office"
[account."park/roof"]
kind = "generator"
technology = "solar_pv"

[commodity."tyre"]
kind = "product"
unit = "piece"
mass_kg = "10"
name = { en = "Tyre", zh = "轮胎" }

[meter."M-1"]
from = "grid"
to = "park"
commodity = "electricity"
unit = "kWh"
reads = "interval"
[meter."M-2"]
from = "park"
to = "park/works/line"
commodity = "electricity"
unit = "kWh"
reads = "interval"
[meter."M-3"]
from = "park/roof"
to = "park"
commodity = "electricity"
unit = "kWh"
reads = "interval"
"""
RECORDS = """start,end,from,to,commodity,quantity,unit
2024-02-01,2024-02-29,park,park/office,electricity,100,kWh
2024-02-01,2024-02-29,park/works/line,customer,tyre,50,piece
2024-02-01,2024-02-29,park/works,recycler,solid_waste,30,kg
2024-02-01,2024-02-29,park/works,landfill,solid_waste,10,kg
2024-02-01,2024-02-29,market,park,gec_wind,1,MWh
2024-02-01,2024-02-29,park/works,market,value_added,2,万元
2024-02-01,2024-02-29,park/works,air,so2,1.9,kg
"""
HOURS = {"M-1": "2.5", "M-2": "2.25", "M-3": "0.5"}


def readings(meter: str, days: range, *, hole: str = "") -> str:
    """Write a file of hourly values of one meter in February 2024; `hole` is left out."""
    stamps = (f"2024-02-{day:02}T{hour:02}:00:00" for day in days for hour in range(24))
    rows = (f"{meter},{at},{HOURS[meter]},kWh" for at in stamps if at != hole)
    return "\n".join(["meter,time,value,unit", *rows, ""])


FEBRUARY = range(1, 30)
FILES = {
    "grid.csv": readings("M-1", FEBRUARY),
    "line.csv": readings("M-2", FEBRUARY, hole="2024-02-10T09:00:00"),
    "roof.csv": readings("M-3", FEBRUARY),
    "records.csv": RECORDS,
}
SPLIT = {
    "roof.csv": readings("M-3", FEBRUARY),
    "records.csv": RECORDS,
    "line-2.csv": readings("M-2", range(15, 30)),
    "grid.csv": readings("M-1", FEBRUARY),
    "line-1.csv": readings("M-2", range(1, 15), hole="2024-02-10T09:00:00"),
}
CORRECTION = "meter,time,value,unit\nM-2,2024-02-05T07:00:00,9.25,kWh\n"


def take(ledger: Ledger, folder: Path, name: str, text: str, adjust: str | None = None) -> int:
    path = folder / name
    path.write_text(text, "utf-8")
    asked = ImportOptions(
        profile=None, dry_run=False, adjust=adjust, accept_rejects=False, rejects=None,
        keep=False, actor="tester", now=NOW,
    )  # fmt: skip
    return int(import_file(ledger, path, asked)["batch"])


@contextmanager
def park(url: str, folder: Path, files: dict[str, str]) -> Iterator[Ledger]:
    with open_ledger(url, write=True) as ledger:
        (folder / "site.toml").write_text(SITE, "utf-8")
        apply(ledger, folder / "site.toml", "tester", NOW)
        for name, text in files.items():
            take(ledger, folder, name, text)
        take(ledger, folder, "fix.csv", CORRECTION, adjust="read wrongly")
        yield ledger


def page(ledger: Ledger, lang: str = "en", **asked: Any) -> str:
    return park_summary(
        ledger, asked.pop("boundary", None), asked.pop("period", "2024-02"), lang=lang,
        form="html", actor="tester", now=NOW, **asked,
    )  # fmt: skip


def data(ledger: Ledger, **asked: Any) -> Any:
    text = park_summary(
        ledger, asked.pop("boundary", None), asked.pop("period", "2024-02"), lang="en",
        form="json", actor="tester", now=NOW, **asked,
    )  # fmt: skip
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def test_the_report_tells_what_the_meters_say(fresh_ledger: str, tmp_path: Path) -> None:
    with park(fresh_ledger, tmp_path, FILES) as ledger:
        found = data(ledger)
    hours = 29 * 24
    # The line lacks an hour of 2.25; the correction added 7 kWh.
    line = (hours - 1) * Decimal("2.25") + 7
    assert found["header"]["site"] == {"code": "park", "en": "Test park", "zh": "测试园区"}
    assert (found["header"]["first_day"], found["header"]["last_day"]) == (
        "2024-02-01",
        "2024-02-29",
    )
    rows = {row["account"]["code"]: row for row in found["balance"]["rows"]}
    assert rows["park"]["bought"]["value"] == hours * Decimal("2.5")
    assert rows["park/works/line"]["consumed"]["value"] == line
    assert rows["park"]["unexplained"]["value"] == hours * 3 - line - 100
    assert rows["park/roof"]["own"]["value"] == hours * Decimal("0.5")
    assert found["energy"]["carriers"][0]["quantity"]["value"] == hours * 3
    assert found["renewable"]["certificates"]["value"] == 1000
    assert found["renewable"]["share"]["value"] == round(Decimal(1000 + 348) / 2088, 9)
    (works,) = found["members"]["rows"]
    assert works["electricity"]["value"] == line
    assert (
        works["electricity"]["value"] + found["members"]["shared"]["electricity"]["value"]
        == (found["members"]["park"]["electricity"]["value"])
    )
    assert found["waste"]["rate"]["value"] == Decimal("0.75")
    (tyre,) = found["products"]["rows"]
    assert (tyre["commodity"]["code"], tyre["quantity"]["value"]) == ("tyre", 50)
    assert tyre["per_kg"]["value"] == round(tyre["per_unit"]["value"] / 10, 9)
    assert found["products"]["reconciliation"]["residual"]["value"] == 0


def test_scope_3_and_pollutants_are_told(fresh_ledger: str, tmp_path: Path) -> None:
    with park(fresh_ledger, tmp_path, FILES) as ledger:
        bare, pages = data(ledger), {lang: page(ledger, lang) for lang in ("en", "zh")}
        load_pack(ledger, Path("cn-pollution-equivalents@2018"), "tester", NOW)
        found = data(ledger)
        whole = page(ledger)
    (so2,) = bare["pollutants"]
    assert (so2["quantity"]["value"], so2["equivalents"]["value"]) == (Decimal("1.9"), None)
    # 1.9 kg of SO2 over 0.95 kg an equivalent.
    (so2,) = found["pollutants"]
    assert (so2["medium"], so2["equivalents"]["value"]) == ("air", 2)
    assert so2["factor"] == "cn-pollution-equivalents@2018/air-so2"
    assert f'id="factor:{so2["factor"]}"' in whole
    assert "carbonledger factors load cn-pollution-equivalents@2018" in pages["en"]
    emissions = found["emissions"]
    scope_3 = next(one for one in emissions["scopes"] if one["code"] == "3")
    assert scope_3["total"]["value"] is None
    assert [one["category"]["code"] for one in emissions["categories"]] == [
        str(number) for number in range(1, 16)
    ]
    waste = emissions["categories"][4]
    assert (waste["status"], waste["emission"]["value"]) == ("not_assessed", None)
    assert waste["reason"]["en"].startswith("no factor for solid_waste (landfill)")
    for lang, said in (("en", "not assessed"), ("zh", "未评估")):
        assert said in pages[lang].split('<section id="indicators"')[0]
    total = "Total as the method states it: Scope 1; Scope 2, location based"
    assert total in pages["en"].split('<section id="emissions"')[1]


def test_gaps_corrections_and_completeness_are_told(fresh_ledger: str, tmp_path: Path) -> None:
    with park(fresh_ledger, tmp_path, FILES) as ledger:
        found = data(ledger)["quality"]
    meters = {row["meter"]: row for row in found["meters"]}
    assert {code: (row["expected"], row["missing"]) for code, row in meters.items()} == {
        "M-1": (696, 0),
        "M-2": (696, 1),
        "M-3": (696, 0),
    }
    (gap,) = found["gaps"]
    assert (gap["meter"], gap["start"], gap["end"]) == (
        "M-2",
        "2024-02-10 09:00",
        "2024-02-10 10:00",
    )
    (change,) = found["corrections"]
    assert [change[part]["value"] for part in ("before", "change", "after")] == [54, 7, 61]
    assert (change["what"], change["first_day"], change["reason"]) == (
        "M-2",
        "2024-02-05",
        "read wrongly",
    )


def test_months_without_readings_are_gaps(fresh_ledger: str, tmp_path: Path) -> None:
    with park(fresh_ledger, tmp_path, FILES) as ledger:
        found = data(ledger, period="2024-01..2024-03")["quality"]
    meters = {row["meter"]: (row["expected"], row["missing"]) for row in found["meters"]}
    # January, February and March have 91 days; only February was read.
    assert meters == {"M-1": (2184, 1488), "M-2": (2184, 1489), "M-3": (2184, 1488)}
    starts = [gap["start"] for gap in found["gaps"] if gap["meter"] == "M-1"]
    assert starts == ["2024-01-01 00:00", "2024-03-01 00:00"]


def test_every_figure_can_be_found_in_its_run(fresh_ledger: str, tmp_path: Path) -> None:
    with park(fresh_ledger, tmp_path, FILES) as ledger:
        text = page(ledger)
        with ledger.read() as connection:
            rows = connection.execute(sa.select(run.c.kind, run.c.result)).all()
    figures = {kind: read_figures(result) for kind, result in rows}
    keys = set(re.findall(r'title="([a-z]+\.[^ "]+)', text)) | set(
        re.findall(r'<a class="key" href="#[^"]*">([^<]+)</a>', text)
    )
    keys = {key.replace("&gt;", ">") for key in keys if not key.startswith("cn-")}
    assert len(keys) > 100
    for key in keys:
        kind, _, name = key.partition(".")
        if "@" not in kind:
            assert name in figures[kind], key


def test_files_in_any_order_and_split_give_the_same_pages(
    ledger_template: Path, tmp_path: Path
) -> None:
    from carbonledger.ledger.connect import location

    pages = []
    for name, files in (("one", FILES), ("other", SPLIT)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "ledger.db").write_bytes(ledger_template.read_bytes())
        with park(location(str(folder / "ledger.db")), folder, files) as ledger:
            pages.append(page(ledger, lang="zh"))
    heads = [text.split('<section id="provenance"')[0] for text in pages]
    assert heads[0] == heads[1]
    assert pages[0] != pages[1]


def test_a_report_can_be_made_again_as_of_its_batch(fresh_ledger: str, tmp_path: Path) -> None:
    with park(fresh_ledger, tmp_path, FILES) as ledger:
        before = data(ledger)
        at = int(before["provenance"]["as_of_batch"])
        first = page(ledger, as_of=at)
        reverse(ledger, at, "the letter was wrong", "tester", NOW)
        assert page(ledger, as_of=at) == first
        after = data(ledger)
    assert [c["kind"] for c in after["quality"]["corrections"]] == ["correction", "reversal"]
    consumed = [
        next(r for r in found["balance"]["rows"] if r["account"]["code"] == "park/works/line")
        for found in (before, after)
    ]
    assert consumed[0]["consumed"]["value"] - consumed[1]["consumed"]["value"] == 7


def test_asking_twice_stores_nothing_new(fresh_ledger: str, tmp_path: Path) -> None:
    def runs(ledger: Ledger) -> list[tuple[int, str]]:
        with ledger.read() as connection:
            rows = connection.execute(sa.select(run.c.id, run.c.kind).order_by(run.c.id))
            return [(number, kind) for number, kind in rows]

    with park(fresh_ledger, tmp_path, FILES) as ledger:
        first = page(ledger)
        stored = runs(ledger)
        assert page(ledger) == first
        assert runs(ledger) == stored
    assert [kind for _, kind in stored] == [
        "inventory",
        "renewable",
        "intensity",
        "summary",
        "footprint",
    ]


def test_a_ledger_that_may_only_be_read_gives_the_report_without_run_numbers(
    fresh_ledger: str, tmp_path: Path
) -> None:
    with park(fresh_ledger, tmp_path, FILES):
        pass
    with open_ledger(fresh_ledger) as ledger:
        found = data(ledger)
    assert {row["run"] for row in found["provenance"]["runs"]} == {None}
    assert all(len(row["content_hash"]) == 64 for row in found["provenance"]["runs"])


def test_names_of_a_site_file_are_escaped(fresh_ledger: str, tmp_path: Path) -> None:
    with park(fresh_ledger, tmp_path, FILES) as ledger:
        text = page(ledger)
    assert "<b>" not in text
    assert "Works &lt;b&gt;&amp;&lt;/b&gt;" in text


def test_another_method_and_a_part_of_the_park(fresh_ledger: str, tmp_path: Path) -> None:
    with park(fresh_ledger, tmp_path, FILES) as ledger:
        park_rules = data(ledger, method="cn-zero-carbon-park")
        works = data(ledger, boundary="park/works")
    assert park_rules["header"]["tce_basis"] == "equal"
    assert park_rules["emissions"]["gas"] == "CO2"
    assert park_rules["indicators"]["method"]["code"] == park_rules["header"]["method"]["code"]
    # 1,740 kWh bought less 1,000 certified, at the factor that the notice prints
    assert park_rules["emissions"]["total"]["value"] == Decimal(740) * Decimal("0.8325") / 1000
    assert works["header"]["boundary"]["code"] == "park/works"
    assert works["members"] is None
    assert [row["account"]["code"] for row in works["balance"]["rows"]] == [
        "park/works",
        "park/works/line",
    ]


def test_a_period_without_entries_has_a_report_that_says_so(
    fresh_ledger: str, tmp_path: Path
) -> None:
    with park(fresh_ledger, tmp_path, FILES) as ledger:
        found = data(ledger, period="2021")
        text = page(ledger, period="2021", lang="zh")
    assert found["renewable"]["share"]["value"] is None
    assert found["waste"] is None
    assert "无法给出" in text


def test_what_cannot_be_asked_is_refused(fresh_ledger: str, tmp_path: Path) -> None:
    with park(fresh_ledger, tmp_path, FILES) as ledger:
        with pytest.raises(CalculationRefused, match="there is no account 'prk' inside a site"):
            page(ledger, boundary="prk")
        with pytest.raises(CalculationRefused, match="has no rules"):
            page(ledger, method="iso-14067")
        with pytest.raises(ValueError, match="no report in form 'pdf'"):
            park_summary(ledger, None, "2024", lang="en", form="pdf", actor="a", now=NOW)
