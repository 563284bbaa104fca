"""The tables `[uncertainty."…"]`: how far inputs may be off, and who says so.

They become rows of the pack `site-uncertainty`, whose newest edition counts: a file that says
something else, or nothing, is another edition. The program ships no uncertainties of its own.
"""

import hashlib
import re
from collections.abc import Collection
from decimal import Decimal

import sqlalchemy as sa

from carbonledger.factors.model import Factor, Pack
from carbonledger.ledger.schema import factor_pack
from carbonledger.site.declared import DeclaredSite
from carbonledger.site.fields import Section

PACK = "site-uncertainty"
PURPOSE = "uncertainty"
OF = ("meter", "commodity", "factor", "gwp")
DISTRIBUTIONS = ("normal", "lognormal", "triangular", "uniform")
KEYS = (*OF, "percent", "gsd", "distribution", "source")
LONGEST_SOURCE = 500
_FACTOR = re.compile(r"[^\s()@/]+@[^\s()/]+/[^\s():]+")


def read_uncertainties(
    document: Section, meters: Collection[str], commodities: Collection[str]
) -> tuple[Factor, ...]:
    """Return the uncertainties a file states, as factors with the purpose `uncertainty`.

    Args:
        document: the file.
        meters: codes that may be named.
        commodities: likewise.
    """
    known = {"meter": meters, "commodity": commodities}
    found = [_uncertainty(section, known) for section in document.sections("uncertainty")]
    by_input: dict[str, str] = {}
    for section, one in zip(document.sections("uncertainty"), found, strict=True):
        if by_input.setdefault(one.activity, one.code) != one.code:
            section.fault("", f"says the same as [uncertainty.{by_input[one.activity]!r}]: one may")
    return tuple(found)


def _uncertainty(section: Section, known: dict[str, Collection[str]]) -> Factor:
    section.allow(*KEYS)
    section.need("distribution", "source")
    distribution = section.choice("distribution", DISTRIBUTIONS)
    value, unit = _size(section, distribution)
    return Factor(
        pack=PACK, edition="", code=str(section.path[-1]), activity=_input(section, known),
        region="", valid_from=None, valid_to=None, data_year=None, purpose=PURPOSE, gas="",
        value=value, unit=unit, uncertainty=f"{value:f} {unit}", distribution=distribution,
        page=section.text("source", LONGEST_SOURCE), confidence="one_source",
        note="stated in the site file",
    )  # fmt: skip


def _input(section: Section, known: dict[str, Collection[str]]) -> str:
    """Return what the uncertainty is of: `meter:M1`, `commodity:coal`, `factor:…`, `gwp:ch4`."""
    named = [key for key in OF if key in section.table]
    if len(named) != 1:
        section.fault("", f"names {len(named)} inputs; it takes just one of {', '.join(OF)}")
        return ""
    key = named[0]
    code = section.text(key)
    if code and key in known and code not in known[key]:
        section.fault(key, f"is no {key} of this site{section.nearest(code, known[key])}")
    if code and key == "factor" and not _FACTOR.fullmatch(code):
        section.fault(key, "must name a factor: pack@edition/code")
    return f"{key}:{code}"


def _size(section: Section, distribution: str) -> tuple[Decimal, str]:
    """Return how wide it is: per cent, or a geometric standard deviation (unit 1)."""
    percent, gsd = section.exact("percent"), section.exact("gsd")
    if ("percent" in section.table) == ("gsd" in section.table):
        section.fault("", 'needs percent = "5", or gsd = "1.2" of a lognormal distribution')
    elif gsd is not None and distribution != "lognormal":
        section.fault("gsd", "is of a lognormal distribution alone")
    elif gsd is not None and gsd <= 1:
        section.fault("gsd", "must be greater than 1")
    elif percent is not None and percent > 100 and distribution != "lognormal":  # noqa: PLR2004
        section.fault("percent", "reaches below zero: what is that uncertain is lognormal")
    if gsd is not None:
        return gsd, "1"
    return percent or Decimal(0), "%"


def uncertainty_pack(connection: sa.Connection, declared: DeclaredSite) -> Pack | None:
    """Return the pack to be posted; None when the newest edition says just this.

    Args:
        connection: connection to the ledger.
        declared: what the file declares.
    """
    stated = "\n".join(sorted(repr(one) for one in declared.uncertainties))
    digest = hashlib.sha256(stated.encode()).hexdigest()
    query = sa.select(factor_pack.c.content_hash).where(factor_pack.c.code == PACK)
    posted = connection.execute(query.order_by(factor_pack.c.id)).scalars().all()
    if posted[-1:] == [digest] or not (posted or declared.uncertainties):
        return None
    return Pack(
        code=PACK,
        edition=str(len(posted) + 1),
        publisher=f"stated by the user in {declared.file}",
        title=f"Uncertainties of {declared.code}",
        document=declared.file,
        licence="the user's own statement",
        published_on="",
        confidence="one_source",
        title_zh=f"{declared.code} 的不确定度",
        note="Uncertainties stated in the site file; each names its source.",
        factors=declared.uncertainties,
        content_hash=digest,
    )
