"""A report that was filed comes out the same, byte for byte, whatever is posted later."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ledger_case import Case, days, header, park, post, record
from past_kit import NOW, correct, last, load, made, move, read, shut, turn

from carbonledger.errors import CalculationRefused, LedgerDamaged, LedgerRefused
from carbonledger.ledger import schema
from carbonledger.ledger.book import posting
from carbonledger.ledger.connect import open_ledger
from carbonledger.report import filed
from carbonledger.report.service import summarised, written
from carbonledger.run.service import inventory
from carbonledger.run.verify import verify
from carbonledger.text import set_language

WRITTEN = (("en", "html"), ("zh", "html"), ("en", "json"))


def filled(url: str) -> Iterator[Case]:
    """Give a park with a year's beginning, a bill over the end of a month, and a product."""
    with park(url) as case:
        post(case, *days(case, "M-1", "2025-03-01", ["40", "50"], ["60", "70"]), name="m.csv")
        post(case, *days(case, "M-2", "2025-03-01", ["4", "5"], ["6", "7"]), name="w.csv")
        with case.ledger.read() as connection:
            bill = record(connection, "supplier", "park/mill", "natural_gas", "2025-03-15",
                          "2025-04-15", 31_000_001)  # fmt: skip
        post(case, bill, name="b.csv")
        yield case


@pytest.fixture
def case(database: str, ledger_template: Path, tmp_path: Path) -> Iterator[Case]:
    yield from filled(made(tmp_path, ledger_template, database))


def file(case: Case, lang: str = "en", form: str = "html", **asked: Any) -> tuple[int, bytes]:
    summary = summarised(case.ledger, None, "2025-03", actor="anna", now=NOW, **asked)
    data = written(summary, lang, form).encode()
    number = filed.file_summary(
        case.ledger, summary, data, lang=lang, form=form, actor="anna", now=NOW
    )
    assert number is not None
    return number, data


def newer_grid_factors(case: Case, value: int) -> None:
    """Load a new edition of the grid's factors, twice as large, and see that it counts now."""
    before = scope_2(case)
    with case.ledger.transaction() as connection, posting(connection, header("factors")) as post:
        pack = connection.execute(
            sa.select(schema.factor_pack)
            .where(schema.factor_pack.c.code == "cn-grid")
            .order_by(schema.factor_pack.c.edition.desc())
        ).mappings().first()  # fmt: skip
        assert pack is not None
        query = sa.select(schema.factor).where(schema.factor.c.pack_id == pack["id"])
        rows = [dict(row) for row in connection.execute(query).mappings()]
        number = post.insert(schema.factor_pack, **_bare(pack) | {"edition": str(9000 + value)})
        post.insert_many(schema.factor, [
            _bare(row) | {"pack_id": number, "value": str(2 * float(row["value"])),
                         "data_year": row["data_year"] + 1} for row in rows
        ])  # fmt: skip
    assert scope_2(case) != before


def _bare(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "batch_id")}


def scope_2(case: Case) -> Any:
    answer = inventory(case.ledger, "park", "2025-03", actor="a", now=NOW)
    return answer["scopes"]["2_location"]


@pytest.mark.both_databases
def test_a_filed_report_is_made_again_byte_for_byte(case: Case) -> None:
    first = [file(case, *how) for how in WRITTEN]
    asked = file(case, as_of=last(case))
    assert asked[1] != first[0][1], "it says which batch was asked for"
    for value, deed in enumerate((read, correct, newer_grid_factors, move, shut, turn, load), 2):
        deed(case, value)
        if deed is newer_grid_factors:
            assert file(case, "en", "html")[1] != first[0][1]
    set_language("zh")
    try:
        for number, data in (*first, asked):
            found, again = filed.made_again(case.ledger, str(number))
            assert again == data
            assert hashlib.sha256(data).hexdigest() == found.filing.sha256
            assert filed.made_again(case.ledger, found.filing.sha256)[1] == data
    finally:
        set_language("en")
    with open_ledger(case.ledger.url) as ledger:
        assert verify(ledger, None, (filed.differences,))["problems"] == []
        assert filed.counted(ledger) == {"reports": 5, "reports_again": 5}


