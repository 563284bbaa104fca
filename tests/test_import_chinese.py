"""Text that is valid GB18030: Chinese, or another encoding that only happens to be valid."""

from pathlib import Path

import pytest
from ingest_kit import Books, Meter

from carbonledger.ingest.chinese import is_chinese

ROWS = "2024-03-01 00:00{0}1\n2024-03-01 00:15{0}2\n"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "park", Meter("M-1"), Meter("Wärme"))


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("Zeitstempel;Wärme", "latin-1"),
        ("Zeitstempel;Verbrauch größter Zähler", "cp1252"),
        ("Horodatage;Énergie réactive", "latin-1"),
        ("time;Temperature °C x", "latin-1"),
        ("czas;Zużycie ciepła", "cp1250"),
        ("Дата;Расход", "cp1251"),
        ("시간;전력량", "euc-kr"),
        ("日時;電力量", "euc-jp"),
        ("日時;電力量", "shift-jis"),
    ],
)
def test_what_is_no_chinese_is_refused(books: Books, header: str, encoding: str) -> None:
    data = f"{header}\n{ROWS.format(';')}".encode(encoding)
    assert data.decode("gb18030"), "it is valid"

    error = books.refused(data, profile='meter = "M-1"\n[columns]\ntime = 1\nvalue = 2')

    assert error.code == "encoding"
    assert "which is no Chinese" in error.message
    assert 'encoding = "latin-1"' in error.hint


def test_latin_1_is_read_where_the_profile_says_so(books: Books) -> None:
    data = f"time;Wärme\n{ROWS.format(';')}".encode("latin-1")
    books.take(data, profile='encoding = "latin-1"')
    assert books.values("Wärme") == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "表号,采集时间,用电量",
        "时间,1#锅炉,给水泵",
        "璞泰来,瓴盛,时间,数值",
        "喆堃镕,电表",
        "鞍钢股份,除尘风机",
        "Wind Direction (°)",
        "time,m³,€",
        "power（kw）",
    ],
)
def test_what_is_chinese_is_taken_for_it(text: str) -> None:
    assert is_chinese(text.encode("gb18030").decode("gb18030"))


def test_gb18030_of_the_rarest_hanzi_is_read_where_the_profile_says_so(books: Books) -> None:
    data = f"time,搪瓷镀锌\n{ROWS.format(',')}".encode("gb18030")

    assert books.refused(data, profile='[meters]\n"搪瓷镀锌" = "M-1"').code == "encoding"
    books.take(data, profile='encoding = "gb18030"\n[meters]\n"搪瓷镀锌" = "M-1"')

    assert books.values() == [1, 2]
