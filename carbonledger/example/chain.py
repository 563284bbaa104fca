"""The material chain: rubber → masterbatch → compound → green tyres → tyres, in kilograms.

What enters a process leaves it as product or as waste. Recipes are shares of mass; real tyres of
the two sizes differ, here one recipe serves both.
"""

from dataclasses import dataclass

import numpy as np

from carbonledger.example import plant
from carbonledger.example.draw import Ints, draw
from carbonledger.example.year import DAYS, month_of_day

# Waste of each process in thousandths of its product.
WASTE = {"curing": 9, "building": 12, "mixing": 4, "rubber-works": 3}
# Recipes, in thousandths of what enters the process.
BUILDING = {"compound": 820, "steel_cord": 150, "textile_cord": 30}
MIXING = {"masterbatch": 880, "rubber_chemicals": 120}
RUBBER_WORKS = {"natural_rubber": 380, "synthetic_rubber": 270, "carbon_black": 350}
SOLD_OUTSIDE = 150
"""Masterbatch that the rubber works sell to others, thousandths of what mixing takes."""


@dataclass(frozen=True, slots=True)
class Chain:
    """True masses and pieces of each day.

    Attributes:
        tyres: pieces of each size.
        kg: mass of each day by commodity and, for masterbatch, by buyer.
        waste_kg: mass of waste of each day by process.
    """

    tyres: dict[str, Ints]
    kg: dict[str, Ints]
    waste_kg: dict[str, Ints]


def run(rate: Ints) -> Chain:
    """Work back from the tyres to what each process must take in."""
    made = plant.tyres(rate)
    cured = sum(
        (count * plant.TYRE_HECTOGRAMS[code] for code, count in made.items()),
        np.zeros(DAYS, dtype=np.int64),
    )
    product = {"curing": cured // 10}
    kg: dict[str, Ints] = {}
    waste: dict[str, Ints] = {}
    _step(product, waste, "curing")
    kg["green-tyre"] = product["building"] = product["curing"] + waste["curing"]
    taken = _step(product, waste, "building")
    _recipe(kg, taken, BUILDING)
    product["mixing"] = kg["compound"]
    taken = _step(product, waste, "mixing")
    _recipe(kg, taken, MIXING)
    kg["masterbatch-sold"] = kg["masterbatch"] * SOLD_OUTSIDE // 1000
    product["rubber-works"] = kg["masterbatch"] + kg["masterbatch-sold"]
    taken = _step(product, waste, "rubber-works")
    _recipe(kg, taken, RUBBER_WORKS)
    return Chain(made, kg, waste)


def _step(product: dict[str, Ints], waste: dict[str, Ints], process: str) -> Ints:
    """Add the waste of a process and return what it takes in."""
    varied = WASTE[process] * (900 + draw(f"waste {process}", DAYS, 201))
    waste[process] = product[process] * varied // 1_000_000
    return product[process] + waste[process]


def _recipe(kg: dict[str, Ints], taken: Ints, recipe: dict[str, int]) -> None:
    """Split what a process takes in by its recipe; the last part takes what rounding leaves."""
    *heads, last = recipe
    left = taken
    for code in heads:
        kg[code] = taken * recipe[code] // 1000
        left = left - kg[code]
    kg[last] = left


def by_month(days: Ints) -> tuple[int, ...]:
    """Return the sums of the twelve months of a series of days."""
    months = month_of_day()
    return tuple(int(days[months == month].sum()) for month in range(1, 13))
