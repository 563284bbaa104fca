"""Scope 3 of a plant from its site file and record files to the answer and its reasons."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from past_kit import made

from carbonledger.errors import SiteRefused
from carbonledger.ingest.options import ImportOptions
from carbonledger.ingest.service import import_file
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.run import service
from carbonledger.run.verify import verify
from carbonledger.site.service import apply

ACTOR, NOW = "Wang", "2025-02-01T00:00:00Z"
SITE = """
[site]
code = "works"
timezone = "Asia/Shanghai"
region = "CN-LN"
name = { en = "Tyre works" }

[account."haulier"]
kind = "supplier"

[account."plantation"]
kind = "supplier"

[commodity."natural_rubber"]
kind = "material"
unit = "kg"

[scope_3.not_relevant]
14 = "no franchises"

[scope_3.factor."rubber"]
value = "1.6"
unit = "kgCO2e/kg"
source = "EPD of the plantation, 2024, p. 7"

[[scope_3.flow]]
account = "plantation"
commodity = "natural_rubber"
category = "1"
factor = "rubber"

[scope_3.factor."truck"]
value = 0.08
unit = "kgCO2e/tkm"
source = "haulier's statement"

[[scope_3.flow]]
account = "haulier"
category = "4"
factor = "truck"
"""
RECORDS = """start,end,from,to,commodity,quantity,unit
2024-03-01,2024-03-31,plantation,works,natural_rubber,10,t
2024-03-01,2024-03-31,haulier,works,freight_road,5000,t·km
"""


on_both = pytest.mark.both_databases


@pytest.fixture
def ledger(database: str, ledger_template: Path, tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(made(tmp_path, ledger_template, database), write=True) as found:
        yield found


def applied(ledger: Ledger, folder: Path, text: str, **more: Any) -> dict[str, Any]:
    file = folder / "site.toml"
    file.write_text(text, "utf-8")
    return apply(ledger, file, ACTOR, NOW, **more)


def imported(ledger: Ledger, folder: Path) -> None:
    file = folder / "records.csv"
    file.write_text(RECORDS, "utf-8")
    import_file(ledger, file, ImportOptions(actor=ACTOR, now=NOW))


def asked(ledger: Ledger, as_of: int | None = None) -> dict[str, Any]:
    return service.inventory(ledger, None, "2024", actor=ACTOR, now=NOW, as_of=as_of)


def status(answer: dict[str, Any], *categories: str) -> list[tuple[str, str, Any, str, str]]:
    return [
        (one["category"], one["status"], one["t"], one["method"], one["reason"])
        for one in answer["scope_3"]
        if one["category"] in categories
    ]


@on_both
def test_a_site_states_its_suppliers_factors_and_what_does_not_matter(
    ledger: Ledger, tmp_path: Path
) -> None:
    first = applied(ledger, tmp_path, SITE)
    assert first["scope_3"] is True
    imported(ledger, tmp_path)
    answer = asked(ledger)
    assert status(answer, "1", "4", "14") == [
        ("1", "calculated", 16, "supplier", ""),
        ("4", "calculated", Decimal("0.4"), "supplier", ""),
        ("14", "not_relevant", None, "", "no franchises"),
    ]
    line = next(one for one in answer["lines"] if one["commodity"] == "natural_rubber")
    assert (line["factor"], line["factor_unit"]) == ("scope-3.works@1/rubber", "kgCO2e/kg")
    # The same file again posts nothing; another factor is the next edition, and the figures
    # as of before stay.
    assert applied(ledger, tmp_path, SITE)["batch"] is None
    second = applied(ledger, tmp_path, SITE.replace('"1.6"', '"2"'))
    assert status(asked(ledger), "1")[0][2] == 20
    assert status(asked(ledger, second["batch"] - 1), "1")[0][2] == 16
    for key in ("scope-3", f"line:{line['line']}"):
        assert service.explain(ledger, key, answer["run"])
    assert verify(ledger)["ok"]


def test_a_dry_run_says_that_scope_3_changes_and_posts_nothing(
    ledger: Ledger, tmp_path: Path
) -> None:
    shown = applied(ledger, tmp_path, SITE, dry_run=True)
    assert shown["lines"][0] == "~ scope 3 as site.toml states it"
    assert applied(ledger, tmp_path, SITE)["scope_3"] is True


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (('category = "4"', 'category = "16"'), "the categories are 1 to 15"),
        (
            ('account = "haulier"', 'account = "hauler"'),
            "there is no account 'hauler'; did you mean",
        ),
        (('factor = "truck"', 'factor = "lorry"'), "names the factor 'lorry'"),
    ],
)
def test_a_slip_in_the_table_is_a_fault_of_the_file(
    ledger: Ledger, tmp_path: Path, wrong: tuple[str, str], said: str
) -> None:
    with pytest.raises(SiteRefused) as refused:
        applied(ledger, tmp_path, SITE.replace(*wrong))
    assert refused.value.code == "site-file"
    assert said in refused.value.problems[0].reason
