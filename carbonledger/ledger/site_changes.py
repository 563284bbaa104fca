"""Which changes of a site move figures of a closed period.

An account has its properties for all time: another region or treatment makes other figures of every
posted month. So properties before and after a batch are compared, with what is inherited, and a
change counts where the closed period has entries of that account or commodity.
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from carbonledger.calc.model import Ownership, within
from carbonledger.ledger.closed import Closing
from carbonledger.ledger.schema import account, entry
from carbonledger.ledger.state import AccountState, SiteState, read_state

OF_ACCOUNTS = ("kind", "region", "timezone", "technology", "treatment")


def moved(connection: sa.Connection, number: int, closings: Sequence[Closing]) -> dict[int, str]:
    """Tell what a batch changes of the site that moves figures of closed periods.

    Args:
        connection: in the transaction of the batch, its rows posted.
        number: the batch.
        closings: closed periods.

    Returns:
        By number of the closing, the changes in words; without those that are not concerned.
    """
    before, after = read_state(connection, number - 1), read_state(connection)
    changes = [*_accounts(before, after), *_held(before, after), *_goods(before, after)]
    found: dict[int, str] = {}
    for one in closings if changes else ():
        said = [
            words
            for what, code, words in changes
            if code == one.boundary or _has_entries(connection, one, what)
        ]
        if said:
            found[one.id] = "; ".join(said)
    return found


Change = tuple[sa.ColumnElement[bool], str, str]
"""The entries concerned, the code of the account, the change in words."""


def _accounts(before: SiteState, after: SiteState) -> Iterator[Change]:
    for code, was in before.accounts.items():
        words = ", ".join(_differing(was, after.accounts[code]))
        if words:
            ends = sa.or_(entry.c.from_account_id == was.id, entry.c.to_account_id == was.id)
            yield ends, code, f"account {code}: {words}"


def _held(before: SiteState, after: SiteState) -> Iterator[Change]:
    """Yield what the company holds otherwise, of an account and all below it, from which day on."""
    for code, was in before.accounts.items():
        day = _first_difference(was.ownership, after.accounts[code].ownership)
        if day is None:
            continue
        below = [a.id for c, a in after.accounts.items() if within(c, code)]
        ends = sa.or_(entry.c.from_account_id.in_(below), entry.c.to_account_id.in_(below))
        words = f"account {code}: ownership from {day}" if day else f"account {code}: ownership"
        yield sa.and_(ends, entry.c.last_day >= day), "", words


def _first_difference(was: tuple[Ownership, ...], now: tuple[Ownership, ...]) -> int | None:
    """Return the first local day on which two declarations differ; None: they do not."""
    return min((one.valid_from for one in set(was) ^ set(now)), default=None)


def _differing(was: AccountState, now: AccountState) -> Iterator[str]:
    for name in OF_ACCOUNTS:
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            yield f"{name} {old or '–'} → {new or '–'}"


def _goods(before: SiteState, after: SiteState) -> Iterator[Change]:
    for code, was in before.commodities.items():
        now = after.commodities[code]
        if was.mass_kg != now.mass_kg:
            words = f"commodity {code}: mass_kg {was.mass_kg or '–'} → {now.mass_kg or '–'}"
            yield entry.c.commodity_id == was.id, "", words


def _has_entries(connection: sa.Connection, one: Closing, what: sa.ColumnElement[bool]) -> bool:
    within = sa.select(account.c.id).where(
        sa.or_(
            account.c.code == one.boundary,
            sa.func.substr(account.c.code, 1, len(one.boundary) + 1) == f"{one.boundary}/",
        )
    )
    exists = sa.exists().where(
        entry.c.first_day <= one.last_day, entry.c.last_day >= one.first_day, what,
        sa.or_(entry.c.from_account_id.in_(within), entry.c.to_account_id.in_(within)),
    )  # fmt: skip
    return bool(connection.execute(sa.select(exists)).scalar())
