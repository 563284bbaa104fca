"""A park whose inventory is restated: electricity and methane of one month, and what is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ledger_case import Case, days, header, park, post, record
from past_kit import made

from carbonledger.ledger import schema
from carbonledger.ledger.book import posting
from carbonledger.ledger.connect import Ledger
from carbonledger.run import restatements, service
from carbonledger.run.publishing import publish_pack
from carbonledger.run.restating import Asked
from carbonledger.run.setup import load_pack

NOW = "2025-04-05T08:00:00Z"
MARCH = "2024-03"
WHY = "the grid factors of 2024 were published"
PACK = """
code = "cn-grid"
edition = "2024"
publisher = "Somebody"
title = "Factors of 2024"
document = "No. 1"
licence = "free"
published_on = "2026-12-31"
confidence = "one_source"
"""
# 0.4878 in the shipped edition of 2023.
FACTORS = """code,activity,region,data_year,purpose,gas,value,unit,page,confidence
CN-LN,electricity,CN-LN,2024,organisation,co2,0.5,kgCO2/kWh,1,one_source
CN,electricity,CN,2024,organisation,co2,0.51,kgCO2/kWh,1,one_source
CN-residual,electricity,CN,2024,organisation_residual,co2,0.6096,kgCO2/kWh,1,one_source
"""


@contextmanager
def filled(database: str, template: Path, folder: Path) -> Iterator[Case]:
    """Give a park that took 1,000 kWh from the grid in March 2024 and made 100 kg of methane."""
    with park(made(folder, template, database)) as case:
        post(case, *days(case, "M-1", "2024-03-05", ["250", "250", "250", "250"]))
        post(case, of(case, "park", "air", "ch4", 100_000_000))
        yield case


def of(case: Case, source: str, target: str, good: str, quantity: int) -> dict[str, Any]:
    with case.ledger.read() as connection:
        return record(connection, source, target, good, "2024-03-01", "2024-04-01", quantity)


def inventory(case: Case, boundary: str = "park", **more: Any) -> dict[str, Any]:
    return service.inventory(case.ledger, boundary, MARCH, actor="anna", now=NOW, **more)


def preview(case: Case, run: int | None = 1, **asked: Any) -> dict[str, Any]:
    return restatements.preview(case.ledger, Asked(run=run, **asked))


def restate(case: Case, run: int = 1, why: str = WHY, **asked: Any) -> dict[str, Any]:
    return restatements.post(case.ledger, Asked(run=run, **asked), why, "anna", NOW)


def causes(answer: dict[str, Any], name: str = "location") -> dict[str, str]:
    """Give what each cause changed of a total in tonnes, and see that it all adds up."""
    (row,) = [one for one in answer["totals"] if one["total"] == name]
    assert sum(row["by_cause"].values()) == row["change_t"] == row["new_t"] - row["old_t"]
    for part, key in (("accounts", "total"), ("months", "total")):
        rows = [one for one in answer[part] if one[key] == name]
        if rows:
            assert sum(one["change_t"] for one in rows) == row["change_t"]
            for cause, step in row["by_cause"].items():
                assert sum(one["by_cause"][cause] for one in rows) == step
    return {cause: f"{step}" for cause, step in row["by_cause"].items() if step}


def new_edition(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "grid-2024"
    folder.mkdir()
    (folder / "pack.toml").write_text(PACK, "utf-8")
    (folder / "factors.csv").write_text(FACTORS, "utf-8")
    published(case.ledger, folder)


def published(ledger: Ledger, folder: Path) -> None:
    """Load a pack, and publish it as another actor: two batches."""
    loaded = load_pack(ledger, folder, "anna", NOW)
    publish_pack(ledger, f"{loaded['pack']}@{loaded['edition']}", None, "berta", NOW)


def refusal(error: type[Exception], code: str, case: Case, **asked: Any) -> Any:
    with pytest.raises(error) as caught:
        preview(case, **asked)
    assert caught.value.code == code  # type: ignore[attr-defined]
    return caught.value


def everything(case: Case) -> dict[str, list[Any]]:
    """Give every row of every table."""
    with case.ledger.read() as connection:
        return {
            name: [tuple(row) for row in connection.execute(sa.select(table))]
            for name, table in schema.metadata.tables.items()
        }


def added(case: Case, code: str, region: str | None = None) -> None:
    """Declare an account, or another region of one."""
    with (
        case.ledger.transaction() as connection,
        posting(connection, header("site")) as made,
    ):
        known = connection.execute(
            sa.select(schema.account.c.id).where(schema.account.c.code == code)
        ).scalar()
        made.insert(
            schema.account_revision,
            account_id=known or made.insert(schema.account, code=code, outside=0),
            kind="facility", region=region,
        )  # fmt: skip
