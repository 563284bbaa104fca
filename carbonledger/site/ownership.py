"""What the reporting company holds of an account: `equity`, `financial_control` and the like.

The keys of the table hold always; `[[account."…".ownership]]` states what changes from a day on. An
inside account without them is held as the one above it.
"""

from decimal import Decimal

from carbonledger.calc.model import Ownership
from carbonledger.site.fields import Section, decimal_of

OWNERSHIP_KEYS = ("equity", "financial_control", "operational_control", "ownership")
DATED_KEYS = ("valid_from", *OWNERSHIP_KEYS[:3])
JOINT = "joint"
ALL = Decimal(100)


def read_ownership(section: Section) -> tuple[Ownership, ...]:
    """Return what a table states of the company's hold on an account, ascending in days."""
    found = {} if _blank(always := _held(section, 0)) else {0: always}
    for index in range(_count(section)):
        dated = _dated(section, index)
        dated.allow(*DATED_KEYS)
        dated.need("valid_from")
        one = _held(dated, dated.day("valid_from"))
        if one.valid_from in found:
            dated.fault("valid_from", "is the day of another table of this account")
        elif _blank(one):
            dated.fault("", f"states nothing; give {', '.join(DATED_KEYS[1:])}")
        found[one.valid_from] = one
    return tuple(one for _, one in sorted(found.items()))


def _count(section: Section) -> int:
    value = section.table.get("ownership", [])
    if isinstance(value, list):
        return len(value)
    section.fault("ownership", "must be tables: ownership = [{ valid_from = …, equity = … }]")
    return 0


def _dated(section: Section, index: int) -> Section:
    rows = section.table["ownership"]
    row = rows[index] if isinstance(rows, list) else {}
    path = (*section.path, "ownership", index)
    if isinstance(row, dict):
        return Section(section.source, path, row)
    section.fault("ownership", "must be tables: ownership = [{ valid_from = …, equity = … }]")
    return Section(section.source, path, {"valid_from": "1900-01-01", "equity": "100%"})


def _held(section: Section, day: int) -> Ownership:
    return Ownership(
        day,
        _equity(section),
        _control(section, "financial_control", JOINT),
        _control(section, "operational_control"),
    )


def _blank(one: Ownership) -> bool:
    return one.equity is None and not one.financial_control and not one.operational_control


def _equity(section: Section) -> Decimal | None:
    """Return a share in per cent, written `"40%"`; None when absent or at fault."""
    value = section.table.get("equity")
    if value is None:
        return None
    number = (
        decimal_of(value[:-1].strip()) if isinstance(value, str) and value[-1:] == "%" else None
    )
    if number is None or number > ALL:
        section.fault("equity", 'must be a share from 0 to 100 per cent, like "40%"')
        return None
    return number


def _control(section: Section, key: str, *words: str) -> str:
    """Return `true`, `false` or one of some words; "" when absent or at fault."""
    value = section.table.get(key)
    if value is None or value in words:
        return str(value or "")
    if isinstance(value, bool):
        return str(value).lower()
    also = "".join(f', or "{word}"' for word in words)
    section.fault(key, f"must be true or false, without quotes{also}")
    return ""
