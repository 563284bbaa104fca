"""The canned questions of auditors, each on SQLite and on PostgreSQL, with what they must find."""

import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import postgresql_server
import pytest
from audit_case import audited
from ledger_case import Case
from postgresql_server import copy_of

from carbonledger.audit.questions import SECTIONS, Question, questions, read
from carbonledger.audit.service import ask, listed, named
from carbonledger.errors import LedgerRefused
from carbonledger.ledger.connect import location, open_ledger
from carbonledger.run.setup import init
from carbonledger.text import set_language

POSTED_AT = "2025-01-01T00:00:00Z"
MARCH = {"first_month": "2024-03", "last_month": "2024-03"}
GRID = "cn-grid@2023/CN-LN"
DIESEL = "cn-ndrc-fuels@2015/diesel"
# Question, parameters, the columns looked at, and what stands in them.
EXPECTED: list[tuple[str, dict[str, str], str, list[tuple[Any, ...]]]] = [
    ("files", {}, "kind document entries rejected", [
        ("import", "main.csv", 3, 0), ("import", "works.csv", 2, 0), ("import", "bad.csv", 0, 2),
        ("import", "records.csv", 4, 0), ("correction", "main-2.csv", 1, 0),
        ("import", "wrong.csv", 1, 0), ("reversal", "wrong.csv", 1, 0),
    ]),
    ("files", {"document": "main"}, "document", [("main.csv",), ("main-2.csv",)]),
    ("source-lines", {"first_day": "2024-03-01", "last_day": "2024-03-02"},
     "meter local_day quantity document line_first line_last", [
        ("M-1", "2024-03-01", 40, "main.csv", 2, 5),
        ("M-1", "2024-03-01", 2, "main-2.csv", 2, 2),
        ("M-1", "2024-03-02", 30, "main.csv", 2, 5),
    ]),
    ("without-evidence", {}, "lacks stands_in what times amount unit", [
        ("batch_without_document", "batch 29", "import", 1, None, None),
        ("record_without_number", "records.csv", "solid_waste", 1, 300, "kg"),
    ]),
    ("rejects", {}, "document column_name reason times first_line last_line",
     [("bad.csv", "value", "no number", 2, 3, 4)]),
    ("corrections", {}, "entry kind meter local_day change corrects reason", [
        (11, "correction", "M-1", "2024-03-01", 2, 1, "wrong ratio"),
        (13, "reversal", "M-2", "2024-03-03", -5, 12, "another meter's file"),
    ]),
    # 12 kWh of the 124 that M-1 counted; all of the diesel that the works bought.
    ("estimates", MARCH, "meter commodity kind quality quantity unit share_percent reason", [
        ("M-1", "electricity", "estimate", "estimated", 12, "kWh", Decimal("9.677"), "linear"),
        (None, "diesel", "record", "estimated", 2, "kg", 100, None),
    ]),
    ("closings", {}, "boundary period first_day last_day batch reason",
     [("park", "2024-03", "2024-03-01", "2024-03-31", 30, "filed")]),
    ("after-closing", {}, "batch kind period from_account quantity_before quantity_after reason", [
        (31, "correction", "2024-03", "grid", 110, 112, "found late"),
        (32, "import", "2024-03", "park", 72, 77, "found late"),
        (33, "reversal", "2024-03", "park", 77, 72, "mended"),
        (34, "estimate", "2024-03", "grid", 112, 124, "found late"),
    ]),
    ("late-changes", {"last_day": "2024-03-31", "posted_after": "2025-01-01T12:00:00Z"},
     "kind from_account entries change reason", [
        ("correction", "grid", 1, 2, "wrong ratio"),
        ("reversal", "park", 1, -5, "another meter's file"),
        ("estimate", "grid", 1, 12, "linear"),
    ]),
    ("late-changes", {"last_day": "2024-03-02", "posted_after": "2025-01-01T12:00:00Z"},
     "kind change", [("correction", 2)]),
    ("late-changes", {"last_day": "2024-03-31", "posted_after": "2025-01-02T12:00:00Z"}, "kind", []),
    ("missing-values", {}, "meter local_day missing first_utc interval_s",
     [("M-1", "2024-03-02", 1, "2024-03-01T22:00:00Z", 21600)]),
    # M-2 had a third day; its only entry there was taken back.
    ("missing-days", MARCH, "meter local_month days_in_month days_there days_missing", [
        ("M-1", "2024-03", 31, 3, 28), ("M-2", "2024-03", 31, 2, 29),
        ("PV-1", "2024-03", 31, 0, 31), ("S-1", "2024-03", 31, 0, 31),
    ]),
    ("findings", {"severity": "warning"}, "kind meter findings values_concerned first_day last_day",
     [("gap", "M-1", 1, 5, "2024-03-02", "2024-03-03")]),
    ("findings", {"severity": "info"}, "kind", []),
    # 40 + 30 + 40 + 2 + 12 came in, 36 + 36 + 5 - 5 went on.
    ("balance", {}, "account month inflow outflow unexplained unit unexplained_percent",
     [("park", "2024-03", 124, 72, 52, "kWh", Decimal("41.94"))]),
    ("balance", {"commodity": "steam"}, "account", []),
    ("runs", {}, "run kind boundary period as_of_batch",
     [(1, "inventory", "park", "2024-03", 34)]),
    ("flows", MARCH, "commodity from_member to_member flow quantity", [
        ("diesel", "supplier", "park/mill", "came_in", 1),
        ("diesel", "supplier", "park/works", "came_in", 2),
        ("electricity", "grid", "park", "came_in", 124),
        ("electricity", "park", "park/works", "between_members", 72),
        ("gec_wind", "market", "park", "came_in", 1),
        ("solid_waste", "park/works", "landfill", "went_out", 1000),
    ]),
    # 3 kg of diesel at 3.1451 t/t; 124 kWh at 0.4878 kg/kWh; all of it covered by the certificate.
    ("scopes", {}, "scope commodity lines t_co2e", [
        ("1", "diesel", 2, Decimal("0.009")), ("2_location", "electricity", 2, Decimal("0.06")),
        ("2_market", "electricity", 2, 0),
    ]),
    # 72 × 0.4878 = 35.1216 of 69.9225 kg; 52 × 0.4878 = 25.3656.
    ("top-lines", {"n": "2"}, "line account scope t_co2e share_percent cumulative_percent", [
        (4, "park/works", "2_location", Decimal("0.035122"), Decimal("50.23"), Decimal("50.23")),
        (3, "park", "2_location", Decimal("0.025366"), Decimal("36.28"), Decimal("86.51")),
    ]),
    ("by-hand", {"n": "2"}, "line activity factor_value by_hand_kg co2e_kg difference_kg", [
        (1, 1, Decimal("3.1451"), Decimal("3.1451"), Decimal("3.1451"), 0),
        (2, 2, Decimal("3.1451"), Decimal("6.2902"), Decimal("6.2902"), 0),
    ]),
    # One MWh of certificates beside 0.124 MWh bought: too many.
    ("certificates", {},
     "local_month received_mwh given_away_mwh certificates_mwh bought_mwh share_percent",
     [("2024-03", 1, 0, 1, Decimal("0.124"), Decimal("806.5"))]),
    ("factors-used", {}, "scope factor factor_value factor_unit lines confidence", [
        ("1", DIESEL, Decimal("3.1451"), "tCO2/t", 2, "derived"),
        ("2_location", GRID, Decimal("0.4878"), "kgCO2/kWh", 2, "primary"),
        ("2_market", "ghg-protocol@2015/instrument", 0, "kgCO2/kWh", 2, None),
    ]),
    ("factor-age", {}, "age_years data_year first_month last_month scope factor validity lines", [
        (None, None, "2024-03", "2024-03", "1", DIESEL, "valid", 2),
        (None, None, "2024-03", "2024-03", "2_market", "ghg-protocol@2015/instrument", "valid", 2),
        (1, 2023, "2024-03", "2024-03", "2_location", GRID, "valid", 2),
    ]),
    ("packs", {"of": "own@1/heat"},
     "pack edition state loaded_by published_by publication_reason", [
        ("own", "1", "published", "loader", "publisher", "own@1: page 3"),
    ]),
    ("packs", {"of": GRID}, "pack edition state loaded_by published_by",
     [("cn-grid", "2023", "shipped", "tester", None)]),
    ("sample-entries", {"every": "5", "first": "2"}, "entry what local_day quantity document", [
        (2, "M-1", "2024-03-02", 30, "main.csv"), (7, "solid_waste", "2024-03-10", 300,
                                                   "records.csv"),
        (12, "M-2", "2024-03-03", 5, "wrong.csv"),
    ]),
]  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def books(
    request: pytest.FixtureRequest, ledger_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    """Give the ledger of `audit_case`, on one database after the other."""
    if request.param == "postgresql":
        if postgresql_server.why_not():
            pytest.skip(postgresql_server.why_not())
        url = copy_of("init", lambda url: init(url, "tester", POSTED_AT))
    else:
        path = tmp_path_factory.mktemp("audit") / "ledger.db"
        shutil.copyfile(ledger_template, path)
        url = location(str(path))
    with audited(url) as case:
        yield case


@pytest.fixture(autouse=True)
def _english() -> None:
    set_language("en")


def found(books: Case, name: str, given: dict[str, str]) -> dict[str, Any]:
    with open_ledger(books.ledger.url, sealed=True) as ledger:
        return ask(ledger, name, given, 20)


@pytest.mark.parametrize(("name", "given", "columns", "rows"), EXPECTED)
def test_what_it_finds(
    books: Case, name: str, given: dict[str, str], columns: str, rows: list[tuple[Any, ...]]
) -> None:
    answer = found(books, name, given)
    names = columns.split()
    assert set(names) <= set(answer["columns"])
    looked_at = [tuple(row[column] for column in names) for row in answer["rows"]]
    if name == "without-evidence":
        looked_at = [row for row in looked_at if row[0] != "document_not_kept"]
    assert looked_at == rows


def test_documents_of_which_the_hash_alone_is_known(books: Case) -> None:
    rows = found(books, "without-evidence", {})["rows"]
    hashes = [row["stands_in"] for row in rows if row["lacks"] == "document_not_kept"]
    assert hashes == ["main-2.csv", "main.csv", "records.csv", "works.csv", "wrong.csv"]


def test_every_question_is_tried() -> None:
    tried = {name for name, _, _, _ in EXPECTED} | {"sample-lines"}
    assert {one.name for one in questions()} == tried


# Lines of 3,145,100, 6,290,200, 25,365,600 and 35,121,600 mg; their sum is 69,922,500.
def by_hand(n: int, seed: int) -> dict[int, int]:
    """Draw the sample as a person would: put all milligrams in a row and count them off."""
    lines = {1: 3_145_100, 2: 6_290_200, 3: 25_365_600, 4: 35_121_600}
    span = sum(lines.values()) // n
    first = (seed * 1103515245 + 12345) % 2**31
    point = (first * 2**31 + (first * 1103515245 + 12345) % 2**31) % span
    drawn: dict[int, int] = {}
    for number in range(n):
        at = point + number * span
        for line, weight in lines.items():
            if at < weight:
                drawn[line] = drawn.get(line, 0) + 1
                break
            at -= weight
    return drawn


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 5, 6, 7, 42, 1_000_000_000])
@pytest.mark.parametrize("n", [1, 3, 20])
def test_a_sample_is_drawn_in_proportion_to_tonnes(books: Case, n: int, seed: int) -> None:
    answer = found(books, "sample-lines", {"n": str(n), "seed": str(seed)})
    assert {row["line"]: row["points"] for row in answer["rows"]} == by_hand(n, seed)
    assert sum(row["points"] for row in answer["rows"]) == n
    assert answer == found(books, "sample-lines", {"n": str(n), "seed": str(seed)})


