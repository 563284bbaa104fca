"""How good the data are, and what figures rest on: meters, gaps, corrections, batches, the log."""

from typing import Any

import pytest
import sqlalchemy as sa
from demo_case import NOW, batch_of, rows
from ledger_case import Case, day_entry, days, header, instant, park, post, record

from carbonledger.ledger.book import posting
from carbonledger.ledger.canon import root
from carbonledger.ledger.connect import open_ledger
from carbonledger.ledger.schema import meter_event, run
from carbonledger.ledger.service import log, reverse
from carbonledger.run.explain import explain_each
from carbonledger.run.quality import (
    CorrectionFacts,
    Hole,
    MeterFacts,
    corrections,
    estimates,
    meter_facts,
)
from carbonledger.run.question import Material, Question, gather
from carbonledger.run.rests_on import batches, log_root, pack_facts
from carbonledger.run.store import read_figures, save
from carbonledger.run.summary import answers, results
from carbonledger.run.verify import verify

FULL = ["1", "1", "1", "1"]
KWH = 1_000_000


def material(connection: sa.Connection, period: str = "2024-03", **more: Any) -> Material:
    return gather(connection, Question("", period, "ghg-protocol", **more))


def facts(case: Case, meter: str = "M-1", period: str = "2024-03") -> MeterFacts:
    with case.ledger.read() as connection:
        [found] = [
            one
            for one in meter_facts(connection, material(connection, period))
            if one.meter == meter
        ]
    return found


def changes(case: Case, period: str = "2024-03", as_of: int | None = None) -> list[CorrectionFacts]:
    with case.ledger.read() as connection:
        return list(corrections(connection, material(connection, period, as_of=as_of)))


