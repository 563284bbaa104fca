"""How the burden of an account is shared over what it produces together.

ISO 14067:2018 6.4.6 and ISO 14044:2006 4.3.4.2 order the ways: avoid sharing by measuring closer,
share by a physical relation (mass, energy), share by economic value. The ledger avoids where it
can, because every account is a process of its own; what is left is shared by one stated key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from carbonledger.calc.model import Commodity
from carbonledger.errors import CalculationRefused

GJ_PER_UNIT = {"kWh": Fraction(36, 10_000), "MJ": Fraction(1, 1000), "GJ": Fraction(1)}
"""Energy of the canonical units of electricity and heat, exact by definition."""

KEYS = ("mass", "energy", "economic", "given")


@dataclass(frozen=True, slots=True)
class Allocation:
    """The keys by which burdens are shared over co-products.

    An account that produces a single commodity needs no key.

    Attributes:
        key: `mass` (kg produced), `energy` (GJ produced), `economic` (value produced) or `given`.
        accounts: another key for single accounts, `{"park/chp": "energy"}`.
        energy: GJ in one unit, by commodity, for what is not counted in kWh, MJ or GJ.
        prices: price of one unit, by commodity, all in one currency.
        given: relative shares by account and commodity; they are brought to a sum of 1.
    """

    key: str = "mass"
    accounts: Mapping[str, str] = field(default_factory=dict, hash=False)
    energy: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    prices: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    given: Mapping[tuple[str, str], Decimal] = field(default_factory=dict, hash=False)

    def key_of(self, account: str) -> str:
        """Name the key that the account's burden is shared by."""
        return self.accounts.get(account, self.key)


MASS = Allocation()


def shares(
    allocation: Allocation, account: str, produced: Sequence[tuple[Commodity, int]]
) -> list[Fraction]:
    """Share one burden over what an account produced; the shares add up to 1.

    Args:
        allocation: the keys.
        account: code of the producing account.
        produced: commodities with their net production in millionths of their units.

    Raises:
        CalculationRefused: the key is unknown, or a commodity lacks what the key weighs it by
            (mass, energy content, price, given share), or all weigh nothing.
    """
    if len(produced) == 1:
        return [Fraction(1)]
    weights = [
        quantity * _weight(allocation, account, commodity) for commodity, quantity in produced
    ]
    if allocation.key_of(account) == "given":
        weights = [_weight(allocation, account, commodity) for commodity, _ in produced]
    whole = sum(weights, Fraction(0))
    if whole <= 0 or min(weights) < 0:
        raise CalculationRefused(
            f"{account}: the shares of {_names(produced)} by {allocation.key_of(account)} "
            f"are negative or all zero"
        )
    return [weight / whole for weight in weights]


def _weight(allocation: Allocation, account: str, commodity: Commodity) -> Fraction:
    key, code = allocation.key_of(account), commodity.code
    if key not in KEYS:
        raise CalculationRefused(
            f"no allocation is called {key}", hint=f"choose one of {', '.join(KEYS)}"
        )
    found: Decimal | Fraction | None
    if key == "mass":
        found = Fraction(1) if commodity.unit == "kg" else commodity.mass_kg
    elif key == "energy":
        found = allocation.energy.get(code, GJ_PER_UNIT.get(commodity.unit))
    elif key == "economic":
        found = allocation.prices.get(code)
    else:
        found = allocation.given.get((account, code))
    if found is None:
        raise CalculationRefused(
            f"{account} produces {code} beside other things, and its {_MISSING[key]} is unknown",
            hint=f"{_REMEDY[key]}, or choose another allocation for {account}",
        )
    return Fraction(found)


_MISSING = {
    "mass": "mass",
    "energy": "energy content",
    "economic": "price",
    "given": "share",
}
_REMEDY = {
    "mass": "state mass_kg of the commodity in the site description",
    "energy": "state its GJ per unit",
    "economic": "state its price",
    "given": "state its share",
}


def _names(produced: Sequence[tuple[Commodity, int]]) -> str:
    return ", ".join(commodity.code for commodity, _ in produced)