def test_what_is_larger_than_the_interval_is_always_drawn(books: Case) -> None:
    rows = found(books, "sample-lines", {"n": "4"})["rows"]
    assert [(row["line"], row["drawn"]) for row in rows if row["drawn"] == "certain"] == [
        (3, "certain"), (4, "certain"),
    ]  # fmt: skip
    assert {row["total_t"] for row in rows} == {Decimal("0.0699225")}


def test_a_sample_of_one_scope(books: Case) -> None:
    rows = found(books, "sample-lines", {"scopes": "1", "n": "2"})["rows"]
    assert {row["scope"] for row in rows} == {"1"}
    assert found(books, "sample-lines", {"scopes": "9"})["rows"] == []


def test_a_question_or_parameter_that_is_not_there(books: Case) -> None:
    for name, given, code, hint in (
        ("top-line", {}, "question-unknown", "did you mean top-lines"),
        ("zzzz", {}, "question-unknown", "carbonledger audit questions"),
        ("top-lines", {"m": "3"}, "question-parameter", "its parameters: run, n"),
        ("runs", {"m": "3"}, "question-parameter", "it has none"),
        ("top-lines", {"n": "1_0"}, "question-parameter", "for example n=20"),
        ("top-lines", {"n": "-1"}, "question-parameter", "for example n=20"),
        ("top-lines", {"n": "9" * 30}, "question-parameter", "for example n=20"),
    ):
        with pytest.raises(LedgerRefused) as refused:
            found(books, name, given)
        assert refused.value.code == code
        assert hint in refused.value.hint


