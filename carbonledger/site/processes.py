"""The tables `[process."…"]`: process emissions that the plant has measured, with the document.

A factor is per unit of what is made (`output`: t CO2 per t of clinker) or of what is used (`input`:
t CO2 per t of limestone). It counts before the packs', for its gas, in the months it holds for.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from carbonledger.errors import UnitRefused
from carbonledger.factors.check_unit import dimensions, unit_faults
from carbonledger.factors.model import Factor
from carbonledger.factors.properties import PACK, PROCESS
from carbonledger.site.fields import Section
from carbonledger.site.measured import (
    LONGEST_SOURCE,
    account_of,
    code_of,
    first_day,
    last_day,
    number_and_unit,
    statements,
)

PROCESS_KEYS = ("factor", "basis", "account", "valid_from", "valid_to", "source")
BASES = ("output", "input")
KINDS = ("product", "material")
EXAMPLE = "0.528 tCO2/t"


def read_processes(
    document: Section, site: str, accounts: Iterable[str], goods: Mapping[str, tuple[str, str]]
) -> tuple[Factor, ...]:
    """Return what a file states of processes, as factors.

    Args:
        document: the file.
        site: code of the site.
        accounts: codes of the accounts inside it.
        goods: kind and unit of every commodity.
    """
    known = set(accounts)
    return statements(
        document, "process", lambda section, good: _stated(section, good, site, known, goods)
    )


def _stated(
    section: Section, good: str, site: str, accounts: set[str], goods: Mapping[str, tuple[str, str]]
) -> Iterator[Factor]:
    section.allow(*PROCESS_KEYS)
    section.need("factor", "basis", "valid_from", "source")
    kind, unit = goods.get(good, ("", ""))
    if kind not in KINDS:
        section.fault("", f"{good!r} is no product or material that is shipped or declared")
        return
    account = account_of(section, site, accounts)
    value, written = number_and_unit(section, "factor", EXAMPLE, zero=True)
    basis, source = section.choice("basis", BASES), section.text("source", LONGEST_SOURCE)
    since, until = _period(section)
    gas = _gas(written)
    place = "" if account == site else account
    made = Factor(
        pack=PACK, edition="", code=code_of(good, PROCESS, gas, basis, place=place, since=since),
        activity=good, region=account, valid_from=since, valid_to=until, data_year=None,
        purpose=PROCESS, gas=gas, value=value, unit=written, basis=basis, page=source,
        confidence="one_source", note="measured; stated in the site file",
    )  # fmt: skip
    if written:
        yield from _checked(section, made, unit)


def _checked(section: Section, made: Factor, unit: str) -> Iterator[Factor]:
    for _, reason in unit_faults(made, {made.activity: unit}):
        section.fault("factor", f"{reason}; write it like {EXAMPLE!r}")
    yield made


def _period(section: Section) -> tuple[date | None, date | None]:
    since, until = first_day(section, "valid_from"), last_day(section, "valid_to")
    if since and until and until < since:
        section.fault("valid_to", "lies before valid_from")
        return since, None
    return since, until


def _gas(unit: str) -> str:
    try:
        return dimensions(unit)[0] if unit else ""
    except UnitRefused:
        # The check of the unit says so.
        return ""
