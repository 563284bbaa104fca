"""The command reconcile: why methods give different totals of the same entries."""

from typing import Any

from cli_plant import Plant

# 1,000 MWh from the grid in Liaoning in 2023, of which certificates cover 400.
RECORDS = """start,end,from,to,commodity,quantity,unit
2023-03-01,2023-03-31,grid,park/works,electricity,1000000,kWh
2023-03-01,2023-03-31,market,park,gec_wind,400,MWh
"""


def reconciled(plant: Plant, *more: str) -> dict[str, Any]:
    (plant.folder / "bought.csv").write_text(RECORDS, "utf-8")
    plant.ask("import", str(plant.folder / "bought.csv"))
    asked = ("reconcile", "--period", "2023", "--methods", "ghg-protocol,cn-zero-carbon-park")
    answer: dict[str, Any] = plant.ask(*asked, *more)
    return answer


def test_the_factor_and_the_certificates_lead_from_the_one_total_to_the_other(
    plant: Plant,
) -> None:
    answer = reconciled(plant)

    # 0.4878 by the province, without certificates; 0.8325 of what they leave, by the park rule.
    assert {one["method"]: float(one["t_co2e"]) for one in answer["totals"]} == {
        "ghg-protocol@2015": 487.8,
        "cn-zero-carbon-park@2025": 499.5,
    }
    (pair,) = answer["pairs"]
    assert [(line["cause"], float(line["change_t"])) for line in pair["lines"]] == [
        ("instrument", -333.0),
        ("factor", 344.7),
    ]
    assert (float(pair["difference_t"]), pair["remainder_t"]) == (11.7, 0)


def test_the_table_says_it_in_both_languages(plant: Plant) -> None:
    reconciled(plant, "--basis", "market")
    asked = ("reconcile", "--period", "2023", "--methods", "ghg-protocol,cn-zero-carbon-park")

    text = plant.text(*asked, "--basis", "market")

    # 0.6096 by the residual mix: certificates count the same under both, the factor does not.
    assert "From ghg-protocol@2015 to cn-zero-carbon-park@2025:" in text
    assert "Left unexplained: 0 t" in text
    assert "绿证与合同" in plant.text("--lang", "zh", *asked)


def test_one_method_cannot_be_reconciled_with_itself(plant: Plant) -> None:
    error = plant.refused("reconcile", "--period", "2023", "--methods", "ghg-protocol,ghg-protocol")

    assert error["code"] == "reconcile"
    assert "--methods" in error["hint"]


# The works belong to the company by 40 %.
SHARES = """
[account."park/works"]
kind = "facility"
equity = "40%"
"""


def test_two_ways_to_consolidate_lead_from_the_one_total_to_the_other(plant: Plant) -> None:
    site = plant.folder / "site.toml"
    old = '[account."park/works"]\nkind = "facility"\n'
    site.write_text(site.read_text("utf-8").replace(old, SHARES), "utf-8")
    plant.ask("site", "apply", str(site))
    reconciled(plant)
    asked = ("reconcile", "--period", "2023", "--consolidation", "equity,operational")

    answer = plant.ask(*asked, "--methods", "ghg-protocol,cn-zero-carbon-park")
    (pair,) = answer["pairs"]
    # 40 % of 487.8 t; 60 % more; then the factor and the certificates as before.
    assert float(pair["first_t"]) == 195.12
    assert [(line["cause"], float(line["change_t"])) for line in pair["lines"]] == [
        ("consolidation", 292.68),
        ("instrument", -333.0),
        ("factor", 344.7),
    ]
    assert (float(pair["second_t"]), pair["remainder_t"]) == (499.5, 0)
    text = plant.text(*asked, "--methods", "ghg-protocol,ghg-protocol")
    assert "From ghg-protocol@2015 (equity) to ghg-protocol@2015 (operational):" in text


def test_a_method_that_rounds_what_it_reports(plant: Plant) -> None:
    rules = plant.text("methods", "show", "ghg-protocol")
    rounding = '[rounding]\nplaces = "0"\nmode = "half_even"\nclause = "our own"\n\n'
    rules = rules.replace('edition = "2015"', 'edition = "whole"', 1)
    begin = rules.index("[name]")
    (plant.folder / "ours.toml").write_text(rules[:begin] + rounding + rules[begin:], "utf-8")
    plant.ask("methods", "load", "ours.toml")
    reconciled(plant)

    answer = plant.ask("reconcile", "--period", "2023",
                       "--methods", "ghg-protocol@2015,ghg-protocol@whole")  # fmt: skip

    (pair,) = answer["pairs"]
    assert [(line["cause"], float(line["change_t"])) for line in pair["lines"]] == [
        ("rounding", 0.2)
    ]
    assert (float(pair["first_t"]), float(pair["second_t"])) == (487.8, 488)
    assert pair["remainder_t"] == 0


def test_approaches_that_do_not_fit_the_methods(plant: Plant) -> None:
    asked = ("reconcile", "--period", "2023", "--methods", "ghg-protocol,gb-t-32150")
    for approaches, said in (("equity,equity,financial", "3 approaches"), ("shares", "'shares'")):
        error = plant.refused(*asked, "--consolidation", approaches)
        assert error["code"] == "reconcile"
        assert said in error["message"]
