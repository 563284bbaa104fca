"""The demo park from files to figures: nothing is lost, doubled or changed by order on the way."""

import random
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from demo_case import Step, answers, build, expected, micro, rows, split, steps

from carbonledger.ingest.service import ImportOptions, import_file
from carbonledger.ledger.connect import location, open_ledger
from carbonledger.run.verify import verify

FLOWS = (
    "SELECT from_account, to_account, commodity, local_month, sum(quantity_micro) "
    "FROM entry_view GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
)
READINGS = (
    "SELECT meter, local_day, count(*), count(value), round(sum(value), 6) FROM reading "
    "GROUP BY 1, 2 ORDER BY 1, 2"
)


def summed(url: str, condition: str) -> int:
    [(found,)] = rows(
        url, f"SELECT coalesce(sum(quantity_micro), 0) FROM entry_view WHERE {condition}"
    )
    return int(found)


def test_every_meter_and_month_is_what_the_generator_counted(
    demo_ledger: str, demo_files: Path
) -> None:
    meters = expected(demo_files)["meter"]
    found = {
        (meter, month): quantity
        for meter, month, quantity in rows(
            demo_ledger,
            "SELECT meter, local_month, sum(quantity_micro) FROM entry_view "
            "WHERE meter IS NOT NULL GROUP BY 1, 2",
        )
    }
    assert found == {
        (code, month): micro(quantity)
        for code, meter in meters.items()
        for month, quantity in meter["months"].items()
    }
    values = rows(demo_ledger, "SELECT meter, count(value) FROM reading GROUP BY 1 ORDER BY 1")
    assert values == sorted((code, meter["values"]) for code, meter in meters.items())


def test_every_record_is_what_the_generator_counted(demo_ledger: str, demo_files: Path) -> None:
    factors = {"t": 1000, "吨": 1000, "万元": 10_000}
    for kind in expected(demo_files)["records"].values():
        for row in kind:
            total = Decimal(row["total"]) * factors.get(row["unit"], 1)
            assert summed(
                demo_ledger,
                f"commodity = '{row['commodity']}' AND from_account = '{row['from']}' "
                f"AND to_account = '{row['to']}' AND meter IS NULL",
            ) == micro(str(total)), row


def test_sub_meters_and_losses_are_the_main_meter_to_the_last_millionth(
    demo_ledger: str, demo_files: Path
) -> None:
    park = expected(demo_files)["park"]
    entered = summed(demo_ledger, "commodity = 'electricity' AND to_account = 'park'")
    handed_on = summed(demo_ledger, "commodity = 'electricity' AND from_account = 'park'")
    assert (
        entered == micro(park["entered_kwh"]) == micro(park["grid_kwh"]) + micro(park["roof_kwh"])
    )
    assert handed_on == micro(park["sub_meters_kwh"])
    assert entered - handed_on == micro(park["unmetered_kwh"])


def test_members_and_what_the_park_itself_uses_are_the_park(demo_ledger: str) -> None:
    """By month: what each member took in net, and what stayed with the park, is what came in."""
    for good in ("electricity", "natural_gas", "steam", "water"):
        by_member = rows(
            demo_ledger,
            f"""
            SELECT month, sum(quantity) FROM (
              SELECT local_month AS month, quantity_micro AS quantity FROM entry_view
                JOIN account_view AS a ON a.account = to_account
                WHERE commodity = '{good}' AND a.outside = 0
              UNION ALL
              SELECT local_month, -quantity_micro FROM entry_view
                JOIN account_view AS a ON a.account = from_account
                WHERE commodity = '{good}' AND a.outside = 0
            ) AS moved GROUP BY month ORDER BY month
            """,
        )
        across = rows(
            demo_ledger,
            f"""
            SELECT local_month, sum(CASE WHEN f.outside > t.outside THEN quantity_micro
                                         WHEN f.outside < t.outside THEN -quantity_micro
                                         ELSE 0 END)
            FROM entry_view JOIN account_view AS f ON f.account = from_account
            JOIN account_view AS t ON t.account = to_account
            WHERE commodity = '{good}' GROUP BY 1 ORDER BY 1
            """,
        )
        assert by_member == across, good


