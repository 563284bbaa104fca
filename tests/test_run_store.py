"""Runs: the same question is the same run, an old one keeps its old answer, all is verified."""

import json
import shutil
import sqlite3
import stat
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from demo_case import KINDS, NOW, PERIOD, answers, batch_of, rows
from ledger_case import days, park, post
from ledger_case import header as head

from carbonledger.calc.model import EmissionLine, Figure
from carbonledger.errors import CalculationRefused, LedgerRefused
from carbonledger.ledger.connect import Ledger, location, open_ledger
from carbonledger.ledger.schema import run
from carbonledger.ledger.service import reverse
from carbonledger.run import service
from carbonledger.run.question import Question, gather
from carbonledger.run.store import Result, read_figures, save
from carbonledger.run.verify import verify


def ask(url: str, kind: str, **more: Any) -> dict[str, Any]:
    with open_ledger(url, write=True) as ledger:
        return ask_in(ledger, kind, **more)


def ask_in(ledger: Ledger, kind: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(service, kind)(
        ledger, None, PERIOD, actor="auditor", now="2026-01-01T00:00:00Z", **more
    )
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_question_is_the_same_run(kind: str, demo_ledger: str) -> None:
    before = rows(demo_ledger, "SELECT * FROM run_view ORDER BY run")
    first, second = ask(demo_ledger, kind), ask(demo_ledger, kind)
    assert first == second
    assert rows(demo_ledger, "SELECT * FROM run_view ORDER BY run") == before
    [(actor, at)] = rows(
        demo_ledger, f"SELECT actor, computed_at FROM run_view WHERE run = {first['run']}"
    )
    assert (actor, at) == ("tester", NOW), "who asked first, and when"


def test_another_question_is_another_run(demo_ledger: str) -> None:
    with open_ledger(demo_ledger, write=True) as ledger:
        numbers = [
            service.inventory(ledger, boundary, period, method, actor="a", now=NOW)["run"]
            for boundary, period, method in (
                (None, "2024", None), ("park", "2024", "ghg-protocol"),
                ("park/tyre-works", "2024", None), ("park", "2024-03", None),
                ("park", "2024-Q1", None), ("park", "2024", "cn-zero-carbon-park"),
            )
        ]  # fmt: skip
    assert numbers[0] == numbers[1]
    assert len(set(numbers[1:])) == 5


def test_what_is_stored_is_what_was_answered(demo_ledger: str) -> None:
    found = ask(demo_ledger, "inventory")
    lines = rows(
        demo_ledger,
        "SELECT line, account, scope, category, commodity, month, gas, activity_micro, factor, "
        f"co2e_mg, basis FROM emission_line WHERE run = {found['run']} ORDER BY line",
    )
    assert len(lines) == len(found["lines"]) > 100
    names = ("line", "account", "scope", "category", "commodity", "month", "gas", "factor", "basis")
    for row, line in zip(lines, found["lines"], strict=True):
        kept = (*row[:7], row[8], row[10])
        answered = {"line": row[0], **line}
        assert kept == tuple(answered[name] for name in names)
        assert Decimal(row[7]) / 10**6 == Decimal(line["activity"])
        assert Decimal(row[9]) / 10**6 == Decimal(line["co2e_kg"])
    by_scope = dict(
        rows(
            demo_ledger,
            f"SELECT scope, sum(co2e_mg) FROM emission_line WHERE run = {found['run']} GROUP BY 1",
        )
    )
    for scope in ("1", "2_location", "2_market"):
        assert Decimal(by_scope[scope]) / 10**9 == found["scopes"][scope]


def test_indicators_are_stored_as_answered(demo_ledger: str) -> None:
    found = ask(demo_ledger, "intensity")
    kept = rows(
        demo_ledger,
        "SELECT code, name, name_zh, unit, target, status, reason FROM indicator "
        f"WHERE run = {found['run']} ORDER BY code",
    )
    answered = sorted(
        tuple(
            one[name] for name in ("code", "name", "name_zh", "unit", "target", "status", "reason")
        )
        for one in found["indicators"]
    )
    assert kept == answered
    values = rows(demo_ledger, "SELECT code, value FROM indicator_row")
    assert {code: None if v is None else Decimal(v) for code, v in values} == {
        one["code"]: one["value"] for one in found["indicators"]
    }


def test_figures_are_stored_digit_for_digit(demo_ledger: str) -> None:
    for kind, name, key in (
        ("inventory", ("scopes", "1"), "scope-1"),
        ("renewable", ("share",), "share"),
        ("footprint", ("reconciliation", "residual_kg"), "residual"),
        ("intensity", ("energy_tce", "equal"), "tce-equal"),
    ):
        found = ask(demo_ledger, kind)
        [(result,)] = rows(demo_ledger, f"SELECT result FROM run WHERE id = {found['run']}")
        value: Any = found
        for part in name:
            value = value[part]
        assert read_figures(result)[key].value == value, key


def test_an_answer_as_of_an_earlier_batch_stays_what_it_was(demo_ledger: str) -> None:
    """The correction of March was the last batch; before it, the figures were others."""
    now = ask(demo_ledger, "inventory")
    before = ask(demo_ledger, "inventory", as_of=now["as_of"] - 1)
    assert before["as_of"] == now["as_of"] - 1
    # Sub-meters of the park: what it bought as a whole did not change, its lines did not either.
    assert before["scopes"] == now["scopes"]
    changed = [
        service_answer(demo_ledger, "park/tyre-works", as_of)["scopes"]["2_location"]
        for as_of in (now["as_of"] - 1, now["as_of"], None)
    ]
    assert changed[0] < changed[1] == changed[2]


def service_answer(url: str, boundary: str, as_of: int | None) -> dict[str, Any]:
    with open_ledger(url, write=True) as ledger:
        return service.inventory(ledger, boundary, PERIOD, as_of=as_of, actor="a", now=NOW)


def test_old_figures_can_be_made_again_after_a_reversal(demo_ledger: str) -> None:
    old = ask(demo_ledger, "inventory")
    [(base,)] = rows(
        demo_ledger,
        "SELECT DISTINCT o.batch FROM entry_view AS c JOIN entry_view AS o ON o.entry = c.corrects "
        "WHERE c.kind = 'adjustment'",
    )
    with open_ledger(demo_ledger, write=True) as ledger:
        with pytest.raises(LedgerRefused, match=f"rests on batch {base}"):
            reverse(ledger, base, "the correction stands on it", "a", NOW)
        reverse(ledger, batch_of(demo_ledger, "waste.csv"), "wrong year", "a", NOW)
    new = ask(demo_ledger, "intensity")
    assert new["as_of"] == old["as_of"] + 1
    assert ask(demo_ledger, "inventory", as_of=old["as_of"]) == old
    with open_ledger(demo_ledger) as ledger:
        assert verify(ledger)["problems"] == []


def last_of(url: str) -> int:
    [(found,)] = rows(url, "SELECT max(batch) FROM batch_view")
    return int(found)


@pytest.mark.parametrize("as_of", [0, -1, 10_000])
def test_a_batch_that_is_not_there_is_refused(as_of: int, demo_ledger: str) -> None:
    said = f"there is no batch {as_of}; the last one is {last_of(demo_ledger)}"
    with pytest.raises(CalculationRefused, match=said):
        ask(demo_ledger, "inventory", as_of=as_of)


def test_a_question_to_a_ledger_without_a_site_says_what_to_do(fresh_ledger: str) -> None:
    with pytest.raises(CalculationRefused) as refused:
        ask(fresh_ledger, "inventory")
    assert (refused.value.code, "site apply" in refused.value.hint) == ("boundary", True)


@pytest.mark.parametrize(
    ("boundary", "hint"), [("park/tyre-work", "park/tyre-works"), ("grid", "park"), ("x", "park")]
)
def test_an_unknown_boundary_names_the_nearest(boundary: str, hint: str, demo_ledger: str) -> None:
    with open_ledger(demo_ledger) as ledger:
        with pytest.raises(CalculationRefused) as refused:
            service.inventory(ledger, boundary, PERIOD, actor="a", now=NOW)
        assert (refused.value.code, hint in refused.value.hint) == ("boundary", True)


def test_an_unknown_method_names_those_there_are(demo_ledger: str) -> None:
    with pytest.raises(CalculationRefused) as refused:
        ask(demo_ledger, "inventory", method="ghg-protocoll")
    assert refused.value.code == "method"
    assert "ghg-protocol@" in refused.value.hint


def test_an_unknown_product_names_those_there_are(demo_ledger: str) -> None:
    with pytest.raises(CalculationRefused) as refused:
        ask(demo_ledger, "footprint", product="tyre-206")
    assert (refused.value.code, "tyre-205" in refused.value.hint) == ("product", True)


def test_one_product_is_picked_from_the_answer_not_from_the_run(demo_ledger: str) -> None:
    one, every = ask(demo_ledger, "footprint", product="tyre-205"), ask(demo_ledger, "footprint")
    assert one["run"] == every["run"]
    assert [row["commodity"] for row in one["products"]] == ["tyre-205"]
    assert one["products"][0] in every["products"]


def test_an_unknown_benchmark_is_refused(demo_ledger: str) -> None:
    with pytest.raises(CalculationRefused) as refused:
        ask(demo_ledger, "intensity", against="the moon")
    assert (refused.value.code, "site.toml" in refused.value.hint) == ("benchmark", True)


def test_a_ledger_that_may_only_be_read_answers_without_storing(demo_ledger: str) -> None:
    stored = ask(demo_ledger, "inventory")["run"]
    with open_ledger(demo_ledger) as ledger:
        assert ask_in(ledger, "inventory")["run"] == stored, "known already"
        fresh = service.inventory(ledger, "park/rubber-works", PERIOD, actor="a", now=NOW)
        assert fresh["run"] is None
        assert fresh["scopes"]["1"] > 0
        assert ask_in(ledger, "renewable")["share"] > 0
    assert rows(demo_ledger, "SELECT count(*) FROM run_view") == [(4,)]


def test_two_who_ask_at_once_share_a_run(
    fresh_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one stores it between our look and our writing."""
    with park(fresh_ledger) as case:
        with case.ledger.read() as connection:
            material = gather(connection, Question("", "2024", "ghg-protocol"))
        result = Result("inventory", (Figure("scope-1", Decimal(0), "t", "Σ"),))
        first = save(case.ledger, material, result, "other", NOW)
        looks = iter([None, first])
        monkeypatch.setattr("carbonledger.run.store._known", lambda *_: next(looks))
        assert save(case.ledger, material, result, "me", NOW) == first
        assert case.scalar("SELECT count(*) FROM run") == 1


def test_a_mass_beyond_64_bits_is_refused_and_stores_nothing(fresh_ledger: str) -> None:
    line = EmissionLine("park", "1", "x", "electricity", "2024-03", "co2", 1, "kWh", "", None, "",
                        2**63, Decimal(1), 1, "measured")  # fmt: skip
    with park(fresh_ledger) as case:
        with case.ledger.read() as connection:
            material = gather(connection, Question("", "2024", "ghg-protocol"))
        with pytest.raises(LedgerRefused) as refused:
            save(case.ledger, material, Result("inventory", (), (line,)), "a", NOW)
        assert refused.value.code == "ledger-overflow"
        assert case.scalar("SELECT count(*) FROM run") == 0


def test_verify_computes_every_run_again(demo_ledger: str) -> None:
    with open_ledger(demo_ledger) as ledger:
        answer = verify(ledger)
    assert (answer["ok"], answer["runs"], answer["recomputed"]) == (True, 4, 4)
    assert answer["batches"] == last_of(demo_ledger)
    assert len(answer["root"]) == 64


def tampered(url: str, *statements: str) -> list[dict[str, Any]]:
    """Change the file as a stranger would, without its triggers, and verify it."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as stranger:
        triggers = stranger.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        kept = triggers.fetchall()
        for name, _ in kept:
            stranger.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert stranger.execute(statement).rowcount > 0
        for _, sql in kept:
            stranger.execute(sql)
        stranger.commit()
    with open_ledger(url) as ledger:
        answer = verify(ledger)
    assert answer["ok"] is False
    found: list[dict[str, Any]] = answer["problems"]
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE emission_line_row SET co2e_mg = co2e_mg - 1 WHERE run_id = 1 AND line = 5",
        "DELETE FROM emission_line_row WHERE run_id = 1 AND line = 5",
        "UPDATE run SET result = replace(result, '0', '1') WHERE id = 1",
        "UPDATE run SET packs = '{}' WHERE id = 1",
        "UPDATE run SET as_of_batch = as_of_batch - 1 WHERE id = 1",
    ],
)
def test_a_changed_run_is_named(statement: str, demo_ledger: str) -> None:
    details = [one["detail"] for one in tampered(demo_ledger, statement)]
    assert "run 1 is not as it was stored" in [one.partition(":")[0] for one in details]
    assert not [one for one in details if "run 2" in one]