def test_the_books_as_they_were_before_they_were_changed(books: Case) -> None:
    with open_ledger(books.ledger.url, sealed=True) as ledger:
        then = ask(ledger, "balance", {}, as_of=30)["rows"]
        assert [(row["inflow"], row["outflow"]) for row in then] == [(110, 72)]
        assert ask(ledger, "corrections", {}, as_of=30)["rows"] == []
        assert ask(ledger, "missing-days", MARCH, as_of=30)["rows"][0]["days_missing"] == 28


def test_a_parameter_is_a_value_and_never_sql(books: Case) -> None:
    for text in ("' or 1=1 --", "%(x)s", "\\", "$1", ":n"):
        assert found(books, "files", {"document": text})["rows"] == []
        assert found(books, "balance", {"commodity": text})["rows"] == []


def test_the_questions_are_in_both_languages() -> None:
    for one in questions():
        assert set(one.titles) == set(one.texts) == {"en", "zh"}
        assert re.search("[\u4e00-\u9fff]", one.titles["zh"])
        assert not re.search("[\u4e00-\u9fff]", one.titles["en"] + one.texts["en"])
    set_language("zh")
    assert (
        next(one["title"] for one in listed() if one["question"] == "top-lines")
        == (named("top-lines").titles["zh"])
    )
    assert [one.section for one in questions()] == sorted(
        (one.section for one in questions()), key=SECTIONS.index
    )


