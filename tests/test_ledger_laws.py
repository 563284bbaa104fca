"""Laws of the ledger: they hold after any sequence of what may be posted.

Files of hours of two meters come in, some again, some with other values; batches are reversed,
months closed and restated. Beside the ledger runs a model: a table of the values as they should be.
"""

import shutil
import tempfile
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ingest_kit import NOW, Books, Meter, on

from carbonledger.errors import ImportRefused, LedgerRefused, PeriodClosed
from carbonledger.ledger import service
from carbonledger.ledger.closings import restatements
from carbonledger.ledger.log_proofs import Log, consistent
from carbonledger.ledger.verify import leaves
from carbonledger.run.closing import close
from carbonledger.run.verify import verify

METERS = ("M-1", "M-2")
MONTHS = ("2024-03", "2024-04")
HOURS = 4
PROFILE = 'interval = "1h"\nstamp = "start"'
Slot = tuple[str, str, int]
Values = dict[Slot, int]
slots = st.tuples(
    st.sampled_from(METERS),
    st.sampled_from([f"{month}-{day:02}" for month in MONTHS for day in (1, 2)]),
    st.integers(0, HOURS - 1),
)
files = st.dictionaries(slots, st.integers(-3, 9), min_size=1, max_size=6)


def text(values: Values, order: list[Slot] | None = None) -> str:
    """Write a file of hours; halves of a kWh, so that sums show lost digits."""
    rows = [
        f"{meter},{day} {hour:02}:00:00,{values[meter, day, hour]}.5"
        for meter, day, hour in (order or sorted(values))
    ]
    return "\n".join(["meter,time,kWh", *rows])


