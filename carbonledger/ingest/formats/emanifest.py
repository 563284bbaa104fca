"""Hazardous waste manifests of the US EPA (e-Manifest, JSON): each waste line is a record.

From the generator to the designated facility, on the day of shipping. The letters of the units are
those of EPA Form 8700-22 and of the public schema `emanifest.json` 1.3: G is no gram and K no
kelvin. A volume becomes a mass only by a density that the profile or the manifest itself states.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from carbonledger.ingest.formats import Cells, Flaw
from carbonledger.ingest.formats.json_text import Text
from carbonledger.ingest.formats.streams import malformed, refuse_others
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.profile import Profile
from carbonledger.ingest.source import Source

# Letter of the form: unit of the ledger, and litres where it is a volume
# (EPA, emanifest.json 1.3, QuantityUnitsOfMeasurement; the litres: NIST SP 811 (2008) B.8).
UNITS = {
    "G": ("US_gal", Fraction("3.785411784")), "L": ("L", Fraction(1)),
    "Y": ("yd3", Fraction("764.554857984")), "N": ("m3", Fraction(1000)),
    "K": ("kg", None), "M": ("t", None), "P": ("lb", None), "T": ("short_ton", None),
}  # fmt: skip
VOLUMES = frozenset(unit for unit, litres in UNITS.values() if litres is not None)
KG_PER_LB = Fraction("0.45359237")
# Densities of the biennial report: pounds a gallon, or relative to water.
OWN_DENSITY = {"1": KG_PER_LB / Fraction("3.785411784"), "2": Fraction(1)}
# The schema requires these of a waste line, as true or false.
FLAGS = ("dotHazardous", "epaWaste", "pcb", "br")
NUMBER = re.compile(r"\d{9}[A-Z]{3}")
FINAL = ("Signed", "Corrected", "UnderCorrection")
COLUMNS = ("start", "end", "from", "to", "commodity", "quantity", "unit", "document_no", "quality",
           "note")  # fmt: skip
KEYS = ("constants", "accounts", "emanifest")
# Dates of paper manifests are given as midnight of this zone.
OFFICE = ZoneInfo("America/New_York")
DIGITS = 9


@dataclass(frozen=True, slots=True)
class Waste:
    """A waste line and the manifest around it.

    Attributes:
        place: which waste line of the file, from 1.
        line: the waste line.
        manifest: the manifest.
    """

    place: int
    line: dict[str, Any]
    manifest: dict[str, Any]

    def text(self, *names: str) -> str:
        """Return the text at a path of the waste line, "" where there is none."""
        return _text(self.line, *names)

    @property
    def number(self) -> str:
        """Tracking number of the manifest, "" where it has none yet."""
        said = _text(self.manifest, "manifestTrackingNumber")
        return said if NUMBER.fullmatch(said) else ""

    @property
    def codes(self) -> dict[str, list[str]]:
        """Codes of the waste by who gives them."""
        found = self.line.get("hazardousWaste")
        lists = found if isinstance(found, dict) else {}
        state = ("tsdfStateWasteCodes", "generatorStateWasteCodes", "txWasteCodes")
        return {
            "federal": _codes(lists, ("federalWasteCodes",)),
            "state": _codes(lists, state),
            "management": [c for c in (self.text("managementMethod", "code"),) if c],
            "dot": [c for c in (self.text("dotInformation", "idNumber", "code"),) if c],
        }

    def names(self) -> list[str]:
        """Return the names by which a profile may speak of this waste, the closest first."""
        own = [f"{self.number}/{self.text('lineNumber')}"] if self.number else []
        return own + [code for codes in self.codes.values() for code in codes]


def layout(source: Source, profile: Profile, meters: frozenset[str]) -> Layout:  # noqa: ARG001
    """Say that the file holds records, and which manifests are not final.

    Raises:
        ImportRefused: the profile has keys of no use here, or the file is no manifest.
    """
    refuse_others(profile, "emanifest", KEYS, source.path)
    open_ones = {
        f"manifest {one.number or 'without a number'} is {status}: it may still change"
        for one in _wastes(source)
        if (status := _text(one.manifest, "status")) not in FINAL
    }
    places: dict[str, tuple[int, ...]] = {role: (n,) for n, role in enumerate(COLUMNS)}
    return Layout(
        source.path, "utf-8", "", COLUMNS, 0, profile, "records", places,
        remarks=tuple(sorted(open_ones)), reader="emanifest", whole_days=True,
    )  # fmt: skip


def rows(source: Source, layout: Layout) -> Iterator[Cells | Flaw]:
    """Yield a record for each waste line; what stands for a line is its place in the file."""
    for waste in _wastes(source):
        reasons = _reasons(waste)
        if reasons:
            yield Flaw(waste.place, "wastes", _shown(waste), "; ".join(reasons))
        else:
            yield _record(waste, layout.profile)


def _wastes(source: Source) -> Iterator[Waste]:
    text = Text(source)
    place = 0
    while text.sign():
        found = text.value()
        for manifest in found if isinstance(found, list) else [found]:
            lines = manifest.get("wastes") if isinstance(manifest, dict) else None
            if not isinstance(lines, list):
                raise malformed(source.path, "it holds a manifest without its wastes")
            for line in lines:
                place += 1
                yield Waste(place, line if isinstance(line, dict) else {}, manifest)


def _shown(waste: Waste) -> str:
    said = waste.text("wasteDescription") or waste.text("dotInformation", "printedDotInformation")
    return f"{waste.number} line {waste.text('lineNumber')} {said}".strip()


def _reasons(waste: Waste) -> list[str]:
    """Return why a waste line is none by the schema of the EPA."""
    found = [
        f"{flag} is neither true nor false, as the schema of the e-Manifest requires"
        for flag in FLAGS
        if not isinstance(waste.line.get(flag), bool)
    ]
    letter = waste.text("quantity", "unitOfMeasurement", "code")
    if letter not in UNITS:
        found.append(f"{letter!r} is no unit of a manifest: {', '.join(UNITS)}")
    if not waste.text("quantity", "quantity"):
        found.append("it states no quantity")
    if not waste.text("lineNumber").isdecimal():
        found.append("it has no lineNumber")
    if waste.manifest.get("rejection") is True:
        found.append("the facility rejected the shipment; record what was received by hand")
    return found


def _record(waste: Waste, profile: Profile) -> Cells | Flaw:
    constants = profile.constants
    commodity, mapped = _commodity(waste, profile)
    day = _day(waste)
    start = day or constants.get("start", "")
    end = day or constants.get("end", start)
    if not start:
        reason = 'the manifest has no date of shipping; state [constants] start = "2024-03-01"'
        return Flaw(waste.place, "shippedDate", _shown(waste), reason)
    quantity, unit, how = _mass(waste, profile)
    if unit in VOLUMES and not mapped:
        reason = (
            f"{quantity} {unit} is a volume, and {commodity} is booked in kg: state the density "
            f'with its source: [emanifest.density."{(waste.names() or ["D001"])[0]}"]'
        )
        return Flaw(waste.place, "quantity", quantity, reason)
    cells = {
        "start": start, "end": end, "commodity": commodity, "quantity": quantity, "unit": unit,
        "from": _account(waste, "generator", profile, "from"),
        "to": _account(waste, "designatedFacility", profile, "to"),
        "document_no": _document(waste, constants.get("document_no", "")),
        "quality": constants.get("quality", ""), "note": "; ".join([*_notes(waste), *how]),
    }  # fmt: skip
    return waste.place, [cells[role] for role in COLUMNS]


def _document(waste: Waste, stated: str) -> str:
    """Return the number of a record: that of the manifest, and the line behind the first."""
    number = waste.number or stated
    line = waste.text("lineNumber")
    if line == "1":
        return number
    return f"{number}/{line}" if number else f"line {line}"


def _account(waste: Waste, party: str, profile: Profile, role: str) -> str:
    """Return the account of a party: by its EPA id, else the one the profile states for all."""
    site = _text(waste.manifest, party, "epaSiteId")
    return profile.accounts.get(site) or profile.constants.get(role) or site


def _commodity(waste: Waste, profile: Profile) -> tuple[str, bool]:
    """Return what a waste is booked as, and whether the profile says so."""
    stated = profile.emanifest.get("commodity", {})
    found = next((stated[key] for key in waste.names() if key in stated), None)
    found = found or profile.constants.get("commodity")
    return found or "hazardous_waste", found is not None


def _mass(waste: Waste, profile: Profile) -> tuple[str, str, list[str]]:
    """Return quantity and unit of a waste, in kg where a density is known, and how."""
    said = waste.text("quantity", "quantity")
    letter = waste.text("quantity", "unitOfMeasurement", "code")
    unit, litres = UNITS[letter]
    density, source = _density(waste, profile)
    if litres is None or density is None or not _plain(said):
        return said, unit, []
    mass = Fraction(said) * litres * density
    return _decimal(mass), "kg", [f"{said} {letter} by {source}"]


def _density(waste: Waste, profile: Profile) -> tuple[Fraction | None, str]:
    """Return kilograms a litre, and where they are stated."""
    stated = profile.emanifest.get("density", {})
    for key in waste.names():
        if key in stated:
            value = stated[key]["kg_per_l"]
            return Fraction(value), f"{value} kg/L ({stated[key]['source']})"
    value = waste.text("brInfo", "density")
    kind = waste.text("brInfo", "densityUnitOfMeasurement", "code")
    if _plain(value) and kind in OWN_DENSITY:
        words = "lb/gal" if kind == "1" else "relative to water"
        return Fraction(value) * OWN_DENSITY[kind], f"{value} {words} (the manifest)"
    return None, ""


def _plain(text: str) -> bool:
    return bool(re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text))


def _decimal(number: Fraction) -> str:
    """Return a number as decimal text, rounded half even to nine digits behind the point."""
    whole = round(number * 10**DIGITS)
    text = format(Decimal(whole).scaleb(-DIGITS), "f")
    return text.rstrip("0").rstrip(".")


def _notes(waste: Waste) -> list[str]:
    found = [f"{who} {' '.join(codes)}" for who, codes in waste.codes.items() if codes]
    residue = waste.line.get("discrepancyResidueInfo")
    if isinstance(residue, dict) and residue.get("wasteQuantity") is True:
        found.append("the facility states another quantity")
    return found


def _day(waste: Waste) -> str:
    """Return the instant or date of shipping: as stated, or of the generator's signature."""
    generator = waste.manifest.get("generator")
    signed = generator.get("electronicSignaturesInfo") if isinstance(generator, dict) else None
    dates = [
        _text(waste.manifest, "shippedDate"),
        *(_text(one, "signatureDate") for one in (signed if isinstance(signed, list) else [])),
        _text(waste.manifest, "generator", "paperSignatureInfo", "signatureDate"),
    ]
    text = next((date for date in dates if date), "")
    try:
        moment = datetime.fromisoformat(text)
        office = moment.astimezone(OFFICE)
    except (ValueError, OverflowError):
        return text
    if moment.tzinfo is None:
        return text
    if office - office.replace(hour=0, minute=0, second=0, microsecond=0) < timedelta(seconds=1):
        return office.date().isoformat()
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: Any, *names: str) -> str:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None or isinstance(value, dict | list | bool) else str(value).strip()


def _codes(lists: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    found = [one for name in names if isinstance(lists.get(name), list) for one in lists[name]]
    return [text for one in found if (text := _text({"c": one}, "c") or _text(one, "code"))]
