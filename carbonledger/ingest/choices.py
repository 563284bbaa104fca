"""A file that can be read in several ways: each is tried, so that the user sees what each gives.

Nothing of a trial stays: it runs as a dry run of its own. What is shown of a reading is the lines
of a profile that choose it, and its totals; or why the file cannot be posted when read like that.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from carbonledger.errors import ImportUndecided, LedgerRefused, Refusal
from carbonledger.ingest import toml_text
from carbonledger.ingest.profile import Profile, parse_profile
from carbonledger.ledger.schema import batch
from carbonledger.units import from_micro

Choice = Mapping[str, Any]
# Given the keys of a profile, the answer of a dry run.
Try = Callable[[Choice], dict[str, Any]]
# Three questions of two answers each; a file that asks more is told what it is without them.
MOST_READINGS = 8
MOST_TRIALS = 16
MONTHS = sa.text(
    "SELECT coalesce(meter, '') AS meter, commodity, local_month, sum(quantity_micro) AS micro, "
    "min(unit) AS unit FROM entry_view WHERE batch = :batch GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a file, and what it gives.

    Attributes:
        keys: of the profile that chooses it.
        answer: of a dry run, with `content` and `months`; None when it was refused.
        refusal: why it cannot be posted like that.
    """

    keys: Choice
    answer: Mapping[str, Any] | None = None
    refusal: Refusal | None = None

    @property
    def profile(self) -> str:
        """The lines of a profile that choose it."""
        return "\n".join(toml_text.line(name, item) for name, item in self.keys.items())

    def as_dict(self, differing: frozenset[tuple[str, str, str]]) -> dict[str, Any]:
        """Return the reading as `import --json` shows it, with the months in which it differs."""
        found: dict[str, Any] = {"profile": dict(self.keys), "toml": self.profile}
        if self.refusal is not None:
            found["refused"] = {"code": self.refusal.code, "message": self.refusal.message}
        if self.answer is None:
            return found
        totals = self.answer["totals"]
        return found | {
            "rows": self.answer["rows"],
            "first": min((total["first"] for total in totals), default=None),
            "last": max((total["last"] for total in totals), default=None),
            "totals": totals,
            "sums": sums(totals),
            "months": [
                {"meter": meter, "commodity": commodity, "month": month,
                 "quantity": from_micro(micro), "unit": unit}
                for (meter, commodity, month), (micro, unit) in self.answer["months"].items()
                if (meter, commodity, month) in differing
            ],
        }  # fmt: skip


def with_keys(profile: Profile, keys: Choice) -> Profile:
    """Return a profile with some of its keys chosen; tables are joined.

    Raises:
        ImportRefused: a key cannot have this value.
    """
    made = parse_profile(dict(keys), "chosen")
    chosen: dict[str, Any] = {}
    for name in keys:
        value, before = getattr(made, name), getattr(profile, name)
        chosen[name] = before | value if isinstance(value, dict) else value
    return replace(profile, **chosen)


def readings(attempt: Try, choices: Iterable[Choice]) -> list[Reading]:
    """Try every way to read a file, also those that a first choice only leads to.

    Args:
        attempt: reads the file in one way, and posts nothing.
        choices: keys of a profile, each set of which is a way.

    Raises:
        LedgerRefused: the ledger itself is in the way, whatever the reading.
    """
    waiting = deque(dict(choice) for choice in choices)
    found: list[Reading] = []
    for _ in range(MOST_TRIALS):
        if not waiting or len(found) == MOST_READINGS:
            break
        keys = waiting.popleft()
        reading = _tried(attempt, keys)
        deeper = _deeper(keys, reading.refusal)
        waiting.extendleft(reversed(deeper))
        if not deeper:
            found.append(reading)
    return found


def _tried(attempt: Try, keys: Choice) -> Reading:
    try:
        return Reading(keys, attempt(keys))
    except LedgerRefused:
        raise
    except Refusal as refusal:
        return Reading(keys, refusal=refusal)


def _deeper(keys: Choice, refusal: Refusal | None) -> list[dict[str, Any]]:
    """Return the ways that a reading leads to when it asks for more."""
    if not isinstance(refusal, ImportUndecided):
        return []
    more = [dict(choice) for choice in refusal.choices]
    # A question that its own answer does not settle would be asked for ever.
    return [{**keys, **choice} for choice in more if not choice.keys() & keys.keys()]


def agreed(found: Sequence[Reading]) -> Reading | None:
    """Return the first reading when all post the very same, None when they do not."""
    contents = {one.answer["content"] if one.answer else None for one in found}
    return found[0] if len(contents) == 1 and None not in contents else None


def as_told(found: Sequence[Reading]) -> tuple[dict[str, Any], ...]:
    """Return the readings as they are shown, with the months in which they differ."""
    months = [one.answer["months"] for one in found if one.answer]
    keys = {key for each in months for key in each}
    differing = frozenset(k for k in keys if len({each.get(k) for each in months}) > 1)
    return tuple(one.as_dict(differing) for one in found)


def sums(totals: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the totals of all meters together, by commodity."""
    found: dict[tuple[str, str], Any] = {}
    for total in totals:
        key = (total["commodity"], total["unit"])
        found[key] = found.get(key, 0) + total["quantity"]
    return [
        {"commodity": commodity, "quantity": quantity, "unit": unit}
        for (commodity, unit), quantity in found.items()
    ]


def posted_in(connection: sa.Connection, number: int) -> dict[str, Any]:
    """Return what a batch holds, to compare readings by: a hash, and the sums of each month."""
    content = connection.execute(sa.select(batch.c.content_hash).where(batch.c.id == number))
    months = {
        (row.meter, row.commodity, row.local_month): (int(row.micro), row.unit)
        for row in connection.execute(MONTHS, {"batch": number})
    }
    return {"content": content.scalar() or "", "months": months}
