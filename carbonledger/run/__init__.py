"""Questions to the ledger: what answers them, the answers as stored runs, their reasons."""
