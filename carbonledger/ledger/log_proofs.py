"""Proofs about the log: that a batch is in it, and that a later log only grew from an earlier one.

The tree and both proofs are those of RFC 6962, section 2.1; checking them follows RFC 9162,
sections 2.1.3.2 and 2.1.4.2. Hashes are hex, as in the tables; leaves are the leaf hashes of the
batches in their order, so leaf 0 is batch 1. Nothing here knows a database.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

EMPTY = hashlib.sha256(b"").hexdigest()
"""Root of a log without batches."""


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """Return the largest power of two below a size of at least 2: where RFC 6962 cuts a tree."""
    return 1 << ((size - 1).bit_length() - 1)


class Log:
    """A log that grows leaf by leaf and can prove what it says about any of its earlier sizes.

    It keeps the hash of every full subtree (two hashes a leaf). So a leaf is appended with one or
    two hashes on average, and a root or a proof takes a number of hashes that grows with the
    logarithm of the size.
    """

    def __init__(self, leaves: Iterable[str] = ()) -> None:
        # _full[k][i] is the hash of the leaves from i * 2**k to (i + 1) * 2**k - 1.
        self._full: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._full[0])

    def append(self, leaf: str) -> None:
        """Take the next leaf hash, and with it every subtree that it makes full."""
        made, level = bytes.fromhex(leaf), 0
        self._full[0].append(made)
        while len(self._full[level]) % 2 == 0:
            made = _node(*self._full[level][-2:])
            level += 1
            if level == len(self._full):
                self._full.append([])
            self._full[level].append(made)

    def root(self, size: int | None = None) -> str:
        """Return the Merkle tree hash of the first leaves.

        Args:
            size: how many; None: all of them.

        Raises:
            IndexError: there are not so many.
        """
        wanted = self._sized(size)
        return self._over(0, wanted).hex() if wanted else EMPTY

    def inclusion(self, index: int, size: int | None = None) -> list[str]:
        """Prove that a leaf is in the log: the audit path PATH(m, D[n]) of RFC 6962, 2.1.1.

        Args:
            index: place of the leaf, from 0 on.
            size: of the log it is proven for; None: as it is.

        Raises:
            IndexError: there is no such leaf, or not so many.
        """
        wanted = self._sized(size)
        if not 0 <= index < wanted:
            raise IndexError(f"leaf {index} of a log of {wanted}")
        return [one.hex() for one in self._path(index, 0, wanted)]

    def consistency(self, earlier: int, size: int | None = None) -> list[str]:
        """Prove that a log grew from an earlier one: PROOF(m, D[n]) of RFC 6962, 2.1.2.

        Args:
            earlier: size of the earlier log, at least 1.
            size: of the later one; None: as it is.

        Raises:
            IndexError: the earlier log is empty or larger, or there are not so many leaves.
        """
        wanted = self._sized(size)
        if not 1 <= earlier <= wanted:
            raise IndexError(f"a log of {earlier} within one of {wanted}")
        return [one.hex() for one in self._grown(earlier, 0, wanted)]

    def _sized(self, size: int | None) -> int:
        wanted = len(self) if size is None else size
        if not 0 <= wanted <= len(self):
            raise IndexError(f"a log of {len(self)} has no size {wanted}")
        return wanted

    def _over(self, first: int, end: int) -> bytes:
        """Return the hash over some leaves; `first` is a multiple of the power of two below."""
        level = (end - first).bit_length() - 1
        if end - first == 1 << level:
            return self._full[level][first >> level]
        middle = first + _split(end - first)
        return _node(self._over(first, middle), self._over(middle, end))

    def _path(self, index: int, first: int, end: int) -> Iterator[bytes]:
        if end - first == 1:
            return
        middle = first + _split(end - first)
        if index < middle:
            yield from self._path(index, first, middle)
            yield self._over(middle, end)
        else:
            yield from self._path(index, middle, end)
            yield self._over(first, middle)

    def _grown(self, earlier: int, first: int, end: int) -> Iterator[bytes]:
        if earlier == end:
            # The earlier root itself is known to whoever asks, any other subtree is not.
            if first:
                yield self._over(first, end)
            return
        middle = first + _split(end - first)
        if earlier <= middle:
            yield from self._grown(earlier, first, middle)
            yield self._over(middle, end)
        else:
            yield from self._grown(earlier, middle, end)
            yield self._over(first, middle)


def included(leaf: str, index: int, size: int, proof: Sequence[str], root: str) -> bool:
    """Check an inclusion proof, RFC 9162, 2.1.3.2.

    Args:
        leaf: leaf hash in question.
        index: its place, from 0 on.
        size: of the log.
        proof: from `Log.inclusion`, or of any other log of RFC 6962.
        root: of the log of that size, from a checkpoint.
    """
    if not 0 <= index < size:
        return False
    place, last, made = index, size - 1, bytes.fromhex(leaf)
    for step in map(bytes.fromhex, proof):
        if last == 0:
            return False
        if place % 2 or place == last:
            made = _node(step, made)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            made = _node(made, step)
        place, last = place >> 1, last >> 1
    return last == 0 and made.hex() == root


def consistent(earlier: int, size: int, proof: Sequence[str], earlier_root: str, root: str) -> bool:
    """Check a consistency proof, RFC 9162, 2.1.4.2.

    Args:
        earlier: size of the earlier log, at least 1.
        size: of the later one.
        proof: from `Log.consistency`, or of any other log of RFC 6962.
        earlier_root: of the earlier log.
        root: of the later one.
    """
    if not 1 <= earlier <= size:
        return False
    if earlier == size:
        return not proof and earlier_root == root
    steps = [bytes.fromhex(step) for step in proof]
    if earlier & (earlier - 1) == 0:
        # A full tree is a subtree of the later one, and its hash the first step.
        steps.insert(0, bytes.fromhex(earlier_root))
    return bool(steps) and _joined(earlier - 1, size - 1, steps) == (earlier_root, root)


def _joined(place: int, last: int, steps: Sequence[bytes]) -> tuple[str, str] | None:
    """Fold the steps of a consistency proof into both roots; None where they do not fit."""
    while place % 2:
        place, last = place >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if place % 2 or place == last:
            before, after = _node(step, before), _node(step, after)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            after = _node(after, step)
        place, last = place >> 1, last >> 1
    return (before.hex(), after.hex()) if last == 0 else None
