"""The packs made of published tables: the tools make the very bytes that ship, from the same tables."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
EGRID = "factors/egrid_lookup_2025.xlsx"
USEEIO = "lca/useeio_supply_chain_factors_v1.2_2021usd.csv"
UK_FLAT_2023 = "factors/uk_desnz_2023_flat.xlsx"
MADE = {
    "uk-desnz-2024": ("pack_uk_desnz.py", "factors/uk_desnz_2024_condensed.xlsx", UK_FLAT_2023),
    "us-egrid-2024": ("pack_us_egrid.py", EGRID, "2024"),
    "us-egrid-2025": ("pack_us_egrid.py", EGRID, "2025"),
    "us-useeio-1.2": ("pack_us_useeio.py", USEEIO),
    "us-epa-fuels-2013": ("pack_us_epa_fuels.py", "emissions/epa_fuel_emission_factors.csv"),
    "uk-desnz-2023": ("pack_uk_desnz.py", UK_FLAT_2023),
    "uk-desnz-2025": ("pack_uk_desnz.py", "factors/uk_desnz_2025_flat.xlsx"),
}


@pytest.mark.parametrize("name", MADE)
def test_a_pack_is_made_again_byte_for_byte(name: str, shared_data: Path, tmp_path: Path) -> None:
    tool, table, *rest = MADE[name]
    more = [str(shared_data / one) if "/" in one else one for one in rest]
    command = [sys.executable, str(CHECKOUT / "tools" / tool), str(shared_data / table)]
    subprocess.run([*command, str(tmp_path), *more], check=True, timeout=120)
    shipped = CHECKOUT / "factors" / name
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in shipped.iterdir()}
