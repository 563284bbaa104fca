"""What a page says of its own standing: draft or final, what is missing, what does not close."""

from dataclasses import dataclass
from decimal import Decimal

from carbonledger.report.stated import Label, Stated

OPEN = ("outside", "undeclared")


@dataclass(frozen=True, slots=True)
class MissingRow:
    """What has not arrived, periods in a row as one.

    Attributes:
        name: name of the expectation.
        meter: code of the meter; "" for records.
        commodity: what is missing.
        source, target: accounts of the records; an empty label where any will do.
        owner: who must deliver.
        frequency: `day`, `month`, `quarter`, `year`.
        first_day, last_day: of the periods, ISO 8601.
        periods: how many they are.
        due: when the first of them was or is due, ISO 8601.
        days: how many days of the report are concerned.
        low, high: range of what is likely missing.
        low_t, high_t: the same in t of CO2 equivalent.
        affects: `total` of the site, or `shares` within it.
    """

    name: str
    meter: str
    commodity: Label
    source: Label
    target: Label
    owner: str
    frequency: str
    first_day: str
    last_day: str
    periods: int
    due: str
    days: Decimal
    low: Stated
    high: Stated
    low_t: Stated
    high_t: Stated
    affects: str


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """The balance of one commodity in one account over the period.

    inflow + made = outflow + consumed + stock_change + unexplained, exactly.

    Attributes:
        account, commodity: what is balanced.
        inflow, made, outflow, consumed, stock_change, unexplained: in the commodity's unit.
        share: unexplained as a part of inflow.
        tolerance: how much may be unexplained; without value where nobody declared it.
        state: `closed`, `within`, `outside` or `undeclared`.
        main, sub: meters into the account and out of it.
        undeclared: meters and records without a limit of error.
    """

    account: Label
    commodity: Label
    inflow: Stated
    made: Stated
    outflow: Stated
    consumed: Stated
    stock_change: Stated
    unexplained: Stated
    share: Stated
    tolerance: Stated
    state: str
    main: tuple[str, ...]
    sub: tuple[str, ...]
    undeclared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the report may be final.

    Attributes:
        expectations: how many expectations concern the boundary.
        missing: what has not arrived.
        closures: balances that hand on, store, or do not close.
        others: how many more balances there are, in which all was used or made there.
    """

    expectations: int
    missing: tuple[MissingRow, ...]
    closures: tuple[ClosureRow, ...]
    others: int

    @property
    def open(self) -> tuple[ClosureRow, ...]:
        """The balances that are not within a tolerance."""
        return tuple(row for row in self.closures if row.state in OPEN)
