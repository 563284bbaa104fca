"""The tables `[benchmark."…"]`: averages the user states, with their source.

They become factors of the pack `site`, so that a comparison names them like any other number. What
is stated makes the edition: other figures are another edition, the same ones the same.
"""

import hashlib
import json
import re
from decimal import Decimal

from carbonledger.errors import UnitRefused
from carbonledger.factors.model import Factor, Pack
from carbonledger.site.declared import DeclaredSite
from carbonledger.site.fields import FIRST_YEAR, LAST_YEAR, Section
from carbonledger.site.places import region
from carbonledger.units import find, split_ratio

PACK = "site"
BENCHMARK_KEYS = ("indicator", "year", "basis", "value", "unit", "source", "region")
DIMENSIONLESS = ("%", "1")
LONGEST_SOURCE = 500
_INDICATOR = re.compile(r"[a-z][a-z0-9_]*")


def read_benchmarks(document: Section) -> tuple[Factor, ...]:
    """Return the averages a file states, as factors with the purpose `benchmark`."""
    sections = document.sections("benchmark")
    edition = hashlib.sha256(
        json.dumps([section.table for section in sections], default=str, sort_keys=True).encode()
    ).hexdigest()[:12]
    return tuple(_benchmark(section, edition) for section in sections)


def benchmark_pack(declared: DeclaredSite) -> Pack | None:
    """Return the pack that holds the averages of a site file; None when it states none."""
    if not declared.benchmarks:
        return None
    stated = "\n".join(sorted(repr(factor) for factor in declared.benchmarks))
    return Pack(
        code=PACK,
        edition=declared.benchmarks[0].edition,
        publisher=f"stated by the user in {declared.file}",
        title=f"Benchmarks of {declared.code}",
        document=declared.file,
        licence="the user's own statement",
        published_on="",
        confidence="one_source",
        title_zh=f"{declared.code} 的对标值",
        note="Averages stated in the site file; each names its source.",
        factors=declared.benchmarks,
        content_hash=hashlib.sha256(stated.encode()).hexdigest(),
    )


def _benchmark(section: Section, edition: str) -> Factor:
    section.allow(*BENCHMARK_KEYS)
    section.need("indicator", "year", "value", "unit", "source")
    indicator = section.text("indicator")
    if indicator and not _INDICATOR.fullmatch(indicator):
        section.fault("indicator", "must be the code of an indicator, like energy_per_gdp")
    value = section.exact("value")
    return Factor(
        pack=PACK,
        edition=edition,
        code=str(section.path[-1]),
        activity=indicator,
        region=region(section),
        valid_from=None,
        valid_to=None,
        data_year=section.integer("year", FIRST_YEAR, LAST_YEAR),
        purpose="benchmark",
        gas="",
        # A zero only stands here beside a fault.
        value=value if value is not None else Decimal(0),
        unit=_unit(section),
        basis=section.text("basis", LONGEST_SOURCE),
        page=section.text("source", LONGEST_SOURCE),
        confidence="one_source",
        note="stated in the site file",
    )


def _unit(section: Section) -> str:
    """Return the unit as written, after checking that it is a known unit or ratio of units."""
    text = section.text("unit")
    try:
        if "/" in text:
            split_ratio(text)
        elif text and text not in DIMENSIONLESS:
            find(text)
    except UnitRefused as refusal:
        section.fault("unit", f"{refusal.message}; {refusal.hint}")
    return text
