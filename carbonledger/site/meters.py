"""The tables `[meter."…"]` and `[[meter."…"]]`: which flow a meter measures, from a day on."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from carbonledger.errors import NumberRefused, UnitRefused
from carbonledger.ledger.state import MeterRevision
from carbonledger.site.classes import Limit, accuracy
from carbonledger.site.commodities import unit_of
from carbonledger.site.declared import (
    DeclaredAccount,
    DeclaredCommodity,
    DeclaredMeter,
    DeclaredPeriod,
)
from carbonledger.site.fields import Section, plain, unclean
from carbonledger.site.places import timezone
from carbonledger.units import Conversion, Unit, parse_conversion, ratio, unit

READS = ("interval", "register", "power")
METER_KEYS = (
    "from", "to", "commodity", "unit", "reads", "register", "multiplier", "timezone",
    "valid_from", "conversion", "returns", "class", "tolerance",
)  # fmt: skip
LONGEST_CODE = 120
MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Known:
    """What a meter may refer to.

    Attributes:
        accounts, commodities: by code.
        timezone: time zone of the site.
        classes: limits of accuracy classes by their name.
    """

    accounts: Mapping[str, DeclaredAccount]
    commodities: Mapping[str, DeclaredCommodity]
    timezone: str
    classes: Mapping[str, Limit]


def read_meters(document: Section, known: Known) -> dict[str, DeclaredMeter]:
    """Return every meter of the file by code."""
    outer = document.inside("meter")
    found = {}
    for code in outer.table:
        reason = unclean(code, LONGEST_CODE)
        if reason:
            outer.source.fault((*outer.path, code), "", code, f"the meter's code {reason}")
        periods = tuple(_period(section, known) for section in _tables(outer, code))
        _check_order(outer, code, periods)
        found[code] = DeclaredMeter(code, periods)
    return found


def _tables(outer: Section, code: str) -> list[Section]:
    """Return the tables of a meter: one, or an array of them."""
    value = outer.table[code]
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        return [
            Section(outer.source, (*outer.path, code, place), item)
            for place, item in enumerate(value)
        ]
    return [outer.inside(code)]


def _check_order(outer: Section, code: str, periods: tuple[DeclaredPeriod, ...]) -> None:
    days = [period.revision.valid_from for period in periods]
    for place in range(1, len(days)):
        if days[place] <= days[place - 1]:
            outer.source.fault(
                (*outer.path, code, place, "valid_from"),
                "valid_from",
                code,
                "the tables of a meter stand in ascending order, each with a later valid_from "
                "than the one before",
            )


def _period(section: Section, known: Known) -> DeclaredPeriod:
    section.allow(*METER_KEYS)
    section.need("from", "to", "commodity", "unit", "reads")
    reads = section.choice("reads", READS)
    counted = unit_of(section)
    commodity = _commodity(section, known)
    digits, multiplier = _register(section, reads)
    revision = MeterRevision(
        valid_from=section.day("valid_from"),
        source=_account(section, "from", known),
        target=_account(section, "to", known),
        commodity=commodity.code if commodity else "",
        unit=counted.symbol if counted else "",
        reads=reads,
        digits=digits,
        multiplier=multiplier,
        timezone=timezone(section) or known.timezone,
        conversion=_fit(section, reads, counted, commodity),
        **accuracy(section, known.classes),
    )
    if revision.source and revision.source == revision.target:
        section.fault(
            "to", f"a loop: the flow leaves and reaches the same account {revision.source!r}"
        )
    return DeclaredPeriod(revision, section.flag("returns"), section.line)


def _account(section: Section, key: str, known: Known) -> str:
    code = section.text(key)
    if code and code not in known.accounts:
        section.fault(key, f"unknown account {code!r}{section.nearest(code, known.accounts)}")
        return ""
    return code


def _commodity(section: Section, known: Known) -> DeclaredCommodity | None:
    code = section.text("commodity")
    if code and code not in known.commodities:
        advice = section.nearest(code, known.commodities)
        section.fault("commodity", f"unknown commodity {code!r}{advice}")
    return known.commodities.get(code)


def _register(section: Section, reads: str) -> tuple[int | None, Decimal]:
    """Return digits and multiplier; the multiplier may stand in the register or by itself."""
    register = section.inside("register")
    register.allow("digits", "multiplier")
    digits = register.integer("digits", 1, MOST_DIGITS)
    if "digits" in register.table and reads and reads != "register":
        register.fault("digits", f'is for reads = "register", not for {reads!r}')
    if "multiplier" in register.table and "multiplier" in section.table:
        section.fault("multiplier", "stands twice: here and in the register")
    inner, outer = register.exact("multiplier"), section.exact("multiplier")
    return digits, inner or outer or Decimal(1)


def _fit(
    section: Section, reads: str, counted: Unit | None, commodity: DeclaredCommodity | None
) -> str:
    """Check that the unit can become the commodity's; return the conversion in canonical form."""
    conversion = _conversion(section)
    if not reads or counted is None or commodity is None or not commodity.unit:
        return ""
    target = unit(commodity.unit)
    if reads == "power" and counted.dimension != "power":
        section.fault(
            "unit", f'reads = "power" needs a unit of power, like kW; {counted.symbol} measures '
            f'{counted.dimension}: write reads = "interval" or "register"',
        )  # fmt: skip
        return ""
    has = "energy" if reads == "power" else counted.dimension
    if conversion is not None:
        return _joined(section, conversion, has, target.dimension)
    if has != target.dimension and "conversion" not in section.table:
        _refuse_unit(section, counted, commodity)
    return ""


def _refuse_unit(section: Section, counted: Unit, commodity: DeclaredCommodity) -> None:
    try:
        ratio(counted.symbol, commodity.unit)
    except UnitRefused as refusal:
        reason = f"{commodity.code!r} is kept in {commodity.unit}: {refusal.message}"
        section.fault("unit", f"{reason}; {refusal.hint}")


def _conversion(section: Section) -> Conversion | None:
    text = section.text("conversion")
    if not text:
        return None
    try:
        return parse_conversion(text)
    except (UnitRefused, NumberRefused) as refusal:
        section.fault("conversion", f"{refusal.message}; {refusal.hint}")
        return None


def _joined(section: Section, conversion: Conversion, has: str, wanted: str) -> str:
    """Return a conversion in canonical form if it leads from the meter to the commodity.

    One is also in order where both measure the same: the files of a gas meter may come in m³ one
    month and in kWh the next.
    """
    above, below = conversion.unit, conversion.per
    if not {has, wanted} <= {above.dimension, below.dimension}:
        section.fault(
            "conversion",
            f"converts between {above.dimension} and {below.dimension}; "
            f"the meter measures {has}, its commodity is kept as {wanted}",
        )
    return f"{plain(conversion.value):f} {above.symbol}/{below.symbol}"
