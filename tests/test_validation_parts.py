"""Sub-meters beside their main meter."""

from validation_kit import integers

from carbonledger.validation.finding import Finding
from carbonledger.validation.limits import USUAL
from carbonledger.validation.parts import Flow, above_main

PARK = ("park", "electricity")


def flow(meter: str, source: str, target: str, *kwh: float, first: int = 19_700) -> Flow:
    days = integers(*range(first, first + len(kwh)))
    total = integers(*(round(one * 1_000_000) for one in kwh))
    return Flow(meter, source, target, "electricity", days, total, days * 86400)


def found(*flows: Flow) -> list[tuple[str, Finding]]:
    return list(above_main(flows, [PARK], USUAL.above_main_percent))


MAIN = flow("MAIN", "grid", "park", 100, 100, 100)


def test_parts_below_their_main_meter_are_in_order() -> None:
    assert (
        found(MAIN, flow("A", "park", "park/a", 60, 60, 60), flow("B", "park", "park/b", 40, 30, 1))
        == []
    )


def test_parts_above_their_main_meter_are_told_by_day() -> None:
    ((meter, one),) = found(
        MAIN, flow("A", "park", "park/a", 60, 60, 60), flow("B", "park", "park/b", 50, 40, 90)
    )
    assert (meter, one.kind, one.severity, one.count) == ("MAIN", "above_main", "warning", 2)
    assert (one.start, one.end) == (19_700 * 86400, 19_703 * 86400)
    assert (one.value, one.expected) == (260_000_000, 200_000_000)
    assert one.more == {"account": "park", "subs": "A, B"}


def test_the_classes_of_the_meters_are_allowed_for() -> None:
    assert found(MAIN, flow("A", "park", "park/a", 105, 104, 103)) == []
    assert len(found(MAIN, flow("A", "park", "park/a", 105.1, 104, 103))) == 1


def test_the_roof_feeds_in_as_well() -> None:
    roof = flow("PV", "park/roof", "park", 30, 30, 30)
    assert found(MAIN, roof, flow("A", "park", "park/a", 120, 120, 120)) == []


def test_a_day_that_a_main_meter_lacks_is_not_judged() -> None:
    roof = flow("PV", "park/roof", "park", 30, first=19_701)
    ((_, one),) = found(MAIN, roof, flow("A", "park", "park/a", 200, 200, 200))
    assert (one.count, one.expected) == (1, 130_000_000)


def test_days_far_apart_are_two_findings() -> None:
    main = flow("MAIN", "grid", "park", *[100.0] * 30)
    part = flow("A", "park", "park/a", *[200.0 if n in (0, 1, 20) else 50.0 for n in range(30)])
    assert [one.count for _, one in found(main, part)] == [2, 1]


def test_a_meter_that_was_moved_counts_once() -> None:
    moved = flow("MAIN", "grid2", "park", 100, 100, first=19_703)
    part = flow("A", "park", "park/a", 50, 50, 50, 50, 150)
    ((_, one),) = found(MAIN, moved, part)
    assert (one.count, one.start) == (1, 19_704 * 86400)


def test_other_commodities_do_not_mix() -> None:
    steam = Flow("S", "park", "park/a", "steam", MAIN.day, MAIN.total * 9, MAIN.start)
    assert found(MAIN, steam) == []
