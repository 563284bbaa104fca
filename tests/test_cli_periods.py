"""Closing periods at the terminal, and every way to post into one that is closed."""

from pathlib import Path

import pytest
from cli_plant import SITE, Plant, build, enter


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as clock:
        clock.setenv("SOURCE_DATE_EPOCH", "1712400000")
        return build(tmp_path_factory.mktemp("plant"))


@pytest.fixture
def plant(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Plant:
    """Give a user at a plant whose March 2024 is closed, in April."""
    found = enter(template, tmp_path, monkeypatch, capsys)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1712500000")
    found.ask("close", "park", "2024-03", "--reason", "verified")
    return found


def test_a_closing_is_told(plant: Plant) -> None:
    (closing,) = plant.ask("status")["closings"]
    assert (closing["boundary"], closing["period"], closing["reason"]) == (
        "park", "2024-03", "verified",
    )  # fmt: skip
    told = plant.text("status")
    assert "closed periods" in told
    assert "2024-03-31" in told
    said = plant.text("close", "park/works", "2024-02")
    assert "It takes no entry any more without --restate and a reason." in said
    assert plant.refused("close", "park", "2024-03")["code"] == "closed-already"
    assert plant.refused("close", "park", "2024-04")["code"] == "period-runs"


def test_a_file_of_a_closed_month_is_refused_and_posted_with_a_reason(plant: Plant) -> None:
    name = plant.write("late.csv", "M-001,2024-03-03T00:00:00,9.5,kWh")
    error = plant.refused("import", name)
    assert error["code"] == "period-closed"
    assert [problem["column"] for problem in error["problems"]] == ["M-001"]
    assert plant.refused("import", name, "--dry-run")["code"] == "period-closed"
    answer = plant.ask("import", name, "--restate", "it came late")
    assert "changes figures of a closed period: park 2024-03;" in answer["warnings"][-1]
    assert plant.ask("log")["batches"][-1]["restates"] == "park 2024-03"
    (one,) = plant.ask("restatements")["restatements"]
    assert (one["reason"], one["figures"][0]["before"], one["figures"][0]["after"]) == (
        "it came late", 60, 69.5,
    )  # fmt: skip
    assert "it came late" in plant.text("restatements")
    # What is posted already is no entry, so it restates nothing.
    plant.ask("import", "meters.csv")


def test_of_several_files_the_open_ones_are_posted(plant: Plant) -> None:
    late = plant.write("late.csv", "M-001,2024-03-03T00:00:00,9.5,kWh")
    april = plant.write("april.csv", "M-001,2024-04-03T00:00:00,9.5,kWh")
    answer = plant.ask("import", late, april, code=1)
    assert [one["error"]["code"] for one in answer["refused"]] == ["period-closed"]
    assert len(answer["imports"]) == 1


def test_records_corrections_and_reversals_are_refused(plant: Plant) -> None:
    changed = (plant.folder / "records.csv").read_text("utf-8").replace("tyre,4", "tyre,5")
    (plant.folder / "again.csv").write_text(changed, "utf-8")
    error = plant.refused("import", "again.csv", "--adjust", "counted again")
    assert (error["code"], error["problems"][0]["text"]) == (
        "period-closed", "tyre park/works>customer",
    )  # fmt: skip
    plant.ask("import", "again.csv", "--adjust", "counted again", "--restate", "counted again")
    last = plant.ask("log")["batches"][-1]["batch"]
    assert plant.refused("reverse", str(last), "--reason", "no")["code"] == "period-closed"
    plant.ask("reverse", str(last), "--reason", "no", "--restate", "it was right")
    assert [one["kind"] for one in plant.ask("restatements")["restatements"]] == [
        "correction", "reversal",
    ]  # fmt: skip


def test_an_estimate_of_a_closed_month_is_refused(plant: Plant) -> None:
    late = plant.write("late.csv", "M-001,2024-03-03T02:00:00,9.5,kWh")
    plant.ask("import", late, "--restate", "it came late")
    gap = ("estimate", "M-001", "--from", "2024-03-03", "--to", "2024-03-03T02:00",
           "--method", "linear")  # fmt: skip
    asked = [one.replace("T", " ") for one in gap]
    assert plant.refused(*asked)["code"] == "period-closed"
    assert plant.refused(*asked, "--dry-run")["code"] == "period-closed"
    plant.ask(*asked, "--dry-run", "--restate", "a likely value")
    plant.ask(*asked, "--restate", "a likely value")


def test_an_event_counts_only_if_it_moves_figures(plant: Plant) -> None:
    """A calibration moves none; a new multiplier of a register would count its days again."""
    plant.ask("meter", "event", "M-001", "--at", "2024-03-01 12:00", "--kind", "calibration")
    site = SITE + REGISTER
    (plant.folder / "site.toml").write_text(site, "utf-8")
    plant.ask("site", "apply", "site.toml")
    (plant.folder / "register.csv").write_text(READINGS, "utf-8")
    assert plant.refused("import", "register.csv")["code"] == "period-closed"
    plant.ask("import", "register.csv", "--restate", "a meter was forgotten")
    swap = ("meter", "event", "R-1", "--at", "2024-03-02 00:00", "--kind", "multiplier",
            "--multiplier", "2")  # fmt: skip
    assert plant.refused(*swap)["code"] == "period-closed"
    plant.ask(*swap, "--restate", "new transformers")
    where = [*swap[:7], "--withdraw", "misread"]
    assert plant.refused(*where)["code"] == "period-closed"
    plant.ask(*where, "--restate", "misread")
    told = [one["figures"][0] for one in plant.ask("restatements")["restatements"]]
    assert [(one["before"], one["after"]) for one in told] == [(60, 80), (80, 90), (90, 80)]


REGISTER = """
[meter."R-1"]
from = "grid"
to = "park/works"
commodity = "electricity"
unit = "kWh"
reads = "register"
"""
READINGS = """meter,time,value,unit
R-1,2024-03-01T00:00:00,100,kWh
R-1,2024-03-02T00:00:00,110,kWh
R-1,2024-03-03T00:00:00,120,kWh
"""


def test_a_site_that_moves_closed_figures_is_refused(plant: Plant) -> None:
    (plant.folder / "site.toml").write_text(SITE.replace('"CN-LN"', '"CN-BJ"'), "utf-8")
    error = plant.refused("site", "apply", "site.toml")
    assert error["code"] == "period-closed"
    assert "account park/works: region CN-LN → CN-BJ" in error["message"]
    assert plant.refused("site", "apply", "site.toml", "--dry-run")["code"] == "period-closed"
    plant.ask("site", "apply", "site.toml", "--restate", "it lies in Beijing", "--dry-run")
    assert plant.ask("restatements")["restatements"] == []
    plant.ask("site", "apply", "site.toml", "--restate", "it lies in Beijing")
    (one,) = plant.ask("restatements")["restatements"]
    assert "CN-BJ" in one["note"]
    assert "CN-BJ" in plant.text("restatements")


def test_where_nothing_was_restated_that_is_said(plant: Plant) -> None:
    assert plant.text("restatements") == "No closed period was changed.\n"


def test_every_reading_command_answers_as_of_a_day(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = ("--as-of", "2024-04-07")
    before = {words: plant.ask(*words) for words in READING}
    last = before["status",]["as_of"]
    plant.ask("import", plant.write("april.csv", "M-001,2024-04-03T00:00:00,9.5,kWh"))
    late = plant.write("late.csv", "M-001,2024-03-03T00:00:00,9.5,kWh")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1712600000")
    plant.ask("import", late, "--restate", "it came late")
    # The file of April came within the day that is asked for, the other one on the day after.
    by_number = ("--as-of", str(last))
    assert {words: plant.ask(*by_number, *words) for words in READING} == before
    assert plant.ask(*then, "status")["as_of"] == last + 1
    assert len(plant.ask(*then, "log")["batches"]) == last + 1
    assert plant.ask(*then, "restatements") == {"restatements": []}


READING = (
    ("status",), ("log",), ("restatements",), ("meter", "events", "M-001"), ("factors", "list"),
    ("methods", "list"), ("sql", "select sum(quantity), count(*) from entry_view"),
    ("inventory", "--period", "2024"), ("renewable", "--period", "2024"),
    ("intensity", "--period", "2024"), ("explain", "scope-1"), ("trace", "meters.csv:2"),
    ("explain", "flow:electricity:grid>park/works:2024-03"),
)  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ("import", "meters.csv"), ("reverse", "3", "--reason", "no"), ("close", "park", "2024-02"),
        ("site", "apply", "site.toml"), ("factors", "load", "."),
        ("meter", "event", "M-001", "--at", "2024-03-01", "--kind", "calibration"),
    ],
)  # fmt: skip
def test_what_posts_is_not_asked_as_of_a_day(plant: Plant, words: tuple[str, ...]) -> None:
    error = plant.ask("--as-of", "3", *words, code=2)["error"]
    assert (error["code"], error["message"].split()[-2:]) in (
        ("usage", ["the", "past"]), ("usage", ["they", "are"]),
    )  # fmt: skip


