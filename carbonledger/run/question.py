"""A question to the ledger: boundary, period, method, as of which batch; and what answers it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from carbonledger.calc.balance import site_of
from carbonledger.calc.consolidation import OPERATIONAL, consolidated_books
from carbonledger.calc.model import Books
from carbonledger.calc.period import months_of
from carbonledger.errors import CalculationRefused
from carbonledger.factors.lookup import FactorBook
from carbonledger.factors.method import Method, parse_method
from carbonledger.factors.model import Factor, Held
from carbonledger.factors.properties import in_force
from carbonledger.factors.scope3 import posted_statement
from carbonledger.factors.shipping import asked_names
from carbonledger.ledger.as_of import checked
from carbonledger.ledger.publications import counts, held
from carbonledger.ledger.schema import batch, factor, factor_pack
from carbonledger.ledger.schema import method as method_table
from carbonledger.ledger.service import last_batch
from carbonledger.ledger.state import SiteState, read_state
from carbonledger.ledger.statements import PREFIX, latest_statement
from carbonledger.ledger.sums import read_books

SITE_PACK = "site"
"""Code of the pack that holds what a site states itself (benchmarks)."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, in the user's words.

    Attributes:
        boundary: account code; "" is the only site of the ledger.
        period: `2024`, `2024-Q1`, `2024-03`, `2024-01..2024-06`.
        method: code, or `code@edition`.
        as_of: last batch to take into account; None: all.
        editions: packs of which one edition alone counts, `code@edition`; of all others each
            edition counts for the years it describes.
        gwp: GWP set to count by, `AR6`; "": the one that the method names.
        consolidation: `equity`, `financial`, `operational`; "": everything within the boundary
            counts as a whole.
        held_on: local day, yyyymmdd, on which the company held what counts in every month; 0:
            what it held in each month.
    """

    boundary: str
    period: str
    method: str
    as_of: int | None = None
    editions: tuple[str, ...] = ()
    gwp: str = ""
    consolidation: str = ""
    held_on: int = 0

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen beside boundary, period and method, as a run keeps it."""
        # What an inventory goes by unless asked otherwise is not written down.
        approach = "" if self.consolidation == OPERATIONAL else self.consolidation
        found = {
            "consolidation": approach, "editions": " ".join(self.editions), "gwp": self.gwp,
            "held_on": str(self.held_on or ""),
        }  # fmt: skip
        return {name: value for name, value in found.items() if value}


