"""A small ledger in which every canned question of an auditor finds something."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ledger_case import NOW, Case, days, header, own_pack, park, post, record

from carbonledger.ledger import schema
from carbonledger.ledger.book import Header, SourceDocument, posting
from carbonledger.ledger.service import reverse
from carbonledger.run.closing import close
from carbonledger.run.service import inventory

FULL = ["10", "10", "10", "10"]


@contextmanager
def audited(url: str) -> Iterator[Case]:
    """Declare the park of `ledger_case`, post a month, close it, change it, compute its inventory."""
    with park(url) as case:
        _readings(case)
        _records(case)
        close(case.ledger, "park", "2024-03", "filed", actor="tester", now=NOW)
        _changes(case)
        inventory(case.ledger, None, "2024-03", actor="tester", now=NOW)
        own_pack(case)
        yield case


def _readings(case: Case) -> None:
    """M-1: a value missing on 2 March, nothing on the 3rd; M-2: all of three days."""
    post(
        case,
        *days(case, "M-1", "2024-03-01", FULL, ["10", None, "10", "10"]),
        *days(case, "M-1", "2024-03-04", FULL),
        name="main.csv",
    )
    post(case, *days(case, "M-2", "2024-03-01", ["9"] * 4, ["9"] * 4), name="works.csv")
    with case.ledger.transaction() as connection, posting(connection, header()) as made:
        made.attach(SourceDocument("a" * 64, "bad.csv", 9, "csv", kept=True))
        for line in (3, 4):
            made.insert(schema.reject, line=line, column_name="value", text="x", reason="no number")
        made.insert(
            schema.finding, meter_id=case.number(schema.meter, "M-1"), kind="gap",
            severity="warning", start_utc=1709308800, end_utc=1709395200, first_day=20240302,
            last_day=20240303, count=5, parameters="{}", text_en="5 values are missing.",
            text_zh="缺 5 个值。",
        )  # fmt: skip
        made.counts.source_rows = made.counts.rejected = 2


def _records(case: Case) -> None:
    """Two loads of waste, one without a number; a certificate of one MWh; some diesel."""

    def moved(source: str, target: str, good: str, quantity: int, **more: Any) -> dict[str, Any]:
        with case.ledger.read() as connection:
            return record(
                connection, source, target, good, "2024-03-10", "2024-03-11", quantity * 1_000_000,
                **more,
            )  # fmt: skip

    post(
        case,
        moved("park/works", "landfill", "solid_waste", 700, document_no="W-1"),
        moved("park/works", "landfill", "solid_waste", 300),
        moved("market", "park", "gec_wind", 1, document_no="C-1"),
        moved("supplier", "park/works", "diesel", 2, document_no="D-1", quality="estimated"),
        name="records.csv",
    )
    post(case, moved("supplier", "park/mill", "diesel", 1, document_no="D-2"))


def _changes(case: Case) -> None:
    """A correction, a day that was posted by mistake and reversed, an estimate."""
    correction = days(case, "M-1", "2024-03-01", ["2"], kind="adjustment", corrects=1)
    post(case, *correction, head=_late("correction", "wrong ratio"), name="main-2.csv")
    wrong = post(
        case, *days(case, "M-2", "2024-03-03", ["5"]), head=_late("import"), name="wrong.csv"
    )
    reverse(case.ledger, wrong, "another meter's file", "tester", NOW, restate="mended")
    [estimate] = days(case, "M-1", "2024-03-04", ["12"], kind="estimate")
    estimate["quality"] = "estimated"
    post(case, estimate, head=_late("estimate", "linear"))


def _late(kind: str, reason: str | None = None) -> Header:
    return Header(kind, "tester", NOW, reason, restate="found late")
