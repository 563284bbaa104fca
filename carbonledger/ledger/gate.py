"""The gate that every posting passes: nothing moves a closed period without a reason.

Entries are looked at while they are posted, changes of the site when their batch is sealed. What
reaches into a closed period is counted; where no reason to restate was given, the batch is refused
as a whole with all that was found, else each closing it touches gets a row in `restatement`, and
the sums of that period before and after are posted with it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import Fault, PeriodClosed
from carbonledger.ledger.closed import Closing, read_closings
from carbonledger.ledger.schema import (
    account,
    commodity,
    entry,
    meter,
    restated_figure,
    restatement,
)
from carbonledger.ledger.site_changes import moved
from carbonledger.ledger.state import SiteState, read_state
from carbonledger.ledger.sums import Key, month_sums, shared_out, zone_of

Insert = Callable[..., int]
_PLACES = list(entry.columns.keys())
METER, SOURCE, TARGET, GOOD, START, END, FIRST, LAST, QUANTITY, LINE = (
    _PLACES.index(name)
    for name in ("meter_id", "from_account_id", "to_account_id", "commodity_id", "start_utc",
                 "end_utc", "first_day", "last_day", "quantity", "line_first")
)  # fmt: skip
# No two clocks of the world show times further apart, in seconds.
APART = 2 * 86400
HINT = 'leave out what belongs to the closed period, or say why its figures change: --restate "why"'


@dataclass(slots=True)
class _Hit:
    """Entries of one flow that fall into one closing."""

    count: int = 0
    first: int = 99999999
    last: int = 0
    line: int = 0


@dataclass(slots=True)
class Gate:
    """What one batch does to closed periods.

    Attributes:
        connection: in the transaction of the batch.
        batch: number of the batch.
        reason: why closed periods are changed; None: they may not be.
        insert: posts a row of the batch.
    """

    connection: sa.Connection
    batch: int
    reason: str | None
    insert: Insert
    _closings: list[Closing] | None = None
    _inside: dict[int, tuple[Closing, ...]] = field(default_factory=dict)
    _hits: dict[tuple[int, int | None, int, int, int], _Hit] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)
    _state: SiteState | None = None

    def entries(self, rows: Sequence[Sequence[Any]]) -> None:
        """Look at entries before they are posted; whole rows in the order of the schema."""
        closings = self._known()
        if not closings:
            return
        last = max(one.last_day for one in closings)
        end = max(one.end for one in closings) + APART
        for row in rows:
            if row[FIRST] > last and row[START] >= end:
                continue
            mine = {one.id: one for number in (SOURCE, TARGET) for one in self._of(row[number])}
            for one in mine.values():
                if one.holds(row[FIRST], row[LAST], row[START], row[END]) or self._shares(one, row):
                    self._hit(one, row)

    def close(self, *, site: bool) -> list[Closing]:
        """Refuse the batch or post what it restates; called before it is sealed.

        Args:
            site: properties of accounts or commodities are in it.

        Returns:
            The closings it changes.

        Raises:
            PeriodClosed: it changes a closed period, and no reason was given.
        """
        closings = self._known() if site or self._hits else []
        notes = moved(self.connection, self.batch, closings) if site and closings else {}
        concerned = [one for one in closings if one.id in self._numbers or one.id in notes]
        if concerned and self.reason is None:
            raise self._refused(concerned, notes)
        for one in concerned:
            self._restate(one, notes.get(one.id))
        self._figures(concerned)
        return concerned

    def _known(self) -> list[Closing]:
        if self._closings is None:
            self._closings = read_closings(self.connection)
        return self._closings

    def _shares(self, one: Closing, row: Sequence[Any]) -> bool:
        """Tell whether an entry over several months is shared into a period, in its own zone."""
        if row[FIRST] // 100 == row[LAST] // 100:
            return False
        state = self._state or read_state(self.connection)
        self._state = state
        codes = {place.id: place.code for place in state.accounts.values()}
        zone = zone_of(state, codes[row[SOURCE]], codes[row[TARGET]])
        months = shared_out(row[QUANTITY], row[START], row[END], zone)
        return any(one.holds_month(month) for month, _ in months)

    def _of(self, number: int) -> tuple[Closing, ...]:
        """Return the closings that an account lies within."""
        known = self._inside.get(number)
        if known is None:
            code = self.connection.execute(
                sa.select(account.c.code).where(account.c.id == number)
            ).scalar_one()
            known = tuple(one for one in self._known() if one.inside(code))
            self._inside[number] = known
        return known

    def _hit(self, one: Closing, row: Sequence[Any]) -> None:
        key = (one.id, row[METER], row[SOURCE], row[TARGET], row[GOOD])
        hit = self._hits.setdefault(key, _Hit())
        hit.count += 1
        hit.first, hit.last = min(hit.first, row[FIRST]), max(hit.last, row[LAST])
        hit.line = hit.line or row[LINE] or 0
        # Before its entries: the database itself asks for it. Without a reason all is taken back.
        self._restate(one, None)

    def _restate(self, one: Closing, note: str | None) -> None:
        if one.id not in self._numbers:
            self._numbers[one.id] = self.insert(
                restatement, closing_id=one.id, reason=self.reason or "", note=note
            )

    def _refused(self, concerned: list[Closing], notes: dict[int, str]) -> PeriodClosed:
        first, entries = concerned[0], sum(hit.count for hit in self._hits.values())
        more = f"; {len(concerned) - 1} other closed periods as well" if len(concerned) > 1 else ""
        what = f"{entries} entries fall into it" if entries else notes[first.id]
        return PeriodClosed(
            f"{first.words}{more}: {what}", hint=HINT, problems=self._faults(concerned, notes)
        )

    def _faults(self, concerned: list[Closing], notes: dict[int, str]) -> Iterator[Fault]:
        words = {one.id: one.words for one in concerned}
        meters, places, goods = (
            {row.id: row.code for row in self.connection.execute(sa.select(t.c.id, t.c.code))}
            for t in (meter, account, commodity)
        )
        for (closing, number, source, target, good), hit in self._hits.items():
            flow = f"{goods[good]} {places[source]}>{places[target]}"
            days = f"{hit.first}..{hit.last}: {hit.count} entries; {words[closing]}"
            yield Fault("", hit.line, meters.get(number or 0, ""), flow, days)
        for closing, note in notes.items():
            yield Fault("", 0, "", "", f"{note}; {words[closing]}")

    def _figures(self, concerned: list[Closing]) -> None:
        """Post the sums of closed months that entries of the batch changed."""
        if not self._hits:
            return
        state = read_state(self.connection)
        for one in concerned:
            mine = month_sums(self.connection, state, one.months, self.batch, self.batch - 1)
            keys = [key for key in mine if one.inside(key[0]) or one.inside(key[1])]
            if keys:
                held = month_sums(self.connection, state, one.months, self.batch - 1)
                for key in sorted(keys):
                    before = held.get(key, 0)
                    self.insert(restated_figure, **_row(state, key), quantity_before=before,
                                quantity_after=before + mine[key],
                                restatement_id=self._numbers[one.id])  # fmt: skip


def _row(state: SiteState, key: Key) -> dict[str, int]:
    source, target, good, month = key
    return {
        "from_account_id": state.accounts[source].id,
        "to_account_id": state.accounts[target].id,
        "commodity_id": state.commodities[good].id,
        "month": int(month.replace("-", "")),
    }
