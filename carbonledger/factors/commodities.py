"""What ships so that a site need not declare it: commodities and outside accounts."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from carbonledger.calc.model import Account, Commodity
from carbonledger.errors import FactorRefused
from carbonledger.factors.csv_table import Row, read_table
from carbonledger.resources import folder

COMMODITY_COLUMNS = ("code", "kind", "unit", "mass_kg", "name_en", "name_zh", "note")
ACCOUNT_COLUMNS = ("code", "kind", "technology", "treatment", "name_en", "name_zh")


@cache
def shipped_commodities() -> tuple[Commodity, ...]:
    """Return the commodities that every ledger knows, sorted by code.

    Units are canonical: electricity kWh; heat and steam GJ; gases used as fuel m3 at 0 °C and
    101.325 kPa; other fuels, waste, gases and pollutants kg; water m3; money CNY; certificates
    MWh (1 certificate of the Chinese system is 1,000 kWh: 国能发新能规〔2024〕67号).

    Raises:
        FactorRefused: the installed table is damaged.
    """
    rows = _rows("commodities.csv", COMMODITY_COLUMNS)
    return tuple(sorted(map(_commodity, rows), key=lambda commodity: commodity.code))


@cache
def commodity_notes() -> Mapping[str, str]:
    """Return what must be said of a shipped commodity (reference state and the like), by code.

    Raises:
        FactorRefused: the installed table is damaged.
    """
    rows = _rows("commodities.csv", COMMODITY_COLUMNS)
    return {row.cells["code"]: row.cells["note"] for row in rows if row.cells["note"]}


@cache
def shipped_outside_accounts() -> tuple[Account, ...]:
    """Return the accounts beyond the boundary that every ledger knows, sorted by code.

    Raises:
        FactorRefused: the installed table is damaged.
    """
    rows = _rows("outside_accounts.csv", ACCOUNT_COLUMNS)
    return tuple(sorted(map(_account, rows), key=lambda account: account.code))


def _rows(name: str, columns: tuple[str, ...]) -> list[Row]:
    path = Path(folder("factors")) / name
    rows, faults = read_table(name, path.read_bytes(), columns, ())
    if faults:
        raise FactorRefused(
            f"{path}: the installed table cannot be read",
            hint="Install the program again.",
            problems=faults,
        )
    return rows


def _commodity(row: Row) -> Commodity:
    cells = row.cells
    mass = Decimal(cells["mass_kg"]) if cells["mass_kg"] else None
    return Commodity(cells["code"], cells["kind"], cells["unit"], mass, _names(cells))


def _account(row: Row) -> Account:
    cells = row.cells
    return Account(
        code=cells["code"],
        outside=True,
        kind=cells["kind"],
        technology=cells["technology"],
        treatment=cells["treatment"],
        name=_names(cells),
    )


def _names(cells: dict[str, str]) -> dict[str, str]:
    return {"en": cells["name_en"], "zh": cells["name_zh"]}
