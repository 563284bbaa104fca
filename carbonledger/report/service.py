"""Reports as programs ask for them: compute, store the runs, write the page."""

from dataclasses import replace

from carbonledger.ledger.connect import Ledger
from carbonledger.report.build import build
from carbonledger.report.build_standing import check_final
from carbonledger.report.data import ParkSummary, RunRow
from carbonledger.report.html import render_html
from carbonledger.report.jsonform import as_json, json_text
from carbonledger.run.question import Material, Question
from carbonledger.run.store import (
    Result,
    content_hash,
    header,
    indicator_values,
    line_values,
    save,
)
from carbonledger.run.summary import answers, results


def park_summary(
    ledger: Ledger, boundary: str | None, period: str, *, lang: str, form: str,
    method: str | None = None, as_of: int | None = None, final: bool = False, actor: str,
    now: str,
) -> str:  # fmt: skip
    """Write the summary of a park as a page or as JSON text.

    Args:
        ledger: the ledger; where it is open for writing, the runs behind the report are stored.
        boundary: account code; None is the only site of the ledger.
        period: `2024`, `2024-Q1`, `2024-03` or `2024-01..2024-06`.
        lang: `en` or `zh`.
        form: `html` or `json`.
        method: method of energy and emissions; None is the one of inventories.
        as_of: last batch to take into account; None: all.
        final: refuse while something is missing or does not close; else it is a draft.
        actor: who asks.
        now: when, ISO 8601 in UTC.

    Raises:
        CalculationRefused: `report-final`, as `summarised`.
        CalculationRefused, FactorNotFound, FactorRefused: as the calculations.
        ValueError: there is no such form or language.
    """
    summary = summarised(
        ledger, boundary, period, method=method, as_of=as_of, final=final, actor=actor, now=now
    )
    return written(summary, lang, form)


def written(summary: ParkSummary, lang: str, form: str) -> str:
    """Write a summary; the same summary gives the same text.

    Args:
        summary: what to write.
        lang: `en` or `zh`.
        form: `html` or `json`.

    Raises:
        ValueError: there is no such form or language.
    """
    if form == "html":
        return render_html(summary, lang)
    if form == "json":
        return json_text(as_json(summary)) + "\n"
    raise ValueError(f"no report in form {form!r}; there are html, json")


def summarised(
    ledger: Ledger, boundary: str | None, period: str, *,
    method: str | None = None, as_of: int | None = None, final: bool = False, actor: str,
    now: str,
) -> ParkSummary:  # fmt: skip
    """Compute what the summary of a park shows, and store the runs behind it.

    A final one is refused before anything is stored; a draft says what stands against it.

    Raises:
        CalculationRefused: `report-final`, something is missing or a balance does not close.
        CalculationRefused, FactorNotFound, FactorRefused: as the calculations.
    """
    asked = Question(boundary or "", period, method or "", as_of)
    with ledger.read() as connection:
        found = answers(connection, asked)
    if final:
        check_final(found.standing)
    runs = tuple(
        RunRow(
            result.kind,
            save(ledger, material, result, actor, now),
            material.method.key,
            _digest(material, result),
        )
        for material, result in results(found)
    )
    made = build(found, runs)
    return replace(made, header=replace(made.header, final=final))


def _digest(material: Material, result: Result) -> str:
    lines = [line_values(number, line) for number, line in enumerate(result.lines, 1)]
    indicators = [indicator_values(one) for one in result.indicators]
    return content_hash(header(material, result), lines, indicators)
