"""Checkpoints: what the log was at a time, as a small text that can be written down and signed.

The text is a *checkpoint* of C2SP (https://c2sp.org/tlog-checkpoint) within a *signed note*
(https://c2sp.org/signed-note), which the logs of Certificate Transparency, Go modules and Sigstore
use: the name of the log, its number of batches, the root in base64, a line with the time; then an
empty line and a line for each signature. It says nothing of what the batches hold.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.log_proofs import Log

LARGEST = 1 << 16
"""Bytes that a file with a checkpoint has at most."""
TIME = "time "
DASH = "\u2014 "
NO_SIGNATURE = "a line below the empty one is no signature"
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Signature:
    """A line below a checkpoint: whose it is, four bytes that tell which key, and the signature."""

    name: str
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log was at a time.

    Attributes:
        origin: name of the log, see `origin_of`.
        size: number of batches.
        root: RFC 6962 root over their leaf hashes, hex.
        time: when it was made, ISO 8601 in UTC; "" where the text does not say.
        body: the text that is signed, with the newline at its end.
        signatures: of the text.
    """

    origin: str
    size: int
    root: str
    time: str
    body: str
    signatures: tuple[Signature, ...] = ()

    @property
    def text(self) -> str:
        """The whole file."""
        lines = "".join(
            f"{DASH}{one.name} {base64.b64encode(one.key + one.value).decode()}\n"
            for one in self.signatures
        )
        return f"{self.body}\n{lines}" if lines else self.body


def origin_of(leaves: Mapping[int, str]) -> str:
    """Name a log after its first batch: two ledgers that were made apart have different names."""
    return f"carbonledger/{leaves.get(1, '')[:16] or 'empty'}"


def checkpoint_of(leaves: Mapping[int, str], time: str) -> Checkpoint:
    """Make the checkpoint of a log as it is.

    Args:
        leaves: leaf hash of each batch by its number.
        time: now, ISO 8601 in UTC.
    """
    log = Log(leaves[number] for number in sorted(leaves))
    origin, root = origin_of(leaves), log.root()
    shown = base64.b64encode(bytes.fromhex(root)).decode()
    body = f"{origin}\n{len(log)}\n{shown}\n{TIME}{time}\n"
    return Checkpoint(origin, len(log), root, time, body)


def read_checkpoint(data: bytes, name: str) -> Checkpoint:
    """Read a checkpoint.

    Args:
        data: bytes of the file.
        name: how the file is named to people.

    Raises:
        LedgerRefused: it is none.
    """
    try:
        return _parsed(data)
    except ValueError as error:
        raise LedgerRefused(
            f"{name} is no checkpoint: {error}",
            code="checkpoint",
            hint="name a file that carbonledger checkpoint -o FILE wrote, byte for byte as it was "
            "written",
        ) from None


def _parsed(data: bytes) -> Checkpoint:
    if len(data) > LARGEST:
        raise ValueError("it is too large")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is no UTF-8 text") from None
    if _CONTROL.search(text):
        raise ValueError("it has signs that no checkpoint has, such as tabs or other line ends")
    # An empty line ends the body; without signatures there is none.
    body, blank, below = text.rpartition("\n\n")
    body, below = (f"{body}\n", below) if blank else (text, "")
    origin, size, root, time = _lines(body)
    return Checkpoint(origin, size, root, time, body, tuple(_signatures(below)))


def _lines(body: str) -> tuple[str, int, str, str]:
    *lines, rest = body.split("\n")
    if len(lines) < len(("name", "size", "root")) or rest or not all(lines):
        raise ValueError("it has not the lines of one: name, size, root")
    origin, size, root, *more = lines
    if not _SIZE.fullmatch(size):
        raise ValueError("its second line is no number of batches")
    time = next((line.removeprefix(TIME) for line in more if line.startswith(TIME)), "")
    return origin, int(size), _base64(root, 32, 32, "its third line is no root").hex(), time


def _base64(text: str, least: int, most: int, otherwise: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(otherwise) from None
    if not least <= len(found) <= most:
        raise ValueError(otherwise)
    return found


def _signatures(below: str) -> Iterator[Signature]:
    for line in below.removesuffix("\n").split("\n") if below else ():
        name, blank, value = line.removeprefix(DASH).rpartition(" ")
        if not line.startswith(DASH) or not blank or not name:
            raise ValueError(NO_SIGNATURE)
        # Four bytes name the key. Signatures of other kinds may be longer than ours.
        raw = _base64(value, 5, LARGEST, NO_SIGNATURE)
        yield Signature(name, raw[:4], raw[4:])
