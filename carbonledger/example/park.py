"""The park as it truly was in 2024, before any meter got it wrong."""

from dataclasses import dataclass

from carbonledger.example import chain, heat, plant, power, weather


@dataclass(frozen=True, slots=True)
class Park:
    """Everything that flowed.

    Attributes:
        power: electricity of each 15 minutes.
        heat: steam and gas of each 15 minutes, water of each hour.
        chain: products, materials and waste of each day.
    """

    power: power.Power
    heat: heat.Heat
    chain: chain.Chain


def simulate() -> Park:
    """Work out the year; the same figures every time."""
    rate = plant.day_rate()
    celsius_tenths = weather.temperature()
    steam_mj = heat.steam(rate, celsius_tenths)
    loads, curing_ticks = power.lines(rate)
    loads["boiler-house"] = power.boiler_house(steam_mj["curing"] + steam_mj["rubber-works"])
    loads["office"] = power.office(celsius_tenths)
    return Park(power.supply(loads, curing_ticks), heat.flows(rate, steam_mj), chain.run(rate))
