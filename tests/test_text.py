"""The catalogue of texts: both languages, same places, nothing missing, nothing double."""

import re
import string
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import carbonledger
from carbonledger.text import FOLDER, from_environment, known, language, set_language, t

PACKAGE = Path(carbonledger.__file__).parent
TEXTS = {
    (path.name, key): entry
    for path in sorted(FOLDER.glob("*.toml"))
    for key, entry in tomllib.loads(path.read_text("utf-8")).items()
}


@pytest.fixture(autouse=True)
def _english() -> None:
    set_language("en")


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(("file", "key"), TEXTS)
def test_every_text_says_the_same_in_both_languages(file: str, key: str) -> None:
    entry = TEXTS[file, key]
    assert set(entry) == {"en", "zh"}
    assert entry["en"].strip()
    assert entry["zh"].strip()
    assert places(entry["en"]) == places(entry["zh"])


def test_no_key_stands_in_two_files() -> None:
    keys = Counter(key for _, key in TEXTS)
    assert [key for key, times in keys.items() if times > 1] == []


def test_every_key_written_in_the_program_has_a_text() -> None:
    pattern = re.compile(r'(?<![\w.])t\(\s*"([a-z_]+\.[\w.]+)"')
    asked = {
        (path.name, key)
        for path in PACKAGE.rglob("*.py")
        for key in pattern.findall(path.read_text("utf-8"))
    }
    assert len(asked) > 30
    assert sorted(found for found in asked if not known(found[1])) == []


def test_a_text_is_given_in_the_language_chosen_or_asked_for() -> None:
    assert t("cli.word.yes") == "yes"
    assert t("cli.word.yes", lang="zh") == "是"
    set_language("zh")
    assert language() == "zh"
    assert t("cli.word.yes") == "是"
    assert t("cli.word.default", value="12") == "默认：12"


def test_a_missing_text_or_value_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError, match=r"no text 'cli\.no_such_text'"):
        t("cli.no_such_text")
    with pytest.raises(KeyError, match="value"):
        t("cli.word.default")


def test_there_is_no_third_language() -> None:
    with pytest.raises(ValueError, match="there are en, zh"):
        set_language("fr")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "CARBONLEDGER_LANG": "en"}, "en"),
        ({"LANG": "en_US.UTF-8", "CARBONLEDGER_LANG": "zh"}, "zh"),
    ],
)
def test_the_environment_chooses_the_language(environ: dict[str, str], expected: str) -> None:
    assert from_environment(environ) == expected
