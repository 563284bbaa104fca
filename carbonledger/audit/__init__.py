"""What auditors ask: canned questions in SQL, and a desk to ask them at."""
