"""Fugitive emissions: refrigerants and other gases by their balance, which double entry keeps.

What an account takes in of such a gas and neither gives on nor holds has leaked:

    emissions = bought − sold, recovered or destroyed − increase of the store − increase of charge

Cylinders in store and the charge of equipment are accounts of the kind `stock`, so both increases
are flows into them (GHG Protocol, HFC tool, sales-based approach; US EPA Center for Corporate
Climate Leadership, Direct Fugitive Emissions from Refrigeration, 2014: material balance; IPCC
2006, vol. 3, ch. 7, mass-balance approach). What was measured on its way out has left already,
and counts as measured. CO2, CH4 and N2O are made where they are emitted: they have no balance.
"""

from collections import defaultdict
from collections.abc import Iterator

from carbonledger.calc.balance import STOCK, Cell, Throughput, throughputs
from carbonledger.calc.figures import Remark
from carbonledger.calc.lines import Activity, Heading, of_gas
from carbonledger.calc.lookups import Lookups
from carbonledger.calc.model import Books, EmissionLine
from carbonledger.units import from_micro

SCOPE, FUGITIVE, BALANCE = "1", "fugitive", "mass_balance"
WITHOUT_BALANCE = frozenset({"co2", "ch4", "ch4_fossil", "ch4_non_fossil", "n2o"})


def leaked(books: Books) -> dict[Cell, Throughput]:
    """Find what each account lost of every gas that has a balance, stocks left out."""
    return {
        cell: through
        for cell, through in throughputs(books, ("gas",)).items()
        if cell.commodity not in WITHOUT_BALANCE
        and books.accounts[cell.account].kind != STOCK
        and through.net
    }


def fugitive(books: Books, lookups: Lookups) -> list[EmissionLine]:
    """Count what leaked of every gas that the method counts, by account and month.

    A month in which gas came back out of an account is negative, so that months add up to the
    year; an account that is negative over the period is told (see `fugitive_remarks`).
    """
    lines: list[EmissionLine] = []
    for cell, through in leaked(books).items():
        if not lookups.counts(cell.commodity):
            continue
        unit = books.commodities[cell.commodity].unit
        activity = Activity(*cell, through.net, unit, through.inputs)
        line = of_gas(lookups, activity, Heading(SCOPE, FUGITIVE, BALANCE))
        lines += [line] if line else []
    return lines


def fugitive_remarks(books: Books, lookups: Lookups) -> Iterator[Remark]:
    """Name accounts that gave more of a gas than they took in, and gases not counted."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for cell, through in leaked(books).items():
        sums[cell.account, cell.commodity] += through.net
    for (account, gas), quantity in sorted(sums.items()):
        amount, unit = from_micro(abs(quantity)), books.commodities[gas].unit
        if quantity < 0:
            yield Remark(
                f"{account} gave {amount} {unit} of {gas} more than it took in: its fugitive "
                "emissions are negative; check for gas that was bought or charged before, and "
                "post it to an account of the kind stock",
                f"{account} 的 {gas} 转出比转入多 {amount} {unit}：逸散排放为负；"
                "请核对此前购入或充注的气体，并记入 stock 账户",
            )
        elif not lookups.counts(gas):
            yield Remark(
                f"{lookups.method.key} does not count {gas}: {amount} {unit} leaked from "
                f"{account}, not included",
                f"{lookups.method.key} 不计 {gas}：{account} 逸散 {amount} {unit}，未计入",
            )