def test_a_report_is_filed_and_made_again_byte_for_byte(plant: Plant) -> None:
    assert plant.text("report", "filed") == "No report was filed yet.\n"
    asked = ("report", "park-summary", "--period", "2024-03", "-o")
    said = plant.text(*asked, "march.html")
    assert "carbonledger report again 1" in said
    march = (plant.folder / "march.html").read_bytes()
    plant.ask("import", plant.write("late.csv", "M-001,2024-03-03T00:00:00,9.5,kWh"),
              "--restate", "it came late")  # fmt: skip
    answer = plant.ask(*asked, "now.json")
    assert (answer["report"], answer["as_of"]) == (2, plant.ask("status")["as_of"])
    again = plant.ask("--lang", "zh", "report", "again", "1", "-o", "again.html")
    assert (plant.folder / "again.html").read_bytes() == march
    assert (again["report"], again["bytes"]) == (1, len(march))
    assert plant.text("report", "again", again["sha256"][:12]).encode() == march
    told = "Made again, byte for byte: x.html\n"
    assert plant.text("report", "again", "1", "-o", "x.html") == told
    filed = plant.ask("report", "filed")["reports"]
    assert [(one["report"], one["form"], one["sha256"]) for one in filed] == [
        (1, "html", again["sha256"]), (2, "json", answer["sha256"]),
    ]  # fmt: skip
    assert "park-summary" in plant.text("report", "filed")
    assert plant.ask("report", "again", "2")["provenance"]["as_of_batch"] == answer["as_of"]
    assert plant.ask("report", "again", "1", code=2)["error"]["code"] == "usage"
    assert plant.ask("--as-of", "3", "report", "again", "1", code=2)["error"]["code"] == "usage"
    assert plant.refused("report", "again", "3")["code"] == "report-unknown"
    verified = plant.ask("verify")
    assert (verified["ok"], verified["reports"], verified["reports_again"]) == (True, 2, 2)
    as_of = ("--as-of", str(answer["as_of"] - 1))
    assert [one["report"] for one in plant.ask(*as_of, "report", "filed")["reports"]] == [1]
