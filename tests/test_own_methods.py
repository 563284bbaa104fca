"""Methods of a user's own, and places for which no pack of China holds a factor."""

from collections import defaultdict
from decimal import Decimal

import pytest
from cli_plant import Plant

# A plant in California; eGRID2023 prints 198.06321476 kg CO2, 11.3398 g CH4 and 1.360776 g N2O per
# MWh for its subregion: 198.751087 kg CO2e with 27.9 and 273 (AR6).
SITE = """
[site]
code = "plant"
timezone = "America/Los_Angeles"
region = "US-CAMX"
"""
RECORDS = """start,end,from,to,commodity,quantity,unit
2023-01-01,2023-01-31,grid,plant,electricity,10000,MWh
2023-01-01,2023-01-31,market,plant,gec_wind,4000,MWh
"""


def posted(user: Plant) -> None:
    (user.folder / "site.toml").write_text(SITE, "utf-8")
    (user.folder / "records.csv").write_text(RECORDS, "utf-8")
    user.ask("site", "apply", "site.toml")
    user.ask("import", "records.csv")
    user.ask("factors", "load", "us-egrid@2025")


def test_a_plant_in_another_country_counts_the_packs_of_the_ledger(user: Plant) -> None:
    posted(user)
    answer = user.ask("inventory", "--period", "2023")
    scopes, by_gas = answer["scopes"], defaultdict[str, dict[str, Decimal]](dict)
    for line in answer["lines"]:
        by_gas[line["scope"]][line["gas"]] = line["co2e_kg"]
    assert round(scopes["2_location"], 3) == Decimal("1987.511")
    # No residual mix is printed for the nation: what certificates leave counts the average.
    assert round(scopes["2_market"], 3) == Decimal("1192.507")
    assert by_gas["2_location"] == {
        "ch4": Decimal("3163.8042"), "co2": Decimal("1980632.1476"), "n2o": Decimal("3714.91848"),
    }  # fmt: skip


def test_a_method_of_ones_own_says_otherwise(user: Plant) -> None:
    """It takes the residual mix of the subregion, 229.05 kg CO2e/MWh for 2022 in the edition before."""
    posted(user)
    user.ask("factors", "load", "us-egrid@2024")
    rules = user.text("methods", "show", "ghg-protocol@2015")
    begin = rules.index("[search.residual]")
    rest = rules[begin:].replace('regions = ["nation"]', 'regions = ["province", "nation"]', 1)
    rules = rules[:begin] + rest
    own = user.folder / "ours.toml"
    own.write_text(rules.replace('edition = "2015"', 'edition = "residual"', 1), "utf-8")
    answer = user.ask("methods", "load", "ours.toml")
    assert (answer["method"], answer["edition"]) == ("ghg-protocol", "residual")
    assert not answer["posted_before"]
    again = user.ask("methods", "load", "ours.toml")
    assert (again["batch"], again["posted_before"]) == (answer["batch"], True)
    found = user.ask("inventory", "--period", "2023", "--method", "ghg-protocol@residual")
    assert round(found["scopes"]["2_market"], 2) == Decimal("1374.32")
    # The shipped edition stays as it is: the residual mix of the nation, 386.25 kg CO2e/MWh.
    shipped = user.ask("inventory", "--period", "2023", "--method", "ghg-protocol@2015")
    assert round(shipped["scopes"]["2_market"], 2) == Decimal("2317.50")
    assert user.ask("verify")["ok"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('kind = "organisation"', 'kind = "household"', "method"),
        ('code = "ghg-protocol"', 'code = "scope-3.plant"', "method"),
        ('code = "ghg-protocol"', 'code = "a,b"', "method"),
        ('gwp_set = "AR6"', 'gwp_set = "AR5"', "method-edition"),
    ],
)
def test_what_is_no_method_or_another_of_its_name_is_refused(
    old: str, new: str, code: str, user: Plant
) -> None:
    rules = user.text("methods", "show", "ghg-protocol@2015")
    assert old in rules
    (user.folder / "ours.toml").write_text(rules.replace(old, new, 1), "utf-8")
    before = user.ask("log")
    assert user.refused("methods", "load", "ours.toml")["code"] == code
    assert user.ask("log") == before


def test_tier_1_of_the_ipcc_where_no_nation_has_factors(user: Plant) -> None:
    """1,000 t of gas oil in Kenya: 43 TJ × 74,100, 3 and 0.6 kg; wood is biogenic but for CH4."""
    (user.folder / "site.toml").write_text(
        SITE.replace("America/Los_Angeles", "Africa/Nairobi").replace("US-CAMX", "KE")
        + '[commodity."wood"]\nkind = "biofuel"\nunit = "kg"\n',
        "utf-8",
    )
    (user.folder / "records.csv").write_text(
        "start,end,from,to,commodity,quantity,unit\n"
        "2023-01-01,2023-01-31,supplier,plant,diesel,1000,t\n"
        "2023-01-01,2023-01-31,supplier,plant,wood,100,t\n",
        "utf-8",
    )
    user.ask("site", "apply", "site.toml")
    user.ask("import", "records.csv")
    user.ask("factors", "load", "ipcc-fuels@2006")
    found = user.ask("inventory", "--period", "2023")
    kg = {(one["commodity"], one["gas"]): one["mass_kg"] for one in found["lines"]}
    assert kg["diesel", "co2"] == 3_186_300
    assert (kg["diesel", "ch4"], kg["diesel", "n2o"]) == (129, Decimal("25.8"))
    assert (kg["wood", "ch4"], kg["wood", "n2o"]) == (Decimal("46.8"), Decimal("6.24"))
    assert found["biogenic_t"] == Decimal("174.72")
