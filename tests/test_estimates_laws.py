"""Laws of estimates: actual values win, in any order and in any parts, and nothing is left over."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_kit import NOW, Books, Meter

from carbonledger.errors import MeterRefused
from carbonledger.ledger.verify import verify_batches
from carbonledger.meters.estimates import Asked, estimate

LAWS = settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
HOURS = 14 * 4
METHODS = st.sampled_from(["linear", "typical-day"])


def stamp(place: int) -> str:
    return f"{date(2024, 3, 1) + timedelta(days=place // 4)} {place % 4 * 6:02}:00"


def file(books: Books, rows: dict[int, Any], name: str) -> dict[str, Any]:
    lines = "".join(f"M-1,{stamp(place)},{value}\n" for place, value in sorted(rows.items()))
    return books.take(
        f"meter,time,value\n{lines}", profile='interval = "6h"\nstamp = "start"', name=name
    )


def fill(books: Books, method: str, first: int, last: int) -> None:
    asked = Asked("M-1", stamp(first), stamp(min(last + 1, HOURS)), method)
    with books.ledger() as ledger:
        try:
            estimate(ledger, asked, "tester", NOW)
        except MeterRefused as error:
            assert error.code in {"estimate-nothing", "estimate-history"}  # noqa: PT017


def known(books: Books) -> list[Any]:
    return [pair for pair in books.readings() if pair[1] is not None]


@given(data=st.data(), reads=st.sampled_from(["interval", "register"]))
@LAWS
def test_the_sum_is_that_of_the_actual_values_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, reads: str
) -> None:
    values = data.draw(st.lists(st.integers(0, 50), min_size=HOURS, max_size=HOURS))
    shown = [sum(values[:place]) for place in range(HOURS)] if reads == "register" else values
    rows = dict(enumerate(shown))
    late = data.draw(st.sets(st.integers(1, HOURS - 2), min_size=1, max_size=20))
    parts = data.draw(st.lists(st.sampled_from(sorted(late)), max_size=6, unique=True))
    plain = Books(tmp_path_factory.mktemp("plain"), Meter(reads=reads))
    file(plain, rows, "all.csv")

    books = Books(tmp_path_factory.mktemp("books"), Meter(reads=reads))
    file(books, {p: v for p, v in rows.items() if p not in late}, "first.csv")
    if reads == "register":
        assert books.sum() == plain.sum()
    for number, place in enumerate(parts):
        fill(books, data.draw(METHODS), max(0, place - 3), place + 3)
        file(books, {place: rows[place]}, f"{number}.csv")
        if reads == "register":
            assert books.sum() == plain.sum()
    fill(books, data.draw(METHODS), 0, HOURS)
    file(books, {p: rows[p] for p in late}, "rest.csv")

    assert books.sum() == plain.sum()
    assert known(books) == known(plain)
    assert books.rows("SELECT sum(CASE kind WHEN 'estimate' THEN 1 ELSE 0 END) - "
                      "(SELECT count(*) FROM entry r JOIN entry e ON e.id = r.corrects_id "
                      "WHERE r.kind = 'reversal' AND e.kind = 'estimate') FROM entry") == [
        (0,),
    ]  # fmt: skip
    with books.ledger(write=False) as ledger, ledger.read() as connection:
        assert verify_batches(connection)[2] == []


@given(data=st.data(), reads=st.sampled_from(["interval", "register"]))
@LAWS
def test_reversals_in_reverse_order_give_back_every_state(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, reads: str
) -> None:
    values = data.draw(st.lists(st.integers(0, 50), min_size=HOURS, max_size=HOURS))
    shown = [sum(values[:place]) for place in range(HOURS)] if reads == "register" else values
    late = data.draw(st.sets(st.integers(1, HOURS - 2), min_size=1, max_size=12))
    books = Books(tmp_path_factory.mktemp("books"), Meter(reads=reads))
    file(books, {p: v for p, v in enumerate(shown) if p not in late}, "first.csv")
    states = [(_last(books), known(books), books.sum())]
    for number, place in enumerate(sorted(late)[:4]):
        fill(books, data.draw(METHODS), max(0, place - 2), place + 6)
        states.append((_last(books), known(books), books.sum()))
        file(books, {place: shown[place]}, f"{number}.csv")
        states.append((_last(books), known(books), books.sum()))

    for (before, *state), (batch, *_) in reversed(list(pairwise(states))):
        if batch != before:
            books.reverse(batch)
        assert [known(books), books.sum()] == state


def _last(books: Books) -> int:
    return int(books.rows("SELECT max(id) FROM batch")[0][0])
