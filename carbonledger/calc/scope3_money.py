"""Money spent, in the currency and prices of a factor: only at a rate that the user states."""

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from carbonledger.calc.lines import Activity
from carbonledger.factors.model import Factor
from carbonledger.factors.scope3 import MoneyRate
from carbonledger.units import ratio, round_half_even, split_ratio, unit

CURRENCIES = {"money": "CNY", "money_usd": "USD", "money_eur": "EUR"}
"""Currency of each dimension of money."""
_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")


class Missing(NamedTuple):
    """A rate that is needed and not stated.

    Attributes:
        spent: currency and year of the spend.
        wanted: currency and price year of the factor.
    """

    spent: str
    wanted: str

    def say(self) -> str:
        """Word what is missing."""
        return f"{self.spent} was spent and the factor is per {self.wanted}: no rate is stated"

    def rate(self) -> str:
        """Word the keys of the rate that would do, as the site file has them."""
        currency, _, year = self.spent.partition(" of ")
        to, _, prices = self.wanted.partition(" of ")
        keys = f'from = "{currency}", year = {year}, to = "{to}"'
        return f"{keys}, price_year = {prices}" if prices else keys


def price_year(factor: Factor) -> int | None:
    """Return the year whose prices a factor is per: that of its basis, else its data year."""
    named = _YEAR.search(factor.basis)
    return int(named[0]) if named else factor.data_year


def exchanged(
    activity: Activity, factor: Factor, rates: Iterable[MoneyRate]
) -> tuple[Activity, str] | Missing:
    """Write a spend in the currency and prices of a factor.

    Args:
        activity: the spend.
        factor: kg per unit of money.
        rates: rates that the user states.

    Returns:
        The spend, rounded once to millionths, and how it came about ("" where nothing had to be
        done); or the rate that is missing.
    """
    has = CURRENCIES.get(unit(activity.unit).dimension, activity.unit)
    below = split_ratio(factor.unit)[1]
    wants = CURRENCIES.get(below.dimension, below.symbol)
    year, prices = int(activity.month[:4]), price_year(factor)
    if has == wants and prices in (None, year):
        return activity, ""
    for rate in rates:
        if (rate.currency, rate.year, rate.to, rate.price_year) == (has, year, wants, prices):
            exact = Fraction(rate.value) * activity.quantity * ratio(activity.unit, has)
            quantity = round_half_even(exact.numerator, exact.denominator)
            why = f"1 {has} of {year} = {rate.value} {_of(wants, prices)} ({rate.source})"
            return activity._replace(quantity=quantity, unit=wants), why
    return Missing(_of(has, year), _of(wants, prices))


def _of(currency: str, year: int | None) -> str:
    return f"{currency} of {year}" if year else currency
