"""What the codes of ESPI mean: units, ways of counting, qualifiers and qualities.

Source: NAESB REQ.21 (ESPI), schema espiDerived.xsd as published by the Green Button Alliance: types
UomType, AccumulationBehaviourType, DataQualifierType, FlowDirectionType and QualityOfReading.
"""

from collections.abc import Mapping
from typing import NamedTuple

# uom: unit as the registry of units spells it, and whether it is an amount or a power.
UNITS = {
    "31": ("J", "energy"), "38": ("W", "power"), "42": ("m3", "energy"), "72": ("Wh", "energy"),
    "119": ("ft3", "energy"), "128": ("US_gal", "energy"), "130": ("imp_gal", "energy"),
    "132": ("Btu", "energy"), "134": ("L", "energy"), "169": ("therm", "energy"),
}  # fmt: skip
# What is no amount of energy or volume, by name.
OTHERS = {
    "0": "no unit (uom 0)", "5": "A", "29": "V", "33": "Hz", "61": "VA", "63": "VAr",
    "65": "power factor", "67": "V2", "69": "A2", "71": "VAh", "73": "VArh", "106": "Ah",
    "122": "ft3/h", "125": "m3/h", "129": "US_gal/h", "131": "imp_gal/h", "133": "Btu/h",
    "137": "L/h", "140": "Pa", "155": "Pa",
}  # fmt: skip
SERVICES = {
    "0": "electricity", "1": "gas", "2": "water", "3": "time", "4": "heat", "5": "refuse",
    "6": "sewerage", "7": "rates", "8": "television", "9": "internet",
}  # fmt: skip
FLOWS = {"1": "delivered", "4": "net", "19": "received", "20": "total"}
# dataQualifier: normal, a sum or nothing said; an average is one of power only.
PLAIN, AVERAGE, NORMAL_SUM = ("", "0", "12"), "2", "26"
QUALIFIERS = {
    "2": "averages", "4": "amounts over a threshold", "5": "a threshold", "7": "a threshold",
    "8": "highest values", "9": "lowest values", "11": "nominal values",
    "16": "second highest values", "17": "second lowest values", "23": "third highest values",
    "24": "fourth highest values", "25": "fifth highest values",
}  # fmt: skip
# accumulationBehaviour: a register that rolls over, or the amount of each interval.
BULK, DELTA = "1", "4"
BEHAVIOURS = {
    "2": "continuous cumulative demand", "3": "cumulative demand of earlier billing periods",
    "10": "delayed values", "13": "values that latch at their highest",
    "14": "values that stop at a bound",
}  # fmt: skip
# quality of a reading: our word, the worse of several first; 15 is adjusted to the weather.
WEATHER = "15"
QUALITIES = {
    "10": "questionable", "12": "projected", "8": "estimated", "9": "estimated",
    "7": "substituted", "11": "derived", "13": "mixed", "16": "other", "17": "validated",
    "0": "actual", "14": "actual", "18": "actual", "19": "actual",
}  # fmt: skip
WORST = tuple(QUALITIES)
LONGEST_CODE = 20


class Meaning(NamedTuple):
    """What the values of a reading type are.

    Attributes:
        unit: as the registry of units spells it.
        quantity: energy, power or register; "" where it cannot be read, or not yet.
        out: why they are no amount and are left out.
        ask: what the user must state before they can be read.
        ways: what the quantity may be, where that alone is open.
    """

    unit: str
    quantity: str
    out: str = ""
    ask: str = ""
    ways: tuple[str, ...] = ()


def meaning(fields: Mapping[str, str], unit: str, quantity: str) -> Meaning:
    """Tell what values are by the fields of their reading type.

    Args:
        fields: of the reading type.
        unit: as the profile states it for types that state none; "" for nothing.
        quantity: as the profile states it, for types that leave it open.
    """
    uom, qualifier = fields.get("uom", ""), fields.get("dataQualifier", "")
    if uom in OTHERS or (uom and uom not in UNITS):
        return Meaning("", "", out=OTHERS.get(uom, f"uom {uom}"))
    if qualifier in QUALIFIERS and not (uom == "38" and qualifier == AVERAGE):
        return Meaning("", "", out=f"{QUALIFIERS[qualifier]} (dataQualifier {qualifier})")
    if fields.get("accumulationBehaviour", "") in BEHAVIOURS:
        code = fields["accumulationBehaviour"]
        return Meaning("", "", out=f"{BEHAVIOURS[code]} (accumulationBehaviour {code})")
    if not uom:
        return _without_uom(fields, unit, quantity)
    found, kind = UNITS[uom]
    if kind == "power":
        return _of_power(found, qualifier, quantity)
    return _of_amount(found, fields.get("accumulationBehaviour", ""), quantity)


def _without_uom(fields: Mapping[str, str], unit: str, quantity: str) -> Meaning:
    if not unit:
        ask = 'its reading type states no unit (uom): state it, as unit = "therm"'
        return Meaning("", "", ask=ask)
    if quantity == "power":
        return Meaning(unit, "power")
    return _of_amount(unit, fields.get("accumulationBehaviour", ""), quantity)


def _of_power(unit: str, qualifier: str, quantity: str) -> Meaning:
    if qualifier == AVERAGE or quantity == "power":
        return Meaning(unit, "power")
    ask = (
        "power that is not said to be the mean of its interval (dataQualifier 2); where it is, "
        'state quantity = "power"'
    )
    return Meaning(unit, "", ask=ask)


def _of_amount(unit: str, behaviour: str, quantity: str) -> Meaning:
    said = {BULK: "register", DELTA: "energy"}.get(behaviour)
    if said or quantity in ("energy", "register"):
        return Meaning(unit, said or quantity)
    code = f"accumulationBehaviour {behaviour}" if behaviour else "no accumulationBehaviour"
    ask = (
        f"{code} does not say whether a value is the amount of its interval or a register: state "
        'quantity = "energy" or "register"'
    )
    return Meaning(unit, "", ask=ask, ways=("energy", "register"))


def worst(codes: list[str]) -> str:
    """Return the code of several qualities that counts: the worst; one not known above all."""
    unknown = [code for code in codes if code not in QUALITIES]
    return unknown[0] if unknown else min(codes, key=WORST.index, default="")


def words(code: str) -> str:
    """Return our word for a quality of ESPI; a code not known is kept as it is."""
    return QUALITIES.get(code, f"quality {code[:LONGEST_CODE]}") if code else ""
