"""The base year: a plant bought in mid-year, a plant sold, errors, growth; what follows of each."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ledger_case import Case, post, record
from past_kit import made
from site_sample import SITE, Reader

from carbonledger.cli.entry import run
from carbonledger.errors import CalculationRefused
from carbonledger.ledger.connect import Ledger, open_ledger
from carbonledger.run import restatements, service
from carbonledger.run.base_year import base_year
from carbonledger.run.restating import Asked
from carbonledger.run.verify import verify
from carbonledger.site.service import apply

NOW = "2026-01-05T08:00:00Z"
BASE = """
[base_year]
year = 2022
threshold = "5%"
"""
PLANT = '\n[account."park/{name}"]\nkind = "facility"\n'
COMPANY = SITE + PLANT.format(name="a") + PLANT.format(name="b")
BOUGHT = """operational_control = false
[[account."park/b".ownership]]
valid_from = "2023-07-01"
operational_control = true
"""
SOLD = """operational_control = true
[[account."park/b".ownership]]
valid_from = "2023-07-01"
operational_control = false
"""
EVENT = """
[structure."plant-b"]
kind = "{kind}"
account = "park/b"
date = "2023-07-01"
{more}
"""
on_both = pytest.mark.both_databases


@pytest.fixture
def ledger(database: str, ledger_template: Path, tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(made(tmp_path, ledger_template, database), write=True) as found:
        yield found


class Company:
    """A company, what its plants emit as measured, and its inventories."""

    def __init__(self, ledger: Ledger, folder: Path, site: str) -> None:
        self.ledger, self.folder = ledger, folder
        self.declare(site)

    def declare(self, site: str) -> None:
        path = self.folder / "site.toml"
        path.write_text(site, "utf-8")
        apply(self.ledger, path, "anna", NOW)

    def emits(self, **tonnes: dict[int, int]) -> None:
        """Post the CO2 of plants by year, in tonnes, measured in December."""
        with self.ledger.transaction() as connection:
            rows = [
                record(connection, f"park/{plant}", "air", "co2", f"{year}-12-01",
                       f"{year + 1}-01-01", amount * 10**9)
                for plant, years in tonnes.items()
                for year, amount in years.items()
            ]  # fmt: skip
        post(Case(self.ledger), *rows)

    def files(self, year: int = 2022) -> dict[str, Any]:
        return service.inventory(self.ledger, None, str(year), actor="anna", now=NOW)

    def check(self, year: int = 2024) -> dict[str, Any]:
        return base_year(self.ledger, str(year))


def verdicts(answer: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["trigger"]: (f"{one['change_t']:f}", one["verdict"]) for one in answer["triggers"]}


@pytest.fixture(name="company")
def _company(ledger: Ledger, tmp_path: Path) -> Company:
    """Give a company that filed 100 t for 2022, its base year."""
    made = Company(ledger, tmp_path, COMPANY + BASE)
    made.emits(a={2022: 100, 2023: 98, 2024: 95})
    assert made.files()["scopes"]["1"] == 100
    return made


@on_both
def test_a_plant_bought_in_mid_year_belongs_into_the_base_year(company: Company) -> None:
    company.declare(COMPANY + BOUGHT + EVENT.format(kind="acquisition", more="") + BASE)
    company.emits(b={2022: 20, 2023: 20, 2024: 18})
    answer = company.check()
    assert verdicts(answer) == {
        "plant-b": ("20", "recalculate"), "cumulative": ("20", "recalculate"),
    }  # fmt: skip
    assert (answer["filed_t"], answer["now_t"], answer["recalculate"]) == (100, 120, True)
    assert answer["command"] == (
        'carbonledger restate post --run 1 --held-on 2024-12-31 --reason "…"'
    )
    # Posted in December, so of 2023 the whole year's emissions came after the purchase.
    assert [(r["year"], r["as_was_t"], r["like_for_like_t"]) for r in answer["trend"]] == [
        (2022, 100, 120), (2023, 118, 118), (2024, 113, 113),
    ]  # fmt: skip
    assert answer["trend"][-1]["change_percent"] == Decimal("-5.833")
    # Recalculated, the base year stands, under the same structure.
    asked = Asked(run=1, held_on=20241231)
    restatements.post(company.ledger, asked, "plant b was bought", "anna", NOW)
    again = company.check()
    assert (again["run"], again["filed_t"], again["recalculate"]) == (2, 120, False)
    assert verify(company.ledger)["ok"]


@on_both
def test_a_plant_that_was_sold_leaves_the_base_year(ledger: Ledger, tmp_path: Path) -> None:
    company = Company(ledger, tmp_path, COMPANY + BASE)
    company.emits(a={2022: 80, 2024: 78}, b={2022: 20, 2023: 19})
    company.files()
    company.declare(COMPANY + SOLD + EVENT.format(kind="divestment", more="") + BASE)
    answer = company.check()
    assert verdicts(answer)["plant-b"] == ("-20", "recalculate")
    assert (answer["filed_t"], answer["now_t"]) == (100, 80)
    assert answer["trend"][-1]["change_percent"] == Decimal("-2.5")


@pytest.mark.parametrize(
    ("wrong", "verdict"), [(4, "below_threshold"), (5, "recalculate"), (-6, "recalculate")]
)
def test_an_error_counts_from_the_threshold_on(company: Company, wrong: int, verdict: str) -> None:
    company.emits(a={2022: wrong})
    assert verdicts(company.check()) == {
        "activity": (str(wrong), verdict), "cumulative": (str(wrong), verdict),
    }  # fmt: skip


def test_small_changes_add_up(company: Company) -> None:
    event = EVENT.format(kind="acquisition", more='emissions_t = "3"\nsource = "its report"')
    company.declare(COMPANY + BOUGHT + event + BASE)
    company.emits(a={2022: 3})
    answer = company.check()
    assert verdicts(answer) == {
        "plant-b": ("3", "below_threshold"),
        "activity": ("3", "below_threshold"),
        "cumulative": ("6", "recalculate"),
    }
    assert answer["triggers"][0]["basis"] == "stated"


@pytest.mark.parametrize(
    ("kind", "more"),
    [("organic_growth", ""), ("outsourcing", "reported_in_scope_3 = true\n")],
)
def test_growth_and_what_scope_3_holds_anyway_never_count(
    company: Company, kind: str, more: str
) -> None:
    more += 'emissions_t = "40"\nsource = "its report"'
    company.declare(COMPANY + EVENT.format(kind=kind, more=more) + BASE)
    company.emits(b={2023: 40, 2024: 50})
    answer = company.check()
    assert verdicts(answer)["plant-b"][1] == "never"
    assert verdicts(answer)["cumulative"] == ("0", "no_change")
    assert not answer["recalculate"]
    assert answer["trend"][-1]["like_for_like_t"] == 145, "growth is what the trend shows"


def test_a_plant_that_did_not_exist_in_the_base_year_changes_nothing(company: Company) -> None:
    company.declare(COMPANY + BOUGHT + EVENT.format(kind="acquisition", more="") + BASE)
    company.emits(b={2023: 20, 2024: 20})
    answer = company.check()
    assert verdicts(answer)["plant-b"] == ("0", "no_change")
    assert any("plant-b changes nothing of the base year" in said for said in answer["warnings"])


def test_a_restated_share_is_no_change_of_the_figures(company: Company) -> None:
    """A run at a share, restated with nothing posted since: every cause is zero."""
    company.declare(COMPANY + 'equity = "40%"\n' + BASE)
    company.emits(b={2022: 50})
    made = service.inventory(
        company.ledger, None, "2022", consolidation="equity", actor="anna", now=NOW
    )
    assert made["scopes"]["1"] == 120
    shown = restatements.preview(company.ledger, Asked(run=made["run"]))
    assert not shown["changed"]
    company.emits(b={2022: 10})
    shown = restatements.preview(company.ledger, Asked(run=made["run"]))
    assert {c: s for c, s in shown["totals"][0]["by_cause"].items() if s} == {"activity": 4}


def test_the_command_exits_with_1_where_a_recalculation_is_due(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    if company.ledger.engine.dialect.name != "sqlite":
        pytest.skip("one database will do")
    where = ["--db", str(company.folder / "ledger.db")]
    assert run([*where, "base-year", "--period", "2024"]) == 0
    assert "2022 stands" in capsys.readouterr().out
    company.emits(a={2022: 7})
    assert run([*where, "base-year", "--period", "2024"]) == 1
    said = capsys.readouterr().out
    for words in ("activity", "recalculate", "all together", "restate post --run 1 --held-on 2024"):
        assert words in said
    assert run([*where, "--json", "base-year", "--period", "2024"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["recalculate"], answer["now_t"]) == (True, 107)
    post = ["restate", "post", "--run", "1", "--held-on", "2024-12-31", "--reason", "an error"]
    assert run([*where, *post]) == 0
    assert run([*where, "base-year", "--period", "2024"]) == 0
    assert run([*where, "restate", "preview", "--run", "1", "--held-on", "yesterday"]) == 2


@pytest.mark.parametrize(
    ("site", "period", "code"),
    [
        (COMPANY, "2024", "base-year"),
        (COMPANY + BASE, "2024", "base-year-run"),
        (COMPANY + BASE, "2021", "base-year-period"),
        (COMPANY + BASE, "2024-03", "base-year-period"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    ledger: Ledger, tmp_path: Path, site: str, period: str, code: str
) -> None:
    Company(ledger, tmp_path, site)
    with pytest.raises(CalculationRefused) as caught:
        base_year(ledger, period)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[base_year]\nyear = "2022"', "year: must be a whole number from 1900 to 2199, without "
         "quotes"),
        ("[base_year]\nthreshold = 5\nyear = 2022", 'threshold: must be per cent of the base '
         'year, like "5%"'),
        ('[structure."x"]\nkind = "acquisition"\naccount = "park"\ndate = "2023-01-01"',
         ": needs the table [base_year], with its year"),
        (BASE + '[structure."x"]\nkind = "acquisition"\naccount = "mill"\ndate = "2023-01-01"',
         "account: is no account of the site"),
        (BASE + '[structure."x"]\nkind = "acquisition"\naccount = "park"\ndate = "2023-01-01"\n'
         'emissions_t = "5"', ": the key 'source' is missing"),
    ],
)  # fmt: skip
def test_a_base_year_that_cannot_be_read_is_a_fault(text: str, said: str, tmp_path: Path) -> None:
    faults = Reader(tmp_path).faults(f"{SITE}\n{text}\n")
    assert said in [
        f"{column if column != 'structure' else ''}: {why}" for _, column, why in faults
    ]
