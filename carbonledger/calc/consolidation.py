"""Consolidation: at which share the emissions of an account are those of the reporting company.

GHG Protocol Corporate Standard, ch. 3; ISO 14064-1:2018, 5.1. By equity share a company accounts
for its part of the equity. By control it accounts for all or nothing: under financial control a
joint venture with joint financial control counts by equity share; under operational control there
is no such part.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from carbonledger.calc.figures import Remark, rounded
from carbonledger.calc.lines import equivalent
from carbonledger.calc.model import WHOLE, Account, Books, EmissionLine, Figure, Ownership
from carbonledger.errors import Refusal
from carbonledger.factors.lookup import kilograms_per_unit
from carbonledger.factors.model import Factor
from carbonledger.units import ratio, round_half_even

EQUITY, FINANCIAL, OPERATIONAL = "equity", "financial", "operational"
APPROACHES = (EQUITY, FINANCIAL, OPERATIONAL)
JOINT, NO = "joint", "false"
HUNDRED = 100


def consolidated_books(books: Books, approach: str, held_on: int = 0) -> Books:
    """Put the shares of an approach to the accounts within the boundary.

    Args:
        books: flows of the whole site.
        approach: `equity`, `financial`, `operational`; "": everything counts as a whole.
        held_on: local day, yyyymmdd, on which the company held what counts in every month: a year
            as it would be with the structure of another; 0: what it held in each month.
    """
    shares = _shares(books, approach, held_on) if approach else {}
    return replace(books, approach=approach, shares=shares)


def _shares(books: Books, approach: str, held_on: int) -> dict[tuple[str, str], Fraction]:
    found: dict[tuple[str, str], Fraction] = {}
    for code in filter(books.inside, books.accounts):
        chain = _chain(books.accounts, code)
        if held_on:
            chain = [_always(held, held_on) for held in chain]
        if any(chain):
            found |= {
                (code, month): part
                for month in books.months
                if (part := _of_month(chain, approach, month)) != WHOLE
            }
    return found


def _always(held: tuple[Ownership, ...], day: int) -> tuple[Ownership, ...]:
    """Return what was held on a day as if it had always been held."""
    return tuple(replace(one, valid_from=0) for one in held if one.valid_from <= day)


def _chain(accounts: Mapping[str, Account], code: str) -> list[tuple[Ownership, ...]]:
    """Return what is declared for an account and for all above it, nearest first."""
    places = [code]
    while "/" in places[-1]:
        places.append(places[-1].rpartition("/")[0])
    return [accounts[place].ownership for place in places if place in accounts]


def _of_month(chain: list[tuple[Ownership, ...]], approach: str, month: str) -> Fraction:
    """Return the mean share over the days of a month, exactly."""
    first = date(int(month[:4]), int(month[5:]), 1)
    after = (first + timedelta(days=31)).replace(day=1)
    days = (after - first).days
    start = first.year * 10_000 + first.month * 100
    edges = {one.valid_from for held in chain for one in held}
    starts = sorted({start + 1, *(day for day in edges if start < day <= start + days)})
    ends = [*starts[1:], start + days + 1]
    parts = (_on(chain, approach, day) * (end - day) for day, end in zip(starts, ends, strict=True))
    return sum(parts, Fraction(0)) / days


def _on(chain: list[tuple[Ownership, ...]], approach: str, day: int) -> Fraction:
    if approach == EQUITY:
        return _equity(chain, day)
    control = _stated(chain, f"{approach}_control", day)
    if control == JOINT:
        return _equity(chain, day)
    return Fraction(0) if control == NO else WHOLE


def _equity(chain: list[tuple[Ownership, ...]], day: int) -> Fraction:
    stated = _stated(chain, "equity", day)
    return WHOLE if stated is None else Fraction(Decimal(str(stated))) / HUNDRED


def _stated(chain: list[tuple[Ownership, ...]], key: str, day: int) -> object:
    """Return what the nearest account says on a day; None where none says anything."""
    for held in chain:
        values = [getattr(one, key) for one in held if one.valid_from <= day]
        stated = [value for value in values if value not in (None, "")]
        if stated:
            return stated[-1]
    return None


def consolidated(books: Books, lines: Iterable[EmissionLine]) -> list[EmissionLine]:
    """Count every line at the share of its account; what counts for nothing has no line."""
    if not books.shares:
        return list(lines)
    found = []
    for line in lines:
        part = books.share(line.account, line.month)
        if part == WHOLE:
            found.append(line)
        elif part:
            found.append(_at_share(line, part, books.approach))
    return found


def _at_share(line: EmissionLine, part: Fraction, approach: str) -> EmissionLine:
    exact = _exact_mg(line) * part
    mass = round_half_even(exact.numerator, exact.denominator)
    return line._replace(
        mass_mg=mass,
        co2e_mg=equivalent(mass, line.gwp),
        basis=f"{line.basis}; {approach} share {rounded(part * HUNDRED):f} %",
        inputs=(*line.inputs, share_key(line.account, line.month)),
    )


def _exact_mg(line: EmissionLine) -> Fraction:
    """Return the mass of a line before it was rounded, where activity times factor tells it."""
    try:
        per_unit = _per_unit(line)
    except Refusal:
        return Fraction(line.mass_mg)
    exact = line.activity * per_unit
    same = round_half_even(exact.numerator, exact.denominator) == line.mass_mg
    return exact if same else Fraction(line.mass_mg)


def _per_unit(line: EmissionLine) -> Fraction:
    """Return kilograms per unit of the activity."""
    if line.factor_value is None:
        return ratio(line.activity_unit, "kg")
    if line.factor.startswith("supplier:"):
        return Fraction(line.factor_value)
    pack, _, code = line.factor.partition("/")
    factor = Factor(
        pack=pack, edition="", code=code, activity=line.commodity, region="", valid_from=None,
        valid_to=None, data_year=None, purpose="", gas=line.gas, value=line.factor_value,
        unit=line.factor_unit,
    )  # fmt: skip
    return kilograms_per_unit(factor, line.activity_unit)


def share_key(account: str, month: str) -> str:
    """Name the figure of a share."""
    return f"share:{account}:{month}"


def share_figures(books: Books) -> Iterator[Figure]:
    """Yield every share that is not the whole, a figure an account and month."""
    formula = f"share consolidated by {books.approach}"
    for (account, month), part in sorted(books.shares.items()):
        value = rounded(part)
        days = "" if Fraction(value) == part else f"exactly {part}, by the days of the month"
        yield Figure(share_key(account, month), value, "", formula, reason=days)


def left_out_figures(
    books: Books,
    whole: Mapping[str, Decimal],
    scopes: Mapping[str, Decimal],
    keys: Mapping[str, str],
) -> Iterator[Figure]:
    """Yield what the boundary emitted as a whole, and the part that is not consolidated.

    Args:
        books: with shares.
        whole: tonnes by scope with everything counted.
        scopes: tonnes by scope as consolidated.
        keys: key of the figure of each scope.
    """
    shares = tuple(share_key(*at) for at in sorted(books.shares))
    for scope, tonnes in whole.items():
        key = keys[scope]
        formula = "the same with every account of the boundary counted as a whole"
        yield Figure(f"whole-{key}", tonnes, "t", formula)
        formula = f"whole-{key} − {key}; below zero where purchases from members left out count"
        inputs = (f"whole-{key}", key, *shares)
        yield Figure(f"left-out-{key}", tonnes - scopes[scope], "t", formula, inputs)


def share_remarks(books: Books) -> Iterator[Remark]:
    """Say what is consolidated at which share."""
    places: dict[str, list[Fraction]] = defaultdict(list)
    for (account, _), part in sorted(books.shares.items()):
        places[account].append(part)
    for account, parts in places.items():
        above = account.rpartition("/")[0]
        if places.get(above) == parts:
            continue
        low, high = (f"{rounded(one * HUNDRED):f} %" for one in (min(parts), max(parts)))
        said = low if low == high else f"{low} – {high}"
        months = len(parts)
        yield Remark(
            f"{account} is consolidated at {said} in {months} of {len(books.months)} months "
            f"({books.approach})",
            f"{account} 在 {len(books.months)} 个月中的 {months} 个月按 {said} 合并"
            f"（{books.approach}）",
        )
