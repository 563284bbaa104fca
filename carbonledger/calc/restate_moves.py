"""Which changed flows are a change of structure: what was only moved to another place."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from carbonledger.calc.model import Books, Flow

Key = tuple[str, str, str, str]
"""Source, target, commodity, month."""
Sums = Mapping[Key, int]


def sums_of(flows: Iterable[Flow]) -> dict[Key, int]:
    """Return quantities by key of the flow."""
    return {(one.source, one.target, one.commodity, one.month): one.quantity for one in flows}


def structured(before: Books, after: Books, declared: Sums, taken_back: Sums) -> Books:
    """Return the books before, changed by structure alone.

    Entries of accounts and meters that were added or moved are structure. What was taken back
    (reversed, and not posted again) between an older pair of accounts was moved, as far as the same
    commodity came in the same month, with one end in common: that is structure too, and no change
    of activity.

    Args:
        before: the new accounts and boundary with the old entries.
        after: the new books.
        declared: millionths of what was posted since for accounts and meters that were added or
            moved, by flow.
        taken_back: millionths of reversals posted since, by flow.
    """
    old, new = sums_of(before.flows), sums_of(after.flows)
    rest = {
        key: _within(new.get(key, 0) - old.get(key, 0) - declared.get(key, 0), quantity)
        for key, quantity in taken_back.items()
    }
    step = defaultdict(int, declared)
    for key, part in moved(declared, rest).items():
        step[key] += part
    kept = {key: old.get(key, 0) + step[key] for key in {*old, *step}}
    flows = tuple(Flow(*key, kept[key]) for key in sorted(kept))
    return replace(before, flows=flows)


def _within(quantity: int, most: int) -> int:
    """Return so much of a quantity as another of the same sign allows."""
    if quantity * most <= 0:
        return 0
    return min(quantity, most) if quantity > 0 else max(quantity, most)


def moved(added: Sums, rest: Sums) -> dict[Key, int]:
    """Find what the rest gives up to what was added, in the order of the flows.

    Args:
        added: millionths by flow that came (or, negative, went) with a change of structure.
        rest: what else was taken back, by flow.

    Returns:
        The parts of the rest, each of the opposite sign and no larger than what was added.
    """
    found: dict[Key, int] = defaultdict(int)
    for key, quantity in sorted(added.items()):
        wanted = -quantity
        for other in sorted(rest):
            left = rest[other] - found[other]
            if wanted and _fits(key, other) and left * wanted > 0:
                part = min(abs(wanted), abs(left)) * (1 if wanted > 0 else -1)
                found[other] += part
                wanted -= part
    return {key: part for key, part in found.items() if part}


def _fits(one: Key, other: Key) -> bool:
    """Tell whether two flows are of the same commodity and month and share one end."""
    return one[2:] == other[2:] and (one[0] == other[0]) != (one[1] == other[1])
