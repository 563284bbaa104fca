import re
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.report.charts.axis import ticks
from carbonledger.report.charts.bars import PLOT, Column, Series, stacked_columns
from carbonledger.report.charts.layers import Link, Node, network
from carbonledger.report.charts.palette import OF_CODE, colours
from carbonledger.report.charts.placing import Frame, place
from carbonledger.report.charts.ranked import Bar, Part, ranked_bars
from carbonledger.report.charts.ratio import ratio_bar
from carbonledger.report.charts.sankey import sankey
from carbonledger.report.charts.svg import fitting, text_width

SVG = "{http://www.w3.org/2000/svg}"
NASTY = """<script>alert('1')</script> & "Co" """


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 -- our own markup


def write(value: Decimal) -> str:
    return f"{value:,}"


def rects(svg: str, kind: str = "bar") -> list[dict[str, str]]:
    return [e.attrib for e in parsed(svg).iter(f"{SVG}rect") if e.get("class") == kind]


def months(count: int) -> list[Column]:
    return [Column(f"m{i}", "2024" if i == 0 else "", f"month {i}") for i in range(count)]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("0", "1543.7", "0 500 1000 1500 2000"),
        ("0", "0.031", "0 0.01 0.02 0.03 0.04"),
        ("-120", "300", "-200 0 200 400"),
        ("0", "0", "0 0.25 0.50 0.75 1.00"),
        ("40", "60", "0 20 40 60"),  # a bar starts at zero, whatever the values
    ],
)
def test_an_axis_has_round_steps_and_a_zero(low: str, high: str, expected: str) -> None:
    assert list(ticks(Decimal(low), Decimal(high))) == [Decimal(n) for n in expected.split()]


@given(
    st.decimals(min_value=-1e9, max_value=1e9, places=4),
    st.decimals(min_value=-1e9, max_value=1e9, places=4),
)
def test_an_axis_spans_its_values(one: Decimal, other: Decimal) -> None:
    steps = ticks(min(one, other), max(one, other))
    assert steps[0] <= min(one, other, Decimal(0))
    assert steps[-1] >= max(one, other, Decimal(0))
    assert len(steps) <= 8
    assert len({b - a for a, b in pairwise(steps)}) == 1


def test_heights_of_a_stack_are_in_proportion_to_its_values() -> None:
    series = [
        Series("Electricity", "#111111", (Decimal(300), Decimal(100))),
        Series("Gas", "#222222", (Decimal(100), Decimal(100))),
    ]
    bars = rects(stacked_columns("Energy", "tce", months(2), series, write))
    heights = [float(bar["height"]) for bar in bars]
    assert heights == pytest.approx([PLOT * 0.75, PLOT * 0.25, PLOT * 0.25, PLOT * 0.25])
    tops = [float(bar["y"]) for bar in bars]
    assert tops[0] - tops[1] == pytest.approx(heights[1])  # gas stands on electricity


def test_a_negative_month_hangs_below_zero() -> None:
    series = [Series("Electricity", "#111111", (Decimal(100), Decimal(-50)))]
    svg = stacked_columns("Energy", "tce", months(2), series, write)
    up, down = rects(svg)
    assert float(down["y"]) == pytest.approx(float(up["y"]) + float(up["height"]), abs=0.01)
    assert float(down["height"]) == pytest.approx(float(up["height"]) / 2, abs=0.01)


def test_columns_carry_totals_while_there_is_room_for_them() -> None:
    def texts(count: int) -> list[str | None]:
        series = [
            Series("x", "#111111", (Decimal(7),) * count),
            Series("y", "#222222", (Decimal(4),) * count),
        ]
        svg = stacked_columns("t", "tce", months(count), series, write)
        return [e.text for e in parsed(svg).iter(f"{SVG}text") if e.get("class") == "value"]

    assert texts(12) == ["11"] * 12
    assert texts(36) == []


