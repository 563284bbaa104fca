"""What is missing and what does not close, built from what the ledger says; the gate of a final."""

from collections.abc import Iterator

from carbonledger.calc.figures import rounded
from carbonledger.errors import CalculationRefused, Fault
from carbonledger.report.names import Names
from carbonledger.report.standing import ClosureRow, MissingRow, Standing
from carbonledger.report.stated import Label, stated
from carbonledger.run.standing import ClosureFacts, MissingFacts
from carbonledger.run.standing import Standing as Facts
from carbonledger.run.summary import KIND

DAY_PLACES = 3


def standing(found: Facts, names: Names) -> Standing:
    """Show how far the report may be relied on."""
    return Standing(
        expectations=found.expectations,
        missing=tuple(_missing(one, names) for one in found.missing),
        closures=tuple(_closure(one, names) for one in found.closures),
        others=found.others,
    )


def _missing(one: MissingFacts, names: Names) -> MissingRow:
    gone, wanted = one.missing, one.missing.expectation
    return MissingRow(
        name=wanted.code,
        meter=wanted.meter,
        commodity=names.commodity(one.commodity),
        source=names.account(wanted.source) if wanted.source else Label(""),
        target=names.account(wanted.target) if wanted.target else Label(""),
        owner=wanted.owner,
        frequency=wanted.frequency,
        first_day=gone.first.isoformat(),
        last_day=gone.last.isoformat(),
        periods=gone.periods,
        due=gone.due.isoformat(),
        days=rounded(gone.days, DAY_PLACES),
        affects=one.affects,
        **{name: stated(figure, KIND) for name, figure in one.figures.items()},
    )


def _closure(one: ClosureFacts, names: Names) -> ClosureRow:
    closure = one.closure
    return ClosureRow(
        account=names.account(closure.account),
        commodity=names.commodity(closure.commodity),
        state=closure.state,
        main=closure.into,
        sub=closure.out_of,
        undeclared=closure.bare,
        **{name: stated(figure, KIND) for name, figure in one.figures.items()},
    )


def check_final(found: Facts) -> None:
    """Let a summary pass that may be final.

    Raises:
        CalculationRefused: `report-final`; something is missing or does not close. `problems` lists
            all of it: what, whose it is, since when; which balance, by how much.
    """
    faults = [*_faults_of_missing(found), *_faults_of_closure(found)]
    if not faults:
        return
    late, unbalanced = len(found.missing), len(found.open)
    said = [
        f"{late} of what is expected {'is' if late == 1 else 'are'} missing" if late else "",
        f"{unbalanced} balance{'' if unbalanced == 1 else 's'} not closed" if unbalanced else "",
    ]
    raise CalculationRefused(
        f"the report cannot be final: {', '.join(filter(None, said))}",
        code="report-final",
        hint="get what is missing, or withdraw what need not arrive; mend the balances or declare "
        "their tolerance in site.toml; without --final the report is a draft that says all of this",
        problems=faults,
    )


def _faults_of_missing(found: Facts) -> Iterator[Fault]:
    for one in found.missing:
        gone, wanted = one.missing, one.missing.expectation
        what = wanted.meter or f"{one.commodity} {wanted.source} → {wanted.target}"
        reason = (
            f"missing from {gone.first} to {gone.last} ({what}): {wanted.owner} was to deliver it "
            f"by {gone.due}"
        )
        yield Fault("", 0, "missing", wanted.code, reason)


def _faults_of_closure(found: Facts) -> Iterator[Fault]:
    for one in found.open:
        figures = next(row.figures for row in found.closures if row.closure is one)
        rest, limit = figures["unexplained"], figures["tolerance"].value
        why = (
            f"no limit of error is declared for {', '.join(one.bare)}"
            if limit is None
            else f"{limit:f} {one.unit} are within the tolerance"
        )
        reason = f"{rest.value:f} {one.unit} of {one.commodity} are unexplained; {why}"
        yield Fault("", 0, "balance", one.account, reason)
