"""Colours that stay apart for colour-blind readers and in grey print, and mean one thing each.

Hues are chosen after Wong, "Points of view: Color blindness", Nature Methods 8 (2011) 441, with
lightness stepped so that neighbours in a stack differ in grey too.
"""

OF_CODE = {
    "electricity": "#2b6ca3",
    "natural_gas": "#e69f00",
    "lng": "#e69f00",
    "steam": "#a63d57",
    "heat": "#a63d57",
    "diesel": "#7b5ea7",
    "gasoline": "#9c86c2",
    "fuel_oil": "#5a4380",
    "lpg": "#c9a6d8",
    "raw_coal": "#3d3d3d",
    "anthracite": "#3d3d3d",
    "bituminous_coal": "#555555",
    "coke": "#6b6b6b",
    "coke_oven_gas": "#8c6d4f",
    "blast_furnace_gas": "#b59b7c",
    "biomass": "#5c9c6c",
    "hydrogen": "#6fc0c9",
    "own_renewable": "#f0c541",
    "solar_pv": "#f0c541",
    "sun": "#f0c541",
    "wind": "#7cc0e8",
    "hydro": "#3f8fc4",
    "certificates": "#0f8a68",
    "rest": "#b9bec4",
    "loss": "#b9bec4",
    "1": "#d55e00",
    "2": "#2b6ca3",
    "2_location": "#2b6ca3",
    "2_market": "#7cb3da",
    "3": "#7d8590",
    "biogenic": "#0f8a68",
}
OTHERS = ("#2b6ca3", "#e69f00", "#0f8a68", "#c9736f", "#7cc0e8", "#7b5ea7", "#3d3d3d", "#b59b7c")
FOLDED = "#d3d7db"


def colours(codes: tuple[str, ...]) -> dict[str, str]:
    """Give every code a colour: its own where it has one, else the next that is still free."""
    given = {code: OF_CODE[code] for code in codes if code in OF_CODE}
    free = [colour for colour in OTHERS if colour not in given.values()] or list(OTHERS)
    unknown = [code for code in codes if code not in OF_CODE]
    given.update({code: free[i % len(free)] for i, code in enumerate(unknown)})
    return given