def inventory_of(url: str, boundary: str) -> dict[str, Any]:
    from demo_case import NOW

    from carbonledger.run.service import inventory

    with open_ledger(url, write=True) as ledger:
        return inventory(ledger, boundary, "2024", actor="tester", now=NOW)


def test_emissions_of_members_and_shared_accounts_are_those_of_the_park(demo_ledger: str) -> None:
    park = inventory_of(demo_ledger, "park")
    assert (
        park["scopes"]["1"]
        == sum((line["co2e_kg"] for line in park["lines"] if line["scope"] == "1"), Decimal(0))
        / 1000
    )
    within = [
        inventory_of(demo_ledger, code)["scopes"]["1"]
        for code in ("park/tyre-works", "park/rubber-works", "park/boiler-house")
    ]
    assert sum(within) == park["scopes"]["1"], "scope 1 happens somewhere, once"


def test_internal_steam_is_counted_once(demo_ledger: str) -> None:
    """The boiler's gas is scope 1 of the park; the steam that its members buy is nothing on top."""
    lines = inventory_of(demo_ledger, "park")["lines"]
    assert {line["commodity"] for line in lines if line["scope"] == "1"} == {
        "natural_gas",
        "diesel",
    }
    assert not [line for line in lines if line["commodity"] == "steam"]
    member = inventory_of(demo_ledger, "park/rubber-works")["lines"]
    bought = {line["commodity"] for line in member if line["scope"] == "2_location"}
    assert bought == {"electricity", "steam"}, "for a member it is purchased heat"


def test_products_and_what_is_left_are_all_that_was_emitted(demo_ledger: str) -> None:
    found = answers(demo_ledger)["footprint"]["reconciliation"]
    assert found["residual_kg"] == 0
    assert found["products_kg"] + found["unallocated_kg"] == (
        found["direct_kg"] + found["upstream_kg"]
    )
    assert found["products_kg"] > 0
    assert found["direct_kg"] == inventory_of(demo_ledger, "park")["scopes"]["1"] * 1000


def test_renewable_electricity_is_what_the_roof_gave_and_the_certificates_say(
    demo_ledger: str, demo_files: Path
) -> None:
    park = expected(demo_files)["park"]
    found = answers(demo_ledger)["renewable"]
    assert found["electricity_kwh"] == Decimal(park["entered_kwh"])
    assert found["renewable_kwh"] == Decimal(park["renewable_kwh"])
    assert found["share"] == round(Decimal(park["renewable_kwh"]) / Decimal(park["entered_kwh"]), 9)


def whole(url: str) -> tuple[Any, ...]:
    with open_ledger(url) as ledger:
        assert verify(ledger)["problems"] == []
    return answers(url), rows(url, FLOWS), rows(url, READINGS)


