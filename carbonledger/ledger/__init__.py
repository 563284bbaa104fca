"""The ledger: tables, posting, log, state, sums, verification; and how a database is opened."""
