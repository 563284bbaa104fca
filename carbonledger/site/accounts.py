"""The tables `[site]` and `[account."…"]`."""

import re
from collections.abc import Mapping

from carbonledger.ledger.schema import INSIDE_KINDS, OUTSIDE_KINDS
from carbonledger.site.declared import DeclaredAccount
from carbonledger.site.fields import Section, percent, unclean
from carbonledger.site.ownership import OWNERSHIP_KEYS, read_ownership
from carbonledger.site.places import region, timezone

TREATMENTS = ("recycling", "reuse", "energy_recovery", "incineration", "landfill", "storage")
# Closed, because whether a generator is renewable hangs on this word: a typing error must not
# turn green electricity grey without a sound.
TECHNOLOGIES = (
    "solar_pv", "solar_thermal", "wind", "hydro", "ocean", "geothermal", "biomass", "biogas",
    "hydrogen", "nuclear", "coal", "natural_gas", "oil", "diesel", "waste", "waste_heat",
    "waste_pressure",
)  # fmt: skip
# A supplier has one where it delivers over a line of its own (直供) from that technology.
GENERATING = ("generator", "chp", "boiler", "supplier")
ACCOUNT_KEYS = (
    "kind", "name", "region", "timezone", "technology", "treatment", "tolerance", *OWNERSHIP_KEYS,
)  # fmt: skip
SITE_KEYS = ("code", "name", "timezone", "region", "tolerance", *OWNERSHIP_KEYS)
LONGEST_CODE = 120
# `>` and `:` separate codes in the names of flows, commas and quotes do in files.
_PART = re.compile(r"[^/>:,;\"'`\\<|*?{}\[\]]+")


def code_fault(code: str) -> str:
    """Return why a code cannot name an account or a commodity, "" when it can."""
    if len(code) > LONGEST_CODE:
        return f"is longer than {LONGEST_CODE} characters"
    parts = code.split("/")
    if all(_PART.fullmatch(part) and not unclean(part, LONGEST_CODE) for part in parts):
        return ""
    return "is no code: write letters, digits and - _ . ( ) + #, the parts of a path divided by /"


def read_root(site: Section, shipped: Mapping[str, DeclaredAccount]) -> DeclaredAccount:
    """Return the root account that the table `[site]` declares."""
    site.allow(*SITE_KEYS)
    site.need("code", "timezone", "region")
    code = site.text("code", LONGEST_CODE)
    if code and (code_fault(code) or "/" in code):
        site.fault("code", code_fault(code) or "the code of a site is a single word without /")
    if code in shipped:
        site.fault("code", "is the name of an account that every ledger has, outside of the site")
    return DeclaredAccount(
        code=code,
        outside=False,
        kind="facility",
        region=region(site),
        timezone=timezone(site),
        names=site.names(),
        tolerance=percent(site),
        ownership=read_ownership(site),
        line=site.line,
    )


def read_account(
    section: Section, site: str, shipped: Mapping[str, DeclaredAccount]
) -> DeclaredAccount:
    """Return the account of one table; what it leaves out of a shipped account stays as shipped.

    Args:
        section: the table, its path ends in the code of the account.
        site: code of the site: the account is inside when its path begins with it.
        shipped: the accounts that every ledger has.
    """
    code = str(section.path[-1])
    # Without a code of the site (a fault already) nothing can be told by it.
    outside = _first(code) != site if site else "/" not in code
    base = shipped.get(code)
    section.allow(*ACCOUNT_KEYS)
    _check_code(section, code, site, outside=outside)
    if base is None:
        section.need("kind")
    kind = section.choice("kind", OUTSIDE_KINDS if outside else INSIDE_KINDS)
    kind = kind or (base.kind if base and "kind" not in section.table else "")
    treatment = base.treatment if base and kind == "treatment" else ""
    account = DeclaredAccount(
        code=code,
        outside=outside,
        kind=kind,
        region=region(section),
        timezone=timezone(section),
        technology=section.choice("technology", TECHNOLOGIES),
        treatment=section.choice("treatment", TREATMENTS) or treatment,
        names=section.names() or (base.names if base else {}),
        tolerance=percent(section),
        ownership=read_ownership(section),
        line=section.line,
    )
    _check_kind(section, account)
    return account


def check_parents(sections: Mapping[str, Section], accounts: Mapping[str, DeclaredAccount]) -> None:
    """Note a fault for each inside account whose parent is not declared."""
    for code, section in sections.items():
        parent = code.rpartition("/")[0]
        if not accounts[code].outside and parent and parent not in accounts:
            others = (known for known in accounts if not known.startswith(parent))
            advice = section.nearest(parent, others) or f'; declare it as [account."{parent}"]'
            section.fault("", f"unknown account {parent!r}, the parent of {code!r}{advice}")


def _first(code: str) -> str:
    return code.partition("/")[0]


def _check_code(section: Section, code: str, site: str, *, outside: bool) -> None:
    reason = code_fault(code)
    if reason:
        section.fault("", f"{code!r} {reason}")
    elif code == site:
        section.fault("", f"{code!r} is the site itself, which the table [site] declares")
    elif outside and "/" in code:
        section.fault(
            "",
            f"unknown account {_first(code)!r}: {code!r} does not lie under the site "
            f"{site!r}, and accounts outside have plain names without /",
        )


def _check_kind(section: Section, account: DeclaredAccount) -> None:
    """Note what a kind lacks or cannot have."""
    kind = account.kind
    if kind == "generator" and "technology" not in section.table:
        section.fault("", f"a generator needs a technology, one of {', '.join(TECHNOLOGIES)}")
    if kind == "treatment" and not (account.treatment or "treatment" in section.table):
        section.fault("", f"this account needs a treatment, one of {', '.join(TREATMENTS)}")
    if kind and kind not in GENERATING and account.technology:
        section.fault("technology", f"is for {', '.join(GENERATING)}, not for a {kind}")
    if account.outside and "tolerance" in section.table:
        section.fault("tolerance", "is for accounts inside; nobody balances those outside")
    if account.outside and account.ownership:
        key = next(key for key in OWNERSHIP_KEYS if key in section.table)
        section.fault(key, "is for accounts inside; what lies outside is not consolidated")
    if kind and kind != "treatment" and "treatment" in section.table:
        section.fault("treatment", f"is for the kind treatment, not for a {kind}")
