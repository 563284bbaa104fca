"""Checkpoints: small texts that other tools of transparency logs read, and their signatures."""

import base64
import hashlib
import json
import subprocess
from contextlib import suppress
from pathlib import Path
from shutil import which

import pytest
from cli_plant import Plant, build, enter
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.checkpoint import checkpoint_of, read_checkpoint
from carbonledger.ledger.log_proofs import Log
from carbonledger.ledger.signing import new_key, read_public_key, signature_of, signed

LEAVES = {n: hashlib.sha256(bytes([n])).hexdigest() for n in range(1, 8)}
TIME = "2025-01-02T00:00:00Z"
MADE = checkpoint_of(LEAVES, TIME)
# The signed note that the documentation of golang.org/x/mod/sumdb/note signs and verifies. Its key
# is public, and named after the greatest of philosophers.
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE_NAME, NOTE_HASH = "PeterNeumann", "c74f20a3"
NOTE_KEY = "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE_SIGNATURE = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)


def written(
    tmp_path: Path, key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey
) -> tuple[Path, Path]:
    """Write a key pair as other programs do."""
    private, public = tmp_path / "k.pem", tmp_path / "k.pem.pub"
    private.write_bytes(
        key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


def test_a_checkpoint_is_name_size_root_and_time() -> None:
    root = base64.b64encode(bytes.fromhex(Log(LEAVES.values()).root())).decode()
    assert MADE.text == f"carbonledger/{LEAVES[1][:16]}\n7\n{root}\ntime {TIME}\n"
    assert read_checkpoint(MADE.text.encode(), "x") == MADE
    assert checkpoint_of({}, TIME).size == 0


def test_a_signature_stands_below_an_empty_line(tmp_path: Path) -> None:
    private, public = tmp_path / "key.pem", new_key(tmp_path / "key.pem")
    assert (public.name, private.stat().st_mode & 0o777) == ("key.pem.pub", 0o600)
    made = signed(MADE, private)
    body, _, line = made.text.partition("\n\n")
    assert f"{body}\n" == MADE.text
    dash, name, value = line.removesuffix("\n").split(" ")
    assert (dash, name) == ("\u2014", MADE.origin)
    raw = read_public_key(public).public_bytes_raw()
    ours = hashlib.sha256(f"{name}\n".encode() + b"\x01" + raw).digest()[:4]
    assert base64.b64decode(value)[:4] == ours
    again = read_checkpoint(made.text.encode(), "x")
    assert again == made
    assert signature_of(again, read_public_key(public)) == "valid"


def test_the_published_note_of_another_program_is_signed_by_its_key(tmp_path: Path) -> None:
    """Of its example only the lines are no checkpoint; the signature is one of any signed note."""
    from dataclasses import replace

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from carbonledger.ledger.checkpoint import Signature

    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(NOTE_KEY)[1:])
    value = base64.b64decode(NOTE_SIGNATURE)
    assert value[:4].hex() == NOTE_HASH
    note = replace(MADE, body=NOTE, signatures=(Signature(NOTE_NAME, value[:4], value[4:]),))
    assert signature_of(note, key) == "valid"
    assert signature_of(replace(note, body=NOTE.replace("don't", "do")), key) == "invalid"


@pytest.mark.parametrize("change", ["size", "root", "time", "origin"])
def test_a_signature_is_one_of_every_line(change: str, tmp_path: Path) -> None:
    private, public = tmp_path / "k", new_key(tmp_path / "k")
    text = signed(MADE, private).text
    lines = text.split("\n")
    at = {"origin": 0, "size": 1, "root": 2, "time": 3}[change]
    lines[at] = {"size": "8", "root": "A" + lines[2][1:]}.get(change, lines[at] + "x")
    forged = read_checkpoint("\n".join(lines).encode(), "x")
    assert signature_of(forged, read_public_key(public)) == "invalid"


def test_whose_signature_it_is(tmp_path: Path) -> None:
    ours, theirs = new_key(tmp_path / "a"), new_key(tmp_path / "b")
    both = signed(signed(MADE, tmp_path / "a"), tmp_path / "b")
    again = read_checkpoint(both.text.encode(), "x")
    assert [signature_of(again, read_public_key(key)) for key in (ours, theirs)] == ["valid"] * 2
    assert signature_of(MADE, read_public_key(ours)) == "none"
    assert signature_of(signed(MADE, tmp_path / "a"), read_public_key(theirs)) == "other"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has not the lines"),
        ("a\n1\n", "has not the lines"),
        (MADE.text.removesuffix("\n"), "has not the lines"),
        (MADE.text.replace("\n7\n", "\n07\n"), "no number of batches"),
        (MADE.text.replace("\n7\n", "\n-7\n"), "no number of batches"),
        (MADE.text.replace("\n7\n", "\n7.0\n"), "no number of batches"),
        (MADE.text.replace("=\n", "\n"), "no root"),
        (MADE.text.replace("=\n", "AAAA=\n"), "no root"),
        (MADE.text.replace("\n", "\r\n"), "other line ends"),
        (MADE.text + "\nno dash\n", "no signature"),
        (MADE.text + "\n\u2014 name\n", "no signature"),
        (MADE.text + "\n\u2014 name !!!\n", "no signature"),
        (MADE.text + "x" * 70_000 + "\n", "too large"),
        (b"\xff\xfe", "no UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str | bytes, why: str) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(LedgerRefused, match=f"march is no checkpoint: .*{why}") as refused:
        read_checkpoint(data, "march")
    assert refused.value.code == "checkpoint"


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_the_bytes_they_are_read_or_refused(data: bytes) -> None:
    for tried in (data, MADE.text.encode() + data, MADE.text.encode()[: len(data)] + data):
        with suppress(LedgerRefused):
            found = read_checkpoint(tried, "x")
            assert read_checkpoint(found.text.encode(), "x") == found


def test_keys_of_other_kinds_and_files_of_other_things_are_refused(tmp_path: Path) -> None:
    private, public = written(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    locked = tmp_path / "locked"
    locked.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"geheim")
        )
    )
    new_key(tmp_path / "good")
    (tmp_path / "text").write_text("no key")
    for path in (private, locked, tmp_path / "good.pub", tmp_path / "text"):
        with pytest.raises(LedgerRefused, match="holds no private Ed25519 key") as refused:
            signed(MADE, path)
        assert refused.value.code == "signing-key"
        assert refused.value.__cause__ is None
    for path in (public, tmp_path / "good", tmp_path / "text"):
        with pytest.raises(LedgerRefused, match="holds no public Ed25519 key"):
            read_public_key(path)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    new_key(tmp_path / "key.pem")
    before = (tmp_path / "key.pem").read_bytes()
    for name in ("key.pem", "key.pem.pub"):
        with pytest.raises(LedgerRefused, match=f"{name} is there already") as refused:
            new_key(tmp_path / name if name == "key.pem.pub" else tmp_path / "key.pem")
        assert refused.value.code == "signing-key-exists"
    assert (tmp_path / "key.pem").read_bytes() == before


