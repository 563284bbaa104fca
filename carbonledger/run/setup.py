"""Making a ledger ready: tables, shipped commodities and accounts, factor packs and methods."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import FactorRefused
from carbonledger.factors.commodities import (
    commodity_notes,
    shipped_commodities,
    shipped_outside_accounts,
)
from carbonledger.factors.method import Method, shipped_methods
from carbonledger.factors.model import Pack, publish_command
from carbonledger.factors.pack import load_pack as read_pack
from carbonledger.factors.pedigree import NOTHING, meanings, parse
from carbonledger.factors.shipping import asked_names, shipped, shipped_pack, shipped_packs
from carbonledger.ledger.book import Header, Inserting, posting
from carbonledger.ledger.connect import Ledger, create, open_ledger
from carbonledger.ledger.packs import (
    HELD,
    SHIPPED,
    STATED_PACKS,
    pack_state,
    post_pack,
    posted_pack,
)
from carbonledger.ledger.schema import (
    account,
    account_revision,
    commodity,
    commodity_revision,
    factor,
    factor_pack,
    method,
)
from carbonledger.run.question import read_held

Post = Callable[[Inserting], None]


def init(url: str, actor: str, now: str) -> dict[str, Any]:
    """Make a ledger, or bring one up to date; what it holds already is not posted again.

    Returns:
        The ledger (without password) and the batches posted: none when it was complete.

    Raises:
        LedgerRefused: the place cannot be written, or holds something else than a ledger.
    """
    create(url)
    with open_ledger(url, write=True) as ledger, ledger.transaction() as connection:
        posted = [
            _post(connection, Header(kind, actor, now, reason), write)
            for kind, reason, write in _missing(connection)
        ]
        return {"ledger": ledger.place, "batches": posted}


def _post(connection: sa.Connection, header: Header, write: Post) -> int:
    with posting(connection, header) as post:
        write(post)
    return post.batch


def _codes(connection: sa.Connection, *columns: sa.Column[Any]) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in connection.execute(sa.select(*columns))}


def _missing(connection: sa.Connection) -> list[tuple[str, str, Post]]:
    """List what ships and is not posted yet, each as a batch of its own."""
    found: list[tuple[str, str, Post]] = []
    known = {code for (code,) in _codes(connection, commodity.c.code)}
    if any(item.code not in known for item in shipped_commodities()):
        found.append(("site", "shipped commodities", commodity_writer(known)))
    places = {code for (code,) in _codes(connection, account.c.code)}
    if any(item.code not in places for item in shipped_outside_accounts()):
        found.append(("site", "shipped accounts", account_writer(places)))
    packs = _codes(connection, factor_pack.c.code, factor_pack.c.edition)
    found += [
        ("factors", f"{pack.code}@{pack.edition}", pack_writer(pack))
        for pack in shipped_packs()
        if (pack.code, pack.edition) not in packs
    ]
    methods = _codes(connection, method.c.code, method.c.edition)
    found += [
        ("method", f"{rules.code}@{rules.edition}", method_writer(rules))
        for rules in shipped_methods()
        if (rules.code, rules.edition) not in methods
    ]
    return found


def _commodities(post: Inserting, known: set[str]) -> None:
    notes = commodity_notes()
    for item in shipped_commodities():
        if item.code in known:
            continue
        number = post.insert(commodity, code=item.code, kind=item.kind, unit=item.unit)
        post.insert(
            commodity_revision,
            commodity_id=number,
            mass_kg=None if item.mass_kg is None else str(item.mass_kg),
            name_en=item.name.get("en"),
            name_zh=item.name.get("zh"),
            note=notes.get(item.code) or None,
        )


def _accounts(post: Inserting, known: set[str]) -> None:
    for item in shipped_outside_accounts():
        if item.code in known:
            continue
        number = post.insert(account, code=item.code, outside=1)
        post.insert(
            account_revision,
            account_id=number,
            kind=item.kind,
            technology=item.technology or None,
            treatment=item.treatment or None,
            name_en=item.name.get("en"),
            name_zh=item.name.get("zh"),
        )


def commodity_writer(known: set[str]) -> Post:
    """Return what posts the shipped commodities that a ledger does not know."""
    return lambda post: _commodities(post, known)


def account_writer(known: set[str]) -> Post:
    """Return what posts the shipped accounts that a ledger does not know."""
    return lambda post: _accounts(post, known)


def pack_writer(pack: Pack, standing: str | None = SHIPPED) -> Post:
    """Return what posts a factor pack; its standing is that of one that ships, unless stated."""
    return lambda post: post_pack(post, pack, standing)


def method_writer(rules: Method) -> Post:
    """Return what posts a method."""

    def write(post: Inserting) -> None:
        post.insert(
            method, code=rules.code, edition=rules.edition, standard=rules.standard,
            rules=rules.text, content_hash=rules.content_hash,
        )  # fmt: skip

    return write


def load_pack(ledger: Ledger, folder: Path, actor: str, now: str) -> dict[str, Any]:
    """Post a factor pack; the same pack again changes nothing.

    One that ships counts at once. A user's own is held until another actor publishes it.

    Args:
        ledger: the ledger.
        folder: its folder, or the name of a pack that ships, `uk-desnz@2025`.
        actor: who posts it.
        now: time of posting.

    Returns:
        `batch`, `pack`, `edition`, `factors` (how many), `posted_before`, `state` and
        `loaded_by` as `pack_view` shows them, and `publish`: what another actor types to
        publish it, "" where nothing waits.

    Raises:
        FactorRefused: the pack is malformed, another of this code and edition is posted or ships,
            its code is one of what site files state, or none of this name ships.
    """
    by_name = "@" in folder.name and not folder.is_dir()
    pack = shipped_pack(str(folder)) if by_name else read_pack(folder)
    name = f"{pack.code}@{pack.edition}"
    with ledger.transaction() as connection:
        known = posted_pack(connection, pack)
        number = known or _post(
            connection, Header("factors", actor, now, name), pack_writer(pack, _standing(pack))
        )
        state, loaded_by = pack_state(connection, name)
    return {
        "batch": number, "pack": pack.code, "edition": pack.edition, "factors": len(pack.factors),
        "posted_before": known is not None, "state": state, "loaded_by": loaded_by,
        "publish": publish_command(name) if state == HELD else "",
    }  # fmt: skip


def _standing(pack: Pack) -> str:
    """Tell whether a pack is one that ships, whatever folder it was read from.

    Raises:
        FactorRefused: it has the name of one that ships, or of what site files state, and is not.
    """
    name = f"{pack.code}@{pack.edition}"
    if pack.code in STATED_PACKS:
        raise FactorRefused(
            f"{pack.code} is the code of what site files state",
            code="pack-reserved",
            hint="give your pack another code in pack.toml, or state its figures in site.toml",
        )
    if name not in shipped():
        return HELD
    if shipped_pack(name).content_hash == pack.content_hash:
        return SHIPPED
    raise FactorRefused(
        f"another pack {name} ships with the program",
        code="pack-edition",
        hint="give this one an edition of its own in pack.toml; the one that ships is loaded by "
        f"its name: carbonledger factors load {name}",
    )


def packs_to_load(ledger: Ledger, as_of: int | None = None) -> list[str]:
    """Name the packs that ship to be asked for and are not in the ledger.

    Args:
        ledger: the ledger.
        as_of: last batch to take into account; None: all.
    """
    query = sa.select(factor_pack.c.code, factor_pack.c.edition)
    if as_of is not None:
        query = query.where(factor_pack.c.batch_id <= as_of)
    with ledger.read() as connection:
        known = [f"{code}@{edition}" for code, edition in connection.execute(query)]
    return list(asked_names(known))


def methods(ledger: Ledger, as_of: int | None = None) -> list[dict[str, Any]]:
    """List the methods of a ledger; `as_of` is the last batch to take into account."""
    query = sa.select(
        method.c.code, method.c.edition, method.c.standard, method.c.batch_id.label("batch")
    ).order_by(method.c.code, method.c.batch_id)
    if as_of is not None:
        query = query.where(method.c.batch_id <= as_of)
    with ledger.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def factors(
    ledger: Ledger, key: str | None = None, *, as_of: int | None = None, **filters: str
) -> list[dict[str, Any]]:
    """List the factors of a ledger as the view `factor_view` shows them.

    Args:
        ledger: the ledger.
        key: one factor, `pack@edition/code`; it is given with its pedigree.
        as_of: last batch to take into account; None: all.
        filters: activity, region, purpose or pack that a factor must have.
    """
    view = sa.table(
        "factor_view",
        *(sa.column(n) for n in (
            "factor", "pack", "edition", "activity", "region", "data_year", "purpose", "gas",
            "value", "unit", "basis", "technology", "valid_from", "valid_to", "publisher", "title",
            "document", "published_on", "page", "confidence", "note", "batch", "state",
            "loaded_by", "loaded_at", "published_by", "published_at",
        )),
    )  # fmt: skip
    wanted = filters | ({"factor": key} if key else {})
    query = sa.select(*(c for c in view.c if c.name != "batch")).order_by(view.c.factor)
    if as_of is not None:
        query = query.where(view.c.batch <= as_of)
    for name, value in wanted.items():
        query = query.where(view.c[name] == value)
    with ledger.read() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
        later = () if as_of is None else read_held(connection, as_of)
        waiting = {one.name for one in later}
        told = [row | _as_held(row, waiting) for row in rows]
        return told if key is None else [row | _pedigree(connection, row) for row in told]


def _as_held(row: Mapping[str, Any], waiting: Collection[str]) -> dict[str, Any]:
    """Return the columns of a factor that a later publication filled, as they were before it."""
    if f"{row['pack']}@{row['edition']}" not in waiting:
        return {}
    return {"state": HELD, "published_by": None, "published_at": None}


def _pedigree(connection: sa.Connection, row: dict[str, Any]) -> dict[str, Any]:
    """Return what the pack of a factor states of how well its number fits."""
    query = (
        sa.select(factor.c.pedigree, factor_pack.c.pedigree_by)
        .join(factor_pack, factor_pack.c.id == factor.c.pack_id)
        .where(factor_pack.c.code == row["pack"], factor_pack.c.edition == row["edition"],
               factor.c.code == row["factor"].partition("/")[2])
    )  # fmt: skip
    found = connection.execute(query).one()
    if not found.pedigree:
        return {"pedigree": None, "pedigree_by": None}
    return {
        "pedigree": found.pedigree,
        "pedigree_by": found.pedigree_by,
        "pedigree_means": meanings(parse(found.pedigree) or NOTHING),
    }