def test_a_meter_tells_its_sum_and_what_is_missing_in_the_period(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-02-29", *[FULL] * 5))
        post(case, *days(case, "M-1", "2024-03-06", ["1", None, "1", "1"], *[FULL] * 25))
        found = facts(case)
        assert (found.source, found.target, found.commodity) == ("grid", "park", "electricity")
        assert (found.quantity, found.due, found.missing) == (119 * KWH, 124, 5)
        assert found.holes == (
            Hole("2024-03-05 00:00", "2024-03-06 00:00", 4),
            Hole("2024-03-06 06:00", "2024-03-06 12:00", 1),
        )


def test_what_lies_before_the_first_and_after_the_last_value_is_missing_too(
    fresh_ledger: str,
) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-02", *[FULL] * 29))
        found = facts(case)
        assert found.holes == (
            Hole("2024-03-01 00:00", "2024-03-02 00:00", 4),
            Hole("2024-03-31 00:00", "2024-04-01 00:00", 4),
        )


def test_a_meter_that_never_said_anything_has_nothing_due(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        found = facts(case, "S-1")
        assert (found.quantity, found.due, found.missing, found.holes) == (0, 0, 0, ())


def test_what_reaches_beyond_the_period_is_shared_by_time(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-02-29", ["8"], interval=4 * 86_400))
        assert facts(case).quantity == 6 * KWH
        assert facts(case, period="2024-02").quantity == 2 * KWH


def test_events_of_the_period_are_told(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        with case.ledger.transaction() as connection, posting(connection, header("event")) as made:
            for at in ("2024-02-29 23:00", "2024-03-01 00:00", "2024-04-01 00:00"):
                made.insert(meter_event, meter_id=1, at_utc=instant(at), kind="calibration")
        assert [(day, event.kind) for day, event in facts(case).events] == [
            ("2024-03-01", "calibration")
        ]


def test_estimates_are_counted_and_listed(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", FULL))
        with case.ledger.read() as connection:
            row = day_entry(connection, "M-1", "2024-03-02", ["2", "2"], kind="estimate")
        post(case, row | {"note": "as the week before"}, head=header("estimate", "gap"))
        assert facts(case).estimated == 2
        with case.ledger.read() as connection:
            [found] = estimates(connection, material(connection))
        assert (found.meter, found.start, found.end, found.intervals, found.quantity) == (
            "M-1", "2024-03-02 00:00", "2024-03-02 12:00", 2, 4 * KWH,
        )  # fmt: skip
        assert found.method == "as the week before"


def test_an_estimate_that_was_taken_back_is_neither_counted_nor_listed(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", FULL))
        with case.ledger.read() as connection:
            row = day_entry(connection, "M-1", "2024-03-02", ["2", None, "2"], kind="estimate")
        number = post(case, row, head=header("estimate", "gap"))
        assert facts(case).estimated == 2
        reverse(case.ledger, number, "the values came", "tester", NOW)
        assert facts(case).estimated == 0
        with case.ledger.read() as connection:
            assert estimates(connection, material(connection)) == ()


def test_a_correction_tells_before_and_change(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", FULL, FULL, FULL))
        with case.ledger.read() as connection:
            rows_of = [
                day_entry(connection, "M-1", day, ["0.5"], kind="adjustment", corrects=number)
                for number, day in ((1, "2024-03-01"), (2, "2024-03-02"))
            ]
        number = post(case, *rows_of, head=header("correction", "half the ratio"))
        assert changes(case) == [
            CorrectionFacts(
                batch=number, kind="correction", meter="M-1", source="grid", target="park",
                commodity="electricity", unit="kWh", first_day="2024-03-01",
                last_day="2024-03-02", before=8 * KWH, change=1 * KWH, reason="half the ratio",
            )
        ]  # fmt: skip
        assert changes(case, as_of=number - 1) == []
        assert changes(case, "2024-04") == []


def test_a_reversal_is_a_change_too_and_records_have_no_meter(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        with case.ledger.read() as connection:
            bill = record(connection, "grid", "park", "electricity", "2024-03-01", "2024-03-31",
                          5 * KWH)  # fmt: skip
        first = post(case, bill)
        reverse(case.ledger, first, "wrong year", "tester", NOW)
        [found] = changes(case)
        assert (found.kind, found.meter, found.before, found.change) == (
            "reversal", "", 5 * KWH, -5 * KWH,
        )  # fmt: skip
        assert found.reason == "wrong year"


def test_figures_rest_on_the_batches_of_their_period(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        march = post(case, *days(case, "M-1", "2024-03-01", FULL), name="march.csv")
        april = post(case, *days(case, "M-1", "2024-04-01", FULL), name="april.csv")
        bill = post(case, *days(case, "M-1", "2024-03-31", ["1"], interval=2 * 86_400))
        with case.ledger.read() as connection:
            found = batches(connection, material(connection))
        assert [one.batch for one in found] == [march, bill]
        assert (found[0].document, found[0].kind, found[0].entries) == ("march.csv", "import", 1)
        assert april not in [one.batch for one in found]


def test_the_root_at_a_batch_is_that_of_the_leaves_up_to_it(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", FULL))
        leaves = [row["leaf_hash"] for row in log(case.ledger)]
        with case.ledger.read() as connection:
            for size in range(len(leaves) + 1):
                assert log_root(connection, size) == (size, root(leaves[:size]))


def test_packs_say_where_they_are_printed(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case, case.ledger.read() as connection:
        keys = list(material(connection).packs)
        found = pack_facts(connection, keys)
        assert set(found) == set(keys) != set()
        assert all(one.publisher and one.title and one.document for one in found.values())
        assert pack_facts(connection, ["none@1"]) == {}


def test_the_demo_names_its_gaps_and_its_correction(demo_ledger: str) -> None:
    with open_ledger(demo_ledger) as ledger, ledger.read() as connection:
        found = material(connection, "2024")
        meters = {one.meter: one for one in meter_facts(connection, found)}
        assert meters["M-006"].holes == (Hole("2024-08-14 00:00", "2024-08-15 00:00", 96),)
        assert {code: one.missing for code, one in meters.items() if one.missing} == {
            "M-004": 4, "M-006": 96, "M-008": 3,
        }  # fmt: skip
        [correction] = corrections(connection, found)
    assert (correction.meter, correction.first_day, correction.last_day) == (
        "M-003", "2024-03-12", "2024-03-13",
    )  # fmt: skip
    assert correction.change == 54_737_800_000
    assert correction.batch == batch_of(demo_ledger, "M-003-2024-03-12-13.csv")


@pytest.fixture
def summary(demo_ledger: str) -> str:
    """Give the demo's ledger with the runs of its summary stored."""
    with open_ledger(demo_ledger, write=True) as ledger:
        with ledger.read() as connection:
            found = answers(connection, Question("", "2024", ""))
        for where, result in results(found):
            assert save(ledger, where, result, "tester", NOW) is not None
    return demo_ledger


def test_a_summary_is_stored_verified_and_the_same_again(summary: str) -> None:
    with open_ledger(summary, write=True) as ledger:
        answer = verify(ledger)
        assert (answer["problems"], answer["recomputed"]) == ([], answer["runs"])
        kinds = [kind for (kind,) in rows(summary, "SELECT kind FROM run_view")]
        assert "summary" in kinds
        with ledger.read() as connection:
            found = answers(connection, Question("", "2024", ""))
        for where, result in results(found):
            save(ledger, where, result, "somebody else", "2030-01-01")
        assert rows(summary, "SELECT count(*) FROM run_view") == [(len(kinds),)]


def test_every_figure_of_a_summary_has_a_tree(summary: str) -> None:
    with open_ledger(summary) as ledger:
        with ledger.read() as connection:
            number, result = connection.execute(
                sa.select(run.c.id, run.c.result).where(run.c.kind == "summary")
            ).one()
        known = read_figures(result)
        assert len(known) > 100
        nodes = explain_each(ledger, (f"summary.{key}" for key in known))
        for figure, node in zip(known.values(), nodes, strict=True):
            assert (node["run"], node["value"], node["unit"]) == (number, figure.value, figure.unit)
            named = [child["key"] for child in node["children"]]
            assert named == list(figure.inputs)
