"""Limits that a profile sets otherwise: they change what is told, and are kept with the batch."""

from dataclasses import replace
from pathlib import Path

import pytest
from ingest_kit import Books, Meter
from test_import_findings import hours, kinds
from validation_kit import day_of, office, year

from carbonledger.validation.days import Days, join
from carbonledger.validation.judge import judge
from carbonledger.validation.limits import NAMES, USUAL, Limits

DOCS = Path(__file__).resolve().parent.parent / "docs"
THREE_DAYS = [
    day_of([5.0, 9.0] * 12, "2024-03-01"), day_of([0.0] * 24, "2024-03-02"),
    day_of([0.0] * 6 + [9.0, 5.0] * 9, "2024-03-03"),
]  # fmt: skip
FLAT = [day_of([4.0] * 24, f"2024-03-{day:02}") for day in (1, 2)]
HOLE = [day_of([5.0, 9.0] * 12, "2024-03-01"), day_of([5.0, 9.0] * 12, "2024-03-03")]


def times(factor: float) -> Days:
    return year(lambda d, h: (20.0 + (d * 7 + h) % 11) * (factor if d >= 200 else 1))


def once(value: float) -> Days:
    return year(lambda d, h: value if (d, h) == (100, 9) else office(d, h))


@pytest.mark.parametrize(
    ("days", "usual", "limits", "then"),
    [
        (join(THREE_DAYS), [("zero_run", "warning")], Limits(still_hours=30), []),
        (join(FLAT), [("flat", "warning")], Limits(flat_values=49), []),
        (join(HOLE), [("gap", "warning")], Limits(gap_hours=25), [("gap", "info")]),
        (times(4), [], Limits(step_factor=3), [("step", "warning")]),
        (once(90), [("spike", "warning")], Limits(spike_deviations=40), []),
        (once(90), [("spike", "warning")], Limits(spike_times=5), []),
    ],
)
def test_a_limit_changes_what_is_told(
    days: Days, usual: list[tuple[str, str]], limits: Limits, then: list[tuple[str, str]]
) -> None:
    assert [(one.kind, one.severity) for one in judge(days)] == usual
    assert [(one.kind, one.severity) for one in judge(days, limits)] == then


def test_a_profile_sets_limits_and_the_batch_keeps_them(tmp_path: Path) -> None:
    text = hours("2024-01-01", 4, lambda d, h: 0.0 if d in (1, 2) else 3.0 + h % 5)
    books = Books(tmp_path, Meter(timezone="UTC"))
    answer = books.take(text, "[validation]\nstill_hours = 48\n")
    assert kinds(answer) == []
    assert books.rows("SELECT reading_rules FROM batch ORDER BY id DESC LIMIT 1") == [
        ('{"validation":{"still_hours":"48"}}',)
    ]
    other = Books(tmp_path / "b", Meter(timezone="UTC"))
    assert [kind for kind, *_ in kinds(other.take(text))] == ["zero_run"]


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ("still_hours = 3", "still_hours must be at least 24"),
        ('step_factor = "5"', "step_factor must be a number"),
        ("spike_times = nan", "spike_times must be a number"),
        ("spikes = 3", "unknown keys spikes"),
    ],
)
def test_a_limit_that_no_rule_can_keep_is_refused(tmp_path: Path, stated: str, reason: str) -> None:
    error = Books(tmp_path, Meter(timezone="UTC")).refused(
        hours("2024-01-01", 1), f"[validation]\n{stated}\n"
    )
    assert reason in error.problems[0].reason


def test_the_page_states_the_usual_limits() -> None:
    page = (DOCS / "validation.md").read_text("utf-8")
    stated = {name: float(page.partition(f"\n{name} = ")[2].split()[0]) for name in NAMES}
    assert replace(USUAL, **stated) == USUAL
