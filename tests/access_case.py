"""A park of two members on PostgreSQL, each with a secret in every table, and logins to read it.

`park/works` keeps what is called OWN…, `park/mill` what is called SECRET…; they share one file.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy as sa
from ledger_case import NOW, Case, header, number, own_pack, record
from postgresql_server import drop, shared

from carbonledger.ledger import schema
from carbonledger.ledger.access import grant
from carbonledger.ledger.book import Header, Posting, SourceDocument, posting
from carbonledger.ledger.connect import open_ledger
from carbonledger.ledger.engines import parsed
from carbonledger.run.setup import init

WORKS, MILL, PARK, GATE = (f"{name}_{os.getpid()}" for name in ("works", "mill", "park", "gate"))
MEMBERS = {"park/works": "OWN", "park/mill": "SECRET"}
DAY = {"start_utc": 1711728000, "end_utc": 1711792800, "first_day": 20240330, "last_day": 20240330}


@dataclass(frozen=True)
class Server:
    """A ledger on the server, as its owner and others reach it."""

    url: str

    def as_login(self, login: str) -> str:
        return parsed(self.url).set(username=login).render_as_string(hide_password=False)

    @contextmanager
    def link(self, login: str | None = None) -> Iterator[psycopg.Connection]:
        """Connect without our program: a stranger with psql; None: as the owner."""
        place = parsed(self.as_login(login) if login else self.url).set(drivername="postgresql")
        with psycopg.connect(place.render_as_string(hide_password=False), autocommit=True) as made:
            yield made

    def do(self, statement: str) -> None:
        with self.link() as link:
            link.execute(statement)

    def rows(self, login: str | None, statement: str) -> list[tuple[Any, ...]]:
        with self.link(login) as link:
            return link.execute(statement.replace("%", "%%"), ()).fetchall()


def give(
    url: str, kind: str, role: str, member: str | None = None, password: str | None = None
) -> dict[str, Any]:
    with open_ledger(url, write=True) as ledger:
        return grant(ledger, kind, role, member, password=password, actor="owner", now=NOW)


def forget(url: str, *roles: str) -> None:
    """Take a ledger and logins away: another server than our own outlives the tests."""
    name = parsed(url).database
    drop(url)
    for role in (*roles, f"carbonledger_views_{name}"):
        shared().sql(f'DROP ROLE IF EXISTS "{role}"')


def begin(url: str) -> None:
    """Make the ledger of the park, filled."""
    init(url, "tester", NOW)
    with open_ledger(url, write=True) as ledger:
        case = Case(ledger)
        with ledger.transaction() as connection:
            with posting(connection, header("site", "declared")) as post:
                _account(post, "park", "facility")
                for code, word in MEMBERS.items():
                    _declare(post, code, word)
        for code, word in MEMBERS.items():
            with ledger.transaction() as connection:
                with posting(connection, Header("import", word, NOW, f"{word} reason")) as post:
                    _fill(post, code, word)
        with ledger.transaction() as connection:
            with posting(connection, header("correction", "both")) as post:
                _both(post)
        for code, word in MEMBERS.items():
            _close(case, code, word)
        _runs(case)
        for place, (code, word) in enumerate(MEMBERS.items(), 2):
            _restate(case, place, f"{code}/{word}-line", word)
        own_pack(case)


def _account(post: Posting, code: str, kind: str, *, outside: int = 0, **more: Any) -> None:
    made = post.insert(schema.account, code=code, outside=outside)
    zone = "Asia/Shanghai" if code == "park" else None
    post.insert(schema.account_revision, account_id=made, kind=kind, timezone=zone, **more)


def _declare(post: Posting, code: str, word: str) -> None:
    _account(post, code, "facility", name_en=f"{word} works")
    _account(post, f"{code}/{word}-line", "process", name_en=f"{word} line")
    _account(post, f"{word}-customer", "customer", outside=1, name_en=f"{word} buyer")
    made = post.insert(schema.commodity, code=f"{word}-product", kind="product", unit="piece")
    post.insert(schema.commodity_revision, commodity_id=made, mass_kg="7", note=f"{word} mass")
    meter = post.insert(schema.meter, code=f"{word}-M")
    find = post.connection
    post.insert(
        schema.meter_revision, meter_id=meter, valid_from=0, unit="kWh", reads="interval",
        from_account_id=number(find, schema.account, "park"),
        to_account_id=number(find, schema.account, code),
        commodity_id=number(find, schema.commodity, "electricity"), multiplier="1",
        timezone="Asia/Shanghai",
    )  # fmt: skip
    post.insert(schema.meter_event, meter_id=meter, at_utc=1, kind="calibration", note=word,
                withdrawn=0)  # fmt: skip


def _reading(connection: sa.Connection, code: str, word: str, start: str) -> dict[str, Any]:
    return {
        "kind": "reading", "meter_id": number(connection, schema.meter, f"{word}-M"),
        "from_account_id": number(connection, schema.account, "park"),
        "to_account_id": number(connection, schema.account, code),
        "commodity_id": number(connection, schema.commodity, "electricity"),
        **DAY, "quantity": 7_000_000 if word == "OWN" else 13_000_000,
        "recorded_quantity": "7", "recorded_unit": "kWh", "interval_s": 32400,
        "profile": "[3,4,null]" if word == "OWN" else "[6,7,null]", "scale_num": 1, "scale_den": 1,
        "quality": "actual", "note": f"{word} {start}", "line_first": 2, "line_last": 3,
    }  # fmt: skip


def _fill(post: Posting, code: str, word: str) -> None:
    find = post.connection
    post.attach(SourceDocument(f"{word:x<64}", f"{word}.csv", 7, "csv", kept=False))
    post.insert(schema.entry, **_reading(find, code, word, "file"))
    sold = record(find, code, f"{word}-customer", f"{word}-product", "2024-03-01", "2024-03-02",
                  5_000_000, note=word, document_no=f"{word}-1")  # fmt: skip
    post.insert(schema.entry, **sold)
    waste = record(find, code, "landfill", "solid_waste", "2024-03-01", "2024-03-02", 2_000_000,
                   note=word)  # fmt: skip
    post.insert(schema.entry, **waste)
    post.insert(schema.reject, line=9, column_name=word, text=f"{word} row", reason=word)
    post.insert(
        schema.finding, meter_id=number(find, schema.meter, f"{word}-M"), kind="spike",
        severity="warning", **DAY, count=1, parameters="{}", text_en=word, text_zh=word,
    )  # fmt: skip
    post.counts.totals.append({"meter": f"{word}-M"})
    post.counts.warnings.append(word)


def _both(post: Posting) -> None:
    """A file that holds rows of both: each sees its own, and nothing that tells of the other."""
    post.attach(SourceDocument("b" * 64, "both.csv", 7, "csv", kept=False))
    for code, word in MEMBERS.items():
        post.insert(schema.entry, **_reading(post.connection, code, word, "both"))
        post.counts.totals.append({"meter": f"{word}-M"})
        post.counts.warnings.append(word)
    post.insert(schema.reject, line=9, column_name="", text="SECRET row", reason="unknown")


def _close(case: Case, code: str, word: str) -> None:
    """Close March for a member, and restate it."""
    with case.ledger.transaction() as connection:
        head = Header("closing", "t", NOW, f"{word} closed")
        with posting(connection, head) as post:
            made = {"period": "2024-03", "first_day": 20240301, "last_day": 20240331,
                    "start_utc": 1709222400, "end_utc": 1711900800}  # fmt: skip
            post.insert(schema.closing, account_id=number(connection, schema.account, code), **made)
    with case.ledger.transaction() as connection:
        head = Header("import", "t", NOW, None, None, f"{word} restated")
        with posting(connection, head) as post:
            more = record(connection, code, f"{word}-customer", f"{word}-product", "2024-03-05",
                          "2024-03-06", 1_000_000, note=word)  # fmt: skip
            post.insert(schema.entry, **more)
    with case.ledger.transaction() as connection:
        with posting(connection, header("site", word)) as post:
            meter = number(connection, schema.meter, f"{word}-M")
            post.insert(schema.expectation, code=f"{word}-readings", meter_id=meter, owner=word,
                        frequency="month", since=20240101, due_days=5, whole=0, withdrawn=0)  # fmt: skip


def _runs(case: Case) -> None:
    """Runs of each member and of the park, as the program stores them."""
    with case.ledger.transaction() as connection:
        for place, boundary in enumerate(("park", *MEMBERS), 1):
            word = MEMBERS.get(boundary, "SECRET")
            connection.execute(schema.run.insert(), [{
                "id": place, "kind": "inventory", "method": f"{MEMBERS.get(boundary, 'both')}@1", "boundary": boundary,
                "period": "2024", "as_of_batch": 1, "engine": "1", "parameters": "{}",
                "packs": "{}", "result": word, "content_hash": str(place), "actor": "t",
                "computed_at": NOW,
            }])  # fmt: skip
            connection.execute(schema.indicator.insert(), [{
                "id": place, "run_id": place, "code": f"{word}-{place}", "name_en": word,
                "name_zh": word, "unit": "t", "status": "met", "reason": word,
            }])  # fmt: skip
            connection.execute(schema.filed_report.insert(), [{
                "id": place, "kind": "park-summary", "boundary": boundary, "period": "2024",
                "method": word, "language": "en", "form": "html", "parameters": "{}",
                "as_of_batch": 1, "runs": "[]", "engine": "1", "sha256": word, "bytes": 1,
                "actor": word, "filed_at": NOW, "content_hash": word,
            }])  # fmt: skip
        lines = [(1, 1, "park/works"), (1, 2, "park/mill"), (2, 1, "park/works/OWN-line"),
                 (3, 1, "park/mill/SECRET-line")]  # fmt: skip
        connection.execute(schema.emission_line.insert(), [{
            "id": place, "run_id": run, "line": line, "account": account, "scope": "1",
            "category": MEMBERS[account[:10].removesuffix("/")], "commodity": "electricity",
            "month": "2024-03", "gas": "co2", "activity": 1, "activity_unit": "kWh",
            "factor": "f", "factor_value": "1", "factor_unit": "kg", "mass_mg": place,
            "gwp": "1", "co2e_mg": place, "basis": "default", "inputs": "[]",
        } for place, (run, line, account) in enumerate(lines, 1)])  # fmt: skip


def _restate(case: Case, run: int, account: str, word: str) -> None:
    """Restate the run of a member."""
    with case.ledger.transaction() as connection:
        with posting(connection, Header("closing", word, NOW, f"{word} figures")) as post:
            made = post.insert(
                schema.run_restatement, old_run_id=run, new_run_id=run, old_hash=str(run),
                new_hash=str(run), threshold_percent="5", significant=1,
            )  # fmt: skip
            post.insert(
                schema.run_restatement_part, run_restatement_id=made, cause="old", scope="1",
                account=account, month="2024-03", product="", co2e_mg=7,
            )  # fmt: skip