class Ledgers(RuleBasedStateMachine):
    """What users do to a ledger, in any order."""

    database = "sqlite"

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        with on(self.database):
            self.books = Books(self.folder / "park", *(Meter(m, unit="kWh") for m in METERS))
        self.held: Values = {}
        self.closed: set[str] = set()
        self.restated: set[int] = set()
        self.undo: dict[int, dict[Slot, int | None]] = {}
        self.gone: set[int] = set()
        self.past: dict[int, dict[str, int]] = {}
        self.logs: list[tuple[int, str]] = []

    def teardown(self) -> None:
        if hasattr(self, "books"):
            self._in_any_order()
            self.books.drop()
            shutil.rmtree(self.folder)

    @rule(values=files, adjust=st.booleans(), restate=st.booleans())
    def import_a_file(self, values: Values, *, adjust: bool, restate: bool) -> None:
        new = {slot: value for slot, value in values.items() if self.held.get(slot) != value}
        unequal = [slot for slot in new if slot in self.held]
        shut = [slot for slot in new if slot[1][:7] in self.closed]
        options: dict[str, Any] = {
            "adjust": "read again" if adjust else None,
            "restate": "late" if restate else None,
        }
        refused = self._refusal(
            unequal=bool(unequal) and not adjust, shut=bool(shut) and not restate
        )
        if refused is not None:
            with pytest.raises(refused):
                self._take(values, **options)
            return
        answer = self._take(values, **options)
        if not new:
            assert self._nothing(answer, len(values))
        else:
            assert answer["skipped"] == len(values) - len(new)
            self._posted(answer["batch"], new, restated=bool(shut))

    @staticmethod
    def _refusal(*, unequal: bool, shut: bool) -> tuple[type[Exception], ...] | None:
        if unequal or shut:
            return ((ImportRefused,) if unequal else ()) + ((PeriodClosed,) if shut else ())
        return None

    @staticmethod
    def _nothing(answer: dict[str, Any], values: int) -> bool:
        """Tell whether a file changed nothing: known by its bytes, or value by value."""
        if answer.get("posted_before"):
            return True
        return answer["batch"] is None and answer["skipped"] == values

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def import_what_is_there(self, data: st.DataObject) -> None:
        part = data.draw(st.lists(st.sampled_from(sorted(self.held)), min_size=1, unique=True))
        answer = self._take({slot: self.held[slot] for slot in part}, order=part)
        assert self._nothing(answer, len(part))

    @precondition(lambda self: self.undo)
    @rule(data=st.data(), restate=st.booleans())
    def reverse_a_batch(self, data: st.DataObject, *, restate: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.undo)))
        before = self.undo[number]
        later = [n for n in self.undo if n > number and self.undo[n].keys() & before.keys()]
        shut = any(slot[1][:7] in self.closed for slot in before)
        try:
            with self.books.ledger() as ledger:
                answer = service.reverse(
                    ledger, number, "wrong", "ben", NOW, restate="wrong" if restate else None
                )
        except PeriodClosed:
            assert shut
            assert not restate
            return
        except LedgerRefused:
            # Later batches rest on it, or it is reversed already.
            assert later or number in self.gone
            return
        for slot, value in before.items():
            if value is None:
                self.held.pop(slot, None)
            else:
                self.held[slot] = value
        self.gone.add(number)
        self._noted(answer["batch"], restated=shut)

    @rule(month=st.sampled_from(MONTHS))
    def close_a_month(self, month: str) -> None:
        with self.books.ledger() as ledger:
            if month in self.closed:
                with pytest.raises(PeriodClosed):
                    close(ledger, "park", month, None, actor="anna", now=NOW)
                return
            made = close(ledger, "park", month, None, actor="anna", now=NOW)
        self.closed.add(month)
        self._noted(made["batch"])

    @invariant()
    def sums_are_those_of_the_values(self) -> None:
        for meter in METERS:
            held = [Decimal(f"{v}.5") for (m, _, _), v in self.held.items() if m == meter]
            assert self.books.sum(meter=meter) == sum(held, Decimal(0))

    @invariant()
    def readings_are_the_values(self) -> None:
        for meter in METERS:
            read = {at: value for at, value in self.books.readings(meter) if value is not None}
            held = {self._utc(slot): f"{v}.5" for slot, v in self.held.items() if slot[0] == meter}
            assert {at: Decimal(str(value)) for at, value in read.items()} == {
                at: Decimal(value) for at, value in held.items()
            }

    @invariant()
    def the_past_stays_as_it_was(self) -> None:
        for number, sums in self.past.items():
            assert self._sums(number) == sums

    @invariant()
    def the_log_only_grows_and_all_agrees(self) -> None:
        with self.books.ledger(write=False) as ledger:
            assert verify(ledger)["problems"] == []
            with ledger.read() as connection:
                now = list(leaves(connection).values())
                listed = {one["batch"] for one in restatements(connection)}
        log = Log(now)
        for size, root in self.logs:
            proof = log.consistency(size)
            assert consistent(size, len(log), proof, root, log.root())
        self.logs.append((len(log), log.root()))
        assert listed == self.restated

    def _in_any_order(self) -> None:
        """The values as they stand give the same sums when they come as one file, shuffled."""
        if not self.held:
            return
        with on(self.database):
            other = Books(self.folder / "other", *(Meter(m, unit="kWh") for m in METERS))
        order = sorted(self.held, key=lambda slot: hash(str(slot)[::-1]))
        other.take(text(self.held, order), PROFILE)
        for meter in METERS:
            assert other.days(meter) == {
                day: total for day, total in self.books.days(meter).items() if self._has(meter, day)
            }
        other.drop()

    def _has(self, meter: str, day: str) -> bool:
        return any(slot[:2] == (meter, day) for slot in self.held)

    def _take(
        self, values: Values, order: list[Slot] | None = None, **options: Any
    ) -> dict[str, Any]:
        return self.books.take(text(values, order), PROFILE, **options)

    def _posted(self, number: int, new: Values, *, restated: bool) -> None:
        self.undo[number] = {slot: self.held.get(slot) for slot in new}
        self.held |= new
        self._noted(number, restated=restated)

    def _noted(self, number: int, *, restated: bool = False) -> None:
        self.past[number] = self._sums(number)
        if restated:
            self.restated.add(number)

    def _sums(self, number: int) -> dict[str, int]:
        sql = "SELECT meter, sum(quantity_micro) FROM entry_view WHERE batch <= ? GROUP BY meter"
        return {meter: int(micro) for meter, micro in self.books.rows(sql, number)}

    @staticmethod
    def _utc(slot: Slot) -> str:
        _, day, hour = slot
        local = datetime.fromisoformat(f"{day} {hour:02}:00")
        return (local - timedelta(hours=8)).strftime("%Y-%m-%d %H:%M")


class LedgersOnAServer(Ledgers):
    """The same on PostgreSQL."""

    database = "postgresql"


# Ten steps can be read as they are; to find fewer would take minutes.
LIGHT = settings(
    max_examples=10, stateful_step_count=10,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
TestLedgers = Ledgers.TestCase
TestLedgers.settings = LIGHT
TestLedgersOnAServer = pytest.mark.postgresql(LedgersOnAServer.TestCase)
TestLedgersOnAServer.settings = settings(LIGHT, max_examples=4)