@pytest.mark.both_databases
def test_a_filing_says_who_wrote_what_and_is_noted_once(case: Case) -> None:
    number, data = file(case, "zh")
    assert file(case, "zh")[0] == number
    assert file(case, "en")[0] == number + 1
    told = filed.filings(case.ledger)["reports"][0]
    runs = told.pop("runs")
    assert told == {
        "report": number, "kind": "park-summary", "boundary": "park", "period": "2025-03",
        "method": "ghg-protocol@2015", "language": "zh", "form": "html", "parameters": {},
        "as_of_batch": last(case), "asked_as_of": None, "engine": told["engine"],
        "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "actor": "anna",
        "filed_at": NOW,
    }  # fmt: skip
    kinds = case.rows(f"SELECT kind FROM run WHERE id IN ({', '.join(map(str, runs))})")
    assert {kind for (kind,) in kinds} >= {"inventory", "renewable", "intensity", "summary"}
    assert len(filed.filings(case.ledger, last(case) - 1)["reports"]) == 0
    with pytest.raises(LedgerRefused, match="append-only"), case.ledger.transaction() as held:
        held.exec_driver_sql("UPDATE filed_report SET actor = 'ben'")


@pytest.mark.both_databases
def test_a_ledger_that_may_only_be_read_notes_nothing(case: Case) -> None:
    number, data = file(case)
    with open_ledger(case.ledger.url) as ledger:
        summary = summarised(ledger, None, "2025-03", actor="ben", now=NOW)
        how: Any = {"lang": "en", "form": "html", "actor": "ben", "now": NOW}
        assert filed.file_summary(ledger, summary, data, **how) is None
        assert filed.made_again(ledger, str(number))[1] == data
    assert case.scalar("SELECT count(*) FROM filed_report") == 1


@pytest.fixture
def park_case(fresh_ledger: str) -> Iterator[Case]:
    yield from filled(fresh_ledger)


def test_what_no_report_is_called_is_refused(park_case: Case) -> None:
    number, data = file(park_case)
    digest = hashlib.sha256(data).hexdigest()
    assert filed.made_again(park_case.ledger, digest[:6].upper())[0].number == number
    for wanted in ("9", "0", "abcdefabcdef", digest[:5], ""):
        with pytest.raises(CalculationRefused, match="no filed report is") as caught:
            filed.made_again(park_case.ledger, wanted)
        assert caught.value.code == "report-unknown"


def test_a_report_of_another_version_is_left_to_it(
    park_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, _ = file(park_case)
    monkeypatch.setattr(filed, "__version__", "99.0")
    with pytest.raises(CalculationRefused, match=r"this is 99\.0") as caught:
        filed.made_again(park_case.ledger, str(number))
    assert caught.value.code == "report-engine"
    assert list(filed.differences(park_case.ledger)) == []
    assert filed.counted(park_case.ledger) == {"reports": 1, "reports_again": 0}


TAMPERED = [
    ("filed_report", "UPDATE filed_report SET actor = 'ben' WHERE id = 2",
     "filed report 2 (park 2025-03) is not as it was noted"),
    ("filed_report", "UPDATE filed_report SET sha256 = replace(sha256, substr(sha256, 1, 1), 'x')",
     "filed report 1 (park 2025-03) is not as it was noted"),
    ("filed_report", "DELETE FROM filed_report WHERE id = 1", "filed report 1 is missing"),
    ("entry", "UPDATE entry SET quantity = quantity + 1 WHERE id = 1",
     "filed report 1 (park 2025-03) comes out differently when made again"),
    ("batch", "UPDATE batch SET reason = 'x' WHERE id = (SELECT max(id) FROM batch)",
     "filed report 2 (park 2025-03) comes out differently when made again"),
    ("method", "DELETE FROM method WHERE code = 'ghg-protocol'",
     "filed report 1 (park 2025-03) cannot be made again: there is no method 'ghg-protocol@2015'"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "statement", "said"), TAMPERED)
def test_a_report_that_does_not_come_out_is_named(
    park_case: Case, table: str, statement: str, said: str
) -> None:
    file(park_case, "en")
    file(park_case, "zh")
    path = park_case.ledger.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        for verb in ("update", "delete"):
            database.execute(f"DROP TRIGGER {table}_no_{verb}")
        database.execute(statement)
        database.commit()
    assert said in [one.detail for one in filed.differences(park_case.ledger)]
    if said.endswith("made again") and table == "entry":
        with pytest.raises(LedgerDamaged) as caught:
            filed.made_again(park_case.ledger, "1")
        assert caught.value.code == "report-differs"
