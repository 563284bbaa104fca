"""What a factor pack may say: its keys, its columns, the purposes and the degrees of confidence.

Each is described once, here; the reader, the checks and docs/factors.md take it from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Term:
    """A key of `pack.toml` or a column of a table.

    Attributes:
        required: it must be there (a column) or have a text (a key).
        meaning: one sentence for the reader of docs/factors.md.
    """

    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """What factors of one purpose are numbers of.

    Attributes:
        meaning: one sentence for the reader of docs/factors.md.
        numerators: dimensions the unit may have above the line (names of carbonledger.units;
            `share` is a plain ratio, `%` or `1`); empty: any.
        emission: the number is a mass of the gas named in the column gas.
        bases: what the column basis may say; None: any text.
    """

    meaning: str
    numerators: frozenset[str]
    emission: bool
    bases: frozenset[str] | None


KEYS: Mapping[str, Term] = MappingProxyType(
    {
        "code": Term(required=True, meaning="Name of the pack, the same in every edition."),
        "edition": Term(required=True, meaning="Which issue of it; changed numbers are a new one."),
        "publisher": Term(required=True, meaning="Who printed the numbers."),
        "title": Term(required=True, meaning="Title of the publication in English."),
        "title_zh": Term(required=False, meaning="Its Chinese title."),
        "document": Term(required=True, meaning="Number or address of the publication."),
        "licence": Term(required=True, meaning="The right to use the numbers."),
        "published_on": Term(required=False, meaning="Day of publication, ISO 8601."),
        "confidence": Term(
            required=True, meaning="That of the least sure row that is not derived."
        ),
        "note": Term(required=False, meaning="What a user must know."),
        "pedigree": Term(
            required=False, meaning="Pedigree of every row that states none of its own."
        ),
        "pedigree_by": Term(
            required=False,
            meaning="Who scored the pedigrees, and how; required where there are any.",
        ),
        "posted": Term(
            required=False,
            meaning="Of a pack that ships: `init` (or nothing), every ledger gets it; `asked`, "
            "only one that asks for it.",
        ),
    }
)

INIT, ASKED = "init", "asked"
POSTED: Mapping[str, str] = MappingProxyType(
    {
        INIT: "every ledger gets it with `carbonledger init`",
        ASKED: "only a ledger that asks for it: `carbonledger factors load CODE@EDITION`",
    }
)

COLUMNS: Mapping[str, Term] = MappingProxyType(
    {
        "code": Term(required=True, meaning="Name of the row, unique in the pack."),
        "activity": Term(
            required=True,
            meaning="Commodity the number belongs to; a gas for a GWP, an indicator for a "
            "benchmark.",
        ),
        "region": Term(
            required=True,
            meaning="ISO 3166 code (`CN`, `CN-LN`), a named grid region (`CN-NORTHEAST`), or "
            "nothing: everywhere.",
        ),
        "valid_from": Term(required=False, meaning="First day it may be used for; nothing: open."),
        "valid_to": Term(required=False, meaning="Last day it may be used for; nothing: open."),
        "data_year": Term(required=True, meaning="Year the number describes; nothing: none."),
        "purpose": Term(required=True, meaning="What it may be used for: a word of the next list."),
        "gas": Term(
            required=True,
            meaning="`co2`, `ch4`, `n2o`, `co2e` for the equivalent; nothing where the number is "
            "no emission. It must be what the unit has above the line. `co2e_co2`, `co2e_ch4` and "
            "`co2e_n2o` are the shares of the equivalent, as equivalent.",
        ),
        "value": Term(required=True, meaning="Exact decimal as printed, with all its zeros."),
        "unit": Term(required=True, meaning="Unit as printed, `tCO2/万Nm3`."),
        "basis": Term(
            required=False,
            meaning="`ncv` or `gcv` for fuels, `equivalent` (当量值) or `equal` (等价值) for "
            "standard coal, the assessment report for a GWP; price base and scope of a benchmark.",
        ),
        "technology": Term(
            required=False, meaning="Technology or kind of supply it is limited to."
        ),
        "uncertainty": Term(required=False, meaning="As published."),
        "distribution": Term(required=False, meaning="As published."),
        "page": Term(required=True, meaning="Page, table or clause of the source."),
        "confidence": Term(required=True, meaning="How sure the transcription is: see below."),
        "note": Term(
            required=False, meaning="What a user must know; required where the value is 0."
        ),
        "pedigree": Term(
            required=False,
            meaning="Scores 1 (best) to 5 of reliability, completeness, temporal, geographical and "
            "technological correlation, `-` where nothing is stated, and the basic uncertainty "
            "where there is one: `(2,3,-,-,2,BU:1.05)`.",
        ),
    }
)

ACTIVITY_COLUMNS: Mapping[str, Term] = MappingProxyType(
    {
        "code": Term(
            required=True,
            meaning="Name of the activity; a site that declares a commodity of this code gets its "
            "factor.",
        ),
        "unit": Term(required=True, meaning="What it is counted in."),
        "name_en": Term(required=True, meaning="What the publication calls it."),
    }
)

CONFIDENCES: Mapping[str, str] = MappingProxyType(
    {
        "primary": "read in the publication itself",
        "two_sources": "at least two independent secondary sources agree",
        "one_source": "one secondary source",
        "derived": "computed from other rows by the arithmetic that the row states",
    }
)

NO_BASIS = frozenset({""})
CALORIFIC = frozenset({"", "ncv", "gcv"})
GASES = frozenset({"co2", "co2e", "ch4", "n2o"})
PARTS: Mapping[str, str] = MappingProxyType(
    {
        "co2e_co2": "the share of the equivalent that is carbon dioxide",
        "co2e_ch4": "the share of the equivalent that is methane",
        "co2e_n2o": "the share of the equivalent that is nitrous oxide",
    }
)
"""What a CO2 equivalent is made of, each in CO2 equivalent; found only when asked for by name."""


def _emission(meaning: str, bases: frozenset[str] | None = NO_BASIS) -> Purpose:
    return Purpose(meaning, GASES, emission=True, bases=bases)


def _property(meaning: str, numerator: str, bases: frozenset[str]) -> Purpose:
    return Purpose(meaning, frozenset({numerator}), emission=False, bases=bases)


PURPOSES: Mapping[str, Purpose] = MappingProxyType(
    {
        "organisation": _emission("Grid electricity in the inventory of an organisation."),
        "organisation_residual": _emission(
            "Grid electricity without what is traded as non-fossil: what no instrument covers."
        ),
        "organisation_fossil": _emission("Grid electricity of fossil power stations alone."),
        "heat_supply": _emission("Purchased heat in the inventory of an organisation."),
        "combustion": _emission("Burning a unit of fuel.", CALORIFIC),
        "mobile": _emission(
            "Burning a unit of fuel in a vehicle, or driving it a kilometre.", CALORIFIC
        ),
        "process": _emission(
            "A process, per unit of product that is made (basis `output`) or of material that is "
            "used (`input`).",
            frozenset({"output", "input"}),
        ),
        "product": _emission("Life cycle of a unit, for product footprints."),
        "park_rule": _emission("Pinned by a rule of a park method; for that method alone."),
        "upstream": _emission(
            "Well to tank of a fuel or of electricity: scope 3 category 3.", CALORIFIC
        ),
        "purchased_goods": _emission("Cradle to gate, per unit of material."),
        "spend": _emission("Cradle to gate, per unit of money.", None),
        "waste_treatment": _emission("Treatment of a unit of waste; technology is the treatment."),
        "freight": _emission("Carrying goods a distance."),
        "travel": _emission(
            "Carrying people a distance, a night in a hotel, an hour of work at home."
        ),
        "water": _emission("Supply of water, treatment of waste water."),
        "energy_conversion": _property(
            "Standard coal of a unit of energy.",
            "standard_coal",
            frozenset({"equivalent", "equal"}),
        ),
        "net_calorific_value": _property(
            "Net calorific value of a fuel.", "energy", frozenset({"ncv"})
        ),
        "carbon_content": _property(
            "Carbon per calorific value of a fuel; without a basis per unit of the fuel itself.",
            "carbon",
            CALORIFIC,
        ),
        "gross_calorific_value": _property(
            "Gross calorific value of a fuel.", "energy", frozenset({"gcv"})
        ),
        "density": _property("Mass of a volume of a fuel.", "mass", NO_BASIS),
        "moisture": _property("Water in the fuel as received, by mass.", "share", NO_BASIS),
        "oxidation": _property("Share of the carbon that burns.", "share", NO_BASIS),
        "composition": _property(
            "Share of a component, the gas named in technology, in the mass of a blend.",
            "share",
            NO_BASIS,
        ),
        "pollution_equivalent": _property(
            "Mass of a pollutant that is one pollution equivalent (污染当量); technology is the "
            "medium, `air` or `water`.",
            "mass",
            NO_BASIS,
        ),
        "cbam_default": _emission(
            "Emissions embedded in a good where its producer proves none, for a CBAM declaration, "
            "before the mark-up; `direct`, `indirect` and the printed `total`.",
            frozenset({"direct", "indirect", "total"}),
        ),
        "cbam_benchmark": _emission(
            "Benchmark of a good for the free allocation that CBAM takes off: column `A` with "
            "actual data, `B` with default values; technology is the route.",
            frozenset({"A", "B"}),
        ),
        "cbam_factor": _property(
            "Share of the free allocation that is still given in a year.", "share", NO_BASIS
        ),
        "gwp": Purpose(
            "Global warming potential over 100 years.",
            frozenset({"co2e"}),
            emission=True,
            bases=frozenset({"SAR", "TAR", "AR4", "AR5", "AR5-feedback", "AR6"}),
        ),
        "benchmark": Purpose(
            "A figure to compare with; never multiplied by an activity.",
            frozenset(),
            emission=False,
            bases=None,
        ),
    }
)

# Activities of factors that are no commodity: nothing of them is ever posted.
SERVICES: Mapping[str, str] = MappingProxyType({"electricity_transmission": "kWh"})
