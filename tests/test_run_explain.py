"""The tree behind a figure: from every key down to entries, their file and their lines."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from demo_case import KINDS
from ledger_case import NOW, Case, days, park, post, record

from carbonledger.calc.model import EmissionLine, Figure
from carbonledger.errors import CalculationRefused
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.ledger.schema import emission_line, run
from carbonledger.run import explain as module
from carbonledger.run.explain import explain
from carbonledger.run.flows import flow_parts
from carbonledger.run.question import Material, Question, gather
from carbonledger.run.store import Result, read_figures, save
from carbonledger.units import from_micro

Node = dict[str, Any]


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node["children"]:
        yield from walk(child)


@cache
def lines(url: str) -> dict[tuple[int, int], Any]:
    with open_ledger(url) as ledger, ledger.read() as connection:
        found = connection.execute(sa.select(emission_line)).all()
    return {(row.run_id, row.line): row for row in found}


def keys(ledger: Ledger, kind: str) -> tuple[int, list[str]]:
    with ledger.read() as connection:
        number, result = connection.execute(
            sa.select(run.c.id, run.c.result).where(run.c.kind == kind)
        ).one()
    return number, list(read_figures(result))


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_of_the_demo_walks_down_to_files_and_lines(
    kind: str, demo_ledger: str
) -> None:
    with open_ledger(demo_ledger) as ledger:
        number, known = keys(ledger, kind)
        assert known
        reached = set()
        # Comparisons are as many again, of the same flows.
        known = [key for key in known if not key.startswith("comparison:")]
        for key in known:
            tree = explain(ledger, f"{kind}.{key}")
            assert (tree["run"], tree["run_kind"], tree["key"]) == (number, kind, key)
            for node in walk(tree):
                assert "omitted" not in node, f"{key}: the demo's trees are shown whole"
                if node["key"].startswith("flow:generating_plant:"):
                    assert node["value"] == sum(child["value"] for child in node["children"])
                elif node["key"].startswith("flow:"):
                    check_flow(node)
                    reached.add(key)
                if node["key"].startswith("line:"):
                    check_line(demo_ledger, number, node)
        assert len(reached) >= len(known) * 2 // 3, "most figures rest on entries"


def check_flow(node: Node) -> None:
    """The entries add up to the flow, and each names the file and the lines that say so."""
    entries = node["entries"]
    assert entries, node["key"]
    assert node["entry_count"] == len(entries)
    assert sum((e["quantity"] for e in entries), Decimal(0)) == node["value"]
    for entry in entries:
        assert entry["document"]
        assert 1 < entry["line_first"] <= entry["line_last"]
        if entry["quantity"] == entry["whole"]:
            assert str(entry["local_day"])[:6] == node["key"][-7:].replace("-", "")
        assert entry["kind"] in ("reading", "record") or entry["reason"] or entry["note"]


def check_line(url: str, number: int, node: Node) -> None:
    row = lines(url)[number, int(node["key"].removeprefix("line:"))]
    assert node["value"] == from_micro(row.co2e_mg)
    assert str(from_micro(row.activity)) in node["formula"]
    if row.factor_value is not None:
        assert row.factor_value in node["formula"]
    factor = node["factor"]
    if factor is not None and "publisher" in factor:
        assert factor["publisher"]
        assert factor["title"]
        assert factor["document"]
        assert format(factor["value"], "f") == row.factor_value


def test_the_flows_under_a_line_are_its_activity(demo_ledger: str) -> None:
    """Where a line is burnt fuel, its activity is the sum of the entries below it."""
    with open_ledger(demo_ledger) as ledger:
        tree = explain(ledger, "inventory.scope-1")
        burnt = [node for node in walk(tree) if node["key"].startswith("line:")]
        assert len(burnt) > 30
        for node in burnt:
            activity = Decimal(node["formula"].split(" ")[0])
            assert sum(child["value"] for child in node["children"]) == activity
        assert sum(node["value"] for node in burnt) / 1000 == tree["value"]


def test_a_correction_is_seen_below_the_figure_it_changed(demo_ledger: str) -> None:
    key = "flow:electricity:park>park/tyre-works/mixing:2024-03"
    with open_ledger(demo_ledger) as ledger:
        node = explain(ledger, key)
    adjusted = [entry for entry in node["entries"] if entry["kind"] == "adjustment"]
    assert [(e["local_day"], e["document"]) for e in adjusted] == [
        (20240312, "M-003-2024-03-12-13.csv"),
        (20240313, "M-003-2024-03-12-13.csv"),
    ]
    assert {entry["reason"] for entry in adjusted} == {
        "meter M-003 was read with half its transformer ratio on 12-13 March 2024"
    }
    assert node["value"] == Decimal("1640924.5")


def test_a_line_is_named_by_its_number_alone(demo_ledger: str) -> None:
    with open_ledger(demo_ledger) as ledger:
        first = explain(ledger, "1", 1)
        assert first == explain(ledger, "line:1", 1) == explain(ledger, "inventory.line:1")
        assert first["key"] == "line:1"
        latest = explain(ledger, "1")
        assert latest["run_kind"] == "intensity", "the latest run that has lines"


def test_of_several_runs_the_latest_that_has_the_figure_answers(demo_ledger: str) -> None:
    with open_ledger(demo_ledger) as ledger:
        assert explain(ledger, "scope-1")["run_kind"] == "intensity"
        assert explain(ledger, "inventory.scope-1")["run_kind"] == "inventory"
        assert explain(ledger, "scope-1", 2)["run_kind"] == "renewable"


@pytest.mark.parametrize(
    ("key", "number", "message", "hint"),
    [
        ("scope1", None, "no run has a figure 'scope1'", "did you mean scope-1"),
        ("inventory.share", None, "no run has a figure 'share'", "known are"),
        ("scope-1", 99, "run 99 has no figure 'scope-1'", "compute first"),
        ("line:0", None, "no run has a figure 'line:0'", "known are"),
        ("line:abc", None, "no run has a figure 'line:abc'", "known are"),
        ("99999999999999999999", None, "no run has a figure", "known are"),
        ("", None, "no run has a figure ''", "known are"),
        ('%"key":"scope-1"%', None, "no run has a figure", ""),
        ("SCOPE-1", None, "no run has a figure 'SCOPE-1'", ""),
        ("'; DROP TABLE run; --", None, "no run has a figure", "known are"),
    ],
)
def test_an_unknown_figure_is_refused_with_what_is_near(
    key: str, number: int | None, message: str, hint: str, demo_ledger: str
) -> None:
    with open_ledger(demo_ledger) as ledger:
        with pytest.raises(CalculationRefused) as refused:
            explain(ledger, key, number)
        assert refused.value.code == "figure"
        assert message in refused.value.message
        assert hint in refused.value.hint


def test_without_a_run_it_says_what_to_do_first(fresh_ledger: str) -> None:
    with open_ledger(fresh_ledger) as ledger:
        with pytest.raises(CalculationRefused) as refused:
            explain(ledger, "scope-1")
        assert "carbonledger inventory --period" in refused.value.hint


def test_a_flow_needs_no_run(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-30", ["1"], ["2"], ["4"]), name="m.csv")
        node = explain(case.ledger, "flow:electricity:grid>park:2024-03")
        assert (node["run"], node["value"], node["unit"]) == (None, Decimal(3), "kWh")
        assert [e["local_day"] for e in node["entries"]] == [20240330, 20240331]


def test_an_entry_over_two_months_shows_its_part_and_its_whole(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        with case.ledger.read() as connection:
            bill = record(connection, "grid", "park", "electricity", "2024-01-15", "2024-02-15",
                          31_000_000)  # fmt: skip
        post(case, bill, name="bill.csv")
        for month, part in (("2024-01", 17), ("2024-02", 14)):
            node = explain(case.ledger, f"flow:electricity:grid>park:{month}")
            assert node["value"] == part
            assert [(e["quantity"], e["whole"]) for e in node["entries"]] == [(part, 31)]
        empty = explain(case.ledger, "flow:electricity:grid>park:2024-03")
        assert (empty["value"], empty["entries"]) == (None, [])


@pytest.mark.parametrize(
    "key", ["flow:gold:grid>park:2024-03", "flow:electricity:moon>park:2024-03"]
)
def test_a_flow_of_what_is_not_declared_says_so(key: str, fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        node = explain(case.ledger, key)
        assert (node["reason"], node["entries"]) == ("no such accounts or commodity", [])


@pytest.mark.parametrize("key", ["flow", "flow:a:b:2024-03", "flow:a>b", "x:a:b>c:2024-03"])
def test_what_is_no_flow_is_not_taken_for_one(key: str) -> None:
    assert flow_parts(key) is None


def stored(case: Case, *figures: Figure, lines: tuple[EmissionLine, ...] = ()) -> Material:
    with case.ledger.read() as connection:
        material = gather(connection, Question("", "2024", "ghg-protocol"))
    assert save(case.ledger, material, Result("inventory", figures, lines), "tester", NOW)
    return material


def figure(key: str, *inputs: str) -> Figure:
    return Figure(key, Decimal(1), "t", "Σ", inputs)


def test_a_large_tree_is_cut_level_by_level(
    fresh_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nearest levels first; what was left out is counted, and its key can be asked for."""
    monkeypatch.setattr(module, "MOST_NODES", 7)
    with park(fresh_ledger) as case:
        stored(
            case,
            figure("top", "a", "b"),
            *(figure(name, *(f"{name}{n}" for n in range(4))) for name in "ab"),
            *(figure(f"{name}{n}") for name in "ab" for n in range(4)),
        )
        tree = explain(case.ledger, "top")
        assert [child["key"] for child in tree["children"]] == ["a", "b"]
        left, right = tree["children"]
        assert [len(left["children"]), len(right["children"])] == [4, 1]
        assert "omitted" not in left
        assert right["omitted"] == 3
        assert len(explain(case.ledger, "b")["children"]) == 4


def test_a_figure_that_names_itself_ends(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        stored(case, figure("a", "b"), figure("b", "a"))
        tree = explain(case.ledger, "a")
        assert [node["key"] for node in walk(tree)] == ["a", "b", "a"]


def test_a_figure_without_a_value_says_why(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        stored(case, Figure("share", None, "", "renewable / electricity", (), "no electricity"))
        node = explain(case.ledger, "share")
        assert (node["value"], node["reason"]) == (None, "no electricity")
