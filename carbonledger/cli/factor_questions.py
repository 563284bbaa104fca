"""Commands that ask about factors: what would be used, what moved, what is wrong with a pack."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from carbonledger.cli.output import emit, say
from carbonledger.cli.plain import plain
from carbonledger.cli.state import as_of, now, opened
from carbonledger.cli.tables import table
from carbonledger.cli.usage import UsageRefused
from carbonledger.errors import LedgerRefused
from carbonledger.text import t

DAY = 10
LISTED = 12
FOUND = ("factor", "verdict", "value", "unit", "gas", "region", "data_year", "page")
PASSED = ("factor", "value", "unit", "why")
MOVED = ("state", "code", "old", "old_unit", "new", "new_unit", "percent", "columns")


def search(
    ctx: typer.Context,
    activity: Annotated[str, typer.Argument(metavar="ACTIVITY", help="cli.argument.activity")],
    *,
    region: Annotated[
        str, typer.Option("--region", metavar="CODE", help="cli.option.search_region")
    ] = "",
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="cli.option.search_on")] = "",
    purpose: Annotated[
        str, typer.Option("--purpose", metavar="NAME", help="cli.option.search_purpose")
    ] = "",
    method: Annotated[
        str, typer.Option("--method", metavar="CODE", help="cli.option.search_method")
    ] = "",
    gas: Annotated[str, typer.Option("--gas", metavar="GAS", help="cli.option.search_gas")] = "",
    basis: Annotated[
        str, typer.Option("--basis", metavar="NAME", help="cli.option.search_basis")
    ] = "",
    technology: Annotated[
        str, typer.Option("--technology", metavar="NAME", help="cli.option.search_technology")
    ] = "",
) -> None:
    """Say which factor would be used and why, and why each other is passed over."""
    from carbonledger.run import packs as service

    wanted = service.Wanted(
        activity, _month(on or now()[:DAY]), region, purpose, method, gas, basis, technology
    )
    with opened(ctx) as ledger:
        answer = service.search(ledger, wanted, as_of(ctx, ledger))
    emit(ctx, answer, _searched)


def _month(day: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(day).isoformat()[: len("2024-03")]
    except ValueError as error:
        raise UsageRefused(
            t("cli.error.day", text=plain(day)), hint=t("cli.error.day_hint")
        ) from error


def _searched(answer: Mapping[str, Any]) -> None:
    if not answer["searches"]:
        say(t("cli.search.no_search", activity=plain(answer["activity"])))
    for one in answer["searches"]:
        say(t("cli.search.title", name=one["search"], clause=one["clause"] or "-"))
        for line in _asked(one["asked"]):
            say(f"  {line}")
        state = "none" if not one["found"] else one["found"][0]["verdict"]
        say(t(f"cli.search.{state}"))
        if one["found"]:
            table([row | {"verdict": t(f"cli.search.verdict_{row['verdict']}")}
                   for row in one["found"]], FOUND)  # fmt: skip
        _passed(one["passed_over"])
        say()


def _asked(asked: Mapping[str, Any]) -> Iterator[str]:
    """Say the criteria in the order in which they decide."""
    for what in ("purposes", "gases", "bases", "regions", "packs"):
        values = ", ".join(asked[what]) or t("cli.search.any")
        yield t(f"cli.search.by_{what}", values=plain(values))
    yield t(f"cli.search.year_{asked['year_rule']}", year=asked["year"])
    if asked["technology"]:
        yield t("cli.search.technology", name=plain(asked["technology"]))


def _passed(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    say(t("cli.search.passed", count=len(rows)))
    table([{**row, "why": _why(row)} for row in rows[:LISTED]], PASSED)
    if len(rows) > LISTED:
        say(t("cli.search.more", count=len(rows) - LISTED))


def _why(row: Mapping[str, Any]) -> str:
    said = [
        t(f"cli.search.{row['verdict']}_{one['what']}", has=one["has"],
          wants=", ".join(one["wants"]))
        for one in row["reasons"]
    ]  # fmt: skip
    return t("cli.search.and").join(said)


def diff(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="cli.argument.pack_old")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="cli.argument.pack_new")],
) -> None:
    """Show what moved between two editions of a pack."""
    from carbonledger.run import packs as service
    from carbonledger.run.held_packs import stated_pack

    packs = [stated_pack(name, lambda name: _held(ctx, name)) for name in (old, new)]
    answer = {"of": old, "to": new} | service.diff(*(pack.factors for pack in packs))
    emit(ctx, answer, _moved)


def _held(ctx: typer.Context, name: str) -> Any:
    """Read a pack from the ledger; None where there is none."""
    from carbonledger.run.held_packs import held_pack

    try:
        with opened(ctx) as ledger:
            return held_pack(ledger, name, as_of(ctx, ledger))
    except LedgerRefused as refusal:
        if refusal.code != "ledger-missing":
            raise
        return None


def _moved(answer: Mapping[str, Any]) -> None:
    counts = {name: answer[name] for name in ("added", "gone", "changed", "unchanged")}
    say(t("cli.diff.counts", **counts))
    if answer["rows"]:
        rows = [
            {**row, "state": t(f"cli.diff.{row['state']}"), "columns": ", ".join(row["columns"])}
            for row in answer["rows"]
        ]
        table(rows, MOVED)


def check(
    ctx: typer.Context,
    packs: Annotated[
        list[str] | None, typer.Argument(metavar="[FOLDER|CODE@EDITION]", help="cli.argument.packs")
    ] = None,
) -> None:
    """Check packs without loading them; exit with 1 where one has a fault."""
    from carbonledger.run import packs as service

    answer = service.check(packs or (), lambda name: _held(ctx, name))
    emit(ctx, answer, _checked)
    if not answer["ok"]:
        raise typer.Exit(1)


def _checked(answer: Mapping[str, Any]) -> None:
    rows = [{**one, "faults": len(one["faults"])} for one in answer["packs"]]
    table(rows, ("pack", "rows", "confidence", "faults"))
    for one in answer["packs"]:
        if one["faults"]:
            say()
            say(plain(one["pack"]))
            table(one["faults"])