def asked_for(row: Mapping[Any, Any]) -> Question:
    """Return the question that a stored run answers.

    Args:
        row: the run, columns of its table.
    """
    chosen = json.loads(row["parameters"])
    return Question(
        row["boundary"], row["period"], row["method"], row["as_of_batch"],
        tuple(chosen.get("editions", "").split()), chosen.get("gwp", ""),
        chosen.get("consolidation", OPERATIONAL if row["kind"] == "inventory" else ""),
        int(chosen.get("held_on") or 0),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Material:
    """What a question is answered from; nothing else enters a calculation.

    Attributes:
        question: with boundary and as-of filled in.
        state: accounts, commodities and meters as of the batch.
        books: flows of the period.
        method: the rules.
        factors: every factor that counts as of the batch.
        packs: hash of every pack that counts as of the batch.
    """

    question: Question
    state: SiteState
    books: Books
    method: Method
    factors: FactorBook
    packs: Mapping[str, str]
    all_factors: tuple[Factor, ...]

    @property
    def as_of(self) -> int:
        """The last batch taken into account."""
        return self.question.as_of or 0


def gather(connection: sa.Connection, question: Question) -> Material:
    """Read all that a question needs.

    Raises:
        CalculationRefused: the boundary, period, method or batch is unknown.
    """
    months = months_of(question.period)
    as_of = _as_of(connection, question.as_of)
    state = read_state(connection, as_of)
    boundary = boundary_of(state, question.boundary)
    full = replace(question, boundary=boundary, as_of=as_of)
    books = read_books(connection, state, boundary, months, as_of)
    packs = _packs(connection, as_of)
    waiting = read_held(connection, as_of)
    known = in_force(read_factors(connection, as_of), packs)
    factors = tuple(_chosen(known, question.editions, waiting))
    method = _with_gwp(read_method(connection, question.method, as_of), question.gwp, factors)
    return Material(
        question=full,
        state=state,
        books=consolidated_books(books, question.consolidation, question.held_on),
        method=_with_statement(connection, method, boundary, as_of),
        factors=FactorBook(factors, unloaded=asked_names(packs), held=waiting),
        packs=packs,
        all_factors=factors,
    )


def _chosen(
    factors: Iterable[Factor], editions: Sequence[str], waiting: Sequence[Held]
) -> Iterator[Factor]:
    """Leave out the editions of a pack beside the one that was chosen.

    Raises:
        CalculationRefused: there is no such edition, or it is not published yet.
    """
    rows = list(factors)
    known = {f"{one.pack}@{one.edition}" for one in rows}
    unpublished = {one.name: one for one in waiting}
    for wanted in editions:
        if wanted in unpublished:
            raise _unpublished(unpublished[wanted])
        if wanted not in known:
            code = wanted.partition("@")[0]
            near = sorted(one for one in known if one.startswith(f"{code}@"))
            raise CalculationRefused(
                f"there is no factor pack {wanted}",
                code="pack-unknown",
                hint=f"known are {', '.join(near or get_close_matches(wanted, known, 3))}; "
                "write PACK@EDITION, or load it: carbonledger factors load "
                + (wanted if wanted in asked_names() else "FOLDER"),
            )
    by_pack = {wanted.partition("@")[0]: wanted for wanted in editions}
    for one in rows:
        if by_pack.get(one.pack, f"{one.pack}@{one.edition}") == f"{one.pack}@{one.edition}":
            yield one


def _unpublished(one: Held) -> CalculationRefused:
    return CalculationRefused(
        f"{one.name} was loaded by {one.loaded_by} and is not published yet",
        code="pack-held",
        hint=f"another actor publishes it: {one.command}; restate preview --corrections FOLDER "
        "tries it as if it were published",
    )


def _with_gwp(method: Method, gwp: str, factors: Iterable[Factor]) -> Method:
    """Return the rules, counting by another GWP set where one was chosen.

    Raises:
        CalculationRefused: the method counts by none, or there is no such set.
    """
    if not gwp:
        return method
    known = sorted({one.basis for one in factors if one.purpose == "gwp"})
    if not method.gwp_set or gwp not in known:
        missing = f"there is no GWP set {gwp}" if method.gwp_set else (
            f"{method.key} counts CO2 alone, so no GWP set applies"
        )  # fmt: skip
        raise CalculationRefused(missing, code="gwp", hint=f"known are {', '.join(known)}")
    return replace(method, gwp_set=gwp)


def _with_statement(connection: sa.Connection, method: Method, boundary: str, as_of: int) -> Method:
    """Return the rules with what the site of the boundary states of its scope 3."""
    stated = latest_statement(connection, site_of(boundary), as_of)
    if method.scope_3 is None or stated is None:
        return method
    statement = posted_statement(stated.rules, stated.code, stated.edition)
    return replace(method, scope_3=replace(method.scope_3, stated=statement))


def _as_of(connection: sa.Connection, wanted: int | None) -> int:
    last = last_batch(connection)
    if wanted is None:
        return last
    return checked(wanted, last)


def boundary_of(state: SiteState, wanted: str) -> str:
    """Return the account a user named; without a name, the only site.

    Raises:
        CalculationRefused: there is none of that name inside a site, or several sites.
    """
    sites = state.sites
    if not wanted and len(sites) == 1:
        return sites[0]
    account = state.accounts.get(wanted)
    if account is not None and not account.outside:
        return wanted
    if not sites:
        raise CalculationRefused(
            "no site is declared yet",
            code="boundary",
            hint="declare one: carbonledger site apply site.toml",
        )
    inside = [code for code, a in state.accounts.items() if not a.outside]
    near = get_close_matches(wanted, inside, 1)
    said = f"there is no account {wanted!r} inside a site" if wanted else "there are several sites"
    raise CalculationRefused(
        said,
        code="boundary",
        hint=f"name one with --boundary: {', '.join(near or sites)}",
    )


def read_method(connection: sa.Connection, wanted: str, as_of: int) -> Method:
    """Read a method as it was posted; without an edition, the newest one.

    Raises:
        CalculationRefused: there is none of this name.
    """
    code, _, edition = wanted.partition("@")
    table = method_table
    query = sa.select(table.c.code, table.c.edition, table.c.rules).where(table.c.batch_id <= as_of)
    rows = [
        row
        for row in connection.execute(query.order_by(table.c.batch_id)).all()
        if not row.code.startswith(PREFIX)
    ]
    fitting = [r for r in rows if r.code == code and (not edition or r.edition == edition)]
    if not fitting:
        known = sorted({f"{r.code}@{r.edition}" for r in rows})
        raise CalculationRefused(
            f"there is no method {wanted!r}",
            code="method",
            hint=f"known are {', '.join(known)}",
        )
    return parse_method(fitting[-1].rules, wanted)


def read_factors(connection: sa.Connection, as_of: int) -> Iterable[Factor]:
    """Read every factor that counts as of a batch: not those of packs that are held."""
    for row in connection.execute(_rows(counts(as_of))).mappings():
        yield _factor(row)


def read_held(connection: sa.Connection, as_of: int) -> tuple[Held, ...]:
    """Read the packs that are loaded and not published as of a batch; they count for nothing."""
    rows: dict[tuple[str, str], list[Factor]] = {}
    query = (
        _rows(held(as_of))
        .add_columns(batch.c.actor)
        .join(batch, batch.c.id == factor_pack.c.batch_id)
    )
    for row in connection.execute(query).mappings():
        name = f"{row['pack']}@{row['edition']}"
        rows.setdefault((name, row["actor"]), []).append(_factor(row))
    return tuple(Held(name, actor, tuple(found)) for (name, actor), found in rows.items())


def _rows(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Ask for the factors of the packs that a condition holds for."""
    return (
        sa.select(factor, factor_pack.c.code.label("pack"), factor_pack.c.edition.label("edition"))
        .join(factor_pack, factor_pack.c.id == factor.c.pack_id)
        .where(condition)
        .order_by(factor.c.id)
    )


def _factor(row: Mapping[Any, Any]) -> Factor:
    return Factor(
        pack=row["pack"], edition=row["edition"], code=row["code"], activity=row["activity"],
        region=row["region"], valid_from=_date(row["valid_from"]), valid_to=_date(row["valid_to"]),
        data_year=row["data_year"], purpose=row["purpose"], gas=row["gas"],
        value=Decimal(row["value"]), unit=row["unit"], basis=row["basis"],
        technology=row["technology"], uncertainty=row["uncertainty"],
        distribution=row["distribution"], page=row["page"], confidence=row["confidence"],
        note=row["note"], pedigree=row["pedigree"] or "",
    )  # fmt: skip


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _packs(connection: sa.Connection, as_of: int) -> dict[str, str]:
    query = sa.select(factor_pack.c.code, factor_pack.c.edition, factor_pack.c.content_hash).where(
        counts(as_of)
    )
    return {f"{code}@{edition}": digest for code, edition, digest in connection.execute(query)}
