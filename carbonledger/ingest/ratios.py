"""Units of a file, and what one of them is in the canonical unit of what a meter measures."""

from dataclasses import dataclass, field
from fractions import Fraction

from carbonledger.errors import ImportRefused, Refusal, UnitRefused
from carbonledger.ingest.meters import Meters
from carbonledger.ledger.state import CommodityState, MeterRevision
from carbonledger.units import Unit, canonical_micro_ratio, energy_of_power, find

# Volumes of these depend on temperature and pressure; those of water and oil do not.
GASES = frozenset({"fuel", "biofuel", "gas"})
# A liquid fuel is told by its unit: nobody bills a gas in these.
LIQUID = frozenset({"L", "mL", "hL", "megalitre", "US_gal", "imp_gal", "bbl"})


def refuse_condition(unit: Unit, commodity: CommodityState) -> None:
    """Refuse a volume at a reference state for something that is no gas.

    Raises:
        UnitRefused: Nm3 of water.
    """
    if unit.condition and commodity.kind not in GASES:
        raise UnitRefused(
            f"{unit.symbol} is a volume of gas at {unit.condition}; {commodity.code} is no gas",
            code="unit-condition",
            hint="write m3",
        )


def unstated_condition(unit: Unit, commodity: CommodityState) -> str:
    """Say that a volume of gas states no reference state; "" when it need not."""
    volume = unit.dimension == "volume" and not unit.condition
    if not volume or commodity.kind not in GASES or unit.symbol in LIQUID:
        return ""
    if find(commodity.unit).dimension != "volume":
        return ""
    return (
        f"{unit.symbol} of {commodity.code} states no temperature and is taken at 0 °C, "
        "101.325 kPa (Nm3); write m3@15C or m3@20C where the volume is corrected to that"
    )


@dataclass(slots=True)
class Ratios:
    """The units of one file.

    Attributes:
        meters: the meters of the file.
        commodities: those of the ledger by code.
        symbols: units met so far; "" stands for the one the meter is declared in.
        remarks: what the user should know, each once.
    """

    meters: Meters
    commodities: dict[str, CommodityState]
    symbols: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    _known: dict[tuple[int, int, int, int], Fraction] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """Return the number of a unit as the file spells it.

        Raises:
            UnitRefused: the spelling is unknown or ambiguous.
        """
        symbol = find(text).symbol if text else ""
        if symbol not in self.symbols:
            self.symbols.append(symbol)
        return self.symbols.index(symbol)

    def of(self, meter: int, unit: int, day: int, seconds: int, line: int = 0) -> Fraction:
        """Return what one recorded unit of a meter is in canonical units.

        Of a register it is what one unit after the multiplier is, because that factor may change
        within a day.

        Args:
            meter: number of the meter.
            unit: number of the unit.
            day: local day, yyyymmdd; a meter's declaration may change.
            seconds: length of the interval, for mean power.
            line: line in the file, for the message.

        Raises:
            ImportRefused: the unit does not fit what the meter measures.
        """
        revisions = self.meters.seen[meter].revisions
        since = revisions[0].valid_from
        if len(revisions) > 1 or day < since:
            since = self.meters.revision(meter, day, line).valid_from
        known = self._known.get((meter, unit, since, seconds))
        if known is None:
            revision = self.meters.revision(meter, day, line)
            known = self._checked(meter, unit, revision, seconds, line)
            self._known[meter, unit, since, seconds] = known
        return known

    def _checked(
        self, meter: int, unit: int, revision: MeterRevision, seconds: int, line: int
    ) -> Fraction:
        try:
            return self._ratio(meter, unit, revision, seconds)
        except Refusal as error:
            layout = self.meters.layout
            raise ImportRefused(
                f"{layout.path}:{line}: meter {self.meters.seen[meter].code}: {error.message}",
                code=error.code,
                hint=error.hint,
            ) from error

    def _ratio(self, meter: int, unit: int, revision: MeterRevision, seconds: int) -> Fraction:
        commodity = self.commodities[revision.commodity]
        found = find(self.symbols[unit] or revision.unit)
        refuse_condition(found, commodity)
        remark = unstated_condition(found, commodity)
        if remark and remark not in self.remarks:
            self.remarks.append(remark)
        conversion = revision.conversion or None
        multiplier = self._multiplier(meter, revision)
        reads = self.meters.reads(meter)
        if reads != "power":
            ratio = canonical_micro_ratio(found.symbol, commodity.unit, conversion)
            return ratio if reads == "register" else ratio * multiplier
        if found.dimension != "power":
            raise UnitRefused(
                f"{found.symbol} is no unit of power",
                code="unit-dimension",
                hint='state the unit of the column in a profile, as unit = "kW" or unit = "W", or '
                'quantity = "energy"',
            )
        energy = energy_of_power(found.symbol, seconds, "kWh")
        return energy * canonical_micro_ratio("kWh", commodity.unit, conversion) * multiplier

    def _multiplier(self, meter: int, revision: MeterRevision) -> Fraction:
        """Return the factor from what a file states to what has flowed."""
        layout, factor = self.meters.layout, Fraction(revision.multiplier)
        if not layout.profile.multiplied:
            return factor
        # Of a table the user has said so; else it is of the format, which the user may not know.
        if layout.reader != "text" and factor != 1:
            remark = (
                f"meter {self.meters.seen[meter].code}: its multiplier {revision.multiplier} is "
                "not applied, because files of this format state what has flowed"
            )
            self.remarks += [remark] * (remark not in self.remarks)
        return Fraction(1)