def test_every_chart_names_columns_that_are_there(books: Case) -> None:
    charted = [one for one in questions() if one.chart is not None]
    assert charted
    for one in charted:
        columns = set(found(books, one.name, {})["columns"])
        assert one.chart is not None
        assert set(one.chart.columns) <= {"label", "value", "series", "unit"}
        assert {name for names in one.chart.columns.values() for name in names} <= columns


HEAD = """-- title: What?
-- title_zh: 什么？
-- text: All.
-- text_zh: 全部。
-- section: sources
-- order: 1
-- param: n integer 20 | How many. | 多少。
"""


def written(folder: Path, text: str) -> Question:
    path = folder / "some-question.sql"
    path.write_text(text, "utf-8")
    return read(path)


def test_a_header_has_a_fixed_form(tmp_path: Path) -> None:
    made = written(tmp_path, HEAD + "select :n\n")
    assert (made.name, made.sql, made.defaults()) == ("some-question", "select :n\n", {"n": "20"})
    for wrong in (
        HEAD.replace("-- title_zh: 什么？\n", "") + "select :n\n",
        HEAD.replace("sources", "sauces") + "select :n\n",
        HEAD.replace("integer", "int") + "select :n\n",
        HEAD.replace("order: 1", "order: one") + "select :n\n",
        HEAD + "-- colour: red\nselect :n\n",
        HEAD + "-- chart: pie label=n value=n\nselect :n\n",
        HEAD + "-- a remark\nselect :n\n",
        HEAD + "select 1\n",
        HEAD + "select :n, :m\n",
    ):
        with pytest.raises(ValueError, match=r"some-question\.sql: not a question in the form"):
            written(tmp_path, wrong)
