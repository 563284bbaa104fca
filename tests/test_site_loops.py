"""Meters that lead in a circle, and circles that are none."""

from pathlib import Path

import pytest
from site_sample import PARK, Reader


@pytest.fixture(name="read")
def _read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def _meter(code: str, source: str, target: str, more: str = "") -> str:
    return (
        f'[[meter.{code}]]\nfrom = "{source}"\nto = "{target}"\ncommodity = "steam"\n'
        f'unit = "GJ"\nreads = "interval"\n{more}'
    )


def test_meters_that_lead_in_a_circle_are_refused(read: Reader) -> None:
    there, back = _meter("S1", "park/a", "park/b"), _meter("S2", "park/b", "park/a")
    assert read.fault(PARK + there + back) == (
        "16 : a loop: the meters S1, S2 lead steam in a circle, park/a → park/b → park/a; if the "
        "flow really returns, write returns = true in the table of the meter of the return"
    )
    longer = _meter("S2", "park/b", "park") + _meter("S3", "park", "park/a")
    assert "park/a → park/b → park → park/a" in read.fault(PARK + there + longer)


def test_two_circles_are_two_faults(read: Reader) -> None:
    text = "".join(
        _meter(code, source, target)
        for code, source, target in (
            ("S1", "park/a", "park/b"),
            ("S2", "park/b", "park/a"),
            ("S3", "park", "park/a"),
            ("S4", "park/a", "park"),
        )
    )
    found = read.faults(PARK + text)
    assert [line for line, _, _ in found] == [16, 28]


@pytest.mark.parametrize(
    ("meters", "why"),
    [
        (
            _meter("S1", "grid", "park") + _meter("S2", "park", "grid"),
            "delivery and return of an account outside",
        ),
        (
            '[account."park/tank"]\nkind = "stock"\n'
            + _meter("S1", "park/a", "park/tank")
            + _meter("S2", "park/tank", "park/a"),
            "a store gives back what it took",
        ),
        (
            _meter("S1", "park/a", "park/b") + _meter("S2", "park/b", "park/a", "returns = true\n"),
            "the user says so",
        ),
        (
            _meter("S1", "park/a", "park/b")
            + _meter("S1", "park/b", "park/a", 'valid_from = "2025-01-01"\n'),
            "the meter was turned round: never both on one day",
        ),
        (
            _meter("S1", "park/a", "park/b")
            + _meter("S2", "park/b", "park/a").replace('"steam"', '"heat"'),
            "another commodity comes back",
        ),
    ],
)
def test_circles_that_are_none(read: Reader, meters: str, why: str) -> None:
    assert read(PARK + meters).meters, why


def test_a_circle_on_some_days_only_is_one(read: Reader) -> None:
    text = (
        _meter("S1", "park/a", "park/b")
        + _meter("S2", "park", "park/a")
        + _meter("S2", "park/b", "park/a", 'valid_from = "2025-01-01"\n')
    )
    assert read.fault(PARK + text).startswith("22 : a loop: the meters S1, S2 lead steam")
