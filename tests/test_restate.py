"""Restatements of a ledger: what would change and why, posted beside the old figures."""

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from ledger_case import Case, days, header, number, post
from restate_kit import (
    MARCH,
    NOW,
    WHY,
    added,
    causes,
    everything,
    filled,
    inventory,
    new_edition,
    of,
    preview,
    refusal,
    restate,
)

from carbonledger.errors import CalculationRefused, FactorNotFound, LedgerRefused
from carbonledger.ledger import schema
from carbonledger.ledger.book import posting
from carbonledger.ledger.service import last_batch, reverse
from carbonledger.ledger.trial import trial
from carbonledger.run import restatements, service
from carbonledger.run.restating import Asked
from carbonledger.run.verify import verify

pytestmark = pytest.mark.both_databases


@pytest.fixture
def case(database: str, ledger_template: Path, tmp_path: Path) -> Iterator[Case]:
    """Give a park that took 1,000 kWh from the grid in March 2024 and made 100 kg of methane."""
    with filled(database, ledger_template, tmp_path) as made:
        yield made


def test_nothing_changes_while_nothing_was_posted(case: Case) -> None:
    inventory(case)
    answer = preview(case)
    assert answer["changed"] is answer["significant"] is False
    assert causes(answer) == {}
    # 1,000 kWh × 0.4878 + 100 kg × 27.9
    (row,) = [one for one in answer["totals"] if one["total"] == "location"]
    assert (row["old_t"], row["new_t"], row["percent"]) == (Decimal("3.2778"),) * 2 + (0,)
    assert answer["old"] | {"run": None} == answer["new"]


def test_corrections_posted_since_are_activity(case: Case) -> None:
    inventory(case)
    # 400 kWh more; and the certificate-free market-based figure at 0.6096.
    post(case, *days(case, "M-1", "2024-03-06", ["400"]))
    answer = preview(case)
    assert causes(answer) == {"activity": "0.19512"}
    assert causes(answer, "market") == {"activity": "0.24384"}
    assert [(one["total"], one["percent"], one["significant"]) for one in answer["totals"]] == [
        ("location", Decimal("5.953"), True), ("market", Decimal("7.173"), True),
    ]  # fmt: skip
    assert preview(case, threshold=Decimal(6))["totals"][0]["significant"] is False
    assert [(one["account"], str(one["change_t"])) for one in answer["accounts"]][:2] == [
        ("park", "0.19512"), ("park", "0.24384"),
    ]  # fmt: skip
    assert {one["month"] for one in answer["months"]} == {MARCH}
    assert (answer["old"]["as_of"], answer["new"]["as_of"]) == (26, 27)


def test_a_new_edition_of_a_pack_is_factor_and_can_be_left_out(case: Case, tmp_path: Path) -> None:
    inventory(case)
    new_edition(case, tmp_path)
    answer = preview(case)
    assert causes(answer) == {"factor": "0.0122"}
    assert answer["significant"] is False
    assert causes(preview(case, editions=("cn-grid@2023",))) == {}
    # 0.5626 in the edition of 2022.
    assert causes(preview(case, editions=("cn-grid@2022",))) == {"factor": "0.0748"}


def test_a_later_edition_is_not_stretched_over_an_earlier_year(case: Case, tmp_path: Path) -> None:
    """The method looks for the same year or an earlier one; choosing an edition changes no rule."""
    post(case, *days(case, "M-1", "2023-03-06", ["400"]))
    service.inventory(case.ledger, "park", "2023-03", actor="anna", now=NOW)
    new_edition(case, tmp_path)
    assert causes(preview(case)) == {}
    with pytest.raises(FactorNotFound, match="2023"):
        preview(case, editions=("cn-grid@2024",))


def test_another_gwp_set_is_gwp(case: Case) -> None:
    inventory(case)
    # 100 kg of methane at 28 instead of 27.9.
    answer = preview(case, gwp="AR5")
    assert causes(answer) == causes(answer, "market") == {"gwp": "0.01"}
    assert (answer["old"]["gwp"], answer["new"]["gwp"]) == ("AR6", "AR5")
    assert refusal(CalculationRefused, "gwp", case, gwp="AR9").hint.startswith("known are AR4")
    inventory(case, method="cn-zero-carbon-park")
    refusal(CalculationRefused, "gwp", case, run=2, gwp="AR5")


def test_another_method_is_method(case: Case) -> None:
    inventory(case)
    answer = preview(case, new_method="cn-zero-carbon-park")
    # 1,000 kWh at 0.8325 kg and no methane.
    assert causes(answer) == {"method": "-2.4453"}
    assert answer["new"]["method"].startswith("cn-zero-carbon-park@")


