"""Sections on energy, flows, accounts, members and waste, built from the sums."""

from carbonledger.calc.model import Account, Figure
from carbonledger.calc.summary.accounts import AccountBalance, AccountRow
from carbonledger.calc.summary.flows import ENDS, FlowDiagram
from carbonledger.calc.summary.members import SHARED, MemberRow, MemberSums
from carbonledger.calc.summary.renewables import OriginRow
from carbonledger.calc.summary.result import SummaryResult
from carbonledger.calc.summary.waste import WasteSums
from carbonledger.report.data import (
    Flows,
    Place,
    Renewable,
    RenewableMonth,
    Stream,
    Waste,
    WasteRow,
)
from carbonledger.report.names import Names, text_of
from carbonledger.report.sections import (
    Balance,
    BalanceRow,
    Carrier,
    Energy,
    Member,
    Members,
)
from carbonledger.report.stated import Label, Stated, stated
from carbonledger.run.summary import KIND, Answers


def energy(sums: SummaryResult, names: Names) -> Energy:
    """Show energy consumption by carrier and month."""
    figures = {figure.key: figure for figure in sums.figures}

    def total(basis: str) -> Stated:
        known = figures.get(f"tce-{basis}")
        return stated(known, KIND) if known else Stated(f"{KIND}.tce-{basis}", None, "tce")

    return Energy(
        carriers=tuple(
            Carrier(
                commodity=names.commodity(one.commodity),
                quantity=stated(one.quantity, KIND),
                equivalent=_tce(one.tce, "equivalent", one.commodity),
                equal=_tce(one.tce, "equal", one.commodity),
                months=tuple(stated(month, KIND) for month in one.months),
            )
            for one in sums.carriers
        ),
        equivalent=total("equivalent"),
        equal=total("equal"),
        months=tuple(stated(month, KIND) for month in sums.months),
    )


def _tce(by_basis: dict[str, Figure], basis: str, commodity: str) -> Stated:
    if basis in by_basis:
        return stated(by_basis[basis], KIND)
    return Stated(f"{KIND}.tce-{basis}:{commodity}", None, "tce")


def flows(diagram: FlowDiagram, names: Names) -> Flows:
    """Show the energy flows; places that stand for no account get a name of their own."""
    places = []
    for one in diagram.places:
        account = names.account(one.account)
        label = Label(one.key, account.en, account.zh)
        if one.key in ENDS:
            label = text_of(one.key, f"flows.{one.key}")
        elif not (account.en or account.zh):
            label = Label(one.key, one.account, one.account)
        places.append(Place(label, one.kind))
    streams = tuple(
        Stream(one.source, one.target, names.commodity(one.carrier), stated(one.amount, KIND))
        for one in diagram.flows
    )
    return Flows(diagram.unit, tuple(places), streams)


def balance(sums: AccountBalance, names: Names) -> Balance:
    """Show the balance of electricity by account."""
    depth = min((row.account.count("/") for row in sums.rows), default=0)

    def row(one: AccountRow) -> BalanceRow:
        cells = {name: stated(figure, KIND) for name, figure in one.cells.items()}
        return BalanceRow(names.account(one.account), one.account.count("/") - depth, **cells)

    return Balance(
        commodity=names.commodity(sums.commodity),
        unit=sums.unit,
        rows=tuple(row(one) for one in sums.rows),
        total=row(sums.total),
        tolerance=None,
        share=stated(sums.share, KIND),
    )


def renewable(found: Answers) -> Renewable:
    """Show renewable electricity by month, and the four figures."""
    figures = {figure.key: figure for figure in found.renewable.figures}
    origins = found.sums.origins

    def of(key: str) -> Stated:
        return stated(figures[key], "renewable")

    def month(row: OriginRow) -> RenewableMonth:
        return RenewableMonth(row.month, **{k: stated(f, KIND) for k, f in row.parts.items()})

    return Renewable(
        months=tuple(month(row) for row in origins.months),
        **{part: stated(figure, KIND) for part, figure in origins.total.parts.items()},
        electricity=of("electricity"),
        renewable=of("renewable"),
        share=of("share"),
        hourly_share=of("hourly-share"),
        physical_share=of("physical-share"),
        location=of("electricity-location"),
        market=of("electricity-market"),
        uncovered_hours=of("uncovered-hours"),
    )


def members(sums: MemberSums | None, names: Names) -> Members | None:
    """Show the members of the park, what they share, and the park as their sum."""
    if sums is None:
        return None

    def row(one: MemberRow, account: Label) -> Member:
        return Member(account, **{name: stated(f, KIND) for name, f in one.cells.items()})

    return Members(
        rows=tuple(row(one, names.account(one.account)) for one in sums.rows),
        shared=row(sums.shared, text_of(SHARED, "members.shared")),
        park=row(sums.park, Label("")),
    )


def waste(sums: WasteSums | None, names: Names, accounts: dict[str, Account]) -> Waste | None:
    """Show waste by kind and recipient, and its utilisation rate."""
    if sums is None:
        return None
    return Waste(
        rows=tuple(
            WasteRow(
                commodity=names.commodity(one.commodity),
                treatment=accounts[one.recipient].treatment,
                recipient=names.account(one.recipient),
                quantity=stated(one.quantity, KIND),
                counts=one.counts,
            )
            for one in sums.rows
        ),
        generated=stated(sums.generated, KIND),
        utilised=stated(sums.utilised, KIND),
        rate=stated(sums.rate, KIND),
    )
