"""Filed reports made again, byte for byte, whatever was posted since."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from carbonledger import __version__
from carbonledger.errors import CalculationRefused, CarbonLedgerError, LedgerDamaged
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.difference import Difference
from carbonledger.ledger.filings import Filed, Filing, read_filings, save_filing
from carbonledger.report.data import ParkSummary
from carbonledger.report.service import summarised, written

PARK_SUMMARY = "park-summary"
TABLE = "filed_report"
LEAST_DIGITS = 6
"""So many digits of a hash name a report; fewer are a number."""
FINAL = {"final": "yes"}
Summaries = dict[tuple[Any, ...], ParkSummary]


def file_summary(
    ledger: Ledger, summary: ParkSummary, data: bytes, *, lang: str, form: str, actor: str, now: str
) -> int | None:
    """Note that a summary was written into a file.

    Args:
        ledger: the ledger.
        summary: what was written.
        data: its bytes.
        lang: language it was written in.
        form: form it was written in.
        actor: who filed it.
        now: when, ISO 8601 in UTC.

    Returns:
        Number of the filing; None where the ledger may only be read: nothing was noted.
    """
    if not ledger.write:
        return None
    head, rests_on = summary.header, summary.provenance
    return save_filing(
        ledger,
        Filing(
            kind=PARK_SUMMARY, boundary=head.boundary.code, period=head.period,
            method=head.method.code, language=lang, form=form,
            parameters=FINAL if head.final else {},
            as_of_batch=rests_on.as_of_batch, asked_as_of=head.as_of,
            runs=tuple(one.run for one in rests_on.runs if one.run is not None),
            engine=rests_on.engine, sha256=hashlib.sha256(data).hexdigest(), size=len(data),
            actor=actor, filed_at=now,
        ),
    )  # fmt: skip


def filings(ledger: Ledger, as_of: int | None = None) -> dict[str, Any]:
    """List the filed reports.

    Args:
        ledger: the ledger.
        as_of: only those that rest on no later batch; None: all.

    Returns:
        `{"reports": [{"report", …}]}` with the columns of `filed_report_view`.
    """
    with ledger.read() as connection:
        found = read_filings(connection, as_of)
    rows = [{"report": one.number, **asdict(one.filing)} for one in found]
    return {"reports": [row | {"bytes": row.pop("size")} for row in rows]}


def made_again(ledger: Ledger, wanted: str) -> tuple[Filed, bytes]:
    """Make a filed report again.

    Args:
        ledger: the ledger; nothing is stored in it.
        wanted: number of the filing, or its SHA-256 or the beginning of it.

    Raises:
        CalculationRefused: `report-unknown`, no report or several are meant; `report-engine`,
            another version of the program made it.
        LedgerDamaged: `report-differs`, other bytes come out: something it rests on was changed.
    """
    with ledger.read() as connection:
        found = _named(read_filings(connection), wanted)
    if found.filing.engine != __version__:
        raise CalculationRefused(
            f"report {found.number} was made by version {found.filing.engine} of the program; "
            f"this is {__version__}",
            code="report-engine",
            hint=f"make it with carbonledger {found.filing.engine}",
        )
    data = _bytes(ledger, found.filing, {})
    if hashlib.sha256(data).hexdigest() != found.filing.sha256:
        raise LedgerDamaged(
            f"report {found.number} comes out differently when made again",
            code="report-differs",
            hint="carbonledger verify names what was changed",
        )
    return found, data


def _named(known: list[Filed], wanted: str) -> Filed:
    by_hash = len(wanted) >= LEAST_DIGITS
    found = [
        one
        for one in known
        if (one.filing.sha256.startswith(wanted.lower()) if by_hash else str(one.number) == wanted)
    ]
    if len({one.filing.sha256 for one in found}) == 1:
        return found[0]
    several = ", ".join(str(one.number) for one in found)
    raise CalculationRefused(
        f"{wanted!r} may be any of the reports {several}"
        if found
        else f"no filed report is {wanted!r}",
        code="report-unknown",
        hint="carbonledger report filed lists them",
    )


def _bytes(ledger: Ledger, filing: Filing, summaries: Summaries) -> bytes:
    """Make the bytes of a report, as it was asked for and as of the batch it rests on.

    Args:
        ledger: the ledger.
        filing: the report.
        summaries: those computed before; the forms and languages of one need it once.
    """
    key = (filing.boundary, filing.period, filing.method, filing.as_of_batch)
    if key not in summaries:
        # Stored with the filing it would be a new run; it was when the report was filed.
        summaries[key] = summarised(
            replace(ledger, write=False), filing.boundary, filing.period, method=filing.method,
            as_of=filing.as_of_batch, actor=filing.actor, now=filing.filed_at,
        )  # fmt: skip
    made = summaries[key]
    # Whether it could be final was asked when it was filed; its hash says the rest.
    final = filing.parameters == FINAL
    head = replace(made.header, as_of=filing.asked_as_of, final=final)
    shown = replace(made, header=head)
    return written(shown, filing.language, filing.form).encode("utf-8")


def differences(ledger: Ledger) -> Iterator[Difference]:
    """Make every filed report again and yield what is not as it was filed; for `verify`.

    Reports of another version of the program are compared with the hash of their note only.
    """
    with ledger.read() as connection:
        known = read_filings(connection)
    yield from _missing(known)
    summaries: Summaries = {}
    for one in known:
        yield from _differing(ledger, one, summaries)


def counted(ledger: Ledger) -> dict[str, int]:
    """Return how many reports are filed, and how many of them this version can make again."""
    with ledger.read() as connection:
        known = read_filings(connection)
    ours = sum(one.filing.engine == __version__ for one in known)
    return {"reports": len(known), "reports_again": ours}


def _missing(known: list[Filed]) -> Iterator[Difference]:
    numbers = {one.number for one in known}
    for number in sorted(set(range(1, max(numbers, default=0) + 1)) - numbers):
        detail = f"filed report {number} is missing"
        yield Difference("report", 0, detail, TABLE, number)


def _differing(ledger: Ledger, one: Filed, summaries: Summaries) -> Iterator[Difference]:
    name = f"filed report {one.number} ({one.filing.boundary} {one.filing.period})"
    if one.filing.digest() != one.content_hash:
        yield Difference("report", 0, f"{name} is not as it was noted", TABLE, one.number)
    elif one.filing.engine == __version__:
        try:
            data = _bytes(ledger, one.filing, summaries)
        except CarbonLedgerError as error:
            detail = f"{name} cannot be made again: {error.message}"
            yield Difference("report", 0, detail, TABLE, one.number)
            return
        if hashlib.sha256(data).hexdigest() != one.filing.sha256:
            detail = f"{name} comes out differently when made again"
            yield Difference("report", 0, detail, TABLE, one.number)
