"""The tables `[base_year]` and `[structure."…"]`: the base year and what changed since.

GHG Protocol Corporate Standard, ch. 5: a company states its base year and the policy by which it
recalculates the emissions of that year.
"""

from collections.abc import Mapping
from decimal import Decimal

from carbonledger.calc.model import STRUCTURES, BaseYear, Structure
from carbonledger.site.declared import DeclaredAccount
from carbonledger.site.fields import FIRST_YEAR, LAST_YEAR, Section, decimal_of

BASE_YEAR_KEYS = ("year", "threshold", "method", "consolidation", "total")
STRUCTURE_KEYS = ("kind", "account", "date", "emissions_t", "source", "reported_in_scope_3")
CONSOLIDATIONS = ("equity", "financial", "operational")
BASE_TOTALS = ("location", "market")
USUAL = Decimal(5)
MOST = Decimal(100)
LONGEST = 500


def read_base_year(document: Section, accounts: Mapping[str, DeclaredAccount]) -> BaseYear | None:
    """Return the base year that a file declares; None when it declares none.

    Args:
        document: the whole file.
        accounts: its accounts by code.
    """
    events = tuple(_structure(one, accounts) for one in document.sections("structure"))
    if "base_year" not in document.table:
        if events:
            document.source.fault(
                ("structure",), "", "structure", "needs the table [base_year], with its year"
            )
        return None
    section = document.inside("base_year")
    section.allow(*BASE_YEAR_KEYS)
    section.need("year")
    return BaseYear(
        year=section.integer("year", FIRST_YEAR, LAST_YEAR) or 0,
        threshold=_threshold(section),
        method=section.text("method"),
        consolidation=section.choice("consolidation", CONSOLIDATIONS) or "operational",
        total=section.choice("total", BASE_TOTALS) or "location",
        structures=tuple(sorted(events, key=lambda one: (one.day, one.code))),
    )


def _threshold(section: Section) -> Decimal:
    value = section.table.get("threshold")
    if value is None:
        return USUAL
    number = (
        decimal_of(value[:-1].strip()) if isinstance(value, str) and value[-1:] == "%" else None
    )
    if number is None or number > MOST:
        section.fault("threshold", 'must be per cent of the base year, like "5%"')
        return USUAL
    return number


def _structure(section: Section, accounts: Mapping[str, DeclaredAccount]) -> Structure:
    section.allow(*STRUCTURE_KEYS)
    section.need("kind", "account", "date")
    account = section.text("account")
    if account and (account not in accounts or accounts[account].outside):
        section.fault("account", f"is no account of the site{section.nearest(account, accounts)}")
    emissions = section.exact("emissions_t", zero=True)
    if emissions is not None:
        section.need("source")
    return Structure(
        code=section.title,
        kind=section.choice("kind", STRUCTURES),
        account=account,
        day=section.day("date"),
        emissions_t=emissions,
        source=section.text("source", LONGEST),
        reported_in_scope_3=section.flag("reported_in_scope_3"),
    )
