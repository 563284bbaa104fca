"""The tables `[commodity."…"]`, and the units that each kind of commodity is kept in."""

from collections.abc import Mapping
from decimal import Decimal

from carbonledger.errors import UnitRefused
from carbonledger.ledger.schema import COMMODITY_KINDS
from carbonledger.site.accounts import code_fault
from carbonledger.site.declared import DeclaredCommodity
from carbonledger.site.fields import Section
from carbonledger.units import Unit, find
from carbonledger.units import unit as registered

COMMODITY_KEYS = ("kind", "unit", "mass_kg", "name", "note")
# One canonical unit for a dimension: quantities are summed over commodities of a kind, and factors
# are printed per these units. Files and meters may use any other unit of the same dimension.
CANONICAL = {
    "electricity": ("kWh",),
    "heat": ("GJ",),
    "fuel": ("kg", "m3", "GJ"),
    "biofuel": ("kg", "m3", "GJ"),
    "water": ("m3",),
    "material": ("kg", "m3", "piece"),
    "product": ("piece", "kg", "m3", "kWh", "GJ", "tkm"),
    "waste": ("kg",),
    "gas": ("kg",),
    "pollutant": ("kg",),
    "certificate": ("MWh",),
    "money": ("CNY", "USD", "EUR"),
    "service": ("tkm", "TEUkm", "pkm", "km", "night", "h", "m2a", "m3d"),
}


def read_commodity(section: Section, shipped: Mapping[str, DeclaredCommodity]) -> DeclaredCommodity:
    """Return the commodity of one table; a shipped one may get other names, never another unit."""
    code = str(section.path[-1])
    base = shipped.get(code)
    section.allow(*COMMODITY_KEYS)
    if code_fault(code) or "/" in code:
        section.fault("", f"{code!r} {code_fault(code) or 'is no code: it holds a /'}")
    if base is None:
        section.need("kind", "unit")
    kind = section.choice("kind", COMMODITY_KINDS)
    unit = _canonical(section, kind or (base.kind if base else ""))
    if base is not None:
        _check_shipped(section, base, kind, unit)
        kind, unit = base.kind, base.unit
    return DeclaredCommodity(
        code=code,
        kind=kind,
        unit=unit,
        mass_kg=_mass(section, unit),
        names=section.names() or (base.names if base else {}),
        note=section.text("note", 1000) or (base.note if base else ""),
        line=section.line,
    )


def unit_of(section: Section, key: str = "unit") -> Unit | None:
    """Return the unit that a key names; None when absent or at fault."""
    text = section.text(key)
    if not text:
        return None
    try:
        return find(text)
    except UnitRefused as refusal:
        section.fault(key, f"{refusal.message}; {refusal.hint}")
        return None


def _canonical(section: Section, kind: str) -> str:
    """Return the canonical unit that a table names, after checking that it fits the kind."""
    unit = unit_of(section)
    if unit is None or not kind:
        return unit.symbol if unit else ""
    allowed = CANONICAL[kind]
    if unit.symbol in allowed:
        return unit.symbol
    same = [symbol for symbol in allowed if registered(symbol).dimension == unit.dimension]
    if same:
        section.fault(
            "unit",
            f"the books keep a {kind} in {' or '.join(same)}, not in {unit.symbol}; "
            f"write {same[0]} here, files and meters may still use {unit.symbol}",
        )
    else:
        section.fault(
            "unit",
            f"{unit.symbol} measures {unit.dimension}, which does not fit a {kind}; "
            f"it is kept in {' or '.join(allowed)}",
        )
    return ""


def _check_shipped(section: Section, base: DeclaredCommodity, kind: str, unit: str) -> None:
    """Note a fault where a shipped commodity is given another kind or unit than it has."""
    for key, given, has in (("kind", kind, base.kind), ("unit", unit, base.unit)):
        if given and given != has:
            section.fault(
                key, f"{base.code!r} ships with {key} {has}; use another code for another {key}"
            )


def _mass(section: Section, unit: str) -> Decimal | None:
    mass = section.exact("mass_kg")
    if mass is not None and unit == "kg" and mass != 1:
        section.fault("mass_kg", "must be 1 or left out: the commodity itself is measured in kg")
    return mass