@pytest.fixture(scope="module")
def usual(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the URL of a copy of the demo's ledger that the tests of other orders share."""
    path = tmp_path_factory.mktemp("usual") / "demo.db"
    shutil.copyfile(demo_template, path)
    return location(str(path))


@pytest.fixture(scope="module")
def said(usual: str) -> tuple[Any, ...]:
    """Give what the books say after the imports in their usual order."""
    return whole(usual)


def test_files_in_another_order_give_the_same_books(
    usual: str, said: tuple[Any, ...], demo_files: Path, tmp_path: Path
) -> None:
    """Shuffled, and each file twice; only the correction has to follow what it corrects."""
    plain = [step for step in steps(demo_files) if not step.adjust]
    last = [step for step in steps(demo_files) if step.adjust]
    random.Random(5).shuffle(plain)  # noqa: S311 (an order, no secret)
    again = build(demo_files, tmp_path / "shuffled.db", [*plain, *last, *plain, *last])
    assert whole(again) == said
    assert rows(again, "SELECT count(*) FROM batch_view") == rows(
        usual, "SELECT count(*) FROM batch_view"
    )


def test_files_cut_in_two_and_backwards_give_the_same_books(
    said: tuple[Any, ...], demo_files: Path, tmp_path: Path
) -> None:
    parts: list[Step] = []
    for step in steps(demo_files):
        parts += split(step, tmp_path) if step.file.suffix == ".gz" else [step]
    plain = [step for step in parts if not step.adjust]
    last = [step for step in parts if step.adjust]
    cut = build(demo_files, tmp_path / "cut.db", [*reversed(plain), *last])
    assert whole(cut) == said


def test_importing_everything_again_changes_nothing(demo_ledger: str, demo_files: Path) -> None:
    before = Path(demo_ledger.removeprefix("sqlite:///")).read_bytes()
    with open_ledger(demo_ledger, write=True) as ledger:
        for step in steps(demo_files):
            options = ImportOptions(profile=step.profile, adjust=step.adjust, now="2026-01-01",
                                    actor="somebody else")  # fmt: skip
            answer = import_file(ledger, step.file, options)
            # Known by its hash; or compared value by value, where something was changed since.
            assert answer["batch"] is None or answer["posted_before"], step.file
            assert answer["entries"] == 0
    assert Path(demo_ledger.removeprefix("sqlite:///")).read_bytes() == before


@pytest.mark.parametrize("member", ["park/tyre-works", "park/rubber-works"])
def test_a_newcomer_finds_what_each_member_bought_in_march(
    member: str, demo_ledger: str, demo_files: Path
) -> None:
    found = rows(
        demo_ledger,
        "SELECT sum(quantity_micro) FROM energy_record WHERE commodity = 'electricity' "
        f"AND from_account = 'park' AND local_month = '2024-03' AND to_member = '{member}'",
    )
    assert found == [(micro(expected(demo_files)["member"][member]["months"]["2024-03"]),)]


def test_a_newcomer_finds_the_file_and_the_lines(demo_ledger: str, demo_files: Path) -> None:
    """The lines that the view names hold the values that the entry is the sum of."""
    import gzip

    [(name, first, last, quantity)] = rows(
        demo_ledger,
        "SELECT document, line_first, line_last, quantity_micro FROM energy_record "
        "WHERE to_account = 'park/rubber-works' AND commodity = 'electricity' "
        "AND local_day = '2024-03-05'",
    )
    lines = gzip.decompress((demo_files / "meters" / name).read_bytes()).decode().splitlines()
    values = [line.split(",")[2] for line in lines[first - 1 : last]]
    assert sum(micro(value) for value in values) == quantity
    assert len(values) == 96
    assert lines[first - 1].startswith("M-006,2024-03-05T00:00")


def test_a_newcomer_finds_what_the_correction_changed(demo_ledger: str, demo_files: Path) -> None:
    stated = expected(demo_files)["correction"]
    found = rows(
        demo_ledger,
        "SELECT e.reason, e.meter, e.local_day, e.quantity_micro FROM entry_view AS e "
        "JOIN batch_view AS b ON b.batch = e.batch WHERE b.kind = 'correction' ORDER BY local_day",
    )
    assert [day for _, _, day, _ in found] == stated["days"]
    assert {(reason, meter) for reason, meter, _, _ in found} == {
        ("meter M-003 was read with half its transformer ratio on 12-13 March 2024", "M-003")
    }
    assert sum(quantity for *_, quantity in found) == micro(stated["difference_kwh"])
    before = summed(demo_ledger, "meter = 'M-003' AND local_month = '2024-03' AND kind = 'reading'")
    assert before == micro(stated["before_kwh"])
    after = summed(demo_ledger, "meter = 'M-003' AND local_month = '2024-03'")
    assert after == micro(stated["after_kwh"])


def test_the_ledger_says_the_same_in_its_own_folder_and_elsewhere(demo_ledger: str) -> None:
    """The copy has no folder of documents beside it; everything that is a row still agrees."""
    with open_ledger(location(demo_ledger.removeprefix("sqlite:///"))) as ledger:
        answer = verify(ledger)
    assert answer["ok"]
    assert (answer["runs"], answer["recomputed"]) == (4, 4)
