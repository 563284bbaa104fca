"""What a terminal and a program are shown: exact digits, aligned numbers, harmless text."""

import io
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.cli.encode import dumps
from carbonledger.cli.facts import facts, localized, rounded
from carbonledger.cli.output import note, progress
from carbonledger.cli.plain import cell, number, plain, width, wrap
from carbonledger.cli.tables import column, label, table
from carbonledger.cli.tree import branches
from carbonledger.text import set_language


@pytest.fixture(autouse=True)
def _english() -> None:
    set_language("en")


def test_json_keeps_every_digit() -> None:
    value = {"t": Decimal("0.12345678901234567890"), "big": Decimal("1E+3"), "n": 2**70}
    assert dumps(value) == (
        '{\n  "t": 0.12345678901234567890,\n  "big": 1000,\n  "n": 1180591620717411303424\n}'
    )


def test_json_of_times_paths_and_chinese() -> None:
    moment = datetime(2024, 3, 1, 8, tzinfo=UTC)
    value = [date(2024, 3, 1), moment, Path("a/b"), "轮胎", None, True]
    assert [line.strip(" ,") for line in dumps(value).splitlines()] == [
        "[", '"2024-03-01"', '"2024-03-01T08:00:00+00:00"', '"a/b"', '"轮胎"', "null", "true", "]",
    ]  # fmt: skip


def test_empty_json() -> None:
    assert dumps({"lines": [], "gaps": {}, "rows": iter(())}) == (
        '{\n  "lines": [],\n  "gaps": {},\n  "rows": []\n}'
    )


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), float("nan"), float("inf")])
def test_json_has_no_infinite_numbers(value: object) -> None:
    with pytest.raises(ValueError, match="no number of JSON"):
        dumps({"v": value})


def test_json_has_no_bytes() -> None:
    with pytest.raises(TypeError):
        dumps(b"a")


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(values)
def test_json_reads_back_as_what_was_written(value: object) -> None:
    assert json.loads(dumps(value), parse_float=Decimal) == value


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Decimal("959636.710000"), None, "959,636.71"),
        (Decimal(1000), None, "1,000"),
        (Decimal("1E+3"), None, "1,000"),
        (Decimal("0.000001"), None, "0.000001"),
        (Decimal("-1234.5"), None, "-1,234.5"),
        (35040, None, "35,040"),
        (Decimal("2.5"), 0, "2"),
        (Decimal("1234.5678"), 3, "1,234.568"),
        (Decimal("NaN"), None, "NaN"),
    ],
)
def test_numbers_as_people_read_them(
    value: Decimal | int, places: int | None, expected: str
) -> None:
    assert number(value, places) == expected


def test_points_stand_below_each_other_without_invented_zeros() -> None:
    texts, numeric = column("quantity", [Decimal("126238.29"), 7, None, Decimal("0.125")])
    assert numeric
    assert texts == ["126,238.29 ", "7    ", "–    ", "0.125"]


def test_names_made_of_digits_are_not_grouped() -> None:
    assert column("batch", [1024])[0] == ["1024"]
    assert column("year", [2024])[0] == ["2024"]
    assert column("rows", [1024])[0] == ["1,024"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("轮胎 205/55", "轮胎 205/55"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\tb\nc", "a\\tb\\nc"),
        ("abc\u202edcb", "abc\\u202edcb"),
        ("caf\udce9", "caf\\udce9"),
    ],
)
def test_text_of_a_file_cannot_command_the_terminal(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text())
def test_plain_text_prints_on_one_line(text: str) -> None:
    assert plain(text).isprintable() or any(sign in plain(text) for sign in text if sign > "\x9f")
    assert "\x1b" not in plain(text)
    assert "\n" not in plain(text)


def test_chinese_is_two_columns_wide() -> None:
    assert width("轮胎 205") == 8
    assert width("e\u0301") == 1


def test_chinese_text_is_wrapped_between_signs_but_never_before_a_stop() -> None:
    lines = list(wrap("读数文件可为压缩文件。也可以是记录。", 12))
    assert "".join(lines) == "读数文件可为压缩文件。也可以是记录。"
    assert all(width(line) <= 12 for line in lines)
    assert not any(line.startswith("。") for line in lines)


@given(st.text(alphabet="ab 轮。（", max_size=60))
def test_wrapping_loses_nothing_but_spaces(text: str) -> None:
    assert "".join(wrap(text, 10)).replace(" ", "") == text.replace(" ", "")


def test_a_table_is_aligned_and_says_its_units(capsys: pytest.CaptureFixture[str]) -> None:
    table(
        [
            {"meter": "M-001", "quantity": Decimal("959636.71"), "unit": "kWh"},
            {"meter": "轮胎", "quantity": Decimal("8.5"), "unit": "m3"},
        ]
    )
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if "─" not in line] == [
        [label("meter"), label("quantity"), label("unit")],
        ["M-001", "959,636.71", "kWh"],
        ["轮胎", "8.5", "m3"],
    ]
    point = lines[-2].index(".71")
    assert width(lines[-1][: lines[-1].index(".5")]) == point