@pytest.mark.skipif(which("openssl") is None, reason="no openssl here")
def test_openssl_finds_the_signature_good(tmp_path: Path) -> None:
    """Who does not trust this program checks with another one; so the page says."""
    public = new_key(tmp_path / "key.pem")
    made = signed(MADE, tmp_path / "key.pem")
    (tmp_path / "body").write_text(made.body)
    (tmp_path / "signature").write_bytes(made.signatures[0].value)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-rawin", "-in",
               str(tmp_path / "body"), "-sigfile", str(tmp_path / "signature")]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "Signature Verified Successfully")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        return build(tmp_path_factory.mktemp("plant"))


@pytest.fixture
def plant(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Plant:
    return enter(template, tmp_path, monkeypatch, capsys)


def test_a_checkpoint_is_printed_or_written(plant: Plant) -> None:
    printed = plant.text("checkpoint")
    answer = plant.ask("checkpoint", "-o", "a.checkpoint")
    root = plant.ask("verify")["root"]
    assert (plant.folder / "a.checkpoint").read_text("utf-8") == printed == answer["text"]
    assert (answer["root"], answer["signed"], answer["file"]) == (root, False, "a.checkpoint")
    assert answer["batches"] == plant.ask("status")["batches"]
    assert answer["time"] == "2023-11-14T22:13:20Z"
    assert "name of the log" in plant.text("checkpoint", "-o", "b.checkpoint")
    assert "日志名称" in plant.text("--lang", "zh", "checkpoint", "-o", "c.checkpoint")


def test_keys_are_made_checkpoints_signed_and_both_verified(plant: Plant) -> None:
    made = plant.ask("checkpoint", "--new-key", "key.pem")
    assert made == {"private_key": "key.pem", "public_key": "key.pem.pub"}
    assert plant.ask("checkpoint", "--key", "key.pem", "-o", "a")["signed"] is True
    plant.text("checkpoint", "-o", "b")
    plant.text("import", plant.write("late.csv", "M-001,2024-03-05T00:00:00,2,kWh"))
    answer = plant.ask("verify", "--checkpoint", "a", "--public-key", "key.pem.pub")
    assert [one["signature"] for one in answer["checkpoints"]] == ["valid"]
    bad = plant.ask("verify", "--checkpoint", "a", "--checkpoint", "b", "--public-key",
                    "key.pem.pub", code=1)  # fmt: skip
    assert [one["signature"] for one in bad["checkpoints"]] == ["valid", "none"]
    assert bad["first"]["detail"] == "b is not signed"
    assert plant.refused("checkpoint", "--new-key", "key.pem")["code"] == "signing-key-exists"


def test_what_was_not_looked_at_is_said(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    from carbonledger.cli.entry import run

    plant.text("checkpoint", "-o", "a")
    assert run(["verify", "--since", "a"]) == 0
    said = capsys.readouterr()
    size = plant.ask("status")["batches"]
    assert f"Rows of batches 1 to {size} were not read again" in said.err
    assert "Signatures of checkpoints were not checked" in said.err


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["verify", "--public-key", "k"], 2),
        (["checkpoint", "--new-key", "k", "--key", "k"], 2),
        (["checkpoint", "--new-key", "k", "-o", "k"], 2),
        (["verify", "--checkpoint", "no-such-file"], 1),
        (["verify", "--checkpoint", "site.toml"], 1),
        (["checkpoint", "--key", "site.toml"], 1),
        (["checkpoint", "--key", "no-such-file"], 1),
        (["checkpoint", "--new-key", "no-such-folder/k"], 1),
    ],
)
def test_what_cannot_be_done_is_said(argv: list[str], code: int, plant: Plant) -> None:
    error = plant.ask(*argv, code=code)["error"]
    assert error["code"] in {"usage", "file", "checkpoint", "signing-key"}
    assert error["hint"] or error["code"] == "file"
    assert json.dumps(error)
    assert not (plant.folder / "k").exists()
