"""Inclusion and consistency proofs: those of RFC 6962, found again by a naive reading of it."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.ledger import canon
from carbonledger.ledger.log_proofs import EMPTY, Log, consistent, included

# Inputs and proofs that the authors of RFC 6962 publish with their implementation, see
# test_ledger_hashes.py.
INPUTS = (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)  # fmt: skip
FIRST_OF_8 = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
SIXTH_OF_8 = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
SIX_IN_8 = ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", *SIXTH_OF_8[1:]]
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)
LOGS = st.lists(HASHES, min_size=1, max_size=70)


def leaf(data: bytes) -> str:
    return hashlib.sha256(b"\x00" + data).hexdigest()


def node(*parts: str) -> str:
    return hashlib.sha256(b"\x01" + bytes.fromhex("".join(parts))).hexdigest()


def cut(size: int) -> int:
    return next(1 << n for n in range(size.bit_length(), -1, -1) if 1 << n < size)


def path(m: int, d: Sequence[str]) -> list[str]:
    """PATH(m, D[n]), written as RFC 6962, 2.1.1 has it."""
    if len(d) == 1:
        return []
    k = cut(len(d))
    if m < k:
        return [*path(m, d[:k]), canon.root(d[k:])]
    return [*path(m - k, d[k:]), canon.root(d[:k])]


def subproof(m: int, d: Sequence[str], *, known: bool) -> list[str]:
    """SUBPROOF(m, D[n], b), written as RFC 6962, 2.1.2 has it."""
    if m == len(d):
        return [] if known else [canon.root(d)]
    k = cut(len(d))
    if m <= k:
        return [*subproof(m, d[:k], known=known), canon.root(d[k:])]
    return [*subproof(m - k, d[k:], known=False), canon.root(d[:k])]


def test_the_proofs_published_with_rfc_6962_come_out() -> None:
    log = Log(leaf(bytes.fromhex(one)) for one in INPUTS)
    assert log.inclusion(0) == FIRST_OF_8
    assert log.inclusion(5) == SIXTH_OF_8
    assert log.consistency(1) == FIRST_OF_8
    assert log.consistency(6) == SIX_IN_8
    assert log.consistency(2, 5) == [FIRST_OF_8[1], SIXTH_OF_8[0]]
    assert log.inclusion(0, 1) == log.consistency(8) == []


def test_the_example_of_rfc_6962_with_seven_leaves_comes_out() -> None:
    """The tree of section 2.1.3, in its letters: a to g and j are leaves, the rest nodes."""
    a, b, c, d, e, f, j = leaves = [leaf(one) for one in (b"0", b"1", b"2", b"3", b"4", b"5", b"6")]
    g, h, i = node(a, b), node(c, d), node(e, f)
    k, m = node(g, h), node(i, j)
    log = Log(leaves)
    assert log.root() == node(k, m)
    assert log.inclusion(0) == [b, h, m]
    assert log.inclusion(3) == [c, g, m]
    assert log.inclusion(4) == [f, j, k]
    assert log.inclusion(6) == [i, k]
    assert log.consistency(3) == [c, d, g, m]
    assert log.consistency(4) == [m]
    assert log.consistency(6) == [i, j, k]


@given(LOGS)
def test_a_log_has_at_every_size_the_root_that_the_whole_list_gives(leaves: list[str]) -> None:
    log = Log(leaves)
    for size in range(len(leaves) + 1):
        assert log.root(size) == canon.root(leaves[:size])
    assert Log().root() == EMPTY == canon.root([])


@given(LOGS, st.data())
def test_every_leaf_is_proven_and_no_other_in_its_place(
    leaves: list[str], data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    log = Log(leaves)
    proof, root = log.inclusion(index, size), log.root(size)
    assert proof == path(index, leaves[:size])
    assert included(leaves[index], index, size, proof, root)
    other = leaf(bytes.fromhex(leaves[index]))
    assert not included(other, index, size, proof, root)
    assert not included(leaves[index], index, size, [*proof, other], root)
    assert not included(leaves[index], index, size, proof, other)
    assert not included(leaves[index], size, size, proof, root)
    for at in range(len(proof)):
        assert not included(leaves[index], index, size, proof[:at] + proof[at + 1 :], root)


@given(LOGS, st.data())
def test_every_earlier_size_is_proven_and_no_other_root(
    leaves: list[str], data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    earlier = data.draw(st.integers(1, size))
    log = Log(leaves)
    proof, before, after = log.consistency(earlier, size), log.root(earlier), log.root(size)
    assert proof == subproof(earlier, leaves[:size], known=True)
    assert consistent(earlier, size, proof, before, after)
    other = leaf(bytes.fromhex(before))
    assert not consistent(earlier, size, proof, other, after)
    assert not consistent(earlier, size, proof, before, other)
    assert not consistent(earlier, size, [*proof, other], before, after)
    assert not consistent(size + 1, size, proof, before, after)
    for at in range(len(proof)):
        assert not consistent(earlier, size, proof[:at] + proof[at + 1 :], before, after)


@given(st.lists(HASHES, min_size=2, max_size=40, unique=True), st.data())
def test_a_log_with_another_past_is_not_consistent(leaves: list[str], data: st.DataObject) -> None:
    """Whatever leaf was rewritten before a checkpoint: no later root grew from it."""
    earlier = data.draw(st.integers(1, len(leaves)))
    at = data.draw(st.integers(0, earlier - 1))
    forged = Log([*leaves[:at], leaf(b"forged"), *leaves[at + 1 :]])
    before = Log(leaves).root(earlier)
    assert not consistent(earlier, len(leaves), forged.consistency(earlier), before, forged.root())


def test_a_proof_is_as_long_as_the_tree_is_high() -> None:
    log = Log(leaf(bytes([n % 256])) for n in range(1000))
    assert {len(log.inclusion(n)) for n in range(1000)} <= set(range(5, 11))
    assert max(len(log.consistency(n)) for n in range(1, 1001)) <= 11


@pytest.mark.parametrize("wrong", [lambda log: log.root(4), lambda log: log.inclusion(3),
                                   lambda log: log.inclusion(-1), lambda log: log.consistency(0),
                                   lambda log: log.consistency(3, 2)])  # fmt: skip
def test_what_was_never_logged_cannot_be_proven(wrong: object) -> None:
    log = Log(leaf(bytes([n])) for n in range(3))
    assert callable(wrong)
    with pytest.raises(IndexError, match="a log of"):
        wrong(log)
