"""The books of a period as tables: entries, their shares of months, flows, what they name."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.model import flow_key
from carbonledger.ledger.publications import counts
from carbonledger.ledger.schema import (
    batch,
    document,
    entry,
    factor,
    factor_pack,
    meter,
    publication,
)
from carbonledger.ledger.state import SiteState
from carbonledger.ledger.sums import months_within, shared_out, zone_of
from carbonledger.run.evidence.archive import Archive
from carbonledger.run.evidence.cells import table
from carbonledger.run.question import Material
from carbonledger.units import from_micro

CHUNK = 1000
ENTRY = (
    "entry", "batch", "kind", "meter", "from_account", "to_account", "commodity", "start_utc",
    "end_utc", "first_day", "last_day", "quantity", "unit", "recorded_quantity", "recorded_unit",
    "quality", "document", "document_sha256", "line_first", "line_last", "document_no", "note",
    "corrects",
)  # fmt: skip
SHARE = ("entry", "month", "from_utc", "to_utc", "quantity")
FLOW = ("flow", "from_account", "to_account", "commodity", "month", "quantity", "unit")
FACTOR = (
    "factor", "used", "activity", "region", "valid_from", "valid_to", "data_year", "purpose",
    "gas", "value", "unit", "basis", "technology", "uncertainty", "confidence", "publisher",
    "title", "document", "page", "licence", "note", "batch", "loaded_by", "published_by",
)  # fmt: skip


def add_books(
    archive: Archive, connection: sa.Connection, material: Material, used: Sequence[int],
    factors_used: frozenset[str],
) -> int:  # fmt: skip
    """Add the tables of entries, flows, accounts, commodities, meters and factors.

    Returns:
        How many entries the batches used have.
    """
    state = material.state
    count = connection.execute(
        sa.select(sa.func.count()).select_from(entry).where(entry.c.batch_id.in_(used))
    ).scalar_one()
    archive.add("books/entries.csv", table(ENTRY, _entries(connection, state, used)))
    archive.add("books/shares.csv", table(SHARE, _shares(connection, state, used)))
    archive.add("books/flows.csv", table(FLOW, _flows(material)))
    archive.add("books/accounts.csv", _accounts(state))
    archive.add("books/commodities.csv", _commodities(state))
    archive.add("books/meters.csv", _meters(state))
    archive.add(
        "books/factors.csv", table(FACTOR, _factors(connection, material.as_of, factors_used))
    )
    return int(count)


def _entries(
    connection: sa.Connection, state: SiteState, used: Sequence[int]
) -> Iterator[Sequence[Any]]:  # fmt: skip
    places = {one.id: one.code for one in state.accounts.values()}
    goods = {one.id: one for one in state.commodities.values()}
    meters = {one.id: one.code for one in connection.execute(sa.select(meter.c.id, meter.c.code))}
    query = (
        sa.select(entry, document.c.name, document.c.sha256)
        .join(batch, batch.c.id == entry.c.batch_id)
        .outerjoin(document, document.c.id == batch.c.document_id)
        .where(entry.c.batch_id.in_(used))
        .order_by(entry.c.id)
    )
    for row in connection.execute(query.execution_options(yield_per=CHUNK)).mappings():
        good = goods[row["commodity_id"]]
        yield (
            row["id"], row["batch_id"], row["kind"], meters.get(row["meter_id"]),
            places[row["from_account_id"]], places[row["to_account_id"]], good.code,
            row["start_utc"], row["end_utc"], row["first_day"], row["last_day"],
            from_micro(row["quantity"]), good.unit, row["recorded_quantity"], row["recorded_unit"],
            row["quality"], row["name"], row["sha256"], row["line_first"], row["line_last"],
            row["document_no"], row["note"], row["corrects_id"],
        )  # fmt: skip


def _shares(
    connection: sa.Connection, state: SiteState, used: Sequence[int]
) -> Iterator[Sequence[Any]]:  # fmt: skip
    """Give what the entries that reach over the end of a month have in each month."""
    places = {one.id: one.code for one in state.accounts.values()}
    query = (
        sa.select(entry)
        .where(sa.text("first_day / 100 <> last_day / 100"), entry.c.batch_id.in_(used))
        .order_by(entry.c.id)
    )
    for row in connection.execute(query).mappings():
        start, end = row["start_utc"], row["end_utc"]
        zone = zone_of(state, places[row["from_account_id"]], places[row["to_account_id"]])
        parts = shared_out(row["quantity"], start, end, zone)
        borders = months_within(start, end, zone)
        for (month, first, last), (_, part) in zip(borders, parts, strict=True):
            yield row["id"], month, first, last, from_micro(part)


def _flows(material: Material) -> Iterator[Sequence[Any]]:
    for flow in material.books.flows:
        unit = material.state.commodities[flow.commodity].unit
        yield (
            flow_key(flow), flow.source, flow.target, flow.commodity, flow.month,
            from_micro(flow.quantity), unit,
        )  # fmt: skip


def _accounts(state: SiteState) -> Iterator[bytes]:
    columns = ("account", "outside", "kind", "region", "timezone", "technology", "treatment",
               "name_en", "name_zh")  # fmt: skip
    rows = (
        (one.code, int(one.outside), one.kind, one.region, one.timezone, one.technology,
         one.treatment, one.names.get("en"), one.names.get("zh"))
        for _, one in sorted(state.accounts.items())
    )  # fmt: skip
    return table(columns, rows)


def _commodities(state: SiteState) -> Iterator[bytes]:
    columns = ("commodity", "kind", "unit", "mass_kg", "name_en", "name_zh", "note")
    rows = (
        (one.code, one.kind, one.unit, one.mass_kg, one.names.get("en"), one.names.get("zh"),
         one.note)
        for _, one in sorted(state.commodities.items())
    )  # fmt: skip
    return table(columns, rows)


def _meters(state: SiteState) -> Iterator[bytes]:
    columns = ("meter", "valid_from", "from_account", "to_account", "commodity", "unit", "reads",
               "digits", "multiplier", "timezone", "conversion")  # fmt: skip
    rows = (
        (code, *(getattr(held, name) for name in
                 ("valid_from", "source", "target", "commodity", "unit", "reads", "digits",
                  "multiplier", "timezone", "conversion")))
        for code, one in sorted(state.meters.items())
        for held in one.revisions
    )  # fmt: skip
    return table(columns, rows)


def _factors(
    connection: sa.Connection, as_of: int, wanted: frozenset[str]
) -> Iterator[Sequence[Any]]:  # fmt: skip
    """Give all factors that count as of the batch; those that lines or figures name are marked."""
    loading, publishing = batch.alias("loading"), batch.alias("publishing")
    query = (
        sa.select(
            factor, factor_pack.c.code.label("pack"), factor_pack.c.edition,
            factor_pack.c.publisher, factor_pack.c.title, factor_pack.c.document,
            factor_pack.c.licence, loading.c.actor.label("loaded_by"),
            publishing.c.actor.label("published_by"),
        )
        .join(factor_pack, factor_pack.c.id == factor.c.pack_id)
        .join(loading, loading.c.id == factor_pack.c.batch_id)
        .outerjoin(publication, publication.c.pack_id == factor_pack.c.id)
        .outerjoin(publishing, publishing.c.id == publication.c.batch_id)
        .where(counts(as_of))
        .order_by(factor.c.id)
    )  # fmt: skip
    for row in connection.execute(query).mappings():
        key = f"{row['pack']}@{row['edition']}/{row['code']}"
        told = {"factor": key, "used": int(key in wanted), "batch": row["batch_id"]}
        yield tuple(told[name] if name in told else row[name] for name in FACTOR)
