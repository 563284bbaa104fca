"""Process emissions: what a product gives off when it is made, or a material when it is used.

A factor of the purpose `process` says by its basis which flow it is multiplied by:

- `output`: what an account made of it, outflow less inflow (t CO2 per t of clinker;
  发改环资〔2025〕910号, annex 4: E_process = Σ output × EF; IPCC 2006, vol. 3, ch. 2);
- `input`: what an account took in and did not give on (t CO2 per t of limestone or electrode).

What the plant has measured (`[process."…"]` of site.toml) counts before factors of the packs.

Stocks make and use nothing. Fuels are no inputs here: what is burnt is combustion.
"""

from collections import defaultdict
from collections.abc import Iterator

from carbonledger.calc.balance import STOCK, Cell, Throughput, throughputs
from carbonledger.calc.figures import Remark
from carbonledger.calc.lines import Activity, Heading, with_factor
from carbonledger.calc.lookups import CO2E, Lookups
from carbonledger.calc.model import Books, EmissionLine
from carbonledger.factors.lookup import Found
from carbonledger.factors.process_goods import MADE, USED, ProcessGood, process_good
from carbonledger.factors.properties import PACK
from carbonledger.factors.rules import Scope1
from carbonledger.units import from_micro

SCOPE, PROCESS, MEASURED = "1", "process", "measured"
OUTPUT, INPUT = "output", "input"
MATTER = ("product", "material")
Used = tuple[Cell, Throughput, Found]


def process(books: Books, lookups: Lookups, rules: Scope1) -> list[EmissionLine]:
    """Multiply what was made, or used, in each account and month by its process factors."""
    lines: list[EmissionLine] = []
    for cell, through, found in _used(books, lookups, rules):
        unit = books.commodities[cell.commodity].unit
        activity = Activity(*cell, abs(through.net), unit, through.inputs)
        measured = found.factor.pack == PACK
        kind = f"{found.factor.basis}; {MEASURED}" if measured else found.factor.basis
        heading = Heading(SCOPE, PROCESS, kind)
        line = with_factor(lookups, activity, found, heading)
        lines += [line] if line else []
    return lines


def process_remarks(
    books: Books, lookups: Lookups, rules: Scope1, lines: list[EmissionLine]
) -> Iterator[Remark]:
    """Point out factors that were not found, and what may count though it was not made there."""
    if rules.process:
        yield from _missing(books, lookups, lines)
    yield from _twice(lines)
    yield from _passed_on(books, lines)


def _missing(books: Books, lookups: Lookups, lines: list[EmissionLine]) -> Iterator[Remark]:
    """Name what is known to give off gases as a process and has neither factor nor measurement."""
    known = {(one.account, one.commodity, one.month) for one in lines if one.category == PROCESS}
    measured = {(one.account, one.month) for one in lines if one.category == MEASURED}
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for cell, through in throughputs(books, MATTER).items():
        stock = books.accounts[cell.account].kind == STOCK
        if through.net and not stock and cell not in known:
            way = USED if through.net > 0 else MADE
            if (cell.account, cell.month) not in measured:
                sums[cell.account, cell.commodity, way] += abs(through.net)
    for (account, commodity, way), quantity in sorted(sums.items()):
        good = books.commodities[commodity]
        kind = process_good(commodity, good.name, way)
        if kind:
            amount = f"{from_micro(quantity)} {good.unit}"
            yield _unfound(account, commodity, amount, kind, lookups.unloaded(kind.pack))


