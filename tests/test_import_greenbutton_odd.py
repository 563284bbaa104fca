"""Feeds of Green Button that are odd: readings that are none, links, lines, entities, summaries."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from greenbutton_kit import (
    FIRST,
    HOUR,
    MAP,
    WH,
    block,
    books,
    entry,
    feed,
    hours,
    leaves,
    meter_reading,
    one,
    point,
    reading,
    reading_type,
    reasons,
)
from ingest_kit import Meter

from carbonledger.ingest.formats import greenbutton_batch, greenbutton_feed
from carbonledger.ingest.source import Source


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (reading("1709251200.5", 1), "the start is no whole number of seconds since 1970 UTC"),
        (reading("1e9", 1), "the start is no whole number of seconds since 1970 UTC"),
        (reading("", 1), "the reading states no start, and its block or type no interval to place "
                         "it by"),
        (reading("-9999999999", 1), "the start lies before 1900 or behind 2199"),
        (reading("99999999999999", 1), "the start lies before 1900 or behind 2199"),
        (reading("9" * 40, 1), "the start is no whole number of seconds since 1970 UTC"),
        (reading(FIRST, 1, -HOUR), "the duration is not above zero"),
        (reading(FIRST, 1, 0), "the duration is not above zero"),
        (reading(FIRST, 1, "1h"), "the duration is no whole number of seconds"),
        (reading(FIRST, 1, "99999999999"), "the reading ends behind 2199"),
        (reading(FIRST, 1, more="<value>2</value>"),
         "the reading has more than one value or time"),
        (reading(FIRST, "1,5"), "“1,5” does not fit decimal sign “.” and no thousands sign"),
    ],
)  # fmt: skip
def test_readings_that_are_none(tmp_path: Path, bad: str, said: str) -> None:
    text = one(hours(1000).replace("<IntervalReading>", bad + "<IntervalReading>", 1))

    refused = books(tmp_path).refused(text, MAP, name="a.xml")

    assert (refused.code, reasons(refused)) == ("rejects", [said])
    line = refused.problems[0].line
    assert line == text[: text.index(bad)].count("\n") + bad[: bad.index("<value>")].count("\n") + 1


def test_equal_readings_twice_are_counted_and_unequal_ones_refused(tmp_path: Path) -> None:
    ledger = books(tmp_path)
    twice = [hours(1000, 2000), hours(1000)]

    refused = ledger.refused(one(*twice, hours(1001)), MAP, name="a.xml")
    answer = ledger.take(one(*twice), MAP, "a.xml")

    assert refused.code == "rejects"
    assert ledger.sum() == 3
    assert answer["warnings"] == ["1 rows repeat another row with the same value"]


def test_intervals_that_overlap_are_refused(tmp_path: Path) -> None:
    """Two bills that begin at the same second, and an hour within a day."""
    same = block(reading(FIRST, 5, 29 * 24 * HOUR), reading(FIRST, 7, 30 * 24 * HOUR))
    within = block(reading(FIRST, 5, 24 * HOUR), reading(FIRST + 2 * HOUR, 7, HOUR))

    for rows in (same, within):
        refused = books(tmp_path).refused(one(rows), MAP, name="a.xml")
        assert refused.code == "rejects"


def test_a_summary_is_compared_with_the_readings_and_not_used(tmp_path: Path) -> None:
    """Two hours of 3 kWh in all: one summary says so, the other says 5."""
    summary = [
        entry("UsageSummary", f"<billingPeriod><duration>7200</duration><start>{FIRST}</start>"
              "</billingPeriod><overallConsumptionLastPeriod><powerOfTenMultiplier>3"
              f"</powerOfTenMultiplier><uom>72</uom><value>{kwh}</value>"
              "</overallConsumptionLastPeriod>", "", "/UsagePoint/1/UsageSummary")
        for kwh in (3, 5)
    ]  # fmt: skip
    ledger = books(tmp_path)

    answer = ledger.take(one(hours(1000, 2000), *summary), MAP, "a.xml")

    assert ledger.sum() == 3
    assert answer["warnings"] == [
        "line 14: the summary states 5000 Wh of Hall from 2024-03-01T00:00:00Z to "
        "2024-03-01T02:00:00Z; the file's own readings there, 2 of 2 hours, come to 3000 Wh: the "
        "readings are posted"
    ]


@pytest.mark.parametrize(("offset", "says"), [("0", 0), ("-18000", 1), ("18000", 1)])
def test_a_local_time_that_is_not_the_meters(tmp_path: Path, offset: str, says: int) -> None:
    local = entry("LocalTimeParameters", f"<tzOffset>{offset}</tzOffset>")

    answer = books(tmp_path).take(one(local, hours(1000)), MAP, "a.xml")

    assert sum("local time" in warning for warning in answer["warnings"]) == says


def test_blocks_whose_links_lead_nowhere(tmp_path: Path) -> None:
    lost = block(reading(FIRST, 5), of=9, point=9)
    two = feed(point(), meter_reading(1), meter_reading(2), reading_type(), hours(1000), lost)

    refused = books(tmp_path).refused(two, '[meters]\n"1/1" = "HALL"\n', name="a.xml")
    alone = books(tmp_path / "b")
    alone.take(one(lost), MAP, "a.xml")

    assert reasons(refused) == ["the links of the block lead to no meter reading"]
    # With one meter reading in the file there is nothing to confuse.
    assert alone.sum() == Decimal("0.005")


def test_links_may_lead_back(tmp_path: Path) -> None:
    """Meter readings that name their point and are named by their type, two of each."""
    ledger = books(tmp_path, Meter("A", timezone="UTC"), Meter("B", timezone="UTC"))
    parts = []
    for name in "ab":
        up = f"/meter/{name}"
        parts += [
            entry("UsagePoint", "", f"/point/{name}", title=name),
            entry("MeterReading", "", up, "", f"/point/{name}"),
            entry("ReadingType", leaves(WH | {"powerOfTenMultiplier": str("ab".index(name))}),
                  f"/type/{name}", "", up),
            entry("IntervalBlock", reading(FIRST, 1000), f"{up}/IntervalBlock/1"),
        ]  # fmt: skip

    ledger.take(feed(*parts), '[meters]\na = "A"\nb = "B"\n', "a.xml")

    assert [ledger.sum(meter=code) for code in "AB"] == [1, 10]


def test_a_feed_of_a_type_and_its_readings(tmp_path: Path) -> None:
    """Small feeds have no entries of points and meter readings, and no links."""
    ledger = books(tmp_path)
    bare = feed(entry("ReadingType", leaves(WH)), entry("IntervalBlock", reading(FIRST, 1000)))

    ledger.take(bare, '[meters]\n"MeterReading 1" = "HALL"\n', "a.xml")

    assert ledger.sum() == 1


def test_links_match_by_their_path(tmp_path: Path) -> None:
    """Some links state the host, some do not."""
    ledger = books(tmp_path)
    text = one(hours(1000)).replace('rel="self" href="/', 'rel="self" href="https://a.example/')

    ledger.take(text, MAP, "a.xml")

    assert ledger.sum() == 1


def pieces(text: str, size: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(greenbutton_feed, "PIECE", size)
    monkeypatch.setattr(greenbutton_batch, "ROWS", 3)
    return text


@pytest.mark.parametrize("size", [1, 7, 50, 333, 1000])
def test_pieces_of_any_size_give_the_same(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks are taken apart wherever a piece of the file ends."""
    ledger = books(tmp_path)
    text = one(hours(*range(1000, 24000, 1000)), block(reading(FIRST + 23 * HOUR, 24000)))

    ledger.take(pieces(text, size, monkeypatch), MAP, "a.xml")

    assert ledger.values("HALL") == list(range(1, 25))


