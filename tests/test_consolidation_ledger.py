"""Consolidation in a ledger: declared in site.toml, posted, stored with the run, explained."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ledger_case import Case, post, record
from past_kit import made
from site_sample import SITE, Reader

from carbonledger.errors import PeriodClosed
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.ledger.schema import run
from carbonledger.run import service
from carbonledger.run.closing import close
from carbonledger.run.explain import explain
from carbonledger.run.verify import verify
from carbonledger.site.service import apply

NOW = "2025-04-05T08:00:00Z"
GROUP = (
    SITE
    + """
[account."park/own"]
kind = "facility"

[account."park/jv"]
kind = "facility"
equity = "40%"
financial_control = "joint"
operational_control = false
"""
)
BOUGHT = """
[[account."park/jv".ownership]]
valid_from = "2024-03-16"
equity = "100%"
financial_control = true
operational_control = true
"""
on_both = pytest.mark.both_databases


@pytest.fixture
def ledger(database: str, ledger_template: Path, tmp_path: Path) -> Iterator[Ledger]:
    """Give a group that emitted 100 kg of methane at its own plant and at a joint venture."""
    with open_ledger(made(tmp_path, ledger_template, database), write=True) as found:
        declare(found, tmp_path, GROUP)
        with found.transaction() as connection:
            rows = [
                record(connection, member, "air", "ch4", "2024-03-01", "2024-04-01", 100_000_000)
                for member in ("park/own", "park/jv")
            ]
        post(Case(found), *rows)
        yield found


def declare(ledger: Ledger, folder: Path, text: str, **more: Any) -> dict[str, Any]:
    path = folder / "site.toml"
    path.write_text(text, "utf-8")
    return apply(ledger, path, "anna", NOW, **more)


def inventory(ledger: Ledger, approach: str | None = None) -> dict[str, Any]:
    return service.inventory(ledger, None, "2024-03", consolidation=approach, actor="anna", now=NOW)


def tonnes(ledger: Ledger) -> list[str]:
    """Give scope 1 by equity share, financial and operational control."""
    return [
        f"{inventory(ledger, approach)['scopes']['1']:f}"
        for approach in ("equity", "financial", "operational")
    ]


@on_both
def test_shares_of_the_site_file_reach_the_run_and_its_explanation(ledger: Ledger) -> None:
    # Methane of 27.9 (AR6): 2.79 t at each plant.
    assert tonnes(ledger) == ["3.906", "3.906", "2.79"]
    answer = inventory(ledger, "equity")
    assert (answer["consolidation"], answer["left_out"]["1"]) == ("equity", Decimal("1.674"))
    assert inventory(ledger)["consolidation"] == "operational"
    tree = explain(ledger, "inventory.scope-1", answer["run"])
    [line] = [node for node in tree["children"] if "park/jv" in str(node)]
    assert "share:park/jv:2024-03" in [node["key"] for node in line["children"]]
    assert line["formula"] == "100 kg × GWP 27.9 × equity share 40 %"
    assert explain(ledger, "share:park/jv:2024-03", answer["run"])["value"] == Decimal("0.4")
    with ledger.read() as connection:
        kept = connection.execute(sa.select(run.c.parameters).order_by(run.c.id)).scalars().all()
    assert kept == ['{"consolidation":"equity"}', '{"consolidation":"financial"}', "{}"]
    checked = verify(ledger)
    assert (checked["ok"], checked["recomputed"]) == (True, 3)


@on_both
def test_a_change_of_ownership_is_posted_and_an_earlier_run_stays(
    ledger: Ledger, tmp_path: Path
) -> None:
    before = inventory(ledger, "equity")
    plan = declare(ledger, tmp_path, GROUP + BOUGHT)
    assert "equity (2024-03-16) — → 100%" in plan["lines"][0]
    # 15 days of March at 40 % and 16 at 100 %: 2.79 t + 27.9 × 70.967742 kg (100 × 22/31).
    assert tonnes(ledger) == ["4.770000002", "4.770000002", "4.229999994"]
    assert (
        service.inventory(
            ledger,
            None,
            "2024-03",
            consolidation="equity",
            as_of=before["as_of"],
            actor="b",
            now=NOW,
        )
        == before
    )
    assert verify(ledger)["ok"]
    assert declare(ledger, tmp_path, GROUP + BOUGHT)["batch"] is None


@on_both
def test_ownership_within_a_closed_period_needs_a_reason(ledger: Ledger, tmp_path: Path) -> None:
    close(ledger, "park", "2024-03", None, actor="anna", now=NOW)
    with pytest.raises(PeriodClosed):
        declare(ledger, tmp_path, GROUP + BOUGHT)
    declare(ledger, tmp_path, GROUP + BOUGHT, restate="the purchase was dated too late")
    # What takes effect after the period moves none of its figures.
    later = BOUGHT.replace("2024-03-16", "2024-04-01").replace("100%", "90%")
    declare(ledger, tmp_path, GROUP + BOUGHT + later)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('equity = "140%"', 'equity: must be a share from 0 to 100 per cent, like "40%"'),
        ("equity = 40", 'equity: must be a share from 0 to 100 per cent, like "40%"'),
        ('financial_control = "yes"', 'financial_control: must be true or false, without quotes, '
         'or "joint"'),
        ('operational_control = "joint"', "operational_control: must be true or false, without "
         "quotes"),
        ('ownership = [{ equity = "40%" }]', ": the key 'valid_from' is missing"),
        ('ownership = [{ valid_from = "2024-01-01" }]', ": states nothing; give equity, "
         "financial_control, operational_control"),
        ("ownership = 40", "ownership: must be tables: ownership = "
         "[{ valid_from = …, equity = … }]"),
        ('ownership = [{ valid_from = "2024-01-01", equity = "4%" }, '
         '{ valid_from = "2024-01-01", equity = "5%" }]',
         "valid_from: is the day of another table of this account"),
    ],
)  # fmt: skip
def test_a_share_that_cannot_be_read_is_a_fault(keys: str, said: str, tmp_path: Path) -> None:
    faults = Reader(tmp_path).faults(f'{SITE}\n[account."park/jv"]\nkind = "facility"\n{keys}\n')
    assert said in [f"{column}: {reason}" for _, column, reason in faults]


def test_what_lies_outside_is_not_consolidated(tmp_path: Path) -> None:
    text = f'{SITE}\n[account."mill"]\nkind = "supplier"\nequity = "40%"\n'
    assert "is for accounts inside" in Reader(tmp_path).fault(text)
