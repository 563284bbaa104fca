"""Questions to the ledger: what they are answered from, the answers as stored runs, their reasons."""
