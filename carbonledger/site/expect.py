"""What must arrive, as it is typed: declared, revised, withdrawn, listed."""

from typing import Any

from carbonledger.calc.model import Expectation, iso_day
from carbonledger.errors import SiteRefused
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.state import SiteState, read_state
from carbonledger.site.apply import post_expectation
from carbonledger.site.expectations import Codes, read_expectations
from carbonledger.site.fields import Section, Source

TYPED = "(command line)"
Row = dict[str, Any]


def declare(
    ledger: Ledger, name: str, values: dict[str, object], actor: str, now: str
) -> dict[str, Any]:
    """Post an expectation under the same rules as `[expect."…"]` of a site file.

    Args:
        ledger: the ledger.
        name: name of the expectation; one of this name is revised.
        values: the keys of the table; None: not given.
        actor: who declares it.
        now: time of posting, ISO 8601 in UTC.

    Returns:
        The batch (None when the ledger holds just that already) and the expectation.

    Raises:
        SiteRefused: something of it is unknown or missing.
    """
    with ledger.transaction() as connection:
        state = read_state(connection)
        one = _typed(state, name, {key: v for key, v in values.items() if v is not None})
        number = None
        if state.expectations.get(name) != one:
            header = Header("site", actor, now, f"expectation {name}")
            with posting(connection, header) as post:
                post_expectation(post, one, _numbers(one, state))
            number = post.batch
    return {"batch": number, **as_row(one)}


def withdraw(ledger: Ledger, name: str, reason: str, actor: str, now: str) -> dict[str, Any]:
    """Take an expectation back: from this batch on nothing of it is missing.

    Raises:
        SiteRefused: there is none of this name.
    """
    with ledger.transaction() as connection:
        state = read_state(connection)
        one = state.expectations.get(name)
        if one is None:
            known = ", ".join(state.expectations) or "none"
            raise SiteRefused(
                f"there is no expectation {name!r}",
                code="expectation-unknown",
                hint=f"declared are: {known}",
            )
        with posting(connection, Header("site", actor, now, reason)) as post:
            post_expectation(post, one, _numbers(one, state), withdrawn=True)
    return {"batch": post.batch, "withdrawn": name, "reason": reason}


def listed(ledger: Ledger, as_of: int | None = None) -> dict[str, Any]:
    """List what must arrive, as last declared up to a batch; None: up to the last one."""
    with ledger.read() as connection:
        state = read_state(connection, as_of)
    return {"expectations": [as_row(one) for one in state.expectations.values()]}


def as_row(one: Expectation) -> Row:
    """Return an expectation as programs get it."""
    return {
        "expectation": one.code,
        "meter": one.meter or None,
        "commodity": one.commodity or None,
        "from": one.source or None,
        "to": one.target or None,
        "every": one.frequency,
        "since": iso_day(one.since),
        "until": None if one.until is None else iso_day(one.until),
        "due_days": one.due_days,
        "owner": one.owner,
        "whole": one.whole,
        "note": one.note or None,
    }


def _typed(state: SiteState, name: str, table: dict[str, object]) -> Expectation:
    source = Source(TYPED, {}, [])
    section = Section(source, (), {"expect": {name: table}})
    codes = Codes(state.accounts, state.commodities, state.meters)
    found = read_expectations(section, codes)
    if source.faults:
        first = source.faults[0]
        raise SiteRefused(
            f"the expectation cannot be declared: {first.column} {first.reason}".replace("  ", " "),
            code="site-file",
            hint="carbonledger expect declare --help shows an example",
            problems=source.faults,
        )
    return found[name].expectation


def _numbers(one: Expectation, state: SiteState) -> dict[str, int | None]:
    accounts, goods, meters = state.accounts, state.commodities, state.meters
    return {
        "meter_id": meters[one.meter].id if one.meter else None,
        "commodity_id": goods[one.commodity].id if one.commodity else None,
        "from_account_id": accounts[one.source].id if one.source else None,
        "to_account_id": accounts[one.target].id if one.target else None,
    }
