"""The report `park-summary`: energy, emissions, renewable share and products of a park.

`render_html` and `as_json` show a `ParkSummary`; the records are in `carbonledger.report.data`.
"""

from carbonledger.report.data import ParkSummary
from carbonledger.report.html import render_html
from carbonledger.report.jsonform import as_json

__all__ = ["ParkSummary", "as_json", "render_html"]
