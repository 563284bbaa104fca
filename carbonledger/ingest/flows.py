"""What a meter measures on a day, in the numbers by which the ledger names it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from carbonledger.ingest.meters import Meters
from carbonledger.ledger.state import SiteState
from carbonledger.units import find


class Flow(NamedTuple):
    """What a meter measures, as an entry names it: numbers of rows, codes and units."""

    meter: str
    meter_id: int
    source_id: int
    target_id: int
    commodity_id: int
    commodity: str
    unit: str
    meter_unit: str


@dataclass(slots=True)
class Flows:
    """What the meters of a file measure.

    Attributes:
        site: accounts, commodities and meters of the ledger.
        meters: the meters of the file.
    """

    site: SiteState
    meters: Meters
    _known: dict[tuple[int, int], Flow] = field(default_factory=dict)
    _single: dict[int, Flow] = field(default_factory=dict)

    def of(self, meter: int, day: int, line: int = 0) -> Flow:
        """Return what a meter measures on a local day (yyyymmdd).

        Raises:
            ImportRefused: it is declared from a later day only.
        """
        known = self._single.get(meter)
        if known is not None:
            return known
        revision = self.meters.revision(meter, day, line)
        key = (meter, revision.valid_from)
        if key not in self._known:
            state = self.meters.seen[meter]
            commodity = self.site.commodities[revision.commodity]
            self._known[key] = Flow(
                state.code, state.id, self.site.accounts[revision.source].id,
                self.site.accounts[revision.target].id, commodity.id, commodity.code,
                commodity.unit, find(revision.unit).symbol,
            )  # fmt: skip
            if len(state.revisions) == 1 and revision.valid_from == 0:
                self._single[meter] = self._known[key]
        return self._known[key]
