"""Wrong usage: exit 2, what is wrong, the way to do it right; as text or as JSON."""

import json

import pytest

from carbonledger.cli.entry import early, run


def told(argv: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = run(argv)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CARBONLEDGER_LANG", "CARBONLEDGER_DB", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        (["sttus"], "there is no command sttus", "did you mean: carbonledger status"),
        (["frobnicate"], "there is no command frobnicate", "see: carbonledger --help"),
        (["site", "aply"], "there is no command aply", "did you mean: carbonledger site apply"),
        (["import"], "FILE is missing", "see: carbonledger import --help"),
        (["inventory"], "--period is missing", "see: carbonledger inventory --help"),
        (["import", "a.csv", "--profle", "p"], "there is no option --profle",
         "did you mean: --profile, --write-profile"),
        (["status", "--json"], "the option --json stands before the command",
         "did you mean: carbonledger --json status"),
        (["reverse", "x", "--reason", "r"],
         "BATCH: Input should be a valid integer, unable to parse string as an integer",
         "see: carbonledger reverse --help"),
        (["--lang", "fr", "status"], "--lang: Value error, 'fr' is not one of 'en', 'zh'.",
         "see: carbonledger --help"),
        (["sql", "a", "b"], "Got unexpected extra argument(s) (b)",
         "see: carbonledger sql --help"),
        (["--db"], "the option --db is written wrongly: Option '--db' requires an argument.",
         "see: carbonledger --help"),
        (["--as-of", "3", "verify"], "verify knows no --as-of; it works on the books as they are",
         "--as-of goes with: status, inventory, renewable, footprint, intensity, quality, "
         "uncertainty, reconcile, report, explain, sql, log, restatements, restate, base-year, trace, expect, meter, "
         "factors, methods, audit"),
        (["import", "a", "b", "--rejects", "r"],
         "--rejects names one file, but several are imported",
         "import them one by one, or leave --rejects out: each file gets its own"),
        (["--db", "x", "demo"], "the demo makes its own ledger; --db has no meaning for it",
         "leave --db out, and name the folder: carbonledger demo FOLDER"),
        (["--json", "report", "park-summary", "--period", "2024", "--format", "html"],
         "--json and --format html need a file for the page",
         "add -o report.html, or use --format json"),
    ],
)  # fmt: skip
def test_wrong_usage_says_what_is_wrong_and_how_it_is_right(
    argv: list[str], message: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if "--json" in argv:
        code, out, err = told(argv, capsys)
        assert err == ""
        error = {"code": "usage", "message": message, "hint": hint, "problems": []}
        assert json.loads(out) == {"error": error}
    else:
        code, out, err = told(argv, capsys)
        assert (out, err) == ("", f"{message}\n→ {hint}\n")
    assert code == 2


def test_json_errors_stand_alone_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(["--json", "sttus"], capsys)
    assert code == 2
    assert err == ""
    assert json.loads(out)["error"]["message"] == "there is no command sttus"


def test_wrong_usage_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = told(["--lang", "zh", "inventory"], capsys)
    assert code == 2
    assert err == "缺少 --period\n→ 参见：carbonledger inventory --help\n"


def test_no_command_shows_the_help_and_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told([], capsys)
    assert code == 2
    assert out.startswith("Usage: carbonledger")
    code, out, _ = told(["--json"], capsys)
    assert code == 2
    assert json.loads(out)["error"]["message"] == "no command was given"


def test_a_typed_control_sign_does_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, _, err = told(["\x1b[2J"], capsys)
    assert err.startswith("there is no command \\x1b[2J\n")


@pytest.mark.parametrize(
    ("argv", "environ", "expected"),
    [
        ([], {}, ("en", False, False)),
        (["--lang", "zh"], {}, ("zh", False, False)),
        (["--lang=zh", "--json"], {}, ("zh", True, False)),
        (["--lang"], {"LANG": "zh_CN.UTF-8"}, ("zh", False, False)),
        (["--lang", "xx"], {"LANG": "zh_CN.UTF-8"}, ("zh", False, False)),
        (["--debug", "sql", "--", "--json"], {}, ("en", False, True)),
    ],
)
def test_what_is_known_before_parsing(
    argv: list[str], environ: dict[str, str], expected: tuple[str, bool, bool]
) -> None:
    found = early(argv, environ)
    assert (found.lang, found.json, found.debug) == expected


def test_source_date_epoch_must_be_a_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    code, _, err = told(["init"], capsys)
    assert code == 2
    assert err.startswith("SOURCE_DATE_EPOCH is no number of seconds: yesterday\n")
