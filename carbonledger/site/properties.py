"""The tables `[property."…"]`: what the site has measured of its fuels, with the document.

They become factors of the pack `site-properties`, so that a figure names them like any other
number. Each statement of a site is an edition of its own, `park-1`, `park-2`, and replaces the one
before it as a whole.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import sqlalchemy as sa

from carbonledger.factors.check_unit import unit_faults
from carbonledger.factors.model import Factor, Pack
from carbonledger.factors.properties import (
    CARBON,
    DENSITY,
    DRY,
    GCV,
    MOISTURE,
    NCV,
    OXIDATION,
    PACK,
)
from carbonledger.ledger.schema import factor_pack
from carbonledger.site.declared import DeclaredSite
from carbonledger.site.fields import Section, decimal_of

VALUES = (NCV, GCV, CARBON, OXIDATION, DENSITY, MOISTURE)
PROPERTY_KEYS = (*VALUES, "carbon_basis", "dry", "account", "valid_from", "source")
LONGEST_SOURCE = 500
KINDS = ("fuel", "biofuel")
_VALUE = re.compile(r"([0-9.]+) ?([^0-9. ].*)")
_BASES = {NCV: "ncv", GCV: "gcv"}
EXAMPLES = {
    NCV: "38.1 MJ/m3", GCV: "42.2 MJ/m3", CARBON: "0.0153 tC/GJ", OXIDATION: "99 %",
    DENSITY: "0.74 kg/m3", MOISTURE: "8.2 %",
}  # fmt: skip


def read_properties(
    document: Section, site: str, accounts: Iterable[str], fuels: Mapping[str, tuple[str, str]]
) -> tuple[Factor, ...]:
    """Return what a file states of fuels, as factors.

    Args:
        document: the file.
        site: code of the site.
        accounts: codes of the accounts inside it.
        fuels: kind and unit of every commodity.
    """
    outer = document.inside("property")
    found: list[Factor] = []
    for code in outer.table:
        for section in _tables(outer, code):
            found += _stated(section, code, site, set(accounts), fuels)
    return tuple(_until_the_next(outer, found))


def properties_pack(declared: DeclaredSite, connection: sa.Connection) -> Pack | None:
    """Return the next edition of a site's statement; None when the last one says the same."""
    stated = "\n".join(sorted(repr(factor) for factor in declared.properties))
    content = hashlib.sha256(stated.encode()).hexdigest()
    query = sa.select(factor_pack.c.edition, factor_pack.c.content_hash).where(
        factor_pack.c.code == PACK
    )
    before = {
        int(edition.rpartition("-")[2]): digest
        for edition, digest in connection.execute(query)
        if edition.rpartition("-")[0] == declared.code
    }
    last = max(before, default=0)
    if before.get(last, "" if declared.properties else content) == content:
        return None
    edition = f"{declared.code}-{last + 1}"
    return Pack(
        code=PACK,
        edition=edition,
        publisher=f"stated by the user in {declared.file}",
        title=f"Measured properties of fuels of {declared.code}",
        document=declared.file,
        licence="the user's own statement",
        published_on="",
        confidence="one_source",
        title_zh=f"{declared.code} 的实测燃料特性",
        note="Properties stated in the site file; each names its document.",
        factors=tuple(replace(one, edition=edition) for one in declared.properties),
        content_hash=content,
    )


def _tables(outer: Section, code: str) -> list[Section]:
    value = outer.table[code]
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        path = (*outer.path, code)
        return [Section(outer.source, (*path, n), item) for n, item in enumerate(value)]
    return [outer.inside(code)]


def _stated(
    section: Section, fuel: str, site: str, accounts: set[str], fuels: Mapping[str, tuple[str, str]]
) -> Iterator[Factor]:
    section.allow(*PROPERTY_KEYS)
    section.need("source")
    kind, unit = fuels.get(fuel, ("", ""))
    if kind not in KINDS:
        section.fault("", f"{fuel!r} is no fuel that is shipped or declared")
        return
    account = section.text("account") or site
    if account not in accounts:
        section.fault("account", f"is no account of the site{section.nearest(account, accounts)}")
    if not set(VALUES) & set(section.table):
        section.fault("", f"states nothing; write one of {', '.join(VALUES)}")
    if section.flag("dry") and NCV in section.table:
        section.fault("dry", "a net calorific value is stated as received: moisture alone does not "
                      "turn one of dry fuel into it")  # fmt: skip
    source, since = section.text("source", LONGEST_SOURCE), _since(section)
    for purpose in VALUES:
        if purpose in section.table:
            yield from _one(section, purpose, Factor(
                pack=PACK, edition="", code=_code(fuel, purpose, account, site, since),
                activity=fuel, region=account, valid_from=since, valid_to=None, data_year=None,
                purpose=purpose, gas="", value=Decimal(0), unit=unit, page=source,
                confidence="one_source", note="stated in the site file",
            ))  # fmt: skip


def _one(section: Section, purpose: str, draft: Factor) -> Iterator[Factor]:
    """Complete a draft, which has the fuel's unit in the place of its own."""
    text = section.text(purpose)
    parts = _VALUE.fullmatch(text)
    value = decimal_of(parts[1]) if parts else None
    if not text or parts is None or not value:
        if text:
            section.fault(purpose, f'must be a number and a unit, "{EXAMPLES[purpose]}"')
        return
    basis = _BASES.get(purpose, "")
    if purpose == CARBON and parts[2].endswith("J"):
        basis = section.choice("carbon_basis", ("ncv", "gcv"))
        if not basis:
            section.fault(purpose, "is per energy: state carbon_basis, ncv or gcv")
            return
    dry = section.flag("dry") and (purpose == GCV or (purpose == CARBON and not basis))
    made = replace(draft, value=value, unit=parts[2], basis=basis, technology=DRY if dry else "")
    for _, reason in unit_faults(made, {draft.activity: draft.unit}):
        section.fault(purpose, f"{reason}; write it like {EXAMPLES[purpose]!r}")
    if parts[2] == "%" and value > 100:  # noqa: PLR2004 (per cent)
        section.fault(purpose, "is more than 100 per cent")
    yield made


def _since(section: Section) -> date | None:
    day = section.day("valid_from")
    if not day:
        return None
    if day % 100 != 1:
        section.fault("valid_from", "must be the first day of a month: figures are by month")
        return None
    return date(day // 10_000, day // 100 % 100, 1)


def _code(fuel: str, purpose: str, account: str, site: str, since: date | None) -> str:
    parts = [fuel, purpose, "" if account == site else account.replace("/", "."),
             since.isoformat() if since else ""]  # fmt: skip
    return ".".join(part for part in parts if part)


def _until_the_next(outer: Section, found: list[Factor]) -> Iterator[Factor]:
    """Let each statement end the day before the next one of the same fuel, place and property."""
    groups: dict[tuple[str, ...], list[Factor]] = {}
    for one in found:
        groups.setdefault((one.activity, one.purpose, one.region), []).append(one)
    for key, rows in groups.items():
        rows.sort(key=lambda one: one.valid_from or date.min)
        for one, after in pairwise(rows):
            if one.valid_from == after.valid_from or after.valid_from is None:
                reason = f"{key[1]} is stated twice for {key[2]} on the same day"
                outer.source.fault((*outer.path, key[0]), key[1], key[0], reason)
                return
            yield replace(one, valid_to=after.valid_from - timedelta(days=1))
        yield rows[-1]