def test_a_ranked_bar_says_its_value_and_reaches_it() -> None:
    bars = [
        Bar("Gas", "8,394", (Part("Scope 1", "#111111", Decimal(8000)),)),
        Bar(
            "Power",
            "4,000",
            (Part("Scope 2", "#222222", Decimal(3000)), Part("Other", "#333333", Decimal(1000))),
        ),
    ]
    svg = ranked_bars("Emissions", "t", bars, write)
    gas, scope2, other = (float(bar["width"]) for bar in rects(svg))
    assert gas == pytest.approx(2 * (scope2 + other))
    assert scope2 == pytest.approx(3 * other)
    assert "8,394" in svg
    assert "8,000 t" in svg  # unit at the end of the axis


def test_a_ratio_is_drawn_against_the_line_of_the_average() -> None:
    half, double = (parsed(ratio_bar("x", Decimal(r), Decimal(2))) for r in ("0.5", "2"))
    short, long_ = (float(next(svg.iter(f"{SVG}rect")).attrib["width"]) for svg in (half, double))
    (line,) = (e.attrib["d"] for e in half.iter(f"{SVG}path"))
    assert long_ == pytest.approx(4 * short)
    assert float(line[1:].split()[0]) == pytest.approx(2 * short)


def test_text_is_cut_to_its_room() -> None:
    assert text_width("轮胎", 11) == 22
    assert fitting("Tyre works", 11, 200) == "Tyre works"
    assert fitting("轮胎厂硫化车间", 10, 50) == "轮胎厂硫…"


@pytest.mark.parametrize(
    "svg",
    [
        stacked_columns(
            NASTY,
            NASTY,
            [Column(NASTY, NASTY, NASTY)],
            [Series(NASTY, "#111111", (Decimal(1),))],
            write,
        ),
        ranked_bars(
            NASTY, NASTY, [Bar(NASTY, NASTY, (Part(NASTY, "#111111", Decimal(1)),))], write
        ),
        ratio_bar(NASTY, Decimal(1), Decimal(2)),
        sankey(
            NASTY,
            [Node("a", NASTY, NASTY, "#111111", NASTY), Node("b", "B", "1", "#111111")],
            [Link("a", "b", Decimal(1), "#111111", NASTY)],
        ),
    ],
    ids=["columns", "ranked", "ratio", "sankey"],
)
def test_no_text_becomes_markup(svg: str) -> None:
    assert "<script" not in svg
    root = parsed(svg)
    assert root.find(f"{SVG}title") is not None
    assert NASTY in [e.text for e in root.iter(f"{SVG}title")]


# --- the flow diagram

PARK = [
    ("grid", "park", 80),
    ("sun", "pv", 9),
    ("pv", "park", 9),
    ("gas", "boiler", 50),
    ("boiler", "loss", 8),
    ("park", "a", 60),
    ("park", "boiler", 2),
    ("boiler", "a", 44),
    ("a", "use", 100),
]


def diagram(flows: list[tuple[str, str, int]]) -> tuple[list[Node], list[Link]]:
    codes = dict.fromkeys(code for flow in flows for code in flow[:2])
    nodes = [Node(c, c.title(), "1", "#333333", last=c in {"use", "loss"}) for c in codes]
    return nodes, [Link(a, b, Decimal(v), "#2b6ca3", f"{a} → {b}") for a, b, v in flows]


def test_flows_run_from_sources_through_the_park_to_uses_and_losses() -> None:
    net = network(*diagram(PARK))
    layers = {box.node.code: box.layer for box in net.boxes if box.node}
    assert [layers[code] for code in ("grid", "sun", "gas")] == [0, 0, 0]
    assert layers["pv"] < layers["park"] < layers["boiler"] < layers["a"] < layers["use"]
    assert layers["loss"] == layers["use"]
    assert net.returns == []


def test_the_small_flow_of_a_loop_returns() -> None:
    flows = [*PARK, ("a", "boiler", 3)]
    net = network(*diagram(flows))
    assert net.returns == [len(flows) - 1]
    svg = sankey("flows", *diagram(flows))
    assert svg.count('class="return"') == 1
    assert svg.count('class="ribbon"') == len(PARK)


