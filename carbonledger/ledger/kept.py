"""Checkpoints that somebody kept, compared with the log: did it only grow since?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carbonledger.ledger.checkpoint import LARGEST, Checkpoint, origin_of, read_checkpoint
from carbonledger.ledger.difference import Difference
from carbonledger.ledger.log_proofs import Log

UNSIGNED = {
    "invalid": "the signature below {file} is not one of its text",
    "other": "{file} is signed by other keys alone",
    "none": "{file} is not signed",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint from a file.

    Attributes:
        file: how the file is named to people.
        checkpoint: what it says.
        signature: valid, invalid, other or none, see `signing.signature_of`; `unchecked`: nobody
            gave a key.
    """

    file: str
    checkpoint: Checkpoint
    signature: str = "unchecked"


@dataclass(frozen=True, slots=True)
class Compared:
    """A checkpoint beside the log: what does not agree, if anything."""

    held: Held
    differences: Sequence[Difference]

    def as_dict(self) -> dict[str, Any]:
        """Return it as `verify --json` shows it."""
        noted = self.held.checkpoint
        return {
            "file": self.held.file,
            "batches": noted.size,
            "root": noted.root,
            "time": noted.time,
            "signature": self.held.signature,
            "agrees": not self.differences,
        }


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of the ledger from before.

    Attributes:
        held: checkpoints.
        after: rows of batches up to this one need not be read again.
    """

    held: tuple[Held, ...] = ()
    after: int = 0

    def compared(self, leaves: Mapping[int, str]) -> Iterator[Compared]:
        """Compare the log with the checkpoints, the shortest first.

        The root of a checkpoint is computed again from the leaf hashes of so many batches, and
        those from their headers. A root tells that a batch changed, not which one: it lies behind
        the last checkpoint that agrees.

        Args:
            leaves: leaf hash of each batch by its number.
        """
        log, agreed = Log(leaves[number] for number in sorted(leaves)), 0
        for one in sorted(self.held, key=lambda one: one.checkpoint.size):
            changed = _changed(leaves, log, one, agreed)
            agreed = agreed if changed else one.checkpoint.size
            yield Compared(one, [*changed, *_unsigned(one)])


def read_kept(
    checkpoints: Sequence[Path] = (), since: Path | None = None, public_key: Path | None = None
) -> Kept:
    """Read the checkpoints to compare with.

    Args:
        checkpoints: their files.
        since: file of one more; rows up to it are not read again.
        public_key: file of the key that all of them must be signed with.

    Raises:
        LedgerRefused: a file holds no checkpoint, or no public key.
        OSError: a file cannot be read.
    """
    files = [*checkpoints, *([since] if since else [])]
    held = [Held(str(path), _read(path)) for path in dict.fromkeys(files)]
    if public_key is not None:
        from carbonledger.ledger.signing import read_public_key, signature_of

        key = read_public_key(public_key)
        held = [Held(h.file, h.checkpoint, signature_of(h.checkpoint, key)) for h in held]
    after = next((h.checkpoint.size for h in held if since and h.file == str(since)), 0)
    return Kept(tuple(held), after)


def _read(path: Path) -> Checkpoint:
    with path.open("rb") as file:
        return read_checkpoint(file.read(LARGEST + 1), str(path))


def _unsigned(held: Held) -> Iterator[Difference]:
    if held.signature in UNSIGNED:
        yield Difference("signature", 0, UNSIGNED[held.signature].format(file=held.file))


def _changed(leaves: Mapping[int, str], log: Log, held: Held, agreed: int) -> list[Difference]:
    noted, when = held.checkpoint, f" at {held.checkpoint.time}" if held.checkpoint.time else ""
    missing = next((n for n in range(1, noted.size + 1) if n not in leaves), None)
    if missing is not None:
        gone = f"{held.file} counts {noted.size} batches{when}; batch {missing} is not there"
        return [Difference("checkpoint", missing, gone)]
    if log.root(noted.size) == noted.root:
        return []
    if not agreed and noted.origin != origin_of(leaves):
        other = f"{held.file} is of the log {noted.origin}, this one is {origin_of(leaves)}"
        return [Difference("checkpoint", 1, f"{other}: another ledger, or batch 1 was rewritten")]
    first = min(agreed + 1, noted.size)
    which = f"batch {first}" if first == noted.size else f"one of batches {first} to {noted.size}"
    detail = f"{which} is not the one that {held.file} noted{when}"
    return [Difference("checkpoint", first, detail)]
