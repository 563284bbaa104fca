"""The tables `[expect."…"]`: what must arrive, from whom and by when."""

from collections.abc import Collection
from dataclasses import dataclass

from carbonledger.calc.model import Expectation
from carbonledger.ledger.schema import FREQUENCIES
from carbonledger.site.declared import DeclaredExpectation
from carbonledger.site.fields import Section, unclean

EXPECT_KEYS = (
    "meter", "commodity", "from", "to", "every", "since", "until", "due_days", "owner", "whole",
    "note",
)  # fmt: skip
LONGEST_NAME = 120
LONGEST_NOTE = 1000
MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Codes:
    """What an expectation may refer to."""

    accounts: Collection[str]
    commodities: Collection[str]
    meters: Collection[str]


def read_expectations(document: Section, known: Codes) -> dict[str, DeclaredExpectation]:
    """Return every expectation of a file by its name."""
    found = {}
    for section in document.sections("expect"):
        name = str(section.path[-1])
        reason = unclean(name, LONGEST_NAME)
        if reason:
            section.fault("", f"the name of what is expected {reason}")
        found[name] = DeclaredExpectation(_expectation(section, known), section.line)
    return found


def _expectation(section: Section, known: Codes) -> Expectation:
    section.allow(*EXPECT_KEYS)
    section.need("every", "since", "due_days", "owner")
    since, until = section.day("since"), section.day("until")
    if until and until < since:
        section.fault("until", "lies before since")
    _check_what(section)
    return Expectation(
        code=str(section.path[-1]),
        meter=_one_of(section, "meter", "meter", known.meters),
        commodity=_one_of(section, "commodity", "commodity", known.commodities),
        source=_one_of(section, "from", "account", known.accounts),
        target=_one_of(section, "to", "account", known.accounts),
        frequency=section.choice("every", FREQUENCIES),
        since=since,
        until=until or None,
        due_days=section.integer("due_days", 0, MOST_DAYS) or 0,
        owner=section.text("owner"),
        whole=section.flag("whole"),
        note=section.text("note", LONGEST_NOTE),
    )


def _check_what(section: Section) -> None:
    """Note a fault unless it is a meter, or a commodity with an account it leaves or reaches."""
    records = [key for key in ("commodity", "from", "to") if key in section.table]
    if "meter" in section.table:
        for key in (*records, *(("whole",) if "whole" in section.table else ())):
            section.fault(key, "is for records; a meter says itself what it measures")
    elif "commodity" not in records or len(records) == 1:
        section.fault(
            "",
            "names neither a meter nor records: write meter, or commodity with from or to or both",
        )


def _one_of(section: Section, key: str, what: str, codes: Collection[str]) -> str:
    code = section.text(key)
    if code and code not in codes:
        section.fault(key, f"unknown {what} {code!r}{section.nearest(code, codes)}")
        return ""
    return code
