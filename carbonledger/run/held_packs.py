"""Packs by their names: in a folder, among those that ship, or in the ledger alone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from carbonledger.errors import FactorRefused, UnitRefused
from carbonledger.factors.commodities import shipped_commodities
from carbonledger.factors.model import Factor, Pack
from carbonledger.factors.pack import load_pack
from carbonledger.factors.shipping import shipped, shipped_pack
from carbonledger.ledger.connect import Ledger
from carbonledger.ledger.schema import commodity, factor_pack
from carbonledger.ledger.service import last_batch
from carbonledger.run.question import read_factors, read_held
from carbonledger.units import split_ratio

Held = Callable[[str], Pack | None]
"""Gives a pack of the ledger by its name; None where it holds none of it."""


def no_ledger(_: str) -> Pack | None:
    """Stand for a ledger where there is none."""
    return None


def stated_pack(name: str, held: Held = no_ledger) -> Pack:
    """Read a pack by its folder, by the name under which it ships, or from the ledger.

    Raises:
        FactorRefused: it cannot be read, has faults, or none of this name ships or is held.
    """
    place = Path(name)
    if place.is_dir() or "@" not in name:
        return load_pack(place)
    if name in shipped():
        return shipped_pack(name)
    found = held(name)
    if found is None:
        raise _unknown(name)
    return found


def _unknown(name: str) -> FactorRefused:
    try:
        shipped_pack(name)
    except FactorRefused as refusal:
        return FactorRefused(
            f"{refusal.message}, and the ledger holds none of it", code=refusal.code,
            hint=refusal.hint,
        )  # fmt: skip
    raise ValueError(name)


def held_pack(ledger: Ledger, name: str, as_of: int | None = None) -> Pack | None:
    """Read a pack from the ledger as it was posted; None where it holds none of this name.

    The ledger keeps no canonical units of activities that only the pack declares; they are taken
    from its rows.

    Args:
        ledger: the ledger.
        name: `district-heat@2025`.
        as_of: last batch to take into account; None: all.
    """
    code, _, edition = name.partition("@")
    with ledger.read() as connection:
        batch = last_batch(connection) if as_of is None else as_of
        query = sa.select(factor_pack).where(
            factor_pack.c.code == code,
            factor_pack.c.edition == edition,
            factor_pack.c.batch_id <= batch,
        )
        row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        # Also one that waits to be published: who is to publish it compares and checks it first.
        waiting = (f for one in read_held(connection, batch) for f in one.factors)
        posted = (*read_factors(connection, batch), *waiting)
        rows = tuple(f for f in posted if f"{f.pack}@{f.edition}" == name)
        units = {unit.code: unit.unit for unit in connection.execute(sa.select(commodity))}
    known = {one.code for one in shipped_commodities()}
    pack = Pack(
        code=code, edition=edition, publisher=row["publisher"], title=row["title"],
        document=row["document"], licence=row["licence"],
        published_on=row["published_on"] or "", confidence=row["confidence"],
        title_zh=row["title_zh"] or "", note=row["note"] or "", factors=rows,
        content_hash=row["content_hash"],
    )  # fmt: skip
    own = {f.activity: units.get(f.activity) or _below(f) for f in rows if f.activity not in known}
    return replace(pack, activities={code: unit for code, unit in own.items() if unit})


def _below(factor: Factor) -> str:
    try:
        return split_ratio(factor.unit)[1].symbol
    except UnitRefused:
        return ""
