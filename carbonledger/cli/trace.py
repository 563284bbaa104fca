"""The command that goes forward: what became of a row of a file."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from carbonledger.cli.facts import localized
from carbonledger.cli.output import emit, say
from carbonledger.cli.plain import cell, number, plain
from carbonledger.cli.state import as_of, opened
from carbonledger.cli.usage import UsageRefused
from carbonledger.text import t

Row = Mapping[str, Any]
# Figures of a run on a screen; --json holds all of them.
MOST = 12


def trace(
    ctx: typer.Context,
    place: Annotated[str, typer.Argument(metavar="FILE:LINE", help="cli.argument.place")],
) -> None:
    """Say which entries a row of a source file went into, and which figures it reached."""
    from carbonledger.run.trace import trace as traced

    file, _, line = place.rpartition(":")
    if not file or not line.isdecimal() or not 0 < int(line) < 10**12:
        raise UsageRefused(t("cli.error.place", place=plain(place)), hint=t("cli.error.place_hint"))
    with opened(ctx) as ledger:
        answer = traced(ledger, file, int(line), as_of=as_of(ctx, ledger))
    emit(ctx, answer, _told)


def _told(answer: Row) -> None:
    for line in _lines(answer):
        say(line)


def _lines(answer: Row) -> Iterator[str]:
    yield plain(f"{answer['file']}:{answer['line']}")
    for row in answer["rows"]:
        yield from _row(row)
    for run in answer["reached"]:
        yield from _run(run)
    if not answer["reached"]:
        yield t("cli.trace.nowhere")


def _row(row: Row) -> Iterator[str]:
    sheet = f" [{row['sheet']}]" if row["sheet"] else ""
    yield t("cli.trace.batch", batch=row["batch"], kind=row["kind"],
            document=plain(row["document"]) + plain(sheet), sha256=row["sha256"][:12])  # fmt: skip
    if row["text"]:
        yield f"  {plain(row['text'])}"
    yield "  " + t(f"cli.trace.{row['state']}", skipped=number(row["skipped"]))
    for one in row["rejects"]:
        yield "  " + plain(f"{one['column_name']} {one['text']!r}: {one['reason']}".strip())
    for one in row["findings"]:
        yield "  " + plain(str(localized(one)["text"]))
    for one in row["entries"]:
        yield "  " + _entry(one)
        for later in one["changed_by"]:
            yield "    " + t("cli.trace.changed", entry=later["entry"], batch=later["batch"],
                             kind=later["kind"])  # fmt: skip


def _entry(one: Row) -> str:
    return t(
        "cli.trace.entry",
        entry=one["entry"], meter=plain(one["meter"] or one["document_no"] or "–"),
        commodity=plain(one["commodity"]), ends=plain(f"{one['from']} → {one['to']}"),
        day=one["local_day"], quantity=number(one["quantity"]), unit=one["unit"],
        first=one["line_first"], last=one["line_last"],
    )  # fmt: skip


def _run(run: Row) -> Iterator[str]:
    yield ""
    yield t("cli.trace.run", run=run["run"], kind=run["run_kind"], method=run["method"],
            period=run["period"])  # fmt: skip
    for flow in run["flows"]:
        yield f"  {plain(flow['key'])}: {number(flow['quantity'])}"
    for line in run["lines"][:MOST]:
        yield "  " + plain(
            f"line:{line['line']}  {line['account']} {line['scope']} "
            f"{line['month']} {line['gas']} = {number(line['co2e_kg'])} kg CO2e"
        )
    for figure in run["figures"][:MOST]:
        value = cell(figure["value"])
        yield "  " + plain(f"{figure['key']} = {value} {figure['unit']}".rstrip())
    more = max(0, len(run["lines"]) - MOST) + max(0, len(run["figures"]) - MOST)
    if more:
        yield "  " + t("cli.trace.more", count=number(more))
