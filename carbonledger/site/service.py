"""A site file applied to a ledger, as programs ask for it, and events that were typed."""

import hashlib
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from carbonledger.errors import SiteRefused
from carbonledger.ledger.book import Header, SourceDocument, posting, taken_back
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.documents import keep_document
from carbonledger.ledger.packs import STATED as STATED_BY_SITE
from carbonledger.ledger.packs import post_pack, posted_pack
from carbonledger.ledger.state import MeterState, SiteState, read_state
from carbonledger.ledger.statements import latest_statement, post_statement
from carbonledger.site.apply import apply_plan
from carbonledger.site.benchmarks import benchmark_pack
from carbonledger.site.change import check
from carbonledger.site.compare import plan as compare
from carbonledger.site.declared import DeclaredEvent, DeclaredMeter, DeclaredPeriod, DeclaredSite
from carbonledger.site.events import instant_of, read_events, time_of
from carbonledger.site.fields import Section, Source, date_of
from carbonledger.site.measured import measured_pack
from carbonledger.site.posted import read_posted
from carbonledger.site.read import read_site
from carbonledger.site.show import as_json, describe
from carbonledger.site.uncertainty import uncertainty_pack
from carbonledger.text import t

TYPED = "(command line)"
STATED = ("site.benchmarks", "site.measured", "site.uncertainties")
"""Texts that say that a statement of the file is another than the ledger holds."""
LAST = 2**62
"""A batch behind every batch."""


def apply(
    ledger: Ledger, path: Path, actor: str, now: str, *, dry_run: bool = False,
    restate: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Post what a site file declares and the ledger does not hold yet, as one batch.

    Returns:
        The plan as data, its lines in words, and the batch: None when nothing was to be posted.

    Raises:
        SiteRefused: the file is faulty, or would alter the meaning of posted entries.
        PeriodClosed: it moves figures of a closed period, and `restate` gives no reason.
    """
    declared = read_site(path)
    with ledger.transaction() as connection:
        state = read_state(connection)
        plan = compare(declared, state, read_posted(connection, declared, state))
        check(plan)
        pack = benchmark_pack(declared)
        if pack is not None and posted_pack(connection, pack) is not None:
            pack = None
        packs = {
            "benchmarks": pack,
            "properties of fuels and processes": measured_pack(declared, connection),
            "uncertainties": uncertainty_pack(connection, declared),
        }
        number = None
        if not plan.empty:
            source = None if dry_run else _source(ledger, path, declared)
            header = Header("site", actor, now, path.name, restate=restate)
            with taken_back(connection, when=dry_run), posting(connection, header) as post:
                apply_plan(post, plan, state)
                if source is not None:
                    post.attach(source)
            number = None if dry_run else post.batch
        for what, one in packs.items():
            if not dry_run and one is not None:
                reason = f"{what} of {path.name}"
                with posting(connection, Header("factors", actor, now, reason)) as post:
                    post_pack(post, one, STATED_BY_SITE)
                number = number or post.batch
        chain = _scope_3(connection, declared)
        if not dry_run and chain:
            header = Header("method", actor, now, f"scope 3 of {path.name}", restate=restate)
            before = latest_statement(connection, declared.code, LAST)
            with posting(connection, header) as post:
                post_statement(post, declared.code, before, declared.scope_3)
            number = number or post.batch
    stated = [name for name, one in zip(STATED, packs.values(), strict=True) if one is not None]
    said = [t(key, file=path.name) for key in (*(["site.scope_3"] if chain else []), *stated)]
    planned = describe(plan)
    lines = [*said, *(planned[:-1] if said and plan.empty else planned)]
    return {
        "batch": number, "dry_run": dry_run, **as_json(plan), "scope_3": chain, "lines": lines,
    }  # fmt: skip


def _scope_3(connection: sa.Connection, declared: DeclaredSite) -> bool:
    """Tell whether the file states another scope 3 than the ledger holds."""
    held = latest_statement(connection, declared.code, LAST)
    return bool(declared.scope_3) and (held is None or held.rules != declared.scope_3)


def _source(ledger: Ledger, path: Path, declared: DeclaredSite) -> SourceDocument:
    """Keep the file that was read; not another that took its place meanwhile."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != declared.sha256:
        raise SiteRefused(
            f"{path} changed while it was read", code="file-changed", hint="apply it again"
        )
    return keep_document(ledger, path, data)


def meter_of(state: SiteState, code: str) -> MeterState:
    """Return a meter by its code.

    Raises:
        SiteRefused: there is none.
    """
    known = state.meters.get(code)
    if known is None:
        near = get_close_matches(code, state.meters, 1)
        raise SiteRefused(
            f"there is no meter {code!r}",
            code="meter-unknown",
            hint=f"did you mean {near[0]}?" if near else "declare it in site.toml and apply it",
        )
    return known


def typed_instant(text: str, zone: str, *, end: bool = False) -> int:
    """Read a local time, or a date, as seconds since 1970 UTC.

    Args:
        text: `2024-03-07 14:00`, with an offset where it happened twice, or `2024-03-07`.
        zone: IANA time zone.
        end: a date means the end of that day, else its start.

    Raises:
        SiteRefused: it is no such time.
    """
    day = date_of(text)
    if day is not None:
        day += timedelta(days=int(end))
        return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp())
    source = Source(TYPED, {}, [])
    section = Section(source, (), {"at": text})
    instant = instant_of(section, time_of(section), zone)
    if source.faults:
        raise SiteRefused(
            f"{text!r} {source.faults[0].reason}",
            code="site-file",
            hint="write a local time of the meter, 2024-03-07 14:00, or a date",
            problems=source.faults,
        )
    return instant


def declared_event(state: SiteState, values: dict[str, str | None]) -> DeclaredEvent:
    """Read an event that was typed, under the same rules as `[[event]]` of a site file.

    Args:
        state: what the ledger holds.
        values: `meter`, `at`, `kind` and the other keys of an event; None: not given.

    Raises:
        SiteRefused: the meter is unknown, or the time or readings are faulty.
    """
    code = values["meter"] or ""
    known = meter_of(state, code)
    periods = tuple(DeclaredPeriod(r, returns=False, line=0) for r in known.revisions)
    source = Source(TYPED, {}, [])
    table = {key: value for key, value in values.items() if value is not None}
    section = Section(source, (), {"event": [table]})
    meters = {code: DeclaredMeter(code, periods)}
    found = read_events(section, meters, known.revisions[-1].timezone)
    if source.faults:
        raise SiteRefused(
            f"the event cannot be posted: {source.faults[0].column} {source.faults[0].reason}",
            code="site-file",
            hint="carbonledger meter event --help shows an example",
            problems=source.faults,
        )
    return found[0]
