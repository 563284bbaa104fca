"""The demo: a small park's year, its ledger and its report, through the functions users call."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carbonledger.cli.facts import assessed, facts, rounded
from carbonledger.cli.output import emit, note, progress, say
from carbonledger.cli.plain import cell, plain
from carbonledger.cli.reports import write_whole
from carbonledger.cli.state import now, state
from carbonledger.cli.tables import table
from carbonledger.cli.usage import UsageRefused
from carbonledger.errors import Refusal
from carbonledger.text import language, t

if TYPE_CHECKING:
    from carbonledger.ledger.connect import Ledger

STEPS = "demo.toml"
QUESTIONS = {
    "bought": (
        "select to_member, round(sum(quantity), 3) as kwh from energy_record"
        " where commodity = 'electricity' and from_account = 'park'"
        " and local_month = '2024-03' group by to_member"
    ),
    "source": (
        "select meter, local_day, quantity, document, line_first, line_last from energy_record"
        " where to_account = 'park/rubber-works' and commodity = 'electricity'"
        " and local_month = '2024-03'"
    ),
    "correction": (
        "select batch, reason, meter, local_day, quantity, unit from entry_view"
        " where kind = 'adjustment'"
    ),
}


class DemoRefused(Refusal):
    """The folder is not one the demo may write into."""

    code = "demo-folder"


def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="cli.argument.demo_folder")
    ] = Path("carbonledger-demo"),
) -> None:
    """Build a small park, its year of data, its ledger and its report."""
    if _typed(ctx.parent, "db"):
        raise UsageRefused(t("cli.error.demo_db"), hint=t("cli.error.demo_db_hint"))
    _check(folder)
    quiet = state(ctx).json
    answer = build(folder, state(ctx).actor, now(), _silent if quiet else note)
    emit(ctx, answer, show)


def _silent(_line: str) -> None:
    """Say nothing: the answer holds it all."""


def _typed(ctx: Any, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _check(folder: Path) -> None:
    """Refuse a folder with other things in it.

    Raises:
        DemoRefused: the folder is not empty and no earlier demo.
    """
    if folder.exists() and not folder.is_dir():
        raise DemoRefused(
            t("cli.error.demo_file", folder=folder), hint=t("cli.error.demo_folder_hint")
        )
    if folder.is_dir() and any(folder.iterdir()) and not (folder / STEPS).is_file():
        raise DemoRefused(
            t("cli.error.demo_folder", folder=folder), hint=t("cli.error.demo_folder_hint")
        )


@dataclass(frozen=True, slots=True)
class Work:
    """What every step of the demo works with.

    Attributes:
        ledger: opened for writing.
        folder: where the files are.
        actor: who posts.
        now: time of posting, ISO 8601 in UTC.
        tell: is called with a line of text after each step.
    """

    ledger: "Ledger"
    folder: Path
    actor: str
    now: str
    tell: Callable[[str], None]


def build(folder: Path, actor: str, moment: str, tell: Callable[[str], None]) -> dict[str, Any]:
    """Make the demo park's files, ledger, figures and report.

    Args:
        folder: where everything goes; made if it is missing.
        actor: who posts.
        moment: time of posting, ISO 8601 in UTC.
        tell: is called with a line of text after each step.

    Returns:
        Places of ledger and report, the steps with their answers, and the figures.

    Raises:
        CarbonLedgerError: a step was refused.
    """
    from carbonledger.example import generate
    from carbonledger.ledger.connect import location, open_ledger
    from carbonledger.run.setup import init

    tell(t("cli.demo.generate", folder=plain(str(folder))))
    generate(folder)
    plan = tomllib.loads((folder / STEPS).read_text("utf-8"))
    database, report = folder / "ledger.db", folder / "report.html"
    init(location(str(database)), actor, moment)
    with open_ledger(location(str(database)), write=True) as ledger:
        work = Work(ledger, folder, actor, moment, tell)
        steps = [_step(work, step) for step in plan["step"]]
        tell(t("cli.demo.compute"))
        figures = _figures(work, plan["boundary"], plan["period"])
        _report(work, plan["boundary"], plan["period"], report)
    places = {"folder": str(folder), "ledger": str(database), "report": str(report)}
    return {**places, "steps": steps, **figures}


def _step(work: Work, step: dict[str, str]) -> dict[str, Any]:
    answer = _apply(work, step) if step["command"] == "site apply" else _import(work, step)
    batch = cell(answer["batch"], "batch")
    work.tell(t("cli.demo.step", command=step["command"], file=step["file"], batch=batch))
    return {**step, "answer": answer}


def _apply(work: Work, step: dict[str, str]) -> dict[str, Any]:
    from carbonledger.site import service

    return service.apply(work.ledger, work.folder / step["file"], work.actor, work.now)


def _import(work: Work, step: dict[str, str]) -> dict[str, Any]:
    from carbonledger.ingest.service import ImportOptions, import_file

    profile = work.folder / step["profile"] if "profile" in step else None
    chosen = ImportOptions(
        profile=profile, adjust=step.get("adjust"), actor=work.actor, now=work.now
    )
    with progress(step["file"]) as tick:
        return import_file(work.ledger, work.folder / step["file"], chosen, tick)


def _figures(work: Work, boundary: str, period: str) -> dict[str, Any]:
    from carbonledger.run import service

    compute = {
        "inventory": service.inventory,
        "renewable": service.renewable,
        "footprint": service.footprint,
        "intensity": service.intensity,
    }
    return {
        name: function(work.ledger, boundary, period, actor=work.actor, now=work.now)
        for name, function in compute.items()
    }


def _report(work: Work, boundary: str, period: str, place: Path) -> None:
    """Write the report of the demo, and file it."""
    from carbonledger.report.filed import file_summary
    from carbonledger.report.service import summarised, written

    summary = summarised(work.ledger, boundary, period, actor=work.actor, now=work.now)
    data = written(summary, language(), "html").encode("utf-8")
    write_whole(place, data)
    file_summary(
        work.ledger, summary, data, lang=language(), form="html", actor=work.actor, now=work.now
    )


def show(answer: Mapping[str, Any]) -> None:
    """Print what came out, where it is, and what to ask next."""
    say(t("cli.demo.figures"))
    facts(_headline(answer))
    say("")
    products: Any = rounded(answer["footprint"]["products"])
    table(products, ("commodity", "kg_co2e_per_unit", "unit"))
    say("")
    say(t("cli.demo.places", report=plain(answer["report"]), ledger=plain(answer["ledger"])))
    say("")
    say(t("cli.demo.ask"))
    for name, statement in QUESTIONS.items():
        say("")
        say(t(f"cli.demo.{name}"))
        say(f'  carbonledger --db {plain(answer["ledger"])} sql "{statement}"')
    say("")
    say(t("cli.demo.shell", ledger=plain(answer["ledger"])))


def _headline(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the figures a newcomer looks for first."""
    share = {name: answer["renewable"][name] for name in ("share", "hourly_share")}
    shown: Any = rounded({"scopes": answer["inventory"]["scopes"], **share})
    return {**assessed(shown.pop("scopes")), **shown}
