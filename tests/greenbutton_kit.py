"""Feeds of Green Button for the tests: entries with their links, blocks and readings."""

from pathlib import Path

from ingest_kit import Books, Meter, utc

HALL = Meter("HALL", timezone="UTC")
MAP = """
    [meters]
    Hall = "HALL"
    """
FIRST = utc("2024-03-01 00:00")
HOUR = 3600
WH = {"accumulationBehaviour": "4", "flowDirection": "1", "uom": "72", "powerOfTenMultiplier": "0"}


def leaves(fields: dict[str, str]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())


def entry(
    kind: str, body: str, href: str = "", up: str = "", *related: str, title: str = ""
) -> str:
    links = "".join(
        f'<link rel="{rel}" href="{link}"/>'
        for rel, link in (("self", href), ("up", up), *(("related", one) for one in related))
        if link
    )
    content = f'<content><{kind} xmlns="http://naesb.org/espi">{body}</{kind}></content>'
    return f"<entry>{links}<title>{title}</title>{content}</entry>\n"


def point(number: int = 1, title: str = "Hall", service: int = 0) -> str:
    href = f"/UsagePoint/{number}"
    body = f"<ServiceCategory><kind>{service}</kind></ServiceCategory>"
    return entry("UsagePoint", body, href, "/UsagePoint", f"{href}/MeterReading", title=title)


def meter_reading(number: int = 1, of: int = 1, kind: int = 1, title: str = "") -> str:
    up = f"/UsagePoint/{of}/MeterReading"
    href = f"{up}/{number}"
    related = (f"{href}/IntervalBlock", f"/ReadingType/{kind}")
    return entry("MeterReading", "", href, up, *related, title=title)


def reading_type(number: int = 1, /, **fields: str) -> str:
    stated = {name: value for name, value in (WH | fields).items() if value}
    return entry("ReadingType", leaves(stated), f"/ReadingType/{number}", "/ReadingType")


def reading(start: object, value: object, seconds: object = HOUR, more: str = "") -> str:
    period = f"<timePeriod><duration>{seconds}</duration><start>{start}</start></timePeriod>"
    return f"<IntervalReading>\n{more}{period}\n<value>{value}</value>\n</IntervalReading>\n"


def block(*readings: str, of: int = 1, point: int = 1, interval: str = "") -> str:
    up = f"/UsagePoint/{point}/MeterReading/{of}/IntervalBlock"
    return entry("IntervalBlock", interval + "".join(readings), f"{up}/1", up)


def hours(*values: object) -> str:
    return block(*(reading(FIRST + n * HOUR, value) for n, value in enumerate(values)))


def feed(*parts: str, before: str = "") -> str:
    head = f'<?xml version="1.0" encoding="UTF-8"?>{before}'
    space = 'xmlns="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi"'
    return f"{head}<feed {space}>\n{''.join(parts)}</feed>"


def one(*readings: str, **fields: str) -> str:
    """Return a feed of one meter with these parts, its type last."""
    return feed(point(), meter_reading(), *readings, reading_type(**fields))


def books(folder: Path, *meters: Meter) -> Books:
    return Books(folder / "p", *(meters or (HALL,)))


def reasons(refused: object) -> list[str]:
    return [problem.reason for problem in getattr(refused, "problems", ())]


def quality(*codes: int) -> str:
    return "".join(f"<ReadingQuality><quality>{code}</quality></ReadingQuality>" for code in codes)
