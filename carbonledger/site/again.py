"""A site batch posted once more from its kept file, to name what was changed of it since."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import CarbonLedgerError
from carbonledger.ledger.difference import Expert, Suspect
from carbonledger.ledger.documents import kept_blocks, kept_file
from carbonledger.ledger.replay import Replay
from carbonledger.ledger.schema import document
from carbonledger.ledger.state import read_state
from carbonledger.site.apply import apply_plan
from carbonledger.site.compare import plan
from carbonledger.site.declared import DeclaredSite
from carbonledger.site.posted import PostedSummary
from carbonledger.site.read import read_site


def site_expert(folder: Path | None) -> Expert:
    """Return what names rows of site batches that are not those of their file.

    Args:
        folder: where the bytes of source files are kept; without them nothing can be named.
    """

    def look(connection: sa.Connection, header: dict[str, Any]) -> Iterator[Suspect]:
        if folder is not None and header["kind"] == "site" and header["document_id"]:
            yield from _again(connection, header, folder)

    return look


def _again(connection: sa.Connection, header: dict[str, Any], folder: Path) -> Iterator[Suspect]:
    query = sa.select(document).where(document.c.id == header["document_id"])
    kept = connection.execute(query).mappings().one_or_none()
    place = None if kept is None else kept_file(folder, kept["sha256"])
    if kept is None or place is None:
        return
    number = int(header["id"])
    replay = Replay(connection, number)
    try:
        declared = _declared(place)
        state = read_state(connection, number - 1)
        # Refusals rest on what was posted later; this plan was carried out.
        apply_plan(replay, plan(declared, state, PostedSummary()), state)
    except (CarbonLedgerError, OSError, LookupError, ValueError):
        # The file, or what was posted before it, is not what it was: nothing is proven by it.
        return
    replay.attach(kept)
    yield from replay.differing()


def _declared(place: Path) -> DeclaredSite:
    with tempfile.TemporaryDirectory(prefix="carbonledger-") as scratch:
        file = Path(scratch) / "site.toml"
        with file.open("wb") as out:
            out.writelines(kept_blocks(place))
        return read_site(file)
