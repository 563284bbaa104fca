"""Ed25519 keys and signatures of checkpoints, as C2SP's signed notes have them.

A private key is a PEM file (PKCS #8), the public one a PEM file beside it: what `openssl genpkey
-algorithm ed25519` writes and `openssl pkey -pubout` gives. No message says anything of a key.
"""

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.checkpoint import Checkpoint, Signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

LARGEST = 1 << 16
KIND = b"\x01"
"""Signed notes call Ed25519 kind 1."""


def new_key(path: Path) -> Path:
    """Make a key pair: the private key in a file that only its owner can read.

    Args:
        path: of the private key.

    Returns:
        The file of the public key: the same name with `.pub` behind it.

    Raises:
        LedgerRefused: one of the files is there already; a key is never overwritten.
        OSError: the place cannot be written.
    """
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = path.with_name(f"{path.name}.pub")
    for place in (path, public):
        if place.exists() or place.is_symlink():
            raise LedgerRefused(
                f"{place} is there already",
                code="signing-key-exists",
                hint="name another file: what was signed with the old key needs it",
            )
    key = Ed25519PrivateKey.generate()
    pem = form.Encoding.PEM
    secret: bytes = key.private_bytes(pem, form.PrivateFormat.PKCS8, form.NoEncryption())
    shown: bytes = key.public_key().public_bytes(pem, form.PublicFormat.SubjectPublicKeyInfo)
    _write_new(path, secret, 0o600)
    _write_new(public, shown, 0o644)
    return public


def _write_new(path: Path, data: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def signed(checkpoint: Checkpoint, key_file: Path) -> Checkpoint:
    """Sign a checkpoint in the name of its log.

    Raises:
        LedgerRefused: the file holds no private Ed25519 key that can be read without a password.
        OSError: the file cannot be read.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read(key_file), password=None)
    except TypeError:
        raise _no_key(key_file, "private", " that can be read without a password") from None
    except Exception:  # noqa: BLE001 - the library raises of several kinds for what is no key
        raise _no_key(key_file, "private") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(key_file, "private")
    return _signed(checkpoint, key)


def _signed(checkpoint: Checkpoint, key: "Ed25519PrivateKey") -> Checkpoint:
    value: bytes = key.sign(checkpoint.body.encode())
    made = Signature(checkpoint.origin, key_id(checkpoint.origin, key.public_key()), value)
    return replace(checkpoint, signatures=(*checkpoint.signatures, made))


def read_public_key(path: Path) -> "Ed25519PublicKey":
    """Read a public key.

    Raises:
        LedgerRefused: the file holds no public Ed25519 key.
        OSError: the file cannot be read.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_read(path))
    except Exception:  # noqa: BLE001 - as above
        raise _no_key(path, "public") from None
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path, "public")
    return key


def key_id(name: str, key: "Ed25519PublicKey") -> bytes:
    """Return the four bytes that tell by which key, in whose name, a note was signed."""
    raw: bytes = key.public_bytes_raw()
    return hashlib.sha256(name.encode() + b"\n" + KIND + raw).digest()[:4]


def signature_of(checkpoint: Checkpoint, key: "Ed25519PublicKey") -> str:
    """Tell whether a checkpoint is signed by a key.

    Returns:
        `valid`; `invalid`: by this key, for another text; `other`: by other keys alone; `none`.
    """
    from cryptography.exceptions import InvalidSignature

    ours = [one for one in checkpoint.signatures if one.key == key_id(one.name, key)]
    for one in ours:
        try:
            key.verify(one.value, checkpoint.body.encode())
        except InvalidSignature:
            continue
        return "valid"
    if ours:
        return "invalid"
    return "other" if checkpoint.signatures else "none"


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


def _no_key(path: Path, which: str, more: str = "") -> LedgerRefused:
    return LedgerRefused(
        f"{path} holds no {which} Ed25519 key{more}",
        code="signing-key",
        hint="make a pair with: carbonledger checkpoint --new-key key.pem (key.pem signs, "
        "key.pem.pub checks)",
    )
