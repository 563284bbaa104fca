"""The renewable share of electricity, from the same rows in four ways.

Annual volume with certificates; physically (own generation and direct lines alone); matched by
the hour; and the emissions, location-based and market-based, of the same consumption.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from carbonledger.calc.balance import of_kind, supply_keys
from carbonledger.calc.figures import Remark, share, tonnes
from carbonledger.calc.inventory import InventoryResult, inventory
from carbonledger.calc.model import Books, EmissionLine, Figure
from carbonledger.calc.scope2 import LOCATION, MARKET
from carbonledger.errors import CalculationRefused
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.rules import Method
from carbonledger.units import from_micro

KWH = "kWh"
KIND = "electricity"


@dataclass(frozen=True, slots=True)
class HourlySeries:
    """Consumption and own renewable generation of a boundary, hour by hour.

    Attributes:
        load: consumption of each hour in millionths of a kWh; None: a reading is missing.
        own: own renewable generation, direct lines included, of the same hours.
    """

    load: Sequence[int | None]
    own: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Hours:
    """What own generation covers when it is matched by the hour.

    Attributes:
        share: Σ min(load, own) / Σ load; None when no hour is complete or nothing was consumed.
        own_use: Σ min(load, own) / Σ own, the part of own generation that was used at once, which
            direct connection rules ask for (发改能源〔2025〕650号); None where nothing was made.
        uncovered: hours in which own generation was less than the load.
        complete: hours with both values.
        missing: hours without one of them; they are left out of both sums.
    """

    share: Decimal | None
    own_use: Decimal | None
    uncovered: int
    complete: int
    missing: int


@dataclass(frozen=True, slots=True)
class RenewableResult:
    """The renewable share of a boundary's electricity.

    Attributes:
        electricity_kwh: consumption: bought, plus own generation, less sold.
        renewable_kwh: own consumption, direct supply and certificates claimed.
        share: renewable by consumption over the period; None when nothing was consumed.
        physical_share: own consumption and direct supply alone, certificates left out.
        hourly_share: own generation matched by the hour; None without hourly data.
        hourly_own_use: part of own generation that was used within its hour; likewise.
        uncovered_hours: hours in which own generation was less than consumption; None without
            hourly data.
        location_t, market_t: scope 2 of electricity, tonnes CO2e.
        lines: lines of the inventory behind it, which the figures number.
        figures: the tree behind the numbers.
        remarks: what must be said with it.
    """

    electricity_kwh: Decimal
    renewable_kwh: Decimal
    share: Decimal | None
    physical_share: Decimal | None
    hourly_share: Decimal | None
    hourly_own_use: Decimal | None
    uncovered_hours: int | None
    location_t: Decimal
    market_t: Decimal
    lines: tuple[EmissionLine, ...]
    figures: tuple[Figure, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Volumes:
    """Electricity of a boundary and period, in millionths of a kWh.

    Attributes:
        consumed: bought, plus own generation, less sold.
        own: consumption of own renewable generation whose attribute was kept.
        direct: consumption of renewable electricity supplied directly from beyond the boundary.
        non_fossil: own and direct consumption of non-fossil electricity, nuclear included.
        certified: bought electricity that certificates cover.
        stripped: own and direct consumption whose attribute was sold.
    """

    consumed: int
    own: int
    direct: int
    non_fossil: int
    certified: int
    stripped: int

    @property
    def physical(self) -> int:
        """Renewable electricity by its physical way: own generation and direct lines."""
        return self.own + self.direct

    @property
    def renewable(self) -> int:
        """Renewable electricity over the period, certificates included."""
        return self.physical + self.certified


def volumes(books: Books, method: Method, result: InventoryResult) -> Volumes:
    """Sort the electricity that a boundary consumed by where it came from.

    Args:
        books: flows of the whole site.
        method: for the technologies.
        result: inventory of the same books, for the certificates claimed.
    """
    sums: dict[str, int] = defaultdict(int)
    stripped = result.bought.consumed.stripped
    for one in result.bought.consumed.supplied:
        electricity = books.commodities[one.commodity].kind == KIND
        if not electricity or one.resold or not books.inside(one.account):
            continue
        lost = stripped.get(one, 0)
        sums["consumed"] += one.quantity
        sums["stripped"] += lost
        technology = books.accounts[one.origin].technology
        if technology in method.renewable:
            sums["own" if books.inside(one.origin) else "direct"] += one.quantity - lost
        if technology in method.non_fossil:
            sums["non_fossil"] += one.quantity - lost
    return Volumes(
        consumed=sums["consumed"],
        own=sums["own"],
        direct=sums["direct"],
        non_fossil=sums["non_fossil"],
        certified=sum(result.bought.covered.values()),
        stripped=sums["stripped"],
    )


def match_hours(series: HourlySeries) -> Hours:
    """Match own generation with consumption hour by hour; surplus of one hour helps no other.

    Certificates have no hour and match nothing.

    Raises:
        CalculationRefused: the two series differ in length.
    """
    if len(series.load) != len(series.own):
        raise CalculationRefused(
            f"{len(series.load)} hours of load, but {len(series.own)} hours of own generation"
        )
    load_sum = own_sum = matched = uncovered = complete = missing = 0
    for load, own in zip(series.load, series.own, strict=True):
        if load is None or own is None:
            missing += 1
            continue
        complete += 1
        load_sum += load
        own_sum += own
        matched += min(load, own)
        uncovered += own < load
    return Hours(share(matched, load_sum), share(matched, own_sum), uncovered, complete, missing)


def renewable(
    books: Books,
    method: Method,
    book: FactorBook,
    hourly: HourlySeries | None = None,
    result: InventoryResult | None = None,
) -> RenewableResult:
    """Compute the renewable share of a boundary's electricity in all its readings.

    Args:
        books: flows of the whole site.
        method: the rules.
        book: the factors.
        hourly: hourly consumption and own generation, where readings are that fine.
        result: inventory of the same books under the same method, if it is made already.

    Raises:
        FactorNotFound, FactorRefused, CalculationRefused: as `inventory`.
    """
    made = result or inventory(books, method, book)
    seen = volumes(books, method, made)
    hours = match_hours(hourly) if hourly else None
    location, market = (_scope_2(books, made, scope) for scope in (LOCATION, MARKET))
    return RenewableResult(
        electricity_kwh=from_micro(seen.consumed),
        renewable_kwh=from_micro(seen.renewable),
        share=share(seen.renewable, seen.consumed),
        physical_share=share(seen.physical, seen.consumed),
        hourly_share=hours.share if hours else None,
        hourly_own_use=hours.own_use if hours else None,
        uncovered_hours=hours.uncovered if hours and hours.complete else None,
        location_t=location.value or Decimal(0),
        market_t=market.value or Decimal(0),
        lines=made.lines,
        figures=(*_figures(books, seen, hours), location, market, *made.figures),
        remarks=tuple(_remarks(seen, hours)),
    )


def renewable_answer(result: RenewableResult) -> dict[str, object]:
    """Write the renewable share as programs read it."""
    return {
        "electricity_kwh": result.electricity_kwh,
        "renewable_kwh": result.renewable_kwh,
        "share": result.share,
        "hourly_share": result.hourly_share,
        "hourly_own_use": result.hourly_own_use,
        "physical_share": result.physical_share,
        "location_t": result.location_t,
        "market_t": result.market_t,
        "uncovered_hours": result.uncovered_hours,
        "warnings": [remark.en for remark in result.remarks],
        "warnings_zh": [remark.zh for remark in result.remarks],
    }


def _scope_2(books: Books, result: InventoryResult, scope: str) -> Figure:
    numbered = [
        (number, line)
        for number, line in enumerate(result.lines, start=1)
        if line.scope == scope and books.commodities[line.commodity].kind == KIND
    ]
    return Figure(
        f"electricity-{scope.removeprefix('2_')}",
        tonnes(sum(line.co2e_mg for _, line in numbered)),
        "t",
        f"Σ inventory lines of electricity, scope {scope}",
        tuple(f"line:{number}" for number, _ in numbered),
    )


def _figures(books: Books, seen: Volumes, hours: Hours | None) -> Iterator[Figure]:
    flows = tuple(
        key
        for commodity in of_kind(books, KIND)
        for month in books.months
        for key in supply_keys(books, commodity, month)
    )
    parts = {
        "own": (seen.own, "consumption of own renewable generation"),
        "direct": (seen.direct, "consumption of renewable electricity supplied directly"),
        "certified": (seen.certified, "bought electricity that certificates cover"),
        "attributes-sold": (seen.stripped, "own generation whose certificates were sold"),
    }
    yield Figure("electricity", from_micro(seen.consumed), KWH,
                 "bought + own generation − sold", flows)  # fmt: skip
    for key, (quantity, formula) in parts.items():
        inputs = ("certificates", *flows) if key == "certified" else flows
        yield Figure(key, from_micro(quantity), KWH, formula, inputs)
    formula = "own + direct + certified"
    yield Figure("renewable", from_micro(seen.renewable), KWH, formula,
                 ("own", "direct", "certified"))  # fmt: skip
    none = "" if seen.consumed else "no electricity was consumed"
    value, formula = share(seen.renewable, seen.consumed), "renewable / electricity"
    yield Figure("share", value, "", formula, ("renewable", "electricity"), none)
    value, formula = share(seen.physical, seen.consumed), "(own + direct) / electricity"
    yield Figure("physical-share", value, "", formula, ("own", "direct", "electricity"), none)
    yield _hourly(hours, flows)
    own_use = hours.own_use if hours else None
    yield Figure("hourly-own-use", own_use, "",
                 "Σ min(load, own generation) / Σ own generation over the hours of the period",
                 flows if hours else (), "" if own_use is not None else
                 "no hourly readings, or nothing was generated")  # fmt: skip
    known = hours is not None and hours.complete
    yield Figure("uncovered-hours", Decimal(hours.uncovered) if hours and known else None, "h",
                 "hours in which own generation was less than load", flows,
                 "" if known else "no hourly readings")  # fmt: skip


def _hourly(hours: Hours | None, flows: tuple[str, ...]) -> Figure:
    formula = "Σ min(load, own generation) / Σ load over the hours of the period"
    if hours is None:
        return Figure("hourly-share", None, "", formula, (), "no hourly readings")
    reason = f"{hours.missing} hours without a reading are left out" if hours.missing else ""
    if hours.share is None:
        reason = reason or "no electricity was consumed in the hours"
    return Figure("hourly-share", hours.share, "", formula, flows, reason)


def _remarks(seen: Volumes, hours: Hours | None) -> Iterator[Remark]:
    if hours is None:
        yield Remark(
            "no hourly readings: the share matched by the hour cannot be stated",
            "没有小时读数：无法得出逐小时匹配的比例",
        )
    elif hours.missing:
        yield Remark(
            f"{hours.missing} hours without a reading are left out of the share matched by the "
            "hour",
            f"逐小时匹配比例未包含缺少读数的 {hours.missing} 小时",
        )
    if seen.stripped:
        kwh = from_micro(seen.stripped)
        yield Remark(
            f"certificates of {kwh} kWh of own consumption were sold: it counts as residual mix",
            f"自用电量中 {kwh} kWh 的绿证已售出：按剩余电力结构计算",
        )
