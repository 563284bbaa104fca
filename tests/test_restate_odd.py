"""Restatements of footprints, of runs of other versions, and of those that somebody altered."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from ledger_case import Case, days, header, post
from restate_kit import (
    MARCH,
    NOW,
    PACK,
    causes,
    filled,
    inventory,
    of,
    preview,
    published,
    refusal,
    restate,
)

from carbonledger.errors import CalculationRefused
from carbonledger.ledger import schema
from carbonledger.ledger.book import posting
from carbonledger.ledger.trial import trial
from carbonledger.run import restatements, service
from carbonledger.run.question import Question, gather
from carbonledger.run.restating import Asked
from carbonledger.run.store import save
from carbonledger.run.verify import verify

pytestmark = pytest.mark.both_databases


@pytest.fixture
def case(database: str, ledger_template: Path, tmp_path: Path) -> Iterator[Case]:
    """Give a park that took 1,000 kWh from the grid in March 2024 and made 100 kg of methane."""
    with filled(database, ledger_template, tmp_path) as made:
        yield made


def test_footprints_of_the_same_period_are_compared_by_product(case: Case) -> None:
    made = of(case, "park", "customer", "solid_waste", 0)
    with case.ledger.transaction() as connection, posting(connection, header("site")) as posted:
        tyre = posted.insert(schema.commodity, code="tyre", kind="product", unit="piece")
        posted.insert(schema.commodity_revision, commodity_id=tyre, mass_kg="10")
    post(case, made | {"commodity_id": tyre, "quantity": 4_000_000, "quality": "actual"})
    first = service.footprint(case.ledger, "park", MARCH, actor="anna", now=NOW)
    inventory(case)
    post(case, *days(case, "M-1", "2024-03-06", ["400"]))
    answer = preview(case, 2)
    assert answer["product_run"] == first["run"] == 1
    (row,) = [one for one in answer["products"] if one["product"] == "tyre"]
    # 400 kWh at 0.5777 over four tyres.
    assert str(row["change_t"]) == str(row["by_cause"]["activity"]) == "0.23108"
    assert row["new_kg_per_unit"] - row["old_kg_per_unit"] == Decimal("57.77")
    assert (row["account"], row["unit"], row["old_quantity"]) == ("park", "piece", 4)
    # The footprints themselves, restated.
    of_products = preview(case, 1)
    assert causes(of_products, "product") == {"activity": "0.23108"}
    assert of_products["months"] == []
    done = restate(case, 1)
    assert done["new"]["run"] == 3
    assert verify(case.ledger)["problems"] == []
    assert [row["total"] for row in restatements.listed(case.ledger)] == ["product"]


def test_footprints_that_cannot_be_compared_are_a_remark(case: Case, tmp_path: Path) -> None:
    service.footprint(case.ledger, "park", MARCH, actor="anna", now=NOW)
    inventory(case)
    folder = tmp_path / "f"
    folder.mkdir()
    text = PACK.replace('"cn-grid"', '"cn-electricity-footprint"').replace('"2024"', '"x"')
    (folder / "pack.toml").write_text(text, "utf-8")
    # It has no average of the grid.
    (folder / "factors.csv").write_text(
        "code,activity,region,data_year,purpose,gas,value,unit,technology,page,confidence\n"
        "coal,electricity,CN,2024,product,co2e,1,kgCO2e/kWh,coal,1,one_source\n"
    )
    with trial(case.ledger) as tried:
        published(tried, folder)
        asked = Asked(run=2, editions=("cn-electricity-footprint@x",))
        answer = restatements.preview(tried, asked)
    assert answer["products"] == []
    assert "footprints of run 1 cannot be compared: no factor" in answer["warnings"][0]
    assert "无法比较" in answer["warnings_zh"][0]


def test_what_another_version_of_the_program_computed_is_a_cause_of_its_own(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    with case.ledger.read() as connection:
        material = gather(connection, Question("park", MARCH, "ghg-protocol"))
    result = service.inventory_result(material)
    off = result.lines[0]._replace(co2e_mg=result.lines[0].co2e_mg - 7)
    monkeypatch.setattr("carbonledger.run.store.__version__", "0.0.1")
    save(case.ledger, material, replace(result, lines=(off, *result.lines[1:])), "anna", NOW)
    monkeypatch.undo()
    answer = preview(case, gwp="AR5")
    assert causes(answer) == {"program": "7E-9", "gwp": "0.01"}
    restate(case, gwp="AR5")
    assert verify(case.ledger)["problems"] == []


def test_a_run_that_this_version_computes_otherwise_is_not_compared(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own: somebody altered it. Footprints of another version: there is no telling apart."""
    from dataclasses import replace

    with case.ledger.read() as connection:
        material = gather(connection, Question("park", MARCH, "ghg-protocol"))
        products = gather(connection, Question("park", MARCH, "iso-14067"))
    result = service.inventory_result(material)
    off = result.lines[0]._replace(co2e_mg=1)
    save(case.ledger, material, replace(result, lines=(off, *result.lines[1:])), "anna", NOW)
    assert "verify" in refusal(CalculationRefused, "restate-differs", case).hint
    made = service.footprint_result(products)
    wrong = replace(made, figures=(replace(made.figures[0], value=Decimal(1)), *made.figures[1:]))
    monkeypatch.setattr("carbonledger.run.store.__version__", "0.0.1")
    save(case.ledger, products, wrong, "anna", NOW)
    assert "0.0.1" in refusal(CalculationRefused, "restate-differs", case, run=2).hint


def tampered(case: Case, statement: str, table: str) -> list[str]:
    """Change a row behind the back of the triggers, and verify."""
    sqlite = case.ledger.is_file
    with case.ledger.engine.begin() as connection:
        run = connection.exec_driver_sql
        if sqlite:
            kept = run(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?",
                (table,),
            ).all()
            for name, _ in kept:
                run(f"DROP TRIGGER {name}")
            run(statement)
            for _, sql in kept:
                run(sql)
        else:
            run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            run(statement)
            run(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
    return [f"{one['what']}: {one['detail']}" for one in verify(case.ledger)["problems"]]


def test_a_restatement_that_was_altered_is_named(case: Case) -> None:
    inventory(case)
    restate(case, gwp="AR5")
    found = tampered(
        case, "UPDATE run_restatement_part SET co2e_mg = co2e_mg - 1 WHERE cause = 'gwp'",
        "run_restatement_part",
    )  # fmt: skip
    assert found[0].startswith("content: the rows of batch 27 are not those that were posted")
    assert "restatement: restatement 1 comes out differently when computed again" in found
    found = tampered(
        case, "UPDATE run_restatement SET old_hash = new_hash", "run_restatement"
    )  # fmt: skip
    assert "restatement: restatement 1 was posted for other figures than its runs hold" in found
