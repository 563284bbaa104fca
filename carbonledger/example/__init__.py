"""The demo park: a small tyre park and its year 2024, made from a seed.

`generate` writes a folder that any user could have: a site description, meter exports in the
formats plants really have, record files, and a list of the steps that bring them into a ledger.
The park does not exist; its figures obey the laws that real ones obey (see its README).

This package stands apart: it knows numpy and the standard library, and nothing of the ledger.
"""

from carbonledger.example.build import generate

__all__ = ["generate"]
