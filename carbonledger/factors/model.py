"""Factor and pack records: what a unit of activity emits, weighs or is worth in standard coal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Factor:
    """One printed number with all that is needed to use it rightly and to find it again.

    Attributes:
        pack: code of its pack, `cn-grid`.
        edition: edition of the pack, `2023`.
        code: name within the pack, unique there.
        activity: commodity code the factor belongs to (or gas for a GWP, or benchmark name).
        region: ISO 3166 code (`CN`, `CN-LN`), a named grid region (`CN-NORTHEAST`), or "" (any).
        valid_from, valid_to: first and last day it may be used for; None is open.
        data_year: year the number describes; None when it has none.
        purpose: what it may be used for (see docs/factors.md): `organisation`,
            `organisation_residual`, `organisation_fossil`, `product`, `park_rule`, `combustion`,
            `heat_supply`, `energy_conversion`, `gwp`, `benchmark`.
        gas: `co2`, `co2e`, `ch4` …; "" where the number is no emission.
        value: exact decimal as printed.
        unit: `kgCO2/kWh`, `kgce/m3`, `kgCO2e/kg` …
        basis: `equivalent` (当量值) or `equal` (等价值) for energy conversion; `ncv`, `gcv` for
            fuels; the assessment report (`AR6`) for a GWP; else "".
        technology: generation or treatment technology the number is limited to; else "".
        uncertainty, distribution: as published; "" when not published.
        page: page, table or clause of the source.
        confidence: `primary`, `two_sources`, `one_source` or `derived`.
        note: what a user must know.
        pedigree: scores as its pack states them, `(2,3,-,-,2,BU:1.05)` (see `factors.pedigree`);
            "" where it states none.
    """

    pack: str
    edition: str
    code: str
    activity: str
    region: str
    valid_from: date | None
    valid_to: date | None
    data_year: int | None
    purpose: str
    gas: str
    value: Decimal
    unit: str
    basis: str = ""
    technology: str = ""
    uncertainty: str = ""
    distribution: str = ""
    page: str = ""
    confidence: str = ""
    note: str = ""
    # Not in its repr: what statements of sites were hashed by stays as it was.
    pedigree: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        """Name the factor for good: `pack@edition/code`."""
        return f"{self.pack}@{self.edition}/{self.code}"


@dataclass(frozen=True, slots=True)
class Pack:
    """A published set of factors, immutable once loaded.

    Attributes:
        code, edition: its name; a new edition is a new pack.
        publisher, title, document: who printed it, under what title and number.
        licence: the right to use it.
        published_on: ISO date of publication, "" when unknown.
        confidence: how sure the transcription is.
        title_zh: Chinese title, "" when none.
        note: what a user must know.
        factors: its rows.
        content_hash: SHA-256 over the pack's files.
        activities: canonical unit of every activity that the pack itself declares, by code.
        pedigree_by: who scored the pedigree of its factors, and how; "" where none is stated.
        posted: `init` when every new ledger gets it, `asked` when only one that asks for it.
    """

    code: str
    edition: str
    publisher: str
    title: str
    document: str
    licence: str
    published_on: str
    confidence: str
    title_zh: str
    note: str
    factors: tuple[Factor, ...]
    content_hash: str
    posted: str = "init"
    pedigree_by: str = ""
    activities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """A pack that is loaded, but counts only once another actor has published it.

    Attributes:
        name: `code@edition`.
        loaded_by: who loaded it; it takes another to publish it.
        factors: its rows.
    """

    name: str
    loaded_by: str
    factors: tuple[Factor, ...]

    @property
    def command(self) -> str:
        """What another actor types to publish it."""
        return publish_command(self.name)


def publish_command(name: str) -> str:
    """Return what is typed to publish a pack, `code@edition`."""
    return f"carbonledger factors publish {name}"
