"""Waste manifests of the US EPA: letters of units, codes, densities, and what is refused."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ingest_kit import Books

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
ACCOUNTS = """
    [accounts]
    GEN = "park"
    TSDF = "landfill"
    """
DENSITY = """
    [emanifest.density.D001]
    kg_per_l = "0.8"
    source = "data sheet"
    """


def waste(quantity: object, unit: str, line: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "dotHazardous": True, "epaWaste": True, "pcb": False, "br": False, "lineNumber": line,
        "quantity": {"quantity": quantity, "unitOfMeasurement": {"code": unit}},
        "hazardousWaste": {"federalWasteCodes": [{"code": "D001"}],
                           "generatorStateWasteCodes": [{"code": "TX99"}],
                           "txWasteCodes": ["32112345"]},
        "managementMethod": {"code": "H020"},
    } | more  # fmt: skip


def manifest(*wastes: dict[str, Any], **more: Any) -> str:
    return json.dumps(
        {
            "manifestTrackingNumber": "100000001ELC", "status": "Signed",
            "shippedDate": "2024-03-05T15:30:00.000+0000",
            "generator": {"epaSiteId": "GEN"}, "designatedFacility": {"epaSiteId": "TSDF"},
            "wastes": list(wastes),
        }
        | more
    )  # fmt: skip


def records(books: Books) -> list[tuple[Any, ...]]:
    return books.rows(
        "SELECT document_no, local_day, recorded_quantity, recorded_unit, quantity_micro, note "
        "FROM entry_view ORDER BY entry"
    )


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "p")


@pytest.mark.parametrize(
    ("unit", "kg"),
    [("K", "100"), ("M", "100000"), ("P", "45.359237"), ("T", "90718.474")],
)
def test_letters_of_masses(books: Books, unit: str, kg: str) -> None:
    """100 of each: K is no kelvin, T is the ton of 2,000 pounds, M the metric one."""
    books.take(manifest(waste(100, unit)), ACCOUNTS, "m.json")

    assert books.sum("hazardous_waste") == Decimal(kg)


@pytest.mark.parametrize(
    ("unit", "kg"),
    # Litres of a gallon, a litre, a cubic yard and a cubic metre, times 100, times 0.8.
    [("G", "302.832943"), ("L", "80"), ("Y", "61164.388639"), ("N", "80000")],
)
def test_letters_of_volumes_by_a_stated_density(books: Books, unit: str, kg: str) -> None:
    """G is no gram; 100 US gallons are 378.5411784 L."""
    books.take(manifest(waste(100, unit)), ACCOUNTS + DENSITY, "m.json")

    assert books.sum("hazardous_waste") == Decimal(kg)
    assert records(books)[0][5].endswith(f"100 {unit} by 0.8 kg/L (data sheet)")


def test_a_volume_without_density_is_rejected(books: Books) -> None:
    text = manifest(waste(100, "G"), waste(50, "K", 2))

    refused = books.refused(text, ACCOUNTS, name="m.json")
    books.take(text, ACCOUNTS, "m.json", accept_rejects=True)

    assert [p.line for p in refused.problems] == [1]
    assert "state the density with its source" in refused.problems[0].reason
    assert books.sum("hazardous_waste") == 50


@pytest.mark.parametrize(("kind", "kg"), [("1", "362.873896"), ("2", "3028.329427")])
def test_a_density_of_the_manifest_itself(books: Books, kind: str, kg: str) -> None:
    """8 lb/gal times 100 gal are 800 lb; 8 times as heavy as water is 8 kg/L."""
    own = {"density": 8.0, "densityUnitOfMeasurement": {"code": kind}}

    books.take(manifest(waste(100, "G", br=True, brInfo=own)), ACCOUNTS, "m.json")

    assert books.sum("hazardous_waste") == Decimal(kg)
    assert "(the manifest)" in records(books)[0][5]


def test_number_codes_and_day(books: Books) -> None:
    books.take(manifest(waste(100, "K"), waste(7, "K", 2)), ACCOUNTS, "m.json")

    codes = "federal D001; state TX99 32112345; management H020"
    # 15:30 UTC is 23:30 of the same day in Shanghai, where the park is.
    assert records(books) == [
        ("100000001ELC", "2024-03-05", "100", "kg", 100_000_000, codes),
        ("100000001ELC/2", "2024-03-05", "7", "kg", 7_000_000, codes),
    ]


def test_a_whole_local_day(books: Books) -> None:
    """17:00 UTC of 5 March is 01:00 of 6 March in Shanghai; its day begins at 16:00 UTC."""
    text = manifest(waste(100, "K"), shippedDate="2024-03-05T17:00:00.123+0000")

    books.take(text, ACCOUNTS, "m.json")

    assert books.rows("SELECT local_day, start_utc, end_utc FROM entry_view") == [
        ("2024-03-06", "2024-03-05T16:00:00Z", "2024-03-06T16:00:00Z")
    ]


@pytest.mark.parametrize("stamp", ["2024-07-05T04:00:00.000+0000", "2024-01-05T05:00:00.000+0000"])
def test_midnight_of_the_office_is_a_date(books: Books, stamp: str) -> None:
    """Paper manifests carry a date, written as midnight in New York, wherever the plant is."""
    text = manifest(waste(100, "K"), shippedDate=None).replace(
        '{"epaSiteId": "GEN"}',
        f'{{"epaSiteId": "GEN", "paperSignatureInfo": {{"signatureDate": "{stamp}"}}}}',
    )

    books.take(text, 'timezone = "America/Los_Angeles"\n' + ACCOUNTS, "m.json")

    assert books.rows("SELECT local_day FROM entry_view") == [(stamp[:10],)]


def test_a_manifest_without_date_needs_a_stated_one(books: Books) -> None:
    text = manifest(waste(100, "K"), shippedDate=None, status="Scheduled")

    refused = books.refused(text, ACCOUNTS, name="m.json")
    answer = books.take(text, ACCOUNTS + '[constants]\nstart = "2024-03-05"\n', "m.json")

    assert "no date of shipping" in refused.problems[0].reason
    assert answer["warnings"] == ["manifest 100000001ELC is Scheduled: it may still change"]


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00+0000", "soon", "2024-13-01"])
def test_dates_that_never_were(books: Books, stamp: str) -> None:
    refused = books.refused(manifest(waste(1, "K"), shippedDate=stamp), ACCOUNTS, name="m.json")

    assert {p.column for p in refused.problems} == {"start", "end"}


def test_commodities_and_accounts_by_the_profile(books: Books) -> None:
    text = f"[{manifest(waste(100, 'K'))}, {manifest(waste(2, 'K'), shippedDate='2024-03-07')}]"
    profile = """
        [constants]
        from = "park"
        to = "landfill"
        [emanifest.commodity]
        D001 = "solid_waste"
        """

    books.take(text, profile, "m.json")

    assert [books.sum("solid_waste"), books.sum("hazardous_waste")] == [102, 0]


def test_a_site_without_account(books: Books) -> None:
    refused = books.refused(manifest(waste(100, "K")), '[accounts]\nGEN = "park"\n', name="m.json")

    assert [(p.column, p.text) for p in refused.problems] == [("to", "TSDF")]


@pytest.mark.parametrize(
    ("line", "more", "said"),
    [
        ({"dotHazardous": "true"}, {}, "dotHazardous is neither true nor false"),
        ({"quantity": {"quantity": 1, "unitOfMeasurement": {"code": "kg"}}}, {}, "'kg' is no unit"),
        ({"quantity": {"unitOfMeasurement": {"code": "K"}}}, {}, "it states no quantity"),
        ({"lineNumber": None}, {}, "it has no lineNumber"),
        ({}, {"rejection": True}, "the facility rejected the shipment"),
    ],
)
def test_what_is_no_waste_line(
    books: Books, line: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    refused = books.refused(manifest(waste(1, "K") | line, **more), ACCOUNTS, name="m.json")

    assert said in refused.problems[0].reason


def test_a_density_needs_its_source(books: Books) -> None:
    profile = ACCOUNTS + '[emanifest.density.D001]\nkg_per_l = "0.8"\n'

    refused = books.refused(manifest(waste(1, "G")), profile, name="m.json")

    assert (refused.code, refused.problems[0].column) == ("profile", "emanifest")


def test_manifests_without_wastes(books: Books) -> None:
    text = '{"designatedFacility": {}, "wastes": 5}'

    assert books.refused(text, ACCOUNTS, name="m.json").code == "file-malformed"


def test_the_sample(books: Books) -> None:
    """100 gal at 0.79 kg/L and 500 lb."""
    profile = (EXAMPLES / "formats" / "manifest.toml").read_text("utf-8")

    books.take(EXAMPLES / "formats" / "manifest.json", profile)

    assert books.sum("hazardous_waste") == Decimal("299.047531") + Decimal("226.796185")


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        # 480 G and 432 K; 480 gal at 0.85 kg/L.
        ("emanifest-save-valid-Full-Electronic-example", ["1544.448008", "432"]),
        ("emanifest-save-valid-Data-and-Image-Manual-Entry-example", ["1815"]),
        # 10 L at 0.85 kg/L.
        ("haztrak_test_manifest_100033134ELC", ["8.5"]),
    ],
)
def test_examples_of_the_epa(
    books: Books, shared_data: Path, file: str, expected: list[str]
) -> None:
    profile = (EXAMPLES / "profiles" / "emanifest.toml").read_text("utf-8")

    books.take(shared_data / "waste" / f"{file}.json", profile)

    assert [Decimal(row[4]) / 1_000_000 for row in records(books)] == list(map(Decimal, expected))


@pytest.mark.shared_data
def test_the_example_that_is_declared_invalid(books: Books, shared_data: Path) -> None:
    profile = (EXAMPLES / "profiles" / "emanifest.toml").read_text("utf-8")

    refused = books.refused(shared_data / "waste" / "emanifest-save-invalid-example.json", profile)

    assert refused.code == "rejects"
    assert "dotHazardous is neither true nor false" in refused.problems[0].reason
