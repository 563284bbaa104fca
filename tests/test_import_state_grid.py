"""Exports of Chinese grid companies: titles, text formulas, several registers a row, totals.

The words are those of state-grid exports (DL/T 645-2007 names of registers); the first file is made
after one of them.
"""

from decimal import Decimal
from pathlib import Path

import pytest
from ingest_kit import Books, Meter, kwh

from carbonledger.errors import ImportUndecided

pytestmark = pytest.mark.both_databases

ID = "00010008419851"
REGISTER = Meter(ID, reads="register", digits=6, multiplier="6000")
EXPORT = """\
某轮胎公司电量明细,,,,,,,
表号,抄表时间,正向有功总,尖,峰,平,谷,倍率
="00010008419851",2026/10/31 24:00,999990.50,100000.10,300000.20,299990.10,300000.10,6000
="00010008419851",2026/11/1 24:00,12.70,100004.10,300010.40,299998.20,300000.00,6000
合计,,,,,,,
"""


def gb(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("gb18030")


def said(warnings: list[str], part: str) -> str:
    found = [warning for warning in warnings if part in warning]
    assert len(found) == 1, warnings
    return found[0]


def test_an_export_with_a_register_that_turns(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", REGISTER)

    answer = books.take(gb(EXPORT))

    # (12.70 + 1,000,000 - 999,990.50) x 6,000
    total = answer["totals"][0]
    assert (total["quantity"], total["unit"]) == (Decimal(133200), "kWh")
    assert (total["first"], total["last"]) == ("2026-10-31T16:00:00Z", "2026-11-01T16:00:00Z")
    warnings = answer["warnings"]
    assert "某轮胎公司电量明细" in said(warnings, "before the table")
    assert "合计" in said(warnings, "totals are no readings")
    assert "谷 fell from 300000.10 to 300000.00" in said(warnings, "ran backwards")
    assert "尖, 峰, 平, 谷" in said(warnings, "registers not posted")
    # 4.00 + 10.20 + 8.10 - 0.10 = 22.20: the tariffs add up all the same.
    assert not [w for w in warnings if "sums of the tariffs" in w]


def test_tariffs_that_do_not_add_up(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", REGISTER)

    answer = books.take(gb(EXPORT.replace("300010.40", "300011.40")))

    assert "23.20 where the total says 22.20" in said(answer["warnings"], "sums of the tariffs")


def test_another_multiplier_than_the_declared_one(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", REGISTER)

    error = books.refused(gb(EXPORT.replace(",6000", ",600")))

    assert error.code == "rejects"
    assert [(fault.line, fault.column, fault.text) for fault in error.problems] == [
        (3, "倍率", "600"), (4, "倍率", "600"),
    ]  # fmt: skip
    assert "declared is 6000" in error.problems[0].reason


def test_a_register_declared_as_a_meter_of_its_own(tmp_path: Path) -> None:
    feed_in = Meter(f"{ID}/反向有功总", reads="register", digits=6, multiplier="6000")
    books = Books(tmp_path / "park", REGISTER, feed_in)
    text = f"""\
电能表资产编号,数据时间,正向有功总(kWh),反向有功总(kWh)
{ID},2026-11-01 00:00:00,10.00,1.00
{ID},2026-11-02 00:00:00,12.00,1.50
"""

    answer = books.take(text)

    assert {t["meter"]: t["quantity"] for t in answer["totals"]} == {
        ID: Decimal(12000), f"{ID}/反向有功总": Decimal(3000)
    }  # fmt: skip


def test_a_head_of_two_lines_with_its_unit_above(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter(ID, reads="register"))
    text = f"""\
用电信息采集系统
单位：万千瓦时
表号,日期,正向有功,,,
,,总,峰,平,谷
{ID},2026-11-01,1.10,0.30,0.40,0.40
{ID},2026-11-02,1.20,0.35,0.42,0.43
"""

    answer = books.take(text)

    assert answer["totals"][0]["quantity"] == Decimal(1000)
    assert "unit 万千瓦时" in said(answer["warnings"], "as stated above")
    assert not [w for w in answer["warnings"] if "sums of the tariffs" in w]


def test_a_total_that_agrees_and_one_that_does_not(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter("1号"), Meter("2号"))
    text = """\
表号,日期,时间,用电量(度)
1号,2026-11-01,00:00,1.5
1号,2026-11-01,01:00,2.5
小计,,,4.0
2号,2026-11-01,00:00,3
2号,2026-11-01,01:00,3
合计,,,11.0
"""

    answer = books.take(text)

    assert books.months("1号") == {"2026-11": kwh("4")}
    assert books.months("2号") == {"2026-11": kwh("6")}
    checks = [(c["line"], c["label"], c["agrees"]) for c in answer["checks"]]
    assert checks == [(7, "合计", False)]
    assert "the file states 11 kWh as 合计; its values sum up to 10 kWh" in said(
        answer["warnings"], "the file states"
    )

    right = text.replace("11.0", "10.0").replace("3\n合计", "3.0\n合计")
    checks = books.take(right)["checks"]
    assert [(c["stated"], c["ours"], c["agrees"]) for c in checks] == [(10, 10, True)]


def test_a_header_repeated_on_every_page(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter("1号"))
    text = """\
表号,时间,用电量
1号,2026-11-01 00:00,1
表号,时间,用电量
1号,2026-11-01 01:00,2
备注：以上数据仅供参考,,
"""

    answer = books.take(text)

    assert books.months("1号") == {"2026-11": kwh("3")}
    assert "line 3" in said(answer["warnings"], "repeated headers")
    assert "line 5" in said(answer["warnings"], "without time and value")


def test_a_shortened_number_of_a_meter(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", REGISTER)

    error = books.refused(EXPORT.replace('="00010008419851"', "1.00084E+10"))

    assert "a spreadsheet has shortened the meter's number" in error.problems[0].reason


def test_states_of_a_register_for_a_meter_of_energies(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter(ID))

    error = books.refused(EXPORT.replace(",6000", ",1"))

    assert error.code == "quantity"
    assert "'正向有功总' holds states of a register" in error.message


def test_energy_beside_a_multiplier_is_a_question(tmp_path: Path) -> None:
    meter = Meter("1号", multiplier="100")
    text = """\
表号,时间,用电量,倍率
1号,2026-11-01 00:00,1,100
1号,2026-11-01 01:00,2,100
"""
    books = Books(tmp_path / "park", meter)

    error = books.refused(text)
    assert isinstance(error, ImportUndecided)
    assert error.code == "multiplier"

    books.take(text, profile="multiplied = true")
    assert books.months("1号") == {"2026-11": kwh("3")}


def test_the_state_before_is_that_of_the_row_before(tmp_path: Path) -> None:
    books = Books(tmp_path / "park", Meter("1号", reads="register"))
    text = """\
表号,抄表日期,上次示数,本次示数,电量
1号,2026-09-01,100,110,10
1号,2026-10-01,110,125,15
1号,2026-11-01,126,140,14
"""

    answer = books.take(text)

    assert answer["totals"][0]["quantity"] == Decimal(30)
    assert "126 where line 3 showed 125" in said(answer["warnings"], "states of the register")


def test_registers_beside_a_period_are_told_to_be_left(tmp_path: Path) -> None:
    peak = Meter("1号/峰")
    books = Books(tmp_path / "park", Meter("1号"), peak)
    text = """\
表号,开始时间,结束时间,电量,峰
1号,2026-11-01 00:00,2026-11-01 01:00,3,1
1号,2026-11-01 01:00,2026-11-01 02:00,4,2
"""

    answer = books.take(text)

    assert [(t["meter"], t["quantity"]) for t in answer["totals"]] == [("1号", Decimal(7))]
    assert "峰" in said(answer["warnings"], "registers not posted")