def test_ribbons_are_as_wide_as_their_values() -> None:
    net = network(*diagram(PARK))
    per_unit = place(net, Frame(0, 300, 20))
    for step in net.steps:
        assert step.width == pytest.approx(PARK[step.link][2] * per_unit)


amounts = st.integers(min_value=1, max_value=1000)
graphs = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"), amounts).filter(
        lambda flow: flow[0] != flow[1]
    ),
    min_size=1,
    max_size=24,
)


@given(graphs)
def test_whatever_flows_boxes_do_not_overlap_and_flows_go_right(
    flows: list[tuple[str, str, int]],
) -> None:
    net = network(*diagram(flows))
    frame = Frame(0, 60 * max(len(layer) for layer in net.layers) + 100, 20)
    place(net, frame)
    for layer in net.layers:
        boxes = sorted((net.boxes[i] for i in layer), key=lambda box: box.top)
        for upper, lower in pairwise(boxes):
            assert lower.top >= upper.top + upper.size + frame.gap - 1e-6
    for step in net.steps:
        assert net.boxes[step.target].layer == net.boxes[step.source].layer + 1
    drawn = {step.link for step in net.steps} | set(net.returns)
    assert drawn == set(range(len(flows)))


@given(graphs)
def test_a_diagram_is_drawn_the_same_every_time(flows: list[tuple[str, str, int]]) -> None:
    svg = sankey("flows", *diagram(flows))
    assert svg == sankey("flows", *diagram(flows))
    assert not re.search(r"nan|inf", svg.lower().replace("<title>", ""))
    parsed(svg)


def test_ribbons_do_not_leave_their_boxes() -> None:
    net = network(*diagram(PARK))
    place(net, Frame(0, 300, 20))
    leaving: dict[int, float] = defaultdict(float)
    for step in net.steps:
        leaving[step.source] += step.width
    for i, width in leaving.items():
        assert width <= net.boxes[i].size + 1e-6


# --- colours

DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
PROTANOPIA = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)


def linear(colour: str) -> list[float]:
    """Return the linear light of `#rrggbb` (IEC 61966-2-1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def lab(light: list[float]) -> tuple[float, float, float]:
    """Return CIE L*a*b* (D65) of linear light."""
    matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.9505, 1.0, 1.089)
    xyz = [
        sum(a * b for a, b in zip(row, light, strict=True)) / n
        for row, n in zip(matrix, white, strict=True)
    ]
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen(
    colour: str, blindness: tuple[tuple[float, ...], ...] | None
) -> tuple[float, float, float]:
    """Return how a colour looks to a reader (Machado, Oliveira and Fernandes 2009, severity 1)."""
    light = linear(colour)
    if blindness:
        light = [sum(a * b for a, b in zip(row, light, strict=True)) for row in blindness]
    return lab([min(max(part, 0.0), 1.0) for part in light])


@pytest.mark.parametrize("blindness", [None, DEUTERANOPIA, PROTANOPIA], ids=["", "green", "red"])
@pytest.mark.parametrize(
    "neighbours",
    [
        ("electricity", "natural_gas", "steam", "diesel", "raw_coal", "biomass", "hydrogen"),
        ("own_renewable", "certificates", "rest"),
        ("1", "2_location", "2_market", "3"),
    ],
)
def test_colours_that_meet_in_a_chart_stay_apart_for_every_reader(
    neighbours: tuple[str, ...], blindness: tuple[tuple[float, ...], ...] | None
) -> None:
    looks = {code: seen(OF_CODE[code], blindness) for code in neighbours}
    for i, one in enumerate(neighbours):
        for other in neighbours[i + 1 :]:
            distance = (
                sum((a - b) ** 2 for a, b in zip(looks[one], looks[other], strict=True)) ** 0.5
            )
            assert distance > 25, f"{one} and {other} look alike: {distance:.0f}"


def test_every_code_has_a_colour_of_its_own() -> None:
    codes = ("natural_gas", "upstream:natural_gas", "upstream:steel_cord", "electricity")
    given_colours = colours(codes)
    assert tuple(given_colours) == codes
    assert given_colours["natural_gas"] == OF_CODE["natural_gas"]
    assert len(set(given_colours.values())) == len(codes)
