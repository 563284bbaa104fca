"""Reports: what a page shows as data, and the page itself. Data in, text out; no ledger."""
