"""The table `[scope_3]`: what a site states of its value chain, see docs/calculation/scope-3.md."""

from collections.abc import Iterable, Mapping

from carbonledger.errors import FactorRefused
from carbonledger.factors.scope3 import Statement, read_statement, statement_text
from carbonledger.factors.tables import Table
from carbonledger.site.fields import FloatText, Section

TABLE = "scope_3"
PATTERN = frozenset("*?[")


def read_stated(document: Section, accounts: Iterable[str], commodities: Iterable[str]) -> str:
    """Return the table as it is posted; "" when absent or at fault.

    Args:
        document: the whole file.
        accounts: codes of all accounts, to tell a misspelt one.
        commodities: codes of all commodities.
    """
    raw = document.table.get(TABLE)
    if raw is None:
        return ""
    section = document.inside(TABLE)
    plain = _plain(raw)
    if not isinstance(plain, dict):
        return ""
    try:
        statement = read_statement(Table(plain, TABLE))
        text = statement_text(plain)
    except FactorRefused as refusal:
        section.fault("", refusal.message)
        return ""
    _check(section, statement, tuple(accounts), tuple(commodities))
    return text


def _plain(value: object) -> object:
    """Write numbers as the file has them: as text, so that no digit is lost."""
    if isinstance(value, FloatText):
        return value.text
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _check(
    section: Section, statement: Statement, accounts: tuple[str, ...], commodities: tuple[str, ...]
) -> None:
    """Note a fault where a rule names an account or commodity that there is not."""
    for rule in statement.flows:
        for key, code, known in (
            ("account", rule.account, accounts),
            ("within", rule.within, accounts),
            ("commodity", rule.commodity, commodities),
        ):
            if code and code not in known and not PATTERN & set(code):
                section.fault("flow", f"there is no {key} {code!r}{section.nearest(code, known)}")
