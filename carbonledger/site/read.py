"""From the text of a site file to what it declares, or to all its faults at once."""

import hashlib
import re
import tomllib
from dataclasses import replace
from pathlib import Path

from carbonledger.errors import Fault, SiteRefused
from carbonledger.site.accounts import check_parents, read_account, read_root
from carbonledger.site.base_year import read_base_year
from carbonledger.site.benchmarks import read_benchmarks
from carbonledger.site.catalogue import Shipped, shipped
from carbonledger.site.classes import read_classes
from carbonledger.site.commodities import read_commodity
from carbonledger.site.declared import DeclaredAccount, DeclaredSite
from carbonledger.site.events import read_events
from carbonledger.site.expectations import Codes, read_expectations
from carbonledger.site.fields import FloatText, Section, Source, cut
from carbonledger.site.lines import locate
from carbonledger.site.loops import check_loops
from carbonledger.site.meters import Known, read_meters
from carbonledger.site.processes import read_processes
from carbonledger.site.properties import read_properties
from carbonledger.site.scope3 import read_stated
from carbonledger.site.uncertainty import read_uncertainties

TABLES = (
    "site", "account", "commodity", "class", "meter", "event", "expect", "benchmark", "base_year",
    "structure", "scope_3", "uncertainty", "property", "process",
)  # fmt: skip
LARGEST = 64 * 1024 * 1024
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TWICE = re.compile(r"Cannot (?:declare \('meter', |mutate immutable namespace|overwrite)")


def read_site(path: str | Path) -> DeclaredSite:
    """Read a site file (`site.toml`) and check all of it.

    Args:
        path: the file.

    Raises:
        SiteRefused: `site-file`; the file cannot be read or is at fault. `problems` has every
            fault with its line.
    """
    path = Path(path)
    raw = _bytes(path)
    text = _text(path.name, raw)
    document = _document(path.name, text)
    declared = _declared(document, hashlib.sha256(raw).hexdigest(), len(raw))
    faults = document.source.faults
    if faults:
        raise _refusal(path.name, sorted(faults, key=lambda fault: fault.line))
    return declared


def _refusal(file: str, faults: list[Fault]) -> SiteRefused:
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    first = faults[0]
    place = f"line {first.line}: " if first.line else ""
    return SiteRefused(
        f"{file} has {count}; {place}{first.reason}",
        code="site-file",
        hint="mend what is named and apply the file again; docs/site.md describes every key",
        problems=faults,
    )


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SiteRefused(
            f"cannot read the site file {path}: {reason}",
            code="site-file",
            hint="name the file that declares the site, site.toml",
        ) from error
    if len(raw) > LARGEST:
        raise SiteRefused(
            f"{path.name} is larger than {LARGEST // 1024**2} MiB",
            code="site-file",
            hint="is it the site file? readings are imported, not declared",
        )
    return raw


def _text(file: str, raw: bytes) -> str:
    try:
        # Some editors put a byte order mark before UTF-8.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        reason = "is not UTF-8 text; save the file as UTF-8"
        raise _refusal(file, [Fault(file, line, "", "", reason)]) from error


def _document(file: str, text: str) -> Section:
    try:
        table = tomllib.loads(text, parse_float=FloatText)
    except (ValueError, RecursionError) as error:
        raise _refusal(file, [_syntax(file, text, error)]) from error
    return Section(Source(file, locate(text), []), (), table)


def _syntax(file: str, text: str, error: Exception) -> Fault:
    """Return what is wrong with a text that is no TOML."""
    message = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    place = _AT.search(message)
    lines = text.splitlines()
    line = int(place[1]) if place and place[1] else len(lines) if place else 0
    column = place[2] if place and place[2] else ""
    reason = _AT.sub("", message)
    if _TWICE.search(message):
        reason += '; a table stands once; a meter with several periods is written [[meter."…"]]'
    excerpt = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return Fault(file, line, column, cut(excerpt), f"is not valid TOML: {reason}")


def _root(document: Section, ships: Shipped) -> DeclaredAccount:
    if "site" in document.table:
        return read_root(document.inside("site"), ships.accounts)
    document.fault("", "the table [site] is missing, with code, timezone and region")
    return DeclaredAccount(code="", outside=False, kind="facility")


def _declared(document: Section, sha256: str, size: int) -> DeclaredSite:
    """Read every table; what it returns is whole only if no fault was noted."""
    ships = shipped()
    for name in document.table:
        if name not in TABLES:
            advice = document.nearest(name, TABLES)
            document.source.fault((name,), "", name, f"unknown table [{name}]{advice}")
    root = _root(document, ships)
    sections = {str(s.path[-1]): s for s in document.sections("account")}
    own = {code: read_account(s, root.code, ships.accounts) for code, s in sections.items()}
    accounts = {root.code: root, **own}
    check_parents(sections, accounts)
    accounts[root.code] = replace(root, base_year=read_base_year(document, accounts))
    commodities = {
        item.code: item
        for item in (read_commodity(s, ships.commodities) for s in document.sections("commodity"))
    }
    known = Known(
        {**ships.accounts, **accounts},
        {**ships.commodities, **commodities},
        root.timezone,
        read_classes(document),
    )
    meters = read_meters(document, known)
    check_loops(document.source, meters, known.accounts)
    measured = (
        document,
        root.code,
        [code for code, account in accounts.items() if not account.outside],
        {code: (one.kind, one.unit) for code, one in known.commodities.items()},
    )
    return DeclaredSite(
        file=document.source.file,
        sha256=sha256,
        size=size,
        code=root.code,
        accounts=accounts,
        commodities=commodities,
        meters=meters,
        events=read_events(document, meters, root.timezone),
        benchmarks=read_benchmarks(document),
        scope_3=read_stated(document, known.accounts, known.commodities),
        uncertainties=read_uncertainties(document, meters, known.commodities),
        properties=(*read_properties(*measured), *read_processes(*measured)),
        expectations=read_expectations(document, Codes(known.accounts, known.commodities, meters)),
    )
