"""Colours that stay apart for every reader and mean one thing each.

The seven carriers a park has most often were chosen by search: whichever two meet in a chart, their
distance in CIE L*a*b* is more than 25, for normal sight and for red- and green-blind readers (seen
through the model of Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009) 1291).
"""

OF_CODE = {
    "electricity": "#285f9c",
    "natural_gas": "#fbc333",
    "lng": "#fbc333",
    "steam": "#c45b7c",
    "heat": "#c45b7c",
    "diesel": "#bca2dc",
    "gasoline": "#9a7fc4",
    "fuel_oil": "#5a4380",
    "lpg": "#c9a6d8",
    "raw_coal": "#2a2a2e",
    "anthracite": "#2a2a2e",
    "bituminous_coal": "#4a4a50",
    "coke": "#6b6b6b",
    "coke_oven_gas": "#8c6d4f",
    "blast_furnace_gas": "#b59b7c",
    "biomass": "#518935",
    "hydrogen": "#c4ece6",
    "own_renewable": "#f0c541",
    "solar_pv": "#f0c541",
    "sun": "#f0c541",
    "wind": "#7cc0e8",
    "hydro": "#3f8fc4",
    "certificates": "#0f8a68",
    "rest": "#b9bec4",
    "loss": "#b9bec4",
    "1": "#d55e00",
    "2": "#285f9c",
    "2_location": "#285f9c",
    "2_market": "#7cb3da",
    "3": "#565d66",
    "biogenic": "#0f8a68",
}
OTHERS = (
    "#285f9c", "#fbc333", "#518935", "#c45b7c", "#bca2dc", "#2a2a2e", "#c4ece6", "#a5703c",
)  # fmt: skip
FOLDED = "#d3d7db"


def colours(codes: tuple[str, ...]) -> dict[str, str]:
    """Give every code a colour: its own where it has one, else the next that is still free.

    `upstream:natural_gas` has the colour of its last part, unless another code has it already.
    """
    given: dict[str, str] = {}
    for code in codes:
        own = OF_CODE.get(code) or OF_CODE.get(code.rpartition(":")[2], "")
        if own and own not in given.values():
            given[code] = own
    free = [colour for colour in OTHERS if colour not in given.values()] or list(OTHERS)
    unknown = [code for code in codes if code not in given]
    given.update({code: free[i % len(free)] for i, code in enumerate(unknown)})
    return {code: given[code] for code in codes}
