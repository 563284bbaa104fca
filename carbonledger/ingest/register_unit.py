"""What one unit of a posted register is, without a file at hand."""

from carbonledger.ingest.points import Register
from carbonledger.ledger.multipliers import multipliers
from carbonledger.ledger.state import CommodityState, MeterState
from carbonledger.units import canonical_micro_ratio, find


def register_of(
    meter: MeterState, commodities: dict[str, CommodityState], unit: str, day: int
) -> Register:
    """Return how the register of a meter counts on a local day.

    Args:
        meter: the meter.
        commodities: those of the ledger by code.
        unit: unit of the readings, as posted.
        day: yyyymmdd.
    """
    revision = meter.on(day) or meter.revisions[0]
    commodity = commodities[revision.commodity]
    conversion = revision.conversion or None
    ratio = canonical_micro_ratio(find(unit).symbol, commodity.unit, conversion)
    return Register(revision.digits, meter.events, ratio, multipliers(meter))
