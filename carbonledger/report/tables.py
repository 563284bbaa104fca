"""What the tables of a park summary need besides its records."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from carbonledger.report.data import ParkSummary, Place, Renewable, RenewableMonth
from carbonledger.report.format import plain
from carbonledger.report.page import SPACE, Page
from carbonledger.report.sections import Balance, BalanceRow, Member, Members
from carbonledger.report.stated import Stated

BALANCE_COLUMNS = (
    "bought", "received", "own", "delivered", "sold", "consumed", "unexplained",
)  # fmt: skip
ALWAYS_SHOWN = ("bought", "own", "delivered", "consumed", "unexplained")
MEMBER_PLACES = 3
SIGNS = {"<=": "≤", ">=": "≥", "<": "<", ">": ">", "=": "="}


def balance_columns(balance: Balance) -> list[str]:
    """Name the columns to show: all but those that hold nothing but zeros."""
    return [
        name
        for name in BALANCE_COLUMNS
        if name in ALWAYS_SHOWN or any(_cell(row, name).value for row in balance.rows)
    ]


def balance_cells(balance: Balance) -> list[Stated]:
    """List every figure of a balance."""
    rows = (*balance.rows, balance.total)
    return [_cell(row, name) for row in rows for name in BALANCE_COLUMNS]


def balance_pattern(balance: Balance) -> str:
    """Return the key of one cell, to show how the keys of all of them are built."""
    row = balance.rows[0] if balance.rows else balance.total
    return row.consumed.key


def month_cells(renewable: Renewable) -> list[Stated]:
    """List every figure of the monthly table of electricity by origin."""
    rows: tuple[RenewableMonth | Renewable, ...] = (*renewable.months, renewable)
    return [figure for row in rows for figure in (row.own, row.certificates, row.rest)]


def member_places(members: Members, name: str, page: Page) -> int:
    """Count the decimals of a column of members: all there are, but no more than three.

    So the sum of what is printed is what is printed as sum, wherever three decimals hold it.
    """
    rows = (*members.rows, members.park, *filter(None, (members.shared,)))
    return min(page.exact(_cell(row, name) for row in rows), MEMBER_PLACES)


def names(places: Iterable[Place], lang: str) -> dict[str, str]:
    """Name the places of the flow diagram by code."""
    return {place.account.code: place.account.of(lang) for place in places}


def against(summary: ParkSummary, page: Page) -> str:
    """Compare the intensity of the park with the first average that it can be compared with."""
    for benchmark in summary.benchmarks:
        if benchmark.ratio.value is not None:
            return page.words(
                "summary.against",
                ratio=page.percent(benchmark.ratio.value),
                value=page.text(benchmark.value),
                year=benchmark.year or "–",
            )
    return page.words("summary.no_average")


def target(text: str, unit: str, page: Page) -> str:
    """Write a threshold as readers do: `<= 0.2` as `≤ 0.2`, `>= 0.8` of a share as `≥ 80 %`."""
    sign, _, number = text.partition(" ")
    try:
        value = Decimal(number)
    except InvalidOperation:
        return text
    if sign not in SIGNS:
        return text
    gap = "" if page.words.lang == "zh" else SPACE
    per_cent = {"": value * 100, "%": value}.get(unit)
    written = plain(value) if per_cent is None else f"{plain(per_cent)}{gap}%"
    return f"{SIGNS[sign]}{SPACE}{written}"


def _cell(row: BalanceRow | Member, name: str) -> Stated:
    cell = getattr(row, name)
    if not isinstance(cell, Stated):
        raise TypeError(f"{name} is no figure of {type(row).__name__}")
    return cell