def _unfound(account: str, commodity: str, amount: str, kind: ProcessGood, load: str) -> Remark:
    table = f'[process."{commodity}"]'
    mend = f"state the plant's own in site.toml, {table}"
    mend_zh = f"请在 site.toml 的 {table} 中填写本厂实测因子"
    if load:
        mend = f"load it: carbonledger factors load {load} (there: {kind.code}), or {mend}"
        mend_zh = f"请加载：carbonledger factors load {load}（其中为 {kind.code}），或{mend_zh}"
    elif kind.pack:
        mend += f", or declare the commodity as {kind.pack} names it: {kind.code}"
        mend_zh += f"，或按 {kind.pack} 中的名称 {kind.code} 声明该品种"
    way = kind.way
    did, did_zh = ("made", "生产") if way == MADE else ("used", "使用")
    return Remark(
        f"{account} {did} {amount} of {commodity}, for which no process factor was found: its "
        f"process emissions are missing; {mend}",
        f"{account} {did_zh} {commodity} {amount}，未找到其工业过程排放因子，过程排放缺失；"
        f"{mend_zh}",
    )


def _twice(lines: list[EmissionLine]) -> Iterator[Remark]:
    """Name accounts with process emissions of what they made and of what they used for it."""
    goods: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in lines:
        if one.category == PROCESS:
            goods[one.account, one.basis.partition(";")[0]].add(one.commodity)
    for account in sorted({account for account, _ in goods}):
        made, used = goods[account, OUTPUT], goods[account, INPUT]
        if made and used:
            outputs, inputs = ", ".join(sorted(made)), ", ".join(sorted(used))
            yield Remark(
                f"{account} has process emissions of what it made ({outputs}) and of what it used "
                f"({inputs}): both count; check that it is not the same gas twice",
                f"{account} 的过程排放既按产品（{outputs}）又按原料（{inputs}）计算："
                "两者均计入，请核对是否重复",
            )


def _passed_on(books: Books, lines: list[EmissionLine]) -> Iterator[Remark]:
    """Point out where what was passed on, or taken from what lay there, looks as if made."""
    made = {
        (one.account, one.commodity)
        for one in lines
        if one.basis.startswith(OUTPUT) and books.accounts[one.account].kind != PROCESS
    }
    took = made & {(one.target, one.commodity) for one in books.flows}
    given: dict[tuple[str, str], int] = defaultdict(int)
    for cell, through in throughputs(books, MATTER).items() if took else ():
        given[cell.account, cell.commodity] += max(-through.net, 0)
    for account, commodity in sorted(took):
        amount, unit = from_micro(given[account, commodity]), books.commodities[commodity].unit
        yield Remark(
            f"{account} took {commodity} in and gave {amount} {unit} more than it took: "
            "counted as made there; if it only holds it, declare it as a stock",
            f"{account} 转入 {commodity}，且转出比转入多 {amount} {unit}：按其生产计算；"
            "若仅为存放请声明为 stock",
        )


def _used(books: Books, lookups: Lookups, rules: Scope1) -> Iterator[Used]:
    if not rules.process:
        return
    for cell, through in throughputs(books, MATTER).items():
        account = books.accounts[cell.account]
        if account.kind == STOCK or not through.net:
            continue
        wanted = INPUT if through.net > 0 else OUTPUT
        for found in _factors(lookups, rules, cell, account.region, wanted):
            yield cell, through, found


def _factors(
    lookups: Lookups, rules: Scope1, cell: Cell, region: str, wanted: str
) -> Iterator[Found]:
    """Find the factors of a product or material by gas; most have none.

    What the plant has measured of a gas goes before the packs; what it states of CO2 equivalent
    holds all gases.
    """
    groups = (lookups.emissions(), *((gas,) for gas in rules.further))
    counted = {gas for gases in groups for gas in gases}
    own: list[Found] = []
    for one in lookups.stated_processes(cell.account, cell.commodity, cell.month, wanted):
        # The nearest statement counts; an equivalent and single gases never count together.
        beside = not own or CO2E not in {one.gas, own[0].factor.gas}
        own += [Found(one, "")] if one.gas in counted and beside else []
    yield from own
    for gases in groups:
        if any(one.factor.gas in {*gases, CO2E} for one in own):
            continue
        found = lookups.find(
            rules.process,
            cell.commodity,
            region,
            cell.month,
            gases=gases,
            bases=(wanted,),
            required=False,
        )
        if found:
            yield found
