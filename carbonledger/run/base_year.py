"""The base year as programs ask for it: as filed, as it would be now, and the way since."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.base_year import Assessment, assess, stated_mg, trigger_answer
from carbonledger.calc.figures import rounded, tonnes
from carbonledger.calc.model import BaseYear
from carbonledger.calc.period import months_of
from carbonledger.calc.restate_steps import inventory_masses
from carbonledger.calc.restated import TOTALS, Masses
from carbonledger.errors import CalculationRefused, Refusal
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import run, run_restatement
from carbonledger.ledger.state import SiteState, read_state
from carbonledger.run.question import Question, asked_for, boundary_of, gather
from carbonledger.run.restate import Comparison, compare_sides
from carbonledger.run.restating import INVENTORY, Sides
from carbonledger.run.service import INVENTORY_METHOD

PERCENT_PLACES = 3


def base_year(
    ledger: Ledger, period: str, boundary: str | None = None, *, as_of: int | None = None
) -> dict[str, Any]:
    """Compare the base year as filed with what it would be now, and judge every trigger.

    Args:
        ledger: the ledger; nothing is written.
        period: the year that is compared with the base year.
        boundary: the site; None: the only one.
        as_of: last batch to take into account; None: all.

    Returns:
        `{"year", "run", "filed_t", "now_t", "percent", "threshold_percent", "recalculate",
        "triggers", "trend", …}`; see docs/calculation/base-year.md.

    Raises:
        CalculationRefused: no base year is declared, its inventory was never computed, or the
            period is no later year; see also `run.restate.compare`.
    """
    with ledger.read() as connection:
        state = read_state(connection, as_of)
        site, base = _declared(state, boundary)
        year = _year(period, base)
        row = _filed(connection, site, base, as_of)
        held_on = year * 10_000 + 1231
        old = asked_for(row)
        new = replace(old, method=base.method or old.method, held_on=held_on, as_of=as_of)
        found = compare_sides(connection, Sides(INVENTORY, row, old, new))
        made = assess(base, found.before, found.changes)
        trend = _trend(connection, base, found, made, year)
    remarks = (*found.remarks, *made.remarks)
    command = f'carbonledger restate post --run {row["id"]} --held-on {year}-12-31 --reason "…"'
    if base.method and base.method not in (old.method, old.method.partition("@")[0]):
        command += f" --method {base.method}"
    return {
        "year": base.year,
        "boundary": site,
        "period": period,
        "run": row["id"],
        "method": old.method,
        "consolidation": base.consolidation,
        "total": base.total,
        "as_of": found.new.as_of,
        "filed_t": tonnes(made.filed_mg),
        "now_t": tonnes(made.now_mg),
        "threshold_percent": base.threshold,
        "recalculate": made.due,
        "command": command if made.due else "",
        "triggers": [trigger_answer(one, made.filed_mg) for one in made.triggers],
        "trend": trend,
        "warnings": [remark.en for remark in remarks],
        "warnings_zh": [remark.zh for remark in remarks],
    }


def _declared(state: SiteState, boundary: str | None) -> tuple[str, BaseYear]:
    site = boundary_of(state, boundary or "")
    base = state.accounts[site].base_year
    if base is None:
        raise CalculationRefused(
            f"no base year is declared for {site}",
            code="base-year",
            hint='declare it in site.toml, [base_year] with year = 2022 and threshold = "5%", and '
            "apply it",
        )
    return site, base


def _year(period: str, base: BaseYear) -> int:
    months = months_of(period)
    year = int(months[0][:4])
    if period != str(year) or year < base.year:
        raise CalculationRefused(
            f"{period} cannot be compared with the base year {base.year}",
            code="base-year-period",
            hint=f"name a year from {base.year} on, like --period {base.year + 1}",
        )
    return year


def _filed(
    connection: sa.Connection, site: str, base: BaseYear, as_of: int | None
) -> Mapping[str, Any]:
    """Return the run that holds the base year: the first, or the last that it was restated to."""
    wanted = base.method or INVENTORY_METHOD
    query = (
        sa.select(run)
        .where(run.c.kind == INVENTORY, run.c.boundary == site, run.c.period == str(base.year))
        .order_by(run.c.id)
    )
    if as_of is not None:
        query = query.where(run.c.as_of_batch <= as_of)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    links = connection.execute(
        sa.select(run_restatement.c.old_run_id, run_restatement.c.new_run_id).order_by(
            run_restatement.c.id
        )
    ).all()
    restated = {new for _, new in links}
    fitting = [
        row
        for row in rows
        if row["id"] not in restated and asked_for(row).consolidation == base.consolidation
    ]
    of_method = [row for row in fitting if wanted.partition("@")[0] == row["method"].split("@")[0]]
    if not (of_method or fitting):
        raise CalculationRefused(
            f"the inventory of {base.year} was never computed",
            code="base-year-run",
            hint=f"compute it: carbonledger inventory --boundary {site} --period {base.year} "
            f"--method {wanted} --consolidation {base.consolidation}",
        )
    number = (of_method or fitting)[0]["id"]
    for old, new in links:
        number = new if old == number else number
    return next(row for row in rows if row["id"] == number)


def _trend(
    connection: sa.Connection, base: BaseYear, found: Comparison, made: Assessment, last: int
) -> list[dict[str, Any]]:
    """Return every year since: as it was, and with the structure of today."""
    known = {one.trigger for one in made.triggers if one.basis == "stated"}
    stated = [one for one in base.structures if one.code in known]
    asked, rows = found.new.question, []
    first: int | None = None
    for year in range(base.year, last + 1):
        added = sum(stated_mg(one) for one in stated if one.day // 10_000 > year)
        as_was = made.filed_mg if year == base.year else _total(connection, asked, base, year, 0)
        like = _total(connection, asked, base, year, asked.held_on)
        like = like + added if like is not None else None
        first = like if year == base.year else first
        rows.append({
            "year": year,
            "as_was_t": None if as_was is None else tonnes(as_was),
            "like_for_like_t": None if like is None else tonnes(like),
            "change_percent": _percent(like, first),
        })  # fmt: skip
    return rows


def _total(
    connection: sa.Connection, asked: Question, base: BaseYear, year: int, held_on: int
) -> int | None:
    """Return the total of a year; None where nothing is posted or it cannot be computed."""
    try:
        material = gather(connection, replace(asked, period=str(year), held_on=held_on))
        if not material.books.flows:
            return None
        masses: Masses = inventory_masses(material.books, material.method, material.factors)
    except Refusal:
        return None
    scopes = TOTALS[base.total]
    return sum(mass for cell, mass in masses.items() if cell.scope in scopes)


def _percent(part: int | None, whole: int | None) -> Decimal | None:
    if part is None or not whole:
        return None
    return rounded(Fraction(100 * (part - whole), abs(whole)), PERCENT_PLACES)