def test_a_run_made_up_with_a_fitting_hash_is_found_by_computing_it_again(demo_ledger: str) -> None:
    """A forger who recomputes the hash of the run still cannot make its figures come out."""
    from carbonledger.run.store import content_hash

    with open_ledger(demo_ledger) as ledger, ledger.read() as connection:
        row = dict(connection.execute(sa.select(run).where(run.c.id == 3)).mappings().one())
    names = ("kind", "method", "boundary", "period", "as_of_batch", "engine", "parameters", "packs")
    figures = json.loads(row["result"])
    figures[0]["value"] = "1"
    forged = json.dumps(figures, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    with closing(sqlite3.connect(demo_ledger.removeprefix("sqlite:///"))) as stranger:
        stranger.row_factory = sqlite3.Row
        lines = [
            {k: one[k] for k in one.keys() if k not in ("id", "run_id")}  # noqa: SIM118
            for one in stranger.execute(
                "SELECT * FROM emission_line_row WHERE run_id = 3 ORDER BY line"
            )
        ]
    digest = content_hash({name: row[name] for name in names} | {"result": forged}, lines, [])
    quoted = forged.replace("'", "''")
    found = tampered(
        demo_ledger, f"UPDATE run SET result = '{quoted}', content_hash = '{digest}' WHERE id = 3"
    )
    assert [one["detail"] for one in found] == ["run 3 comes out differently when computed again"]


def test_a_changed_entry_is_found_in_its_batch_and_in_the_runs_that_rest_on_it(
    demo_ledger: str,
) -> None:
    found = tampered(
        demo_ledger,
        "UPDATE entry SET quantity = quantity + 1000000 WHERE id = (SELECT min(id) FROM entry "
        "WHERE from_account_id = (SELECT id FROM account WHERE code = 'gas-supplier'))",
    )
    assert [one["batch"] for one in found if one["what"] == "content"] == [
        batch_of(demo_ledger, "gas-2024Q1.csv.gz")
    ]
    assert [one["detail"] for one in found if one["what"] == "run"] == [
        f"run {number} comes out differently when computed again" for number in (1, 2, 3, 4)
    ]


def test_the_last_batch_cannot_vanish_from_under_a_run(demo_ledger: str) -> None:
    """Nothing within the log tells that its end was cut off; runs and checkpoints do."""
    last = last_of(demo_ledger)
    found = tampered(
        demo_ledger,
        f"DELETE FROM entry WHERE batch_id = {last}",
        f"DELETE FROM finding WHERE batch_id = {last}",
        f"DELETE FROM document WHERE batch_id = {last}",
        f"DELETE FROM batch WHERE id = {last}",
    )
    assert [one["detail"] for one in found] == [
        f"run {run} cannot be computed again: there is no batch {last}; the last one is {last - 1}"
        for run in (1, 2, 3, 4)
    ]


def test_lines_of_a_run_that_is_gone_are_found(demo_ledger: str) -> None:
    found = tampered(demo_ledger, "DELETE FROM run WHERE id = 1")
    assert [one["detail"] for one in found] == [
        "emission_line_row has rows of run 1, which is not there"
    ]


def test_a_run_of_another_version_is_compared_with_its_hash_only(
    demo_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonledger.run.verify.__version__", "99.0")
    with open_ledger(demo_ledger) as ledger:
        answer = verify(ledger)
    assert (answer["ok"], answer["runs"], answer["recomputed"]) == (True, 4, 0)


def test_figures_do_not_depend_on_where_the_ledger_is(demo_ledger: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "园区 copy.db"
    shutil.copyfile(demo_ledger.removeprefix("sqlite:///"), elsewhere)
    elsewhere.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert answers(location(str(elsewhere))) == answers(demo_ledger)


def test_batches_without_entries_do_not_change_an_answer(fresh_ledger: str) -> None:
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", ["1"]))
        first = ask_in(case.ledger, "inventory")
        post(case, head=head("event"))
        second = ask_in(case.ledger, "inventory")
        assert second["run"] != first["run"]
        same = {name: value for name, value in first.items() if name not in ("run", "as_of")}
        assert same.items() <= second.items()
