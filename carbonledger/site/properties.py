"""The tables `[property."…"]`: what the site has measured of its fuels, with the document.

They become factors of the pack `site-properties` (see `site.measured`), so that a figure names them
like any other number.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from carbonledger.factors.check_unit import unit_faults
from carbonledger.factors.model import Factor
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
from carbonledger.site.fields import Section
from carbonledger.site.measured import (
    LONGEST_SOURCE,
    account_of,
    code_of,
    first_day,
    number_and_unit,
    statements,
)

VALUES = (NCV, GCV, CARBON, OXIDATION, DENSITY, MOISTURE)
PROPERTY_KEYS = (*VALUES, "carbon_basis", "dry", "account", "valid_from", "source")
KINDS = ("fuel", "biofuel")
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
    known = set(accounts)
    return statements(
        document, "property", lambda section, fuel: _stated(section, fuel, site, known, fuels)
    )


def _stated(
    section: Section, fuel: str, site: str, accounts: set[str], fuels: Mapping[str, tuple[str, str]]
) -> Iterator[Factor]:
    section.allow(*PROPERTY_KEYS)
    section.need("source")
    kind, unit = fuels.get(fuel, ("", ""))
    if kind not in KINDS:
        section.fault("", f"{fuel!r} is no fuel that is shipped or declared")
        return
    account = account_of(section, site, accounts)
    if not set(VALUES) & set(section.table):
        section.fault("", f"states nothing; write one of {', '.join(VALUES)}")
    if section.flag("dry") and NCV in section.table:
        section.fault("dry", "a net calorific value is stated as received: moisture alone does not "
                      "turn one of dry fuel into it")  # fmt: skip
    place = "" if account == site else account
    source, since = section.text("source", LONGEST_SOURCE), first_day(section, "valid_from")
    for purpose in VALUES:
        if purpose in section.table:
            yield from _one(section, purpose, Factor(
                pack=PACK, edition="", code=code_of(fuel, purpose, place=place, since=since),
                activity=fuel, region=account, valid_from=since, valid_to=None, data_year=None,
                purpose=purpose, gas="", value=Decimal(0), unit=unit, page=source,
                confidence="one_source", note="stated in the site file",
            ))  # fmt: skip


def _one(section: Section, purpose: str, draft: Factor) -> Iterator[Factor]:
    """Complete a draft, which has the fuel's unit in the place of its own."""
    value, unit = number_and_unit(section, purpose, EXAMPLES[purpose])
    if not unit:
        return
    basis = _BASES.get(purpose, "")
    if purpose == CARBON and unit.endswith("J"):
        basis = section.choice("carbon_basis", ("ncv", "gcv"))
        if not basis:
            section.fault(purpose, "is per energy: state carbon_basis, ncv or gcv")
            return
    dry = section.flag("dry") and (purpose == GCV or (purpose == CARBON and not basis))
    made = replace(draft, value=value, unit=unit, basis=basis, technology=DRY if dry else "")
    for _, reason in unit_faults(made, {draft.activity: draft.unit}):
        section.fault(purpose, f"{reason}; write it like {EXAMPLES[purpose]!r}")
    if unit == "%" and value > 100:  # noqa: PLR2004 (per cent)
        section.fault(purpose, "is more than 100 per cent")
    yield made
