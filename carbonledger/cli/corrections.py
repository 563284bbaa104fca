"""Pending corrections tried on a ledger that is rolled back: files of every kind, reversals."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonledger.cli.output import note, progress
from carbonledger.cli.plain import plain

if TYPE_CHECKING:
    from carbonledger.ledger.connect import Ledger

REASON = "restate preview"


@dataclass(frozen=True, slots=True)
class Tried:
    """What is tried.

    Attributes:
        files: what would be applied, loaded or imported.
        batches: what would be reversed, before the files.
        profile: how files of readings or records are to be read; None: they say it themselves.
        actor: who asks.
        now: when, ISO 8601 in UTC.
    """

    files: Sequence[Path]
    batches: Sequence[int]
    profile: Path | None
    actor: str
    now: str


def try_corrections(ledger: "Ledger", tried: Tried) -> list[dict[str, Any]]:
    """Post corrections on trial, in the order given: reversals first, then files.

    A folder is a factor pack, a file in TOML a site, anything else meter readings or records, whose
    unequal values are posted as adjusting entries.

    Args:
        ledger: one on trial; see `carbonledger.ledger.trial`.
        tried: what is tried.

    Returns:
        What each of them would post.

    Raises:
        Refusal: one of them could not be posted.
    """
    done = [
        {"file": f"reverse {one}", **_counts(_reversed(ledger, one, tried))}
        for one in tried.batches
    ]
    return done + [{"file": path.name, **_try(ledger, path, tried)} for path in tried.files]


def _reversed(ledger: "Ledger", batch: int, tried: Tried) -> dict[str, Any]:
    from carbonledger.ledger.service import reverse

    return reverse(ledger, batch, REASON, tried.actor, tried.now, restate=REASON)


def _try(ledger: "Ledger", path: Path, tried: Tried) -> dict[str, Any]:
    if path.is_dir():
        return {"factors": _as_published(ledger, path, tried)["factors"]}
    if path.suffix.lower() == ".toml":
        from carbonledger.site.service import apply

        return {
            "changes": len(apply(ledger, path, tried.actor, tried.now, restate=REASON)["changes"])
        }
    from carbonledger.ingest.service import ImportOptions, import_file

    asked = ImportOptions(
        profile=tried.profile,
        adjust=REASON,
        restate=REASON,
        keep=False,
        on_trial=True,
        actor=tried.actor,
        now=tried.now,
    )
    with progress(plain(path.name)) as tick:
        return _counts(import_file(ledger, path, asked, tick, note))


def _as_published(ledger: "Ledger", path: Path, tried: Tried) -> dict[str, Any]:
    """Load a pack on trial, and let it count as if another actor had published it."""
    from carbonledger.ledger.packs import HELD
    from carbonledger.run.publishing import publish_pack
    from carbonledger.run.setup import load_pack

    loaded = load_pack(ledger, path, tried.actor, tried.now)
    if loaded["state"] == HELD:
        name = f"{loaded['pack']}@{loaded['edition']}"
        publish_pack(ledger, name, None, f"{REASON} of {tried.actor}", tried.now)
    return loaded


def _counts(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ("entries", "adjusted", "replaced") if name in answer}


def closed_since(ledger: "Ledger", before: int) -> list[str]:
    """Name the closed periods that batches after one changed; posting there needs a reason."""
    from carbonledger.ledger.closings import restatements

    with ledger.read() as connection:
        found = [one for one in restatements(connection) if one["batch"] > before]
    return sorted({f"{one['boundary']} {one['period']}" for one in found})
