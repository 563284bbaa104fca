"""What the tables of a park summary need besides its records."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from carbonledger.report.data import Benchmark, FactorRow, ParkSummary, Place
from carbonledger.report.format import plain
from carbonledger.report.page import SPACE, Page
from carbonledger.report.sections import Balance, BalanceRow, Emissions, Member, Members, Scope
from carbonledger.report.standing import OPEN, ClosureRow, MissingRow
from carbonledger.report.stated import Stated

BALANCE_COLUMNS = (
    "bought", "received", "own", "delivered", "sold", "consumed", "unexplained",
)  # fmt: skip
ALWAYS_SHOWN = ("bought", "own", "delivered", "consumed", "unexplained")
CLOSURE_COLUMNS = ("inflow", "made", "outflow", "consumed", "stock_change", "unexplained")
OPEN_STATES = OPEN
MOST_NAMED = 6
"""So many of what is missing, and of open balances, are named on the first page."""
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


def member_places(members: Members, name: str, page: Page) -> int:
    """Count the decimals of a column of members: all there are, but no more than three.

    So the sum of what is printed is what is printed as sum, wherever three decimals hold it.
    """
    rows = (*members.rows, members.park, *filter(None, (members.shared,)))
    return min(page.exact(_cell(row, name) for row in rows), MEMBER_PLACES)


def names(places: Iterable[Place], lang: str) -> dict[str, str]:
    """Name the places of the flow diagram by code."""
    return {place.account.code: place.account.of(lang) for place in places}


def missing_line(row: MissingRow, page: Page) -> str:
    """Say on the first page what has not arrived, whose it is, and since when."""
    lang = page.words.lang
    ends = f"{row.source.of(lang) or '–'} → {row.target.of(lang) or '–'}"
    return page.words(
        "standing.missing_line",
        name=row.name,
        what=page.words("joined").join((row.commodity.of(lang), row.meter or ends)),
        owner=row.owner,
        first=row.first_day,
        last=row.last_day,
        due=row.due,
        range=""
        if row.low_t.value is None
        else page.words(
            "standing.range_shares" if row.affects == "shares" else "standing.range_total",
            low=page.number(row.low_t),
            high=page.number(row.high_t),
            unit=page.words.unit("tCO2e"),
        ),
    )


def open_line(row: ClosureRow, page: Page) -> str:
    """Say on the first page which balance is open, and why."""
    lang = page.words.lang
    return page.words(
        f"standing.{row.state}_line",
        account=row.account.of(lang),
        commodity=row.commodity.of(lang),
        amount=page.text(row.unexplained),
        share=page.number(row.share, share=True),
        tolerance=page.text(row.tolerance),
        names=", ".join(row.undeclared),
    )


def first_average(summary: ParkSummary) -> Benchmark | None:
    """Return the average that the top of the report compares with: the first that can be."""
    return next((one for one in summary.benchmarks if one.ratio.value is not None), None)


def against(average: Benchmark, page: Page) -> str:
    """Say how the park stands to an average: `77.4 % of the national average 0.5306 … (2023)`."""
    if average.ratio.value is None:
        return page.words("summary.no_average")
    return page.words(
        "summary.against",
        ratio=page.percent(average.ratio.value),
        kind=page.words("national.national" if average.national else "national.reference"),
        value=page.text(average.value),
        year="" if average.year is None else page.words("aside", text=average.year),
    )


def covered(emissions: Emissions, page: Page) -> str:
    """Name the total, with the scopes that it is the sum of."""
    words = page.words
    counted = [words.code("scope", one.code) for one in emissions.scopes if one.counted]
    return words("emissions.total", scopes=words("joined").join(counted))


def scope_note(emissions: Emissions, scope: Scope, page: Page) -> str:
    """Say whether a scope is part of the total, and of scope 3 which categories it holds."""
    words = page.words
    said = words("summary.counted") if scope.counted else words("emissions.not_counted")
    held = [one.category.code for one in emissions.categories if one.emission.value is not None]
    if scope.code != "3" or not held:
        return said
    return words("joined").join((words("scope_3.holds", numbers=", ".join(held)), said))


def by_pack(factors: Iterable[FactorRow]) -> list[tuple[str, list[FactorRow]]]:
    """Group factors by the pack in front of their key."""
    groups: dict[str, list[FactorRow]] = {}
    for factor in factors:
        groups.setdefault(factor.key.partition("/")[0], []).append(factor)
    return list(groups.items())


def largest_ratio(summary: ParkSummary) -> Decimal:
    """Return the largest ratio to an average, at least 1: the right edge of the bars."""
    ratios = (one.ratio.value for one in summary.benchmarks)
    return max((ratio for ratio in ratios if ratio is not None), default=Decimal(1))


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
