"""Which activity, purpose and technology each label of the UK conversion factors is."""

from packing import slug

FUELS = {
    "Natural gas": "natural_gas",
    "LNG": "lng",
    "LPG": "lpg",
    "Diesel (average biofuel blend)": "diesel",
    "Petrol (average biofuel blend)": "gasoline",
    "Burning oil": "kerosene",
    "Fuel oil": "fuel_oil",
    "Naphtha": "naphtha",
    "Petroleum coke": "petroleum_coke",
    "Coal (industrial)": "raw_coal",
}
CUBIC = ("natural_gas",)
"""Shipped commodities that are counted in cubic metres; the others of FUELS are in kilograms."""
UNITS = {
    "tonnes": "t",
    "kg": "kg",
    "litres": "L",
    "cubic metres": "m3",
    "kWh (Net CV)": "kWh",
    "kWh (Gross CV)": "kWh",
    "kWh": "kWh",
    "passenger.km": "pkm",
    "tonne.km": "tkm",
    "Room per night": "night",
    "km": "km",
    "per FTE Working Hour": "h",
}
BASES = {"kWh (Net CV)": "ncv", "kWh (Gross CV)": "gcv"}
MEASURES = {"t": ("mass", "kg"), "kg": ("mass", "kg"), "L": ("volume", "L"), "m3": ("volume", "m3")}
TREATMENTS = {
    "Closed-loop": "recycling",
    "Open-loop": "recycling_open_loop",
    "Incineration with Energy Recovery": "energy_recovery",
    "Combustion": "energy_recovery",
    "Landfill": "landfill",
    "Composting": "composting",
    "Anaerobic digestion": "anaerobic_digestion",
}
WASTES = {"Commercial and industrial waste": "solid_waste"}
FLIGHTS = {
    "Domestic, to/from UK": "travel_air_domestic",
    "Short-haul, to/from UK": "travel_air_short",
    "Long-haul, to/from UK": "travel_air_long",
    "International, to/from non-UK": "travel_air_international",
}
PLAIN = {
    "freight_road": ("HGV (all diesel)", "All HGVs", "", "Average laden"),
    "freight_rail": ("Rail", "Freight train", "", ""),
    "freight_sea": ("Cargo ship", "Container ship", "Average", ""),
    "freight_air": ("Freight flights", "Long-haul, to/from UK", "", "With RF"),
    "travel_air_domestic": ("Flights", "Domestic, to/from UK", "Average passenger", "With RF"),
    "travel_air_short": ("Flights", "Short-haul, to/from UK", "Average passenger", "With RF"),
    "travel_air_long": ("Flights", "Long-haul, to/from UK", "Average passenger", "With RF"),
    "travel_air_international": (
        "Flights", "International, to/from non-UK", "Average passenger", "With RF"),
    "travel_sea": ("Ferry", "Average (all passenger)", "", ""),
    "travel_bus": ("Bus", "Average local bus", "", ""),
    "travel_rail": ("Rail", "National rail", "", ""),
    "travel_car": ("", "", "", ""),
}  # fmt: skip
"""Which row answers for a service of which nothing more is known."""
DRIVEN = {
    "cars (by size)": ("car", "Average car", "Unknown"),
    "motorbike": ("motorbike", "Average", ""),
    "taxis": ("taxi", "Regular taxi", ""),
    "vans": ("van", "Average (up to 3.5 tonnes)", "Unknown"),
    "hgv (all diesel)": ("hgv", "All HGVs", "Average laden"),
    "hgv refrigerated (all diesel)": ("hgv_refrigerated", "All HGVs", "Average laden"),
    "hgvs refrigerated (all diesel)": ("hgv_refrigerated", "All HGVs", "Average laden"),
}
"""What a family of vehicles is called, and which kind stands for all of it."""
ELECTRIC = ("Plug-in Hybrid Electric Vehicle", "Battery Electric Vehicle")
SERVICES = {
    "Vans": "freight_road",
    "HGV (all diesel)": "freight_road",
    "HGV refrigerated (all diesel)": "freight_road",
    "Freight flights": "freight_air",
    "Sea tanker": "freight_sea",
    "Cargo ship": "freight_sea",
    "Ferry": "travel_sea",
    "Taxis": "travel_car",
    "Bus": "travel_bus",
}
COUNTRIES = {
    "UK": "GB", "UK (London)": "GB", "Argentina": "AR", "Australia": "AU", "Austria": "AT",
    "Belgium": "BE", "Brazil": "BR", "Canada": "CA", "Chile": "CL", "China": "CN",
    "Colombia": "CO", "Costa Rica": "CR", "Czech Republic": "CZ", "Egypt": "EG", "Fiji": "FJ",
    "Finland": "FI", "France": "FR", "Germany": "DE", "Greece": "GR", "Hong Kong, China": "HK",
    "India": "IN", "Indonesia": "ID", "Ireland": "IE", "Israel": "IL", "Italy": "IT",
    "Japan": "JP", "Jordan": "JO", "Kazakhstan": "KZ", "Korea": "KR", "Macau, China": "MO",
    "Malaysia": "MY", "Maldives": "MV", "Mexico": "MX", "Netherlands": "NL", "New Zealand": "NZ",
    "Oman": "OM", "Panama": "PA", "Peru": "PE", "Philippines": "PH", "Poland": "PL",
    "Portugal": "PT", "Qatar": "QA", "Romania": "RO", "Russian Federation": "RU",
    "Saudi Arabia": "SA", "Singapore": "SG", "South Africa": "ZA", "Spain": "ES",
    "Switzerland": "CH", "Taiwan, China": "TW", "Thailand": "TH", "Turkey": "TR",
    "United Arab Emirates": "AE", "United States": "US", "Vietnam": "VN", "Slovakia": "SK",
    "South Korea": "KR", "Macau": "MO", "Hong Kong": "HK", "Taiwan": "TW", "Russia": "RU",
    "Hong Kong (China)": "HK", "Macau (China)": "MO", "Taiwan (China)": "TW",
}  # fmt: skip
OWN_UNITS = {
    "travel_sea": ("pkm", "Travel by ferry"),
    "travel_air_domestic": ("pkm", "Flights within the United Kingdom"),
    "travel_air_international": ("pkm", "Flights between other countries"),
    "heat_distribution": ("GJ", "Losses of district heat and steam"),
}


def driven(family: str, kind: str, last: str) -> tuple[str, str] | None:
    """Return code and name of a vehicle whose kilometres are counted; None of market segments."""
    if family.lower() not in DRIVEN:
        return None
    vehicle, *plain = DRIVEN[family.lower()]
    name = " ".join(filter(None, (family, kind, last)))
    if [kind, last] == plain:
        return f"{vehicle}_km", f"Kilometres driven: {name}"
    return f"{vehicle}_km_{slug(f'{kind} {last}')}", f"Kilometres driven: {name}"


def service(family: str, kind: str, detail: str, last: str) -> tuple[str, str]:
    """Return activity and technology of a service; "" is the row that stands for all of it."""
    if family == "Rail":
        activity = "freight_rail" if kind == "Freight train" else "travel_rail"
    elif family == "Flights":
        activity = FLIGHTS[kind]
    else:
        activity = SERVICES[family]
    labels = (family, kind, detail, last)
    if labels == PLAIN[activity]:
        return activity, ""
    parts = labels[1:] if family in ("Flights", "Rail", "Bus", "Taxis", "Ferry") else labels
    return activity, slug(" ".join(filter(None, parts)))
