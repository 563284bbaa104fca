"""Options that several commands share, so that they are written and described once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Lang(StrEnum):
    """Languages of help, tables, errors and reports."""

    EN = "en"
    ZH = "zh"


class Form(StrEnum):
    """Forms a report is written in."""

    HTML = "html"
    JSON = "json"


class Consolidation(StrEnum):
    """How a company consolidates what it holds."""

    EQUITY = "equity"
    FINANCIAL = "financial"
    OPERATIONAL = "operational"


Consolidated = Annotated[
    Consolidation, typer.Option("--consolidation", help="cli.option.consolidation")
]


class Basis(StrEnum):
    """Which scope 2 a total counts."""

    LOCATION = "location"
    MARKET = "market"


class EventKind(StrEnum):
    """What can happen to a meter."""

    SWAP = "swap"
    ROLLOVER = "rollover"
    MULTIPLIER = "multiplier"
    CALIBRATION = "calibration"


class EstimateMethod(StrEnum):
    """How missing values are estimated."""

    LINEAR = "linear"
    TYPICAL_DAY = "typical-day"
    PROFILE_OF = "profile-of"


Db = Annotated[
    str,
    typer.Option("--db", metavar="PATH|URL", envvar="CARBONLEDGER_DB", help="cli.option.db"),
]
Json = Annotated[bool, typer.Option("--json", help="cli.option.json")]
Language = Annotated[
    Lang | None,
    typer.Option("--lang", metavar="en|zh", envvar="CARBONLEDGER_LANG", help="cli.option.lang"),
]
Actor = Annotated[
    str | None,
    typer.Option("--actor", metavar="NAME", envvar="CARBONLEDGER_ACTOR", help="cli.option.actor"),
]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="BATCH|DATE", help="cli.option.as_of")]
Debug = Annotated[bool, typer.Option("--debug", help="cli.option.debug")]
Version = Annotated[bool, typer.Option("--version", help="cli.option.version")]

Boundary = Annotated[
    str | None, typer.Option("--boundary", metavar="ACCOUNT", help="cli.option.boundary")
]
Period = Annotated[str, typer.Option("--period", metavar="PERIOD", help="cli.option.period")]
Method = Annotated[str | None, typer.Option("--method", metavar="CODE", help="cli.option.method")]
Restate = Annotated[str | None, typer.Option("--restate", metavar="WHY", help="cli.option.restate")]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", metavar="SECONDS", min=0, help="cli.option.timeout"),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="cli.option.dry_run")]
OutFile = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="cli.option.output")
]
