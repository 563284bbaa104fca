"""Documents of ENTSO-E: power by production type, curves with and without all their points."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ingest_kit import Books, Meter

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
GAS = Meter("GAS", timezone="Europe/Luxembourg")
MAP = """
    [meters]
    B04 = "GAS"
    """
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def series(
    *points: tuple[int, str], kind: str = "B04", curve: str = "A01", unit: str = "MAW",
    span: str = "2024-03-01T00:00Z/2024-03-01T02:00Z", step: str = "PT15M",
    area: str = "inBiddingZone_Domain", zone: str = "10YLU",
) -> str:  # fmt: skip
    low, high = span.split("/")
    body = "".join(
        f"<Point><position>{place}</position><quantity>{value}</quantity></Point>\n"
        for place, value in points
    )
    return f"""<TimeSeries><mRID>1</mRID><businessType>A01</businessType>
        <{area}.mRID codingScheme="A01">{zone}</{area}.mRID>
        <quantity_Measure_Unit.name>{unit}</quantity_Measure_Unit.name>
        <curveType>{curve}</curveType><MktPSRType><psrType>{kind}</psrType></MktPSRType>
        <Period><timeInterval><start>{low}</start><end>{high}</end></timeInterval>
        <resolution>{step}</resolution>
        {body}</Period></TimeSeries>"""


def document(*parts: str, before: str = "") -> str:
    space = "urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0"
    body = f'<GL_MarketDocument xmlns="{space}"><mRID>x</mRID>{"".join(parts)}</GL_MarketDocument>'
    return f"{HEAD}{before}{body}"


def test_a_curve_with_all_its_points_has_a_gap_where_one_is_missing(tmp_path: Path) -> None:
    """Quarter-hours of 4 MW are 1 MWh each; the third is missing."""
    books = Books(tmp_path / "p", GAS)
    points = [(place, "4") for place in (1, 2, 4, 5, 6, 7, 8)]

    answer = books.take(document(series(*points)), MAP, "a.xml")

    assert books.sum() == 7000
    assert books.values("GAS") == [1000, 1000, None, 1000, 1000, 1000, 1000, 1000]
    assert (answer["readings"], answer["gaps"]) == (7, 1)


def test_a_curve_of_blocks_goes_on_until_the_next_point(tmp_path: Path) -> None:
    """A03: 8 MW for four quarter-hours, then 12 MW for four: 8 + 12 MWh."""
    books = Books(tmp_path / "p", GAS)

    answer = books.take(document(series((1, "8"), (5, "12"), curve="A03")), MAP, "a.xml")

    assert books.sum() == 20_000
    assert answer["gaps"] == 0
    assert any(warning.startswith("curve A03") for warning in answer["warnings"])


def test_a_curve_of_blocks_without_its_first_point(tmp_path: Path) -> None:
    refused = Books(tmp_path / "p", GAS).refused(
        document(series((3, "8"), curve="A03")), MAP, name="a.xml"
    )

    assert [p.reason for p in refused.problems] == ["the curve A03 begins without position 1"]


def test_types_that_the_profile_does_not_name_are_left_out(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", GAS)
    text = document(series((1, "4"), step="PT60M"), series((1, "9"), step="PT60M", kind="B16"))

    answer = books.take(text, MAP, "a.xml")

    assert books.sum() == 4000
    assert answer["warnings"] == ["left out, as the profile does not name them: B16"]


def test_what_plants_draw_themselves_is_a_stream_of_its_own(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter("IN"), Meter("OUT"))
    text = document(
        series((1, "4"), step="PT60M", kind="B10"),
        series((1, "9"), step="PT60M", kind="B10", area="outBiddingZone_Domain"),
    )

    books.take(text, '[meters]\nB10 = "IN"\n"B10 out" = "OUT"\n', "a.xml")

    assert [books.sum(meter="IN"), books.sum(meter="OUT")] == [4000, 9000]


def test_areas_are_named_where_there_are_several(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", GAS)
    text = document(series((1, "4"), step="PT60M"), series((1, "9"), step="PT60M", zone="10YBE"))

    refused = books.refused(text, MAP, name="a.xml")
    books.take(text, '[meters]\n"B04@10YBE" = "GAS"\n', "a.xml")

    assert [p.text for p in refused.problems] == ["B04@10YLU", "B04@10YBE"]
    assert books.sum() == 9000


def test_a_day_of_23_hours_is_a_day(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", GAS)
    text = document(series((1, "2"), span="2024-03-30T23:00Z/2024-03-31T22:00Z", step="P1D"))

    books.take(text, MAP, "a.xml")

    assert books.days("GAS") == {"2024-03-31": 46_000}


def test_energy_needs_no_length(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", GAS)

    books.take(document(series((1, "4"), (2, "5"), unit="MWH", step="PT60M")), MAP, "a.xml")

    assert books.sum() == 9000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"points": [(9, "1")]}, "the period has the positions 1 to 8"),
        ({"points": [(0, "1")]}, "the period has the positions 1 to 8"),
        ({"step": "P1M"}, "the resolution 'P1M' is no fixed length of time"),
        ({"span": "2024-03-01T00:00Z/2024-03-01T00:50Z"}, "does not divide"),
        ({"span": "2024-01-01T00:00Z/2199-01-01T00:00Z"}, "of too many points"),
        ({"span": "0001-01-01T00:00Z/0001-01-01T02:00Z"}, "before 1900"),
        ({"span": "2024-03-01T00:00/2024-03-01T01:00"}, "states no offset from UTC"),
        ({"points": [(1, "4,5")]}, "does not fit decimal sign"),
    ],
)
def test_points_that_have_no_place(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    points = change.pop("points", [(1, "1")])
    text = document(series((2, "1"), (3, "1"), *points, **change))

    refused = Books(tmp_path / "p", GAS).refused(text, MAP, name="a.xml")

    reasons = [refused.message, *(p.reason for p in refused.problems)]
    assert any(said in reason for reason in reasons), reasons


def test_a_quantity_that_is_neither_power_nor_energy(tmp_path: Path) -> None:
    refused = Books(tmp_path / "p", GAS).refused(
        document(series((1, "1"), unit="EUR")), MAP, name="a.xml"
    )

    assert (refused.code, "EUR" in refused.message) == ("no-quantity", True)


def test_without_a_map_every_type_needs_its_meter(tmp_path: Path) -> None:
    refused = Books(tmp_path / "p", GAS).refused(document(series((1, "1"))), name="a.xml")

    assert (refused.code, refused.problems[0].text) == ("meter-unknown", "B04")


BOMB = """<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">
    <!ENTITY d SYSTEM "file:///etc/hostname">]>"""


@pytest.mark.parametrize(
    "text",
    [
        document(series((1, "&c;")), before=BOMB),
        document(series((1, "&d;")), before=BOMB),
        document(series((1, "1")), before="<!DOCTYPE x>"),
        document(series((1, "1")))[:-40],
        document(series((1, "1"))).replace("</Period>", ""),
        document(),
        '<a><GL_MarketDocument xmlns="x"></GL_MarketDocument></a>',
    ],
)
def test_what_is_no_document_that_can_be_read(tmp_path: Path, text: str) -> None:
    """Entities are neither expanded nor fetched: a document that declares some is refused."""
    assert Books(tmp_path / "p", GAS).refused(text, MAP, name="a.xml").code == "file-malformed"


def test_the_sample(tmp_path: Path) -> None:
    books = Books(tmp_path / "p", Meter("GRID-GAS"))

    books.take(EXAMPLES / "formats" / "entsoe.xml",
               (EXAMPLES / "formats" / "entsoe.toml").read_text("utf-8"))  # fmt: skip

    assert books.sum() == 20_000


@pytest.mark.shared_data
def test_generation_of_luxembourg(tmp_path: Path, shared_data: Path) -> None:
    """CONTROLS.csv: gas 372.25 MWh in 287 quarter-hours, sun 2,905.25 MWh in 288."""
    books = Books(tmp_path / "p", Meter("LU-GAS"), Meter("LU-SUN"))

    answer = books.take(shared_data / "grid" / "entsoe_LU_production.xml.gz",
                        (EXAMPLES / "profiles" / "entsoe_generation.toml").read_text("utf-8"))  # fmt: skip

    assert books.sum(meter="LU-GAS") == Decimal(372_250)
    assert books.sum(meter="LU-SUN") == Decimal(2_905_250)
    assert (answer["readings"], answer["gaps"]) == (287 + 288, 1)
