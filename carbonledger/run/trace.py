"""The way forward: what became of a row of a source file, and which figures it reached."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import CalculationRefused
from carbonledger.ledger.chain import read_chain
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import batch, document, entry, finding, meter, reject
from carbonledger.ledger.service import last_batch
from carbonledger.ledger.state import SiteState, read_state
from carbonledger.ledger.sums import shared_out, zone_of
from carbonledger.run.flows import flow_name
from carbonledger.run.reached import reached
from carbonledger.run.source_row import digests_of, rules_of, text_of
from carbonledger.units import from_micro

SHORTEST = 6
"""So many digits of a hash name a document."""
Row = dict[str, Any]


def trace(ledger: Ledger, file: str, line: int, *, as_of: int | None = None) -> Row:
    """Say what became of a row of a source file.

    Args:
        ledger: the ledger.
        file: a file on disk (known by its hash, whatever it is called; of an archive its members),
            the name of a document as it was imported, or the first digits of its SHA-256.
        line: line of a text, row of a sheet, as faults and entries name it, from 1 on.
        as_of: last batch, and runs as of no later one, to take into account; None: all.

    Returns:
        `{"file", "line", "rows": [...], "reached": [...]}`. Each of `rows` is what a batch made of
        the line: `batch`, `kind`, `document`, `sha256`, `sheet`, `text` (the row itself, where the
        file is a kept text), `state` (`posted`, `rejected`, `skipped`, `not_posted`), and with it
        `entries`, `rejects`, `findings`. `reached` is described in `run.reached`.

    Raises:
        CalculationRefused: no file of that name or hash was imported.
    """
    with ledger.read() as connection:
        documents = _documents(connection, file)
        last = as_of or last_batch(connection)
        state = read_state(connection, last)
        rows = [
            _row(connection, ledger.documents, state, one, line=line, last=last)
            for one in _batches(connection, [row["id"] for row in documents], last)
        ]
        entries = [made for row in rows for made in row["entries"]]
        return {
            "file": file,
            "line": line,
            "rows": rows,
            "reached": [*reached(connection, entries, last)],
        }


def _documents(connection: sa.Connection, file: str) -> list[sa.RowMapping]:
    """Find the documents that are meant: by the bytes on disk, else by hash, else by name."""
    path = Path(file)
    digests = digests_of(path) if path.is_file() else set[str]()
    hexadecimal = len(file) >= SHORTEST and set(file.lower()) <= set("0123456789abcdef")
    wanted = [
        document.c.sha256.in_(digests) if digests else None,
        document.c.sha256.like(f"{file.lower()}%") if hexadecimal else None,
        document.c.name.in_((file, path.name)),
        # A member of an archive is named below it.
        document.c.name.endswith(f"/{path.name}", autoescape=True),
    ]
    for condition in wanted:
        if condition is not None:
            found = connection.execute(sa.select(document).where(condition)).mappings().all()
            if found:
                return list(found)
    names = connection.execute(sa.select(document.c.name).distinct()).scalars().all()
    near = get_close_matches(path.name, names, 3, 0.5)
    raise CalculationRefused(
        f"no file {file} was imported",
        code="document",
        hint=f"did you mean {', '.join(near)}?" if near else "carbonledger log lists the files",
    )


def _batches(connection: sa.Connection, documents: Sequence[int], last: int) -> list[sa.RowMapping]:
    query = (
        sa.select(batch, document.c.name, document.c.sha256, document.c.kept)
        .join(document, document.c.id == batch.c.document_id)
        .where(batch.c.document_id.in_(documents), batch.c.id <= last)
        .order_by(batch.c.id)
    )
    return list(connection.execute(query).mappings())


def _row(
    connection: sa.Connection, folder: Path | None, state: SiteState, one: sa.RowMapping, *,
    line: int, last: int,
) -> Row:  # fmt: skip
    """Say what a batch made of a line."""
    entries = [*_entries(connection, state, one["id"], line, last)]
    rejects = [
        dict(row)
        for row in connection.execute(
            sa.select(reject.c.column_name, reject.c.text, reject.c.reason)
            .where(reject.c.batch_id == one["id"], reject.c.line == line)
            .order_by(reject.c.id)
        ).mappings()
    ]
    rules = rules_of(one["reading_rules"])
    return {
        "batch": one["id"], "kind": one["kind"], "posted_at": one["posted_at"],
        "actor": one["actor"], "reason": one["reason"], "document": one["name"],
        "sha256": one["sha256"], "sheet": rules.get("sheet"),
        "text": text_of(folder, one["sha256"], line) if one["kept"] else None,
        "state": _became(one, entries, rejects), "skipped": one["skipped"],
        "entries": entries, "rejects": rejects,
        "findings": _findings(connection, one["id"], line),
    }  # fmt: skip


def _became(one: sa.RowMapping, entries: Sequence[Row], rejects: Sequence[Row]) -> str:
    if entries:
        return "posted"
    if rejects:
        return "rejected"
    return "skipped" if one["skipped"] else "not_posted"


def _entries(
    connection: sa.Connection, state: SiteState, number: int, line: int, last: int
) -> Iterator[Row]:
    """Give the entries that a line went into, with the flows they are a part of."""
    places = {one.id: one.code for one in state.accounts.values()}
    goods = {one.id: one for one in state.commodities.values()}
    query = (
        sa.select(entry, meter.c.code.label("meter"))
        .outerjoin(meter, meter.c.id == entry.c.meter_id)
        .where(entry.c.batch_id == number, entry.c.line_first <= line, entry.c.line_last >= line)
        .order_by(entry.c.id)
    )
    rows = connection.execute(query).mappings().all()
    chain = read_chain(connection, [row["id"] for row in rows], last)
    for row in rows:
        source, target = places[row["from_account_id"]], places[row["to_account_id"]]
        good = goods[row["commodity_id"]]
        zone = zone_of(state, source, target)
        yield {
            "entry": row["id"], "batch": number, "kind": row["kind"], "meter": row["meter"],
            "from": source, "to": target, "commodity": good.code, "local_day": row["first_day"],
            "quantity": from_micro(row["quantity"]), "unit": good.unit,
            "recorded_quantity": row["recorded_quantity"], "recorded_unit": row["recorded_unit"],
            "line_first": row["line_first"], "line_last": row["line_last"],
            "document_no": row["document_no"], "stands": chain.standing(row["id"]) is not None,
            "changed_by": [
                {"entry": later.id, "batch": later.batch, "kind": later.kind}
                for later in chain.followers.get(row["id"], ())
            ],
            "flows": [
                {"key": flow_name((source, target, good.code, month)), "quantity": from_micro(part)}
                for month, part in _months(row, zone)
            ],
        }  # fmt: skip


def _months(row: Mapping[Any, Any], zone: str) -> Iterator[tuple[str, int]]:
    """Give what an entry counts in each month, as the sums do."""
    first, last = row["first_day"] // 100, row["last_day"] // 100
    if first == last:
        yield f"{first // 100:04}-{first % 100:02}", row["quantity"]
    else:
        yield from shared_out(row["quantity"], row["start_utc"], row["end_utc"], zone)


def _findings(connection: sa.Connection, number: int, line: int) -> list[Row]:
    query = sa.select(
        finding.c.kind, finding.c.severity, finding.c.text_en, finding.c.text_zh
    ).where(
        finding.c.batch_id == number, finding.c.line_first <= line, finding.c.line_last >= line
    )  # fmt: skip
    found = connection.execute(query.order_by(finding.c.id)).mappings()
    return [
        {"kind": row["kind"], "severity": row["severity"], "text": row["text_en"],
         "text_zh": row["text_zh"]}
        for row in found
    ]  # fmt: skip