def test_without_a_run_the_old_figures_are_computed_for_it(case: Case) -> None:
    answer = preview(case, None, boundary="park", period=MARCH, gwp="AR5")
    assert causes(answer) == {"gwp": "0.01"}
    assert answer["old"]["run"] is None
    answer = preview(case, None, period=MARCH, new_method="cn-zero-carbon-park")
    assert causes(answer) == {"method": "-2.4453"}
    assert case.scalar("SELECT count(*) FROM run") == 0


def test_all_causes_at_once_add_up(case: Case, tmp_path: Path) -> None:
    inventory(case)
    post(case, *days(case, "M-1", "2024-03-06", ["400"]))
    added(case, "park/depot")
    post(case, of(case, "grid", "park/depot", "electricity", 50_000_000))
    new_edition(case, tmp_path)
    answer = preview(case, gwp="AR5")
    # 50 × 0.4878; 400 × 0.4878; 1,450 × 0.0122; methane.
    assert causes(answer) == {
        "structure": "0.02439", "activity": "0.19512", "factor": "0.01769", "gwp": "0.01",
    }  # fmt: skip


def test_another_region_and_another_boundary_are_structure(case: Case) -> None:
    post(case, of(case, "grid", "park/mill", "electricity", 100_000_000))
    inventory(case, boundary="park/mill")
    assert causes(preview(case, boundary="park")) == {"structure": "3.2778"}
    # Shanghai: 0.5737 in 2023, for 100 kWh.
    added(case, "park/mill", "CN-SH")
    with case.ledger.read() as connection:
        shanghai = connection.exec_driver_sql(
            "SELECT value FROM factor_view WHERE factor = 'cn-grid@2023/CN-SH'"
        ).scalar()
    assert shanghai is not None
    step = (Decimal(str(shanghai)) - Decimal("0.4878")) / 10
    assert {k: Decimal(v) for k, v in causes(preview(case)).items()} == {"structure": step}


def test_a_meter_that_was_moved_is_structure_with_what_was_posted_for_it_since(case: Case) -> None:
    inventory(case, boundary="park/works")
    with case.ledger.transaction() as connection, posting(connection, header("site")) as made:
        made.insert(
            schema.meter_revision, meter_id=number(connection, schema.meter, "M-1"), valid_from=0,
            from_account_id=number(connection, schema.account, "grid"),
            to_account_id=number(connection, schema.account, "park/works"),
            commodity_id=number(connection, schema.commodity, "electricity"),
            unit="kWh", reads="interval", multiplier="1", timezone="Asia/Shanghai",
        )  # fmt: skip
    (entry,) = days(case, "M-1", "2024-03-05", ["1000"])
    with case.ledger.read() as connection:
        entry["to_account_id"] = number(connection, schema.account, "park/works")
    post(case, entry)
    assert causes(preview(case)) == {"structure": "0.4878"}


def test_a_record_that_was_booked_on_a_new_account_instead_was_moved(case: Case) -> None:
    posted = post(case, of(case, "grid", "park/mill", "electricity", 100_000_000))
    inventory(case)
    added(case, "park/depot")
    reverse(case.ledger, posted, "it was the depot", "anna", NOW)
    post(case, of(case, "grid", "park/depot", "electricity", 110_000_000))
    answer = preview(case)
    # 10 kWh more came with it.
    assert causes(answer) == {"structure": "0.004878"}
    assert {
        one["account"]: str(one["by_cause"]["structure"])
        for one in answer["accounts"] if one["total"] == "location" and one["change_t"]
    } == {"park/depot": "0.053658", "park/mill": "-0.04878"}  # fmt: skip


def test_a_restatement_is_posted_beside_the_old_figures_and_both_stay_readable(
    case: Case, tmp_path: Path
) -> None:
    first = inventory(case)
    new_edition(case, tmp_path)
    done = restate(case, gwp="AR5", threshold=Decimal("0.5"))
    assert (done["run_restatement"], done["batch"], done["reason"]) == (1, 29, WHY)
    assert (done["old"]["run"], done["new"]["run"], done["significant"]) == (1, 2, True)
    assert causes(done) == {"factor": "0.0122", "gwp": "0.01"}
    for run, value in ((1, "3.2778"), (2, "3.3")):
        shown = [
            service.explain(case.ledger, f"inventory.{key}", run)["value"]
            for key in ("scope-1", "scope-2-location")
        ]
        assert sum(shown) == Decimal(value)
    assert case.rows("SELECT kind, reason FROM batch_view ORDER BY batch DESC LIMIT 1") == [
        ("closing", WHY)
    ]
    (location_row, market_row) = restatements.listed(case.ledger)
    assert (location_row["total"], market_row["total"]) == ("location", "market")
    told = {name: str(round(Decimal(str(location_row[name])), 6).normalize()) for name in
            ("old_t", "new_t", "change_t", "percent", "factor_t", "gwp_t", "activity_t",
             "threshold_percent")}  # fmt: skip
    assert told == {
        "old_t": "3.2778", "new_t": "3.3", "change_t": "0.0222", "percent": "0.677",
        "factor_t": "0.0122", "gwp_t": "0.01", "activity_t": "0", "threshold_percent": "0.5",
    }  # fmt: skip
    assert restatements.listed(case.ledger, as_of=28) == []
    assert first["run"] == 1
    assert [row[0] for row in case.rows(
        "SELECT SUM(co2e_mg) FROM run_restatement_part_view WHERE scope IN ('1', '2_location')"
    )] == [3_300_000_000]  # fmt: skip
    answer = verify(case.ledger)
    assert (answer["ok"], answer["recomputed"]) == (True, 2)