def test_a_table_shows_markup_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    table([{"note": "[red]not red[/red]"}])
    assert "[red]not red[/red]" in capsys.readouterr().out


def test_a_long_row_in_a_pipe_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    table([{"hash": "f" * 64, "reason": "x" * 300}])
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.split() == ["f" * 64, "x" * 300]


def test_facts_show_plain_values_then_parts(capsys: pytest.CaptureFixture[str]) -> None:
    facts(
        {
            "run": 1024,
            "share": Decimal("0.5"),
            "empty": [],
            "scopes": {"1": 2},
            "lines": [{"a": 1}],
        },
        hidden=("lines",),
    )
    words = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert words[0][-1:] == ["1024"]
    assert words[1][-1:] == ["0.5"]
    assert words[-1] == ["scope", "1", "2"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12345.678901234", "12345.679"),
        ("2.0005", "2.000"),
        ("0.123456", "0.1235"),
        ("0.0000123456", "0.00001235"),
        ("-0.5", "-0.5"),
        ("7", "7"),
        ("0", "0"),
        ("0.99999", "1.0000"),
    ],
)
def test_decimals_are_rounded_for_people(value: str, expected: str) -> None:
    assert rounded([{"v": Decimal(value)}]) == [{"v": Decimal(expected)}]


def test_of_two_languages_one_is_shown() -> None:
    row = {"name": "tyre", "name_zh": "轮胎", "reason_en": "r", "reason_zh": "因", "gwp_a": 1}
    assert localized(row) == {"name": "tyre", "reason": "r", "gwp_a": 1}
    set_language("zh")
    assert localized(row) == {"name": "轮胎", "reason": "因", "gwp_a": 1}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "–"), (True, "yes"), (Decimal("1.50"), "1.5"), (["a", 1], "a, 1"), ({"n": 1}, "n 1")],
)
def test_cells(value: object, expected: str) -> None:
    assert cell(value) == expected


def test_the_tree_behind_a_figure() -> None:
    flow = "flow:electricity:grid>park:2024-03"
    entries = [
        {
            "entry": 1000 + day,
            "batch": 19,
            "kind": "reading",
            "meter": "M-001",
            "local_day": 20240300 + day,
            "quantity": Decimal("2624.5"),
            "unit": "kWh",
            "document": "a.csv",
            "line_first": 96 * day,
            "line_last": 96 * day + 95,
            "document_no": None,
            "reason": None,
        }
        for day in range(1, 4)
    ]
    leaf = {
        "key": flow,
        "label": flow,
        "value": Decimal("78769.80"),
        "unit": "kWh",
        "formula": "Σ entries",
        "entries": entries,
        "entry_count": 31,
        "children": [],
    }
    none = {**leaf, "key": "x", "value": None, "unit": "", "entries": [], "entry_count": 0}
    root = {
        "key": "scope-2",
        "label": "Scope 2",
        "value": Decimal("41.79"),
        "unit": "t",
        "formula": "activity × factor",
        "factor": {"key": "cn-grid@2023/CN", "value": Decimal("0.5306"), "unit": "kgCO2/kWh",
                   "publisher": "MEE", "page": "table 1", "note": ""},
        "children": [leaf, none],
    }  # fmt: skip
    assert list(branches(root, 2)) == [
        "Scope 2 = 41.79 t  [scope-2]",
        "├─ activity × factor",
        "├─ factor: cn-grid@2023/CN; 0.5306 kgCO2/kWh; MEE; table 1",
        f"├─ {flow} = 78,769.8 kWh",
        "│  ├─ Σ entries",
        "│  ├─ entry 1001  2024-03-01  2,624.5 kWh  M-001  a.csv lines 96-191  (batch 19)",
        "│  ├─ entry 1002  2024-03-02  2,624.5 kWh  M-001  a.csv lines 192-287  (batch 19)",
        "│  └─ … and 29 more entries (--json lists all)",
        f"└─ {flow} = none  [x]",
        "   └─ Σ entries",
    ]


def test_a_narrow_terminal_folds_long_texts_and_cuts_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "66")
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    reason = "the meter was read with half its transformer ratio on two days of March"
    table([{"batch": 7, "document": "electricity-main.csv.gz", "reason": reason}])
    plain_lines = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()
    assert all(width(line) <= 66 for line in plain_lines)
    assert "electricity-main.csv.gz" in plain_lines[2]
    assert " ".join(" ".join(line[34:] for line in plain_lines[2:]).split()) == reason


class Terminal(io.StringIO):
    """A standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr("sys.stderr", stream)
        with progress("meters.csv") as tick:
            tick(50, 100)
        assert ("meters.csv" in stream.getvalue()) is shown
        assert ("50%" in stream.getvalue()) is shown


def test_remarks_stay_away_from_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    note("remark")
    assert capsys.readouterr() == ("", "remark\n")
