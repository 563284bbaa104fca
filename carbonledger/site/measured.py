"""What a plant has measured itself, `[property."…"]` and `[process."…"]`: what both have in common.

It becomes rows of the pack `site-properties`. Each statement of a site is an edition of its own,
`park-1`, `park-2`, and replaces the one before it as a whole.
"""

import hashlib
import re
from calendar import monthrange
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import sqlalchemy as sa

from carbonledger.factors.model import Factor, Pack
from carbonledger.factors.properties import PACK, PROCESS
from carbonledger.ledger.schema import factor_pack
from carbonledger.site.declared import DeclaredSite
from carbonledger.site.fields import Section, decimal_of

LONGEST_SOURCE = 500
_VALUE = re.compile(r"([0-9.]+) ?([^0-9. ].*)")


def measured_pack(declared: DeclaredSite, connection: sa.Connection) -> Pack | None:
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
        title=f"Measured properties of fuels and process factors of {declared.code}",
        document=declared.file,
        licence="the user's own statement",
        published_on="",
        confidence="one_source",
        title_zh=f"{declared.code} 的实测燃料特性与过程排放因子",
        note="Values stated in the site file; each names its document.",
        factors=tuple(replace(one, edition=edition) for one in declared.properties),
        content_hash=content,
    )


def statements(
    document: Section, name: str, stated: Callable[[Section, str], Iterator[Factor]]
) -> tuple[Factor, ...]:
    """Read the tables `[name."…"]` of a file; each holds until the next of its kind.

    Args:
        document: the file.
        name: of the tables.
        stated: reads one of them, given what it is of.
    """
    outer = document.inside(name)
    found = [
        factor
        for code in outer.table
        for section in tables(outer, code)
        for factor in stated(section, code)
    ]
    return tuple(until_the_next(outer, found))


def account_of(section: Section, site: str, accounts: Collection[str]) -> str:
    """Return the account that a table is for, the site where it names none."""
    account = section.text("account") or site
    if account not in accounts:
        section.fault("account", f"is no account of the site{section.nearest(account, accounts)}")
    return account


def tables(outer: Section, code: str) -> list[Section]:
    """Return the tables of one name: one, or several where they are written `[[…]]`."""
    value = outer.table[code]
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        path = (*outer.path, code)
        return [Section(outer.source, (*path, n), item) for n, item in enumerate(value)]
    return [outer.inside(code)]


def number_and_unit(
    section: Section, key: str, example: str, *, zero: bool = False
) -> tuple[Decimal, str]:
    """Return a number and its unit, `"0.528 tCO2/t"`; no unit where it is absent or at fault."""
    text = section.text(key)
    parts = _VALUE.fullmatch(text)
    value = decimal_of(parts[1]) if parts else None
    if text and parts is not None and value is not None and (value or zero):
        return value, parts[2]
    if text:
        section.fault(key, f'must be a number and a unit, "{example}"')
    return Decimal(0), ""


def first_day(section: Section, key: str) -> date | None:
    """Return the first day of a month; None when absent or at fault."""
    day = section.day(key)
    if not day:
        return None
    if day % 100 != 1:
        section.fault(key, "must be the first day of a month: figures are by month")
        return None
    return _date(day)


def last_day(section: Section, key: str) -> date | None:
    """Return the last day of a month; None when absent or at fault."""
    day = section.day(key)
    if not day:
        return None
    found = _date(day)
    if found.day != monthrange(found.year, found.month)[1]:
        section.fault(key, "must be the last day of a month: figures are by month")
        return None
    return found


def code_of(*parts: str, place: str, since: date | None) -> str:
    """Make the code of a row: what it says of what, where, and from when on."""
    said = [*parts, place.replace("/", "."), since.isoformat() if since else ""]
    return ".".join(filter(None, said))


def until_the_next(outer: Section, found: list[Factor]) -> Iterator[Factor]:
    """Let each statement end the day before the next one of the same thing, place and purpose.

    One that says itself until when it holds ends then; two that hold on the same day are a fault.
    """
    groups: dict[tuple[str, ...], list[Factor]] = {}
    for one in found:
        kind = (one.gas, one.basis) if one.purpose == PROCESS else ()
        groups.setdefault((one.activity, one.purpose, one.region, *kind), []).append(one)
    for key, rows in groups.items():
        rows.sort(key=lambda one: one.valid_from or date.min)
        for one, after in pairwise(rows):
            since = after.valid_from
            if since is None or one.valid_from == since or (one.valid_to or date.min) >= since:
                reason = f"{key[1]} is stated twice for {key[2]} on the same day"
                outer.source.fault((*outer.path, key[0]), key[1], key[0], reason)
                return
            yield replace(one, valid_to=one.valid_to or since - timedelta(days=1))
        yield rows[-1]


def _date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)