def test_no_more_of_a_block_is_held_than_a_piece_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block of 5,000 readings, in pieces of 10 kB: about 60 readings at a time."""
    path = tmp_path / "a.xml"
    path.write_text(pieces(one(hours(*range(5000))), 10_000, monkeypatch), "utf-8")

    with Source(path) as source:
        sizes = [len(part.element) for part in greenbutton_feed.blocks(source)]

    assert sum(sizes) == 5000
    assert max(sizes) < 150


def test_claims_of_many_readings_make_none(tmp_path: Path) -> None:
    """An interval of a thousand million seconds, a reading a second, and one reading there."""
    ledger = books(tmp_path)
    interval = f"<interval><duration>{10**9}</duration><start>{FIRST}</start></interval>"
    bare = "<IntervalReading><value>7000</value></IntervalReading>"

    answer = ledger.take(one(block(bare, interval=interval), intervalLength="1"), MAP, "a.xml")

    assert answer["readings"] == 1
    assert ledger.sum() == 7


@pytest.mark.parametrize("size", [200, 2_000_000])
def test_texts_beyond_all_sense(tmp_path: Path, size: int) -> None:
    for text in (one(hours("9" * size)), one(block(reading("9" * size, 1)))):
        refused = books(tmp_path).refused(text, MAP, name="a.xml")

        assert (refused.code, len(refused.problems)) == ("rejects", 1)
        assert len(refused.message) + len(str(refused.problems[0])) < 2000


def test_lines_are_right_in_long_files(tmp_path: Path) -> None:
    """Parsers count lines in 16 bits; the last value stands in line 80,010 or so."""
    rows = [reading(FIRST + n * 60, 1, 60) for n in range(19999)]
    text = one(block(*rows), block(reading("soon", 1)))

    refused = books(tmp_path).refused(text, MAP, name="a.xml")

    where = text.index("soon")
    assert [p.line for p in refused.problems] == [text[:where].count("\n") + 2]
    assert refused.problems[0].line > 1 << 16


BOMB = """<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">
    <!ENTITY d SYSTEM "file:///etc/hostname">]>"""


def broken() -> Iterable[tuple[str, str]]:
    good = one(hours(1000))
    yield "a bomb", feed(point(title="&c;"), hours("&c;"), before=BOMB)
    yield "a file of the machine", feed(point(title="&d;"), before=BOMB)
    yield "a document type", feed(point(), before="<!DOCTYPE feed>")
    yield "cut", good[: len(good) // 2]
    yield "not closed", good.replace("</entry>", "", 1)
    yield "an unknown entity", good.replace("Hall", "&hall;")
    yield "another root", good.replace("<feed", "<food").replace("</feed", "</food")


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in broken()])
def test_what_is_no_feed_that_can_be_read(tmp_path: Path, text: str) -> None:
    """Entities are neither expanded nor fetched: a feed that declares some is refused."""
    assert books(tmp_path).refused(text, MAP, name="a.xml").code == "file-malformed"


def test_a_feed_without_meter_readings(tmp_path: Path) -> None:
    assert books(tmp_path).refused(feed(point()), MAP, name="a.xml").code == "file-empty"


def test_an_entry_that_swells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greenbutton_feed, "MOST_HELD", 1 << 20)
    link = '<link rel="related" href="/a"/>\n' * 60_000

    refused = books(tmp_path).refused(feed(f"<entry>{link}</entry>"), MAP, name="a.xml")

    assert refused.code == "file-too-large"


@pytest.mark.parametrize("text", ['<?xml version="1.0"?><rss>1</rss>', "<rss><a>1</a></rss>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_other_xml_is_refused_with_the_kinds_that_are_read(
    tmp_path: Path, text: str, encoding: str
) -> None:
    refused = books(tmp_path).refused(text, name="a.xml", encoding=encoding)

    assert (refused.code, "Green Button" in refused.hint, "ENTSO-E" in refused.hint) == (
        "file-kind", True, True,
    )  # fmt: skip


def test_utf16(tmp_path: Path) -> None:
    ledger = books(tmp_path)

    ledger.take(one(hours(1000)).replace('"UTF-8"', '"UTF-16"'), MAP, "a.xml", encoding="utf-16")

    assert ledger.sum() == 1
