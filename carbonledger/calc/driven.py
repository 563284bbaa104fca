"""Vehicles of which the kilometres are known and not the fuel: distance × factor, scope 1.

GHG Protocol Corporate Standard, ch. 6: emission factors by activity; UK conversion factors,
`Passenger vehicles` and `Delivery vehicles`. A record from an environment account (the road) to a
vehicle says how far it went: a drive is no purchase, so it is in no category of scope 3.
"""

from collections import defaultdict
from collections.abc import Iterator

from carbonledger.calc.balance import ENVIRONMENT, Cell
from carbonledger.calc.figures import Remark
from carbonledger.calc.lines import Activity, Heading, with_factor
from carbonledger.calc.lookups import Lookups
from carbonledger.calc.model import Books, EmissionLine, flow_key
from carbonledger.calc.scope1 import MOBILE, SCOPE, VEHICLE, factors_of, fuel_use
from carbonledger.factors.rules import Scope1

DISTANCE, KILOMETRES = "distance", "km"


def driven(books: Books, lookups: Lookups, rules: Scope1) -> list[EmissionLine]:
    """Multiply the kilometres of each vehicle and month by the factors of the vehicle's kind.

    The factor is of the purpose `mobile`; one that is missing is remembered and refused.
    """
    lines = []
    for cell, (quantity, inputs) in sorted(_distances(books).items()):
        activity = Activity(*cell, quantity, KILOMETRES, inputs)
        region = books.accounts[cell.account].region
        search = rules.mobile or rules.combustion
        for found in factors_of(lookups, rules, search, cell, region, KILOMETRES, biogenic=False):
            line = with_factor(lookups, activity, found, Heading(SCOPE, MOBILE, DISTANCE))
            lines += [line] if line else []
    return lines


def driven_remarks(books: Books) -> Iterator[Remark]:
    """Name the vehicles that burn fuel of the books and drive kilometres in them as well."""
    fuelled = {(cell.account, cell.month) for cell in fuel_use(books)}
    both = {one.account for one in _distances(books) if (one.account, one.month) in fuelled}
    for account in sorted(both):
        yield Remark(
            f"{account} burns fuel and has kilometres: both are counted; post one of them, or the "
            "kilometres to a vehicle of their own",
            f"{account} 既有燃料又有行驶里程，两者均已计入；请只录入其一，或将里程记入另一车辆账户",
        )


def _distances(books: Books) -> dict[Cell, tuple[int, tuple[str, ...]]]:
    sums: dict[Cell, int] = defaultdict(int)
    inputs: dict[Cell, list[str]] = defaultdict(list)
    for flow in books.flows:
        if (
            books.commodities[flow.commodity].unit == KILOMETRES
            and books.inside(flow.target)
            and books.accounts[flow.target].kind == VEHICLE
            and books.accounts[flow.source].kind == ENVIRONMENT
        ):
            cell = Cell(flow.target, flow.commodity, flow.month)
            sums[cell] += flow.quantity
            inputs[cell].append(flow_key(flow))
    return {cell: (sums[cell], tuple(inputs[cell])) for cell in sums if sums[cell]}
