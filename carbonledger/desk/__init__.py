"""The auditor's desk: a ledger read-only in a browser, with questions, meanings and charts."""
