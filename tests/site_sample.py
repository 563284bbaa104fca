"""A small site as text, a reader of site files and a ledger in memory, for tests."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from carbonledger.errors import SiteRefused
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.schema import entry
from carbonledger.ledger.state import SiteState, read_state
from carbonledger.site import DeclaredSite, Plan, apply_plan, plan, read_posted, read_site

SITE = """\
[site]
code = "park"
timezone = "Asia/Shanghai"
region = "CN-LN"
"""
PARK = (
    SITE
    + """
[account."park/a"]
kind = "process"
[account."park/b"]
kind = "process"
"""
)
FLOW = 'from = "grid"\nto = "park/a"\ncommodity = "electricity"\nunit = "kWh"\n'
METER = f'\n[meter."M-1"]\n{FLOW}reads = "interval"\n'
REGISTER = f'\n[meter."R-1"]\n{FLOW}reads = "register"\nregister = {{ digits = 6 }}\n'

DEMO = """\
[site]
code = "park"
name = { en = "Demo park", zh = "示范园区" }
timezone = "Asia/Shanghai"
region = "CN-LN"

[account."park/a"]
kind = "process"
[account."park/b"]
kind = "process"

[commodity."tyre-205"]
kind = "product"
unit = "piece"
mass_kg = "9.6"
name = { en = "Tyre", zh = "轮胎" }

[meter."M-1"]
from = "grid"
to = "park/a"
commodity = "electricity"
unit = "kWh"
reads = "interval"

[meter."R-1"]
from = "supplier"
to = "park/b"
commodity = "natural_gas"
unit = "m3"
reads = "register"
register = { multiplier = 10 }
"""
MOVED = (
    DEMO.replace('[meter."M-1"]', '[[meter."M-1"]]')
    + """
[[meter."M-1"]]
from = "grid"
to = "park/b"
commodity = "electricity"
unit = "kWh"
reads = "interval"
valid_from = "2025-07-01"
"""
)
SWAP = """
[[event]]
meter = "R-1"
at = "2024-06-12 14:30"
kind = "swap"
old = "998877.5"
new = 12
note = "换表"
"""
JUNE_12 = 1718121600
"""Midnight of 12 June 2024 in Shanghai."""
DAY_S = 86_400


class Reader:
    """Reads a text as a site file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "site.toml"

    def __call__(self, text: str | bytes) -> DeclaredSite:
        self._path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_site(self._path)

    def faults(self, text: str | bytes) -> list[tuple[int, str, str]]:
        """Return line, column and reason of every fault."""
        with pytest.raises(SiteRefused) as caught:
            self(text)
        assert caught.value.code == "site-file"
        assert all(fault.file == "site.toml" for fault in caught.value.problems)
        return [(fault.line, fault.column, fault.reason) for fault in caught.value.problems]

    def fault(self, text: str | bytes) -> str:
        """Return the one fault of a text as `line column: reason`."""
        ((line, column, reason),) = self.faults(text)
        return f"{line} {column}: {reason}"


class Book:
    """A ledger in memory, and a site file beside it."""

    def __init__(self, connection: sa.Connection, folder: Path) -> None:
        self.connection = connection
        self._path = folder / "site.toml"

    def plan(self, text: str) -> Plan:
        """Compare a site file with the ledger."""
        self._path.write_text(text, "utf-8")
        declared, state = read_site(self._path), self.state()
        return plan(declared, state, read_posted(self.connection, declared, state))

    def apply(self, text: str) -> int:
        """Apply a site file; return the number of the batch."""
        wanted = self.plan(text)
        header = Header("site", "tester", "2026-01-01T00:00:00Z")
        with posting(self.connection, header) as post:
            apply_plan(post, wanted, self.state())
        return post.batch

    def state(self, as_of: int | None = None) -> SiteState:
        """Read what the ledger holds."""
        return read_state(self.connection, as_of)

    def post(self, meter: str | None, start: int, kind: str = "reading", **values: Any) -> int:
        """Post one day of entries of a meter, or a record from park/a to landfill."""
        state = self.state()
        revision = state.meters[meter].revisions[0] if meter else None
        source = revision.source if revision else "park/a"
        target = revision.target if revision else "landfill"
        day = 20240612 + (start - JUNE_12) // DAY_S
        batch_kind = "reversal" if values.get("corrects_id") else "import"
        row = {
            "kind": kind,
            "meter_id": state.meters[meter].id if meter else None,
            "from_account_id": state.accounts[source].id,
            "to_account_id": state.accounts[target].id,
            "commodity_id": state.commodities[revision.commodity if revision else "solid_waste"].id,
            "start_utc": start,
            "end_utc": start + DAY_S,
            "first_day": day,
            "last_day": day,
            "quantity": 1_000_000,
            "recorded_quantity": "1",
            "recorded_unit": "kWh",
            "quality": "actual",
        } | values
        with posting(self.connection, Header(batch_kind, "t", "2026-01-01T00:00:00Z")) as post:
            return post.insert(entry, **row)

    def refusals(self, text: str) -> list[str]:
        """Return the refusals of a plan, each as `line column code: reason`."""
        found = self.plan(text).refusals
        return [f"{f.line} {f.column} {f.text}: {f.reason}" for f in found]
