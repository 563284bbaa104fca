"""The site file: what a plant or park consists of, declared in one file and applied like a plan.

`read_site` reads and checks the file, `read_state` (of the ledger) and `read_posted` what is there,
`plan` compares, `describe` shows the difference, `apply_plan` posts it.
"""

from carbonledger.site.apply import apply_plan
from carbonledger.site.benchmarks import benchmark_pack
from carbonledger.site.catalogue import Shipped, shipped
from carbonledger.site.change import Change, Plan, check
from carbonledger.site.compare import plan
from carbonledger.site.declared import DeclaredSite
from carbonledger.site.posted import PostedSpan, PostedSummary, read_posted
from carbonledger.site.read import read_site
from carbonledger.site.show import as_json, describe

__all__ = [
    "Change",
    "DeclaredSite",
    "Plan",
    "PostedSpan",
    "PostedSummary",
    "Shipped",
    "apply_plan",
    "as_json",
    "benchmark_pack",
    "check",
    "describe",
    "plan",
    "read_posted",
    "read_site",
    "shipped",
]