def test_a_restated_run_is_restated_again_with_what_was_chosen_for_it(case: Case) -> None:
    inventory(case)
    restate(case, gwp="AR5", editions=("cn-grid@2022",))
    post(case, *days(case, "M-1", "2024-03-06", ["400"]))
    answer = preview(case, 2)
    # 400 kWh still at 0.5626.
    assert causes(answer) == {"activity": "0.22504"}
    assert (answer["new"]["editions"], answer["new"]["gwp"]) == (["cn-grid@2022"], "AR5")
    assert causes(preview(case, 2, editions=("cn-grid@2023",)))["factor"] == "-0.10472"
    assert restate(case, 2, "more readings")["run_restatement"] == 2
    assert verify(case.ledger)["problems"] == []


def test_what_is_restated_already_or_stands_is_not_restated(case: Case) -> None:
    inventory(case)
    with pytest.raises(CalculationRefused) as nothing:
        restate(case)
    assert nothing.value.code == "restate-nothing"
    restate(case, gwp="AR5")
    with pytest.raises(CalculationRefused) as again:
        restate(case, gwp="AR5")
    assert again.value.code == "restate-again"
    assert "by run 2 (batch 27)" in again.value.message
    with pytest.raises(CalculationRefused) as silent:
        restate(case, why=" ", gwp="AR4")
    assert silent.value.code == "reason"
    with pytest.raises(CalculationRefused) as stored:
        restatements.post(case.ledger, Asked(period=MARCH, gwp="AR5"), WHY, "anna", NOW)
    assert stored.value.code == "restate-run"
    assert case.scalar("SELECT count(*) FROM run_restatement") == 1


def test_only_runs_of_figures_that_lines_add_up_to_are_restated(case: Case) -> None:
    error = refusal(CalculationRefused, "restate-run", case)
    assert "compute first" in error.hint
    inventory(case)
    assert "the last one is 1" in refusal(CalculationRefused, "restate-run", case, run=7).hint
    service.intensity(case.ledger, "park", MARCH, actor="anna", now=NOW)
    assert "intensity" in refusal(CalculationRefused, "restate-run", case, run=2).message


def test_figures_are_not_restated_backwards(case: Case) -> None:
    inventory(case)
    refusal(CalculationRefused, "restate-order", case, as_of=25)
    error = refusal(CalculationRefused, "pack-unknown", case, editions=("cn-grid@1999",))
    assert "cn-grid@2023" in error.hint


def test_what_is_tried_is_gone_afterwards_whatever_happens(case: Case, tmp_path: Path) -> None:
    inventory(case)
    before = everything(case)
    with trial(case.ledger) as tried:
        on_trial = Case(tried)
        assert post(on_trial, *days(on_trial, "M-1", "2024-03-06", ["400"])) == 27
        new_edition(on_trial, tmp_path)
        # What fails within is taken back alone, and the trial goes on.
        with pytest.raises(LedgerRefused):
            reverse(tried, 999, "no such batch", "anna", NOW)
        with tried.read() as connection:
            assert last_batch(connection) == 29
        assert causes(restatements.preview(tried, Asked(run=1))) == {
            "activity": "0.19512", "factor": "0.01708",
        }  # fmt: skip
        tried.close()
    assert everything(case) == before
    with suppress(KeyError), trial(case.ledger) as tried:
        post(Case(tried), *days(case, "M-1", "2024-03-06", ["400"]))
        raise KeyError
    assert everything(case) == before
    # The next batch gets the number that was tried.
    assert post(case, *days(case, "M-1", "2024-03-06", ["1"])) == 27


def test_a_preview_writes_nothing(case: Case) -> None:
    inventory(case)
    post(case, *days(case, "M-1", "2024-03-06", ["400"]))
    before = everything(case)
    preview(case, gwp="AR5", new_method="ghg-protocol", editions=("cn-grid@2022",))
    assert everything(case) == before
